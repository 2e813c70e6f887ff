"""What surfaces show: plain data, the same for terminal, HTML and JSON. Built in `room_view`, `seat_view`, `wall_view`.

SeatView is the wire view of docs/wire.md (`GET /v1/view`); it never holds a key before the reveal, nor anybody
else's name. RoomView is the trainer's. WallView is what the whole room may see. Durations are ms unless named `_s`.
"""

from __future__ import annotations

import msgspec

LETTERS = "ABCDEF"
SHAPES = "●■▲◆★⬢"
"""Option k is always LETTERS[k] SHAPES[k] (docs/architecture.md, One face); further options go on without a shape."""


class View(msgspec.Struct, frozen=True, omit_defaults=False):
    """Base: frozen, nulls written."""


class OptionView(View, frozen=True):
    id: str
    text: str


class Me(View, frozen=True, omit_defaults=True):
    p: str
    name: str
    lang: str
    code: str = ""
    """A walk-in's six characters, to be shown next time; empty for whom the roster or a badge knows."""
    objected: bool = False
    """Takes part; answers are not recorded."""


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
    """Participants by `p`, as `names`; only in the trainer's view."""


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


# ---- the trainer's -------------------------------------------------------------------------------------------


class PersonLine(View, frozen=True):
    """`status`: expected, in, out, removed. `away`: in, with a phone that is silent now. `phone`: holds a seat."""

    p: str
    name: str
    badge: str
    status: str
    phone: bool
    away: bool
    walkin: bool
    via: str
    ev: list[str]
    mark: str
    crew: str
    hand: bool
    in_m: int | None = None
    """First arrival (session ms)."""


class Bar(View, frozen=True):
    id: str
    text: str
    count: int
    correct: bool


class CheckLine(View, frozen=True):
    """One person of a checklist. `items`: item id → ok; nobody judged what is missing. `passed` null: not finished.
    `badge`: of a walk-in without one the code."""

    p: str
    name: str
    badge: str
    items: dict[str, bool]
    done: int
    of: int
    passed: bool | None
    group: int = 0
    """Group of the newest breakout, 0 for none (`per: group` signs off a whole group)."""


class ItemView(View, frozen=True):
    id: str
    text: str
    critical: bool


class HandLine(View, frozen=True):
    """A raised hand; the queue is in the order in which hands went up."""

    p: str
    name: str
    ms: int
    """How long it has been up."""


class Moves(View, frozen=True):
    """Who changed between the first and the newest round of a question with a key (people, not names)."""

    stayed_right: int
    became_right: int
    became_wrong: int
    stayed_wrong: int


class RoundLine(View, frozen=True):
    """One round as the trainer sees it. `state`: open, closed, revealed, void. `counts` null: only n is shown."""

    activity: str
    type: str
    round: int
    mode: str
    text: str
    state: str
    live: bool
    reveal: str
    bars: list[Bar]
    answered: int
    of: int
    missing: list[PersonLine]
    """By name only where answers are named: with few people, who is missing tells who said what."""
    missing_n: int
    left_ms: int | None
    graded: bool
    right: int | None
    texts: list[SayView]
    """Text answers (`ref` = record index) or the messages of a prompt, newest last."""
    hands: dict[str, int]
    counts: dict[str, int] | None
    band: str = ""
    """Peer instruction, once somebody answered a question with a key: explain (< 30 % right), discuss (30–70 %) or
    go_on (> 70 %). Bands after Crouch & Mazur, Peer Instruction, Am. J. Phys. 69 (2001)."""
    moves: Moves | None = None
    """From round 2 on."""
    gain_pts: str = ""
    """post of a pre: percentage points gained, a decimal; empty without both."""
    gain_norm: str = ""
    """Normalised gain (Hake 1998), (post − pre) / (100 − pre), a decimal; empty where pre was 100 %."""
    sure_wrong: list[PersonLine] = []
    """Confidently wrong, by name only where answers are named."""
    sure_wrong_n: int = 0
    image: str = ""
    targets: list[TargetView] = []
    points: list[list[str]] = []
    questions: list[QuestionView] = []
    """quiz: each question with counts and key (the trainer's)."""
    left: list[OptionView] = []
    right_side: list[OptionView] = []
    """match."""
    groups: list[GroupView] = []
    items: list[ItemView] = []
    """checklist."""
    checks: list[CheckLine] = []
    suppressed: bool = False
    small: bool = False
    """Anonymous and fewer than k people are here: the answers would not be kept."""
    reading_ms: int | None = None
    least: int = 0
    """Anonymous: fewer answers than these are not kept; 0 otherwise."""


class StepLine(View, frozen=True):
    """`state`: done, now, next, later, skipped."""

    segment: str
    step: int
    at_s: int
    do: str
    label: str
    activity: str
    state: str


class SegmentLine(View, frozen=True):
    id: str
    title: str
    phase: str
    minutes: int
    state: str
    notes: str
    slides: list[str]
    steps: list[StepLine]


class Tempo(View, frozen=True):
    """How many participants' newest tap says so, since the segment began. Live only, never a record."""

    lost: int = 0
    ok: int = 0
    faster: int = 0


class StaffLine(View, frozen=True):
    role: str
    name: str
    qualification: str = ""


class Outcome(View, frozen=True):
    """How an ended session counts people, as the attendance table does: each person once, under one status."""

    expected: int
    came: int
    """Of those expected."""
    walkins: int
    present: int
    late: int
    left_early: int
    absent: int
    excused: int


class RoomView(View, frozen=True):
    v: int
    session: str
    title: str
    site: str
    trainer: str
    state: str
    """new, running, paused, ended."""
    elapsed_ms: int
    planned_ms: int
    pace_s: int
    """Seconds behind the plan; negative is ahead."""
    saved: int
    segment: str | None
    step: int
    steps: int
    label: str
    """What the current step is, in words."""
    next_label: str
    notes: str
    open: list[RoundLine]
    last: RoundLine | None
    """The newest closed round, for results."""
    rounds: list[RoundLine]
    """All rounds that were run, oldest first, without `missing`."""
    says: list[SayView]
    people: list[PersonLine]
    joined: int
    present: int
    walkins: int
    """Of those present, how many no roster expects."""
    expected: int
    live: int
    away: int
    no_phone: int
    hands: list[str]
    """Names, in the order in which hands went up."""
    notices: list[str]
    plan: list[SegmentLine]
    unknown: int
    lobby: int = 0
    """How many wait at the door. This and `tempo` are the pulse's, filled in by the desk."""
    tempo: Tempo = Tempo()
    step_do: str = ""
    """What the current step does (`say`, `show`, `open`…); empty between segments."""
    step_activity: str = ""
    """The activity that the current step is about, the roll call's too."""
    step_text: str = ""
    """All that the current step says or shows, as Markdown: its words, then its slide."""
    last_here: bool = False
    """`last` belongs to the current step, or was closed during it."""
    outcome: Outcome | None = None
    """Only once the session has ended."""
    notice: str = ""
    """What the room is told now; `notices` are all that it was told."""
    hand_lines: list[HandLine] = []
    """The queue of raised hands."""
    asks: list[SayView] = []
    """Questions to the trainer that are neither done nor parked nor hidden, most votes first."""
    parked: list[SayView] = []
    """Questions for the expert."""
    staff: list[StaffLine] = []


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
