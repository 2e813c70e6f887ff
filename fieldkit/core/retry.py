"""Is this the same wish again? A repeated intent id is compared with the record it made.

A retry answers *already*; the same id with another body is refused `id-reused`. What was erased cannot be compared
and answers *already*.
"""

from __future__ import annotations

from typing import Any

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import Checked, kind_of
from fieldkit.core.intents import Intent
from fieldkit.core.plan import Activity
from fieldkit.core.records import Record


def same(intent: Intent, record: Record, p: str | None = None, of: Activity | None = None) -> bool:
    """Whether `record` is what `intent` of participant `p` made, as far as the record still tells.

    `of` is the activity that an answer is for: an answer is compared as its type records it (`4,50` is `4.5`).
    """
    fact, private = record.fact, record.private
    if not isinstance(intent, w.Join) and p is not None and record.p != p:
        return False  # two people share this phone
    if record.x is not None and private is None:
        return True  # erased
    x: dict[str, Any] = private or {}
    match intent:
        case w.Join():
            if not isinstance(fact, r.PersonJoined | r.CameIn):
                return False
            # What head office's policy turns off is not in the record, so it cannot tell two wishes apart.
            named = not intent.name or bool(x.get("name", intent.name) == intent.name)
            return named and bool(x.get("badge", intent.badge or "") == (intent.badge or ""))
        case w.Arrive():  # the kiosk's id follows from what its form says
            return isinstance(fact, r.PersonJoined | r.CameIn)
        case w.PutAnswer():
            return (
                isinstance(fact, r.AnswerPut)
                and (fact.activity, fact.round) == (intent.activity, intent.round)
                and (fact.q or "", fact.sure) == (intent.q or "", intent.sure)
                and (x.get("v", fact.v) if not fact.v else fact.v, x.get("text", "")) == _put(intent, of)
            )
        case w.PutSay():
            return (
                isinstance(fact, r.Said)
                and (fact.activity, fact.ref) == (intent.activity, intent.ref)
                and x.get("text", "") == intent.text
            )
        case w.UpVote():
            return isinstance(fact, r.SayUpped) and fact.ref == intent.ref
        case w.Sign():
            about = isinstance(fact, r.Acknowledged) and (fact.activity, fact.round) == (intent.activity, intent.round)
            return about and x.get("name", intent.text) == intent.text
        case w.RaiseHand():
            return isinstance(fact, r.HandRaised if intent.up else r.HandLowered)
        case w.SetLanguage():
            return isinstance(fact, r.PersonSpoke) and x.get("lang", "") == intent.lang
        case w.Rename():
            return isinstance(fact, r.PersonRenamed) and x.get("name", intent.name) == intent.name
        case w.Here():
            return isinstance(fact, r.CameIn)
        case w.Leave():
            return isinstance(fact, r.WentOut)
        case w.Object():
            return isinstance(fact, r.PersonObjected)
        case w.CheckIn():
            return isinstance(fact, r.WentOut if intent.out else r.PersonJoined | r.CameIn)
        case w.SignOff():
            return isinstance(fact, r.SignedBy) and (fact.key, fact.meaning) == (intent.key, intent.meaning)
        case w.HandOver():
            return isinstance(fact, r.SessionHandedOver) and fact.to == intent.to_key
        case w.ProxyAnswer():  # its id follows from what the sheet says
            return isinstance(fact, r.AnswerPut) and fact.activity == intent.activity
        case _:
            return False


def _put(d: w.PutAnswer, of: Activity | None) -> tuple[list[str], str]:
    """Values and words as they would be recorded; as they came when the type would not take them."""
    made = kind_of(of.type).check(of, d.v, d.text, d.q or "") if of is not None else None
    return (made.v, made.text or "") if isinstance(made, Checked) else (list(d.v), d.text or "")
