"""Talk: messages, votes for messages, raised hands, and what the trainer does with them."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.intents import Actor
from fieldkit.core.notices import ALARM, standing
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings import groups
from fieldkit.core.rulings.answers import open_round
from fieldkit.core.rulings.people import Decision, acting, named, one, taking_part
from fieldkit.core.session import Session
from fieldkit.core.state import Say

MOST = 500


def put_say(s: Session, d: w.PutSay, by: Actor, at: int) -> Decision:
    """A message to an open discussion, or a question to the trainer when no activity is named."""
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    if (no := taking_part(who)) is not None:
        return no
    most, floor = MOST, False
    if d.activity is not None:
        found = open_round(s, d.activity, None, at)
        if isinstance(found, Refusal):
            return found
        if kind_of(found.activity.type).takes != "say":
            return Refusal("no-replies", d.activity)
        if found.mode == "anonymous":  # its messages are ballots (core.rulings.ballots) and never records
            return Refusal("anonymous", d.activity)
        most, floor = found.activity.max_chars or MOST, found.mode == "confidential"
        busy = groups.may_write(s, found, who) if found.activity.type == "breakout" else None
        if busy is not None:
            return busy
    if d.ref is not None:
        answered = message(s, d.ref)
        if isinstance(answered, Refusal):
            return answered
    if not d.text:
        return Refusal("text-missing")
    if len(d.text) > most:
        return Refusal("too-long")
    return [Draft(r.Said(activity=d.activity, ref=d.ref), who.p, {"text": d.text}, floor=floor)]


def message(s: Session, ref: int) -> Say | Refusal:
    found = s.says.get(ref)
    if found is None or found.hidden or found.void:
        return Refusal("unknown-message")
    return found


def up_vote(s: Session, d: w.UpVote, by: Actor, at: int) -> Decision:
    """For a message of a discussion that takes votes, or for an open question to the trainer."""
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    if (no := taking_part(who)) is not None:
        return no
    found = message(s, d.ref)
    if isinstance(found, Refusal):
        return found
    if found.done:
        return Refusal("closed")
    floor = False
    if found.activity is not None:
        about = open_round(s, found.activity, None, at)
        if isinstance(about, Refusal):
            return about
        if not about.activity.upvote:
            return Refusal("no-votes")
        floor = about.mode == "confidential"
    if s.head(found.p) == who.p:
        return Refusal("own-message")
    if who.p in found.ups:
        return Refusal("voted")
    return [Draft(r.SayUpped(ref=d.ref), who.p, floor=floor)]


def raise_hand(s: Session, d: w.RaiseHand, by: Actor, at: int) -> Decision:
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    if not who.present:
        return Refusal("left")
    if d.up == (who.hand_m is not None):
        return Refusal("hand-same")
    return one(r.HandRaised() if d.up else r.HandLowered(), who.p)


# ---- the facilitator's -----------------------------------------------------------------------------------------


def lower_hand(s: Session, d: w.LowerHand, by: Actor, at: int) -> Decision:
    """Of the named person, else of the first in the queue."""
    who = named(s, d.who if d.who is not None else next(iter(s.hands), ""))
    if isinstance(who, Refusal):
        return who if d.who is not None else Refusal("no-hand")
    return one(r.HandLowered(), who.p) if who.hand_m is not None else Refusal("no-hand", d.who or "")


def done_say(s: Session, d: w.DoneSay, by: Actor, at: int) -> Decision:
    """A question was answered; `off` opens it again."""
    found = s.says.get(d.ref)
    if found is None or found.void:
        return Refusal("unknown-message")
    return [] if found.done != d.off else one(r.SayDone(ref=d.ref, off=d.off or None))


def park_say(s: Session, d: w.ParkSay, by: Actor, at: int) -> Decision:
    """A question is for the expert; `off` takes it back."""
    found = s.says.get(d.ref)
    if found is None or found.void:
        return Refusal("unknown-message")
    return [] if found.parked != d.off else one(r.SayParked(ref=d.ref, off=d.off or None))


def hide_say(s: Session, d: w.HideSay, by: Actor, at: int) -> Decision:
    found = s.says.get(d.ref)
    if found is None:
        return Refusal("unknown-message")
    return [] if found.hidden != d.off else one(r.SayHidden(ref=d.ref, off=d.off or None))


def pin_say(s: Session, d: w.PinSay, by: Actor, at: int) -> Decision:
    found = s.says.get(d.ref)
    if found is None:
        return Refusal("unknown-message")
    return [] if found.pinned != d.off else one(r.SayPinned(ref=d.ref, off=d.off or None))


def announce(s: Session, d: w.Announce, by: Actor, at: int) -> Decision:
    """Empty text takes down the notice that stands: the newest one is what the room sees. In an alarm that is the
    alarm's own, which only its end takes down."""
    if not d.text and s.alarm_m is not None:
        return (
            Refusal("alarm")
            if standing(s) == ALARM
            else one(r.NoteAdded(segment=s.segment, room=True), None, {"text": ALARM})
        )
    if not d.text and not standing(s):
        return Refusal("text-missing")
    if len(d.text) > MOST:
        return Refusal("too-long")
    return one(r.NoteAdded(segment=s.segment, room=True), None, {"text": d.text})


def add_note(s: Session, d: w.AddNote, by: Actor, at: int) -> Decision:
    if not d.text:
        return Refusal("text-missing")
    if len(d.text) > MOST:
        return Refusal("too-long")
    return one(r.NoteAdded(segment=s.segment), None, {"text": d.text})
