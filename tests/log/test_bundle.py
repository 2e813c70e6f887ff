"""Bundles that are as they should be: the same bytes each time, verified in a stream, held to their limits."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import sys
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.core.records import AnswerPut, Record
from fieldkit.errors import DamagedData, FieldkitError, NotPossible
from fieldkit.log import bulk
from fieldkit.log.archive import Packer
from fieldkit.log.batch import Clocks, number
from fieldkit.log.bundle import BundleInfo, bundle_name, read_bundle, verify_bundle, write_bundle
from fieldkit.log.line import read_line
from fieldkit.log.merkle import Frontier
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, sign_line, sign_note, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import enrol_note
from tests.log.making import DEVICE, DEVICE_SIGNER, FACILITATOR, ORIGIN, PLAN, entropy, make, opened, person, tamper

HEAD = ("enrol.note", enrol_note(DEVICE_SIGNER, 1795339200))
KEYS = [DEVICE_SIGNER.vkey]
SECOND = f"{DEVICE}/000018-p9d3w6tz"


async def bundled(tmp_path: Path, name: str = "a.fkb", second: bool = False) -> tuple[Path, BundleInfo]:
    paths = [await make(tmp_path / "17.db")]
    if second:
        paths.append(await make(tmp_path / "18.db", people=2, origin=SECOND))
    files = [SessionFile.open(path) for path in reversed(paths)]
    try:
        return tmp_path / name, write_bundle(files, HEAD, tmp_path / name, lock=None)
    finally:
        for file in files:
            file.close()


async def test_a_bundle_is_what_the_document_says(tmp_path: Path) -> None:
    """An independent reader (tarfile) finds the members in their order, with nothing told about people or time."""
    path, info = await bundled(tmp_path, second=True)
    raw = path.read_bytes()
    assert raw[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    assert info.sha256 == hashlib.sha256(raw).hexdigest() and info.sealed_to == []
    plan = hashlib.sha256(PLAN).hexdigest()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(raw)), mode="r:") as tar:
        members = tar.getmembers()
        assert [m.name for m in members] == [
            "fieldkit-bundle",
            "enrol.note",
            *[f"1/{name}" for name in ("checkpoint", "log.jsonl", "openings.jsonl", f"blob/{plan}")],
            *[f"2/{name}" for name in ("checkpoint", "log.jsonl", "openings.jsonl", f"blob/{plan}")],
        ]
        for m in members:
            assert (m.type, m.mode, m.uid, m.gid, m.mtime) == (tarfile.REGTYPE, 0o600, 0, 0, 0)
            assert (m.uname, m.gname, m.pax_headers) == ("", "", {})
        content = {m.name: tar.extractfile(m).read() for m in members}  # type: ignore[union-attr]
    assert content["fieldkit-bundle"] == b"fieldkit-bundle/1\n"
    assert content[f"1/blob/{plan}"] == PLAN
    with SessionFile.open(tmp_path / "17.db") as file:
        assert content["1/checkpoint"] == file.checkpoint()
        assert content["1/log.jsonl"] == b"".join(line + b"\n" for line in file.lines())
        assert content["1/openings.jsonl"] == b"".join(line + b"\n" for line in file.openings())
        head = file.head
    assert info.sessions[0] == {"origin": ORIGIN, "size": head.size, "root": b64(head.root)}
    assert [session["origin"] for session in info.sessions] == [ORIGIN, SECOND]


async def test_the_same_sessions_make_the_same_bytes(tmp_path: Path) -> None:
    """Written twice, from files in any order: one hash, mode 0600, no temporary file left."""
    path, info = await bundled(tmp_path, second=True)
    with SessionFile.open(tmp_path / "17.db") as a, SessionFile.open(tmp_path / "18.db") as b:
        again = write_bundle([a, b], HEAD, tmp_path / "b.fkb", lock=None)
    assert again.sha256 == info.sha256 and path.read_bytes() == (tmp_path / "b.fkb").read_bytes()
    assert sys.platform == "win32" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]


async def test_a_whole_bundle_is_verified_by_its_device_only(tmp_path: Path) -> None:
    """Known device: verified. Unknown device: intact, and nothing inside the bundle vouches for it."""
    path, info = await bundled(tmp_path, second=True)
    verdict = verify_bundle(path, KEYS)
    assert (verdict.verdict, verdict.reason, verdict.sha256) == ("verified", "", info.sha256)
    assert [(s.origin, s.verdict, s.signers) for s in verdict.sessions] == [
        (ORIGIN, "verified", [DEVICE]),
        (SECOND, "verified", [DEVICE]),
    ]
    for keys in ([], [FACILITATOR.vkey]):
        verdict = verify_bundle(path, keys)
        assert (verdict.verdict, verdict.reason) == ("signer-unknown", "signer-unknown")
        assert [s.signers for s in verdict.sessions] == [[], []]
    with pytest.raises(NotPossible):
        verify_bundle(tmp_path / "nowhere.fkb", KEYS)


async def test_signatures_of_people_travel_and_are_checked(tmp_path: Path) -> None:
    """The newest checkpoint's signers are named; earlier signed checkpoints ride in `signed`, verified too."""
    path = await make(tmp_path / "17.db")
    store = await Store.open(path, DEVICE_SIGNER)
    for size in (1, 6, store.head.size):
        await store.add_signature(size, sign_line(split_note(await store.checkpoint(size))[0], FACILITATOR))
    await store.close()
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "a.fkb", lock=None)
        signed = file.signed()
    assert len(signed) == 2
    with (tmp_path / "a.fkb").open("rb") as stream:
        assert [part.signed() for part in read_bundle(stream)] == [signed]
    verdict = verify_bundle(tmp_path / "a.fkb", [*KEYS, FACILITATOR.vkey])
    assert verdict.verdict == "verified" and verdict.sessions[0].signers == [DEVICE, FACILITATOR.name]
    assert verify_bundle(tmp_path / "a.fkb", [FACILITATOR.vkey]).verdict == "signer-unknown"


async def test_erased_openings_are_missing_and_nothing_else_changes(tmp_path: Path) -> None:
    """Any subset of openings is a whole bundle: erasure breaks no hash."""
    path = await make(tmp_path / "17.db")
    for erased in ("DELETE FROM openings WHERE i = 2", "DELETE FROM openings"):
        tamper(path, erased)
        with SessionFile.open(path) as file:
            write_bundle([file], HEAD, tmp_path / "a.fkb", lock=None)
        assert verify_bundle(tmp_path / "a.fkb", KEYS).verdict == "verified"


async def test_parts_can_be_passed_over(tmp_path: Path) -> None:
    """A reader that wants only the checkpoints, or stops in the middle of a log, still gets every session."""
    path, _ = await bundled(tmp_path, second=True)
    with path.open("rb") as stream:
        bundle = read_bundle(stream)
        assert bundle.head == HEAD
        assert [part.checkpoint.origin for part in bundle] == [ORIGIN, SECOND]
    with path.open("rb") as stream:
        got = []
        for part in read_bundle(stream):
            got.append(next(part.log()).lines[0][:40])
        assert len(got) == 2
    with path.open("rb") as stream:
        assert [dict(part.blobs()) for part in read_bundle(stream)] == [{hashlib.sha256(PLAN).hexdigest(): PLAN}] * 2
    with path.open("rb") as stream:
        part = next(iter(read_bundle(stream)))
        list(part.openings())
        with pytest.raises(ValueError, match="in order"):
            part.log()


async def test_a_damaged_session_is_not_bundled(tmp_path: Path) -> None:
    """What fsck would say is found while writing; no file is left, also no half of one."""
    for n, (sql, what) in enumerate(
        (
            ("UPDATE records SET line = CAST(replace(line, 'phone', 'paper') AS BLOB) WHERE i = 2", "damaged"),
            ("DELETE FROM records WHERE i = 3", "damaged"),
            ("UPDATE openings SET line = CAST(replace(line, 'Worker', 'Wirker') AS BLOB) WHERE i = 1", "damaged"),
            ("DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)", "damaged"),
            ("UPDATE meta SET value = CAST('{}' AS BLOB) WHERE key = 'plan'", "plan-mismatch"),
        )
    ):
        path = await make(tmp_path / f"{n}.db")
        tamper(path, sql)
        with SessionFile.open(path) as file, pytest.raises(DamagedData, match=what):
            write_bundle([file], HEAD, tmp_path / "out.fkb", lock=None)
    assert not [name for name in os.listdir(tmp_path) if "out" in name]


async def test_what_cannot_be_bundled_is_said(tmp_path: Path) -> None:
    """Nothing, the same session twice, a session without records, a folder that is not there."""
    path = await make(tmp_path / "17.db")
    await (await Store.create(tmp_path / "empty.db", SECOND, DEVICE_SIGNER, PLAN, {})).close()
    out = tmp_path / "a.fkb"
    with SessionFile.open(path) as file, SessionFile.open(tmp_path / "empty.db") as empty:
        for sessions in ([], [file, file], [file, empty]):
            with pytest.raises(NotPossible):
                write_bundle(sessions, HEAD, out, lock=None)
        with pytest.raises(FieldkitError):
            write_bundle([file], HEAD, tmp_path / "no" / "a.fkb", lock=None)
    assert not out.exists()


def test_a_name_tells_device_sessions_and_time() -> None:
    """Sortable, and without characters that a FAT stick refuses."""
    name = bundle_name("7q2k", [19, 17], "2026-11-20T09:00:00Z")
    assert name == "7q2k-000017-000019-20261120T090000Z.fkb"


def long_log(size: int, path: Path) -> None:
    """A bundle of `size` records, written as a stream."""
    first, _ = number([Pending((opened(),))], 0, Clocks(), Moment(0, 0), entropy())
    facts = [AnswerPut(activity="verify-zero", round=1, v=["b"], via="phone") for _ in range(1000)]
    tree = Frontier()
    file = path.with_suffix(".jsonl")
    with file.open("wb") as out:
        for start in range(0, size, 1000):
            records = [Record(start + k, start + k, start + k, facts[k], person(k % 40)) for k in range(1000)]
            lines = bulk.record_lines(records)
            if start == 0:
                lines[0] = first.lines[0]
            tree.extend(bulk.leaf_hashes(lines))
            out.write(b"\n".join([*lines, b""]))
    note = sign_note(Checkpoint(ORIGIN, size, tree.root()).text(), DEVICE_SIGNER)

    def pieces() -> Iterator[bytes]:
        with file.open("rb") as log:
            while piece := log.read(1 << 16):
                yield piece

    with path.open("wb") as stream:
        packer = Packer(stream)
        for name, raw in (("fieldkit-bundle", b"fieldkit-bundle/1\n"), HEAD, ("1/checkpoint", note)):
            packer.add(name, len(raw), [raw])
        packer.add("1/log.jsonl", file.stat().st_size, pieces())
        packer.add("1/openings.jsonl", 0, [])
        packer.add(f"1/blob/{hashlib.sha256(PLAN).hexdigest()}", len(PLAN), [PLAN])
        packer.close()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """Twenty times the records need no more memory to verify."""
    peaks = []
    for size in (2_000, 40_000):
        long_log(size, tmp_path / f"{size}.fkb")
        verify_bundle(tmp_path / f"{size}.fkb", KEYS)  # the first time fills caches
        tracemalloc.start()
        verdict = verify_bundle(tmp_path / f"{size}.fkb", KEYS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert verdict.verdict == "verified" and verdict.sessions[0].size == size
    assert peaks[1] < peaks[0] + (1 << 20) and peaks[1] < 16 << 20


async def test_records_are_small_on_the_stick(tmp_path: Path) -> None:
    """Plain answers of forty people stay well below 45 bytes a record."""
    long_log(2_000, tmp_path / "a.fkb")
    assert (tmp_path / "a.fkb").stat().st_size / 2_000 <= 45
    with (tmp_path / "a.fkb").open("rb") as stream:
        for part in read_bundle(stream):
            assert sum(len([read_line(line) for line in lines]) for _, lines in part.log()) == 2_000
