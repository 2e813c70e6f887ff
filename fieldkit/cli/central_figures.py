"""`fieldkit central figures`: how packs are delivered and what their questions measure, of groups of trainers."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_programs import telling
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.when import day_of
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.figures.shared import Wanted
    from fieldkit.core.plan import Plan
    from fieldkit.core.tables import Table
    from fieldkit.core.tables.governance import Part
    from fieldkit.sync.central.home import Home

FORMATS = ("text", "csv", "json", "xlsx")
WHATS = ("delivery", "segments", "activities", "items", "spread", "gain", "rounds", "agreement")
SHOWN: dict[str, tuple[str, ...]] = {
    "delivery": (
        *("participation_pct", "activities_skipped", "skipped_pct", "planned_min", "real_min", "off_min"),
        "within_pct",
    ),
    "segments": ("segment", "run", "skipped", "planned_min", "real_min", "off_min", "within_pct"),
    "activities": ("activity", "planned", "run", "skipped", "asked", "answered", "participation_pct"),
    "items": ("item", "n", "right_pct", "discrimination", "sure_wrong_pct", "note"),
    "spread": ("item", "round", "n", "option", "correct", "count", "share_pct", "note"),
    "gain": ("before", "after", "n", "before_pct", "after_pct", "gain_pct", "gain_norm", "note"),
    "rounds": ("item", "n", "became_right", "became_wrong", "became_right_pct", "note"),
    "agreement": ("checklist", "item", "n", "same_pct", "kappa", "note"),
}
"""What a screen shows of each table, after where it is from."""
PLACE = ("site", "pack", "pack_version", "trainers", "sessions")
QUARTER = re.compile(r"[0-9]{4}-Q[1-4]\Z", re.ASCII)


def figures(
    home: HomeOpt,
    what: Annotated[str, typer.Option("--what", metavar="TABLE", help=", ".join(WHATS) + ", or all.")] = "delivery",
    pack: Annotated[str, typer.Option("--pack", metavar="ID[@VERSION]", help="One pack, or one version of it.")] = "",
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="Sessions held there.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="From the quarter of this day: 2026-Q4.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="To the quarter of this day, included.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="trainer", help="By name, where an agreement allows it.")] = "",
    as_: Annotated[str, typer.Option("--as", metavar="FORMAT", help="text, csv, json or xlsx.")] = "text",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")] = Path("-"),
    sep: Annotated[str, typer.Option("--sep", metavar="SIGN", help="What separates CSV cells.")] = ",",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Show how packs are delivered and how their questions work, in sums of five trainers or more and over quarters.

    Trainers are employees: a sum of fewer is not shown, and nobody is ranked. docs/delivery.md explains each figure.

    Example: fieldkit central figures --home /srv/fieldkit --what items --pack loto-basics@1.2.0 --as csv -o items.csv
    """
    from fieldkit.core.tables.governance import made

    if what not in (*WHATS, "all"):
        raise WrongUsage(f"There is no table {what[:40]!r}.", f"--what is one of: {', '.join(WHATS)}, all.")
    if as_ not in FORMATS:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(FORMATS)}.")
    if by not in ("", "trainer"):
        raise WrongUsage(f"Figures cannot be split by {by[:40]!r}.", "--by takes trainer.")
    if by and site:
        raise WrongUsage("Figures by trainer are not split by site.", "Leave --site out.")
    if what == "all" and as_ == "csv":
        raise WrongUsage("A CSV file holds one table.", "Use --as xlsx or json for all, or --what with one table.")
    if as_ in ("text", "xlsx") and (str(out) == "-") != (as_ == "text") and not json:
        raise WrongUsage(*_where(as_))
    wanted = _wanted(pack, since, until)
    office, at = open_home(home), now()
    parts, plans, all_ = asyncio.run(_read(office, wanted, site, by, at))
    tables = [made(one, parts, plans) for one in (WHATS if what == "all" else (what,))]
    _write(office, tables, "json" if json else as_, out, sep, at, by)
    _said(parts, all_, by)


def _where(as_: str) -> tuple[str, str]:
    if as_ == "text":
        return "A file is written as csv, json or xlsx.", "Add --as csv."
    return "A workbook is written to a file.", "Add -o figures.xlsx."


def _wanted(pack: str, since: str, until: str) -> Wanted:
    from fieldkit.core.figures.shared import Wanted

    id, _, version = pack.partition("@")
    return Wanted(id, version, _quarter(since), _quarter(until))


def _quarter(text: str) -> str:
    from fieldkit.sync.central.digest.words import quarter_of

    return text if not text or QUARTER.match(text) else quarter_of(day_of(text).isoformat())


async def _read(
    office: Home, wanted: Wanted, site: str, by: str, at: int
) -> tuple[list[Part], dict[tuple[str, str], Plan], int]:
    """The parts that may be shown, the plans of their packs, and how many sessions match."""
    from fieldkit.sync.central import governance
    from fieldkit.sync.central.digest.words import place_key
    from fieldkit.sync.central.digest.work import catch_up

    db = await office.database()
    try:
        await catch_up(office, db, at, told=telling())
        async with db.reading() as tx:
            parts = await (governance.by_name(tx, wanted) if by else governance.groups(tx, wanted, site))
            sites = {place_key(site)} if site else None
            newer: list[tuple[str, str]] = []
            plans = await governance.plans(tx, parts, newer)
            for pack, version in newer:
                talk.warn(f"{pack} {version} was made by a newer release: its rows have ids and no words.")
            return parts, plans, await governance.matching(tx, wanted, sites)
    finally:
        await db.close()


def _write(office: Home, tables: list[Table], as_: str, out: Path, sep: str, at: int, by: str) -> None:
    if as_ == "text":
        for one in tables:
            _show(one, by, len(tables) > 1)
        return
    import hashlib

    from fieldkit.formats import csv
    from fieldkit.formats import json as json_
    from fieldkit.log import handed
    from fieldkit.log.handed import Handed

    if as_ == "xlsx":
        from fieldkit.formats import xlsx

        data = xlsx.write(tables, at * 1000)
    elif as_ == "json":
        data = json_.write(tables[0]) if len(tables) == 1 else json_.write_all(tables)
    else:
        data = csv.write(tables[0], sep)
    talk.out(out, data)
    where = "-" if str(out) == "-" else str(out.resolve())
    words = f"figures {' '.join(one.name for one in tables)} {as_}"
    handed.note(office.path, Handed(at * 1000, handed.EXPORT, where, words, hashlib.sha256(data).hexdigest()))
    if where != "-":
        talk.say(f"{out} is written: {sum(len(one.rows) for one in tables)} rows.")


def _show(made: Table, by: str, title: bool) -> None:
    if not made.rows:
        return
    if title:
        talk.data(f"\n{made.name}")
    shown = (*(("trainer", *PLACE[1:3], PLACE[4]) if by else PLACE), *SHOWN[made.name])
    at = [made.columns.index(column) for column in shown]
    heads = [column.upper().replace("_", " ") for column in shown]
    talk.table(heads, [[int(row[k]) if row[k].isdecimal() else row[k] for k in at] for row in made.rows])


def _said(parts: list[Part], all_: int, by: str) -> None:
    """What is not in the figures, and why."""
    from fieldkit.core.tables.governance import ALL

    if by and not parts:
        raise NotPossible(
            "No session here was recorded under an agreement that shows trainers' figures by name.",
            "A policy with the line named_figures says so, for sessions that begin afterwards.",
        )
    shown = sum(one.figures.delivery.sessions for one in parts if one.pack != ALL and (by or one.site == ALL))
    if by or not all_:
        if not all_:
            talk.say("There is no session of that.")
        return
    if not any(one.site == ALL for one in parts):
        shown = sum(one.figures.delivery.sessions for one in parts if one.pack != ALL)
    if shown < all_:
        talk.say(
            f"{all_ - shown} of {all_} sessions are in no figure: fewer than five trainers led them, or they could be"
            " told apart."
        )


commands = {"figures": figures}
