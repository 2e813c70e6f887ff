"""Is the trainer of a session on the list, and certified for its pack? An answer for a person, never a refusal.

A session names a trainer in `session.open`, by a handover, or by a `sign.by` of somebody who led it; one that names
nobody's key says nothing. Judged when the session comes in, by the list of that day, and again when the list changes
while the finding stands: a trainer who is added later clears it, one whose certificate ends later leaves old sessions
as they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.records import Record, SessionHandedOver, SessionOpened, SignedBy
from fieldkit.core.state import HANDED_OVER
from fieldkit.log.trust import TrustList
from fieldkit.sync.central import findings
from fieldkit.sync.central.rows import KEY, Finding
from fieldkit.sync.central.tx import Tx

TELLS = (SessionOpened, SignedBy, SessionHandedOver)
"""Facts that say who led a session: a caller may leave all others out."""
KINDS = frozenset(fact.kind for fact in TELLS)
CODES = (findings.UNKNOWN_FACILITATOR, findings.NOT_CERTIFIED, findings.TRAINER_ENDED)
LED = ("held", HANDED_OVER)
"""Meanings of a `sign.by` that say: I led this session, or did so up to here."""


def trainers(records: Iterable[Record]) -> tuple[list[str], str]:
    """(key names of whoever led the session, id of its pack)."""
    names: dict[str, None] = {}
    pack = ""
    for record in records:
        fact = record.fact
        if isinstance(fact, SessionOpened):
            pack = fact.pack.id
            if fact.fac is not None:
                names[fact.fac] = None
        elif isinstance(fact, SignedBy) and fact.meaning in LED and fact.ref is None:
            names[fact.key] = None
        elif isinstance(fact, SessionHandedOver) and fact.to:
            names[fact.to] = None
    return list(names), pack


def judged(trust: TrustList, name: str, pack: str, now: int) -> tuple[str, str]:
    """(code of the finding, state of the key) for one trainer; ("", "ok") when nothing is to be said."""
    lines = [key for key in trust.of("facilitator") if key.vkey.name == name]
    if not lines:
        return findings.UNKNOWN_FACILITATOR, ""
    states = {key.state(now): key for key in lines}
    if "ok" not in states:
        return findings.TRAINER_ENDED, next(iter(states))
    line = states["ok"]
    return ("", "ok") if line.packs is None or pack in line.packs else (findings.NOT_CERTIFIED, "ok")


async def flag(tx: Tx, trust: TrustList, origin: str, led: tuple[list[str], str], now: int) -> None:
    """Write down what is to be said about the trainers of one session (`trainers`); takes back what is so no more."""
    names, pack = led
    said: dict[tuple[str, str], Finding] = {}
    for name in names:
        code, state = judged(trust, name, pack, now)
        name = name[:KEY]
        if code:
            detail = {"fac": name, "pack": pack, "state": state}
            said[code, name] = Finding(origin, code, name, detail, now * 1000)
    for known in await tx.findings(origin):
        if known.code in CODES and (known.code, known.other) not in said:
            await tx.drop_finding(origin, known.code, known.other)
    for finding in said.values():
        await tx.put_finding(finding)
