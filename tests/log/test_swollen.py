"""Notes with a million lines, JSON without end, names that look alike, a bundle that brings its own trust list."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.bundle import verify_bundle, write_bundle
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import PLAN_LIMIT, check, check_plan
from fieldkit.log.names import is_org, role_of, split_origin
from fieldkit.log.note import open_checkpoint, open_note, parse_day, sign_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import parse_central_receipt, parse_file_note, parse_receipt, split_notes, verify_receipt
from fieldkit.log.trust import TrustKey, TrustList, open_trust, parse_enrol, trust_note
from tests.kit.central import NOON, Laptop, Office, archive, members, results
from tests.log.given import DEVICE, ORG, ORIGIN, ROOT, WORKED, signer
from tests.log.making import make
from tests.log.packing import changed, good, judged, packed

MILLION = 1_000_000
LINE = "— ld.acme.example/dev/7q2k AAAAAAAA\n"
KEYS = [DEVICE.vkey, ROOT.vkey]
CHECKPOINT = WORKED.joinpath("checkpoint").read_bytes()
Reader = Callable[[bytes], object]
READERS: dict[str, Reader] = {
    "checkpoint": lambda raw: open_checkpoint(raw, KEYS),
    "note": lambda raw: open_note(raw, KEYS),
    "trust list": lambda raw: open_trust(raw, KEYS),
    "enrolment": parse_enrol,
    "central's receipt": lambda raw: parse_central_receipt(raw, KEYS),
    "note beside a file": lambda raw: parse_file_note(raw, KEYS),
    "participant's receipt": lambda raw: verify_receipt(parse_receipt(raw), KEYS),
    "notes in one file": lambda raw: split_notes(raw),
}


def bounded(call: Callable[[], object], limit: int = 8 << 20) -> str:
    """The reason for which it is refused, within two seconds and `limit` bytes beside what it was given."""
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(BadBytes) as wrong:
            call()
        assert time.process_time() - began < 2
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()
    return wrong.value.reason


@pytest.fixture(scope="module")
def swollen() -> bytes:
    return CHECKPOINT + LINE.encode() * MILLION


@pytest.mark.parametrize("what", READERS)
def test_a_million_signature_lines_are_refused_by_their_weight(what: str, swollen: bytes) -> None:
    """Nobody verifies, or even splits, what no writer writes; 64 KiB of them are refused by their number."""
    reason = bounded(lambda: READERS[what](swollen))
    assert reason in ("too-long", "not-a-receipt")
    if what == "notes in one file":
        return  # a file of receipts may be large; each note in it may not
    small = CHECKPOINT + LINE.encode() * ((60_000 - len(CHECKPOINT)) // len(LINE.encode()))
    assert bounded(lambda: READERS[what](small)) in ("too-many-signatures", "not-a-receipt")


async def test_a_bundle_with_a_million_signatures_is_refused_before_they_are_read(
    tmp_path: Path, swollen: bytes
) -> None:
    """44 MB of lines weigh next to nothing when they are compressed."""
    parts = await good(tmp_path)
    raw = packed(changed(parts, "1/checkpoint", lambda _: swollen))
    assert len(raw) < 200_000
    began = time.process_time()
    assert judged(tmp_path, raw).reason == "too-large"
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[" * MILLION, "too-long"),
        (b'{"a":' * 1600, "depth"),
        (b'{"a":' + b"[" * 8000, "depth"),
        (b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}", "depth"),
        (b'{"a":"' + b"\\u0041" * 1300 + b'"}', "not-canonical"),
        (b'{"a":' + b"9" * 8000 + b"}", "int-range"),
        (b'{"a":1e' + b"9" * 8000 + b"}", "int-range"),
    ],
    ids=range(7),
)
def test_a_line_without_end_costs_nothing(raw: bytes, reason: str) -> None:
    assert bounded(lambda: check(raw)) == reason


def test_a_plan_of_a_million_levels_costs_nothing() -> None:
    for raw in (b"[" * PLAN_LIMIT, b'{"a":' * (PLAN_LIMIT // 5), b"[" * (PLAN_LIMIT // 2) + b"]" * (PLAN_LIMIT // 2)):
        assert bounded(lambda raw=raw: check_plan(raw), 32 << 20) in ("depth", "not-json", "not-an-object")  # type: ignore[misc]


# ---- names -----------------------------------------------------------------------------------------------------

ALIKE = {
    "a Cyrillic a": "ld.\u0430cme.example",
    "a full-width a": "ld.\uff41cme.example",
    "a Greek omicron": "ld.acme.example".replace("e", "\u03b5", 1),
    "a zero-width joiner": "ld.ac\u200dme.example",
    "a soft hyphen": "ld.ac\u00adme.example",
    "a right-to-left override": "ld.\u202eemca.example",
    "a combining accent": "ld.a\u0301cme.example",
    "a capital letter": "LD.acme.example",
    "a dotless i": "ld.acm\u0131.example",
    "a one-dot leader": "ld\u2024acme.example",
    "a division slash": "ld.acme.example\u2215dev",
    "a space at the end": "ld.acme.example ",
    "a dot at the end": "ld.acme.example.",
    "two dots": "ld..acme.example",
    "a hyphen in front": "-ld.acme.example",
    "no dot": "ld",
    "an escape code": "ld.\x1b[2Jacme.example",
    "markup": "ld.[/]acme.example",
    "nothing": "",
    "too long": f"{'a.' * 127}aa",
}


@pytest.mark.parametrize("what", ALIKE)
def test_no_name_can_look_like_another(what: str) -> None:
    """As an organisation, a key's name, an origin, a vkey with a fitting id, and on a line of a trust list."""
    org = ALIKE[what]
    assert not is_org(org)
    for call in (
        lambda: role_of(f"{org}/dev/7q2k"),
        lambda: split_origin(f"{org}/dev/7q2k/000017-k3m9w2p4"),
        lambda: VKey.parse(str(VKey(f"{org}/dev/7q2k", 1, DEVICE.vkey.pub))),
        lambda: Signer(f"{org}/root", bytes(32)),
    ):
        with pytest.raises(BadBytes):
            call()
    assert role_of(f"{ORG}/dev/7q2k") == "dev" and split_origin(ORIGIN).device == DEVICE.name


# ---- who brings their own keys ---------------------------------------------------------------------------------


def own_list() -> tuple[bytes, Signer, Signer]:
    """A list signed by somebody's own root of the same name, with a laptop of a known name and another key in it."""
    root, twin = signer(ROOT.name, "own root"), signer(DEVICE.name, "twin")
    window = (parse_day("2026-01-01"), parse_day("2030-01-01"))
    keys = (TrustKey("root", root.vkey, *window), TrustKey("device", twin.vkey, *window))
    return trust_note(TrustList(ORG, 99, window[0], window[1], keys), root), root, twin


async def test_a_bundle_that_brings_its_own_trust_list_gains_nothing_by_it(tmp_path: Path) -> None:
    """Whatever the list in front says, its signers are as unknown as without it."""
    note, root, twin = own_list()
    path = await make(tmp_path / "17.db")
    for head in (("trust.note", note), ("trust.note", sign_note(open_note(note, [root.vkey]).text, root, DEVICE))):
        with SessionFile.open(path) as file:
            write_bundle([file], head, tmp_path / "own.fkb", lock=None)
        assert verify_bundle(tmp_path / "own.fkb", []).verdict == "signer-unknown"
        assert verify_bundle(tmp_path / "own.fkb", [twin.vkey, root.vkey]).verdict == "signer-unknown"


async def test_head_office_holds_what_vouches_for_itself(tmp_path: Path) -> None:
    """A stranger with a list of their own, and a twin: the name of an enrolled laptop with another key."""
    office = await Office.make(tmp_path)
    known = Laptop.named("7q2k", ORG)
    office.enrol(known)
    twin = Laptop(signer(known.signer.name, "twin"), NOON)
    note, _, _ = own_list()
    before = (office.home.path / "trust.note").read_bytes()
    for who in (Laptop.named("9zzz", ORG), twin):
        raw = archive(members(who.whole(), head=("trust.note", note)))
        assert results(await office.take(raw)) == ["held unknown-device"]
    assert await office.stored() == {} and (office.home.path / "trust.note").read_bytes() == before
