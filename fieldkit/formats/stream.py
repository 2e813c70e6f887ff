"""A table that is written row by row, for one that is too long to be held: CSV, JSON or a workbook of one sheet.

    with sink("csv", file, table) as out:
        out.add(rows)

The bytes are those that `csv`, `json` and `xlsx` write of the same rows at once; memory does not grow with them.
"""

from __future__ import annotations

import abc
import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from fieldkit.core.tables import Table
from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.formats import csv, json

FORMATS = ("csv", "json", "xlsx")
Row = Sequence[str]


class Writes(Protocol):
    """A file that is only written to."""

    def write(self, data: bytes, /) -> Any: ...


class Sink(abc.ABC):
    """Where rows go. `made`: Unix ms that a workbook says it was made at; it may be set until the end."""

    made: int | None = None

    @abc.abstractmethod
    def add(self, rows: Iterable[Row]) -> None:
        """Write these rows, in the order of the columns. Raises FieldkitError, NotPossible for too many."""


class _Csv(Sink):
    def __init__(self, file: Writes, columns: Row, sep: str) -> None:
        self._file, self._sign = file, csv.separator(sep)
        file.write(csv.BOM)
        self.add([columns])

    def add(self, rows: Iterable[Row]) -> None:
        self._file.write(csv.lines(rows, self._sign))


class _Json(Sink):
    def __init__(self, file: Writes, columns: Row) -> None:
        self._file, self._columns = file, columns
        self._any = False

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._file.write(b",\n" if self._any else b"[\n")
            self._file.write(json.row(self._columns, row))
            self._any = True

    def end(self) -> None:
        self._file.write(b"\n]\n" if self._any else b"[]\n")


class _Workbook(Sink):
    def __init__(self, file: Writes, head: Table, folder: Path) -> None:
        from fieldkit.formats import xlsx

        self._file, self._scratch, self._whole = file, folder / "book.xlsx", folder / "whole.xlsx"
        self._book = xlsx.Book(self._scratch, folder)
        self._head, self._first = head, list[tuple[str, ...]]()
        self._sheet: Any = None
        self._measured = xlsx.MEASURED

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self._sheet is not None:
                self._sheet.row(row)
                continue
            self._first.append(tuple(row))  # what the widths are measured by
            if len(self._first) >= self._measured:
                self._begin()

    def _begin(self) -> None:
        self._sheet = self._book.sheet(msgspec.structs.replace(self._head, rows=self._first))
        self._first = []

    def end(self) -> None:
        from fieldkit.formats import xlsx

        if self._sheet is None:
            self._begin()
        self._book.close(self.made)
        with self._scratch.open("rb") as book, self._whole.open("wb") as whole:
            xlsx.repack(book, whole)
        with self._whole.open("rb") as whole:
            while piece := whole.read(1 << 20):
                self._file.write(piece)


@contextlib.contextmanager
def sink(as_: str, file: Writes, head: Table, sep: str = ",") -> Iterator[Sink]:
    """A sink into `file` for the table `head`, which has no rows yet; whole when the block ends well. Raises WrongUsage
    for another format, NotPossible without the workbook's library, FieldkitError for the disk."""
    if as_ not in FORMATS:
        raise WrongUsage(f"A long table is not written as {as_[:40]}.", f"--as is one of: {', '.join(FORMATS)}.")
    if as_ == "csv":
        yield _Csv(file, head.columns, sep)
        return
    if as_ == "json":
        rows = _Json(file, head.columns)
        yield rows
        rows.end()
        return
    with tempfile.TemporaryDirectory(prefix="fieldkit-") as folder:  # this user's only
        try:
            book = _Workbook(file, head, Path(folder))
            yield book
            book.end()
        except OSError as error:
            raise FieldkitError(
                f"The workbook could not be put together: {error.strerror or error}.",
                "Check the disk for temporary files.",
            ) from error
