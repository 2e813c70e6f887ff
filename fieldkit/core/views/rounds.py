"""One round as the trainer sees it. Built in `core.round_view`, and a checklist's lines in `core.check_view`."""

from __future__ import annotations

from fieldkit.core.views.parts import GroupView, OptionView, QuestionView, SayLine, TargetView, View, percent


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
    spans: list[list[int | None]] = []
    """Each stay: in and out (session ms); null while it goes on."""
    code: str = ""
    """What a walk-in shows next time; empty for whom the roster or a badge knows."""


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
    texts: list[SayLine]
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
    key: str = ""
    """What is right, in words; empty without a key, and of a quiz. Of a number no bar says it."""
    votes: bool = False
    """It can be re-voted (`Kind.votes`)."""
    reveals: bool = False
    """It has a result that could be revealed (`Kind.revealable`)."""
    can_reveal: bool = False
    """The rules let it be revealed now."""
    lettered: bool = False
    """Its bars are its choices, with letter and shape: there also while nobody may know how many chose which."""
    by_hands: bool = False
    """A show of hands may be counted for it."""
    live_counts: bool = False
    """Its counts may be shown to the room while it runs: they give no key away, and it is not anonymous."""
    by_others: bool = False
    """Somebody else may answer it for a person."""
    multiple: bool = False
    """One person may choose several."""

    @property
    def shared(self) -> int:
        """What the shares of its bars are of: those who answered, and where each gives one answer, the answers."""
        return self.answered if self.multiple else sum(b.count for b in self.bars)

    def share(self, option: str) -> int | None:
        """Percent of `shared` that chose `option`, rounded half up; None while nobody has answered."""
        of = self.shared
        return percent((next((b.count for b in self.bars if b.id == option), 0), of)) if of else None

    @property
    def says_little(self) -> bool:
        """It is open and more than a third of those present have not answered: no share of it is to be acted on yet."""
        return self.state == "open" and self.missing_n * 3 > self.of

    @property
    def too_few(self) -> bool:
        """It is anonymous and has not the answers yet that it needs to be kept."""
        return self.answered < self.least
