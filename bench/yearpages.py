"""Somebody with a browser at head office's pages: logs in with the form, fetches pages over one connection."""

from __future__ import annotations

import http.client
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from fieldkit.sync.central.front.accounts import OPERATOR, SUPERVISOR, Account
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.passwords import hashed
from fieldkit.sync.central.front.people_pages import person_at

WORD = "four quiet words here"
ROLES = (OPERATOR, SUPERVISOR)


def accounts(home: Path, sites: Sequence[str], now: int) -> None:
    """An operator, and a supervisor of these sites, each called as their role is."""
    book, quick = Book(home), hashed(WORD, 16, 8, 1)  # logging in is not what is measured
    for role in ROLES:
        book.add(Account(role, role, tuple(sites) if role == SUPERVISOR else (), "", False, now), quick)
    book.close()


def pages(origin: str, badge: str, program: str, pack: str) -> dict[str, tuple[str, str]]:
    """What is looked at: words → (who looks, address)."""
    office = {
        "what needs a person": "/",
        "sessions": "/sessions",
        "one session": f"/s/{origin}",
        "who may run it now": "/people",
        "the same, by the beginning of a name": f"/people?{urlencode({'text': 'Worker 1'})}",
        "one person": person_at(badge, ""),
        "who misses what": "/makeups",
        "programs": "/programs",
        "one program": f"/programs/{program}",
        "how packs are delivered": "/delivery",
        "how one pack is delivered": f"/delivery?{urlencode({'pack': pack})}",
        "laptops": "/laptops",
    }
    site = {
        "what is to be filed, a supervisor's": "/",
        "sessions, a supervisor's": "/sessions",
        "who may run it now, a supervisor's": "/people",
        "programs, a supervisor's": "/programs",
        "one program, a supervisor's": f"/programs/{program}",
        "how packs are delivered, a supervisor's": "/delivery",
    }
    return {what: (OPERATOR, at) for what, at in office.items()} | {what: (SUPERVISOR, at) for what, at in site.items()}


class Browser:
    """One person's, over one connection that stays open."""

    def __init__(self, port: int, name: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._jar: dict[str, str] = {}
        form = re.search(r'name="form" value="([0-9a-f]+)"', self.ask("GET", "/login")[1])
        assert form is not None
        status, _ = self.ask("POST", "/login", urlencode({"name": name, "password": WORD, "form": form[1], "to": ""}))
        if status != 303 or len(self._jar) < 2:
            raise RuntimeError(f"{name} could not log in: {status}")

    def close(self) -> None:
        self._line.close()

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._jar.items())}
        if body:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body or None, head)
            came = self._line.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # nobody spoke on it for a while
            self._line.close()
            self._line.request(method, path, body or None, head)
            came = self._line.getresponse()
        for one in came.headers.get_all("Set-Cookie", []):
            name, _, value = one.partition(";")[0].partition("=")
            self._jar[name] = value
        return came.status, came.read().decode()

    def get(self, path: str) -> str:
        """The page. Raises RuntimeError for any answer but 200."""
        status, text = self.ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return text
