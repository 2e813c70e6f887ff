"""Planned sessions as pages: what is to come and for which laptop, who is expected, and a form to plan the next one.

An operator plans and calls off; auditors look at all of it, supervisors at what takes place at their sites. The roster
of a new plan is who is due or has a gap in a program, as the lists about people show it at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.program import Within, say
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log.planned_note import CANCELLED
from fieldkit.planned import AT, Planned, read_when
from fieldkit.sync.central import planned, planning, programs
from fieldkit.sync.central.digest import people
from fieldkit.sync.central.digest.met import met
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Access
from fieldkit.sync.central.front.look import may
from fieldkit.sync.central.front.pages import Filled, query
from fieldkit.sync.central.front.people_pages import person_at
from fieldkit.sync.central.front.program_pages import sites_of
from fieldkit.sync.central.front.render import address
from fieldkit.sync.central.front.terms import PLAN
from fieldkit.sync.central.planning import PastHour
from fieldkit.zones import instant, require_once, zone_of

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.planned import Kept
    from fieldkit.sync.central.tx import Tx

FIELDS = ("at", "tz", "pack", "laptop", "program", "site", "crew", "room", "trainer", "title")
"""What the form asks for; `program` is an id, or `id/part`."""
MOST = 200
"""Plans that are over and are still shown."""


class Line(msgspec.Struct, frozen=True):
    """One plan in a list. `laptop`: as people say it; `part`: of which program, in its words."""

    one: Kept
    laptop: str
    part: str
    over: bool

    @property
    def off(self) -> bool:
        return self.one.state == CANCELLED


class Expected(msgspec.Struct, frozen=True):
    """Somebody on a roster; `at`: the page about them, empty where this account has none."""

    fields: dict[str, str]
    at: str


async def listing(v: Visit, tx: Tx) -> Filled:
    """What is to come, and the newest of what was. Raises DamagedData."""
    to_come, past = lines(v)
    return {"rows": to_come, "past": past[:MOST]}


def lines(v: Visit) -> tuple[list[Line], list[Line]]:
    """What is to come, by its hour, and what was, the newest first. Raises DamagedData."""
    mine = [one for one in planned.every(v.home) if _sees(v.account, one)]
    words = _parts(v, mine)
    rows = [_line(v, one, words) for one in mine]
    return [one for one in rows if not one.over], [one for one in reversed(rows) if one.over]


async def one(v: Visit, tx: Tx) -> Filled | None:
    """One plan and who is expected; None for one that there is not, or that is not this account's to see."""
    try:
        found = planned.find(v.home, v.parts[0])
    except NotPossible:
        return None
    if not _sees(v.account, found):
        return None
    some = [row.fields for row in found.plan.expected]
    known = await met(tx, map(_who, some), sites_of(v.account))
    rows = [Expected(one, person_at(*_who(one)) if _who(one) in known else "") for one in some]
    utc = instant(found.plan.when, found.plan.tz).strftime(AT)
    made_up = found.plan.within.makes_up
    seen = bool(made_up) and await may(tx, v.account, made_up) is not None
    return {"it": _line(v, found, _parts(v, [found])), "rows": rows, "utc": utc, "seen": seen}


async def form(v: Visit, tx: Tx) -> Filled:
    """The form, with what was typed; `wrong` says what is wrong with it, `n` how many would be expected."""
    asked = query(v.query, *FIELDS)
    roster = await _roster(v, tx, asked)
    wrong = _wrong(v, asked) if v.query.get("tried") and roster != () else None
    every = planned.every(v.home)
    return {
        "asked": {**asked, "tz": asked["tz"] or (every[-1].plan.tz if every else "")}, "wrong": wrong,
        "zones": sorted({one.plan.tz for one in every}), "packs": planning.packs_known(v.home),
        "laptops": [(name, planning.short(name)) for name in planning.laptops(v.home, v.now)],
        "programs": _programs(v), "n": None if roster is None else len(roster), "as_of": await people.as_of(tx, v.now),
        "nobody": bool(v.query.get("tried")) and roster == (),
    }  # fmt: skip


async def plan(v: Visit) -> str | None:
    """Plan it and go on to it; back to the form with what was typed where it cannot be."""
    asked = {name: v.form.get(name, "")[:200] for name in FIELDS}
    back = address("/planned/new", {name: value for name, value in asked.items() if value}, tried="1")
    try:
        device, made = _made(v, asked)
        planning.to_come(made, v.now)
        async with v.db.reading() as tx:
            roster = await _roster(v, tx, asked)
        if roster == ():
            return back
        kept, new = planned.add_once(v.home, device, msgspec.structs.replace(made, expected=roster or ()), v.now)
    except FieldkitError:
        return back
    if new:  # else the button was pressed twice
        v.book.note(Access(v.now, v.account.name, v.peer, "plan-add", "", kept.id))
    return f"/planned/{kept.id}"


async def call_off(v: Visit) -> str | None:
    """Call one off; None for one that there is not."""
    try:
        found = planned.find(v.home, v.parts[0])
    except NotPossible:
        return None
    if found.state != CANCELLED:
        planned.cancel(v.home, found, v.now)
        v.book.note(Access(v.now, v.account.name, v.peer, "plan-off", "", found.id))
    return f"/planned/{found.id}"


def _wrong(v: Visit, asked: dict[str, str]) -> tuple[str, str]:
    """Why it was not planned, and what to do, in the language of the page."""
    say = v.words.say
    try:
        _, made = _made(v, asked)
        planning.to_come(made, v.now)
    except PastHour:
        return say(PLAN["past"]), say(PLAN["past-hint"])
    except FieldkitError as caught:
        return v.words.told(caught.sentence), v.words.told(caught.hint)
    return say(PLAN["not"]), say(PLAN["not-hint"])


def _made(v: Visit, asked: dict[str, str]) -> tuple[str, Planned]:
    """Name of the laptop's key, and the plan without its roster. Raises WrongUsage, NotPossible."""
    device = planning.device_of(v.home, asked["laptop"], v.now)
    program, _, part = asked["program"].partition("/")
    zone_of(asked["tz"])
    when = read_when(asked["at"].replace("T", " ")[:16], _clock(v, asked["tz"]))
    require_once(when, asked["tz"])
    made = Planned(
        v=1, pack=planning.pack_id(asked["pack"]), at=when.strftime(AT), tz=asked["tz"],
        title=clean_text(asked["title"], 120), place=clean_text(asked["site"], 80), room=clean_text(asked["room"], 80),
        trainer=clean_name(asked["trainer"]), within=Within(program, part) if part else Within(),
    )  # fmt: skip
    planning.within_known(v.home, made.within)
    return device, made


def _clock(v: Visit, zone: str) -> Any:
    import datetime

    return datetime.datetime.fromtimestamp(v.now, zone_of(zone))


async def _roster(v: Visit, tx: Tx, asked: dict[str, str]) -> tuple[Any, ...] | None:
    """Who is due or has a gap in what was chosen; None where nothing was chosen, or it is not there."""
    id, _, part = asked["program"].partition("/")
    one = next((one for one in programs.in_force(v.home) if one.id == id), None)
    if one is None or (part and one.part(part) is None):
        return None
    sites = (asked["site"],) if asked["site"] else None
    some = await people.standings(tx, id, "", sites)
    return planning.roster_of_gaps(some, part, "", asked["crew"])


def _programs(v: Visit) -> list[tuple[str, str]]:
    """What a roster can be of, with its words: each program, and each part of it."""
    out = []
    for one in programs.in_force(v.home):
        title = say(one.title, v.words.lang)
        out.append((one.id, title))
        if len(one.parts) > 1:
            out += [(f"{one.id}/{part.id}", f"{title}: {say(part.title, v.words.lang)}") for part in one.parts]
    return out


def _sees(account: Account, one: Kept) -> bool:
    sites = sites_of(account)
    return sites is None or place_key(one.plan.place) in {place_key(site) for site in sites}


def _parts(v: Visit, some: Iterable[Kept]) -> dict[str, str]:
    """The words of `_programs` for these plans: every program is read once for a page, and none where none is named."""
    return dict(_programs(v)) if any(one.plan.within.part for one in some) else {}


def _line(v: Visit, one: Kept, words: Mapping[str, str]) -> Line:
    within = one.plan.within
    part = words.get(f"{within.program}/{within.part}", words.get(within.program, f"{within.program}/{within.part}"))
    return Line(one, planning.short(one.device), part if within.part else "", planned.begins(one.plan) < v.now)


def _who(fields: dict[str, str]) -> tuple[str, str]:
    return fields.get("badge", ""), fields.get("id_issuer", "")
