"""What people and laptops take home: participant receipts, central's receipts, notes beside files.

A participant's receipt is a `c2sp.org/tlog-proof@v1`: the record of the join with its opening, the path from its leaf
to a root, and the signed checkpoint over that root. Whoever removes the record later meets this piece of paper.
Central's receipt is two notes: the cosigned checkpoint, and `fieldkit-receipt/1` with a hash over the openings it
holds, by which a laptop knows that nothing is lost when it lets go of its own.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

import msgspec

from fieldkit.core.records import Record
from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import leaf_hash, verify_inclusion
from fieldkit.log.names import b64, split_origin, unb64
from fieldkit.log.note import (
    Checkpoint,
    Opened,
    fields_text,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_hash,
    parse_number,
    read_fields,
    sign_note,
    split_note,
)

HEADER = "c2sp.org/tlog-proof@v1"
RECEIPT_LIMIT = 128 * 1024
RECEIPTS_LIMIT = 64 << 20
SEPARATOR = b"=====\n"
CODE_LETTERS = 10
FILE_NOTE_LIMIT = 8 << 20
"""Most bytes of the note beside a file: a line for each log that it was folded from, some 60,000."""
QR_ROOM = 1588
"""Characters of a QR code of version 23, level L, alphanumeric mode (ISO/IEC 18004, table 7)."""

_HEX = re.compile(r"[0-9a-f]{64}\Z").match
_CODE = re.compile(r"[A-Z2-7]{10}\Z").match
_QR = re.compile(rb"[A-Z2-7\s]{64,}\Z").match
_PRE = re.compile(rb"<pre[^<>]*>([^<>]*)</pre>").findall
_MAX_PROOF = 64


# ---- a participant's receipt ---------------------------------------------------------------------------------


class Receipt(msgspec.Struct, frozen=True):
    """A participant's receipt as read; nothing is proved before `verify_receipt`."""

    line: bytes
    opening: bytes | None
    index: int
    proof: tuple[bytes, ...]
    note: bytes
    """The signed checkpoint."""

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.line)

    def to_bytes(self) -> bytes:
        """The receipt as text."""
        extra = self.line if self.opening is None else self.line + b"\n" + self.opening
        head = [HEADER, f"extra {b64(extra)}", f"index {self.index}", *map(b64, self.proof), "", ""]
        return "\n".join(head).encode("ascii") + self.note


def make_receipt(line: bytes, opening: bytes | None, index: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """A receipt for the record `line` at `index`, proved in the checkpoint `note`; without an opening once erased."""
    return Receipt(line, opening, index, tuple(proof), note).to_bytes()


def parse_receipt(raw: bytes) -> Receipt:
    """Read a receipt in its one spelling. Raises BadBytes."""
    if len(raw) > RECEIPT_LIMIT:
        raise BadBytes("too-long", f"a receipt of {len(raw)} bytes where {RECEIPT_LIMIT} are allowed")
    head, gap, note = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    if not gap or len(lines) < 3 or lines[0] != HEADER or not note:
        raise BadBytes("not-a-receipt", "a receipt begins with its format, extra and index")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index ") or len(lines) > 3 + _MAX_PROOF:
        raise BadBytes("not-a-receipt", "a receipt begins with its format, extra and index")
    line, newline, opening = unb64(lines[1][6:]).partition(b"\n")
    if newline and not opening:
        raise BadBytes("not-a-receipt", "the opening of the record is empty")
    proof = tuple(parse_hash(text) for text in lines[3:])
    return Receipt(line, opening if newline else None, parse_number(lines[2][6:]), proof, note)


class Proved(msgspec.Struct, frozen=True):
    """What a good receipt proves: this record, with its personal half if it is there, stands in that checkpoint."""

    record: Record
    checkpoint: Checkpoint
    opened: Opened


def verify_receipt(receipt: Receipt, keys: Iterable[VKey]) -> Proved:
    """Verify a receipt under known keys; the device that made the log must be among the signers. Raises BadBytes."""
    record = parse_record(receipt.line, receipt.opening)
    checkpoint, opened = open_checkpoint(receipt.note, keys)
    device = split_origin(checkpoint.origin).device
    if all(key.name != device for key, _ in opened.signers):
        raise BadBytes("no-known-signature", "the laptop that made the log is not among those who signed")
    if record.i != receipt.index:
        raise BadBytes("bad-proof", "the record stands at another index than the receipt says")
    if not verify_inclusion(receipt.leaf, receipt.index, checkpoint.size, receipt.proof, checkpoint.root):
        raise BadBytes("bad-proof", "the proof does not lead to the root that was signed")
    return Proved(record, checkpoint, opened)


def short_code(leaf: bytes) -> str:
    """Ten letters of a record's leaf for people: the first 50 bits in base32."""
    return base64.b32encode(leaf[:10]).decode("ascii")[:CODE_LETTERS]


def short_codes(leaves: Sequence[bytes]) -> list[str]:
    """The same of many."""
    text = base64.b32encode(b"".join([leaf[:10] for leaf in leaves])).decode("ascii")  # 10 bytes are 16 letters
    return [text[at : at + CODE_LETTERS] for at in range(0, len(text), 16)]


def show_code(code: str) -> str:
    """A short code in two groups, as it is printed."""
    return f"{code[:5]} {code[5:]}"


def read_code(typed: str) -> str:
    """A short code as somebody typed it: any case, spaces and hyphens anywhere. Raises BadBytes("bad-code")."""
    code = typed[:64].upper().replace(" ", "").replace("-", "")
    if not _CODE(code):
        raise BadBytes("bad-code", "a receipt code is ten letters A-Z and digits 2-7")
    return code


def qr_text(raw: bytes) -> str:
    """A receipt for a QR code in alphanumeric mode: zlib, then base32 without padding. Raises BadBytes.

    Beyond version 23 phones of the floor stop reading reliably. What does not fit loses first the signatures of people,
    then head office's; the laptop's alone proves the record. Then goes the private half, whose hash the record keeps
    (the name is in the receipt as text). Empty when that is still too long: then there is the text only.
    """
    whole = parse_receipt(raw)
    body, lines = split_note(whole.note)
    device = split_origin(parse_checkpoint(body).origin).device

    def signed(ends: tuple[str, ...]) -> Receipt:
        kept = [line.line for line in lines if line.name == device or line.name.endswith(ends)]
        return msgspec.structs.replace(whole, note="\n".join([body, *kept, ""]).encode())

    alone = signed(())
    for one in (whole, signed(("/central",)), alone, msgspec.structs.replace(alone, opening=None)):
        text = _squeeze(one.to_bytes())
        if len(text) <= QR_ROOM:
            return text
    return ""


def _squeeze(raw: bytes) -> str:
    return base64.b32encode(zlib.compress(raw, 9)).decode("ascii").rstrip("=")


def is_qr_text(raw: bytes) -> bool:
    """Whether a file can be what a scanner read out of a receipt's code: base32 and nothing else."""
    return _QR(raw.strip()) is not None


def of_page(raw: bytes) -> bytes:
    """The receipt as text out of the page that prints it for one person; anything else as it is. What stands around it
    on the page is no part of it and proves nothing. Raises BadBytes for a page with several."""
    if not raw.lstrip()[:15].lower().startswith(b"<!doctype html"):
        return raw
    found = _PRE(raw)
    if len(found) != 1:
        raise BadBytes("not-a-receipt", f"a page with {len(found)} receipts on it")
    return html.unescape(found[0].decode("utf-8", "replace")).encode()


def read_qr_text(text: str) -> bytes:
    """The receipt out of a QR code, line ends and spaces that a message put into it left out. Raises BadBytes; inflates
    to at most the size of a receipt."""
    try:
        if len(text) > RECEIPT_LIMIT:
            raise ValueError
        text = "".join(text.split())
        squeezed = base64.b32decode(text + "=" * (-len(text) % 8))
        engine = zlib.decompressobj()
        raw = engine.decompress(squeezed, RECEIPT_LIMIT)
    except (ValueError, zlib.error):
        raise BadBytes("not-a-receipt", "the code holds no receipt") from None
    if not engine.eof or engine.unused_data:
        raise BadBytes("not-a-receipt", "the code holds no receipt, or more than one")
    return raw


# ---- central's receipt ---------------------------------------------------------------------------------------


class CentralReceipt(msgspec.Struct, frozen=True):
    """What central says it holds: a log up to `size` and the openings behind `held` (hex, see `held_hash`)."""

    origin: str
    size: int
    root: bytes
    held: str


def held_hash(xs: Iterable[str]) -> str:
    """SHA-256 (hex) of the `x` values whose openings are held or erased, one a line, by index."""
    return hashlib.sha256("".join(f"{x}\n" for x in xs).encode("ascii")).hexdigest()


def central_receipt(office: Signer, checkpoint: Checkpoint, held: str) -> bytes:
    """The `fieldkit-receipt/1` note of central, signed with its office key."""
    return sign_note(
        fields_text(
            "receipt",
            [
                ("origin", checkpoint.origin),
                ("size", str(checkpoint.size)),
                ("root", b64(checkpoint.root)),
                ("held", held),
            ],
        ),
        office,
    )


def parse_central_receipt(raw: bytes, keys: Iterable[VKey]) -> CentralReceipt:
    """Verify and read central's receipt: an office key must have signed it. Raises BadBytes."""
    opened = open_note(raw, [key for key in keys if key.role == "office"])
    origin, size, root, held = read_fields(opened.text, "receipt", ("origin", "size", "root", "held"))
    split_origin(origin)
    said = CentralReceipt(origin, parse_number(size), parse_hash(root), _hex(held))
    if said.size < 1:
        raise BadBytes("bad-number", "a receipt is of one record at least")
    return said


def join_notes(notes: Iterable[bytes]) -> bytes:
    """Notes in one file, split by lines `=====`: a receipts file, or `1/signed` of a bundle."""
    return SEPARATOR.join(notes)


def split_notes(raw: bytes, limit: int = RECEIPTS_LIMIT) -> list[bytes]:
    """The notes of a file as `join_notes` wrote it, none verified; no bytes, no notes. Raises BadBytes."""
    if len(raw) > limit:
        raise BadBytes("too-long", f"{len(raw)} bytes where {limit} are allowed")
    if not raw:
        return []
    *notes, last = raw.split(b"\n" + SEPARATOR)
    whole = [*(note + b"\n" for note in notes), last]
    for note in whole:
        text, _ = split_note(
            note, FILE_NOTE_LIMIT
        )  # a text that contains the separator would fall apart here, not later
        if text.startswith("====="):
            raise BadBytes("not-a-note", "a separator stands where a note begins")
    return whole


def kind_of(note: bytes) -> str:
    """What a note is by its first line: `checkpoint`, or the type of a `fieldkit-<type>/1`. Raises BadBytes."""
    text, _ = split_note(note, FILE_NOTE_LIMIT)
    head = text.partition("\n")[0]
    if head.startswith("fieldkit-") and head.endswith("/1"):
        return head[9:-2]
    parse_checkpoint(text)
    return "checkpoint"


# ---- the note beside a file ----------------------------------------------------------------------------------


class FileNote(msgspec.Struct, frozen=True):
    """Who made a file, from which logs: SHA-256 (hex), name, and the checkpoints it was folded from."""

    sha256: str
    name: str
    sources: tuple[Checkpoint, ...]


def file_note(signer: Signer, name: str, data: bytes, sources: Sequence[Checkpoint]) -> bytes:
    """The `fieldkit-file/1` note to lay beside a file, signed by a device or the office."""
    return hashed_note(signer, name, hashlib.sha256(data).hexdigest(), sources)


def hashed_note(signer: Signer, name: str, sha256: str, sources: Sequence[Checkpoint]) -> bytes:
    """The same of a file whose SHA-256 (hex) is known, because it is too large to be held."""
    name = unicodedata.normalize("NFC", name)  # macOS hands names out decomposed
    fields = [("sha256", sha256), ("name", name)]
    fields += [("from", f"{at.origin} {at.size} {b64(at.root)}") for at in sources]
    raw = sign_note(fields_text("file", fields), signer)
    read_file_note(raw)
    return raw


def read_file_note(raw: bytes) -> FileNote:
    """Read a file's note without asking who signed it. Raises BadBytes."""
    text, _ = split_note(raw, FILE_NOTE_LIMIT)
    count = text.count("\n") - 3
    sha256, name, *sources = read_fields(text, "file", ["sha256", "name", *["from"] * max(count, 1)])
    if not name or len(name.encode()) > 255 or set(name) & set("/\\") or name in (".", "..") or not name.isprintable():
        raise BadBytes("bad-name", "the note names no plain file")
    if unicodedata.normalize("NFC", name) != name:
        raise BadBytes("bad-name", "the file's name has another spelling than NFC")
    return FileNote(_hex(sha256), name, tuple(map(_source, sources)))


def parse_file_note(raw: bytes, keys: Iterable[VKey]) -> tuple[FileNote, Opened]:
    """Verify and read a file's note: a device or the office must have signed it. Raises BadBytes."""
    opened = open_note(raw, [key for key in keys if key.role in ("dev", "office")], FILE_NOTE_LIMIT)
    return read_file_note(raw), opened


def _source(value: str) -> Checkpoint:
    parts = value.split(" ")
    if len(parts) != 3:
        raise BadBytes("bad-note", "a source is origin, size and root")
    return parse_checkpoint("\n".join([*parts, ""]))


def _hex(text: str) -> str:
    if not _HEX(text):
        raise BadBytes("bad-hash", "no SHA-256 in lower-case hex")
    return text
