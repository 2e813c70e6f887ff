"""Forwarding to a store, on both databases: everything once, nothing lost, and what changed is taken back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log import handed
from fieldkit.log.names import b64
from fieldkit.sync.central.export import export
from fieldkit.sync.central.schema import FORWARD
from tests.core.classes import ALL
from tests.kit.central import ORG, Laptop, bundle
from tests.kit.lrs import VOIDED
from tests.kit.older import before, made_after
from tests.kit.xapi import schema, wrong
from tests.sync import courses
from tests.sync.forwarded import Head, forget, head
from tests.sync.test_desk_afterwards import course, grant
from tests.sync.test_desk_log import with_desk
from tests.sync.test_resolve import decide, other_of


async def test_every_statement_arrives_once_and_the_second_trip_sends_nothing(tmp_path: Path) -> None:
    async with head(tmp_path) as it:
        trip = await it.forward()
        assert (trip.sessions, trip.sent, trip.voided, trip.refused) == (2, 12, 0, [])
        assert len(it.people()) == 6 and len(it.lrs.posts) == 1, "two sessions in one batch"
        judge = schema()
        for one in it.lrs.there:
            one = {k: v for k, v in one.items() if k != "stored"}
            assert judge.is_valid(one) and wrong(one) == []
        again = await it.forward()
        assert (again.sessions, again.sent, len(it.lrs.posts)) == (0, 0, 1)
        (line,) = handed.read(it.office.home.path)
        assert (line.kind, line.path, sorted(line.sessions)) == (
            "forward",
            it.lrs.url,
            sorted(x.origin for x in it.logs),
        )


async def test_batches_are_as_large_as_was_said_and_only_the_last_is_smaller(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=3, people=20) as it:
        await it.forward(batch=100)
        assert [len(ids) for ids in it.lrs.posts] == [100, 20]
        assert len({id for ids in it.lrs.posts for id in ids}) == 120 == len(it.lrs.there)


@pytest.mark.parametrize("which", ["all", "one"])
async def test_who_is_erased_is_voided_and_nobody_else(tmp_path: Path, which: str) -> None:
    async with head(tmp_path) as it:
        await it.forward()
        before = it.people()
        gone = before[0]
        origin = next(log.origin for log in it.logs if log.origin[-8:].upper() == gone[:-2])
        await it.erase("all" if which == "all" else origin, gone)
        trip = await it.forward()
        assert (trip.voided, trip.sent) == (2, 0) and it.people() == before[1:]
        assert [one["object"]["objectType"] for one in it.lrs.statements.values() if one["verb"]["id"] == VOIDED] == [
            "StatementRef"
        ] * 2
        assert all(schema().is_valid({k: v for k, v in x.items() if k != "stored"}) for x in it.lrs.statements.values())
        assert (await it.forward()).voided == 0


async def test_what_head_office_corrects_is_taken_back_and_said_anew(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        with_desk(it.office)
        log = course(Laptop.named("7q2k"))
        await it.office.take(bundle(log))
        await it.forward(profile="full")
        before = {one["id"]: one for one in it.lrs.there}
        await grant(it.office, log, "A1", "p1", "card 4711")
        trip = await it.forward(profile="full")
        after = {one["id"]: one for one in it.lrs.there}
        assert trip.sessions == 1 and trip.voided == len(before.keys() - after.keys())
        new = [after[id] for id in after.keys() - before.keys()]
        assert {one["actor"]["account"]["name"] for one in new} == {"A1"} and len(new) == trip.sent > 0


async def test_a_killed_forwarder_resends_one_batch_at_most(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=3, people=5) as it:
        task = asyncio.ensure_future(it.forward(batch=10))
        it.lrs.faults = ["", "never"]
        while len(it.lrs.posts) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        sent = [id for ids in it.lrs.posts for id in ids]
        it.lrs.faults, n = [], len(it.lrs.posts)
        await it.forward(batch=10)
        twice = set(sent) & {id for ids in it.lrs.posts[n:] for id in ids}
        assert len(twice) == 10 and len(it.lrs.there) == 30


@pytest.mark.parametrize("strict", [False, True])
async def test_another_statement_under_our_id_is_named_and_the_rest_goes_on(tmp_path: Path, strict: bool) -> None:
    async with head(tmp_path) as it:
        await it.forward()
        other, same, *_ = dict(it.lrs.statements).values()
        other = other | {"result": {"completion": False}}
        it.lrs.statements = {other["id"]: other, same["id"]: same}
        it.lrs.strict = strict
        fresh = Head(it.office, it.lrs, it.logs)
        await forget(it.office)
        trip = await fresh.forward()
        assert [(one.id, one.reason) for one in trip.refused] == [(other["id"], "lrs-conflict")]
        assert trip.sent == 11 and len(it.lrs.statements) == 12
        n = len(it.lrs.posts)
        standing = await fresh.forward()
        assert standing.refused == trip.refused and len(it.lrs.posts) == n, "said again, not sent again"
        it.lrs.statements.pop(other["id"])
        assert (await fresh.forward(again=True)).refused == [] and len(it.lrs.there) == 12


async def test_what_was_on_its_way_when_somebody_was_erased_is_voided_where_it_arrived(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1, people=1) as it:
        it.lrs.faults = ["lost"] * 3
        with pytest.raises(FieldkitError):
            await it.forward()
        (who,) = it.people()
        await it.erase("all", who)
        assert (await it.forward()).voided == 2 and it.people() == []
    async with head(tmp_path / "other", sessions=1, people=1) as it:
        it.lrs.faults = ["cut"] * 3
        with pytest.raises(FieldkitError):
            await it.forward()
        await it.erase("all", f"{it.logs[0].origin[-8:].upper()}-0")
        it.lrs.listing = True
        assert (await it.forward()).voided == 0 and it.lrs.statements == {}


async def test_two_at_once_take_turns(tmp_path: Path) -> None:
    async with head(tmp_path) as it:
        it.lrs.faults = ["never"]
        first = asyncio.ensure_future(it.forward())
        while not it.lrs.posts:
            await asyncio.sleep(0.01)
        with pytest.raises(NotPossible, match="Another command is forwarding"):
            await it.forward()
        assert (await first).sent == 12 == len(it.lrs.there)
        assert (await it.forward()).sent == 0, "a turn that ended is free"


async def test_a_forwarder_that_was_away_too_long_stops(tmp_path: Path) -> None:
    async with head(tmp_path) as it:
        it.lrs.faults = ["never", "never"]
        first = asyncio.ensure_future(it.forward())
        while not it.lrs.posts:
            await asyncio.sleep(0.01)
        it.office.now += 301
        it.lrs.faults = []
        second = asyncio.ensure_future(it.forward())
        with pytest.raises(NotPossible, match="has taken over"):
            await first
        assert (await second).sent + 0 == 12 == len(it.lrs.there)


async def test_a_session_with_two_histories_waits_and_what_the_chosen_one_does_not_say_is_voided(
    tmp_path: Path,
) -> None:
    async with head(tmp_path) as it:
        log, other = it.logs[0], other_of(it.logs[0])
        await it.forward()
        await it.office.take(bundle(other))
        trip = await it.forward()
        assert (trip.left_out, trip.sent, trip.voided) == ({"forked": 1}, 0, 0)
        await decide(it.office, log, b64(other.root))
        assert (await it.forward()).refused == []
        assert {"F1", "F2"} <= set(it.people()) and len(it.people()) == 6, "one of three is in both"


async def test_one_badge_is_one_person_whatever_the_laptop_is_called(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        laptops = [Laptop.named("7q2k"), Laptop.named("9k3m", ORG)]
        it.office.enrol(*laptops)
        logs = [courses.course(one, {"E1": ALL}) for one in laptops]
        assert [log.origin.partition("/")[0] for log in logs] == ["laptop.fieldkit", ORG]
        await it.office.take(*(bundle(log) for log in logs))
        await it.forward()
        said = [one["actor"]["account"] for one in it.lrs.there]
        assert said and {(x["homePage"], x["name"]) for x in said} == {(f"https://{ORG}/people", "E1")}
        db = await it.office.home.database()
        try:
            ours, _ = await export(db, it.office.home, logs[0].origin, "all", "xapi")
        finally:
            await db.close()
        assert f'"https://{ORG}/people"'.encode() in ours and b"laptop.fieldkit/people" not in ours
        both = {one["id"] for one in json.loads(ours)} & {one["id"] for one in it.lrs.there}
        assert len(both) * 2 == len(it.lrs.there), "what is forwarded is what is exported"


async def test_what_was_said_of_people_of_no_organisation_is_taken_back_once_and_said_anew(tmp_path: Path) -> None:
    """Statements as an older release forwarded them: nothing is doubled, what others said stays."""
    async with head(tmp_path, sessions=1) as it:
        other = Laptop.named("9k3m", ORG)
        it.office.enrol(other)
        await it.office.take(bundle(courses.course(other, {"E1": ALL})))
        ours, it.office.home.org = it.office.home.org, "laptop.fieldkit"  # names them as that release did
        await it.forward()
        it.office.home.org = ours
        before = {one["id"]: one["actor"]["account"]["homePage"] for one in it.lrs.there}
        old = {id for id, page in before.items() if page == "https://laptop.fieldkit/people"}
        assert 0 < len(old) < len(before)
        assert (await it.forward()).sent == 0, "another release looks at every session once more"
        db = await it.office.home.database()
        try:
            async with db.transaction() as tx:
                await tx.change("UPDATE forwarded SET seen = ''")
        finally:
            await db.close()
        trip = await it.forward()
        there = {one["id"]: one["actor"]["account"]["homePage"] for one in it.lrs.there}
        assert trip.voided == trip.sent == len(old) and len(there) == len(before)
        assert before.keys() - there.keys() == old and set(there.values()) == {f"https://{ORG}/people"}
        assert ((await it.forward()).sent, len(it.people())) == (0, 4)


async def test_what_an_older_release_remembered_of_a_store_stays(tmp_path: Path) -> None:
    """It made its tables with the first trip, beside the schema."""
    async with head(tmp_path, sessions=1) as it:
        await it.forward()
        db = await it.office.home.database()
        try:
            async with db.transaction() as tx:
                for later in ("forwarding", *made_after(FORWARD)):
                    await tx.change(f"DROP TABLE {later}")
                told = (
                    "UPDATE central SET version =" if isinstance(it.office.home.place, str) else "PRAGMA user_version ="
                )
                await tx.change(f"{told} {before(FORWARD)}")
        finally:
            await db.close()
        assert (await it.forward()).sent == 0 and len(it.people()) == 3
        await it.erase("all", it.people()[0])
        assert (await it.forward()).voided == 2
