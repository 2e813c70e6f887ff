"""Profiles: how much of a person a table says. `roster` who was there and when, `compliance` also what they were judged
by, `full` also what they answered.

    shaped("attendance", sheet, "roster") → Table without scores

What a profile leaves out is not there at all, as a column or as a table: an empty cell would say that nothing was
judged. Without a profile every table is as it is, attendance with the columns of `compliance`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.completion import answer_of
from fieldkit.core.plan import Activity
from fieldkit.core.records import PROFILES
from fieldkit.core.state import Round
from fieldkit.core.tables.answers import part, rounds
from fieldkit.core.tables.base import Sheet, Table, names

ROSTER, COMPLIANCE, FULL = PROFILES
JUDGED = names("score_pct result skills_signed_off evaluation_date evaluator_name completed expires_on")
"""Columns of attendance that a roster has not."""
NOT_IN: dict[str, tuple[str, ...]] = {
    ROSTER: ("answers", "results", "discussion", "checklists", "corrections", "due"),
    COMPLIANCE: ("answers", "discussion"),
    FULL: (),
}
"""Profile → the tables that it leaves out."""
ANSWER = "answer."
"""Before the name of an activity in the columns that `full` puts behind the 48 of attendance."""


def holds(profile: str, what: str) -> bool:
    """Whether a profile has this table; without a profile all are there."""
    return what not in NOT_IN.get(profile, ())


def shaped(make: Callable[[Sheet], Table], sheet: Sheet, profile: str = "") -> Table:
    """The table as the profile has it. Raises KeyError for a profile that is none."""
    if profile and profile not in NOT_IN:
        raise KeyError(profile)
    sheet.judged = profile != ROSTER
    made = make(sheet)
    if made.name != "attendance":
        return made
    return without(made, JUDGED) if profile == ROSTER else answered(made, sheet) if profile == FULL else made


def without(table: Table, columns: tuple[str, ...]) -> Table:
    """The table without these columns."""
    kept = [k for k, column in enumerate(table.columns) if column not in columns]
    rows = [tuple(row[k] for k in kept) for row in table.rows]
    return msgspec.structs.replace(table, columns=tuple(table.columns[k] for k in kept), rows=rows)


def answered(table: Table, sheet: Sheet) -> Table:
    """Attendance with a column a question that was answered by name: what the person's answer was in the newest round
    that is not void, in words. Confidential and anonymous rounds have none."""
    asked = _asked(sheet)
    if not asked:
        return table
    rows = [
        (*row, *(_said(sheet, *one, here.all_p) for one in asked.values()))
        for row, here in zip(table.rows, sheet.attendance, strict=True)
    ]
    return msgspec.structs.replace(table, columns=(*table.columns, *asked), rows=rows)


def _asked(sheet: Sheet) -> dict[str, tuple[Round, Activity, str]]:
    """Column → the newest named round of its activity, the question, and its id within a quiz; as they were opened."""
    newest: dict[str, Round] = {}
    for one in rounds(sheet):
        if not one.void and sheet.named(one.mode) and kind_of(one.activity.type).takes == "answer":
            newest[one.activity.id] = one
    found = {}
    for id, one in newest.items():
        for q in kind_of(one.activity.type).asked(one.activity):
            found[f"{ANSWER}{id}/{q}" if q else f"{ANSWER}{id}"] = (one, part(one.activity, q), q)
    return found


def _said(sheet: Sheet, one: Round, asked: Activity, q: str, ids: frozenset[str]) -> str:
    answer = answer_of(one, ids, q)
    if answer is None:
        return ""
    words = kind_of(asked.type).spell(sheet.plan, asked, answer.v, answer.text, sheet.lang)
    return words or answer.text or " ".join(answer.v)
