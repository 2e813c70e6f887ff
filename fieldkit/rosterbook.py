"""The first sheet of an .xlsx workbook as CSV text: what a trainer has when nobody saved it as CSV.

A workbook is a zip of XML. Only four of its parts are read (the list of sheets, where they lie, the texts, the first
sheet that is not hidden), each within a limit, and no part that declares a DTD or an entity: those are what an XML bomb
is made of. The numbers in the names of the parts say nothing of the order of the sheets. Formulas give the
value that was saved with them. A number is written as the sheet holds it, so that badge 000123 keeps its zeros only if
the sheet keeps them as text.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from fieldkit.errors import WrongUsage

MAX_PART = 64 * 1024 * 1024
"""Unpacked bytes of one part."""
MAX_ROWS = 25_000
MAX_COLUMNS = 200
MAX_CELLS = 1_000_000
MAX_CELL = 2_000
_BOOK, _WHERE = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
"""The list of sheets, and which part each of them is."""
_HINT = "Open it and save it as CSV (UTF-8)."
_REF = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_NO_BOOK = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, expat.ExpatError)
_NUMBER = re.compile(r"-?[0-9]+\.0+\Z")


def sheet_text(data: bytes) -> str:
    """CSV text, comma separated, line n of it row n of the sheet. Raises WrongUsage for what is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = set(book.namelist()[:5_000])
            sheet = _first_sheet(book, names)
            texts = _texts(_part(book, "xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            rows = _rows(_part(book, sheet), texts)
    except _NO_BOOK as e:
        raise WrongUsage("The roster is no Excel workbook that can be read.", _HINT) from e
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([" ".join(cell.splitlines()) for cell in row])  # a line each, so that rows keep their numbers
    return out.getvalue()


def _first_sheet(book: zipfile.ZipFile, names: set[str]) -> str:
    """The part of the first sheet that a reader of the workbook sees."""
    if not {_BOOK, _WHERE} <= names:
        raise WrongUsage("The roster is a zip, not an Excel workbook.", _HINT)
    where = _sheet_parts(_part(book, _WHERE))
    for link in _visible_sheets(_part(book, _BOOK)):
        if where.get(link) in names:
            return where[link]
    raise WrongUsage("The workbook holds no sheet that can be seen.", _HINT)


def _visible_sheets(raw: bytes) -> list[str]:
    """The links of the sheets that are not hidden, as the tabs stand; a link leads to a part (`_sheet_parts`)."""
    links: list[str] = []

    def start(name: str, attrs: dict[str, str]) -> None:
        if name == "sheet" and attrs.get("state", "visible") == "visible":
            links.extend(value for key, value in attrs.items() if key.rpartition(":")[2] == "id" and ":" in key)

    _parse(raw, start, _nothing, _nothing)
    return links


def _sheet_parts(raw: bytes) -> dict[str, str]:
    """Link → part, of worksheets: a chart has a tab too, and no rows."""
    parts: dict[str, str] = {}

    def start(name: str, attrs: dict[str, str]) -> None:
        inside = attrs.get("TargetMode", "Internal") == "Internal"
        if name == "Relationship" and inside and attrs.get("Type", "").endswith("/worksheet"):
            # A target that begins with a slash counts from the top of the zip, any other from the list of sheets.
            parts[attrs.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", attrs.get("Target", ""))).lstrip("/")

    _parse(raw, start, _nothing, _nothing)
    return parts


def _nothing(_text: str) -> None:
    """For what a part holds besides elements."""


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    with book.open(name) as part:
        raw = part.read(MAX_PART + 1)
    if len(raw) > MAX_PART:
        raise WrongUsage("The workbook is too large for a roster.", "Give the rows of this session only.")
    return raw


def _parse(
    raw: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Walk a part. A DTD is refused: nothing that Excel writes has one."""

    def refuse(*_args: object) -> None:
        raise WrongUsage("The workbook holds a DTD, which no roster needs.", _HINT)

    parser = expat.ParserCreate(namespace_separator=None)
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attrs: start(name.rpartition(":")[2], attrs)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    parser.Parse(raw, True)


def _texts(raw: bytes) -> list[str]:
    """The shared texts; phonetic hints (`rPh`) are not part of a text."""
    found: list[str] = []
    state = {"in": "", "skip": ""}

    def start(name: str, attrs: dict[str, str]) -> None:
        if name == "si":
            found.append("")
            if len(found) > MAX_CELLS:
                raise WrongUsage("The workbook is too large for a roster.", "Give the rows of this session only.")
        elif name == "rPh":
            state["skip"] = "yes"
        elif name == "t" and not state["skip"]:
            state["in"] = "t"

    def end(name: str) -> None:
        if name == "rPh":
            state["skip"] = ""
        elif name == "t":
            state["in"] = ""

    def text(piece: str) -> None:
        if state["in"] and found:
            found[-1] = (found[-1] + piece)[:MAX_CELL]

    _parse(raw, start, end, text)
    return found


def _rows(raw: bytes, texts: list[str]) -> list[list[str]]:
    """Rows of the sheet from the first on, empty ones as empty lists."""
    rows: list[list[str]] = []
    cell: dict[str, str] = {"type": "", "column": "0", "value": "", "in": ""}
    count = 0

    def start(name: str, attrs: dict[str, str]) -> None:
        nonlocal count
        if name == "row":
            at = attrs.get("r", "")
            line = int(at) if at.isdecimal() and len(at) < 8 else len(rows) + 1
            if line > MAX_ROWS:
                raise WrongUsage(f"The roster has more than {MAX_ROWS} rows.", "Give the rows of this session only.")
            rows.extend([] for _ in range(max(1, line - len(rows))))
        elif name == "c" and rows:
            count += 1
            ref = _REF.match(attrs.get("r", ""))
            column = _column(ref[1]) if ref else len(rows[-1])
            if column >= MAX_COLUMNS or count > MAX_CELLS:
                raise WrongUsage("The workbook is too wide for a roster.", "Keep the columns that are needed.")
            cell.update({"type": attrs.get("t", "n"), "column": str(column), "value": "", "in": ""})
        elif name in ("v", "t"):
            cell["in"] = name

    def end(name: str) -> None:
        if name in ("v", "t"):
            cell["in"] = ""
        elif name == "c" and rows:
            column = int(cell["column"])
            row = rows[-1]
            row.extend([""] * (column + 1 - len(row)))
            row[column] = _value(cell["type"], cell["value"], texts)

    def text(piece: str) -> None:
        if cell["in"]:
            cell["value"] = (cell["value"] + piece)[:MAX_CELL]

    _parse(raw, start, end, text)
    return rows


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1


def _value(kind: str, value: str, texts: list[str]) -> str:
    if kind == "s":
        at = int(value) if value.isdecimal() and len(value) < 8 else -1
        return texts[at] if 0 <= at < len(texts) else ""
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "e":
        return ""
    # A badge typed as a number: 1001, never 1001.0.
    return value.partition(".")[0] if _NUMBER.match(value) else value
