"""Head office replaces its device, or is built again from bundles: pre-work and reinforcement go on, nobody is asked
twice, every code leads where it led."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fieldkit.core.intents import PutAnswer
from fieldkit.core.office import DESK
from fieldkit.log.keys import Signer
from fieldkit.log.trust import enrol_note, parse_enrol
from fieldkit.sync.central import desk, histories, learn, learn_folds, learn_log, listing
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.codes import find_code
from fieldkit.sync.central.desk_said import KEY
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.learn import Learner, Offer
from fieldkit.sync.central.learn_log import Put
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_codes import set_key
from tests.kit.central import Laptop, Office, bundle, results
from tests.sync.learning import code, later, session, trained, within
from tests.sync.test_learn_codes import opened


def another_device(office: Office) -> Signer:
    """As `fieldkit central desk` does once the old key file is gone; the list calls both head office's."""
    path = office.home.path / "keys" / KEY
    path.unlink(missing_ok=True)
    signer = desk.make_device(office.home)
    asked = listing.Asked(signer.vkey, office.now, role=DESK)
    office.home.put_trust(listing.with_key(office.home.next_trust(), asked, office.now), office.now, office.root())
    return signer


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    another_device(office)
    return office


async def come(office: Office, key: str, badge: str) -> Learner | None:
    at = learn_folds.office_of(office.home, office.now)

    async def look(tx: Tx) -> Learner | None:
        found = await learn.identify(tx, at, key, badge)
        return found if found is not None and await learn.still(office.home, tx, found) else None

    found: Learner | None = await within(office, look)
    return found


async def offered(office: Office, key: str, badge: str) -> tuple[Learner, Offer]:
    one = await come(office, key, badge)
    assert one is not None
    at = learn_folds.office_of(office.home, office.now)
    found = await within(office, lambda tx: learn.open_for(tx, one, at, office.now * 1000))
    (offer,) = found.offers
    return one, offer


async def put(office: Office, key: str, badge: str, activity: str, v: str, n: int = 1) -> Put:
    one, offer = await offered(office, key, badge)
    db = await office.home.database()
    wish = PutAnswer(activity, 1, (v,), n=n)
    try:
        return await learn_log.put(
            *(office.home, db, offer.key, offer.begin, one.who, wish, office.now), only_expected=offer.only_expected
        )
    finally:
        await db.close()


async def said(office: Office, key: str, badge: str) -> dict[str, tuple[list[str], int | None]]:
    _, offer = await offered(office, key, badge)
    return {a.id: (x.v, x.n) for a, q in offer.asked() if (x := offer.answer((a, q))) is not None}


async def devices(office: Office) -> list[str]:
    """The device of every log of a set, in the order of their names."""
    every = await within(office, lambda tx: tx.sessions())
    folds = [await within(office, lambda tx, one=one: learn_folds.folded(tx, one)) for one in every]
    return [s.info.dev for s in folds if s.info is not None and s.info.session_kind == "blended"]


@pytest.mark.parametrize("by", ["receipt", "open", "roster"])
async def test_after_the_device_was_replaced_nobody_is_asked_twice(office: Office, by: str) -> None:
    first = desk.make_device(office.home).name
    if by == "receipt":
        log = await trained(office)
        office.now = later(15)
        key = code(log)
    else:
        key = await opened(office, *(("E745738", "E9") if by == "roster" else ()))
    assert (await put(office, key, "E745738", "mood", "good")).result == "saved"
    office.now += 60
    second = another_device(office).name
    assert await said(office, key, "e745738 ") == {"mood": (["good"], 1)}, "and it is known who they are"
    assert (await put(office, key, "E745738", "mood", "good")).result == "already"
    assert (await put(office, key, "E745738", "mood", "so")).result == "kept"
    assert await devices(office) == [first], "nothing was to be written"
    assert (await put(office, key, "E745738", "mood", "so", n=2)).result == "saved"
    assert sorted(await devices(office)) == sorted([first, second]), "an old log is not added to by another device"
    assert await said(office, key, "E745738") == {"mood": (["so"], 2)}
    assert (await put(office, key, "E745738", "mood", "good", n=2)).result == "kept"
    if by != "receipt":
        assert (await put(office, key, "E9", "mood", "good")).result == "saved"
    if by == "roster":
        assert await come(office, key, "E77") is None, "the roster holds"
    office.now += 60
    third = another_device(office).name
    assert await said(office, key, "E745738") == {"mood": (["so"], 2)}
    assert (await put(office, key, "E745738", "mood", "good", n=3)).result == "saved"
    assert await said(office, key, "E745738") == {"mood": (["good"], 3)}
    assert sorted(await devices(office)) == sorted([first, second, third])
    _, offer = await offered(office, key, "E745738")
    assert offer.begin is None and len(offer.before) == 2


async def test_who_was_erased_comes_into_no_log_of_any_device(office: Office) -> None:
    key = await opened(office)
    assert (await put(office, key, "E745738", "mood", "good")).result == "saved"
    one, offer = await offered(office, key, "E1")
    office.now += 60
    another_device(office)
    for badge in ("E745738", "E1"):
        n = 2 if badge == "E745738" else 1
        assert (await put(office, key, badge, "mood", "so", n=n)).result == "saved"
    await erase(office.home, "all", "E745738", [], "request", office.now + 10)
    await erase(office.home, "all", "E1", [], "request", office.now + 10)
    office.now += 60
    another_device(office)
    assert await come(office, key, "E745738") is None and await come(office, key, "E1") is None
    db = await office.home.database()
    wish = PutAnswer("mood", 1, ("good",), n=1)
    try:
        refused = await learn_log.put(office.home, db, key, offer.begin, one.who, wish, office.now)
    finally:
        await db.close()
    assert refused.result == "refused" and b"E745738" not in office.raw()


async def test_what_a_laptop_says_of_a_prework_nobody_believes(office: Office) -> None:
    """It knows the name of the log, and begins one that goes on with it."""
    key = await opened(office)
    assert (await put(office, key, "E745738", "mood", "good")).result == "saved"
    ((stored, _),) = [(x, 0) for x in await within(office, lambda tx: tx.sessions())]
    thief = Laptop.named("zz2k")
    office.enrol(thief)
    more = {"kind": "blended", "of": stored.origin, "set": "prework"}
    forged = session(thief, **more)
    assert results(await office.take(bundle(forged))) == ["stored"]
    assert await within(office, lambda tx: tx.coded(set_key(stored.origin, "prework"))) == [(forged.origin, 0)]
    another_device(office)
    _, offer = await offered(office, key, "E745738")
    assert [one.origin for one in offer.before] == [stored.origin] and offer.session is None


async def test_a_code_leads_there_from_a_bundle_and_from_an_index_that_was_made_again(
    office: Office, tmp_path: Path
) -> None:
    """One head office wrote, another one of the same device took it in."""
    log = await trained(office)
    key = await opened(office)
    assert (await put(office, key, "E745738", "mood", "good")).result == "saved"
    office.now = later(3)
    assert (await put(office, code(log), "E745738", "tf", "true")).result == "saved"
    notes: list[bytes] = []
    trust = office.home.trust_path.read_bytes()
    for one in await within(office, lambda tx: tx.sessions()):
        sha = await within(office, lambda tx, one=one: histories.keep_stored(tx, one, trust, tmp_path))
        notes.append((tmp_path / f"{sha}.fkb").read_bytes())
    (tmp_path / "other").mkdir()
    other = await Office.make(tmp_path / "other")
    other.now = office.now
    signer = desk.make_device(office.home)
    signer.save(other.home.path / "keys" / KEY)
    other.enrol(Laptop.named("7q2k"))
    enrolment.enrol(other.home, parse_enrol(enrol_note(signer, other.now)), other.now, other.root())
    assert set(results(await other.take(*notes))) == {"stored"}

    async def index(of: Office) -> list[tuple[str, int, str]]:
        async def look(tx: Tx) -> Any:
            return await tx._all("SELECT origin, i, code FROM code ORDER BY origin, i")

        return [tuple(row) for row in await within(of, look)]

    written = await index(office)
    assert await index(other) == written and sum(i == 0 for _, i, _ in written) == 2
    db = await other.home.database()
    try:
        async with db.transaction() as tx:
            await tx.change("DELETE FROM code")
            await tx.fill_codes()
        assert await index(other) == written
        assert [(x.record, x.kind) for x in await find_code(db, key, named=True)] == [(0, "session.open")]
    finally:
        await db.close()
    assert await said(other, key, "E745738") == {"mood": (["good"], 1)}
    assert await said(other, code(log), "E745738") == {"tf": (["true"], 1)}
    assert (await put(other, key, "E745738", "mood", "so", n=2)).result == "saved"
