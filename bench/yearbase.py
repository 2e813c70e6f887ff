"""The databases of `bench year`: a file, or a PostgreSQL of its own as an operator runs one, with autovacuum. How large
they are, and how much CPU is used for them: PostgreSQL does a part of the work in processes of its own.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TICK = 1 / os.sysconf("SC_CLK_TCK")
SETTINGS = ("autovacuum=on", "shared_buffers=256MB", "max_wal_size=2GB", "checkpoint_timeout=5min")


class Files:
    """SQLite: a file in each head office's folder."""

    name = "sqlite"

    def address(self) -> str:
        return ""

    def size(self, home: Path, url: str) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in home.glob("central.db*"))

    def cpu(self) -> float:
        """Seconds of CPU of processes that are not ours."""
        return 0.0

    def tidy(self, url: str) -> None:
        """What an operator's database does at night."""

    def drop(self, url: str) -> None:
        """The head office is gone."""

    def close(self) -> None:
        pass


class Postgres(Files):
    """A server of its own; a schema for each head office. Raises RuntimeError where there is none to start."""

    name = "postgresql"

    def __init__(self) -> None:
        from tests.kit import postgres

        try:
            self.server = postgres.another()
        except BaseException as none:  # pytest's way of leaving something out
            raise RuntimeError(postgres.WHY) from none
        self.server.start(*SETTINGS)
        self._pid = int((self.server.data / "postmaster.pid").read_text().split()[0])

    def address(self) -> str:
        schema = f"t{secrets.token_hex(6)}"
        self._say(self.server.url, f"CREATE SCHEMA {schema}")
        return f"{self.server.url}&search_path={schema}"

    def size(self, home: Path, url: str) -> int:
        sql = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
        return int(self._say(url, f"{sql} current_schema()::regnamespace") or 0)

    def cpu(self) -> float:
        """Of the server's processes that run, and of those that have ended."""
        _, _, rest = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")
        ended = sum(map(int, rest.split()[13:15])) * TICK
        running = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return ended + sum(_ns(one) for one in [str(self._pid), *running]) / 1e9

    def tidy(self, url: str) -> None:
        self._say(url, "VACUUM (ANALYZE)")

    def drop(self, url: str) -> None:
        self._say(self.server.url, f"DROP SCHEMA {url.rpartition('=')[2]} CASCADE")

    def close(self) -> None:
        self.server.remove()

    def _say(self, url: str, sql: str) -> Any:
        import asyncpg  # type: ignore[import-untyped]

        async def said() -> Any:
            db = await asyncpg.connect(url, timeout=30)
            try:
                return await db.fetchval(sql, timeout=3600)
            finally:
                await db.close()

        return asyncio.run(said())


def _ns(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


KINDS: dict[str, Callable[[], Files]] = {"sqlite": Files, "postgresql": Postgres}


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process, with threads that have ended (Linux: `clock_getcpuclockid`)."""
    return time.clock_gettime((~pid << 3) | 2)


def peak_of(pid: int) -> int:
    """The most resident bytes that a process ever had (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
