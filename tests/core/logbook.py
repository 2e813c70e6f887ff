"""A log written by hand: facts at given minutes, folded at once. For tests of what is computed from a fold."""

from __future__ import annotations

from typing import Any

from fieldkit.core import records as r
from fieldkit.core.plan import Activity, Completion, Item, Option, Plan, Segment, Step
from fieldkit.core.session import Session

ORIGIN = "ld.acme.example/dev/7q2k/000017-k3m9w2p4"
T0 = 1_795_339_200_000  # 2026-11-22 10:20 in Madrid
MIN = 60_000
HOSTILE = ("Ann [/] Lee", "=cmd()", "\u05d9\u05d5\u05e1\u05d9 =1", "-2+3", "@SUM(A1)", 'Q"u;o,te', "＝full")
"""Names that break a terminal, a spreadsheet, a line of text or a CSV file."""


def plan(**over: Any) -> Plan:
    """A small pack: a poll, two graded questions, a discussion, an exit text, an acknowledgement."""
    abc = [Option(id=k, text=[k.upper() + " word", None]) for k in "abc"]
    fields: dict[str, Any] = {
        "v": 1,
        "id": "loto-mini",
        "version": "1.2.0",
        "title": ["Lockout"],
        "language": "en",
        "langs": ["en", "es"],
        "minutes": 30,
        "course": "LOTO-R",
        "valid_months": 12,
        "completion": Completion(attendance_min=50, score_min=50, require=["ack"]),
        "segments": [
            Segment(
                id="open",
                phase="activation",
                minutes=10,
                title=["Open", "Abrir"],
                steps=[Step(at=0, do="open", activity="poll"), Step(at=60, do="open", activity="say")],
            ),
            Segment(
                id="check",
                phase="application",
                minutes=20,
                title=["=Check"],
                steps=[Step(at=0, do="open", activity=a) for a in ("q1", "q2", "exit", "ack", "kit")],
            ),
        ],
        "activities": [
            Activity(id="poll", type="poll", text=["What can still hurt you?"], options=abc),
            Activity(id="say", type="prompt", text=["Where could it go wrong?"], mode="confidential", upvote=True),
            Activity(id="q1", type="choice", text=["Right is b"], options=abc, graded=True, answer=["b"]),
            Activity(
                id="q2", type="choice", text=["a and c"], options=abc, multiple=True, graded=True, answer=["a", "c"]
            ),
            Activity(id="exit", type="text", text=["One thing"], mode="confidential"),
            Activity(id="ack", type="acknowledge", text=["I took part"], meaning="participation", sign="worker"),
            Activity(
                id="kit",
                type="checklist",
                text=["=Show it"],
                per="person",
                by="evaluator",
                items=[Item(id="lock", text=["Lock", "Bloquea"], critical=True), Item(id="tag", text=["=Tag"])],
            ),
        ],
    }
    return Plan(**(fields | over))


class Logbook:
    """`at(minute)` sets the clock; the other methods append one record each."""

    def __init__(self, of: Plan | None = None, **policy: Any) -> None:
        self.plan = of or plan()
        self.records: list[r.Record] = []
        self.session = Session(origin=ORIGIN, plan=self.plan)
        self.m = 0
        pack = r.PackRef(id=self.plan.id, version=self.plan.version, files="0" * 64, plan="0" * 64)
        self.add(
            r.SessionOpened(
                v=1, session_kind="class", dev="ld.acme.example/dev/7q2k", fac="ld.acme.example/fac/9k3m", pack=pack,
                program=None, part=None, cohort=None, makes_up=None, title="Lockout, =press 4", site="Plant 4",
                tz="Europe/Madrid", langs=["en", "es"], seq=17, prev=None, trust=0, seen=0, policy=r.Policy(**policy),
            ),
            x={"name": "Sam Ortiz", "place": "Press hall"},
        )  # fmt: skip

    def at(self, minute: float) -> Logbook:
        self.m = int(minute * MIN)
        return self

    def add(self, fact: r.Fact, p: str | None = None, x: dict[str, Any] | None = None) -> int:
        record = r.Record(i=len(self.records), m=self.m, t=T0 + self.m, fact=fact, p=p, private=x)
        self.records.append(record)
        self.session.apply(record)
        return record.i

    def expect(self, p: str, **x: str) -> int:
        return self.add(r.PersonExpected(), p, x)

    def join(self, p: str, name: str = "", badge: str = "", *, walkin: bool = False, via: str = "phone",
             ev: tuple[str, ...] = ("lan", "code"), **x: str) -> int:  # fmt: skip
        private = {"name": name or p.upper(), **({"badge": badge} if badge else {}), **x}
        return self.add(r.PersonJoined(via=via, device="phone", ev=list(ev), walkin=walkin), p, private)

    def came(self, p: str) -> int:
        return self.add(r.CameIn(ev=["lan"], via="phone", by="self"), p)

    def left(self, p: str) -> int:
        return self.add(r.WentOut(ev=["lan"], via="phone", by="self"), p)

    def mark(self, p: str, status: str, reason: str = "") -> int:
        return self.add(r.AttendanceMarked(status=status, by="fac", why="mistake"), p, {"reason": reason})

    def enter(self, segment: str) -> int:
        return self.add(r.SegmentEntered(segment=segment))

    def open(self, activity: str, round: int = 1, mode: str = "named") -> int:
        return self.add(r.ActivityOpened(activity=activity, round=round, mode=mode))

    def close(self, activity: str, round: int = 1) -> int:
        return self.add(r.ActivityClosed(activity=activity, round=round))

    def answer(self, p: str, activity: str, *v: str, round: int = 1, via: str = "phone", text: str = "") -> int:
        fact = r.AnswerPut(activity=activity, round=round, v=list(v), via=via)
        return self.add(fact, p, {"text": text} if text else None)

    def ack(self, p: str, activity: str = "ack", name: str = "Ann") -> int:
        fact = r.Acknowledged(activity=activity, round=1, meaning="participation", words="0" * 64)
        return self.add(fact, p, {"name": name, "lang": "en"})

    def say(self, p: str, text: str, activity: str | None = None, ref: int | None = None) -> int:
        return self.add(r.Said(activity=activity, ref=ref), p, {"text": text})

    def pause(self, why: str = "request") -> int:
        return self.add(r.SessionPaused(why=why))

    def resume(self, why: str = "request", **d: Any) -> int:
        return self.add(r.SessionResumed(why=why, **d))

    def amend(self, p: str | None, do: str = "correct", reason: str = "", ref: int | None = None, **put: Any) -> int:
        named = {"in" if k == "in_" else k: v for k, v in put.items()}
        where = r.Ref(i=ref, leaf="0" * 64) if ref is not None else None
        return self.add(r.Amended(do=do, why="mistake", by="fac", ref=where, set=named or None), p, {"reason": reason})

    def end(self) -> int:
        return self.add(r.SessionClosed(why="request"))


def meeting() -> Logbook:
    """Everything this release runs, with hostile names: seven people, a re-vote, talk, a break, corrections."""
    log = Logbook()
    log.add(r.StaffSet(role="trainer", key="ld.acme.example/fac/9k3m"), x={"name": "Sam Ortiz", "qualification": "L3"})
    log.add(r.StaffSet(role="interpreter"), x={"name": "Bo"})
    log.expect("a", badge="E1", last_name="Lee", first_name="Ann", employer="=Acme", role="Fitter", crew="B")
    log.expect("z", badge="E9", name="Never Came")
    for p, name in zip("abcdefg", HOSTILE, strict=True):
        log.join(p, name, "E1" if p == "a" else "", walkin=p != "a", lang="es" if p == "b" else "en")
    log.at(5).enter("open")
    log.open("poll")
    for p, v in zip("abcd", "abbc", strict=True):
        log.answer(p, "poll", v)
    log.close("poll")
    log.open("say", mode="confidential")
    first = log.say("c", "=the press", "say")
    log.say("b", "a line", "say", first)
    log.add(r.SayUpped(ref=first), "a")
    log.say("d", "question to all")
    log.at(15).pause()
    log.at(20).resume()
    log.enter("check")
    for no, v in ((1, "a"), (2, "b")):
        log.open("q1", no)
        for p in "abc":
            log.answer(p, "q1", v, round=no)
        log.add(r.HandsCounted(activity="q1", round=no, counts={"a": 1, "c": 2}))
        log.close("q1", no)
    log.open("exit", mode="confidential")
    log.answer("b", "exit", text="zeta")
    log.answer("a", "exit", text="alpha")
    log.open("ack")
    log.ack("a")
    log.add(r.StaffSet(role="evaluator"), x={"name": "Eva =1"})
    log.open("kit")
    for p, item, ok in (("a", "lock", True), ("a", "tag", True), ("b", "lock", False)):
        log.add(r.CheckMarked(activity="kit", item=item, ok=ok, by="fac"), p, {"note": "=slow"} if not ok else None)
    log.add(r.TempoTallied(segment="check", lost=2, ok=9, faster=0))
    log.at(38).mark("c", "late", "came at =10")
    log.add(r.PersonRenamed(why="request"), "d", {"name": "Dee"})
    log.add(r.PersonVoided(why="mistake"), "g")
    log.at(40).end()
    log.add(r.SignedBy(role="trainer", key="ld.acme.example/fac/9k3m", meaning="held"), x={"name": "Sam Ortiz"})
    log.at(60).amend("b", status="left_early", reason="left at two")
    return log
