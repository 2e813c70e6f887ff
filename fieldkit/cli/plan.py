"""`fieldkit plan`: sessions for another hour, laid out beforehand; the home screen shows them on their day."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, open_station
from fieldkit.cli.session_options import CohortOpt, MakesUpOpt, PartOpt, TitleOpt
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.planned import Changes, Entry, Planned

group = new_group("Planned sessions: laid out now, begun on their day.")
_MINUTES = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})=([0-9]{1,4})\Z")


@group.command("add")
def add(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="An id, a folder or a .fkpack file.")],
    at: Annotated[str, typer.Option("--at", metavar="WHEN", help="Local time: 22:00, or `2026-11-22 22:00`.")],
    title: TitleOpt = "",
    site: Annotated[str, typer.Option(help="Where it takes place.")] = "",
    facilitator: Annotated[str, typer.Option(metavar="NAME", help="The trainer's printed name.")] = "",
    roster: Annotated[Path | None, typer.Option(metavar="FILE", help="Who is expected: CSV or Excel.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the terminal and the wall.")] = "",
    minutes: Annotated[list[str] | None, typer.Option(metavar="SEGMENT=N", help="Other minutes for a segment.")] = None,
    skip: Annotated[list[str] | None, typer.Option(metavar="SEGMENT", help="Leave a segment out.")] = None,
    room: Annotated[str, typer.Option(help="Which of several rooms of the site.")] = "",
    part: PartOpt = "",
    cohort: CohortOpt = "",
    makes_up: MakesUpOpt = "",
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Plan a session. The roster is read now and kept in the plan; its file may be gone by then.

    Example: fieldkit plan add loto-basics --at 22:00 --roster crew.csv --minutes close=5
    """
    import asyncio

    from fieldkit.cli.hometools import StationTools
    from fieldkit.cli.options import home
    from fieldkit.cli.within import within_of
    from fieldkit.core.clean import clean_name, clean_text
    from fieldkit.core.program import Within
    from fieldkit.planned import Changes
    from fieldkit.roster import read_roster
    from fieldkit.tui.hometools import NewSession

    station = open_station(data)
    found = read_roster(roster) if roster is not None else None
    for warning in found.warnings if found is not None else ():
        talk.warn(warning)
    new = NewSession(
        pack=str(Path(pack).expanduser().absolute()) if "/" in pack or "\\" in pack else pack,
        title=clean_text(title, 120),
        site=clean_text(site, 80),
        facilitator=clean_name(facilitator),
        lang=clean_text(lang, 35),
        expected=tuple(found.rows) if found is not None else (),
        changes=Changes(minutes=tuple(_minutes(x) for x in minutes or ()), skip=tuple(skip or ())),
        room=clean_text(room, 80),
        within=within_of(home(data), part, cohort, makes_up) or Within(),
    )
    line = asyncio.run(StationTools(station).plan_for(new, at))
    if json:
        talk.emit({"id": line.id, "at": line.at, "pack": line.pack, "expected": line.people})
    else:
        talk.data(line.id)
    talk.say(f"Planned for {line.at}. On that day it stands on the home screen: fieldkit")


def _minutes(text: str) -> tuple[str, int]:
    match = _MINUTES.match(text)
    if match is None:
        raise WrongUsage(f"--minutes {text[:60]!r} is no segment and number.", "For example: --minutes close=5")
    return match[1], int(match[2])


@group.command("list")
def listing(
    every: Annotated[bool, typer.Option("--all", help="Also those that became a session.")] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """List what is planned. Exit code 1: a plan cannot be read; it stays where it is.

    Example: fieldkit plan list
    """
    from fieldkit.cli.options import home
    from fieldkit.planned import PlannedFolder

    folder = PlannedFolder(home(data))
    found = folder.entries() if every else folder.waiting()
    if json:
        talk.emit([_document(x) for x in found])
    else:
        rows = [
            (
                x.id,
                f"{x.plan.at} {x.plan.tz}".rstrip(),
                x.plan.title or x.plan.pack,
                ", ".join(part for part in (x.plan.place, x.plan.room) if part),
                len(x.plan.expected),
                _said(x.plan),
            )
            for x in found
            if x.plan is not None
        ]
        talk.table(("id", "when", "what", "where", "expected", "changed"), rows, give=2)
    for one in found:
        if one.wrong:
            away = one.path.parent == folder.folder
            talk.warn(one.wrong, f"`fieldkit plan remove {one.id}` takes it away." if away else "")
    return int(any(x.wrong for x in found))


def _document(one: Entry) -> dict[str, object]:
    p = one.plan
    if p is None:
        return {"id": one.id, "wrong": one.wrong}
    return {
        "id": one.id,
        "at": p.at,
        "pack": p.pack,
        "title": p.title,
        "place": p.place,
        "trainer": p.trainer,
        "lang": p.lang,
        "expected": len(p.expected),
        "minutes": dict(p.changes.minutes),
        "skip": list(p.changes.skip),
        "done": p.done or None,
        "room": p.room,
        "tz": p.tz or None,
        "part": f"{p.within.program}/{p.within.part}" if p.within.part else None,
        "cohort": p.within.cohort or None,
        "makes_up": p.within.makes_up or None,
        "office": p.office or None,
        "was": p.was or None,
    }


def _said(plan: Planned) -> str:
    """What is to be known of it: what head office did, and what is otherwise than in the pack."""
    office = {"": "", "sent": "by head office", "cancelled": "called off by head office", "removed": "removed here"}
    parts = [office[plan.office], f"moved, was {plan.was}" if plan.was and plan.office == "sent" else ""]
    return ", ".join(part for part in (*parts, _changed(plan.changes)) if part)


def _changed(changes: Changes) -> str:
    parts = [f"{segment} {minutes} min" for segment, minutes in changes.minutes]
    return ", ".join([*parts, *(f"without {segment}" for segment in changes.skip)])


@group.command("remove")
def remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `fieldkit plan list` shows it.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Remove a plan, also one that cannot be read.

    Example: fieldkit plan remove 20261122-2200
    """
    from fieldkit.cli.options import home
    from fieldkit.planned import PlannedFolder

    folder = PlannedFolder(home(data))
    plan = folder.find(id).plan
    folder.remove(id)
    if json:
        talk.emit({"removed": id})
    talk.say(f"The plan {id} is removed.")
    if plan is not None and plan.office == "sent":
        talk.say("Head office is not told by this: tell them.")
