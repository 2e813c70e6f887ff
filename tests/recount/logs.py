"""What lies in a folder: bundles as they came in, logs as folders, notes; read, checked by their hashes, nothing more.

docs/log-format.md and docs/bundle-format.md say what stands where. Signatures are not checked, since Ed25519 is not in
the standard library: `docs/verify-by-hand.sh` does that. What is sealed has to be opened with `age` first.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
DESK = "desk"
BLENDED = "blended"


class Wrong(Exception):
    """A file is not what the documents say."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One line. `private`: its opening, if there is one that was not erased."""

    i: int
    k: str
    m: int
    t: int
    p: str
    d: Json
    half: bool
    private: Json


@dataclasses.dataclass
class Log:
    """One session: its lines as bytes without newline, openings by index, the plan that its first line names."""

    origin: str
    lines: list[bytes]
    root: bytes
    note: bytes
    openings: dict[int, Json]
    plan: Json
    records: list[Record] = dataclasses.field(default_factory=list)

    @property
    def head(self) -> Json:
        return self.records[0].d

    @property
    def device(self) -> str:
        return self.origin.rsplit("/", 1)[0]

    @property
    def number(self) -> str:
        return self.origin.rsplit("/", 1)[1]

    def erase(self, gone: set[int]) -> None:
        """Forget these openings, whoever still has them."""
        gone = gone | {i for one in self.records if one.k == "erase" for i in one.d["refs"]}
        self.openings = {i: x for i, x in self.openings.items() if i not in gone}
        self.records = [dataclasses.replace(one, private=self.openings.get(one.i, {})) for one in self.records]


@dataclasses.dataclass
class Found:
    """Everything of a folder. `cosigned`: origin → size → Unix s of head office's line; `tombs`: origin → indexes."""

    logs: dict[str, Log] = dataclasses.field(default_factory=dict)
    cosigned: dict[str, dict[int, int]] = dataclasses.field(default_factory=dict)
    tombs: dict[str, set[int]] = dataclasses.field(default_factory=dict)
    trust: list[list[str]] = dataclasses.field(default_factory=list)
    planned: list[list[str]] = dataclasses.field(default_factory=list)
    programs: list[Json] = dataclasses.field(default_factory=list)
    filed: list[Json] = dataclasses.field(default_factory=list)
    forks: set[str] = dataclasses.field(default_factory=set)
    wrong: list[str] = dataclasses.field(default_factory=list)


def read(folder: Path) -> Found:
    """Every file below a folder. What cannot be read is a sentence in `wrong`."""
    found = Found()
    for path in sorted(folder.rglob("*")):
        try:
            _file(found, path)
        except (Wrong, ValueError, KeyError, IndexError, OSError, EOFError, tarfile.TarError, sqlite3.Error) as why:
            found.wrong.append(f"{path.name} cannot be read: {why!r}")
    for origin, log in found.logs.items():
        log.erase(found.tombs.get(origin, set()))
    return found


def _file(found: Found, path: Path) -> None:
    if path.name == "log.jsonl":
        members = {f"1/{one.relative_to(path.parent).as_posix()}": one.read_bytes() for one in _beside(path)}
        _sessions(found, members)
    elif path.suffix == ".fkb":
        _sessions(found, dict(_members(path.read_bytes())))
    elif path.suffix == ".db":
        _database(found, path)
    elif path.suffix in (".note", ".notes"):
        for part in path.read_bytes().split(b"=====\n"):
            _note(found, part)
    elif path.suffix == ".json":
        said = json.loads(path.read_bytes())
        if path.name.startswith("program"):
            found.programs.append(said)
        elif path.name.startswith("filed"):
            found.filed += said


def _beside(path: Path) -> list[Path]:
    return [one for one in path.parent.rglob("*") if one.is_file()]


def _members(raw: bytes) -> Iterator[tuple[str, bytes]]:
    if raw.startswith(b"age-encryption.org/"):
        raise Wrong("it is sealed: open it with age -d first")
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(raw)), mode="r:") as whole:
        for one in whole:
            inside = whole.extractfile(one)
            yield one.name, inside.read() if inside is not None else b""


def _sessions(found: Found, members: dict[str, bytes]) -> None:
    for k in range(1, 10_001):
        if f"{k}/checkpoint" not in members:
            return
        lines = members[f"{k}/log.jsonl"].split(b"\n")[:-1]
        openings = members.get(f"{k}/openings.jsonl", b"").split(b"\n")[:-1]
        blobs = {name.rsplit("/", 1)[1]: raw for name, raw in members.items() if name.startswith(f"{k}/blob/")}
        add(found, session(members[f"{k}/checkpoint"], lines, openings, blobs))


def _database(found: Found, path: Path) -> None:
    """Head office's own SQLite, of which only its own logs are taken: nobody else has them."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for origin, note in db.execute("SELECT origin, checkpoint FROM session").fetchall():
            lines = [bytes(x) for (x,) in db.execute("SELECT line FROM record WHERE origin = ? ORDER BY i", (origin,))]
            head = json.loads(lines[0])["d"] if lines else {}
            ends = any(b'"k":"session.close"' in one for one in lines)
            if head.get("kind") == DESK or (head.get("kind") == BLENDED and not ends):
                some = [bytes(x) for (x,) in db.execute("SELECT line FROM opening WHERE origin = ?", (origin,))]
                blobs = db.execute("SELECT sha256, bytes FROM blob WHERE origin = ?", (origin,)).fetchall()
                add(found, session(bytes(note), lines, some, {name: bytes(raw) for name, raw in blobs}))
    finally:
        db.close()


def session(note: bytes, lines: list[bytes], openings: list[bytes], blobs: dict[str, bytes]) -> Log:
    """One session. Raises Wrong for lines, openings or blobs that are not those which the hashes name."""
    origin, size, root, *_ = note.decode().split("\n")
    if len(lines) != int(size) or base64.b64decode(root) != root_of([leaf(one) for one in lines]):
        raise Wrong(f"{origin}: these are not the records under its checkpoint")
    said = [json.loads(one) for one in lines]
    halves: dict[int, Json] = {}
    for raw in openings:
        one = json.loads(raw)
        if said[one["i"]].get("x") != b64url(hashlib.sha256(raw).digest()):
            raise Wrong(f"{origin}: opening {one['i']} is not the one of its record")
        halves[one["i"]] = one["x"]
    for name, raw in blobs.items():
        if hashlib.sha256(raw).hexdigest() != name:
            raise Wrong(f"{origin}: a blob is not what its name says")
    plan = blobs.get(said[0]["d"]["pack"]["plan"], b"")
    log = Log(origin, lines, base64.b64decode(root), note, halves, json.loads(plan) if plan else {})
    log.records = [
        Record(one["i"], one["k"], one["m"], one["t"], one.get("p", ""), one["d"], "x" in one, halves.get(one["i"], {}))
        for one in said
    ]
    if [one.i for one in log.records] != list(range(len(lines))):
        raise Wrong(f"{origin}: a record is not where it says")
    return log


def add(found: Found, new: Log) -> None:
    """Of several copies the longest; two that do not begin alike are a fork."""
    old = found.logs.get(new.origin)
    if old is None:
        found.logs[new.origin] = new
        return
    short, long = sorted((old, new), key=lambda one: len(one.lines))
    if long.lines[: len(short.lines)] != short.lines:
        found.forks.add(new.origin)
        return
    long.openings = short.openings | long.openings
    long.plan = long.plan or short.plan
    found.logs[new.origin] = long


def _note(found: Found, raw: bytes) -> None:
    text, _, signed = raw.decode().partition("\n\n")
    first, *rest = text.split("\n")
    if first == "fieldkit-trust/1":
        found.trust.append(rest)
    elif first == "fieldkit-planned/1":
        found.planned.append(rest)
    elif first == "fieldkit-erase/1":
        said = dict(one.split(" ", 1) for one in rest)
        found.tombs.setdefault(said["origin"], set()).update(map(int, said["records"].split(",")))
    elif "/" in first and not first.startswith("fieldkit-") and len(rest) == 2:
        time = cosigned_at(signed)
        if time:
            found.cosigned.setdefault(first, {})[int(rest[0])] = time


def cosigned_at(lines: str) -> int:
    """Unix s of head office's line (eight bytes behind the key id), 0 without one."""
    for line in lines.split("\n"):
        words = line.split(" ")
        if len(words) == 3 and words[1].endswith("/central"):
            return int.from_bytes(base64.b64decode(words[2])[4:12], "big")
    return 0


# ---- hashes --------------------------------------------------------------------------------------------------------


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def leaf(line: bytes) -> bytes:
    return hashlib.sha256(b"\0" + line).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962: the left subtree is the largest full one."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def path_of(leaves: list[bytes], i: int) -> list[bytes]:
    """RFC 6962: the hashes from a leaf to the root."""
    if len(leaves) < 2:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if i < k:
        return [*path_of(leaves[:k], i), root_of(leaves[k:])]
    return [*path_of(leaves[k:], i - k), root_of(leaves[:k])]
