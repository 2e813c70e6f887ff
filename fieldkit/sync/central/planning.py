"""What a planned session is made of at head office: laptop, hour, pack, and who is expected because of a gap.

The same for the command line and for the page: both say what was asked for, and this says what is wrong with it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from fieldkit.core.standing import READY, Standing
from fieldkit.core.tables.programs import chosen
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.roster import Row
from fieldkit.sync.central.planned import DAY, begins

if TYPE_CHECKING:
    from fieldkit.core.program import Within
    from fieldkit.packs.find import Found
    from fieldkit.planned import Planned
    from fieldkit.sync.central.home import Home

_PACK = re.compile(r"[a-z0-9][a-z0-9-]{1,63}\Z").match


class PastHour(WrongUsage):
    """A session is planned for an hour that has passed."""


def to_come(plan: Planned, now: int) -> None:
    """Raises PastHour for an hour that is more than a day ago; `now`: Unix s."""
    if begins(plan) < now - DAY:
        raise PastHour(f"{plan.at[:10]} has passed.", "Give a day to come.")


def pack_id(text: str) -> str:
    """Raises WrongUsage for what is the id of no pack."""
    if not _PACK(text):
        raise WrongUsage(f"{text[:60]!r} is no id of a pack.", "Write it like loto-basics: fieldkit central pack list")
    return text


def within_known(home: Home, within: Within) -> tuple[str, str] | None:
    """(sentence, hint) of what may be a slip and may be meant: a cohort that the program does not list, a program where
    head office has none. Raises WrongUsage for a part of no program that is in force here."""
    from fieldkit.sync.central import programs

    some = {one.id: one for one in programs.in_force(home)}
    of = [some[within.program]] if within.program in some else [] if within.program else list(some.values())
    if within.part and some and not of:
        raise WrongUsage(f"There is no program {within.program!r} here.", _nearest(within.program, some))
    if within.part and of and of[0].part(within.part) is None:
        parts = {f"{within.program}/{one.id}": one for one in of[0].parts}
        sentence = f"{within.program} has no part {within.part!r}."
        raise WrongUsage(sentence, _nearest(f"{within.program}/{within.part}", parts))
    if within.part and not some:
        return "There are no programs here, so the part is that of none.", "fieldkit central program add FILE"
    cohorts = {cohort.id: cohort for one in of for cohort in one.cohorts}
    if within.cohort and cohorts and within.cohort not in cohorts:
        return f"No program lists the cohort {within.cohort!r}.", _nearest(within.cohort, cohorts)
    return None


def _nearest(typed: str, known: Iterable[str]) -> str:
    found = sorted(known)
    near = get_close_matches(typed, found, n=1)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(found[:12])}."


def packs_known(home: Home) -> list[Found]:
    """The packs that came with fieldkit and those that head office gives out, one of each id."""
    from fieldkit.packs.find import list_packs
    from fieldkit.sync.central import packs

    found: dict[str, Found] = {}
    for one in list_packs(packs.folder_of(home)):
        if not one.problem:
            found.setdefault(one.id, one)
    return list(found.values())


def minutes_of(home: Home, pack: str) -> int | None:
    """How long it takes; None for a pack that is not known here."""
    return next((one.minutes for one in packs_known(home) if one.id == pack), None)


def short(device: str) -> str:
    """The last part of the name of a laptop's key, as people say it."""
    return device.rsplit("/", 1)[-1]


def laptops(home: Home, now: int) -> list[str]:
    """Names of the keys of the laptops for which something can be planned."""
    from fieldkit.core.office import DESK

    lines = [key for key in home.trust().of("device") if key.role != DESK]
    return sorted(key.vkey.name for key in lines if key.state(now) in ("ok", "not-yet"))


def device_of(home: Home, name: str, now: int) -> str:
    """The name of a laptop's key as the trust list has it; by its last part too. Raises NotPossible."""
    from fieldkit.core.office import DESK

    lines = [key for key in home.trust().of("device") if key.role != DESK]
    found = [key for key in lines if name in (key.vkey.name, short(key.vkey.name))]
    live = [key for key in found if key.state(now) in ("ok", "not-yet")]
    if len(live) == 1:
        return live[0].vkey.name
    if found and not live:
        raise NotPossible(
            f"The key of {name[:60]} counts no more ({found[-1].state(now)}).", "Plan it for another laptop."
        )
    some = ", ".join(short(key.vkey.name) for key in lines[:8] if key.state(now) == "ok")
    raise NotPossible(
        f"There is no laptop {name[:60]!r} on the trust list." if not live else f"{name[:60]} are several laptops.",
        f"There are: {some}." if some else "Let one in: fieldkit central enrol FILE",
    )


def roster_of_gaps(some: Iterable[Standing], part: str, site: str = "", crew: str = "") -> tuple[Row, ...]:
    """Of everybody's standing in a program those who are due or have a gap, the most urgent first; of a part who owes
    it."""
    people = [one for one in chosen(some, site, crew) if one.state != READY]
    people = [one for one in people if not part or not one.owes or any(debt.part == part for debt in one.owes)]
    people.sort(key=lambda one: (one.expires_on or datetime.date.min, one.who))
    rows = []
    for n, one in enumerate(people, 2):
        badge, issuer = one.who
        words = {"badge": badge, "id_issuer": issuer, "name": one.name, "role": one.role, "crew": one.crew}
        rows.append(Row(n, {name: value for name, value in words.items() if value}))
    return tuple(rows)
