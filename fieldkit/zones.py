"""Wall times in IANA zones: which there are, which come twice or never, what another laptop's clock says then. Pure.

A plan keeps the time that hangs on the wall and the name of its zone, not an instant: should a country change its
rules before the day, people still come at six.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fieldkit.core.clean import clean_text
from fieldkit.errors import WrongUsage

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+){0,2}\Z").match
_NO_ZONES = frozenset({"posix", "right", "posixrules", "localtime", "factory"})
"""What lies beside the zones in the folder that they are read from: another spelling of them, or this machine's own."""


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name. Raises WrongUsage where there is none, or this machine does not know it."""
    zone = None if name.partition("/")[0].casefold() in _NO_ZONES else _named(name)
    if zone is not None:
        return zone
    raise WrongUsage(f"There is no time zone “{clean_text(name, 40)}”.", "Write it like Europe/Madrid.")


def require_once(at: datetime, zone: str) -> None:
    """Refuse a wall time (without a zone) that never comes in `zone`, or comes twice, because the clock is put forward
    or back. Raises WrongUsage with what happens there."""
    there = zone_of(zone)
    first, second = at.replace(tzinfo=there), at.replace(tzinfo=there, fold=1)
    if first.utcoffset() == second.utcoffset():
        return
    back = first.astimezone(UTC).astimezone(there).replace(tzinfo=None) == at
    sentence = (
        f"On {at:%Y-%m-%d} the clock in {zone} is put back: {at:%H:%M} comes twice."
        if back
        else f"On {at:%Y-%m-%d} the clock in {zone} is put forward: there is no {at:%H:%M}."
    )
    raise WrongUsage(sentence, "Choose an hour before or after.")


def instant(at: datetime, zone: str) -> datetime:
    """The moment of a wall time, in UTC; of one that comes twice the first. Raises WrongUsage for no zone."""
    return at.replace(tzinfo=zone_of(zone)).astimezone(UTC)


def seen_from(at: datetime, zone: str, here: str) -> datetime:
    """What the clock on a wall in `here` shows when it is `at` in `zone`. Raises WrongUsage for no zone."""
    mine = _named(here) or zone_of(here)  # a laptop may call its own zone as it likes
    return instant(at, zone).astimezone(mine).replace(tzinfo=None)


def _named(name: str) -> ZoneInfo | None:
    if len(name) <= 60 and _NAME(name):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    return None
