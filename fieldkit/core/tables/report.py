"""The report of a period as lines, each with what it rests on and what it was before; and the lines as a table.

A line says one number in hundredths of its unit. `n` is what the number rests on: sessions under how many were held,
people a session under hours and completions, laptops under those that are quiet. `note` says why there is no number.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.completion import decimal
from fieldkit.core.tables.base import Table, names

COUNT, HOURS, PERCENT, DAYS = "count", "hours", "percent", "days"
FEW, GONE, NONE = "few", "log-gone", "nothing"
"""Notes: fewer than five trainers or people, or no whole month; the access log is not kept for so long; there is
nothing that it could be said of."""
COLUMNS = names("section what id title unit value n before before_n change note")

SECTIONS = {
    "training": "Training held",
    "packs": "By pack",
    "programs": "Programs",
    "questions": "Questions for the expert",
    "needs": "What needs a person",
    "sheets": "Attendance sheets",
    "laptops": "Laptops",
    "arrival": "How late sessions came",
}
WHAT = {
    "sessions": "Sessions held",
    "makeup-sessions": "of which make up another",
    "evaluations": "of which visits to judge skills",
    "person-sessions": "People, once a session each",
    "no-badge": "On a sheet without a badge, counted nowhere else",
    "people": "People reached",
    "hours": "Hours in the room, all people together",
    "completed": "Completed",
    "passed": "Passed, where a score is asked for",
    "held-back": "People whose results are held back, once a session each",
    "make-ups": "Make-ups, people once a session each",
    "ready": "Ready now",
    "due": "Due now",
    "gap": "With a gap now",
    "became-ready": "Became ready in the period",
    "kept": "Kept in the period",
    "answered": "Answered in the period",
    "waiting": "Waiting for an answer now",
    "finding": "Waiting now",
    "oldest": "The oldest waits",
    "two-histories": "Sessions with two histories, counted nowhere",
    "unread": "Sessions that this release cannot read, counted nowhere",
    "not-filed": "Sheets that nobody has filed",
    "listed": "Laptops on the trust list",
    "quiet": "Nothing new for 14 days or longer",
    "never": "Never brought a session",
    "silent": "Nothing new from",
    "median": "From the end of a session to its receipt, median",
    "ninety": "Nine of ten sessions within",
}
HEADS = ("What", "Number", "n", "Before", "n before", "Difference")
NOTES = {FEW: "held back", GONE: "not kept", NONE: "—"}
FEET = {
    FEW: "Held back: results of fewer than five trainers or five people, and of days that make no whole month.",
    GONE: "Not kept: the access log does not go back so far.",
}
UNITS = {COUNT: "{n}", HOURS: "{n} h", PERCENT: "{n} %", DAYS: "{n} d"}
POINTS = "{n} pp"
"""The difference of two percentages is in percentage points."""
SENTENCES = (
    *("Training report", "All sites", "{since} to {until}, compared with {before_since} to {before_until}"),
    *("Made on {day} from signed records. It names nobody.", *SECTIONS.values(), *WHAT.values(), *HEADS),
    *(NOTES[FEW], NOTES[GONE], *FEET.values()),
)
"""Everything that a report says, in English; what has two languages is in the catalogue of the second."""


class Line(msgspec.Struct, frozen=True):
    """`value`, `before`: hundredths of `unit`; None: there is none, `note` says why, or nothing was kept of then."""

    section: str
    what: str
    value: int | None
    n: int | None = None
    before: int | None = None
    before_n: int | None = None
    unit: str = COUNT
    id: str = ""
    title: str = ""
    note: str = ""
    alike: bool = True
    """False: of the two numbers different things were held back."""

    @property
    def change(self) -> int | None:
        """Of the two numbers as they are shown; None where they are not to be compared."""
        return self.value - self.before if self.alike and self.value is not None and self.before is not None else None


class Report(msgspec.Struct, frozen=True):
    """Days are ISO. `site`: as it was asked for, empty for all."""

    org: str
    site: str
    since: str
    until: str
    before_since: str
    before_until: str
    made: str
    lines: tuple[Line, ...]


def number(hundredths: int | None) -> str:
    return "" if hundredths is None else decimal(hundredths)


def table(report: Report) -> Table:
    """A row a line; numbers are bare, so that they can be summed."""
    rows: list[tuple[str, ...]] = [
        (
            *(one.section, one.what, one.id, one.title, one.unit, number(one.value), _n(one.n)),
            *(number(one.before), _n(one.before_n), number(one.change), one.note),
        )
        for one in report.lines
    ]
    return Table("report", COLUMNS, rows)


def _n(n: int | None) -> str:
    return "" if n is None else str(n)
