"""Table → JSON: one array of objects, column → string, in the table's order. UTF-8, ends with one line feed.

No formula guard here: programs read it, and a value must come back as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.tables import Table


def write(table: Table) -> bytes:
    """The whole table; an empty one is `[]`."""
    return _array([dict(zip(table.columns, row, strict=True)) for row in table.rows])


def write_all(tables: Sequence[Table]) -> bytes:
    """Several tables as one array: every row says first which `table` it is of."""
    return _array([{"table": t.name, **dict(zip(t.columns, row, strict=True))} for t in tables for row in t.rows])


def row(columns: Sequence[str], values: Sequence[str]) -> bytes:
    """One row."""
    return msgspec.json.encode(dict(zip(columns, values, strict=True)))


def _array(rows: list[dict[str, str]]) -> bytes:
    return b"[\n" + b",\n".join(msgspec.json.encode(row) for row in rows) + b"\n]\n" if rows else b"[]\n"
