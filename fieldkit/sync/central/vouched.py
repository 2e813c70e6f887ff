"""What of head office's own words may be laid over a session: what still refers to it, and signatures that were given.

A record refers to a record of the session by index and leaf, so what was said about one of two histories says nothing
about the other. A `sign.by` counts when its root is the session's, and when the checkpoint of the office's log that
ends with it bears the signature of that person under a known key which had not been revoked when central cosigned it.
Else it is a claim, and stands in no table; a later signature of the same person is about something else and does not
mend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fieldkit.core.office import ref_of
from fieldkit.core.records import Record, SignedBy
from fieldkit.formats.signed import signatures
from fieldkit.log.keys import VKey
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.names import b64
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.sync.central.findings import root_at
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

Pair = tuple[str, Record]


async def vouched(
    tx: Tx, stored: Stored, found: Iterable[Pair], keys: Iterable[VKey], revoked: Mapping[VKey, int]
) -> list[Pair]:
    """Those of (office's log, record) about `stored` that hold."""
    pairs = list(found)
    if not pairs:
        return []
    leaves = await _leaves(tx, stored.origin, {ref.i for _, one in pairs if (ref := ref_of(one)) is not None})
    known = list(keys)
    out = []
    for log, record in pairs:
        ref = ref_of(record)
        if ref is None or leaves.get(ref.i) != ref.leaf:
            continue
        if isinstance(record.fact, SignedBy):
            root = b64(await root_at(tx, stored, ref.i + 1))
            if record.fact.root != root or not borne(await _notes(tx, log, record.i + 1), record, known, revoked):
                continue
        out.append((log, record))
    return out


def borne(notes: Iterable[bytes], record: Record, keys: Iterable[VKey], revoked: Mapping[VKey, int]) -> bool:
    """Whether that one of these checkpoints which ends with a `sign.by` was signed with the key that it names."""
    fact = record.fact
    assert isinstance(fact, SignedBy)
    for note in notes:
        if parse_checkpoint(split_note(note)[0]).size == record.i + 1:
            trainer = signatures(note, keys, revoked).trainer
            if trainer is not None and VKey.parse(trainer).name == fact.key:
                return True
    return False


async def _notes(tx: Tx, log: str, size: int) -> list[bytes]:
    """The checkpoints of this size, and the newest."""
    stored = await tx.stored(log)
    return [*await tx.signed_at(log, size), *([stored.checkpoint] if stored is not None else [])]


async def _leaves(tx: Tx, origin: str, wanted: set[int]) -> dict[int, str]:
    """Index → leaf hash (hex) of these records, as far as they are stored."""
    out: dict[int, str] = {}
    at = 0
    async for lines in tx.lines(origin, max(wanted, default=-1) + 1):
        out |= {at + k: leaf_hash(line).hex() for k, line in enumerate(lines) if at + k in wanted}
        at += len(lines)
    return out
