"""The live session file when the disk, another program or the power fails: nothing acknowledged is ever lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError
from fieldkit.log.schema import wal_path
from fieldkit.log.store import AppendUnknown, DiskFull, Moment, Pending, Store, StoreBusy
from tests.kit.faulty import FaultyStore
from tests.log.making import (
    DEVICE_SIGNER,
    T0,
    answer,
    entropy,
    join,
    key,
    make,
    person,
    started,
)

NAME = "000017-k3m9w2p4.db"


# ---- failure -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "kept"), [("lost", False), ("kept", True)])
async def test_an_unknown_outcome_is_read_from_disk(tmp_path: Path, fault: str, kept: bool) -> None:
    """Failed, and failed but it happened: both say AppendUnknown, stop the store, and reopen tells the truth."""
    store = await started(tmp_path / NAME, FaultyStore)
    assert isinstance(store, FaultyStore)
    store.fail(fault)  # type: ignore[arg-type]
    with pytest.raises(AppendUnknown):
        await store.append([Pending((join(person(1)),), key("a"))], Moment(1, T0), entropy())
    with pytest.raises(AppendUnknown):
        await store.append([Pending((join(person(2)),), key("b"))], Moment(2, T0), entropy())
    await store.reopen()
    assert store.head.size == (2 if kept else 1)
    assert (key("a") in await store.intents()) is kept and key("b") not in await store.intents()
    await store.append([Pending((join(person(3)),), key("c"))], Moment(3, T0), entropy())
    assert [record.i for record in await store.records()] == list(range(store.head.size))
    await store.close()


async def test_any_order_of_faults_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A phone that repeats until it is told `saved` is counted once, whatever the disk does."""
    store = await started(tmp_path / NAME, FaultyStore)
    assert isinstance(store, FaultyStore)
    store.fail("kept", "ok", "lost", "lost", "full", "kept", "kept", "full", "ok", "lost")
    for n in range(12):
        while key(f"{n}") not in await store.intents():
            try:
                await store.append([Pending((answer(person(n)),), key(f"{n}"))], Moment(n, T0), entropy(n))
            except DiskFull:
                assert key(f"{n}") not in await store.intents()
            except AppendUnknown:
                await store.reopen()
    assert [record.p for record in (await store.records())[1:]] == [person(n) for n in range(12)]
    await store.close()


async def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    """SQLITE_FULL rolls back by itself: nothing was written, the store goes on when there is space again."""
    store = await started(tmp_path / NAME)
    assert store._thread is not None
    pages = await store._thread.run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await store._thread.run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 2}"))
    batch = [Pending((join(person(n)),), key(f"{n}")) for n in range(500)]
    with pytest.raises(DiskFull) as wrong:
        await store.append(batch, Moment(1, T0), entropy())
    assert "not saved yet" in wrong.value.sentence
    assert store.head.size == 1 and await store.intents() == {}
    await store._thread.run(lambda db: db.execute("PRAGMA max_page_count = 100000"))
    await store.append(batch, Moment(1, T0), entropy())
    assert store.head.size == 501
    await store.close()


@pytest.mark.slow
async def test_another_writer_is_waited_for_and_then_named(tmp_path: Path) -> None:
    """A database browser with an open transaction: nothing is written, and the store is not broken by it."""
    store = await started(tmp_path / NAME)
    other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        await store.append([Pending((join(person(1)),))], Moment(1, T0), entropy())
    other.execute("ROLLBACK")
    other.close()
    await store.append([Pending((join(person(1)),))], Moment(1, T0), entropy())
    assert store.head.size == 2
    await store.close()


async def test_a_cancelled_append_still_happens(tmp_path: Path) -> None:
    """Cancelling the waiter does not cancel the commit; the next reader finds it."""
    store = await started(tmp_path / NAME, FaultyStore)
    assert isinstance(store, FaultyStore)
    gate = store.hold()
    waiter = asyncio.ensure_future(store.append([Pending((join(person(1)),), key("a"))], Moment(1, T0), entropy()))
    await asyncio.sleep(0.05)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    gate.set()
    assert await store.intents() == {key("a"): 1}
    assert store.head.size == 2
    await store.close()


async def test_the_loop_never_waits_for_the_disk(tmp_path: Path) -> None:
    """While a commit hangs on the disk, the event loop keeps turning."""
    store = await started(tmp_path / NAME, FaultyStore)
    assert isinstance(store, FaultyStore)
    store.slow = 0.2
    job = asyncio.ensure_future(store.append([Pending((join(person(1)),))], Moment(1, T0), entropy()))
    turns = 0
    while not job.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 10
    await job
    await store.close()


# ---- power ---------------------------------------------------------------------------------------------------

WRITER = """
import asyncio, sys
from pathlib import Path
from fieldkit.log.store import Moment, Pending, Store
from tests.log.making import DEVICE_SIGNER, ORIGIN, PLAN, T0, answer, entropy, key, opened, person

async def main(path):
    if path.exists():
        store = await Store.open(path, DEVICE_SIGNER)
    else:
        store = await Store.create(path, ORIGIN, DEVICE_SIGNER, PLAN, {})
        await store.append([Pending((opened(),))], Moment(0, T0), entropy())
    while True:
        first = store.head.size
        batch = [
            Pending((answer(person(first + k), text="t" if k % 3 == 0 else None),), key(f"{first + k}"))
            for k in range(1 + first % 37)
        ]
        await store.append(batch, Moment(first, T0 + first), entropy(first))
        sys.stdout.write(f"{store.head.size}\\n")
        sys.stdout.flush()

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX thing")
async def test_kill_9_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Killed in the middle of group commits, four times over: every acked record is there, once, under its root."""
    path = tmp_path / NAME
    root = Path(__file__).parents[2]
    acked = 0
    for wait in (30, 7, 19, 45):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert writer.stdout is not None
        for _ in range(wait):
            acked = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().splitlines()
        acked = max([acked, *[int(line) for line in rest if line.isdigit()][:-1]])
        writer.wait()

        store = await Store.open(path, DEVICE_SIGNER)
        records, intents = await store.records(), await store.intents()
        assert store.head.size == len(records) >= acked
        assert sorted(intents.values()) == list(range(1, len(records)))
        await store.close()


async def test_a_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    """One that outlived the event loop would write a traceback over the terminal."""
    path = tmp_path / NAME
    path.write_bytes(b"no database at all" * 300)
    before = set(threading.enumerate())
    for _ in range(5):
        with pytest.raises(FieldkitError):
            await Store.open(path, DEVICE_SIGNER)
    store = await started(tmp_path / "000018-k3m9w2p4.db")
    await store.close()
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if not thread.name.startswith("asyncio_")]


async def test_a_file_beside_the_wal_of_another_is_left_as_it_lies(tmp_path: Path) -> None:
    """Put back from a backup over one that a crash had left its -wal: refused, and good again once that is gone."""
    path, other = tmp_path / NAME, tmp_path / "000018-aaaaaaaa.db"
    await make(path)
    await make(other, people=9)
    with contextlib.closing(sqlite3.connect(other)) as reader:  # whoever reads keeps the -wal where it is
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        store = await Store.open(other, DEVICE_SIGNER)
        await store.append([Pending((join(person(99)),), key("z"))], Moment(10**9, T0 + 10**9), entropy(9))
        await store.close()
        good, wal = path.read_bytes(), wal_path(other).read_bytes()
        assert len(wal) > 4096
    wal_path(path).write_bytes(wal)
    with pytest.raises(FieldkitError):
        await Store.open(path, DEVICE_SIGNER)
    assert (path.read_bytes(), wal_path(path).read_bytes()) == (good, wal)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    store = await Store.open(path, DEVICE_SIGNER)
    await store.close()
