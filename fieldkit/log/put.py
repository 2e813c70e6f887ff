"""The note that opens head office's door: a device asks about one file, now (docs/bundle-format.md, Over HTTPS).

    fieldkit-put/1
    device <vkey>
    sha256 <64 hex digits>
    time 2026-11-22T12:00:00Z

Signed by the device it names, so that a laptop which is not on the trust list yet can be told apart from every other;
whether it is on the list, and whether the time is now, whoever opens the door judges. A note says one hash: taken from
the wire it opens nothing but what it was made for, and that gives the same answer again.
"""

from __future__ import annotations

import re

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import b64, unb64
from fieldkit.log.note import fields_text, open_note, parse_utc, read_fields, sign_note, split_note, utc_text

HEADER = "Fieldkit-Put"
"""The HTTP header that carries it, in base64."""
PUT_LIMIT = 4096
"""Most bytes of such a note."""

_HEX = re.compile(r"[0-9a-f]{64}\Z").match


class Put(msgspec.Struct, frozen=True):
    """Who asks, about which file (SHA-256 in hex), when (Unix seconds by the device's clock)."""

    vkey: VKey
    sha256: str
    time: int


def put_note(signer: Signer, sha256: str, time: int) -> bytes:
    """The note of a device; `time` in Unix seconds."""
    fields = [("device", str(signer.vkey)), ("sha256", sha256), ("time", utc_text(time))]
    return sign_note(fields_text("put", fields), signer)


def parse_put(raw: bytes) -> Put:
    """Read a note and check that the device it names has signed it. Raises BadBytes."""
    text, lines = split_note(raw, PUT_LIMIT)
    device, sha256, time = read_fields(text, "put", ("device", "sha256", "time"))
    if len(lines) != 1:
        raise BadBytes("bad-note", "one device asks, and it alone signs")
    if not _HEX(sha256):
        raise BadBytes("bad-hash", "no SHA-256 in lower-case hex")
    vkey = VKey.parse(device)
    if vkey.role != "dev":
        raise BadBytes("wrong-role", "only a device asks at this door")
    open_note(raw, [vkey], PUT_LIMIT)
    return Put(vkey, sha256, parse_utc(time))


def put_header(signer: Signer, sha256: str, time: int) -> str:
    """The value of the header."""
    return b64(put_note(signer, sha256, time))


def parse_header(value: str) -> Put:
    """The note in a header. Raises BadBytes."""
    if len(value) > PUT_LIMIT * 2:
        raise BadBytes("too-long", "this is longer than such a note")
    return parse_put(unb64(value))
