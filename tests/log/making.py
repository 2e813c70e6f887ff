"""What the tests of the log need: a device, drafts, a filled session file."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path

from fieldkit.core.records import (
    AnswerPut,
    Draft,
    NoteAdded,
    PackRef,
    PersonJoined,
    Policy,
    SessionClosed,
    SessionOpened,
)
from fieldkit.log.keys import Signer
from fieldkit.log.store import Moment, Pending, Store

DEVICE = "ld.acme.example/dev/7q2k"
ORIGIN = f"{DEVICE}/000017-k3m9w2p4"
PLAN = b'{"id":"loto-basics","v":1}'
T0 = 1795339200000


def entropy(start: int = 0) -> Callable[[int], bytes]:
    """Bytes that differ with each call and are the same in each run."""
    calls = count(start)

    def give(n: int) -> bytes:
        out = b""
        seed = next(calls)
        while len(out) < n:
            out += hashlib.sha256(f"{seed} {len(out)}".encode()).digest()
        return out[:n]

    return give


def opened(origin: str = ORIGIN, plan: bytes = PLAN) -> Draft:
    fact = SessionOpened(
        v=1,
        session_kind="class",
        dev=origin.rsplit("/", 1)[0],
        fac=None,
        pack=PackRef(id="loto-basics", version="3", files="0" * 64, plan=hashlib.sha256(plan).hexdigest()),
        program=None,
        part=None,
        cohort=None,
        makes_up=None,
        title="Lock-out basics",
        site="north",
        tz="America/Chicago",
        langs=["en"],
        seq=int(origin.rsplit("/", 1)[1].split("-")[0]),
        prev=None,
        trust=0,
        seen=0,
        policy=Policy(),
    )
    return Draft(fact, private={"name": "Rosa Vidal"})


def join(p: str, name: str = "Zoë Álvarez") -> Draft:
    fact = PersonJoined(via="phone", device="phone", ev=["lan", "code"], walkin=True)
    return Draft(fact, p=p, private={"name": name})


def answer(p: str, v: str = "b", *, floor: bool = False, text: str | None = None) -> Draft:
    fact = AnswerPut(activity="verify-zero", round=1, v=[v], via="phone")
    return Draft(fact, p=p, private={"text": text} if text else None, floor=floor)


def note(text: str = 'Bring the red padlocks \\ "both" {of} them\n') -> Draft:
    return Draft(NoteAdded(segment="opening"), private={"text": text})


CLOSED = Draft(SessionClosed(why="request"))


def key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def person(n: int) -> str:
    """The `p` of person n."""
    return f"p{n:07d}"


async def fill(store: Store, people: int = 5, answers: int = 2) -> None:
    """A small session: opened, joined, answered, closed; one commit a step."""
    give = entropy(store.head.size)
    await store.append([Pending((opened(store.origin, store.plan),))], Moment(0, T0), give)
    joins = [Pending((join(person(n), f"Worker {n}"),), key(f"join {n}"), key(f"seat {n}")) for n in range(people)]
    await store.append(joins, Moment(60_500, T0 + 60_500), give)
    for k in range(answers):
        batch = [
            Pending((answer(person(n), text=f'answer {k}\n"{n}"' if n % 2 else None),), key(f"answer {k} {n}"))
            for n in range(people)
        ]
        await store.append(batch, Moment(120_000 + k, T0 + 120_000 + k), give)
    await store.append([Pending((note(), CLOSED))], Moment(1_800_000, T0 + 1_800_000), give)


DEVICE_SIGNER = Signer(DEVICE, hashlib.sha256(b"fieldkit test key dev").digest())
FACILITATOR = Signer("ld.acme.example/fac/9k3m", hashlib.sha256(b"fieldkit test key fac").digest())


async def make(path: Path, people: int = 5, answers: int = 2, origin: str = ORIGIN) -> Path:
    """A filled, closed session file."""
    store = await Store.create(path, origin, DEVICE_SIGNER, PLAN, {"code": b"K7M4"})
    try:
        await fill(store, people, answers)
    finally:
        await store.close()
    return path


async def started(path: Path, kind: type[Store] = Store) -> Store:
    store = await kind.create(path, ORIGIN, DEVICE_SIGNER, PLAN, {"code": b"K7M4"})
    await store.append([Pending((opened(),))], Moment(0, T0, "boot-1", 5), entropy())
    return store


def tamper(path: Path, *statements: str) -> None:
    """Change a session file as somebody with a database browser would: the triggers go first."""
    db = sqlite3.connect(path, isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    for sql in statements:
        db.execute(sql)
    db.close()
