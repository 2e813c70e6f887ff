"""Ballots: what an anonymous round takes instead of records, and what is kept of it when it closes.

A vote never becomes a record: a line of the log has a place, and the places of votes are the order of arrival. It goes
into the round's Box, which `fieldkit.log.ballots` keeps on the disk; `with_tallies` puts what the box adds up to beside
the closing record, so that both are one commit. The first vote of a participant stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

import msgspec

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.activities.words import fold
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.plan import Activity
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.answers import open_round
from fieldkit.core.rulings.people import acting, taking_part
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.tally_keys import coded

ANONYMOUS = "anonymous"
MOST_CHARS = 500
MOST_BYTES = 7900
"""Of one text in JSON: its opening line has to fit when the round closes, or the round could not be closed at all."""

Key = tuple[str, int]
"""(activity, round)."""


class Vote(msgspec.Struct, frozen=True):
    """One ballot, not yet in its box."""

    activity: str
    round: int
    p: str
    keys: tuple[str, ...]
    """What it adds one to, spelled for the record (`coded`)."""
    texts: tuple[str, ...]
    saved: int
    """Index of the round's `activity.open`: all that a receipt may say without telling the order."""

    @property
    def key(self) -> Key:
        return self.activity, self.round


class Voted(msgspec.Struct, frozen=True):
    """This person has voted in this round; `saved` as in Vote."""

    saved: int


class Box(msgspec.Struct):
    """The votes of one open round, added up. `voted` says who has voted, never what."""

    counts: dict[str, int] = {}
    texts: list[str] = []
    """Sorted."""
    voted: set[str] = set()

    def with_votes(self, votes: Iterable[Vote]) -> Box:
        """A new box; a participant who is in already is left out."""
        counts, texts, voted = dict(self.counts), list(self.texts), set(self.voted)
        for vote in votes:
            if vote.p in voted:
                continue
            voted.add(vote.p)
            texts += vote.texts
            for key in vote.keys:
                counts[key] = counts.get(key, 0) + 1
        return Box(dict(sorted(counts.items())), sorted(texts), voted)


# ---- what may be anonymous -------------------------------------------------------------------------------------


def may_be_anonymous(s: Session, a: Activity) -> bool:
    """Scores, certainty, gain and votes for messages are about one person's several acts."""
    pre = a.pre is not None or any(x.pre == a.id for x in s.plan.activities)
    return not (a.graded or a.sure or pre or a.upvote or kind_of(a.type).personal)


def crew(s: Session) -> int:
    """How many could vote now: who is here and has not objected."""
    return sum(1 for x in s.people.values() if x.present and not x.objected)


def smallest(s: Session) -> int:
    """The policy's k: below it nothing is kept."""
    return s.info.policy.k if s.info is not None else r.Policy().k


def is_small(s: Session, a: Activity) -> bool:
    """So few people are here that the answers of this activity would not be kept."""
    return a.mode == ANONYMOUS and crew(s) < smallest(s)


# ---- voting ----------------------------------------------------------------------------------------------------


def vote(
    s: Session, intent: Intent, by: Actor, at: int, voted: Callable[[Key], Set[str]]
) -> Vote | Voted | Refusal | None:
    """What a wish is to an anonymous round; None when it is about no such round, and `decide` has to judge it.

    `voted` tells who has voted in a round, also in one that has closed meanwhile.
    """
    one = _meant(s, intent)
    if one is None or one.mode != ANONYMOUS:
        return None
    who = acting(s, by)
    if isinstance(who, Refusal):
        return who
    key = one.activity.id, one.no
    if not voted(key).isdisjoint(entries(s, who.p)):
        return Voted(one.opened_i)
    found = open_round(s, one.activity.id, one.no, at)
    if isinstance(found, Refusal):
        return found
    if (no := taking_part(who)) is not None:
        return no
    parts = _said(found.activity, intent) if isinstance(intent, w.PutSay) else _answered(found.activity, intent)
    if isinstance(parts, Refusal):
        return parts
    keys, texts = parts
    if any(len(msgspec.json.encode(text)) > MOST_BYTES for text in texts):
        return Refusal("too-long", one.activity.id)
    return Vote(one.activity.id, one.no, who.p, keys, texts, one.opened_i)


def _meant(s: Session, intent: Intent) -> Round | None:
    if isinstance(intent, w.PutAnswer):
        rounds = s.runs.get(intent.activity, [])
        return rounds[intent.round - 1] if 1 <= intent.round <= len(rounds) else None
    if isinstance(intent, w.PutSay) and intent.activity is not None:
        return s.round(intent.activity)
    return None


def entries(s: Session, p: str) -> set[str]:
    """`p` and every entry that was merged into it: who voted before the merge has voted."""
    found = {p}
    if all(x.merged_to is None for x in s.people.values()):
        return found
    while more := {x.p for x in s.people.values() if x.merged_to in found} - found:
        found |= more
    return found


Parts = tuple[tuple[str, ...], tuple[str, ...]]


def _answered(a: Activity, d: Intent) -> Parts | Refusal:
    """(keys, texts) of an answer."""
    kind = kind_of(a.type)
    if not isinstance(d, w.PutAnswer) or kind.takes != "answer" or d.q is not None or d.sure is not None:
        return Refusal("wrong-value", a.id)
    fits = kind.check(a, d.v, d.text)
    if isinstance(fits, Refusal):
        return fits
    if fits.v and not _loose(a, fits.v):
        return tuple(coded(key) for key in kind.keys(a, fits.v, fits.text)), ()
    if fits.v:
        return (), tuple(fits.v)
    text = fits.text or ""
    return (), _words(text) if a.type == "wordcloud" else (text,)


def _words(text: str) -> tuple[str, ...]:
    """Words one by one, the same word once: which of them came from one person is nobody's business."""
    return tuple({fold(word): word for word in reversed(text.split(", "))}.values())


def _loose(a: Activity, v: list[str]) -> bool:
    """Values that are no ids (numbers, places in a picture): they are kept as texts, since keys of a record are ids."""
    return a.type == "number" or (a.type == "hotspot" and any("," in one for one in v))


def _said(a: Activity, d: w.PutSay) -> Parts | Refusal:
    if kind_of(a.type).takes != "say":
        return Refusal("no-replies", a.id)
    if d.ref is not None:  # whoever replies to words shows that they read them, and when
        return Refusal("anonymous", a.id)
    if not d.text:
        return Refusal("text-missing")
    return Refusal("too-long") if len(d.text) > (a.max_chars or MOST_CHARS) else ((), (d.text,))


# ---- the tally -------------------------------------------------------------------------------------------------


def with_tallies(s: Session, drafts: list[Draft], box_of: Callable[[Key], Box]) -> list[Draft]:
    """The same drafts, with its tally behind each closing of an anonymous round."""
    out: list[Draft] = []
    for draft in drafts:
        out.append(draft)
        fact = draft.fact
        one = s.open_rounds.get(fact.activity) if isinstance(fact, r.ActivityClosed) else None
        if one is not None and one.mode == ANONYMOUS:
            out += tally(one, box_of((one.activity.id, one.no)), smallest(s))
    return out


def tally(one: Round, box: Box, k: int) -> list[Draft]:
    """Below `k` answers nothing is kept but that it was so, not even how many they were."""
    id, n = one.activity.id, len(box.voted)
    if n < k:
        return [Draft(r.TallyPut(activity=id, round=one.no, counts={}, n=0, suppressed=True))]
    texts = [
        Draft(r.TallyTextPut(activity=id, round=one.no, part=part), None, {"text": text})
        for part, text in enumerate(sorted(box.texts))
    ]
    counts = dict(sorted(box.counts.items()))
    return [Draft(r.TallyPut(activity=id, round=one.no, counts=counts, n=n, suppressed=False)), *texts]
