"""The proofs beside an attendance sheet: a receipt for each record that put somebody on it, in one file.

Each is a participant's receipt (`log.receipt`) under the checkpoint that the sheet's note names; they are split by
lines `=====`. Who was there is on the sheet; that the log had them when its root was signed, and by head office dated,
is here, and needs neither laptop nor database to be checked. What proves a presence: the arrival (`person.join`), the
merge that made two entries one person, and of somebody who never arrived the trainer's mark or correction; a rename
comes along for the name. Only arrivals and renames bring their private half: a mark's may hold a reason in words, and
that is nobody's proof. Whom only head office put there afterwards is proved by its correction, under the checkpoint of
its own log, which the sheet's note names too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from fieldkit.core.records import Amended, AttendanceMarked, CameIn, PersonJoined, PersonMerged, PersonRenamed, Record
from fieldkit.errors import BadBytes
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.receipt import HEADER, RECEIPT_LIMIT, SEPARATOR, make_receipt

PROOFS = ".proofs"
"""What the name of the file beside a sheet ends with."""
PROOFS_LIMIT = 64 << 20
MOST = 20_000
"""Receipts of one file that a reader looks at."""
_OTHERWISE = (CameIn, AttendanceMarked, Amended)
"""What shows that somebody was there who has no `person.join`."""
_NAMING = (PersonJoined, PersonRenamed)
"""What shows how somebody is named; these bring their private half."""
_KINDS = tuple(f'"k":"{fact.kind}"'.encode() for fact in (*_NAMING, PersonMerged, *_OTHERWISE))


class Prover:
    """Makes receipts of one log under its signed checkpoint `note`.

    `lines` are the record lines from the first on (those beyond the checkpoint are left out), `opening(i)` the private
    half of a record while it is there. Raises BadBytes.
    """

    def __init__(self, lines: Iterable[bytes], opening: Callable[[int], bytes | None], note: bytes) -> None:
        self.at = parse_checkpoint(split_note(note)[0])
        self._note = note
        self._opening = opening
        self._tree = Tree()
        self._kept: dict[int, bytes] = {}
        for line in lines:
            if self._tree.size == self.at.size:
                break
            if any(kind in line for kind in _KINDS):
                self._kept[self._tree.size] = line
            self._tree.append(leaf_hash(line))

    def receipt(self, i: int) -> bytes:
        """The receipt of record `i`, one of the kinds kept here; of an arrival or a rename with its private half."""
        line = self._kept[i]
        naming = isinstance(parse_record(line).fact, _NAMING)
        proof = self._tree.inclusion(i, self.at.size)
        return make_receipt(line, self._opening(i) if naming else None, i, proof, self._note)

    def receipts(self, people: Iterable[Collection[str]]) -> list[bytes]:
        """Those of `people`, each given as all the `p` of their entries, in the order of the log."""
        by_p: dict[str, list[Record]] = {}
        for line in self._kept.values():
            record = parse_record(line)
            by_p.setdefault(record.p or "", []).append(record)
        chosen: set[int] = set()
        for entries in people:
            theirs = [record for p in entries for record in by_p.get(p, ())]
            arrived = any(isinstance(record.fact, PersonJoined) for record in theirs)
            kinds = (*_NAMING, PersonMerged) if arrived else (PersonMerged, PersonRenamed, *_OTHERWISE)
            chosen |= {record.i for record in theirs if isinstance(record.fact, kinds)}
        return [self.receipt(i) for i in sorted(chosen)]

    def corrections(self, origin: str, people: Collection[str]) -> list[bytes]:
        """Of an office's log: the receipts of what it corrected about these `p` of the session `origin`."""
        found = [parse_record(line) for line in self._kept.values()]
        mine = [one.i for one in found if one.p in people and about(one, self.at.origin) == origin != self.at.origin]
        return [self.receipt(i) for i in mine]

    def proved(self) -> set[str]:
        """Every `p` of whom `receipts` has something that shows them there."""
        there = (PersonJoined, *_OTHERWISE)
        return {one.p for one in map(parse_record, self._kept.values()) if one.p and isinstance(one.fact, there)}


def join_proofs(receipts: Iterable[bytes]) -> bytes:
    """Receipts in one file."""
    return SEPARATOR.join(receipts)


def split_proofs(raw: bytes) -> Iterator[bytes]:
    """The receipts of a file as `join_proofs` wrote it, or the one that it holds; none verified. Raises BadBytes."""
    if len(raw) > PROOFS_LIMIT:
        raise BadBytes("too-long", f"{len(raw)} bytes where {PROOFS_LIMIT} are allowed")
    head = HEADER.encode()
    at, n = 0, 0
    while True:
        end = raw.find(b"\n" + SEPARATOR, at)
        one = raw[at:] if end < 0 else raw[at : end + 1]
        n += 1
        if n > MOST or len(one) > RECEIPT_LIMIT:
            raise BadBytes("too-long", "more receipts than a file may hold, or a longer one")
        if not one.startswith(head):
            raise BadBytes("not-a-receipt", "something else than a receipt stands between two separators")
        yield one
        if end < 0:
            return
        at = end + 1 + len(SEPARATOR)


def about(record: Record, origin: str) -> str:
    """The log about whose people a record of the log `origin` says something: its own, but for head office's
    corrections, which stand in a log of the office."""
    ref = record.fact.ref if isinstance(record.fact, Amended) else None
    return ref.o if ref is not None and ref.o else origin


class Shown(msgspec.Struct):
    """What the proofs show of one person: their entries, whether one of these arrived, names and badges."""

    entries: set[str] = msgspec.field(default_factory=set)
    there: bool = False
    names: set[str] = msgspec.field(default_factory=set)
    badges: set[str] = msgspec.field(default_factory=set)


class Presences:
    """Whom proofs of one log prove: arrivals and marks by `p`, joined by the merges that are proved with them."""

    def __init__(self) -> None:
        self._there: set[str] = set()
        self._lead: dict[str, str] = {}
        self._told: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, record: Record) -> None:
        """A record that was proved."""
        if record.p is None:
            return
        if isinstance(record.fact, PersonMerged):
            one, other = self.head(record.p), self.head(record.fact.from_)
            if one != other:
                self._lead[other] = one
        elif isinstance(record.fact, (PersonJoined, *_OTHERWISE)):
            self._there.add(record.p)
        if isinstance(record.fact, _NAMING):
            self._tell(record, record.p)

    def _tell(self, record: Record, p: str) -> None:
        """The newest name and badge of an entry, in whatever order the receipts stand."""
        for field in ("name", "badge"):
            value = str((record.private or {}).get(field, ""))
            if value and record.i >= self._told.get((field, p), (0, ""))[0]:
                self._told[field, p] = (record.i, value)

    def people(self) -> dict[str, Shown]:
        """What is shown of each person, by the entry that stands for them (`head`)."""
        found: dict[str, Shown] = {}
        for p in {*self._there, *self._lead, *(p for _, p in self._told)}:
            one = found.setdefault(self.head(p), Shown())
            one.entries |= {p, self.head(p)}
            one.there |= p in self._there
        for (field, p), (_, value) in self._told.items():
            one = found[self.head(p)]
            (one.names if field == "name" else one.badges).add(value)
        return found

    def head(self, p: str) -> str:
        """The entry that stands for `p`; the way there is shortened, or a long chain would be walked for each of it."""
        while p in self._lead:
            above = self._lead[p]
            if above in self._lead:
                self._lead[p] = self._lead[above]
            p = above
        return p
