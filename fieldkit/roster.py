"""The roster: a file of who is expected → cleaned rows and warnings. Parsing is pure; `read_roster` opens the file.

Files come from Excel, LibreOffice, a time clock or somebody's hands: CSV with separators `; , TAB |`, a `sep=` line,
UTF-8 with or without a byte-order mark, UTF-16, Windows-1252; or the first sheet of an .xlsx workbook. What can be
understood is cleaned and said (a warning with its row); what cannot is a WrongUsage that names the row. Row numbers are
lines as a spreadsheet counts them, header included. `Fixes` are what a person put right before it is taken
(`fieldkit.rosterlook` shows what there is to put right).
"""

from __future__ import annotations

import csv
import io
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_badge, clean_name, clean_text
from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.rosterheads import COLUMNS, KNOWN, MAX_CELL, NAMES, key_of, with_badge

MAX_BYTES = 20 * 1024 * 1024
CHUNK = 1 << 18
"""Bytes that are read at a time: a stick is slow."""
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_NOTES = 2_000
"""UTF-8 bytes of the notes of one row: a row must fit one line of the log."""
MAX_WARNINGS = 20

_WORKBOOK = b"PK\x03\x04"
_LANG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')


class Row(msgspec.Struct, frozen=True):
    """One expected person: `Expect(new_p=…, fields=row.fields, notes=row.notes)`."""

    line: int
    fields: dict[str, str]
    notes: tuple[tuple[str, str], ...] = ()


class Roster(msgspec.Struct, frozen=True):
    rows: list[Row]
    warnings: list[str]


class Fixes(msgspec.Struct, frozen=True):
    """What a person put right in a roster, without touching its file."""

    columns: dict[int, str] = {}
    """Column, counted from 0 → its meaning; empty keeps it as a note."""
    cells: dict[tuple[int, str], str] = {}
    """(line, meaning) → what the cell says instead."""
    out: frozenset[int] = frozenset()
    """Lines that are left out."""


AS_IT_IS = Fixes()


class Text(msgspec.Struct, frozen=True):
    """The file as text. `encoding` as people know it: UTF-8, UTF-16, Windows-1252, Excel."""

    text: str
    encoding: str


def read_roster(path: Path) -> Roster:
    """Parse a file. Raises WrongUsage for what is in it, FieldkitError when the disk refuses."""
    return parse_roster(read_bytes(path))


def read_bytes(path: Path, each: Callable[[int, int], None] = lambda done, of: None) -> bytes:
    """The bytes of a roster file, at least one too many of a file that is too large. `each(done, of)` bytes are read;
    what it raises ends it. Raises as `read_roster`."""
    try:
        # Before opening: a pipe would be waited for without end.
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise WrongUsage(f"{path} is no ordinary file.", "Give the path of a CSV file.")
        read = bytearray()
        with path.open("rb") as file:
            while len(read) <= MAX_BYTES and (block := file.read(CHUNK)):
                read += block
                each(len(read), state.st_size)
        return bytes(read)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WrongUsage(f"There is no roster file {path}.", "Give the path of a CSV file.") from error
    except OSError as error:
        raise FieldkitError(f"Cannot read the roster {path}.", "Check its permissions.") from error
    except ValueError as error:  # a NUL byte in what was typed
        raise WrongUsage("That is no path of a file.", "Give the path of a CSV file.") from error


def parse_roster(data: bytes, fixes: Fixes = AS_IT_IS) -> Roster:
    """Bytes of a file → rows in the order of the file, and what a person should know about them."""
    said = Warnings()
    (at, header), body = table_of(decode(data, said).text)
    columns = columns_of(with_badge(header, body), at, said, fixes)
    rows: list[Row] = []
    field = name_field(columns)
    seen: dict[str, int] = {}
    nameless = 0
    for line, cells in body:
        if line in fixes.out:
            continue
        row = row_of(line, mended(line, cells, columns, fixes), columns, said)
        if row is None:
            continue
        badge = row.fields.get("badge", "")
        if badge and badge in seen:
            said.add(f"Row {line}: badge {badge} is already in row {seen[badge]}; this row was left out.")
            continue
        if badge:
            seen[badge] = line
            if field and not named(row):
                said.add(f"Row {line}: badge {badge} has no name.")
        else:
            nameless += 1
        rows.append(row)
    if not rows:
        raise WrongUsage("The roster has a header and nobody under it.", "Add a row for each person.")
    if nameless:
        said.add(f"{nameless} without a badge: nobody can take these places by badge, check them in by hand.")
    return Roster(rows, said.all())


class Warnings:
    """The first twenty in full, the rest as a number: a bad file must not flood the trainer's screen."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.more = 0

    def add(self, sentence: str) -> None:
        if len(self.said) < MAX_WARNINGS:
            self.said.append(sentence)
        else:
            self.more += 1

    def all(self) -> list[str]:
        return self.said + ([f"And {self.more} more like these."] if self.more else [])


# ---- bytes → cells -------------------------------------------------------------------------------------------


def table_of(text: str) -> tuple[tuple[int, list[str]], list[tuple[int, list[str]]]]:
    """(the header with its line, the lines below it). Raises WrongUsage."""
    lines = list(_lines(text))
    if not lines:
        raise WrongUsage("The roster is empty.", f"Its first line names the columns: {', '.join(COLUMNS)}.")
    if len(lines) - 1 > MAX_ROWS:
        raise WrongUsage(f"The roster has more than {MAX_ROWS} rows.", "Give the rows of this session only.")
    return lines[0], lines[1:]


def _binary(data: bytes) -> str:
    """What a file is that people take for a roster, with its article."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old Excel workbook"
    return "a PDF" if data.startswith(b"%PDF") else ""


def decode(data: bytes, said: Warnings) -> Text:
    """The file's text; of a workbook, its first sheet written as CSV. Raises WrongUsage."""
    if len(data) > MAX_BYTES:
        raise WrongUsage("The roster file is larger than 20 MB.", "Give the rows of this session only.")
    if data.startswith(_WORKBOOK):
        from fieldkit.rosterbook import sheet_text

        return Text(sheet_text(data), "Excel")
    if what := _binary(data):
        raise WrongUsage(f"The roster is {what}, not a CSV file.", "Open it and save it as CSV (UTF-8).")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "UTF-16" if wide else "UTF-8"
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("utf-16" if wide else "cp1252")
        except UnicodeDecodeError as error:
            raise WrongUsage(
                "The roster's letters are in an encoding we do not know.", "Save it as CSV (UTF-8)."
            ) from error
        encoding = "Windows-1252"
        said.add("The file is not UTF-8; read as Windows-1252. Look at names with accents.")
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise WrongUsage(f"Row {line} of the roster holds binary data.", "Save it as CSV (UTF-8).")
    return Text(text, encoding)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every line that has something in it."""
    skipped = 0
    marker = _marker(text)
    sep = separator_of(text)
    if marker is not None:
        text, skipped = text[marker.end() :], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sep, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise WrongUsage(
                f"Row {line} of the roster cannot be read: a quotation mark is open or in the wrong place.",
                "Put values that hold quotation marks in quotation marks, and double the inner ones.",
            ) from error
        if any(cell.strip() for cell in cells):
            yield line, cells


def _marker(text: str) -> re.Match[str] | None:
    """Excel's own first line, `sep=;`."""
    return re.match(r'\s*"?sep=(.)"?[ \t]*(\r\n|\r|\n)', text, re.IGNORECASE)


def separator_of(text: str) -> str:
    """What a `sep=` line says, else the sign that cuts the first line with letters into the most known columns, else
    into the most cells."""
    marker = _marker(text)
    if marker is not None and marker[1] in ";,|\t":
        return marker[1]
    text = text if marker is None else text[marker.end() :]
    first = next((line for line in text.splitlines() if line.strip()), "")
    cut = {sep: [key_of(cell) for cell in first.split(sep)] for sep in ",;\t|"}
    return max(cut, key=lambda sep: (sum(1 for c in cut[sep] if c in KNOWN), len(cut[sep])))


def columns_of(header: list[str], line: int, said: Warnings, fixes: Fixes = AS_IT_IS) -> list[tuple[str, str]]:
    """For every column (its meaning or "", its header as a note's name). Raises WrongUsage."""
    if len(header) > MAX_COLUMNS:
        raise WrongUsage(f"The roster has {len(header)} columns.", f"At most {MAX_COLUMNS}; keep what is needed.")
    exact = {key_of(cell) for cell in header}
    out: list[tuple[str, str]] = []
    taken: set[str] = set()
    for k, cell in enumerate(header, 1):
        key, name = key_of(cell), clean_text(cell, 40)
        meaning = KNOWN.get(key, "")
        # `name` beside `full name`: the column that bears the proper word wins, the other is a note.
        if meaning and key != key_of(meaning) and key_of(meaning) in exact:
            meaning = ""
        if k - 1 in fixes.columns:
            meaning = fixes.columns[k - 1]
        elif meaning in fixes.columns.values():
            meaning = ""  # another column was given it
        if meaning and meaning in taken:
            said.add(f"Column {k} ({name}) says {meaning} again; it is kept as a note.")
            meaning = ""
        taken.add(meaning)
        out.append((meaning, name or f"column {k}"))
    if not taken & {"badge", "name", "last_name", "first_name"}:
        raise WrongUsage(
            f"Row {line} of the roster names no column for badge or name.",
            f"The first line names the columns: {', '.join(COLUMNS)}.",
        )
    if "badge" not in taken:
        names = ", ".join(name for _meaning, name in out)
        said.add(f"There is no column for badge; found: {clean_text(names, 200)}.")
    return out


# ---- cells → rows --------------------------------------------------------------------------------------------


def mended(line: int, cells: list[str], columns: list[tuple[str, str]], fixes: Fixes) -> list[str]:
    """The cells of a line with what was put right in them; a name that has no column of its own gets none."""
    if not any(at == line for at, _meaning in fixes.cells):
        return cells
    wide = [*cells, *[""] * (len(columns) - len(cells))]
    return [fixes.cells.get((line, m), c) if m else c for (m, _), c in zip(columns, wide, strict=False)] + wide[
        len(columns) :
    ]


def row_of(line: int, cells: list[str], columns: list[tuple[str, str]], said: Warnings) -> Row | None:
    """One person, or None for a line without badge and name. Raises WrongUsage."""
    fields: dict[str, str] = {}
    notes: list[tuple[str, str]] = []
    room = MAX_NOTES
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        said.add(f"Row {line} has more cells than the header; the extra ones were left out.")
    for (meaning, head), raw in zip(columns, cells, strict=False):
        if len(raw) > MAX_CELL:
            raise WrongUsage(
                f"Row {line} of the roster: {head} is longer than {MAX_CELL} characters.",
                "Shorten it, or look for an open quotation mark.",
            )
        kept = _KEPT_AS_TEXT.fullmatch(raw.strip())  # Excel's way to keep the zeros of ="000123"
        raw = kept[1] if kept is not None else raw
        value = _clean(meaning, raw)
        if not value:
            if meaning == "lang" and raw.strip():
                said.add(f"Row {line}: {clean_text(raw, 20)!r} is no language code such as en or es-MX; left out.")
            continue
        _tell(line, meaning, head, raw, said)
        if meaning:
            fields[meaning] = value
            continue
        size = len(head.encode()) + len(value.encode()) + 6
        if size > room:
            said.add(f"Row {line}: {head} was left out, the notes of one person hold {MAX_NOTES} bytes.")
            continue
        room -= size
        notes.append((head, value))
    if not fields.keys() & {"badge", "name", "last_name", "first_name"}:
        if fields or notes:
            said.add(f"Row {line} has neither badge nor name; left out.")
        return None
    return Row(line, fields, tuple(notes))


def name_field(columns: list[tuple[str, str]]) -> str:
    """Where a name is typed in: the first of NAMES that has a column; empty without one, and then no badge has a name
    and none is asked for."""
    meanings = {meaning for meaning, _name in columns}
    return next((m for m in NAMES if m in meanings), "")


def named(row: Row) -> bool:
    return any(row.fields.get(m) for m in NAMES)


def _limit(meaning: str) -> int:
    return {"badge": 40, "card": 40, "lang": 35, "email": 254, "": 500}.get(meaning, 80)


def _clean(meaning: str, raw: str) -> str:
    if meaning in ("badge", "card"):
        return clean_badge(raw)
    if meaning == "lang":
        tag = clean_text(raw, _limit(meaning)).replace("_", "-")
        return tag if _LANG.fullmatch(tag) else ""
    return clean_text(raw, _limit(meaning)) if meaning in ("email", "") else clean_name(raw)


def _tell(line: int, meaning: str, head: str, raw: str, said: Warnings) -> None:
    if raw.strip().startswith("="):
        said.add(f"Row {line}: {head} looks like a formula; it is kept as text.")
    if any(unicodedata.category(c) == "Cc" and c not in "\t\r\n" for c in raw):
        said.add(f"Row {line}: {head} held control characters; they were taken out.")
    if len(clean_text(raw, MAX_CELL)) > _limit(meaning):
        said.add(f"Row {line}: {head} was cut to {_limit(meaning)} characters.")
