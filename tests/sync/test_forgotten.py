"""Who was erased everywhere is erased in what comes later, if it was recorded before; and no badge is kept for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import DamagedData, NotPossible
from fieldkit.sync.central import forgotten
from fieldkit.sync.central.erase import erase as at_head_office
from tests.kit.central import NOON, Laptop, Office, bundle, results
from tests.kit.grep import found
from tests.sync.erased import BADGE, OTHERS, WHO, at_office, everybody_elses


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    made = await Office.make(tmp_path)
    made.now = NOON + 3600
    return made


async def erased(office: Office, laptop: Laptop) -> None:
    """A session with somebody in it, who is then erased everywhere."""
    office.enrol(laptop)
    await office.take(bundle(laptop.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()))
    done = await at_head_office(office.home, "all", BADGE, [], "request", office.now)
    assert done.remembered and at_office(office) == []


async def test_what_was_recorded_before_and_comes_later_is_erased_when_it_comes(office: Office) -> None:
    laptop, stranger = Laptop.named("7q2k"), Laptop.named("zzzz")
    await erased(office, laptop)
    log = laptop.session().join("personA1", WHO[0], BADGE.lower()).join("personB2", *OTHERS[0])
    log = log.close()
    waiting = stranger.session().join("personC3", *WHO).close()
    assert results(await office.take(bundle(log), bundle(waiting))) == ["stored", "held unknown-device"]
    office.enrol(stranger)
    assert results(await office.again()) == ["stored"]
    assert at_office(office) == [] and everybody_elses(office)
    assert {tuple(one)[:2] for one in (await office.picture())[4]} >= {(log.origin, 1), (waiting.origin, 1)}
    assert results(await office.take(bundle(log))) == ["already"] and at_office(office) == []
    assert "erased-badge" not in " ".join(await office.findings())


async def test_who_comes_again_afterwards_is_recorded_and_a_person_decides(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    await erased(office, laptop)
    office.now = NOON - 60  # head office's clock when the badge was erased once more: before the session began
    (office.home.path / forgotten.FILE).write_bytes(b"")
    forgotten.remember(office.home, [BADGE], "request", office.now)
    office.now = NOON + 7200
    log = laptop.session().join("personA1", *WHO).close()
    await office.take(bundle(log))
    assert any("erased-badge" in one for one in await office.findings()) and at_office(office)
    await office.take(bundle(log))
    assert len([one for one in await office.findings() if "erased-badge" in one]) == 1
    await at_head_office(office.home, log.origin, BADGE, [], "request", office.now)
    assert not any("erased-badge" in one for one in await office.findings()) and at_office(office) == []


async def test_neither_badge_nor_a_hash_that_can_be_guessed_is_kept(office: Office) -> None:
    await erased(office, Laptop.named("7q2k"))
    kept = (office.home.path / forgotten.FILE).read_text("ascii")
    key = office.home.path / "keys" / forgotten.KEY
    assert BADGE not in kept and (key.stat().st_mode & 0o777) == 0o600 and len(key.read_bytes()) == 32
    one = forgotten.Sealer(office.home).digest(BADGE)
    assert kept.startswith(one) and one == forgotten.Sealer(office.home).digest(f" {BADGE.lower()} ")
    other = await Office.make(office.folder / "other") if (office.folder / "other").mkdir() is None else office
    assert (
        forgotten.remember(other.home, ["", " "], "request", 1) == 0
        and not (other.home.path / "keys" / forgotten.KEY).exists()
    )
    forgotten.remember(other.home, [BADGE, "x" * 9000, "\u202e\x1b[2J", "Ann [/] Lee"], "other", 1)
    known = forgotten.read(other.home)
    assert len(known) == 4 and one not in known, "another office, another key"


async def test_the_list_is_read_whole_or_nothing_is_taken(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    await erased(office, laptop)
    path, log = office.home.path / forgotten.FILE, laptop.session().join("personA1", *WHO).close()
    good = path.read_bytes()
    path.write_bytes(good + good[:20])  # a crash in the middle of a line
    assert len(forgotten.read(office.home)) == 1
    forgotten.remember(office.home, ["B9"], "order", office.now)
    assert len(forgotten.read(office.home)) == 2
    for bad in (b"\xff\n", b"x 1 request\n", good.replace(b"request", b"because"), good.replace(b" ", b" x", 1)):
        path.write_bytes(bad)
        with pytest.raises(DamagedData):
            await office.take(bundle(log))
        assert log.origin not in await office.stored()
    path.write_bytes(good)
    (office.home.path / "keys" / forgotten.KEY).write_bytes(b"short")
    with pytest.raises(DamagedData):
        await office.take(bundle(log))


async def test_one_session_alone_or_the_p_of_a_log_remembers_nothing(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    one, two = (laptop.session().join(p, *WHO).close() for p in ("person01", "person02"))
    await office.take(bundle(one), bundle(two))
    assert not (await at_head_office(office.home, one.origin, BADGE, [], "request", office.now)).remembered
    assert not (await at_head_office(office.home, "all", "person02", [], "request", office.now)).remembered
    assert not (office.home.path / forgotten.FILE).exists()


async def test_files_that_wait_lose_that_person_and_stay_evidence(office: Office) -> None:
    """Held before the erasure and after it, of a laptop nobody knows, and the other one of two histories."""
    laptop, stranger = Laptop.named("7q2k"), Laptop.named("zzzz")
    office.enrol(laptop)
    start = laptop.session().join("person02", *OTHERS[0])
    one, fork = start.close(), start.join("person09", *WHO).close()
    waiting = stranger.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    known = laptop.session().join("person01", *WHO).close()
    await office.take(*map(bundle, (one, fork, waiting, known)))
    files = sorted(office.home.held.iterdir())
    done = await at_head_office(office.home, "all", BADGE, [], "request", office.now)
    assert len(done.swept) == 2 and done.pending == [] and at_office(office) == [] and everybody_elses(office)
    assert len(list(office.home.held.iterdir())) == 2 and sorted(office.home.held.iterdir()) != files
    assert results(await office.take(bundle(fork), bundle(waiting))) == ["fork fork", "held unknown-device"]
    assert at_office(office) == []
    office.enrol(stranger)
    assert "stored" in results(await office.again()) and at_office(office) == []
    tombs = {tuple(x)[:2] for x in (await office.picture())[4]}
    assert (waiting.origin, 1) in tombs and (waiting.origin, 2) not in tombs, "its laptop is told"
    assert not any(origin == one.origin for origin, _ in tombs), "nobody in the history that is kept"


async def test_of_one_session_the_other_history_that_waits_loses_that_person_too(office: Office) -> None:
    """The same badge has other salts there, and another `p`; whoever else is in it stays."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    start = laptop.session().join("person02", *OTHERS[0])
    one = start.join("person01", *WHO).close()
    fork = start.join("person09", "Z. Quisbert", BADGE.lower()).join("person08", *OTHERS[1]).close()
    elsewhere = laptop.session().join("person01", *WHO).close()
    assert results(await office.take(*map(bundle, (one, fork, elsewhere)))) == ["stored", "fork fork", "stored"]
    done = await at_head_office(office.home, one.origin, BADGE, [], "request", office.now)
    assert not done.remembered and len(done.swept) == 1 and done.pending == []
    names = [WHO[0], "Z. Quisbert", BADGE.lower(), OTHERS[1][0]]
    assert [at_office(office, [name]) != [] for name in names] == [
        True,  # in the session that was not named
        False,
        False,
        True,
    ]
    assert results(await office.take(bundle(fork))) == ["fork fork"], "the same file once more, from the stick"
    assert found(office.home.path, names[1:3], office.home.identities()) == []


async def test_who_is_in_a_waiting_file_only_is_found_there_and_stays_erased_when_it_is_taken(office: Office) -> None:
    stranger = Laptop.named("zzzz")
    waiting = stranger.session().join("person01", *WHO).join("person02", *OTHERS[0]).close()
    assert results(await office.take(bundle(waiting))) == ["held unknown-device"]
    for nobody in ("Ann [/] Lee", "person03", "\x1b[2J", "x" * 5000):
        with pytest.raises(NotPossible):
            await at_head_office(office.home, "all", nobody, [], "request", office.now)
    done = await at_head_office(office.home, "all", "person01", [], "request", office.now)
    assert len(done.swept) == 1 and at_office(office) == [] and everybody_elses(office)
    office.enrol(stranger)
    assert results(await office.again()) == ["stored"]
    assert results(await office.take(bundle(waiting))) == ["already"] and at_office(office) == []
