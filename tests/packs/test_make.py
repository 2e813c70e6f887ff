"""`fieldkit pack new`, `build` and `install` as a person types them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.packs.check import check_files
from fieldkit.packs.compile import compile_files, compile_pack
from fieldkit.packs.read import PackFiles
from fieldkit.packs.template import template
from tests.cli.kit import fieldkit
from tests.packs.kit import ROOT, pack, write


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """A folder of one's own to stand in, beside the data folder."""
    here = tmp_path / "here"
    here.mkdir()
    was = Path.cwd()
    os.chdir(here)
    try:
        yield here
    finally:
        os.chdir(was)


@pytest.mark.parametrize(
    "title", ["Safe at the dock", "Ann [/] Lee: {id} \"x\" 'y' # z", "# not a comment", "{title}", "5", "صحة"]
)
def test_a_new_pack_is_whole_and_has_nothing_to_mend_whatever_its_title(title: str) -> None:
    made = {name: text.encode() for name, text in template("dock-safety", title).items()}
    files = PackFiles(source=Path("dock-safety"), files=made)
    assert check_files(files).problems == []
    plan = compile_files(files).plan
    assert (plan.id, plan.title) == ("dock-safety", [title])
    assert {"wordcloud", "choice", "order", "prompt", "text", "acknowledge"} == {a.type for a in plan.activities}


def test_new_build_install_list_and_host_go_hand_in_hand(inside: Path, tmp_path: Path) -> None:
    done = fieldkit("pack", "new", "dock-safety", "--title", "Safe at the dock", home=tmp_path)
    assert done.code == 0 and (inside / "dock-safety" / "slides" / "idea.md").is_file()
    assert fieldkit("pack", "check", "dock-safety/", home=tmp_path).code == 0
    built = fieldkit("pack", "build", "dock-safety/", "--json", home=tmp_path).document
    archive = inside / "dock-safety-0.1.0.fkpack"
    assert built["file"] == archive.name and built["result"] == "built"
    first = archive.read_bytes()
    assert fieldkit("pack", "build", "dock-safety/", "-o", "-", home=tmp_path).out == first
    told = fieldkit("pack", "install", archive.name, "--json", home=tmp_path).document
    assert told["result"] == "installed" and told["files"] == built["files"] == compile_pack(archive).files_hash
    listed = {p["id"]: p["origin"] for p in fieldkit("pack", "list", "--json", home=tmp_path).document}
    assert listed["dock-safety"] == "installed"
    assert "Safe at the dock" in fieldkit("pack", "show", "dock-safety", home=tmp_path).text
    assert fieldkit("pack", "install", archive.name, "--json", home=tmp_path).document["result"] == "already"


def test_a_pack_is_never_edited_in_place(inside: Path, tmp_path: Path) -> None:
    write(inside / "one", pack())
    write(inside / "two", pack(title="Other"))
    assert fieldkit("pack", "install", "one/", home=tmp_path).code == 0
    (kept,) = (tmp_path / "packs").iterdir()
    before = kept.read_bytes()
    done = fieldkit("pack", "install", "two/", home=tmp_path)
    assert done.code == 1 and "Raise the version" in done.talk and kept.read_bytes() == before
    write(inside / "two", pack(title="Other", version="1.0.1"))
    assert fieldkit("pack", "install", "two/", home=tmp_path).code == 0


@pytest.mark.parametrize("verb", ["build", "install"])
def test_a_pack_with_errors_is_neither_built_nor_installed(verb: str, inside: Path, tmp_path: Path) -> None:
    write(inside / "bad", pack(duration=1))
    done = fieldkit("pack", verb, "bad/", home=tmp_path)
    assert done.code == 2 and "segments take 8 minutes" in done.talk and "Traceback" not in done.talk
    assert not list(inside.glob("*.fkpack")) and not (tmp_path / "packs").exists()


@pytest.mark.parametrize("id", ["", "x", "../x", "A b", "dock_safety", "x" * 65, "\x1b[2J", "-x", "a/b", "ä-b"])
def test_what_is_no_id_makes_no_folder(id: str, inside: Path, tmp_path: Path) -> None:
    done = fieldkit("pack", "new", "--", id, home=tmp_path)
    assert done.code == 2 and "Traceback" not in done.talk and "\x1b" not in done.talk and not list(inside.iterdir())


@pytest.mark.parametrize("title", ["x" * 61, "a\nb", "\x1b[2J", "a\u202eb"])
def test_a_title_that_cannot_be_shown_is_refused(title: str, inside: Path, tmp_path: Path) -> None:
    done = fieldkit("pack", "new", "dock", "--title", title, home=tmp_path)
    assert done.code == 2 and not list(inside.iterdir())


def test_a_folder_that_is_there_is_left_alone(inside: Path, tmp_path: Path) -> None:
    (inside / "dock").mkdir()
    done = fieldkit("pack", "new", "dock", home=tmp_path)
    assert done.code == 1 and not list((inside / "dock").iterdir())


def test_a_shipped_pack_can_be_built_with_its_picture(inside: Path, tmp_path: Path) -> None:
    assert fieldkit("pack", "build", "loto-refresher", "-o", "x.fkpack", home=tmp_path).code == 0
    made = compile_pack(inside / "x.fkpack")
    assert made.plan_hash == compile_pack(ROOT / "content_packs" / "loto-refresher").plan_hash and len(made.blobs) == 1
