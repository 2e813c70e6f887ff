"""`fieldkit verify` and head office come to the same reason, for every bundle of tests/vectors and for bent ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fieldkit.log.note import fields_text, sign_note
from fieldkit.log.verdict import verify_bundle
from fieldkit.sync.central.take import TAKEN
from tests.kit.central import NOON, Laptop, Log, Office, archive, members
from tests.log.making import DEVICE_SIGNER
from tests.log.test_bundle_vectors import FOLDER
from tests.sync.test_bad_plans import planned

HELD = {"refused-no-plan.fkb": "no-plan", "refused-no-device-signature.fkb": "unknown-device"}
"""Held, where `verify` refuses: head office asks for whose it is before anything, and waits for a plan."""


async def agreed(office: Office, path: Path, laptop: Laptop) -> str:
    """The one reason; empty where both take everything."""
    verdict = verify_bundle(path, [laptop.signer.vkey])
    outcomes = await office.take(path.read_bytes())
    bad = [one for one in outcomes if one.result not in TAKEN]
    assert {one.result for one in bad} <= {"refused"}, outcomes
    assert [one.reason for one in bad] == ([verdict.reason] if verdict.reason else []), (verdict, outcomes)
    assert (not bad) is (verdict.verdict == "verified")
    return verdict.reason


async def test_every_vector_gets_one_reason_from_both(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop(DEVICE_SIGNER, made=NOON - 86_400)
    office.enrol(laptop)
    found = sorted(FOLDER.glob("*.fkb"), key=lambda path: (path.name not in HELD, path.name))
    for path in found:
        if path.name in HELD:
            assert [(one.result, one.reason) for one in await office.take(path.read_bytes())] == [
                ("held", HELD[path.name])
            ]
            assert verify_bundle(path, [laptop.signer.vkey]).verdict == "refused"
            continue
        assert await agreed(office, path, laptop) == path.stem.partition("-")[2] or path.stem.startswith("verified")
    assert len(found) > 30 and len(await office.stored()) == 2


def fronts(laptop: Laptop) -> dict[str, tuple[str, bytes, str]]:
    """Notes in front of a bundle, and what is wrong with each."""
    text = fields_text("put", [("device", str(laptop.signer.vkey)), ("time", "2026-11-22T12:00:00Z")])
    return {
        "another note": ("enrol.note", sign_note(text, laptop.signer), "wrong-note-type"),
        "an enrolment under the other name": ("trust.note", laptop.enrol_note(), "wrong-note-type"),
        "nothing": ("enrol.note", b"", "not-a-note"),
        "no text": ("enrol.note", bytes(range(256)), "not-utf8"),
        "no signature": ("trust.note", b"fieldkit-trust/1\n", "not-a-note"),
        "an escape code": ("trust.note", b"fieldkit-trust/1\n\x1b[2J\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-a-note"),
        "a line twice": (
            "enrol.note",
            laptop.enrol_note() + laptop.enrol_note().split(b"\n\n")[1],
            "duplicate-signature",
        ),
    }


@pytest.mark.parametrize("name", fronts(Laptop.named("7q2k")))
async def test_a_foreign_note_in_front_is_refused_by_both(tmp_path: Path, name: str) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    member, raw, reason = fronts(laptop)[name]
    path = tmp_path / "a.fkb"
    path.write_bytes(archive(members(laptop.whole(), head=(member, raw))))
    assert await agreed(office, path, laptop) == reason and await office.stored() == {}


async def test_the_same_session_twice_is_taken_once_and_the_second_refused(tmp_path: Path) -> None:
    """Whichever copy comes second, also a longer one; the next session is judged all the same."""
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    whole, other = laptop.whole(), laptop.whole()
    path = tmp_path / "a.fkb"
    logs: list[Log] = [whole.upto(3), whole, other]
    path.write_bytes(archive(members(*logs, head=("enrol.note", laptop.enrol_note()))))
    assert await agreed(office, path, laptop) == "duplicate-session"
    assert {origin: n for origin, (n, _) in (await office.stored()).items()} == {
        whole.origin: 3,
        other.origin: other.size,
    }
    assert [one.verdict for one in verify_bundle(path, [laptop.signer.vkey]).sessions] == [
        "verified",
        "refused",
        "verified",
    ]
    path.write_bytes(archive(members(whole, head=("enrol.note", laptop.enrol_note()))))
    assert await agreed(office, path, laptop) == "", "and comes whole by itself"


NO_TEXT = {
    "no text": b"\x89PNG\r\n\x1a\n",
    "a NUL": b'{"a":"\0"}',
    "half a sign": '{"a":"é"}'.encode()[:-3],
    "a list": b"[]",
}


@pytest.mark.parametrize("name", NO_TEXT)
async def test_a_plan_that_is_no_text_or_no_object_is_refused_by_both(tmp_path: Path, name: str) -> None:
    """And so is it when the same session was stored before with the plan it names: it has another hash."""
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    log = planned(laptop, NO_TEXT[name])
    path = tmp_path / "a.fkb"
    path.write_bytes(archive(members(log, head=("enrol.note", laptop.enrol_note()))))
    assert await agreed(office, path, laptop)
    log.blobs[hashlib.sha256(b"x").hexdigest()] = b"x"
    path.write_bytes(archive(members(log, head=("enrol.note", laptop.enrol_note()))))
    assert await agreed(office, path, laptop) and await office.stored() == {}
