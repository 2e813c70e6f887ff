"""What the projector shows. Built in `core.wall_view`."""

from __future__ import annotations

from fieldkit.core.views.parts import GroupView, OptionView, QuestionView, SayView, TargetView, View


class WallView(View, frozen=True):
    """What the projector shows: one question or result at a time, never a key before the reveal."""

    v: int
    state: str
    """welcome, slide, question, result, says, paused, bye."""
    title: str
    trainer: str
    text: str
    type: str
    options: list[OptionView]
    counts: dict[str, int] | None
    n: int
    of: int
    left_ms: int | None
    correct: list[str]
    explain: str
    says: list[SayView]
    notice: str
    present: int
    expected: int
    lang: str
    more: int = 0
    """Present beyond the roster, as in SeatView."""
    lines: list[str] = []
    """slide: its lines below the heading (`text`), Markdown marks taken off."""
    image: str = ""
    """hotspot: SHA-256 (hex) of the picture."""
    alt: str = ""
    targets: list[TargetView] = []
    """hotspot: only once revealed."""
    points: list[list[str]] = []
    """hotspot: only once revealed or live."""
    questions: list[QuestionView] = []
    """quiz: keys and counts only once revealed."""
    left: list[OptionView] = []
    right: list[OptionView] = []
    groups: list[GroupView] = []
    """breakout: with the names of its members, places and who writes."""
    reading_ms: int | None = None
    suppressed: bool = False
    mode: str = ""
    hits: list[str] = []
    """As in ResultSeat; only once revealed."""
