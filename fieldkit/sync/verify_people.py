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
from fieldkit.log.verdict import counted_of
from fieldkit.log.windows import Counted
from fieldkit.sync.judged import Judged, Known, session_of


class Reading:
    """Receipts one after another: each proved, each checkpoint's signatures verified once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._notes: dict[bytes, tuple[Checkpoint, Counted]] = {}
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
            counted = counted_of(receipt.note, at.origin, self._known.keys, self._known.windows)
            self._notes[receipt.note] = (at, counted)
        at, counted = self._notes[receipt.note]
        if record.i != receipt.index:
            raise BadBytes("bad-proof", "the record stands at another index than the receipt says")
        if not verify_inclusion(receipt.leaf, receipt.index, at.size, receipt.proof, at.root):
            raise BadBytes("bad-proof", "the proof does not lead to the root that was signed")
        self.n += 1
        self.last, self.at, self.known = (record, receipt.leaf), at, is_signed(at, counted)
        return record

    @property
    def checkpoints(self) -> list[tuple[Checkpoint, Counted]]:
        """What was signed, and by whom of those who are known."""
        return list(self._notes.values())

    def unsigned(self) -> tuple[str, str]:
        """(reason, words) why the first laptop that made one of these logs does not count; empty where all do."""
        for at, counted in self._notes.values():
            if not is_signed(at, counted):
                device = split_origin(at.origin).device
                return counted.reason(device), counted.why(device)
        return "", ""


def is_signed(at: Checkpoint, counted: Counted) -> bool:
    """Whether the laptop that made the log is among these signers, and counts."""
    return split_origin(at.origin).device in counted.names


def judge_receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """A receipt, or a file of them. Verified when each log's own laptop is among the known signers. Raises BadBytes."""
    reading = Reading(known)
    for one in split_proofs(raw):
        reading.take(one)
    kind = "receipt" if reading.n == 1 else "proofs"
    sessions = [session_of(at, counted) for at, counted in reading.checkpoints]
    detail = _whose(*reading.last) if kind == "receipt" and reading.last else f"{reading.n} receipts"
    reason, why = reading.unsigned()
    if not reason:
        return Judged(str(path), kind, "verified", "", detail, sessions)
    return Judged(
        str(path), kind, "signer-unknown", reason, "; ".join(part for part in (detail, why) if part), sessions
    )


def judge_qr(path: Path, raw: bytes, known: Known) -> Judged:
    """What a scanner read out of a receipt's QR code. Raises BadBytes."""
    return judge_receipts(path, read_qr_text(raw.decode("ascii")), known)


def _whose(record: Record, leaf: bytes) -> str:
    """What a receipt is of: its short code, the record, and the name and badge in its private half."""
    private = record.private or {}
    who = " ".join(clean_text(str(private.get(key, "")), 80) for key in ("name", "badge")).strip()
    kind = record.fact.kind or "a record"
    return f"{show_code(short_code(leaf))}, record {record.i}, {kind}" + (f", {who}" if who else "")
