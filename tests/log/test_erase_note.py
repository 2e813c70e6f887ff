"""The note by which head office tells laptops what is gone: one spelling, office's signature, nothing else."""

from __future__ import annotations

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.erase_note import MOST, Erasure, erase_notes, parse_erase_note
from fieldkit.log.note import sign_note
from tests.log.given import CENTRAL, DEVICE, OFFICE, ORIGIN, ROOT

KEYS = [OFFICE.vkey, DEVICE.vkey, ROOT.vkey]


def note(records: str = "1,7", why: str = "request", origin: str = ORIGIN) -> bytes:
    return sign_note(f"fieldkit-erase/1\norigin {origin}\nrecords {records}\nwhy {why}\n", OFFICE)


def test_what_is_written_is_read_in_order_and_once() -> None:
    (raw,) = erase_notes(OFFICE, ORIGIN, [12, 1, 7, 7], "order")
    assert parse_erase_note(raw, KEYS) == Erasure(ORIGIN, (1, 7, 12), "order")
    many = erase_notes(OFFICE, ORIGIN, range(MOST * 2 + 1), "retention")
    found = [parse_erase_note(one, KEYS) for one in many]
    assert [i for one in found for i in one.refs] == list(range(MOST * 2 + 1)) and len(found) == 3
    assert erase_notes(OFFICE, ORIGIN, [], "order") == []


@pytest.mark.parametrize(
    "raw",
    [
        *(note(records) for records in ("", "7,1", "1,1", "-1", "1, 7", "01", "1.0", "9" * 30, "1,", "²", "2000000")),
        *(note(why=why) for why in ("", "because", "\u202erequest", "REQUEST")),
        *(note(origin=origin) for origin in ("", "nowhere", f"{ORIGIN} ", ORIGIN + "/../x")),
        note(",".join(map(str, range(MOST + 1)))),
        note().replace(b"1,7", b"1,8"),
        note().replace(b"erase/1", b"erase/2"),
        note() + b"\n",
        b"",
        b"\xff" * 100,
        *(sign_note(note().decode().split("\n\n")[0] + "\n", who) for who in (DEVICE, ROOT)),
    ],
)
def test_anything_else_is_no_erasure(raw: bytes) -> None:
    with pytest.raises(BadBytes):
        parse_erase_note(raw, KEYS)


def test_a_key_that_is_not_known_erases_nothing() -> None:
    with pytest.raises(BadBytes):
        parse_erase_note(note(), [CENTRAL.vkey, DEVICE.vkey])
