"""The verdict on what people carry home: a receipt, the text of its QR code, the proofs beside an attendance sheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.records import Record
from fieldkit.errors import BadBytes
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import verify_inclusion
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.proven import PROOFS, PROOFS_LIMIT, Presences, split_proofs
from fieldkit.log.receipt import parse_receipt, read_qr_text, short_code, show_code
from fieldkit.log.verdict import signers_of
from fieldkit.sync.judged import Judged, Known, read

_P = re.compile(r"-([A-Za-z0-9_-]{8})\Z").search
NAMED = 5
"""Most people that a detail names by `p`."""


class Reading:
    """Receipts one after another: each proved, each checkpoint's signatures verified once."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._notes: dict[bytes, tuple[Checkpoint, list[str]]] = {}
        self.n = 0
        self.last: tuple[Record, bytes] | None = None

    def take(self, raw: bytes) -> Record:
        """One receipt: its record, once the path leads to the root that was signed. Raises BadBytes."""
        receipt = parse_receipt(raw)
        record = parse_record(receipt.line, receipt.opening)
        if receipt.note not in self._notes:
            at = parse_checkpoint(split_note(receipt.note)[0])
            self._notes[receipt.note] = (at, signers_of(receipt.note, at.origin, self._known.keys))
        at = self._notes[receipt.note][0]
        if record.i != receipt.index:
            raise BadBytes("bad-proof", "the record stands at another index than the receipt says")
        if not verify_inclusion(receipt.leaf, receipt.index, at.size, receipt.proof, at.root):
            raise BadBytes("bad-proof", "the proof does not lead to the root that was signed")
        self.n += 1
        self.last = (record, receipt.leaf)
        return record

    @property
    def checkpoints(self) -> list[tuple[Checkpoint, list[str]]]:
        """What was signed, and by whom of those who are known."""
        return list(self._notes.values())


def judge_receipts(path: Path, raw: bytes, known: Known) -> Judged:
    """A receipt, or a file of them. Verified when each log's own laptop is among the known signers. Raises BadBytes."""
    reading = Reading(known)
    for one in split_proofs(raw):
        reading.take(one)
    kind = "receipt" if reading.n == 1 else "proofs"
    sessions = [{"origin": at.origin, "size": at.size, "signers": names} for at, names in reading.checkpoints]
    detail = _whose(*reading.last) if kind == "receipt" and reading.last else f"{reading.n} receipts"
    if all(any(at.origin.startswith(f"{name}/") for name in names) for at, names in reading.checkpoints):
        return Judged(str(path), kind, "verified", "", detail, sessions)
    return Judged(str(path), kind, "signer-unknown", "signer-unknown", detail, sessions)


def judge_qr(path: Path, raw: bytes, known: Known) -> Judged:
    """What a scanner read out of a receipt's QR code. Raises BadBytes."""
    return judge_receipts(path, read_qr_text(raw.decode("ascii")), known)


def judge_beside(path: Path, raw: bytes, sources: Iterable[Checkpoint], known: Known) -> str:
    """The proofs beside the sheet `path`: what they prove in words, empty when there are none.

    Raises BadBytes: a receipt is bad, is of another log or moment than the sheet, or somebody who was there has none
    (`not-proved`).
    """
    beside = path.with_name(path.name + PROOFS)
    if not beside.is_file():
        return ""
    reading, there = Reading(known), Presences()
    for one in split_proofs(read(beside, PROOFS_LIMIT)):
        there.add(reading.take(one))
    from_ = list(sources)
    if any(at not in from_ for at, _ in reading.checkpoints):
        raise BadBytes("other-log", f"{beside.name} proves something about another log, or another moment of it")
    came = who_came(raw)
    missing = there.missing(came)
    if missing:
        names = ", ".join(missing[:NAMED])
        raise BadBytes("not-proved", f"{len(missing)} of {len(came)} on the sheet are not in {beside.name}: {names}")
    return f"{len(came)} people proved by {beside.name}"


def who_came(raw: bytes) -> list[str]:
    """The `p` of everybody who was there, from an attendance sheet in CSV or JSON. Raises BadBytes("not-a-sheet")."""
    try:
        rows = _json(raw) if raw[:1] == b"[" else _csv(raw)
        found = [_P(row["record_id"]) for row in rows if row["check_in"]]
    except (KeyError, ValueError, csv.Error, msgspec.MsgspecError, RecursionError):
        found = [None]
    if None in found:
        raise BadBytes("not-a-sheet", "the file is no attendance sheet, and has proofs beside it")
    return [match[1] for match in found if match is not None]


def _csv(raw: bytes) -> list[dict[str, str]]:
    text = raw.decode("utf-8-sig")
    sign = text.removeprefix("record_id")[:1] or ","
    head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign if sign in ",;|\t" else ",")
    if not {"record_id", "check_in"} <= set(head):
        raise ValueError
    return [dict(zip(head, row, strict=False)) for row in rows]


def _json(raw: bytes) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = msgspec.json.decode(raw, type=list[dict[str, str]])
    return rows


def _whose(record: Record, leaf: bytes) -> str:
    """What a receipt is of: its short code, the record, and the name and badge in its private half."""
    private = record.private or {}
    who = " ".join(clean_text(str(private.get(key, "")), 80) for key in ("name", "badge")).strip()
    kind = record.fact.kind or "a record"
    return f"{show_code(short_code(leaf))}, record {record.i}, {kind}" + (f", {who}" if who else "")
