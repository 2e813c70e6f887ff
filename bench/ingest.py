"""P10: head office takes bundles in, against the bare sqlite3 driver that writes the same rows into the same tables.

Ours begins with a file and ends with the commit: a copy that is synced, unsealing, inflating, every line parsed and
hashed, the tree, openings against their records, signatures, one transaction a session, and the fold that looks for
people in two rooms. The floor is given the finished rows and does what nobody can leave out: a transaction a session,
in WAL with synchronous = FULL. How much of ours the database's own thread takes, and what verifying and folding the
same logs costs by itself, is told beside it: the bare driver reads and checks nothing. CPU of one process, then the
clock with as many commits; on PostgreSQL (`ingest_postgres`) by the clock against asyncpg's COPY.

By the clock ours is the command as it is used: as many processes as `central ingest DIR` takes by itself, their start
included (`fieldkit.sync.central.checkers`), against a floor that is one process on one core; and with `--jobs 1`, one
against one. What all processes together take of CPU is the first figure and not the clock's.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.logs import PLAN, T0, make_file, signer
from bench.processes import ROOT
from bench.reference import bundle_of
from bench.report import Row, alternate, cpu, median, ratio, talk
from fieldkit.core.session import Session
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.keys import Signer, six_words
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Lock
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central import enrol
from fieldkit.sync.central.checkers import Checkers
from fieldkit.sync.central.home import Home, init
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.tx_base import Engine, Question, Step, Values

NOW = T0 // 1000 + 60 * 86_400
TABLES = ("session", "cosigned", "record", "opening", "blob", "signed", "arrival", "presence", "finding", "code")
Rows = dict[str, list[tuple[str, list[tuple[Any, ...]]]]]
"""Origin → (statement, its rows) of each table."""
PEAK = """
import asyncio, resource, sys
from pathlib import Path
from bench.ingest import take
asyncio.run(take(Path(sys.argv[1]), [Path(sys.argv[2])]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


async def office(path: Path, database: str = "") -> Home:
    """A head office that knows the bench's laptop."""
    await init(path, "ld.acme.example", None, NOW - 86_400, database)
    home, laptop = Home.open(path), signer()
    asked = enrol.check(enrol_note(laptop, NOW - 86_400), six_words(laptop.vkey))
    enrol.enrol(home, asked, NOW, Signer.load(home.root_path))
    return home


async def taken(home: Home, bundles: Sequence[Path], jobs: int | None = 1) -> float:
    """Ingest these files; every session of theirs is new. Seconds by the clock, once the database is open; `jobs` as of
    `central ingest`."""
    async with await Intake.open(home) as intake:
        begun = time.perf_counter()
        async with Checkers(intake, bundles, jobs) as checkers:
            for n, path in enumerate(bundles):
                said = await checkers.take(n, NOW)
                if any(one.result != "stored" for one in said):
                    raise RuntimeError(f"{path}: {said}")
        return time.perf_counter() - begun


async def take(home: Path, bundles: Sequence[Path]) -> float:
    """The same by one process; seconds of CPU of what SQLite is asked."""
    async with await Intake.open(Home.open(home)) as intake:
        timed = Timed(intake.db.engine)
        intake.db.engine = timed
        for path in bundles:
            said = await intake.file(path, NOW)
            if any(one.result != "stored" for one in said):
                raise RuntimeError(f"{path}: {said}")
        return timed.seconds


class Timed:
    """An engine that says how long it worked: SQLite's, in the thread that asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        before = time.thread_time()
        try:
            return await self._engine.work(begin, steps, questions, commit)
        finally:
            self.seconds += time.thread_time() - before


def bundled(folder: Path, sessions: int, records: int, people: int, lock: Lock | None) -> list[Path]:
    """A bundle a session."""
    out = []
    for seq in range(1, sessions + 1):
        path = folder / f"{seq}.db"
        make_file(path, records, people=people, seq=seq, badges=True)
        out.append(bundle_of(path, folder / f"{seq}.fkb", lock))
    return out


def rows_of(path: Path) -> Rows:
    """What an ingest has written, session by session."""
    found: Rows = {}
    with closing(sqlite3.connect(path)) as db:
        for table in TABLES:
            by: dict[str, list[tuple[Any, ...]]] = {}
            for row in db.execute(f"SELECT * FROM {table}"):
                by.setdefault(row[0], []).append(row)
            for origin, rows in by.items():
                marks = ", ".join("?" for _ in rows[0])
                found.setdefault(origin, []).append((f"INSERT INTO {table} VALUES ({marks})", rows))
    return found


def bare(empty: Path, path: Path, rows: Rows) -> float:
    """The floor: the bare driver. Seconds by the clock, once the database is open."""
    shutil.copy(empty, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        begun = time.perf_counter()
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        for statements in rows.values():
            db.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                db.executemany(sql, values)
            db.execute("COMMIT")
        return time.perf_counter() - begun


def folded(paths: Sequence[Path]) -> None:
    """Records of session files, parsed and folded: what the look for people in two rooms needs."""
    for path in paths:
        with SessionFile.open(path) as file:
            Session(origin=file.origin, plan=PLAN).fold(file.records())


def measure(folder: Path, what: str, sessions: int, records: int, people: int, turns: int, sealed: bool) -> list[Row]:
    folder.mkdir()
    made = asyncio.run(office(folder / "office"))
    lock = Lock(recipients=made.trust().recipients) if sealed else None
    talk(f"{what}…")
    bundles = bundled(folder, sessions, records, people, lock)
    first = folder / "first"
    shutil.copytree(folder / "office", first)
    asyncio.run(take(first, bundles))
    rows = rows_of(first / "central.db")
    empty, n = folder / "office" / "central.db", sum(len(found) for one in rows.values() for _, found in one)

    writing: list[float] = []

    def ours() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            shutil.copytree(folder / "office", Path(made) / "c")
            return cpu(lambda: writing.append(asyncio.run(take(Path(made) / "c", bundles))))

    def floor() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            return cpu(lambda: bare(empty, Path(made) / "bare.db", rows))

    def verify() -> float:
        return cpu(lambda: [verify_bundle(path, [signer().vkey]) for path in bundles])

    fold = [path.with_suffix(".db") for path in bundles]
    took = alternate(turns, ours, floor, verify, lambda: cpu(lambda: folded(fold)))
    mine, bottom, checked, seen = took
    us = [median(one) / n * 1e6 for one in took]
    del writing[0]  # of the round that does not count
    floor_says = f"the bare driver: {us[1]:.2f} µs a row ({1e6 / us[1]:,.0f} rows/s)"
    return [
        Row(
            f"ingest of {what}",
            f"{us[0]:.2f} µs a row, {n:,} rows",
            floor_says,
            ratio(bottom, mine),
            "×",
            0.5,
        ),
        Row(
            "  of that: the database, with every question it is asked",
            f"{median(writing) / n * 1e6:.2f} µs a row",
            floor_says,
            ratio(bottom, writing),
            "×",
            0.5,
        ),
        Row("  `fieldkit verify` of the same files", f"{us[2]:.2f} µs a row", floor_says, ratio(bottom, checked), "×"),
        Row("  parsing and folding the same logs", f"{us[3]:.2f} µs a row", floor_says, ratio(bottom, seen), "×"),
    ]


def by_the_clock(folder: Path, bundles: Sequence[Path], turns: int) -> list[Row]:
    """The same on SQLite by the clock, with the syncs that CPU does not show: as many commits in both."""
    folder.mkdir()
    made = asyncio.run(office(folder / "office"))
    shutil.copytree(made.path, folder / "first")
    asyncio.run(take(folder / "first", bundles))
    rows = rows_of(folder / "first" / "central.db")
    n = sum(len(found) for one in rows.values() for _, found in one)

    def ours(jobs: int | None) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as here:
            shutil.copytree(made.path, Path(here) / "c")
            return asyncio.run(taken(Home.open(Path(here) / "c"), bundles, jobs))

    def floor() -> float:
        with tempfile.TemporaryDirectory(dir=folder) as here:
            return bare(made.path / "central.db", Path(here) / "bare.db", rows)

    return clock_rows(
        "SQLite", "the bare driver", n, bundles, alternate(turns, lambda: ours(None), lambda: ours(1), floor)
    )


def clock_rows(where: str, bottom: str, n: int, bundles: Sequence[Path], took: list[list[float]]) -> list[Row]:
    """Rows for what (the command as it is used, the command with one process, the floor) took, for `n` rows."""
    many, one, floor = took
    processes = Checkers.processes(bundles)
    floor_says = f"{bottom}, one process on one core: {n / median(floor):,.0f} rows/s"
    out = []
    for took_, how, least in ((many, f"{processes} processes", 0.5), (one, "--jobs 1", None)):
        what = f"ingest of {len(bundles)} plain bundles on {where}, wall time, {how}"
        out.append(Row(what, f"{n / median(took_):,.0f} rows/s", floor_says, ratio(floor, took_), "×", least))
    return out


def peak(folder: Path, records: int) -> int:
    """Most resident bytes of a process that takes one session of this size in."""
    folder.mkdir()
    asyncio.run(office(folder / "office"))
    (path,) = bundled(folder, 1, records, 2000, None)
    args = [sys.executable, "-c", PEAK, str(folder / "office"), str(path)]
    done = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) * 1024


def run(short: bool = False) -> list[Row]:
    from bench import ingest_postgres  # late: it knows this file

    many, large, turns = (12, 5_000, 3) if short else (100, 100_000, 5)
    huge, year = (30_000, 12) if short else (1_000_000, 400)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        out = measure(folder / "many", f"{many} plain bundles of 440 records, 40 people", many, 440, 40, turns, False)
        (folder / "year").mkdir()
        plain = bundled(folder / "year", year, 440, 40, None)
        out += [*by_the_clock(folder / "clock", plain, turns), *ingest_postgres.measure(folder, plain, turns)]
        out += measure(folder / "sealed", f"{many} sealed bundles of the same", many, 440, 40, turns, True)[:1]
        out += measure(folder / "large", f"one bundle of {large:,} records", 1, large, 2000, turns, False)
        talk(f"memory for {huge:,} records…")
        small, big = peak(folder / "peak", large), peak(folder / "huge", huge)
    more = (big - small) / 2**20
    what = f"memory for one session of {huge:,} records, above that for {large:,}"
    return [*out, Row(what, f"{more:.1f} MiB", f"{small / 2**20:.0f} MiB", round(more, 1), " MiB", None, 64)]
