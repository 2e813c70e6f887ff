"""What was answered in one session, in whole numbers: spread, difficulty, discrimination, gain, who changed, kappa.

Only the codes of the plan are counted, never words or numbers that somebody typed. Of an anonymous round there is what
its tally keeps, and nothing where it was too small. Persons are looked at one by one here and leave this file as sums.
"""

from __future__ import annotations

from collections.abc import Collection

from fieldkit.core import learning
from fieldkit.core.activities import kind_of
from fieldkit.core.completion import latest
from fieldkit.core.figures.counts import Agreed, Gain, Item, Moved, Spread
from fieldkit.core.learning import judge
from fieldkit.core.plan import Activity
from fieldkit.core.session import Session
from fieldkit.core.state import Round

CODED = frozenset(("poll", "choice", "truefalse", "scale", "order", "match", "hotspot", "quiz"))
"""Types whose answers are codes of the plan, or are counted as such."""
GROUP = "group"
MOST = 1_000_000
"""People in one session, at the most: a tally says any number, and sums have to stay numbers that others can read."""

Verdicts = dict[str, dict[str, bool]]
"""Question → p → right."""


def name(a: Activity, q: str) -> str:
    """How a question is named in figures: its activity, of a quiz `activity/question`."""
    return f"{a.id}/{q}" if q else a.id


def counted(s: Session, id: str) -> list[Round]:
    """The rounds that count, in their order: run in the room, closed, not void."""
    return [one for one in s.runs.get(id, []) if not one.void and not one.late and one.closed_m is not None]


def sane(n: int) -> int:
    return max(0, min(n, MOST))


def secret(one: Round) -> bool:
    """Whether nothing may be said of this round: anonymous, and without a tally or too small for one."""
    return one.mode == "anonymous" and (one.tally is None or one.suppressed)


# ---- spread --------------------------------------------------------------------------------------------------


def spreads(s: Session) -> dict[str, dict[str, Spread]]:
    """How the answers to each question of the plan spread over its options, round by round."""
    found: dict[str, dict[str, Spread]] = {}
    for a in s.plan.activities:
        if a.type not in CODED:
            continue
        for no, one in enumerate(counted(s, a.id), 1):
            if secret(one):
                continue
            kind = kind_of(a.type)
            counts, known = kind.counts(one), [key for key, _, _ in kind.tally(s.plan, one, s.plan.language)]
            verdicts = judge(one) if one.mode != "anonymous" else {}
            for q in kind.asked(a):
                head = f"{q}=" if q else ""
                mine = {key.removeprefix(head): counts[key] for key in known if key in counts and key.startswith(head)}
                right, judged = learning.right_share(one, q, verdicts) or (0, 0)
                n = sum(asked == q for _, asked in one.answers) if one.mode != "anonymous" else one.tally_n
                counts_ = {key: sane(k) for key, k in mine.items()}
                found.setdefault(name(a, q), {})[str(no)] = Spread(
                    n=sane(n), judged=sane(judged), right=sane(right), counts=counts_
                )
    return found


# ---- items ---------------------------------------------------------------------------------------------------


def questions(s: Session, sheet: Collection[str]) -> dict[str, Item]:
    """Every question of the plan that has a key, in its newest round that counts: how many were right, how sure people
    were, and how it went together with the rest of the test.

    `sheet`: who is on the sheet, under every `p`. The test is the graded questions. Sums for the discrimination are
    taken only where all of it was run and of whom there is an answer to all of it: else the rest would be out of
    another number for some.
    """
    found: dict[str, Item] = {}
    verdicts: Verdicts = {}
    test: list[str] = []
    for a in s.plan.activities:
        kind, one = kind_of(a.type), latest(s, a.id)
        keyed = [q for q in kind.asked(a) if kind.keyed(a, q)]
        test += [name(a, q) for q in keyed if a.graded]
        if one is None or secret(one):
            continue
        if one.mode == "anonymous":
            for q in keyed:
                right, n = learning.right_share(one, q) or (0, 0)
                found[name(a, q)] = Item(n=sane(n), right=sane(right))
            continue
        mine = _verdicts(one, keyed, sheet)
        for q, each in mine.items():
            verdicts[name(a, q)] = each
            found[name(a, q)] = _item(one, q, each)
    sums = _test({key: verdicts[key] for key in test}) if test and all(key in verdicts for key in test) else {}
    return {key: _with(one, sums[key]) if key in sums else one for key, one in found.items()}


def _verdicts(one: Round, keyed: list[str], sheet: Collection[str]) -> Verdicts:
    out: Verdicts = {q: {} for q in keyed}
    for (p, q), right in judge(one).items():
        if q in out and right is not None and p in sheet:
            out[q][p] = right
    return out


def _item(one: Round, q: str, each: dict[str, bool]) -> Item:
    sure = [(one.answers[p, q].sure, right) for p, right in each.items()] if one.activity.sure else []
    return Item(
        n=len(each),
        right=sum(each.values()),
        sure_right=sure.count(("sure", True)),
        sure_wrong=sure.count(("sure", False)),
        unsure_right=sure.count(("unsure", True)),
        unsure_wrong=sure.count(("unsure", False)),
    )


def _test(verdicts: Verdicts) -> dict[str, Item]:
    """Question → sums over the people who answered all of them; empty of a test of one question, which has no rest."""
    if len(verdicts) < 2:
        return {}
    whole = set.intersection(*(set(each) for each in verdicts.values()))
    points = {p: sum(each[p] for each in verdicts.values()) for p in whole}
    out = {}
    for key, each in verdicts.items():
        pairs = [(int(each[p]), points[p] - each[p]) for p in whole]
        out[key] = Item(
            whole=len(pairs),
            x=sum(x for x, _ in pairs),
            r=sum(r for _, r in pairs),
            xx=sum(x * x for x, _ in pairs),
            rr=sum(r * r for _, r in pairs),
            xr=sum(x * r for x, r in pairs),
        )
    return out


def _with(one: Item, sums: Item) -> Item:
    return Item(
        n=one.n,
        right=one.right,
        sure_right=one.sure_right,
        sure_wrong=one.sure_wrong,
        unsure_right=one.unsure_right,
        unsure_wrong=one.unsure_wrong,
        whole=sums.whole,
        x=sums.x,
        r=sums.r,
        xx=sums.xx,
        rr=sums.rr,
        xr=sums.xr,
    )


# ---- before and after ----------------------------------------------------------------------------------------


def gains(s: Session, sheet: Collection[str]) -> dict[str, Gain]:
    """Each question after that names one before: the people who answered all of both. Of anonymous ones nobody knows
    who answered both."""
    found: dict[str, Gain] = {}
    for a in s.plan.activities:
        before, after = latest(s, a.pre) if a.pre else None, latest(s, a.id)
        if before is None or after is None or "anonymous" in (before.mode, after.mode):
            continue
        was, pre_of = _points(before, sheet)
        now, post_of = _points(after, sheet)
        both = was.keys() & now.keys()
        if not (pre_of and post_of):
            continue
        found[a.id] = Gain(
            n=len(both),
            pre_points=sum(was[p] for p in both),
            pre_of=pre_of * len(both),
            post_points=sum(now[p] for p in both),
            post_of=post_of * len(both),
            rose=sum(now[p] * pre_of > was[p] * post_of for p in both),
            fell=sum(now[p] * pre_of < was[p] * post_of for p in both),
        )
    return found


def _points(one: Round, sheet: Collection[str]) -> tuple[dict[str, int], int]:
    """p → right answers, of who answered all that has a key; how many that is."""
    kind = kind_of(one.activity.type)
    each = _verdicts(one, [q for q in kind.asked(one.activity) if kind.keyed(one.activity, q)], sheet)
    whole = set.intersection(*(set(x) for x in each.values())) if each else set()
    return {p: sum(x[p] for x in each.values()) for p in whole}, len(each)


def moves(s: Session) -> dict[str, Moved]:
    """Questions that were asked again after people talked: from the first round that counts to the newest."""
    found: dict[str, Moved] = {}
    for a in s.plan.activities:
        rounds = counted(s, a.id)
        if len(rounds) < 2 or kind_of(a.type).asked(a) != [""]:
            continue
        went = learning.moves(rounds, rounds[-1], judge(rounds[-1]))
        if went is not None:
            found[a.id] = Moved(
                stayed_right=went.stayed_right,
                became_right=went.became_right,
                became_wrong=went.became_wrong,
                stayed_wrong=went.stayed_wrong,
            )
    return found


# ---- two evaluators ------------------------------------------------------------------------------------------


def agreed(s: Session, sheet: Collection[str]) -> dict[str, Agreed]:
    """Items that two evaluators judged of the same person, as each of them said last: the two who judged first. A list
    that is judged for a whole group at once is one judgement of many people, and says nothing here."""
    found: dict[str, Agreed] = {}
    for a in s.plan.activities:
        rounds = [one for one in s.runs.get(a.id, []) if not one.void]
        if not a.items or a.per == GROUP or not rounds:
            continue
        for item in a.items:
            pairs = [
                (check.said[0][1], check.said[1][1])
                for p, each in rounds[-1].checks.items()
                if p in sheet and (check := each.get(item.id)) is not None and len(check.said) > 1
            ]
            if pairs:
                found[f"{a.id}/{item.id}"] = Agreed(
                    yes_yes=pairs.count((True, True)),
                    yes_no=pairs.count((True, False)),
                    no_yes=pairs.count((False, True)),
                    no_no=pairs.count((False, False)),
                )
    return found
