"""The proofs beside an attendance sheet: who on it is proved, under whose signature, and by which name.

A row counts by the session and the `p` that stand in it, as one person with every entry that a proved merge joins to
it. What a proof shows of somebody is that the log has their arrival (or a mark that put them there), and the name and
badge that were given. Minutes, times and status are computed from the whole log: of these no receipt says anything.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fieldkit.core.erasing import GONE
from fieldkit.errors import BadBytes, WrongUsage
from fieldkit.formats.csv import FORMULA
from fieldkit.log.note import Checkpoint
from fieldkit.log.proven import PROOFS, PROOFS_LIMIT, Presences, Shown, about, split_proofs
from fieldkit.sync.judged import Known, read
from fieldkit.sync.verify_people import Reading

_P = re.compile(r"-([A-Za-z0-9_-]{8})\Z").search
_ESCAPE = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)").sub
NAMED = 5
"""Most people that a detail names by `p`."""
_COLUMNS = ("record_id", "session_id", "person_id", "name", "check_in")


class Beside(msgspec.Struct, frozen=True):
    """What the proofs are worth: in words, as a key of `fieldkit.words.verdicts.BESIDE`; whether each was signed."""

    words: str = ""
    key: str = ""
    signed: bool = True
    reason: str = "signer-unknown"
    """Why a laptop's signature does not count, where `signed` is false."""


class Row(msgspec.Struct, frozen=True):
    """What of a row a proof is compared with."""

    record_id: str
    origin: str
    p: str
    person_id: str
    name: str
    came: bool


def judge_beside(path: Path, raw: bytes, sources: Iterable[Checkpoint], known: Known) -> Beside:
    """The proofs beside the sheet `path`; nothing to say of a file that is no attendance sheet and has none.

    Raises BadBytes: a receipt is bad, is of another log or moment than the sheet (`other-log`), somebody who was there
    has none (`not-proved`), or stands there twice (`person-twice`).
    """
    beside = path.with_name(path.name + PROOFS)
    if not beside.is_file():
        return Beside("no proofs lie beside it", "none") if _looks_like_a_sheet(raw) else Beside()
    reading, from_ = Reading(known), list(sources)
    every, signed = dict[str, Presences](), dict[str, Presences]()
    for one in split_proofs(read(beside, PROOFS_LIMIT)):
        record = reading.take(one)
        if reading.at is None or reading.at not in from_:
            raise BadBytes("other-log", f"{beside.name} proves something about another log, or another moment of it")
        for logs in (every, signed) if reading.known else (every,):
            logs.setdefault(about(record, reading.at.origin), Presences()).add(record)
    came = who_came(raw)
    shown = _people(came, every)
    missing = [row.p for row, one in zip(came, shown, strict=True) if one is None]
    if missing:
        raise BadBytes("not-proved", f"{_some(missing)} of {len(came)} on the sheet are not in {beside.name}")
    under = _people(came, signed)
    unsigned = [row.p for row, one in zip(came, under, strict=True) if one is None]
    good = [(row, one) for row, one in zip(came, under, strict=True) if one is not None]
    otherwise = [row.p for row, one in good if _otherwise(row, one)]
    words = [f"{len(good)} people proved by {beside.name}"] if good or not unsigned else []
    words += [f"{_some(unsigned)} of {len(came)} not proved, nobody known signed"] if unsigned else []
    words += [f"{_some(otherwise)} not named so in the proof"] if otherwise else []
    key = "unsigned" if unsigned else "otherwise" if otherwise else "proved"
    reason, why = reading.unsigned() if unsigned else ("", "")
    return Beside("; ".join([*words, *([why] if why else [])]), key, not unsigned, reason or "signer-unknown")


def _people(rows: Sequence[Row], logs: dict[str, Presences]) -> list[Shown | None]:
    """What `logs` show of the person of each row, None of whom they do not prove. Raises BadBytes("person-twice")."""
    people = {origin: there.people() for origin, there in logs.items()}
    out: list[Shown | None] = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        head = logs[row.origin].head(row.p) if row.origin in logs else row.p
        if (row.origin, head) in seen:
            raise BadBytes("person-twice", f"one person stands on two rows of the sheet: {row.record_id}")
        seen.add((row.origin, head))
        one = people.get(row.origin, {}).get(head)
        out.append(one if one is not None and one.there else None)
    return out


def _otherwise(row: Row, one: Shown) -> bool:
    """Whether the sheet names this person in a way that the proof does not. An erased name is no claim, nor is `p`."""
    return row.name not in (_cells(one.names) | {"", GONE}) or row.person_id not in (
        _cells(one.badges) | one.entries | {row.p}
    )


def _cells(values: set[str]) -> set[str]:
    """As they may stand in a cell: a spreadsheet's sheet guards what looks like a formula."""
    return values | {"'" + value for value in values if value[0] in FORMULA}


def _some(people: list[str]) -> str:
    """How many, and who the first of them are."""
    return f"{len(people)} ({', '.join(people[:NAMED])}{', …' if len(people) > NAMED else ''})"


def who_came(raw: bytes) -> list[Row]:
    """Everybody who was there, from an attendance sheet in CSV, JSON or XLSX. Raises BadBytes."""
    try:
        cells = _json(raw) if raw[:1] == b"[" else _book(raw) if raw[:2] == b"PK" else _csv(raw)
        rows = [_row(each) for each in cells]
    except (KeyError, ValueError, csv.Error, msgspec.MsgspecError, RecursionError, WrongUsage):
        raise BadBytes("not-a-sheet", "the file is no attendance sheet, and has proofs beside it") from None
    seen: set[str] = set()
    for row in rows:
        if row.record_id in seen:
            raise BadBytes("person-twice", f"one person stands on two rows of the sheet: {row.record_id}")
        seen.add(row.record_id)
    return [row for row in rows if row.came]


def _row(cells: dict[str, str]) -> Row:
    id_, origin, person, name, came = (cells[column] for column in _COLUMNS)
    match = _P(id_)
    if match is None or id_ != f"{origin.rpartition('/')[2]}-{match[1]}":
        raise ValueError
    return Row(id_, origin, match[1], person, name, bool(came))


def _csv(raw: bytes) -> list[dict[str, str]]:
    text = raw.decode("utf-8-sig")
    sign = text.removeprefix("record_id")[:1] or ","
    head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign if sign in ",;|\t" else ",")
    if not set(_COLUMNS) <= set(head):
        raise ValueError
    return [dict(zip(head, row, strict=True)) for row in rows]


def _book(raw: bytes) -> list[dict[str, str]]:
    """The first sheet of a workbook, where the last cells of a row are missing when they are empty. Underscores that
    the format escapes come back; a space at the end is no claim."""
    from fieldkit.rosterbook import sheet_text  # late: few files are workbooks

    head, *rows = csv.reader(io.StringIO(sheet_text(raw), newline=""))
    padded = ([*row, *[""] * (len(head) - len(row))] for row in rows)
    return [{key: _ESCAPE("_", cell).strip() for key, cell in zip(head, row, strict=True)} for row in padded]


def _json(raw: bytes) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = msgspec.json.decode(raw, type=list[dict[str, str]])
    return rows


def _looks_like_a_sheet(raw: bytes) -> bool:
    """By its head alone: a file without proofs may be as large as it likes."""
    return raw[:1] not in (b"P", b"%") and b"record_id" in raw[:4096] and b"check_in" in raw[:4096]
