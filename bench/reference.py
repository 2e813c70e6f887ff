"""The reference session: 40 people, 45 minutes, six questions, a discussion, exit tickets in words, signatures.

Made by the rules and the store as a real one, with a clock and randomness that are the same in every run, so that
its size is a number that only changes when the format or the rules do. `python -m bench.reference FILE.fkb` writes it.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.logs import DEVICE, T0, entropy, p_of, session_opened, signer
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Activity, Option, Plan, Segment, Step
from fieldkit.core.records import Draft, StaffSet
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from fieldkit.log.bundle import write_bundle
from fieldkit.log.keys import VKey
from fieldkit.log.line import canonical_plan
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Lock
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import enrol_note

PEOPLE = 40
FIRST = [
    "Ann",
    "Bo",
    "Carmen",
    "Dirk",
    "Eva",
    "Farid",
    "Gita",
    "Hugo",
    "Ines",
    "Jorge",
    "Kim",
    "Lena",
    "Mehdi",
    "Nora",
    "Omar",
    "Paula",
    "Quim",
    "Rosa",
    "Sam",
    "Tariq",
]
LAST = [
    "Álvarez",
    "Baker",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fofana",
    "Garcia",
    "Huang",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lopez",
    "Müller",
    "Nguyen",
]
TICKETS = (
    "check that nobody else is inside before I unlock",
    "try to start it after locking, every time",
    "ask for the second key when the shift changes",
    "write my name on the tag so that people can find me",
    "I still do not know who locks the compressor on line 3",
    "bleed the air out before I open the guard",
)
TALK = ("The press on line 2 has two breakers", "Nobody has the spare key at night", "The tag falls off in the rain")

QUESTIONS = [
    Activity(
        id=f"q{k}",
        type="choice",
        text=[f"Question {k}: what has to happen before the guard of the press is opened?"],
        options=[
            Option(id=x, text=[text])
            for x, text in zip("abcd", ("Stop it", "Lock and try", "Tell the shift", "Nothing"), strict=True)
        ],
        graded=True,
        answer=["b"],
        explain=["Stored energy stays after the breaker is off: lock, then try."],
    )
    for k in range(1, 7)
]
PLAN = Plan(
    v=1,
    id="reference",
    version="1.0.0",
    title=["Lockout, the reference session"],
    language="en",
    langs=["en"],
    minutes=45,
    segments=[
        Segment(
            id="learn",
            phase="content",
            minutes=45,
            title=["Lockout"],
            steps=[Step(at=60 * k, do="open", activity=f"q{k}") for k in range(1, 7)],
        )
    ],
    activities=[
        *QUESTIONS,
        Activity(id="talk", type="prompt", text=["Where could it go wrong here?"], upvote=True),
        Activity(id="exit", type="text", text=["One thing I will do from tomorrow"], max_chars=200),
        Activity(id="ack", type="acknowledge", text=["I took part."], meaning="participation", sign="worker"),
    ],
)


def script() -> Iterator[tuple[int, Intent, Actor]]:
    """(m, wish, by) in order: 40 people come in one after another, answer within half a minute, sign and leave."""
    dice = entropy("dice")

    def roll(n: int) -> int:
        return int.from_bytes(dice(4), "big") % n

    phones = [Actor(by="self", via="phone", p=p_of(k)) for k in range(PEOPLE)]

    def everybody(start: int, wishes: list[Intent]) -> Iterator[tuple[int, Intent, Actor]]:
        times = sorted((start + 3000 + roll(27_000), k) for k in range(PEOPLE))
        for m, k in times:
            yield m, wishes[k], phones[k]

    m = 60_000
    for k in range(PEOPLE):
        name = f"{FIRST[k % len(FIRST)]} {LAST[k * 5 % len(LAST)]}"
        badge = f"E{740_000 + roll(9999)}{k:02d}"
        came = w.Join(name=name, new_p=p_of(k), badge=badge, lang="en", device="phone", ev=("lan", "code"))
        yield (m := m + 1000 + roll(6000)), came, Actor(by="self", via="phone")
    yield (m := m + 20_000), w.EnterSegment(segment="learn"), FACILITATOR
    for k in range(1, 7):
        yield (m := m + 120_000), w.OpenActivity(activity=f"q{k}"), FACILITATOR
        answers: list[Intent] = [w.PutAnswer(activity=f"q{k}", round=1, v=("abbbcd"[roll(6)],), n=k) for _ in phones]
        yield from everybody(m, answers)
        yield (m := m + 40_000), w.CloseActivity(activity=f"q{k}"), FACILITATOR
        yield (m := m + 2000), w.Reveal(activity=f"q{k}"), FACILITATOR
    yield (m := m + 60_000), w.OpenActivity(activity="talk"), FACILITATOR
    for k in range(12):
        yield (m := m + 4000 + roll(9000)), w.PutSay(text=f"{TALK[k % 3]} ({k})", activity="talk"), phones[roll(PEOPLE)]
    yield (m := m + 60_000), w.CloseActivity(activity="talk"), FACILITATOR
    yield (m := m + 60_000), w.OpenActivity(activity="exit"), FACILITATOR
    tickets: list[Intent] = [
        w.PutAnswer(activity="exit", round=1, text=f"{TICKETS[roll(6)]}, says {k}", n=7) for k in range(PEOPLE)
    ]
    yield from everybody(m, tickets)
    yield (m := m + 60_000), w.OpenActivity(activity="ack"), FACILITATOR
    signed: list[Intent] = [w.Sign(activity="ack", round=1, text=FIRST[k % len(FIRST)]) for k in range(PEOPLE)]
    yield from everybody(m, signed)
    yield from everybody(m := m + 60_000, [w.Leave()] * PEOPLE)
    yield m + 60_000, w.End(), FACILITATOR


async def make(path: Path) -> int:
    """Write the session file; the number of records."""
    raw = canonical_plan(msgspec.to_builtins(PLAN))
    plan_hash = hashlib.sha256(raw).hexdigest()
    store = await Store.create(path, f"{DEVICE}/000001-k3m9w2p4", signer(), raw, {f"blob/{plan_hash}": raw})
    session, salt = Session(origin=store.origin, plan=PLAN), entropy("salt")

    async def write(m: int, drafts: list[Draft]) -> None:
        for group in await store.append([Pending(tuple(drafts))], Moment(m, T0 + m), salt):
            session.fold(group)

    try:
        opened = session_opened(PLAN, plan_hash)
        await write(
            0,
            [Draft(opened, None, {"name": "Sam Ortiz"}), Draft(StaffSet(role="trainer"), None, {"name": "Sam Ortiz"})],
        )
        for m, wish, by in script():
            decision = decide(session, wish, by, m)
            if isinstance(decision, Refusal):
                raise RuntimeError(f"{wish} was refused: {decision.reason}")
            await write(m, decision)
    finally:
        await store.close()
    return session.saved + 1


def bundle(folder: Path, lock: Lock | None = None) -> tuple[Path, int, VKey]:
    """(the bundle, records in it, the key that signed it). `lock`: what it is sealed to."""
    path, out = folder / "reference.db", folder / "reference.fkb"
    n = asyncio.run(make(path))
    return bundle_of(path, out, lock), n, signer().vkey


def bundle_of(path: Path, out: Path, lock: Lock | None = None) -> Path:
    with SessionFile.open(path) as file:
        write_bundle([file], ("enrol.note", enrol_note(signer(), T0 // 1000)), out, lock=lock)
    return out


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        found, records, _ = bundle(Path(made))
        Path(sys.argv[1]).write_bytes(found.read_bytes())
        print(f"{records} records, {found.stat().st_size} bytes")
