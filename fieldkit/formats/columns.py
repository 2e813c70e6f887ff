"""Column maps: a table as another system wants it, from a TOML file that says which column becomes which.

    title = "Moodle attendance upload"
    table = "attendance"

    [[column]]
    name = "status"
    from = "attendance_status"
    values = { present = "P", late = "L", left_early = "L", excused = "E", absent = "A" }

Two are part of the program (`fieldkit/formats/maps`), to be used and to be copied. A map only picks, renames
and rewrites what a table has: it cannot bring back what a profile leaves out. What is wrong in a file is told with
its line.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.tables import COLUMNS, Table
from fieldkit.core.tables.kinds import DAY, MOMENT, NUMBER, TEXT, kind
from fieldkit.core.tables.profiles import ANSWER
from fieldkit.errors import NotPossible, WrongUsage

SHIPPED = ("moodle", "generic-completion")
"""Maps that are part of the program."""
LIMIT = 64 * 1024
MOST_COLUMNS = 200
MOST_TEXT = 200
HOURS = "hours"
CLOSED = {
    "attendance_status": ("present", "late", "left_early", "absent", "excused"),
    "completed": ("yes", "no", ""),
    "result": ("pass", "fail", ""),
}
"""Columns of attendance with a closed list of values: a map that forgets one would send it untranslated."""
_LINE = re.compile(r"\(at line (\d+)")
_PATTERN = re.compile(r"(?:%[YymdHMS]|[-/.:, T])+\Z").match
_HINT = "`fieldkit export --map-sample generic-completion` shows one, with every key explained."


class Column(msgspec.Struct, frozen=True):
    """One column of the receiver's: `source` is a column of the table, else `text` stands in every row."""

    name: str
    source: str = ""
    text: str = ""
    values: dict[str, str] = {}
    other: str | None = None
    how: str = ""
    most: int = 0
    line: int = 0
    """Of the file, for what is only seen once there is a table."""


class ColumnMap(msgspec.Struct, frozen=True):
    """`rows`: column → the values of the rows that are taken."""

    file: str
    title: str
    table: str
    columns: tuple[Column, ...]
    rows: dict[str, tuple[str, ...]] = {}


def sample(name: str) -> bytes:
    """The text of a map that is part of the program. Raises WrongUsage."""
    if name not in SHIPPED:
        raise WrongUsage(f"There is no map {name[:40]!r} in the program.", f"There is: {', '.join(SHIPPED)}.")
    return Path(__file__).with_name("maps").joinpath(f"{name}.toml").read_bytes()


def parse(raw: bytes, file: str) -> ColumnMap:
    """Read a map; `file` names it in what is said. Raises WrongUsage with line and reason."""
    if len(raw) > LIMIT:
        raise WrongUsage(f"{file} is too large for a column map.", _HINT)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw[: wrong.start].count(b"\n") + 1
        raise WrongUsage(f"{file}, line {line}: it is not UTF-8.", "Save the file as UTF-8.") from wrong
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:
        at = _LINE.search(str(wrong))
        ends = "end of document" in str(wrong)
        where = f", line {at[1]}" if at else f", line {len(text.splitlines())}" if ends else ""
        said = (
            "nested too deeply"
            if isinstance(wrong, RecursionError)
            else clean_text(str(wrong).partition(" (at ")[0], 80)
        )
        raise WrongUsage(f"{file}{where}: it is not TOML: {said}.", _HINT) from wrong
    return _Reader(text, file).map(found)


class _Reader:
    """Checks one file. Lines are looked up in the text, since the parser keeps none."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines: dict[tuple[str, int, str], int] = {}
        part, n = "", -1
        for line, words in enumerate(text.split("\n"), 1):
            if head := re.match(r"\s*(\[\[?)\s*([\w.\"-]+)\s*\]", words):
                part, n = head[2], n + 1 if head[1] == "[[" else n
                self.lines.setdefault((part, n if part == "column" else -1, ""), line)
            elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*[=.]", words):
                self.lines.setdefault((part, n if part == "column" else -1, key[1]), line)

    def no(self, why: str, part: str = "", n: int = -1, key: str = "") -> NoReturn:
        at = self.lines.get((part, n, key)) or self.lines.get((part, n, "")) or 1
        raise WrongUsage(f"{self.file}, line {at}: {why}", _HINT)

    def map(self, found: dict[str, Any]) -> ColumnMap:
        for key in found:
            if key not in ("title", "table", "rows", "column"):
                self.no(f"a map has no {key[:40]!r}.", key=key)
        title = self.text(found.get("title", ""), "title", "", -1)
        table = found.get("table", "attendance")
        if not isinstance(table, str) or table not in COLUMNS:
            self.no(f"there is no such table; there is: {', '.join(COLUMNS)}.", key="table")
        rows = found.get("rows", {})
        if not isinstance(rows, dict):
            self.no("rows is a part, [rows].", key="rows")
        kept: dict[str, tuple[str, ...]] = {}
        for name, values in rows.items():
            self.column_of(table, name, "rows", -1, name)
            if not isinstance(values, list) or not values or not all(isinstance(one, str) for one in values):
                self.no(f"{name[:40]} is a list of values, each in quotes.", "rows", -1, name)
            kept[name] = tuple(values)
        columns = found.get("column", [])
        if not isinstance(columns, list) or not columns or not all(isinstance(one, dict) for one in columns):
            self.no("a map has columns, each under [[column]].", key="column")
        if len(columns) > MOST_COLUMNS:
            self.no(f"a map has at most {MOST_COLUMNS} columns.", "column", MOST_COLUMNS)
        made = tuple(self.column(table, one, n) for n, one in enumerate(columns))
        for n, one in enumerate(made):
            if one.name in {other.name for other in made[:n]}:
                self.no(f"the column {one.name!r} is there twice.", "column", n, "name")
        return ColumnMap(self.file, title, table, made, kept)

    def column(self, table: str, found: dict[str, Any], n: int) -> Column:
        for key in found:
            if key not in ("name", "from", "text", "values", "other", "as", "most"):
                self.no(f"a column has no {key[:40]!r}.", "column", n, key)
        name = self.text(found.get("name"), "name", "column", n)
        if not name:
            self.no("a column has a name.", "column", n, "name")
        if ("from" in found) == ("text" in found):
            self.no("a column says either from or text.", "column", n)
        at = self.lines.get(("column", n, "from")) or self.lines.get(("column", n, ""), 1)
        if "text" in found:
            if set(found) - {"name", "text"}:
                self.no("a column with text has nothing but a name besides.", "column", n, "text")
            return Column(name, text=self.text(found["text"], "text", "column", n), line=at)
        source = self.text(found["from"], "from", "column", n)
        self.column_of(table, source, "column", n, "from")
        values, other = found.get("values", {}), found.get("other")
        if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
            self.no('values is a list like { yes = "Done" }.', "column", n, "values")
        values = {key: self.text(one, "values", "column", n) for key, one in values.items()}
        if other is not None:
            other = self.text(other, "other", "column", n)
        forgotten = [one for one in CLOSED.get(source, ()) if one not in values]
        if values and other is None and forgotten:
            self.no(f"values says nothing for {forgotten[0]!r}, nor is there an other.", "column", n, "values")
        how, most = found.get("as", ""), found.get("most", 0)
        if not isinstance(how, str) or len(how) > 40 or (how not in ("", HOURS) and not _PATTERN(how)):
            self.no('as is "hours", or a day or time like "%m/%d/%Y".', "column", n, "as")
        if how == HOURS and not source.endswith(("_min", "minutes_present")):
            self.no(f"{source} is no number of minutes.", "column", n, "as")
        if how not in ("", HOURS) and kind(table, source) not in (DAY, MOMENT):
            self.no(f"{source} is no day and no time.", "column", n, "as")
        if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= 32_767:
            self.no("most is a number of characters.", "column", n, "most")
        return Column(name, source, "", values, other, how, most, at)

    def text(self, value: object, key: str, part: str, n: int) -> str:
        if not isinstance(value, str) or clean_text(value, MOST_TEXT) != value or "\n" in value:
            self.no(f"{key} is a text of at most {MOST_TEXT} characters, in quotes.", part, n, key)
        return value

    def column_of(self, table: str, name: str, part: str, n: int, key: str) -> None:
        """`answer.…` columns are known once there is a session."""
        if name not in (*COLUMNS[table], "place") and not (table == "attendance" and name.startswith(ANSWER)):
            self.no(f"the table {table} has no column {name[:40]!r}.", part, n, key)


def mapped(table: Table, by: ColumnMap) -> Table:
    """The table as the receiver wants it. Raises NotPossible for a column that this session's table has not."""
    at = {column: k for k, column in enumerate(table.columns)}
    for one in (*(x.source for x in by.columns if x.source), *by.rows):
        if one not in at:
            line = next((x.line for x in by.columns if x.source == one), 0)
            where = f"{by.file}, line {line}" if line else by.file
            raise NotPossible(
                f"{where}: this table has no column {one}.",
                "A profile may leave it out, or nobody asked that question.",
            )
    kept = [row for row in table.rows if all(row[at[column]] in values for column, values in by.rows.items())]
    rows = [tuple(_cell(one, row[at[one.source]]) if one.source else one.text for one in by.columns) for row in kept]
    kinds = tuple(_kind(table.name, one) for one in by.columns)
    return Table(by.title or table.name, tuple(one.name for one in by.columns), rows, kinds)


def _kind(table: str, column: Column) -> str:
    """What the receiver's column holds: what was rewritten is text."""
    if column.how == HOURS:
        return NUMBER
    rewritten = not column.source or column.values or column.other is not None or column.how
    return TEXT if rewritten else kind(table, column.source)


def _cell(column: Column, value: str) -> str:
    if column.how == HOURS:
        value = _hours(value)
    elif column.how and value:
        value = datetime.fromisoformat(value).strftime(column.how)
    if column.values or column.other is not None:
        value = column.values.get(value, value if column.other is None else column.other)
    return value[: column.most] if column.most else value


def _hours(minutes: str) -> str:
    """Minutes → hours with two decimals and a point, rounded half up; `90` → `1.50`."""
    if not minutes.isascii() or not minutes.isdigit():
        return ""
    hundredths = (int(minutes) * 10 + 3) // 6
    return f"{hundredths // 100}.{hundredths % 100:02d}"
