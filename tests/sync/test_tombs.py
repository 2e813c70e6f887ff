"""File and table of what was erased: agreed once, looked at again only where something changed, and then really."""

from __future__ import annotations

import cProfile
import os
import pstats
import shutil
from pathlib import Path

import pytest

from fieldkit.errors import DamagedData
from fieldkit.log.erase_note import erase_notes
from fieldkit.sync.central import tombs
from fieldkit.sync.central.erase import erase as at_head_office
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.erased import OTHERS, WHO, at_office

MANY = 12


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


async def opened(office: Office) -> int:
    """Open the database; how many notes were verified for it."""
    profile = cProfile.Profile()
    profile.enable()
    try:
        await (await office.home.database()).close()
    finally:
        profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(calls for (_, _, name), (calls, *_) in stats.items() if name == "parse_erase_note")


async def many(office: Office) -> tuple[Log, Path]:
    """A session, and an erasure of each of many records that are yet to come."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    await office.take(bundle(log))
    for i in range(100, 100 + MANY):
        await at_head_office(office.home, laptop.session().origin, "", [i], "request", office.now)
    return log, office.home.path / tombs.FILE


def keep(office: Office, name: str) -> Path:
    """A backup of the database, which nobody has open."""
    copy = office.folder / name
    shutil.copy(office.home.path / "central.db", copy)
    return copy


def put_back(office: Office, copy: Path) -> None:
    for side in ("-wal", "-shm"):
        office.home.path.joinpath(f"central.db{side}").unlink(missing_ok=True)
    shutil.copy(copy, office.home.path / "central.db")


@pytest.mark.of_the_file
async def test_opening_verifies_what_is_new_and_nothing_else(office: Office) -> None:
    log, file = await many(office)
    assert [await opened(office) for _ in range(2)] == [0, 0]
    before = keep(office, "before.db")
    tombs.append(file, erase_notes(office.home.office(), log.origin, [1], "request"))
    assert at_office(office)
    assert [await opened(office), await opened(office)] == [1, 0] and at_office(office) == []
    os.utime(file)  # copied, or touched: the same bytes
    assert await opened(office) == 0
    put_back(office, before)  # an older database, and the names are there again until it is opened
    assert at_office(office)
    assert [await opened(office), await opened(office)] == [1, 0] and at_office(office) == []


async def test_a_file_that_was_changed_put_back_or_lost_is_noticed(office: Office) -> None:
    log, file = await many(office)
    older = file.read_bytes()
    await at_head_office(office.home, log.origin, "", [1], "request", office.now)
    good, everything = file.read_bytes(), tombs.read(file, [office.home.office().vkey])
    for bad in (good.replace(b"request", b"mistake", 1), good[:-30] + b"x" * 30, b"x" + good, good + b"=====\nx\n"):
        file.write_bytes(bad)
        if bad.endswith(b"x" * 30) or bad.endswith(b"x\n"):
            await opened(office)  # a crash in the middle of the last note: cut away, and written again from the table
            assert file.read_bytes().count(b"fieldkit-erase/1") == MANY + 1
        else:
            with pytest.raises(DamagedData):
                await opened(office)
        file.write_bytes(good)
        assert await opened(office) in (0, MANY + 1)
    for content in (older, None):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        await opened(office)
        assert tombs.read(file, [office.home.office().vkey]) == everything
        assert await opened(office) == 0 and at_office(office) == []


async def test_what_a_laptop_erased_is_written_down_once(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).add("erase", {"refs": [1], "why": "request"}).close()
    for _ in range(2):
        await office.take(bundle(log))
        assert await opened(office) == 0 and at_office(office) == []
    assert (office.home.path / tombs.FILE).read_bytes().count(b"fieldkit-erase/1") == 1
