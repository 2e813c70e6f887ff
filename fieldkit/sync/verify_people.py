"""The verdict on what people carry home: a receipt, the text of its QR code, a file of receipts."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core.clean import clean_text
from fieldkit.core.records import Record
from fieldkit.errors import BadBytes
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import verify_inclusion
from fieldkit.log.names import split_origin
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.proven import split_proofs
from fieldkit.log.receipt import parse_receipt, read_qr_text, short_code, show_code
from fieldkit.log.verdict import signers_of
from fieldkit.sync.judged import Judged, Known


class Reading:
    """Receipts one after another: each proved, each checkpoint's signatures verified once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._notes: dict[bytes, tuple[Checkpoint, list[str]]] = {}
        self.n = 0
        self.last: tuple[Record, bytes] | None = None
        self.at: Checkpoint | None = None
        """What the last one is proved under."""
        self.known = False
        """Whether the laptop that made that log is among the known who signed it."""

    def take(self, raw: bytes) -> Record:
        """One receipt: its record, once the path leads to the root that was signed. Raises BadBytes."""
        receipt = parse_receipt(raw)
        record = parse_record(receipt.line, receipt.opening)
        if receipt.note not in self._notes:
            at = parse_checkpoint(split_note(receipt.note)[0])
            self._notes[receipt.note] = (at, signers_of(receipt.note, at.origin, self._known.keys))
        at, signers = self._notes[receipt.note]
        if record.i != receipt.index:
            raise BadBytes("bad-proof", "the record stands at another index than the receipt says")
        if not verify_inclusion(receipt.leaf, receipt.index, at.size, receipt.proof, at.root):
            raise BadBytes("bad-proof", "the proof does not lead to the root that was signed")
        self.n += 1
        self.last, self.at, self.known = (record, receipt.leaf), at, is_signed(at, signers)
        return record

    @property
    def checkpoints(self) -> list[tuple[Checkpoint, list[str]]]:
        """What was signed, and by whom of those who are known."""
        return list(self._notes.values())


def is_signed(at: Checkpoint, names: list[str]) -> bool:
    """Whether the laptop that made the log is among these signers."""
    return split_origin(at.origin).device in names


def judge_receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """A receipt, or a file of them. Verified when each log's own laptop is among the known signers. Raises BadBytes."""
    reading = Reading(known)
    for one in split_proofs(raw):
        reading.take(one)
    kind = "receipt" if reading.n == 1 else "proofs"
    sessions = [{"origin": at.origin, "size": at.size, "signers": names} for at, names in reading.checkpoints]
    detail = _whose(*reading.last) if kind == "receipt" and reading.last else f"{reading.n} receipts"
    if all(is_signed(at, names) for at, names in reading.checkpoints):
        return Judged(str(path), kind, "verified", "", detail, sessions)
    return Judged(str(path), kind, "signer-unknown", "signer-unknown", detail, sessions)


def judge_qr(path: Path, raw: bytes, known: Known) -> Judged:
    """What a scanner read out of a receipt's QR code. Raises BadBytes."""
    return judge_receipts(path, read_qr_text(raw.decode("ascii")), known)


def _whose(record: Record, leaf: bytes) -> str:
    """What a receipt is of: its short code, the record, and the name and badge in its private half."""
    private = record.private or {}
    who = " ".join(clean_text(str(private.get(key, "")), 80) for key in ("name", "badge")).strip()
    kind = record.fact.kind or "a record"
    return f"{show_code(short_code(leaf))}, record {record.i}, {kind}" + (f", {who}" if who else "")
