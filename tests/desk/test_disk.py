"""Disks that go away, files that are moved, a writer that ends: nothing is told to be saved that is not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.desk import Accepted
from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.log.store import AppendUnknown, Store
from tests.kit.room import DeskRoom, saved

posix = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DeskRoom]:
    made = DeskRoom(tmp_path)
    await made.begin()
    yield made
    await made.close()


async def becomes(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def test_a_disk_that_comes_back_is_found_by_the_next_wish(room: DeskRoom) -> None:
    """Also a trainer's wish, which is never repeated by itself, works at once."""
    ann = await room.join("Ann")
    room.store.broken = True
    for turn in range(3):
        with pytest.raises(FieldkitError):
            await room.lead(w.OpenActivity(activity="p1"))
        with pytest.raises(FieldkitError):
            await room.send(ann, w.RaiseHand(up=True), f"h{turn}")
        assert room.desk.failing is not None
    room.store.broken = False
    assert isinstance(await room.lead(w.OpenActivity(activity="p1")), Accepted)
    assert room.desk.failing is None
    assert isinstance(await room.vote(ann, "a", id="v1"), Accepted)
    await room.check()


async def test_a_disk_that_comes_back_is_found_without_any_wish(room: DeskRoom) -> None:
    """The sign on the console goes out by itself."""
    ann = await room.join("Ann")
    room.store.broken = True
    with pytest.raises(FieldkitError):
        await room.send(ann, w.RaiseHand(up=True), "h1")
    await asyncio.sleep(1.2)
    assert room.desk.failing is not None
    told: list[bool] = []
    room.desk.subscribe(lambda: told.append(room.desk.failing is None))
    room.store.broken = False
    await becomes(lambda: room.desk.failing is None)
    assert told[-1]
    assert isinstance(await room.send(ann, w.RaiseHand(up=True), "h1"), Accepted)
    await room.check()


async def test_what_reached_the_disk_before_it_went_away_is_answered_already(room: DeskRoom) -> None:
    ann = await room.join("Ann")
    room.store.fail("kept")
    gate = room.store.hold()
    waiting = asyncio.ensure_future(room.send(ann, w.RaiseHand(up=True), "h1"))
    await asyncio.sleep(0.05)
    size = room.store.head.size
    reopen, room.store.reopen = room.store.reopen, _refused  # type: ignore[method-assign]
    gate.set()
    with pytest.raises(FieldkitError):
        await waiting
    room.store.reopen = reopen  # type: ignore[method-assign]
    assert saved(await room.send(ann, w.RaiseHand(up=True), "h1")) == size
    assert room.desk.failing is None
    await room.check()


async def _refused() -> None:
    raise FieldkitError("The disk does not answer.", "Wait.")


async def test_time_that_runs_out_while_the_disk_is_away_does_not_hammer_it(room: DeskRoom) -> None:
    """The question closes when the disk is back."""
    await room.lead(w.EnterSegment(segment="learn"))
    await room.lead(w.NextStep())
    room.store.broken = True
    with pytest.raises(FieldkitError):
        await room.lead(w.AddNote(text="lost"))
    room.clock.advance(61_000)
    tries = room.store.commits
    await asyncio.sleep(1.5)
    assert room.store.commits - tries < 5
    room.store.broken = False
    await becomes(lambda: not room.desk.session.open_rounds)
    await room.check()


async def test_a_full_disk_clears_its_sign_when_there_is_room(room: DeskRoom) -> None:
    room.store.fail("full")
    with pytest.raises(FieldkitError, match="full"):
        await room.lead(w.AddNote(text="lost"))
    assert room.desk.failing is not None
    await becomes(lambda: room.desk.failing is None)
    assert await room.store.meta("probe") is None


@posix
@pytest.mark.parametrize("how", ["moved", "deleted", "replaced"])
async def test_a_file_that_is_taken_away_is_noticed(room: DeskRoom, how: str) -> None:
    """Nothing is acknowledged any more, also by a desk that looks again."""
    ann = await room.join("Ann")
    away = room.path.with_suffix(".away")
    if how == "replaced":
        with contextlib.closing(sqlite3.connect(room.path)) as db, contextlib.closing(sqlite3.connect(away)) as copy:
            db.backup(copy)
        os.replace(away, room.path)
    elif how == "moved":
        room.path.rename(away)
    else:
        room.path.unlink()
    size = room.store.head.size
    for turn in range(2):
        with pytest.raises(DamagedData, match="moved or deleted"):
            await room.send(ann, w.RaiseHand(up=True), f"h{turn}")
    assert room.desk.failing is not None and "moved or deleted" in room.desk.failing.sentence
    await asyncio.sleep(1.2)
    assert room.desk.failing is not None
    assert room.store.head.size == size


@posix
async def test_a_file_that_is_put_back_goes_on(room: DeskRoom) -> None:
    """Also when it went in the middle of a commit: that one is not acknowledged either."""
    ann = await room.join("Ann")
    away = room.path.with_suffix(".away")
    gate = room.store.hold()
    waiting = asyncio.ensure_future(room.send(ann, w.RaiseHand(up=True), "h1"))
    await asyncio.sleep(0.05)
    room.path.rename(away)
    gate.set()
    with pytest.raises(DamagedData, match="moved or deleted"):
        await waiting
    away.rename(room.path)
    await becomes(lambda: room.desk.failing is None)
    assert saved(await room.send(ann, w.RaiseHand(up=True), "h1")) == room.store.head.size - 1
    await room.check()


@posix
async def test_a_wal_that_is_deleted_costs_nothing(room: DeskRoom) -> None:
    """What it held is taken into the file from the open handle before anything new is acknowledged."""
    ann = await room.join("Ann")
    room.path.with_name(f"{room.path.name}-wal").unlink()
    assert isinstance(await room.send(ann, w.RaiseHand(up=True), "h1"), Accepted)
    await room.check()
    await room.desk.close()
    store = await Store.open(room.path, room.signer)
    assert len(await store.records()) == room.desk.session.saved + 1
    await store.close()


async def test_a_store_whose_connection_is_gone_says_so(tmp_path: Path) -> None:
    """Unknown, not `nothing was written`; closed by us is another sentence."""
    room = DeskRoom(tmp_path)
    await room.begin()
    room.store.broken = True
    with pytest.raises(FieldkitError):
        await room.store.reopen()
    with pytest.raises(AppendUnknown):
        await room.store.records()
    await room.close()
    with pytest.raises(FieldkitError, match="closed") as wrong:
        await room.store.records()
    assert not isinstance(wrong.value, AppendUnknown)


async def test_less_than_what_was_told_is_not_gone_on_with(tmp_path: Path) -> None:
    """A file system that forgets what it had synced must not make two histories."""
    room = DeskRoom(tmp_path)
    await room.begin()
    told = room.store.head
    room.store.head = type(told)(told.size + 1, told.root)
    with pytest.raises(DamagedData, match="were saved"):
        await room.store.reopen()
    room.store.head = type(told)(told.size, bytes(32))
    with pytest.raises(DamagedData, match="were saved"):
        await room.store.reopen()
    await room.close()


async def test_a_mistake_of_ours_ends_the_request_and_never_the_session(room: DeskRoom) -> None:
    """What was written is read from disk again; the same wish is then answered `already`."""
    ann = await room.join("Ann")

    class Mistaken(type(room.desk.session)):  # type: ignore[misc]
        def apply(self, record: object) -> None:
            raise ZeroDivisionError

    room.desk.session.__class__ = Mistaken
    size = room.store.head.size
    with pytest.raises(ZeroDivisionError):
        await room.send(ann, w.RaiseHand(up=True), "h1")
    assert saved(await room.send(ann, w.RaiseHand(up=True), "h1")) == size
    assert room.desk.alive and room.desk.failing is None
    await room.check()


async def test_an_onlooker_that_stumbles_does_not_stop_the_writer(room: DeskRoom) -> None:
    ann = await room.join("Ann")
    room.desk.subscribe(lambda: [][0])
    assert isinstance(await room.send(ann, w.RaiseHand(up=True), "h1"), Accepted)
    assert room.desk.failing is None and room.desk.alive
