"""Signed notes, checkpoints and cosignatures: the worked example, and every way a note can lie."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.names import b64, unb64
from fieldkit.log.note import (
    NOTE_LIMIT,
    TIME_MAX,
    Checkpoint,
    add_signatures,
    cosign,
    day_text,
    fields_text,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_day,
    parse_hash,
    parse_number,
    parse_utc,
    read_fields,
    sign_line,
    sign_note,
    split_note,
    utc_text,
)
from tests.log.given import CENTRAL, DEVICE, FACILITATOR, ORIGIN, ROOT, TIME, WORKED, signer, worked_lines

KEYS = [one.vkey for one in (DEVICE, FACILITATOR, CENTRAL)]
POINT = Checkpoint(ORIGIN, 3, root_of(map(leaf_hash, worked_lines())))


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(BadBytes) as caught:
        call()
    return caught.value.reason


def whole() -> bytes:
    note = sign_note(POINT.text(), DEVICE, FACILITATOR)
    return add_signatures(note, [cosign(POINT.text(), CENTRAL, TIME)])


def test_the_worked_checkpoint_reproduces_byte_for_byte() -> None:
    assert whole() == WORKED.joinpath("checkpoint").read_bytes()


def test_the_worked_checkpoint_opens_with_its_signers_and_time() -> None:
    point, opened = open_checkpoint(whole(), KEYS)
    assert point == POINT
    assert opened.signers == [(DEVICE.vkey, None), (FACILITATOR.vkey, None), (CENTRAL.vkey, TIME)]
    assert opened.signed_by("fac", "central") == [FACILITATOR.vkey, CENTRAL.vkey]
    assert opened.time_of("central") == TIME
    assert opened.time_of("witness") is None


def test_unknown_signers_are_passed_over_and_no_known_one_refuses() -> None:
    assert open_note(whole(), [CENTRAL.vkey]).signers == [(CENTRAL.vkey, TIME)]
    assert reason(lambda: open_note(whole(), [])) == "no-known-signature"
    assert reason(lambda: open_note(whole(), [ROOT.vkey])) == "no-known-signature"
    namesake = signer(DEVICE.name, "another")
    assert reason(lambda: open_note(whole(), [namesake.vkey])) == "no-known-signature"


@pytest.mark.parametrize("at", range(3))
def test_one_bad_signature_of_a_known_key_refuses_the_note(at: int) -> None:
    _, lines = split_note(whole())
    bad = lines[at]
    body = bad.keyid + bad.body[:-1] + bytes([bad.body[-1] ^ 1])
    broken = whole().replace(bad.line.encode(), f"— {bad.name} {b64(body)}".encode())
    assert reason(lambda: open_note(broken, KEYS)) == "bad-signature"
    others = [key for key in KEYS if key.name != bad.name]
    assert len(open_note(broken, others).signers) == 2
    short = whole().replace(bad.line.encode(), f"— {bad.name} {b64(body[:-1])}".encode())
    assert reason(lambda: open_note(short, KEYS)) == "bad-signature"


def test_a_known_key_id_made_to_collide_does_not_hide_the_right_key() -> None:
    class Twin(VKey, frozen=True):
        @property
        def keyid(self) -> bytes:
            return DEVICE.vkey.keyid

    twin = Twin(DEVICE.name, 1, FACILITATOR.vkey.pub)
    note = sign_note(POINT.text(), DEVICE)
    assert open_note(note, [twin, DEVICE.vkey]).signers == [(DEVICE.vkey, None)]
    assert reason(lambda: open_note(note, [twin])) == "bad-signature"


def test_a_changed_text_or_time_spoils_every_signature() -> None:
    assert reason(lambda: open_note(whole().replace(b"\n3\n", b"\n4\n", 1), KEYS)) == "bad-signature"
    _, lines = split_note(whole())
    later = lines[2].keyid + (TIME + 1).to_bytes(8, "big") + lines[2].body[8:]
    changed = whole().replace(lines[2].line.encode(), f"— {CENTRAL.name} {b64(later)}".encode())
    assert reason(lambda: open_note(changed, [CENTRAL.vkey])) == "bad-signature"


# ---- one kind of note is never another -----------------------------------------------------------------------


def test_a_cosigner_counts_on_checkpoints_only() -> None:
    text = fields_text("erase", [("origin", ORIGIN)])
    assert reason(lambda: cosign(text, CENTRAL, TIME)) == "not-a-checkpoint"
    assert reason(lambda: sign_note(text, CENTRAL)) == "wrong-key-type"
    assert reason(lambda: cosign(POINT.text(), DEVICE, TIME)) == "wrong-key-type"
    message = f"cosignature/v1\ntime {TIME}\n{text}".encode()
    body = CENTRAL.vkey.keyid + TIME.to_bytes(8, "big") + CENTRAL.sign(message)
    forged = f"{text}\n— {CENTRAL.name} {b64(body)}\n".encode()
    assert reason(lambda: open_note(forged, [CENTRAL.vkey])) == "wrong-key-type"


def test_a_plain_signature_of_central_s_key_is_no_cosignature() -> None:
    body = CENTRAL.vkey.keyid + bytes(8) + CENTRAL.sign(POINT.text().encode())
    forged = f"{POINT.text()}\n— {CENTRAL.name} {b64(body)}\n".encode()
    assert reason(lambda: open_note(forged, [CENTRAL.vkey])) == "bad-signature"
    body = CENTRAL.vkey.keyid + CENTRAL.sign(POINT.text().encode())
    forged = f"{POINT.text()}\n— {CENTRAL.name} {b64(body)}\n".encode()
    assert reason(lambda: open_note(forged, [CENTRAL.vkey])) == "bad-signature"


def test_a_key_of_the_other_type_has_another_key_id() -> None:
    assert VKey(CENTRAL.name, 1, CENTRAL.vkey.pub).keyid != CENTRAL.vkey.keyid


def test_a_signed_note_of_lines_is_no_checkpoint_and_the_other_way_round() -> None:
    note = sign_note(fields_text("put", [("sha256", "0" * 64), ("time", "1")]), DEVICE)
    assert reason(lambda: open_checkpoint(note, KEYS)) == "bad-origin"
    assert reason(lambda: read_fields(POINT.text(), "put", ["sha256", "time"])) == "wrong-note-type"
    assert reason(lambda: parse_checkpoint("fieldkit-trust/1\n3\n" + b64(bytes(32)) + "\n")) == "bad-origin"


# ---- shapes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not-a-note"),
        (b"\n", "not-a-note"),
        (b"\n\n", "not-a-note"),
        (b"text\n", "not-a-note"),
        (b"text\n\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94 a AAAAAAAA", "not-a-note"),
        (b"\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-a-note"),
        (b"text\n\n- a AAAAAAAA\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94 a\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94 a+b AAAAAAAA\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94  AAAAAAAA\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94 a AAAA\n", "not-a-note"),
        (b"text\n\n\xe2\x80\x94 a AAAAAAA\n", "bad-base64"),
        (b"text\n\n\xe2\x80\x94 a AAAAAAAA \n", "bad-base64"),
        (b"text\n\n\xe2\x80\x94 a AAAAAAAA\nmore\n", "not-a-note"),
        (b"te\rxt\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-a-note"),
        (b"te\0xt\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-a-note"),
        (b"te\txt\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-a-note"),
        (b"te\xffxt\n\n\xe2\x80\x94 a AAAAAAAA\n", "not-utf8"),
        (b"text\n\n" + b"\xe2\x80\x94 a AAAAAAAA\n" * 2, "duplicate-signature"),
        (b"x" * (NOTE_LIMIT + 1), "too-long"),
    ],
)
def test_what_is_no_note_is_refused_with_a_reason(raw: bytes, why: str) -> None:
    assert reason(lambda: open_note(raw, KEYS)) == why


def test_a_million_signature_lines_cost_nothing() -> None:
    line = "— a " + b64(bytes(68)) + "\n"
    assert reason(lambda: open_note((POINT.text() + "\n" + line * 1_000_000).encode(), KEYS)) == "too-long"
    tiny = "".join(f"— a{n} {b64(bytes(5))}\n" for n in range(65))
    assert reason(lambda: split_note(f"text\n\n{tiny}".encode())) == "too-many-signatures"
    assert len(split_note(f"text\n\n{tiny[: tiny.rindex('— ')]}".encode())[1]) == 64


def test_text_may_hold_empty_lines_and_the_last_one_divides() -> None:
    text = "one\n\ntwo\n"
    assert open_note(sign_note(text, DEVICE), KEYS).text == text
    for bad in ("", "\n", "no newline", "a\n\n— a AAAAAAAA\n" + "x"):
        assert reason(lambda bad=bad: sign_note(bad, DEVICE)) == "not-a-note"


def test_adding_a_signature_twice_changes_nothing() -> None:
    once = sign_note(POINT.text(), DEVICE)
    line = sign_line(POINT.text(), FACILITATOR)
    assert add_signatures(add_signatures(once, [line]), [line, line + "\n"]) == sign_note(
        POINT.text(), DEVICE, FACILITATOR
    )
    assert reason(lambda: add_signatures(once, ["— a\nb AAAAAAAA"])) == "not-a-note"


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n3\n",
        f"{ORIGIN}\n3\n{b64(bytes(32))}",
        f"{ORIGIN}\n3\n{b64(bytes(32))}\nextension\n",
        f"{ORIGIN}\n3\n{b64(bytes(32))}\n\n",
        f"{ORIGIN}\n03\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n+3\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n-1\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n٣\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n9007199254740992\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{b64(bytes(32))}\n",
        f"{ORIGIN}\n3\n{b64(bytes(31))}\n",
        f"{ORIGIN}\n3\n{bytes(32).hex()}\n",
        f"{ORIGIN} \n3\n{b64(bytes(32))}\n",
        f"\n3\n{b64(bytes(32))}\n",
    ],
)
def test_a_checkpoint_has_one_spelling(text: str) -> None:
    assert reason(lambda: parse_checkpoint(text)) in {"not-a-checkpoint", "bad-number", "bad-hash", "bad-origin"}


@pytest.mark.parametrize("time", [0, TIME_MAX + 1, 2**40, 2**53, 2**64 - 1])
def test_a_cosignature_of_no_time_that_has_a_date_is_refused_as_such(time: int) -> None:
    note = add_signatures(sign_note(POINT.text(), DEVICE), [cosign(POINT.text(), CENTRAL, time)])
    assert reason(lambda: open_checkpoint(note, KEYS)) == "bad-time"
    assert open_checkpoint(note, [DEVICE.vkey])[1].time_of("central") is None, "to a stranger it says nothing"


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32), st.integers(1, TIME_MAX))
def test_checkpoints_and_cosignatures_go_round(size: int, root: bytes, time: int) -> None:
    point = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(point.text()) == point
    note = add_signatures(sign_note(point.text(), DEVICE), [cosign(point.text(), CENTRAL, time)])
    assert open_checkpoint(note, KEYS)[1].time_of("central") == time


@given(st.integers(0, 500), st.integers(1, 255))
def test_one_changed_byte_never_gains_a_signer(at: int, change: int) -> None:
    raw = bytearray(whole())
    raw[at % len(raw)] ^= change
    try:
        opened = open_note(bytes(raw), KEYS)
    except BadBytes:
        return
    # Only a line whose name or key id was hit falls out of the known ones; text and other signatures stand.
    assert opened.text == POINT.text()
    assert len(opened.signers) == 2


# ---- small texts ---------------------------------------------------------------------------------------------


def test_named_lines_stand_in_their_order_and_nothing_else() -> None:
    text = fields_text("put", [("sha256", "ab"), ("time", "7")])
    assert text == "fieldkit-put/1\nsha256 ab\ntime 7\n"
    assert read_fields(text, "put", ["sha256", "time"]) == ["ab", "7"]
    for bad in (text + "more x\n", text[:-1], "fieldkit-put/1\ntime 7\nsha256 ab\n", "fieldkit-put/1\nsha256 ab\n"):
        assert reason(lambda bad=bad: read_fields(bad, "put", ["sha256", "time"])) == "bad-note"
    assert reason(lambda: read_fields(text.replace("/1", "/2"), "put", ["sha256", "time"])) == "wrong-note-type"
    assert reason(lambda: fields_text("put", [("a", "b\nc")])) == "not-a-note"


@given(st.integers(0, 4_000_000_000))
def test_times_have_one_spelling(seconds: int) -> None:
    assert parse_utc(utc_text(seconds)) == seconds
    assert parse_day(day_text(seconds)) == seconds - seconds % 86400


@pytest.mark.parametrize(
    "text", ["", "2026-02-30T00:00:00Z", "2026-1-01T00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T24:00:00Z",
             "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.0Z", "２026-01-01T00:00:00Z", "2026-01-01T00:00:60Z"]
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    assert reason(lambda: parse_utc(text)) == "bad-time"
    assert reason(lambda: parse_day(text[:10] + "x")) == "bad-time"


def test_numbers_and_hashes_have_one_spelling() -> None:
    assert parse_number("0") == 0
    for text in ("", "00", "1 ", " 1", "1_0", "0x1", "1.0", "1\n"):
        assert reason(lambda text=text: parse_number(text)) == "bad-number"
    assert parse_hash(b64(bytes(32))) == bytes(32)
    assert reason(lambda: parse_hash(b64(bytes(33)))) == "bad-hash"
    assert unb64(b64(b"x")) == b"x"


def test_a_signer_signs_the_bytes_and_a_stranger_does_not_verify() -> None:
    stranger = Signer.generate(DEVICE.name)
    assert DEVICE.vkey.verify(DEVICE.sign(b"x"), b"x")
    assert not stranger.vkey.verify(DEVICE.sign(b"x"), b"x")
    assert not DEVICE.vkey.verify(b"", b"x")
