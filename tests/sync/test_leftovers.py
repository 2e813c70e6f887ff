"""A table or a backup that somebody changed is not deleted unseen and not passed over in silence: it is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit.log import handed
from fieldkit.station import Station
from fieldkit.sync import erasing
from tests.sync.erased import BADGE, NAME, OTHERS, WHO, at_laptop
from tests.sync.laptop import session


def handed_out(station: Station, path: Path, origin: str, kind: str = handed.EXPORT) -> None:
    """A file with the name in it, as `export` writes it: registered, with its note and proofs."""
    path.write_bytes(f"record_id,name\n1,{NAME}\n".encode())
    for end in (".note", ".proofs"):
        path.with_name(path.name + end).write_bytes(f"of {NAME}".encode())
    now = station.clock.wall_ms()
    handed.note(station.home, handed.Handed(now, kind, str(path), "attendance", handed.sha256_of(path), [origin]))


async def test_a_table_that_was_saved_again_is_named_until_it_is_gone(tmp_path: Path) -> None:
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, WHO, *OTHERS)
    table, backup = station.home / "Ann's [b] attendance.csv", tmp_path / "backup.zip"
    handed_out(station, table, ref.origin)
    handed_out(station, backup, ref.origin, handed.BACKUP)
    for path in (table, backup):
        path.write_bytes(path.read_bytes().replace(b",", b";"))
    done = await erasing.erase(station, ref, BADGE, "request")
    assert sorted(one.sentence for one in done.left) == sorted(
        f"{path} was changed by somebody and may still hold the name: look at it, then delete it."
        for path in (table, backup)
    )
    assert table.is_file() and backup.is_file(), "a person's own work is theirs to delete"
    assert not list(station.home.glob("*.proofs")) and not list(tmp_path.glob("backup.zip.*"))
    _, left = await erasing.go_on(station)
    assert len(left) == 2 and len(handed.read(station.home)) == 2, "and it is said again"
    table.unlink()
    assert len((await erasing.go_on(station))[1]) == 1
    backup.unlink()
    assert (await erasing.go_on(station))[1] == [] and erasing.tasks(station) == []
    assert handed.read(station.home) == []


async def test_the_same_path_written_again_by_the_program_is_no_change(tmp_path: Path) -> None:
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, WHO, *OTHERS)
    table = station.home / "attendance.csv"
    handed_out(station, table, ref.origin)
    old = handed.read(station.home)[0]
    handed.keep(station.home, lambda one: False)
    table.write_bytes(b"record_id;name\n")
    for sha256 in (old.sha256, handed.sha256_of(table)):
        again = handed.Handed(old.t, handed.EXPORT, str(table), "attendance", sha256, [ref.origin])
        handed.note(station.home, again)
    done = await erasing.erase(station, ref, BADGE, "request")
    assert done.left == [] and not table.exists() and handed.read(station.home) == []


async def test_what_lies_beside_a_table_goes_also_when_the_table_is_gone(tmp_path: Path) -> None:
    """Somebody deleted it, alone or with its folder, or the power went between the two."""
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, WHO, *OTHERS)
    alone, deep = station.home / "attendance.csv", station.home / "sheets" / "attendance.csv"
    deep.parent.mkdir()
    for path in (alone, deep):
        handed_out(station, path, ref.origin)
    alone.unlink()
    shutil.rmtree(deep.parent)
    done = await erasing.erase(station, ref, BADGE, "request")
    assert done.left == [] and at_laptop(station) == [] and erasing.tasks(station) == []
    assert handed.read(station.home) == []


async def test_a_table_goes_after_what_lies_beside_it(tmp_path: Path) -> None:
    """Else a crash between the two leaves names beside a name that nobody looks at any more."""
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, WHO, *OTHERS)
    table = station.home / "attendance.csv"
    handed_out(station, table, ref.origin)
    done = await erasing.erase(station, ref, BADGE, "request")
    assert done.deleted == [f"{table}.note", f"{table}.proofs", str(table)]


async def test_what_went_to_a_phone_stays_listed_wherever_the_command_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From within the data folder too, where words that are no path look like a file that is gone."""
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, WHO, *OTHERS)
    for where in ("phone 192.168.43.20: attendance.csv", "-"):
        handed.note(station.home, handed.Handed(1, handed.EXPORT, where, "attendance csv", "0" * 64, [ref.origin]))
    monkeypatch.chdir(station.home)
    done = await erasing.erase(station, ref, BADGE, "request")
    assert [one.path for one in done.out if one.kind == handed.EXPORT] == ["phone 192.168.43.20: attendance.csv", "-"]
    assert len(handed.read(station.home)) == 2
