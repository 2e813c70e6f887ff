"""`fieldkit central program …`, `due` and `makeups`: sessions over weeks, who is due, who missed what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.when import day_of
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.program import Program
    from fieldkit.core.standing import Standing
    from fieldkit.core.tables import Table
    from fieldkit.packs.problem import Problem
    from fieldkit.sync.central.digest.lists import Listed
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.training import Trained

program_group = new_group("Programs: sessions over weeks that belong together, and who needs them.")

FIRST_S, EVERY_S = 2.0, 5.0
"""Seconds of reading before anything is said of it, and between two sentences."""
FORMATS = ("text", "csv", "json", "roster")
IdArg = Annotated[str, typer.Argument(metavar="ID", help="A program that was added.")]
ProgramOpt = Annotated[str, typer.Option("--program", metavar="ID", help="One program; else every one.")]
SiteOpt = Annotated[str, typer.Option("--site", metavar="SITE", help="People who were trained there last.")]
CrewOpt = Annotated[str, typer.Option("--crew", metavar="CREW", help="People of this crew.")]
OnOpt = Annotated[str, typer.Option("--on", metavar="DAY", help="As of that day, 2026-11-22; else today.")]
AsOpt = Annotated[
    str, typer.Option("--as", metavar="FORMAT", help="text, csv, json, or roster: a crew list to expect.")
]
DueAsOpt = Annotated[
    str,
    typer.Option("--as", metavar="FORMAT", help="text, csv, json, ics: a calendar, or roster: a crew list to expect."),
]
OutOpt = Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")]
SepOpt = Annotated[str, typer.Option("--sep", metavar="SIGN", help="What separates CSV cells.")]
Rows = Callable[["Program", "list[Standing]", "Trained", date], "Table"]


@program_group.command("add")
def add(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A program.yaml, or `press-operator`, which comes along.")
    ],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Check a program and keep it: its newest version is in force at once. Exit code 1 if it has errors.

    Example: fieldkit central program add press-operator --home /srv/fieldkit
    """
    from fieldkit.packs.program import find_program, read_file, read_program
    from fieldkit.sync.central import programs

    path = find_program(file)
    raw = read_file(path)
    found = read_program(raw, path.name)
    office = open_home(home)
    program = programs.put(office, raw) if not found.errors else None
    if json:
        problems = [_problem(one) for one in found.problems]
        talk.emit({"program": _as_dict(program) if program is not None else None, "problems": problems})
        return 1 if program is None else 0
    tell(found.problems)
    if program is None:
        talk.refuse("The program was not added.", "Mend what is said above and add it again.")
        return 1
    parts = len(program.parts)
    talk.say(f"{program.id} {program.version} is in force: {parts} {'part' if parts == 1 else 'parts'}.")
    return 0


@program_group.command("list")
def list_(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """List the programs in force.

    Example: fieldkit central program list --home /srv/fieldkit
    """
    from fieldkit.core.program import say
    from fieldkit.sync.central import programs

    found = programs.in_force(open_home(home))
    if json:
        talk.emit({"programs": [_as_dict(one) for one in found]})
        return
    rows = [[one.id, one.version, one.task or "-", len(one.parts), say(one.title)] for one in found]
    if rows:
        talk.table(["PROGRAM", "VERSION", "TASK", "PARTS", "TITLE"], rows, give=4)
    else:
        talk.say("There are no programs here. Add one: fieldkit central program add FILE")


@program_group.command("show")
def show(
    id: IdArg,
    home: HomeOpt,
    lang: Annotated[str, typer.Option("--lang", help="Language of the titles; else the program's own.")] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Show one program: its parts, what does them, who needs it, how long it counts.

    Example: fieldkit central program show press-operator --home /srv/fieldkit
    """
    from fieldkit.core.program import say
    from fieldkit.sync.central import programs

    one = programs.one(open_home(home), id)
    if json:
        talk.emit(_as_dict(one))
        return
    talk.data(f"{say(one.title, lang)}  {one.id} {one.version}" + (f"  task {one.task}" if one.task else ""))
    for part in one.parts:
        packs = " or ".join(f"{pack.id} {pack.version} or newer" for pack in part.packs)
        talk.data(f"  {part.id}: {say(part.title, lang)}")
        how = packs or "sessions that name the part"
        notes = [f"after {', '.join(part.after)}" if part.after else "", "once" if part.once else ""]
        notes += ["" if part.credit else "no credit"]
        talk.data(f"      {', '.join([how, *filter(None, notes)])}")
    for need in one.needs:
        said = [f"{k} {' or '.join(v)}" for k in ("crew", "role", "site", "employer") if (v := getattr(need, k))]
        talk.data(f"  needed by {' and '.join(said)}")
    counts = f"{one.validity.months} months" if one.validity is not None else "as long as its packs say"
    talk.data(f"  counts {counts}; due {one.due_days} days before its end")
    owes = "that segment" if one.make_up.by == "segment" else "the whole session"
    talk.data(f"  who missed something owes {owes}, for {one.make_up.days} days")


@program_group.command("remove")
def remove(id: IdArg, home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Take a program away, every version of it. Sessions and what people did stay as they are.

    Example: fieldkit central program remove press-operator --home /srv/fieldkit
    """
    from fieldkit.sync.central import programs

    n = programs.remove(open_home(home), id)
    if json:
        talk.emit({"removed": id, "versions": n})
    talk.say(f"{id} is gone, {n} {'version' if n == 1 else 'versions'}.")


@program_group.command("cohorts")
def cohorts(
    id: IdArg,
    home: HomeOpt,
    on: OnOpt = "",
    as_: AsOpt = "text",
    out: OutOpt = Path("-"),
    sep: SepOpt = ",",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Week by week, how many of each cohort had done each part. It names nobody.

    Example: fieldkit central program cohorts press-operator --home /srv/fieldkit
    """
    from fieldkit.core.tables.programs import cohort_table

    def rows(program: Program, some: list[Standing], trained: Trained, day: date) -> Table:
        return cohort_table(program, some, trained.register, day)

    _table(home, id, on, rows, ("cohort", "week", "from", "part", "people", "done"), as_, out, sep, json)


def due(
    home: HomeOpt,
    program: ProgramOpt = "",
    within: Annotated[
        str, typer.Option("--within", metavar="DAYS", help="Ends within 30d; else as the program's reminders say.")
    ] = "",
    site: SiteOpt = "",
    crew: CrewOpt = "",
    everybody: Annotated[bool, typer.Option("--all", help="Also who is ready.")] = False,
    on: OnOpt = "",
    as_: DueAsOpt = "text",
    out: OutOpt = Path("-"),
    sep: SepOpt = ",",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Say who is due, has run out of time or lacks something for a program, and what exactly they owe.

    Sessions that came in since somebody last asked are read first: after a large ingest that takes a while.

    Example: fieldkit central due --home /srv/fieldkit --program press-operator --within 30d --as csv -o due.csv
    """
    from fieldkit.core.standing import READY
    from fieldkit.core.tables.programs import chosen, dates_table, due_table

    days, calendar = days_of(within) if within else None, as_ == "ics" and not json

    def rows(one: Program, some: list[Standing], trained: Trained, day: date) -> Table:
        if calendar:
            return dates_table(one, [x for x in chosen(some, site, crew) if everybody or x.state != READY])
        return due_table(one, chosen(some, site, crew), day, everybody, plain=as_ == "text" and not json)

    shown = ("state", "person_id", "name", "crew", "site", "program", "why", "expires_on", "owes")
    _table(home, program, on, rows, shown, as_, out, sep, json, days, formats=(*FORMATS, "ics"))


def makeups(
    home: HomeOpt,
    program: ProgramOpt = "",
    site: SiteOpt = "",
    crew: CrewOpt = "",
    on: OnOpt = "",
    as_: AsOpt = "text",
    out: OutOpt = Path("-"),
    sep: SepOpt = ",",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Say who misses which segment of which session, and until when it can be made up.

    Example: fieldkit central makeups --home /srv/fieldkit --site plant-2
    """
    from fieldkit.core.tables.programs import chosen, missed_table

    def rows(one: Program, some: list[Standing], trained: Trained, day: date) -> Table:
        return missed_table(one, chosen(some, site, crew), trained.register)

    shown = ("part", "segment_title", "person_id", "name", "crew", "training_date", "make_up_until", "session")
    _table(home, program, on, rows, shown, as_, out, sep, json)


# ---- helpers -----------------------------------------------------------------------------------------------------


def _table(
    home: Path,
    program: str,
    on: str,
    rows: Rows,
    shown: tuple[str, ...],
    as_: str,
    out: Path,
    sep: str,
    json: bool,
    within: int | None = None,
    formats: tuple[str, ...] = FORMATS,
) -> None:
    """Catch up with what came in, make the rows of each program, write them."""
    from fieldkit.core.tables import Table
    from fieldkit.core.tables.programs import roster_of
    from fieldkit.sync.central import programs

    if as_ not in formats:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(formats)}.")
    if as_ == "roster" and "person_id" not in shown:
        raise WrongUsage("This list names nobody, so it is no roster.", "--as is one of: text, csv, json.")
    if as_ == "text" and str(out) != "-" and not json:
        raise WrongUsage("A file is written as csv or json.", "Add --as csv.")
    office, at = open_home(home), now()
    day = day_of(on) if on else datetime.fromtimestamp(at, UTC).date()
    some = [programs.one(office, program)] if program else programs.in_force(office)
    if not some:
        raise NotPossible("There are no programs here.", "Add one: fieldkit central program add FILE")
    found, trained = asyncio.run(_listed(office, some, at, day, within))
    made = [rows(one, found[one.id], trained, day) for one in some]
    whole = Table(made[0].name, made[0].columns, [row for table in made for row in table.rows])
    if as_ == "roster" and not json:
        whole = roster_of(whole)
    if as_ == "ics" and not json and not whole.rows:
        raise NotPossible("Nobody in this list has a due date.", "Add --all: those who are ready have one too.")
    _write(office, whole, shown, "json" if json else as_, out, sep, at)
    said(trained)


async def _listed(office: Home, some: list[Program], at: int, day: date, within: int | None) -> Listed:
    from fieldkit.sync.central.digest import lists

    db = await office.database()
    try:
        return await lists.of_programs(office, db, some, at, day, within, told=telling())
    finally:
        await db.close()


def telling() -> Callable[[int], None]:
    """Says now and then how much is still to be read."""
    then = time.monotonic() + FIRST_S

    def tell(left: int) -> None:
        nonlocal then
        if left and time.monotonic() >= then:
            then = time.monotonic() + EVERY_S
            talk.say(f"Reading what came in: about {left} sessions and people are left.")

    return tell


def _write(office: Home, made: Table, shown: tuple[str, ...], as_: str, out: Path, sep: str, at: int) -> None:
    if as_ == "text" and str(out) == "-":
        if not made.rows:
            talk.say("Nobody is in this list.")
            return
        at_ = [made.columns.index(column) for column in shown]
        heads = [column.upper().replace("_", " ") for column in shown]
        talk.table(
            heads, [[row[k] for k in at_] for row in made.rows], give=shown.index("name") if "name" in shown else None
        )
        return
    import hashlib

    from fieldkit.formats import csv, ics
    from fieldkit.formats import json as json_
    from fieldkit.log import handed
    from fieldkit.log.handed import Handed

    data = json_.write(made) if as_ == "json" else ics.write(made) if as_ == "ics" else csv.write(made, sep)
    talk.out(out, data)
    where = "-" if str(out) == "-" else str(out.resolve())
    handed.note(
        office.path, Handed(at * 1000, handed.EXPORT, where, f"{made.name} {as_}", hashlib.sha256(data).hexdigest())
    )
    if where != "-":
        talk.say(f"{out} is written: {len(made.rows)} {'row' if len(made.rows) == 1 else 'rows'}.")


def said(trained: Trained) -> None:
    """What is not in the lists."""
    unknown, forked = trained.register.unknown, trained.forked
    if unknown == 1:
        talk.say("1 attendance without a badge is in no list: nothing says whose it is.")
    elif unknown:
        talk.say(f"{unknown} attendances without a badge are in no list: nothing says whose they are.")
    if forked:
        some = (
            "1 session with two histories does" if len(forked) == 1 else f"{len(forked)} sessions with two histories do"
        )
        talk.warn(f"{some} not count yet: {', '.join(forked[:3])}.", "Choose: fieldkit central resolve")
    for origin, why in list(trained.unread.items())[:5]:
        talk.warn(f"{origin} cannot be read and does not count ({why}).", "fieldkit central findings says more.")


def tell(problems: tuple[Problem, ...]) -> None:
    for one in problems:
        write = f"\n         write: {one.instead}" if one.instead else ""
        talk.data(f"{one.level:7}  {one.where}: {one.sentence}{write}")


def days_of(text: str) -> int:
    """`30d`, `30` or `4w` as days. Raises WrongUsage."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("d", "w") else (text, "d")
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise WrongUsage(f"{text[:40]!r} is no number of days.", "Write it like 30d or 4w.")
    return int(number) * (7 if unit == "w" else 1)


def _problem(one: Problem) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(one)
    return found


def _as_dict(program: Program) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(program)
    return found
