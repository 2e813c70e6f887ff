"""New keys for head office itself: what laptops accept, what stays good, what a crash in the middle leaves."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage
from fieldkit.log.keys import Signer, six_words
from fieldkit.log.note import open_checkpoint, split_note
from fieldkit.log.seal import Keys, Lock, opened, sealing
from fieldkit.log.trust import TrustList, accept, accept_first, enrol_note, trust_note
from fieldkit.station import Station
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.following import following
from fieldkit.sync.central.home import PAPER, Home
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.central.rotate import Rotated, rotate
from fieldkit.sync.online import sync_online
from fieldkit.sync.reach import address
from fieldkit.sync.receipts import read_receipts, receipt_keys
from tests.kit.central import NOON, Laptop, Office, bundle, results
from tests.kit.clock import ManualClock
from tests.sync.served import serving

DAY = 86_400


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def turn(office: Office, what: str, *, root: Signer | None = None, compromised: bool = False) -> Rotated:
    return rotate(office.home, what, office.now, root or office.root(), compromised=compromised)


def note(office: Office) -> bytes:
    return office.home.trust_path.read_bytes()


def paper(office: Office) -> Signer:
    return Signer.from_bytes(office.home.paper_path.read_text().split("----------\n")[1].encode())


async def receipt(office: Office, origin: str) -> bytes:
    async with await Intake.open(office.home) as intake:
        return await receipts_file(intake.db, [origin], intake.office)


# ---- root ----------------------------------------------------------------------------------------------------


async def test_laptops_follow_to_a_new_root_by_one_list_that_both_sign(office: Office) -> None:
    first, old = accept_first(note(office), office.home.roots[0]), office.root()
    made = turn(office, "root")
    both = note(office)
    assert {line.keyid for line in split_note(both, 1 << 20)[1]} == {old.vkey.keyid, office.root().vkey.keyid}
    assert office.root().vkey != old.vkey and made.new == str(office.root().vkey) and made.old == (str(old.vkey),)
    held = accept(first, both)
    office.enrol(Laptop.named("7q2k"))
    assert accept(held, note(office)).of("device")
    with pytest.raises(BadBytes, match="no-known-signature"):  # who missed the list in between needs it first
        accept(first, note(office))
    with pytest.raises(BadBytes, match="revoked-root"):
        accept_first(both, old.vkey)
    assert accept_first(both, office.root().vkey) == held


async def test_the_old_root_signs_no_more_neither_here_nor_for_a_laptop(office: Office) -> None:
    old = office.root()
    turn(office, "root")
    with pytest.raises(NotPossible, match="not the root"):
        enrolment.sign(office.home, office.now, old)
    with pytest.raises(NotPossible, match="not the root"):
        turn(office, "root", root=old)
    held = accept_first(note(office), office.root().vkey)
    with pytest.raises(BadBytes, match="no-known-signature"):
        accept(held, trust_note(_next(held), old))


def _next(trust: TrustList) -> TrustList:
    return replace(trust, version=trust.version + 1)


async def test_a_lost_root_is_replaced_by_the_one_on_paper(office: Office) -> None:
    first = accept_first(note(office), office.home.roots[0])
    page = paper(office)
    office.home.root_path.unlink()
    made = turn(office, "root", root=page)
    assert str(office.root().vkey) == made.new != str(page.vkey)
    held = accept(first, note(office))
    live = [key for key in held.of("root") if key.revoked is None]
    assert [key.role for key in live] == [PAPER, None] and str(live[1].vkey) == made.new
    office.enrol(Laptop.named("7q2k"))
    assert accept(held, note(office)).of("device")


async def test_the_root_on_paper_is_replaced_too(office: Office) -> None:
    first, old = accept_first(note(office), office.home.roots[0]), paper(office)
    made = turn(office, "paper")
    new = paper(office)
    assert str(new.vkey) == made.new and new.vkey != old.vkey and made.path == office.home.paper_path
    held = accept(first, note(office))
    with pytest.raises(NotPossible, match="not the root"):
        enrolment.sign(office.home, office.now, old)
    signed = enrolment.sign(office.home, office.now, new)
    assert accept(held, note(office)) == signed
    for _ in range(3):  # again and again: one root in use, one on paper, the rest revoked
        turn(office, "root")
        turn(office, "paper")
    roots = office.home.trust().of("root")
    assert sorted(key.role or "" for key in roots if key.revoked is None) == ["", PAPER] and len(roots) == 9


async def test_a_list_from_before_the_role_of_paper_was_written_down(office: Office) -> None:
    trust = office.home.trust()
    office.home.put_trust(
        replace(trust, keys=tuple(replace(key, role=None) for key in trust.keys)), NOON, office.root()
    )
    old = office.root()
    made = turn(office, "root")
    assert made.old == (str(old.vkey),)
    (gone,) = [key for key in office.home.trust().of("root") if key.revoked is not None]
    assert gone.vkey == old.vkey


async def test_a_new_root_joins_by_no_other_way(office: Office) -> None:
    heir = Signer(office.root().name, bytes(32))
    trust = office.home.trust()
    line = replace(trust.of("root")[0], vkey=heir.vkey)
    more = replace(trust, keys=(*trust.keys, line))
    before = note(office)
    for signers in ([office.root()], [heir]):
        with pytest.raises(NotPossible):
            office.home.put_trust(more, NOON, *signers)
    none = replace(trust, keys=tuple(replace(key, revoked=0) if key.kind == "root" else key for key in trust.keys))
    with pytest.raises(NotPossible):
        office.home.put_trust(none, NOON, office.root())
    assert note(office) == before
    with pytest.raises(NotPossible, match="the old and the new one sign"):
        rotate(office.home, "root", NOON, None)
    with pytest.raises(WrongUsage):
        rotate(office.home, "Ann [/] Lee", NOON, office.root())


async def test_a_crash_anywhere_in_a_root_rotation_leaves_a_central_that_works(office: Office, tmp_path: Path) -> None:
    """The files of before and after, mixed as a crash leaves them: in the order in which they are written."""
    before = tmp_path / "before"
    shutil.copytree(office.home.path, before)
    made, after = turn(office, "root"), office.home.path
    steps = [made.path.relative_to(after), Path("lists/000002.note"), Path("trust.note"), Path("keys/roots")]
    for n in range(len(steps) + 1):
        here = tmp_path / f"crash{n}"
        shutil.copytree(before, here)
        for step in steps[:n]:
            shutil.copy(after / step, here / step)
        home = Home.open(here)
        rooted = Signer.load(home.root_path)
        version = home.trust().version
        enrolment.sign(home, NOON, rooted)
        again = Home.open(here)
        assert again.trust().version == version + 1
        rotate(again, "root", NOON, Signer.load(again.root_path))
        assert Home.open(here).trust().version == version + 2


# ---- central and office --------------------------------------------------------------------------------------


async def test_a_new_cosigning_key_leaves_what_the_old_one_signed(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    await office.take(bundle(log))
    old = await receipt(office, log.origin)
    first = accept_first(note(office), office.home.roots[0])
    before = office.home.central().vkey
    turn(office, "central")
    turn(office, "office")
    held = accept(first, note(office))
    assert office.home.central().vkey != before
    keys = receipt_keys(held, office.now + 40 * DAY)
    assert len(read_receipts(old, keys, [laptop.signer.vkey])) == 1
    (ended,) = [key for key in held.of("central") if key.vkey == before]
    assert ended.revoked is None and ended.until == NOON // DAY * DAY + DAY
    other = laptop.whole()
    await office.take(bundle(other))
    new = await receipt(office, other.origin)
    ((_, _, checkpoint, _),) = read_receipts(new, keys, [laptop.signer.vkey])
    assert open_checkpoint(checkpoint, [office.home.central().vkey])[0].origin == other.origin
    enrolment.sign(office.home, office.now + 700 * DAY, office.root())
    lines = {key.vkey: key.state(office.now + 900 * DAY) for key in office.home.trust().of("central", "office")}
    assert sorted(lines.values()) == ["expired", "expired", "ok", "ok"]
    assert lines[office.home.central().vkey] == lines[office.home.office().vkey] == "ok"


async def test_what_a_compromised_key_signed_counts_no_more_until_it_is_signed_again(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    await office.take(bundle(log))
    old = await receipt(office, log.origin)
    for what in ("central", "office"):
        turn(office, what, compromised=True)
    keys = receipt_keys(office.home.trust(), office.now)
    with pytest.raises(BadBytes):
        read_receipts(old, keys, [laptop.signer.vkey])
    office.now += DAY
    assert results(await office.take(bundle(log))) == ["already"]
    ((at, time, _, _),) = read_receipts(await receipt(office, log.origin), keys, [laptop.signer.vkey])
    assert (at.origin, at.size, time) == (log.origin, log.size, office.now)
    picture = await office.picture()
    await office.take(bundle(log))
    assert await office.picture() == picture


async def test_without_root_the_old_key_goes_on_until_the_list_is_signed(office: Office) -> None:
    before = office.home.central().vkey
    made = rotate(office.home, "central", NOON, None)
    assert office.home.draft_path.exists() and office.home.central().vkey == before
    enrolment.sign(office.home, NOON, office.root())
    assert str(office.home.central().vkey) == made.new


async def test_a_cosigning_key_that_is_lost_is_said_and_can_be_replaced(office: Office) -> None:
    turn(office, "central")
    office.home.key_path("central", office.home.central().vkey).unlink()
    with pytest.raises(DamagedData, match="not in this folder"):
        office.home.central()
    made = turn(office, "central")
    assert str(office.home.central().vkey) == made.new


# ---- what bundles are sealed to ------------------------------------------------------------------------------


def sealed(to: tuple[str, ...], path: Path) -> Path:
    with path.open("wb") as out, sealing(out, Lock(to)) as stream:
        stream.write(b"hello")
    return path


async def test_old_identities_stay_for_reading(office: Office, tmp_path: Path) -> None:
    old = office.home.trust().recipients
    stick = sealed(old, tmp_path / "old.fkb")
    recipients = [old]
    for _ in range(2):
        made = turn(office, "recipient")
        recipients.append(office.home.trust().recipients)
        assert (made.new,) == recipients[-1] and made.old == recipients[-2]
    assert len(set(recipients)) == 3 and len(office.home.identities()) == 3
    for to in recipients:
        with stick.open("rb") as raw, opened(raw, Keys(office.home.identities())) as plain:
            assert plain.read(10) == b"hello"
        stick = sealed(to, tmp_path / "new.fkb")
    rotate(office.home, "recipient", NOON, None)
    assert office.home.trust().recipients == recipients[-1]


# ---- laptops that missed a list ------------------------------------------------------------------------------


async def test_a_laptop_gets_the_list_that_changed_root_before_the_newest(office: Office) -> None:
    hashes = [hashlib.sha256(note(office)).hexdigest()]
    held = accept_first(note(office), office.home.roots[0])
    for step in ("enrol", "root", "enrol", "root", "enrol"):
        if step == "root":
            turn(office, "root")
        else:
            office.enrol(Laptop.named(f"7q2{len(hashes)}"))
        hashes.append(hashlib.sha256(note(office)).hexdigest())
    versions = []
    at = hashes[0]
    while (raw := following(office.home, at)) is not None:
        held = accept(held, raw)
        versions.append(held.version)
        at = hashlib.sha256(raw).hexdigest()
    assert versions == [3, 5, 6] and at == hashes[-1]
    assert following(office.home, "0" * 64) == note(office)


async def test_over_the_network_too_while_head_office_runs_on(office: Office, tmp_path: Path) -> None:
    """Root changes twice under a running server; one trip of the laptop takes every list it needs."""
    station = Station.open(tmp_path / "laptop", clock=ManualClock(NOON * 1000))
    check = enrolment.check(enrol_note(station.signer, NOON - DAY), six_words(station.signer.vkey))
    enrolment.enrol(office.home, check, NOON, office.root())
    (station.home / "trust.note").write_bytes(note(office))
    async with serving(office) as served:
        elsewhere = Home.open(office.home.path)
        for _ in range(2):
            rotate(elsewhere, "root", NOON, Signer.load(elsewhere.root_path))
        enrolment.sign(elsewhere, NOON, Signer.load(elsewhere.root_path))
        trip = await sync_online(station, address(served.url), ca=served.cert)
    assert trip.trust == elsewhere.trust().version == 5
    assert station.trust == elsewhere.trust()
