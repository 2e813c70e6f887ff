"""`fieldkit central plan …`: sessions of a day to come, with who is expected, for a laptop that takes them in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_plan_typed import (
    device_of,
    gaps_of,
    minutes_of,
    pack_id,
    replaced,
    rows_of,
    to_come,
    warn_unknown,
    warn_within,
    with_said,
)
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.planned import Kept

plan_group = new_group("Planned sessions: they go down to the laptops, with who is expected.")

AtOpt = Annotated[str, typer.Option("--at", metavar="WHEN", help="On the wall there: `2026-11-30 06:00`.")]
TzOpt = Annotated[str, typer.Option("--tz", metavar="ZONE", help="IANA time zone of that wall: Europe/Madrid.")]
LaptopOpt = Annotated[str, typer.Option("--laptop", metavar="NAME", help="The laptop that will run it: 7q2k.")]
TitleOpt = Annotated[str, typer.Option("--title", help="Title of the session; else the pack's.")]
TrainerOpt = Annotated[str, typer.Option("--trainer", metavar="NAME", help="The trainer's printed name.")]
SiteOpt = Annotated[str, typer.Option("--site", help="Where it takes place.")]
RoomOpt = Annotated[str, typer.Option("--room", help="Which of several rooms of the site.")]
RosterOpt = Annotated[Path | None, typer.Option("--roster", metavar="FILE", help="Who is expected: CSV or Excel.")]
GapsOpt = Annotated[
    str,
    typer.Option(
        "--gaps", metavar="PROGRAM[/PART]", help="Expect who is due or has a gap in it, of that --site and --crew."
    ),
]
CrewOpt = Annotated[str, typer.Option("--crew", metavar="CREW", help="With --gaps: people of this crew.")]
PartOpt = Annotated[str, typer.Option("--part", metavar="PROGRAM/PART", help="Which part of a program it is.")]
CohortOpt = Annotated[str, typer.Option("--cohort", help="Who goes through the program together.")]
MakesUpOpt = Annotated[str, typer.Option("--makes-up", metavar="ORIGIN", help="The session that it makes up.")]
LangOpt = Annotated[str, typer.Option("--lang", help="Language of the terminal and the wall.")]
IdArg = Annotated[str, typer.Argument(metavar="ID", help="As `central plan list` shows it.")]


@plan_group.command("add")
def add(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="The id of a pack.")],
    home: HomeOpt,
    at: AtOpt,
    tz: TzOpt,
    laptop: LaptopOpt,
    title: TitleOpt = "",
    trainer: TrainerOpt = "",
    site: SiteOpt = "",
    room: RoomOpt = "",
    roster: RosterOpt = None,
    gaps: GapsOpt = "",
    crew: CrewOpt = "",
    part: PartOpt = "",
    cohort: CohortOpt = "",
    makes_up: MakesUpOpt = "",
    lang: LangOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Plan a session for a laptop. Its next sync brings it, with the roster, sealed so that nobody else can read it.

    With --gaps the roster are those who are due or have a gap in a program, or in one part of it, as of today.

    Example: fieldkit central plan add loto-basics --at "2026-11-30 06:00" --tz Europe/Madrid --laptop 7q2k --gaps
    press-operator/lockout --site plant-2 --crew B --home /srv/fieldkit
    """
    from fieldkit.planned import Planned
    from fieldkit.sync.central import planned

    office, moment = open_home(home), now()
    device = device_of(office, laptop)
    if roster is not None and gaps:
        raise WrongUsage("A roster comes from a file, or from who has a gap.", "Say --roster or --gaps.")
    if crew and not gaps:
        raise WrongUsage("--crew says whose gaps.", "Add --gaps PROGRAM, or leave it out.")
    blank = Planned(v=1, pack=pack_id(pack), at="", tz=tz)
    made = with_said(
        blank, at, tz, title, trainer, site, room, part or (gaps if "/" in gaps else ""), cohort, makes_up, lang
    )
    to_come(made, moment)
    warn_within(office, made.within)
    rows = gaps_of(office, gaps, site, crew, moment) if gaps else rows_of(roster) if roster is not None else ()
    one = planned.add(office, device, replaced(made, expected=rows), moment)
    warn_unknown(office, one.plan.pack)
    _tell(office, one, json)
    _left_out(len(rows) - len(one.plan.expected))
    talk.say(f"{_n(one)} expected. It goes down with the next sync of {laptop}, or with central outbound.")


@plan_group.command("list")
def list_(
    home: HomeOpt,
    laptop: Annotated[str, typer.Option("--laptop", metavar="NAME", help="Of this laptop only.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Also those whose day is over.")] = False,
    as_: Annotated[str, typer.Option("--as", metavar="FORMAT", help="text, json, or ics: a calendar.")] = "text",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")] = Path("-"),
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """List what is planned, by its hour. A calendar names the trainer and how many are expected, and nobody else.

    Example: fieldkit central plan list --home /srv/fieldkit --as ics -o planned.ics
    """
    from json import dumps

    from fieldkit.sync.central import planned

    if as_ not in ("text", "json", "ics"):
        raise WrongUsage(f"There is no format {as_[:20]!r}.", "--as is one of: text, json, ics.")
    if as_ == "text" and str(out) != "-" and not json:
        raise WrongUsage("A file is written as json or ics.", "Add --as ics.")
    office, moment = open_home(home), now()
    found = planned.every(office, device_of(office, laptop) if laptop else "")
    found = [one for one in found if every or planned.begins(one.plan) > moment - planned.DAY]
    if json or as_ == "json":
        documents = [_document(one) for one in found]
        if json:
            talk.emit({"planned": documents})
        else:
            talk.out(out, (dumps(documents, ensure_ascii=False, indent=1) + "\n").encode())
    elif as_ == "ics":
        talk.out(out, _calendar(office, found))
    elif not found:
        talk.say("Nothing is planned.")
    else:
        talk.table(("ID", "WHEN", "LAPTOP", "WHAT", "WHERE", "EXPECTED", "STATE"), [_row(x, moment) for x in found], 3)


@plan_group.command("change")
def change(
    id: IdArg,
    home: HomeOpt,
    at: AtOpt = "",
    tz: TzOpt = "",
    laptop: LaptopOpt = "",
    title: TitleOpt = "",
    trainer: TrainerOpt = "",
    site: SiteOpt = "",
    room: RoomOpt = "",
    roster: RosterOpt = None,
    gaps: GapsOpt = "",
    crew: CrewOpt = "",
    part: PartOpt = "",
    cohort: CohortOpt = "",
    makes_up: MakesUpOpt = "",
    lang: LangOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Change what is said and leave the rest: another hour, another laptop, another roster. The trainer is told.

    Example: fieldkit central plan change h-k3m9w2p4 --at "2026-11-30 14:00" --home /srv/fieldkit
    """
    from fieldkit.sync.central import planned

    office, moment = open_home(home), now()
    one = planned.find(office, id)
    device = device_of(office, laptop) if laptop else one.device
    if roster is not None and gaps:
        raise WrongUsage("A roster comes from a file, or from who has a gap.", "Say --roster or --gaps.")
    where = site or one.plan.place
    plan = with_said(one.plan, at, tz or one.plan.tz, title, trainer, site, room, part, cohort, makes_up, lang)
    if at or tz:
        to_come(plan, moment)
    if part or cohort:
        warn_within(office, plan.within)
    if gaps:
        plan = replaced(plan, expected=gaps_of(office, gaps, where, crew, moment))
    elif roster is not None:
        plan = replaced(plan, expected=rows_of(roster))
    if (plan, device) == (one.plan, one.device):
        raise NotPossible("Nothing is different.", "Say what changes: --at, --laptop, --roster, …")
    new = planned.change(office, one, device, plan, moment)
    _tell(office, new, json)
    _left_out(len(plan.expected) - len(new.plan.expected))
    talk.say("The laptop hears it with its next sync, or by central outbound.")


@plan_group.command("remove")
def remove(id: IdArg, home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Call a session off. Its laptop is told so, the trainer sees it in the list, and the roster is gone at once.

    Example: fieldkit central plan remove h-k3m9w2p4 --home /srv/fieldkit
    """
    from fieldkit.sync.central import planned

    office, moment = open_home(home), now()
    _tell(office, planned.cancel(office, planned.find(office, id), moment), json)
    talk.say("It is called off; the laptop hears it with its next sync, or by central outbound.")


# ---- telling -------------------------------------------------------------------------------------------------


def _n(one: Kept) -> str:
    n = len(one.plan.expected)
    return f"{n} {'person is' if n == 1 else 'people are'}" if n else "Nobody by name is"


def _left_out(n: int) -> None:
    """Who was erased at somebody's wish is on no roster; nobody is named here either."""
    if n:
        talk.warn(
            f"{n} on that roster {'was' if n == 1 else 'were'} erased here and {'is' if n == 1 else 'are'} left out.",
            "Who comes all the same joins in the room.",
        )


def _tell(office: Home, one: Kept, json: bool) -> None:
    if json:
        talk.emit(_document(one))
    else:
        talk.data(f"{one.id}  {one.plan.at} {one.plan.tz}  {one.plan.title or one.plan.pack}")


def _row(one: Kept, moment: int) -> list[object]:
    from fieldkit.sync.central.planned import begins

    plan = one.plan
    where = ", ".join(x for x in (plan.place, plan.room) if x)
    over = "over" if begins(plan) < moment else "planned"
    state = "called off" if one.state == "cancelled" else over
    short = one.device.rsplit("/", 1)[-1]
    return [one.id, f"{plan.at} {plan.tz}", short, plan.title or plan.pack, where, len(plan.expected), state]


def _document(one: Kept) -> dict[str, Any]:
    from fieldkit.log.note import utc_text
    from fieldkit.sync.central.planned import begins

    plan, within = one.plan, one.plan.within
    return {
        "id": one.id,
        "state": one.state,
        "laptop": one.device,
        "at": plan.at,
        "tz": plan.tz,
        "utc": utc_text(begins(plan)),
        "pack": plan.pack,
        "title": plan.title,
        "site": plan.place,
        "room": plan.room,
        "trainer": plan.trainer,
        "lang": plan.lang,
        "part": f"{within.program}/{within.part}" if within.part else None,
        "cohort": within.cohort or None,
        "makes_up": within.makes_up or None,
        "expected": len(plan.expected),
        "changed": utc_text(one.changed),
    }


def _calendar(office: Home, found: list[Kept]) -> bytes:
    from fieldkit.formats.ics import Event, calendar
    from fieldkit.log.note import utc_text
    from fieldkit.zones import instant

    events = []
    for one in found:
        plan = one.plan
        try:
            minutes = minutes_of(office, plan.pack)
        except FieldkitError:  # how long it takes is not worth more than the calendar
            minutes = None
        told = [f"{plan.at[11:]} {plan.tz}", plan.trainer, f"{len(plan.expected)} expected", one.device]
        events.append(
            Event(
                uid=f"{one.id}@{office.org}",
                begins=instant(plan.when, plan.tz),
                summary=plan.title or plan.pack,
                changed=utc_text(one.changed),
                minutes=minutes,
                location=", ".join(x for x in (plan.room, plan.place) if x),
                description=". ".join(x for x in told if x),
                cancelled=one.state == "cancelled",
                turn=one.turn,
            )
        )
    return calendar(events)
