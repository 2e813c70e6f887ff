"""From when until when a key counts for `verify`: by head office's cosignature, else by this computer's clock."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from fieldkit.clock import SystemClock
from fieldkit.log.keys import Signer
from fieldkit.log.merkle import inclusion, leaf_hash
from fieldkit.log.note import Checkpoint, add_signatures, cosign, sign_line
from fieldkit.log.receipt import central_receipt, file_note, join_notes, make_receipt
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.sync.judged import Judged, Known
from fieldkit.sync.verify import judge_all
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, ORG, Laptop, Log, Office, archive, bundle, members, results

DAY = 86_400
TODAY = NOON // DAY * DAY
ROOT, OFFICE, WITNESS = (
    Signer(f"{ORG}/{name}", bytes([n]) * 32) for n, name in ((1, "root"), (2, "office"), (3, "witness/wc01"))
)
CENTRAL, NEXT = Signer(f"{ORG}/central", b"\4" * 32), Signer(f"{ORG}/central", b"\5" * 32)
TRAINER = Signer(f"{ORG}/fac/9k3m", b"\6" * 32)
DEVICE = Laptop.named("7q2k").signer


def line(kind: str, signer: Signer, from_: int = -100, until: int = 100, revoked: int | None = None) -> TrustKey:
    """Days counted from today."""
    return TrustKey(
        kind, signer.vkey, TODAY + from_ * DAY, TODAY + until * DAY, None if revoked is None else TODAY + revoked * DAY
    )


def a_list(*lines: TrustKey, version: int = 1) -> TrustList:
    """These lines; of whoever is not named a good one."""
    usual = (line("root", ROOT), line("central", CENTRAL), line("office", OFFICE), line("device", DEVICE),
             line("facilitator", TRAINER), line("witness", WITNESS))  # fmt: skip
    named = {one.vkey for one in lines}
    keys = (*lines, *(one for one in usual if one.vkey not in named))
    return TrustList(ORG, version, TODAY, TODAY + 90 * DAY, keys)


def known(*lines: TrustKey, now: int | None = NOON) -> Known:
    out = Known(now=now)
    out.add_list(a_list(*lines))
    return out


def at_of(log: Log) -> Checkpoint:
    return Checkpoint(log.origin, log.size, log.root)


def noted(log: Log, *times: int | tuple[Signer, int]) -> bytes:
    """The checkpoint of a log, cosigned at these times: central's, or whose is named."""
    text = at_of(log).text()
    who = [one if isinstance(one, tuple) else (CENTRAL, one) for one in times]
    return add_signatures(log.checkpoint(), [cosign(text, *one) for one in who])


def carried(path: Path, log: Log, note: bytes) -> Path:
    parts = members(log, head=("enrol.note", Laptop(DEVICE).enrol_note()))
    path.write_bytes(archive((name, note if name == "1/checkpoint" else raw) for name, raw in parts))
    return path


def said(path: Path, known: Known) -> Judged:
    (one,) = judge_all([path], known)
    return one


BEFORE, AFTER = NOON - 20 * DAY, NOON - 5 * DAY
CASES: dict[str, tuple[dict[str, int], list[int], str]] = {
    "in its window": ({}, [], ""),
    "in its window, and cosigned": ({}, [BEFORE], ""),
    "revoked, and nothing says when": ({"revoked": -10}, [], "revoked"),
    "revoked after head office signed": ({"revoked": -10}, [BEFORE], ""),
    "revoked before head office signed": ({"revoked": -10}, [AFTER], "revoked"),
    "revoked between two of its signatures": ({"revoked": -10}, [AFTER, BEFORE], ""),
    "ended, and nothing says when": ({"until": -10}, [], "expired"),
    "ended after head office signed": ({"until": -10}, [BEFORE], ""),
    "ended before head office signed": ({"until": -10}, [AFTER], "expired"),
    "to begin": ({"from_": 1}, [], "not-yet-valid"),
    "begun after head office signed": ({"from_": -10}, [BEFORE], "not-yet-valid"),
    "begun today": ({"from_": 0}, [], ""),
    "ended today": ({"until": 0}, [], "expired"),
    "revoked today": ({"revoked": 0}, [], "revoked"),
    "revoked tomorrow": ({"revoked": 1}, [], ""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_laptops_key_is_judged_by_head_offices_signature_else_by_the_clock(tmp_path: Path, name: str) -> None:
    """Bundle, receipt of a person and sheet alike, and with the reason for which head office would hold it."""
    window, times, reason = CASES[name]
    log = Laptop(DEVICE).whole()
    trusted = known(line("device", DEVICE, **window))
    note = noted(log, *((CENTRAL if k == 0 else NEXT, time) for k, time in enumerate(times)))
    if len(times) == 2:
        trusted.add_list(a_list(line("device", DEVICE, **window), line("central", NEXT), version=2))
    one = said(carried(tmp_path / "a.fkb", log, note), trusted)
    (session,) = one.sessions
    assert (one.verdict, one.reason) == ("signer-unknown" if reason else "verified", reason)
    assert (session["judged_by"], DEVICE.name in session["signers"]) == ("central" if times else "here", not reason)
    assert session["judged_at"][:10] in (one.detail or session["judged_at"]) and DEVICE.name in (
        one.detail or DEVICE.name
    )
    leaves = [leaf_hash(raw) for raw in log.lines]
    receipt = make_receipt(log.lines[2], log.openings[2], 2, inclusion(leaves, 2, log.size), note)
    (tmp_path / "a.txt").write_bytes(receipt)
    ticket = said(tmp_path / "a.txt", trusted)
    assert (ticket.kind, ticket.verdict, ticket.reason) == ("receipt", one.verdict, one.reason)


@pytest.mark.parametrize(
    ("central", "good"),
    [({}, True), ({"revoked": -1}, False), ({"revoked": 1}, True), ({"until": -1}, True), ({"until": -30}, False),
     ({"from_": -10}, False)],
    ids=str,
)  # fmt: skip
def test_a_cosigner_counts_by_its_own_time_and_a_revoked_one_for_none(
    tmp_path: Path, central: dict[str, int], good: bool
) -> None:
    """Who has a revoked key of head office can write any time beside it."""
    log = Laptop(DEVICE).whole()
    lines = (
        line("device", DEVICE, revoked=-10),
        line("central", CENTRAL, **central),
        line("witness", WITNESS, **central),
    )
    one = said(carried(tmp_path / "a.fkb", log, noted(log, BEFORE, (WITNESS, BEFORE))), known(*lines))
    assert one.verdict == ("verified" if good else "signer-unknown")
    signers = one.sessions[0]["signers"]
    assert (CENTRAL.name in signers) == (WITNESS.name in signers) == good
    witnessed = said(carried(tmp_path / "w.fkb", log, noted(log, (WITNESS, BEFORE))), known(*lines))
    assert witnessed.verdict == "signer-unknown", "a witness saw a hash, and dates nobody's key"


def test_a_bad_line_of_a_revoked_key_refuses_as_it_does_at_head_office(tmp_path: Path) -> None:
    log = Laptop(DEVICE).whole()
    other = cosign(Checkpoint(log.origin, 1, leaf_hash(log.lines[0])).text(), CENTRAL, BEFORE)
    path = carried(tmp_path / "a.fkb", log, add_signatures(log.checkpoint(), [other]))
    assert said(path, known(line("central", CENTRAL, revoked=-1))).reason == "bad-signature"


async def test_head_office_holds_for_the_reason_that_verify_gives(tmp_path: Path) -> None:
    for window in ({"revoked": -1}, {"until": -1}, {"from_": 1}):
        (tmp_path / str(window)).mkdir()
        office, laptop = await Office.make(tmp_path / str(window)), Laptop(DEVICE)
        office.enrol(laptop)
        trust = office.home.trust()
        keys = tuple(line("device", DEVICE, **window) if x.vkey == DEVICE.vkey else x for x in trust.keys)
        trust = office.home.put_trust(msgspec.structs.replace(trust, keys=keys), office.now, office.root())
        path = tmp_path / "a.fkb"
        path.write_bytes(bundle(laptop.whole()))
        judge = Known(now=office.now)
        judge.add_list(trust)
        assert results(await office.take(path.read_bytes())) == [f"held {said(path, judge).reason}"]


# ---- other notes -----------------------------------------------------------------------------------------------------


LASTS = [({}, True), ({"until": -1}, True), ({"revoked": -1}, False), ({"revoked": 1}, True), ({"from_": 1}, False)]


@pytest.mark.parametrize(("window", "good"), LASTS, ids=str)
def test_a_note_has_no_time_so_it_outlives_its_key_but_not_a_revocation(
    tmp_path: Path, window: dict[str, int], good: bool
) -> None:
    """A receipt of head office and a sheet; a key that ended is named."""
    log = Laptop(DEVICE).whole()
    trusted, sheet = known(line("office", OFFICE, **window)), tmp_path / "answers.csv"
    (tmp_path / "r.note").write_bytes(join_notes([noted(log, BEFORE), central_receipt(OFFICE, at_of(log), "0" * 64)]))
    sheet.write_bytes(b"a,b\r\n")
    Path(f"{sheet}.note").write_bytes(file_note(OFFICE, sheet.name, b"a,b\r\n", [at_of(log)]))
    for path in (tmp_path / "r.note", sheet):
        one = said(path, trusted)
        assert (one.verdict == "verified") is good, one
        assert one.reason == ("" if good else "revoked" if "revoked" in window else "not-yet-valid")
    told = said(sheet, trusted).detail
    assert (OFFICE.name + " counted until" in told) is ("until" in window)


def test_an_enrolment_of_a_key_that_is_revoked_is_not_on_the_list(tmp_path: Path) -> None:
    path = tmp_path / "enrol.note"
    path.write_bytes(Laptop(DEVICE).enrol_note())
    assert said(path, known()).verdict == "verified"
    assert said(path, known(line("device", DEVICE, revoked=-1))).reason == "revoked"


def test_an_expired_list_says_so(tmp_path: Path) -> None:
    path = tmp_path / "trust.note"
    path.write_bytes(trust_note(a_list(), ROOT))
    for now, over in ((NOON, False), (NOON + 90 * DAY, True)):
        one = said(path, Known(roots=[ROOT.vkey], now=now))
        assert one.verdict == "verified" and ("ran out on" in one.detail) is over


@pytest.mark.parametrize("newer_first", [True, False])
def test_an_older_list_brings_no_revoked_key_back(tmp_path: Path, newer_first: bool) -> None:
    lists = [a_list(line("device", DEVICE, revoked=-1), version=2), a_list(version=1)]
    paths = []
    for trust in lists if newer_first else reversed(lists):
        paths.append(tmp_path / f"trust{trust.version}.note")
        paths[-1].write_bytes(trust_note(trust, ROOT))
    log = Laptop(DEVICE).whole()
    found = judge_all([*paths, carried(tmp_path / "a.fkb", log, log.checkpoint())], Known(roots=[ROOT.vkey], now=NOON))
    assert [one.verdict for one in found] == ["verified", "verified", "signer-unknown"]


# ---- people, and words -----------------------------------------------------------------------------------------------


def attested() -> tuple[Log, bytes]:
    """A log that its trainer signed at the end, and its checkpoint without head office."""
    d = {"key": TRAINER.name, "meaning": "held", "role": "trainer"}
    log = Laptop(DEVICE).whole().add("sign.by", d, private={"name": "Ann [/] Lee\u202e"})
    return log, add_signatures(log.checkpoint(), [sign_line(at_of(log).text(), TRAINER)])


@pytest.mark.parametrize(("times", "good"), [((BEFORE,), True), ((AFTER,), False), ((), False)], ids=str)
def test_what_a_trainer_signed_before_they_left_stays_theirs(
    tmp_path: Path, times: tuple[int, ...], good: bool
) -> None:
    log, note = attested()
    note = add_signatures(note, [cosign(at_of(log).text(), CENTRAL, time) for time in times])
    one = said(carried(tmp_path / "a.fkb", log, note), known(line("facilitator", TRAINER, revoked=-10)))
    (session,) = one.sessions
    assert one.verdict == "verified" and (TRAINER.name in session["signers"]) is good
    assert session["attested"][0]["known"] is good
    assert session.get("ended", {}) == ({} if good else {TRAINER.name: "revoked"})


def test_the_command_says_by_which_clock(tmp_path: Path) -> None:
    log = Laptop(DEVICE).whole()
    now = SystemClock().wall_ms() // 1000 // DAY * DAY
    gone = TrustKey("device", DEVICE.vkey, now - 300 * DAY, now + DAY, now - 10 * DAY)
    keys = (TrustKey("root", ROOT.vkey, 0, now + DAY), TrustKey("central", CENTRAL.vkey, 0, now + DAY), gone)
    trust = tmp_path / "trust.note"
    trust.write_bytes(trust_note(TrustList(ORG, 1, now, now + DAY, keys), ROOT))
    args = ("verify", "--root", str(ROOT.vkey), str(trust))
    here = fieldkit(*args, str(carried(tmp_path / "a.fkb", log, log.checkpoint())), home=tmp_path / "nobody")
    assert here.code == 1 and "is revoked from" in here.text and "no signature of head office" in here.text
    assert f"signed by {DEVICE.name} too, which does not count (revoked)" in here.text
    assert "keys judged by this computer's clock" in here.text
    before = fieldkit(
        *args, str(carried(tmp_path / "b.fkb", log, noted(log, now - 20 * DAY))), home=tmp_path / "nobody"
    )
    assert before.code == 0 and "keys judged by head office's signature, " in before.text
