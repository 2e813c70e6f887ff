"""What head office sends upward at the end of a month: numbers out of the digest's tables and indexes, and no name.

    made(...)   every line of a period, beside the same of the period before it (`core.tables.report`)

What is of now (who is ready, what waits, laptops) has no number of before: nothing is kept of what was. What nobody
keeps in a table is in no line: skills that were signed off, and which part of a program a make-up made whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.monthly import DAY_MS, HOUR_MS, Blocks, Judged, Period, Sums, hundredths, rank, together
from fieldkit.core.program import Program, say
from fieldkit.core.tables.report import COUNT, DAYS, FEW, HOURS, NONE, PERCENT, Line, Report
from fieldkit.errors import DamagedData
from fieldkit.log.note import utc_text
from fieldkit.sync.central import programs, report_now
from fieldkit.sync.central.digest import people, period
from fieldkit.sync.central.digest.work import Told, catch_up
from fieldkit.sync.central.replay import plan_of

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx


class _Read(msgspec.Struct):
    """One period: everything, and by pack; `origins` of all of it."""

    months: tuple[str, ...]
    all: Sums
    packs: dict[str, Sums]
    blocks: Blocks
    origins: list[str]


async def made(
    home: Home, db: Database, of: Period, site: str, now: int, lang: str = "en", told: Told | None = None
) -> Report:
    """The report of a period, of every site or of `site` alone. `now`: Unix s; `lang`: of titles. Raises NotPossible
    for a site at which nothing was held, OverflowError for a period without one before, and as `catch_up`."""
    await catch_up(home, db, now, told=told)
    before, some = of.before, programs.in_force(home)
    async with db.reading() as tx:
        key = await report_now.site_of(tx, site) if site else None
        known = await period.led(tx)
        is_, was = [await _read(tx, one, key, known) for one in (of, before)]
        lines = [*_training(is_, was, key)]
        titles = await _titles(tx, sorted({*is_.packs, *was.packs}), lang)
        for pack, title in titles.items():
            lines += _pack(pack, title, is_, was, key)
        for program in some:
            lines += await _program(tx, program, say(program.title, lang), (of, is_), (before, was), site)
        lines += await report_now.questions(tx, of, before, key)
        lines += await report_now.needs(tx, home, key, now)
        lines += await report_now.sheets(tx, home, is_.origins, was.origins, of, before, now)
        if key is None:
            lines += await report_now.laptops(tx, home, now)
        lines += _arrival(is_, was, key)
    return Report(
        org=home.org,
        site=site,
        since=of.since.isoformat(),
        until=of.until.isoformat(),
        before_since=before.since.isoformat(),
        before_until=before.until.isoformat(),
        made=utc_text(now),
        lines=tuple(lines),
    )


async def _read(tx: Tx, of: Period, key: str | None, known: Mapping[tuple[str, str], str]) -> _Read:
    """Of other sites than `key` only what decides what may be said of it."""
    found = _Read(of.months, Sums(), {}, Blocks(), [])
    async for one in period.sessions(tx, of, known):
        found.blocks.add(one)
        if key is None or one.site == key:
            found.all.add(one)
            found.packs.setdefault(one.pack, Sums()).add(one)
            found.origins.append(one.origin)
    return found


async def _titles(tx: Tx, packs: Sequence[str], lang: str) -> dict[str, str]:
    """Pack → its title, as the plan of its newest session says it; empty where another release made that."""
    found = dict.fromkeys(packs, "")
    for pack in packs:
        origin = await period.newest(tx, pack)
        stored = await tx.stored(origin) if origin else None
        if stored is not None:
            try:
                plan = await plan_of(tx, stored)
            except DamagedData:
                continue
            found[pack] = plan.say(plan.title, lang)
    return found


# ---- what was held -----------------------------------------------------------------------------------------------


def _training(is_: _Read, was: _Read, key: str | None) -> Iterator[Line]:
    def line(what: str, value: Callable[[Sums], int], n: Callable[[Sums], int], unit: str = COUNT) -> Line:
        return _line("training", what, is_.all, was.all, value, n, unit)

    yield line("sessions", lambda x: x.sessions, lambda x: x.sessions)
    yield line("makeup-sessions", lambda x: x.makeups, lambda x: x.sessions)
    yield line("evaluations", lambda x: x.evaluations, lambda x: x.sessions)
    yield line("person-sessions", lambda x: x.people_sessions, lambda x: x.sessions)
    yield line("people", lambda x: len(x.people), lambda x: x.people_sessions)
    yield line("hours", lambda x: x.ms, lambda x: x.stayed, HOURS)
    yield line("make-ups", lambda x: x.made_up, lambda x: x.makeups)
    yield line("no-badge", lambda x: x.unknown, lambda x: x.sessions)
    yield from _outcome("training", _judged(is_, is_.all, None, key), _judged(was, was.all, None, key))


def _pack(pack: str, title: str, is_: _Read, was: _Read, key: str | None) -> Iterator[Line]:
    now, then = (x.packs.get(pack, Sums()) for x in (is_, was))

    def line(what: str, value: Callable[[Sums], int], n: Callable[[Sums], int], unit: str = COUNT) -> Line:
        return _line("packs", what, now, then, value, n, unit, pack, title)

    yield line("sessions", lambda x: x.sessions, lambda x: x.sessions)
    yield line("person-sessions", lambda x: x.people_sessions, lambda x: x.sessions)
    yield line("people", lambda x: len(x.people), lambda x: x.people_sessions)
    yield line("hours", lambda x: x.ms, lambda x: x.stayed, HOURS)
    judged = _judged(is_, now, pack, key), _judged(was, then, pack, key)
    yield from _outcome("packs", *judged, id=pack, title=title)


def _line(
    section: str,
    what: str,
    now: Sums,
    then: Sums,
    value: Callable[[Sums], int],
    n: Callable[[Sums], int],
    unit: str,
    id: str = "",
    title: str = "",
) -> Line:
    per = HOUR_MS if unit == HOURS else 1
    numbers = [hundredths(value(x), per) for x in (now, then)]
    return Line(section, what, numbers[0], n(now), numbers[1], n(then), unit, id, title)


def _judged(of: _Read, sums: Sums, pack: str | None, key: str | None) -> Judged:
    return together([sums.free, of.blocks.judged(of.months, pack, key)])


def _outcome(section: str, now: Judged, then: Judged, id: str = "", title: str = "") -> Iterator[Line]:
    """Completed, passed, and of how many neither is said."""

    def said(x: Judged) -> int | None:
        return x.completed * 100 if x.people else None

    def rate(x: Judged) -> int | None:
        return hundredths(x.passed * 100, x.scored) if x.scored else None

    why = FEW if now.held else NONE
    note, alike = "" if now.people else why, not now.held and not then.held
    yield Line(section, "completed", said(now), now.people, said(then), then.people, COUNT, id, title, note, alike)
    note = "" if now.scored else why
    yield Line(section, "passed", rate(now), now.scored, rate(then), then.scored, PERCENT, id, title, note, alike)
    if now.held or then.held:
        held = now.held * 100, now.people + now.held, then.held * 100, then.people + then.held
        yield Line(section, "held-back", *held, COUNT, id, title)


def _arrival(is_: _Read, was: _Read, key: str | None) -> Iterator[Line]:
    """How late sessions came is about those who carry them: of fewer than five trainers it is not said."""
    for what, percent in (("median", 50), ("ninety", 90)):
        numbers: list[int | None] = []
        for x in (is_, was):
            late = rank(x.all.late, percent) if x.blocks.timely(x.months, key) else None
            numbers.append(None if late is None else hundredths(late, DAY_MS))
        note = "" if numbers[0] is not None else FEW if is_.all.late else NONE
        counts = [len(x.late) for x in (is_.all, was.all)]
        yield Line("arrival", what, numbers[0], counts[0], numbers[1], counts[1], DAYS, note=note)


# ---- programs ----------------------------------------------------------------------------------------------------


async def _program(
    tx: Tx, one: Program, title: str, of: tuple[Period, _Read], before: tuple[Period, _Read], site: str
) -> list[Line]:
    id, packs = one.id, {pack.id for part in one.parts for pack in part.packs}
    counts = await people.counts(tx, id, [site] if site else None)
    stands = {what: sum(getattr(one, what) for one in counts) for what in ("ready", "due", "gap")}
    n = sum(stands.values())
    lines = [Line("programs", what, k * 100, n, id=id, title=title) for what, k in stands.items()]
    became: list[int | None] = []
    for days, read in (of, before):  # people have a site of their own: by site no block of sessions is theirs
        said = read.blocks.settled(days, packs) and not (site and read.blocks.scored(packs))
        became.append(await report_now.became(tx, id, days, site) * 100 if said else None)
    note = FEW if became[0] is None else ""
    return [*lines, Line("programs", "became-ready", became[0], n, became[1], n, COUNT, id, title, note)]
