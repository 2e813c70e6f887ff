"""Every fact a session can hold: the closed union of records (frozen, past tense), and Unknown, which is kept.

A record is an envelope (index, kind, clocks, participant) around one Fact. The kinds, their fields and what may
stand in an opening are `docs/records.md`; the bytes are made in `fieldkit.log.line`. A Fact holds codes only: names,
badges, languages and free words live in the record's private half (`Record.private`), which can be erased.

Optional fields that are None are left out of the line; SessionOpened writes its nulls, so that a reader sees that
nothing was forgotten.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import BadBytes

KINDS: dict[str, type[Fact]] = {}


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """The `d` of a record. Subclasses name their kind; `Unknown` carries its own."""

    kind: ClassVar[str] = ""
    co: int | msgspec.UnsetType = msgspec.UNSET
    """Index of the `staff.set` that paired the second console this came from."""

    def __init_subclass__(cls, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        kind = cls.__dict__.get("kind", "")
        if kind:
            KINDS[kind] = cls


class Unknown(Fact, frozen=True):
    """A kind this release does not know: stored, verified, counted, folded as nothing (docs/architecture.md, law 4)."""

    name: str
    fields: dict[str, Any]


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A record that the rules decided on and the log has not numbered yet."""

    fact: Fact
    p: str | None = None
    private: dict[str, Any] | None = None
    """Personal fields for the opening; None or empty makes no opening."""
    floor: bool = False
    """Confidential: `m` and `t` are floored to the minute when it is written."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One numbered fact. `m` ms since the session opened, `t` Unix ms as the laptop believed it."""

    i: int
    m: int
    t: int
    fact: Fact
    p: str | None = None
    x: str | None = None
    """base64url SHA-256 of the opening line, if the record has one."""
    private: dict[str, Any] | None = None
    """The opening's fields; None when there is none or it was erased."""

    @property
    def k(self) -> str:
        return self.fact.name if isinstance(self.fact, Unknown) else self.fact.kind


# ---- the session ---------------------------------------------------------------------------------------------


class PackRef(msgspec.Struct, frozen=True):
    id: str
    version: str
    files: str
    """SHA-256 (hex) over the pack's files, the hash that a pack.note signs."""
    plan: str
    """SHA-256 (hex) of the compiled plan, which travels with the log."""
    signed: bool = False


class Prev(msgspec.Struct, frozen=True):
    """The newest state of this device's session before this one: origin, size, root (base64). A lower bound."""

    n: int
    o: str
    root: str


PROFILES = ("roster", "compliance", "full")
"""How much of a person an export holds, the least first (`fieldkit.core.tables.profiles`)."""


class Policy(msgspec.Struct, frozen=True):
    """The attendance and privacy rules in force, recorded in `session.open` and folded from there."""

    grace_min: int = 10
    """Minutes after the first `segment.enter` in which an arrival is still on time."""
    share_min: int = 75
    """Least share of the running time, in %, to count as present rather than left early."""
    keep_days: int = 30
    """Days after the receipt before openings may leave the laptop."""
    k: int = 5
    """Smallest crowd whose anonymous answers are kept."""
    seal: str = ""
    """`answers`: values move into the opening too."""
    agreement: str = ""
    """Reference of an agreement with the workers' side, if there is one."""
    legal: str = ""
    """Code of a legal duty to keep the record, if there is one."""
    version: int | msgspec.UnsetType = msgspec.UNSET
    """Of head office's policy; this and what follows only where a laptop held one."""
    sha256: str | msgspec.UnsetType = msgspec.UNSET
    """SHA-256 (hex) of its text."""
    off: list[str] | msgspec.UnsetType = msgspec.UNSET
    """What is not recorded of people: words of `fieldkit.core.personal.SWITCHES`."""
    locked: list[str] | msgspec.UnsetType = msgspec.UNSET
    """Tables that are not exported."""
    retain: int | msgspec.UnsetType = msgspec.UNSET
    """Days after the session began, when head office lets the names go."""
    ground: str | msgspec.UnsetType = msgspec.UNSET
    """Why they are kept so long: a code of `fieldkit.log.policy.GROUNDS`."""
    profile: str | msgspec.UnsetType = msgspec.UNSET
    """The one profile in which exports are made, where one is set: of `PROFILES`."""
    named: str | msgspec.UnsetType = msgspec.UNSET
    """Reference of the agreement under which others than the trainer may see the trainer's own figures of this session
    by name (`fieldkit.core.figures`); not set: nobody may."""


class SessionOpened(Fact, frozen=True, omit_defaults=False):
    kind: ClassVar[str] = "session.open"
    v: int
    session_kind: str = msgspec.field(name="kind")
    dev: str
    fac: str | None
    pack: PackRef
    program: str | None
    part: str | None
    cohort: str | None
    makes_up: str | None
    title: str
    site: str
    tz: str
    langs: list[str]
    seq: int
    prev: Prev | None
    trust: int
    seen: int
    policy: Policy
    set: str | msgspec.UnsetType = msgspec.UNSET
    """Of a session of kind `blended`: which set of the pack's pre-work or reinforcement is asked."""
    of: str | msgspec.UnsetType = msgspec.UNSET
    """Origin of the session that it reinforces, where it is of one."""


class StaffSet(Fact, frozen=True, omit_defaults=False):
    """`off` true: this person no longer has the role."""

    kind: ClassVar[str] = "staff.set"
    role: str
    key: str | None = None
    off: bool | msgspec.UnsetType = msgspec.UNSET


class SessionPaused(Fact, frozen=True):
    """`why` `other`: the program said goodbye; `request`: the trainer paused."""

    kind: ClassVar[str] = "session.pause"
    why: str


class SessionResumed(Fact, frozen=True):
    """With `src` the program came back (`why` `other`): that ends a pause only if the program made it, on leaving."""

    kind: ClassVar[str] = "session.resume"
    why: str
    gap: int | None = None
    src: str | None = None


class SessionHandedOver(Fact, frozen=True):
    kind: ClassVar[str] = "session.handover"
    to: str


class SessionClosed(Fact, frozen=True):
    kind: ClassVar[str] = "session.close"
    why: str
    counts: dict[str, int] | None = None


class SessionReopened(Fact, frozen=True):
    kind: ClassVar[str] = "session.reopen"
    why: str


class ClockJumped(Fact, frozen=True):
    """The wall clock moved by `by` ms against the steady one."""

    kind: ClassVar[str] = "clock.jump"
    by: int


class SegmentEntered(Fact, frozen=True):
    kind: ClassVar[str] = "segment.enter"
    segment: str


class StepEntered(Fact, frozen=True):
    """The run sheet moved to this step (0-based) of the segment; steps that show or say leave no other trace."""

    kind: ClassVar[str] = "step.enter"
    segment: str
    step: int


class PlanChanged(Fact, frozen=True):
    kind: ClassVar[str] = "plan.change"
    segment: str
    minutes: int | None = None
    skip: bool | None = None


class NoteAdded(Fact, frozen=True):
    """A note of the trainer; `room` true is a notice shown on every screen."""

    kind: ClassVar[str] = "note.add"
    segment: str | None = None
    room: bool | None = None


# ---- people --------------------------------------------------------------------------------------------------


class PersonExpected(Fact, frozen=True):
    kind: ClassVar[str] = "person.expect"


class PersonJoined(Fact, frozen=True):
    kind: ClassVar[str] = "person.join"
    via: str
    device: str
    ev: list[str]
    walkin: bool


class PersonMerged(Fact, frozen=True):
    """`from` is another `p`: what it did is this person's."""

    kind: ClassVar[str] = "person.merge"
    from_: str = msgspec.field(name="from")
    why: str


class PersonRenamed(Fact, frozen=True):
    """`by` is left out when people give their own name."""

    kind: ClassVar[str] = "person.rename"
    why: str
    by: str | None = None


class PersonSpoke(Fact, frozen=True):
    """The person chose a language; which one is in the opening."""

    kind: ClassVar[str] = "person.lang"


class PersonVoided(Fact, frozen=True):
    kind: ClassVar[str] = "person.void"
    why: str


class PersonObjected(Fact, frozen=True):
    kind: ClassVar[str] = "person.object"
    why: str


class CameIn(Fact, frozen=True):
    kind: ClassVar[str] = "att.in"
    ev: list[str]
    via: str
    by: str


class WentOut(Fact, frozen=True):
    kind: ClassVar[str] = "att.out"
    ev: list[str]
    via: str
    by: str


class AttendanceMarked(Fact, frozen=True):
    kind: ClassVar[str] = "att.mark"
    status: str
    by: str
    why: str


# ---- activities ----------------------------------------------------------------------------------------------


class SpotDef(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question made on the spot; its words are in the opening (`text`, `options` in the order of these ids)."""

    type: str
    options: list[str] = []
    multiple: bool = False


class ActivityOpened(Fact, frozen=True):
    """`until`: the `m` at which it closes by itself. `live`: counts are shown while it runs (never the key)."""

    kind: ClassVar[str] = "activity.open"
    activity: str
    round: int
    mode: str
    until: int | None = None
    live: bool | None = None
    def_: SpotDef | None = msgspec.field(name="def", default=None)


class ActivityClosed(Fact, frozen=True):
    kind: ClassVar[str] = "activity.close"
    activity: str
    round: int


class ActivityExtended(Fact, frozen=True):
    """The time limit of an open round was moved: `until` as in ActivityOpened; left out, it has none any more."""

    kind: ClassVar[str] = "activity.extend"
    activity: str
    round: int
    until: int | None = None


class ActivityHidden(Fact, frozen=True):
    kind: ClassVar[str] = "activity.hide"
    activity: str
    round: int


class ActivityRevealed(Fact, frozen=True):
    kind: ClassVar[str] = "activity.reveal"
    activity: str
    round: int


class ActivityVoided(Fact, frozen=True):
    kind: ClassVar[str] = "activity.void"
    activity: str
    round: int


class AnswerPut(Fact, frozen=True):
    kind: ClassVar[str] = "answer.put"
    activity: str
    round: int
    v: list[str]
    via: str
    q: str | None = None
    sure: str | None = None
    n: int | None = None
    """The seat's counter, kept so that an older answer that arrives late is known as stale after a crash too."""


class TallyPut(Fact, frozen=True):
    kind: ClassVar[str] = "tally.put"
    activity: str
    round: int
    counts: dict[str, int]
    n: int
    suppressed: bool


class TallyTextPut(Fact, frozen=True):
    kind: ClassVar[str] = "tally.text"
    activity: str
    round: int
    part: int


class HandsCounted(Fact, frozen=True):
    kind: ClassVar[str] = "hands.put"
    activity: str
    round: int
    counts: dict[str, int]


class Said(Fact, frozen=True):
    kind: ClassVar[str] = "say.put"
    activity: str | None = None
    ref: int | None = None


class SayUpped(Fact, frozen=True):
    kind: ClassVar[str] = "say.up"
    ref: int


class SayHidden(Fact, frozen=True):
    """`off` true takes it back; so for pin, done and park."""

    kind: ClassVar[str] = "say.hide"
    ref: int
    off: bool | None = None


class SayPinned(Fact, frozen=True):
    kind: ClassVar[str] = "say.pin"
    ref: int
    off: bool | None = None


class SayDone(Fact, frozen=True):
    kind: ClassVar[str] = "say.done"
    ref: int
    off: bool | None = None


class SayParked(Fact, frozen=True):
    kind: ClassVar[str] = "say.park"
    ref: int
    off: bool | None = None


class HandRaised(Fact, frozen=True):
    kind: ClassVar[str] = "hand.up"


class HandLowered(Fact, frozen=True):
    kind: ClassVar[str] = "hand.down"


class TempoTallied(Fact, frozen=True):
    kind: ClassVar[str] = "tempo.tally"
    segment: str
    lost: int
    ok: int
    faster: int


class GroupsSet(Fact, frozen=True):
    kind: ClassVar[str] = "groups.set"
    activity: str
    groups: list[list[str]]


class CheckMarked(Fact, frozen=True):
    kind: ClassVar[str] = "check.mark"
    activity: str
    item: str
    ok: bool
    by: str


class Acknowledged(Fact, frozen=True):
    """`words`: SHA-256 (hex) of the text agreed to, as it was shown; the name as typed is in the opening."""

    kind: ClassVar[str] = "ack.sign"
    activity: str
    round: int
    meaning: str
    words: str


# ---- after the fact ------------------------------------------------------------------------------------------


class Ref(msgspec.Struct, frozen=True, omit_defaults=True):
    i: int
    leaf: str
    """Hex leaf hash of the record referred to."""
    o: str | None = None
    """Origin, when the record is in another log."""


class Amended(Fact, frozen=True):
    """`do`: void, correct, add. `set` holds the coded fields in force; personal ones are in the opening."""

    kind: ClassVar[str] = "amend"
    do: str
    why: str
    by: str
    ref: Ref | None = None
    set: dict[str, Any] | None = None


class CreditGranted(Fact, frozen=True):
    """`what`: the pack, a segment or an activity of the plan that earlier training stands in for. `ref`: a record of
    the session it counts in, when that is another log."""

    kind: ClassVar[str] = "credit.grant"
    what: str
    ref: Ref | None = None


class Erased(Fact, frozen=True):
    kind: ClassVar[str] = "erase"
    refs: list[int]
    why: str


class SignedBy(Fact, frozen=True):
    """`ref` and `root` (base64) only where another log is signed: its last record as it was then, and the root that it
    had with that record."""

    kind: ClassVar[str] = "sign.by"
    role: str
    key: str
    meaning: str
    ref: Ref | None = None
    root: str | None = None


class CredentialIssued(Fact, frozen=True):
    """Head office gave somebody a credential for a program that they completed on the day `on`. Only in its own log.

    `until`: the last day on which it counts, where it ends. `ref`: the record of the session that completed it, by
    which it goes with that person's other private halves when they are erased.
    """

    kind: ClassVar[str] = "credential.issued"
    id: str
    program: str
    version: str
    on: str
    until: str | None = None
    ref: Ref | None = None


class CredentialRevoked(Fact, frozen=True):
    """A credential counts for nothing from the day `from` on. `ref` as in CredentialIssued."""

    kind: ClassVar[str] = "credential.revoked"
    id: str
    why: str
    from_: str = msgspec.field(name="from")
    ref: Ref | None = None


class QuestionAnswered(Fact, frozen=True):
    """Head office answered a question that was parked for the expert (`ref`); with `closed` it gave none, and says why.
    The words are in the opening. Of several about one question the newest holds. Only in its own log."""

    kind: ClassVar[str] = "question.answer"
    closed: bool | None = None
    ref: Ref | None = None


def fact_of(kind: str, d: dict[str, Any]) -> Fact:
    """The Fact of a decoded `d`; a kind or shape from another release becomes Unknown and is kept."""
    cls = KINDS.get(kind)
    if cls is None:
        return Unknown(name=kind, fields=d)
    try:
        return msgspec.convert(d, cls)
    except msgspec.ValidationError:
        return Unknown(name=kind, fields=d)


def fields_of(fact: Fact) -> dict[str, Any]:
    """`d` of a Fact as plain JSON types."""
    if isinstance(fact, Unknown):
        return fact.fields
    out = msgspec.to_builtins(fact)
    if not isinstance(out, dict):  # pragma: no cover - a Struct is an object
        raise BadBytes("not-an-object", fact.kind)
    return out


learn(*KINDS.values())
