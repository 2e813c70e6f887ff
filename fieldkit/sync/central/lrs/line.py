"""The line to a learning record store (xAPI 1.0.3, Part Three): one request, and what its answer means.

What may go well a little later is tried again, so many times; an answer about the statements themselves is a verdict;
everything else stops the trip with a sentence. No redirect is followed, and an answer has its size and its time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from fieldkit.errors import FieldkitError
from fieldkit.sync.central.lrs.address import LOOKS, Store, trusting
from fieldkit.sync.reach import Rest

VERSION = "1.0.3"
ANSWER_LIMIT = 4 << 20
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same may go well a little later."""
TAKEN, CONFLICT, REFUSED, LARGE = "taken", "conflict", "refused", "large"
"""Verdicts: they are all there; one of them is there with other words; one of them breaks a rule; too much at once."""
VERDICTS = {200: TAKEN, 204: TAKEN, 409: CONFLICT, 400: REFUSED, 422: REFUSED, 413: LARGE}
ELSE = "What answers there is not a learning record store."
LATER = "What it has taken is remembered. Run the same again later."

Json = dict[str, Any]
T = TypeVar("T")


class Times(msgspec.Struct, frozen=True):
    """Seconds that a request may take: to connect, without a byte, and in all."""

    connect: float = 20.0
    quiet: float = 60.0
    total: float = 120.0


class _Later(Exception):
    """It may go well in a moment: what is wrong, and how long the store wishes to be left alone."""

    def __init__(self, why: FieldkitError, after: float = 0.0) -> None:
        super().__init__(why.sentence)
        self.why, self.after = why, after


class Line:
    """Use as an async context manager. `secret`: the header of `address.basic`; `held`: called before each request and
    each rest, so that whoever waits long keeps their turn; it may raise."""

    def __init__(
        self,
        to: Store,
        secret: str,
        *,
        ca: Path | None = None,
        rest: Rest | None = None,
        times: Times | None = None,
        held: Callable[[], Awaitable[None]] | None = None,
        told: Callable[[str], None] = lambda said: None,
    ) -> None:
        self.to = to
        self._secret = secret
        self._context = trusting(ca) if to.tls else None
        self._rest = rest or Rest()
        self._times = times or Times()
        self._held = held
        self._told = told
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        door = aiohttp.TCPConnector(ssl=self._context if self._context is not None else True, limit=1)
        # A proxy is named in the environment; this machine is reached without one. Cookies are nobody's business here.
        self._http = aiohttp.ClientSession(
            connector=door, trust_env=not self.to.here, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(self, *why: object) -> None:
        if self._http is not None:
            await self._http.close()

    # -- what can be asked -----------------------------------------------------------------------------------

    async def post(self, statements: Sequence[Json]) -> tuple[str, frozenset[str]]:
        """A verdict on these statements as a whole: a store takes all of them or none; and, of TAKEN, the ids of those
        that it does not say it has taken all the same. Raises FieldkitError."""
        body = msgspec.json.encode(statements)

        async def once() -> tuple[str, frozenset[str]]:
            status, answer, after = await self._request("POST", {}, body)
            verdict = VERDICTS.get(status)
            if verdict is None:
                raise self._other(status, after)
            unnamed = _unnamed(answer, statements) if status == 200 else frozenset[str]()
            if unnamed is None:
                raise FieldkitError(ELSE, "Check the address; if this network wants a sign-in first, sign in.")
            return verdict, unnamed

        return await self._patiently(once)

    async def get(self, id: str) -> Json | None:
        """The statement with this id, if the store has it and nobody took it back. Raises FieldkitError."""

        async def once() -> Json | None:
            status, answer, after = await self._request("GET", {"statementId": id}, None)
            if status == 404:
                return None
            if status != 200:
                raise self._other(status, after)
            return _statement(answer, id)

        return await self._patiently(once)

    # -- one request -----------------------------------------------------------------------------------------

    async def _request(self, method: str, query: dict[str, str], body: bytes | None) -> tuple[int, bytes, float]:
        assert self._http is not None
        headers = {"Authorization": self._secret, "X-Experience-API-Version": VERSION, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        times = aiohttp.ClientTimeout(
            total=self._times.total,
            connect=self._times.connect,
            sock_connect=self._times.connect,
            sock_read=self._times.quiet,
        )
        try:
            async with self._http.request(
                method,
                f"{self.to.url}/statements",
                params=query,
                data=body,
                headers=headers,
                timeout=times,
                allow_redirects=False,
            ) as answer:
                found = bytearray()
                async for piece in answer.content.iter_chunked(1 << 16):
                    found += piece
                    if len(found) > ANSWER_LIMIT:
                        raise FieldkitError(ELSE, f"Its answer has no end. {LOOKS}")
                return answer.status, bytes(found), _seconds(answer.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorCertificateError as wrong:
            raise FieldkitError(
                f"The certificate of {self.to.host} is not one that this machine trusts.",
                "Check the address and this machine's clock; the store's own authority is named by --ca FILE.",
            ) from wrong
        except aiohttp.ClientConnectorSSLError as wrong:
            raise FieldkitError(f"{self.to.host} does not speak TLS as it should.", LOOKS) from wrong
        except aiohttp.InvalidURL as wrong:
            raise FieldkitError(ELSE, LOOKS) from wrong
        except TimeoutError as wrong:
            raise _Later(FieldkitError(f"{self.to.host} does not answer.", LATER)) from wrong
        except (aiohttp.ClientError, OSError) as wrong:
            raise _Later(FieldkitError(f"{self.to.host} cannot be reached.", LATER)) from wrong

    def _other(self, status: int, after: float) -> Exception:
        """What no verdict is."""
        if status in AGAIN:
            return _Later(FieldkitError(f"The store cannot take anything at the moment ({status}).", LATER), after)
        if status == 401:
            return FieldkitError("The store does not know this user and password.", "Check the secret.")
        if status == 403:
            return FieldkitError("The store does not let this user write statements.", "Ask its administrator.")
        if status in (404, 405, 410):
            return FieldkitError("There is no place for statements at this address.", LOOKS)
        if 300 <= status < 400:
            return FieldkitError("The store sends to another address.", "Name the address where it is.")
        return FieldkitError(f"The store answers in a way that is not of xAPI ({status}).", LOOKS)

    # -- patience --------------------------------------------------------------------------------------------

    async def _patiently(self, once: Callable[[], Awaitable[T]]) -> T:
        for k in range(self._rest.tries):
            if self._held is not None:
                await self._held()
            try:
                return await once()
            except _Later as later:
                if k + 1 >= self._rest.tries:
                    raise later.why from later
                seconds = self._rest.wait(k, later.after)
                self._told(f"{later.why.sentence} Trying again in {max(1, round(seconds))} s.")
                await asyncio.sleep(seconds)
        raise FieldkitError(f"{self.to.host} cannot be reached.", LATER)


def _unnamed(answer: bytes, statements: Sequence[Json]) -> frozenset[str] | None:
    """A store answers the ids of what it was given (xAPI 1.0.3, Communication 2.1.2): those that are not among them;
    None for what no store answers."""
    try:
        ids = msgspec.json.decode(answer, type=list[str])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    given, named = frozenset(one["id"] for one in statements), {id.lower() for id in ids}
    return given - named if named <= given else None


def _statement(answer: bytes, id: str) -> Json | None:
    """A store answers the statement itself; some answer a list of those that match. Raises FieldkitError."""
    try:
        found = msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise FieldkitError(ELSE, LOOKS) from wrong
    several = found.get("statements")
    every = several if isinstance(several, list) else [found]
    return next((one for one in every if isinstance(one, dict) and str(one.get("id", "")).lower() == id), None)


def _seconds(text: str) -> float:
    """`Retry-After` in seconds. As a date it is passed over: our own rest holds."""
    with contextlib.suppress(ValueError):
        return min(float(text), 86_400.0) if text.isascii() and text.isdigit() else 0.0
    return 0.0
