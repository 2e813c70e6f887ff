"""decide → append → commit → apply → tell, on a real file, with disks that fail in both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core.intents import Actor
from fieldkit.core.session import Session
from fieldkit.desk import Accepted, Already
from fieldkit.errors import FieldkitError
from fieldkit.log.note import open_note
from fieldkit.log.receipt import parse_receipt, verify_receipt
from tests.kit.room import DeskRoom, reason, saved


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path)
    await made.begin()
    yield made
    await made.close()


async def test_a_retry_answers_already_with_the_same_index(room: DeskRoom) -> None:
    """And for a join the same seat and participant; another body under the same id is refused."""
    ann = await room.join("Ann", "B1", id="join-1")
    again = await room.try_join("Ann", "B1", "join-1")
    assert isinstance(again, Already)
    assert (again.p, again.seat) == (ann.p, ann.token)
    assert reason(await room.try_join("Somebody else", "B1", "join-1")) == "id-reused"
    await room.lead(w.OpenActivity(activity="p1"))
    first = await room.vote(ann, "b", "a", id="v1")
    assert isinstance(await room.vote(ann, "a", "b", id="v1"), Already)
    assert saved(await room.vote(ann, "a", "b", id="v1")) == saved(first)
    assert reason(await room.vote(ann, "c", id="v1")) == "id-reused"
    assert room.desk.session.runs["p1"][0].counts == {"a": 1, "b": 1}
    await room.check()


async def test_ids_belong_to_their_seat(room: DeskRoom) -> None:
    """Two phones that happen to make the same id do not disturb each other."""
    ann, bo = await room.join("Ann"), await room.join("Bo")
    await room.lead(w.OpenActivity(activity="p1"))
    assert isinstance(await room.vote(ann, "a", id="same"), Accepted)
    assert isinstance(await room.vote(bo, "b", id="same"), Accepted)


async def test_refusals_are_not_remembered(room: DeskRoom) -> None:
    """The same id may succeed later."""
    ann = await room.join("Ann")
    assert reason(await room.vote(ann, "a", id="v1")) == "not-open"
    await room.lead(w.OpenActivity(activity="p1"))
    assert isinstance(await room.vote(ann, "a", id="v1"), Accepted)


async def test_nothing_is_shown_before_it_is_on_disk(room: DeskRoom) -> None:
    """While a commit hangs, no view and no answer knows of it."""
    ann = await room.join("Ann")
    await room.lead(w.OpenActivity(activity="p1"))
    told = 0

    def tell() -> None:
        nonlocal told
        told += 1

    room.desk.subscribe(tell)
    gate = room.store.hold()
    waiting = asyncio.ensure_future(room.vote(ann, "a", id="v1"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    assert told == 0
    assert room.desk.room_view().open[0].answered == 0
    gate.set()
    assert isinstance(await waiting, Accepted)
    assert told >= 1
    assert room.desk.room_view().open[0].answered == 1


@pytest.mark.parametrize("fault", ["lost", "kept"])
async def test_an_unknown_outcome_is_read_from_disk(room: DeskRoom, fault: str) -> None:
    """Whether the failed commit persisted or not, every vote is counted once and answered."""
    seats = [await room.join(f"N{k}") for k in range(10)]
    await room.lead(w.OpenActivity(activity="p1"))
    room.store.fail(fault)  # type: ignore[arg-type]
    first = await asyncio.gather(*(room.vote(x, "a", id=f"v{k}") for k, x in enumerate(seats)))
    again = await asyncio.gather(*(room.vote(x, "a", id=f"v{k}") for k, x in enumerate(seats)))
    assert [saved(x) for x in first] == [saved(x) for x in again]
    assert room.desk.session.runs["p1"][0].counts == {"a": 10}
    await room.check()


@pytest.mark.parametrize("fault", ["lost", "kept"])
async def test_a_facilitators_key_is_never_pressed_twice_by_itself(room: DeskRoom, fault: str) -> None:
    """Without an id the desk does not try again; the view says what really happened."""
    room.store.fail(fault)  # type: ignore[arg-type]
    with pytest.raises(FieldkitError):
        await room.lead(w.NextStep())
    assert len(room.desk.session.steps_entered) == (1 if fault == "kept" else 0)
    await room.check()


async def test_a_full_disk_says_not_saved_and_goes_on_by_itself(room: DeskRoom) -> None:
    """The phone keeps its answer; when there is space again the same id is taken."""
    ann = await room.join("Ann")
    await room.lead(w.OpenActivity(activity="p1"))
    room.store.fail("full")
    with pytest.raises(FieldkitError, match="full"):
        await room.vote(ann, "a", id="v1")
    assert room.desk.failing is not None
    assert isinstance(await room.vote(ann, "a", id="v1"), Accepted)
    assert room.desk.failing is None
    await room.check()


async def test_a_restart_finds_everything(room: DeskRoom) -> None:
    """Open activity, round, counts, seats, retries and the clock, sleep and downtime counted."""
    ann = await room.join("Ann", "B1", id="join-1")
    await room.lead(w.OpenActivity(activity="p1"))
    room.clock.advance(30_000)
    put = saved(await room.vote(ann, "a", id="v1"))
    before = room.desk.session
    await room.desk.close()
    room.clock.advance(10 * 60_000)
    desk = await room.again()
    assert desk.seat_of(ann.token) == [ann.p]
    assert desk.session.runs == before.runs
    assert desk.session.resumes[-1][1:] == (600_000, "boot")
    assert desk.now() == 630_000
    assert saved(await room.vote(ann, "a", id="v1")) == put
    assert isinstance(await room.try_join("Ann", "B1", "join-1"), Already)
    await room.check()


async def test_a_reboot_is_bridged_by_the_wall_clock(room: DeskRoom) -> None:
    """And by nothing when the wall clock went back."""
    await room.desk.close()
    room.clock.reboot(120_000)
    desk = await room.again()
    assert desk.session.resumes[-1][1:] == (120_000, "wall")
    await room.desk.close()
    room.clock.reboot(-3_600_000)
    desk = await room.again()
    assert desk.session.resumes[-1][1:] == (0, "none")
    assert [x.m for x in await room.store.records()] == sorted(x.m for x in await room.store.records())


async def test_a_jump_of_the_wall_clock_is_recorded_and_moves_no_duration(room: DeskRoom) -> None:
    """A year ahead: `clock.jump`, and m goes on as before."""
    year = 365 * 86_400_000
    await room.join("Ann")
    room.clock.advance(1_000)
    room.clock.jump_wall(year)
    await room.join("Bo")
    await room.join("Cy")
    assert room.desk.session.jumps == [(1_000, year)]
    assert room.desk.now() == 1_000


async def test_what_runs_out_of_time_closes_by_itself(room: DeskRoom) -> None:
    """Also when the laptop slept past the limit."""
    await room.lead(w.EnterSegment(segment="learn"))
    await room.lead(w.NextStep())
    assert "c1" in room.desk.session.open_rounds
    room.clock.advance(61_000)
    for _ in range(40):
        await asyncio.sleep(0.05)
        if not room.desk.session.open_rounds:
            break
    assert not room.desk.session.open_rounds
    await room.check()


async def test_one_impossible_intent_does_not_harm_the_others(room: DeskRoom) -> None:
    """An opening that no line can hold fails alone."""
    ann, bo = await room.join("Ann"), await room.join("Bo")
    await room.lead(w.OpenActivity(activity="a1"))
    huge = w.Sign(activity="a1", round=1, text="Ann", mark="M" * 9000)
    fine = w.Sign(activity="a1", round=1, text="Bo")
    results = await asyncio.gather(room.send(ann, huge, "s1"), room.send(bo, fine, "s2"), return_exceptions=True)
    assert isinstance(results[0], Exception)
    assert isinstance(results[1], Accepted)
    await room.check()


async def test_many_intents_share_few_commits(room: DeskRoom) -> None:
    """Whatever queued while the last commit ran goes into the next one."""
    seats = [await room.join(f"N{k}") for k in range(60)]
    await room.lead(w.OpenActivity(activity="p1"))
    before = room.store.commits
    await asyncio.gather(*(room.vote(x, "a", id="v") for x in seats))
    assert room.store.commits - before <= 5
    await room.check()


async def test_two_wishes_of_one_person_are_judged_one_after_the_other(room: DeskRoom) -> None:
    """Sent at once: the second sees the first."""
    ann = await room.join("Ann")
    found = await asyncio.gather(
        room.send(ann, w.RaiseHand(up=True), "h1"),
        room.send(ann, w.RaiseHand(up=True), "h2"),
        room.send(ann, w.RaiseHand(up=False), "h3"),
    )
    assert isinstance(found[0], Accepted)
    assert reason(found[1]) == "hand-same"
    assert isinstance(found[2], Accepted)
    twice = await asyncio.gather(room.try_join("X", "B5", "j1"), room.try_join("Y", "b5", "j2"))
    assert isinstance(twice[0], Accepted)
    assert reason(twice[1]) == "badge-in-use"


async def test_a_released_seat_no_longer_acts(room: DeskRoom) -> None:
    """The next phone with the badge does."""
    ann = await room.join("Ann", "B1")
    await room.lead(w.Release(who="B1"))
    assert room.desk.seat_of(ann.token) == []
    assert room.desk.knows_seat(ann.token)
    new = await room.join("Ann", "B1")
    assert room.desk.seat_of(new.token) == [ann.p]
    assert room.desk.seat_of(ann.token) == []


async def test_a_participants_receipt_proves_the_arrival(room: DeskRoom) -> None:
    """Verified with the device's public key alone."""
    ann = await room.join("Ann [/] Lee")
    raw = await room.desk.receipt(ann.p)
    proved = verify_receipt(parse_receipt(raw), [room.signer.vkey])
    assert proved is not None
    assert open_note(await room.store.checkpoint(), [room.signer.vkey]).signers
    with pytest.raises(FieldkitError):
        await room.desk.receipt("stranger")


async def test_the_fresh_code_holds_for_its_half_minute_and_the_next(room: DeskRoom) -> None:
    """Then it is old."""
    room.clock.advance(30_000 - room.clock.wall_ms() % 30_000)
    digits = room.desk.fresh()
    assert len(digits) == 3
    room.clock.advance(59_000)
    assert room.desk.fresh_ok(digits)
    room.clock.advance(600_000)
    assert room.desk.fresh_ok(room.desk.fresh())
    assert not room.desk.fresh_ok("")


async def test_after_closing_nothing_is_taken(tmp_path: Path) -> None:
    """One sentence, no hang."""
    room = DeskRoom(tmp_path)
    await room.begin()
    await room.close()
    with pytest.raises(FieldkitError, match="closed"):
        await room.lead(w.NextStep())
    assert isinstance(room.desk.session, Session)


async def test_a_clock_set_while_the_program_was_down_is_recorded(room: DeskRoom) -> None:
    """Three hours ahead between two runs: the first commit says so, in front of what it is about."""
    await room.join("Ann")
    await room.desk.close()
    room.clock.advance(60_000)
    room.clock.jump_wall(3 * 3_600_000)
    desk = await room.again()
    assert [by for _, by in desk.session.jumps] == [3 * 3_600_000]
    kinds = [x.k for x in await room.store.records()]
    assert kinds[-2:] == ["clock.jump", "session.resume"]


async def test_nothing_but_corrections_follows_the_close_when_the_clock_jumps(room: DeskRoom) -> None:
    """The jump stands before the close, or nowhere."""
    room.clock.jump_wall(86_400_000)
    await room.lead(w.End())
    room.clock.jump_wall(86_400_000)
    await room.lead(w.Correct(do="correct", by="fac", why="mistake", who="nobody", status="late"))
    kinds = [x.k for x in await room.store.records()]
    assert kinds[-2:] == ["clock.jump", "session.close"]


async def test_one_id_for_two_people_on_a_shared_phone_is_two_answers(room: DeskRoom) -> None:
    """What the owner sent is not the mate's: the id is refused, nothing is taken for saved that is not."""
    ann = await room.join("Ann", id="j1")
    mate = await room.desk.submit(
        w.Join(name="Mate", new_p="matemate"), Actor(by="self", via="shared"), id="j2", seat=ann.token
    )
    assert isinstance(mate, Accepted)
    assert room.desk.seat_of(ann.token) == [ann.p, mate.p]
    await room.lead(w.OpenActivity(activity="p1"))
    await room.vote(ann, "a", id="v1")
    other = Actor(by="self", via="shared", p=mate.p)
    answer = w.PutAnswer(activity="p1", round=1, v=("a",))
    assert reason(await room.desk.submit(answer, other, id="v1", scope=ann.token)) == "id-reused"
    again = await room.desk.submit(w.Join(name="Mate", new_p="matemate"), Actor(by="self", via="phone"), id="j2")
    assert isinstance(again, Already)
    assert again.seat is None  # without the phone's own seat there is none to give
