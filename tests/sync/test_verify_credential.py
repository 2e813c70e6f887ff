"""`fieldkit verify` of certificates: whose key, which day, which list; and what is no certificate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.formats.pdf.certificate import Printed, write
from fieldkit.log.certificate import certificate_note, qr_text, sealed
from fieldkit.log.credential import Given, credential, sha256_of, to_bytes
from fieldkit.log.credential_jwt import to_jwt
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_day
from fieldkit.log.revoked import Revoked, hash_of, revoked_note
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.sync.judged import Judged, Known
from fieldkit.sync.verify import judge_all
from tests.cli.kit import fieldkit
from tests.log.test_credential import GIVEN, OFFICE, given

ORG = "ld.acme.example"
NOW = parse_day("2026-12-01")
OTHER = Signer(f"{ORG}/office", bytes(range(32)))


def listing(key: Signer = OFFICE, start: str = "2026-01-01", until: str = "2028-01-01", revoked: str = "") -> TrustList:
    gone = parse_day(revoked) if revoked else None
    line = TrustKey("office", key.vkey, parse_day(start), parse_day(until), gone)
    return TrustList(ORG, 1, parse_day("2026-01-01"), parse_day("2028-01-01"), (line,))


def known(*lists: Revoked, now: int = NOW, **of: Any) -> Known:
    found = Known(now=now)
    found.add_list(listing(**of))
    for one in lists:
        found.add_revoked(one)
    return found


def gone(day: str, as_of: str = "2026-11-30", id: str = GIVEN.id) -> Revoked:
    return Revoked(ORG, parse_day(as_of), {hash_of(id): date.fromisoformat(day)})


def files(folder: Path, of: Given = GIVEN, key: Signer = OFFICE, on: date = date(2026, 11, 22)) -> dict[str, Path]:
    """The credential, the page and the code, as head office makes them."""
    document = credential(of, key)
    code = qr_text(certificate_note(of, sha256_of(document), on, key))
    page, _ = write(of, Printed(on, key.name, to_bytes(document), code))
    made = {"json": to_bytes(document), "pdf": sealed(page, of.id, key), "code": code.encode(), "jwt": to_jwt(of, key)}
    for name, raw in made.items():
        (folder / f"press4.{name}").write_bytes(raw)
    return {name: folder / f"press4.{name}" for name in made}


def judged(path: Path, by: Known) -> Judged:
    (found,) = judge_all([path], by)
    return found


FORMS = ("json", "pdf", "code", "jwt")


@pytest.mark.parametrize("form", FORMS)
def test_it_says_who_gave_it_to_whom_for_what_and_until_when(tmp_path: Path, form: str) -> None:
    found = judged(files(tmp_path)[form], known())
    assert (found.kind, found.verdict, found.reason) == ("credential", "verified", "")
    assert found.detail == (
        "Press 4, =both parts (press4 1.0.0), given to Zoë Álvarez by ld.acme.example/office, completed 2026-11-22, "
        "counts until 2027-11-22; no list of revoked certificates is known here"
    )
    assert found.told["id"] == GIVEN.id and found.told["as_of"] is None


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_judged_by_list_key_and_day(tmp_path: Path, form: str) -> None:
    path = files(tmp_path)[form]

    def said(by: Known) -> tuple[str, str]:
        found = judged(path, by)
        return found.verdict, found.reason

    revoked = ("refused", "credential-revoked")
    assert said(known(gone("2026-11-30"))) == revoked
    assert said(known(gone("2026-12-01"))) == revoked
    assert said(known(gone("2026-12-02"))) == ("verified", "")
    assert said(known(gone("2026-11-30", id="another"))) == ("verified", "")
    assert "not revoked, by head office's list of 2026-11-30" in judged(path, known(gone("2026-11-30", id="x"))).detail
    assert said(known(now=parse_day("2027-11-22"))) == ("verified", "")
    assert said(known(now=parse_day("2027-11-23"))) == ("refused", "credential-expired")
    assert said(known(now=parse_day("2026-11-20"))) == ("refused", "credential-not-yet")
    assert said(known(key=OTHER)) == ("signer-unknown", "signer-unknown")
    assert said(Known(now=NOW)) == ("signer-unknown", "signer-unknown")
    assert said(known(until="2026-11-30")) == ("verified", "")
    assert said(known(start="2026-12-05")) == ("signer-unknown", "not-yet-valid")
    for day in ("2026-11-01", "2026-11-30"):  # before and after it was signed: whoever has the key writes any day
        assert said(known(revoked=day)) == ("signer-unknown", "revoked")
    assert said(known(revoked="2026-12-05")) == ("verified", "")


def test_a_key_signs_for_its_own_days_alone(tmp_path: Path) -> None:
    """A credential names the moment at which it was signed; outside the key's window it is none of its."""
    path = files(tmp_path)["json"]
    assert judged(path, known(until="2026-11-20")).reason == "expired"
    assert judged(path, known(start="2026-11-25")).reason == "not-yet-valid"


def test_of_two_lists_the_newer_one_speaks(tmp_path: Path) -> None:
    path = files(tmp_path)["json"]
    old, new = gone("2026-11-30", "2026-11-10", "another"), gone("2026-11-30", "2026-11-29")
    for lists in ((old, new), (new, old)):
        found = judged(path, known(*lists))
        assert found.reason == "credential-revoked" and "list of 2026-11-29" in found.detail


def test_a_list_among_the_files_counts_if_head_office_signed_it(tmp_path: Path) -> None:
    path = files(tmp_path)["json"]
    note = tmp_path / "revoked.note"
    for signer, verdicts in ((OFFICE, ["refused", "verified"]), (OTHER, ["verified", "signer-unknown"])):
        note.write_bytes(revoked_note(gone("2026-11-30"), signer))
        assert [one.verdict for one in judge_all([path, note], known())] == verdicts
    note.write_bytes(revoked_note(gone("2026-11-30"), OFFICE).replace(b"gone ", b"none "))
    found = judge_all([path, note], known())
    assert [one.verdict for one in found] == ["verified", "refused"] and found[1].reason == "bad-signature"
    for raw in (b"fieldkit-revoked/1\n", b"fieldkit-revoked/1\nrubbish\n", b"fieldkit-revoked/1\n" + b"x" * 99_999):
        note.write_bytes(raw)
        assert judged(note, known()).verdict == "refused"


def test_a_page_that_says_something_else_is_no_certificate(tmp_path: Path) -> None:
    """The credential inside may be as good as it was."""
    path = files(tmp_path)["pdf"]
    raw = path.read_bytes()
    (tmp_path / "other").mkdir()
    other = files(tmp_path / "other", given(id="1" * 8 + GIVEN.id[8:]))
    bad = {
        raw[:999] + bytes([raw[999] ^ 1]) + raw[1000:]: "changed",
        raw[: raw.rindex(b"%fieldkit-pdf/1 ")]: "no-seal",
        raw + b"\n": "no-seal",
        raw + b"%% more\n%%EOF\n": "no-seal",
        raw.replace(b"EmbeddedFile", b"EmbeddedFilm"): "no-credential",
        raw.replace("Zoë Álvarez".encode(), "Ann Álvarez".encode()): "changed",
        _resealed(raw, other["pdf"].read_bytes()): "changed",
    }
    for data, reason in bad.items():
        path.write_bytes(data)
        found = judged(path, known())
        assert (found.kind, found.verdict, found.reason) == ("credential", "refused", reason)
    foreign = sealed(raw[: raw.rindex(b"%fieldkit-pdf/1 ")], GIVEN.id, OTHER)
    path.write_bytes(foreign)
    assert judged(path, known()).verdict == "signer-unknown"


def _resealed(raw: bytes, other: bytes) -> bytes:
    """The page of one with the seal of another."""
    return raw[: raw.rindex(b"%fieldkit-pdf/1 ")] + other[other.rindex(b"%fieldkit-pdf/1 ") :]


NO = {
    b"": ("unknown", "no-note"),
    b"%PDF-1.7\n%%EOF\n": ("unknown", "no-note"),
    b"%PDF-1.7\n" + b"/Type /EmbeddedFile " * 50_000: ("unknown", "no-note"),
    b'{"a": 1}': ("unknown", "no-note"),
    b'{"@context": []}': ("credential", "not-signed"),
    b'{"@context": ' + b"[" * 4000: ("credential", "not-a-credential"),
    b'{"@context": "' + b"x" * (300 << 10) + b'"}': ("credential", "too-large"),
    b"A" * 200: ("receipt", "not-a-receipt"),
    b"\x00" * 4096: ("unknown", "no-note"),
}


@pytest.mark.parametrize("raw", NO, ids=range(len(NO)))
def test_what_is_no_certificate_gets_a_verdict_all_the_same(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(raw)
    found = judged(path, known())
    assert (found.kind, found.reason, found.verdict) == (*NO[raw], "refused")


def test_hostile_words_reach_no_terminal(tmp_path: Path) -> None:
    """Signed by head office all the same: a title is an author's, a name its owner's."""
    of = msgspec.structs.replace(
        GIVEN, title="\x1b[2J\u202eT\nitle", name="Ann \x1b]0;x\x07[/] Lee", program="p\x9b31m"
    )
    found = judged(files(tmp_path, of)["json"], known())
    assert found.verdict == "verified" and "Ann ]0;x[/] Lee" in found.detail
    assert not any(ord(sign) < 32 or sign in "\x9b\u202e" for sign in found.detail + json.dumps(found.told))


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_reads_files_codes_and_badges(tmp_path: Path) -> None:
    """Whoever has the root key and the lists needs no laptop of the organisation. The certificate is old and has no
    end, so that the clock of this machine changes no verdict."""
    from fieldkit.log.trust import trust_note

    made = files(tmp_path, given(until=None, at=1_600_000_000, made=1_600_000_000), on=date(2020, 9, 13))
    root = Signer(f"{ORG}/root", bytes(32))
    line = TrustKey("root", root.vkey, parse_day("2020-01-01"), parse_day("2099-01-01"))
    keys = (line, *listing(start="2020-01-01", until="2099-01-01").keys)
    trust = tmp_path / "trust.note"
    trust.write_bytes(trust_note(msgspec.structs.replace(listing(), keys=keys), root))
    revoked = tmp_path / "revoked.note"
    revoked.write_bytes(revoked_note(gone("2020-11-30"), OFFICE))

    def run(*args: object) -> Any:
        return fieldkit("verify", *map(str, args), "--root", str(root.vkey), home=tmp_path / "nobody")

    done = run(made["pdf"], made["json"], trust)
    assert done.code == 0 and "This certificate is good" in done.text and "does not end" in done.text
    code = made["code"].read_text()
    done = run(trust, "--qr", f"{code[:40].lower()} {code[40:]}", "--json")
    assert done.code == 0 and done.document[1]["certificate"]["name"] == "Zoë Álvarez"
    assert done.document[1]["file"] == "-"
    assert run(made["pdf"], trust, "--badge", " e1").code == 0
    other = run(made["pdf"], trust, "--badge", "E2", "--json")
    assert other.code == 1 and other.document[0]["reason"] == "another-badge"
    told = run(made["pdf"], trust, "--badge", "E2").text
    assert "This certificate is somebody else's." in told and "revoked, or its time" not in told
    done = run(made["pdf"], trust, revoked)
    assert done.code == 1 and "credential-revoked" in done.text and "does not count" in done.text
    assert fieldkit("verify", str(made["pdf"]), home=tmp_path / "nobody").code == 1
    for bad in ("rubbish", "A" * 100_000, "\x1b[2J" * 40):
        assert run("--qr", bad).code == 2
    for option in ("--qr", "--code", "--badge"):
        for nothing in ("", "  "):
            done = run(trust, option, nothing)
            assert done.code == 2 and not done.out and option in done.talk, "a scan that failed is no check that passed"
