"""Tables people take away: rows with stable columns, made from the fold and from nothing else (docs/tables.md).

    table("attendance", session, plan, Signatures(device=vkey, verified=True)) → Table

Laptop and head office call this same function; the same input gives the same bytes (a golden file checks it).
"""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.tables.answers import answers_table, discussion_table
from fieldkit.core.tables.base import Sheet, Signatures, Table, people_in
from fieldkit.core.tables.checklists import checklists_table
from fieldkit.core.tables.corrections import corrections_table
from fieldkit.core.tables.pacing import pacing_table
from fieldkit.core.tables.people import attendance_table
from fieldkit.core.tables.results import results_table

TABLES: dict[str, Callable[[Sheet], Table]] = {
    "attendance": attendance_table,
    "answers": answers_table,
    "results": results_table,
    "discussion": discussion_table,
    "pacing": pacing_table,
    "checklists": checklists_table,
    "corrections": corrections_table,
}


def table(name: str, session: Session, plan: Plan, signatures: Signatures, as_of: int | None = None) -> Table:
    """One table by name. `as_of` (m, ms) is the moment a running session is looked at; default its last record.

    Raises KeyError for a name that is not in TABLES.
    """
    return TABLES[name](Sheet(session, plan, signatures, as_of))


__all__ = ["TABLES", "Sheet", "Signatures", "Table", "people_in", "table"]
