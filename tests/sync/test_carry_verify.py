"""What `verify` says of each file that travels: bundle, receipts, sheet, trust list, enrolment, pack."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fieldkit.errors import NotPossible
from fieldkit.log.keys import Signer
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import file_note
from fieldkit.station import Station
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.kit.central import Laptop, Office
from tests.sync.laptop import session
from tests.sync.test_carry import carried, known, office, station, stick, verdicts

__all__ = ["office", "station", "stick"]


async def test_verify_says_what_a_file_is_and_who_says_so(
    office: Office, station: Station, stick: Path, tmp_path: Path
) -> None:
    await session(station, ("Ann", "E1"))
    notes = await carried(office, station, stick)
    (made,) = stick.glob("*.fkb")
    receipts, sheet = stick / "receipts.note", stick / "attendance.csv"
    receipts.write_bytes(notes)
    sheet.write_bytes(b"a,b\r\n")
    with SessionFile.open(station.sessions()[0].path) as file:
        source = file.head
    (stick / "attendance.csv.note").write_bytes(file_note(station.signer, sheet.name, b"a,b\r\n", [source]))
    trust, enrol = office.home.trust_path, stick / "enrol.note"
    enrol.write_bytes(Laptop(station.signer).enrol_note())
    files = [made, receipts, sheet, stick / "attendance.csv.note", trust, enrol]
    kinds = ["bundle", "receipt", "file", "file", "trust", "enrol"]
    assert verdicts(files, known(station)) == [f"{kind} verified" for kind in kinds]
    assert verdicts(files, known()) == [f"{kind} signer-unknown signer-unknown" for kind in kinds]
    assert verdicts([made], known(root=str(office.home.roots[0]))) == ["bundle signer-unknown signer-unknown"]
    assert verdicts([made, trust], known(root=str(office.home.roots[0]))) == ["bundle verified", "trust verified"]
    evil = Signer("ld.acme.example/root", hashlib.sha256(b"evil").digest())
    assert verdicts([made, trust], known(root=str(evil.vkey)))[1] == "trust signer-unknown signer-unknown"


async def test_verify_refuses_what_was_changed(office: Office, station: Station, stick: Path) -> None:
    await session(station, ("Ann", "E1"))
    notes = await carried(office, station, stick)
    (made,) = stick.glob("*.fkb")
    sheet = stick / "attendance.csv"
    with SessionFile.open(station.sessions()[0].path) as file:
        note = file_note(station.signer, sheet.name, b"a,b\r\n", [file.head])
    (stick / "attendance.csv.note").write_bytes(note)
    sheet.write_bytes(b"a,c\r\n")
    made.write_bytes(made.read_bytes()[:-9])
    receipts = stick / "receipts.note"
    receipts.write_bytes(notes.replace(b"size 4", b"size 5"))
    trust = stick / "trust.note"
    trust.write_bytes(office.home.trust_path.read_bytes().replace(b"version 2", b"version 3"))
    lone, seal = stick / "lone.csv", stick / "x.fkb"
    lone.write_bytes(b"a")
    seal.write_bytes(b"age-encryption.org/v1\n")
    for path, wanted in (
        (sheet, "file refused changed"),
        (made, "bundle refused truncated"),
        (receipts, "receipt refused bad-signature"),
        (trust, "trust refused bad-signature"),
        (lone, "unknown refused no-note"),
        (seal, "bundle refused seal-damaged"),
        (stick, "pack refused no-pack-yaml"),
    ):
        assert verdicts([path], known(station)) == [wanted]
    with pytest.raises(NotPossible):
        judge_all([stick / "none"], known(station))


def test_a_packed_pack_is_read_but_vouched_for_by_nobody(tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "content_packs" / "toolbox-blank"
    assert verdicts([folder], Known()) == ["pack signer-unknown signer-unknown"]
