"""The data folder in one file and back; an archive somebody tampered with changes nothing."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fieldkit.cli.backup import MANIFEST, back_up, restore
from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.handed import BACKUP, Handed, noted, read
from fieldkit.log.lock import AnotherHost, Lock


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a key, a settings file and a database whose newest row is still in the WAL."""
    folder = tmp_path / "home"
    (folder / "keys").mkdir(parents=True)
    (folder / "sessions").mkdir()
    (folder / "keys" / "device").write_bytes(b"key")
    (folder / "station.toml").write_text("org = 'ld.acme.example'\n", "utf-8")
    (folder / "host.lock").write_bytes(b"")
    return folder


def rows(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as db:
        return [n for (n,) in db.execute("SELECT n FROM t ORDER BY n")]


def test_a_backup_taken_while_a_writer_runs_holds_what_was_committed(home: Path, tmp_path: Path) -> None:
    """The newest commit sits in the WAL; a plain copy of the .db would lose it."""
    path = home / "sessions" / "000001-abcdefgh.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t(n INTEGER)")
        writer.execute("INSERT INTO t VALUES (1), (2)")
        writer.commit()
        assert path.with_name(path.name + "-wal").stat().st_size > 0
        back_up(home, tmp_path / "all.backup")
    got = restore(tmp_path / "again", tmp_path / "all.backup")
    assert rows(tmp_path / "again" / "sessions" / path.name) == [1, 2]
    assert (tmp_path / "again" / "keys" / "device").read_bytes() == b"key"
    assert got["files"] == 3
    assert not (tmp_path / "again" / "host.lock").exists()


def test_the_backup_and_what_comes_out_of_it_are_for_the_owner_only(home: Path, tmp_path: Path) -> None:
    """It holds the laptop's key and people's names."""
    back_up(home, tmp_path / "all.backup")
    restore(tmp_path / "again", tmp_path / "all.backup")
    for path in (tmp_path / "all.backup", tmp_path / "again", tmp_path / "again" / "keys" / "device"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_open_ballots_are_in_no_backup(home: Path, tmp_path: Path) -> None:
    """Two copies of them, a vote apart, would tell what was voted."""
    (home / "ballots").mkdir()
    (home / "ballots" / "0123456789abcdef").write_bytes(b'{"activity":"p1"}')
    back_up(home, tmp_path / "all.backup")
    restore(tmp_path / "again", tmp_path / "all.backup")
    assert not (tmp_path / "again" / "ballots").exists()
    assert (tmp_path / "again" / "keys" / "device").is_file()


def test_neither_direction_overwrites_anything(home: Path, tmp_path: Path) -> None:
    """An existing file, a folder with anything in it, and a backup inside its own folder are refused."""
    file = tmp_path / "all.backup"
    back_up(home, file)
    before = file.read_bytes()
    with pytest.raises(WrongUsage):
        back_up(home, file)
    with pytest.raises(WrongUsage):
        back_up(home, home / "inside.backup")
    with pytest.raises(WrongUsage):
        restore(home, file)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".fieldkit")] == []


def test_a_restore_into_the_folder_of_a_running_host_is_refused_by_name(home: Path, tmp_path: Path) -> None:
    """Exit 3: another host is running on this data folder."""
    back_up(home, tmp_path / "all.backup")
    lock = Lock(home / "host.lock")
    try:
        with pytest.raises(AnotherHost):
            restore(home, tmp_path / "all.backup")
    finally:
        lock.release()


def test_a_name_that_is_a_link_to_itself_is_taken(home: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(WrongUsage):
        back_up(home, tmp_path / "loop")


def test_a_backup_of_which_no_line_can_be_kept_is_not_made(home: Path, tmp_path: Path) -> None:
    """Else an erasure would not know of it."""
    (home / "handed.jsonl").mkdir()
    with pytest.raises(FieldkitError):
        back_up(home, tmp_path / "all.backup")
    assert not (tmp_path / "all.backup").exists() and not list(tmp_path.glob(".*"))


def test_a_backup_that_cannot_have_its_name_leaves_no_line(home: Path, tmp_path: Path) -> None:
    one = Handed(1, BACKUP, str(tmp_path / "all.backup"))
    with pytest.raises(OSError), noted(home, one):
        raise OSError(28, "No space left on device")
    assert read(home) == []
    with noted(home, one):
        assert read(home) == [one]
    assert read(home) == [one]


def test_a_folder_that_cannot_be_written_is_backed_up_whole(home: Path, tmp_path: Path) -> None:
    """A data folder on a read-only stick: there is no room beside the databases, and they are good all the same."""
    path = home / "sessions" / "000001-abcdefgh.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t(n INTEGER)")
        writer.execute("INSERT INTO t VALUES (1), (2)")
        writer.commit()
    code = (
        "import sys; from pathlib import Path; from fieldkit.cli.backup import back_up; from tests.kit.readonly import"
    )
    code += " unprivileged; unprivileged(); print(back_up(Path(sys.argv[1]), Path(sys.argv[2]))['raw'])"
    path.parent.chmod(0o500)
    try:
        said = subprocess.run([sys.executable, "-c", code, home, tmp_path / "b"], capture_output=True, check=True)
    finally:
        path.parent.chmod(0o700)
    assert said.stdout.decode().strip() == "[]"
    restore(tmp_path / "again", tmp_path / "b")
    assert rows(tmp_path / "again" / "sessions" / path.name) == [1, 2]


def test_nothing_to_back_up_and_no_file_to_restore_are_answers(tmp_path: Path) -> None:
    """An empty folder has no backup, a missing file no restore, a missing destination folder no place."""
    with pytest.raises(NotPossible):
        back_up(tmp_path / "nowhere", tmp_path / "x")
    with pytest.raises(NotPossible):
        restore(tmp_path / "new", tmp_path / "missing")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "f").write_bytes(b"1")
    with pytest.raises(FieldkitError):
        back_up(tmp_path / "home", tmp_path / "no" / "such" / "folder" / "x")


def test_a_database_that_cannot_be_read_goes_in_as_it_lies_there(home: Path, tmp_path: Path) -> None:
    """The day something is damaged is the day a backup is needed: everything else, and its bytes, marked."""
    bad, stray = home / "sessions" / "000001-abcdefgh.db", home / "foo.db"
    bad.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    bad.with_name(bad.name + "-wal").write_bytes(b"the newest records")
    stray.write_bytes(b"hello")
    made = back_up(home, tmp_path / "all.backup")
    marked = ["foo.db", "sessions/000001-abcdefgh.db", "sessions/000001-abcdefgh.db-wal"]
    assert made["raw"] == marked
    with zipfile.ZipFile(tmp_path / "all.backup") as archive:
        listed = json.loads(archive.read(MANIFEST))["files"]
    assert [one["path"] for one in listed if one.get("raw")] == marked
    restore(tmp_path / "again", tmp_path / "all.backup")
    for path in (bad, stray, bad.with_name(bad.name + "-wal"), home / "keys" / "device"):
        assert (tmp_path / "again" / path.relative_to(home)).read_bytes() == path.read_bytes()


def test_what_only_a_running_program_needs_is_left_out(home: Path, tmp_path: Path) -> None:
    """Locks, also those of sessions, and the token of the control port."""
    (home / "sessions" / "000001-abcdefgh.db.lock").write_bytes(b"1")
    (home / "control.json").write_bytes(b"{}")
    back_up(home, tmp_path / "all.backup")
    with zipfile.ZipFile(tmp_path / "all.backup") as archive:
        assert sorted(archive.namelist()) == [MANIFEST, "keys/device", "station.toml"]


def _zip(members: list[tuple[str, bytes]], listed: object = None) -> bytes:
    import hashlib

    if listed is None:
        listed = [{"path": n, "size": len(b), "sha256": hashlib.sha256(b).hexdigest()} for n, b in members]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps({"format": "fieldkit-backup/1", "files": listed}))
    return made.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not a zip": lambda: b"PK\x03\x04" + b"x" * 500,
    "no manifest": lambda: _plain_zip({"a": b"1"}),
    "manifest is not json": lambda: _plain_zip({MANIFEST: b"[" * 100_000}),
    "manifest of another kind": lambda: _plain_zip({MANIFEST: b'{"format":"x","files":[]}'}),
    "parent": lambda: _zip([("../evil", b"1")]),
    "inner parent": lambda: _zip([("keys/../../evil", b"1")]),
    "absolute": lambda: _zip([("/etc/evil", b"1")]),
    "drive": lambda: _zip([("C:/evil", b"1")]),
    "backslash": lambda: _zip([("..\\evil", b"1")]),
    "device name": lambda: _zip([("keys/NUL.txt", b"1")]),
    "escape sequence": lambda: _zip([("\x1b]0;x\x07", b"1")]),
    "case twins": lambda: _zip([("a", b"1"), ("A", b"2")]),
    "file and folder of one name": lambda: _zip([("a", b"1"), ("a/b", b"2")]),
    "wrong hash": lambda: _zip([("a", b"1")], [{"path": "a", "size": 1, "sha256": "0" * 64}]),
    "wrong size": lambda: _zip([("a", b"12")], [{"path": "a", "size": 1, "sha256": "0" * 64}]),
    "not listed": lambda: _zip([("a", b"1")], []),
    "listed, not there": lambda: _zip([], [{"path": "a", "size": 1, "sha256": "0" * 64}]),
    "list of nonsense": lambda: _zip([("a", b"1")], [None, 3, {"path": 1}]),
    "a bomb": lambda: _zip([("a", b"\0" * 50_000_000)]),
}


def _plain_zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_asvs_5_2_3_and_5_3_3_a_hostile_archive_is_refused_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    """A reason code, no file outside, none inside, no scratch folder left over."""
    (tmp_path / "box").mkdir()
    file = tmp_path / "box" / "bad.backup"
    file.write_bytes(HOSTILE[case]())
    with pytest.raises((BadBytes, FieldkitError)):
        restore(tmp_path / "box" / "home", file)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["box"]
    assert sorted(p.name for p in (tmp_path / "box").iterdir()) == ["bad.backup"]


def test_any_flipped_byte_of_a_backup_is_noticed(home: Path, tmp_path: Path) -> None:
    """Restoring gives back exactly what was backed up, or says no."""
    want = {
        p.relative_to(home).as_posix(): p.read_bytes() for p in home.rglob("*") if p.is_file() and p.suffix != ".lock"
    }
    back_up(home, tmp_path / "all.backup")
    whole = (tmp_path / "all.backup").read_bytes()
    for at in range(0, len(whole), 7):
        (tmp_path / "bent").write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        into = tmp_path / f"out{at}"
        try:
            restore(into, tmp_path / "bent")
        except (BadBytes, FieldkitError):
            continue
        assert {p.relative_to(into).as_posix(): p.read_bytes() for p in into.rglob("*") if p.is_file()} == want
