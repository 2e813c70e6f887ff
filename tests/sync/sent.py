"""What head office sends down in a test: plans for a laptop, packs that a publisher of the list has signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.log.keys import Signer
from fieldkit.log.note import fields_text, sign_note
from fieldkit.packs.archive import files_hash, write_archive
from fieldkit.planned import Planned, PlannedFolder
from fieldkit.roster import Row
from fieldkit.station import Station
from fieldkit.sync.central import packs, planned
from fieldkit.sync.central.listing import Asked, with_key
from fieldkit.sync.central.planned import Kept
from tests.kit.central import ORG, Office
from tests.packs.kit import pack

PUBLISHER = Signer(f"{ORG}/pub/4h7m", b"\x07" * 32)
ROWS = (Row(2, {"badge": "E1", "name": "Ann [/] Lee"}), Row(3, {"badge": "E2", "name": "=Bo"}))


def plan(office: Office, station: Station, at: str = "2026-11-30 06:00", **more: Any) -> Kept:
    """A planned session for this laptop."""
    given = {"tz": "Europe/Madrid", "title": "Press 4", "expected": ROWS, **more}
    one = Planned(v=1, pack="toolbox-blank", at=at, **given)
    return planned.add(office.home, station.signer.name, one, office.now)


def change(office: Office, kept: Kept, **more: Any) -> Kept:
    device = more.pop("device", kept.device)
    return planned.change(office.home, kept, device, msgspec.structs.replace(kept.plan, **more), office.now)


def held(station: Station) -> dict[str, Planned | None]:
    return {entry.id: entry.plan for entry in PlannedFolder(station.home).entries()}


def files(station: Station) -> dict[str, bytes]:
    """Every file of the laptop's plans."""
    return {path.name: path.read_bytes() for path in sorted((station.home / "planned").iterdir())}


def list_publisher(office: Office) -> None:
    trust = with_key(office.home.next_trust(), Asked(PUBLISHER.vkey), office.now)
    office.home.put_trust(trust, office.now, office.root())


def archive(signer: Signer | None = PUBLISHER, **changes: Any) -> bytes:
    """A small pack as an archive, signed."""
    made = pack(**changes)
    inside = {"pack.yaml": json.dumps(made).encode()}
    if signer is not None:
        said = [("id", made["id"]), ("version", made["version"]), ("files", files_hash(inside))]
        inside["pack.note"] = sign_note(fields_text("pack", said), signer)
    return write_archive(inside)


def give(office: Office, **changes: Any) -> packs.Given:
    """Give a pack out."""
    path = office.folder / "given.fkpack"
    path.write_bytes(archive(**changes))
    return packs.add(office.home, path, office.now)[0]


def installed(station: Station) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in station.packs_dir.glob("*.fkpack")}


def stick(folder: Path) -> Path:
    (folder / "stick").mkdir(exist_ok=True)
    return folder / "stick"
