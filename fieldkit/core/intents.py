"""Every wish, imperative: what a surface may submit to the desk. Rules decide on it; nothing here judges.

Participants' intents carry values as the wire gives them (`fieldkit.lan` checks size and shape only). What needs
randomness or a clock (a new `p`, the evidence of an address) is put in by the desk or by the surface, as an argument.
"""

from __future__ import annotations

import msgspec


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the closed union."""


class Actor(msgspec.Struct, frozen=True):
    """Who wishes: `by` self, fac, co, kiosk, office; `p` the person acting; `via` the way it came.

    `by` co is a second console: `co` is the index of the `staff.set` that paired it, and `role` what it was confirmed
    as (helper, remote, lead). The rules refuse it as soon as the log no longer says so."""

    by: str
    via: str
    p: str | None = None
    co: int | None = None
    role: str = ""


FACILITATOR = Actor(by="fac", via="terminal")


# ---- participants --------------------------------------------------------------------------------------------


class Join(Intent, frozen=True):
    """`new_p` is the participant id to use if the badge takes nobody's place on the roster."""

    name: str
    new_p: str
    badge: str | None = None
    lang: str | None = None
    device: str = "phone"
    ev: tuple[str, ...] = ()
    place: str | None = None


class Arrive(Intent, frozen=True):
    """Somebody at the shared tablet: by badge or walk-in's code, else as a walk-in of this name. No seat is bound.

    `new_p` as in Join. `other`: somebody of this name is in, and this is somebody else.
    """

    new_p: str
    name: str = ""
    badge: str | None = None
    lang: str | None = None
    ev: tuple[str, ...] = ()
    other: bool = False


class Here(Intent, frozen=True):
    ev: tuple[str, ...] = ()


class Leave(Intent, frozen=True):
    pass


class PutAnswer(Intent, frozen=True):
    activity: str
    round: int
    v: tuple[str, ...] = ()
    q: str | None = None
    sure: str | None = None
    text: str | None = None
    n: int | None = None  # counter of the seat: a lower one than already taken for the same question is stale


class PutSay(Intent, frozen=True):
    text: str
    activity: str | None = None
    ref: int | None = None


class UpVote(Intent, frozen=True):
    ref: int


class Sign(Intent, frozen=True):
    """A worker's acknowledgement; `text` is the name as they typed it."""

    activity: str
    round: int
    text: str
    mark: str | None = None


class RaiseHand(Intent, frozen=True):
    up: bool


class SetLanguage(Intent, frozen=True):
    lang: str


class Rename(Intent, frozen=True):
    name: str


class Object(Intent, frozen=True):
    pass


# ---- facilitator ---------------------------------------------------------------------------------------------


class Expect(Intent, frozen=True):
    """One row of the roster: canonical columns to cleaned text (`badge`, `name`, …, `notes`)."""

    new_p: str
    fields: dict[str, str]
    notes: tuple[tuple[str, str], ...] = ()


class CheckIn(Intent, frozen=True):
    """A badge scan or typed name at the laptop. An unknown badge needs a name."""

    new_p: str
    badge: str | None = None
    name: str | None = None
    out: bool = False
    via: str | None = None  # `paper` for a name on a sign-in sheet; None: card or proxy, as the badge says


class NextStep(Intent, frozen=True):
    small: bool = False  # as in OpenActivity


class EnterSegment(Intent, frozen=True):
    segment: str


class ChangePlan(Intent, frozen=True):
    segment: str
    minutes: int | None = None
    skip: bool | None = None
    reason: str = ""


class OpenActivity(Intent, frozen=True):
    activity: str
    live: bool = False
    small: bool = False  # also an anonymous one, although so few people are here that nothing of it would be kept


class Ask(Intent, frozen=True):
    """A question on the spot; no options makes it a text question."""

    text: str
    options: tuple[str, ...] = ()
    multiple: bool = False
    live: bool = False


class CloseActivity(Intent, frozen=True):
    activity: str | None = None


class Extend(Intent, frozen=True):
    """`seconds` more for what is open, from now on if it had no time limit; None: it stays open until it is closed."""

    activity: str | None = None
    seconds: int | None = None


class Expire(Intent, frozen=True):
    """The desk's own wish: close what has run out of time."""


class Reveal(Intent, frozen=True):
    activity: str | None = None


class Hide(Intent, frozen=True):
    activity: str | None = None


class Revote(Intent, frozen=True):
    activity: str | None = None
    live: bool = False
    small: bool = False  # as in OpenActivity


class Void(Intent, frozen=True):
    activity: str | None = None


class RollCall(Intent, frozen=True):
    """Ask everybody present to say `here`."""


class Mark(Intent, frozen=True):
    who: str  # badge or `p`, as everywhere where a facilitator names a person
    status: str
    why: str = "other"
    reason: str = ""


class ProxyAnswer(Intent, frozen=True):
    who: str
    activity: str
    v: tuple[str, ...] = ()
    text: str | None = None
    q: str | None = None
    sure: str | None = None
    via: str = "proxy"  # `paper` is entered from a sheet afterwards, also into a round that has closed meanwhile
    ids: bool = False  # `v` holds what a record holds, not what somebody typed (`core.activities.typed`)


class CountHands(Intent, frozen=True):
    activity: str
    counts: dict[str, int]
    ids: bool = False  # as in ProxyAnswer


class HideSay(Intent, frozen=True):
    ref: int
    off: bool = False


class PinSay(Intent, frozen=True):
    ref: int
    off: bool = False


class Release(Intent, frozen=True):
    who: str


class RemovePerson(Intent, frozen=True):
    who: str
    why: str = "mistake"


class Merge(Intent, frozen=True):
    """Two entries are one person: `who` becomes part of `into`."""

    who: str
    into: str
    why: str = "mistake"


class RenamePerson(Intent, frozen=True):
    who: str
    name: str
    why: str = "mistake"


class LowerHand(Intent, frozen=True):
    who: str | None = None  # None: the first in the queue


class DoneSay(Intent, frozen=True):
    ref: int  # of a question that was answered
    off: bool = False


class ParkSay(Intent, frozen=True):
    """A question is for the expert."""

    ref: int
    off: bool = False


class MakeGroups(Intent, frozen=True):
    """Made anew each time by `lists` (badges or `p`), `size` or `number`, else as the pack says; labels by position."""

    activity: str
    lists: tuple[tuple[str, ...], ...] = ()
    size: int | None = None
    number: int | None = None
    labels: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class MoveToGroup(Intent, frozen=True):
    """Put one person into group `no` (from 1)."""

    activity: str
    who: str
    no: int


class RotateGroups(Intent, frozen=True):
    """Every group goes on to the next one's place."""

    activity: str


class MarkItem(Intent, frozen=True):
    """Judge one item of a checklist, for a person or (`per: group`) the person's whole group."""

    who: str
    activity: str
    item: str
    ok: bool = True
    note: str = ""


class SetStaff(Intent, frozen=True):
    role: str
    name: str
    qualification: str = ""
    off: bool = False  # this person no longer has the role


class PairConsole(Intent, frozen=True):
    """Let a second console in. `key`: its device's public key, None for a phone; `name` as printed for people."""

    role: str
    name: str
    key: str | None = None


class UnpairConsole(Intent, frozen=True):
    """Its role ends; `co` as in Actor."""

    co: int


class Announce(Intent, frozen=True):
    """A notice to the room, in place of the one before; empty takes down the one that stands."""

    text: str


class AddNote(Intent, frozen=True):
    text: str


class Pause(Intent, frozen=True):
    """`why`: `exit` when the program says goodbye (coming back ends it), else `break` or `alarm`."""

    why: str = "break"


class Resume(Intent, frozen=True):
    """`why` `start` is the desk's own, after the program came back; `gap` ms and `src` boot, wall or none.

    `safe`: the answer to "all safe?", without which no alarm ends; a no keeps it and notes its roll. The desk puts in
    `ticked` (ids of the roll) and `words` (`core.muster.DONE` and MISSING; empty for English)."""

    why: str = "request"
    gap: int | None = None
    src: str | None = None
    safe: bool | None = None
    ticked: tuple[str, ...] = ()
    words: tuple[str, str] = ("", "")


class JumpClock(Intent, frozen=True):
    by: int


class End(Intent, frozen=True):
    pass


class Reopen(Intent, frozen=True):
    why: str = "mistake"


class Correct(Intent, frozen=True):
    """After the fact: attendance (m in ms), an answer, an item of a checklist and who `judged` it, or a record void."""

    do: str
    by: str
    why: str
    who: str | None = None
    ref: int | None = None
    leaf: str = ""
    status: str | None = None
    in_m: int | None = None
    out_m: int | None = None
    answer: tuple[str, ...] = ()
    activity: str | None = None
    round: int | None = None
    reason: str = ""
    item: str | None = None
    ok: bool | None = None
    judged: str = ""


class SignOff(Intent, frozen=True):
    """`sign.by` of a human key, appended before the checkpoint that covers it is signed."""

    role: str
    key: str
    meaning: str
    name: str = ""


class HandOver(Intent, frozen=True):
    """Somebody else leads from here on. Who led signs with `key` what is recorded so far. `name`: as printed under that
    signature; `to_key`: key name of who takes over, empty if none is known."""

    key: str
    to_name: str
    name: str = ""
    to_key: str = ""
    qualification: str = ""
