"""Sessions of several days for tests of programs: who was in which segment, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from fieldkit.core import records as r
from fieldkit.core.office import corrected
from fieldkit.core.plan import Activity, Completion, Option, Plan, Segment, Step
from fieldkit.core.program import Need, PackAtLeast, Part, Program, Validity
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.standing import Standing
from fieldkit.core.taught import Facts, Who, facts

DAY_0 = date(2026, 1, 5)
T0 = 1_767_600_000_000
"""2026-01-05T08:00:00Z."""
MIN, DAY = 60_000, 86_400_000
SEGMENTS = ("warm", "learn", "drill")
OFFICE = "ld.acme.example/dev/office/000001-k3m9w2p4"


def plan(id: str = "press-basics", version: str = "1.2.0", **over: Any) -> Plan:
    """Three segments of ten minutes; `learn` asks a question, `drill` wants a signature."""
    ab = [Option(id=k, text=[k]) for k in "ab"]
    fields: dict[str, Any] = {
        "v": 1,
        "id": id,
        "version": version,
        "title": ["Press"],
        "language": "en",
        "langs": ["en"],
        "minutes": 30,
        "completion": Completion(attendance_min=80, score_min=50, require=["ack"]),
        "segments": [
            Segment("warm", "activation", 10, ["Warm up"]),
            Segment("learn", "content", 10, ["Learn"], steps=[Step(at=0, do="open", activity="q")]),
            Segment("drill", "application", 10, ["Drill"], steps=[Step(at=0, do="open", activity="ack")]),
        ],
        "activities": [
            Activity(id="q", type="choice", text=["b?"], options=ab, graded=True, answer=["b"]),
            Activity(id="ack", type="acknowledge", text=["I did"], meaning="participation", sign="worker"),
        ],
    }
    return Plan(**(fields | over))


def origin(n: int, laptop: str = "7q2k") -> str:
    return f"ld.acme.example/dev/{laptop}/{n:06d}-{'abcdefgh'}"


class Class:
    """One session on day `day`. `people`: badge → the segments they are in the room for; none: expected and away."""

    def __init__(
        self, n: int, day: int, people: Mapping[str, str] | None = None, of: Plan | None = None, **opened: Any
    ) -> None:
        self.plan, self.records = of or plan(), list[r.Record]()
        self.t0 = T0 + day * DAY
        self.m = 0
        pack = r.PackRef(id=self.plan.id, version=self.plan.version, files="0" * 64, plan="0" * 64)
        fields: dict[str, Any] = {
            "v": 1, "session_kind": "class", "dev": "ld.acme.example/dev/7q2k", "fac": None, "pack": pack,
            "program": None, "part": None, "cohort": None, "makes_up": None, "title": "Press", "site": "plant-2",
            "tz": "UTC", "langs": ["en"], "seq": n, "prev": None, "trust": 0, "seen": 0, "policy": r.Policy(),
        }  # fmt: skip
        self.session = Session(origin=origin(n), plan=self.plan)
        self.add(r.SessionOpened(**(fields | opened)))
        self.people = dict(people or {})
        if people is not None:
            self.run()

    def add(self, fact: r.Fact, p: str | None = None, x: dict[str, Any] | None = None) -> int:
        at = len(self.records)
        record = r.Record(at, self.m, self.t0 + self.m, fact, p, "x" if x else None, x)
        self.records.append(record)
        self.session.apply(record)
        return at

    def expect(self, badge: str, **x: str) -> None:
        self.add(r.PersonExpected(), f"p-{badge}", {"badge": badge, "name": f"Name {badge}", **x})

    def run(self, segments: tuple[str, ...] = SEGMENTS, wrong: str = "", **x: str) -> None:
        """Ten minutes a segment. Who is in `learn` answers right (those of `wrong` do not), who is in `drill` signs."""
        for badge in self.people:
            self.expect(badge, crew="B", role="operator", **x)
        inside: set[str] = set()
        for segment in segments:
            for badge, there in self.people.items():
                p = f"p-{badge}"
                if segment in there.split() and p not in inside:
                    came = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False)
                    known = self.session.people[p].joined_i is not None
                    self.add(r.CameIn(ev=["lan"], via="phone", by="self") if known else came, p)
                    inside.add(p)
                elif segment not in there.split() and p in inside:
                    self.add(r.WentOut(ev=["lan"], via="phone", by="self"), p)
                    inside.discard(p)
            self.add(r.SegmentEntered(segment=segment))
            self.m += MIN
            if segment == "learn":
                self.add(r.ActivityOpened(activity="q", round=1, mode="named"))
                for p in sorted(inside):
                    v = "a" if p.removeprefix("p-") in wrong.split() else "b"
                    self.add(r.AnswerPut(activity="q", round=1, v=[v], via="phone"), p)
                self.add(r.ActivityClosed(activity="q", round=1))
            if segment == "drill":
                self.add(r.ActivityOpened(activity="ack", round=1, mode="named"))
                signed = r.Acknowledged(activity="ack", round=1, meaning="participation", words="0" * 64)
                for p in sorted(inside):
                    self.add(signed, p, {"name": "N"})
            self.m += 9 * MIN
        self.add(r.SessionClosed(why="done"))

    def credit(self, badge: str, *whats: str) -> Class:
        ref = r.Ref(i=0, leaf="0" * 64, o=self.session.origin)
        made = [(k, r.CreditGranted(what=what, ref=ref)) for k, what in enumerate(whats, 1)]
        t = self.t0 + self.m
        said = [(OFFICE, r.Record(k, 0, t, one, f"p-{badge}", "x", {"evidence": "card"})) for k, one in made]
        corrected(self.session, said)
        return self

    @property
    def facts(self) -> Facts:
        found = facts(self.session)
        assert found is not None
        return found


ALL = " ".join(SEGMENTS)


def program(*parts: Part, **over: Any) -> Program:
    """The press course: one part, the basics, good for a year; crew B needs it."""
    one = Part(id="basics", title={"en": "Basics"}, packs=(PackAtLeast(id="press-basics", version="1.0.0"),))
    fields: dict[str, Any] = {
        "id": "press4",
        "version": "1.0.0",
        "title": {"en": "Press 4", "es": "Prensa 4"},
        "task": "press4",
        "parts": parts or (one,),
        "needs": (Need(crew=("b",)),),
        "validity": Validity(months=12),
    }
    return Program(**(fields | over))


def register(of: Program, *classes: Class) -> Register:
    found = Register([of])
    for one in classes:
        found.add(one.facts)
    return found


def standing(of: Program, badge: str, *classes: Class, on: int | date = 300, issuer: str = "") -> Standing | None:
    day = on if isinstance(on, date) else DAY_0 + timedelta(days=on)
    who: Who = (badge, issuer)
    return register(of, *classes).standing(of, who, day)


def owed(one: Standing | None) -> list[tuple[str, str]]:
    """(part, segments) that somebody owes."""
    assert one is not None
    return [(x.part, " ".join(x.segments)) for x in one.owes]
