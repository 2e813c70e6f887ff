"""What happened so far, as a trainer looks back at it: the log in lines, the timeline, and quiet nudges."""

from __future__ import annotations

from fieldkit.core.views.parts import View


class LogLine(View, frozen=True):
    """One of the newest records. Built in `core.log_view`."""

    i: int
    kind: str
    """Of the record, as `answer.put`; `note.room` is a notice to the room, without words one that is taken down."""
    t: int
    """Unix ms, as the laptop believed it; of a confidential answer the minute."""
    who: str = ""
    """Whom it is about, by name; empty where it is about nobody or names and answers stay apart."""
    p: str = ""
    """The same by `p`; empty for staff."""
    by: str = ""
    """Who did it: `self`, `staff` (a second console, named in `who`), else empty: the trainer or the program."""
    about: str = ""
    """The question, segment or item, in words."""
    void: bool = False
    """It was made void later."""


class RanLine(View, frozen=True):
    """One line of the timeline. Built in `core.timeline`.

    `kind`: segment, round, call (a roll call), pause, end. `at_m`: session ms, None for a segment where nobody was;
    `until_m`: None while it goes on. Minutes only of segments: as planned for today, and as they ran (running time,
    pauses out).
    """

    kind: str
    label: str = ""
    at_m: int | None = None
    until_m: int | None = None
    round: int = 0
    answered: int = 0
    planned_min: int = 0
    real_min: int | None = None
    state: str = ""
    """segment: done, now, later, skipped; round: open, closed, revealed, void."""


class Nudge(View, frozen=True):
    """Something a trainer may want to know, without a hurry. Built in `core.nudges`.

    `kind`: over (minutes of the segment too many), silent (people who did not answer the last two questions), quiet
    (minutes in which nobody did anything), hand (minutes for which the first hand has been up), clock (seconds by which
    the laptop's clock was set, negative is back).
    """

    kind: str
    n: int
    names: list[str] = []
    """Else badges; empty for somebody without either."""
    people: list[str] = []
    """By `p`, as `names`."""
