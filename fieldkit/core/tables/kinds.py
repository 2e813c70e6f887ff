"""What a column holds: a number, a day, a moment, else text. For formats that keep types, such as a workbook.

A table's values are strings all the same; these names say which of them a reader may sum, sort by time, or filter.
"""

from __future__ import annotations

from fieldkit.core.tables.base import names

NUMBER, DAY, MOMENT, TEXT = "number", "day", "moment", "text"

_KINDS = {
    NUMBER: names(
        """
        duration_min minutes_present score_pct round count share_pct answered present hands right_pct gain_pct
        gain_norm no reply_to votes group planned_min changed_min real_min lost faster
        """
    ),
    DAY: names("training_date evaluation_date expires_on completed_on"),
    MOMENT: names(
        """
        session_start session_end check_in check_out worker_ack_at trainer_signed_at anchored_at time entered_at when
        said_at
        """
    ),
}
_OF = {column: kind for kind, columns in _KINDS.items() for column in columns}
_ELSEWHERE = {("pacing", "ok"): NUMBER}
"""Columns that hold something else in one table than in the others."""


def kind(table: str, column: str) -> str:
    """NUMBER (`12`, `66.67`), DAY (`2026-11-22`), MOMENT (ISO 8601 with offset, to the minute) or TEXT."""
    return _ELSEWHERE.get((table, column)) or _OF.get(column, TEXT)
