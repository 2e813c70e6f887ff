"""Requests of people's browsers → answers: who it is, whether they may, what the page is, and a line in the access log.

    /login  /logout  /account          log-in, log-out, one's own password
    /  /sessions  /laptops  /access    what needs a person, the list of sessions, laptops, who looked at what
    /people  /p/WHO  /makeups          who may run it now, one person, who misses what
    /questions  /questions/ORIGIN/I    what trainers kept for the expert, a form to answer
    /programs  /programs/ID  /delivery who stands how in which program, how packs are delivered
    /planned  /planned/ID  /new        what is planned for which laptop, who is expected, a form
    /s/ORIGIN                          a session; /records and /record/I beneath it, /take/TABLE.csv[.note|.proofs]
    …/take/LIST.csv, .json, .xlsx      the list of a page as a file (`lists`)

Work happens in threads of its own, so that neither a slow password nor a large session keeps laptops waiting; how much
may wait is bounded. Nothing a page shows is sent before its line in the access log is on disk.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from fieldkit.errors import FieldkitError
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.door import Limits
from fieldkit.sync.central.forms import read_form, small
from fieldkit.sync.central.front import listed, pages, rooms, take
from fieldkit.sync.central.front.book import Access, Book, Login
from fieldkit.sync.central.front.entry import (
    BEFORE,
    KNOWN,
    LOGIN,
    Entry,
    cookie,
    form_is_ours,
    form_token,
    fresh,
    local,
)
from fieldkit.sync.central.front.exchange import (
    LANG,
    Answer,
    Asked,
    cookies_of,
    language_of,
    on,
    query_of,
    response,
)
from fieldkit.sync.central.front.person import account_post, login_post
from fieldkit.sync.central.front.render import CSS, CSS_HEADERS, CSS_PATH, LANGUAGES, address, page
from fieldkit.sync.central.front.rooms import Room, Visit
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Busy
from fieldkit.words import Words, words_for

log = logging.getLogger("fieldkit.central")
ACCESS = "/access"
OWN = ("/login", "/logout", "/account", ACCESS)
POSTED = OWN[:3]
MOST_FORM = 16 * 1024
WAITING = 32
"""Pages that may wait for a thread, of everybody together; and log-ins."""


class Front:
    """The pages of one listener. `now`: central's clock, Unix s; `tick`: a steady one, seconds."""

    def __init__(self, home: Home, limits: Limits, now: Callable[[], int], tick: Callable[[], float] = time.monotonic):
        self._home, self._limits, self._now = home, limits, now
        self.entry = Entry(tick)
        self._pages = ThreadPoolExecutor(2, "pages")
        self._logins = ThreadPoolExecutor(2, "log-ins")
        self._waiting = {True: 0, False: 0}
        self._book: Book | None = None
        self._opening = threading.Lock()
        self._made = False

    def stop(self) -> None:
        """Nothing waits any more."""
        for pool in (self._pages, self._logins):
            pool.shutdown(cancel_futures=True)
        if self._book is not None:
            self._book.close()

    def owns(self, path: str) -> bool:
        path = path.partition("?")[0]
        return path in OWN or path == CSS_PATH or path.startswith("/s/") or rooms.find(path) is not None

    def lost(self, request: web.BaseRequest) -> web.Response:
        """For a browser at an address where nothing is: whoever asks."""
        return self._plain(_spoken(request), 404)

    async def answer(self, request: web.BaseRequest, peer: str) -> web.Response:
        raw, _, query = request.raw_path.partition("?")
        if raw == CSS_PATH:
            return web.Response(body=CSS, content_type="text/css", charset="utf-8", headers=CSS_HEADERS)
        cookies, words = cookies_of(request.headers.get("Cookie", "")), _spoken(request)
        form: dict[str, str] = {}
        if request.method == "POST" and (raw in POSTED or _posted(raw)):
            try:
                body = await small(request.content, request.content_length, self._limits.quiet_s, MOST_FORM)
            except TimeoutError:
                return self._plain(words, 408)
            if body is None:
                return self._plain(words, 413)
            sent = read_form(request.headers.get("Content-Type", ""), body)
            form = {k: v.decode("utf-8", "replace") for k, v in sent.items()}
        elif request.method != "GET":
            return self._plain(words, 405)
        asked = Asked(
            unquote(raw), request.raw_path, query_of(query), form, cookies, peer,
            request.headers.get("Sec-Fetch-Site", ""), request.method == "POST", self._now(), words,
        )  # fmt: skip
        slow = asked.post and raw in ("/login", "/account")
        if self._waiting[slow] >= WAITING:
            return self._plain(words, 503)
        self._waiting[slow] += 1
        try:
            pool = self._logins if slow else self._pages
            made = await asyncio.get_running_loop().run_in_executor(pool, self._work, asked)
        except FieldkitError:  # its sentence is for the operator, who has it from the next command
            return self._plain(words, 503)
        except Exception:  # a mistake of ours ends this request, never the listener
            log.exception("a page was not made")
            return self._plain(words, 500)
        finally:
            self._waiting[slow] -= 1
        return response(made, words)

    # -- in a thread -----------------------------------------------------------------------------------------

    def book(self) -> Book:
        with self._opening:
            if self._book is None:
                self._book = Book(self._home.path)
            return self._book

    def _work(self, asked: Asked) -> Answer:
        if lang := asked.query.get("lang"):
            if lang not in LANGUAGES:
                return self._error(asked, 404)
            rest = {k: v for k, v in asked.query.items() if k != "lang"}
            kept = f"{LANG}={lang}; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"
            return on(address(asked.path, rest), ("Set-Cookie", kept))
        book = self.book()
        me = book.login(asked.cookies.get(LOGIN, ""), asked.now)
        if asked.path == "/login":
            return self._login(asked, book, me)
        if me is None:
            if asked.post:
                return on("/login")
            return on(address("/login", to=asked.raw if asked.raw != "/" else ""))
        if asked.post and not form_is_ours(me.token, asked.form.get("form", ""), asked.fetch_site):
            book.note(Access(asked.now, me.account.name, asked.peer, "forged", detail=asked.path))
            return self._error(asked, 403, me)
        if asked.path == "/logout":
            if not asked.post:
                return on("/")
            book.note(Access(asked.now, me.account.name, asked.peer, "out"))
            book.end_all(me.account.name) if asked.form.get("all") else book.end(me.token)
            return on("/login", ("Set-Cookie", cookie(LOGIN, "")))
        if asked.path == "/account":
            done = account_post(self.entry, book, self._home.org, me, asked) if asked.post else {"wrong": "", "wait": 0}
            if done is None:
                return on(address("/login", said="changed"), ("Set-Cookie", cookie(LOGIN, "")))
            return self._page("account.html", asked, me, status=429 if done["wait"] else 200, **done)
        if me.account.first:
            return on("/account")
        return self._read(asked, book, me)

    def _login(self, asked: Asked, book: Book, me: Login | None) -> Answer:
        to = local(asked.form.get("to", "") or asked.query.get("to", "/"))
        if me is not None and not asked.post:
            return on(to)
        before = asked.cookies.get(BEFORE, "")
        said: dict[str, Any] = {"wrong": "", "wait": 0, "name": "", "changed": asked.query.get("said") == "changed"}
        status = 200
        if asked.post:
            tried = login_post(self.entry, book, asked, before)
            if tried.account is not None:
                answer = on("/account" if tried.account.first else to, ("Set-Cookie", cookie(LOGIN, tried.token)))
                if tried.known:
                    answer.headers.append(("Set-Cookie", cookie(KNOWN, tried.known)))
                return answer
            said |= {"wrong": tried.why, "wait": tried.wait, "name": asked.form.get("name", "")[:64], "changed": False}
            status = tried.status
        before = before or fresh()
        made = self._page("login.html", asked, None, status=status, form=form_token(before, "login"), to=to, **said)
        made.headers.append(("Set-Cookie", cookie(BEFORE, before)))
        if said["wait"]:
            made.headers.append(("Retry-After", str(said["wait"])))
        return made

    def _read(self, asked: Asked, book: Book, me: Login) -> Answer:
        """A page that shows what is stored, a file made of it, or a form that is worked off."""
        found = rooms.find(asked.path)
        if found is None and asked.path != ACCESS:
            return self._error(asked, 404, me)
        if found is None:
            if not me.account.sees_all:
                return self._denied(asked, book, me, "")
            return self._access(asked, book, me)
        room, parts = found
        origin = parts[0] if room.origin else ""
        if me.account.role not in room.roles or (room.work is None if asked.post else not (room.fill or room.make)):
            return self._denied(asked, book, me, origin, room)
        made = asyncio.run(self._made_of(asked, book, me, room, parts))
        if made is None:
            return self._denied(asked, book, me, origin, room)
        detail = parts[room.told] if room.told >= 0 else asked.query.get("p", "")[:64] if room.origin else ""
        barred = isinstance(made, dict) and "barred" in made
        if isinstance(made, take.Taken):
            detail = f"{detail if room.told >= 0 else ''} {asked.path.rpartition('/')[2]}".strip()
        if room.what:
            done = "denied" if barred else room.what
            book.note(Access(asked.now, me.account.name, asked.peer, done, origin, detail))
        if isinstance(made, take.Taken):
            take.note_down(self._home, made, me.account.name, asked.now)
            body = made.data if made.file is None else made.file
            return Answer(body, kind=made.kind, headers=[("Content-Disposition", made.disposition)])
        if isinstance(made, str):
            return on(made)
        return self._page("barred.html" if barred else room.template, asked, me, **made)

    async def _made_of(
        self, asked: Asked, book: Book, me: Login, room: Room, parts: tuple[str, ...]
    ) -> dict[str, Any] | take.Taken | str | None:
        """What the room says to this visit: what its template is filled with, a file, or where to go on."""
        home = Home.open(self._home.path)
        db = await home.database(hurried=True)
        visit = Visit(db, home, book, me.account, asked.query, asked.form, parts, asked.peer, asked.words, asked.now)
        try:
            if not self._made:
                await twice(db, listed.make)
                self._made = True
            if asked.post:
                assert room.work is not None
                return await room.work(visit)
            if not room.origin:
                await _listed(db)
            if room.make is not None:
                return await room.make(visit)
            assert room.fill is not None
            async with db.reading() as tx:
                return await room.fill(visit, tx)
        finally:
            await db.close()

    def _access(self, asked: Asked, book: Book, me: Login) -> Answer:
        book.note(Access(asked.now, me.account.name, asked.peer, "access"))
        query = pages.query(asked.query, "who", "session", "before")
        before = int(query["before"]) if pages.is_number(query["before"], 17) else 1 << 62
        rows = book.accesses(before, query["who"], query["session"], 101)
        return self._page(
            "access.html", asked, me, rows=rows[:100], asked=query, next=rows[99].i if len(rows) > 100 else ""
        )

    def _denied(self, asked: Asked, book: Book, me: Login, origin: str, room: Room | None = None) -> Answer:
        detail = "" if origin else room.what if room is not None and room.private else asked.path
        book.note(Access(asked.now, me.account.name, asked.peer, "denied", origin, detail))
        return self._error(asked, 404, me)

    # -- answers ---------------------------------------------------------------------------------------------

    def _page(self, name: str, asked: Asked, me: Login | None, /, *, status: int = 200, **filled: Any) -> Answer:
        common = {
            "me": me.account if me is not None else None,
            "path": asked.path,
            "query": {k: v for k, v in asked.query.items() if k != "lang"},
            "org": self._home.org,
        }
        if me is not None:
            common["form"] = form_token(me.token)
        return Answer(page(name, asked.words, **common, **filled), status)

    def _error(self, asked: Asked, status: int, me: Login | None = None) -> Answer:
        return self._page("error.html", asked, me, status=status, code=status)

    def _plain(self, words: Words, status: int) -> web.Response:
        """An answer without anybody's name in it: nothing was looked up."""
        body = page("error.html", words, me=None, path="/login", query={}, org=self._home.org, code=status)
        made = response(Answer(body, status), words)
        if status == 503:
            made.headers["Retry-After"] = "10"
        return made


def _spoken(request: web.BaseRequest) -> Words:
    cookies, query = cookies_of(request.headers.get("Cookie", "")), request.raw_path.partition("?")[2]
    return words_for(language_of(cookies, query, request.headers.get("Accept-Language", "")))


def _posted(path: str) -> bool:
    found = rooms.find(path)
    return found is not None and found[0].work is not None


async def _listed(db: Database) -> None:
    """Every session that came is in the list; written to only where one is not."""
    async with db.reading() as tx:
        whole = await listed.is_complete(tx)
    if not whole:
        await twice(db, listed.complete)


async def twice(db: Database, work: Callable[[Tx], Awaitable[None]]) -> None:
    """Two servers may begin the same at one moment, and then one of them is sent back: it tries once more. Who waited
    for somebody that writes does not: a page would take twice as long to say so."""
    for last in (False, True):
        try:
            async with db.transaction() as tx:
                await work(tx)
            return
        except FieldkitError as wrong:
            if last or isinstance(wrong, Busy):
                raise
