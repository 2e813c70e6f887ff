"""Sessions for tests of figures: what everybody did as plain data, the session made of it, and the figures by hand.

The figures by hand are worked out from the plain data, person by person, and share nothing with the program but the
names of the fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.core.figures import Figures
from fieldkit.core.figures import counts as c
from fieldkit.core.plan import Activity, Item, Option, Plan, Question, Segment, Step
from tests.core.classes import MIN, Class

ABC = [Option(id=k, text=[k.upper()]) for k in "abc"]
SEGMENTS = {"warm": 10, "learn": 20, "rest": 5, "nil": 0, "drill": 15}
TEST = {"q1": ("b",), "q2": ("a", "c"), "quiz/x": ("a",), "quiz/y": ("true",)}
"""Graded questions and their keys."""
KEYS = {**TEST, "pre": ("b",), "post": ("b",), "again": ("b",)}
CHECKS = ("lock", "tag")


def measured(**over: Any) -> Plan:
    def step(*ids: str) -> list[Step]:
        return [Step(at=k, do="open", activity=a) for k, a in enumerate(ids)]

    fields: dict[str, Any] = {
        "v": 1, "id": "measured", "version": "1.0.0", "title": ["Measured"], "language": "en", "langs": ["en"],
        "minutes": 50,
        "segments": [
            Segment("warm", "activation", 10, ["Warm"], steps=step("pre", "poll", "secret")),
            Segment("learn", "content", 20, ["Learn"], steps=step("q1", "q2", "quiz", "again")),
            Segment("rest", "break", 5, ["Rest"]),
            Segment("nil", "content", 0, ["Nil"]),
            Segment("drill", "application", 15, ["Drill"], steps=step("post", "kit", "strange", "never")),
        ],
        "activities": [
            Activity(id="pre", type="choice", text=["Before"], options=ABC, answer=["b"]),
            Activity(id="poll", type="poll", text=["Poll"], options=ABC, mode="confidential"),
            Activity(id="secret", type="scale", text=["Secret"], options=ABC, mode="anonymous"),
            Activity(id="q1", type="choice", text=["One"], options=ABC, answer=["b"], graded=True, sure=True),
            Activity(
                id="q2", type="choice", text=["Two"], options=ABC, answer=["a", "c"], multiple=True, graded=True
            ),
            Activity(
                id="quiz", type="quiz", text=["Quiz"], graded=True,
                questions=[
                    Question(id="x", type="choice", text=["X"], options=ABC, answer=["a"]),
                    Question(id="y", type="truefalse", text=["Y"], answer=["true"]),
                ],
            ),
            Activity(id="again", type="choice", text=["Again"], options=ABC, answer=["b"]),
            Activity(id="post", type="choice", text=["After"], options=ABC, answer=["b"], pre="pre"),
            Activity(
                id="kit", type="checklist", text=["Kit"], by="evaluator", per="person",
                items=[Item(id=k, text=[k]) for k in CHECKS],
            ),
            Activity(id="strange", type="of-a-later-release", text=["?"]),
            Activity(id="never", type="poll", text=["Never"], options=ABC),
        ],
    }  # fmt: skip
    return Plan(**(fields | over))


@dataclass(frozen=True)
class Somebody:
    """`here`: comes at the beginning and stays. `said`: question → answer; of `again`, round 1 and 2 as `again1`,
    `again2`. `judged`: item → verdicts of the first and the second evaluator."""

    expected: bool = True
    here: bool = True
    taken_out: bool = False
    said: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sure: str | None = None
    judged: dict[str, tuple[bool, bool | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Meeting:
    """`minutes`: segment → whole minutes spent there, in the order of the plan; those left out were not entered.
    `void`: activities whose round was made void. `secret`: the tally of the anonymous question."""

    people: tuple[Somebody, ...] = ()
    minutes: dict[str, int] = field(default_factory=lambda: dict(SEGMENTS))
    void: frozenset[str] = frozenset()
    secret: tuple[int, int, int] | None = None
    kind: str = "class"
    makes_up: str | None = None
    agreement: str = ""
    changed: frozenset[str] = frozenset()


def answers(of: str) -> st.SearchStrategy[tuple[str, ...]]:
    if of == "quiz/y":
        return st.sampled_from([("true",), ("false",)])
    if of == "q2":
        return st.sampled_from([("a", "c"), ("a",), ("b", "c")])
    return st.sampled_from([("a",), ("b",), ("b",), ("c",)])


SAID = st.fixed_dictionaries(
    {},
    optional={k: answers(k) for k in ("pre", "post", "poll", "q1", "q2", "quiz/x", "quiz/y", "again1", "again2")},
)
PEOPLE = st.builds(
    Somebody,
    expected=st.booleans(),
    here=st.sampled_from([True, True, True, False]),
    taken_out=st.sampled_from([False, False, False, True]),
    said=SAID,
    sure=st.sampled_from([None, "sure", "unsure"]),
    judged=st.dictionaries(
        st.sampled_from(CHECKS), st.tuples(st.booleans(), st.sampled_from([None, True, False])), max_size=2
    ),
)
MEETINGS = st.builds(
    Meeting,
    people=st.lists(PEOPLE, max_size=7).map(tuple),
    minutes=st.fixed_dictionaries({}, optional={k: st.integers(0, 30) for k in SEGMENTS}),
    void=st.frozensets(st.sampled_from(["pre", "q1", "quiz", "poll", "post"]), max_size=2),
    secret=st.sampled_from([None, (3, 2, 1), (0, 0, 6), (0, 0, 0)]),
    kind=st.sampled_from(["class", "class", "toolbox", "makeup", "evaluation"]),
    makes_up=st.sampled_from([None, None, "ld.acme.example/dev/7q2k/000001-abcdefgh"]),
    agreement=st.sampled_from(["", "BV-1"]),
    changed=st.frozensets(st.sampled_from(["warm", "learn"]), max_size=2),
)
ORDER = ("pre", "poll", "secret", "q1", "q2", "quiz", "again", "post", "kit")


def session(of: Meeting, n: int = 1, fac: str = "ld.acme.example/fac/9k3m") -> Class:
    """The session in which that happened: everything is run in the first minute, whatever the segments say after.

    `fac`: the key of who leads it; empty: nobody has one."""
    policy = r.Policy(named=of.agreement) if of.agreement else r.Policy()
    room = Class(n, 0, of=measured(), session_kind=of.kind, makes_up=of.makes_up, policy=policy)
    room.add(r.StaffSet(role="trainer", key=fac or None), None, {"name": "Sam"})
    first = room.add(r.StaffSet(role="helper", key=None), None, {"name": "Eve"})
    second = room.add(r.StaffSet(role="helper", key=None), None, {"name": "Fay"})
    for segment in sorted(of.changed):
        room.add(r.PlanChanged(segment=segment, minutes=99))
    who = {f"p{k}": one for k, one in enumerate(of.people)}
    for p, one in who.items():
        if one.expected:
            room.add(r.PersonExpected(), p, {"name": p, "badge": f"B{p}"})
        if one.here:
            came = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=not one.expected)
            room.add(came, p, {"name": p})
    asked = {a for a in ORDER if _happened(of, a)}
    for a in ORDER:
        if a not in asked:
            continue
        mode = {"poll": "confidential", "secret": "anonymous"}.get(a, "named")
        for no in (1, 2) if a == "again" else (1,):
            room.add(r.ActivityOpened(activity=a, round=no, mode=mode))
            for p, one in who.items():
                for q, v in one.said.items():
                    if q.partition("/")[0] == (f"{a}{no}" if a == "again" else a) and one.here:
                        sure = one.sure if a == "q1" else None
                        put = r.AnswerPut(
                            activity=a, round=no, v=list(v), via="phone", q=q.partition("/")[2] or None, sure=sure
                        )
                        room.add(put, p)
                for item, (one_said, two_said) in one.judged.items() if a == "kit" and one.here else ():
                    room.add(r.CheckMarked(activity=a, item=item, ok=one_said, by="co", co=first), p)
                    if two_said is not None:
                        room.add(r.CheckMarked(activity=a, item=item, ok=two_said, by="co", co=second), p)
            if a == "secret" and of.secret is not None:
                n_ = sum(of.secret)
                keep = n_ >= 5
                counts = {k: v for k, v in zip("abc", of.secret, strict=True) if v} if keep else {}
                tally = r.TallyPut(activity=a, round=1, counts=counts, n=n_ if keep else 0, suppressed=not keep)
                room.add(tally)
            room.add(r.ActivityClosed(activity=a, round=no))
        if a in of.void:
            room.add(r.ActivityVoided(activity=a, round=1))
    room.m += MIN
    for segment in SEGMENTS:
        if segment in of.minutes:
            room.add(r.SegmentEntered(segment=segment))
            room.m += of.minutes[segment] * MIN
    for p, one in who.items():
        if one.taken_out and (one.expected or one.here):
            room.add(r.PersonVoided(why="mistake"), p)
    room.add(r.SessionClosed(why="done"))
    return room


def _happened(of: Meeting, a: str) -> bool:
    return a != "secret" or of.secret is not None


RIGHT = {"pre": ("a",), "post": ("b",), "q1": ("b",), "q2": ("a", "c"), "quiz/x": ("a",), "quiz/y": ("true",),
         "again1": ("a",), "again2": ("b",), "poll": ("a",)}  # fmt: skip
WRONG = RIGHT | {"q1": ("a",), "quiz/x": ("c",), "post": ("c",), "again2": ("c",)}
CLASS = Meeting(
    people=(
        *(Somebody(said=RIGHT, sure="sure", judged={"lock": (True, True), "tag": (True, k > 0)}) for k in range(3)),
        *(Somebody(said=WRONG, sure="sure", judged={"lock": (False, False)}) for _ in range(2)),
        Somebody(here=False),
    ),
    minutes={"warm": 12, "learn": 20, "drill": 30},
    secret=(1, 2, 3),
)
AGREED = Meeting(people=CLASS.people, minutes=CLASS.minutes, agreement="BV-2026-07")


# ---- the same by hand ----------------------------------------------------------------------------------------


def by_hand(of: Meeting) -> Figures:
    full = of.kind in ("class", "toolbox") and of.makes_up is None
    sheet = [one for one in of.people if (one.expected or one.here) and not one.taken_out]
    here = [one for one in sheet if one.here]
    opened = [a for a in ORDER if _happened(of, a)]
    planned = [s.activity or "" for g in measured().segments for s in g.steps]
    took: dict[str, c.Took] = {}
    for a in {*planned, *opened}:
        asked = answered = 0
        if a in opened and a not in of.void and a not in ("kit", "secret"):
            answered = sum(all(q in one.said for q in _asked(a)) if a != "again" else
                           bool({"again1", "again2"} & one.said.keys()) for one in here)  # fmt: skip
            asked = len(here)
        if a == "secret" and of.secret is not None and sum(of.secret) >= 5:
            answered, asked = sum(of.secret), max(sum(of.secret), len(here))
        took[a] = c.Took(
            planned=int(full and a in planned),
            run=int(a in opened),
            skipped=int(full and a in planned and a not in opened),
            void=int(a in of.void and a in opened),
            asked=asked,
            answered=answered,
        )
    segments: dict[str, c.Pace] = {}
    if full:
        for g in measured().segments:
            ran = g.id in of.minutes or any(s.activity in opened for s in g.steps)
            segments[g.id] = _pace(g.minutes, of.minutes.get(g.id), ran)
            if g.id in of.changed:
                segments[g.id] = c.plus(segments[g.id], c.Pace(changed=1))
    lessons = [segments[k] for k in segments if k != "rest"]
    total = sum(of.minutes.values()) if of.minutes else 1  # from the first segment on, if any was entered
    delivery = c.Delivery(
        sessions=1,
        full=int(full),
        named=int(bool(of.agreement)),
        people=len(sheet),
        expected=sum(one.expected for one in sheet),
        present=len(here),
        walkins=sum(not one.expected for one in here),
        asked=sum(one.asked for one in took.values()),
        answered=sum(one.answered for one in took.values()),
        planned=sum(one.planned for one in took.values()),
        run=sum(one.run for one in took.values() if one.planned),
        skipped=sum(one.skipped for one in took.values()),
        segments=len(lessons),
        segments_skipped=sum(one.skipped for one in lessons),
        pace=_pace(50, total, True) if full else c.Pace(),
    )
    return c.tidy(
        Figures(
            delivery=delivery, segments=segments, activities=took, spread=_spread(of, [x for x in of.people if x.here]),
            items=_items(of, here), gain=_gain(of, here), moved=_moved([x for x in of.people if x.here]),
            agreed=_agreed(here),
        )
    )  # fmt: skip


def _asked(a: str) -> list[str]:
    return ["quiz/x", "quiz/y"] if a == "quiz" else [a]


def _pace(planned: int, real: int | None, ran: bool) -> c.Pace:
    if real is None or not planned:
        return c.Pace(n=1, run=int(ran), skipped=int(not ran))
    return c.Pace(
        n=1, run=1, timed=1, planned_ms=planned * MIN, real_ms=real * MIN, off_ms=abs(real - planned) * MIN,
        within=int(planned * 0.8 <= real <= planned * 1.2),
    )  # fmt: skip


def _spread(of: Meeting, here: list[Somebody]) -> dict[str, dict[str, c.Spread]]:
    """Counts are those that every screen showed: also of who was taken out afterwards."""
    found: dict[str, dict[str, c.Spread]] = {}
    for q in ("pre", "poll", "q1", "q2", "quiz/x", "quiz/y", "again1", "again2", "post"):
        if q.partition("/")[0] in of.void:
            continue
        said = [one.said[q] for one in here if q in one.said]
        counts = {k: sum(k in v for v in said) for k in ("a", "b", "c", "true", "false")}
        key = KEYS.get(q.rstrip("12") if q.startswith("again") else q)
        right = sum(sorted(v) == sorted(key) for v in said) if key else 0
        judged = len(said) if key else 0
        made = c.Spread(n=len(said), judged=judged, right=right, counts=counts)
        found.setdefault("again" if q.startswith("again") else q, {})["2" if q == "again2" else "1"] = made
    if of.secret is not None and sum(of.secret) >= 5:
        found["secret"] = {"1": c.Spread(n=sum(of.secret), counts=dict(zip("abc", of.secret, strict=True)))}
    return found


def _items(of: Meeting, here: list[Somebody]) -> dict[str, c.Item]:
    found: dict[str, c.Item] = {}
    whole = [one for one in here if all(q in one.said for q in TEST)]
    ran = not {q.partition("/")[0] for q in TEST} & of.void
    for q, key in KEYS.items():
        if q.partition("/")[0] in of.void:
            continue
        at = "again2" if q == "again" else q
        mine = [one for one in here if at in one.said]
        rights = [sorted(one.said[at]) == sorted(key) for one in mine]
        both = list(zip(mine, rights, strict=True)) if q == "q1" else []
        one = c.Item(
            n=len(mine),
            right=sum(rights),
            sure_right=sum(x.sure == "sure" and ok for x, ok in both),
            sure_wrong=sum(x.sure == "sure" and not ok for x, ok in both),
            unsure_right=sum(x.sure == "unsure" and ok for x, ok in both),
            unsure_wrong=sum(x.sure == "unsure" and not ok for x, ok in both),
        )
        if q in TEST and ran:
            pairs = rest_pairs(whole, q)
            xs, rs = [x for x, _ in pairs], [y for _, y in pairs]
            one = c.plus(
                one,
                c.Item(
                    whole=len(pairs), x=sum(xs), r=sum(rs), xx=sum(x * x for x in xs), rr=sum(y * y for y in rs),
                    xr=sum(x * y for x, y in pairs),
                ),
            )  # fmt: skip
        found[q] = one
    return found


def rest_pairs(whole: list[Somebody], q: str) -> list[tuple[int, int]]:
    """(right here, right answers to the rest) of each."""
    points = [{k: int(sorted(one.said[k]) == sorted(key)) for k, key in TEST.items()} for one in whole]
    return [(one[q], sum(one.values()) - one[q]) for one in points]


def _gain(of: Meeting, here: list[Somebody]) -> dict[str, c.Gain]:
    if {"pre", "post"} & of.void:
        return {}
    both = [(one.said["pre"] == ("b",), one.said["post"] == ("b",)) for one in here if {"pre", "post"} <= set(one.said)]
    gain = c.Gain(
        n=len(both), pre_points=sum(a for a, _ in both), pre_of=len(both), post_points=sum(b for _, b in both),
        post_of=len(both), rose=both.count((False, True)), fell=both.count((True, False)),
    )  # fmt: skip
    return {"post": gain}


def _moved(here: list[Somebody]) -> dict[str, c.Moved]:
    both = [
        (x.said["again1"] == ("b",), x.said["again2"] == ("b",)) for x in here if {"again1", "again2"} <= set(x.said)
    ]
    return {
        "again": c.Moved(
            stayed_right=both.count((True, True)), became_right=both.count((False, True)),
            became_wrong=both.count((True, False)), stayed_wrong=both.count((False, False)),
        )
    }  # fmt: skip


def _agreed(here: list[Somebody]) -> dict[str, c.Agreed]:
    found = {}
    for item in CHECKS:
        both = [one.judged[item] for one in here if one.judged.get(item, (True, None))[1] is not None]
        found[f"kit/{item}"] = c.Agreed(
            yes_yes=both.count((True, True)), yes_no=both.count((True, False)),
            no_yes=both.count((False, True)), no_no=both.count((False, False)),
        )  # fmt: skip
    return found
