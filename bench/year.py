"""A year of a large organisation: 50,000 sessions with 26 people each, 20 million records, on SQLite or PostgreSQL.

Bundles are made beside it and taken in as `central ingest` takes them. At each checkpoint (50, 500, 5,000, 50,000
sessions) a small head office with 50 sessions of the same day and the same kind is set up next to the large one, and
the two take turns: a page of one, the same page of the other; a few sessions of a day into one, as many into the other.
So what is told of the large one is how many times it costs what the small one costs, on the same machine in the same
minute. CPU counts, of head office's process and of PostgreSQL's; the clock and how large a page is stand beside it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.organisation import DAY_MS, Organisation, Told, head_office
from bench.processes import Talker
from bench.report import Row, median, ratio, talk
from bench.yearbase import KINDS, Files, cpu_of, peak_of
from bench.yearpages import Browser, accounts, pages
from fieldkit.sync.central import programs

COUNT, DAYS, BASE = 50_000, 365, 50
CHECKPOINTS = (50, 500, 5_000, 50_000)
A_DAY, AT_ONCE, SLICE = 140, 20, 500
"""Sessions of a working day; that are taken in turn; that are made before they are taken in."""
ROUNDS, REQUESTS = 5, 4
SITES = 8
"""Of a supervisor: so many that what they are asked to file is a full page in the small one too."""
FIRST = 1_764_547_200_000
MIB = 2**20
PROGRAMS = (
    """
fieldkit: 1
id: press4
version: 1.0.0
title: {en: "Press 4"}
task: press4
needs:
  - {crew: [A, B]}
parts:
  - {id: basics, title: {en: "Basics"}, packs: [{id: press-basics, version: 1.0.0}]}
  - {id: refresher, title: {en: "Refresher"}, packs: [{id: press-refresher, version: 1.0.0}]}
validity: {months: 12, remind_days: [30]}
""",
    """
fieldkit: 1
id: forklift
version: 1.0.0
title: {en: "Forklift"}
needs:
  - {crew: [C]}
parts:
  - {id: drive, title: {en: "Drive"}, packs: [{id: forklift, version: 1.0.0}]}
validity: {months: 24, remind_days: [60]}
""",
)


class Place:
    """One head office: sessions for it, and the process that takes them in."""

    def __init__(self, folder: Path, kind: Files, of: Organisation, sessions: int, ends: int) -> None:
        """`sessions` of a year of `of`; its trust list is good until `ends`, Unix s."""
        folder.mkdir()
        self.folder, self.home, self.kind, self.of, self.count = folder, folder / "office", kind, of, 0
        self.url = kind.address()
        home = asyncio.run(head_office(self.home, of, ends, self.url))
        for one in PROGRAMS:
            programs.put(home, one.encode())
        accounts(self.home, of.sites[:SITES], of.first // 1000)
        every = sessions + 2 * A_DAY  # the last day is measured when all of the year is there
        self.told: Iterator[Told] = of.sessions(every, -(-DAYS * every // sessions))
        self.last: Told | None = None
        self.taker = Talker("bench.yearwork", "take", str(self.home))
        self.taker.read()

    @property
    def now(self) -> int:
        """A day after its last session, Unix s."""
        return (self.last.t0 if self.last is not None else self.of.first) // 1000 + 86_400

    def made(self, n: int) -> Path:
        """A folder with the bundles of its next sessions."""
        folder, until = Path(tempfile.mkdtemp(dir=self.folder)), self.count + n
        for one in islice(self.told, n):
            (folder / f"{self.count:06d}.fkb").write_bytes(one.bundle)
            self.count, self.last = self.count + 1, one
        if self.count < until:
            raise RuntimeError(f"there are no more than {self.count} sessions")
        return folder

    def asked(self, *words: object) -> dict[str, Any]:
        """What its process did; `cpu` is that of the database's processes too."""
        before = self.kind.cpu()
        self.taker.write(json.dumps([str(one) for one in words]))
        return self._read(before)

    def _read(self, before: float) -> dict[str, Any]:
        did = self.taker.read()
        return did | {"cpu": did["cpu"] + self.kind.cpu() - before}

    def take(self, folder: Path) -> dict[str, Any]:
        did = self.asked("take", folder, self.now)
        folder.rmdir()
        return did

    def catch_up(self) -> dict[str, Any]:
        did = self.asked("catch", self.now)
        if did["n"]:
            raise RuntimeError(f"{did['n']} sessions and people are left")
        return did

    def grow(self, until: int) -> list[tuple[float, float]]:
        """Take in until there are so many; (CPU, clock) a session of each slice."""
        out = []
        while self.count < until:
            n = min(SLICE, until - self.count)
            did = self.take(self.made(n))
            out.append((did["cpu"] / n, did["clock"] / n))
        return out

    def close(self) -> None:
        self.taker.__exit__(None, None, None)
        self.kind.drop(self.url)
        shutil.rmtree(self.folder)


class Pages:
    """A server, and who looks at its pages."""

    def __init__(self, place: Place, stack: ExitStack) -> None:
        assert place.last is not None
        self.kind = place.kind
        self.server = stack.enter_context(Talker("bench.yearwork", "serve", str(place.home), str(place.now)))
        ready = self.server.read()
        self.pid = int(ready["pid"])
        self.at = pages(place.last.origin, place.last.badges[0], "press4", "press-basics@1.0.0")
        self.browsers = {name: Browser(int(ready["port"]), name) for name in {who for who, _ in self.at.values()}}

    def get(self, what: str, times: int) -> tuple[float, float, int]:
        """CPU and clock of a request, in seconds, and how large the page is."""
        who, at = self.at[what]
        cpu, begun, size = cpu_of(self.pid) + self.kind.cpu(), perf_counter(), 0
        for _ in range(times):
            size = len(self.browsers[who].get(at))
        took = perf_counter() - begun
        return (cpu_of(self.pid) + self.kind.cpu() - cpu) / times, took / times, size


def turns(small: Place, large: Place, rounds: int, requests: int) -> tuple[list[Row], list[int]]:
    """Every page of both, in turn; and the most memory of the two servers."""
    out = []
    with ExitStack() as stack:
        both = [Pages(small, stack), Pages(large, stack)]
        for what in both[0].at:
            for one in both if requests > 1 else ():
                one.get(what, 2)
            took = [[one.get(what, requests) for one in both] for _ in range(rounds)]
            less, more = ([turn[k] for turn in took] for k in (0, 1))
            out.append(
                Row(
                    f"  page: {what}", _page(more), _page(less),
                    round(ratio([one[0] for one in more], [one[0] for one in less]), 2), "×", None, 3,
                )
            )  # fmt: skip
        return out, [peak_of(one.pid) for one in both]


def _page(took: list[tuple[float, float, int]]) -> str:
    cpu, clock = (1e3 * median([one[k] for one in took]) for k in (0, 1))
    return f"{cpu:.1f} ms of CPU ({clock:.1f} by the clock), {took[0][2] / 1000:.0f} kB"


def a_day(small: Place, large: Place, n: int) -> list[Row]:
    """A day's sessions into both, a few in turn; then what the digest makes of them."""
    took: list[list[tuple[float, float]]] = []
    for at in range(0, n + AT_ONCE, AT_ONCE):
        some = min(AT_ONCE, n)
        did = [one.take(one.made(some)) for one in (small, large)]
        if at:  # the first does not count
            took.append([(1e3 * one["cpu"] / some, 1e3 * one["clock"] / some) for one in did])
    less, more = ([turn[k] for turn in took] for k in (0, 1))
    known = len(took) * min(AT_ONCE, n) + min(AT_ONCE, n)
    read = [one.catch_up() for one in (small, large)]
    cpu = [1e3 * one["cpu"] / known for one in read]
    return [
        Row(
            "  taking a session in", _each(more), _each(less),
            round(ratio([one[0] for one in more], [one[0] for one in less]), 2), "×", None, 1.3,
        ),
        Row(
            f"  reading a day's {known} sessions into the digest, a session",
            f"{cpu[1]:.1f} ms of CPU", f"{cpu[0]:.1f} ms", round(cpu[1] / cpu[0], 2), "×",
        ),
    ]  # fmt: skip


def _each(took: list[tuple[float, float]]) -> str:
    return f"{median([a for a, _ in took]):.1f} ms of CPU ({median([b for _, b in took]):.1f} by the clock)"


def checkpoint(folder: Path, kind: Files, large: Place, base: int, year: int, short: bool) -> list[Row]:
    """What the large one is to a small one now."""
    assert large.last is not None
    gap = DAYS * DAY_MS // year
    of = organisation(short, large.last.t0 - base * gap)
    small = Place(folder / "small", kind, of, year, large.now + 30 * 86_400)
    try:
        small.grow(base)
        small.catch_up()
        n, size = large.count, kind.size(large.home, large.url)
        for one in (small, large):
            kind.tidy(one.url)
        out, served = turns(small, large, 1 if short else ROUNDS, 1 if short else REQUESTS)
        day = a_day(small, large, 4 if short else A_DAY)
        taker = [peak_of(one.taker.process.pid) for one in (small, large)]
    finally:
        small.close()
    where = f"{n:,} sessions on {kind.name}: "
    return [
        Row(f"{where}against one with {base}", f"{size / n / 1000:.0f} kB of database a session, {size / 1e9:.2f} GB"),
        *out, *day,
        *(
            Row(
                f"  most memory of {what}", f"{more / MIB:.0f} MiB", f"{less / MIB:.0f} MiB",
                round((more - less) / MIB, 1), " MiB more", None, 64,
            )
            for what, (less, more) in (("the server", served), ("taking in and reading", taker))
        ),
    ]  # fmt: skip


def organisation(short: bool, first: int = FIRST) -> Organisation:
    if short:
        return Organisation(laptops=8, sites=2, people=200, evenings=5, size=8, first=first, seed="year")
    return Organisation(laptops=200, sites=20, people=30_000, evenings=60, size=26, first=first, seed="year")


def one_database(folder: Path, kind: Files, count: int, year: int, short: bool) -> list[Row]:
    base = 6 if short else BASE
    of, out = organisation(short), list[Row]()
    large = Place(folder / "large", kind, of, year, FIRST // 1000 + (DAYS + 10) * 86_400)
    try:
        for n in sorted({count} if short else {count, *(one for one in CHECKPOINTS if one < count)}):
            before = large.count
            took = large.grow(n)
            gc.collect()
            read = large.catch_up()
            cpu, clock = (1e3 * median([one[k] for one in took]) for k in (0, 1))
            known = n - before
            out += [
                *checkpoint(folder, kind, large, base, year, short),
                Row("  taking in until there", f"{cpu:.1f} ms of CPU a session ({clock:.1f} by the clock)"),
                Row("  reading them into the digest", f"{1e3 * read['cpu'] / known:.1f} ms of CPU a session"),
            ]
            since = next(one for one in out if one.what.startswith(f"{n:,}"))
            for row in out[out.index(since) :]:
                talk(f"{row.what}: {row.figure}  |  {row.floor}  |  {'' if row.value is None else row.value}{row.unit}")
    finally:
        large.close()
    return out


def run(short: bool = False, count: int | None = None, database: str = "") -> list[Row]:
    """`count` sessions of the year; `database`: `sqlite` or `postgresql`, empty for both."""
    out: list[Row] = []
    for name in [database] if database else list(KINDS):
        talk(f"{name}…")
        try:
            kind = KINDS[name]()
        except RuntimeError as none:
            out.append(Row(f"a year on {name}", f"not measured: {none}"))
            continue
        try:
            with tempfile.TemporaryDirectory() as made:
                out += one_database(Path(made), kind, count or (20 if short else COUNT), COUNT, short)
        finally:
            kind.close()
    return out
