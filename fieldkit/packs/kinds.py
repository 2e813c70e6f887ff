"""The activities a pack may hold, one struct a type; `type` is the tag that chooses.

Which of them this release runs is said by `fieldkit.core.activities.RUNS`; all are checked and compiled whole.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fieldkit.packs.fields import END, Count, FilePath, Id, Language, Minutes, OptionId, Part, Seconds, Words

Options = dict[OptionId, Words]
"""Option id → text, in the order of the file. Two to six: they carry the letters A to F."""
Key = OptionId | list[OptionId]


class Feedback(Part, frozen=True, kw_only=True):
    """Told to a person once the result is shown, according to the own answer."""

    right: Words | None = None
    wrong: Words | None = None


class Pair(Part, frozen=True, kw_only=True):
    """Learning gain: this activity is the `post` of an earlier one."""

    pre: Id


class Activity(Part, frozen=True, kw_only=True, tag_field="type"):
    """What every activity has."""

    text: Words
    mode: Literal["named", "confidential", "anonymous"] = "named"
    sure: bool = False
    timer: Seconds | None = None
    reading: Annotated[int, Meta(ge=0, le=120)] | None = None
    pair: Pair | None = None
    ref: Id | None = None
    explain: Words | None = None
    audio: dict[Language, FilePath] = {}
    """Language → a clip under media/ that reads the question aloud: MP3, M4A or Ogg."""


class Graded(Activity, frozen=True, kw_only=True):
    """What an activity with a right answer has besides."""

    graded: bool = False
    feedback: Feedback | None = None


class Poll(Activity, frozen=True, kw_only=True, tag="poll"):
    """A vote without a right answer."""

    options: Options
    multiple: bool = False


class Scale(Activity, frozen=True, kw_only=True, tag="scale"):
    """Options in an order, from least to most."""

    options: Options


class Choice(Graded, frozen=True, kw_only=True, tag="choice"):
    """One right answer, or several with `multiple`."""

    options: Options
    multiple: bool = False
    answer: Key | None = None
    shuffle: bool = False


class TrueFalse(Graded, frozen=True, kw_only=True, tag="truefalse"):
    """A statement that is true or false."""

    answer: bool | None = None


class NumberAnswer(Part, frozen=True, kw_only=True):
    """`exact`, with or without a `tolerance` either side, or from `min` to `max`, ends included."""

    exact: float | None = None
    tolerance: Annotated[float, Meta(ge=0)] | None = None
    min: float | None = None
    max: float | None = None


class Number(Graded, frozen=True, kw_only=True, tag="number"):
    """A number is typed."""

    answer: NumberAnswer | None = None


class Short(Graded, frozen=True, kw_only=True, tag="short"):
    """A word or two is typed; any accepted spelling counts, case and accents aside."""

    spellings: Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=60)] = []
    max_chars: Count | None = None


class Order(Graded, frozen=True, kw_only=True, tag="order"):
    """Options are tapped in order."""

    options: Options
    answer: list[OptionId] = []


class Match(Graded, frozen=True, kw_only=True, tag="match"):
    """Each on the left belongs to one on the right."""

    left: Options
    right: Options
    answer: dict[OptionId, OptionId] = {}


class Target(Part, frozen=True, kw_only=True):
    """A region of the picture, in fractions of its width and height: circle x, y, r; rect x, y, width, height."""

    shape: Literal["circle", "rect"]
    at: Annotated[list[Annotated[float, Meta(ge=0, le=1)]], Meta(min_length=3, max_length=4)]


class Fallback(Part, frozen=True, kw_only=True):
    """The same question in words, for phones that show no picture and for screen readers."""

    options: Options
    answer: Key | None = None


class Hotspot(Graded, frozen=True, kw_only=True, tag="hotspot"):
    """Places on one picture are tapped. With an answer each has to be hit; without, the room's taps make a map."""

    image: FilePath
    alt: Words
    fallback: Fallback
    targets: dict[OptionId, Target] = {}
    answer: Key | None = None


class Question(Part, frozen=True, kw_only=True, tag_field="type"):
    """One question of a quiz."""

    id: Id
    text: Words
    feedback: Feedback | None = None


class ChoiceQuestion(Question, frozen=True, kw_only=True, tag="choice"):
    """As the activity `choice`."""

    options: Options
    multiple: bool = False
    answer: Key | None = None


class TrueFalseQuestion(Question, frozen=True, kw_only=True, tag="truefalse"):
    """As the activity `truefalse`."""

    answer: bool | None = None


class Quiz(Activity, frozen=True, kw_only=True, tag="quiz"):
    """Several questions, answered at one's own pace."""

    questions: Annotated[list[ChoiceQuestion | TrueFalseQuestion], Meta(min_length=1, max_length=50)]
    graded: bool = False
    shuffle: bool = False


class Prompt(Activity, frozen=True, kw_only=True, tag="prompt"):
    """A discussion: replies, and up-votes if wanted; the facilitator hides and pins."""

    max_chars: Annotated[int, Meta(ge=20, le=500)] | None = None
    upvote: bool = False


class FreeText(Activity, frozen=True, kw_only=True, tag="text"):
    """A sentence is written: an exit ticket."""

    max_chars: Annotated[int, Meta(ge=20, le=500)] | None = None


class WordCloud(Activity, frozen=True, kw_only=True, tag="wordcloud"):
    """Single words are sent and shown by how often they came."""

    max_words: Annotated[int, Meta(ge=1, le=10)] | None = None


class Breakout(Activity, frozen=True, kw_only=True, tag="breakout"):
    """Groups talk or practise: as many groups as named, or as many people a group."""

    group_size: Annotated[int, Meta(ge=2, le=100)] | None = None
    groups: Annotated[int, Meta(ge=2, le=50)] | None = None
    assign: Literal["auto", "self", "list"] = "auto"
    minutes: Minutes | None = None


class Item(Part, frozen=True, kw_only=True):
    """One thing that is shown and ticked; a `critical` one must be ticked to pass."""

    text: Words
    critical: bool = False


class Pass(Part, frozen=True, kw_only=True):
    """How many items must be ticked; critical ones always must."""

    items_min: Annotated[int, Meta(ge=0, le=100)]


class Checklist(Activity, frozen=True, kw_only=True, tag="checklist"):
    """A skill is shown and signed off."""

    items: dict[OptionId, Item]
    by: Literal["facilitator", "evaluator"] = "facilitator"
    per: Literal["person", "group"] = "person"
    pass_: Pass | None = msgspec.field(name="pass", default=None)
    sign: Literal["facilitator", "evaluator"] | None = None


class Acknowledge(Activity, frozen=True, kw_only=True, tag="acknowledge"):
    """A worker signs: name as typed, time, and the meaning of it."""

    sign: Literal["worker"] = "worker"
    meaning: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}" + END)] = "participation"


AnyActivity = (
    Poll
    | Scale
    | Choice
    | TrueFalse
    | Number
    | Short
    | Order
    | Match
    | Hotspot
    | Quiz
    | Prompt
    | FreeText
    | WordCloud
    | Breakout
    | Checklist
    | Acknowledge
)
