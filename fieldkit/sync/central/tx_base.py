"""How a transaction talks to the database: what is only written waits, and goes with the next question in one journey.

A journey to the database (a thread, or a network) costs more than most of what it asks. So a verb that needs no answer
leaves a `Step`; steps run in their order before the next question, or before the commit, inside the same transaction:
no question ever sees a database in which an earlier step is missing, and a step that fails takes everything back.

Statements are written once for both databases, with numbered marks (`?1`); an `Engine` says them in its own tongue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from fieldkit.errors import FieldkitError

HEAVY = 4000
"""Rows that wait at most: bounds memory."""
Values = Any
"""A tuple of what stands in a row, or in place of the marks."""
Question = tuple[str, Values]
PATIENT_S, HURRIED_S = 60.0, 5.0
"""How long one waits for others that write: a command, and a page that somebody looks at."""


class Step(NamedTuple):
    """One statement for each of `rows`. `must`: each has to touch exactly one row, else `Lost`."""

    sql: str
    rows: Sequence[Values]
    must: bool = False


class Again(FieldkitError):
    """A transaction was taken back because of another one; the same may be tried once more."""


class Busy(FieldkitError):
    """Somebody else has kept the turn, or a table, for too long."""

    def __init__(self) -> None:
        super().__init__("Another command is writing to central's database, and did not end.", "Try again.")


class Lost(Again):
    """A compare-and-set found something else than it compared with."""

    def __init__(self) -> None:
        super().__init__("Another ingest stored this session at the same moment.", "Ingest the bundle again.")


class Engine(Protocol):
    """One connection to one database. Every error of its library leaves it as a FieldkitError."""

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        """In one transaction that is open, or is begun (`write`, `read`; empty: it is open): the steps, the questions
        (their rows), and the commit, durable when this returns."""

    async def rollback(self) -> None:
        """Take back what is open; nothing where nothing is."""

    def alone(self) -> None:
        """Nothing else waits on this loop: what is asked may keep it busy."""

    async def settle(self) -> None:
        """Make sure that what can be read is where it stays."""

    async def forget_pages(self) -> bool:
        """Leave no copy of deleted rows in the tables; False when somebody is in the way."""

    async def close(self) -> None: ...


class Asking:
    """The journeys of one transaction. Only `Database` makes transactions."""

    def __init__(self, engine: Engine, begin: str = "write") -> None:
        self._engine = engine
        self._begin = begin
        self._steps: list[Step] = []
        self._heavy = 0
        self._seen: dict[tuple[str, str], Any] = {}
        """(what, key) → what a look found; a verb that changes it changes this too, or forgets it."""

    async def _later(self, sql: str, rows: Sequence[Values], *, must: bool = False) -> None:
        if rows:
            self._steps.append(Step(sql, rows, must))
            self._heavy += len(rows)
            if self._heavy > HEAVY:
                await self._asks()

    async def _run(self, sql: str, *values: Any) -> None:
        await self._later(sql, [values])

    async def _all(self, sql: str, *values: Any) -> list[Values]:
        return (await self._asks((sql, values)))[0]

    async def _asks(self, *questions: Question) -> list[list[Values]]:
        """Everything that waits, then these questions; the rows of each."""
        return await self._go(questions, commit=False)

    async def _go(self, questions: Sequence[Question], commit: bool) -> list[list[Values]]:
        begin, steps = self._begin, self._steps
        self._begin, self._steps, self._heavy = "", [], 0
        return await self._engine.work(begin, steps, questions, commit)

    async def begin(self) -> None:
        """From here on nobody else writes, or what is read stays; a transaction begins by itself with its first
        question."""
        await self._asks()

    async def change(self, statement: str) -> None:
        """Change a table; for `schema` and for nothing else."""
        await self._run(statement)

    async def finish(self) -> None:
        """Everything that waits, and the commit; nothing where nothing was asked or written."""
        if not self._begin or self._steps:
            await self._go((), commit=True)

    def _forget(self, what: str) -> None:
        for key in [key for key in self._seen if key[0] == what]:
            del self._seen[key]
