"""What one phone shows: the wire view of docs/wire.md, `GET /v1/view`. Built in `core.seat_view`."""

from __future__ import annotations

from fieldkit.core.views.parts import GroupView, OptionView, QuestionView, SayView, TargetView, View


class Me(View, frozen=True, omit_defaults=True):
    p: str
    name: str
    lang: str
    code: str = ""
    """A walk-in's six characters, to be shown next time; empty for whom the roster or a badge knows."""
    objected: bool = False
    """Takes part; answers are not recorded."""


class OpenSeat(View, frozen=True):
    """A question as a phone shows it. `mine` is this participant's answer in force, else null."""

    activity: str
    type: str
    round: int
    mode: str
    text: str
    options: list[OptionView]
    multiple: bool
    left_ms: int | None
    mine: list[str] | None
    mine_text: str | None = None
    max_chars: int | None = None
    upvote: bool = False
    counts: dict[str, int] | None = None
    """Only when the trainer shows them live."""
    n: int | None = None
    min_label: str = ""
    max_label: str = ""
    sure: bool = False
    """Asks how sure people are; `mine_sure` is sure, unsure or null."""
    mine_sure: str | None = None
    reading_ms: int | None = None
    """Reading phase: ms until the options are shown; until then `options` and `questions` are empty."""
    image: str = ""
    """hotspot: SHA-256 (hex) of the picture, at `/media/<hash>`; `options` are its fallback in words."""
    alt: str = ""
    audio: str = ""
    """A clip that reads the question aloud, at `/media/<hash>`."""
    left: list[OptionView] = []
    right: list[OptionView] = []
    """match: each of `left` takes one of `right`, `v` = ["hasp=e", …]."""
    questions: list[QuestionView] = []
    """quiz: answered one by one with `q`."""
    most: int = 1
    """hotspot: how many places may be tapped; wordcloud: how many words may be sent."""
    groups: list[GroupView] = []
    """breakout: all groups without names; in a seat's own view the own one with names, marked `mine`."""
    words_mine: list[str] = []
    """wordcloud: the words this participant sent."""


class ResultSeat(View, frozen=True, omit_defaults=True):
    """A revealed result. `correct` is left out when there is no right answer."""

    activity: str
    round: int
    counts: dict[str, int]
    n: int
    correct: list[str] | None = None
    type: str = ""
    text: str = ""
    options: list[OptionView] = []
    mine: list[str] | None = None
    explain: str = ""
    """Why: the pack's explanation. Where it has none, what it says to a right answer, for who gave no answer."""
    told: str = ""
    """What the pack says to the own answer, right or wrong; only in a seat's own view."""
    mine_text: str = ""
    """The own words of a short answer."""
    mine_right: bool | None = None
    """Whether the own answer is right; left out when there is no key or no answer."""
    image: str = ""
    alt: str = ""
    targets: list[TargetView] = []
    """hotspot: where it was right."""
    points: list[list[str]] = []
    """hotspot: where people tapped, [x, y] decimal fractions, sorted (no order, no names)."""
    questions: list[QuestionView] = []
    left: list[OptionView] = []
    right: list[OptionView] = []
    """match."""
    suppressed: bool = False
    """Anonymous and fewer answers than the policy's k: nothing but this was kept."""
    hits: list[str] = []
    """Which keys of `counts` are right; where `correct` names no option (a range, spellings) only these tell."""


class Bye(View, frozen=True):
    name: str
    badge: str
    in_t: int
    """Unix ms."""
    out_t: int | None
    minutes: int
    code: str = ""
    """Short code of the receipt, filled in by the desk."""


class SeatView(View, frozen=True, omit_defaults=True):
    v: int
    state: str
    """join, wait, activity, result, bye."""
    me: Me | None
    open: list[OpenSeat]
    results: list[ResultSeat]
    says: list[SayView]
    retry_ms: int
    title: str = ""
    trainer: str = ""
    step: int = 0
    steps: int = 0
    segment: str = ""
    worker: str = ""
    """The pack's line for workers in this segment."""
    present: int = 0
    """People here; with a roster only those it expects, the others are `more`."""
    expected: int = 0
    """Size of the roster, 0 without one."""
    more: int = 0
    paused: bool = False
    ended: bool = False
    notice: str = ""
    hand: bool = False
    langs: list[str] = []
    lang: str = ""
    bye: Bye | None = None
    asks: list[SayView] = []
    """Open questions to the trainer, without names; everybody may vote for them."""
