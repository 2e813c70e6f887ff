"""The line to head office: HTTPS, a signed note with each request, retries that wait longer each time.

Whatever is lost on the way is asked for again: a file that arrived is known there by its hash and is not sent twice.
Nothing that comes back is believed here; receipts and lists are judged by their signatures (`fieldkit.sync.online`).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.keys import Signer
from fieldkit.log.note import parse_utc
from fieldkit.log.put import HEADER, put_header
from fieldkit.sync.copying import CHUNK, Watch
from fieldkit.sync.reach import Address, Rest, trusting

ANSWER_LIMIT = 32 << 20
LOOK_S = 0.1
"""How often somebody may have wished to stop."""
STALLED_S = 120.0
"""A request in which nothing moves for so long is given up and tried again."""
READ_S, READ_MOST_S, READ_BYTES_A_S = 90.0, 900.0, 100_000
"""So long an answer may take, and how much longer for a large file, which head office reads first."""
NEWER = frozenset({"valid", "revoked", "planned", "packs", "pack"})
"""What not every head office has."""
AGAIN = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which the same may go well a little later."""
LATER = "Try again later, or carry it to head office on a stick."
ELSE = "What answers there is not head office."
SIGN_IN = "Check the address; if this network wants a sign-in first, open any web page and sign in."
"""A guest network answers in place of whoever is asked, until somebody has signed in."""
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")
"""What OpenSSL says of an answer that is not TLS at all."""

RESULTS = ("stored", "already", "older", "held", "fork", "refused")
TAKEN = RESULTS[:3]
"""What may become of a session."""

MOVES = ("send", "fetch")
"""Steps whose bytes are counted."""
T = TypeVar("T")


class Said(msgspec.Struct, frozen=True):
    """What head office says of one session; `origin` is None where it could not read that far."""

    origin: str | None
    size: int | None
    result: str
    reason: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What became of one file. `receipts` are notes as they came, judged by nobody."""

    sessions: list[Said]
    receipts: str = ""
    plans: dict[str, str] = {}
    """Name of a file → base64: for other laptops whose sessions were in it, sealed to each."""


class _No(msgspec.Struct, frozen=True):
    reason: str = ""
    now: str = ""


class _Later(Exception):
    """It may go well in a moment: what is wrong, and how long head office asks to wait."""

    def __init__(self, why: FieldkitError, after: float = 0.0) -> None:
        super().__init__(why.sentence)
        self.why, self.after = why, after


learn(Answer)
learn(_No)


class Link:
    """Asks head office at one address as one device. Use as an async context manager, in one loop."""

    def __init__(
        self,
        to: Address,
        signer: Signer,
        now: Callable[[], int],
        *,
        ca: Path | None = None,
        watch: Watch | None = None,
        rest: Rest | None = None,
    ) -> None:
        """`now`: this laptop's clock, Unix seconds."""
        self.to = to
        self.skew = 0
        """Seconds by which head office's clock is ahead, once it said that ours is wrong."""
        self._signer, self._now = signer, now
        self._context = trusting(ca) if to.tls else None
        self._watch = watch or Watch()
        self._rest = rest or Rest()
        self._http: aiohttp.ClientSession | None = None
        self._sent = 0
        self._broken: OSError | None = None

    async def __aenter__(self) -> Self:
        door = aiohttp.TCPConnector(ssl=self._context if self._context is not None else True, limit=2)
        # A plant's proxy is named in the environment; this machine is reached without one.
        self._http = aiohttp.ClientSession(connector=door, trust_env=not self.to.here)
        return self

    async def __aexit__(self, *why: object) -> None:
        if self._http is not None:
            await self._http.close()

    # -- what can be asked -----------------------------------------------------------------------------------

    async def down(self, what: str, held: str) -> bytes | None:
        """`trust` (the next list), `policy`, `valid` (who may do what), `revoked` (certificates) or `notes` (what was
        erased) for a laptop that has the one with the SHA-256 `held`; None when that is the newest, or this laptop is
        not on the list. Raises FieldkitError, Stopped."""
        status, body = await self._patiently(lambda: self._ask("GET", what, held), "ask", 1)
        return body if status == 200 else None

    async def fetch(self, sha256: str, size: int) -> bytes | None:
        """The archive of a pack, of `size` bytes; None when head office gives it out no more. What comes is judged by
        whoever asked. Raises FieldkitError, Stopped."""
        status, body = await self._patiently(lambda: self._ask("GET", "pack", sha256, size=size), "fetch", size)
        return body if status == 200 else None

    async def carry(self, path: Path, sha256: str, size: int) -> Answer:
        """Bring one file, unless head office has it and could do no more with it. Raises FieldkitError, Stopped."""

        async def once() -> Answer:
            status, body = await self._ask("GET", "bundles", sha256)
            known = _answer(body) if status == 200 else None
            if known is not None and all(one.result not in ("held", "fork") for one in known.sessions):
                return known
            _, body = await self._ask("PUT", "bundles", sha256, path, size)
            return _answer(body)

        return await self._patiently(once, "send", size)

    # -- one request -----------------------------------------------------------------------------------------

    async def _ask(
        self, method: str, what: str, sha256: str, path: Path | None = None, size: int = 0
    ) -> tuple[int, bytes]:
        """Status and body: 200, 204, 404 and 422 mean what they mean; everything else raises."""
        status, body, after = await self._request(method, what, sha256, path, size)
        no = _no(body) if status == 401 else None
        if no is not None and no.reason == "stale-note" and self._learn(no.now):
            status, body, after = await self._request(method, what, sha256, path, size)
        ours = {"GET": (200, 204, 404), "PUT": (200, 422)}[method]
        reason = _no(body).reason if status >= 400 else ""
        if status == 404 and what in NEWER:  # an older head office has no such list, or it gives that pack out no more
            return status, body
        if status == 404 and reason != "not-arrived":
            raise FieldkitError(ELSE, SIGN_IN)
        if status in ours or (what != "bundles" and reason == "unknown-device"):
            return status, body
        raise self._refused(status, reason, after)

    async def _request(
        self, method: str, what: str, sha256: str, path: Path | None, size: int
    ) -> tuple[int, bytes, float]:
        assert self._http is not None
        self._sent, self._broken = 0, None
        headers = {HEADER: put_header(self._signer, sha256, self._now() + self.skew)}
        read = min(READ_MOST_S, READ_S + (size / READ_BYTES_A_S if path is not None else 0))
        times = aiohttp.ClientTimeout(total=None, connect=30.0, sock_connect=20.0, sock_read=read)
        more: dict[str, Any] = {"timeout": times}
        if path is not None:
            headers |= {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
            more |= {"data": self._pieces(path, size), "expect100": size > CHUNK}
        try:
            async with self._http.request(
                method, f"{self.to.url}/v1/{what}/{sha256}", headers=headers, allow_redirects=False, **more
            ) as answer:
                body = bytearray()
                async for piece in answer.content.iter_chunked(CHUNK):
                    body += piece
                    self._sent = len(body) if what == "pack" else self._sent
                    if len(body) > max(size, ANSWER_LIMIT):
                        raise FieldkitError(ELSE, SIGN_IN)
                return answer.status, bytes(body), _seconds(answer.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorCertificateError as wrong:
            raise FieldkitError(
                f"The certificate of {self.to.host} is not one that this laptop trusts.",
                "Check the address, this laptop's clock and whether this network wants a sign-in first; head office's "
                "own certificate is named by --ca FILE or the setting sync_ca.",
            ) from wrong
        except aiohttp.ClientConnectorDNSError as wrong:
            raise _Later(
                FieldkitError(
                    f"The name {self.to.host} is not found from here.",
                    "Check the network and the address, or carry it to head office on a stick.",
                )
            ) from wrong
        except aiohttp.InvalidURL as wrong:
            raise WrongUsage(
                "That is not an address of head office.", "It looks like https://fieldkit.acme.example"
            ) from wrong
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            if isinstance(wrong, aiohttp.ClientConnectorSSLError) and wrong.os_error.reason in NO_TLS:
                raise FieldkitError(ELSE, SIGN_IN) from wrong
            if path is not None and self._broken is not None:
                raise FieldkitError(
                    f"{path.name} could not be read: {self._broken.strerror or 'the disk refused'}.",
                    "Is the stick still plugged in? Then sync again.",
                ) from wrong
            raise _Later(self._unreached()) from wrong

    async def _pieces(self, path: Path, size: int) -> AsyncIterator[bytes]:
        left = size
        try:
            with path.open("rb") as file:
                while left and (piece := file.read(min(CHUNK, left))):
                    left -= len(piece)
                    yield piece
                    self._sent = size - left
        except OSError as wrong:
            self._broken = wrong
            raise

    def _learn(self, now: str) -> bool:
        """Take head office's time for the notes; once, so that two clocks never chase each other."""
        if self.skew:
            return False
        with contextlib.suppress(BadBytes):
            self.skew = parse_utc(now) - self._now()
        return bool(self.skew)

    def _refused(self, status: int, reason: str, after: float) -> Exception:
        if status == 507:
            return FieldkitError("Head office has no room for more files at the moment.", LATER)
        if status == 503 and reason == "trust-expired":
            return FieldkitError("Head office takes nothing: its trust list has run out.", "Tell them to sign it.")
        if status in AGAIN or reason in ("cut-off", "hash-mismatch"):
            return _Later(
                FieldkitError(f"Head office cannot take anything at the moment ({status}).", LATER),
                after,
            )
        if status == 413:
            return NotPossible("The file is larger than head office takes.", "Bundle fewer sessions: fieldkit bundle")
        if 300 <= status < 400 or status == 405 or not reason:
            return FieldkitError(ELSE, SIGN_IN)
        return NotPossible(f"Head office did not open ({plain(reason)}).", "Tell them what stands in brackets.")

    def _unreached(self) -> FieldkitError:
        return FieldkitError(f"Head office cannot be reached at {self.to.host}.", LATER)

    # -- patience --------------------------------------------------------------------------------------------

    async def _patiently(self, once: Callable[[], Awaitable[T]], step: str, of: int) -> T:
        """Try until it goes well, it cannot, or patience ends. Raises FieldkitError, Stopped."""
        for k in range(self._rest.tries):
            self._watch.at(step, 0, of)
            try:
                return await self._watched(once(), step, of)
            except _Later as later:
                if k + 1 == self._rest.tries:
                    raise later.why from later
                await self._wait(self._rest.wait(k, later.after), later.why.sentence)
        raise self._unreached()

    async def _wait(self, seconds: float, why: str) -> None:
        """Until the next try, or until somebody wants it at once. Raises Stopped."""
        loop = asyncio.get_running_loop()
        end, of = loop.time() + seconds, math.ceil(seconds)
        while (left := end - loop.time()) > 0 and not self._watch.hurried():
            self._watch.at("wait", of - math.ceil(left), of, why)
            await asyncio.sleep(min(LOOK_S, left))

    async def _watched(self, work: Awaitable[T], step: str, of: int) -> T:
        """`work`, while somebody is told how far it is and may wish it to stop."""
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work)
        sent, since = -1, loop.time()
        try:
            while True:
                done, _ = await asyncio.wait([task], timeout=LOOK_S)
                if done:  # told and not asked whether to stop: an answer that is here has to be written down
                    self._watch.tell(step, min(self._sent, of) if step in MOVES else 0, of)
                    return task.result()
                if self._sent != sent:
                    sent, since = self._sent, loop.time()
                elif sent < of and loop.time() - since > STALLED_S:
                    raise _Later(self._unreached())
                self._watch.at(step, min(self._sent, of) if step in MOVES else 0, of)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])


def _answer(body: bytes) -> Answer:
    try:
        return msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise FieldkitError(ELSE, SIGN_IN) from wrong


def _no(body: bytes) -> _No:
    """Why not; empty where something else answered (a proxy's page)."""
    try:
        return msgspec.json.decode(body, type=_No)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _No()


def plain(reason: str) -> str:
    return "".join(c for c in reason[:40] if c.isascii() and (c.isalnum() or c == "-"))


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
