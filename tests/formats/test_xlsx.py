"""Workbooks as another program reads them: typed cells, no formula, every value back, the same bytes again."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core.tables import COLUMNS, TABLES, Signatures, Table, table
from fieldkit.core.tables.kinds import DAY, MOMENT, NUMBER, kind
from fieldkit.errors import NotPossible
from fieldkit.formats.csv import FORMULA
from fieldkit.formats.export import render
from fieldkit.formats.xlsx import MOST_NAME, MOST_TEXT, safe, sheet_name, write
from tests.core.logbook import HOSTILE, T0, Logbook, meeting

GOLDEN = Path(__file__).parent / "golden"
SIGNED = Signatures(verified=True)
PATHS = pytest.mark.parametrize("in_memory", [10**9, 0], ids=["in memory", "row by row"])
NASTY = (
    *HOSTILE,
    *(
        "=1+1",
        "+1",
        "@x",
        "＝1＋1",
        "－1",
        "\t=1",
        "{=1}",
        '=HYPERLINK("http://x")',
        "http://x.example",
        "mailto:a@b.c",
    ),
    *(
        "00123",
        "1e5",
        "TRUE",
        "#N/A",
        "2026-11-22",
        "<r><t>x</t></r>",
        "<r><b></r>",
        "</t></is><f>1</f>",
        "&amp;",
        "]]>",
    ),
    *("_x0041_", "\u202eoof", "a\nb", "👷🏽", "'quoted", " "),
)


def read(data: bytes, sheet: str | None = None) -> Any:
    """A sheet as openpyxl reads it, formulas as formulas."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return book[sheet] if sheet else book.active


def of(*values: str) -> Table:
    return Table("t", ("head",), [(value,) for value in values])


@PATHS
def test_no_value_becomes_a_formula_a_link_or_a_number(in_memory: int) -> None:
    """What a person typed is text, to the letter."""
    sheet = read(write([of(*NASTY)], in_memory=in_memory))
    for value, (cell,) in zip(NASTY, sheet.iter_rows(min_row=2), strict=True):
        assert cell.data_type == "s" and cell.hyperlink is None, value
        # the library's own markup keeps a space at its end, so that it is none; openpyxl leaves escapes as they are
        assert re.sub("_x005F_(?=x)", "_", cell.value).rstrip(" ") == value.rstrip(" ")


@PATHS
def test_what_would_be_run_once_it_is_edited_is_marked_as_text(in_memory: int) -> None:
    """Excel's own apostrophe, which is a property of the cell and no part of its value."""
    sheet = read(write([of("=cmd()", "＝1", "-2+3", "plain")], in_memory=in_memory))
    assert [bool(cell.quotePrefix) for (cell,) in sheet.iter_rows(min_row=2)] == [True, True, True, False]


@PATHS
@given(st.lists(st.text(max_size=12) | st.sampled_from(NASTY), max_size=8))
@settings(max_examples=15, deadline=None)
def test_any_text_gives_a_workbook_that_can_be_read(in_memory: int, values: list[str]) -> None:
    sheet = read(write([of(*values)], in_memory=in_memory))
    cells = [row[0] for row in sheet.iter_rows(min_row=2, max_row=len(values) + 1)]
    assert [cell.data_type in "sn" and not isinstance(cell.value, int) for cell in cells] == [True] * len(values)
    assert [bool(value) for value in values] == [cell.value is not None for cell in cells]


@PATHS
def test_a_cell_holds_no_more_than_excel_takes_and_no_control_characters(in_memory: int) -> None:
    """32,767 UTF-16 units: an emoji counts twice, and none is cut in half."""
    long, wide = "x" * 40_000, "👷" * 20_000
    values = (long, wide, "x" * MOST_TEXT, "a\x00b\x1b[2Jc\x9f\ufffe\ud800d", "one\r\ntwo\rthree")
    cells = [row[0].value for row in read(write([of(*values)], in_memory=in_memory)).iter_rows(min_row=2)]
    assert cells[0] == "x" * (MOST_TEXT - 1) + "…"
    assert cells[1] == "👷" * ((MOST_TEXT - 1) // 2) + "…"
    assert cells[2] == "x" * MOST_TEXT
    assert cells[3] == "a\ufffdb\ufffd[2Jc\ufffd\ufffd\ufffdd" and cells[4] == "one\ntwo\nthree"
    assert max(len(value.encode("utf-16-le")) // 2 for value in cells) <= MOST_TEXT


def test_cells_have_the_type_of_their_column() -> None:
    """Numbers add up, days and moments sort; the offset of a moment is shown by its format, and a badge keeps zeros."""
    rows = [("00123", "30", "66.67", "2026-11-22", "2026-11-22T10:20+01:00")]
    columns = ("person_id", "minutes_present", "score_pct", "training_date", "check_in")
    badge, minutes, score, day, moment = next(read(write([Table("attendance", columns, rows)])).iter_rows(min_row=2))
    assert (badge.value, minutes.value, score.value) == ("00123", 30, 66.67)
    assert (day.value.isoformat(), day.number_format) == ("2026-11-22T00:00:00", "yyyy-mm-dd")
    assert (moment.value.isoformat(), moment.number_format) == ("2026-11-22T10:20:00", 'yyyy-mm-dd hh:mm "+01:00"')


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("score_pct", x) for x in ("=1", "1e5", "١٢", "1,5", "01", "9" * 30, "nan", "-", "yes")),
        *(("expires_on", x) for x in ("2026-02-30", "1899-12-31", "0000-00-00", "soon", "2026-11-22T10:00")),
        *(("check_in", x) for x in ("2026-11-22", "2026-11-22T25:00+01:00", "1850-01-01T10:00+00:09", "=NOW()")),
    ],
)
def test_what_is_no_number_or_date_after_all_stays_text(column: str, value: str) -> None:
    ((cell,),) = read(write([Table("attendance", (column,), [(value,)])])).iter_rows(min_row=2)
    assert (cell.data_type, cell.value) == ("s", value)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_holds_what_its_kind_says(name: str) -> None:
    """A column that is renamed or added without a kind shows here, in one that looks like numbers or times."""
    log = meeting()
    made = table(name, log.session, log.plan, SIGNED)
    assert made.columns == COLUMNS[name]
    shapes = {NUMBER: r"-?\d+(\.\d+)?", DAY: r"\d{4}-\d\d-\d\d", MOMENT: r"\d{4}-\d\d-\d\dT\d\d:\d\d[+-]\d\d:\d\d"}
    for k, column in enumerate(made.columns):
        values = {row[k] for row in made.rows} - {"", "—"}
        shape = shapes.get(kind(name, column))
        if shape is not None:
            assert all(re.fullmatch(shape, value) for value in values), (column, values)
        else:
            told = all(re.fullmatch(shapes[DAY] + "|" + shapes[MOMENT], value) for value in values)
            assert not values or not told, f"{name}.{column} looks like times"


@PATHS
def test_all_tables_are_one_workbook_with_a_sheet_each(in_memory: int) -> None:
    """Golden: names, header, frozen and bold, widths, types and values of every cell."""
    log = meeting()
    every = [table(name, log.session, log.plan, SIGNED) for name in TABLES]
    book = openpyxl.load_workbook(io.BytesIO(write(every, T0, in_memory=in_memory)))
    lines = [f"made {book.properties.created.isoformat()} by {book.properties.creator}"]
    for sheet in book:
        widths = {c: round(d.width) for c, d in sheet.column_dimensions.items()}
        bold = {cell.font.b for cell in sheet[1]}
        lines.append(f"# {sheet.title} {sheet.dimensions} frozen {sheet.freeze_panes} bold {bold} widths {widths}")
        for row in sheet.iter_rows():
            lines.append(" | ".join(f"{c.data_type}:{c.value}" for c in row if c.value is not None))
    assert "\n".join(lines) + "\n" == (GOLDEN / "all.xlsx.txt").read_text("utf-8")


def test_the_same_input_gives_the_same_bytes_on_another_day_and_machine(tmp_path: Path) -> None:
    """Another process, another time zone, user settings and hash seed; nothing of the clock or the system is inside."""
    program = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.core.logbook import meeting; from fieldkit.core.tables import Signatures;"
        "from fieldkit.formats.export import render; log = meeting();"
        "sys.stdout.buffer.write(render(log.session, log.plan, Signatures(verified=True), 'all', 'xlsx'))"
    )
    env = {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "7", "PATH": "", "TMPDIR": str(tmp_path)}
    root = Path(__file__).parents[2]
    other = subprocess.run([sys.executable, "-c", program], cwd=root, env=env, capture_output=True, check=True).stdout
    log = meeting()
    assert render(log.session, log.plan, SIGNED, "all", "xlsx") == other
    for entry in zipfile.ZipFile(io.BytesIO(other)).infolist():
        assert (entry.date_time, entry.create_system, entry.external_attr) == ((1980, 1, 1, 0, 0, 0), 3, 0o600 << 16)


def test_names_of_sheets_are_ones_that_excel_takes() -> None:
    """Its signs, its length, its reserved word, and two of one name in another case."""
    taken: set[str] = set()
    names = ["[a]:*?/\\b", "'quoted'", "History", "x" * 40, "X" * 40, "", " ", "attendance", "Attendance", "\x00\ud800"]
    names += ["👷" * 20, "a'" * 15 + "b'"]
    made = [sheet_name(name, taken) for name in names]
    assert made[:5] == ["_a______b", "quoted", "history_", "x" * 31, "X" * 29 + " 2"]
    assert made[5:9] == ["table", "table 2", "attendance", "Attendance 2"]
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert name and len(name.encode("utf-16-le")) // 2 <= MOST_NAME and not set(name) & set("[]:*?/\\")
        assert not name.startswith("'") and not name.endswith("'")
    book = openpyxl.load_workbook(io.BytesIO(write([Table(name, ("a",), []) for name in names])))
    assert book.sheetnames == made


def test_an_empty_table_is_a_header() -> None:
    """Nobody joined; and a session that has not even begun has a workbook too."""
    log = Logbook()
    sheet = read(render(log.session, log.plan, SIGNED, "attendance", "xlsx"))
    assert sheet.max_row == 1 and sheet.max_column == 48
    assert read(write([Table("t", ("a",), [])], made=-(10**17))).max_row == 1


def test_more_rows_than_a_sheet_has_are_refused() -> None:
    class Many(list[tuple[str, ...]]):
        def __len__(self) -> int:
            return 1_048_576

    with pytest.raises(NotPossible, match="too large"):
        write([Table("t", ("a",), Many())])


def test_without_the_library_it_is_one_sentence_and_everything_else_works(tmp_path: Path) -> None:
    """A bare installation: `--as xlsx` says what to install, CSV goes on, and the terminal does not offer it."""
    program = (
        "import sys; sys.modules['xlsxwriter'] = None; sys.path.insert(0, '.');"
        "from tests.core.logbook import meeting; from fieldkit.core.tables import Signatures;"
        "from fieldkit.errors import NotPossible; from fieldkit.formats.export import render, writable;"
        "log = meeting(); go = lambda as_: render(log.session, log.plan, Signatures(), 'attendance', as_);"
        "assert go('csv') and 'xlsx' not in writable(), writable()\n"
        "try: go('xlsx')\n"
        "except NotPossible as no: print(no.sentence, no.hint)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert "XlsxWriter is not there" in done.stdout and "py3-none-any.whl[xlsx]'" in done.stdout


def test_guarded_values_are_the_csv_ones() -> None:
    """One list of signs for both."""
    assert all(safe(sign + "1").startswith(sign) or sign in "\r" for sign in FORMULA)
