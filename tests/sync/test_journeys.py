"""What goes to PostgreSQL in one journey leaves there what the same statements leave one after another."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.sync.central.journeys import MOST, grouped, joined, table_of
from fieldkit.sync.central.postgres import PRIVATE, Postgres, said
from fieldkit.sync.central.schema import STEPS
from fieldkit.sync.central.tx_base import Lost, Step
from tests.kit import postgres

TABLES = ("a", "b", "c")
ADD = "INSERT INTO {} (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = {}.v + excluded.v"
FROM = "INSERT INTO {} (k, v) SELECT k || ?1, v FROM {} ON CONFLICT DO NOTHING"
CHANGE = "UPDATE {} SET v = v + ?1 WHERE k = ?2"
DROP = "DELETE FROM {} WHERE k = ?1"

table, key = st.sampled_from(TABLES), st.sampled_from(("x", "y", "z"))
number = st.integers(0, 9)
rows = st.lists(st.tuples(key, number), min_size=1, max_size=3)
steps = st.one_of(
    st.builds(lambda t, new: Step(ADD.format(t, t), new), table, rows),
    st.builds(lambda t, o, k: Step(FROM.format(t, o), [(k,)]), table, table, key),
    st.builds(lambda t, n, k: Step(CHANGE.format(t), [(n, k)]), table, number, key),
    st.builds(lambda t, k: Step(DROP.format(t), [(k,)]), table, key),
)  # fmt: skip


def alone(step: Step) -> bool:
    return len(step.rows) == 1


def test_neighbours_go_together_until_one_looks_at_what_another_changes() -> None:
    one, two = Step(DROP.format("a"), [("x",)]), Step(ADD.format("b", "b"), [("x", 1)])
    seen = Step(FROM.format("c", "a"), [("x",)])
    many, must = Step(ADD.format("c", "c"), [("x", 1), ("y", 2)]), Step(CHANGE.format("c"), [(1, "x")], must=True)
    ddl = Step("CREATE TABLE d (k TEXT)", [()])
    asked = [one, two, seen, one, many, two, must, ddl, one]
    assert [*grouped(asked, alone)] == [[one, two], [seen, one], [many], [two], [must], [ddl], [one]]
    some = [Step(DROP.format(f"t{n}"), [("x",)]) for n in range(MOST + 1)]
    assert [len(group) for group in grouped(some, alone)] == [MOST, 1]
    assert [*grouped([], alone)] == [] and table_of("DROP TABLE a") is None


def test_marks_are_counted_through() -> None:
    sql, *values = joined([("UPDATE a SET v = $2 WHERE k = $1", "x", 1), ("DELETE FROM b WHERE k = $1", "y")])
    assert sql == "WITH p0 AS (UPDATE a SET v = $2 WHERE k = $1), p1 AS (DELETE FROM b WHERE k = $3) SELECT 1"
    assert values == ["x", 1, "y"]


async def left(engine: Postgres, said_so: Sequence[Step], one_by_one: bool) -> list[list[Any]]:
    """What the tables hold after these steps; nothing stays."""
    made = [Step(f"CREATE TEMP TABLE {t} (k TEXT PRIMARY KEY, v BIGINT) ON COMMIT DROP", [()]) for t in TABLES]
    begun = [Step(f"INSERT INTO {t} (k, v) VALUES ('x', 1), ('y', 2)", [()]) for t in TABLES]
    await engine.work("make", [*made, *begun], (), commit=False)
    try:
        for part in [[one] for one in said_so] if one_by_one else [said_so]:
            await engine.work("", part, (), commit=False)
        return await engine.work("", (), [(f"SELECT k, v FROM {t} ORDER BY k", ()) for t in TABLES], commit=False)
    finally:
        await engine.rollback()


def test_together_leaves_what_one_after_another_leaves() -> None:
    url = postgres.address()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, max_size=9))
    def tried(asked: list[Step]) -> None:
        assert loop.run_until_complete(left(engine, asked, False)) == loop.run_until_complete(left(engine, asked, True))

    with asyncio.Runner() as runner:
        loop, engine = runner.get_loop(), Postgres(url)
        loop.run_until_complete(engine.connect())
        try:
            tried()
            gone = [Step(DROP.format("a"), [("x",)]), Step(CHANGE.format("b"), [(1, "nobody")], must=True)]
            with pytest.raises(Lost):
                loop.run_until_complete(left(engine, gone, False))
        finally:
            loop.run_until_complete(engine.close())


def test_marks_of_a_statement_are_told_as_numbers() -> None:
    assert said("DELETE FROM a WHERE k = ?1") == "DELETE FROM a WHERE k = $1"


def test_every_table_that_has_a_badge_is_written_anew_after_an_erasure() -> None:
    """Else PostgreSQL keeps in its files what was deleted there."""
    schema = "".join(script for script, _ in STEPS)
    made = re.findall(r"CREATE TABLE (\w+) \((.*?)\) STRICT", schema, re.DOTALL)
    badged = {name for name, columns in made if re.search(r"\bbadge TEXT", columns)}
    assert {"did", "learnt", "presence"} <= badged <= set(PRIVATE.split(", "))
