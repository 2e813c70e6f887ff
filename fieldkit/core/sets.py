"""What a log of pre-work or reinforcement says of each person: how much of it they answered, and how much was right.

Only what was asked by name: a confidential answer is nobody's here, not even that there is one.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.attendance import groups
from fieldkit.core.blended import BLENDED
from fieldkit.core.completion import answer_of
from fieldkit.core.models import learn
from fieldkit.core.plan import Activity
from fieldkit.core.records import PROFILES, Policy
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.taught import Who, who_of

JUDGING = frozenset({"attendance", "answers", "results"})
"""Tables that say how good an answer is. A policy that keeps one of them from being shown keeps that here too."""


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """An answer in force: `activity`, or `activity/question` of a quiz; given at `t` (Unix ms). `right`: None where
    there is no right one; `sure`: as in `answer.put`, empty if nobody asked."""

    key: str
    t: int
    right: bool | None
    sure: str


class Mine(msgspec.Struct, frozen=True):
    """One person in one such log. `root`: the log or session by which logs of the same set are known, as this
    one says: of a laptop nobody believes it; `asked`: questions that were put by name; `judged`: whether it may be said
    what was right."""

    who: Who
    origin: str
    root: str
    set: str
    p: str
    title: str
    pack: str
    version: str
    tz: str
    asked: int
    judged: bool
    said: tuple[Answered, ...]


learn(Mine)


def of_set(s: Session) -> tuple[Mine, ...]:
    """Everybody with a badge in a log of this kind; nobody of any other. Who objected to being recorded is left out."""
    info = s.info
    if info is None or info.session_kind != BLENDED:
        return ()
    name = info.set if isinstance(info.set, str) else s.plan.set or ""
    root = info.of if isinstance(info.of, str) else s.origin
    asked = _asked(s)
    judged = _judged(info.policy)
    out = []
    for p, people in groups(s).items():
        who = who_of(people)
        if who is None or any(one.objected for one in people):
            continue
        ids = frozenset(one.p for one in people)
        said = [found for one, a, q in asked if (found := _answered(one, a, q, ids, judged)) is not None]
        out.append(
            Mine(
                *(who, s.origin, root, name, p, info.title, info.pack.id, info.pack.version, info.tz, len(asked)),
                *(judged, tuple(said)),
            )
        )
    return tuple(out)


def _asked(s: Session) -> list[tuple[Round, Activity, str]]:
    """Every question that was put by name, in the order of the plan, in the newest round that is not void."""
    out = []
    for a in s.plan.activities:
        one = next((one for one in reversed(s.runs.get(a.id, [])) if not one.void and not one.late), None)
        if one is not None and one.mode == "named" and kind_of(a.type).takes == "answer":
            out += [(one, a, q) for q in kind_of(a.type).asked(a)]
    return out


def _answered(one: Round, a: Activity, q: str, ids: frozenset[str], judged: bool) -> Answered | None:
    given = answer_of(one, ids, q)
    if given is None:
        return None
    part = quiz.part(a, q) or a
    right = kind_of(part.type).right(part, given.v, given.text) if judged else None
    return Answered(f"{a.id}/{q}" if q else a.id, given.t, right, (given.sure or "") if judged else "")


def _judged(policy: Policy) -> bool:
    return policy.profile != PROFILES[0] and not JUDGING & set(policy.locked or ())
