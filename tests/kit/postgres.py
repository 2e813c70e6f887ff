"""A real PostgreSQL for tests: one server a process, a schema of its own for each head office.

`FIELDKIT_TEST_PG` names a database in which schemas may be made; else a server is started out of Debian's binaries,
syncing and reached by a socket in a temporary folder alone; else the tests are left out, loudly.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
BINARIES = "/usr/lib/postgresql"
WHY = f"no PostgreSQL: set FIELDKIT_TEST_PG, or install one below {BINARIES}"
TUNED = (
    *("listen_addresses=", "fsync=on", "shared_buffers=32MB", "max_connections=60", "wal_level=minimal"),
    *("max_wal_senders=0", "autovacuum=off", "log_min_messages=fatal"),
)


LOCALE = ("--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8")
"""Sorts like English: what is compared by its bytes must say so."""
GUARD = '"$@" & read -r _; kill -QUIT $!; wait $!'
"""Runs a server for as long as somebody holds the other end of its input."""


class Server:
    """One server in a temporary folder; stopped at the end of the process."""

    def __init__(self, binaries: Path, like: Server | None = None) -> None:
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="fkpg", dir="/tmp"))
        atexit.register(self.remove)
        self.user: dict[str, Any] = {}
        if os.getuid() == 0:  # the server refuses to be root
            who = next(one for one in ("postgres", "nobody") if _is_user(one))
            self.user = {"user": who, "group": pwd.getpwnam(who).pw_gid, "extra_groups": []}
            os.chown(self.folder, pwd.getpwnam(who).pw_uid, pwd.getpwnam(who).pw_gid)
        self.data = self.folder / "data"
        self.url = f"postgresql://fieldkit@/postgres?host={self.folder}"
        self._process: subprocess.Popen[bytes] | None = None
        self.template = self.folder / "template"
        """The cluster as it was made: making one takes two seconds, copying it none."""
        if like is None:
            made = ["initdb", "-D", str(self.template), "-U", "fieldkit", "-A", "trust", "-E", "UTF8", "--no-sync"]
            self._run(str(binaries / made[0]), *made[1:], *LOCALE)
        self._run("cp", "-a", str((like or self).template), str(self.data))

    def _run(self, *args: str) -> None:
        subprocess.run(args, check=True, capture_output=True, cwd=self.folder, **self.user)

    def start(self, *settings: str) -> None:
        """Serving when it returns. It is stopped as by a power cut when this process ends, however it ends.
        `settings`: `name=value`, in place of what `TUNED` says."""
        more = [part for one in (*TUNED, *settings) for part in ("-c", one)]
        args = [str(self.binaries / "postgres"), "-D", str(self.data), "-k", str(self.folder), *more]
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "sh", *args],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.user,
        )
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.folder)]
        for _ in range(200):
            if subprocess.run(ready, check=False, cwd=self.folder).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not start")

    def stop(self) -> None:
        """At once, as a power cut would."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def binaries() -> Path | None:
    """The newest of Debian's."""
    found = sorted(Path(BINARIES).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@functools.cache
def shared() -> Server | None:
    """The one server of this process; None where there are no binaries."""
    here = binaries()
    if here is None:
        return None
    server = Server(here)
    server.start()
    return server


def another() -> Server:
    """One more, not started: for a test that breaks it. Skips the test where there are no binaries."""
    first = shared()
    if first is None:
        pytest.skip(WHY)
    return Server(first.binaries, like=first)


def address() -> str:
    """A place for a head office, with nothing in it: skips the test where there is no PostgreSQL."""
    url = os.environ.get("FIELDKIT_TEST_PG", "")
    if not url:
        server = shared()
        if server is None:
            pytest.skip(WHY)
        url = server.url
    schema = f"t{secrets.token_hex(6)}"
    _apart(_say(url, f"CREATE SCHEMA {schema}"))
    return f"{url}{'&' if '?' in url else '?'}search_path={schema}"


def contents(url: str) -> bytes:
    """Every row of every table at this address, one after another."""
    return _apart(_dumped(url))


async def _dumped(url: str) -> bytes:
    import asyncpg  # type: ignore[import-untyped]

    db = await asyncpg.connect(url, timeout=5)
    try:
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
        tables = [row[0] for row in await db.fetch(sql)]
        rows = [tuple(row) for name in tables for row in await db.fetch(f"SELECT * FROM {name}")]
    finally:
        await db.close()
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)


def _apart(what: Coroutine[Any, Any, T]) -> T:
    """Also where a loop is running already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, what).result()


async def _say(url: str, sql: str) -> None:
    import asyncpg

    db = await asyncpg.connect(url, timeout=5)
    try:
        await db.execute(sql)
    finally:
        await db.close()
