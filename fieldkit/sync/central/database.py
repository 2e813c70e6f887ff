"""Central's database, whichever it is: transactions that wait for each other, and one place that opens it.

A `Tx` of `transaction` writes: nobody else does while it is open, in this process or another one, so that what it reads
stays true until its commit. One of `reading` sees the database as it was at its first question, holds nobody up, and
cannot write. Leaving either by an exception takes everything back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Engine


class Database:
    """One connection to central's database; transactions of one `Database` wait for each other here."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """All or nothing; the commit is on disk when the block has been left without an exception. Raises
        FieldkitError: `Again` when the same may be tried once more."""
        async with self._turn:
            tx = Tx(self.engine)
            try:
                yield tx
                await _to_its_end(tx)
            except BaseException:
                await asyncio.shield(self.engine.rollback())
                raise

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Questions that all see the same moment. Raises FieldkitError."""
        async with self._turn:
            try:
                yield Tx(self.engine, "read")
            finally:
                await asyncio.shield(self.engine.rollback())

    async def settle(self) -> None:
        """Before anything that is found here is cosigned, receipted or called *already*: write it where it is sure to
        be. Waits for nobody. Raises FieldkitError."""
        async with self._turn:
            await self.engine.settle()

    async def forget_pages(self) -> bool:
        """After an erasure: leave no copy of it in the tables, as far as a client of the database can see to that.
        False while somebody reads; then it is to be done again. Raises FieldkitError."""
        async with self._turn:
            return await self.engine.forget_pages()

    async def close(self) -> None:
        await self.engine.close()


async def _to_its_end(tx: Tx) -> None:
    """A commit, once begun, is waited for: cancelling who waits does not cancel the SQL, and a commit that was called
    off in between must not be read as one that did not happen."""
    ending = asyncio.ensure_future(tx.finish())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await asyncio.wait([ending])
        raise
