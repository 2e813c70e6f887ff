"""One evening of training as its rules make it: people come, answer, are judged, sign, leave; nobody is named yet.

A template is played once by `core.rules` with a clock and dice that are the same in every run; `bench.organisation`
stamps it with people, a place, a day and a laptop as often as it likes. Two evaluators judge the first people, some
come late or leave early, the practice is left out now and then, and minutes differ from the plan: so every figure of
the pages has something to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from bench.logs import entropy, p_of, session_opened
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Completion, Item, Option, Plan, Segment, Step
from fieldkit.core.records import Draft, Record, StaffSet
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session

MINUTE = 60_000
Roll = Callable[[int], int]


def _choice(id: str, text: str, **more: object) -> Activity:
    texts = ("Stop it", "Lock it and try it", "Tell the shift", "Nothing")
    some = [Option(id=x, text=[t]) for x, t in zip("abcd", texts, strict=True)]
    return Activity(id=id, type="choice", text=[text], options=some, answer=["b"], **more)  # type: ignore[arg-type]


def pack(id: str, version: str = "1.0.0", title: str = "Lockout at the press") -> Plan:
    """Four segments, thirteen activities, everything that head office has a figure for."""

    def segment(name: str, phase: str, minutes: int, *opens: str) -> Segment:
        steps = [Step(at=60 * k, do="open", activity=one) for k, one in enumerate(opens)]
        return Segment(id=name, phase=phase, minutes=minutes, title=[name.capitalize()], steps=steps)

    return Plan(
        v=1, id=id, version=version, title=[title], language="en", langs=["en"], minutes=40, valid_months=12,
        segments=[
            segment("open", "activation", 8, "seen", "pre"),
            segment("learn", "content", 14, *(f"q{k}" for k in range(1, 7))),
            segment("practice", "application", 12, "skill", "talk"),
            segment("close", "synthesis", 6, "post", "exit", "ack"),
        ],
        activities=[
            Activity(
                id="seen", type="poll", text=["When did you last lock a machine?"],
                options=[Option(id=x, text=[t]) for x, t in (("a", "This week"), ("b", "This year"), ("c", "Never"))],
            ),
            _choice("pre", "What comes before the guard is opened?"),
            *(_choice(f"q{k}", f"Question {k}: what comes first?", graded=True, sure=True) for k in range(1, 7)),
            Activity(
                id="skill", type="checklist", text=["Lock your machine"], per="person", by="evaluator",
                items=[Item(id="lock", text=["Locks"], critical=True), Item(id="try", text=["Tries"])],
            ),
            Activity(id="talk", type="prompt", text=["Where could it go wrong here?"], upvote=True),
            _choice("post", "And now: what comes before the guard is opened?", pre="pre"),
            Activity(id="exit", type="text", text=["One thing I will do from tomorrow"], max_chars=200),
            Activity(id="ack", type="acknowledge", text=["I took part."], meaning="participation", sign="worker"),
        ],
        completion=Completion(attendance_min=70, score_min=50, require=["ack"]),
    )  # fmt: skip


class Evening(msgspec.Struct, frozen=True):
    """What was written, without the two records that open it: (m, draft) in order, `p` as `p_of(k)`, and how many."""

    drafts: list[tuple[int, Draft]]
    people: int


def dice(seed: str) -> Roll:
    give = entropy(seed)
    return lambda n: int.from_bytes(give(4), "big") % n


def play(plan: Plan, people: int, seed: str) -> Evening:
    """Play one evening. Raises RuntimeError where a rule refuses what the script wishes."""
    session = Session(origin="ld.acme.example/dev/7q2k/000001-k3m9w2p4", plan=plan)
    roll, out, at = dice(seed), list[tuple[int, Draft]](), 0
    first = [Draft(session_opened(plan), None, {"name": "T"}), Draft(StaffSet(role="trainer"), None, {"name": "T"})]
    session.fold([_record(k, 0, one) for k, one in enumerate(first)])
    for m, wish, by in _script(plan, people, roll):
        at = max(at, m)
        made = decide(session, wish, by, at)
        if isinstance(made, Refusal):
            raise RuntimeError(f"{wish} was refused: {made.reason}")
        for draft in made:
            session.fold([_record(session.saved + 1, at, draft)])
            out.append((at, draft))
    return Evening(out, people)


def _record(i: int, m: int, draft: Draft) -> Record:
    return Record(i, m, m, draft.fact, draft.p, "A" * 43 if draft.private else None, draft.private)


def _script(plan: Plan, people: int, roll: Roll) -> Iterator[tuple[int, Intent, Actor]]:
    """(m, wish, by) in order of `m`."""
    phones = [Actor(by="self", via="phone", p=p_of(k)) for k in range(people)]
    absent = {k for k in range(people) if roll(14) == 0}
    late = {k for k in range(people) if roll(9) == 0} - absent
    early = {k for k in range(people) if roll(11) == 0} - absent - late
    ability = [roll(100) for _ in range(people)]
    for k in range(people):
        yield 0, w.Expect(new_p=p_of(k), fields={"name": f"{k}", "badge": f"{k}"}), FACILITATOR

    def come(k: int) -> tuple[Intent, Actor]:
        joined = w.Join(name=f"{k}", new_p=p_of(k), badge=f"{k}", lang="en", device="phone", ev=("lan", "code"))
        return joined, Actor(by="self", via="phone")

    m = MINUTE
    for k in range(people):
        if k not in absent | late:
            m += 1000 + roll(4000)
            yield (m, *come(k))
    here = [k for k in range(people) if k not in absent | late]

    def asked(id: str, wish: Callable[[int], Intent]) -> Iterator[tuple[int, Intent, Actor]]:
        nonlocal m
        yield (m := m + 20_000), w.OpenActivity(activity=id), FACILITATOR
        for k in here:
            if roll(12):
                yield (m := m + 300 + roll(900)), wish(k), phones[k]
        yield (m := m + 15_000), w.CloseActivity(activity=id), FACILITATOR

    def pick(k: int, hard: int) -> str:
        return "b" if ability[k] + roll(60) > hard else "acd"[roll(3)]

    n = [0]

    def answer(id: str, hard: int, sure: bool = False) -> Callable[[int], Intent]:
        def wish(k: int) -> Intent:
            n[0] += 1
            v = pick(k, hard) if id != "seen" else "abc"[roll(3)]
            return w.PutAnswer(
                activity=id, round=1, v=(v,), n=n[0], sure=("sure" if roll(3) else "unsure") if sure else None
            )

        return wish

    for segment in plan.segments:
        if segment.id == "practice" and roll(6) == 0:
            continue
        start, takes = m, segment.minutes * MINUTE * (70 + roll(70)) // 100
        yield (m := m + 1000), w.EnterSegment(segment=segment.id), FACILITATOR
        if segment.id == "open":
            yield from asked("seen", answer("seen", 50))
            yield from asked("pre", answer("pre", 80))
        elif segment.id == "learn":
            for k in sorted(late):
                m += 2000
                yield (m, *come(k))
            here = sorted({*here, *late})
            for q in range(1, 7):
                yield from asked(f"q{q}", answer(f"q{q}", 25 + 15 * q, sure=True))
        elif segment.id == "practice":
            for at, wish, by in _skills(m, here, roll):
                yield (m := at), wish, by
            yield (m := m + 20_000), w.OpenActivity(activity="talk"), FACILITATOR
            for k in here[:5]:
                yield (m := m + 9000), w.PutSay(text=f"It happened at machine {roll(40)}", activity="talk"), phones[k]
            yield (m := m + 20_000), w.CloseActivity(activity="talk"), FACILITATOR
        else:
            for k in sorted(early):
                yield (m := m + 500), w.Leave(), phones[k]
            here = [k for k in here if k not in early]
            yield from asked("post", answer("post", 45))
            yield from asked("exit", lambda k: w.PutAnswer(activity="exit", round=1, text=f"I will try it, {k}", n=900))
            yield from asked("ack", lambda k: w.Sign(activity="ack", round=1, text=f"{k}"))
        m = max(m, start + takes)
    for k in here:
        yield (m := m + 300), w.Leave(), phones[k]
    yield m + 10_000, w.End(), FACILITATOR


def _skills(m: int, here: list[int], roll: Roll) -> Iterator[tuple[int, Intent, Actor]]:
    """One evaluator judges everybody, a second one the first six again, and does not always agree."""
    yield (m := m + 5_000), w.OpenActivity(activity="skill"), FACILITATOR
    for name, some in (("Evaluator one", here), ("Evaluator two", here[:6])):
        yield (m := m + 1000), w.SetStaff(role="evaluator", name=name), FACILITATOR
        for k in some:
            for item in ("lock", "try"):
                marked = w.MarkItem(who=p_of(k), activity="skill", item=item, ok=(k * 7 + len(item) + roll(4)) % 8 > 1)
                yield (m := m + 2000), marked, FACILITATOR
    yield (m := m + 1000), w.CloseActivity(activity="skill"), FACILITATOR
