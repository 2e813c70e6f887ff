"""`python -m bench` lists the benchmarks; `python -m bench NAME [--json] [--short]` runs one, `all` runs every one."""

from __future__ import annotations

import argparse
import importlib
import sys

from bench.report import show

BENCHES: dict[str, tuple[str, str]] = {
    "fanout": ("P1", "one change of state to 5,000 phones, against raw asyncio writes"),
    "stuck": ("P2", "the same while 5 % of the phones do not read"),
    "answers": ("P3", "5,000 durable answers at once, against hello-JSON on the same server"),
    "joins": ("P4", "3,000 joins at once, against a raw asyncio server"),
    "memory": ("P5", "memory of a connected phone"),
    "firstview": ("P6", "bytes and requests of the first view; a change; an answer"),
    "ready": ("P6", "when a phone is ready at 400 kbit/s, 400 ms and a quarter of the CPU"),
    "hour": ("P7", "one participant-hour on the air, captured from a real one; takes an hour, --short two minutes"),
    "idle": ("P12", "what 1,000 listening phones cost"),
    "wake": ("P12", "the laptop wakes: when 1,000 phones are back"),
    "append": ("P8", "log append, against one Ed25519 signature a record"),
    "verify": ("P9", "verify a bundle, against one Ed25519 verification a record; its size; its memory"),
    "ingest": ("P10", "head office takes bundles in, against the bare sqlite3 driver; its memory"),
    "month": ("", "a month of 40 laptops by HTTPS and stick in any order: all there once, counted again"),
    "year": ("", "a year of a large organisation, 50,000 sessions: ingest, pages, memory, and how each grows; hours"),
    "rows": ("", "attendance of 200 sessions in one file: time a row, and memory that does not grow"),
    "office": ("", "our workbooks, with hostile names, opened by LibreOffice"),
    "start": ("P13", "start-up, against `python -c pass`"),
    "fold": ("P14", "replay of a log, against decoding it with the profile check"),
    "console": ("", "the trainer's terminal: key to screen, a burst, the first screen, memory over eight hours"),
    "kill": ("", "kill -9 of the host under load: nothing acknowledged is lost, nothing counts twice; --count 1000"),
    "powercuts": (
        "",
        "2,000 simulated power cuts: whatever was told to be saved, written or taken is there",
    ),
    "flips": ("", "10,000 flipped bits and every end of a bundle: nothing stored changes, no verdict gets better"),
}

COUNTED = ("kill", "powercuts", "flips", "year")
"""Those that do one thing many times; `--count` says how many times."""
LONG = ("hour", "year")
"""Not of `all`."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=[*BENCHES, "all"])
    parser.add_argument("--json", action="store_true", help="one JSON document a benchmark on standard output")
    parser.add_argument("--short", action="store_true", help="small numbers, for a machine that has other things to do")
    parser.add_argument("--count", type=int, help=f"how many, for {', '.join(COUNTED)}")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="on which alone, for year")
    asked = parser.parse_args()
    if asked.name is None:
        for name, (target, words) in BENCHES.items():
            print(f"{name:10} {target:4} {words}")
        return 0
    missed = 0
    for name in [x for x in BENCHES if x not in LONG] if asked.name == "all" else [asked.name]:
        more = {"count": asked.count} if asked.count and name in COUNTED else {}
        more |= {"database": asked.database} if asked.database and name == "year" else {}
        rows = importlib.import_module(f"bench.{name}").run(short=asked.short, **more)
        show(name, BENCHES[name][1], rows, asked.json)
        missed += sum(row.met is False for row in rows)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
