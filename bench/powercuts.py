"""Power cuts of the commit path, the ballots, the known heads, the bundle writer, the receipts and the ingest at head
office, simulated (bench.powercut).

The workload (bench.powerwork) runs once; each image of what may be on the disk is then opened as a laptop and as head
office open it after the power comes back. What had been acknowledged must be there: every record under the root that
was told, every vote, every signature of a trainer, every head, every bundle to the byte, every receipt, and at head
office every session that was taken, cosigned under the one root that the log has there. What had not been may be there
or not, and is whole if it is. Then both go on: the first new commit must not sign a second root at a size that was
told, and whatever bundle lies there is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.ingest import NOW
from bench.logs import PLAN, entropy, session_opened, signer
from bench.powercut import Op, cut, trace
from bench.powerwork import FOLDERS, ORIGIN, ROUND, SESSION, T0, TRAINER
from bench.report import Row, talk
from fieldkit.core import records as r
from fieldkit.core.records import Draft, Record
from fieldkit.core.session import Session
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log import heads
from fieldkit.log.ballots import Ballots
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.fsck import walk
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.receipts import read_receipts

SEED = 20261123
CHECKS = ("log", "ballots", "head", "bundle", "office", "receipt")


class Wrong(Exception):
    """What an image may not look like: which of the checks, and a sentence."""

    def __init__(self, check: str, sentence: str) -> None:
        super().__init__(sentence)
        self.check = check


def need(true: bool, check: str, sentence: str) -> None:
    if not true:
        raise Wrong(check, sentence)


async def log(home: Path, told: dict[int, str], signed: list[int]) -> None:
    """The session: there, whole, under the roots that were told, signed by whom it was told, and ready to go on."""
    path = home / SESSION
    if not told and not path.exists():
        return
    try:
        store = await Store.open(path, signer())
    except FieldkitError as wrong:
        need(not told, "log", f"{max(told, default=0)} records were acknowledged: {wrong.sentence}")
        return
    try:
        leaves = await store.leaves()
        need(len(leaves) >= max(told, default=0), "log", f"{len(leaves)} records of {max(told, default=0)}")
        for size, root in told.items():
            need(root_of(leaves[:size]).hex() == root, "log", f"another root at {size}")
        for size in signed:
            by = f"— {TRAINER.name} ".encode()
            need(by in await store.checkpoint(size), "log", f"the trainer's signature at {size} is gone")
        if told:
            late = Moment(10_000_000, T0 + 10_000_000)
            await store.append([Pending((Draft(r.NoteAdded()),))], late, entropy("after"))
            need(store.head.size > max(told), "log", "a second root at a size that was told")
    finally:
        await store.close()
    with SessionFile.open(path) as file:
        found = walk(file, [signer().vkey], heads.read(home / "keys" / "heads")) if told else []
    need(not found, "log", found[0].sentence if found else "")


def ballots(home: Path, voted: set[str]) -> None:
    """Who was told that their vote counts is in the box, once; a box that is there can be read."""
    facts = [session_opened(), r.ActivityOpened(activity=ROUND[0], round=ROUND[1], mode="anonymous")]
    session = Session(origin=ORIGIN, plan=PLAN).fold([Record(n, 0, T0, fact) for n, fact in enumerate(facts)])
    boxes = Ballots(home / "ballots", ORIGIN, entropy("again"))
    boxes.load(session)
    box = boxes.box(ROUND)
    need(box.voted >= voted, "ballots", f"{len(voted - box.voted)} votes are gone")
    need(sum(box.counts.values()) == len(box.voted), "ballots", "votes and voters do not agree")
    need(not list((home / "ballots").glob("*.damaged*")), "ballots", "a box cannot be read")


def head(home: Path, size: int) -> None:
    known = {one.origin: one.n for one in heads.read(home / "keys" / "heads")}
    need(known.get(ORIGIN, 0) >= size, "head", f"the head at {size} is forgotten")


def bundles(home: Path, told: dict[str, str]) -> None:
    """A bundle that was told of is there to the byte, and no file of that name is ever half of one."""
    for path in (home / "outbox").glob("*.fkb"):
        verdict = verify_bundle(path, [signer().vkey])
        need(verdict.verdict == "verified", "bundle", f"{path.name}: {verdict.reason}")
    for name, sha256 in told.items():
        path = home / "outbox" / name
        need(
            path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256, "bundle", f"{name} is not there"
        )


async def office(home: Path, told: dict[int, str]) -> None:
    """Head office: what it said it has taken is there under that root, it never cosigned another, and it goes on."""
    try:
        intake = await Intake.open(Home.open(home / "office"))
    except FieldkitError as wrong:
        need(not told, "office", f"{max(told, default=0)} records were taken: {wrong.sentence}")
        return
    async with intake:
        async with intake.db.transaction() as tx:
            stored, cosigned = await tx.stored(ORIGIN), await tx.cosigned(ORIGIN)
            leaves = [leaf_hash(line) async for lines in tx.lines(ORIGIN) for line in lines]
        size = stored.size if stored is not None else 0
        need(size >= max(told, default=0), "office", f"{size} records of {max(told, default=0)}")
        need(len(leaves) == size, "office", f"{len(leaves)} lines where {size} are stored")
        mine = [(stored.size, stored.root)] if stored is not None else []
        for n, root in [*mine, *cosigned, *((n, bytes.fromhex(root)) for n, root in told.items())]:
            need(root_of(leaves[:n]) == root, "office", f"two roots at {n}")
        for path in sorted((home / "outbox").glob("*.fkb")):
            said = [one.result for one in await intake.file(path, NOW + 60)]
            need(said in (["stored"], ["already"], ["older"]), "office", f"{path.name} again: {said}")


def receipt(home: Path, size: int) -> None:
    """A receipt that was taken in is there and can be read; what says that it is there is never ahead of it."""
    path = home / "receipts" / f"{SESSION.stem}.note"
    fact = Outbox(home / "outbox").facts(ORIGIN).receipted
    known = fact.size if fact is not None else 0
    need(known >= size, "receipt", f"the receipt at {size} is forgotten")
    if known or path.exists():
        keys = Home.open(home / "office").trust().vkeys("central", "office")
        try:
            found = read_receipts(path.read_bytes(), keys, [signer().vkey]) if path.exists() else []
        except BadBytes as wrong:
            raise Wrong("receipt", f"it cannot be read: {wrong}") from wrong
        need(bool(found) and found[0][0].size >= known, "receipt", "the receipt is not there")


def check(home: Path, acks: list[str]) -> Wrong | None:
    """What is wrong with one image, given the lines that were out before the power went."""
    words = [line.split(" ") for line in acks]
    for name in FOLDERS:
        (home / name).mkdir(exist_ok=True)
    try:
        head(home, max((int(x[1]) for x in words if x[0] == "head"), default=0))
        ballots(home, {p for x in words if x[0] == "ballots" for p in x[1:]})
        bundles(home, {x[1]: x[2] for x in words if x[0] == "bundle"})
        receipt(home, max((int(x[1]) for x in words if x[0] == "receipt"), default=0))
        told = {int(x[1]): x[2] for x in words if x[0] == "log"}
        asyncio.run(log(home, told, [int(x[1]) for x in words if x[0] == "signed"]))
        asyncio.run(office(home, {int(x[1]): x[2] for x in words if x[0] == "office"}))
    except Wrong as wrong:
        return wrong
    except FieldkitError as wrong:
        return Wrong("head", wrong.sentence)
    return None


def traced() -> list[Op]:
    """The workload's effects, from one run of it."""
    with tempfile.TemporaryDirectory() as folder:
        return trace([sys.executable, "-m", "bench.powerwork"], Path(folder).resolve())


def cuts(ops: Sequence[Op], images: int, seed: int = SEED) -> Counter[str]:
    """What was wrong after so many cuts, by check."""
    dice = random.Random(seed)
    wrong: Counter[str] = Counter()
    for n in range(images):
        with tempfile.TemporaryDirectory() as folder:
            acks = cut(ops, dice, Path(folder))
            found = check(Path(folder), acks)
            if found is not None:
                wrong[found.check] += 1
                talk(f"image {n}, {len(acks)} acknowledged: {found.check}: {found}")
    return wrong


def run(short: bool = False, count: int | None = None) -> list[Row]:
    images = count or (100 if short else 2000)
    ops = traced()
    wrong = cuts(ops, images)
    figure = f"{images:,} cuts of {len(ops):,} effects, {sum(op.do == 'sync' for op in ops)} syncs"
    what = {
        "log": "acknowledged and lost, damaged, or signed twice: records",
        "ballots": "votes",
        "head": "known heads",
        "bundle": "bundles",
        "office": "sessions that head office took",
        "receipt": "receipts",
    }
    return [Row(what[name], figure if name == "log" else "", "", wrong[name], "", None, 0) for name in CHECKS]
