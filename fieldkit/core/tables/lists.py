"""Lists of head office's pages as tables: their columns, what each column holds, and rows that are safe to write.

Head office makes the rows (`fieldkit.sync.central.front.lists`); docs/tables.md says what each column means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldkit.core.clean import plain_cell
from fieldkit.core.tables.base import Table, names
from fieldkit.core.tables.kinds import DAY, MOMENT, NUMBER, kind
from fieldkit.core.tables.programs import COHORTS

LISTS: dict[str, tuple[str, ...]] = {
    "needs": names("code session_id session_title site time sentence reason detail"),
    "sessions": names("session_id session_title site session_start timezone trainer_name laptop records findings set"),
    "laptops": names("laptop key_name site key_state sessions newest_session last_seen_at days_since missing_or_odd"),
    "programs": names("program version title task people needed ready due gap"),
    "cohorts": COHORTS,
    "parts": names("program cohort part part_title packs after people done"),
    "segments": names("program cohort part part_title segment segment_title people have missing"),
    "certificates": names(
        """
        credential_id state given_on person_id id_issuer name program program_version program_title completed_on
        expires_on revoked_on revoked_why record_id
        """
    ),
    "planned": names(
        """
        plan_id state session_start timezone session_title course_code site location trainer_name laptop program part
        cohort makes_up expected
        """
    ),
    "questions": names(
        """
        question_id session_id session_title site pack asked_at question state answer answered_by answered_at answer_id
        """
    ),
    "access": names("no time account what session_id detail address"),
}
"""List → its columns."""
_KINDS = {
    NUMBER: names(
        """
        records findings sessions days_since people needed ready due gap done have missing expected week days_left
        parts_done
        """
    ),
    DAY: names("given_on revoked_on make_up_until from"),
    MOMENT: names("last_seen_at asked_at answered_at"),
}
_OF = {column: kind for kind, columns in _KINDS.items() for column in columns}


def kinds_of(columns: Iterable[str]) -> tuple[str, ...]:
    """What each of these columns of a list holds, for a workbook: what is no number after all stays text there."""
    return tuple(_OF.get(column) or kind("", column) for column in columns)


def head_of(name: str) -> Table:
    """The list without rows. Raises KeyError."""
    return Table(name, LISTS[name], [], kinds_of(LISTS[name]))


def plain(columns: Sequence[str], row: Sequence[str]) -> tuple[str, ...]:
    """A row as it may stand in a file: what a laptop that was made to harm has put into its log hides nothing there.
    Raises ValueError for one that is not of these columns."""
    return tuple(plain_cell(value) for _, value in zip(columns, row, strict=True))
