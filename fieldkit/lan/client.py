"""A participant over the HTTP API: for `fieldkit join`, for the demo's simulated workers and for stories.

It behaves as the page does: every intent gets an id once, retries carry the same id, and what was not answered is
not done. Nothing here knows a rule; refusals come back as data.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from fieldkit.core.models import learn
from fieldkit.core.views import SeatView
from fieldkit.errors import FieldkitError, WrongUsage

AGENT = "fieldkit-terminal"
TRY_SECONDS = 3.0
RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504, 507})
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What an answer that is no JSON of ours raises."""


class Reply(msgspec.Struct, frozen=True):
    """The answer to one intent. `saved` is the record's index when it was accepted (now or before)."""

    status: int
    result: str
    reason: str = ""
    words: str = ""
    saved: int | None = None
    seat: str = ""
    p: str = ""

    @property
    def ok(self) -> bool:
        """On disk, now or from before."""
        return self.result in ("accepted", "already")


learn(Reply, SeatView)


class NotReached(FieldkitError):
    """The trainer's laptop does not answer."""


class NotFieldkit(FieldkitError):
    """Something else answers at this address."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"What answers at {url} is not a fieldkit session.",
            "Compare the address with the one on the trainer's screen, its port as well.",
        )


def new_id() -> str:
    """16 random bytes, base64url: one intent."""
    return secrets.token_urlsafe(16)


def split_invite(text: str) -> tuple[str, str]:
    """(base address, room code) of what people type or scan: `192.168.43.17/k7m4`, `HTTP://…:8080/K7M4`.

    The code is empty when the text holds none. Raises WrongUsage.
    """
    found = re.fullmatch(
        r"(?:(?P<scheme>https?)://)?(?P<host>\[[0-9a-f:]+\]|[a-z0-9.-]+)(?P<port>:\d{1,5})?(?:/(?P<code>[a-z0-9]{4})?)?",
        text.strip(),
        re.IGNORECASE,
    )
    port = 80 if found is None or not found["port"] else int(found["port"][1:])
    if found is None or (found["scheme"] or "").lower() == "https" or not 0 < port < 65536:
        raise WrongUsage(
            f"{text[:80]!r} is not an address of a session.", "It looks like http://192.168.43.17/K7M4 on the wall."
        )
    return f"http://{found['host'].lower()}{found['port'] or ''}", (found["code"] or "").upper()


class Client:
    """One participant. `url` is the base address; use as an async context manager."""

    def __init__(
        self,
        url: str,
        *,
        seat: str = "",
        agent: str = AGENT,
        http: aiohttp.ClientSession | None = None,
        tries: int = 20,
        wait: float = 0.2,
    ) -> None:
        self.url = url.rstrip("/")
        self.seat = seat
        self.p = ""
        self.tries = tries
        self.wait = wait
        """Seconds before the first retry; grows to 2 s."""
        self._agent = agent
        self._own = http is None
        self._http = http
        self._etag = ""
        self._view: SeatView | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._http is not None and self._own:
            await self._http.close()
            self._http = None

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            # The seat travels as a bearer; a jar would only mix up seats that share a session.
            self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        return self._http

    def headers(self) -> dict[str, str]:
        found = {"User-Agent": self._agent}
        if self.seat:
            found["Authorization"] = f"Bearer {self.seat}"
        return found

    # ---- intents -----------------------------------------------------------------------------------------------

    async def send(self, kind: str, *, id: str | None = None, **fields: Any) -> Reply:
        """One intent, repeated with the same id until it is answered. Fields that are None are left out.

        Raises NotReached after `tries`.
        """
        body = {"id": id or new_id(), "kind": kind, **{k: v for k, v in fields.items() if v is not None}}
        wrong = ""
        for turn in range(self.tries):
            if turn:
                await asyncio.sleep(min(2.0, self.wait * 2**turn))
            try:
                reply = await self.once(body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                wrong = str(error) or type(error).__name__
                continue
            if reply.status not in RETRY_STATUS:
                return reply
            wrong = reply.words or f"status {reply.status}"
        raise NotReached(
            f"The laptop at {self.url} does not answer: {wrong[:200]}.", "Check the Wi-Fi, then try again."
        )

    async def once(self, body: dict[str, Any] | bytes) -> Reply:
        """One try of a whole intent (`id` and `kind` in it). Network trouble raises aiohttp's or OS errors.

        Raises NotFieldkit for an answer that no session gives.
        """
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        try:
            async with self.http.post(
                f"{self.url}/v1/intents",
                data=raw,
                headers={**self.headers(), "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=TRY_SECONDS),
            ) as response:
                status, said = response.status, await response.read()
            answer = msgspec.json.decode(said, type=dict[str, Any])
            return msgspec.convert({**answer, "status": status}, Reply)
        except UNREADABLE as error:
            if status in RETRY_STATUS:  # whatever stands in between says so in its own way
                return Reply(status, "refused")
            raise NotFieldkit(self.url) from error
        except aiohttp.ClientResponseError as error:  # it speaks no HTTP
            raise NotFieldkit(self.url) from error

    async def join(
        self,
        code: str,
        name: str,
        badge: str | None = None,
        *,
        lang: str | None = None,
        fresh: str | None = None,
        id: str | None = None,
    ) -> Reply:
        """Come in; keeps the seat for everything after."""
        reply = await self.send("join", id=id, code=code, name=name, badge=badge, lang=lang, fresh=fresh)
        if reply.ok and reply.seat:
            self.seat, self.p = reply.seat, reply.p
        return reply

    async def answer(
        self,
        activity: str,
        round: int,
        v: list[str] | None = None,
        *,
        text: str | None = None,
        sure: str | None = None,
        n: int | None = None,
        id: str | None = None,
    ) -> Reply:
        return await self.send("answer", id=id, activity=activity, round=round, v=v or [], text=text, sure=sure, n=n)

    async def say(self, text: str, activity: str | None = None, *, id: str | None = None) -> Reply:
        return await self.send("say", id=id, text=text, activity=activity)

    async def up(self, ref: int) -> Reply:
        return await self.send("up", ref=ref)

    async def ack(self, activity: str, round: int, name: str) -> Reply:
        return await self.send("ack", activity=activity, round=round, text=name)

    async def here(self, fresh: str | None = None) -> Reply:
        return await self.send("here", fresh=fresh)

    async def leave(self) -> Reply:
        return await self.send("leave")

    async def hand(self, up: bool) -> Reply:
        return await self.send("hand", up=up)

    async def language(self, lang: str) -> Reply:
        return await self.send("language", lang=lang)

    async def rename(self, name: str) -> Reply:
        return await self.send("rename", name=name)

    # ---- looking -----------------------------------------------------------------------------------------------

    async def view(self) -> SeatView:
        """The seat's whole view, asked for with the last ETag. Raises NotReached; FieldkitError without a seat."""
        headers = self.headers()
        if self._etag and self._view is not None:
            headers["If-None-Match"] = self._etag
        try:
            async with self.http.get(
                f"{self.url}/v1/view", headers=headers, timeout=aiohttp.ClientTimeout(total=TRY_SECONDS)
            ) as response:
                if response.status == 304 and self._view is not None:
                    return self._view
                raw = await response.read()
                if response.status != 200:
                    words = msgspec.json.decode(raw).get("words", "") if raw[:1] == b"{" else ""
                    raise FieldkitError(words or f"The laptop answered {response.status}.", "Come in again.")
                self._view = msgspec.json.decode(raw, type=SeatView)
                self._etag = response.headers.get("ETag", "")
                return self._view
        except (aiohttp.ClientError, TimeoutError, OSError, *UNREADABLE) as error:
            raise NotReached(
                f"The laptop at {self.url} does not answer.", "Check the Wi-Fi, then try again."
            ) from error

    async def events(self) -> AsyncIterator[tuple[str, str]]:
        """The live stream as (event, data); ends when the laptop closes it. The beat is passed on as `beat`."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=TRY_SECONDS, sock_read=45)
        async with self.http.get(f"{self.url}/v1/events", headers=self.headers(), timeout=timeout) as response:
            if response.status != 200:
                raise FieldkitError(f"The laptop answered {response.status}.", "Come in again.")
            kind, data = "message", list[str]()
            with contextlib.suppress(aiohttp.ClientPayloadError):
                async for raw in response.content:
                    line = raw.decode("utf-8", "replace").rstrip("\r\n")
                    if not line:
                        if data:
                            yield kind, "\n".join(data)
                        kind, data = "message", []
                    elif line.startswith("event:"):
                        kind = line[6:].strip()
                    elif line.startswith("data"):
                        data.append(line[5:].removeprefix(" "))

    async def receipt(self) -> bytes:
        """The participant's receipt. Raises NotReached."""
        try:
            async with self.http.get(
                f"{self.url}/v1/receipt", headers=self.headers(), timeout=aiohttp.ClientTimeout(total=TRY_SECONDS)
            ) as response:
                response.raise_for_status()
                return await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NotReached(f"The laptop at {self.url} does not answer.", "Try again.") from error
