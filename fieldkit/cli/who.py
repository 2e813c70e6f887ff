"""`fieldkit who`: who may do a task now, by the list that head office signed last; works without any network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.when import day_of
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.valid import Row, Task, Valid
    from fieldkit.station import Station

LOOK_AT = 40
"""Newest sessions of this laptop in which it looks for names."""
UNKNOWN = "unknown"
"""Head office's list says nothing of this person and task."""
_ORDER = ("gap", UNKNOWN, "due", "ready")


class Known(msgspec.Struct, frozen=True):
    """A person whom this laptop knows, by its own rosters and sessions."""

    badge: str
    issuer: str = ""
    name: str = ""
    crew: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """One person and the task, today. `known` None: a line of the list that this laptop has no badge for."""

    state: str
    until: date | None
    known: Known | None
    crew: str
    site: str


def who(
    task: Annotated[str, typer.Option("--task", metavar="TASK", help="As the program names it: press4.")] = "",
    crew: Annotated[str, typer.Option("--crew", metavar="CREW", help="People of this crew.")] = "",
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="People of this site.")] = "",
    badge: Annotated[
        list[str] | None, typer.Option("--who", metavar="BADGE", help="This person, whoever else; again for more.")
    ] = None,
    issuer: Annotated[str, typer.Option("--issuer", metavar="ISSUER", help="Who issued the badges of --who.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="On that day, 2026-12-24; else today.")] = "",
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="FILE", help="Say it of everybody on this roster.")
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Say who may do a task, who is due and who lacks something, as head office knew it when it signed its list.

    Names come from this laptop's own rosters and sessions: the list itself names nobody. Exit code 1 if anybody
    has a gap.

    Example: fieldkit who --task press4 --crew B
    """
    from fieldkit.log.valid import held_valid
    from fieldkit.station import Station

    folder = home(data)
    found = held_valid(folder)
    station = Station.look(folder)
    if found is None or station is None:
        raise NotPossible("Head office's list of who may do what is not here yet.", "It comes with: fieldkit sync")
    one = _task(found, task)
    now = station.clock.wall_ms() // 1000
    asked = list(_asked(badge or [], issuer, roster))
    day = day_of(on) if on else datetime.fromtimestamp(now, UTC).date()
    verdicts = _verdicts(found, one, station, asked, crew, site, day)
    if json:
        talk.emit(_document(found, one, verdicts, now))
    else:
        _tell(found, one, verdicts)
    if now >= found.stale or now < found.as_of - 86_400:
        talk.warn(f"{_age(found, now)} What was taught since is not in it.", "fieldkit sync brings the newest one.")
    return 1 if any(x.state in ("gap", UNKNOWN) for x in verdicts) else 0


commands = {"who": who}


def _task(found: Valid, id: str) -> Task:
    names = ", ".join(task.id for task in found.tasks)
    if not id and len(found.tasks) == 1:
        return found.tasks[0]
    one = found.task(id)
    if one is None:
        said = f"The list knows no task {id[:40]!r}." if id else "The list knows several tasks."
        raise WrongUsage(said, f"--task is one of: {names}." if names else "It names no task at all.")
    return one


def _asked(badges: Iterable[str], issuer: str, roster: Path | None) -> Iterator[Known]:
    """The people that the command itself names."""
    from fieldkit.core.clean import clean_badge

    for badge in badges:
        if not clean_badge(badge):
            raise WrongUsage(f"{badge[:40]!r} is no badge.", "Write it as it stands on the card.")
        yield Known(clean_badge(badge), issuer)
    if roster is not None:
        from fieldkit.roster import read_roster

        for row in read_roster(roster).rows:
            if row.fields.get("badge"):
                yield _of_fields(row.fields)


def _of_fields(fields: dict[str, str]) -> Known:
    name = fields.get("name") or " ".join(filter(None, (fields.get("first_name"), fields.get("last_name"))))
    return Known(fields["badge"], fields.get("id_issuer", ""), name, fields.get("crew", ""))


def _verdicts(
    found: Valid, task: Task, station: Station, asked: list[Known], crew: str, site: str, day: date
) -> list[Verdict]:
    """Of whom was asked, else of everybody on the list; the most urgent first, then by name."""
    from fieldkit.core.program import same_word

    rows = {row.id: row for row in found.rows if row.task == task.id}
    people = {found.id_of(one.badge, one.issuer): one for one in _from_here(station)}
    for one in asked:
        id = found.id_of(one.badge, one.issuer)
        seen = people.get(id)
        people[id] = one if one.name or seen is None else msgspec.structs.replace(seen, badge=one.badge)
    wanted = [found.id_of(one.badge, one.issuer) for one in asked] or list(rows)
    out = [_verdict(rows.get(id), people.get(id), task, day) for id in dict.fromkeys(wanted)]
    out = [x for x in out if (not crew or same_word(x.crew, crew)) and (not site or same_word(x.site, site))]
    return sorted(out, key=lambda x: (_ORDER.index(x.state), x.known is None, *_named(x.known), x.until or date.max))


def _named(one: Known | None) -> tuple[str, str]:
    return (one.name.casefold(), one.badge) if one is not None else ("", "")


def _verdict(row: Row | None, one: Known | None, task: Task, day: date) -> Verdict:
    if row is None:
        return Verdict(UNKNOWN, None, one, one.crew if one is not None else "", "")
    return Verdict(row.on(day, task.days), row.until, one, row.crew, row.site)


def _from_here(station: Station) -> Iterator[Known]:
    """People with a badge whom this laptop knows: planned rosters, then its newest sessions; the newest name last."""
    from fieldkit.core.walkin import badged
    from fieldkit.log.listing import UNREADABLE
    from fieldkit.log.read import SessionFile
    from fieldkit.planned import PlannedFolder

    for entry in PlannedFolder(station.home).entries():
        for row in entry.plan.expected if entry.plan is not None else ():
            if row.fields.get("badge"):
                yield _of_fields(row.fields)
    for ref in station.sessions()[-LOOK_AT:]:
        if ref.state in UNREADABLE:
            continue
        try:
            with SessionFile.open(ref.path) as file:
                session = file.session()
        except FieldkitError as wrong:  # one damaged file hides no other person's name
            talk.warn(f"{ref.path.name} cannot be read, so names in it are missing. {wrong.sentence}")
            continue
        for one in session.people.values():
            badge, issuer = badged([one])
            if badge and not one.voided:
                yield Known(badge, issuer, one.name, one.fields.get("crew", ""))


# ---- telling -----------------------------------------------------------------------------------------------------


def _tell(found: Valid, task: Task, verdicts: list[Verdict]) -> None:
    from fieldkit.log.note import utc_text

    for x in verdicts:
        if x.known is not None:
            talk.data(f"{x.state.upper():7}  {sentence(x, task.id)}")
    strangers = [x for x in verdicts if x.known is None]
    if strangers:
        n = {state: sum(x.state == state for x in strangers) for state in ("ready", "due", "gap")}
        talk.data(
            f"{len(strangers)} more, of whom this laptop knows no badge: "
            f"{n['ready']} ready, {n['due']} due, {n['gap']} gaps."
        )
    if not verdicts:
        talk.say(f"Nobody on the list fits, for {task.id}.")
    talk.say(f"As head office knew it on {utc_text(found.as_of)[:16].replace('T', ' ')} UTC.")


def sentence(x: Verdict, task: str) -> str:
    """What the verdict means for one person whom the laptop knows."""
    one = x.known
    name = "" if one is None else f"{one.name} ({one.badge})" if one.name else one.badge
    if x.state == UNKNOWN:
        return f"{name}: head office's list says nothing of them and {task}."
    if x.state == "gap":
        ended = f"it ran out on {x.until}" if x.until is not None else "something of the program is not done"
        return f"{name} is not ready for {task}: {ended}."
    end = f" until {x.until}" if x.until is not None else ""
    return f"{name} is ready for {task}{end}" + (", and due for it again." if x.state == "due" else ".")


def _age(found: Valid, now: int) -> str:
    if now < found.as_of:
        return "This laptop's clock is before the day on which the list was made."
    days = (now - found.as_of) // 86_400
    return f"The list is {days} {'day' if days == 1 else 'days'} old."


def _document(found: Valid, task: Task, verdicts: list[Verdict], now: int) -> dict[str, Any]:
    from fieldkit.log.note import utc_text

    return {
        "task": task.id,
        "programs": list(task.programs),
        "as_of": utc_text(found.as_of),
        "stale": now >= found.stale,
        "people": [
            {
                "state": x.state,
                "until": x.until.isoformat() if x.until is not None else None,
                "person_id": x.known.badge if x.known is not None else None,
                "id_issuer": x.known.issuer if x.known is not None else None,
                "name": x.known.name if x.known is not None else None,
                "crew": x.crew,
                "site": x.site,
                "sentence": sentence(x, task.id) if x.known is not None else None,
            }
            for x in verdicts
        ],
    }
