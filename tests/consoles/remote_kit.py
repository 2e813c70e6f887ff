"""A desk with the remote switched on over real sockets, and a phone that speaks to it as docs/remote.md says.

The phone here knows nothing of `fieldkit.consoles`: the protocol is written down once more, from the document.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from fieldkit.consoles.remote_port import RemotePort
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor
from fieldkit.desk import Accepted, Desk
from fieldkit.seats import new_participant


def code(key: bytes, of: str, body: bytes) -> str:
    return hmac.new(key, f"fieldkit-remote/1 {of}\n".encode() + body, hashlib.sha256).hexdigest()


def id22() -> str:
    return secrets.token_urlsafe(16)


class Got:
    """An answer: `status`, headers in lower case, the body; `sealed` when its code is right."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.") else 0
        self.headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        self.body = body
        self.sealed = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        return str(self.json.get("reason", ""))


async def post(port: int, path: str, body: bytes, headers: dict[str, str] | None = None, method: str = "POST") -> Got:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Type": "application/json"}
    head |= {"Content-Length": str(len(body))} | (headers or {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items() if v), "", ""]
    try:
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        async with asyncio.timeout(30):
            return Got(await reader.read(-1))
    except ConnectionError:
        return Got(b"")
    finally:
        writer.close()


class Phone:
    """The trainer's phone: it keeps the counters, and what it last heard of the laptop's time."""

    def __init__(self, url: str, port: int) -> None:
        told = url.partition("#")[2]
        self.key = base64.urlsafe_b64decode(told + "=")
        self.port, self.id, self.n, self.at = port, id22(), 0, 0
        self.tag = ""

    def next(self) -> int:
        self.n += 1
        return self.n

    def seal(self, lane: str, ask: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(ask).encode()
        return body, {"Fieldkit-Mac": code(self.key, lane, body)}

    async def send(self, lane: str, ask: dict[str, Any], headers: dict[str, str] | None = None) -> Got:
        body, head = self.seal(lane, ask)
        got = await post(self.port, f"/v1/{lane}", body, head | (headers or {}))
        sent = got.headers.get("fieldkit-mac", "")
        got.sealed = hmac.compare_digest(sent, code(self.key, f"{lane}-answer {ask['n']}", got.body))
        if got.sealed:
            self.at = got.json.get("t", got.json).get("at", self.at)
        return got

    async def see(self, have: str = "", want: str = "") -> dict[str, Any]:
        got = await self.send("see", {"n": self.next(), "phone": self.id, "have": have, "want": want})
        assert got.status == 200 and got.sealed, (got.status, got.body)
        self.tag = got.json.get("tag", "")
        found: dict[str, Any] = got.json
        return found

    def asking(self, do: str, id: str = "", **more: Any) -> dict[str, Any]:
        wish = {"do": do, **more}
        return {"n": self.next(), "phone": self.id, "at": self.at, "id": id or id22(), "wish": wish}

    async def press(self, do: str, id: str = "", **more: Any) -> dict[str, Any]:
        got = await self.send("do", self.asking(do, id, **more))
        assert got.status == 200 and got.sealed, (got.status, got.body)
        found: dict[str, Any] = got.json
        return found


class Side:
    """A room with its remote."""

    def __init__(self, desk: Desk, remote: RemotePort) -> None:
        self.desk, self.remote = desk, remote

    async def pair(self) -> Phone:
        phone = Phone(await self.remote.on(), self.remote.port)
        await phone.see()
        return phone

    async def join(self, name: str, badge: str | None = None) -> str:
        found = await self.desk.submit(
            w.Join(name=name, new_p=new_participant(), badge=badge), Actor(by="self", via="phone"), id=id22()
        )
        assert isinstance(found, Accepted) and found.p
        return found.p

    async def lead(self, intent: w.Intent) -> Any:
        return await self.desk.submit(intent, FACILITATOR)


async def until(page: Any, where: str, words: str, seconds: float = 40) -> None:
    """Until these words stand there, on a machine as busy as it may be."""
    async with asyncio.timeout(seconds):
        while words not in await page.inner_text(where):
            await asyncio.sleep(0.03)
