"""Which statements go to PostgreSQL in one journey: those that do not look at each other's tables, as one statement of
many parts (`WITH a AS (INSERT …), b AS (INSERT …) SELECT 1`).

All parts see the tables as they were before the first (PostgreSQL's manual, "Data-Modifying Statements in WITH"), and
their order is not said. So a part never names a table that an earlier one changes, by however far-fetched a reading of
its words: that begins another journey. What has to touch exactly one row is asked alone, and says so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence

from fieldkit.sync.central.tx_base import Step, Values

MOST = 12
"""Statements that go together: what is prepared for them stays as long as the connection."""
_TABLE = re.compile(r"(?:INSERT INTO|DELETE FROM|UPDATE) (\w+)\b")
_MARK = re.compile(r"\$(\d+)")


def grouped(steps: Sequence[Step], fits: Callable[[Step], bool]) -> Iterator[list[Step]]:
    """The steps in their order, neighbours together where they may be; `fits`: may this one go with others at all."""
    group: list[Step] = []
    changed: set[str] = set()
    for step in steps:
        table = None if step.must or not fits(step) else table_of(step.sql)
        if group and (table is None or changed & words_of(step.sql) or len(group) == MOST):
            yield group
            group, changed = [], set()
        if table is None:
            yield [step]
        else:
            group.append(step)
            changed.add(table)
    if group:
        yield group


@functools.cache
def table_of(sql: str) -> str | None:
    """The table that a statement changes; None for what changes none, or the tables themselves."""
    found = _TABLE.match(sql)
    return found[1] if found else None


@functools.cache
def words_of(sql: str) -> frozenset[str]:
    """Everything in a statement that could be a table's name."""
    return frozenset(re.findall(r"\w+", sql.lower()))


def joined(parts: Sequence[tuple[str, *tuple[Values, ...]]]) -> tuple[str, *tuple[Values, ...]]:
    """Statements with marks `$1…`, each with its values → the one of all, with all values."""
    return _one(tuple((sql, len(values)) for sql, *values in parts)), *(one for _, *values in parts for one in values)


@functools.lru_cache(maxsize=256)
def _one(parts: tuple[tuple[str, int], ...]) -> str:
    said, before = [], 0
    for n, (sql, values) in enumerate(parts):
        said.append(f"p{n} AS ({_MARK.sub(functools.partial(_moved, before), sql)})")
        before += values
    return f"WITH {', '.join(said)} SELECT 1"


def _moved(by: int, mark: re.Match[str]) -> str:
    return f"${int(mark[1]) + by}"
