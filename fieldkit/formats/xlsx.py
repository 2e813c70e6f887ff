"""Tables → an Excel workbook: a sheet each, every cell a typed string, number or date, never a guessed formula.

The library guesses only in `write()`; here each cell goes through the writer of its column's kind, and what is no
number or date after all stays text. The same tables give the same bytes: the workbook says that it was made when its
session was, and its zip is packed anew, without the clock, user or system of this machine (the deflate is zlib's).

The library (extra `xlsx`) is loaded when a workbook is asked for. See ECMA-376 part 1, and "Excel specifications and
limits" for the numbers.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from fieldkit.core.tables import Table
from fieldkit.core.tables.base import local
from fieldkit.core.tables.kinds import DAY, MOMENT, NUMBER, kind
from fieldkit.errors import FieldkitError, NotPossible, install
from fieldkit.formats.csv import FORMULA

Sheet = Any
"""The library's worksheet: it says nothing of its types."""
LIBRARY = "xlsxwriter"
MOST_ROWS, MOST_COLUMNS = 1_048_575, 16_384
MOST_TEXT = 32_767
"""UTF-16 units of a cell; a longer one makes Excel "repair" the file."""
MOST_NAME = 31
IN_MEMORY = 200_000
"""Cells up to which nothing is written to a temporary file; beyond, the library keeps a row at a time in memory."""
WIDE, NARROW, MARGIN = 48, 8, 2
"""Widest and narrowest column, in characters, and what is added to the longest value."""
MEASURED = 300
"""Rows that are looked at for the widths."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?\Z").match
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z", re.ASCII).match
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)([+-]\d\d:\d\d(?::\d\d)?)\Z", re.ASCII).match
_FIRST_YEAR = 1901
"""Excel takes 1900 for a leap year, and has no day before it."""
_DAY_NOUGHT = date(1899, 12, 30)
# What XML 1.0 cannot hold, and what a terminal or a reader would act on. Line feeds and tabs stay.
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NAME_BAD = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def there() -> bool:
    """Whether the library is installed."""
    return importlib.util.find_spec(LIBRARY) is not None


def missing() -> NotPossible:
    """What to say where it is not."""
    return NotPossible(
        "This installation cannot write XLSX: the library XlsxWriter is not there.",
        f"Install it out of the file of this release, `{install('xlsx')}`, or use --as csv.",
    )


def too_large(name: str) -> NotPossible:
    """What to say of a table that no sheet can hold."""
    return NotPossible(f"The table {name} is too large for a sheet of Excel.", "Use --as csv or json.")


def write(tables: Sequence[Table], made: int | None = None, *, in_memory: int = IN_MEMORY) -> bytes:
    """The workbook, a sheet a table. `made`: Unix ms that it says it was made at.

    Raises NotPossible without the library, or for a table that no sheet can hold.
    """
    for one in tables:
        if len(one.rows) > MOST_ROWS or len(one.columns) > MOST_COLUMNS:
            raise too_large(one.name)
    small = sum(len(one.columns) * len(one.rows) for one in tables) <= in_memory
    out = io.BytesIO()
    try:
        with nullcontext() if small else tempfile.TemporaryDirectory(prefix="fieldkit-") as folder:  # this user's only
            book = Book(out, Path(folder) if folder else None)
            for one in tables:
                book.sheet(one)
            book.close(made)
        return repacked(out)
    except OSError as error:
        raise FieldkitError(
            f"The workbook could not be put together: {error.strerror or error}.", "Check the disk for temporary files."
        ) from error


class Book:
    """A workbook being written to `out`. With a `folder` it keeps a row at a time in memory and the rest there.

    Raises NotPossible without the library.
    """

    def __init__(self, out: Path | io.BytesIO, folder: Path | None = None) -> None:
        try:
            from xlsxwriter import Workbook  # type: ignore[import-untyped]
        except ImportError as error:
            raise missing() from error
        how = {"in_memory": True} if folder is None else {"constant_memory": True, "tmpdir": str(folder)}
        guess = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = Workbook(out if isinstance(out, io.BytesIO) else str(out), {**how, **guess})
        self._styles = _Styles(self._book)
        self._taken: set[str] = set()
        self._tabs: list[str] = []

    def sheet(self, table: Table) -> Filling:
        """A sheet that begins with the rows of this table; more can be added to the last one."""
        self._tabs.append(sheet_name(table.name, self._taken))
        return Filling(self._book.add_worksheet(self._tabs[-1]), table, self._styles)

    def close(self, made: int | None) -> None:
        """Write it out. `made`: Unix ms that it says it was made at."""
        when = local(made, UTC)
        if when is None or when.year < _FIRST_YEAR:
            when = datetime(2000, 1, 1, tzinfo=UTC)
        made_then = when.replace(tzinfo=None, microsecond=0)
        self._book.set_properties({"created": made_then, "title": ", ".join(self._tabs), "author": "fieldkit"})
        self._book.close()


class _Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        # Excel shows an apostrophe in the formula bar, so that editing such a cell does not make a formula of it.
        self.quoted = book.add_format({"quote_prefix": True})
        self._moments: dict[str, Any] = {}

    def moment(self, offset: str) -> Any:
        """A spreadsheet's time has no zone: the offset is shown behind it, by the format."""
        if offset not in self._moments:
            self._moments[offset] = self._book.add_format({"num_format": f'yyyy-mm-dd hh:mm "{offset}"'})
        return self._moments[offset]


class Filling:
    """A sheet and its next row. Raises NotPossible for more rows than a sheet has."""

    def __init__(self, sheet: Sheet, table: Table, styles: _Styles) -> None:
        self._sheet, self._styles, self._n = sheet, styles, 0
        last = max(len(table.columns) - 1, 0)
        for k, column in enumerate(table.columns):
            sheet.set_column(k, k, _width(column, [row[k] for row in table.rows[:MEASURED]]))
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{_letters(last)}{MOST_ROWS + 1}"})
        for k, column in enumerate(table.columns):
            sheet.write_string(0, k, safe(column), styles.head)
        kinds = table.kinds or [kind(table.name, column) for column in table.columns]
        self._put = [_PUT.get(one, _text) for one in kinds]
        for row in table.rows:
            self.row(row)

    def row(self, values: Sequence[str]) -> None:
        """Write the next row."""
        self._n += 1
        if self._n > MOST_ROWS:
            raise too_large(self._sheet.name)
        sheet, styles, n, put = self._sheet, self._styles, self._n, self._put
        for k, value in enumerate(values):
            if value:
                put[k](sheet, n, k, value, styles)


def _text(sheet: Sheet, row: int, column: int, value: str, styles: _Styles) -> None:
    value = safe(value)
    sheet.write_string(row, column, value, styles.quoted if value[0] in FORMULA else None)


def _number(sheet: Sheet, row: int, column: int, value: str, styles: _Styles) -> None:
    if _NUMBER(value):
        sheet.write_number(row, column, float(value) if "." in value else int(value))
    else:
        _text(sheet, row, column, value, styles)


def _day(sheet: Sheet, row: int, column: int, value: str, styles: _Styles) -> None:
    serial = _serial(value) if _DAY(value) else None
    if serial is not None:
        sheet.write_number(row, column, serial, styles.day)
    else:
        _text(sheet, row, column, value, styles)


def _moment(sheet: Sheet, row: int, column: int, value: str, styles: _Styles) -> None:
    found = _MOMENT(value)
    serial = _serial(found[1]) if found else None
    if found and serial is not None:
        sheet.write_number(row, column, serial, styles.moment(found[2]))
    else:
        _text(sheet, row, column, value, styles)


@functools.lru_cache(maxsize=4096)
def _serial(text: str) -> float | None:
    """A day, or a time without its offset, as Excel counts them: days since the end of 1899, whatever its leap year;
    None for what no calendar of its has. Most rows of a sheet say the same few."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.year < _FIRST_YEAR:
        return None
    return (when.date() - _DAY_NOUGHT).days + (when.hour * 3600 + when.minute * 60 + when.second) / 86_400


_PUT: dict[str, Callable[[Sheet, int, int, str, _Styles], None]] = {NUMBER: _number, DAY: _day, MOMENT: _moment}


def safe(value: str) -> str:
    """A value as a cell can hold it: no control characters, and cut (ending with `…`) where Excel would cut it."""
    if value.isprintable() and len(value) <= MOST_TEXT // 2 and value[:1] != "<":  # nearly all there are
        return value
    value = _BAD.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))
    if len(value) * 2 > MOST_TEXT and len(value.encode("utf-16-le")) > 2 * MOST_TEXT:
        value = value.encode("utf-16-le")[: 2 * (MOST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
    if value.startswith("<r>") and value.endswith("</r>"):
        value += " "  # the library takes such a text for markup of its own and would write it as it is
    return value


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes for a tab, one that none of `taken` (which it joins) is, whatever its case."""
    plain = _NAME_BAD.sub("_", unicodedata.normalize("NFC", name)).strip().strip("'").strip()
    plain = _cut(plain, MOST_NAME) or "table"
    if plain.casefold() == "history":  # Excel keeps it for itself
        plain = "history_"
    found, n = plain, 1
    while found.casefold() in taken:
        n += 1
        found = f"{_cut(plain, MOST_NAME - len(f' {n}'))} {n}"
    taken.add(found.casefold())
    return found


def _cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, and no apostrophe or space at the end."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore").rstrip(" '")


def _letters(column: int) -> str:
    """0 → A, 26 → AA."""
    found = ""
    column += 1
    while column:
        column, at = divmod(column - 1, 26)
        found = chr(65 + at) + found
    return found


def _width(column: str, values: Sequence[str]) -> int:
    longest = max((_cells(line) for value in (column, *values) for line in value[:200].split("\n")[:1]), default=0)
    return min(WIDE, max(NARROW, longest + MARGIN))


def _cells(text: str) -> int:
    """Columns that a line takes: ideographs are two wide, marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def repacked(book: io.BytesIO) -> bytes:
    """The same zip without what depends on the machine: times, permissions, system."""
    out = io.BytesIO()
    repack(book, out)
    return out.getvalue()


def repack(book: BinaryIO, to: BinaryIO) -> None:
    """The same from a file into another."""
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            with old.open(name) as source, new.open(entry, "w") as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
