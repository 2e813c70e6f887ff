"""P10 on PostgreSQL: the same ingest, against asyncpg's COPY of the finished rows into the same tables.

Wall time, because half of the work is done in the server's process: ours and the floor alternate on one server, each
into a schema of its own, one transaction a session in both. The server is a real one (`tests/kit/postgres.py`).
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.ingest import TABLES, clock_rows, office, taken
from bench.report import Row, alternate, talk
from fieldkit.sync.central.home import Home

Rows = dict[str, list[tuple[str, list[Any]]]]
"""Origin → (table, its rows)."""


async def rows_of(url: str) -> Rows:
    """What an ingest has written, session by session."""
    import asyncpg  # type: ignore[import-untyped]

    db, found = await asyncpg.connect(url), dict[str, list[tuple[str, list[Any]]]]()
    try:
        for table in TABLES:
            by: dict[str, list[Any]] = {}
            for row in await db.fetch(f"SELECT * FROM {table}"):
                by.setdefault(row[0], []).append(tuple(row))
            for origin, rows in by.items():
                found.setdefault(origin, []).append((table, rows))
    finally:
        await db.close()
    return found


async def copied(url: str, rows: Rows) -> float:
    """The floor; seconds."""
    import asyncpg

    db = await asyncpg.connect(url)
    try:
        begun = time.perf_counter()
        for tables in rows.values():
            async with db.transaction():
                for table, found in tables:
                    await db.copy_records_to_table(table, records=found)
        return time.perf_counter() - begun
    finally:
        await db.close()


def measure(folder: Path, bundles: Sequence[Path], turns: int) -> list[Row]:
    """Ours against COPY; a line that says so where there is no PostgreSQL."""
    from tests.kit import postgres

    try:
        first = postgres.address()
    except BaseException:  # pytest's way of leaving something out
        return [Row("ingest on PostgreSQL", f"not measured: {postgres.WHY}")]
    talk("PostgreSQL…")
    made = 0

    def fresh(url: str) -> Home:
        nonlocal made
        made += 1
        return asyncio.run(office(folder / f"office{made}", url))

    asyncio.run(taken(fresh(first), bundles))
    rows = asyncio.run(rows_of(first))
    n = sum(len(found) for one in rows.values() for _, found in one)

    def ours(jobs: int | None) -> float:
        return asyncio.run(taken(fresh(postgres.address()), bundles, jobs))

    def floor() -> float:
        url = postgres.address()
        shutil.rmtree(fresh(url).path)
        return asyncio.run(copied(url, rows))

    return clock_rows(
        "PostgreSQL", "asyncpg COPY", n, bundles, alternate(turns, lambda: ours(None), lambda: ours(1), floor)
    )
