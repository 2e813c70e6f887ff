"""What goes back to the laptops: for each session the cosigned checkpoint and a `fieldkit-receipt/1` of the office.

A receipt is made from what is stored at that moment and holds no time of its own, so asking again gives the same
bytes. While a session has two histories nobody gets a receipt for either. Behind the receipts of a file stand the notes
of what was erased in these sessions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fieldkit.core.erasing import WHYS
from fieldkit.log.erase_note import erase_notes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.note import Checkpoint, split_note
from fieldkit.log.receipt import central_receipt, held_hash, join_notes
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.tx import Tx


async def receipt(tx: Tx, origin: str, office: Signer) -> list[bytes]:
    """The two notes for one session as it is stored now; none if it is not stored or has two histories."""
    stored = await tx.stored(origin)
    if stored is None or await tx.findings(origin, findings.FORK):
        return []
    at = Checkpoint(stored.origin, stored.size, stored.root)
    return [stored.checkpoint, central_receipt(office, at, held_hash(await tx.xs_settled(origin)))]


async def receipts_file(
    db: Database, origins: Iterable[str], office: Signer, live: Collection[VKey] | None = None
) -> bytes:
    """The receipts of these sessions in one file: notes separated by lines `=====`. Empty when there are none.

    `live`: central keys that count; where none of them has signed there is no receipt, which no laptop would take, and
    what was erased goes down all the same.
    """
    notes: list[bytes] = []
    async with db.reading() as tx:
        every = list(dict.fromkeys(origins))
        for origin in every:
            pair = await receipt(tx, origin, office)
            if live is None or (pair and _bears(pair[0], live)):
                notes += pair
        for origin in every:
            notes += await erasures(tx, origin, office)
    return join_notes(notes)


def _bears(checkpoint: bytes, live: Collection[VKey]) -> bool:
    ids = {(key.name, key.keyid) for key in live}
    return any((one.name, one.keyid) in ids for one in split_note(checkpoint)[1])


async def erasures(tx: Tx, origin: str, office: Signer) -> list[bytes]:
    """What was erased of this session, whoever did: its laptop may have been put back from a backup."""
    by_why: dict[str, list[int]] = {}
    for _, i, why in await tx.tombs(origin):
        by_why.setdefault(why if why in WHYS else "other", []).append(i)
    return [note for why, refs in sorted(by_why.items()) for note in erase_notes(office, origin, refs, why)]
