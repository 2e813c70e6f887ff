"""due: until when what people completed in this session is valid, a row for each whose training runs out."""

from __future__ import annotations

from fieldkit.core.tables.base import Sheet, Table, names
from fieldkit.core.tables.people import attendance_table

DUE = names(
    """
    record_id session_id session_title course_code site person_id id_issuer name employer role crew completed_on
    expires_on said_at
    """
)


def due_table(sheet: Sheet) -> Table:
    """In the order of attendance, of which it is a part. `said_at`: when the session, or head office, last said
    something; a calendar takes an entry of the same person for newer by it."""
    made = attendance_table(sheet)
    at = {column: k for k, column in enumerate(made.columns)}
    s = sheet.s
    said = sheet.time(max([sheet.end_t, *(one.t for one in s.amendments), *(one.t for one in s.credits)]))
    rows = []
    for row in made.rows:
        cells = {column: row[k] for column, k in at.items()} | {"said_at": said}
        cells["completed_on"] = cells["training_date"]
        if cells["expires_on"]:
            rows.append(tuple(cells[column] for column in DUE))
    return Table("due", DUE, rows)
