"""A plan that is none: head office refuses it for the same reason as `verify`, and one that lies in an older database
stops nothing for the other sessions."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import DamagedData
from fieldkit.log.line import canonical
from fieldkit.log.verdict import verify_bundle
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.export import export
from tests.cli.kit import fieldkit
from tests.kit.central import PLAN, Laptop, Log, Office, bundle, results
from tests.sync.erased import BADGE, OTHERS, WHO, at_office

DEEP = b'{"a":' + b"[" * 300_000 + b"]" * 300_000 + b"}"
BAD = {
    "a space": (b'{"id": "x"}', "not-canonical"),
    "null": (b"null", "not-an-object"),
    "nothing": (b"", "not-json"),
    "deep": (DEEP, "depth"),
    "a little too deep": (b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", "depth"),
    "no UTF-8": (b'{"a":"\xff"}', "not-utf8"),
    "a number too large": (b'{"a":1e999}', "int-range"),
}


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


def planned(laptop: Laptop, plan: bytes) -> Log:
    sha256 = hashlib.sha256(plan).hexdigest()
    pack = {"files": "0" * 64, "id": "tiny", "plan": sha256, "signed": False, "version": "1.0.0"}
    log = laptop.session(pack=pack).join("person01", *WHO).close()
    log.blobs.clear()
    log.blobs[sha256] = plan
    return log


def verified(office: Office, raw: bytes, laptop: Laptop) -> str:
    path = office.folder / "asked.fkb"
    path.write_bytes(raw)
    found = verify_bundle(path, [laptop.signer.vkey])
    return f"{found.verdict} {found.reason}".strip()


@pytest.mark.parametrize("name", BAD)
async def test_it_is_refused_for_the_same_reason_as_verify_gives(office: Office, name: str) -> None:
    plan, reason = BAD[name]
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    raw = bundle(planned(laptop, plan))
    assert results(await office.take(raw)) == [verified(office, raw, laptop)] == [f"refused {reason}"]
    assert await office.stored() == {}


CLAIMS: dict[str, dict[str, Any]] = {
    "another laptop": {"dev": "ld.acme.example/dev/evil"},
    "another number": {"seq": 9},
    "no number": {"seq": None},
    "a truth for a number": {"seq": True},
    "a list": {"dev": ["laptop.fieldkit/dev/7q2k"]},
}


@pytest.mark.parametrize("name", CLAIMS)
async def test_a_log_that_says_it_is_another_is_refused_alike(office: Office, name: str) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session()
    head = json.loads(log.lines[0])
    log.lines[0] = canonical({**head, "d": {**head["d"], **CLAIMS[name]}})
    raw = bundle(log.close())
    assert results(await office.take(raw)) == [verified(office, raw, laptop)] == ["refused origin-mismatch"]


async def test_one_that_is_stored_stops_no_other_session(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    bad, good = laptop.session().join("person01", *WHO).close(), laptop.session().join("person02", *WHO).close()
    await office.take(bundle(bad), bundle(good.join("person03", *OTHERS[0])))
    await replaced(office, bad.origin, DEEP)
    db = await office.home.database()
    try:
        with pytest.raises(DamagedData, match=bad.origin):
            await export(db, office.home, bad.origin, "attendance", "csv")
        assert WHO[0] in (await export(db, office.home, good.origin, "attendance", "csv"))[0].decode()
    finally:
        await db.close()
    done = await erase(office.home, "all", BADGE, [], "request", office.now)
    assert done.damaged == {bad.origin: "depth"} and {one.origin for one in done.sessions if one.refs} >= {good.origin}
    assert at_office(office) == [], "also out of the damaged one: who has a record is no plan's to say"


async def test_the_command_names_the_damaged_session(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    bad = laptop.session().join("person01", *WHO).close()
    await office.take(bundle(bad))
    await replaced(office, bad.origin, b"null")
    args = ("erase", "all", "--person", BADGE, "--why", "request", "--home", str(office.home.path))
    done = await asyncio.to_thread(fieldkit, "central", *args)
    assert done.code == 1 and f"{bad.origin} is damaged here (not-an-object)" in done.talk, done.talk
    assert f"erased  {bad.origin}" in done.text and at_office(office) == []


async def test_a_session_that_no_release_can_fold_is_named_and_the_others_go_on(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    good, bad = laptop.session().join("person01", *WHO).close(), laptop.session().join("person02", *WHO).close()
    await office.take(bundle(good), bundle(bad))
    db = await office.home.database()
    try:
        async with db.transaction() as tx:
            await tx._run("UPDATE record SET line = ?1 WHERE origin = ?2 AND i = 1", b"{}", bad.origin)
    finally:
        await db.close()
    done = await erase(office.home, "all", BADGE, [], "request", office.now)
    assert [one.origin for one in done.sessions if one.refs] == [good.origin] and set(done.damaged) == {bad.origin}


async def replaced(office: Office, origin: str, plan: bytes) -> None:
    """As a release that did not look at plans would have stored it."""
    db = await office.home.database()
    try:
        async with db.transaction() as tx:
            sql = "UPDATE blob SET bytes = ?1 WHERE origin = ?2 AND sha256 = ?3"
            await tx._run(sql, plan, origin, hashlib.sha256(PLAN).hexdigest())
    finally:
        await db.close()
