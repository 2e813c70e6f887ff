"""Receipts of people: the tree of the running log, short codes, and the proof that somebody's arrival is in it."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.records import PersonJoined, Record
from fieldkit.log.line import record_line
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.receipt import make_receipt, parse_receipt, qr_text, short_code, show_code
from fieldkit.log.store import Store


class Proofs:
    """Owned by the desk, which tells it of every committed record."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._arrivals: dict[str, Record] = {}
        self._codes: dict[str, str] = {}
        self._tree = Tree()
        self.note(records)

    def note(self, records: Iterable[Record]) -> None:
        """Keep each first arrival. Its short code is made when the goodbye page asks, not in a storm of joins."""
        for record in records:
            if type(record.fact) is PersonJoined and record.p:
                # Without the private half: it is kept in the fold, and here it would double what a person weighs.
                bare = Record(record.i, record.m, record.t, record.fact, record.p, record.x)
                self._arrivals.setdefault(record.p, bare)

    def code(self, p: str) -> str:
        """The short code as people read it; empty before the first arrival."""
        if p not in self._codes:
            arrival = self._arrivals.get(p)
            if arrival is None:
                return ""
            self._codes[p] = show_code(short_code(leaf_hash(record_line(arrival))))
        return self._codes[p]

    async def receipt(self, store: Store, index: int) -> bytes:
        """The receipt of the arrival at `index`, under the newest checkpoint."""
        line, opening = await store.line(index)
        note = await store.checkpoint()
        size = parse_checkpoint(split_note(note)[0]).size
        start = self._tree.size
        if start < size:
            new = await store.leaves(size, start)  # meanwhile another receipt may have grown the tree
            for leaf in new[self._tree.size - start :]:
                self._tree.append(leaf)
        return make_receipt(line, opening, index, self._tree.inclusion(index, size), note)


def codes_of(receipt: bytes) -> tuple[str, str]:
    """(short code as people read it, text of the QR code or nothing when it is too long for one) of a receipt."""
    return show_code(short_code(parse_receipt(receipt).leaf)), qr_text(receipt)
