"""A certificate on paper: the note behind its QR code, and the seal of the PDF with the credential inside it.

    fieldkit-certificate/1
    id 0b5e1c2d-8a7e-5c11-9d0e-1a2b3c4d5e6f
    sha256 2ba24e10…            of the credential
    program press4@1.0.0
    title Press 4
    name Zoë Álvarez            - where the page names nobody
    on 2026-11-22
    until 2027-11-22            - where it does not end

signed by the office key, squeezed like a receipt's. So whoever has the paper alone can compare what is printed with
what was signed. The PDF holds the credential as a file; its last line is a comment, the note `fieldkit-pdf/1` (`id`,
`sha256` of every byte before the line), so that a page that says something else than its credential is no certificate.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from datetime import date
from itertools import islice

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.errors import BadBytes
from fieldkit.log.credential import LIMIT, Given
from fieldkit.log.keys import Signer
from fieldkit.log.note import fields_text, read_fields, sign_note, split_note
from fieldkit.log.receipt import read_qr_text

PDF_LIMIT = 32 << 20
KIND = "certificate"
ATTACHED = "credential.json"
"""Name of the file inside the PDF."""
_FIELDS = ("id", "sha256", "program", "title", "name", "on", "until")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z").match
_HEX = re.compile(r"[0-9a-f]{64}\Z").match
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z").match
_SEAL = b"%fieldkit-pdf/1 "
_SEAL_MOST = 4096
_MARK = re.compile(rb"/Type\s{0,4}/EmbeddedFile\b").finditer
_NEAR = 600
"""Bytes around the mark in which its object begins and its stream starts."""
_LENGTH = re.compile(rb"/Length\s+([0-9]{1,9})\b").search
_MOST_FILES = 8
_NONE = "-"


class Certificate(msgspec.Struct, frozen=True):
    """What the code on a certificate says. `sha256` (hex) is of its credential."""

    id: str
    sha256: str
    program: str
    title: str
    name: str
    on: date
    until: date | None


def certificate_note(given: Given, sha256: str, on: date, office: Signer) -> bytes:
    """The signed note. Raises BadBytes for what could not be read back."""
    until = given.until.isoformat() if given.until is not None else _NONE
    program, title = f"{given.program}@{given.version}", clean_text(given.title, 200)
    values = (given.id, sha256, program, title, clean_name(given.name) or _NONE, on.isoformat(), until)
    text = fields_text(KIND, list(zip(_FIELDS, values, strict=True)))
    read_certificate(text)
    return sign_note(text, office)


def read_certificate(text: str) -> Certificate:
    """Read the text of the note; its signature is others' business. Raises BadBytes."""
    id, sha256, program, title, name, on, until = read_fields(text, KIND, _FIELDS)
    if not _UUID(id) or not _HEX(sha256):
        raise BadBytes("bad-note", "the certificate has no number")
    name = "" if name == _NONE else clean_name(name)
    ends = None if until == _NONE else _day(until)
    return Certificate(id, sha256, clean_text(program, 200), clean_text(title, 200), name, _day(on), ends)


def _day(text: str) -> date:
    try:
        if _DAY(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadBytes("bad-note", "the certificate has a day that is none")


def qr_text(note: bytes) -> str:
    """A certificate's note for a QR code in alphanumeric mode: zlib, then base32 without padding."""
    return base64.b32encode(zlib.compress(note, 9)).decode("ascii").rstrip("=")


def of_qr(text: str) -> bytes | None:
    """The note out of such a code, as somebody scanned or typed it; None where it is another one. Raises BadBytes."""
    raw = read_qr_text(text.upper())
    return raw if raw.startswith(f"fieldkit-{KIND}/1\n".encode()) else None


# ---- the PDF -----------------------------------------------------------------------------------------------------


def sealed(pdf: bytes, id: str, office: Signer) -> bytes:
    """The finished PDF with its seal behind it. Readers of PDF pass a comment after the end over."""
    pdf = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    text = fields_text("pdf", [("id", id), ("sha256", hashlib.sha256(pdf).hexdigest())])
    return pdf + _SEAL + base64.b64encode(sign_note(text, office)) + b"\n"


def has_seal(pdf: bytes) -> bool:
    """Whether something that calls itself a seal is near the end."""
    return _SEAL in pdf[-2 * _SEAL_MOST :]


class Seal(msgspec.Struct, frozen=True):
    """What the last line of a PDF says: the signed note, the certificate's number; every byte is the one signed."""

    note: bytes
    id: str


def read_seal(pdf: bytes) -> Seal:
    """The seal of a PDF, compared with its bytes; who signed it is others' business. Raises BadBytes: `no-seal`,
    `changed`."""
    at = pdf.rfind(_SEAL, max(0, len(pdf) - _SEAL_MOST))
    line = pdf[at + len(_SEAL) :] if at > 0 and pdf[at - 1 : at] == b"\n" else b""
    if not line.endswith(b"\n") or line.count(b"\n") != 1:
        raise BadBytes("no-seal", "the page has no seal of head office, or something stands behind it")
    try:
        note = base64.b64decode(line[:-1], validate=True)
    except ValueError:
        raise BadBytes("no-seal", "the seal of the page cannot be read") from None
    id, sha256 = read_fields(split_note(note)[0], "pdf", ("id", "sha256"))
    if hashlib.sha256(pdf[:at]).hexdigest() != sha256:
        raise BadBytes("changed", "the page is not the one that head office signed")
    return Seal(note, id)


def attached(pdf: bytes) -> bytes:
    """The credential inside a PDF: the one file that begins like JSON. Raises BadBytes: `no-credential`, `too-large`.

    No reader of PDF: a certificate of ours has its file uncompressed or deflated, in an object of its own.
    """
    found: list[bytes] = []
    for mark in islice(_MARK(pdf), _MOST_FILES):
        begin = pdf.rfind(b" obj", max(0, mark.start() - _NEAR), mark.start())
        stream = pdf.find(b"stream\n", mark.end(), mark.end() + _NEAR)
        head = pdf[begin:stream] if 0 <= begin < stream else b""
        length = _LENGTH(head)
        if length is None:
            continue
        data = pdf[stream + 7 : stream + 7 + int(length[1])]
        if b"/FlateDecode" in head:
            data = _inflated(data)
        if data.lstrip()[:1] == b"{":
            found.append(data)
    if len(found) != 1:
        raise BadBytes("no-credential", "there is no credential in this PDF, or more than one")
    return found[0]


def _inflated(data: bytes) -> bytes:
    engine = zlib.decompressobj()
    try:
        out = engine.decompress(data, LIMIT + 1)
    except zlib.error:
        return b""
    if len(out) > LIMIT:
        raise BadBytes("too-large", "what is in this PDF is larger than any credential")
    return out
