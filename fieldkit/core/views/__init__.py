"""What surfaces show: plain data, the same for terminal, HTML and JSON. Durations are ms unless named `_s`.

    SeatView   one phone's (`seat`): never a key before the reveal, nor anybody else's name
    RoomView   the trainer's (`room`, its rounds in `rounds`)
    WallView   what the whole room may see (`wall`)

Surfaces import from here; `parts` is what several views are made of. The functions that build them are
`core.seat_view`, `core.room_view` and `core.wall_view`.
"""

from __future__ import annotations

from fieldkit.core.views.after import After, GradedLine, LooseEnd, PaceLine, SignLine
from fieldkit.core.views.alarm import AlarmView, MusterLine
from fieldkit.core.views.parts import (
    LETTERS,
    SHAPES,
    GroupView,
    OptionView,
    QuestionView,
    SayLine,
    SayView,
    TargetView,
    View,
)
from fieldkit.core.views.ran import LogLine, Nudge, RanLine
from fieldkit.core.views.room import HandLine, Outcome, RoomView, SegmentLine, StaffLine, StepLine, Tempo
from fieldkit.core.views.rounds import Bar, CheckLine, ItemView, Moves, PersonLine, RoundLine
from fieldkit.core.views.seat import Bye, Me, OpenSeat, ResultSeat, SeatView
from fieldkit.core.views.wall import WallView

__all__ = [
    "LETTERS",
    "SHAPES",
    "After",
    "AlarmView",
    "Bar",
    "Bye",
    "CheckLine",
    "GradedLine",
    "GroupView",
    "HandLine",
    "ItemView",
    "LogLine",
    "LooseEnd",
    "Me",
    "Moves",
    "MusterLine",
    "Nudge",
    "OpenSeat",
    "OptionView",
    "Outcome",
    "PaceLine",
    "PersonLine",
    "QuestionView",
    "RanLine",
    "ResultSeat",
    "RoomView",
    "RoundLine",
    "SayLine",
    "SayView",
    "SeatView",
    "SegmentLine",
    "SignLine",
    "StaffLine",
    "StepLine",
    "TargetView",
    "Tempo",
    "View",
    "WallView",
]
