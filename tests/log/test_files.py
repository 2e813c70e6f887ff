"""Durable writing: the old file or the new one, never half, never readable by others."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.log.files import aside, durable, set_aside, sync_folder, write_durable, write_together

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes mean little on Windows")


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "trust.note"
    write_durable(path, b"one")
    write_durable(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["trust.note"]


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_permissions_do_not_depend_on_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        write_durable(tmp_path / "key", b"secret")
        write_durable(tmp_path / "page", b"public", mode=0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o644


def test_a_disk_that_refuses_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    with pytest.raises(FieldkitError) as caught:
        write_durable(tmp_path / "missing" / "key", b"x")
    assert caught.value.hint
    folder = tmp_path / "taken"
    folder.mkdir()
    (folder / "inside").write_bytes(b"kept")
    with pytest.raises(FieldkitError):
        write_durable(folder, b"x")
    assert sorted(os.listdir(tmp_path)) == ["taken"]
    sync_folder(tmp_path / "missing")


def test_a_very_long_name_does_not_break_the_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    write_durable(path, b"x")
    assert path.read_bytes() == b"x"


# ---- what is in the place already ----------------------------------------------------------------------------


def test_what_is_no_ordinary_file_is_never_replaced(tmp_path: Path) -> None:
    """A rename over a device, a pipe or a folder would destroy it; each is refused and stays what it was."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    (tmp_path / "loop").symlink_to("loop")
    before = {name: os.lstat(tmp_path / name) for name in os.listdir(tmp_path)}
    for path in (*(tmp_path / name for name in before), Path("/dev/null"), Path("/dev/stdout"), Path("/dev/full")):
        there = os.lstat(path)
        with pytest.raises(FieldkitError, match=r"not an ordinary file|could not be written") as caught:
            write_durable(path, b"x")
        assert "`-`" in caught.value.hint or path.name == "loop"
        with pytest.raises(FieldkitError), durable(path) as file:
            file.write(b"x")
        now = os.lstat(path)
        assert (now.st_mode, now.st_ino, now.st_rdev) == (there.st_mode, there.st_ino, there.st_rdev)
    assert sorted(os.listdir(tmp_path)) == sorted(before)


def test_a_link_stays_a_link_and_the_file_it_means_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "a.csv").symlink_to(tmp_path / "real" / "b.csv")
    for content in (b"one", b"two"):
        write_durable(tmp_path / "a.csv", content)
        assert (tmp_path / "real" / "b.csv").read_bytes() == content
    assert (tmp_path / "a.csv").is_symlink() and os.listdir(tmp_path / "real") == ["b.csv"]


def test_a_folder_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    """Not "free some space"; also below a file."""
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "no", tmp_path / "file"):
        with pytest.raises(WrongUsage, match=f"There is no folder {folder}"):
            write_durable(folder / "x.csv", b"x")


def test_files_that_belong_together_are_all_written_or_none(tmp_path: Path) -> None:
    """The second cannot be had: the first, though it could, is as it was."""
    (tmp_path / "a.csv").write_bytes(b"old")
    (tmp_path / "a.csv.note").mkdir()
    with pytest.raises(WrongUsage):
        write_together([(tmp_path / "a.csv", b"new"), (tmp_path / "a.csv.note", b"note")])
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.csv.note"]


def test_what_is_damaged_is_set_aside_under_the_first_free_number(tmp_path: Path) -> None:
    kept = []
    for n in range(3):
        (tmp_path / "heads").write_bytes(b"%d" % n)
        kept.append(set_aside(tmp_path / "heads").name)
    assert kept == ["heads.damaged-1", "heads.damaged-2", "heads.damaged-3"]
    assert [path.read_bytes() for path in aside(tmp_path / "heads")] == [b"0", b"1", b"2"]
