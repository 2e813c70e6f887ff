"""What a benchmark says: a figure, the floor it was held against, the ratio, the target, met or not.

Absolute times drift with the machine and its neighbours, so a row of kind `ratio` always comes from measurements that
alternated in one run; rows of kind `bytes` are exact. A row without a target is there to be read, not judged.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec


class Row(msgspec.Struct, omit_defaults=True):
    """One line. `figure` and `floor` are words with their unit; `value` is what is held against `least` or `most`."""

    what: str
    figure: str
    floor: str = ""
    value: float | None = None
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}{self.unit}"
        return f"≤ {self.most:g}{self.unit}" if self.most is not None else ""

    @property
    def met(self) -> bool | None:
        if self.value is None or (self.least is None and self.most is None):
            return None
        return self.value >= self.least if self.least is not None else self.value <= (self.most or 0)

    def plain(self) -> dict[str, object]:
        return {**msgspec.to_builtins(self), "target": self.target, "met": self.met}


def show(name: str, title: str, rows: Sequence[Row], as_json: bool) -> None:
    """Print to standard output: a table for people, or one JSON document."""
    if as_json:
        print(json.dumps({"bench": name, "rows": [row.plain() for row in rows]}, ensure_ascii=False, indent=2))
        return
    print(f"\n{name}: {title}")
    for row in rows:
        said = {True: "met", False: "NOT MET", None: ""}[row.met]
        value = (
            "" if row.value is None else f"{row.value:.2f}{row.unit}" if row.unit == "×" else f"{row.value:g}{row.unit}"
        )
        print(f"  {row.what}\n      {row.figure}" + (f"   against   {row.floor}" if row.floor else ""))
        if row.target:
            print(f"      {value}   target {row.target}   {said}")


def talk(words: str) -> None:
    """Progress, on standard error."""
    print(words, file=sys.stderr, flush=True)


# ---- measuring ---------------------------------------------------------------------------------------------------


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def alternate(turns: int, *works: Callable[[], float]) -> list[list[float]]:
    """Run each in turn, `turns` times, after one round that does not count; the lists of what they returned."""
    told: list[list[float]] = [[] for _ in works]
    for turn in range(turns + 1):
        for mine, work in zip(told, works, strict=True):
            found = work()
            if turn:
                mine.append(found)
    return told


def ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """Median of the ratios of neighbours in time: what disturbed one of them has mostly disturbed the other."""
    return median([a / b for a, b in zip(ours, floor, strict=True)])


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process's CPU that `work` takes: on a busy machine that is steadier than the wall clock."""
    before = time.process_time()
    work()
    return time.process_time() - before


def cpu_of(pid: int) -> float:
    """Seconds on CPU of all threads of a process so far (Linux); 0 elsewhere."""
    total = 0
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
    except OSError:
        return 0.0
    return total / 1e9


def rss_of(pid: int) -> int:
    """Resident bytes of a process now (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def can_measure_processes() -> bool:
    return os.path.exists("/proc/self/schedstat")
