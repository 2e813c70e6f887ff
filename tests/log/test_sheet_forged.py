"""A sheet that a known maker signed proves only who is under a root that the log's own laptop signed, once, by name."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from fieldkit.log.keys import Signer
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.note import Checkpoint, parse_checkpoint, sign_note, split_note
from fieldkit.log.receipt import file_note, make_receipt, parse_receipt
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from fieldkit.words.verdicts import BESIDE
from tests.log.test_by_hand import by_hand
from tests.log.test_by_hand_people import Sheet, pytestmark, sheet

__all__ = ["pytestmark", "sheet"]

OFFICE = Signer("ld.acme.example/office", b"\7" * 32)
PHANTOM = "ZZZZZZZZ"


def invented(origin: str, key: Signer) -> tuple[bytes, Checkpoint]:
    """A log of one arrival that nobody saw, signed with `key`: its receipt and its checkpoint."""
    half = json.dumps({"i": 0, "s": "A" * 22, "x": {"name": "Phantom"}}, separators=(",", ":")).encode()
    x = base64.urlsafe_b64encode(hashlib.sha256(half).digest()).decode().rstrip("=")
    d = {"device": "phone", "ev": ["lan"], "via": "phone", "walkin": True}
    whole = {"d": d, "i": 0, "k": "person.join", "m": 0, "p": PHANTOM, "t": 1795339200000, "x": x}
    line = json.dumps(whole, separators=(",", ":")).encode()
    at = Checkpoint(origin, 1, leaf_hash(line))
    return make_receipt(line, half, 0, [], sign_note(at.text(), key)), at


def row(sheet: Sheet, origin: str, p: str, name: str = "Phantom") -> bytes:
    """Ann's row under another entry of another session."""
    ann = next(line for line in sheet.csv.read_bytes().split(b"\r\n") if b"Ann Lee" in line)
    cells = ann.split(b";")
    cells[:2] = f"{origin.rsplit('/', 1)[1]}-{p}".encode(), origin.encode()
    return b";".join(cells).replace(b"Ann Lee", name.encode()).replace(b";E1;", b";%s;" % p.encode()) + b"\r\n"


def write(sheet: Sheet, raw: bytes, *sources: Checkpoint) -> None:
    sheet.csv.write_bytes(raw)
    Path(f"{sheet.csv}.note").write_bytes(file_note(OFFICE, sheet.csv.name, raw, sources))


def said(sheet: Sheet, *, hand: bool = True) -> tuple[str, str, str]:
    """Verdict, what the proofs are worth, and the detail: the script, which takes a second, says the same."""
    keys = [sheet.key, OFFICE.vkey]
    (one,) = judge_all([sheet.csv], Known(keys=keys))
    if not hand:
        return one.verdict, one.beside, one.detail
    code, lines = by_hand(sheet.csv, *map(str, keys))
    assert (lines[-1].split(":")[0], code == 0) == (one.verdict, one.verdict == "verified"), (one, lines)
    told = "\n".join(lines)
    assert ("nobody known signed" in told, "not named so" in told, "no proofs lie" in told) == (
        "nobody known signed" in one.detail,
        "not named so" in one.detail,
        "no proofs lie" in one.detail,
    ), (one, lines)
    return one.verdict, one.beside, one.detail


def source(sheet: Sheet) -> Checkpoint:
    return parse_checkpoint(split_note(parse_receipt(sheet.receipts()[0]).note)[0])


@pytest.mark.parametrize("whose", ["a stranger under a known name", "a laptop that nobody listed"])
async def test_nobody_is_proved_by_a_root_that_the_logs_own_laptop_did_not_sign(sheet: Sheet, whose: str) -> None:
    name = sheet.key.name if "stranger" in whose else "ld.acme.example/dev/none"
    origin = f"{name}/000001-aaaaaaaa"
    receipt, at = invented(origin, Signer(name, b"\x09" * 32))
    write(sheet, sheet.csv.read_bytes() + row(sheet, origin, PHANTOM), source(sheet), at)
    sheet.proofs.write_bytes(b"=====\n".join([*sheet.receipts(), receipt]))
    verdict, beside, detail = said(sheet)
    assert (verdict, beside) == ("signer-unknown", "unsigned")
    assert "6 people proved" in detail and f"1 ({PHANTOM}) of 7 not proved, nobody known signed" in detail


async def test_another_name_is_said_and_a_rename_is_no_other_name(sheet: Sheet) -> None:
    raw, at = sheet.csv.read_bytes(), source(sheet)
    assert raw.count(b"\n") == 8
    write(sheet, raw, at)
    verdict, beside, detail = said(sheet, hand=False)
    assert (verdict, beside) == ("verified", "otherwise")
    assert "2 (AAAAAAAA, BBBBBBBB) not named so" in detail  # whom the roster named: one merged, one marked by hand
    for old, new in ((b"Ann Lee", b"Eve Else"), (b";E2;", b";E7;")):
        write(sheet, raw.replace(old, new), at)
        assert "3 (" in said(sheet, hand=False)[2]
    renamed = raw.replace(b";A;;A;", b';AAAAAAAA;;"B""o"" \\ \tJr";')
    assert renamed != raw
    write(sheet, renamed, at)
    assert "1 (BBBBBBBB) not named so" in said(sheet)[2]


async def test_a_person_stands_on_one_row(sheet: Sheet) -> None:
    raw, at = sheet.csv.read_bytes(), source(sheet)
    ann = next(line for line in raw.split(b"\r\n") if b"Ann Lee" in line)
    write(sheet, raw + ann.replace(b"Ann Lee", b"Phantom") + b"\r\n", at)
    assert said(sheet, hand=False)[0] == "refused"
    write(sheet, raw + row(sheet, at.origin, "BoBoBoBo"), at)  # merged into AAAAAAAA, who has a row
    assert said(sheet)[0] == "refused"
    assert judge_all([sheet.csv], Known(keys=[sheet.key, OFFICE.vkey]))[0].reason == "person-twice"


async def test_a_row_of_another_session_is_not_proved_by_this_one(sheet: Sheet) -> None:
    raw, at = sheet.csv.read_bytes(), source(sheet)
    p = parse_receipt(sheet.receipts()[0]).line.split(b'"p":"')[1][:8].decode()
    write(sheet, raw + row(sheet, f"{sheet.key.name}/000009-aaaaaaaa", p), at)
    assert said(sheet, hand=False)[0] == "refused"


async def test_a_sheet_without_proofs_is_told_so(sheet: Sheet) -> None:
    at = source(sheet)
    sheet.proofs.unlink()
    write(sheet, sheet.csv.read_bytes() + row(sheet, at.origin, PHANTOM), at)
    verdict, beside, detail = said(sheet)
    assert (verdict, beside) == ("verified", "none") and "no proofs lie beside it" in detail
    assert beside in BESIDE
