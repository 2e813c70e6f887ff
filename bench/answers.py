"""P3: 5,000 answers at once over open connections, each acknowledged after its fsync, against hello-JSON POST.

The floor is a bare aiohttp handler on the same loop, the same connection class, the same kind of request: read the
body, decode JSON, answer JSON; no guards, no seat, no disk.
"""

from __future__ import annotations

import tempfile

from bench.processes import Load, Server, intent_id, joined, post
from bench.report import Row, cpu_of, median, ratio, talk


def run(short: bool = False) -> list[Row]:
    n, turns = (1000, 3) if short else (5000, 5)
    ours: list[float] = []
    floor: list[float] = []
    our_cpu: list[float] = []
    floor_cpu: list[float] = []
    slowest: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Server("room", folder=folder, expected=n) as server, Load() as load:
        host = f"127.0.0.1:{server.addr[1]}"
        hello_addr = ["127.0.0.1", server.ready["hello"]]
        talk(f"{n} phones come in…")
        seats = joined(load, server.addr, n, "room", roster=True)
        load.do("connect", group="hello", n=n, addr=hello_addr, sources=max(8, n // 300))
        server.tell("open q1")
        for turn in range(turns + 1):
            body = {"kind": "answer", "activity": "q1", "round": turn + 1, "v": ["b"]}
            greet = [
                post("/hello", {"id": intent_id("hello", turn, k), **body}, host, seat) for k, seat in enumerate(seats)
            ]
            put = [post("/v1/intents", {"id": intent_id(turn, k), **body}, host, seat) for k, seat in enumerate(seats)]
            for group, requests, rate, used in (("hello", greet, floor, floor_cpu), ("room", put, ours, our_cpu)):
                file = load.file(requests)
                before = cpu_of(server.pid)
                told = load.do("send", group=group, file=file)
                spent = cpu_of(server.pid) - before
                if told["errors"] or told["n"] != n:
                    raise RuntimeError(f"{group}: {told['errors']} errors, {told['n']} of {n} answered")
                if turn:
                    rate.append(told["per_s"])
                    used.append(spent / n * 1e6)
                    if group == "room":
                        slowest.append(told["max_ms"])
            counted = server.tell("revote q1")["answers"]["q1"][turn]
            if counted != n:
                raise RuntimeError(f"{counted} answers counted where {n} were acknowledged")
    rate_says = f"hello-JSON {median(floor):,.0f}/s"
    return [
        Row(
            f"{n:,} answers at once, on disk before each answer",
            f"{median(ours):,.0f}/s, the last after {median(slowest):.0f} ms",
            rate_says,
            ratio(ours, floor),
            "×",
            0.7,
        ),
        Row(
            "CPU of the server an answer",
            f"{median(our_cpu):.0f} µs",
            f"hello-JSON {median(floor_cpu):.0f} µs",
            ratio(floor_cpu, our_cpu),
            "×",
        ),
    ]
