"""The records that somebody's row of a transcript rests on, each with its proof under the newest signed checkpoint.

Of the person: everything that bears one of their `p`, and merges from one of those. Of the session: its opening (it
names the plan by hash), what ran and when, who led and signed, and its end. A private half comes along with the lines
of the roster, arrivals and renames of the people who were asked for, and with nothing else: reasons and answers in
words are nobody's proof, and other people have no business here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from fieldkit.core.attendance import attendance
from fieldkit.core.records import PersonExpected, PersonJoined, PersonMerged, PersonRenamed
from fieldkit.core.session import Session
from fieldkit.log.line import Line, parse_record, read_line
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.proven import join_proofs
from fieldkit.log.receipt import make_receipt

OF_THE_SESSION = (
    "session.open", "staff.set", "session.pause", "session.resume", "session.handover", "session.close",
    "session.reopen", "clock.jump", "segment.enter", "plan.change", "activity.open", "activity.close", "activity.void",
    "sign.by", "erase",
)  # fmt: skip
"""Kinds without a person that a row of attendance is computed from."""
_NAMING = (PersonExpected.kind, PersonJoined.kind, PersonRenamed.kind)
AT_ONCE = 4_000
"""Receipts of one file: a reader looks at 20,000 and at 64 MiB."""


class Proof(msgspec.Struct, frozen=True):
    """Of one log: indexes that are proved, those of the session itself and each `p`'s, and the files of receipts."""

    shared: tuple[int, ...]
    by_p: dict[str, tuple[int, ...]]
    files: tuple[bytes, ...]

    def of(self, entries: Collection[str]) -> list[int]:
        """What the row of one person rests on, ascending."""
        return sorted({*self.shared, *(i for p in entries for i in self.by_p.get(p, ()))})


class Prover:
    """Receipts of one log under its checkpoint `note`; `opening(i)` is a private half while it is there.

    `people`: every `p` that is asked for; None for all. Raises BadBytes for lines that are none of the log.
    """

    def __init__(
        self,
        lines: Iterable[bytes],
        note: bytes,
        opening: Callable[[int], bytes | None],
        people: Collection[str] | None,
    ) -> None:
        at = parse_checkpoint(split_note(note)[0])
        self._note, self._opening = note, opening
        self._tree = Tree()
        self._kept: dict[int, bytes] = {}
        self._shared: list[int] = []
        self._by_p: dict[str, list[int]] = {}
        for raw in lines:
            i = self._tree.size
            if i == at.size:
                break
            self._tree.append(leaf_hash(raw))
            self._look(i, raw, people)

    def _look(self, i: int, raw: bytes, people: Collection[str] | None) -> None:
        it = read_line(raw)
        if it.k in OF_THE_SESSION and it.p is None:
            self._shared.append(i)
            self._kept[i] = raw
        for p in _about(it):
            if people is None or p in people:
                self._by_p.setdefault(p, []).append(i)
                self._kept[i] = raw

    def chosen(self, indexes: Collection[int]) -> Proof:
        """The same as `proof`, of these records alone."""
        kept = [i for i in sorted(self._kept) if i in indexes]
        by_p = {p: tuple(i for i in some if i in indexes) for p, some in self._by_p.items()}
        return Proof((), by_p, tuple(self._files(kept)))

    def proof(self) -> Proof:
        """Everything that was found."""
        by_p = {p: tuple(some) for p, some in self._by_p.items()}
        return Proof(tuple(self._shared), by_p, tuple(self._files(sorted(self._kept))))

    def _files(self, indexes: Sequence[int]) -> Iterator[bytes]:
        for at in range(0, len(indexes), AT_ONCE):
            yield join_proofs(map(self._receipt, indexes[at : at + AT_ONCE]))

    def _receipt(self, i: int) -> bytes:
        raw = self._kept[i]
        naming = read_line(raw).k in _NAMING
        half = self._opening(i) if naming else None
        if half is not None:
            parse_record(raw, half)
        return make_receipt(raw, half, i, self._tree.inclusion(i), self._note)


def _about(it: Line) -> tuple[str, ...]:
    other = it.d.get("from") if it.k == PersonMerged.kind else None
    return tuple(p for p in (it.p, other) if isinstance(p, str))


def entries_of(session: Session) -> dict[str, frozenset[str]]:
    """The `p` that stands on the sheet → every `p` of that person."""
    return {row.p: row.all_p for row in attendance(session)}
