"""CSV as spreadsheets open it: no cell runs, every cell comes back, the bytes are a promise."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.tables import TABLES, Signatures, Table, table
from fieldkit.errors import WrongUsage
from fieldkit.formats.csv import FORMULA, write
from tests.core.logbook import HOSTILE, meeting
from tests.core.logbook_types import every_type

GOLDEN = Path(__file__).parent / "golden"
DEVICE = "ld.acme.example/dev/7q2k+8d9aa389+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz"
CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(HOSTILE)


def read(data: bytes, sep: str = ",") -> list[list[str]]:
    """The file as the standard library reads it."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=sep, strict=True))


@given(st.lists(st.tuples(CELL, CELL), max_size=5), st.sampled_from([",", ";", "|", "\t"]))
def test_asvs_1_2_10_no_cell_runs_and_every_cell_comes_back(rows: list[tuple[str, str]], sep: str) -> None:
    """Values and headers; the guard's apostrophe is the only difference."""
    heads = ("=head", "plain")
    back = read(write(Table("t", heads, rows), sep), sep)
    assert len(back) == len(rows) + 1
    for was, now in zip([heads, *rows], back, strict=True):
        for value, cell in zip(was, now, strict=True):
            assert cell[:1] not in FORMULA
            assert cell == ("'" + value if value[:1] and value[0] in FORMULA else value)


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\tx", "\rx", "＝1", "＋1", "－1", "＠a"])
def test_asvs_1_2_10_what_a_spreadsheet_would_run_gets_an_apostrophe(value: str) -> None:
    """ASCII and full-width signs, also behind a quotation mark."""
    data = write(Table("t", (value,), [(value,)])).decode("utf-8-sig")
    assert data.replace('"', "") == f"'{value}\r\n'{value}\r\n"


@pytest.mark.parametrize("sep", ["", "::", "x", "\n", '"', "'"])
def test_a_separator_that_nobody_guesses_is_refused(sep: str) -> None:
    """Comma, semicolon, bar and tab are known."""
    with pytest.raises(WrongUsage):
        write(Table("t", ("a",), []), sep)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_bytes_of_every_table_are_golden(name: str) -> None:
    """Laptop and head office write these bytes for this log. A difference is a change of the format: say so in it."""
    log = meeting()
    made = write(table(name, log.session, log.plan, Signatures(DEVICE, None, 1_795_345_000, True)))
    assert made == (GOLDEN / f"{name}.csv").read_bytes()
    for row in read(made):
        assert not any(cell[:1] in FORMULA for cell in row if cell)


@pytest.mark.parametrize("name", ["answers", "corrections", "results"])
def test_the_bytes_of_the_tables_of_every_type_are_golden(name: str) -> None:
    """As above, for numbers, words, orders, pairs, places and quizzes."""
    log = every_type()
    made = write(table(name, log.session, log.plan, Signatures(DEVICE, None, 1_795_345_000, True)))
    assert made == (GOLDEN / f"{name}-types.csv").read_bytes()
    for row in read(made):
        assert not any(cell[:1] in FORMULA for cell in row if cell)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_hostile_names_stand_in_the_tables_that_name_people(name: str) -> None:
    """Not dropped, not run."""
    log = meeting()
    text = write(table(name, log.session, log.plan, Signatures(DEVICE, verified=True))).decode()
    if name in ("attendance", "answers"):
        assert "Ann [/] Lee" in text and "'=cmd()" in text and ",=cmd" not in text
    if name == "discussion":
        assert "'=the press" in text
