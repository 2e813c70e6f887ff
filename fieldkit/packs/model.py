"""pack.yaml, defined once: this model decodes it, refuses what it does not know, and makes the schema for editors.

`docs/packs.md` says what each field promises. Activities are in `fieldkit.packs.kinds`, the sorts of value in
`fieldkit.packs.fields`. A field is optional exactly when it has a default.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.core.models import learn
from fieldkit.packs.fields import (
    END,
    Code,
    FilePath,
    Id,
    Language,
    Markdown,
    Minutes,
    Note,
    PackId,
    Part,
    Percent,
    Seconds,
    Version,
    Words,
)
from fieldkit.packs.kinds import AnyActivity

FORMAT = 1


class Author(Part, frozen=True, kw_only=True):
    """Who wrote it; for the people who will change it."""

    name: Note
    email: Note = ""


class Audience(Part, frozen=True, kw_only=True):
    """For whom it is made. `size` is from, to: how many people one session takes."""

    roles: list[Note] = []
    size: Annotated[list[Annotated[int, Meta(ge=1, le=10_000)]], Meta(min_length=2, max_length=2)] | None = None
    level: Note = ""


class Codes(Part, frozen=True, kw_only=True):
    """What other systems call this training; printed and exported, never interpreted."""

    course: Code | None = None
    lms: dict[Code, Note] = {}


class Compliance(Part, frozen=True, kw_only=True):
    """A rule that this training answers to; printed on the record, never interpreted."""

    ref: Note
    note: Note = ""


class Validity(Part, frozen=True, kw_only=True):
    """How long a completion is good for, and how many days before its end people are reminded."""

    months: Annotated[int, Meta(ge=1, le=240)]
    remind_days: list[Annotated[int, Meta(ge=0, le=3650)]] = []


class Objective(Part, frozen=True, kw_only=True):
    """What a worker can do afterwards; activities point at it with `ref`."""

    id: Id
    text: Words


class Completion(Part, frozen=True, kw_only=True):
    """What must hold for `completed`: all of it."""

    attendance_min: Percent | None = None
    score_min: Percent | None = None
    require: list[Id] = []


class Media(Part, frozen=True, kw_only=True):
    """All media files together may not be larger; what goes over a slow Wi-Fi is the author's choice."""

    budget_kb: Annotated[int, Meta(ge=0, le=50_000)] = 1000


class Prework(Part, frozen=True, kw_only=True):
    """Something to do before the session."""

    id: Id
    type: Note
    minutes: Minutes | None = None
    text: Words
    activity: Id | list[Id] | None = None


class Reinforcement(Part, frozen=True, kw_only=True):
    """What is asked again some days after the session."""

    id: Id
    after_days: Annotated[int, Meta(ge=1, le=400)]
    activity: Id | list[Id]


class Step(Part, frozen=True, kw_only=True):
    """One line of the run sheet."""

    at: Annotated[float, Meta(ge=0, le=600)]
    do: Literal["say", "show", "attendance", "open", "close", "reveal", "breakout", "pause"]
    activity: Id | None = None
    text: Words | None = None
    slide: Annotated[int, Meta(ge=1, le=500)] | None = None
    reveal: Literal["live", "after_close", "never"] | None = None
    time_limit: Seconds | None = None


class IfBelow(Part, frozen=True, kw_only=True):
    """When the score of this activity is below so many percent…"""

    activity: Id
    score: Percent


class Then(Part, frozen=True, kw_only=True):
    """…the facilitator is told this, and how many minutes to add or take."""

    minutes: Annotated[int, Meta(ge=-60, le=60)] = 0
    say: Words | None = None


class Adapt(Part, frozen=True, kw_only=True):
    """A suggestion to the facilitator; nothing happens by itself."""

    if_below: IfBelow
    then: Then


class Segment(Part, frozen=True, kw_only=True):
    """A part of the session arc."""

    id: Id
    phase: Literal["activation", "content", "application", "synthesis", "break"]
    minutes: Minutes
    title: Words
    notes: Markdown | None = None
    worker: Words | None = None
    slides: list[FilePath] = []
    steps: list[Step] = []
    adapt: Adapt | None = None
    locked: bool = False


class Pack(Part, frozen=True, kw_only=True):
    """A whole pack.yaml."""

    fieldkit: Annotated[int, Meta(ge=1)]
    id: PackId
    version: Version
    title: Words
    language: Language
    duration: Annotated[int, Meta(ge=1, le=1440)]
    segments: Annotated[list[Segment], Meta(min_length=1, max_length=60)]
    activities: dict[Id, AnyActivity] = {}
    summary: Words | None = None
    authors: list[Author] = []
    license: Note = ""
    audience: Audience = Audience()
    tags: list[Note] = []
    codes: Codes = Codes()
    compliance: list[Compliance] = []
    validity: Validity | None = None
    objectives: list[Objective] = []
    completion: Completion = Completion()
    media: Media = Media()
    prework: list[Prework] = []
    reinforcement: list[Reinforcement] = []


class Of(Part, frozen=True, kw_only=True):
    """Which pack a translation was made from."""

    id: PackId
    version: Version
    source_hash: Note = ""


class Translation(Part, frozen=True, kw_only=True):
    """i18n/<lang>.yaml: flat keys to text. `hashes` say which source each text was made from."""

    language: Language
    of: Of | None = None
    strings: dict[Note, Annotated[str, Meta(max_length=8000)]] = {}
    hashes: dict[Note, Annotated[str, Meta(pattern=r"^[0-9a-f]{12}" + END)]] = {}


class Overlay(Part, frozen=True, kw_only=True):
    """overlay/<site>.yaml: what one site says differently, by the same flat keys, a language at a time."""

    site: Code
    of: Of | None = None
    strings: dict[Language, dict[Note, Annotated[str, Meta(max_length=8000)]]] = {}


learn(Pack, Translation, Overlay)
