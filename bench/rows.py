"""Attendance of many sessions in one file (`central export --all-sessions`): time a row, and memory that does not grow.

Ours reads each session out of the database, folds it, computes who was there and writes 48 cells a person. The floor
folds the same logs and hands finished rows to the plainest writer there is: the `csv` module, or XlsxWriter's own
`constant_memory`. Memory is the peak of a process of its own, with a tenth of the sessions and with all of them.
"""

from __future__ import annotations

import asyncio
import csv
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.ingest import NOW, bundled, folded, office, take
from bench.processes import ROOT
from bench.report import Row, cpu, ratio, talk
from fieldkit.core.tables import COLUMNS
from fieldkit.formats.stream import sink
from fieldkit.sync.central.across import Which, head_of, write
from fieldkit.sync.central.home import Home

PEAK = """
import resource, sys
from fieldkit.cli.app import run
code = run(["central", "export", "--all-sessions", "--quiet", "--home", sys.argv[1], "-o", sys.argv[2]])
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
PEOPLE = 100
FORMATS = ("csv", "json", "xlsx")


async def rows_of(home: Home, as_: str) -> tuple[int, bytes]:
    """Everything as one file."""
    out = io.BytesIO()
    db = await home.database()
    try:
        with sink(as_, out, head_of("", None)) as rows:
            made = await write(home, db, Which(), rows, now=NOW)
    finally:
        await db.close()
    if made.left_out:
        raise RuntimeError(made.left_out)
    return made.rows, out.getvalue()


def peak(home: Path, to: Path) -> float:
    """Peak of a process that exports everything, MiB."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(home), str(to)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    code, kib = done.stdout.split()
    if code != "0":
        raise RuntimeError(done.stderr)
    return int(kib) / 1024


def bare(as_: str, rows: list[list[str]]) -> None:
    """The plainest writer of these cells."""
    if as_ == "xlsx":
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        with tempfile.TemporaryDirectory() as folder:
            book = Workbook(f"{folder}/book.xlsx", {"constant_memory": True, "tmpdir": folder})
            sheet = book.add_worksheet()
            for n, row in enumerate(rows):
                for k, value in enumerate(row):
                    if value:
                        sheet.write_string(n, k, value)
            book.close()
    else:
        csv.writer(io.StringIO()).writerows(rows)


def run(short: bool = False) -> list[Row]:
    """Export 20,000 rows of 200 sessions."""
    sessions, out = (20 if short else 200), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        homes: dict[int, Home] = {}
        for n in (sessions // 10, sessions):
            here = folder / str(n)
            here.mkdir()
            talk(f"{n} sessions of {PEOPLE} people…")
            homes[n] = asyncio.run(office(here / "office"))
            asyncio.run(take(homes[n].path, bundled(here, n, 3 * PEOPLE, PEOPLE, None)))
        logs = sorted((folder / str(sessions)).glob("*.db"))
        n, raw = asyncio.run(rows_of(homes[sessions], "csv"))
        cells = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
        if len(cells) != n + 1 or len(cells[0]) != len(COLUMNS["attendance"]):
            raise RuntimeError("the table is not whole")
        fold = cpu(lambda: folded(logs))
        for as_ in FORMATS:
            talk(f"{as_}…")
            mine = cpu(lambda as_=as_: asyncio.run(rows_of(homes[sessions], as_)))  # type: ignore[misc]
            floor = fold + cpu(lambda as_=as_: bare(as_, cells))  # type: ignore[misc]
            says = f"folding the logs and the plainest writer: {floor / n * 1e6:.0f} µs"
            out.append(
                Row(
                    f"{n:,} rows as {as_}",
                    f"{mine / n * 1e6:.0f} µs a row, {mine:.1f} s",
                    says,
                    ratio([floor], [mine]),
                    "×",
                    0.25,
                )
            )
            few, many = (peak(homes[k].path, folder / f"{k}.{as_}") for k in homes)
            out.append(
                Row(f"  its memory, {sessions} sessions against {sessions // 10}", f"{many:.0f} MiB", f"{few:.0f} MiB",
                    many / few, "×", most=1.2)
            )  # fmt: skip
    return out
