"""Receipts for people and laptops, receipts files, and the notes beside files."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.errors import BadBytes
from fieldkit.log.line import opening_line, opening_x, record_line
from fieldkit.log.merkle import Tree, leaf_hash, root_of
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, add_signatures, cosign, fields_text, sign_note
from fieldkit.log.receipt import (
    QR_ROOM,
    Receipt,
    central_receipt,
    file_note,
    held_hash,
    join_notes,
    kind_of,
    make_receipt,
    parse_central_receipt,
    parse_file_note,
    parse_receipt,
    qr_text,
    read_code,
    read_file_note,
    read_qr_text,
    short_code,
    show_code,
    split_notes,
    verify_receipt,
)
from tests.log.given import (
    CENTRAL,
    DEVICE,
    FACILITATOR,
    OFFICE,
    ORIGIN,
    TIME,
    WORKED,
    signer,
    worked_lines,
    worked_opening,
)

KEYS = [one.vkey for one in (DEVICE, FACILITATOR, CENTRAL, OFFICE)]
CHECKPOINT = WORKED.joinpath("checkpoint").read_bytes()
LEAVES = [leaf_hash(line) for line in worked_lines()]
POINT = Checkpoint(ORIGIN, 3, root_of(LEAVES))


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(BadBytes) as caught:
        call()
    return caught.value.reason


def worked() -> bytes:
    return make_receipt(worked_lines()[1], worked_opening(), 1, Tree(LEAVES).inclusion(1), CHECKPOINT)


# ---- a participant's receipt ---------------------------------------------------------------------------------


def test_the_worked_receipt_reproduces_byte_for_byte() -> None:
    lines = worked().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith(
        "extra eyJkIjp7ImV2IjpbImxhbiIsImNvZGUiXSwidmlhIjoicGhvbmUifSwiaSI6MSwiayI6ImF0dC5pbiIsIm0i"
    )
    assert len(lines[1]) == 322
    assert lines[2:6] == [
        "index 1",
        "wVWWxrgQ07JlKLf1hovvd5XHYHf7iex5xk6LosawN4A=",
        "5xdQ6rT5qpOIY7kTRf/DjtRJvkrWijydACCoK7g3e8Q=",
        "",
    ]
    assert worked().endswith(b"\n\n" + CHECKPOINT)
    assert worked() == WORKED.joinpath("receipt").read_bytes()


def test_a_receipt_proves_the_record_and_its_personal_half() -> None:
    proved = verify_receipt(parse_receipt(worked()), KEYS)
    assert proved.record.k == "att.in"
    assert proved.record.private == {"badge": "E745738", "name": "Zoë Álvarez"}
    assert proved.checkpoint == POINT
    assert proved.opened.time_of("central") == TIME


def test_a_receipt_without_its_erased_opening_still_proves_the_record() -> None:
    receipt = msgspec.structs.replace(parse_receipt(worked()), opening=None)
    assert parse_receipt(receipt.to_bytes()) == receipt
    assert verify_receipt(receipt, KEYS).record.private is None


def test_only_the_laptop_that_made_the_log_can_vouch_for_it() -> None:
    receipt = parse_receipt(worked())
    assert reason(lambda: verify_receipt(receipt, [CENTRAL.vkey])) == "no-known-signature"
    assert reason(lambda: verify_receipt(receipt, [])) == "no-known-signature"
    other = signer("ld.acme.example/dev/zzzz")
    forged = msgspec.structs.replace(receipt, note=sign_note(POINT.text(), other))
    assert reason(lambda: verify_receipt(forged, [other.vkey, DEVICE.vkey])) == "no-known-signature"


def _changed(**changes: object) -> Receipt:
    return msgspec.structs.replace(parse_receipt(worked()), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("receipt", "why"),
    [
        (_changed(index=2), "bad-proof"),
        (_changed(proof=(LEAVES[0],)), "bad-proof"),
        (_changed(proof=(LEAVES[2], LEAVES[0])), "bad-proof"),
        (_changed(line=worked_lines()[1].replace(b"phone", b"proxy")), "bad-proof"),
        (_changed(opening=worked_opening().replace(b"Zo", b"zo")), "opening-mismatch"),
        (_changed(line=worked_lines()[0], opening=None), "bad-proof"),
        (_changed(line=b"{}"), "bad-shape"),
        (_changed(note=CHECKPOINT.replace(b"\n3\n", b"\n2\n", 1)), "bad-signature"),
    ],
)
def test_a_receipt_that_was_tampered_with_proves_nothing(receipt: Receipt, why: str) -> None:
    assert reason(lambda: verify_receipt(parse_receipt(receipt.to_bytes()), KEYS)) == why


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: b"",
        lambda raw: raw[:100],
        lambda raw: raw.replace(b"@v1", b"@v2"),
        lambda raw: raw.replace(b"index 1", b"index 01"),
        lambda raw: raw.replace(b"index 1", b"index -1"),
        lambda raw: raw.replace(b"index", b"Index"),
        lambda raw: raw.replace(b"extra ", b"extra  "),
        lambda raw: raw.replace(b"\nindex", b"\r\nindex"),
        lambda raw: raw.replace(b"wVWW", b"wVW"),
        lambda raw: raw.replace(b"index 1\n", b"index 1\n" + b"wVWWxrgQ07JlKLf1hovvd5XHYHf7iex5xk6LosawN4A=\n" * 63),
        lambda raw: raw.partition(b"\n\n")[0] + b"\n\n",
        lambda raw: b"\xff" + raw,
        lambda raw: b"x" * 200_000,
    ],
)
def test_a_receipt_has_one_spelling(change: Callable[[bytes], bytes]) -> None:
    assert reason(lambda: parse_receipt(change(worked()))) in {
        "not-a-receipt", "bad-number", "bad-hash", "bad-base64", "too-long"
    }  # fmt: skip


@given(st.integers(0, 2000), st.integers(1, 255))
def test_one_changed_byte_of_a_receipt_never_proves_another_record(at: int, change: int) -> None:
    raw = bytearray(worked())
    raw[at % len(raw)] ^= change
    try:
        proved = verify_receipt(parse_receipt(bytes(raw)), KEYS)
    except BadBytes:
        return
    assert proved.record == verify_receipt(parse_receipt(worked()), KEYS).record
    assert proved.checkpoint == POINT


# ---- codes for people ----------------------------------------------------------------------------------------


def test_the_short_code_is_the_first_fifty_bits_of_the_leaf() -> None:
    code = short_code(LEAVES[1])
    assert code == "OU64PEY54Z"
    assert show_code(code) == "OU64P EY54Z"
    for typed in ("OU64PEY54Z", "ou64p ey54z", " OU64P-EY54Z "):
        assert read_code(typed) == code
    for typed in ("", "OU64PEY54", "OU64PEY540", "OU64PEY54ZO", "OU64PEY54\u00d6", "x" * 10_000):
        assert reason(lambda typed=typed: read_code(typed)) == "bad-code"


def test_a_receipt_goes_through_a_qr_code_of_version_23_or_less() -> None:
    """A full class: 1,000 records, all three signatures, a long name."""
    private = {"name": "Maria Guadalupe Fernández-Oyarzábal", "badge": "E745738", "lang": "es-MX", "place": "line 4"}
    opening = opening_line(700, bytes(range(16)), private)
    joined = r.PersonJoined("phone", "phone", ["lan", "code", "badge"], False)
    line = record_line(r.Record(700, 61250, 1795339261250, joined, p="9bFlIreR", x=opening_x(opening)))
    tree = Tree([hashlib.sha256(b"%d" % n).digest() for n in range(700)])
    tree.append(leaf_hash(line))
    for n in range(299):
        tree.append(hashlib.sha256(b"%d." % n).digest())
    point = Checkpoint(ORIGIN, 1000, tree.root())
    note = add_signatures(sign_note(point.text(), DEVICE, FACILITATOR), [cosign(point.text(), CENTRAL, TIME)])
    raw = make_receipt(line, opening, 700, tree.inclusion(700), note)
    assert verify_receipt(parse_receipt(raw), KEYS).record.private == private
    text = qr_text(raw)
    proved = verify_receipt(parse_receipt(read_qr_text(text)), KEYS)
    assert proved.record.private == private
    assert proved.opened.signers == [(DEVICE.vkey, None), (CENTRAL.vkey, TIME)]  # the trainer's did not fit
    assert read_qr_text(qr_text(worked())) == worked()
    segno = pytest.importorskip("segno")
    for full in (text, "A" * QR_ROOM):
        code = segno.make(full, error="l", boost_error=False, micro=False)
        assert code.mode == "alphanumeric"
        assert code.version <= 23


def long_receipt(name: str, badge: str, records: int, org: str = "ld.acme.example") -> bytes:
    """The receipt of somebody who came early into a log of `records` records, in an organisation of this name."""
    device, fac, central = (signer(f"{org}/{role}") for role in ("dev/7q2kx9v3b5n8", "fac/9k3m", "central"))
    private = {"name": name, "badge": badge, "issuer": "", "lang": "es-MX", "place": "line 4"}
    opening = opening_line(3, bytes(range(16)), private)
    joined = r.PersonJoined("phone", "phone", ["lan", "code", "badge", "roster"], False)
    line = record_line(r.Record(3, 61250, 1795339261250, joined, p="9bFlIreR", x=opening_x(opening)))
    tree = Tree([hashlib.sha256(b"%d" % n).digest() for n in range(3)])
    tree.append(leaf_hash(line))
    for n in range(4, records):
        tree.append(hashlib.sha256(b"%d" % n).digest())
    point = Checkpoint(f"{device.name}/000017-k3m9w2p4", records, tree.root())
    note = add_signatures(sign_note(point.text(), device, fac), [cosign(point.text(), central, TIME)])
    return make_receipt(line, opening, 3, tree.inclusion(3), note)


FITS = {
    "a toolbox talk": (("Ann Lee", "E1", 100), ("dev", "fac", "central"), True),
    "a room of thirty": (("Maria Guadalupe Fernández-Oyarzábal", "E745738", 250), ("dev", "central"), True),
    "a name of 80 ideographs": (("\u4e00\u9fa5\U00020000\u5b57" * 20, "E745738", 600), ("dev",), True),
    "a badge that is a web address": (("Ann Lee", "https://id.example/" + "a1b2c3d4e5" * 10, 600), ("dev",), True),
    "a day of 5,000 people": (("Maria Guadalupe Fernández-Oyarzábal", "E745738", 60_000), ("dev",), False),
    "everything at once": (("\U00020000\u5b57\u9fa5\u4e00" * 20, "9Z8Y7X6W5V4U3T2S1R0Q" * 6, 4_000), ("dev",), False),
}
"""What → (name, badge, records), whose signatures fit, whether the private half does."""


@pytest.mark.parametrize("what", FITS)
def test_what_does_not_fit_into_a_qr_code_is_left_out_in_order(what: str) -> None:
    args, signers, private = FITS[what]
    raw = long_receipt(*args)
    receipt = parse_receipt(raw)
    text = qr_text(raw)
    assert 0 < len(text) <= QR_ROOM
    device = signer("ld.acme.example/dev/7q2kx9v3b5n8").vkey
    read = parse_receipt(read_qr_text(text))
    verify_receipt(read, [device])
    roles = [line.split("/")[1].split()[0] for line in read.note.decode().splitlines()[4:]]
    assert (tuple(roles), read.opening is not None) == (signers, private), len(text)
    assert read.leaf == receipt.leaf and short_code(read.leaf) == short_code(receipt.leaf)
    segno = pytest.importorskip("segno")
    assert segno.make(text, error="l", boost_error=False, micro=False).version <= 23


def test_a_receipt_that_fits_no_qr_code_has_none_and_is_whole_as_text() -> None:
    org = ".".join(hashlib.sha256(b"%d" % n).hexdigest()[:60] for n in range(4))[:240]
    raw = long_receipt("\u5b57" * 80, "9Z8Y7X6W5V" * 12, 60_000, org)
    assert qr_text(raw) == ""
    verify_receipt(parse_receipt(raw), [signer(f"{org}/dev/7q2kx9v3b5n8").vkey])


def test_a_hostile_qr_code_is_refused_and_does_not_unfold_without_end() -> None:
    bomb = base64.b32encode(zlib.compress(b"x" * 10_000_000)).decode().rstrip("=")
    for text in ("", "é", "A", "AAAAAAAA", bomb, qr_text(worked())[:-8], "A" * 200_000):
        assert reason(lambda text=text: read_qr_text(text)) == "not-a-receipt"


# ---- central's receipt ---------------------------------------------------------------------------------------


def test_central_says_what_it_holds_and_the_laptop_reads_it() -> None:
    held = held_hash(["G0AmW7VBsq2ZEXMt5FEPyI9KZqOsbIlSOzsSEOADYzk"])
    assert held == hashlib.sha256(b"G0AmW7VBsq2ZEXMt5FEPyI9KZqOsbIlSOzsSEOADYzk\n").hexdigest()
    raw = central_receipt(OFFICE, POINT, held)
    assert raw.startswith(
        f"fieldkit-receipt/1\norigin {ORIGIN}\nsize 3\nroot {b64(POINT.root)}\nheld {held}\n\n".encode()
    )
    receipt = parse_central_receipt(raw, KEYS)
    assert (receipt.origin, receipt.size, receipt.root, receipt.held) == (ORIGIN, 3, POINT.root, held)


def test_only_the_office_signs_receipts() -> None:
    text = fields_text(
        "receipt", [("origin", ORIGIN), ("size", "3"), ("root", b64(POINT.root)), ("held", held_hash([]))]
    )
    for stranger in (DEVICE, FACILITATOR):
        note = sign_note(text, stranger)
        assert reason(lambda note=note: parse_central_receipt(note, KEYS)) == "no-known-signature"
    assert reason(lambda: parse_central_receipt(CHECKPOINT, KEYS)) == "no-known-signature"
    for old, new in [("size 3", "size 03"), ("held ", "held X"), ("origin ld", "origin LD"), ("root F", "root =")]:
        note = sign_note(text.replace(old, new), OFFICE)
        assert reason(lambda note=note: parse_central_receipt(note, KEYS)) in {"bad-number", "bad-hash", "bad-origin"}


def test_a_receipts_file_is_notes_split_by_lines_of_five_signs() -> None:
    notes = [CHECKPOINT, central_receipt(OFFICE, POINT, held_hash([])), CHECKPOINT]
    raw = join_notes(notes)
    assert raw.count(b"\n=====\n") == 2
    assert split_notes(raw) == notes
    assert [kind_of(note) for note in notes] == ["checkpoint", "receipt", "checkpoint"]
    assert split_notes(join_notes([])) == []
    for bad in (raw + b"=====\n", b"=====\n" + raw, raw[:-1], b"\n", b"====="):
        assert reason(lambda bad=bad: split_notes(bad)) in {"not-a-note", "bad-base64"}
    assert reason(lambda: split_notes(raw, limit=10)) == "too-long"
    assert reason(lambda: kind_of(sign_note("hello\n", DEVICE))) == "not-a-checkpoint"


# ---- the note beside a file ----------------------------------------------------------------------------------


def test_the_note_beside_a_file_says_who_made_it_from_which_log() -> None:
    raw = file_note(DEVICE, "attendance.csv", b"a,b\r\n", [POINT])
    digest = hashlib.sha256(b"a,b\r\n").hexdigest()
    assert raw.startswith(
        f"fieldkit-file/1\nsha256 {digest}\nname attendance.csv\nfrom {ORIGIN} 3 {b64(POINT.root)}\n\n".encode()
    )
    note, opened = parse_file_note(raw, KEYS)
    assert (note.sha256, note.name, note.sources) == (digest, "attendance.csv", (POINT,))
    assert opened.signed_by("dev") == [DEVICE.vkey]
    both = file_note(OFFICE, "all.csv", b"", [POINT, msgspec.structs.replace(POINT, size=2)])
    assert len(read_file_note(both).sources) == 2
    assert reason(lambda: parse_file_note(file_note(FACILITATOR, "a.csv", b"", [POINT]), KEYS)) == "no-known-signature"


def test_a_file_name_is_plain_and_has_one_spelling() -> None:
    assert read_file_note(file_note(DEVICE, "Lista Zoe\u0301.csv", b"", [POINT])).name == "Lista Zoé.csv"
    for name in ("", ".", "..", "a/b", "a\\b", "a\nb", "a\u202eb", "a\x7f", "x" * 256):
        assert reason(lambda name=name: file_note(DEVICE, name, b"", [POINT])) in {"bad-name", "not-a-note"}
    assert reason(lambda: file_note(DEVICE, "a.csv", b"", [])) == "bad-note"
    text = f"fieldkit-file/1\nsha256 {'0' * 64}\nname Zoe\u0301\nfrom {ORIGIN} 3 {b64(POINT.root)}\n"
    assert reason(lambda: read_file_note(sign_note(text, DEVICE))) == "bad-name"
    for old, new in [("0" * 64, "0" * 63), ("0" * 64, "A" * 64), (" 3 ", " 03 "), (" 3 ", " "), ("from ", "form ")]:
        note = sign_note(text.replace("e\u0301", "é").replace(old, new), DEVICE)
        assert reason(lambda note=note: read_file_note(note)) in {"bad-hash", "bad-number", "bad-note"}
