"""`/access`: whether what the recount itself looked at stands there, in that order, at that time (docs/central.md).

What others looked at is written down nowhere but in that table, so nothing of theirs is compared.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.recount.page import Page, body
from tests.recount.site import Node
from tests.recount.world import stamp

WORDS = {
    "needs": "looked at what needs a person", "sessions": "looked at the list of sessions",
    "session": "looked at a session", "records": "looked at a list of records", "record": "looked at a record",
    "laptops": "looked at the laptops", "people": "looked at a list of people", "person": "looked at a person",
    "makeups": "looked at who misses what", "programs": "looked at the programs", "program": "looked at a program",
    "certificates": "looked at the certificates", "planned": "looked at the planned sessions",
    "plan": "looked at a planned session", "plan-new": "looked at the form of a planned session",
    "delivery": "looked at how packs are delivered", "questions": "looked at the questions for the expert",
    "question": "looked at a question for the expert", "access": "looked at the access log",
}  # fmt: skip
OF_A_SESSION = ("session", "records", "record", "question")
SLACK_MS = 60_000
"""So far two clocks may be apart."""
Line = tuple[str, str, str]
"""What, of which session, and an index or an id."""


class Visits:
    """What was fetched, the oldest first. `now`: epoch ms by head office's clock when it begins."""

    def __init__(self, now: int) -> None:
        self.lines: list[Line] = []
        self._now, self._began = now, time.monotonic()

    def note(self, kind: str, names: tuple[str, ...], query: dict[str, str]) -> None:
        """A page that was asked for; of a person the log keeps that it was one, not whom."""
        origin = names[0].rsplit("/", 1)[1] if kind in OF_A_SESSION else ""
        if kind in ("record", "question", "program", "plan"):
            self.lines.append((WORDS[kind], origin, names[-1]))
        else:
            self.lines.append((WORDS[kind], origin, query.get("p", "")[:64] if origin else ""))

    def window(self) -> tuple[str, str]:
        """From when to when, to the minute."""
        passed = int((time.monotonic() - self._began) * 1000)
        return stamp(self._now - SLACK_MS), stamp(self._now + passed + SLACK_MS)


def own(visits: Visits, fetch: Callable[[str], str]) -> Iterator[Page]:
    """The pages of the access log that have these visits, compared. Raises OSError, ValueError, IndexError."""
    first = body(_table(Page("/access", {}, fetch("/access"))))
    who = first[0].all("th")[0].text
    want = [*[(WORDS["access"], "", "")] * 2, *reversed(visits.lines)]
    at, newer, address = f"/access?{urlencode({'who': who})}", "9", ""
    while at and want:
        html = fetch(at)
        page = Page(at, dict(parse_qsl(urlsplit(at).query)), html)
        rows = body(_table(page))
        for row in rows:
            row.claimed = True  # lines that are older than these visits too
        for k, row in enumerate(rows[: len(want)]):
            cells = [x.text for x in row.kids if isinstance(x, Node)]
            line, when = want.pop(0), cells[0].removesuffix(" UTC")
            low, high = visits.window()
            address = address or cells[4]
            told = [who, " ".join(filter(None, (line[0], line[2][:80]))), line[1] or "—", address]
            page.numbers += 2 + bool(line[1]) + bool(line[2])
            if cells[1:] != told:
                page.tell(f"line {k + 1}: the page says {' | '.join(cells)!r}, it was {' | '.join(told)!r}")
            if not low <= when <= high or when > newer:
                page.tell(f"line {k + 1}: {when!r} is not when that was")
            newer = when
        page.rest()
        more = re.search(r'href="(/access\?[^"]*before=[^"]*)"', html)
        at = unescape(more[1]) if more is not None else ""
        if want and not at:
            page.tell(f"{len(want)} pages that were looked at do not stand there")
        yield page


def _table(page: Page) -> Node:
    table = page.table("Access log")
    if table is None:
        raise ValueError("there is no table")
    return table
