"""What head office keeps of an erasure beside its database, and what becomes of the files that wait for a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import DamagedData
from fieldkit.log.erase_note import erase_notes
from fieldkit.log.files import write_durable
from fieldkit.log.seal import Lock, sealing
from fieldkit.sync.central import tombs
from fieldkit.sync.central.databases import open_database
from fieldkit.sync.central.erase import erase as at_head_office
from tests.kit.central import Laptop, Office, bundle, results
from tests.sync.erased import BADGE, OTHERS, WHO, at_office, everybody_elses


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
def settled(office: Office) -> Path:
    return office.home.path / tombs.FILE


async def test_the_file_of_what_was_erased_is_read_whole_or_nothing_is_read(office: Office, settled: Path) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    for i in (1, 2, 3):
        await at_head_office(office.home, log.origin, "", [i], "request", office.now)
    good = settled.read_bytes()
    assert good.count(b"fieldkit-erase/1") == 3
    for cut in range(1, 60, 7):  # a crash in the middle of the last note
        settled.write_bytes(good[:-cut])
        (office.home.path / "central.db").unlink()
        await new_database(office)
        await (await office.home.database()).close()
        assert settled.read_bytes().count(b"fieldkit-erase/1") == 2
        assert len((await office.picture())[4]) == 2
    for bad in (
        good.replace(b"request", b"mistake", 1),
        good[40:],
        b"x" + good,
        good.replace(b"\nrecords", b"\nrecord"),
    ):
        settled.write_bytes(bad)
        with pytest.raises(DamagedData):
            await office.home.database()
    settled.write_bytes(good)
    await (await office.home.database()).close()
    assert len((await office.picture())[4]) == 3


async def new_database(office: Office) -> None:
    for side in ("-wal", "-shm"):
        office.home.path.joinpath(f"central.db{side}").unlink(missing_ok=True)
    await (await open_database(office.home.path / "central.db", create=True)).close()


async def test_a_held_file_that_is_damaged_and_names_the_session_goes(office: Office) -> None:
    """It cannot be written again without the name, and it can never be taken in."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    raw = bundle(log)
    answers = results(await office.take(raw, raw[:-9], b"\x1f\x8b" + raw[5:], b"PK" + raw))
    assert answers[0] == "stored" and all(one.startswith("refused") for one in answers[1:])
    done = await at_head_office(office.home, "last", BADGE, [], "request", office.now)
    assert done.gone == 1 and done.pending == [] and len(done.unreadable) == 2
    assert at_office(office) == [] or all(name in done.unreadable for name in map(file_name, at_office(office)))
    again = results(await office.take(raw[:-9]))
    assert again[0].startswith("refused") and at_office(office) == []


def file_name(line: str) -> str:
    return line.split(":")[0].removeprefix("held/")


async def test_an_erasure_that_was_cut_short_goes_on_with_the_next_command(office: Office) -> None:
    """The notes are on disk and nothing else is: the next opening does the rest before anything is read."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", *WHO).close()
    await office.take(bundle(log))
    tombs.append(office.home.path / tombs.FILE, erase_notes(office.home.office(), log.origin, [1], "request"))
    assert at_office(office)
    write_durable(office.home.path / tombs.MARK, b"")
    await (await office.home.database()).close()
    assert at_office(office) == [] and not (office.home.path / tombs.MARK).exists()


async def test_a_sealed_file_on_the_shelf_is_opened_written_again_and_still_taken(
    office: Office, tmp_path: Path
) -> None:
    laptop = Laptop.named("zzzz")
    log = laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    sealed = tmp_path / "sealed"
    with sealed.open("wb") as file, sealing(file, Lock(office.home.trust().recipients)) as into:
        into.write(bundle(log))
    assert results(await office.take(sealed.read_bytes())) == ["held unknown-device"]
    assert at_office(office) and everybody_elses(office)
    await at_head_office(office.home, log.origin, "", [1], "request", office.now)
    assert at_office(office) == [] and everybody_elses(office)
    assert results(await office.take(sealed.read_bytes())) == ["held unknown-device"]  # the old stick once more
    assert at_office(office) == [] and len(list(office.home.held.iterdir())) == 1
    office.enrol(laptop)
    assert results(await office.again()) == ["stored"] and list(office.home.held.iterdir()) == []
    assert at_office(office) == [] and everybody_elses(office)
