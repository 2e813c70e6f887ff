"""Head office and its laptops in a test: logs made line by line, bundles as bytes, a central in a folder.

`Laptop` signs whatever it is told, so that a test can make forks, gaps and hostile bundles; the archive is written
here by hand and not by `fieldkit.log.bundle`, so that reader and writer are checked against each other.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fieldkit.core.plan import Plan, Segment
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical, canonical_plan, opening_line, opening_x
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.receipt import join_notes
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.take import Outcome
from tests.kit import postgres

ORG = "ld.acme.example"
NOON = 1_795_348_800
"""2026-11-22T12:00:00Z in Unix seconds: when these tests happen."""
ADDRESS: Callable[[], str] = str
"""Where a new head office has its database; empty: in its folder."""
KEEPS_UP = False
"""Whether lists are kept up after every ingest, as `central serve` does it."""
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def tiny_plan() -> bytes:
    """The smallest plan that folds."""
    from msgspec import to_builtins

    plan = Plan(1, "tiny", "1.0.0", ["Tiny"], "en", ["en"], 5, [Segment("a", "content", 5, ["A"])], [])
    return canonical_plan(to_builtins(plan))


PLAN = tiny_plan()


@dataclass
class Log:
    """One session as its laptop knows it. `lines` without newlines; openings by index."""

    origin: str
    signer: Signer
    lines: list[bytes]
    openings: dict[int, bytes]
    blobs: dict[str, bytes]
    signed: list[bytes] = field(default_factory=list)
    more: tuple[Signer, ...] = ()
    """Who signs the checkpoint beside the laptop."""

    @property
    def size(self) -> int:
        return len(self.lines)

    @property
    def root(self) -> bytes:
        return root_of(map(leaf_hash, self.lines))

    def checkpoint(self) -> bytes:
        return sign_note(Checkpoint(self.origin, self.size, self.root).text(), self.signer, *self.more)

    def upto(self, n: int) -> Log:
        """An older copy."""
        return replace(
            self,
            lines=self.lines[:n],
            openings={i: o for i, o in self.openings.items() if i < n},
            signed=[],
        )

    def add(self, kind: str, d: dict[str, Any], *, p: str | None = None, private: dict[str, Any] | None = None) -> Log:
        """The log with one more record, a minute after the last."""
        i = len(self.lines)
        m = 60_000 * i
        line: dict[str, Any] = {"d": d, "i": i, "k": kind, "m": m, "t": NOON * 1000 + m}
        openings = dict(self.openings)
        if p is not None:
            line["p"] = p
        if private is not None:
            openings[i] = opening_line(i, hashlib.sha256(f"{self.origin}{i}".encode()).digest()[:16], private)
            line["x"] = opening_x(openings[i])
        return replace(self, lines=[*self.lines, canonical(line)], openings=openings)

    def join(self, p: str, name: str, badge: str = "") -> Log:
        d = {"device": "phone", "ev": ["lan"], "via": "phone", "walkin": True}
        return self.add("person.join", d, p=p, private={"name": name, **({"badge": badge} if badge else {})})

    def close(self) -> Log:
        return self.add("session.close", {"why": "done"})


@dataclass
class Laptop:
    """A device key and its session numbers."""

    signer: Signer
    made: int = NOON - 86_400
    seq: int = 0
    last: Log | None = None

    @classmethod
    def named(cls, id: str, org: str = "laptop.fieldkit") -> Laptop:
        name = f"{org}/dev/{id}"
        return cls(Signer(name, hashlib.sha256(f"fieldkit test key {name}".encode()).digest()))

    def enrol_note(self) -> bytes:
        return enrol_note(self.signer, self.made)

    def session(self, seq: int | None = None, *, tail: str = "", prev: Log | None = None, **more: Any) -> Log:
        """A log with its `session.open`; follows the last one unless told otherwise."""
        self.seq = self.seq + 1 if seq is None else seq
        prev = prev or self.last
        digest = hashlib.sha256(f"{self.signer.name} {self.seq} {tail}".encode()).digest()
        origin = f"{self.signer.name}/{self.seq:06d}-{''.join(LETTERS[b & 31] for b in digest[:8])}"
        sha = hashlib.sha256(PLAN).hexdigest()
        d: dict[str, Any] = {
            "cohort": None,
            "dev": self.signer.name,
            "fac": None,
            "kind": "class",
            "langs": ["en"],
            "makes_up": None,
            "pack": {"files": "0" * 64, "id": "tiny", "plan": sha, "signed": False, "version": "1.0.0"},
            "part": None,
            "policy": {},
            "prev": None if prev is None else {"n": prev.size, "o": prev.origin, "root": b64(prev.root)},
            "program": None,
            "seen": 0,
            "seq": self.seq,
            "site": "yard",
            "title": "Tiny",
            "trust": 0,
            "tz": "UTC",
            "v": 1,
            **more,
        }
        return Log(origin, self.signer, [], {}, {sha: PLAN}).add("session.open", d, private={"name": "Sam Ortiz"})

    def whole(self, people: int = 2, **more: Any) -> Log:
        """A finished session with some people in it; remembered as the one before the next."""
        log = self.session(**more).add("segment.enter", {"segment": "a"})
        for n in range(people):
            log = log.join(f"person{n:02d}", f"Person {n}", f"{log.origin[-8:].upper()}-{n}")
        self.last = log.close()
        return self.last


# ---- archives ------------------------------------------------------------------------------------------------


def ustar(name: str, data: bytes, kind: bytes = b"0", mode: int = 0o600) -> bytes:
    """One member: a header of 512 bytes and the data, padded."""
    head = bytearray(512)
    head[0:100] = name.encode().ljust(100, b"\0")
    for at, width, value in ((100, 8, mode), (108, 8, 0), (116, 8, 0), (124, 12, len(data)), (136, 12, 0)):
        head[at : at + width] = b"%0*o\0" % (width - 1, value)
    head[148:156] = b" " * 8
    head[156:157] = kind
    head[257:265] = b"ustar\x0000"
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + data + b"\0" * (-len(data) % 512)


def members(*logs: Log, head: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    """The members of a bundle, in order, for a test to bend."""
    out = [("fieldkit-bundle", b"fieldkit-bundle/1\n"), head]
    for n, log in enumerate(logs, 1):
        out.append((f"{n}/checkpoint", log.checkpoint()))
        if log.signed:
            out.append((f"{n}/signed", join_notes(log.signed)))
        out.append((f"{n}/log.jsonl", b"".join(line + b"\n" for line in log.lines)))
        out.append((f"{n}/openings.jsonl", b"".join(log.openings[i] + b"\n" for i in sorted(log.openings))))
        out += [(f"{n}/blob/{sha}", data) for sha, data in log.blobs.items()]
    return out


def archive(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """gzip of USTAR, as a bundle is."""
    return gzip.compress(b"".join(ustar(*part) for part in parts) + b"\0" * 1024, 6, mtime=0)


def bundle(*logs: Log) -> bytes:
    """A plain bundle of these logs, from the laptop of the first."""
    return archive(members(*logs, head=("enrol.note", enrol_note(logs[0].signer, NOON - 86_400))))


# ---- head office ---------------------------------------------------------------------------------------------


class Office:
    """A central in a folder, with a clock that stands still until a test moves it."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.now = NOON

    @classmethod
    async def make(cls, folder: Path) -> Office:
        await init(folder / "central", ORG, None, NOON - 10 * 86_400, ADDRESS())
        return cls(Home.open(folder / "central"), folder)

    def root(self) -> Signer:
        return Signer.load(self.home.root_path)

    def enrol(self, *laptops: Laptop) -> None:
        from fieldkit.log.keys import six_words

        for laptop in laptops:
            asked = enrolment.check(laptop.enrol_note(), six_words(laptop.signer.vkey))
            enrolment.enrol(self.home, asked, self.now, self.root())

    async def take(self, *bundles: bytes) -> list[Outcome]:
        """Ingest these bytes, each as a file."""
        out: list[Outcome] = []
        async with await Intake.open(self.home) as intake:
            for raw in bundles:
                path = self.folder / "in.fkb"
                path.write_bytes(raw)
                out += await intake.file(path, self.now)
            if KEEPS_UP:
                await catch_up(self.home, intake.db, self.now)
        return out

    async def again(self) -> list[Outcome]:
        """Judge the held files again."""
        async with await Intake.open(self.home) as intake:
            return await intake.again(self.now)

    async def findings(self) -> list[str]:
        """Codes, sorted."""
        async with await Intake.open(self.home) as intake, intake.db.transaction() as tx:
            return sorted(f.code for f in await tx.findings())

    async def stored(self) -> dict[str, tuple[int, bytes]]:
        async with await Intake.open(self.home) as intake, intake.db.transaction() as tx:
            return {s.origin: (s.size, s.root) for s in await tx.sessions()}

    def raw(self) -> bytes:
        """What lies in the database, as bytes: its file, or every row of every table."""
        if isinstance(self.home.place, str):
            return postgres.contents(self.home.place)
        files = (self.home.path / f"central.db{side}" for side in ("", "-wal"))
        return b"".join(path.read_bytes() for path in files if path.exists())

    async def picture(self) -> list[Any]:
        """Everything that is stored of sessions, to see that nothing changed."""
        tables = ("session", "cosigned", "record", "opening", "erased", "blob", "signed", "presence")
        async with await Intake.open(self.home) as intake, intake.db.reading() as tx:
            return [sorted(await tx._all(f"SELECT * FROM {name}"), key=repr) for name in tables]


def results(outcomes: Sequence[Outcome]) -> list[str]:
    """`result` or `result reason` each."""
    return [f"{o.result} {o.reason}".strip() for o in outcomes]
