"""Planned sessions on the disk: written, found, read strictly, marked done; hostile files are told of and kept."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import FieldkitError, NotPossible, WrongUsage
from fieldkit.planned import Changes, Planned, PlannedFolder, parse, read_when
from fieldkit.roster import Row

NOW = datetime.datetime(2026, 11, 20, 8, 0)  # noqa: DTZ001 - local
GOOD = {"v": 1, "pack": "loto-basics", "at": "2026-11-20 22:00"}


def raw(**more: object) -> bytes:
    return json.dumps({**GOOD, **more}).encode()


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Everything in it; two for one minute have names of their own; the files are nobody else's to read."""
    folder = PlannedFolder(tmp_path)
    rows = (Row(2, {"badge": "E1", "name": "Zoë [/]"}, (("Shoe", "43"),)),)
    plan = Planned(
        v=1, pack="loto-basics", at="2026-11-20 22:00", title="Night", place="Hall", trainer="Sam", lang="es",
        expected=rows, changes=Changes(minutes=(("open", 5),), skip=("close",)),
    )  # fmt: skip
    first, second = folder.add(plan), folder.add(plan)
    assert (first, second) == ("20261120-2200", "20261120-2200-2")
    assert [x.plan for x in folder.entries()] == [plan, plan]
    assert all(path.stat().st_mode & 0o77 == 0 for path in folder.folder.iterdir())


def test_a_session_of_no_segment_is_none() -> None:
    assert Changes(skip=("a", "gone")).leaves(["a", "b"]) and Changes().leaves(["a"])
    assert not Changes(skip=("b", "a", "gone")).leaves(["a", "b"])


def test_a_plan_that_became_a_session_waits_no_more_and_forgets_who_was_expected(tmp_path: Path) -> None:
    """The names are in the session's log; one copy of them is enough."""
    folder = PlannedFolder(tmp_path)
    id = folder.add(Planned(v=1, pack="x", at="2026-11-20 22:00", expected=(Row(2, {"name": "Ana"}),)))
    folder.finish(id, "acme.example/dev/abc/000001-k3m9w2p4")
    assert folder.waiting() == [] and b"Ana" not in (folder.folder / f"{id}.json").read_bytes()
    with pytest.raises(NotPossible, match="no plan"):
        folder.finish("20200101-0000", "x")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe{", "cannot be read"),
        (b"[" * 50_000, "no plan"),
        (raw(v=2), "another release"),
        (raw(evil=1), "holds what no plan holds"),
        (raw(changes={"minutes": [], "skip": [], "run": "x"}), "holds what no plan holds"),
        (raw(at="2026-11-20"), "Its time"),
        (raw(at="2026-02-30 10:00"), "Its time"),
        (raw(at="2026-1-2 03:04"), "Its time"),
        (raw(title="a\x1b]0;x\x07"), "title holds signs"),
        (raw(place="x" * 81), "place holds signs"),
        (raw(trainer="a\u202eb"), "trainer holds signs"),
        (raw(pack=""), "names no pack"),
        (raw(done="../../etc/passwd\n"), "no such name"),
        (raw(changes={"minutes": [["../x", 5]]}), "segments that cannot be"),
        (raw(changes={"minutes": [["open", 1441]]}), "minutes that cannot be"),
        (raw(changes={"minutes": [["open", -1]]}), "minutes that cannot be"),
        (raw(changes={"skip": [f"s{k}" for k in range(201)]}), "segments that cannot be"),
        (raw(expected=[{"line": 2, "fields": {"shell": "x"}}]), "Row 2"),
        (raw(expected=[{"line": 3, "fields": {"name": "a\x00b"}}]), "Row 3"),
    ],
)
def test_what_no_session_could_begin_with_is_a_sentence_and_the_file_stays(
    tmp_path: Path, bad: bytes, words: str
) -> None:
    """Each kind of wrong file; the good one beside it is found all the same."""
    folder = PlannedFolder(tmp_path)
    folder.add(Planned(v=1, pack="x", at="2026-11-20 23:00"))
    path = folder.folder / "20261120-2200.json"
    path.write_bytes(bad)
    broken, good = folder.waiting()
    assert broken.plan is None and words in broken.wrong and "20261120-2200" in broken.wrong
    assert good.plan is not None and path.read_bytes() == bad
    assert all(c.isprintable() for c in broken.wrong)


def test_pipes_folders_and_strange_names_are_told_of_and_never_waited_for(tmp_path: Path) -> None:
    """A pipe would be waited for without end; a name is cleaned before it is said."""
    folder = PlannedFolder(tmp_path)
    folder.folder.mkdir()
    os.mkfifo(folder.folder / "20261120-2200.json")
    (folder.folder / "20261120-2300.json").mkdir()
    (folder.folder / "a\x1b[2Jb.json").write_bytes(raw())
    (folder.folder / "notes.txt").write_bytes(b"mine")
    said = [x.wrong for x in folder.waiting()]
    assert len(said) == 3 and all(said) and all(c.isprintable() for words in said for c in words)


def test_a_folder_that_cannot_be_read_is_told_of_and_one_never_made_holds_nothing(tmp_path: Path) -> None:
    """Nobody is shown an empty evening because the disk did not answer; nothing is removed from what is not read."""
    folder = PlannedFolder(tmp_path)
    assert folder.waiting() == []
    folder.folder.write_bytes(b"no folder")
    (told,) = folder.waiting()
    assert told.plan is None and told.wrong == "The folder of the planned sessions cannot be read: Not a directory."
    with pytest.raises(FieldkitError, match="cannot be read"):
        folder.remove(told.id)
    assert folder.folder.read_bytes() == b"no folder"


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda x: raw(title=x)))
def test_any_bytes_are_a_plan_or_a_sentence(data: bytes) -> None:
    """Never anything else."""
    try:
        assert isinstance(parse(data), Planned)
    except WrongUsage as wrong:
        assert wrong.sentence.endswith(".")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("22:00", "2026-11-20 22:00"),
        ("8:00", "2026-11-20 08:00"),
        ("7:59", "2026-11-21 07:59"),
        ("7.30", "2026-11-21 07:30"),
        (" 2026-12-01 06:05 ", "2026-12-01 06:05"),
        ("2026-12-01T06:05", "2026-12-01 06:05"),
    ],
)
def test_times_as_people_type_them(typed: str, meant: str) -> None:
    """An hour that has passed is tomorrow's."""
    assert read_when(typed, NOW).strftime("%Y-%m-%d %H:%M") == meant


@pytest.mark.parametrize("year", ["0001", "1999", "2200", "9999"])
def test_no_year_is_one_that_another_zone_cannot_show(year: str) -> None:
    """Typed, and in a plan that came from somewhere."""
    with pytest.raises(WrongUsage, match=f"in the year {year}"):
        read_when(f"{year}-12-31 23:59", NOW)
    with pytest.raises(WrongUsage, match="is none"):
        parse(json.dumps({"v": 1, "pack": "press-basics", "at": f"{year}-01-01 00:00"}).encode())
    for good in ("2000-01-01 00:00", "2199-12-31 23:59"):
        assert read_when(good, NOW).strftime("%Y-%m-%d %H:%M") == good


@pytest.mark.parametrize("typed", ["", "soon", "25:00", "10:61", "2026-02-30 10:00", "22:00\x1b", "٢٢:٠٠x", "9" * 400])
def test_no_time_is_refused_with_how_to_write_one(typed: str) -> None:
    """The hint shows both ways."""
    with pytest.raises(WrongUsage, match="no date and time") as said:
        read_when(typed, NOW)
    assert "22:00" in said.value.hint
