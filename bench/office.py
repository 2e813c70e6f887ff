"""Our workbooks opened by another program: LibreOffice turns each into an OpenDocument sheet, and no cell is a formula.

Every text that a name, a title or a place can hold goes into every column of a text; what comes back has to be that
text as `formats.xlsx` promises it (what XML cannot hold replaced, what Excel would cut cut), typed as a string.
Numbers, days and times have to come back as such. Without `soffice` it is said and nothing is measured.
"""

from __future__ import annotations

import datetime
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from bench.report import Row, talk
from fieldkit.core.tables import COLUMNS, Table
from fieldkit.core.tables.kinds import DAY, MOMENT, NUMBER, kind
from fieldkit.formats import xlsx

SOFFICE = ("soffice", "libreoffice", "localc")
HOSTILE = (
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")", "<r>bold</r>",
    "<r><t>x</t></r>", "{=1+1}", "\t=1", "\r=1", "＝1+1", "'=1", "a\nb", "a\r\nb", "Ann [/] Lee",
    "Robert'); DROP TABLE session;--", "\u202eevil", "مرحبا", "שלום", "王小明", "Zoë Álvarez", "e\u0301",
    "\U0001f469\u200d\U0001f3ed", "\ufffe", "\x00\x01\x1b[2J", "&lt;b&gt;", "_x0041_", " lead and trail ",
    "http://example.com", "mailto:a@b", "internal:A1", "1e5", "00123", "TRUE", "#N/A", "12:30", "2026-11-22",
    "x" * 32_767, "=" * 32_768, "\U0001f469" * 20_000,
)  # fmt: skip
"""What a name can be."""
TYPED = {NUMBER: ("0", "66.67", "-3"), DAY: ("2026-11-22", "2028-02-29"), MOMENT: ("2026-11-22T17:42+01:00",)}
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
Cell = tuple[str, str, str]
"""Formula, type, and its words or value."""


def soffice() -> str | None:
    """LibreOffice, if it is on this machine."""
    return next((found for name in SOFFICE if (found := shutil.which(name))), None)


def hostile() -> Table:
    """A table with the columns of attendance; a row a text, in all columns of texts."""
    columns = COLUMNS["attendance"]
    rows = []
    for n, text in enumerate(HOSTILE):
        cells = []
        for column in columns:
            some = TYPED.get(kind("attendance", column))
            cells.append(some[n % len(some)] if some else text)
        rows.append(tuple(cells))
    return Table("attendance", columns, rows)


def opened(book: bytes, folder: Path, program: str) -> list[list[Cell]]:
    """The cells of the first sheet as LibreOffice read them."""
    (folder / "book.xlsx").write_bytes(book)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    run = [
        program,
        profile,
        "--headless",
        "--norestore",
        "--convert-to",
        "ods",
        "--outdir",
        str(folder),
        str(folder / "book.xlsx"),
    ]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False)
    made = folder / "book.ods"
    if not made.exists():
        raise RuntimeError(f"LibreOffice did not open it: {done.stdout} {done.stderr}")
    with zipfile.ZipFile(made) as archive, archive.open("content.xml") as content:
        sheet = next(one for _, one in ElementTree.iterparse(content) if one.tag == f"{TABLE}table")
        return [list(_cells(row)) for row in sheet.iter(f"{TABLE}table-row")]


def _cells(row: ElementTree.Element) -> Iterator[Cell]:
    for cell in row.iter(f"{TABLE}table-cell"):
        words = "\n".join(_words(one) for one in cell.findall(f"{TEXT}p"))
        what = cell.get(f"{OFFICE}value-type", "")
        value = words if what == "string" else cell.get(f"{OFFICE}value") or cell.get(f"{OFFICE}date-value") or ""
        for _ in range(min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 100)):
            yield cell.get(f"{TABLE}formula", ""), what, value


def _words(one: ElementTree.Element) -> str:
    """A paragraph: runs of spaces and tabs are elements there."""
    out = one.text or ""
    for part in one:
        name = part.tag.removeprefix(TEXT)
        out += (
            " " * int(part.get(f"{TEXT}c", "1"))
            if name == "s"
            else "\t"
            if name == "tab"
            else "\n"
            if name == "line-break"
            else _words(part)
        )
        out += part.tail or ""
    return out


def wrong(table: Table, cells: list[list[Cell]]) -> list[str]:
    """What is not as it was written, in words; nothing for a sheet that is."""
    found = []
    for n, (row, got) in enumerate(zip(table.rows, cells[1:], strict=False)):
        for column, value, cell in zip(table.columns, row, got, strict=False):
            of = kind("attendance", column)
            if cell[0]:
                found.append(f"row {n} {column}: a formula, {cell[0][:60]}")
            elif of in TYPED:
                meant = {NUMBER: "float", DAY: "date", MOMENT: "date"}[of]
                if cell[1] != meant or not _same(of, value, cell[2]):
                    found.append(f"row {n} {column}: {cell[1]} {cell[2]!r} where {value!r} was written")
            elif cell[1] != "string" or cell[2] != xlsx.safe(value):
                found.append(
                    f"row {n} {column}: {cell[1]} {cell[2][:40]!r} where {xlsx.safe(value)[:40]!r} was written"
                )
    if len(cells) < len(table.rows) + 1:
        found.append(f"{len(cells)} rows came back, {len(table.rows) + 1} were written")
    return found


def _same(of: str, written: str, got: str) -> bool:
    if of == NUMBER:
        return float(written) == float(got)
    when = datetime.datetime.fromisoformat(written).replace(tzinfo=None)
    there = datetime.datetime.fromisoformat(got[:26])
    return abs(when - there) < datetime.timedelta(seconds=1)


def run(short: bool = False) -> list[Row]:
    """Open one workbook made at once and one made row by row."""
    program = soffice()
    if program is None:
        talk("office: SKIPPED, there is no LibreOffice on this machine (apt-get install libreoffice-calc-nogui)")
        return [Row("LibreOffice", "skipped: it is not on this machine")]
    table, out = hostile(), []
    for words, most in (("at once", xlsx.IN_MEMORY), ("row by row", 0)):
        with tempfile.TemporaryDirectory() as folder:
            cells = opened(xlsx.write([table], in_memory=most), Path(folder), program)
        found = wrong(table, cells)
        for one in found[:20]:
            talk(one)
        n = len(table.rows) * len(table.columns)
        out.append(
            Row(
                f"a workbook written {words}: cells that LibreOffice reads as others than they are",
                f"{len(found)} of {n:,}",
                "",
                len(found),
                "",
                most=0,
            )
        )
    return out
