"""Anonymous rounds through a real desk on real files: votes beside the log, crashes, disks that fail, closing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Accepted, Already, Desk
from fieldkit.errors import DiskFull, FieldkitError
from fieldkit.station import Setup, Station
from tests.kit.anonymous import BallotRoom, Laptop, compiled
from tests.kit.room import Seat, reason, saved


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[BallotRoom]:
    made = BallotRoom(tmp_path)
    await made.begin()
    yield made
    await made.close()


async def crew(room: BallotRoom, n: int = 6) -> list[Seat]:
    return [await room.join(f"Worker {k}") for k in range(n)]


async def opened(room: BallotRoom, id: str = "p1") -> int:
    return saved(await room.lead(w.OpenActivity(activity=id)))


def tally_of(records: list[r.Record]) -> r.TallyPut:
    (found,) = [x.fact for x in records if isinstance(x.fact, r.TallyPut)]
    return found


async def test_a_vote_is_on_the_disk_when_it_is_acknowledged_and_nowhere_in_the_log(room: BallotRoom) -> None:
    """Accepted with the index of the opening: all who voted hold the same receipt."""
    people = await crew(room)
    at = await opened(room)
    before = room.store.head
    for k, who in enumerate(people):
        assert await room.vote(who, "ab"[k % 2], id=f"v{k}") == Accepted(at)
        assert len(json.loads(room.files[0])["voted"]) == k + 1
    assert room.store.head == before
    assert not {f"v{k}" for k in range(6)} & set(map(str, await room.store.intents()))
    await room.lead(w.CloseActivity())
    assert tally_of(await room.store.records()) == r.TallyPut("p1", 1, {"a": 3, "b": 3}, 6, False)
    assert room.files == []
    await room.check()


async def test_votes_of_many_share_one_write(room: BallotRoom) -> None:
    """And a person's two votes in one moment are one."""
    people = await crew(room, 20)
    await opened(room)
    asked = [room.vote(who, "a", id=f"v{k}") for k, who in enumerate(people)]
    asked += [room.vote(people[0], "b", id="again")]
    found = await asyncio.gather(*asked)
    assert [type(x) for x in found] == [Accepted] * 20 + [Already]
    assert json.loads(room.files[0])["counts"] == {"a": 20}
    assert len(room.files) == 1


async def test_votes_and_other_wishes_in_one_batch_go_their_own_ways(room: BallotRoom) -> None:
    people = await crew(room)
    at = await opened(room)
    wishes = [room.vote(people[0], "a", id="v"), room.send(people[1], w.RaiseHand(up=True), "h")]
    wishes += [room.vote(people[2], "z", id="bad")]
    vote, hand, bad = await asyncio.gather(*wishes)
    assert (vote, saved(hand), reason(bad)) == (Accepted(at), room.store.head.size - 1, "unknown-option")
    await room.check()


async def test_every_acknowledged_vote_survives_a_crash(room: BallotRoom) -> None:
    """And its retry is told so, also after the round has closed."""
    people = await crew(room)
    at = await opened(room)
    for k, who in enumerate(people[:5]):
        await room.vote(who, "a", id=f"v{k}")
    await room.crash()
    await room.again()
    assert room.desk.room_view().open[0].answered == 5
    for k, who in enumerate(people[:5]):
        assert await room.vote(who, "b", id=f"v{k}") == Already(at)
    assert await room.vote(people[5], "b", id="v5") == Accepted(at)
    await room.lead(w.CloseActivity())
    assert tally_of(await room.store.records()).counts == {"a": 5, "b": 1}
    assert await room.vote(people[0], "a", id="v0") == Already(at)
    assert reason(await room.vote(await room.join("Late"), "a", id="late")) == "closed"


async def test_a_crash_between_closing_and_deleting_leaves_nothing(room: BallotRoom) -> None:
    """The file that was left behind goes at the next start; nothing is counted twice."""
    people = await crew(room)
    await opened(room)
    for k, who in enumerate(people):
        await room.vote(who, "a", id=f"v{k}")
    (path,) = room.folder.iterdir()
    left = path.read_bytes()
    await room.lead(w.CloseActivity())
    await room.crash()
    path.write_bytes(left)
    (room.folder / f".{path.name}.tmp").write_bytes(left[:20])
    await room.again()
    assert room.files == []
    await room.lead(w.Revote())
    assert room.desk.room_view().open[0].answered == 0
    assert await room.vote(people[0], "b", id="second", round=2) == Accepted(room.desk.session.runs["p1"][1].opened_i)


@pytest.mark.parametrize("fault", ["sync", "rename", "after"])
async def test_a_vote_that_the_disk_did_not_take_is_not_acknowledged(room: BallotRoom, fault: str) -> None:
    """507 for the phone, a sign on the console; the same vote later counts once."""
    people = await crew(room)
    at = await opened(room)
    await room.vote(people[0], "a", id="v0")
    room.ballots.fail(fault)  # type: ignore[arg-type]
    with pytest.raises(DiskFull):
        await room.vote(people[1], "b", id="v1")
    assert room.desk.failing is not None
    again = await room.vote(people[1], "b", id="v1")
    assert again == (Already(at) if fault == "after" else Accepted(at))
    async with asyncio.timeout(30):
        while room.desk.failing is not None:
            await asyncio.sleep(0.05)
    assert json.loads(room.files[0])["counts"] == {"a": 1, "b": 1}
    assert room.desk.room_view().open[0].answered == 2


async def test_a_round_is_not_closed_on_doubtful_ballots(room: BallotRoom) -> None:
    """While the disk is away nobody knows what it holds: the tally waits until it can be read."""
    people = await crew(room)
    await opened(room)
    for k, who in enumerate(people[:5]):
        await room.vote(who, "a", id=f"v{k}")
    room.ballots.broken = True
    with pytest.raises(FieldkitError):
        await room.vote(people[5], "b", id="v5")
    with pytest.raises(FieldkitError):
        await room.lead(w.CloseActivity())
    assert room.desk.session.open_rounds
    room.ballots.broken = False
    await room.lead(w.CloseActivity())
    assert tally_of(await room.store.records()).counts == {"a": 5}


@pytest.mark.parametrize(("fault", "rounds"), [("lost", 1), ("kept", 0), ("full", 1)])
async def test_closing_on_a_failing_disk_loses_no_vote(room: BallotRoom, fault: str, rounds: int) -> None:
    """The tally and the closing are one commit; the ballots go only once it is known to be there."""
    people = await crew(room)
    await opened(room)
    for k, who in enumerate(people):
        await room.vote(who, "a", id=f"v{k}")
    room.store.fail(fault)  # type: ignore[arg-type]
    with pytest.raises(FieldkitError):
        await room.lead(w.CloseActivity())
    assert (len(room.desk.session.open_rounds), len(room.files)) == (rounds, rounds)
    if rounds:
        await room.lead(w.CloseActivity())
    assert tally_of(await room.store.records()).n == 6 and room.files == []
    await room.check()


async def test_a_round_closes_by_time_and_by_the_end_of_the_session(room: BallotRoom) -> None:
    people = await crew(room)
    await opened(room, "q1")
    await room.lead(w.OpenActivity(activity="d1"))
    for k, who in enumerate(people):
        await room.vote(who, "a", id=f"v{k}", activity="q1")
        await room.send(who, w.PutSay(activity="d1", text="more time"), f"s{k}")
    assert len(room.files) == 2
    room.clock.advance(61_000)
    async with asyncio.timeout(30):
        while "q1" in room.desk.session.open_rounds:
            await asyncio.sleep(0.02)
    assert len(room.files) == 1
    await room.lead(w.End())
    assert room.files == []
    kinds = [x.k for x in await room.store.records()]
    assert kinds.count("tally.put") == 2 and kinds.count("tally.text") == 6 and kinds[-1] == "session.close"
    await room.check()


async def test_a_pause_keeps_the_round_open_and_its_ballots(room: BallotRoom) -> None:
    people = await crew(room)
    await opened(room)
    await room.vote(people[0], "a", id="v0")
    await room.lead(w.Pause())
    assert len(room.files) == 1
    await room.lead(w.Resume())
    assert await room.vote(people[1], "a", id="v1") == Accepted(room.desk.session.runs["p1"][0].opened_i)


async def test_voiding_throws_the_ballots_away(room: BallotRoom) -> None:
    people = await crew(room)
    await opened(room)
    await room.vote(people[0], "a", id="v0")
    await room.lead(w.Void())
    assert room.files == []
    assert await room.vote(people[0], "b", id="v9") == Already(room.desk.session.runs["p1"][0].opened_i)


async def test_while_it_is_open_only_the_number_is_shown(room: BallotRoom) -> None:
    """On the console, on every phone and on the wall; listeners are told of each change."""
    people = await crew(room)
    await opened(room)
    told: list[int] = []
    room.desk.subscribe(lambda: told.append(room.desk.room_view().open[0].answered))
    for k, who in enumerate(people[:4]):
        await room.vote(who, "b", id=f"v{k}")
    assert told[-1] == 4
    (line,) = room.desk.room_view().open
    assert (line.answered, line.of, line.counts, line.missing, line.missing_n) == (4, 6, None, [], 2)
    assert not any(bar.count for bar in line.bars) and not line.small
    assert not any(bar.count for one in room.desk.room_view().rounds for bar in one.bars)
    (seen,) = room.desk.shared_view("en").open
    assert (seen.n, seen.counts, seen.mine) == (4, None, None)
    assert room.desk.seat_view(people[0].p, "en").open[0].mine == []
    assert room.desk.seat_view(people[5].p, "en").open[0].mine is None
    wall = room.desk.wall_view()
    assert (wall.n, wall.of, wall.counts, wall.mode) == (4, 6, None, "anonymous")
    for who in people[2:]:
        await room.send(who, w.Leave(), f"leave-{who.p}")
    assert room.desk.room_view().open[0].small


async def test_an_id_that_made_a_record_is_not_a_vote(room: BallotRoom) -> None:
    people = await crew(room)
    await room.send(people[0], w.RaiseHand(up=True), "h1")
    await opened(room)
    assert reason(await room.vote(people[0], "a", id="h1")) == "id-reused"


async def test_a_damaged_file_of_ballots_does_not_stop_the_session(room: BallotRoom) -> None:
    """It is set aside; the round goes on with what comes."""
    people = await crew(room)
    at = await opened(room)
    await room.vote(people[0], "a", id="v0")
    await room.crash()
    (path,) = room.folder.iterdir()
    path.write_bytes(b"\x00" * 40)
    await room.again()
    assert [x.name for x in room.folder.iterdir()] == [f"{path.name}.damaged-1"]
    assert await room.vote(people[0], "b", id="v1") == Accepted(at)


async def test_a_new_session_sweeps_what_ended_ones_left_and_keeps_what_waits(tmp_path: Path) -> None:
    """A paused session finds its ballots again after another one was run on the same laptop."""
    laptop = Laptop(tmp_path / "data", compiled(tmp_path / "pack"))
    await laptop.begin(6)
    await laptop.lead(w.OpenActivity(activity="q1"))
    await laptop.vote(0, ("a",))
    origin = laptop.desk.store.origin
    await laptop.desk.close()
    folder = laptop.home / "ballots"
    (path,) = folder.iterdir()
    strangers = path.read_bytes().replace(origin.encode(), b"ld.acme.example/dev/7q2k/000099-k3m9w2p4")
    (folder / ("f" * 32)).write_bytes(strangers)
    (folder / f".{path.name}.tmp").write_bytes(b"{")
    station = Station.open(laptop.home, clock=laptop.clock)
    other = await station.start(Setup(pack=laptop.pack))
    assert [x.name for x in folder.iterdir()] == [path.name]
    await other.store.close()
    waiting = next(x for x in station.waiting() if x.origin == origin)
    begun = await station.resume(waiting)
    desk = Desk(begun.store, begun.plan, laptop.clock, begun.secret, begun.code)
    await desk.start()
    assert desk.room_view().open[0].answered == 1
    await desk.submit(w.End(), FACILITATOR)
    await desk.close()
    path.write_bytes(strangers.replace(b"000099-k3m9w2p4", origin[-15:].encode()))
    third = await station.start(Setup(pack=laptop.pack))
    assert list(folder.iterdir()) == []
    await third.store.close()
