"""The list of revoked certificates on its way to a laptop: by network, by stick, and what does not replace it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.keys import Signer
from fieldkit.log.revoked import Revoked, hash_of, held_revoked, parse_revoked, revoked_note, revoked_path
from fieldkit.station import Station
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.valid import take_revoked
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Office
from tests.sync.certified import give, held, issuing, take_back
from tests.sync.served import serving
from tests.sync.trips import enrol, laptop, sync

ORG = "ld.acme.example"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = await issuing(tmp_path)
    await held(office)
    yield office


@pytest.fixture
async def station(office: Office, tmp_path: Path) -> Station:
    station = laptop(tmp_path)
    enrol(office, station)
    return station


async def test_it_comes_over_the_network_once_and_anew_when_something_is_revoked(
    office: Office, station: Station
) -> None:
    async with serving(office) as served:
        assert (await sync(station, served)).not_taken == [] and held_revoked(station.home) is None
        (one, _) = (await give(office)).given
        await sync(station, served)
        first = held_revoked(station.home)
        assert first is not None and first.gone == {}
        await sync(station, served)
        assert held_revoked(station.home) == first
        await take_back(office, one.id)
        await sync(station, served)
        found = held_revoked(station.home)
        assert found is not None and found.since(one.id) == date(2026, 11, 22)
        good = revoked_path(office.home.path).read_bytes()
        revoked_path(office.home.path).write_bytes(good.replace(b"gone ", b"none "))
        trip = await sync(station, served)
        assert trip.not_taken == [("revoked.note", "bad-signature")] and held_revoked(station.home) == found


async def test_it_comes_by_stick_and_an_older_one_does_not(office: Office, station: Station, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    made = await give(office)
    done = await asyncio.to_thread(fieldkit, "central", "outbound", str(stick), "--home", str(office.home.path))
    assert done.code == 0 and (stick / "revoked.note").is_file()
    key = office.home.office()
    newer = Revoked(ORG, NOON + 60, {hash_of(made.given[0].id): date(2026, 11, 22)})
    for raw, as_of in ((revoked_note(newer, key), newer.as_of), (revoked_note(Revoked(ORG, NOON), key), newer.as_of)):
        (stick / "revoked.note").write_bytes(raw)
        assert (await sync_folder_to(station, stick, plain=True)).not_taken == []
        held_ = held_revoked(station.home)
        assert held_ is not None and held_.as_of == as_of
    (stick / "revoked.note").write_bytes(b"fieldkit-revoked/1\nrubbish\n")
    assert (await sync_folder_to(station, stick, plain=True)).not_taken == [("revoked.note", "not-a-note")]


def test_only_head_offices_own_list_is_taken(office: Office, station: Station) -> None:
    trust = station.trust
    assert trust is not None
    found = Revoked(ORG, NOON, {})
    for signer, reason in (
        (Signer(f"{ORG}/office", bytes(32)), "no-known-signature"),
        (station.signer, "no-known-signature"),
    ):
        with pytest.raises(BadBytes, match=reason):
            take_revoked(station, trust, revoked_note(found, signer))
    with pytest.raises(BadBytes, match="wrong-org"):
        take_revoked(station, trust, revoked_note(Revoked("other.example", NOON), office.home.office()))
    revoked_path(station.home).write_bytes(b"rubbish")
    with pytest.raises(DamagedData):
        held_revoked(station.home)
    take_revoked(station, trust, revoked_note(found, office.home.office()))
    assert held_revoked(station.home) == found


BAD = (
    "gone x 2026-11-22",
    "gone 3fJ0b2c4yTg1kQmE8wZ0ag 2026-13-22",
    "gone 3fJ0b2c4yTg1kQmE8wZ0ag 20261122",
    "gone 3fJ0b2c4yTg1kQmE8wZ0ag 2026-11-22\ngone 3fJ0b2c4yTg1kQmE8wZ0ag 2026-11-23",
    "Gone 3fJ0b2c4yTg1kQmE8wZ0ag 2026-11-22",
    "",
)


@pytest.mark.parametrize("line", BAD)
def test_a_wrong_line_refuses_the_list_and_an_unknown_word_does_not(line: str) -> None:
    head = f"fieldkit-revoked/1\norg {ORG}\nas_of 2026-11-22T12:00:00Z\n"
    with pytest.raises(BadBytes, match="bad-revoked"):
        parse_revoked(f"{head}{line}\n")
    assert parse_revoked(f"{head}later 1 2 3\n").gone == {}
