"""The sessions of some days, as a report counts them (`core.monthly`): what is read grows with them, and with nothing
that was before.

Packs that were ever run are known from the sums; of each the index gives the sessions of those days. Of these sessions
alone is read who did what (`did`), how long they were in the room (`presence`: as the laptop recorded it, breaks
included, head office's corrections of minutes not) and when head office first signed their end (`cosigned`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.figures.shared import facilitators
from fieldkit.core.monthly import Period, Session, Took
from fieldkit.core.taught import NOT_RUN, Taught, Who
from fieldkit.sync.central.digest import cells, figures
from fieldkit.sync.central.digest.kept import many
from fieldkit.sync.central.digest.said import OK, taught_of
from fieldkit.sync.central.digest.words import place_key

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

EVALUATION = "evaluation"
AT_ONCE = 200
"""Sessions of which everything is in memory."""
COLUMNS = ("origin", "t", "day", "site", "fac", "pack", "unknown", "taught", "figures")
IN_DAYS = (
    f"SELECT {', '.join(COLUMNS)} FROM digest WHERE pack = ?1 AND version = ?2 AND (day, origin) > (?3, ?4)"
    f" AND day <= ?5 AND state = ?6 ORDER BY day, origin LIMIT {AT_ONCE}"
)
"""Sessions of one version of a pack, behind a day and an origin: what the index by pack, version and day gives."""
LAST = (
    "SELECT day, origin FROM digest WHERE pack = ?1 AND version = ?2 AND state = ?3"
    " ORDER BY day DESC, origin DESC LIMIT 1"
)
"""The same index, read from its end."""


class _Credited(msgspec.Struct, frozen=True):
    whole: bool


class _Seen(msgspec.Struct, frozen=True):
    """Of `core.taught.Seen` what is counted here."""

    here: bool
    whole: bool
    points: tuple[int, ...]
    with_credit: _Credited | None = None


_seen = msgspec.json.Decoder(tuple[_Seen, ...])


async def led(tx: Tx) -> Mapping[tuple[str, str], str]:
    """(key or empty, laptop) → as whom a trainer is counted, as the figures count them."""
    return facilitators({who for one in await cells.held(tx) for who in one.led})


async def sessions(tx: Tx, of: Period, known: Mapping[tuple[str, str], str]) -> AsyncIterator[Session]:
    """Those that ended on one of these days where they were held, pack by pack. `known`: what `led` gave."""
    for pack, version in await tx.rows(
        "SELECT pack, version FROM sums WHERE dim = 'all' AND key = '' AND period = '' ORDER BY pack, version"
    ):
        after = of.since.isoformat(), ""
        while rows := await tx.rows(IN_DAYS, pack, version, *after, of.until.isoformat(), OK):
            for one in await _whole(tx, [dict(zip(COLUMNS, row, strict=True)) for row in rows], known):
                yield one
            after = rows[-1][2], rows[-1][0]


async def newest(tx: Tx, pack: str) -> str:
    """The session of a pack, of whichever version, that ended last; empty where there is none. Versions are asked one
    by one: as words 1.9.0 comes after 1.10.0, and in an order by days alone no index helps."""
    found: list[tuple[str, str]] = []
    sql = "SELECT version FROM sums WHERE dim = 'all' AND key = '' AND period = '' AND pack = ?1"
    for (version,) in await tx.rows(sql, pack):
        found += [(day, origin) for day, origin in await tx.rows(LAST, pack, version, OK)]
    return max(found)[1] if found else ""


async def _whole(tx: Tx, rows: Sequence[dict[str, Any]], known: Mapping[tuple[str, str], str]) -> list[Session]:
    origins = [row["origin"] for row in rows]
    did: dict[str, list[tuple[Who, tuple[_Seen, ...]]]] = {}
    for origin, badge, issuer, raw in await many(
        tx, "SELECT origin, badge, issuer, seen FROM did WHERE origin IN ({})", origins
    ):
        did.setdefault(origin, []).append(((badge, issuer), _seen.decode(raw)))
    stays: dict[str, dict[Who, list[tuple[int, int]]]] = {}
    for origin, badge, issuer, begin, end in await many(
        tx, "SELECT origin, badge, issuer, from_ms, until_ms FROM presence WHERE origin IN ({})", origins
    ):
        who = badge.strip().upper(), issuer.strip().upper()
        stays.setdefault(origin, {}).setdefault(who, []).append((int(begin), int(end)))
    signed: dict[str, list[int]] = {}
    for origin, s in await many(tx, "SELECT origin, s FROM cosigned WHERE origin IN ({})", origins):
        signed.setdefault(origin, []).append(int(s) * 1000)
    return [
        _one(row, did.get(row["origin"], []), stays.get(row["origin"], {}), signed.get(row["origin"], []), known)
        for row in rows
    ]


def _one(
    row: dict[str, Any],
    did: Iterable[tuple[Who, tuple[_Seen, ...]]],
    stays: Mapping[Who, list[tuple[int, int]]],
    signed: list[int],
    known: Mapping[tuple[str, str], str],
) -> Session:
    taught = taught_of(row["taught"])
    named = figures.read(row["figures"], brief=True).delivery.named if row["figures"] else 0
    return Session(
        origin=row["origin"],
        pack=row["pack"],
        month=row["day"][:7],
        site=place_key(row["site"]),
        led="" if named else known.get((row["fac"], row["origin"].rpartition("/")[0]), ""),
        scored=taught.score_min is not None,
        makeup=taught.makes_up_for_another,
        evaluation=taught.kind == EVALUATION,
        unknown=int(row["unknown"]),
        people=tuple(_took(taught, who, seen) for who, seen in did if any(one.here for one in seen)),
        stays={who: _length(spans) for who, spans in stays.items()},
        late=_late(signed, int(row["t"])),
    )


def _took(taught: Taught, who: Who, seen: Sequence[_Seen]) -> Took:
    """Somebody under all their entries: what one of them came to."""
    here = [one for one in seen if one.here]
    passed = [_passed(taught, one) for one in here]
    return Took(
        who,
        any(one.whole or (one.with_credit is not None and one.with_credit.whole) for one in here),
        None if all(one is None for one in passed) else any(passed),
    )


def _passed(taught: Taught, one: _Seen) -> bool | None:
    """Whether the score is enough over what was run, whoever answered; None where nothing was."""
    if taught.score_min is None:
        return None
    pairs = zip(taught.graded, one.points, strict=True)
    got = [(points, of) for (_, _, of), points in pairs if points != NOT_RUN and of]
    of = sum(of for _, of in got)
    return sum(points for points, _ in got) * 100 >= taught.score_min * of if of else None


def _length(spans: Iterable[tuple[int, int]]) -> int:
    """ms of all of them together, what two of them share once."""
    whole, until = 0, -1 << 62
    for begin, end in sorted(spans):
        whole += max(0, end - max(begin, until))
        until = max(until, end)
    return whole


def _late(signed: Sequence[int], ended: int) -> int | None:
    """ms from the end to the first signature of head office that came after it. A laptop whose clock was ahead has none
    that did: it was there at once."""
    after = [s for s in signed if s >= ended]
    return min(after) - ended if after else 0 if signed else None
