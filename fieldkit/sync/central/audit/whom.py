"""Whom an audit pack is about: badges as somebody typed them, a program, or everybody on the sheets of some sessions.

Of people that somebody named the sessions are read that they were in, of a program all of them, in batches, for where
each person stands; who was on which sheet is kept as numbers. A person is a badge and its issuer; nobody is matched by
name.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import date

import msgspec

from fieldkit.core.attendance import groups
from fieldkit.core.program import Program
from fieldkit.core.session import Session
from fieldkit.core.standing import Standing
from fieldkit.core.taught import Who, who_of
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.sync.central import forgotten, programs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.training import Trained, train

MOST = 2_000
"""People of one pack."""


class Found(msgspec.Struct, frozen=True):
    """People in the order of their badges, the sessions on whose sheets each stands, and where each stands.
    `unread`: sessions that this release cannot fold, with the reason; who was there nobody can say here."""

    people: dict[Who, list[str]]
    standings: dict[Who, list[tuple[Program, Standing]]]
    unread: dict[str, str]


class _Sheets:
    """Who was on which sheet; with `wanted` only of these badges."""

    def __init__(self, wanted: set[str] | None) -> None:
        self._wanted = wanted
        self.origins: list[str] = []
        self.who: dict[Who, array[int]] = {}

    def __call__(self, session: Session) -> None:
        found = {who for people in groups(session).values() if (who := who_of(people)) is not None}
        if self._wanted is not None:
            found = {who for who in found if who[0] in self._wanted}
        if found:
            for who in found:
                self.who.setdefault(who, array("q")).append(len(self.origins))
            self.origins.append(session.origin)

    def of(self, who: Who) -> list[str]:
        return [self.origins[at] for at in self.who.get(who, ())]


async def find(
    home: Home, db: Database, badges: Sequence[str], program: str, day: date, now: int, only: Sequence[str] = ()
) -> Found:
    """The people with these badges, or everybody for whom the program is a matter; `only`: origins that are looked at,
    none for all. Raises WrongUsage, NotPossible for a badge that is nobody's, several people's or was erased."""
    asked = list(dict.fromkeys(badge.strip() for badge in badges if badge.strip()))
    if len(asked) > MOST:
        raise _too_many(len(asked))
    every = programs.in_force(home)
    if program:
        programs.one(home, program)
    wanted = {part for one in asked for part in _spellings(one)} if asked else None
    sheets = _Sheets(wanted)
    trained = await train(home, db, every, now, sheets, wanted)
    if asked:
        chosen = [_one(home, one, sorted(sheets.who)) for one in asked]
    else:
        needed = next(one for one in every if one.id == program)
        chosen = [one.who for one in trained.register.standings(needed, day)]
    people = list(dict.fromkeys(sorted(chosen)))
    if len(people) > MOST:
        raise _too_many(len(people))
    if not people:
        raise NotPossible(f"Nobody has begun or needs {program}.", "`fieldkit central due --all` lists everybody.")
    there = {who: [one for one in sheets.of(who) if not only or one in only] for who in people}
    return Found(there, _standings(every, trained, people, day, program), dict(trained.unread))


def _standings(
    every: Sequence[Program], trained: Trained, people: Sequence[Who], day: date, program: str
) -> dict[Who, list[tuple[Program, Standing]]]:
    out: dict[Who, list[tuple[Program, Standing]]] = {}
    for who in people:
        for one in every:
            standing = trained.register.standing(one, who, day) if not program or one.id == program else None
            if standing is not None:
                out.setdefault(who, []).append((one, standing))
    return out


def _spellings(typed: str) -> tuple[str, ...]:
    """The badges that somebody can mean: all of it, or what stands before the last @."""
    whole = typed.upper()
    return (whole, whole.rpartition("@")[0].strip()) if "@" in whole else (whole,)


def _one(home: Home, typed: str, known: Sequence[Who]) -> Who:
    """Who is meant by `BADGE` or `BADGE@ISSUER`."""
    whole = typed.upper()
    found = [who for who in known if who[0] == whole]
    if not found and "@" in whole:
        badge, _, issuer = whole.rpartition("@")
        found = [who for who in known if who == (badge.strip(), issuer.strip())]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{badge}@{issuer}" for badge, issuer in found[:6])
        raise WrongUsage(f"{typed[:80]} is the badge of {len(found)} people.", f"Say whose it is: {names}.")
    if forgotten.knows(home, _spellings(typed)):
        raise NotPossible(f"Whoever had the badge {typed[:80]} was erased.", "Nothing of them is left to show.")
    raise NotPossible(
        f"Nobody with the badge {typed[:80]} is on a sheet here.", "Look it up on a sheet; names are no badges."
    )


def _too_many(n: int) -> WrongUsage:
    return WrongUsage(f"One pack holds {MOST} people at most, and these are {n}.", "Make several packs.")
