"""Receipts, their QR codes, and sheets with note and proofs: the script in docs/ and the program give one verdict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.cli.export import export_file
from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import b64
from fieldkit.log.proven import split_proofs
from fieldkit.log.receipt import parse_receipt, qr_text
from fieldkit.station import Station
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.log.test_by_hand import TOOLS, by_hand
from tests.sync.laptop import more, session

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="the check by hand needs bash, openssl, gzip, sed and coreutils"
)

PUBLISHED = Path(__file__).parents[1] / "vectors" / "receipts.json"
PEOPLE = (("Ann Lee", "E1"), ('Zoë "Zo" Álvarez; jr', "E2"), ("Ann [/] Lee", "E3"), ("=Bo\u202e", ""))


class Sheet:
    """An exported sheet of a real session with its note and its proofs, and whose key is known."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder, self.signer, self.key = folder, signer, signer.vkey
        self.csv = folder / "attendance.csv"
        self.proofs = folder / "attendance.csv.proofs"

    def receipts(self) -> list[bytes]:
        return list(split_proofs(self.proofs.read_bytes()))

    def agree(self, path: Path, *keys: VKey) -> str:
        """What both say about it."""
        said = judge_all([path], Known(keys=list(keys)))[0]
        code, lines = by_hand(path, *map(str, keys))
        assert (lines[-1].split(":")[0], code == 0) == (said.verdict, said.verdict == "verified"), (lines, said)
        return said.verdict


@pytest.fixture
async def sheet(tmp_path: Path) -> Sheet:
    """Seven on the sheet: four who came, one who was merged into the roster's entry, one marked by hand, one absent."""
    station = Station.open(tmp_path / "laptop")
    ref = await session(station, *PEOPLE, close=False)
    expected = [Draft(r.PersonExpected(), p * 8, {"name": p, "badge": p}) for p in "ABC"]
    with_join = "BoBoBoBo"
    joined = Draft(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), with_join, {"name": "Bo"})
    merged = Draft(r.PersonMerged(from_=with_join, why="request"), "AAAAAAAA")
    marked = Draft(r.AttendanceMarked(status="present", by="fac", why="mistake"), "BBBBBBBB", {"reason": "was there"})
    named = Draft(r.PersonRenamed(why="request"), with_join, {"name": 'B"o" \\ \tJr'})
    await more(station, ref.path, *expected, joined, named, merged, marked, Draft(r.SessionClosed(why="request")))
    made = Sheet(tmp_path, station.signer)
    export_file(station, station.find("last"), "attendance", "csv", made.csv, ";")
    return made


async def test_a_sheet_and_every_receipt_beside_it_are_good(sheet: Sheet) -> None:
    (file,) = judge_all([sheet.csv], Known(keys=[sheet.key]))
    assert (file.kind, file.verdict) == ("file", "verified") and "6 people proved" in file.detail
    assert b"was there" not in sheet.proofs.read_bytes()  # a reason in words is nobody's proof
    assert sheet.agree(sheet.csv, sheet.key) == "verified" and sheet.agree(sheet.proofs) == "signer-unknown"
    one, code = sheet.folder / "ann.txt", sheet.folder / "ann.qr"
    one.write_bytes(sheet.receipts()[1])
    text = qr_text(one.read_bytes())
    code.write_text("\n".join(text[k : k + 60] for k in range(0, len(text), 60)) + "\n", "ascii")
    assert sheet.agree(one, sheet.key) == sheet.agree(code, sheet.key) == "verified"


def half(raw: bytes) -> bytes:
    """The line `extra` of a receipt with a newline behind the record and nothing behind it."""
    return b"extra " + b64(parse_receipt(raw).line + b"\n").encode()


BAD: dict[str, Callable[[bytes], bytes]] = {
    "another sibling": lambda raw: raw[: raw.index(b"\n\n") - 20] + b"AAAA" + raw[raw.index(b"\n\n") - 16 :],
    "another root": lambda raw: raw.replace(parse_receipt(raw).note[:60], parse_receipt(raw).note[:59] + b"=", 1),
    "no private half, but a line end": lambda raw: raw.replace(raw.split(b"\n")[1], half(raw), 1),
    "a control sign": lambda raw: raw.replace(b"\n\n", b"\n\x00\n", 1),
    "twice": lambda raw: raw + raw,
}


async def test_a_receipt_is_read_from_its_printed_page(sheet: Sheet) -> None:
    """What trainers hand out is the page; the text on it is the receipt, and two people's page is nobody's."""
    page = sheet.folder / "ann.html"
    text = sheet.receipts()[1].decode()
    page.write_text(f"<!doctype html><p>Ann &lt;Lee&gt;<pre>{text}</pre>", "utf-8")
    (said,) = judge_all([page], Known(keys=[sheet.key]))
    assert (said.kind, said.verdict) == ("receipt", "verified")
    page.write_text(f"<!doctype html><pre>{text}</pre><pre>{text}</pre>", "utf-8")
    (said,) = judge_all([page], Known(keys=[sheet.key]))
    assert (said.verdict, said.reason) == ("refused", "not-a-receipt")


@pytest.mark.parametrize("what", BAD)
async def test_a_receipt_that_was_touched_is_refused_by_both(sheet: Sheet, what: str) -> None:
    raw = sheet.receipts()[0]
    file = sheet.folder / "touched.txt"
    bad = BAD[what](raw)
    assert bad != raw
    file.write_bytes(bad)
    assert sheet.agree(file, sheet.key) == "refused"


def test_each_published_receipt_gets_the_verdict_of_the_program(tmp_path: Path) -> None:
    told = json.loads(PUBLISHED.read_text("utf-8"))
    file = tmp_path / "receipt.txt"
    n = 0
    for case in told["cases"]:
        if case["as"] != "participant":
            continue
        keys = case.get("keys", told["keys"])
        file.write_bytes(case["note"].encode())
        code, lines = by_hand(file, *keys)
        said = judge_all([file], Known(keys=[VKey.parse(key) for key in keys]))[0]
        assert (lines[-1].split(":")[0], code == 0) == (said.verdict, said.verdict == "verified"), (case, lines)
        n += 1
    assert n > 10


async def test_a_sheet_that_was_touched_or_lost_somebody_is_refused_by_both(sheet: Sheet) -> None:
    raw, proofs = sheet.csv.read_bytes(), sheet.proofs.read_bytes()
    sheet.csv.write_bytes(raw.replace(b"Ann Lee", b"Ann Lea", 1))
    assert sheet.agree(sheet.csv, sheet.key) == "refused"
    sheet.csv.write_bytes(raw)
    sheet.proofs.write_bytes(b"=====\n".join(sheet.receipts()[:-1]))
    assert sheet.agree(sheet.csv, sheet.key) == "refused"
    sheet.proofs.write_bytes(proofs.replace(b"index ", b"index 1", 1))
    assert sheet.agree(sheet.csv, sheet.key) == "refused"
    sheet.proofs.unlink()
    assert sheet.agree(sheet.csv, sheet.key) == "verified"  # the note alone says who made it
