"""Programs as pages: how many stand how in each, the weeks of a cohort, which segments people miss.

Counts alone; they lead to the list of people behind them. Everything comes from what the digest keeps; a supervisor's
counts are of the people of their sites.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.program import Program, say
from fieldkit.core.standing import DUE, GAP, READY
from fieldkit.core.tables.programs import ALL_PARTS, cohort_table
from fieldkit.sync.central import programs
from fieldkit.sync.central.digest import parts, people
from fieldkit.sync.central.digest.parts import PartCount
from fieldkit.sync.central.digest.work import today
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.pages import Filled, query

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

MOST_WEEKS = 26
"""Weeks of a cohort that are shown, the newest ones."""
EVERYBODY = "*"


class Stand(msgspec.Struct, frozen=True):
    """How many need a program, and of everybody in it how many stand how."""

    id: str
    version: str
    title: str
    task: str
    needed: int
    ready: int
    due: int
    gap: int

    @property
    def people(self) -> int:
        return self.ready + self.due + self.gap


class Week(msgspec.Struct, frozen=True):
    """How many of a cohort had done each part by the end of a week, in the order of the program; `whole`: all parts."""

    no: str
    since: str
    done: tuple[int, ...]
    whole: int
    people: int


class PartDone(msgspec.Struct, frozen=True):
    """A part: what does it, how many have done it, and what those miss who were in a session of it."""

    id: str
    title: str
    packs: tuple[tuple[str, str], ...]
    after: tuple[str, ...]
    done: int
    people: int


class Missing(msgspec.Struct, frozen=True):
    """A segment that somebody misses: how many have it, of how many who did the part or were in a session of it."""

    part: str
    segment: str
    title: str
    have: int
    seen: int


def sites_of(account: Account) -> tuple[str, ...] | None:
    """The sites whose people an account's counts are of; None: every one."""
    return None if account.sees_all else account.sites


async def listing(v: Visit, tx: Tx) -> Filled:
    """Every program in force, by id. Raises DamagedData for one that cannot be read any more."""
    rows = await stands(v, tx, v.words.lang)
    return {"rows": rows, "as_of": await people.as_of(tx, v.now), "sites": sites_of(v.account)}


async def stands(v: Visit, tx: Tx, lang: str) -> list[Stand]:
    """How many stand how in each, its title in a language. Raises DamagedData."""
    sites = sites_of(v.account)
    needed, states = await people.needed(tx, sites), await people.states(tx, sites)
    return [_stand(one, needed, states, lang) for one in programs.in_force(v.home)]


def _stand(one: Program, needed: dict[str, int], states: dict[str, dict[str, int]], lang: str) -> Stand:
    n = states.get(one.id, {})
    counts = (n.get(READY, 0), n.get(DUE, 0), n.get(GAP, 0))
    return Stand(one.id, one.version, say(one.title, lang), one.task, needed.get(one.id, 0), *counts)


async def program(v: Visit, tx: Tx, lang: str | None = None) -> Filled | None:
    """One program in force: its parts, a cohort's weeks, the segments that people miss. None: there is no such one.
    `lang`: of titles, where it is not that of the page."""
    one = next((one for one in programs.in_force(v.home) if one.id == v.parts[0]), None)
    if one is None:
        return None
    sites, lang = sites_of(v.account), v.words.lang if lang is None else lang
    stand = _stand(one, await people.needed(tx, sites), await people.states(tx, sites), lang)
    cohorts = await people.cohorts(tx, one.id, sites)
    chosen = _chosen(query(v.query, "cohort")["cohort"], one, cohorts)
    cohort = "" if chosen == EVERYBODY else chosen
    n = next((it.people for it in cohorts if it.cohort == cohort), stand.people)
    counts = await parts.parts(tx, one, cohort, sites)
    weeks: list[Week] = []
    if cohort:
        some, register = await people.standings(tx, one.id, cohort, sites), await people.register_for(tx, [one], [])
        weeks = _weeks(one, cohort_table(one, some, register, today(v.now)).rows)
    return {
        "one": one, "stand": stand, "cohorts": cohorts, "chosen": chosen, "cohort": cohort,
        "weeks": weeks[-MOST_WEEKS:], "earlier": max(0, len(weeks) - MOST_WEEKS), "parts": _parts(one, counts, n, lang),
        "missing": _missing(counts), "as_of": await people.as_of(tx, v.now), "sites": sites,
        "titles": {x.id: say(x.title, lang) for x in one.cohorts},
        "part_titles": {part.id: say(part.title, lang) for part in one.parts},
    }  # fmt: skip


def _chosen(asked: str, one: Program, cohorts: Sequence[people.Cohort]) -> str:
    """The cohort that was asked for, if there is one, else the one that began last; everybody where there is none."""
    ids = [cohort.cohort for cohort in cohorts]
    if asked == EVERYBODY or asked in ids:
        return asked
    began = {cohort.id: cohort.start for cohort in one.cohorts}
    return max(ids, key=lambda id: (began.get(id, date.min), id), default=EVERYBODY)


def _weeks(one: Program, rows: Iterable[Sequence[str]]) -> list[Week]:
    """The rows of `program cohorts`, a week each."""
    found: dict[str, dict[str, Any]] = {}
    for _, _, week, since, part, _, n, done in rows:
        it = found.setdefault(week, {"since": since, "people": int(n), "done": {}})
        it["done"][part] = int(done)
    return [
        Week(no, it["since"], tuple(it["done"][part.id] for part in one.parts), it["done"][ALL_PARTS], it["people"])
        for no, it in found.items()
    ]


def _parts(one: Program, counts: Sequence[PartCount], n: int, lang: str) -> list[PartDone]:
    """`n`: people of whom these are the counts."""
    return [
        PartDone(
            part.id, say(part.title, lang), tuple((pack.id, pack.version) for pack in part.packs), part.after,
            count.done, n,
        )
        for part, count in zip(one.parts, counts, strict=True)
    ]  # fmt: skip


def _missing(counts: Iterable[PartCount]) -> list[Missing]:
    """In the order of the program and of the sessions. Who owes the whole of a session has none of its segments."""
    return [
        Missing(one.part, lack.segment, lack.title, one.done + one.owes - lack.people, one.done + one.owes)
        for one in counts
        for lack in one.lacks
    ]
