"""Reading a bundle as a stream: checkpoint first, one `Part` a session (docs/bundle-format.md).

Memory does not grow with the log, and a session that is not wanted is passed over. Structural damage raises BadArchive
and ends the reading; what is wrong inside one session raises BadBytes from the part's own methods, and the next part
can still be read. Nothing is verified here but structure, limits, the form of the note in front and the hashes in blob
names: `verdict` and central's ingest put keys and the tree to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from fieldkit.errors import BadBytes
from fieldkit.log.archive import BadArchive, Member, Unpacker
from fieldkit.log.bulk import leaf_hashes, read_lines, read_openings, split_lines
from fieldkit.log.line import LINE_LIMIT, Line, Opening
from fieldkit.log.merkle import EMPTY_ROOT
from fieldkit.log.note import NOTE_LIMIT, Checkpoint, parse_checkpoint, split_note
from fieldkit.log.trust import TRUST_LIMIT
from fieldkit.log.walk import SIZE_LIMIT

MAGIC = b"fieldkit-bundle/1\n"
HEADS = {"trust.note": "fieldkit-trust/1", "enrol.note": "fieldkit-enrol/1"}
"""Member in front → its first line."""
BLOB_LIMIT = 1 << 20
BLOBS_LIMIT = 4096
SESSIONS_LIMIT = 10_000
SIGNED_LIMIT = 1 << 20
SPLIT = b"=====\n"
_CHUNK = 1 << 16
_BLOB_NAME = re.compile(r"[0-9a-f]{64}\Z").match


class Lines(NamedTuple):
    """Some whole lines: `chunk` with newlines, `lines` without."""

    chunk: bytes
    lines: list[bytes]


class RecordLines(Lines):
    """The same, read ahead: parsed and hashed, as `walk.Walk` would."""

    read: list[Line]
    leaves: list[bytes]


class OpeningLines(Lines):
    """The same, read ahead: parsed."""

    read: list[Opening]


class _Ahead:
    """A member that was read before its turn, and how the reading ended."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.rest: Iterator[Any] = iter(())
        """What was not read, because it would have been too much."""
        self.wrong: BadBytes | None = None

    def read(self, items: Iterator[Any], most: int) -> bool:
        """Keep what comes, up to `most` bytes; whether that was all."""
        left = most
        try:
            for one in items:
                self.items.append(one)
                left -= len(one[1]) if isinstance(one, tuple) and isinstance(one[1], bytes) else 0
                if left < 0:
                    self.rest = items
                    return False
        except BadBytes as wrong:
            self.wrong = wrong
        return self.wrong is None

    def parse(self, parsed: Callable[[Any], Any]) -> bool:
        """Put what was parsed in place of what was read; False where something is wrong: who takes it will say what."""
        with contextlib.suppress(BadBytes):
            self.items = [parsed(one) for one in self.items]
            return True
        return False

    def again(self) -> Iterator[Any]:
        yield from self.items
        yield from self.rest
        if self.wrong is not None:
            raise self.wrong


class Bundle:
    """An open bundle. `head` is (`trust.note` or `enrol.note`, its bytes): never a source of keys."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raises BadArchive."""
        self.tar = Unpacker(stream)
        self.member = self.tar.next()
        if self.whole("fieldkit-bundle", len(MAGIC)) != MAGIC:
            raise BadArchive("wrong-version", "the bundle is of another format")
        name = self.member.name if self.member else ""
        if name not in HEADS:
            raise BadArchive("member-order", "the second member is trust.note or enrol.note")
        self.head = (name, self.whole(name, TRUST_LIMIT))
        _check_head(*self.head)

    def __iter__(self) -> Iterator[Part]:
        n, seen = 0, set[str]()
        while self.member is not None:
            n += 1
            if n > SESSIONS_LIMIT:
                raise BadArchive("too-large", f"more than {SESSIONS_LIMIT} sessions")
            part = Part(self, n)
            if part.wrong is None and part.checkpoint.origin in seen:
                part.wrong = BadBytes("duplicate-session", "the same session stands there twice")
            seen.add(part.checkpoint.origin)
            yield part
            part.skip()

    def at(self, name: str) -> bool:
        """Whether the next member is this one."""
        return self.member is not None and self.member.name == name

    def begin(self, name: str, limit: int) -> Member:
        """The next member, which must be this one and no larger. Its content is to be read now."""
        if not self.at(name):
            there = self.member.name[:40] if self.member else "the end"
            raise BadArchive("member-order", f"{name} was expected, not {there!a}")
        assert self.member is not None
        if self.member.size > limit:
            raise BadArchive("too-large", f"{name} has {self.member.size} bytes where {limit} are allowed")
        return self.member

    def done(self) -> None:
        """Go to the next member."""
        self.member = self.tar.next()

    def whole(self, name: str, limit: int) -> bytes:
        raw = self.tar.read(self.begin(name, limit).size)
        self.done()
        return raw


class Part:
    """One session of a bundle. Read in this order, leaving out what is not wanted: note, signed, log, openings, blobs.

    `note` is the raw checkpoint and `checkpoint` what it says: verify its signatures before reading on.
    """

    def __init__(self, bundle: Bundle, n: int) -> None:
        self._bundle = bundle
        self._n = n
        self.note = bundle.whole(f"{n}/checkpoint", NOTE_LIMIT)
        self.wrong: BadBytes | None = None
        """Why the checkpoint cannot be read, or has no place here: such a session is passed over, and the next one can
        still be read."""
        try:
            self.checkpoint: Checkpoint = parse_checkpoint(split_note(self.note)[0])
            if not 0 < self.checkpoint.size <= SIZE_LIMIT:
                raise BadBytes("too-large", f"a session of {self.checkpoint.size} records")
        except BadBytes as wrong:
            self.wrong = wrong
            self.checkpoint = Checkpoint("", SIZE_LIMIT, EMPTY_ROOT)  # no size is known: the largest that may be
        self._weight = self.checkpoint.size * LINE_LIMIT
        self._stage = 0
        self._blobs_read = 0  # good and bad ones, however often the reading of them begins anew
        self._ahead: dict[str, _Ahead] = {}

    def read_ahead(self, most: int) -> bool:
        """Read and parse the session before its turn, one member after another as long as none is larger than `most`
        bytes; what is wrong is raised by the member it stands in, when that is asked for. True if all of it was read
        and is well formed."""
        for name, parsed in (("signed", None), ("log", _parsed), ("openings", _opened), ("blobs", None)):
            if self._size(name) > most:
                return False
            found = _Ahead()
            whole = found.read(self._members(name), most) and (parsed is None or found.parse(parsed))
            self._ahead[name] = found
            if not whole:
                return False
        return True

    def _members(self, name: str) -> Iterator[Any]:
        """What a member gives, once it is asked for."""
        yield from getattr(self, name)()

    def _size(self, name: str) -> int:
        """Bytes of the next member of this kind, as its header says; of all that may stand there for blobs: the first
        of them."""
        member = self._bundle.member
        if member is None:
            return 0
        mine = {"signed": "signed", "log": "log.jsonl", "openings": "openings.jsonl", "blobs": "blob/"}[name]
        return member.size if member.name.startswith(f"{self._n}/{mine}") else 0

    def signed(self) -> list[bytes]:
        """Earlier checkpoints that bear human signatures, not verified."""
        if "signed" in self._ahead:
            return list(self._ahead["signed"].again())
        self._reach(0)
        self._stage = 1
        name = f"{self._n}/signed"
        if not self._bundle.at(name):
            return []
        return self._bundle.whole(name, SIGNED_LIMIT).split(SPLIT)

    def log(self) -> Iterator[Lines]:
        """Record lines in chunks. Raises BadBytes `too-long`, `no-newline`."""
        if "log" in self._ahead:
            return self._ahead["log"].again()
        self._reach(1)
        return self._lines(f"{self._n}/log.jsonl", 2)

    def openings(self) -> Iterator[Lines]:
        """Opening lines in chunks. Raises BadBytes `too-long`, `no-newline`."""
        if "openings" in self._ahead:
            return self._ahead["openings"].again()
        self._reach(2)
        return self._lines(f"{self._n}/openings.jsonl", 3)

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """(SHA-256 in hex, bytes) of each blob. Raises BadBytes `blob-mismatch`, `duplicate-member`."""
        if "blobs" in self._ahead:
            return self._ahead["blobs"].again()
        return self._blobs()

    def _blobs(self) -> Iterator[tuple[str, bytes]]:
        self._reach(3)
        prefix = f"{self._n}/blob/"
        seen: set[str] = set()
        bundle = self._bundle
        while bundle.member is not None and bundle.member.name.startswith(prefix):
            name = bundle.member.name
            sha256 = name.removeprefix(prefix)
            self._blobs_read += 1
            if not _BLOB_NAME(sha256) or self._blobs_read > BLOBS_LIMIT:
                raise BadArchive("member-order", f"{name[:40]} has no place in a bundle")
            blob = bundle.whole(name, BLOB_LIMIT)
            if sha256 in seen:
                raise BadBytes("duplicate-member", "the same blob stands there twice")
            if hashlib.sha256(blob).hexdigest() != sha256:
                raise BadBytes("blob-mismatch", "a blob is not the one its name says")
            seen.add(sha256)
            yield sha256, blob
        self._stage = 4

    def skip(self) -> None:
        """Pass over the rest of this session; its members are still counted and their order is checked."""
        for found in self._ahead.values():
            if isinstance(found.wrong, BadArchive):
                raise found.wrong
        self._reach(4)

    def _reach(self, stage: int) -> None:
        if self._stage > stage:
            raise ValueError("the parts of a session are read in order")
        while self._stage < stage:
            at = self._stage
            if at == 0:
                self.signed()
            elif at < 3:
                name = ("log", "openings")[at - 1]
                if self._bundle.at(f"{self._n}/{name}.jsonl"):
                    self._bundle.begin(f"{self._n}/{name}.jsonl", self._weight)
                    self._bundle.done()
                    self._stage += 1
                else:
                    self._bundle.begin(f"{self._n}/{name}.jsonl", self._weight)
            else:
                self._skip_blobs()

    def _skip_blobs(self) -> None:
        while True:
            try:
                for _ in self._blobs():
                    pass
                return
            except BadArchive:
                raise
            except BadBytes:
                self._stage = 3  # a bad blob of a session that is passed over anyway

    def _lines(self, name: str, stage: int) -> Iterator[Lines]:
        left = self._bundle.begin(name, self._weight).size
        tail = b""
        while left:
            piece = self._bundle.tar.read(min(left, _CHUNK))
            left -= len(piece)
            cut = piece.rfind(b"\n") + 1
            if not cut:
                tail += piece
            else:
                chunk = tail + piece[:cut]
                tail = piece[cut:]
                yield Lines(chunk, split_lines(chunk))
            if len(tail) > LINE_LIMIT:
                raise BadBytes("too-long", f"a line of more than {LINE_LIMIT} bytes")
        if tail:
            raise BadBytes("no-newline", "the last line has no newline")
        self._bundle.done()
        self._stage = stage


def _parsed(one: Lines) -> RecordLines:
    """Raises BadBytes."""
    out = RecordLines(*one)
    out.read, out.leaves = read_lines(*one), leaf_hashes(one.lines)
    return out


def _opened(one: Lines) -> OpeningLines:
    """Raises BadBytes."""
    out = OpeningLines(*one)
    out.read = read_openings(*one)
    return out


def _check_head(name: str, raw: bytes) -> None:
    """The form of the note in front; what it says is no source of keys. Raises BadArchive."""
    try:
        first = split_note(raw, TRUST_LIMIT)[0].split("\n", 1)[0]
    except BadBytes as wrong:
        raise BadArchive(wrong.reason, wrong.detail) from wrong
    if first != HEADS[name]:
        raise BadArchive("wrong-note-type", f"{name} is another note")


def read_bundle(stream: BinaryIO) -> Bundle:
    """Open a bundle that is not sealed, or the stream that `seal.opened` gives: look at `head`, then iterate over its
    sessions. Raises BadArchive."""
    return Bundle(stream)
