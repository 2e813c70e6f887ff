"""What the trainer's terminal shows of the session. Built in `core.room_view`."""

from __future__ import annotations

from fieldkit.core.views.after import After
from fieldkit.core.views.alarm import AlarmView
from fieldkit.core.views.parts import SayLine, View
from fieldkit.core.views.ran import LogLine, Nudge, RanLine
from fieldkit.core.views.rounds import PersonLine, RoundLine


class HandLine(View, frozen=True):
    """A raised hand; the queue is in the order in which hands went up."""

    p: str
    name: str
    """Else the badge; empty for somebody without either."""
    ms: int
    """How long it has been up."""


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

    @property
    def any(self) -> bool:
        return bool(self.lost or self.ok or self.faster)

    @property
    def losing(self) -> bool:
        """A third of those who tapped are lost: worth a look up from the notes."""
        return self.any and self.lost * 3 >= self.lost + self.ok + self.faster


class StaffLine(View, frozen=True):
    """`leads`: holds the session now."""

    role: str
    name: str
    qualification: str = ""
    leads: bool = False


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
    says: list[SayLine]
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
    """Names, else badges, in the order in which hands went up; empty for somebody without either."""
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
    last_first: bool = False
    """`last` was closed after everything that is open had been opened, and is revealed or waits to be: it is what the
    room is at, whatever else (a checklist, a discussion) stays open beside it."""
    outcome: Outcome | None = None
    """Only once the session has ended."""
    after: After | None = None
    """The same."""
    notice: str = ""
    """What the room is told now; `notices` are all that it was told."""
    alarm: AlarmView | None = None
    """While an alarm is on: the session is paused, and only who says that all are safe ends it."""
    hand_lines: list[HandLine] = []
    """The queue of raised hands."""
    asks: list[SayLine] = []
    """Questions to the trainer that are neither done nor parked nor hidden, most votes first."""
    parked: list[SayLine] = []
    """Questions for the expert."""
    staff: list[StaffLine] = []
    nudges: list[Nudge] = []
    """What may be worth knowing, the most useful first."""
    crew: int = 0
    """How many an anonymous question could be asked of now."""
    least: int = 0
    """With fewer answers than this nothing of an anonymous question is kept."""
    ran: list[RanLine] = []
    """The timeline."""
    log: list[LogLine] = []
    """The newest records, oldest first. This and `lag_ms` are the desk's."""
    lag_ms: int = 0
    """How long the disk has been at the commit that is under way; 0 when none is."""
