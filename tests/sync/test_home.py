"""Making head office, letting laptops in, signing the list."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.trust import accept, accept_first, enrol_note, open_trust
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.databases import open_database
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.ingest import Intake
from tests.kit.central import NOON, ORG, Laptop, Office, bundle, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


async def test_init_makes_keys_an_empty_list_and_a_database(tmp_path: Path) -> None:
    made = await init(tmp_path / "c", ORG, "open sesame", NOON)
    home = Home.open(tmp_path / "c")
    trust = home.trust()
    assert (trust.org, trust.version, trust.expires) == (ORG, 1, NOON + 90 * 86_400)
    assert [key.kind for key in trust.keys] == ["root", "root", "central", "office"]
    assert trust.recipients == (made.recipient,) and made.recipient.startswith("age1")
    assert [str(key) for key in home.roots] == [made.root, str(trust.keys[1].vkey)]
    assert (VKey.parse(made.central).type, VKey.parse(made.office).type) == (4, 1)
    with pytest.raises(NotPossible):
        Signer.load(home.root_path)
    with pytest.raises(NotPossible):
        Signer.load(home.root_path, "wrong")
    assert str(Signer.load(home.root_path, "open sesame").vkey) == made.root
    for path in (tmp_path / "c").rglob("*"):
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_the_paper_root_can_sign_too(office: Office, tmp_path: Path) -> None:
    page = office.home.paper_path.read_text()
    key = tmp_path / "paper.key"
    key.write_text(page.split("----------\n")[1])
    root = Signer.load(key)
    before = office.home.trust()
    after = enrolment.sign(office.home, NOON, root)
    assert after.version == before.version + 1
    assert accept(before, office.home.trust_path.read_bytes()) == after


@pytest.mark.parametrize("org", ["acme", "Acme.example", "a b.example", "", "x.example/root", "ä.example"])
async def test_an_organisation_is_written_like_a_domain(tmp_path: Path, org: str) -> None:
    with pytest.raises(WrongUsage):
        await init(tmp_path / "c", org, None, NOON)
    assert not (tmp_path / "c").exists()


async def test_init_never_writes_over_anything(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NotPossible):
        await init(office.home.path, ORG, None, NOON)
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotPossible):
        await init(tmp_path / "file", ORG, None, NOON)
    with pytest.raises(FieldkitError):
        Home.open(tmp_path)


async def test_damaged_files_are_named(office: Office) -> None:
    good = office.home.trust_path.read_bytes()
    office.home.trust_path.write_bytes(good.replace(b"version 1", b"version 2"))
    with pytest.raises(DamagedData):
        office.home.trust()
    office.home.trust_path.write_bytes(good)
    (office.home.path / "central.db").write_bytes(b"SQLite format 3\0" + bytes(500))
    with pytest.raises(DamagedData):
        await office.home.database()
    (office.home.path / "central.db").unlink()
    with pytest.raises(FieldkitError):
        await office.home.database()
    (office.home.path / "central.toml").write_text("org = 3\n[")
    with pytest.raises(DamagedData):
        Home.open(office.home.path)


@pytest.mark.parametrize("key", ["central", "office", "age"])
async def test_a_key_that_is_not_there_is_said_and_leaves_nothing_open(office: Office, key: str) -> None:
    """A database that is left open would keep its thread, and the command would never end."""
    await office.take(bundle(Laptop.named("7q2k").whole()))  # on the shelf: erasing has to read it
    (office.home.path / "keys" / f"{key}.key").unlink()
    before = set(threading.enumerate())
    with pytest.raises(FieldkitError) as no:
        await Intake.open(office.home)
    left = set(threading.enumerate()) - before
    for one in left:
        one.join(5)  # a closed database lets its thread go in a moment
    assert no.value.hint and not any(one.is_alive() for one in left)


async def test_another_sqlite_file_is_no_database_of_ours(tmp_path: Path) -> None:
    import sqlite3

    db = sqlite3.connect(tmp_path / "x.db")
    db.execute("CREATE TABLE t (a)")
    db.close()
    with pytest.raises(DamagedData):
        await open_database(tmp_path / "x.db")


# ---- enrolment -----------------------------------------------------------------------------------------------


async def test_the_words_let_a_laptop_in_from_the_day_its_key_was_made(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    laptop.made = NOON - 100 * 86_400
    first = office.home.trust_path.read_bytes()
    words = six_words(laptop.signer.vkey)
    asked = enrolment.check(laptop.enrol_note(), f"  {words.upper()}  ".replace(" ", "  "))
    enrolment.enrol(office.home, asked, NOON, office.root())
    trust = office.home.trust()
    (line,) = trust.of("device")
    assert line.vkey == laptop.signer.vkey
    assert line.from_ == (laptop.made // 86_400) * 86_400 and line.state(NOON + 300 * 86_400) == "ok"
    assert (trust.version, trust.expires) == (2, NOON + 90 * 86_400)
    held = accept_first(first, office.home.roots[0])
    assert accept(held, office.home.trust_path.read_bytes()) == trust


async def test_wrong_words_change_nothing(office: Office) -> None:
    laptop, other = Laptop.named("7q2k"), Laptop.named("8r3m")
    before = office.home.trust_path.read_bytes()
    for words in (six_words(other.signer.vkey), "", "a b c d e f"):
        with pytest.raises(NotPossible, match="words"):
            enrolment.check(laptop.enrol_note(), words)
    with pytest.raises(BadBytes):
        enrolment.check(laptop.enrol_note().replace(b"made 2", b"made 1"), six_words(laptop.signer.vkey))
    assert office.home.trust_path.read_bytes() == before


async def test_enrolling_again_renews_and_never_twice(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    office.now += 200 * 86_400
    office.enrol(laptop)
    (line,) = office.home.trust().of("device")
    assert line.until == (office.now // 86_400 + 365) * 86_400


async def test_a_name_belongs_to_one_key_for_ever(office: Office) -> None:
    office.enrol(Laptop.named("7q2k"))
    twin = Signer("laptop.fieldkit/dev/7q2k", bytes(32))
    asked = enrolment.check(enrol_note(twin, NOON), six_words(twin.vkey))
    with pytest.raises(NotPossible, match="Another key of this name"):
        enrolment.enrol(office.home, asked, NOON, office.root())


async def test_a_revoked_key_does_not_come_back(office: Office) -> None:
    from msgspec.structs import replace

    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    trust = office.home.trust()
    keys = tuple(replace(key, revoked=key.from_ + 86_400) if key.kind == "device" else key for key in trust.keys)
    office.home.put_trust(replace(trust, keys=keys), NOON, office.root())
    with pytest.raises(NotPossible, match="revoked"):
        office.enrol(laptop)


async def test_a_key_made_in_the_future_counts_from_today(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    laptop.made = NOON + 400 * 86_400
    office.enrol(laptop)
    assert results(await office.take(bundle(laptop.whole()))) == ["stored"]


async def test_without_root_the_list_waits(office: Office, tmp_path: Path) -> None:
    first, second = Laptop.named("7q2k"), Laptop.named("8r3m")
    for laptop in (first, second):
        asked = enrolment.check(laptop.enrol_note(), six_words(laptop.signer.vkey))
        enrolment.enrol(office.home, asked, NOON, None)
    assert office.home.trust().of("device") == [] and office.home.draft_path.exists()
    assert results(await office.take(bundle(first.whole()))) == ["held unknown-device"]
    stranger = Signer(f"{ORG}/root", bytes(32))
    with pytest.raises(NotPossible, match="not the root"):
        enrolment.sign(office.home, NOON, stranger)
    enrolment.sign(office.home, NOON, office.root())
    assert len(office.home.trust().of("device")) == 2 and not office.home.draft_path.exists()
    assert results(await office.again()) == ["stored"]


async def test_signing_again_keeps_centrals_own_keys_alive(office: Office) -> None:
    later = NOON + 500 * 86_400
    enrolment.sign(office.home, later, office.root())
    trust = open_trust(office.home.trust_path.read_bytes(), office.home.roots)
    assert {key.state(later + 400 * 86_400) for key in trust.of("central", "office", "root")} == {"ok"}
