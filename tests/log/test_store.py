"""The live session file: what is written, in which order, and that it stays."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from fieldkit.core.records import Unknown
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log import schema
from fieldkit.log.line import parse_record
from fieldkit.log.lock import AnotherHost
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.note import open_checkpoint, sign_line, split_note
from fieldkit.log.store import Moment, Pending, Store
from tests.log.making import (
    DEVICE_SIGNER,
    FACILITATOR,
    ORIGIN,
    PLAN,
    T0,
    Draft,
    answer,
    entropy,
    fill,
    join,
    key,
    make,
    person,
    started,
    tamper,
)

NAME = "000017-k3m9w2p4.db"


# ---- what is written -----------------------------------------------------------------------------------------


async def test_a_log_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Records, intents, seats, plan and settings survive closing and opening."""
    path = tmp_path / NAME
    store = await Store.create(path, ORIGIN, DEVICE_SIGNER, PLAN, {"code": b"K7M4"})
    await fill(store, people=4)
    records, intents, seats, head = await store.records(), await store.intents(), await store.seats(), store.head
    assert [record.i for record in records] == list(range(len(records)))
    assert records[1].private == {"name": "Worker 0"}
    assert intents[key("join 0")] == 1
    assert seats[0] == (key("seat 0"), 1)
    await store.close()

    store = await Store.open(path, DEVICE_SIGNER)
    assert (await store.records(), await store.intents(), await store.seats()) == (records, intents, seats)
    assert (store.origin, store.plan, store.head) == (ORIGIN, PLAN, head)
    assert await store.meta("code") == b"K7M4" and await store.meta("nothing") is None
    assert head.root == root_of(await store.leaves())
    line, opening = await store.line(1)
    assert parse_record(line, opening) == records[1]
    with pytest.raises(NotPossible):
        await store.line(10_000)
    await store.close()


async def test_what_append_returns_is_what_is_on_disk(tmp_path: Path) -> None:
    """The desk folds what append returned; a restart folds what is on disk. They must be the same records."""
    store = await started(tmp_path / NAME)
    odd = Draft(Unknown(name="new.kind", fields={"deep": {"a": [1, {"b": '\\u0000 "x"'}]}, "z": None}))
    batch = [
        Pending((join(person(1)), answer(person(1), text='{"a":1}\n')), key("a"), key("s")),
        Pending(()),
        Pending((odd, answer(person(1), floor=True)), key("b")),
    ]
    got = await store.append(batch, Moment(5, T0), entropy(7))
    assert [len(records) for records in got] == [2, 0, 2]
    assert [*(await store.records())[1:]] == [record for records in got for record in records]
    assert await store.intents() == {key("a"): 2, key("b"): 4}
    assert await store.seats() == [(key("s"), 2)]
    await store.close()


async def test_every_commit_is_signed_and_kept(tmp_path: Path) -> None:
    """One checkpoint a commit, each with the device's signature over the root at its size."""
    store = await started(tmp_path / NAME)
    await store.append([Pending((join(person(n)),)) for n in range(3)], Moment(1, T0), entropy(1))
    leaves = await store.leaves()
    for size in (1, 4):
        said, opened_note = open_checkpoint(await store.checkpoint(size), [DEVICE_SIGNER.vkey])
        assert (said.origin, said.size, said.root) == (ORIGIN, size, root_of(leaves[:size]))
        assert [k.name for k, _ in opened_note.signers] == [DEVICE_SIGNER.name]
    assert await store.checkpoint() == await store.checkpoint(4)
    assert await store.leaves(1) == leaves[:1] == [leaf_hash((await store.line(0))[0])]
    with pytest.raises(NotPossible):
        await store.checkpoint(3)
    await store.close()


async def test_a_human_signature_is_added_and_kept(tmp_path: Path) -> None:
    """A facilitator's line joins the device's; adding it twice changes nothing."""
    store = await started(tmp_path / NAME)
    text, _ = split_note(await store.checkpoint())
    line = sign_line(text, FACILITATOR)
    await store.add_signature(1, line)
    await store.add_signature(1, line)
    _, opened_note = open_checkpoint(await store.checkpoint(), [DEVICE_SIGNER.vkey, FACILITATOR.vkey])
    assert [k.name for k, _ in opened_note.signers] == [DEVICE_SIGNER.name, FACILITATOR.name]
    with pytest.raises(NotPossible):
        await store.add_signature(9, line)
    await store.append([Pending((join(person(1)),))], Moment(1, T0), entropy(1))
    await store.close()
    await (await Store.open(tmp_path / NAME, DEVICE_SIGNER)).close()


async def test_time_never_goes_back_and_confidential_answers_tell_only_the_minute(tmp_path: Path) -> None:
    """`m` is non-decreasing whatever the clock says; a floored record is never below the one before it."""
    store = await started(tmp_path / NAME)
    steps = [
        (Moment(61_250, T0 + 61_250), False),
        (Moment(61_900, T0 + 61_900), True),  # the minute began before the record before it
        (Moment(130_000, T0 + 130_000), True),
        (Moment(131_000, T0 + 131_000), False),
        (Moment(90_000, T0 - 5_000_000), False),  # both clocks went back
        (Moment(90_000, T0 - 5_000_000), True),
    ]
    for moment, floor in steps:
        await store.append([Pending((answer(person(1), floor=floor),))], moment, entropy(3))
    got = [(record.m, record.t - T0) for record in (await store.records())[1:]]
    assert got == [
        (61_250, 61_250),
        (61_250, 61_250),
        (120_000, 120_000),
        (131_000, 131_000),
        (131_000, -5_000_000),
        (131_000, -5_000_000),
    ]
    await store.close()


async def test_only_the_newest_commit_keeps_its_clock(tmp_path: Path) -> None:
    """Older clock readings would tell the second of a confidential answer."""
    store = await started(tmp_path / NAME)
    assert await store.last_moment() == Moment(0, T0, "boot-1", 5)
    await store.append([Pending((answer(person(1), floor=True),))], Moment(61_250, T0, "boot-1", 9), entropy())
    assert await store.last_moment() == Moment(61_250, T0, "boot-1", 9)
    await store.close()
    with sqlite3.connect(tmp_path / NAME) as db:
        rows = db.execute("SELECT size, m, t, last_m, last_t, boot, reading, frontier FROM checkpoints").fetchall()
    assert rows[0] == (1, *[None] * 7) and rows[1][1] == 61_250


async def test_a_draft_that_cannot_be_written_writes_nothing(tmp_path: Path) -> None:
    """A whole batch is refused when one line breaks the profile, and the store goes on."""
    store = await started(tmp_path / NAME)
    for bad, reason in (
        (answer(person(1), text="x" * 9000), "too-long"),
        (answer(person(1), v="a\0b"), "nul"),
        (Draft(Unknown(name="x.y", fields={"f": 1.5})), "float"),
        (Draft(Unknown(name="x.y", fields={"F": 1})), "bad-key"),
        (answer("short"), "bad-shape"),
    ):
        with pytest.raises(BadBytes) as wrong:
            await store.append([Pending((join(person(2)), bad))], Moment(1, T0), entropy())
        assert wrong.value.reason == reason
    with pytest.raises(ValueError):
        await store.append([Pending((join(person(2)),), intent=b"short")], Moment(1, T0), entropy())
    assert store.head.size == 1
    await store.append([Pending((join(person(2)),))], Moment(1, T0), entropy())
    assert store.head.size == 2
    await store.close()


async def test_settings_change_and_what_is_fixed_does_not(tmp_path: Path) -> None:
    """Port and room code may change, origin and plan never."""
    store = await started(tmp_path / NAME)
    await store.set_meta("port", b"8443")
    await store.set_meta("port", b"8444")
    assert await store.meta("port") == b"8444"
    for fixed in ("origin", "plan"):
        with pytest.raises(ValueError):
            await store.set_meta(fixed, b"x")
    await store.close()
    with pytest.raises(FieldkitError):
        await store.meta("port")


# ---- the file ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="modes mean little on Windows")
async def test_files_are_private_from_birth(tmp_path: Path) -> None:
    """The session file, its -wal, its -shm and its lock are 0600 even under a generous umask."""
    before = os.umask(0)
    try:
        store = await started(tmp_path / NAME)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys([NAME, f"{NAME}-wal", f"{NAME}-shm", f"{NAME}.lock"], 0o600)
    await store.close()


async def test_the_database_is_set_as_the_specification_says(tmp_path: Path) -> None:
    """WAL, FULL, secure_delete, recursive triggers, fullfsync, application id, version."""
    await (await started(tmp_path / NAME)).close()
    db = schema.connect(tmp_path / NAME)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "recursive_triggers": 1,
        "fullfsync": 1,
        "application_id": 0x464B4954,
        "user_version": len(schema.MIGRATIONS),
    }
    assert {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    strict = db.execute("SELECT count(*), sum(strict) FROM pragma_table_list WHERE schema='main' AND type='table'")
    tables, kept_strict = strict.fetchone()
    assert tables == kept_strict + 1  # sqlite_schema itself
    db.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM records WHERE i = 1",
        "UPDATE records SET line = x'00' WHERE i = 1",
        "INSERT OR REPLACE INTO records VALUES (1, x'00')",
        "DELETE FROM openings WHERE i = 1",
        "UPDATE openings SET line = x'00'",
        "INSERT OR REPLACE INTO openings VALUES (1, x'00')",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = x'00'",
        "UPDATE checkpoints SET size = size + 100",
        "INSERT OR REPLACE INTO checkpoints (size, note) VALUES (1, x'00')",
        "INSERT INTO checkpoints (size, note) VALUES (2, x'00')",
    ],
)
async def test_what_is_written_stays(tmp_path: Path, sql: str) -> None:
    """The triggers refuse every way to change or drop a record, an opening or a checkpoint."""
    await make(tmp_path / NAME)
    db = schema.connect(tmp_path / NAME)
    with pytest.raises(sqlite3.IntegrityError):
        db.execute(sql)
    db.close()


async def test_an_opening_goes_by_the_door_of_erasure_only(tmp_path: Path) -> None:
    """Once its index is in `erased` an opening may be deleted, and the log stays whole."""
    await make(tmp_path / NAME)
    db = schema.connect(tmp_path / NAME)
    db.execute("INSERT INTO erased VALUES (1)")
    db.execute("DELETE FROM openings WHERE i = 1")
    db.close()
    store = await Store.open(tmp_path / NAME, DEVICE_SIGNER)
    assert (await store.records())[1].private is None
    await store.close()


async def test_one_host_a_session(tmp_path: Path) -> None:
    """A second opening is told who is in the way; after closing it may."""
    store = await started(tmp_path / NAME)
    with pytest.raises(AnotherHost) as wrong:
        await Store.open(tmp_path / NAME, DEVICE_SIGNER)
    assert wrong.value.sentence.startswith("Another host is running") and wrong.value.exit_code == 3
    with pytest.raises(FieldkitError):
        await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {})
    await store.close()
    await store.close()
    with pytest.raises(FieldkitError, match="exists already"):
        await Store.create(tmp_path / NAME, ORIGIN, DEVICE_SIGNER, PLAN, {})
    await (await Store.open(tmp_path / NAME, DEVICE_SIGNER)).close()


async def test_what_is_no_session_file_is_said_so(tmp_path: Path) -> None:
    """Missing, foreign, garbage and newer files each get their sentence, and keep their bytes."""
    with pytest.raises(NotPossible):
        await Store.open(tmp_path / "nowhere.db", DEVICE_SIGNER)
    (tmp_path / "garbage.db").write_bytes(b"x" * 5000)
    with pytest.raises(DamagedData):
        await Store.open(tmp_path / "garbage.db", DEVICE_SIGNER)
    assert (tmp_path / "garbage.db").read_bytes() == b"x" * 5000
    with sqlite3.connect(tmp_path / "foreign.db") as db:
        db.execute("CREATE TABLE t (x)")
    foreign = (tmp_path / "foreign.db").read_bytes()
    with pytest.raises(DamagedData):
        await Store.open(tmp_path / "foreign.db", DEVICE_SIGNER)
    assert (tmp_path / "foreign.db").read_bytes() == foreign
    await make(tmp_path / NAME)
    with sqlite3.connect(tmp_path / NAME) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(FieldkitError, match="newer release"):
        await Store.open(tmp_path / NAME, DEVICE_SIGNER)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE records SET line = CAST(replace(line, 'phone', 'paper') AS BLOB) WHERE i = 1",
        "DELETE FROM records WHERE i = (SELECT max(i) FROM records)",
        "DELETE FROM records WHERE i = 2",
        "INSERT INTO records SELECT max(i) + 1, line FROM records",
        "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = CAST(replace(note, 'dev/7q2k', 'dev/7q2m') AS BLOB)",
        "UPDATE checkpoints SET frontier = NULL",
        "DELETE FROM meta WHERE key = 'origin'",
        "UPDATE meta SET value = x'6161' WHERE key = 'origin'",
    ],
)
async def test_a_tampered_file_is_not_opened_for_writing(tmp_path: Path, sql: str) -> None:
    """Signing never repairs damage: the store refuses to go on from it."""
    await make(tmp_path / NAME)
    tamper(tmp_path / NAME, sql)
    with pytest.raises(DamagedData):
        await Store.open(tmp_path / NAME, DEVICE_SIGNER)


async def test_another_laptop_cannot_go_on_with_it(tmp_path: Path) -> None:
    """A session belongs to the device that signed it."""
    await make(tmp_path / NAME)
    with pytest.raises(DamagedData, match="signature"):
        await Store.open(tmp_path / NAME, FACILITATOR)


async def test_a_migration_is_one_step_after_a_copy(tmp_path: Path) -> None:
    """A failing migration leaves the file as it was; a good one leaves the old file beside it."""
    path = await make(tmp_path / NAME)
    db = schema.connect(path)
    bad = [*schema.MIGRATIONS, ("CREATE TABLE extra (x) STRICT",)]
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(db, path, 1, bad)
    assert schema.check_version(db, path) == 1
    (tmp_path / f"{NAME}.v1").unlink()
    schema.migrate(db, path, 1, [*schema.MIGRATIONS, ("CREATE TABLE extra (x INT) STRICT",)])
    assert db.execute("PRAGMA user_version").fetchone()[0] == 2
    db.close()
    with sqlite3.connect(tmp_path / f"{NAME}.v1") as copy:
        assert copy.execute("SELECT count(*) FROM records").fetchone()[0] > 0
