"""What several views are made of: options, the questions of a quiz, places in a picture, groups, what was said."""

from __future__ import annotations

import msgspec

LETTERS = "ABCDEF"
SHAPES = "●■▲◆★⬢"
"""Option k is always LETTERS[k] SHAPES[k] (docs/architecture.md, One face); further options go on without a shape."""


class View(msgspec.Struct, frozen=True, omit_defaults=False):
    """Base: frozen, nulls written."""


Share = tuple[int, int]
"""(of whom it is true, of all)."""


def percent(share: Share) -> int:
    """Of a share that is of somebody, rounded half up."""
    n, of = share
    return (n * 200 + of) // (2 * of)


class OptionView(View, frozen=True):
    id: str
    text: str


class QuestionView(View, frozen=True, omit_defaults=True):
    """One question of a quiz. `correct`, `counts`, `n`, `explain` and `told` only in a revealed result."""

    id: str
    type: str
    text: str
    options: list[OptionView]
    multiple: bool = False
    mine: list[str] | None = None
    mine_sure: str | None = None
    correct: list[str] | None = None
    counts: dict[str, int] | None = None
    n: int | None = None
    explain: str = ""
    """As in ResultSeat; empty for who has an own answer: the pack has nothing but feedback for a question of a quiz."""
    told: str = ""
    """What the pack says to the own answer."""


class TargetView(View, frozen=True):
    """A region of a picture: circle [x, y, r] or rect [x, y, w, h], decimal fractions of width and height."""

    id: str
    shape: str
    at: list[str]


class GroupView(View, frozen=True, omit_defaults=True):
    """One group of a breakout. `no` counts from 1. `names` where names may be shown (never in the shared fragment)."""

    no: int
    label: str
    place: str = ""
    size: int = 0
    names: list[str] = []
    scribe: str = ""
    """Who writes for the group, by name; a suggestion until somebody has: anybody of the group may begin."""
    mine: bool = False
    writes: bool = False
    """`scribe` is this participant."""
    members: list[str] = []
    """Participants by `p`, as `names`; only in the trainer's view, as `scribe_p`."""
    scribe_p: str = ""


class SayView(View, frozen=True):
    """`mine` only in a seat's own view. `name` is empty for phones and in confidential activities."""

    ref: int
    text: str
    ups: int
    activity: str | None = None
    name: str = ""
    hidden: bool = False
    pinned: bool = False
    mine: bool = False
    voted: bool = False
    done: bool = False
    """A question that was answered."""
    parked: bool = False
    """A question for the expert: it is answered after the session."""
    group: int = 0
    """breakout: number of the group that reports; 0 elsewhere."""
    at_m: int = 0
    """When it was said (session ms); 0 where that would tell who said it."""


class SayLine(SayView, frozen=True):
    """As the trainer sees it. `p`: whose it is; empty where that may not be named."""

    p: str = ""
