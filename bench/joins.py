"""P4: 3,000 joins at once, each a new connection, from 8 loopback addresses and with a roster of 3,000.

The floor is a raw asyncio server, as fresh as the room, that takes as many connections, reads as many bytes and
writes a fixed answer.
"""

from __future__ import annotations

import json
import tempfile
import time

from bench.processes import Load, Server, join
from bench.report import Row, cpu_of, median, ratio, talk

SOURCES = 8
EARLY = 200
"""Who comes before the storm, to both servers: code that runs for the first time is slower for either."""


def run(short: bool = False) -> list[Row]:
    n, turns = (800, 3) if short else (3000, 5)
    ours, floor, slow, raw_slow, again = [], [], [], [], 0
    with Load() as load:
        for turn in range(turns):
            talk(f"{n} join, round {turn + 1} of {turns}…")
            with (
                tempfile.TemporaryDirectory() as folder,
                Server("raw") as raw,
                Server("room", folder=folder, expected=EARLY + n) as room,
            ):
                time.sleep(1.5)  # a room that has just been opened still tidies its memory
                requests = [join(k, "127.0.0.1", badge=f"E{k:06d}") for k in range(EARLY + n)]
                first, rest = load.file(requests[:EARLY]), load.file(requests[EARLY:])
                for server, used, latest in ((raw, floor, raw_slow), (room, ours, slow)):
                    load.do("storm", addr=server.addr, n=EARLY, file=first, sources=SOURCES)
                    before = cpu_of(server.pid)
                    told = load.do("storm", addr=server.addr, n=n, file=rest, sources=SOURCES)
                    used.append((cpu_of(server.pid) - before) / n * 1e6)
                    latest.append(told["p99_ms"])
                    again += told["retransmitted"] if server is room else 0
                    if told["errors"] or told["n"] != n:
                        raise RuntimeError(f"{told['errors']} errors, {told['n']} of {n} answered")
                seats = {json.loads(body)["seat"] for body in told["kept"]}
                if len(seats) != n or room.tell("saved")["joined"] != EARLY + n:
                    raise RuntimeError(f"{len(seats)} seats for {n} people")
    return [
        Row(
            f"{n:,} joins at once: CPU of the server a join",
            f"{median(ours):.0f} µs",
            f"raw asyncio {median(floor):.0f} µs",
            ratio(ours, floor),
            "×",
            None,
            3,
        ),
        Row("SYNs that had to be sent again", f"{again}", "", again, "", None, 0),
        Row(
            "99 of 100 are in within",
            f"{median(slow):.0f} ms",
            f"raw asyncio {median(raw_slow):.0f} ms",
            ratio(slow, raw_slow),
            "×",
        ),
    ]
