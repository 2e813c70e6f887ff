"""Durable writing: the old file or the new one, never half, never readable by others."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError
from fieldkit.log.files import sync_folder, write_durable

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
