"""The commands of a witness and of head office about it: nothing but files between the machines."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.log.keys import VKey
from fieldkit.log.trust import TrustKey
from tests.cli.kit import fieldkit
from tests.kit.central import Laptop, Office, bundle
from tests.sync.test_commands import Bench


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def test_the_whole_way_by_commands(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    """init → heads → sign → witness → receipts → verify, with nothing but files between the machines."""

    def run(*args: str) -> tuple[int, object, str]:
        done = fieldkit(*args, "--json")
        return done.code, json.loads(done.out or b"null"), done.talk

    home, place = str(office.home.path), str(tmp_path / "wc")
    central = str(office.home.central().vkey)
    init = ("witness", "init", "--home", place, "--org", "council.acme.example", "--id", "wc01", "--no-passphrase")
    code, made, _ = await asyncio.to_thread(run, *init, "--central", central)
    assert code == 0 and isinstance(made, dict)
    trust = office.home.trust()
    today = time.time() // 86_400 * 86_400
    line = TrustKey("witness", VKey.parse(made["vkey"]), int(today), int(today) + 86_400 * 99)
    office.home.put_trust(replace(trust, keys=(*trust.keys, line)), int(today), office.root())
    log = laptop.whole()
    office.now = int(today)
    await office.take(bundle(log))
    shown, back, papers = (str(tmp_path / name) for name in ("heads.note", "back.note", "receipts.note"))
    assert (await asyncio.to_thread(run, "central", "heads", "--home", home, "-o", shown))[0] == 0
    code, told, _ = await asyncio.to_thread(run, "witness", "sign", shown, "--home", place, "-o", back)
    assert code == 0 and told == {
        "sessions": [{"origin": log.origin, "size": log.size, "result": "signed", "signed_before": 0}]
    }
    code, told, _ = await asyncio.to_thread(run, "central", "witness", back, "--home", home)
    kept = {
        "origin": log.origin,
        "size": log.size,
        "result": "kept",
        "witnesses": ["council.acme.example/witness/wc01"],
    }
    assert code == 0 and told == {"sessions": [kept]}
    assert (await asyncio.to_thread(run, "central", "heads", "--home", home, "-o", shown))[0] == 1
    (tmp_path / "a.fkb").write_bytes(bundle(log))
    ingest = ("central", "ingest", "--home", home, str(tmp_path / "a.fkb"), "--receipts", papers)
    assert (await asyncio.to_thread(run, *ingest))[0] == 0
    list_ = str(office.home.trust_path)
    root = str(office.home.roots[0])
    code, judged, talk = await asyncio.to_thread(
        run, "verify", papers, back, list_, "--root", root, "--data", str(tmp_path / "nobody")
    )
    assert code == 0 and isinstance(judged, list), talk
    for one in judged[:2]:
        assert one["verdict"] == "verified" and "council.acme.example/witness/wc01" in one["sessions"][0]["signers"]
    assert (await asyncio.to_thread(run, "witness", "sign", back, "--home", place, "-o", shown))[0] == 1


def test_the_laptop_has_the_witness_in_its_own_log(tmp_path: Path) -> None:
    """With the next receipt: from then on every bundle of the session says who has witnessed it."""
    bench = Bench(tmp_path)
    bench.enrol()
    place, shown, back = str(tmp_path / "wc"), str(tmp_path / "heads.note"), str(tmp_path / "back.note")
    init = ("witness", "init", "--home", place, "--org", "council.acme.example", "--id", "wc01", "--no-passphrase")
    made = bench.run(*init, "--central", bench.keys["central"]).document
    add = fieldkit("central", "trust", "add", made["vkey"], "--words", made["words"], "--home", str(bench.office))
    assert add.code == 0, add.talk
    assert bench.run("trust", "accept", str(bench.office / "trust.note")).code == 0
    file = bench.run("bundle", "--plain", "-o", str(bench.stick / "a.fkb")).document["file"]
    papers = str(bench.stick / "receipts.note")
    assert bench.central("ingest", file).code == 0
    assert bench.central("heads", "-o", shown).document["sessions"] == 1
    assert bench.run("witness", "sign", shown, "--home", place, "-o", back).code == 0
    assert bench.central("witness", back).code == 0
    assert bench.central("ingest", file, "--receipts", papers).code == 0
    assert bench.run("receipts", papers).code == 0
    again = bench.run("bundle", "last", "--plain", "-o", str(bench.stick / "b.fkb")).document["file"]
    judged = bench.run("verify", again).document
    assert judged["verdict"] == "verified" and "council.acme.example/witness/wc01" in judged["sessions"][0]["signers"]
    told = bench.central("ingest", again)
    assert told.document["sessions"][0]["result"] == "already"


def test_what_goes_wrong_is_said_in_one_sentence(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    place, office = str(tmp_path / "wc"), str(bench.office)
    bad = tmp_path / "bad.note"
    bad.write_bytes(b"\x1b[2J\xff hello")
    init = ("witness", "init", "--home", place, "--org", "council.acme.example", "--id", "wc01", "--no-passphrase")
    out = str(tmp_path / "out.note")
    cases = [
        ((*init, "--central", "nonsense"), 2),
        ((*init, "--central", bench.keys["office"]), 2),
        (("witness", "sign", str(bad), "--home", place, "-o", out), 3),
        (("central", "heads", "--home", office, "-o", out), 1),
        (("central", "witness", str(bad), "--home", office), 1),
        (("central", "witness", str(tmp_path / "none"), "--home", office), 3),
        ((*init, "--central", bench.keys["central"]), 0),
        ((*init, "--central", bench.keys["central"]), 1),
        (("witness", "believe", bench.keys["root"], "--home", place), 2),
        (("witness", "believe", bench.keys["central"], "--home", place), 0),
        (("witness", "sign", str(bad), "--home", place, "-o", out), 1),
        (("witness", "sign", str(bad), "--home", place, "-o", "-", "--json"), 2),
    ]
    for args, code in cases:
        done = fieldkit(*args)
        assert done.code == code, (args, done.talk)
        assert done.talk or code == 0
        assert "Traceback" not in done.talk and "mistake in" not in done.talk and "\x1b" not in done.text + done.talk
    assert not Path(out).exists()


def test_a_witness_with_a_passphrase_signs_only_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    bench.enrol()
    place, shown, back = str(tmp_path / "wc"), str(tmp_path / "heads.note"), str(tmp_path / "back.note")
    monkeypatch.setenv("FIELDKIT_PASSPHRASE", "open sesame")
    init = ("witness", "init", "--home", place, "--org", "council.acme.example", "--id", "wc01")
    assert fieldkit(*init, "--central", bench.keys["central"]).code == 0
    file = bench.run("bundle", "--plain", "-o", str(bench.stick / "a.fkb")).document["file"]
    assert bench.central("ingest", file).code == 0 and bench.central("heads", "-o", shown).code == 0
    sign = ("witness", "sign", shown, "--home", place, "-o", back)
    monkeypatch.delenv("FIELDKIT_PASSPHRASE")
    assert fieldkit(*sign).code == 2 and not Path(back).exists()
    monkeypatch.setenv("FIELDKIT_PASSPHRASE", "open sesame")
    assert fieldkit(*sign).code == 0 and Path(back).exists()
    # Head office has not put this witness on its list.
    refused = bench.central("witness", back)
    assert refused.code == 1 and refused.document["sessions"][0]["result"] == "unknown-witness"
