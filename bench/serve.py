"""The servers that benchmarks load, each in a process of its own: `python -m bench.serve raw|room`.

It prints one JSON line when it serves and then takes one command a line on standard input, answering with one line.

`raw`   asyncio and nothing else: answers every request with fixed bytes, keeps the sockets; `fire SIZE` writes SIZE
        bytes to each of them.
`room`  a real desk, session file and listener. Beside the real port there is a second one where the same connection
        class of the same loop answers hello-JSON. `fire` opens or closes an activity, `open`/`close ID` as a trainer.
Time in answers is CLOCK_MONOTONIC in ns, which the load generator can compare with its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


async def commands(answer: Any) -> None:
    """Standard input line by line until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        said = await answer(line.decode().split())
        print(json.dumps(said), flush=True)


def serving(**more: Any) -> None:
    print(json.dumps({"pid": os.getpid(), **more}), flush=True)


# ---- the floor ---------------------------------------------------------------------------------------------------


class Raw(asyncio.Protocol):
    """As little as an asyncio server can do and still answer HTTP: find the end of the request, write."""

    everyone: set[Raw] = set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.held = b""
        self.everyone.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.everyone.discard(self)

    def data_received(self, data: bytes) -> None:
        data = self.held + data
        at = data.find(b"\r\n\r\n")
        if at < 0:
            self.held = data
            return
        length = data.find(b"Content-Length: ", 0, at)
        if length >= 0 and len(data) - at - 4 < int(data[length + 16 : data.index(b"\r\n", length)]):
            self.held = data
            return
        self.held = b""
        self.transport.write(OK)


async def raw() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Raw, "127.0.0.1", 0, backlog=4096)

    async def answer(words: list[str]) -> dict[str, Any]:
        frame = b"x" * int(words[1])
        transports = [one.transport for one in Raw.everyone]
        t0 = time.monotonic_ns()
        for transport in transports:
            transport.write(frame)
        return {"t0": t0, "t1": time.monotonic_ns()}

    serving(port=server.sockets[0].getsockname()[1])
    await commands(answer)


# ---- the room ----------------------------------------------------------------------------------------------------


async def room(folder: Path, expected: int) -> None:
    from aiohttp import web

    from bench.logs import DEVICE, PLAN, session_opened, signer
    from fieldkit.clock import SystemClock
    from fieldkit.core import intents as w
    from fieldkit.core import records as r
    from fieldkit.core.intents import FACILITATOR
    from fieldkit.core.records import Draft
    from fieldkit.desk import Desk
    from fieldkit.lan.connections import Connection, Sockets
    from fieldkit.lan.server import LanServer
    from fieldkit.log.line import canonical_plan
    from fieldkit.log.store import Moment, Pending, Store

    clock = SystemClock()
    secret = hashlib.sha256(b"fieldkit bench secret").digest()
    plan = canonical_plan(msgspec.to_builtins(PLAN))
    store = await Store.create(folder / "live.db", f"{DEVICE}/000001-k3m9w2p4", signer(), plan, {})
    drafts = [Draft(session_opened(), None, {"name": "Sam Ortiz"})]
    for n in range(expected):
        row = {"badge": f"E{n:06d}", "name": f"Worker {n}", "crew": f"Crew {n % 40}"}
        drafts.append(Draft(r.PersonExpected(), base64.urlsafe_b64encode(n.to_bytes(6, "big")).decode(), row))
    now = Moment(0, clock.wall_ms(), clock.boot(), clock.reading_ns())
    await store.append([Pending(tuple(drafts))], now, secrets.token_bytes)
    desk = Desk(store, PLAN, clock, secret, "K7M4")
    await desk.start()
    told = 0

    def heard() -> None:
        nonlocal told
        told = time.monotonic_ns()

    desk.subscribe(heard)  # before the listener's own: this is the moment when telling begins
    lan = LanServer(desk)
    await lan.start(bind="127.0.0.1", port=0)

    async def hello(request: web.BaseRequest) -> web.Response:
        asked = msgspec.json.decode(await request.read())
        return web.Response(body=msgspec.json.encode({"ok": True, "id": asked["id"]}), content_type="application/json")

    loop = asyncio.get_running_loop()
    greeter = web.Server(hello, handler_cancellation=False)
    sockets = Sockets()
    options: dict[str, Any] = {"access_log": None, "keepalive_timeout": 60, "auto_decompress": False}
    greeting = await loop.create_server(
        lambda: Connection(greeter, sockets, loop=loop, **options), "127.0.0.1", 0, backlog=4096
    )

    async def answer(words: list[str]) -> dict[str, Any]:
        match words:
            case ["fire"]:
                if "q1" in desk.session.open_rounds:
                    await desk.submit(w.CloseActivity(activity="q1"), FACILITATOR)
                elif "q1" in desk.session.runs:
                    await desk.submit(w.Revote(activity="q1"), FACILITATOR)
                else:
                    await desk.submit(w.OpenActivity(activity="q1"), FACILITATOR)
            case ["revote", activity]:
                await desk.submit(w.Revote(activity=activity), FACILITATOR)
            case ["open", activity]:
                await desk.submit(w.OpenActivity(activity=activity), FACILITATOR)
            case ["close", activity]:
                await desk.submit(w.CloseActivity(activity=activity), FACILITATOR)
            case ["notice", n]:
                for _ in range(int(n)):  # words that do not compress: what a phone misses is soon much
                    await desk.submit(w.Announce(text=secrets.token_urlsafe(360)), FACILITATOR)
                    if lan.site:
                        await lan.site.phones.flush()
            case ["saved"]:
                pass
        s = desk.session
        streams = lan.site.phones.streams() if lan.site else []
        held = [x.transport.get_write_buffer_size() for x in streams if x.transport is not None and x.stuck]
        frames = [len(frame.bytes_for(True)) for frame in (lan.site.phones._frames.values() if lan.site else ())]
        return {
            "t0": told,
            "saved": s.saved,
            "joined": s.joined,
            "open": {a: one.no for a, one in s.open_rounds.items()},
            "answers": {a: [len(one.answers) for one in rounds] for a, rounds in s.runs.items()},
            "streams": len(lan.site.phones) if lan.site else 0,
            "frames": frames,
            "stuck": len(held),
            "held": max(held, default=0),
            "profile": profile_of(words),
        }

    serving(port=lan.port, hello=greeting.sockets[0].getsockname()[1], code=desk.code)
    await commands(answer)
    await lan.stop()
    greeting.close()
    await desk.close()


_profiler: Any = None


def profile_of(words: list[str]) -> str:
    """`profile` begins, `profiled` ends and says where the loop's thread spent its time; for whoever optimises."""
    global _profiler
    import cProfile
    import io
    import pstats

    if words == ["profile"]:
        _profiler = cProfile.Profile()
        _profiler.enable()
    elif words == ["profiled"]:
        _profiler.disable()
        out = io.StringIO()
        pstats.Stats(_profiler, stream=out).sort_stats("tottime").print_stats(45)
        return out.getvalue()
    return ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["raw", "room"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--expected", type=int, default=0)
    asked = parser.parse_args()
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(raw() if asked.kind == "raw" else room(asked.folder, asked.expected))


if __name__ == "__main__":
    main()
