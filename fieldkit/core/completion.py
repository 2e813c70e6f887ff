"""Scores, completion and expiry, recomputed from plan and log alone, so that an auditor gets the same.

Scoring: one point a graded item, all or nothing, in the newest round that is not void and has closed; items never run
or void are left out of the sum, and an unanswered one is 0. A quiz is as many items as it has questions.
Completion: every rule of the plan holds. Nothing here rounds before it compares.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

import msgspec

from fieldkit.core.activities import kind_of
from fieldkit.core.activities.quiz import question
from fieldkit.core.attendance import Attendance
from fieldkit.core.credit import Covered, covered, ms_of, of_person
from fieldkit.core.plan import Activity
from fieldkit.core.session import Session
from fieldkit.core.state import Answer, Credit, Round


class Item(msgspec.Struct, frozen=True):
    """One graded question as it was run. `q` is "" unless it belongs to a quiz; `activity` is then that question."""

    activity: Activity
    q: str
    round: Round


class Score(msgspec.Struct, frozen=True):
    """Points of the items run; `of` 0 means that nothing graded was run."""

    points: int
    of: int

    @property
    def percent(self) -> str:
        """A bare number with at most two decimals, rounded half up; empty without items."""
        if not self.of:
            return ""
        return decimal((self.points * 20_000 + self.of) // (2 * self.of))


def decimal(hundredths: int) -> str:
    """6667 → `66.67`, 5000 → `50`."""
    sign, n = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    return sign + f"{n // 100}.{n % 100:02d}".rstrip("0").rstrip(".")


def items(s: Session) -> list[Item]:
    """What counts for the score, in the order of the plan."""
    out: list[Item] = []
    for a in s.plan.activities:
        if not a.graded:
            continue
        one = latest(s, a.id)
        if one is None:
            continue
        parts = [(q.id, question(a, q)) for q in a.questions] or [("", a)]
        out += [Item(part, q, one) for q, part in parts if kind_of(part.type).keyed(part)]
    return out


def latest(s: Session, activity: str) -> Round | None:
    """The newest round that is not void and has closed: the one that counts."""
    for one in reversed(s.runs.get(activity, [])):
        if not one.void and one.closed_m is not None:
            return one
    return None


def answer_of(one: Round, ids: frozenset[str], q: str = "") -> Answer | None:
    """The answer in force of a person: of all merged entries the newest."""
    found = [a for p in ids if (a := one.answers.get((p, q))) is not None]
    return max(found, key=lambda a: a.i, default=None)


def score(counted: Sequence[Item], ids: frozenset[str]) -> Score:
    """The points of one person (every `p` merged into it) over `items(session)`."""
    points = 0
    for item in counted:
        answer = answer_of(item.round, ids, item.q)
        if answer is not None and kind_of(item.activity.type).right(item.activity, answer.v, answer.text):
            points += 1
    return Score(points, len(counted))


def passed(s: Session, got: Score) -> bool | None:
    """Whether the score is enough; None when the plan asks for none or nothing graded was run."""
    least = s.plan.completion.score_min
    if least is None or not got.of:
        return None
    return got.points * 100 >= least * got.of


def done(s: Session, activity: str, ids: frozenset[str]) -> bool:
    """Whether the person answered or acknowledged a required activity in a round that is not void."""
    rounds = [one for one in s.runs.get(activity, []) if not one.void]
    return any(kind_of(one.activity.type).done(one, ids) for one in rounds)


def completed(s: Session, row: Attendance, got: Score, granted: Sequence[Credit] | None = None) -> bool:
    """Whether every completion rule of the plan holds for one person, with credit for earlier training: what the fold
    says, or `granted` instead.

    Who is absent or excused has completed nothing, also where the plan has no rule; only a credit for the whole pack
    says otherwise. A plan that asks for a score which no item could give (none was run) is not completed by anybody,
    nor is a set of pre-work or reinforcement: it is no training.
    """
    if s.plan.set is not None:
        return False
    rules = s.plan.completion
    mine = covered(s.plan, of_person(s, row.all_p) if granted is None else granted)
    if mine.pack:
        return True
    if row.status in ("absent", "excused"):
        return False
    if rules.attendance_min is not None and ms_of(s, row, mine) * 100 < rules.attendance_min * row.running_ms:
        return False
    if rules.score_min is not None and not _scored(s, row, got, mine):
        return False
    return all(activity in mine.activities or done(s, activity, row.all_p) for activity in rules.require)


def _scored(s: Session, row: Attendance, got: Score, mine: Covered) -> bool:
    """Whether the score is enough over what was not credited; it is where everything graded was."""
    if not mine.activities:
        return passed(s, got) is True
    left = [item for item in items(s) if item.round.activity.id not in mine.activities]
    if left:
        return passed(s, score(left, row.all_p)) is True
    graded = {a.id for a in s.plan.activities if a.graded}
    return bool(graded) and graded <= mine.activities


def expires(day: date, months: int) -> date | None:
    """`day` plus calendar months; 29 February and month ends land on the last day. None beyond the year 9999."""
    n = day.year * 12 + day.month - 1 + months
    year, month = n // 12, n % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
