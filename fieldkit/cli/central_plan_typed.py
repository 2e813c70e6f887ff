"""What was typed for a planned session at head office, made into a plan: its hour, its laptop, who is expected."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk
from fieldkit.cli.central_trust import now
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.program import Within
    from fieldkit.planned import Planned
    from fieldkit.roster import Row
    from fieldkit.sync.central.digest.lists import Listed
    from fieldkit.sync.central.home import Home


def with_said(
    plan: Planned,
    at: str,
    tz: str,
    title: str,
    trainer: str,
    site: str,
    room: str,
    part: str,
    cohort: str,
    makes_up: str,
    lang: str,
) -> Planned:
    """The plan with what was said; an empty word says nothing. Raises WrongUsage."""
    from fieldkit.cli.within import origin_of, said
    from fieldkit.core.clean import clean_name, clean_text
    from fieldkit.core.program import Within
    from fieldkit.planned import AT, read_when
    from fieldkit.zones import require_once, zone_of

    new: dict[str, Any] = {}
    zone = zone_of(tz)
    if at or tz != plan.tz:
        here = datetime.datetime.fromtimestamp(now(), zone)
        when = read_when(at, here) if at else plan.when
        require_once(when, tz)
        new |= {"at": when.strftime(AT), "tz": tz}
    texts = {"title": clean_text(title, 120), "place": clean_text(site, 80), "room": clean_text(room, 80)}
    texts |= {"trainer": clean_name(trainer), "lang": clean_text(lang, 35)}
    new |= {name: value for name, value in texts.items() if value}
    typed = said(part, cohort, origin_of(makes_up) if makes_up else "")
    old = plan.within
    program, id = (typed.program, typed.part) if typed.part else (old.program, old.part)
    new["within"] = Within(program, id, typed.cohort or old.cohort, typed.makes_up or old.makes_up)
    return replaced(plan, **new)


def replaced(plan: Planned, **new: Any) -> Planned:
    import msgspec

    return msgspec.structs.replace(plan, **new)


def warn_within(office: Home, within: Within) -> None:
    """Refuse a part that no program here has; warn of a cohort that none lists. Raises WrongUsage."""
    from fieldkit.sync.central import planning

    if (odd := planning.within_known(office, within)) is not None:
        talk.warn(*odd)


def warn_unknown(office: Home, pack: str) -> None:
    """Say so where no laptop could have the pack from here."""
    if minutes_of(office, pack) is None:
        talk.warn(
            f"The pack {pack} did not come with fieldkit, and head office does not give it out.",
            "If the laptop has it, all is well; else: fieldkit central pack add FILE.fkpack",
        )


def to_come(plan: Planned, moment: int) -> None:
    from fieldkit.sync.central import planning

    planning.to_come(plan, moment)


def pack_id(text: str) -> str:
    from fieldkit.sync.central import planning

    return planning.pack_id(text)


def minutes_of(office: Home, pack: str) -> int | None:
    from fieldkit.sync.central import planning

    return planning.minutes_of(office, pack)


def device_of(office: Home, name: str) -> str:
    from fieldkit.sync.central import planning

    return planning.device_of(office, name, now())


def rows_of(roster: Path) -> tuple[Row, ...]:
    from fieldkit.roster import read_roster

    found = read_roster(roster)
    for warning in found.warnings:
        talk.warn(warning)
    return tuple(found.rows)


def gaps_of(office: Home, which: str, site: str, crew: str, moment: int) -> tuple[Row, ...]:
    """Who is due or has a gap, and of a part who owes it; the most urgent first."""
    import asyncio

    from fieldkit.cli.central_programs import said, telling
    from fieldkit.sync.central import programs
    from fieldkit.sync.central.digest import lists
    from fieldkit.sync.central.planning import roster_of_gaps

    id, _, part = which.partition("/")
    program = programs.one(office, id)
    if part and program.part(part) is None:
        raise WrongUsage(f"{id} has no part {part[:40]!r}.", f"It has: {', '.join(x.id for x in program.parts)}.")
    day = datetime.datetime.fromtimestamp(moment, datetime.UTC).date()

    async def listed() -> Listed:
        db = await office.database()
        try:
            return await lists.of_programs(office, db, [program], moment, day, None, told=telling())
        finally:
            await db.close()

    found, trained = asyncio.run(listed())
    said(trained)
    rows = roster_of_gaps(found[id], part, site, crew)
    if not rows:
        raise NotPossible("Nobody there is due or has a gap.", f"fieldkit central due --program {id} --all shows it.")
    return rows
