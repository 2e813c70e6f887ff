"""Reading a session file beside its writer."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.bundle import sha256_of
from fieldkit.log.note import sign_line, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from tests.log.making import (
    DEVICE_SIGNER,
    FACILITATOR,
    ORIGIN,
    PLAN,
    T0,
    entropy,
    fill,
    join,
    make,
    opened,
    person,
    tamper,
)

NAME = "000017-k3m9w2p4.db"


async def test_a_reader_sees_what_the_writer_wrote(tmp_path: Path) -> None:
    """Records, lines, openings, settings, plan and head, while the host is running."""
    store = await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {"code": b"K7M4"})
    with SessionFile.open(tmp_path / NAME) as file:
        assert file.head.size == len(file) == 0 and file.records() == [] and file.signed() == []
        with pytest.raises(NotPossible):
            file.checkpoint()
    await fill(store)
    with SessionFile.open(tmp_path / NAME) as file:
        assert (file.origin, file.plan, file.meta("code")) == (ORIGIN, PLAN, b"K7M4")
        assert file.records() == await store.records()
        assert file.record(1) == file.records()[1]
        assert (file.head.size, file.head.root) == (store.head.size, store.head.root) == (len(file), store.head.root)
        lines, openings = list(file.lines()), list(file.openings())
        assert file.weights() == (sum(map(len, lines)) + len(lines), sum(map(len, openings)) + len(openings))
        assert file.checkpoint() == await store.checkpoint()
        assert file.faults() == []
    await store.close()


async def test_a_reader_keeps_its_snapshot_and_the_writer_goes_on(tmp_path: Path) -> None:
    """What is committed meanwhile is not seen by an open reader, and does not wait for it."""
    store = await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {})
    await store.append([Pending((opened(),))], Moment(0, T0), entropy())
    with SessionFile.open(tmp_path / NAME) as file:
        assert len(file) == 1
        await store.append([Pending((join(person(1)),))], Moment(1, T0), entropy())
        assert len(file) == 1 == file.head.size
    with SessionFile.open(tmp_path / NAME) as file:
        assert len(file) == 2
    await store.close()


async def test_a_file_that_was_killed_is_read_with_its_wal(tmp_path: Path) -> None:
    """After a kill the newest records are in the -wal only; reading finds them and changes nothing in the file."""
    store = await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {})
    await fill(store)
    dead = tmp_path / "dead"
    dead.mkdir()
    for name in (NAME, f"{NAME}-wal"):  # as the disk is at this moment; the -shm is memory and gone
        shutil.copy(tmp_path / name, dead / name)
    size = store.head.size
    await store.close()
    before = sha256_of(dead / NAME)
    with SessionFile.open(dead / NAME) as file:
        assert len(file) == size == file.head.size
    assert sha256_of(dead / NAME) == before
    store = await Store.open(dead / NAME, DEVICE_SIGNER)
    assert store.head.size == size
    await store.close()


async def test_earlier_human_signatures_and_attachments_travel(tmp_path: Path) -> None:
    """`signed` are the earlier checkpoints that a person signed; blobs are the plan and attachments by hash."""
    store = await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {})
    await fill(store)
    for size in (1, store.head.size):
        await store.add_signature(size, sign_line(split_note(await store.checkpoint(size))[0], FACILITATOR))
    await store.set_meta("blob/" + hashlib.sha256(b"mark").hexdigest(), b"mark")
    first = await store.checkpoint(1)
    await store.close()
    with SessionFile.open(tmp_path / NAME) as file:
        assert file.signed() == [first]
        assert b"fac/9k3m" in file.checkpoint()
        assert list(file.blobs().values()) == [PLAN, b"mark"]
        assert all(hashlib.sha256(blob).hexdigest() == name for name, blob in file.blobs().items())


async def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A missing file, a file of noise, a damaged record: a sentence each."""
    with pytest.raises(NotPossible):
        SessionFile.open(tmp_path / "nowhere.db")
    (tmp_path / "noise.db").write_bytes(b"noise" * 1000)
    with pytest.raises(DamagedData):
        SessionFile.open(tmp_path / "noise.db")
    await make(tmp_path / NAME)
    tamper(tmp_path / NAME, "UPDATE records SET line = x'7b7d' WHERE i = 2")
    with SessionFile.open(tmp_path / NAME) as file:
        with pytest.raises(DamagedData, match="cannot be read"):
            file.records()
        with pytest.raises(DamagedData):
            file.record(2)
        with pytest.raises(NotPossible):
            file.record(999)
    tamper(tmp_path / NAME, "DELETE FROM meta WHERE key = 'plan'")
    with pytest.raises(DamagedData):
        SessionFile.open(tmp_path / NAME)
