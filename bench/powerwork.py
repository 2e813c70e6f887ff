"""The workload of `bench powercuts`: `python -m bench.powerwork FOLDER`. A line is printed for each thing that was
acknowledged, after it was; whatever line was out before the power went must hold afterwards.

    log <size> <root hex>      the commit that made the log this long has returned
    head <size>                keys/heads remembers it
    ballots <voter> …          these have voted in the anonymous round
    signed <size>              a trainer has signed the checkpoint at this size
    bundle <name> <sha256>     this bundle was written
    office <size> <root hex>   head office has taken the session this far
    receipt <size>             the laptop has taken in head office's receipt
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.ingest import NOW, office
from bench.logs import PLAN, answers, entropy, p_of, session_opened, signer
from fieldkit.clock import SystemClock
from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.core.rulings.ballots import Vote
from fieldkit.log import heads
from fieldkit.log.ballots import Ballots
from fieldkit.log.bundle import write_bundle
from fieldkit.log.files import write_durable
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import enrol_note
from fieldkit.station import Station
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.receipts import take_receipts

ORIGIN = f"{signer().name}/000001-k3m9w2p4"
TRAINER = Signer("ld.acme.example/fac/9k3m", hashlib.sha256(b"fieldkit bench key fac").digest())
ROUND = ("q1", 1)
FOLDERS = ("sessions", "ballots", "keys", "outbox", "receipts")
SESSION = Path("sessions", "000001-k3m9w2p4.db")
T0 = 1_795_161_600_000


class Noon(SystemClock):
    """The laptop's clock at the moment at which head office took the bundle."""

    def wall_ms(self) -> int:
        return NOW * 1000


def say(*words: object) -> None:
    """Acknowledge: one write, so that the trace has it whole."""
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


async def work(home: Path) -> None:
    for name in FOLDERS:
        (home / name).mkdir()
    central = await office(home / "office")
    signer().save(home / "keys" / "device.key")
    write_durable(home / "trust.note", central.trust_path.read_bytes())
    plan, salt = canonical_plan(msgspec.to_builtins(PLAN)), entropy("power")
    path = home / SESSION
    store = await Store.create(path, ORIGIN, signer(), plan, {})
    ballots = Ballots(home / "ballots", ORIGIN, entropy("ballots"))
    m = 0

    async def commit(*drafts: Draft, also: Sequence[Signer] = ()) -> None:
        nonlocal m
        m += 1000
        await store.append([Pending((draft,)) for draft in drafts], Moment(m, T0 + m), salt, also)
        say("log", store.head.size, store.head.root.hex())

    await commit(Draft(session_opened(PLAN, hashlib.sha256(plan).hexdigest()), None, {"name": "Sam Ortiz"}))
    await commit(Draft(r.ActivityOpened(activity="q1", round=1, mode="anonymous")))
    for turn in range(3):  # the second and third begin with a file that was closed: what was in the -wal moved
        if turn:
            store = await Store.open(path, signer())
        for k, draft in enumerate(answers(12, people=4, texts=3)):
            await commit(draft, draft)
            if k % 3 == 0:
                voter = p_of(100 + 12 * turn + k)
                ballots.cast(ROUND, [Vote(*ROUND, voter, ("ab"[k % 2],), (), 1)])
                say("ballots", *sorted(ballots.voted(ROUND)))
        by = r.SignedBy(role="trainer", key=TRAINER.name, meaning="held")
        await commit(Draft(by, None, {"name": "Sam Ortiz"}), also=[TRAINER])
        say("signed", store.head.size)
        await store.close()
        heads.remember(home / "keys" / "heads", ORIGIN, store.head.size, store.head.root)
        say("head", store.head.size)
        out = home / "outbox" / f"{turn}.fkb"
        with SessionFile.open(path) as file:
            note = ("enrol.note", enrol_note(signer(), T0 // 1000))
            say("bundle", out.name, write_bundle([file], note, out, lock=None).sha256)
        async with await Intake.open(central) as intake:
            said = await intake.file(out, NOW)
            if [one.result for one in said] != ["stored"]:
                raise RuntimeError(said)
            say("office", store.head.size, store.head.root.hex())
            notes = await receipts_file(intake.db, [ORIGIN], intake.office)
        await take_receipts(Station.open(home, clock=Noon()), notes)
        say("receipt", store.head.size)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
