"""Single flipped bits, and files that end early: nothing stored changes, no verdict gets better, each has a reason.

Five places: the bundle as it lies on the stick, the archive below its compression (where no checksum stands in the
way), the laptop's session file, the signed notes, and head office, which must store the session as it was or nothing.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.logs import make_file, signer
from bench.report import Row, talk
from fieldkit.core.records import PersonJoined
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.bundle import Verdict, read_bundle, verify_bundle, write_bundle
from fieldkit.log.fsck import walk
from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.note import open_checkpoint, sign_line, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import make_receipt, parse_receipt, verify_receipt
from fieldkit.log.store import Store
from fieldkit.log.trust import TrustKey, TrustList, enrol_note, open_trust, trust_note
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.schema import DERIVED

SEED = 20261123
NOW = 1_795_348_800
"""Unix seconds: when head office takes the bundles."""
STORED = (
    "session",
    "cosigned",
    "record",
    "opening",
    "blob",
    "signed",
    "arrival",
    "presence",
    "code",
    "finding",
    "unlisted",
)
"""What is stored of a session, beside what is derived from it."""


class Tally(msgspec.Struct):
    """What came of some flips. All but `n`, `reasons` and `slowest` (seconds) must stay 0."""

    n: int = 0
    changed: int = 0
    """A record, opening or checkpoint reads as another, and nobody said so."""
    improved: int = 0
    """A verdict is better than the one before the flip."""
    mute: int = 0
    """Refused, and no reason was given."""
    slowest: float = 0.0
    reasons: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        return self.changed + self.improved + self.mute


class Kit:
    """A session with a trainer's signature under an earlier checkpoint: as a file, as a bundle, as its notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.device = signer()
        self.trainer = Signer(f"{self.device.vkey.org}/fac/flip", hashlib.sha256(b"a trainer").digest())
        self.keys = [self.device.vkey, self.trainer.vkey]
        self.session = folder / "flips.db"
        self.bundle = folder / "flips.fkb"
        make_file(self.session, 24)
        asyncio.run(self._make())
        self.raw = self.bundle.read_bytes()
        self.plain = gzip.decompress(self.raw)
        self.said = content(self.bundle)
        self.signers = signers(verify_bundle(self.bundle, self.keys))
        self._out = (folder / "flipped.fkb").open("w+b", buffering=0)

    async def _make(self) -> None:
        store = await Store.open(self.session, self.device)
        try:
            text = split_note(await store.checkpoint(store.head.size))[0]
            await store.add_signature(store.head.size, sign_line(text, self.trainer))
        finally:
            await store.close()
        with SessionFile.open(self.session) as file:
            write_bundle([file], ("enrol.note", enrol_note(self.device, NOW - 86_400)), self.bundle, lock=None)

    def judged(self, raw: bytes, keys: list[VKey]) -> Verdict:
        """The verdict of these bytes as a file. One file is written over: opening a new one costs more than judging."""
        self._out.seek(0)
        self._out.write(raw)
        self._out.truncate()
        return verify_bundle(Path(self._out.name), keys)

    def close(self) -> None:
        self._out.close()


def content(path: Path) -> list[Any]:
    """Everything that a reader takes out of a bundle: what was signed, lines, openings, blobs."""
    out: list[Any] = []
    with path.open("rb") as file:
        for part in read_bundle(file):
            signed = [split_note(note)[0] for note in part.signed()]
            log = [line for _, some in part.log() for line in some]
            openings = [line for _, some in part.openings() for line in some]
            out.append([part.checkpoint.text(), signed, log, openings, list(part.blobs())])
    return out


def flips(raw: bytes, n: int, dice: random.Random, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """(place, bytes) with one bit turned, `n` times, at places drawn by lot."""
    for _ in range(n):
        at = dice.randrange(start, len(raw))
        yield at, raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]


def timed(tally: Tally, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    out = work()
    tally.slowest = max(tally.slowest, time.perf_counter() - began)
    tally.n += 1
    return out


def judge(tally: Tally, kit: Kit, raw: bytes) -> None:
    """One damaged bundle, read once with the keys and once with none."""
    said = timed(tally, lambda: kit.judged(raw, kit.keys))
    tally.reasons[said.reason or said.verdict] += 1
    if said.verdict == "refused":
        tally.mute += not said.reason
        return
    # Three kinds may pass: a bit of the note in front, which vouches for nothing; one that inflates to the same bytes
    # (the padding of a block, the name of an operating system); and one that makes a stranger of somebody who signed.
    tally.changed += content(Path(kit._out.name)) != kit.said
    tally.improved += not signers(said) <= kit.signers
    tally.improved += kit.judged(raw, []).verdict == "verified"


def signers(said: Verdict) -> set[tuple[str, str]]:
    """(session, name) of every signature that was verified, attestations too."""
    names = {(one.origin, name) for one in said.sessions for name in one.signers}
    return names | {(one.origin, f"{it.key} {it.size}") for one in said.sessions for it in one.attested if it.known}


def on_the_stick(kit: Kit, n: int, dice: random.Random) -> Tally:
    """The file as it is: gzip's own checksum sees each of them."""
    tally = Tally()
    for _, raw in flips(kit.raw, n, dice):
        judge(tally, kit, raw)
    return tally


def below_compression(kit: Kit, n: int, dice: random.Random) -> Tally:
    """The archive, with compression and checksums made to fit again: what somebody does on purpose."""
    tally = Tally()
    for _, raw in flips(kit.plain, n, dice):
        judge(tally, kit, gzip.compress(raw, 1, mtime=0))
    return tally


def cut_short(kit: Kit, step: int = 1) -> Tally:
    """Every end: of the file, and of the archive within a good gzip."""
    tally = Tally()
    for at in range(0, len(kit.raw), step):
        judge(tally, kit, kit.raw[:at])
    for at in range(0, len(kit.plain), 512 if step == 1 else 512 * step):
        judge(tally, kit, gzip.compress(kit.plain[:at], 1, mtime=0))
    return tally


def told(path: Path, keys: list[VKey]) -> tuple[Any, set[tuple[int, str]]]:
    """What a session file says: every record, opening and checkpoint, and the plan; and who is known to have signed."""
    with SessionFile.open(path) as file:
        notes = list(file.checkpoints())
        said = (file.origin, file.plan, list(file.lines()), list(file.openings()), file.blobs().keys())
        points = [(size, split_note(note)[0]) for size, note in notes]
        signed = {(size, key.name) for size, note in notes for key, _ in open_checkpoint(note, keys)[1].signers}
    return (said, points), signed


def in_the_session_file(kit: Kit, n: int, dice: random.Random) -> Tally:
    """SQLite notices few of them; the walk must see each that changes what the file says. A turned bit in the name of
    somebody who signed beside the laptop makes a stranger of them: a signature less, which improves nothing."""
    tally = Tally()
    whole = kit.session.read_bytes()
    before, signers = told(kit.session, kit.keys)
    path = kit.folder / "flipped.db"
    for _, raw in flips(whole, n, dice):
        path.write_bytes(raw)
        found = timed(tally, lambda: findings(path, kit.keys))
        tally.reasons[found[0] if found else "unchanged"] += 1
        if not found:
            now, signed = told(path, kit.keys)
            tally.changed += now != before
            tally.improved += not signed <= signers
    return tally


def findings(path: Path, keys: list[VKey]) -> list[str]:
    """The codes of what is wrong with a session file; `unreadable` when it cannot be opened at all."""
    try:
        with SessionFile.open(path) as file:
            return [one.code for one in walk(file, keys, [])]
    except FieldkitError:
        return ["unreadable"]


def in_notes(kit: Kit, n: int, dice: random.Random) -> Tally:
    """Checkpoint, trust list and a participant's receipt: text and record as they were signed, or refused."""
    tally = Tally()
    root = Signer(f"{kit.device.vkey.org}/root", hashlib.sha256(b"a root").digest())
    with SessionFile.open(kit.session) as file:
        note, lines = file.checkpoint(), list(file.lines())
        at = next(i for i, line in enumerate(lines) if f'"k":"{PersonJoined.kind}"'.encode() in line)
        receipt = make_receipt(lines[at], file.opening(at), at, Tree(map(leaf_hash, lines)).inclusion(at), note)
    readers: list[tuple[bytes, Callable[[bytes], Any]]] = [
        (note, lambda raw: open_checkpoint(raw, kit.keys)[0]),
        (trust_note(listed(kit, root), root), lambda raw: open_trust(raw, [root.vkey])),
        (receipt, lambda raw: verify_receipt(parse_receipt(raw), kit.keys).record),
    ]
    for raw, read in readers:
        good = read(raw)
        for _, bad in flips(raw, n // len(readers), dice):
            try:
                got = timed(tally, partial(read, bad))
                tally.reasons["unchanged"] += 1
                tally.changed += got != good
            except BadBytes as wrong:
                tally.n += 1
                tally.reasons[wrong.reason] += 1
                tally.mute += not wrong.reason
    return tally


def listed(kit: Kit, root: Signer) -> TrustList:
    window = (NOW - NOW % 86_400 - 864_000, NOW - NOW % 86_400 + 8_640_000)
    pairs = [("root", root), ("device", kit.device), ("facilitator", kit.trainer)]
    keys = tuple(TrustKey(kind, one.vkey, *window) for kind, one in pairs)
    return TrustList(kit.device.vkey.org, 3, window[0], window[1], keys)


def at_head_office(kit: Kit, n: int, dice: random.Random) -> Tally:
    """Each damaged bundle comes to an office that has nothing yet: it stores the session as it was, or nothing."""
    tally = Tally()
    asyncio.run(init(kit.folder / "central", kit.device.vkey.org, None, NOW - 864_000))
    office = Home.open(kit.folder / "central")
    asked = enrolment.check(enrol_note(kit.device, NOW - 86_400), six_words(kit.device.vkey))
    enrolment.enrol(office, asked, NOW, Signer.load(office.root_path))
    _, _, lines, openings, _ = kit.said[0]

    async def all_of_them() -> None:
        for _, raw in flips(kit.plain, n, dice):
            file = kit.folder / "in.fkb"
            file.write_bytes(gzip.compress(raw, 1, mtime=0))
            began = time.perf_counter()
            result, stored = await _taken(office, file)
            tally.slowest = max(tally.slowest, time.perf_counter() - began)
            tally.n += 1
            tally.reasons[result] += 1
            tally.mute += not result
            tally.changed += stored not in (([], []), (sorted(lines), sorted(openings)))

    asyncio.run(all_of_them())
    return tally


async def _taken(office: Home, file: Path) -> tuple[str, tuple[list[bytes], list[bytes]]]:
    """(result or reason, records and openings stored) of one bundle; what was stored is taken out again."""
    async with await Intake.open(office) as intake:
        try:
            outcomes = await intake.file(file, NOW)
            result = outcomes[0].reason or outcomes[0].result
        except BadBytes as wrong:
            result = wrong.reason
        async with intake.db.transaction() as tx:
            lines, openings = [
                sorted(row[0] for row in await tx._all(f"SELECT line FROM {table}")) for table in ("record", "opening")
            ]
            if lines or openings:
                for table in (*STORED, *DERIVED):
                    await tx._run(f"DELETE FROM {table}")
    return result, (lines, openings)


def run(short: bool = False, count: int | None = None) -> list[Row]:
    n = max(count or (1000 if short else 10_000), 20)
    dice = random.Random(SEED)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        kit = Kit(Path(folder))
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            works: list[tuple[str, Callable[[], Tally]]] = [
                ("a bit of the bundle", lambda: on_the_stick(kit, 3 * n // 10, dice)),
                ("a bit below the compression", lambda: below_compression(kit, 3 * n // 10, dice)),
                ("a bit of the session file", lambda: in_the_session_file(kit, n // 5, dice)),
                ("a bit of a signed note", lambda: in_notes(kit, 3 * n // 20, dice)),
                ("a bit on its way into head office", lambda: at_head_office(kit, n // 20, dice)),
                ("the bundle cut at a byte", lambda: cut_short(kit, max(1, 10_000 // n))),
            ]
            for what, work in works:
                talk(f"{what}…")
                tally = work()
                figure = f"{tally.n:,} of them, {len(tally.reasons)} reasons, the slowest {tally.slowest * 1000:.0f} ms"
                rows.append(Row(what, figure, "", tally.wrong, "", None, 0))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            rows.append(Row("memory grown over all of them", f"{grown:.0f} MiB", "", grown, " MiB", None, 64))
        finally:
            kit.close()
    return rows
