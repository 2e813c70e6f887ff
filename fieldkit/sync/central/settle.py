"""What a changed trust list changes about sessions that are stored already.

A trainer who is on the list now: the signature that came with the session counts from now on, and findings about that
trainer are judged again. A laptop that is revoked from a day in the past: what central cosigned after that day is
named to a person; nothing that is stored is taken away. Running it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.note import Checkpoint, add_signatures, day_text, open_note, split_note
from fieldkit.log.trust import TrustList
from fieldkit.sync.central import certify, findings
from fieldkit.sync.central.admit import is_admitted
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.replay import records_of
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.tx import Tx


async def settle(home: Home, before: TrustList, now: int) -> list[str]:
    """Bring what is stored in line with the list in force, given the one `before`; origins a person should look at."""
    trust = home.trust()
    joined = [key.vkey for key in trust.of("facilitator", "witness") if before.find(key.vkey) is None]
    db = await home.database()
    try:
        async with db.transaction() as tx:
            for vkey in joined:
                await _count(tx, vkey)
            await _judge_again(tx, trust, now)
            return await _after_revoked(tx, trust, now)
    finally:
        await db.close()


async def _count(tx: Tx, vkey: VKey) -> None:
    """Signatures of a key that joined, on checkpoints that are stored: kept from the files as they arrived."""
    for origin, note in await tx.arrived_with(f"— {vkey.name} "):
        stored = await tx.stored(origin)
        if stored is None:
            continue
        text, lines = split_note(stored.checkpoint)
        if text == split_note(note)[0] and (new := _good(note, vkey)) and new not in [one.line for one in lines]:
            await tx.set_checkpoint(origin, add_signatures(stored.checkpoint, [new]))


def _good(note: bytes, vkey: VKey) -> str:
    """The line of this key if it is good; one that is not stays out, else nobody could read the checkpoint."""
    try:
        open_note(note, [vkey])
    except BadBytes:
        return ""
    lines = (one for one in split_note(note)[1] if (one.name, one.keyid) == (vkey.name, vkey.keyid))
    return next(lines).line


async def _judge_again(tx: Tx, trust: TrustList, now: int) -> None:
    open_ = {one.origin for code in certify.CODES for one in await tx.findings(code=code)}
    for origin in sorted(open_):
        await certify.flag(tx, trust, origin, certify.trainers(await records_of(tx, origin)), now)


async def _after_revoked(tx: Tx, trust: TrustList, now: int) -> list[str]:
    """Sessions of a revoked laptop of which central cosigned something on that day or later."""
    said: dict[str, Finding] = {}
    for line in trust.of("device"):
        if line.revoked is None or line.revoked > now:
            continue
        for one in await tx.of_device(line.vkey.pub.hex()):
            good = await tx.cosigned_before(one.origin, line.revoked)
            if good < one.size and not await is_admitted(tx, Checkpoint(one.origin, one.size, one.root)):
                detail = {"from": day_text(line.revoked), "before": good, "size": one.size}
                said[one.origin] = Finding(one.origin, findings.AFTER_REVOKED, "", detail, now * 1000)
    await _replace(tx, findings.AFTER_REVOKED, said.values())
    return sorted(said)


async def _replace(tx: Tx, code: str, now: Iterable[Finding]) -> None:
    new = {one.origin: one for one in now}
    for known in await tx.findings(code=code):
        if known.origin not in new:
            await tx.drop_finding(known.origin, code, known.other)
    for one in new.values():
        await tx.put_finding(one)
