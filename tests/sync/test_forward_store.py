"""What a store can do wrong, and what it may be told: every way ends in a sentence, with what was taken remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.log import handed
from tests.kit.central import Laptop, bundle
from tests.kit.lrs import VOIDED
from tests.sync.forwarded import forget, head


async def test_a_dry_run_sends_nothing_and_remembers_nothing(tmp_path: Path) -> None:
    async with head(tmp_path) as it:
        assert (await it.forward(dry=True)).sent == 12 == (await it.forward(dry=True)).sent
        assert it.lrs.posts == [] and handed.read(it.office.home.path) == []


async def test_a_session_that_goes_on_is_left_until_it_has_ended(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1) as it:
        laptop = Laptop.named("7q2k")
        laptop.seq, laptop.last = 1, it.logs[0]
        running = laptop.session().join("late0001", "Late", "E9")
        await it.office.take(bundle(running))
        trip = await it.forward()
        assert (trip.sent, trip.left_out) == (6, {"open": 1})
        await it.office.take(bundle(running.close()))
        assert (await it.forward()).sent == 2 and "E9" in it.people()


@pytest.mark.parametrize("fault", ["lost", "cut", "500", "503:1", "429", "never"])
async def test_what_goes_wrong_once_is_tried_again_and_is_there_once(tmp_path: Path, fault: str) -> None:
    async with head(tmp_path) as it:
        it.lrs.faults = [fault]
        trip = await it.forward()
        assert trip.sent == 12 == len(it.lrs.there) and len(it.lrs.posts) == 2 and len(it.said) == 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("500", "at the moment \\(500\\)"),
        ("never", "does not answer"),
        ("lost", "cannot be reached"),
        ("401", "does not know this user"),
        ("403", "does not let this user"),
        ("404", "no place for statements"),
        ("redirect", "another address"),
        ("page", "not a learning record store"),
        ("endless", "not a learning record store"),
    ],
)
async def test_a_store_that_keeps_misbehaving_stops_the_trip_and_the_next_one_goes_on(
    tmp_path: Path, fault: str, sentence: str
) -> None:
    async with head(tmp_path, sessions=3, people=5) as it:
        first: list[int] = []

        def after_the_first() -> None:
            first.append(1)
            it.lrs.faults = [] if len(first) == 1 else [fault] * 9

        it.lrs.before = after_the_first
        with pytest.raises(FieldkitError, match=sentence):
            await it.forward(batch=10)
        asked = set(it.lrs.posts[0]) | set(it.lrs.posts[1])
        assert set(it.lrs.posts[0]) <= it.lrs.statements.keys() <= asked
        it.lrs.before, it.lrs.faults, n = lambda: None, [], len(it.lrs.posts)
        assert (await it.forward(batch=10)).sent == 20
        assert len(it.lrs.there) == 30 and it.lrs.voided == set()
        assert not set(it.lrs.posts[0]) & {id for ids in it.lrs.posts[n:] for id in ids}, "what was taken is not resent"


async def test_what_the_store_does_not_take_is_found_by_halves_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with head(tmp_path, people=10) as it:
        it.lrs.wrong = lambda one: one["actor"]["account"]["name"].endswith("-7")
        trip = await it.forward(batch=20)
        assert {one.reason for one in trip.refused} == {"lrs-refused"} and len(trip.refused) == 4
        assert trip.sent == 36 == len(it.lrs.there)


@pytest.mark.parametrize(
    ("faults", "posts", "refused"),
    [
        (["first:7"], [12, 5], 0),
        (["first:0"], [12, 12], 0),
        (["first:7", "first:2"], [12, 5], 3),
        (["first:0", "first:0"], [12, 12], 12),
        (["mute", "mute"], [12, 12], 0),  # it names only what is new to it; asked for, everything is there
    ],
)
async def test_what_a_store_does_not_name_is_sent_once_more_and_then_looked_for(
    tmp_path: Path, faults: list[str], posts: list[int], refused: int
) -> None:
    async with head(tmp_path) as it:
        it.lrs.faults = list(faults)
        trip = await it.forward()
        assert [len(ids) for ids in it.lrs.posts] == posts and len(it.lrs.there) == 12 - refused == trip.sent
        assert [one.reason for one in trip.refused] == ["lrs-refused"] * refused
        assert (await it.forward()).sent == 0 and len(it.lrs.posts) == 2, "what was taken is remembered"
        assert (await it.forward(again=True)).sent == refused and len(it.lrs.there) == 12


async def test_something_that_answers_everything_with_an_empty_list_is_no_store(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1, people=1) as it:
        it.lrs.faults, it.lrs.empty = ["first:0"] * 9, True
        with pytest.raises(FieldkitError, match="not a learning record store"):
            await it.forward()
        it.lrs.faults, it.lrs.empty = [], False
        assert (await it.forward()).sent == 2 == len(it.lrs.there)


async def test_a_request_that_is_too_large_is_halved(tmp_path: Path) -> None:
    async with head(tmp_path, people=5) as it:
        it.lrs.most = 6
        trip = await it.forward(batch=20)
        assert trip.sent == 20 == len(it.lrs.there) and trip.refused == []
        it.lrs.most = 0
        await forget(it.office)
        assert {one.reason for one in (await it.forward(batch=20)).refused} == {"lrs-too-large"}


async def test_a_void_that_the_store_refuses_is_not_forgotten(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1, people=1) as it:
        await it.forward()
        await it.erase("all", it.people()[0])
        it.lrs.wrong = lambda one: one["verb"]["id"] == VOIDED
        assert {one.reason for one in (await it.forward()).refused} == {"lrs-not-voided"} and len(it.people()) == 1
        it.lrs.wrong = lambda one: False
        trip = await it.forward(again=True)
        assert (trip.voided, trip.refused, it.people()) == (2, [], [])


async def test_a_narrower_profile_takes_back_and_a_wider_one_says_anew_under_new_ids(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1) as it:
        await it.forward()
        first = {one["id"] for one in it.lrs.there}
        assert (await it.forward(profile="roster")).voided == 3 and len(it.lrs.there) == 3
        assert (await it.forward(profile="full")).sent == 3
        there = {one["id"] for one in it.lrs.there}
        assert len(there) == 6 and len(there - first) == 3, "a voided id never comes back"


async def test_a_profile_that_the_policy_locks_holds(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        laptop = Laptop.named("7q2k")
        await it.office.take(bundle(laptop.whole(2, policy={"profile": "roster"})))
        assert (await it.forward(profile="full")).left_out == {"locked": 1}
        assert (await it.forward()).sent == 2
    async with head(tmp_path / "other", sessions=0) as it:
        await it.office.take(bundle(Laptop.named("7q2k").whole(2, policy={"locked": ["attendance"]})))
        assert (await it.forward()).sent == 0


async def test_a_row_that_somebody_else_wrote_stops_with_a_sentence(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=1) as it:
        await it.forward()
        db = await it.office.home.database()
        try:
            async with db.transaction() as tx:
                await tx._run("UPDATE forwarded SET statements = 'x', seen = ''")
        finally:
            await db.close()
        with pytest.raises(DamagedData, match="cannot be read"):
            await it.forward()
        assert len(it.lrs.posts) == 1


async def test_a_session_of_another_release_is_left_out_and_looked_at_again(tmp_path: Path) -> None:
    async with head(tmp_path) as it:
        db = await it.office.home.database()
        try:
            async with db.transaction() as tx:
                await tx._run("UPDATE blob SET bytes = ?1 WHERE origin = ?2", b'{"v":2}', it.logs[0].origin)
        finally:
            await db.close()
        for sent in (6, 0):
            trip = await it.forward()
            assert (trip.sent, trip.left_out) == (sent, {"unreadable": 1})
