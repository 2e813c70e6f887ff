"""The workload of `bench powercuts`: `python -m bench.powerwork FOLDER`. A line is printed for each thing that was
acknowledged, after it was; whatever line was out before the power went must hold afterwards.

    log <size> <root hex>      the commit that made the log this long has returned
    head <size>                keys/heads remembers it
    ballots <voter> …          these have voted in the anonymous round
    bundle <name> <sha256>     this bundle was written
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import msgspec

from bench.logs import PLAN, answers, entropy, p_of, session_opened, signer
from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.core.rulings.ballots import Vote
from fieldkit.log import heads
from fieldkit.log.ballots import Ballots
from fieldkit.log.bundle import write_bundle
from fieldkit.log.line import canonical_plan
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import enrol_note

ORIGIN = f"{signer().name}/000001-k3m9w2p4"
ROUND = ("q1", 1)
SESSION = Path("sessions", "000001-k3m9w2p4.db")
T0 = 1_795_161_600_000


def say(*words: object) -> None:
    """Acknowledge: one write, so that the trace has it whole."""
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


async def work(home: Path) -> None:
    for name in ("sessions", "ballots", "keys", "outbox"):
        (home / name).mkdir()
    plan, salt = canonical_plan(msgspec.to_builtins(PLAN)), entropy("power")
    path = home / SESSION
    store = await Store.create(path, ORIGIN, signer(), plan, {})
    ballots = Ballots(home / "ballots", ORIGIN, entropy("ballots"))
    m = 0

    async def commit(*drafts: Draft) -> None:
        nonlocal m
        m += 1000
        await store.append([Pending((draft,)) for draft in drafts], Moment(m, T0 + m), salt)
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
        await store.close()
        heads.remember(home / "keys" / "heads", ORIGIN, store.head.size, store.head.root)
        say("head", store.head.size)
        out = home / "outbox" / f"{turn}.fkb"
        with SessionFile.open(path) as file:
            note = ("enrol.note", enrol_note(signer(), T0 // 1000))
            say("bundle", out.name, write_bundle([file], note, out, lock=None).sha256)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
