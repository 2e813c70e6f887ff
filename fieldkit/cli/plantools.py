"""A planned session as the home screen shows it: by this laptop's clock, with the clock there where that is another."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from fieldkit.errors import WrongUsage
from fieldkit.planned import AT, Entry, Planned, read_when
from fieldkit.tui.hometools import PlannedLine
from fieldkit.zones import seen_from


def planned_line(entry: Entry, now: datetime.datetime, titles: Mapping[str, str], zone: ZoneInfo) -> PlannedLine:
    """`now`: local time in `zone`, without it; `titles`: pack → its title."""
    plan = entry.plan
    if plan is None:
        return PlannedLine(id=entry.id, at="", wrong=entry.wrong, due=True)
    at, there = _local(plan, zone)
    return PlannedLine(
        id=entry.id,
        at=at.strftime(AT),
        title=plan.title or titles.get(plan.pack, ""),
        pack=plan.pack,
        place=plan.place,
        people=len(plan.expected),
        changed=bool(plan.changes),
        due=at.date() <= now.date(),
        late=at < now,
        room=plan.room,
        zone=there,
        office=plan.office,
        was=_before(plan, at, zone),
    )


def _local(plan: Planned, zone: ZoneInfo) -> tuple[datetime.datetime, str]:
    """When it is by this laptop's clock, and the time in its own zone where that is another."""
    if not plan.tz:
        return plan.when, ""
    try:
        at = seen_from(plan.when, plan.tz, zone.key)
    except WrongUsage:  # a zone that this laptop does not know: it is named, and the hour is the one there
        return plan.when, f"{plan.when:%H:%M} {plan.tz}"
    return at, "" if at == plan.when else f"{plan.when:%H:%M} {plan.tz}"


def _before(plan: Planned, at: datetime.datetime, zone: ZoneInfo) -> str:
    """When it was to be before it was moved to `at`, by this laptop's clock; the hour alone on the same day."""
    if not plan.was:
        return ""
    when, there = plan.was[:16], plan.was[17:] or plan.tz
    try:
        was = seen_from(read_when(when, at), there, zone.key)
    except WrongUsage:
        return plan.was
    return was.strftime("%H:%M" if was.date() == at.date() else AT)
