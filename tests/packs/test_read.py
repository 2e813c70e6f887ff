"""A folder as a pack: links, pipes, twins and giants are refused; both ways of reading agree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.packs.archive import write_archive
from fieldkit.packs.read import read_pack
from tests.packs.kit import pack, write


def reason(path: Path) -> str:
    with pytest.raises(BadBytes) as caught:
        read_pack(path)
    return caught.value.reason


def test_a_folder_and_its_archive_are_the_same_pack(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack(), {"slides/a.md": b"# A", ".git/config": b"x", "pack.note": b"n"})
    files = read_pack(folder)
    (tmp_path / "small.fkpack").write_bytes(write_archive(files.files))
    assert read_pack(tmp_path / "small.fkpack").files == files.files
    assert sorted(files.files) == ["pack.note", "pack.yaml", "slides/a.md"]


def test_links_in_a_folder_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    (folder / "media").mkdir()
    (folder / "media" / "x.png").symlink_to("/etc/passwd")
    assert reason(folder) == "link"


def test_a_linked_folder_inside_is_refused_and_not_walked(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    (folder / "media").symlink_to("/")
    assert reason(folder) == "link"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    os.mkfifo(folder / "guide.md")
    assert reason(folder) == "link"


def test_case_twins_in_a_folder_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack(), {"slides/a.md": b"1", "slides/A.md": b"2"})
    if len(list((folder / "slides").iterdir())) == 1:
        pytest.skip("this disk does not tell a from A")
    assert reason(folder) == "case-twin"


def test_a_giant_file_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    with (folder / "guide.md").open("wb") as file:
        file.truncate(30 * 1024 * 1024 * 1024)
    assert reason(folder) == "too-large"


def test_more_than_500_files_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack(), {f"media/{n}.png": b"" for n in range(501)})
    assert reason(folder) == "too-many"


def test_folders_without_end_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    deep = folder
    for n in range(120):
        deep = deep / f"d{n}"
    deep.mkdir(parents=True)
    assert reason(folder) == "name-length"


@pytest.mark.parametrize("name", ["a\\b", "a:b", "con.md", "a?"])
def test_names_that_another_system_cannot_hold_are_refused(tmp_path: Path, name: str) -> None:
    assert reason(write(tmp_path / "small", pack(), {name: b"x"})) in ("backslash", "drive", "device-name", "name-sign")


def test_a_folder_without_pack_yaml_is_no_pack(tmp_path: Path) -> None:
    assert reason(tmp_path) == "no-pack-yaml"


def test_nothing_there_is_an_answer_with_a_hint(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / ("x" * 300), Path("a\0b")):
        with pytest.raises((NotPossible, FieldkitError)) as caught:
            read_pack(path)
        assert caught.value.sentence and caught.value.hint
