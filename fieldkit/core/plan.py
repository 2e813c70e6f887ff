"""What a pack promised, compiled: Plan, Segment, Step, Activity.

A plan is what is run and what an auditor recomputes scores, completion and expiry from. Its bytes are canonical
JSON (the record profile without its line limit): ids are values and never keys, decimals are strings, languages are
positions in `langs`. Its SHA-256 stands in `session.open` and it travels with the log.

A Text holds one string a language, in the order of `Plan.langs`; None falls back to the pack's own language.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.models import learn

Text = list[str | None]

PHASES = ("activation", "content", "application", "synthesis", "break")
MODES = ("named", "confidential", "anonymous")
REVEALS = ("live", "after_close", "never")
ATTENDANCE = "attendance"
"""Activity id and type of a roll call; a pack may not use it, nor ids that begin with `spot-`."""
SPOT = "spot-"


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of all parts of a plan: frozen, defaults left out, unknown fields ignored when read."""


class Option(Part, frozen=True):
    id: str
    text: Text


class Item(Part, frozen=True):
    """One line of a checklist."""

    id: str
    text: Text
    critical: bool = False


class Range(Part, frozen=True):
    """A right number: exact, or from `min` to `max` (decimals as strings, ends included)."""

    exact: str | None = None
    min: str | None = None
    max: str | None = None


class Target(Part, frozen=True):
    """A region of a picture: circle [x, y, r] or rect [x, y, w, h], fractions of width and height as strings."""

    id: str
    shape: str
    at: list[str]


class Fallback(Part, frozen=True):
    """The question of a hotspot for text-only phones and screen readers."""

    options: list[Option]
    answer: list[str] = []


class Feedback(Part, frozen=True):
    right: Text | None = None
    wrong: Text | None = None


class Question(Part, frozen=True):
    """One question of a quiz."""

    id: str
    type: str
    text: Text
    options: list[Option] = []
    multiple: bool = False
    answer: list[str] = []
    feedback: Feedback | None = None


class Activity(Part, frozen=True):
    """Something people do. Fields that a type does not use stay empty."""

    id: str
    type: str
    text: Text
    mode: str = "named"
    options: list[Option] = []
    multiple: bool = False
    graded: bool = False
    answer: list[str] = []
    """The key: option ids, `true`/`false`, the order, or `left=right` pairs."""
    number: Range | None = None
    spellings: list[str] = []
    feedback: Feedback | None = None
    explain: Text | None = None
    """Shown after the reveal: why."""
    reveal: str = "after_close"
    seconds: int | None = None
    """Time limit from opening to closing."""
    reading: int | None = None
    sure: bool = False
    pre: str | None = None
    """The activity this one is the `post` of."""
    max_chars: int | None = None
    max_words: int | None = None
    upvote: bool = False
    min_label: Text | None = None
    max_label: Text | None = None
    left: list[Option] = []
    right: list[Option] = []
    image: str | None = None
    """SHA-256 (hex) of the picture's bytes, a blob."""
    audio: list[str | None] = []
    """SHA-256 (hex) of a clip that reads the question aloud, one a language like a Text; there is no falling back."""
    alt: Text | None = None
    targets: list[Target] = []
    fallback: Fallback | None = None
    questions: list[Question] = []
    shuffle: bool = False
    items: list[Item] = []
    per: str | None = None
    by: str | None = None
    items_min: int | None = None
    group_size: int | None = None
    groups: int | None = None
    assign: str | None = None
    minutes: int | None = None
    sign: str | None = None
    meaning: str | None = None
    objective: str | None = None


class Step(Part, frozen=True):
    """One line of the run sheet. `at` is in seconds from the segment's start."""

    at: int
    do: str
    activity: str | None = None
    text: Text | None = None
    slide: int | None = None
    """1-based, in `Segment.slides`."""
    live: bool = False
    seconds: int | None = None


class Adapt(Part, frozen=True):
    """A suggestion for the facilitator, never acted on by itself."""

    activity: str
    score: int
    minutes: int = 0
    say: Text | None = None


class Slide(Part, frozen=True):
    text: Text
    """Markdown source; only the safe subset is ever rendered."""
    notes: Text | None = None


class Segment(Part, frozen=True):
    id: str
    phase: str
    minutes: int
    title: Text
    notes: Text | None = None
    worker: Text | None = None
    locked: bool = False
    slides: list[Slide] = []
    steps: list[Step] = []
    adapt: Adapt | None = None


class Objective(Part, frozen=True):
    id: str
    text: Text


class Prework(Part, frozen=True):
    """Something to do before the session: a task in words, and activities that are answered by oneself."""

    id: str
    text: Text
    minutes: int | None = None
    activities: list[str] = []


class Reinforcement(Part, frozen=True):
    """Activities that are asked again so many days after the session."""

    id: str
    after_days: int
    activities: list[str]


class Completion(Part, frozen=True):
    """All must hold for `completed`. Percentages are whole numbers; `require` are activity ids."""

    attendance_min: int | None = None
    score_min: int | None = None
    require: list[str] = []


class Plan(Part, frozen=True):
    v: int
    id: str
    version: str
    title: Text
    language: str
    langs: list[str]
    """The pack's own language first."""
    minutes: int
    segments: list[Segment]
    activities: list[Activity]
    summary: Text | None = None
    objectives: list[Objective] = []
    completion: Completion = Completion()
    valid_months: int | None = None
    remind_days: list[int] = []
    course: str | None = None
    codes: list[list[str]] = []
    """Pairs [receiver, code]."""
    audience_size: list[int] = []
    prework: list[Prework] = []
    reinforcement: list[Reinforcement] = []
    set: str | None = None
    """Only this set of a pack's pre-work or reinforcement is asked (`fieldkit.core.blended.only`)."""

    def say(self, text: Text | None, lang: str) -> str:
        """The text in `lang`, else in the pack's own language, else empty."""
        if not text:
            return ""
        if lang in self.langs:
            k = self.langs.index(lang)
            found = text[k] if k < len(text) else None
            if found:
                return found
        return text[0] or ""

    def activity(self, id: str) -> Activity | None:
        for a in self.activities:
            if a.id == id:
                return a
        return None

    def segment(self, id: str) -> Segment | None:
        for s in self.segments:
            if s.id == id:
                return s
        return None

    def segment_of(self, activity: str) -> Segment | None:
        """The first segment with a step that runs this activity."""
        for s in self.segments:
            if any(step.activity == activity for step in s.steps):
                return s
        return None


learn(Plan)
