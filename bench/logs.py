"""Logs to measure with: drafts of answers, and session files of any size with deterministic salts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.core import records as r
from fieldkit.core.plan import Activity, Option, Plan, Segment, Step
from fieldkit.core.records import Draft
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.store import Moment, Pending, Store

DEVICE = "ld.acme.example/dev/7q2k"
T0 = 1_795_161_600_000
APART = 4 * 3_600_000
"""ms between the beginnings of two sessions of one laptop."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def signer() -> Signer:
    return Signer(DEVICE, hashlib.sha256(b"fieldkit bench key dev").digest())


def entropy(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    count = 0

    def give(n: int) -> bytes:
        nonlocal count
        out = b""
        while len(out) < n:
            out += hashlib.sha256(f"{seed} {count}".encode()).digest()
            count += 1
        return out[:n]

    return give


def p_of(n: int) -> str:
    """A participant id for the n-th person, as random to look at as a real one."""
    digest = hashlib.sha256(b"p%d" % n).digest()
    return "".join(LETTERS[byte % 64] for byte in digest[:8])


PLAN = Plan(
    v=1,
    id="bench",
    version="1.0.0",
    title=["A bench"],
    language="en",
    langs=["en"],
    minutes=60,
    segments=[
        Segment(id="s", phase="content", minutes=60, title=["Only"], steps=[Step(at=0, do="open", activity="q1")])
    ],
    activities=[
        *(
            Activity(
                id=f"q{k}",
                type="poll",
                text=["What can still hurt you after the breaker is off?"],
                options=[Option(id=x, text=[f"Possibility {x}"]) for x in "abcd"],
            )
            for k in range(1, 10)
        ),
        Activity(id="t1", type="text", text=["One thing you will do differently"], max_chars=200),
    ],
)


def session_opened(plan: Plan = PLAN, plan_hash: str = "0" * 64, title: str = "", seq: int = 1) -> r.SessionOpened:
    return r.SessionOpened(
        v=1,
        session_kind="class",
        dev=DEVICE,
        fac=None,
        pack=r.PackRef(id=plan.id, version=plan.version, files="0" * 64, plan=plan_hash),
        program=None,
        part=None,
        cohort=None,
        makes_up=None,
        title=title or plan.title[0] or "",
        site="Plant 4",
        tz="Europe/Madrid",
        langs=list(plan.langs),
        seq=seq,
        prev=None,
        trust=0,
        seen=0,
        policy=r.Policy(),
    )


def answers(n: int, people: int = 2000, texts: int = 0) -> Iterator[Draft]:
    """`n` answers; every `texts`-th is a text answer with an opening (0: none)."""
    for k in range(n):
        p = p_of(k % people)
        if texts and k % texts == 0:
            yield Draft(
                r.AnswerPut(activity="t1", round=1, v=[], via="phone", n=k), p, {"text": f"I will ask {k} times"}
            )
        else:
            yield Draft(
                r.AnswerPut(activity=f"q{k // people % 9 + 1}", round=1, v=["abcd"[k % 4]], via="phone", n=k), p
            )


async def session_file(
    path: Path, n: int, *, people: int = 2000, texts: int = 8, batch: int = 1000, seq: int = 1, badges: bool = False
) -> None:
    """A signed session file with about `n` records: people who join, with `badges` or without, then their answers."""
    plan = canonical_plan(msgspec.to_builtins(PLAN))
    plan_hash = hashlib.sha256(plan).hexdigest()
    store = await Store.create(path, f"{DEVICE}/{seq:06d}-k3m9w2p4", signer(), plan, {f"blob/{plan_hash}": plan})
    salt = entropy("file" if seq == 1 else f"file {seq}")
    try:
        first: list[Draft] = [Draft(session_opened(PLAN, plan_hash, seq=seq), None, {"name": "Sam Ortiz"})]
        first += [
            Draft(
                r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True),
                p_of(k),
                {"name": f"Worker {k}"} | ({"badge": f"E{k:06d}"} if badges else {}),
            )
            for k in range(min(people, n))
        ]
        first += [Draft(r.ActivityOpened(activity=a.id, round=1, mode="named")) for a in PLAN.activities]
        m, t0 = 0, T0 + (seq - 1) * APART
        todo = first
        rest = answers(max(0, n - len(first)), people, texts)
        while todo:
            m += 500
            await store.append([Pending((draft,)) for draft in todo], Moment(m, t0 + m), salt)
            todo = [draft for draft, _ in zip(rest, range(batch), strict=False)]
    finally:
        await store.close()


def make_file(path: Path, n: int, **more: Any) -> None:
    asyncio.run(session_file(path, n, **more))
