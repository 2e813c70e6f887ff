"""What the home screen needs and is not its own: what lies on this laptop, and what may be done with it.

As in `fieldkit.tui.tools`, whoever starts the terminal brings the disk and the network; every call may raise
FieldkitError, whose sentence and hint are shown as they are. Calls that read much are async and work off the loop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from fieldkit.core.models import learn
from fieldkit.core.program import Within
from fieldkit.planned import NONE, Changes
from fieldkit.roster import Fixes, Row
from fieldkit.rosterlook import Look
from fieldkit.tui.erasetools import EraseTools
from fieldkit.tui.keytools import KeyTools
from fieldkit.tui.tools import Carrier, FindingLine, Stop, Told

BLANK = "toolbox-blank"
"""The pack of a blank toolbox talk."""


class PackLine(msgspec.Struct, frozen=True, kw_only=True):
    """One pack that could be run. `problem` is the sentence why it cannot, or empty."""

    id: str
    version: str
    title: str
    minutes: int
    langs: tuple[str, ...] = ()
    problem: str = ""
    certified: bool | None = None
    """A publisher of the accepted trust list signed it; None: there is no trust list to ask."""
    trainer: bool | None = None
    """The list certifies a trainer's key of this laptop for it; None: it says nothing about that."""


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One session of this laptop. `sync` is the state of its way to head office, in one word."""

    ref: str
    """What names it to the tools: number, suffix or origin."""
    seq: int
    title: str
    when: str
    """Local date and time of its start, ready to show; empty where it cannot be known."""
    state: str
    """running, paused, ended; damaged, missing (its file is gone), older (an older copy of what was signed)."""
    people: int = 0
    empty: bool = False
    """Nobody took part, and nothing was asked."""
    sync: str = ""
    """packed, sealed, carried, ingested, receipted, or empty: not on its way yet."""
    purged: bool = False
    """Its names are gone from this laptop; head office has them."""


class PlannedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One planned session. `wrong` is the sentence why it cannot be begun, or empty."""

    id: str
    at: str
    """Local, `YYYY-MM-DD HH:MM`."""
    title: str = ""
    pack: str = ""
    place: str = ""
    people: int = 0
    changed: bool = False
    due: bool = False
    """Today, or overdue."""
    late: bool = False
    """Its hour was before now."""
    wrong: str = ""
    room: str = ""
    zone: str = ""
    """`06:00 Europe/Madrid` where head office planned it by another clock than this laptop's; else empty."""
    office: str = ""
    """`sent` where head office planned it, `cancelled` where they called it off; else empty."""
    was: str = ""
    """When it was to be before head office moved it, in their words."""


class SaidPart(msgspec.Struct, frozen=True):
    """A sentence before it is filled in: the template is what the terminal's catalogue knows."""

    template: str
    params: dict[str, str] = {}


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the room check. `ok` None: the system does not tell. `parts` and `todo` are `words` and `hint` in
    templates, where they are sentences of our own."""

    check: str
    ok: bool | None
    words: str
    hint: str = ""
    parts: tuple[SaidPart, ...] = ()
    todo: SaidPart | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What must be in order before going home. Times are Unix seconds by this laptop's clock."""

    now: int = 0
    office: str = ""
    """Organisation of the accepted trust list; empty before enrolment."""
    enrolled: bool = False
    """The list names this laptop's key, and holds."""
    key_ends: int | None = None
    """When the first of the two ends, the key or the list; None before enrolment."""
    key: str = ""
    """Name of the device key; empty when there is none that can be used."""
    sessions: int = 0
    unsynced: int = 0
    """Sessions without head office's receipt over all of their records."""
    carried: int = 0
    """Of those, the ones of which a copy was carried already."""
    oldest: int | None = None
    """When the oldest of them began."""
    receipt: int | None = None
    """When head office signed its newest receipt, by its clock."""
    open: int = 0
    """Sessions that were begun and have not ended."""
    damaged: int = 0
    """Sessions whose records cannot all be read here."""
    free: int = 0
    """Bytes on the disk."""
    disk: bool = True
    clock: bool | None = True
    clock_check: CheckLine | None = None
    """What `fieldkit doctor` says of the clock."""


class HomeState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the home screen shows, read in one go."""

    sessions: tuple[SessionLine, ...] = ()
    """Newest first."""
    planned: tuple[PlannedLine, ...] = ()
    """In the order of their time."""
    packs: tuple[PackLine, ...] = ()
    status: Status = Status()


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What this terminal remembers from last time."""

    trainer: str = ""
    place: str = ""
    lang: str = ""
    welcomed: bool = False
    theme: str = ""
    """The colours that were chosen last."""
    office: str = ""
    """Head office's address as it was typed last; it holds as long as the setting is `office_set`, as it was then."""
    office_set: str = ""


learn(Memory)


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """The wish to start: what the form says. `planned` is the plan it comes from, or empty."""

    pack: str
    title: str = ""
    site: str = ""
    facilitator: str = ""
    lang: str = ""
    expected: tuple[Row, ...] = ()
    """Who is expected by name; empty: whoever comes."""
    changes: Changes = NONE
    planned: str = ""
    room: str = ""
    """Which of several rooms of the site."""
    within: Within = Within()
    """What it belongs to: part, cohort, the session that it makes up."""


class ResumeSession(msgspec.Struct, frozen=True, kw_only=True):
    """The wish to go on with an interrupted session."""

    ref: str


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """The wish to run a pack with simulated workers, of which nothing is kept."""

    new: NewSession
    workers: int = 12


Wish = NewSession | ResumeSession | Practice


class Cursor:
    """Where the home screen was left, as long as the program runs."""

    def __init__(self) -> None:
        self.pack = ""
        """Id of the pack that was chosen last."""
        self.row = ""
        """Its row, to go back to after a dry run; empty: the first row."""


class StepPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`at` in seconds from the segment's start."""

    at: int
    do: str
    words: str


class SegmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    phase: str
    minutes: int
    notes: str = ""
    steps: tuple[StepPlan, ...] = ()


class PackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack promises, as far as it matters before a session."""

    title: str
    version: str
    minutes: int
    segments: tuple[SegmentPlan, ...] = ()


class RosterFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could be a roster. `place`: where it lies, for people; `day` of its last change."""

    path: Path
    name: str
    place: str
    day: str
    size: int


class PhoneCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The network check with a phone. `answer`: index of the choice that was tapped."""

    url: str
    qr_text: str
    phone: bool = False
    here: bool = False
    answer: int | None = None
    findings: tuple[FindingLine, ...] = ()


class PhoneWords(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the phone during the check."""

    title: str
    seen: str
    question: str
    choices: tuple[str, ...]
    thanks: str
    lang: str = "en"


class HomeTools(Carrier, Protocol):
    """For the home screen and what stands behind it."""

    @property
    def trust(self) -> KeyTools:
        """Keys, and head office's list."""

    @property
    def erasing(self) -> EraseTools: ...

    async def look(self) -> HomeState:
        """Sessions, plans, packs and what is on its way."""

    def memory(self) -> Memory: ...

    def remember(self, memory: Memory) -> None:
        """Best effort: a disk that refuses is asked again next time."""

    async def check(self, new: NewSession) -> None:
        """Read the pack without starting; FieldkitError says what must change."""

    async def plan_of(self, pack: str, site: str, lang: str) -> PackPlan: ...

    async def roster_files(self) -> list[RosterFile]:
        """CSV and Excel files where people keep such things, newest first."""

    async def roster_places(self) -> list[str]:
        """Where `roster_files` looks, as people write it."""

    async def roster_named(self, typed: str) -> list[str]:
        """Paths that a typed beginning of a path may go on to."""

    async def roster(self, path: Path, fixes: Fixes, told: Told | None = None, stop: Stop | None = None) -> Look:
        """How a file reads. FieldkitError when it cannot be opened."""

    async def plan_for(self, new: NewSession, when: str) -> PlannedLine:
        """Keep a session for later; `when` as typed, local. FieldkitError for no time."""

    async def planned(self, id: str) -> NewSession:
        """A plan as the wish to begin it."""

    async def unplan(self, id: str) -> None: ...

    async def room_check(self) -> list[CheckLine]:
        """What `fieldkit doctor` looks at."""

    async def open_check(self, words: PhoneWords) -> None:
        """Serve the page of the network check until `close_check`."""

    def phone_check(self) -> PhoneCheck: ...

    async def close_check(self) -> None: ...

    async def end_empty(self, ref: str) -> None:
        """End a session in which nobody took part, without opening its room. FieldkitError for any other one."""
