"""What head office reports of a period: sums of its sessions, and what of them is held back.

    Period(since, until)   days, ends included; `before` is the one that it is compared with
    Sums.add(Session)      session by session, in any order
    Blocks.judged(...)     how many completed and passed, as far as that may be said

Sessions held, people and hours are facts of the attendance sheet and are always said. Who passed comes of answers, and
of one trainer's sessions it is a figure about that trainer: what a pack that asks for a score came to, its completions
included, is said as figures are (`core.figures.shared`): by whole months, of at least FIVE trainers and LEAST people,
by site only where every site of the pack and month has as many. What is said is a sum of whole such blocks, so whatever
reports somebody lays side by side, no fewer can be told apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

import msgspec

from fieldkit.core.figures.read import LEAST
from fieldkit.core.figures.shared import FIVE, Cell, released
from fieldkit.core.taught import Who

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
_ONE = timedelta(days=1)


class Period(msgspec.Struct, frozen=True):
    """Days, both included."""

    since: date
    until: date

    @property
    def before(self) -> Period:
        """As many whole months, or as many days, just before it. Raises OverflowError at the end of the calendar."""
        end = self.since - _ONE
        if self.since.day == 1 and (self.until + _ONE).day == 1:
            n = len(self.months)
            at = self.since.year * 12 + self.since.month - 1 - n
            if at < 12:
                raise OverflowError("no calendar has a year 0")
            return Period(date(at // 12, at % 12 + 1, 1), end)
        return Period(end - (self.until - self.since), end)

    @property
    def months(self) -> tuple[str, ...]:
        """The whole months in it: `2026-11`."""
        found: list[str] = []
        first = self.since if self.since.day == 1 else _next(self.since)
        while (after := _next(first)) - _ONE <= self.until:
            found.append(first.isoformat()[:7])
            first = after
        return tuple(found)


def month(text: str) -> Period:
    """`2026-11`. Raises ValueError."""
    first = date.fromisoformat(f"{text}-01")
    return Period(first, _next(first) - _ONE)


def _next(day: date) -> date:
    """The first of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


class Took(msgspec.Struct, frozen=True):
    """Somebody who was in a session. `passed`: None where no score was asked, or nothing that is marked was run."""

    who: Who
    completed: bool
    passed: bool | None


class Session(msgspec.Struct, frozen=True):
    """What a report takes of one. `led`: as whom its trainer is counted, empty: nobody can say, or an agreement names
    them anyway. `stays`: how long each was in the room, ms. `late`: ms from its end to head office's receipt, None
    without one. `unknown`: on the sheet without a badge."""

    origin: str
    pack: str
    month: str
    site: str
    led: str
    scored: bool
    makeup: bool
    evaluation: bool
    unknown: int
    people: tuple[Took, ...]
    stays: Mapping[Who, int]
    late: int | None


class Judged(msgspec.Struct):
    """Of `people` a session it may be said how many `completed`, of `scored` how many `passed`. `held`: people a
    session of whom it may not."""

    people: int = 0
    completed: int = 0
    scored: int = 0
    passed: int = 0
    held: int = 0


class _Block(msgspec.Struct):
    judged: Judged
    led: set[str]
    who: set[Who]
    answered: set[Who]
    sessions: int = 0


class Sums(msgspec.Struct):
    """Of some sessions. `people_sessions`: people, once a session each; `stayed`: those of them who have hours."""

    sessions: int = 0
    makeups: int = 0
    made_up: int = 0
    """People, once a session each, in sessions that make up another."""
    evaluations: int = 0
    people_sessions: int = 0
    unknown: int = 0
    people: set[Who] = set()
    stayed: int = 0
    ms: int = 0
    late: list[int] = []
    free: Judged = msgspec.field(default_factory=Judged)
    """Of packs that ask for no score."""

    def add(self, one: Session) -> None:
        n = len(one.people)
        self.sessions += 1
        self.makeups += one.makeup
        self.made_up += n if one.makeup else 0
        self.evaluations += one.evaluation
        self.people_sessions += n
        self.unknown += one.unknown
        self.people.update(took.who for took in one.people)
        stays = [one.stays[took.who] for took in one.people if one.stays.get(took.who)]
        self.stayed += len(stays)
        self.ms += sum(stays)
        if one.late is not None:
            self.late.append(one.late)
        if not one.scored:
            self.free.people += n
            self.free.completed += sum(took.completed for took in one.people)


class Blocks:
    """What came of packs that ask for a score, by pack, month and site."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], dict[str, _Block]] = {}
        self._late: dict[str, dict[str, set[str]]] = {}
        """Month → site → who led what came."""

    def add(self, one: Session) -> None:
        if one.late is not None:
            self._late.setdefault(one.month, {}).setdefault(one.site, set()).update({one.led} - {""})
        if not one.scored:
            return
        sites = self._at.setdefault((one.pack, one.month), {})
        block = sites.setdefault(one.site, _Block(Judged(), set(), set(), set()))
        block.sessions += 1
        block.led |= {one.led} - {""}
        block.who.update(took.who for took in one.people)
        block.answered.update(took.who for took in one.people if took.passed is not None)
        block.judged.people += len(one.people)
        block.judged.completed += sum(took.completed for took in one.people)
        block.judged.scored += sum(took.passed is not None for took in one.people)
        block.judged.passed += sum(bool(took.passed) for took in one.people)

    def judged(self, months: Iterable[str], pack: str | None = None, site: str | None = None) -> Judged:
        """Of one pack or all, at one site or all: the blocks that lie wholly in these months and there. `held` is what
        is left of the sessions that were added, of any month."""
        whole, found = set(months), Judged()
        for (of, when), sites in sorted(self._at.items()):
            if pack not in (None, of):
                continue
            all_ = sum(block.judged.people for at, block in sites.items() if site in (None, at))
            said = 0
            cells = [Cell(of, "", when, at, frozenset(x.led), x.sessions) for at, x in sorted(sites.items())]
            for block in released(cells, FIVE) if when in whole else ():
                if site is None or block.sites == (site,):
                    said += _put(found, [sites[at] for at in block.sites])
            found.held += all_ - said
        return found

    def timely(self, months: Collection[str], site: str | None) -> bool:
        """Whether it may be said how late sessions came: all of them in blocks as above, of all packs together. Of a
        middle one day more or less would tell one session's own."""
        for when, sites in self._late.items():
            cells = [Cell("", "", when, at, frozenset(led), len(led)) for at, led in sorted(sites.items())]
            blocks = released(cells, FIVE) if when in months else []
            if (site is None or site in sites) and not any(site is None or x.sites == (site,) for x in blocks):
                return False
        return True

    def scored(self, packs: Collection[str]) -> bool:
        """Whether one of these that asks for a score was run."""
        return any(pack in packs for pack, _ in self._at)

    def settled(self, of: Period, packs: Collection[str]) -> bool:
        """Whether it may be said how many came to be ready by these packs in a period, at all sites: where one of them
        asks for a score that is how many completed it. Of whole months, as above, all the packs together."""
        there = {(pack, when): sites for (pack, when), sites in self._at.items() if pack in packs}
        for month_ in {when for _, when in there}:
            some = [block for (_, when), sites in there.items() if when == month_ for block in sites.values()]
            led, who = set[str]().union(*(x.led for x in some)), set[Who]().union(*(x.who for x in some))
            if month_ not in of.months or len(led) < FIVE or len(who) < LEAST:
                return False
        return True


def _put(found: Judged, some: list[_Block]) -> int:
    """Add a block, unless too few people are behind it; how many people a session were added."""
    who = set[Who]().union(*(one.who for one in some))
    answered = set[Who]().union(*(one.answered for one in some))
    if len(who) < LEAST or 0 < len(answered) < LEAST:
        return 0
    for one in some:
        found.people += one.judged.people
        found.completed += one.judged.completed
        found.scored += one.judged.scored
        found.passed += one.judged.passed
    return sum(one.judged.people for one in some)


def together(some: Iterable[Judged]) -> Judged:
    found = Judged()
    for one in some:
        for name in Judged.__struct_fields__:
            setattr(found, name, getattr(found, name) + getattr(one, name))
    return found


def hundredths(part: int, of: int) -> int:
    """part ÷ of in hundredths, rounded half up; `part` ≥ 0, `of` ≥ 1."""
    return (200 * part + of) // (2 * of)


def rank(some: Iterable[int], percent: int) -> int | None:
    """The smallest value that so many percent are no greater than (nearest rank); None of nothing."""
    every = sorted(some)
    return every[max(0, -(-len(every) * percent // 100) - 1)] if every else None
