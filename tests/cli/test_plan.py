"""`fieldkit plan`: what is laid out by command stands where the terminal finds it."""

from __future__ import annotations

from pathlib import Path

from fieldkit.cli.compiled import compile_for
from fieldkit.planned import PlannedFolder
from fieldkit.station import Station
from tests.cli.kit import fieldkit


def segments(home: Path) -> list[str]:
    """The first two of the pack, as the compiled plan names them."""
    compiled = compile_for(Station.open(home), "toolbox-blank", "")
    return [x.id for x in compiled.plan.segments[:2]]


def test_a_plan_is_added_listed_and_removed(tmp_path: Path) -> None:
    """With its roster read at once, its changes, and its id on standard output."""
    home = tmp_path / "data"
    crew = tmp_path / "crew.csv"
    crew.write_text("badge,name\nE1,Ana [/]\nE2,Bo\n")
    first, second = segments(home)
    more = ("--title", "Night", "--site", "Hall 2", "--roster", str(crew), "--minutes", f"{first}=3", "--skip", second)
    done = fieldkit("plan", "add", "toolbox-blank", "--at", "2099-01-02 22:00", *more, home=home)
    assert done.code == 0 and done.text.strip() == "20990102-2200"
    crew.unlink()
    (entry,) = fieldkit("plan", "list", "--json", home=home).document
    assert (entry["id"], entry["title"], entry["place"], entry["expected"]) == ("20990102-2200", "Night", "Hall 2", 2)
    assert (entry["minutes"], entry["skip"]) == ({first: 3}, [second])
    assert "20990102-2200  2099-01-02 22:00  Night  Hall 2" in fieldkit("plan", "list", home=home).text
    assert fieldkit("plan", "remove", "20990102-2200", home=home).code == 0
    assert PlannedFolder(home).entries() == []


def test_changes_name_segments_that_the_pack_has(tmp_path: Path) -> None:
    """A segment it does not have, or minutes that are none, are refused before anything is written."""
    home = tmp_path / "data"
    at = ("--at", "2099-01-02 22:00")
    for more, words, code in (
        (("--skip", "nowhere"), "no segment nowhere", 2),
        (("--minutes", "x"), "no segment and number", 2),
        (("--minutes", "open=9999"), "", 2),
    ):
        done = fieldkit("plan", "add", "toolbox-blank", *at, *more, home=home)
        assert done.code == code and words in done.talk, more
    every = [f for x in compile_for(Station.open(home), "toolbox-blank", "").plan.segments for f in ("--skip", x.id)]
    done = fieldkit("plan", "add", "toolbox-blank", *at, *every, home=home)
    assert done.code == 2 and "Every segment is skipped" in done.talk
    assert fieldkit("plan", "add", "no-such-pack", *at, home=home).code == 1
    assert fieldkit("plan", "add", "toolbox-blank", "--at", "2001-01-01 10:00", home=home).code == 2
    assert not PlannedFolder(home).folder.exists()


def test_a_folder_that_cannot_be_read_is_told_of_and_no_command_would_take_it_away(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir()
    PlannedFolder(home).folder.write_bytes(b"no folder")
    done = fieldkit("plan", "list", home=home)
    assert done.code == 1 and "cannot be read: Not a directory" in done.talk and "plan remove" not in done.talk


def test_a_file_that_is_no_plan_is_told_of_and_removed_only_when_asked(tmp_path: Path) -> None:
    """Exit code 1, the sentence on standard error, the file where it was."""
    home = tmp_path / "data"
    folder = PlannedFolder(home)
    folder.folder.mkdir(parents=True)
    path = folder.folder / "20990102-2200.json"
    path.write_bytes(b'{"v":1,"title":"\x1b[2J"}')
    done = fieldkit("plan", "list", home=home)
    assert done.code == 1 and "The plan 20990102-2200 cannot be used." in done.talk and "\x1b" not in done.talk
    assert path.exists()
    assert fieldkit("plan", "list", "--json", home=home).document[0]["wrong"]
    assert fieldkit("plan", "remove", "20990102-2200", home=home).code == 0 and not path.exists()
    assert fieldkit("plan", "remove", "20990102-2200", home=home).code == 1
