"""Laptops that sync with a served head office, in a few words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fieldkit.log.keys import six_words
from fieldkit.log.trust import enrol_note
from fieldkit.station import SessionRef, Station
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.online import OnlineTrip, sync_online
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.reach import Rest, address
from tests.kit.central import NOON, Office
from tests.kit.clock import ManualClock
from tests.sync.served import Served

SOON = Rest(tries=4, first_s=0.02, most_s=0.1)


def laptop(folder: Path, name: str = "laptop", at: int = NOON) -> Station:
    return Station.open(folder / name, clock=ManualClock(at * 1000))


def enrol(office: Office, station: Station) -> None:
    """By voice, and the list on a stick."""
    asked = enrolment.check(enrol_note(station.signer, NOON - 86_400), six_words(station.signer.vkey))
    enrolment.enrol(office.home, asked, office.now, office.root())
    (station.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())


async def sync(station: Station, served: Served, **more: Any) -> OnlineTrip:
    given = {"ca": served.cert, "rest": SOON, **more}
    return await sync_online(station, address(given.pop("url", served.url)), **given)


def stage(station: Station, ref: SessionRef) -> str:
    ref = station.find(ref.origin)
    return Outbox(station.outbox).facts(ref.origin).stage(ref.size)
