"""How packs are delivered, as pages and files: the tables of `central figures`, each number as a bar and with its n.

Whose figures somebody sees is decided in `sync.central.governance`: an operator and an auditor see groups of five
trainers or more (beside themself, where the account says that they train too), a supervisor those of their sites, a
trainer their own, and names are shown under an agreement alone.
Lines stand in the order of places, packs and the plan, never in that of a figure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.figures.shared import Wanted
from fieldkit.core.plan import Plan
from fieldkit.core.tables.governance import ALL, TABLES, Part, made, order
from fieldkit.sync.central import governance
from fieldkit.sync.central.digest import people, shown, sums
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.front.accounts import FACILITATOR, SUPERVISOR, Account
from fieldkit.sync.central.front.pages import Filled, query
from fieldkit.sync.central.front.take import KINDS, Taken, formats

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

QUARTER = re.compile(r"[0-9]{4}-Q[1-4]", re.ASCII)
TRAINER = "trainer"
OVER = "delivery"
"""The table that needs nothing of what was measured."""
MOST_LINES = 40
"""Of more than these, single packs at single sites are left out, until somebody chooses one."""
Row = dict[str, str]


class Line(msgspec.Struct, frozen=True):
    """A number. `share`: how long its bar is, 0 to 100; `more`: what goes with it; `note`: a code of `terms.NOTE`."""

    label: str
    value: str
    n: str
    share: float | None = None
    more: str = ""
    note: str = ""
    at: str = ""
    """Where its label leads."""
    sessions: str = ""
    """The sessions that it comes from."""


class Figure(msgspec.Struct, frozen=True):
    """Lines of one kind. `what`: a code of `terms.FIGURE` and `terms.FORMULA`, which say what it is and where its
    formula comes from."""

    what: str
    lines: list[Line]


class Seen(msgspec.Struct, frozen=True):
    """What somebody may see of what they asked for. `all`: sessions of it, seen or not."""

    asked: dict[str, str]
    parts: list[Part]
    shown: int
    all: int


async def delivery(v: Visit, tx: Tx) -> Filled:
    """The page."""
    found = await _seen(v, tx, brief="@" not in v.query.get("pack", ""))
    id, _, version = found.asked["pack"].partition("@")
    named = found.asked["by"] == TRAINER
    ways = [one for one in order(found.parts) if version and (one.pack, one.version) == (id, version)]
    part = ways[0] if ways and not named else None
    newer: list[tuple[str, str]] = []
    plans = await governance.plans(tx, [part], newer) if part is not None else {}
    over, left_out = _over(found.parts, v.account, found.asked)
    packs = await sums.packs(tx) if v.account.role != FACILITATOR else []
    ran = [(one.pack, one.version) for one in packs] or sorted({(one.pack, one.version) for one in await _mine(v, tx)})
    return {
        "asked": found.asked, "shown": found.shown, "all": found.all, "part": part, "packs": ran, "named": named,
        "periods": [one for one in await sums.periods(tx) if QUARTER.fullmatch(one)],
        "over": over, "left_out": left_out,
        "figures": _figures(part, plans) if part and not newer else [], "newer": bool(newer),
        "as_of": await people.as_of(tx, v.now), "tables": list(TABLES), "sites": v.account.sites,
        "own": v.account.role == FACILITATOR, "plan": next(iter(plans.values()), None), "every": ALL,
    }  # fmt: skip


async def take(v: Visit) -> Taken | None:
    """One of the tables as a file: for who sees everything the bytes of `central figures` with the same choice."""
    from fieldkit.formats import csv, xlsx
    from fieldkit.formats import json as json_

    what, as_ = v.parts
    if what not in TABLES or as_ not in formats(what):
        return None
    async with v.db.reading() as tx:
        parts = (await _seen(v, tx, brief=what == OVER)).parts
        table = made(what, parts, await governance.plans(tx, parts, []))
    data = csv.write(table, ",") if as_ == "csv" else json_.write(table) if as_ == "json" else xlsx.write([table])
    sha = hashlib.sha256(data).hexdigest()
    return Taken(data, f"figures-{what}.{as_}", KINDS[as_], "", f"figures {what} {as_}", sha)


# ---- who sees what ---------------------------------------------------------------------------------------------------


async def _seen(v: Visit, tx: Tx, brief: bool) -> Seen:
    """`brief`: how it was delivered alone, which is all that most of it needs."""
    asked = query(v.query, "pack", "site", "since", "until", "by")
    for name in ("since", "until"):
        asked[name] = asked[name] if QUARTER.fullmatch(asked[name]) else ""
    asked["by"] = TRAINER if asked["by"] == TRAINER and v.account.sees_all else ""
    id, _, version = asked["pack"].partition("@")
    wanted, site = Wanted(id, version, asked["since"], asked["until"]), asked["site"]
    if v.account.role == FACILITATOR:
        asked["site"] = ""
        parts = await governance.own(tx, v.account.key, wanted)
        n = _sessions(parts)
        return Seen(asked, parts, n, n)
    if v.account.role == SUPERVISOR:
        return await _of_sites(tx, v.account, asked, wanted, brief)
    if asked["by"]:
        asked["site"] = ""
        parts = await governance.by_name(tx, wanted, brief)
        return Seen(asked, parts, _sessions(parts), await governance.matching(tx, wanted))
    parts = await _groups(tx, v.account, wanted, site, brief)
    whole = [one for one in parts if one.site == ALL] or parts
    sites = {place_key(site)} if site else None
    return Seen(asked, parts, _sessions(whole), await governance.matching(tx, wanted, sites))


async def _groups(tx: Tx, account: Account, wanted: Wanted, site: str, brief: bool) -> list[Part]:
    """Groups of five others, where it is known under which key whoever looks trains."""
    if account.key:
        return await governance.groups(tx, wanted, site, account.key, brief)
    return await shown.groups(tx, wanted, site, brief)


async def _of_sites(tx: Tx, account: Account, asked: dict[str, str], wanted: Wanted, brief: bool) -> Seen:
    """Groups of five at a supervisor's own sites; never those of several sites together."""
    mine = {place_key(one) for one in account.sites} - {ALL}
    if asked["site"]:
        mine &= {place_key(asked["site"])}
    every = await _groups(tx, account, wanted, "", brief)
    parts = [one for one in every if one.site != ALL and place_key(one.site) in mine]
    return Seen(asked, parts, _sessions(parts), await governance.matching(tx, wanted, mine))


def _sessions(parts: Iterable[Part]) -> int:
    return sum(one.figures.delivery.sessions for one in parts if one.pack != ALL)


async def _mine(v: Visit, tx: Tx) -> list[Part]:
    return await governance.own(tx, v.account.key, Wanted()) if v.account.role == FACILITATOR else []


# ---- lines -----------------------------------------------------------------------------------------------------------


def _rows(what: str, parts: Sequence[Part], plans: dict[tuple[str, str], Plan]) -> Iterator[Row]:
    table = made(what, parts, plans)
    for row in table.rows:
        yield dict(zip(table.columns, row, strict=True))


def _over(parts: Sequence[Part], account: Account, asked: dict[str, str]) -> tuple[list[Figure], int]:
    """How each pack was delivered at each site, or by each trainer under an agreement; and of how many lines nothing is
    said, because there are so many."""
    kept = {name: asked[name] for name in ("since", "until")}
    within, run, took = Figure("within", []), Figure("run", []), Figure("part", [])
    every = list(_rows(OVER, parts, {}))
    rows = every if len(every) <= MOST_LINES else _few(every)
    for row in rows:
        whole, pack = row["pack"] == ALL, f"{row['pack']}@{row['pack_version']}"
        words = [] if whole else [f"{row['pack']} {row['pack_version']}"]
        if asked["by"]:
            words.append(row["trainer"])
        elif account.role != FACILITATOR and row["site"] != ALL:
            words.append(row["site"])
        label = " · ".join(words)
        site = row["site"] if row["site"] != ALL else ""
        no_link = asked["by"] or (whole and not site)
        at = "" if no_link else _link("/delivery", pack="" if whole else pack, site=site, **kept)
        to = "" if asked["by"] else _behind(row)
        more = f"{row['planned_min']} → {row['real_min']} min" if row["timed"] != "0" else ""
        within.lines.append(_line(label, row["within_pct"], row["timed"], more=more, at=at, sessions=to))
        pct, planned, gone = row["skipped_pct"], row["activities_planned"], row["activities_skipped"]
        run.lines.append(_line(label, pct, planned, more=f"{gone} / {planned}", at=at, sessions=to))
        more = f"{row['answered']} / {row['asked']}"
        took.lines.append(_line(label, row["participation_pct"], row["asked"], more=more, at=at, sessions=to))
    return [one for one in (within, run, took) if one.lines], len(every) - len(rows)


def _few(rows: Sequence[Row]) -> list[Row]:
    """Each pack over all sites, and each site over all packs."""
    summed = {(row["trainer"], row["site"]) for row in rows if row["pack"] == ALL}
    return [row for row in rows if ALL in (row["pack"], row["site"]) or (row["trainer"], row["site"]) not in summed]


def _figures(part: Part, plans: dict[tuple[str, str], Plan]) -> list[Figure]:
    """Everything about one version of a pack, in the order of its plan."""
    pace, skipped, took = Figure("pace", []), Figure("skipped", []), Figure("took", [])
    hard, apart, sure = Figure("difficulty", []), Figure("discrimination", []), Figure("sure", [])
    gain, kappa, spread = Figure("gain", []), Figure("kappa", []), Figure("spread", [])
    for row in _rows("segments", [part], plans):
        more = f"{row['planned_min']} → {row['real_min']} min (± {row['off_min']})" if row["timed"] != "0" else ""
        pace.lines.append(_line(row["title"] or row["segment"], row["within_pct"], row["timed"], more=more))
    for row in _rows("activities", [part], plans):
        label = row["text"] or row["activity"]
        if row["planned"] != "0":
            share = f"{100 * int(row['skipped']) / int(row['planned']):.4g}"
            skipped.lines.append(_line(label, share, row["planned"], more=f"{row['skipped']} / {row['planned']}"))
        if row["asked"] != "0":
            more = f"{row['answered']} / {row['asked']}"
            took.lines.append(_line(label, row["participation_pct"], row["asked"], more=more))
    for row in _rows("items", [part], plans):
        label, few = row["text"] or row["item"], row["note"] if not row["right_pct"] else ""
        hard.lines.append(_line(label, row["right_pct"], row["n"], note=few))
        note = row["note"] if not few else ""
        apart.lines.append(_line(label, row["discrimination"], row["test_n"] or row["n"], "", 100, note=note or few))
        if row["sure_wrong_pct"]:
            n = str(int(row["sure_right"]) + int(row["sure_wrong"]))
            sure.lines.append(_line(label, row["sure_wrong_pct"], n, more=f"{row['sure_wrong']} / {n}"))
    for row in _rows("gain", [part], plans):
        more = f"{row['before_pct']} → {row['after_pct']} %" if row["after_pct"] else ""
        label = row["text"] or row["after"]
        gain.lines.append(_line(label, row["gain_norm"], row["n"], "", 100, more=more, note=row["note"]))
    for row in _rows("agreement", [part], plans):
        label = "" if row["checklist"] == ALL else row["text"] or f"{row['checklist']} {row['item']}"
        more = f"{row['same_pct']} % =" if row["same_pct"] else ""
        kappa.lines.append(_line(label, row["kappa"], row["n"], "", 100, more=more, note=row["note"]))
    for row in _rows("spread", [part], plans):
        again = f" ({row['round']})" if row["round"] != "1" else ""
        label = f"{row['text'] or row['item']}{again}: {row['option_text'] or row['option']}"
        more = f"{row['count']} / {row['n']}" + (" ✓" if row["correct"] == "yes" else "") if row["count"] else ""
        spread.lines.append(_line(label.removesuffix(": "), row["share_pct"], row["n"], more=more, note=row["note"]))
    to = _behind(dict(zip(("site", "since", "until"), (part.site, part.since, part.until), strict=True)) | _pack(part))
    found = (pace, skipped, took, hard, apart, sure, gain, kappa, spread)
    return [
        Figure(one.what, [msgspec.structs.replace(line, sessions=to) for line in one.lines])
        for one in found
        if one.lines
    ]


def _pack(part: Part) -> Row:
    return {"pack": part.pack, "pack_version": part.version}


def _line(
    label: str,
    value: str,
    n: str,
    unit: str = " %",
    times: int = 1,
    more: str = "",
    note: str = "",
    at: str = "",
    sessions: str = "",
) -> Line:
    """`value` as the table has it; a coefficient (`times` 100) below 0 has no bar."""
    share = min(100.0, max(0.0, float(value) * times)) if value else None
    return Line(label, value + unit if value else "", n, share, more, note, at, sessions)


def _behind(row: Row) -> str:
    """The list of the sessions of a version (or of all of them) at a site, over the days of these quarters."""
    pack = "" if row["pack"] == ALL else f"{row['pack']}@{row['pack_version']}"
    site = "" if row["site"] == ALL else row["site"]
    return _link("/sessions", pack=pack, site=site, since=_day(row["since"], 0), until=_day(row["until"], 1))


def _day(quarter: str, end: int) -> str:
    """The first or the last day of a quarter."""
    k = int(quarter[-1]) - 1
    return f"{quarter[:4]}-{('03-31', '06-30', '09-30', '12-31')[k] if end else f'{3 * k + 1:02d}-01'}"


def _link(path: str, **values: str) -> str:
    from fieldkit.sync.central.front.render import address

    return address(path, values)
