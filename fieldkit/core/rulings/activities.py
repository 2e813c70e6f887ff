"""Opening, more time, closing, revealing, hiding, voting again, voiding. Closing never reveals: a facilitator does."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import RUNS, kind_of
from fieldkit.core.intents import Actor
from fieldkit.core.plan import ATTENDANCE, SPOT, Activity
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings import groups
from fieldkit.core.rulings.ballots import crew, may_be_anonymous, smallest
from fieldkit.core.rulings.people import Decision, one
from fieldkit.core.session import Session
from fieldkit.core.state import Round

MOST_OPTIONS = 6
"""A to F: more would have no letter, shape and colour of their own."""
SPOT_IDS = "abcdef"
MOST_MORE_S = 9999
"""Seconds that one wish may give."""


def open_activity(s: Session, d: w.OpenActivity, by: Actor, at: int) -> Decision:
    if d.activity == ATTENDANCE:
        return roll_call(s, w.RollCall(), by, at)
    a = s.activity(d.activity)
    if a is None:
        return Refusal("unknown-activity", d.activity)
    return opening(s, a, d.live, at, small=d.small)


def opening(s: Session, a: Activity, live: bool, at: int, seconds: int | None = None, small: bool = False) -> Decision:
    """The records that open it: into its segment if none was entered, closing the one before if both are exclusive."""
    kind = kind_of(a.type)
    if s.state == "paused":
        return Refusal("paused")
    if a.type not in RUNS:
        return Refusal("type-waits", a.id)
    last = s.round(a.id)
    if last is not None and last.is_open:
        return Refusal("already-open", a.id)
    if last is not None and not last.void and kind.votes:
        return Refusal("already-run", a.id)
    unfit = anonymity(s, a, small)
    if unfit is not None:
        return unfit
    again = last is not None and not last.void and a.id != ATTENDANCE and last.mode != "anonymous"
    no = last.no + (0 if again else 1) if last is not None else 1
    placed = groups.first(s, a, last if again else None) if a.type == "breakout" else []
    if isinstance(placed, Refusal):
        return placed
    return [*into_segment(s, a.id), *close_before(s, a), opened(a, no, live, at, seconds), *placed]


def anonymity(s: Session, a: Activity, small: bool) -> Refusal | None:
    """Why an anonymous activity is not opened now; `small`: the trainer knows that few are here."""
    if a.mode != "anonymous":
        return None
    if not may_be_anonymous(s, a):
        return Refusal("not-anonymous", a.id)
    here, k = crew(s), smallest(s)
    return Refusal("small-crew", f"{here} < {k}") if here < k and not small else None


def opened(a: Activity, no: int, live: bool, at: int, seconds: int | None = None) -> Draft:
    limit = seconds or a.seconds or (a.minutes or 0) * 60
    until = at + ((a.reading or 0) + limit) * 1000 if limit else None
    shown = (live or a.reveal == "live") and a.reveal != "never" and a.mode != "anonymous"
    return Draft(r.ActivityOpened(activity=a.id, round=no, mode=a.mode, until=until, live=shown or None))


def into_segment(s: Session, activity: str) -> list[Draft]:
    """The first opening begins the run: into the activity's own segment, else the first of the plan."""
    if s.segment is not None or not s.plan.segments:
        return []
    segment = s.plan.segment_of(activity) or s.plan.segments[0]
    return [Draft(r.SegmentEntered(segment=segment.id))]


def close_before(s: Session, a: Activity) -> list[Draft]:
    if not kind_of(a.type).exclusive:
        return []
    others = [x for x in s.open_rounds.values() if x.activity.id != a.id and kind_of(x.activity.type).exclusive]
    return [Draft(r.ActivityClosed(activity=x.activity.id, round=x.no)) for x in others]


def ask(s: Session, d: w.Ask, by: Actor, at: int) -> Decision:
    """A question made on the spot: `spot-1`, `spot-2`… with options a, b, c…, or for free text."""
    if s.state == "paused":
        return Refusal("paused")
    if not d.text:
        return Refusal("text-missing")
    if len(d.options) > MOST_OPTIONS:
        return Refusal("too-many-options")
    if len(d.options) == 1 or not all(d.options) or len(set(d.options)) < len(d.options):
        return Refusal("wrong-value")
    ids = list(SPOT_IDS[: len(d.options)])
    spot = r.SpotDef(type="poll" if ids else "text", options=ids, multiple=d.multiple)
    id = f"{SPOT}{len(s.spots) + 1}"
    a = Activity(id=id, type=spot.type, text=[d.text])
    fact = r.ActivityOpened(activity=id, round=1, mode="named", live=d.live or None, def_=spot)
    private = {"text": d.text, **({"options": list(d.options)} if ids else {})}
    return [*into_segment(s, id), *close_before(s, a), Draft(fact, None, private)]


def roll_call(s: Session, d: w.RollCall, by: Actor, at: int) -> Decision:
    a = s.activity(ATTENDANCE)
    assert a is not None  # built in
    return opening(s, a, False, at)


def target(s: Session, activity: str | None, among: list[Round], none: str) -> Round | Refusal:
    """The round that is meant: the named one, or the only one of those it could be."""
    if activity is not None:
        found = s.round(activity)
        if found is None:
            return Refusal("not-run" if s.activity(activity) else "unknown-activity", activity)
        return found
    if not among:
        return Refusal(none)
    return among[0] if len(among) == 1 else Refusal("ambiguous")


def newest(s: Session) -> list[Round]:
    """Rounds that have a result and were not voided, newest first."""
    found = [s.runs[a][no - 1] for a, no in reversed(s.order)]
    return [x for x in found if not x.void and kind_of(x.activity.type).revealable]


def close_activity(s: Session, d: w.CloseActivity, by: Actor, at: int) -> Decision:
    found = target(s, d.activity, list(s.open_rounds.values()), "nothing-open")
    if isinstance(found, Refusal):
        return found
    if not found.is_open:
        return Refusal("closed" if by.by == "self" else "nothing-open", found.activity.id)
    return one(r.ActivityClosed(activity=found.activity.id, round=found.no))


def extend(s: Session, d: w.Extend, by: Actor, at: int) -> Decision:
    """Without a name: what is open and has a time limit. The end only moves away, so nothing that was taken comes to
    stand behind it; once it has passed, phones were told so, and only opening again brings the question back."""
    among = list(s.open_rounds.values())
    found = target(s, d.activity, [x for x in among if x.until is not None] or among, "nothing-open")
    if isinstance(found, Refusal):
        return found
    a = found.activity
    if not found.is_open or (found.ends is not None and at >= found.ends):
        return Refusal("reopen-first", a.id)
    if d.seconds is None:
        return one(r.ActivityExtended(activity=a.id, round=found.no)) if found.until is not None else []
    if not 1 <= d.seconds <= MOST_MORE_S:
        return Refusal("wrong-value", a.id)
    until = max(at, found.until or 0) + d.seconds * 1000
    return one(r.ActivityExtended(activity=a.id, round=found.no, until=until))


def expire(s: Session, d: w.Expire, by: Actor, at: int) -> Decision:
    over = [x for x in s.open_rounds.values() if x.ends is not None and at >= x.ends]
    if not over:
        return Refusal("nothing-open")
    return [Draft(r.ActivityClosed(activity=x.activity.id, round=x.no)) for x in over]


def reveal(s: Session, d: w.Reveal, by: Actor, at: int) -> Decision:
    """Without a name: the one that ran last."""
    found = target(s, d.activity, newest(s)[:1], "not-run")
    if isinstance(found, Refusal):
        return found
    return unrevealable(found) or one(r.ActivityRevealed(activity=found.activity.id, round=found.no))


def unrevealable(found: Round) -> Refusal | None:
    """Why this round cannot be revealed now."""
    a, kind = found.activity, kind_of(found.activity.type)
    if found.void:
        return Refusal("already-void", a.id)
    if not kind.revealable:
        return Refusal("no-result", a.id)
    if a.reveal == "never":
        return Refusal("never-revealed", a.id)
    if found.revealed:
        return Refusal("already-revealed", a.id)
    if found.is_open and (kind.votes or found.mode == "anonymous"):
        return Refusal("still-open", a.id)
    return None


def hide(s: Session, d: w.Hide, by: Actor, at: int) -> Decision:
    found = target(s, d.activity, [x for x in newest(s) if x.revealed or x.live][:1], "not-revealed")
    if isinstance(found, Refusal):
        return found
    if not (found.revealed or found.live):
        return Refusal("not-revealed", found.activity.id)
    return one(r.ActivityHidden(activity=found.activity.id, round=found.no))


def revote(s: Session, d: w.Revote, by: Actor, at: int) -> Decision:
    """The next round of a vote; the running one is closed, its answers stay as they are."""
    if s.state == "paused":
        return Refusal("paused")
    ran = [s.runs[a][no - 1] for a, no in reversed(s.order) if kind_of(s.runs[a][no - 1].activity.type).votes]
    found = target(s, d.activity, ran[:1], "not-run")
    if isinstance(found, Refusal):
        return found
    a = found.activity
    if not kind_of(a.type).votes:
        return Refusal("no-revote", a.id)
    unfit = anonymity(s, a, d.small)
    if unfit is not None:
        return unfit
    closing = one(r.ActivityClosed(activity=a.id, round=found.no)) if found.is_open else []
    return [*closing, *close_before(s, a), opened(a, found.no + 1, d.live, at)]


def void(s: Session, d: w.Void, by: Actor, at: int) -> Decision:
    """Without a name: what is open, else the one that ran last."""
    among = list(s.open_rounds.values()) or newest(s)[:1]
    found = target(s, d.activity, among, "not-run")
    if isinstance(found, Refusal):
        return found
    if found.void:
        return Refusal("already-void", found.activity.id)
    return one(r.ActivityVoided(activity=found.activity.id, round=found.no))
