"""decide(session, intent, by, at) → records or a Refusal. The only place where a wish becomes a fact.

Rules of this file and of `core.rulings`: pure; they read the session and never change it; whatever they return can be
applied. `at` is the session's `m` at which the wish is judged. The desk answers retries before asking here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldkit.core import erasing
from fieldkit.core import intents as w
from fieldkit.core.erasing import Erase
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.personal import sealed, without
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings import activities, after, answers, checks, consoles, groups, people, sheet, talk, who
from fieldkit.core.session import Session

Decision = list[Draft] | Refusal
Ruling = Callable[[Session, Any, Actor, int], Decision]

PARTICIPANTS: dict[type[Intent], Ruling] = {
    w.Join: people.join,
    w.Arrive: people.at_kiosk,
    w.Here: people.here,
    w.Leave: people.leave,
    w.SetLanguage: people.set_language,
    w.Rename: people.rename,
    w.Object: people.object_,
    w.PutAnswer: answers.put_answer,
    w.Sign: answers.sign,
    w.PutSay: talk.put_say,
    w.UpVote: talk.up_vote,
    w.RaiseHand: talk.raise_hand,
}
FACILITATORS: dict[type[Intent], Ruling] = {
    w.Expect: people.expect,
    w.CheckIn: people.check_in,
    w.Mark: people.mark,
    w.Release: people.release,
    w.RemovePerson: people.remove,
    w.SetStaff: people.set_staff,
    w.PairConsole: consoles.pair,
    w.UnpairConsole: consoles.unpair,
    w.NextStep: sheet.next_step,
    w.EnterSegment: sheet.enter_segment,
    w.ChangePlan: sheet.change_plan,
    w.Pause: sheet.pause,
    w.Resume: sheet.resume,
    w.End: sheet.end,
    w.Reopen: sheet.reopen,
    w.JumpClock: sheet.jump_clock,
    w.OpenActivity: activities.open_activity,
    w.Ask: activities.ask,
    w.RollCall: activities.roll_call,
    w.CloseActivity: activities.close_activity,
    w.Extend: activities.extend,
    w.Expire: activities.expire,
    w.Reveal: activities.reveal,
    w.Hide: activities.hide,
    w.Revote: activities.revote,
    w.Void: activities.void,
    w.CountHands: answers.count_hands,
    w.ProxyAnswer: answers.proxy,
    w.HideSay: talk.hide_say,
    w.PinSay: talk.pin_say,
    w.DoneSay: talk.done_say,
    w.ParkSay: talk.park_say,
    w.LowerHand: talk.lower_hand,
    w.MakeGroups: groups.make,
    w.MoveToGroup: groups.move,
    w.RotateGroups: groups.rotate,
    w.MarkItem: checks.mark_item,
    w.Merge: who.merge,
    w.RenamePerson: who.rename,
    w.Announce: talk.announce,
    w.AddNote: talk.add_note,
    w.Correct: after.correct,
    w.SignOff: after.sign_off,
    w.HandOver: after.hand_over,
    Erase: erasing.erase,
}
AFTER_THE_END = (w.Correct, w.SignOff, w.Reopen, Erase)
"""After `session.close` only these may still become records."""


def decide(session: Session, intent: Intent, by: Actor, at: int) -> Decision:
    """The records that this wish makes now, or why it does not.

    >>> decide(session, OpenActivity(activity="q1"), FACILITATOR, at=61_000)  # doctest: +SKIP
    [Draft(fact=ActivityOpened(activity='q1', round=1, …))]
    """
    kind = type(intent)
    if by.by == "co":
        if kind in PARTICIPANTS or not consoles.may(session, by, intent):  # what people say they say themselves
            return Refusal("not-your-role")
        if not consoles.coded(intent):
            return Refusal("wrong-value")
        return consoles.signed(_ruled(session, intent, by, at), by)
    return _ruled(session, intent, by, at)


def _kept(session: Session, made: Decision) -> Decision:
    """The records as the recorded policy lets them be: without what it turns off, values sealed where it says so."""
    policy = session.info.policy if session.info is not None else None
    if policy is None or isinstance(made, Refusal):
        return made
    if policy.seal == "answers":
        made = [sealed(draft) for draft in made]
    return without(made, policy.off) if policy.off else made


def _ruled(session: Session, intent: Intent, by: Actor, at: int) -> Decision:
    kind = type(intent)
    ruling = PARTICIPANTS.get(kind)
    if ruling is None:
        ruling = FACILITATORS[kind]
        if by.by == "self":
            return Refusal("not-allowed")
    if session.state == "ended" and kind not in AFTER_THE_END and kind not in (w.PutAnswer, w.Sign):
        return Refusal("ended")
    return _kept(session, ruling(session, intent, by, at))
