"""The proofs beside an attendance sheet: a receipt for each record that put somebody on it, in one file.

Each is a participant's receipt (`log.receipt`) under the checkpoint that the sheet's note names; they are split by
lines `=====`. Who was there is on the sheet; that the log had them when its root was signed, and by head office dated,
is here, and needs neither laptop nor database to be checked. What proves a presence: the arrival (`person.join`), the
merge that made two entries one person, and of somebody who never arrived the trainer's mark or correction. Only an
arrival brings its private half: a mark's may hold a reason in words that is nobody's proof.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from fieldkit.core.records import Amended, AttendanceMarked, CameIn, PersonJoined, PersonMerged, Record
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
_KINDS = tuple(f'"k":"{fact.kind}"'.encode() for fact in (PersonJoined, PersonMerged, *_OTHERWISE))


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
        """The receipt of record `i`, one of the kinds that prove a presence; of an arrival with its private half."""
        line = self._kept[i]
        arrival = isinstance(parse_record(line).fact, PersonJoined)
        proof = self._tree.inclusion(i, self.at.size)
        return make_receipt(line, self._opening(i) if arrival else None, i, proof, self._note)

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
            kinds = (PersonJoined, PersonMerged) if arrived else (PersonMerged, *_OTHERWISE)
            chosen |= {record.i for record in theirs if isinstance(record.fact, kinds)}
        return [self.receipt(i) for i in sorted(chosen)]


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


class Presences:
    """Whom a file of proofs proves: arrivals and marks by `p`, joined by the merges that are proved with them."""

    def __init__(self) -> None:
        self._there: set[str] = set()
        self._lead: dict[str, str] = {}

    def add(self, record: Record) -> None:
        """A record that was proved."""
        if record.p is None:
            return
        if isinstance(record.fact, PersonMerged):
            one, other = self._head(record.p), self._head(record.fact.from_)
            if one != other:
                self._lead[other] = one
        elif isinstance(record.fact, (PersonJoined, *_OTHERWISE)):
            self._there.add(record.p)

    def missing(self, people: Iterable[str]) -> list[str]:
        """Those `p` of whom nothing was proved."""
        there = {self._head(p) for p in self._there}
        return [p for p in people if self._head(p) not in there]

    def _head(self, p: str) -> str:
        while p in self._lead:
            p = self._lead[p]
        return p
