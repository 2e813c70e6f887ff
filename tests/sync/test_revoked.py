"""A revocation counts from its day on: by this machine's clock for `verify`, by central's for sheets and its door."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fieldkit.log.keys import VKey
from fieldkit.sync.central.export import made
from fieldkit.sync.central.rotate import rotate
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.kit.central import NOON, Laptop, Office, bundle, results

DAY = 86_400
TODAY = NOON // DAY * DAY
WHEN = [(TODAY - DAY, True), (TODAY, True), (TODAY + DAY, False), (TODAY + 30 * DAY, False)]
"""The day from which a key is revoked, and whether that has come at noon."""


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def revoke(office: Office, vkey: VKey, day: int) -> None:
    trust = office.home.trust()
    keys = tuple(msgspec.structs.replace(x, revoked=day) if x.vkey == vkey else x for x in trust.keys)
    office.home.put_trust(msgspec.structs.replace(trust, keys=keys), office.now, office.root())


@pytest.mark.parametrize(("day", "come"), WHEN)
async def test_verify_judges_by_the_clock(office: Office, tmp_path: Path, day: int, come: bool) -> None:
    laptop = Laptop.named("7q2k")
    laptop.made -= 30 * DAY
    office.enrol(laptop)
    file = tmp_path / "a.fkb"
    file.write_bytes(bundle(laptop.whole()))
    revoke(office, laptop.signer.vkey, day)
    told = {}
    for now in (NOON, None, day - 1, day):
        known = Known(now=now)
        known.add_list(office.home.trust())
        told[now] = judge_all([file], known)[0].verdict
    assert told[NOON] == ("signer-unknown" if come else "verified")
    assert told[None] == "signer-unknown", "who does not know what day it is trusts no revoked key"
    assert (told[day - 1], told[day]) == ("verified", "signer-unknown")


@pytest.mark.parametrize(("day", "come"), WHEN)
async def test_central_takes_what_comes_before_the_day(office: Office, day: int, come: bool) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    revoke(office, laptop.signer.vkey, day)
    assert results(await office.take(bundle(laptop.whole()))) == ["held revoked" if come else "stored"]
    if not come:
        office.now = day
        assert results(await office.take(bundle(laptop.whole()))) == ["held revoked"]


async def test_what_central_signed_counts_in_its_sheets_until_its_key_is_revoked(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    await office.take(bundle(laptop.whole()))
    old = office.home.central().vkey
    rotate(office.home, "central", office.now, office.root())
    revoke(office, old, TODAY + DAY)
    db = await office.home.database()
    for now, by in ((NOON, b"device+central"), (TODAY + DAY, b"device"), (None, b"device")):
        found = (await made(db, office.home, "last", "attendance", "csv", now=now)).data
        assert by in found and (b"device+central" in found) == (by == b"device+central")
    await db.close()
