"""What one person did, read out of their own sessions, is what comes out when everybody's are read."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core.attendance import groups
from fieldkit.core.program import Program
from fieldkit.core.session import Session
from fieldkit.core.standing import Standing
from fieldkit.core.taught import Who, who_of
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.sync.central import credentials_given, programs
from fieldkit.sync.central.audit.whom import Found, find
from fieldkit.sync.central.credentials import Look
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.digest.met import met
from fieldkit.sync.central.digest.work import today
from fieldkit.sync.central.erase import ALL as EVERYWHERE
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.learn_folds import Kept
from fieldkit.sync.central.training import train
from fieldkit.sync.central.tx import Tx
from tests.core.classes import ALL, plan
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync import test_learn_folds
from tests.sync.certified import issuing
from tests.sync.courses import course
from tests.sync.digested import caught_up, opened
from tests.sync.recounted import laid, more
from tests.sync.test_desk_afterwards import grant
from tests.sync.test_desk_log import correct
from tests.sync.test_learn_codes import opened as prework

Everybody = tuple[dict[Who, list[str]], dict[Who, list[tuple[Program, Standing]]], dict[str, str]]


async def everybody(office: Office, db: Database) -> Everybody:
    """Every log folded anew: who is on which sheet, where they stand, what cannot be folded."""
    there: dict[Who, list[str]] = {}

    def each(session: Session) -> None:
        for who in {who_of(people) for people in groups(session).values()} - {None}:
            assert who is not None
            there.setdefault(who, []).append(session.origin)

    some, day = programs.in_force(office.home), today(office.now)
    found = await train(office.home, db, some, office.now, each)
    stands: dict[Who, list[tuple[Program, Standing]]] = {}
    for who in there:
        for one in some:
            if (standing := found.register.standing(one, who, day)) is not None:
                stands.setdefault(who, []).append((one, standing))
    return there, stands, found.unread


def typed(who: Who, every: Sequence[Who]) -> str:
    return who[0] if sum(one[0] == who[0] for one in every) == 1 else "@".join(who)


async def the_same(office: Office, *only: str) -> dict[Who, list[str]]:
    """Whoever is asked for (everybody, or these badges) comes out as they do among all; who is on which sheet."""
    async with opened(office) as db:
        there, stands, unread = await everybody(office, db)
        for who, origins in there.items():
            if not only or who[0] in only:
                found = await find(
                    office.home, db, [typed(who, list(there)).lower()], "", today(office.now), office.now
                )
                mine = {who: stands[who]} if who in stands else {}
                assert found == Found({who: origins}, mine, unread), who
        await _certified(office, db, set(only) or {badge for badge, _ in there})
    return there


async def _certified(office: Office, db: Database, badges: set[str]) -> None:
    some, now = programs.in_force(office.home), office.now
    whole = await Look.at(office.home, db, now, some)
    for badge in badges:
        look = await Look.at(office.home, db, now, some, {badge})
        mine = {who for who in whole.trained.register.people if who[0] == badge}
        assert mine == set(look.trained.register.people)
        for days in (0, 40, 70):
            day = today(now) - timedelta(days=days)
            for who in mine:
                both = [
                    [x.trained.register.standing(one, who, day) for one in whole.known.values()] for x in (whole, look)
                ]
                assert both[0] == both[1]
        for one in whole.every.values():
            if one.badge == badge:
                assert look.seen(one, today(now)) == whole.seen(one, today(now))
        assert _told(look) == _told(whole)


def _told(look: Look) -> tuple[Any, ...]:
    found = look.trained
    return found.sessions, found.forked, found.unread, found.register.unknown


def issued_elsewhere(laptop: Laptop) -> Log:
    """Badges that two issuers gave, with signs that mean something where badges are typed; entries that are one."""
    log = laptop.session().add("segment.enter", {"segment": "a"})
    people = [("E1", "acme"), ("E1", "=cmd|calc"), ("A/B@c", ""), ("B@C", "A/"), ("b' OR '1'='1", "%"), ("ǅ7", "")]
    for k, (badge, issuer) in enumerate(people):
        private = {"name": f"Of {issuer}", "badge": badge, "id_issuer": issuer}
        log = log.add("person.expect", {}, p=f"person{k:02d}", private=private)
    log = log.join("another0", "Somebody", "E77").add("person.merge", {"from": "another0", "why": "same"}, p="person00")
    laptop.last = log.close()
    return laptop.last


async def world(folder: Path) -> tuple[Office, dict[str, Log]]:
    """Everything that `recounted` has, a session that goes on, one with two histories, one under a plan that nobody can
    read, badges from elsewhere, and pre-work."""
    of = await laid(folder, 24, 24, 8, 2, 8)
    logs = await more(of)
    office, one = of.office, Laptop.named("k4zz")
    office.enrol(one)
    strange = course(one, {"E700001": ALL}, plan(title=["Another"]))
    open_ = course(one, {"E700001": "warm", "E88": ""}, close=False)
    twice = course(one, {"E700002": ALL, "E99": ALL}, close=False)
    elsewhere = issued_elsewhere(one)
    histories = [twice.close(), twice.add("note.add", {"segment": "warm"}).close()]
    await office.take(*map(bundle, [strange, open_, elsewhere, *histories]))
    async with opened(office) as db:
        async with db.transaction() as tx:
            await tx.put_rows("UPDATE blob SET bytes = ?1 WHERE origin = ?2", [(b"{}", strange.origin)])
        key, kept = await prework(office, "E700001", "E55"), Kept()
        for badge in ("E700001", "E66"):
            assert (await test_learn_folds.put(office, db, kept, key, badge)).result == "saved"
    return office, {"odd": logs[2], "first": logs[0], "open": open_, "elsewhere": elsewhere}


async def test_each_person_comes_out_as_among_everybody(tmp_path: Path) -> None:
    office, logs = await world(tmp_path)
    there = await the_same(office)
    assert len(there) > 40 and {"E66", "E55", "E88", "E99", "ǅ7".upper()} <= {badge for badge, _ in there}
    assert ("E77", "") not in there and {("E1", "ACME"), ("E1", "=CMD|CALC")} <= set(there)
    assert {one.origin for one in (logs["odd"], logs["open"])} <= set(there["E700001", ""])
    assert logs["odd"].origin not in there["E700003", ""], "taken out"
    # What is said and comes now is not in the lists yet: who was away was there, a credit, a session with somebody new.
    assert ("E44", "") not in there
    await erase(office.home, EVERYWHERE, "E9", [], "request", office.now)  # and reads their sessions again
    await correct(office, logs["first"], who="E700004", status="present")
    await correct(office, logs["first"], who="E700001", status="excused")
    await grant(office, logs["first"], "E700004", "press-course")  # type: ignore[arg-type]
    grown = [logs["open"], logs["first"].add("session.reopen", {"why": "mistake"})]
    await office.take(*(bundle(one.join("later000", "Later", "E44").close()) for one in grown))
    assert {(one.origin,) for one in grown} <= {tuple(row) for row in await _stale(office)}
    then = await the_same(office, "E700001", "E700004", "E44", "E9", "E55")
    assert set(then["E44", ""]) == {logs["open"].origin, logs["first"].origin} and ("E9", "") not in then
    async with opened(office) as db:
        for nobody in ("E9", "E77", "E8'", "\udcff", "E1\0", "é" * 5000, "E700001@acme"):
            with pytest.raises(NotPossible):
                await find(office.home, db, [nobody], "", today(office.now), office.now)
        with pytest.raises(WrongUsage):
            await find(office.home, db, ["E1"], "", today(office.now), office.now)


# ---- how much is read --------------------------------------------------------------------------------------------


class Heard(Tx):
    heard: list[str]
    asked: list[str]

    async def lines(self, origin: str, upto: int | None = None) -> AsyncIterator[list[bytes]]:
        self.heard.append(origin)
        async for some in super().lines(origin, upto):
            yield some

    async def _all(self, sql: str, *values: Any) -> list[Any]:
        self.asked.append(sql)
        return await super()._all(sql, *values)


class Counting(Database):
    """The logs whose lines were read, once each time, and every question."""

    heard: list[str]
    asked: list[str]

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        tx = Heard(self.engine, "read")
        tx.heard, tx.asked = self.heard, self.asked
        try:
            yield tx
        finally:
            await self.engine.rollback()


async def asked_of(office: Office, badge: str) -> tuple[list[str], int, list[str], int]:
    """Logs and questions, of the audit pack's search and of a certificate."""
    press = programs.one(office.home, "press4")
    async with opened(office) as db:
        counting = Counting(db.engine)
        counting.heard, counting.asked = [], []
        await find(office.home, counting, [badge], "", today(office.now), office.now)
        heard, n = sorted(counting.heard), len(counting.asked)
        counting.heard, counting.asked = [], []
        made = await credentials_given.issue(office.home, counting, press, badge, office.now)
        assert [one.badge for one in made.given] == [badge] and not made.left
        return heard, n, sorted(counting.heard), len(counting.asked)


async def test_sessions_of_others_are_not_read(tmp_path: Path) -> None:
    """What E1 did counts by the session for which the one was made up that theirs makes up."""
    office = await issuing(tmp_path)
    one, two = Laptop.named("9k3m"), Laptop.named("7q2k")
    office.enrol(one, two)
    other = plan("other", "1.0.0")
    first = course(one, {"E2": "warm learn"}, other, program="press4", part="basics")
    second = course(one, {"E2": ALL}, other, kind="makeup", makes_up=first.origin)
    third = course(one, {"E1": ALL}, other, kind="makeup", makes_up=second.origin)
    going = course(two, {"E5": "warm"}, close=False)
    await office.take(*map(bundle, [first, second, third, going]))
    await caught_up(office)
    await asked_of(office, "E1")  # the certificate is recorded
    await caught_up(office)
    before = await asked_of(office, "E1")
    assert before[0] == sorted(one.origin for one in (first, second, third, going))
    two.last = None
    others = [course(two, {"E3": ALL, f"F{k}": "warm"}) for k in range(60)]
    await office.take(*map(bundle, others))
    assert len(await _stale(office)) == 60
    await caught_up(office)
    assert await asked_of(office, "E1") == before
    await the_same(office, "E1", "E5")
    async with opened(office) as db:
        counting = Counting(db.engine)
        counting.heard, counting.asked = [], []
        await train(office.home, counting, programs.in_force(office.home), office.now, lambda session: None)
        assert len(counting.heard) >= 64, "everybody's are all read"


async def test_what_was_not_read_yet_is_read_once_and_then_no_more(tmp_path: Path) -> None:
    office = await issuing(tmp_path)
    one = Laptop.named("9k3m")
    office.enrol(one)
    logs = [course(one, {"E1" if k == 3 else f"F{k}": ALL}) for k in range(9)]
    await office.take(*map(bundle, logs))
    assert len(await _stale(office)) == 9
    every = {log.origin for log in logs}
    first = await asked_of(office, "E1")
    assert every <= set(first[0]) and every & set(first[2]) == {logs[3].origin}
    assert (logs[3].origin,) in await _stale(office), "a certificate is filed under it"
    again = await asked_of(office, "E1")
    assert every & set(again[0]) == {logs[3].origin} and await _stale(office) == []


async def _stale(office: Office) -> list[Any]:
    async with opened(office) as db, db.reading() as tx:
        return await tx.rows("SELECT origin FROM stale")


async def test_who_is_written_down_in_two_ways_is_known_in_both(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(course(laptop, {"E1": ALL})))
    await caught_up(office)
    async with opened(office) as db, db.reading() as tx:
        ways = [("E1", ""), (" e1", ""), ("E1 ", " ")]
        assert await met(tx, [*ways, ("E2", "")]) == set(ways)
