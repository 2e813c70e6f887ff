"""Head office over HTTPS with the standard library alone: log in as a person does, fetch pages, read them as trees."""

from __future__ import annotations

import dataclasses
import http.cookiejar
import re
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"br", "input", "img", "meta", "link", "hr", "rect", "col"}


class Site:
    """One browser. `ca`: a file with the certificate to believe, where the machine does not know it."""

    def __init__(self, url: str, ca: str = "") -> None:
        self.url = url.rstrip("/")
        context = ssl.create_default_context(cafile=ca or None)
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), jar)
        self._open.addheaders = [("Accept-Language", "en"), ("User-Agent", "recount")]

    def __call__(self, path: str) -> str:
        """The page at a path. Raises OSError (urllib's HTTPError is one)."""
        with self._open.open(self.url + path, timeout=60) as answer:
            return str(answer.read().decode())

    def log_in(self, name: str, word: str) -> Site:
        """The form as a browser fills it in. Raises OSError where that account is not let in."""
        found = re.search(r'name="form" value="([0-9a-f]+)"', self("/login"))
        put = {"name": name, "password": word, "form": found[1] if found else "", "to": ""}
        with self._open.open(self.url + "/login", urllib.parse.urlencode(put).encode(), timeout=60) as answer:
            if answer.geturl().endswith("/login"):
                raise OSError("the log-in was refused")
        return self


@dataclasses.dataclass(eq=False)
class Node:
    """An element; `kids` are elements and pieces of text, `claimed` says that its text was compared."""

    tag: str
    attrs: dict[str, str]
    kids: list[Node | str] = dataclasses.field(default_factory=list)
    claimed: bool = False

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for one in self.kids:
            if isinstance(one, str):
                yield one
            else:
                yield from one._texts()
                if one.tag not in ("bdi", "a", "b", "span"):
                    yield " "

    def walk(self) -> Iterator[Node]:
        for one in self.kids:
            if isinstance(one, Node):
                yield one
                yield from one.walk()

    def all(self, tag: str, **attrs: str) -> list[Node]:
        """`cls` stands for one of its classes."""
        return [one for one in self.walk() if one.tag == tag and one.has(**attrs)]

    def has(self, **attrs: str) -> bool:
        mine = {**self.attrs, "cls": self.attrs.get("class", "")}
        return all(v in mine.get(k, "").split(" ") if k == "cls" else mine.get(k) == v for k, v in attrs.items())

    def rest(self) -> Iterator[str]:
        """Pieces of text that nobody claimed."""
        for one in [] if self.claimed else self.kids:
            if isinstance(one, str):
                yield one
            else:
                yield from one.rest()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Node(tag, {k: v or "" for k, v in attrs})
        self.open[-1].kids.append(one)
        if tag not in VOID:
            self.open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].kids.append(Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for k in range(len(self.open) - 1, 0, -1):
            if self.open[k].tag == tag:
                del self.open[k:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].kids.append(data)


def tree(page: str) -> Node:
    """The main part of a page. Raises ValueError for a page without one."""
    reader = _Reader()
    reader.feed(page)
    for one in reader.root.walk():
        if one.tag == "main":
            return one
    raise ValueError("there is no main part")
