"""Head office in processes of their own: `python -m bench.yearwork take|serve HOME`, spoken to in JSON lines.

`take`   takes the bundles of a folder in, one after another and as `central ingest` does, and deletes them; catches
         the digest up. It says how much CPU and time each took, and the most memory that the process ever had.
`serve`  `central serve` on this machine's loopback, without TLS; its clock is what it was told when it began.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.serve import serving
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.server import CentralServer

Did = dict[str, Any]


async def taken(home: Path, folder: Path, now: int) -> int:
    """How many sessions; each of them is new."""
    some = sorted(folder.iterdir())
    async with await Intake.open(Home.open(home)) as intake:
        for path in some:
            said = await intake.file(path, now)
            if any(one.result != "stored" for one in said):
                raise RuntimeError(f"{path.name}: {said}")
            path.unlink()
    return len(some)


async def caught_up(home: Path, now: int) -> int:
    """How many sessions and people are left."""
    opened = Home.open(home)
    db = await opened.database()
    try:
        return await catch_up(opened, db, now)
    finally:
        await db.close()


async def take(home: Path) -> None:
    async def answer(words: list[str]) -> Did:
        if words[0] == "take":
            return await _timed(lambda: taken(home, Path(words[1]), int(words[2])))
        return await _timed(lambda: caught_up(home, int(words[1])))

    serving()
    await _commands(answer)


async def _timed(work: Callable[[], Awaitable[int]]) -> Did:
    cpu, clock = time.process_time(), time.perf_counter()
    n = await work()
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    return {"n": n, "cpu": cpu, "clock": clock, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


async def serve(home: Path, now: int) -> None:
    logging.getLogger("fieldkit.central").addHandler(logging.StreamHandler(sys.stderr))
    server = CentralServer(Home.open(home), lambda: now, told=lambda line: print(line, file=sys.stderr))
    sock = socket.create_server(("127.0.0.1", 0))
    await server.start(sock, None)
    serving(port=server.port)

    async def answer(words: list[str]) -> Did:
        return {}

    await _commands(answer)
    await server.stop()


async def _commands(answer: Callable[[list[str]], Awaitable[Did]]) -> None:
    """Standard input line by line until it ends; a line is a list of words."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    asyncio.run(take(Path(where)) if what == "take" else serve(Path(where), int(more[0])))
