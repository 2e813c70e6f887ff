"""Everything that head office holds, out of one database into another that is empty: the same rows in the same tables.

While it goes on nobody else writes to the old one. The new one has all of it or nothing: one transaction, and before it
ends the rows of every table are counted and every session's head is compared. Only then does central.toml name it. The
old database is left as it was.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log.files import write_durable
from fieldkit.log.note import utc_text
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.databases import open_database, place_of
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.lrs.memory import held_until
from fieldkit.sync.central.schema import STEPS
from fieldkit.sync.central.tx import Tx

PAGE = 1_000
"""Rows that are read and written at a time: bounds memory."""
_TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\) STRICT", re.DOTALL).findall
_KEY = re.compile(r"PRIMARY KEY \(([^)]*)\)").search
_COLUMN = re.compile(r"(?:^|,)\s*([a-z_0-9]+) (?:TEXT|INTEGER|BLOB)\b").findall


class Shape(msgspec.Struct, frozen=True):
    """A table: its name, its columns, and those that its rows are found by."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def shapes() -> list[Shape]:
    """Every table of the schema."""
    found = []
    for script, _ in STEPS:
        for name, body in _TABLE(script):
            columns, key = tuple(_COLUMN(body)), _KEY(body)
            found.append(Shape(name, columns, tuple(key[1].split(", ")) if key else columns[:1]))
    return found


async def move(home: Home, address: str, now: int) -> dict[str, int]:
    """Into the PostgreSQL database at `address`, which has to be empty; table → rows. `now`: Unix s. Raises NotPossible
    when it is not empty, is where everything is already, or while somebody forwards to a store (what that store takes
    would be remembered in the old one alone); WrongUsage for what is no address, FieldkitError."""
    to = place_of(address, home.path / "central.db")
    if not isinstance(to, str) or to == home.place:
        raise NotPossible("That is where everything is already.", "Name an empty PostgreSQL database.")
    old = await home.database()
    try:
        await _nobody_forwards(old, now)  # before anything is made there
        new = await open_database(to, create=True)
        try:
            async with old.transaction() as source, new.transaction() as target:
                await source.begin()
                if until := await held_until(source, now):
                    raise _forwards(until)
                moved = {shape.name: await _table(shape, source, target) for shape in shapes()}
                await _same(source, target, moved)
                await target.finish()  # on its disk before it is named
                _name_it(home, address)
        finally:
            await new.close()
    finally:
        await old.close()
    return moved


async def _nobody_forwards(db: Database, now: int) -> None:
    async with db.reading() as tx:
        if until := await held_until(tx, now):
            raise _forwards(until)


def _forwards(until: int) -> NotPossible:
    return NotPossible(
        "Somebody forwards to a learning record store.",
        f"Let it finish; if it was killed, its turn ends at {utc_text(until)}. Nothing was moved.",
    )


async def _table(shape: Shape, source: Tx, target: Tx) -> int:
    marks = ", ".join(f"?{n}" for n in range(1, len(shape.columns) + 1))
    sql = f"INSERT INTO {shape.name} ({', '.join(shape.columns)}) VALUES ({marks})"
    count = 0
    async for rows in _pages(shape, source):
        await target._later(sql, rows)
        count += len(rows)
    return count


async def _pages(shape: Shape, source: Tx) -> AsyncIterator[list[Any]]:
    columns, key = ", ".join(shape.columns), ", ".join(shape.key)
    at = [shape.columns.index(one) for one in shape.key]
    after: tuple[Any, ...] = ()
    while True:
        marks = ", ".join(f"?{n}" for n in range(1, len(after) + 1))
        which = f" WHERE ({key}) > ({marks})" if after else ""
        rows = await source._all(f"SELECT {columns} FROM {shape.name}{which} ORDER BY {key} LIMIT {PAGE}", *after)
        if not rows:
            return
        yield rows
        after = tuple(rows[-1][k] for k in at)


async def _same(source: Tx, target: Tx, moved: dict[str, int]) -> None:
    """Raises FieldkitError unless both hold as many rows of each table, and the same sessions with the same heads."""
    for name, count in moved.items():
        for tx in (source, target):
            ((here,),) = await tx._all(f"SELECT count(*) FROM {name}")
            if here != count:
                raise _differs(name)
    sql = "SELECT origin, size, root FROM session"
    if {tuple(row) for row in await source._all(sql)} != {tuple(row) for row in await target._all(sql)}:
        raise _differs("session")


def _differs(table: str) -> FieldkitError:
    return FieldkitError(
        f"The new database does not hold what the old one does (table {table}); nothing was moved.",
        "Empty it and try again; the old one is in use as before.",
    )


def _name_it(home: Home, address: str) -> None:
    """central.toml names the new database from now on."""
    path = home.path / "central.toml"
    kept = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("database")]
    quoted = '"' + address.replace("\\", "\\\\").replace('"', '\\"') + '"'
    write_durable(path, ("\n".join([*kept, f"database = {quoted}"]) + "\n").encode())
