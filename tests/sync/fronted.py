"""Somebody with a browser at head office's pages, over TLS and byte by byte: cookies are kept, forms are filled in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.entry import LOGIN
from fieldkit.sync.central.front.passwords import Hashed, hashed
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.served import Line, Served, head

WORD = "four quiet words here"
FORM = "Content-Type: application/x-www-form-urlencoded"


def quick(word: str = WORD) -> Hashed:
    """A hash that costs nothing: the cost stands beside each, and full cost has tests of its own."""
    return hashed(word, 16, 8, 1)


def account(office: Office, name: str, role: str = "operator", *sites: str, key: str = "", first: bool = False) -> None:
    book = Book(office.home.path)
    assert book.add(Account(name, role, sites, key, first, NOON), quick())
    book.close()


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    raw: bytes
    cookies: list[str]

    @property
    def html(self) -> str:
        return self.raw.decode()

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html.partition("<main")[2]))).strip()

    @property
    def to(self) -> str:
        return self.headers.get("location", "")

    @property
    def form(self) -> str:
        found = re.search(r'name="form" value="([0-9a-f]+)"', self.html)
        return found[1] if found else ""


@dataclass
class Browser:
    served: Served
    jar: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: bytes = b"", *more: str) -> Got:
        lines = list(more)
        if self.jar:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.jar.items()))
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        line = await Line.to(self.served)
        try:
            await line.send(head(method, path, *lines) + body)
            raw = await line.reader.readuntil(b"\r\n\r\n")
            top = raw.decode("latin-1").split("\r\n")
            pairs = [(k.lower(), v) for k, _, v in (one.partition(": ") for one in top[1:] if one)]
            headers = dict(pairs)
            body = await line.reader.readexactly(int(headers.get("content-length", 0)))
        finally:
            await line.close()
        cookies = [v for k, v in pairs if k == "set-cookie"]
        for one in cookies:
            name, _, value = one.partition(";")[0].partition("=")
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)
        return Got(int(top[0].split(" ")[1]), headers, body, cookies)

    async def get(self, path: str, *more: str) -> Got:
        return await self.ask("GET", path, b"", *more)

    async def post(self, path: str, fields: dict[str, str], *more: str) -> Got:
        return await self.ask("POST", path, urlencode(fields).encode(), FORM, *more)

    async def log_in(self, name: str, word: str = WORD, to: str = "") -> Got:
        """The form as a browser fills it in."""
        form = await self.get("/login")
        return await self.post("/login", {"name": name, "password": word, "form": form.form, "to": to})

    def as_(self, name: str) -> Browser:
        """Logged in without the form, and without the time that hashing takes."""
        book = Book(self.served.office.home.path)
        self.jar[LOGIN] = book.begin(name, self.served.office.now, "127.0.0.1")
        book.close()
        return self


async def stored(office: Office, laptop: str = "7q2k", **more: object) -> Log:
    """A whole session of two people, taken in."""
    one = Laptop.named(laptop)
    office.enrol(one)
    log = one.whole(**more)  # type: ignore[arg-type]
    await office.take(bundle(log))
    return log
