"""Pages about people: who may run it now, one person, who misses what. Reads what the digest keeps, and writes nothing.

A supervisor sees the people who were trained last at one of their sites. A badge stands in an address as base64url, so
that no sign of it means anything there; the access log keeps none of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.blended import AFTER, BEFORE, PREWORK
from fieldkit.core.program import Program, say
from fieldkit.core.standing import DUE, GAP, READY, Owed
from fieldkit.core.taught import Ref
from fieldkit.sync.central import programs
from fieldkit.sync.central.desk_said import devices
from fieldkit.sync.central.digest import force
from fieldkit.sync.central.digest import people as digest
from fieldkit.sync.central.digest.asked import Key
from fieldkit.sync.central.digest.learnt import Set
from fieldkit.sync.central.digest.people import A_PAGE, Count, Somebody, Stands, Wanted
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.front import listed
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.foreign import moment, zone_of
from fieldkit.sync.central.front.pages import query

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

Filled = dict[str, Any]
ASKED = ("program", "state", "site", "crew", "text")
OPEN = "open"
STATES = {"": (), OPEN: (DUE, GAP), GAP: (GAP,), DUE: (DUE,), READY: (READY,)}
"""What may be asked for → states; none is all."""
MOST_COUNTS = 40
"""More rows than these are told by site, until somebody chooses one."""
MOST_CODED = 4000


class Choice(msgspec.Struct, frozen=True):
    """What a list is of: a program, or a task with all programs that name it. `key` as the digest calls it."""

    key: str
    title: str
    programs: tuple[Program, ...]
    task: str = ""


class Line(msgspec.Struct, frozen=True):
    """Somebody in a list; `at` is the address of their page, `owes` what is missing, in words."""

    who: Stands
    at: str
    owes: tuple[str, ...]


class Proof(msgspec.Struct, frozen=True):
    """A record of the training: of which session, and whether this account may look at it."""

    origin: str
    i: int
    title: str
    seen: bool


class Part(msgspec.Struct, frozen=True):
    """A part of a program for one person. `day` ISO, empty while it is not done; `how` it was done; `owes`: segments
    (title, why)."""

    title: str
    day: str
    how: str
    by: tuple[Proof, ...]
    owes: tuple[tuple[str, str], ...]
    early: bool


# ---- addresses -----------------------------------------------------------------------------------------------------


def coded(*words: str) -> str:
    """Words for an address, each as base64url."""
    return ".".join(base64.urlsafe_b64encode(one.encode()).rstrip(b"=").decode() for one in words)


def decoded(text: str, n: int) -> tuple[str, ...] | None:
    """So many words, as `coded` writes them; None for anything else."""
    if len(text) > MOST_CODED or not text.isascii():
        return None
    try:
        words = tuple(base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)).decode() for one in text.split("."))
    except (binascii.Error, ValueError):
        return None
    return words if len(words) == n and coded(*words) == text and "\0" not in "".join(words) else None


def person_at(badge: str, issuer: str) -> str:
    return f"/p/{coded(badge, issuer)}"


def after_of(text: str) -> Key | None:
    """After whom a page begins; what cannot be read is the first page."""
    found = decoded(text, 3)
    return (found[0], found[1], found[2]) if found is not None else None


# ---- what is asked for -----------------------------------------------------------------------------------------------


def choices(home: Home, lang: str) -> list[Choice]:
    """The tasks, then the programs. Raises DamagedData for a program that cannot be read."""
    some = programs.in_force(home)
    tasks: dict[str, list[Program]] = {}
    for one in some:
        if one.task:
            tasks.setdefault(one.task, []).append(one)
    found = [Choice(digest.task_key(task), task, tuple(mine), task) for task, mine in sorted(tasks.items())]
    return found + [Choice(one.id, say(one.title, lang), (one,)) for one in some]


def choose(some: Sequence[Choice], key: str) -> Choice | None:
    """The one that somebody asked for, the first where they did not; None for one that there is not."""
    return next((one for one in some if one.key == key or not key), None)


def sites_of(account: Account, site: str) -> tuple[str, ...] | None:
    """The sites whose people are shown; None: every one. A supervisor's stay theirs, whatever they ask for."""
    if account.sees_all:
        return (site,) if site else None
    return tuple(one for one in account.sites if not site or place_key(one) == place_key(site))


def wanted_of(account: Account, choice: Choice, asked: dict[str, str]) -> Wanted:
    states = STATES.get(asked["state"], ())
    return Wanted(choice.key, states, sites_of(account, asked["site"]), asked["crew"], asked["text"])


def owed_in(one: Owed, titles: dict[str, str]) -> str:
    part = titles.get(one.part, one.part)
    return f"{part}: {', '.join(one.titles)}" if one.titles else part


def titles_of(some: Iterable[Program], lang: str) -> dict[str, str]:
    """Part → title. Parts of two programs may have the same id: then it has both titles."""
    found: dict[str, list[str]] = {}
    for program in some:
        for part in program.parts:
            found.setdefault(part.id, []).append(say(part.title, lang))
    return {id: " / ".join(dict.fromkeys(titles)) for id, titles in found.items()}


# ---- who may run it now ----------------------------------------------------------------------------------------------


async def people(v: Visit, tx: Tx) -> Filled | None:
    """Where people stand in a program or for a task, with the counts of their sites and crews above."""
    asked = query(v.query, *ASKED)
    some = choices(v.home, v.words.lang)
    choice = choose(some, asked["program"])
    others = await _others(tx, v.account, asked)
    filled: Filled = {
        "asked": asked, "choices": some, "choice": choice, "as_of": await digest.as_of(tx, v.now), "rows": [],
        "others": others[:A_PAGE], "more": len(others) > A_PAGE,
        "counts": [], "all": None, "sites": [], "crews": [], "next": "", "later": False, "states": list(STATES),
        "by_site": False,
    }  # fmt: skip
    if choice is None:
        return None if some else filled
    after = after_of(v.query.get("after", ""))
    found = await digest.people(tx, wanted_of(v.account, choice, asked), after, A_PAGE + 1)
    every = await digest.counts(tx, choice.key, sites_of(v.account, ""))
    here = [one for one in every if _fits(one.site, asked["site"]) and _fits(one.crew, asked["crew"])]
    by_site = len(here) > MOST_COUNTS and not asked["site"]
    titles = titles_of(choice.programs, v.words.lang)
    shown = found[:A_PAGE]
    rows = [
        Line(one, person_at(one.badge, one.issuer), tuple(owed_in(debt, titles) for debt in one.standing.owes))
        for one in shown
    ]
    return filled | {
        "asked": asked | {"program": choice.key}, "rows": rows, "counts": _by_site(here) if by_site else here,
        "all": _sum(here), "by_site": by_site, "sites": _words(one.site for one in every),
        "crews": _words(one.crew for one in every), "later": after is not None,
        "next": coded(*shown[-1].key) if len(found) > A_PAGE else "",
    }  # fmt: skip


async def _others(tx: Tx, account: Account, asked: dict[str, str]) -> list[tuple[Somebody, str]]:
    """Whoever is asked for by name or badge and stands in no program, with the address of their page; one more than a
    page where there are others."""
    if not asked["text"]:
        return []
    found = await digest.in_none(tx, asked["text"], sites_of(account, asked["site"]), A_PAGE + 1)
    return [(one, person_at(one.badge, one.issuer)) for one in found]


def _fits(word: str, asked: str) -> bool:
    return not asked or place_key(word) == place_key(asked)


def _sum(some: Sequence[Count]) -> Count:
    return Count("", "", sum(x.ready for x in some), sum(x.due for x in some), sum(x.gap for x in some))


def _by_site(some: Sequence[Count]) -> list[Count]:
    found: dict[str, list[Count]] = {}
    for one in some:
        found.setdefault(place_key(one.site), []).append(one)
    return [msgspec.structs.replace(_sum(mine), site=mine[0].site) for mine in found.values()]


def _words(some: Iterable[str]) -> list[str]:
    """Each once, however it is typed, by name."""
    found = {place_key(one): one for one in some if one}
    return [found[key] for key in sorted(found)]


# ---- one person ------------------------------------------------------------------------------------------------------


async def person(v: Visit, tx: Tx) -> Filled | None:
    """Where one person stands, on which records that rests, and every session they were in or expected at."""
    who = decoded(v.parts[0], 2)
    office = devices(v.home, v.home.trust())
    found = await digest.person(tx, who[0], who[1], office=office) if who is not None else None
    sites = sites_of(v.account, "")
    if found is None or (sites is not None and place_key(found.who.site) not in map(place_key, sites)):
        return None
    refs = [ref for one in found.standings for done in one.standing.done for ref in done.by]
    logs = [log.origin for one in found.sets for log in one.logs]
    known = await _seen(tx, v.account, [*(ref.o for ref in refs), *(one.origin for one in found.sessions), *logs])
    some = {one.id: one for one in programs.in_force(v.home)}
    stands = [(some[one.program], one) for one in found.standings if one.program in some]
    mine = {program.id for program, _ in stands}
    tasks = [
        (task, one, [say(x.title, v.words.lang) for x in some.values() if x.task == task and x.id not in mine])
        for one in found.standings
        if one.program.startswith(force.TASK) and (task := one.program.removeprefix(force.TASK))
    ]
    return {
        "who": found.who, "sessions": found.sessions, "more": found.more, "seen": {o for o, x in known.items() if x[1]},
        "tasks": tasks, "as_of": await digest.as_of(tx, v.now),
        "sets": [(_when_of(one), BEFORE if one.set == PREWORK else AFTER, one) for one in found.sets],
        "stands": [(say(p.title, v.words.lang), one, _parts(p, one, known, v.words.lang)) for p, one in stands],
    }  # fmt: skip


def _when_of(one: Set) -> str:
    return moment(one.t, zone_of(one.tz)) if one.t else ""


async def _seen(tx: Tx, account: Account, origins: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """Title of each session, and whether this account may look at it. Head office's own logs are no sessions."""
    every = sorted(set(origins))
    places, led = await listed.places(tx, every), await listed.led(tx, account, every)
    titles: dict[str, tuple[str, str, int, int]] = {}
    for at in range(0, len(every), listed.BATCH):
        titles |= await listed.sessions_of(tx, every[at : at + listed.BATCH])
    return {
        origin: (title, origin in places and account.sees(places[origin].site, origin in led))
        for origin, (title, *_) in titles.items()
    }


def _parts(program: Program, one: Stands, known: dict[str, tuple[str, bool]], lang: str) -> list[Part]:
    done = {x.part: x for x in one.standing.done}
    owes = {x.part: x for x in one.standing.owes}
    out = []
    for part in program.parts:
        did, owed = done.get(part.id), owes.get(part.id)
        by = tuple(_proof(ref, known) for ref in did.by) if did is not None else ()
        out.append(
            Part(
                say(part.title, lang), did.day.isoformat() if did is not None else "", did.how if did else "", by,
                tuple((title, why) for _, title, why in owed.missing) if owed is not None else (),
                owed is not None and owed.early,
            )
        )  # fmt: skip
    return out


def _proof(ref: Ref, known: dict[str, tuple[str, bool]]) -> Proof:
    title, seen = known.get(ref.o, ("", False))
    return Proof(ref.o, ref.i, title, seen)


# ---- who misses what -------------------------------------------------------------------------------------------------


async def makeups(v: Visit, tx: Tx) -> Filled | None:
    """Who misses which segment of which session of a program, and until when it can be made up."""
    asked = query(v.query, "program", "site", "crew")
    some = [one for one in choices(v.home, v.words.lang) if not one.task]
    choice = choose(some, asked["program"])
    filled: Filled = {
        "asked": asked, "choices": some, "choice": choice, "as_of": await digest.as_of(tx, v.now), "rows": [],
        "sites": [], "crews": [], "seen": set(), "next": "", "later": False,
    }  # fmt: skip
    if choice is None:
        return None if some else filled
    after = after_of(v.query.get("after", ""))
    sites = sites_of(v.account, asked["site"])
    rows, behind = await digest.missed(tx, choice.programs[0], sites, asked["crew"], after)
    every = await digest.counts(tx, choice.key, sites_of(v.account, ""))
    known = await _seen(tx, v.account, [one.of for one in rows])
    return filled | {
        "asked": asked | {"program": choice.key}, "later": after is not None,
        "rows": [(one, person_at(one.person.badge, one.person.issuer)) for one in rows],
        "seen": {origin for origin, (_, seen) in known.items() if seen},
        "sites": _words(one.site for one in every), "crews": _words(one.crew for one in every),
        "next": coded(*behind) if behind is not None else "",
    }  # fmt: skip
