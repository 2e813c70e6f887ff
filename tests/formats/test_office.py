"""A workbook of ours as LibreOffice reads it: every text as it was written, and no formula. Needs `soffice`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bench.office import hostile, opened, soffice, wrong
from fieldkit.formats import stream, xlsx

pytest.importorskip("xlsxwriter")
PROGRAM = soffice()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no LibreOffice: install libreoffice-calc-nogui"),
]


def test_no_name_becomes_a_formula_and_none_is_changed(tmp_path: Path) -> None:
    table, out = hostile(), io.BytesIO()
    with stream.sink("xlsx", out, type(table)(table.name, table.columns, [])) as rows:
        rows.add(table.rows)
    assert PROGRAM is not None
    assert wrong(table, opened(out.getvalue(), tmp_path, PROGRAM)) == []
    assert out.getvalue() == xlsx.write([table], in_memory=0), "row by row the same bytes as at once"


def test_a_formula_would_be_found(tmp_path: Path) -> None:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    table, out = hostile(), io.BytesIO()
    book = Workbook(out)
    sheet = book.add_worksheet()
    for n, row in enumerate((table.columns, *table.rows[:3])):
        for k, value in enumerate(row):
            sheet.write(n, k, value)
    book.close()
    assert PROGRAM is not None
    found = wrong(table, opened(out.getvalue(), tmp_path, PROGRAM))
    assert any("a formula" in one for one in found) and any("rows came back" in one for one in found)
