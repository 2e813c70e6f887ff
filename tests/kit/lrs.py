"""A learning record store of our own, over a real socket: statements are immutable, a voided one is not found any more,
a batch is taken whole or not at all (xAPI 1.0.3, Part Two 2.3 and Part Three 2.1). It can be told to misbehave.

`faults` are taken one a POST, in their order, and a POST without one is answered as it should be:
    "500", "503:2" (Retry-After), any status   that answer
    "never"      the request is read and nobody answers
    "lost"       the statements are stored, and the line is cut before the answer
    "cut"        the line is cut before anything is stored
    "page"       a sign-in page, status 200
    "endless"    an answer without an end
    "redirect"   to another host
    "first:2"    200 with the ids of the first two, and only these are stored
    "mute"       everything is stored, and 200 with no id at all
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from aiohttp import web

from tests.kit.xapi import wrong

USER, PASSWORD = "fieldkit", "se:cret Ünïcode"
SECRET = f"{USER}:{PASSWORD}"
Json = dict[str, Any]
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class Lrs:
    """Use as an async context manager. `strict`: 409 also for the same statement once more. `most`: statements that
    one request may hold. `wrong`: whether a statement is one that this store does not take. `listing`: GET answers a
    list."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.statements: dict[str, Json] = {}
        self.voided: set[str] = set()
        self.posts: list[list[str]] = []
        """Ids of every POST that came, whatever was answered."""
        self.answers: list[int] = []
        self.faults: list[str] = []
        self.strict = False
        self.listing = False
        self.empty = False
        """GET answers an empty list, which no store does."""
        self.most = 10_000
        self.wrong: Callable[[Json], bool] = lambda one: False
        self.before: Callable[[], None] = lambda: None
        """Called when a POST has been read."""
        self._tls = tls
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/xAPI/statements", self._post)
        app.router.add_get("/xAPI/statements", self._get)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}/xAPI"
        return self

    async def __aexit__(self, *why: object) -> None:
        self._stop.set()
        await self._runner.cleanup()

    @property
    def there(self) -> list[Json]:
        """What somebody who asks it is shown: neither what was voided nor the statements that void."""
        return [one for id, one in self.statements.items() if id not in self.voided and one["verb"]["id"] != VOIDED]

    def _allowed(self, request: web.Request) -> None:
        sent = request.headers.get("Authorization", "")
        if sent != "Basic " + base64.b64encode(SECRET.encode()).decode():
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Basic"})
        if request.headers.get("X-Experience-API-Version") != "1.0.3":
            raise web.HTTPBadRequest(text="no version")

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self._allowed(request)
        id = request.query.get("statementId", "")
        one = None if id in self.voided else self.statements.get(id)
        if self.empty:
            return web.json_response([])
        if self.listing:
            return web.json_response({"statements": [one] if one else []})
        if one is None:
            raise web.HTTPNotFound
        return web.json_response(one)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self._allowed(request)
        body: list[Json] = json.loads(await request.read())
        self.posts.append([one["id"] for one in body])
        self.before()
        fault = self.faults.pop(0) if self.faults else ""
        if fault.startswith("first:"):
            body = body[: int(fault[6:])]
            status, answer = self._take(body) if body else (200, [])
            return web.json_response(answer, status=status)
        if fault and fault not in ("lost", "mute"):
            return await self._misbehave(request, fault)
        status, answer = self._take(body)
        if fault == "mute":
            answer = [] if status == 200 else answer
        if fault == "lost":
            assert request.transport is not None
            request.transport.abort()
        self.answers.append(status)
        return web.json_response(answer, status=status) if answer is not None else web.Response(status=status)

    def _take(self, body: list[Json]) -> tuple[int, Any]:
        if len(body) > self.most:
            return 413, None
        ids = [one["id"] for one in body]
        if not body or len(set(ids)) != len(ids):
            return 400, {"error": "empty, or one id twice"}
        for one in body:
            if self.wrong(one) or wrong(one):
                return 400, {"error": one["id"]}
            known = self.statements.get(one["id"])
            if known is not None and (self.strict or {k: v for k, v in known.items() if k != "stored"} != one):
                return 409, {"error": one["id"]}
        for one in body:
            self.statements.setdefault(one["id"], {**one, "stored": "2026-11-23T12:00:00Z"})
            if one["verb"]["id"] == VOIDED:
                target = self.statements.get(one["object"]["id"])
                if target is None or target["verb"]["id"] != VOIDED:
                    self.voided.add(one["object"]["id"])
        return 200, ids

    async def _misbehave(self, request: web.Request, fault: str) -> web.StreamResponse:
        word, _, more = fault.partition(":")
        if word == "never":
            await self._stop.wait()
        if word in ("never", "cut"):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if word == "page":
            return web.Response(text="<html>Please sign in", content_type="text/html")
        if word == "redirect":
            return web.Response(status=302, headers={"Location": "http://elsewhere.example/xAPI/statements"})
        if word == "endless":
            answer = web.StreamResponse()
            await answer.prepare(request)
            while True:
                await answer.write(b'["' + b"x" * 65_536)
        return web.Response(status=int(word), headers={"Retry-After": more} if more else {})


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Lrs]:
    """One in a thread of its own, for a command that has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    lrs = asyncio.run_coroutine_threadsafe(_made(tls), loop).result(10)
    try:
        yield lrs
    finally:
        asyncio.run_coroutine_threadsafe(lrs.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _made(tls: ssl.SSLContext | None) -> Lrs:
    return await Lrs(tls).__aenter__()
