"""Who led how many sessions: of a version of a pack, in a quarter, at a site. Whose figures may be shown together
(`core.figures.shared`) is worked out of these cells, so that no session is looked at for it.

A row of `cell` is one of them. Inside it stands, for each facilitator's key (empty: nobody can say) and laptop, and for
each way in which the site is written, how many sessions that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.sync.central.digest.said import OK
from fieldkit.sync.central.digest.words import place_key, quarter_of
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

Key = tuple[str, str, str, str]
"""(pack, version, quarter, site as it is compared)."""
BATCH = 5000


class _Inside(msgspec.Struct, frozen=True):
    led: list[tuple[str, str, int]]
    places: list[tuple[str, int]]


class Held(msgspec.Struct, frozen=True):
    """One cell. `led`: (key of who led it or empty, laptop) → sessions; `places`: the site as it was written → how
    many."""

    pack: str
    version: str
    quarter: str
    site: str
    sessions: int
    led: dict[tuple[str, str], int]
    places: dict[str, int]


class Change(msgspec.Struct):
    """What happens to one cell."""

    led: Counter[tuple[str, str]]
    places: Counter[str]


_enc = msgspec.json.Encoder()
_dec = msgspec.json.Decoder(_Inside)


def count(cells: dict[Key, Change], of: Key, origin: str, fac: str, site: str, by: int) -> None:
    """One session more (`by` 1) or less (-1)."""
    one = cells.setdefault(of, Change(Counter(), Counter()))
    one.led[fac, origin.rpartition("/")[0]] += by
    one.places[site] += by


def key_of(pack: str, version: str, day: str, site: str) -> Key:
    return pack, version, quarter_of(day), place_key(site)


async def write(tx: Tx, cells: dict[Key, Change]) -> None:
    """Change these cells; one without sessions goes."""
    for key in sorted(cells):
        where = "pack = ?1 AND version = ?2 AND quarter = ?3 AND site_key = ?4"
        rows = await tx.rows(f"SELECT inside FROM cell WHERE {where}", *key)
        led, places = _inside(rows[0][0]) if rows else ({}, {})
        led, places = _added(led, cells[key].led), _added(places, cells[key].places)
        if not led:
            await tx.put_rows(f"DELETE FROM cell WHERE {where}", [key])
            continue
        raw = _enc.encode(_Inside([(*who, n) for who, n in sorted(led.items())], sorted(places.items())))
        await tx.put_rows(
            f"INSERT INTO cell (pack, version, quarter, site_key, sessions, inside) VALUES ({marks(6)})"
            " ON CONFLICT (pack, version, quarter, site_key) DO UPDATE SET sessions = excluded.sessions,"
            " inside = excluded.inside",
            [(*key, sum(led.values()), raw)],
        )


def _inside(raw: bytes) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    found = _dec.decode(raw)
    return {(fac, laptop): n for fac, laptop, n in found.led}, dict(found.places)


def _added(before: dict[Any, int], change: Counter[Any]) -> dict[Any, int]:
    found = Counter(before)
    found.update(change)
    return {key: n for key, n in found.items() if n}


async def held(tx: Tx, pack: str = "", version: str = "") -> list[Held]:
    """Every cell, of one pack or version where it is named."""
    where, values = _where(pack, version)
    rows = await tx.rows(f"SELECT pack, version, quarter, site_key, sessions, inside FROM cell{where}", *values)
    out = []
    for pack, version, quarter, site, n, raw in rows:
        led, places = _inside(raw)
        out.append(Held(pack, version, quarter, site, int(n), led, places))
    return out


async def sessions(tx: Tx, pack: str = "", version: str = "") -> list[tuple[str, str, str, str, int]]:
    """(pack, version, quarter, site, sessions) of every cell, likewise."""
    where, values = _where(pack, version)
    rows = await tx.rows(f"SELECT pack, version, quarter, site_key, sessions FROM cell{where}", *values)
    return [(pack, version, quarter, site, int(n)) for pack, version, quarter, site, n in rows]


def _where(pack: str, version: str) -> tuple[str, Sequence[str]]:
    values = (pack, version)[: 1 + bool(version)] if pack else ()
    named = [f"{column} = ?{k}" for k, column in enumerate(("pack", "version")[: len(values)], 1)]
    return f" WHERE {' AND '.join(named)}" if named else "", values


async def fill(tx: Tx) -> None:
    """Of a digest that was made before there were cells."""
    after = ""
    while True:
        rows = await tx.rows(
            "SELECT origin, pack, version, day, site, fac FROM digest WHERE origin > ?1 AND state = ?2 ORDER BY origin"
            f" LIMIT {BATCH}",
            *(after, OK),
        )
        if not rows:
            return
        cells: dict[Key, Change] = {}
        for origin, pack, version, day, site, fac in rows:
            count(cells, key_of(pack, version, day, site), origin, fac, site, 1)
        await write(tx, cells)
        after = rows[-1][0]
