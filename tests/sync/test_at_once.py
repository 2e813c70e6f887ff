"""Two at one moment, and a mistake of ours in the middle: nothing is lost, written twice, or stopped for good."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import msgspec
import pytest

from fieldkit.core.program import Within
from fieldkit.core.records import CredentialIssued
from fieldkit.core.standing import Standing
from fieldkit.log.revoked import held_revoked
from fieldkit.planned import Planned
from fieldkit.sync.central import credentials_given, planned, programs
from fieldkit.sync.central.answers_down import sealed_answers
from fieldkit.sync.central.checker import HEAD, End, Here, Job, Said, Setup, framed
from fieldkit.sync.central.checkers import Checkers
from fieldkit.sync.central.credentials_said import Numbers, key_path
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import PLAN_SHA256
from fieldkit.sync.central.digest import tallies
from fieldkit.sync.central.digest.keeping import Keeper
from fieldkit.sync.central.front import planned_pages
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.rooms import Visit
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.replay import records_of
from fieldkit.sync.central.revoked import fresh
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Engine
from fieldkit.words import words_for
from tests.core.classes import ALL
from tests.kit.central import NOON, Laptop, Office, bundle, results
from tests.sync.asked import answer, asked
from tests.sync.certified import give, held, issuing, take_back, using
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up, opened, waiting
from tests.sync.sent import ROWS
from tests.sync.test_desk_log import with_desk

T = TypeVar("T")
Do = Callable[[], Awaitable[object]]


class Late(Database):
    """Somebody else does something just after this one has read for the first time."""

    def __init__(self, engine: Engine, do: Do) -> None:
        super().__init__(engine)
        self._do: Do | None = do

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        async with super().reading() as tx:
            yield tx
        do, self._do = self._do, None
        if do is not None:
            await do()


def together(n: int, do: Callable[[], T]) -> list[T]:
    """In so many threads, as nearly at one moment as they come."""
    gate, found = threading.Barrier(n), list[T]()

    def one() -> None:
        gate.wait(10)
        found.append(do())

    threads = [threading.Thread(target=one) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


# ---- certificates ------------------------------------------------------------------------------------------------


async def test_a_list_of_who_read_before_a_revocation_does_not_undo_it(tmp_path: Path) -> None:
    office = await issuing(tmp_path)
    await held(office)
    one, two = (await give(office)).given
    await take_back(office, one.id)
    before = held_revoked(office.home.path)
    async with opened(office) as db:
        late = Late(db.engine, lambda: take_back(office, two.id))
        await fresh(office.home, late, office.now, anew=True)
    found = held_revoked(office.home.path)
    assert before is not None and found is not None and found.as_of > before.as_of + 1, "it was written twice"
    assert [found.since(x.id) for x in (one, two)] == [date(2026, 11, 22)] * 2


@pytest.mark.of_the_file
async def test_the_key_of_the_numbers_is_made_once_by_however_many(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    for _ in range(8):
        key_path(office.home).unlink(missing_ok=True)
        said = together(4, lambda: Numbers(office.home).id("press4", ("E1", ""), date(2026, 11, 22), 0))
        assert len(said) == 4 and set(said) == {Numbers(office.home).id("press4", ("E1", ""), date(2026, 11, 22), 0)}


async def _given(office: Office) -> list[str]:
    async def numbers(db: Database) -> list[str]:
        async with db.reading() as tx:
            logs = [one.origin for one in await tx.sessions() if one.plan == PLAN_SHA256]
            facts = [record.fact for log in logs for record in await records_of(tx, log)]
        return [fact.id for fact in facts if isinstance(fact, CredentialIssued)]

    return await using(office, numbers)


@pytest.mark.parametrize("person", ["", "E1"])
async def test_who_gives_the_same_at_the_same_moment_writes_no_second_record(tmp_path: Path, person: str) -> None:
    office = await issuing(tmp_path)
    await held(office)
    program = programs.one(office.home, "press4")
    first: list[str] = []

    async def other() -> None:
        first.extend((await give(office, "E1")).new)

    async with opened(office) as db:
        made = await credentials_given.issue(office.home, Late(db.engine, other), program, person, office.now)
    every = await _given(office)
    assert len(first) == 1 and len(every) == len(set(every)) == (1 if person else 2)
    assert first[0] not in made.new and len(made.new) == len(every) - 1
    assert {one.id for one in made.given} == set(every), "both have the documents"
    assert (await give(office, person)).new == [] and await _given(office) == every


# ---- plans -------------------------------------------------------------------------------------------------------


@pytest.mark.of_the_file
async def test_a_form_that_two_threads_work_off_plans_once(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    one = Laptop.named("7q2k")
    office.enrol(one)
    some = [
        Planned(v=1, pack="toolbox-blank", at=f"2026-12-{day} 06:00", tz="UTC", expected=ROWS) for day in range(20, 28)
    ]
    for plan in some:
        found = together(4, partial(planned.add_once, office.home, one.signer.name, plan, office.now))
        assert len(found) == 4 and len({kept.id for kept, _ in found}) == 1
        assert sorted(new for _, new in found) == [False, False, False, True]
    assert len(planned.every(office.home)) == 8
    (kept, _) = planned.add_once(office.home, one.signer.name, some[-1], office.now)
    planned.cancel(office.home, kept, office.now)
    assert planned.add_once(office.home, one.signer.name, some[-1], office.now)[1], "that one is called off"


@pytest.mark.of_the_file
async def test_a_page_of_plans_reads_every_program_once(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    one = Laptop.named("7q2k")
    office.enrol(one)
    reads: list[str] = []

    def seen(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is programs.read.__code__:
            reads.append(str(frame.f_locals["path"]))

    for day in range(20, 25):
        within = Within("press4", "basics")
        plan = Planned(v=1, pack="toolbox-blank", at=f"2026-12-{day} 06:00", tz="UTC", within=within)
        planned.add(office.home, one.signer.name, plan, office.now)
    with contextlib.closing(Book(office.home.path)) as book:
        async with opened(office) as db, db.reading() as tx:
            who, at = Account("op", "operator", (), "", False, NOON), ("127.0.0.1", words_for("en"), office.now)
            visit = Visit(db, office.home, book, who, {}, {}, (), *at)
            sys.setprofile(seen)
            try:
                found = await planned_pages.listing(visit, tx)
            finally:
                sys.setprofile(None)
    assert len(reads) == 1 and len(found["rows"]) == 5
    assert all(row.part.startswith("Press 4, =both parts") for row in found["rows"])


# ---- a mistake of ours -------------------------------------------------------------------------------------------


async def test_the_lists_are_kept_up_again_after_a_mistake_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    one = Laptop.named("7q2k")
    office.enrol(one)
    await office.take(bundle(course(one, {"E1": ALL})))
    asks, said = itertools.count(), list[str]()

    def now() -> int:
        if next(asks) in (0, 1):
            raise ZeroDivisionError("a clock that nobody thought of")
        return office.now

    keeper = Keeper(office.home, now, said.append, every_s=0.02, again_s=0.02)
    with caplog.at_level(logging.ERROR, "fieldkit.central"):
        keeper.start()
        try:
            async with asyncio.timeout(20):
                while await waiting(office):
                    await asyncio.sleep(0.02)
        finally:
            await asyncio.to_thread(keeper.stop)
    assert len(said) == 1 and "mistake in fieldkit" in said[0]
    assert "a clock that nobody thought of" in caplog.text


@pytest.mark.of_the_file
async def test_a_file_that_trips_a_checker_up_is_left_to_who_asked_and_the_next_is_read(tmp_path: Path) -> None:
    """A path that no system has: an error of Python's own, where a file was expected."""
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    child = await asyncio.create_subprocess_exec(
        *(Checkers.PYTHON, "-P", "-m", "fieldkit.sync.central.checker"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    keys = [str(key.vkey) for key in office.home.trust().of("device")]
    jobs = [Setup(keys, ()), Job(None, "no\0such", 0), Job(bundle(laptop.whole()), "", 0)]
    out, talk = await asyncio.wait_for(child.communicate(b"".join(x for job in jobs for x in framed(job))), 30)
    said = list(_said(out))
    assert isinstance(said[0], Here) and said[1] == End(whole=False) and said[-1] == End(whole=True) and len(said) == 4
    assert child.returncode == 0 and b"a file was not read ahead" in talk and b"ValueError" in talk


def _said(raw: bytes) -> Any:
    while raw:
        end = HEAD + int.from_bytes(raw[:HEAD], "big")
        yield msgspec.msgpack.decode(raw[HEAD:end], type=Said)
        raw = raw[end:]


@pytest.mark.of_the_file
async def test_what_a_checker_complains_of_stands_where_this_process_complains(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    loud = tmp_path / "loud"
    loud.write_text(f'#!/bin/sh\necho "odd matter" >&2\nexec "{Checkers.PYTHON}" "$@"\n', "utf-8")
    loud.chmod(0o700)
    files = [tmp_path / f"{n}.fkb" for n in range(2)]
    for path in files:
        path.write_bytes(bundle(laptop.whole()))

    class Loud(Checkers):
        PYTHON = str(loud)

    async with await Intake.open(office.home) as intake, Loud(intake, files, 2) as crew:
        assert await crew.ready() == 1
        assert [results(await crew.take(n, office.now)) for n in range(2)] == [["stored"]] * 2
    assert capfd.readouterr().err.count("odd matter") == 1


# ---- what is read ------------------------------------------------------------------------------------------------


class Heard(Tx):
    rows_of: list[Any]

    async def rows(self, sql: str, *values: object) -> list[Any]:
        found = await super().rows(sql, *values)
        self.rows_of += found
        return found


class Counting(Database):
    """Every row that was read of derived tables."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.read: list[Any] = []

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        tx = Heard(self.engine, "read")
        tx.rows_of = self.read
        try:
            yield tx
        finally:
            await self.engine.rollback()


async def test_with_a_file_nothing_is_read_of_laptops_that_are_not_in_it(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    with_desk(office)
    names = ["7q2k", "8r3m", "9t4n", "5v5p"]
    for name in names:
        laptop = Laptop.named(name)
        office.enrol(laptop)
        log = asked(laptop)
        await office.take(bundle(log))
        await caught_up(office)
        await answer(office, log.origin)
    here = Laptop.named(names[0]).signer.name
    nobody = here.replace(names[0], "4w6q")
    async with opened(office) as db:
        for only, files in (({here}, ["answers-7q2k.age"]), ({nobody}, []), (None, None)):
            counting = Counting(db.engine)
            found = await sealed_answers(office.home, counting, office.now, only)
            assert sorted(found) == (files if files is not None else sorted(f"answers-{x}.age" for x in names))
            others = [row for row in counting.read if any(x in str(row) for x in names[1:])]
            assert bool(others) == (only is None)


async def test_a_tally_is_cleared_of_what_was_touched_alone(tmp_path: Path) -> None:
    """Not read whole for every few people: a row that nobody touched stays, whatever stands in it."""
    office = await Office.make(tmp_path)
    said = msgspec.json.encode(Standing("p", ("E1", ""), "Ann", "a", "", "Hall", "", False, "ready", "", (), ()))
    row = ("p", "hall", "Hall", "a", "", 0, "ready", said)
    every = "SELECT program, n FROM tally ORDER BY program, dim"
    async with opened(office) as db, db.transaction() as tx:
        counted = len(tallies.counted(row))
        await tx.put_rows(tallies.ADD, [("elsewhere", "crew", "x", "X", "", "gap", 0)])
        await tallies.change(tx, [], [row, row])
        assert [tuple(x) for x in await tx.rows(every)] == [("elsewhere", 0)] + [("p", 2)] * counted
        await tallies.change(tx, [row], [])
        assert [tuple(x) for x in await tx.rows(every)] == [("elsewhere", 0)] + [("p", 1)] * counted
        await tallies.change(tx, [row], [])
        assert [tuple(x) for x in await tx.rows(every)] == [("elsewhere", 0)]
