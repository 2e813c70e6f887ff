"""A sheet of head office on which somebody stands whom only head office put there: proved by its correction."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from fieldkit.log.keys import VKey
from fieldkit.log.proven import join_proofs, split_proofs
from fieldkit.log.receipt import file_note, parse_receipt
from fieldkit.sync.central import desk
from fieldkit.sync.central.export import made
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.kit.central import Laptop, Log, Office, bundle
from tests.log.test_by_hand import TOOLS, by_hand
from tests.sync.test_desk_log import correct, with_desk

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="the check by hand needs bash, openssl, gzip, sed and coreutils"
)


async def written(office: Office, log: Log, out: Path) -> list[bytes]:
    """The sheet with its note and proofs, as `central export` writes it; → the proofs."""
    db = await office.home.database()
    try:
        found = await made(db, office.home, log.origin, "attendance", "csv")
    finally:
        await db.close()
    out.write_bytes(found.data)
    sources = [found.at, *found.office]
    out.with_name(out.name + ".note").write_bytes(file_note(office.home.office(), out.name, found.data, sources))
    out.with_name(out.name + ".proofs").write_bytes(found.proofs)
    return list(split_proofs(found.proofs))


def agree(path: Path, keys: Iterable[VKey]) -> tuple[str, str]:
    (said,) = judge_all([path], Known(keys=list(keys)))
    code, lines = by_hand(path, *map(str, keys))
    assert (lines[-1].split(":")[0], code == 0) == (said.verdict, said.verdict == "verified"), (lines, said)
    return said.verdict, said.detail


async def test_whom_only_head_office_put_there_is_proved_by_its_correction(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    with_desk(office)
    office.enrol(laptop)
    log = laptop.session().add("segment.enter", {"segment": "a"}).join("person00", "Ann [/] Lee", "E1")
    log = log.add("person.expect", {}, p="absent00", private={"name": "Zoë", "badge": "E2"}).close()
    await office.take(bundle(log))
    out = tmp_path / "attendance.csv"
    device = desk.device(office.home, office.home.trust(), office.now)
    keys = [laptop.signer.vkey, office.home.office().vkey, device.vkey]
    assert len(await written(office, log, out)) == 1 and agree(out, keys)[0] == "verified"

    await correct(office, log, who="E2", status="present", in_m=60_000, out_m=120_000, reason="signed the paper")
    proofs = await written(office, log, out)
    assert len(proofs) == 2 and b"signed the paper" not in b"".join(proofs)
    assert parse_receipt(proofs[1]).line.startswith(b'{"d":{"by":"office"')
    verdict, detail = agree(out, keys)
    assert verdict == "verified" and "2 people proved" in detail, detail

    beside = out.with_name(out.name + ".proofs")
    beside.write_bytes(proofs[0])
    assert agree(out, keys) == ("refused", "1 (absent00) of 2 on the sheet are not in attendance.csv.proofs")
    beside.write_bytes(join_proofs(proofs))
    assert "1 (absent00) of 2 not proved" in agree(out, keys[:2])[1], "the key of the office's own log is not known"


async def test_a_correction_of_another_session_proves_nothing_here(tmp_path: Path) -> None:
    """The same `p` in another session is another person."""
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    with_desk(office)
    office.enrol(laptop)
    logs = []
    for _ in range(2):
        log = laptop.session().add("person.expect", {}, p="absent00", private={"name": "Zoë", "badge": "E2"}).close()
        laptop.last = log
        await office.take(bundle(log))
        logs.append(log)
    out = tmp_path / "attendance.csv"
    for log in logs:
        await correct(office, log, who="E2", status="present", in_m=0, out_m=1000)
    other = await written(office, logs[1], out)
    (mine,) = await written(office, logs[0], out)
    device = desk.device(office.home, office.home.trust(), office.now)
    assert mine != other[0]
    keys = [laptop.signer.vkey, office.home.office().vkey, device.vkey]
    assert agree(out, keys)[0] == "verified"
    out.with_name(out.name + ".proofs").write_bytes(other[0])
    assert agree(out, keys)[0] == "refused"
