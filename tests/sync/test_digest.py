"""The digest: what is kept of every session is what its log says, whatever happened, in whatever order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fieldkit.log.names import b64
from fieldkit.sync.central import policy, programs
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.digest import people, sums
from fieldkit.sync.central.digest.keeping import Keeper
from fieldkit.sync.central.digest.people import Wanted, task_key
from fieldkit.sync.central.digest.words import find_key
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.schema import DERIVED
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Engine
from tests.core.classes import ALL, plan
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import as_folded, caught_up, opened, waiting
from tests.sync.test_desk_afterwards import grant
from tests.sync.test_desk_log import correct, with_desk
from tests.sync.test_resolve import decide

DAY = 86_400
NEWER = PROGRAM.replace("version: 1.0.0\ntitle", "version: 1.1.0\ntitle").replace("months: 12", "months: 6")
OTHER = PROGRAM.replace("id: press4", "id: other").replace("packs: [{id: press-basics, version: 1.0.0}]", "packs: []")


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


class Year:
    """A year at head office: each step is one thing that happens, out of those that can."""

    def __init__(self, office: Office, laptop: Laptop, seed: int) -> None:
        self.office, self.laptop, self.dice = office, laptop, Random(seed)
        self.logs: list[Log] = []
        self.forks: list[Log] = []
        self.left: list[Log] = []
        """Sessions that are still on their laptop."""
        for _ in range(5):
            self.new()

    def new(self) -> None:
        badges = self.dice.sample(["E1", "E2", "E3", "=E4", "é5"], 3)
        there = {badge: self.dice.choice([ALL, "warm learn", "drill", ""]) for badge in badges}
        more: dict[str, Any] = {}
        if self.logs or self.left:
            target = self.dice.choice([*self.logs, *self.left]).origin
            more = self.dice.choice([{}, {"makes_up": target, "kind": "makeup"}, {"cohort": "autumn"}])
        if self.dice.random() < 0.3:
            more |= {"program": "other", "part": "basics"}
        of = plan("something-else") if self.dice.random() < 0.2 else None
        self.left.append(course(self.laptop, there, of, site=self.dice.choice(["yard", "Plant 2"]), **more))

    async def step(self) -> None:
        steps: list[Callable[[], Awaitable[object]]] = [self.take, self.take, self.some, self.later, self.erase]
        steps += [self.grant, self.correct, self.program, self.fork, self.choose, self.cut]
        await self.dice.choice(steps)()

    async def take(self) -> None:
        if self.left:
            log = self.left.pop(self.dice.randrange(len(self.left)))
            self.logs.append(log)
            await self.office.take(bundle(log))

    async def cut(self) -> None:
        """A copy from before the end, first."""
        if self.left:
            log = self.left[-1]
            await self.office.take(bundle(log.upto(log.size - self.dice.randrange(1, 6))))

    async def some(self) -> None:
        await caught_up(self.office, 1)

    async def later(self) -> None:
        days = self.dice.choice([1, 40, 100])
        if self.office.now + days * DAY < NOON + 300 * DAY:  # the laptop's key ends
            self.office.now += days * DAY
            home = self.office.home
            home.put_trust(home.trust(), self.office.now, self.office.root())

    async def erase(self) -> None:
        if self.logs:
            log, badge = self.dice.choice(self.logs), self.dice.choice(["E1", "E2", "E3"])
            if await self._there(log, badge):
                await erase(self.office.home, log.origin, badge, [], "request", self.office.now)

    async def _there(self, log: Log, badge: str) -> bool:
        async with opened(self.office) as db, db.reading() as tx:
            return any(f'"badge":"{badge}"'.encode() in raw for raw in (await tx.openings(log.origin)).values())

    async def grant(self) -> None:
        if self.logs and not self.forks:
            log = self.dice.choice(self.logs)
            for badge in ("E1", "E2", "E3"):
                if await self._there(log, badge):
                    what = self.dice.choice(["drill", "warm"])
                    await grant(self.office, log, badge, what, "a card")
                    return

    async def correct(self) -> None:
        if self.logs and not self.forks:
            log = self.dice.choice(self.logs)
            if await self._there(log, "E2"):
                await correct(self.office, log, status=self.dice.choice(["absent", "present"]), who="E2")

    async def program(self) -> None:
        text = self.dice.choice([NEWER, OTHER, ""])
        if text:
            programs.put(self.office.home, text.encode())
        elif len(programs.in_force(self.office.home)) > 1:
            programs.remove(self.office.home, "other")

    async def fork(self) -> None:
        if self.logs and not self.forks:
            log = self.dice.choice(self.logs)
            other = log.upto(log.size - 2).add("note.add", {"segment": "warm"}).close()
            await self.office.take(bundle(other))
            if "fork" in await self.office.findings():
                self.forks.append(log)
                self.other = other

    async def choose(self) -> None:
        if self.forks:
            log = self.forks.pop()
            kept = self.dice.choice([log, self.other])
            await decide(self.office, log, b64(kept.root))


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_every_table_is_what_the_logs_say(office: Office, laptop: Laptop, seed: int) -> None:
    year = Year(office, laptop, seed)
    for n in range(20):
        await year.step()
        if n in (9, 19):
            await as_folded(office)


async def test_a_correction_a_fork_and_an_erasure_each_mark_the_session(office: Office, laptop: Laptop) -> None:
    log = course(laptop, {"E1": ALL, "E2": "warm learn"})
    await office.take(bundle(log))
    assert await waiting(office) == 1 and await caught_up(office) == 0
    await office.take(bundle(log))
    assert await waiting(office) == 0  # the same once more changes nothing
    await grant(office, log, "E2", "drill")
    assert await waiting(office) == 2 and await caught_up(office) == 0  # the office's log is begun by it
    await grant(office, log, "E2", "warm")
    assert await waiting(office) == 1 and await caught_up(office) == 0
    other = log.upto(log.size - 2).add("note.add", {"segment": "warm"}).close()
    await office.take(bundle(other))
    assert await waiting(office) == 1 and await caught_up(office) == 0
    async with opened(office) as db, db.reading() as tx:
        assert (await sums.unsaid(tx)).forked == (log.origin,)
        assert await people.people(tx, Wanted("press4")) == [] and await sums.packs(tx) == []
    await decide(office, log, b64(log.root))
    assert await waiting(office) == 1
    await as_folded(office)


async def test_a_session_that_was_made_up_before_it_came_changes_who_was_never_in_it(
    office: Office, laptop: Laptop
) -> None:
    missed = course(laptop, {"E1": ALL})
    made_up = course(laptop, {"E2": "drill"}, kind="makeup", makes_up=missed.origin)
    again = course(laptop, {"E3": "drill"}, kind="makeup", makes_up=made_up.origin)
    await office.take(bundle(again), bundle(made_up))
    assert await caught_up(office) == 0
    await office.take(bundle(missed))
    async with opened(office) as db:
        await catch_up(office.home, db, office.now)
        async with db.reading() as tx:
            some = {one.badge: one.standing for one in await people.people(tx, Wanted("press4", missing=True))}
    assert [owed.of for owed in some["E2"].owes] == [missed.origin]
    await as_folded(office)


async def test_nobody_who_was_erased_is_left_in_a_table(office: Office, laptop: Laptop) -> None:
    """Neither by head office, nor by the laptop's own record, nor when the days of keeping are over."""
    first, second = course(laptop, {"E1": ALL, "E2": ALL}), course(laptop, {"E1": ALL, "E3": "drill", "E4": ALL})
    await office.take(bundle(first), bundle(second))
    assert await caught_up(office) == 0 and await named(office) == {"E1", "E2", "E3", "E4"}
    await erase(office.home, "all", "E1", [], "request", office.now)
    assert await named(office, "E1") == {"E2", "E3", "E4"} and await waiting(office) == 0
    i = next(i for i, raw in second.openings.items() if b'"E3"' in raw)
    gone = {i: raw for i, raw in second.openings.items() if b"E3" not in raw}
    told = replace(second, openings=gone).add("erase", {"refs": [i], "why": "request"})
    await office.take(bundle(told))
    assert "E3" not in await named(office, "E1", "E3")
    assert await caught_up(office) == 0 and await named(office, "E1", "E3") == {"E2", "E4"}
    policy.put(office.home, "retention press-basics 1 duty 29 CFR 1910.147", office.now)
    async with opened(office) as db:
        await policy.retire(office.home, db, office.now + 400 * DAY)
    assert await named(office, "E1", "E2", "E3", "E4") == set() and await waiting(office) == 0
    async with opened(office) as db, db.reading() as tx:
        assert [one.people for one in await sums.packs(tx)] == [0]
        assert [await tx.rows(f"SELECT * FROM {name}") for name in ("did", "person", "touched", "standing")] == [[]] * 4
    await as_folded(office)


async def named(office: Office, *gone: str) -> set[str]:
    """Who stands anywhere in the derived tables; who is `gone` stands in no byte of a database that is a file."""
    async with opened(office) as db, db.reading() as tx:
        text = repr([await tx.rows(f"SELECT * FROM {name}") for name in DERIVED])
    if isinstance(office.home.place, Path):
        raw = office.raw()
        assert not any(f"Name {badge}".encode() in raw or f"name {badge}".lower().encode() in raw for badge in gone)
    return {badge for badge in ("E1", "E2", "E3", "E4") if f"Name {badge}" in text or f"'{badge}'" in text}


async def test_whatever_a_laptop_writes_stops_no_other(office: Office, laptop: Laptop) -> None:
    wild = [
        "\U0001f525" * 900,
        "Ann [/] Lee\u202e",
        "x' OR 1=1 --",
        "=cmd|'/c'!A1",
        "Plant 2 " * 24 + "a",
        "Plant 2 " * 24 + "b",
    ]
    logs = [course(laptop, {f"E{n}": ALL, "B" * 300: ALL}, site=one, cohort=one) for n, one in enumerate(wild)]
    logs.append(course(laptop, {"\u202eE9": "", "%": ALL, "'; DROP TABLE did; --": ""}, makes_up="o" * 5000))
    await office.take(*map(bundle, logs))
    assert await caught_up(office) == 0
    async with opened(office) as db, db.reading() as tx:
        sites = [[one.badge for one in await people.people(tx, Wanted("press4", sites=(site,)))] for site in wild]
        assert sites == [[f"E{n}"] for n in range(len(wild))]
        assert (await sums.unsaid(tx)).unknown == len(wild)  # nobody wears a badge of 300 signs
        for text in ("%", "'; DROP", "\u202eE9", "_", "\x1b[31m", " ", "\U0010ffff"):
            got = {one.badge for one in await people.everybody(tx, text=text)}
            assert got == {one.badge for one in await people.everybody(tx) if _begins(one, text)}
        many = Wanted("press4", sites=(*(f"site {n}" for n in range(600)), "yard"), text="name")
        assert [one.badge for one in await people.people(tx, many)] == ["%", "'; DROP TABLE DID; --", "\u202eE9"]
        assert await people.people(tx, Wanted("x' OR '1'='1")) == []
        assert await people.person(tx, "x" * 9000) is None and await people.counts(tx, "") == []
    await as_folded(office)


def _begins(one: people.Somebody, text: str) -> bool:
    typed = text.strip()
    return not typed or one.badge.startswith(typed.upper()) or one.find.startswith(find_key(typed) or typed)


async def test_days_that_pass_are_looked_at_and_turned_back_ones_too(office: Office, laptop: Laptop) -> None:
    await office.take(bundle(course(laptop, {"E1": ALL})))

    async def state() -> tuple[str, str]:
        await caught_up(office)
        async with opened(office) as db, db.reading() as tx:
            (one,) = await people.people(tx, Wanted(task_key("press4")))
            return one.state, one.expires_on

    began = office.now
    for days, expected in ((0, "ready"), (334, "ready"), (335, "due"), (365, "due"), (366, "gap"), (0, "ready")):
        office.now = began + days * DAY
        assert await state() == (expected, "2027-11-22")
    office.now = began + 400 * DAY
    assert await waiting(office) == 1
    await as_folded(office)


async def test_two_at_once_and_one_that_is_killed_come_to_the_same(office: Office, laptop: Laptop) -> None:
    logs = [course(laptop, {f"E{n}": ALL, "E0": "drill"}) for n in range(1, 8)]
    await office.take(*map(bundle, logs))
    killed = asyncio.ensure_future(caught_up(office))
    for _ in range(40):
        await asyncio.sleep(0)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    async with opened(office) as one, opened(office) as two:
        await asyncio.gather(*(catch_up(office.home, db, office.now) for db in (one, two)))
    await as_folded(office)


class Between(Database):
    """Somebody else commits something just before the first transaction of this one."""

    def __init__(self, engine: Engine, do: Callable[[], Awaitable[object]]) -> None:
        super().__init__(engine)
        self._do: Callable[[], Awaitable[object]] | None = do

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        do, self._do = self._do, None
        if do is not None:
            await do()
        async with super().transaction() as tx:
            yield tx


async def test_what_changes_between_reading_and_writing_is_read_again(office: Office, laptop: Laptop) -> None:
    log = course(laptop, {"E1": "warm learn", "E2": ALL})
    await office.take(bundle(log))
    await caught_up(office)

    async def newer() -> None:
        programs.put(office.home, NEWER.encode())
        await caught_up(office)

    erased = ["E1", "E2"]
    between: list[Callable[[], Awaitable[object]]] = [
        lambda: grant(office, log, "E1", "drill"),
        lambda: erase(office.home, log.origin, erased.pop(), [], "request", office.now),
        newer,
    ]
    for do in between:
        for what in ("mark", "touch"):
            async with opened(office) as db:
                async with db.transaction() as tx:
                    await (tx.mark(log.origin) if what == "mark" else tx.touch([("E1", ""), ("E2", "")]))
                assert await catch_up(office.home, Between(db.engine, do), office.now) == 0
            await as_folded(office)


async def test_the_background_keeps_up_and_says_once_what_stands_in_the_way(office: Office, laptop: Laptop) -> None:
    said: list[str] = []
    keeper = Keeper(office.home, lambda: office.now, said.append, every_s=0.02)
    keeper.start()
    try:
        for n in range(2):
            await office.take(bundle(course(laptop, {f"E{n}": ALL})))
            async with asyncio.timeout(20):
                while await waiting(office) or await stand(office) != n + 1:
                    await asyncio.sleep(0.02)
    finally:
        await asyncio.to_thread(keeper.stop)
    assert said == []
    (path,) = programs.folder_of(office.home).iterdir()
    path.write_text("{")
    broken = Keeper(office.home, lambda: office.now, said.append, every_s=0.02)
    broken.start()
    try:
        async with asyncio.timeout(20):
            while not said:
                await asyncio.sleep(0.02)
    finally:
        await asyncio.to_thread(broken.stop)
    assert len(said) == 1 and "press4@1.0.0.yaml" in said[0]


async def stand(office: Office) -> int:
    async with opened(office) as db, db.reading() as tx:
        return len(await people.people(tx, Wanted("press4")))
