"""A shared tablet in a test: a browser without script. It has a cookie, follows redirects and reads forms."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import aiohttp


class _Forms(HTMLParser):
    """Every form of a page: its action and its fields, buttons with the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append((found.get("action") or "", {}))
            self.inside = True
        elif self.inside and tag in ("input", "button", "textarea", "select") and found.get("name"):
            self.forms[-1][1].setdefault(found["name"] or "", []).append(found.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


class Screen:
    """One page of the kiosk."""

    def __init__(self, status: int, text: str, headers: Any) -> None:
        self.status, self.text, self.headers = status, text, headers
        parser = _Forms()
        parser.feed(text)
        self.forms = parser.forms
        found = re.search(r'data-state="(\w+)"', text)
        self.state = found[1] if found else ""

    @property
    def words(self) -> str:
        """What a person reads."""
        bare = re.sub(r"<(style|script)>.*?</\1>", " ", self.text, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bare)).split())

    def form(self, **wanted: str) -> dict[str, list[str]]:
        """The first form that holds these values."""
        for _, fields in self.forms:
            if all(value in fields.get(name, []) for name, value in wanted.items()):
                return fields
        raise AssertionError(f"no form with {wanted}: {self.words[:300]}")


class Tablet:
    """One device. `async with Tablet(url) as tablet: await tablet.open(kiosk_url)`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http: aiohttp.ClientSession
        self.screen: Screen

    async def __aenter__(self) -> Tablet:
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def open(self, url: str = "", **more: Any) -> Screen:
        async with self.http.get(url or f"{self.url}/kiosk", **more) as got:
            self.screen = Screen(got.status, await got.text(), got.headers)
        return self.screen

    async def post(self, fields: dict[str, Any], **headers: str) -> Screen:
        """As a form does; follows the redirect."""
        body = urlencode(fields, doseq=True)
        head = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        async with self.http.post(f"{self.url}/kiosk", data=body, headers=head) as got:
            self.screen = Screen(got.status, await got.text(), got.headers)
        return self.screen

    async def come(self, badge: str = "", name: str = "", **more: str) -> Screen:
        """Scan or type, on a badge screen that is asked for anew."""
        await self.open()
        if self.screen.state in ("saved", "turn"):
            await self.next()
        form = self.screen.form(do="come")
        hidden = {k: v for k, v in form.items() if k in ("do", "form", "lang")}
        return await self.post({**hidden, "badge": badge, "name": name, **more})

    async def send(self, kind: str, **fields: Any) -> Screen:
        """Fill in the form of this kind that stands on the screen."""
        form = self.screen.form(kind=kind)
        hidden = {k: form[k] for k in ("kind", "form", "activity", "round", "q") if k in form}
        return await self.post({**hidden, **fields})

    async def next(self) -> Screen:
        return await self.post({"do": "next"})
