"""Pre-work and reinforcement, by person: what each answered in every log of such a set, found by their badge.

A row holds counts and times, and no answer. Logs that several devices of head office wrote for one set are put together
when they are shown: what somebody answered last counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.sets import Answered, Mine
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

MOST = 100
"""Logs of one person that are shown."""
COLUMNS = ("origin", "badge", "issuer", "t", "said")
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(tuple[Mine, ...]).decode


class Log(msgspec.Struct, frozen=True):
    """A log in which somebody stands as `p`."""

    origin: str
    p: str


class Set(msgspec.Struct, frozen=True):
    """One set of one person. `t`: their last answer, Unix ms, 0 without one; `right` of `keyed`: of the answered
    questions those that have a right one; `sure_wrong`: wrong and sure of it, of `sure` that said how sure; `judged`:
    whether what was right may be shown; `logs`: where it was answered last first."""

    set: str
    title: str
    pack: str
    version: str
    tz: str
    t: int
    answered: int
    asked: int
    judged: bool
    right: int
    keyed: int
    sure_wrong: int
    sure: int
    logs: tuple[Log, ...]


async def write(tx: Tx, origin: str, some: Sequence[Mine]) -> None:
    """In place of what was kept of this log."""
    by: dict[tuple[str, str], list[Mine]] = {}
    for one in some:
        by.setdefault(one.who, []).append(one)
    rows = {(origin, *who, _last(mine), _encode(tuple(mine))) for who, mine in by.items()}
    known = await tx.rows(f"SELECT {', '.join(COLUMNS)} FROM learnt WHERE origin = ?1", origin)
    before = {(o, badge, issuer, int(t), bytes(said)) for o, badge, issuer, t, said in known}
    await tx.put_rows(
        "DELETE FROM learnt WHERE origin = ?1 AND badge = ?2 AND issuer = ?3", [x[:3] for x in sorted(before - rows)]
    )
    await tx.put_rows(
        f"INSERT INTO learnt ({', '.join(COLUMNS)}) VALUES ({marks(len(COLUMNS))})", sorted(rows - before)
    )


async def of_person(tx: Tx, badge: str, issuer: str, office: Collection[str], most: int = MOST) -> list[Set]:
    """Every set of somebody (badge and issuer as the digest has them), what they answered last first. `office`: public
    keys (hex) of head office's devices, whose logs alone are put together."""
    rows = await tx.rows(
        "SELECT l.said, s.device FROM learnt l JOIN session s ON s.origin = l.origin"
        f" WHERE l.badge = ?1 AND l.issuer = ?2 ORDER BY l.t DESC, l.origin LIMIT {int(most)}",
        *(badge, issuer),
    )
    by: dict[tuple[str, str], list[Mine]] = {}
    for said, device in rows:
        for one in _decode(bytes(said)):
            by.setdefault((one.root if device in office else one.origin, one.set), []).append(one)
    return [_set(mine) for mine in by.values()]


def _last(mine: Sequence[Mine]) -> int:
    return max((said.t for one in mine for said in one.said), default=0)


def _set(mine: list[Mine]) -> Set:
    mine = sorted(mine, key=lambda one: (-_last([one]), one.origin))
    newest: dict[str, Answered] = {}
    for one in mine:
        for said in one.said:
            if said.key not in newest or said.t > newest[said.key].t:
                newest[said.key] = said
    told = newest.values()
    first = mine[0]
    return Set(
        set=first.set,
        title=first.title,
        pack=first.pack[:KEY],
        version=first.version[:KEY],
        tz=first.tz,
        t=_last(mine),
        answered=len(newest),
        asked=max(one.asked for one in mine),
        judged=all(one.judged for one in mine),
        right=sum(said.right is True for said in told),
        keyed=sum(said.right is not None for said in told),
        sure_wrong=sum(said.right is False and said.sure == "sure" for said in told),
        sure=sum(said.right is not None and bool(said.sure) for said in told),
        logs=tuple(Log(one.origin, one.p) for one in mine),
    )
