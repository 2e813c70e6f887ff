"""Tables split by place: whoever joined through a routed address (`--invite URL=PLACE`) was somewhere else.

    by_place("results", session, plan, signatures) → Table with a column `place` behind `session_id`

Each place is counted as if it had been a room of its own, from the same fold and by the same tables. Rounds that name
nobody are not split: a place may hold three people, and their answers would be theirs to read. Such rows stand once,
with `—` as their place. Shows of hands were counted for the whole room and stand in the unsplit table only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round
from fieldkit.core.tables.answers import answers_table
from fieldkit.core.tables.base import UNNAMED, Sheet, Signatures, Table
from fieldkit.core.tables.people import attendance_table
from fieldkit.core.tables.profiles import shaped
from fieldkit.core.tables.results import results_table

PLACES: dict[str, Callable[[Sheet], Table]] = {
    "attendance": attendance_table,
    "answers": answers_table,
    "results": results_table,
}
"""The tables that can be split."""


def by_place(
    name: str, session: Session, plan: Plan, signatures: Signatures, as_of: int | None = None, profile: str = ""
) -> Table:
    """One table, place by place, the room itself (an empty place) first. Raises KeyError for one not in PLACES."""
    make = PLACES[name]
    whole = Sheet(session, plan, signatures, as_of)
    where = {p: place_of(people) for p, people in whole.groups.items()}
    parts = [(place, _only(whole, where, place)) for place in sorted({"", *where.values()})]
    if name != "attendance":
        parts.append((UNNAMED, _unnamed(whole)))
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    for place, sheet in parts:
        made = shaped(make, sheet, profile)
        at = made.columns.index("session_id") + 1
        columns = (*made.columns[:at], "place", *made.columns[at:])
        rows += [(*row[:at], place, *row[at:]) for row in made.rows]
    return Table(name, columns, rows)


def place_of(people: list[Person]) -> str:
    """Where somebody was, from the entries that are this one person."""
    return next((one.place for one in people if one.place), "")


def _only(whole: Sheet, where: dict[str, str], place: str) -> Sheet:
    """The sheet of one place: its people, and named rounds with nothing but their answers."""
    heads = {p for p, at in where.items() if at == place}
    sheet = _with_rounds(whole, named=True)
    sheet.groups = {p: people for p, people in whole.groups.items() if p in heads}
    sheet.attendance = [row for row in whole.attendance if row.p in heads]
    everybody = heads.union(*(row.all_p for row in sheet.attendance))
    sheet.s.runs = {
        activity: [_round(one, everybody) if _named(whole, one) else one for one in rounds]
        for activity, rounds in whole.s.runs.items()
    }
    return sheet


def _unnamed(whole: Sheet) -> Sheet:
    """The sheet with those rounds only that name nobody, whole."""
    return _with_rounds(whole, named=False)


def _with_rounds(whole: Sheet, *, named: bool) -> Sheet:
    """A copy whose tables go through the named rounds alone, or through the others alone."""
    sheet = copy.copy(whole)
    order = [(a, no) for a, no in whole.s.order if _named(whole, _nth(whole.s, a, no)) == named]
    sheet.s = msgspec.structs.replace(whole.s, order=order)
    return sheet


def _nth(s: Session, activity: str, no: int) -> Round | None:
    known = s.runs.get(activity, [])
    return known[no - 1] if 1 <= no <= len(known) else None


def _named(sheet: Sheet, one: Round | None) -> bool:
    return one is not None and sheet.named(one.mode)


def _round(one: Round, people: set[str]) -> Round:
    """A round as if only these people had been asked."""
    part = msgspec.structs.replace(
        one,
        answers={},
        counts={},
        hands=None,
        acks={p: ack for p, ack in one.acks.items() if p in people},
        heard={p: m for p, m in one.heard.items() if p in people},
        checks={p: items for p, items in one.checks.items() if p in people},
    )
    for (p, q), answer in one.answers.items():
        if p in people:
            part.put(p, q, answer)
    return part
