"""From page to page, as links lead, each compared with what the logs come to."""

from __future__ import annotations

import collections
import dataclasses
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.recount import (
    certificate_page,
    delivery_page,
    list_pages,
    people_pages,
    planned_page,
    question_pages,
    session_pages,
)
from tests.recount.access_page import Visits, own
from tests.recount.blocks import Delivered
from tests.recount.logs import read
from tests.recount.page import Page
from tests.recount.planned_page import Plan
from tests.recount.programs import People
from tests.recount.world import FACILITATOR, Who, World, place

Fetch = Callable[[str], str]
"""From a path with its query (`/sessions?after=…`) to the HTML that one account sees there; raises OSError."""
SAMPLE = {"records": 1, "record": 1, "person": 1, "session": 1, "plan-new": 1}
"""Of the pages of so many records, people, sessions, forms of a plan one is fetched; 1: each."""
BEGIN = ("/", "/sessions", "/people", "/makeups", "/programs", "/planned", "/delivery", "/laptops")
UNCOUNTED = {
    r"/access": "who looked at what is in no log of training; of it the recount finds its own visits again",
    r"/account|/login|/logout|/receipt|/learn|/file|/filed.*": "forms, and what somebody did with them",
    r".*/take/.*": "a file, which docs/audit.md checks",
}
"""Addresses → why none of their numbers can come out of the logs."""
ORIGIN = r"/s/([^/]+/[^/]+/[^/]+/[^/]+)"
MOST = 40
"""Differences that are told; the rest are counted."""


@dataclasses.dataclass
class Told:
    """What a recount says: `wrong` is a sentence a difference, empty if all agree; `numbers` is how many were compared
    on how many `pages`, by kind."""

    wrong: list[str] = dataclasses.field(default_factory=list)
    numbers: int = 0
    pages: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, kind: str, page: Page) -> None:
        self.wrong += page.wrong
        self.numbers += page.numbers
        self.pages[kind] = self.pages.get(kind, 0) + 1


Rule = Callable[..., None]


class Recount:
    """What the logs come to, worked out when a page first asks for it."""

    def __init__(self, logs: Path, now: int) -> None:
        self.world = World(read(logs), now)
        self._people: People | None = None
        self._delivered: Delivered | None = None
        self._plans: list[Plan] | None = None

    @property
    def people(self) -> People:
        self._people = self._people or People(self.world)
        return self._people

    @property
    def delivered(self) -> Delivered:
        self._delivered = self._delivered or Delivered(self.world)
        return self._delivered

    @property
    def plans(self) -> list[Plan]:
        self._plans = planned_page.plans(self.world) if self._plans is None else self._plans
        return self._plans

    def has(self, kind: str, who: Who, *named: str) -> bool:
        """Whether an account has a page about this person (badge, issuer) or session (origin): a plan names people who
        are in no log yet, and sessions of other sites."""
        if kind == "person":
            one = self.people.people.get((named[0].strip().upper(), named[1].strip().upper()))
            return one is not None and (who.sees_all or place(one.site) in map(place, who.sites))
        return named[0] in self.world.logs and self.world.sees(who, self.world.logs[named[0]])

    def rules(self) -> Iterator[tuple[str, str, Rule]]:
        """(kind, address, rule); the rule is given page and account and what the address names."""
        w = self.world
        yield "needs", "/", lambda page, who: list_pages.front(page, w, who)
        yield "sessions", "/sessions", lambda page, who: list_pages.sessions(page, w, who)
        yield "laptops", "/laptops", lambda page, who: list_pages.laptops(page, w, who)
        yield "people", "/people", lambda page, who: people_pages.stand(page, w, who, self.people)
        yield "person", "/p/(.+)", lambda page, who, at: people_pages.person(page, w, who, self.people, at)
        yield "makeups", "/makeups", lambda page, who: people_pages.missed(page, w, who, self.people)
        yield "programs", "/programs", lambda page, who: people_pages.programs(page, w, who, self.people)
        yield "program", "/programs/([^/]+)", lambda p, who, id: people_pages.program(p, w, who, self.people, id)
        yield "planned", "/planned", lambda page, who: planned_page.listing(page, w, who, self.plans)
        yield "plan-new", "/planned/new", lambda page, who: planned_page.form(page, w, who, self.people)
        yield (
            "plan",
            "/planned/([^/]+)",
            lambda page, who, id: planned_page.single(
                page, w, who, self.plans, id, lambda kind, *named: self.has(kind, who, *named)
            ),
        )
        yield "delivery", "/delivery", lambda page, who: delivery_page.delivery(page, w, who, self.delivered)
        yield "questions", "/questions", lambda page, who: question_pages.listing(page, w, who)
        at = ORIGIN.replace("/s/", "/questions/") + "/([0-9]+)"
        yield "question", at, lambda p, who, o, i: question_pages.single(p, w, who, o, int(i))
        yield "certificates", "/certificates", lambda page, who: certificate_page.listing(page, w)
        yield "session", ORIGIN, lambda page, who, o: session_pages.session(page, w, who, o)
        yield "records", ORIGIN + "/records", lambda page, who, o: session_pages.records(page, w, who, o)
        yield "record", ORIGIN + "/record/([0-9]+)", lambda p, who, o, i: session_pages.record(p, w, who, o, int(i))


def check(
    logs: Path | Recount,
    fetch: Fetch,
    now: int,
    who: Who | None = None,
    sample: Mapping[str, int] = SAMPLE,
    looks: bool = False,
) -> Told:
    """Count every number of every page that `fetch` reaches again from the bundles and logs in a folder.

    `logs`: every `*.fkb` below it is a bundle as it came in (not sealed), every folder with a `log.jsonl` and a
    `checkpoint` a session, head office's own (`kind` desk) like any other; `*.note` receipts and the trust list,
    the notes of plans; `program*.json` as `central program show --json` says it, `filed*.json` a list of
    `{origin, who, t, stamp}`.
    One `Recount` of such a folder serves several accounts. `fetch`: what one account (`who`) sees. `now`: epoch ms at
    which the pages are made. `sample`: as `SAMPLE`. `looks`: `fetch` asks head office itself, and nobody else uses that
    account meanwhile: the access log has these visits, the newest first.
    """
    who, told, visits = who or Who(), Told(), Visits(now)
    recount = logs if isinstance(logs, Recount) else Recount(logs, now)
    told.wrong += recount.world.found.wrong
    rules = [(kind, re.compile(at), rule) for kind, at, rule in recount.rules()]
    hidden = ("/people", "/makeups", "/programs", "/planned", "/laptops") if who.role == FACILITATOR else ()
    left = collections.deque(at for at in BEGIN if at not in hidden)
    seen = set(left)
    while left:
        at = left.popleft()
        split = urlsplit(at)
        path = unquote(split.path)
        found = next(((kind, m, rule) for kind, p, rule in rules if (m := p.fullmatch(path))), None)
        if found is None:
            if not any(re.fullmatch(one, path) for one in UNCOUNTED):
                told.wrong.append(f"{at}: a page that nobody recounts")
            continue
        kind, match, rule = found
        if at not in BEGIN and zlib.crc32(at.encode()) % sample.get(kind, 1):
            continue
        query = dict(parse_qsl(split.query))
        visits.note(kind, match.groups(), query)
        try:
            html = fetch(at)
        except OSError as why:
            told.wrong.append(f"{at} does not answer: {why}")
            continue
        page = Page(at, query, html)
        try:
            rule(page, who, *match.groups())
            page.rest()
        except (KeyError, IndexError, ValueError, StopIteration, TypeError, AttributeError) as why:
            page.tell(f"it cannot be compared with the logs: {why!r}")
        told.add(kind, page)
        for to in _links(html, split.path):
            if to not in seen:
                seen.add(to)
                left.append(to)
    if looks and who.sees_all:
        try:
            for page in own(visits, fetch):
                told.add("access", page)
        except (OSError, ValueError, IndexError) as why:
            told.wrong.append(f"/access cannot be compared: {why!r}")
    return told


def _links(html: str, path: str) -> Iterator[str]:
    """Where a page leads, its menu too; not to itself in another language."""
    from html import unescape

    for raw in re.findall(r'<a[^>]* href="([^"]+)"', html):
        at = unescape(raw).partition("#")[0]
        if at.startswith("/") and "lang=" not in at and not at.startswith("/lang"):
            yield at
        elif at.startswith("?"):
            yield path + at
