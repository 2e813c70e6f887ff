"""Second consoles: who may come in beside the trainer, what each role may do there, and whose records they are."""

from __future__ import annotations

import msgspec

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.erasing import Erase
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.pairings import CONSOLES, console
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import Decision, one
from fieldkit.core.session import Session

Kinds = frozenset[type[Intent]]
AT_THE_LAPTOP: Kinds = frozenset({w.PairConsole, w.UnpairConsole, w.Expire, w.JumpClock, w.SignOff, w.HandOver, Erase})
"""Never a second console's: letting consoles in, what the laptop does by itself, signatures and erasing."""

PEOPLE: Kinds = frozenset({w.Expect, w.CheckIn, w.Mark, w.Release, w.RemovePerson, w.Merge, w.RenamePerson})
TALK: Kinds = frozenset({w.HideSay, w.PinSay, w.DoneSay, w.ParkSay, w.LowerHand})
FOR_OTHERS: Kinds = frozenset({w.ProxyAnswer, w.CountHands, w.MarkItem})
HELPER = PEOPLE | TALK | FOR_OTHERS
"""People, the discussion and raised hands, answers for others, shows of hands, checklists."""

SHEET: Kinds = frozenset(
    {w.NextStep, w.OpenActivity, w.Extend, w.CloseActivity, w.Reveal, w.Hide, w.RollCall, w.AddNote}
)
ON_THE_WAY: Kinds = frozenset({w.MarkItem, w.Mark, w.ChangePlan, w.Pause, w.Resume})
REMOTE = SHEET | ON_THE_WAY
"""What a phone in a pocket can do harm with (ending, voiding, taking people out) is not in it."""

WHYS = frozenset({"request", "retention", "mistake", "order", "other"})
"""Codes that stand in the signed line, which can never be erased: free words there would outlast the person."""


def may(s: Session, by: Actor, intent: Intent) -> bool:
    """Whether this console may wish such a thing now. Both have to agree on the role: the actor and the log."""
    found, kind = console(s, by.co), type(intent)
    if found is None or found.role != by.role or kind in AT_THE_LAPTOP or by_itself(intent):
        return False
    if by.role == "lead":
        return True
    return kind in (HELPER if by.role == "helper" else REMOTE)


def by_itself(intent: Intent) -> bool:
    """A pause or its end that speaks of the laptop's own program going away and coming back."""
    if isinstance(intent, w.Resume):
        return intent.why == "start" or intent.gap is not None or intent.src is not None
    return isinstance(intent, w.Pause) and intent.why == "exit"


def coded(intent: Intent) -> bool:
    """Whether what would stand in the signed line as it was sent is one of the codes for it."""
    if isinstance(intent, w.Pause | w.Resume):  # what they say of why is made a code by their rules
        return True
    return getattr(intent, "why", "other") in WHYS


def signed(decision: Decision, by: Actor) -> Decision:
    """The same records, each with the console it came from."""
    if isinstance(decision, Refusal) or by.co is None:
        return decision
    return [msgspec.structs.replace(draft, fact=msgspec.structs.replace(draft.fact, co=by.co)) for draft in decision]


def pair(s: Session, d: w.PairConsole, by: Actor, at: int) -> Decision:
    """The same key or name again is a new pairing: the old index counts no more."""
    if d.role not in CONSOLES:
        return Refusal("unknown-role", d.role)
    if not d.name:
        return Refusal("name-missing")
    return one(r.StaffSet(role=d.role, key=d.key), None, {"name": d.name})


def unpair(s: Session, d: w.UnpairConsole, by: Actor, at: int) -> Decision:
    found = console(s, d.co)
    if found is None:
        return Refusal("no-console")
    return one(r.StaffSet(role=found.role, key=found.key, off=True), None, {"name": found.name})
