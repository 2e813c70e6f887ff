"""Tables people take away: rows with stable columns, made from the fold and from nothing else (docs/tables.md).

    table("attendance", session, plan, Signatures(device=vkey, verified=True)) → Table

Laptop and head office call this same function; the same input gives the same bytes (a golden file checks it).
"""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.tables.answers import ANSWERS, DISCUSSION, answers_table, discussion_table
from fieldkit.core.tables.base import Sheet, Signatures, Table, people_in
from fieldkit.core.tables.checklists import CHECKLISTS, checklists_table
from fieldkit.core.tables.corrections import CORRECTIONS, corrections_table
from fieldkit.core.tables.due import DUE, due_table
from fieldkit.core.tables.pacing import PACING, pacing_table
from fieldkit.core.tables.people import COLUMNS as ATTENDANCE
from fieldkit.core.tables.people import attendance_table
from fieldkit.core.tables.profiles import shaped
from fieldkit.core.tables.results import RESULTS, results_table

TABLES: dict[str, Callable[[Sheet], Table]] = {
    "attendance": attendance_table,
    "answers": answers_table,
    "results": results_table,
    "discussion": discussion_table,
    "pacing": pacing_table,
    "checklists": checklists_table,
    "corrections": corrections_table,
    "due": due_table,
}
COLUMNS: dict[str, tuple[str, ...]] = {
    "attendance": ATTENDANCE,
    "answers": ANSWERS,
    "results": RESULTS,
    "discussion": DISCUSSION,
    "pacing": PACING,
    "checklists": CHECKLISTS,
    "corrections": CORRECTIONS,
    "due": DUE,
}
"""Table → its columns, without a session: `place` and those of a profile come besides."""


def table(
    name: str, session: Session, plan: Plan, signatures: Signatures, as_of: int | None = None, profile: str = ""
) -> Table:
    """One table by name. `as_of` (m, ms) is the moment a running session is looked at; default its last record.

    `profile` as in `fieldkit.core.tables.profiles`. Raises KeyError for a name that is not in TABLES.
    """
    return shaped(TABLES[name], Sheet(session, plan, signatures, as_of), profile)


__all__ = ["COLUMNS", "TABLES", "Sheet", "Signatures", "Table", "people_in", "table"]
