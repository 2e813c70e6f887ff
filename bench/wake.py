"""P12, second half: the laptop wakes, and 1,000 phones that have lost it are back.

The room is real, the Wi-Fi is a cell in a box, the laptop sleeps (its link is gone, its processes are stopped). The
phones are programs that try as the page's script does: 3.5 s a try, then uniformly within half the window that the view
told. So what they do when the laptop wakes does not depend on how long it slept. Needs Linux, root or user namespaces.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.hour import pack, send
from bench.report import Row, talk

TRY_S = 3.5
SLEEP_S = 12.0


def run(short: bool = False) -> list[Row]:
    from tests.kit.wifi import Wifi

    if why := Wifi.why_not():
        raise SystemExit(f"bench wake: {why}")
    n = 200 if short else 1000
    with tempfile.TemporaryDirectory() as name, Wifi(["laptop", "hall"]) as cell:
        folder = Path(name)
        serve = ["host", pack(folder), "--headless", "--json", "--data", folder / "data", "--bind", cell.ip("laptop")]
        host = cell.popen(
            "laptop", [sys.executable, "-m", "fieldkit", *map(str, serve), "--port", "8080", "--quiet"], stdout=-1
        )
        ready = json.loads(host.stdout.readline())
        hall = cell.popen(
            "hall", [sys.executable, "-m", "bench.wake", ready["url"], ready["code"], str(n)], stdin=-1, stdout=-1
        )
        talk(f"{n} phones come in…")
        if hall.stdout.readline().strip() != b"in":
            raise RuntimeError("the phones did not come in")
        cell.sleep("laptop")
        hall.stdin.write(b"lost\n")
        hall.stdin.flush()
        time.sleep(SLEEP_S)
        woke = time.monotonic()
        cell.wake("laptop")
        told = json.loads(hall.stdout.readline())
    back = sorted(t - woke for t in told["back"])
    late = n - len(back)
    p99 = back[n * 99 // 100 - 1] if len(back) >= n * 99 // 100 else float("inf")
    peak = max((sum(1 for t in back if a <= t < a + 0.1) for a in (k / 20 for k in range(100))), default=0)
    return [
        Row(f"99 % of {n:,} phones back after waking", f"{p99:.2f} s", "", p99, " s", None, 2.5),
        Row("the last one", f"{back[-1]:.2f} s" if not late else f"{late} not back"),
        Row(
            "most at once: share that came within one tenth of a second",
            f"{peak / n:.0%}",
            "",
            peak / n,
            "",
            None,
            0.25,
        ),
    ]


# ---- in the cell -------------------------------------------------------------------------------------------------


async def listens(url: str, seat: str) -> asyncio.StreamWriter:
    """An open stream that has said its first words. Raises OSError or TimeoutError."""
    host, _, port = url.removeprefix("http://").partition(":")
    async with asyncio.timeout(TRY_S):
        reader, writer = await asyncio.open_connection(host, int(port or 80))
        head = f"GET /v1/events HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {seat}\r\n\r\n"
        writer.write(head.encode())
        await reader.readuntil(b"\n\n")
    return writer


async def phones(url: str, code: str, n: int) -> None:
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(32)
    seats: list[str] = []

    async def come_in(k: int) -> asyncio.StreamWriter:
        async with gate:
            body: dict[str, Any] = {"kind": "join", "code": code, "name": f"Worker {k}"}
            for _ in range(20):
                answer = await asyncio.to_thread(send, url, body)
                if answer.get("seat"):
                    break
                await asyncio.sleep(0.2)
            seats.append(answer["seat"])
            return await listens(url, answer["seat"])

    writers = await asyncio.gather(*(come_in(k) for k in range(n)))
    print("in", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    for writer in writers:
        writer.transport.abort()
    back: list[float] = []
    rng = random.Random(7)

    async def come_back(seat: str) -> None:
        await asyncio.sleep(rng.uniform(0, TRY_S + 2))  # each noticed at its own time
        while True:
            try:
                await listens(url, seat)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                await asyncio.sleep(rng.uniform(0, max(2.0, n / 1000)) / 2)
            else:
                back.append(time.monotonic())
                return

    try:
        async with asyncio.timeout(SLEEP_S + 20):
            await asyncio.gather(*(come_back(seat) for seat in seats))
    except TimeoutError:
        pass
    print(json.dumps({"back": back}), flush=True)


if __name__ == "__main__":
    asyncio.run(phones(sys.argv[1], sys.argv[2], int(sys.argv[3])))
