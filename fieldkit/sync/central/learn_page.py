"""`/learn`: pre-work and reinforcement on head office's page. Badge and receipt code open it, no account, no script.

    GET  /learn                      the form for badge and code; for who is in, what is open
    GET  /learn?s=SET[&a=…&q=…]      a question of a set; the next one without an answer
    POST /learn                      do=in, do=answer, do=out

An answer is told as saved after its commit, by a redirect, so that reloading and going back send nothing again. What is
asked here is one question at a time, and what is right is said after the answer.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import Any, NamedTuple

import jinja2
import msgspec
from aiohttp import web

from fieldkit.core import blended
from fieldkit.core.refusals import Refusal
from fieldkit.core.tables.base import local, zone
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.log.receipt import read_code
from fieldkit.sync.central import learn, learn_form, learn_log
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk import device
from fieldkit.sync.central.door import Limits
from fieldkit.sync.central.forms import small
from fieldkit.sync.central.front.exchange import LANG, cookies_of, query_of
from fieldkit.sync.central.guesses import Guesses
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn import Learner, Offer
from fieldkit.sync.central.learn_folds import Folds, Kept, Office, office_of
from fieldkit.sync.central.learn_token import COOKIE, LASTS_S, Tokens
from fieldkit.sync.central.sockets import PLAIN
from fieldkit.words import TRAINER, Words, choose, direction, native_name, words_for

log = logging.getLogger("fieldkit.central")
PATH = "/learn"
MOST_FORM = 32 * 1024
WAITING = 16
FREE_HERE = 40
"""Wrong pairs of one address that cost nothing: a whole plant may have one. Of one code it is as for receipts."""
_FOLDER = resources.files("fieldkit.sync.central") / "pages"
_CSS = (_FOLDER / "receipt.css").read_text("utf-8") + (_FOLDER / "learn.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
HEADERS = PLAIN | {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
    "X-Robots-Tag": "noindex",
}
_env = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_env.globals.update(css=_CSS, direction=direction, native=native_name, languages=TRAINER)
_template = _env.from_string((_FOLDER / "learn.html").read_text("utf-8"))


class Asked(msgspec.Struct, frozen=True):
    """One request. `now`: Unix s."""

    query: dict[str, str]
    fields: learn_form.Fields
    cookies: dict[str, str]
    accept: str
    peer: str
    post: bool
    foreign: bool
    now: int

    def field(self, name: str) -> str:
        return learn_form.first(self.fields, name)


class Said(msgspec.Struct):
    """What is answered: a page (`view` with `filled`), or with `to` the way to one. `cookie`: None leaves it."""

    view: str = "in"
    filled: dict[str, Any] = {}
    status: int = 200
    to: str = ""
    cookie: str | None = None
    lang: str = ""
    after: int = 0


class At(NamedTuple):
    """What one request is answered with."""

    home: Home
    office: Office
    tokens: Tokens
    folds: Folds


class LearnPage:
    """The page of one listener. `now`: central's clock, Unix s; `tick`: a steady one, seconds."""

    def __init__(self, home: Home, limits: Limits, now: Callable[[], int], tick: Callable[[], float]) -> None:
        self._home, self._limits, self._now, self._tick = home, limits, now, tick
        self.guesses = Guesses()
        self.addresses = Guesses(FREE_HERE)
        self.kept = Kept()
        self._thread = ThreadPoolExecutor(2, "learn")
        self._waiting = 0

    def stop(self) -> None:
        """What is being written is finished; nothing waits any more."""
        self._thread.shutdown(cancel_futures=True)

    def sweep(self, now: float) -> None:
        self.guesses.sweep(now)
        self.addresses.sweep(now)
        self.kept.sweep(now)

    async def answer(self, request: web.BaseRequest, peer: str) -> web.Response:
        fields: learn_form.Fields = {}
        cookies = cookies_of(request.headers.get("Cookie", ""))
        accept = request.headers.get("Accept-Language", "")
        query = query_of(request.raw_path.partition("?")[2][:2000])
        foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
        asked = Asked(query, fields, cookies, accept, peer, request.method == "POST", foreign, self._now())
        words = words_for(_lang(asked, ""))
        if asked.post:
            try:
                body = await small(request.content, request.content_length, self._limits.quiet_s, MOST_FORM)
            except TimeoutError:
                return _page(words, Said("word", {"word": words.say("This comes too slowly.")}, 408))
            if body is None:
                return _page(words, Said("word", {"word": words.say("This is too large for an answer.")}, 413))
            fields.update(learn_form.read_fields(request.headers.get("Content-Type", ""), body))
        if self._waiting >= WAITING:
            return _page(words, _busy(words))
        self._waiting += 1
        try:
            said = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, asked)
        except FieldkitError as wrong:  # its sentence is for the operator, who has it from the next command
            sentence = words.say("Head office cannot look now. Try again later.")
            if isinstance(wrong, NotPossible):
                sentence = words.say("Head office has nothing to learn on this page yet.")
            said = Said("word", {"word": sentence}, 503, after=60)
        except Exception:  # a mistake of ours ends this request, never the listener
            log.exception("the page for learning was not made")
            said = Said("word", {"word": words.say("Head office cannot look now. Try again later.")}, 500)
        finally:
            self._waiting -= 1
        return _page(words_for(said.lang) if said.lang else words, said)

    # -- in a thread -----------------------------------------------------------------------------------------

    def _work(self, asked: Asked) -> Said:
        lang = asked.query.get("lang", "")
        if lang and not asked.post:
            rest = "&".join(f"{k}={v}" for k in ("s", "a", "q", "code") if (v := asked.query.get(k)) and v.isascii())
            kept = lang if lang in TRAINER else ""
            return Said(to=PATH + (f"?{rest}" if rest and _plain(rest) else ""), lang="", filled={"keep": kept})
        home = Home.open(self._home.path)
        tokens = Tokens(device(home, home.trust(), asked.now))
        me = tokens.read(asked.cookies.get(COOKIE, ""), asked.now)
        words = words_for(_lang(asked, me.who.lang if me else ""))
        folds = Folds(self.kept, self._tick)
        try:
            at = At(home, office_of(home, asked.now), tokens, folds)
            said = asyncio.run(self._said(at, me, asked, words))
        finally:
            folds.close()
        said.lang = words.lang
        return said

    async def _said(self, at: At, me: Learner | None, asked: Asked, words: Words) -> Said:
        do = asked.field("do") if asked.post else ""
        if do == "out":
            return Said(to=PATH, cookie="")
        if asked.post and asked.foreign:
            return Said("word", {"word": words.say("This form is not from this page.")}, 403)
        db = await at.home.database()
        try:
            if do == "in":
                return await self._enter(db, at, asked, words)
            if me is not None:
                async with db.reading() as tx:
                    me = me if await learn.still(at.home, tx, me, at.folds) else None
            if me is None:
                typed = asked.query.get("code", "")[:40]
                gone = (
                    words.say("Your time on this page was over, and this was not saved. Enter once more.")
                    if asked.post
                    else ""
                )
                return Said("in", {"code": typed, "wrong": gone}, cookie="" if COOKIE in asked.cookies else None)
            if do == "answer":
                return await self._answered(db, at, me, asked, words)
            return await self._look(db, at, me, asked, words)
        finally:
            await db.close()

    async def _enter(self, db: Database, at: At, asked: Asked, words: Words) -> Said:
        """Badge and code, right together or wrong together."""
        badge, typed = asked.field("badge")[:200], asked.field("code")[:40]
        back = {"code": typed}
        try:
            code = read_code(typed)
        except BadBytes:
            wrong = words.say("This is no receipt code. It has ten signs: letters, and the digits 2 to 7.")
            return Said("in", {**back, "wrong": wrong})
        tick, of_code = self._tick(), f"code {code}"
        wait = max(self.addresses.wait(asked.peer, tick), self.guesses.wait(of_code, tick))
        if wait:
            minutes = -int(-wait // 60)
            wrong = words.count(
                "That did not fit too many times. Try again in a minute.",
                "That did not fit too many times. Try again in {n} minutes.",
                minutes,
            )
            return Said("in", {**back, "wrong": wrong}, 429, after=int(wait) + 1)
        if not self.guesses.begin(of_code, tick):
            return _busy(words)
        if not self.addresses.begin(asked.peer, tick):
            self.guesses.end(of_code, tick, wrong=False)
            return _busy(words)
        found: Learner | None = None
        looked = False
        try:
            async with db.reading() as tx:
                found = await learn.identify(tx, at.office, code, badge, at.folds)
                if found is not None and not await learn.still(at.home, tx, found, at.folds):
                    found = None
            looked = True
        finally:
            for book, key in ((self.guesses, of_code), (self.addresses, asked.peer)):
                book.end(key, self._tick(), wrong=looked and found is None)
        if found is None:
            wrong = words.say("This badge and this code do not belong together, or head office does not have them yet.")
            return Said("in", {**back, "wrong": wrong})
        return Said(to=PATH, cookie=at.tokens.make(found, asked.now))

    async def _look(self, db: Database, at: At, me: Learner, asked: Asked, words: Words, wrong: str = "") -> Said:
        """What is open, or one question of it."""
        async with db.reading() as tx:
            found = await learn.open_for(tx, me, at.office, asked.now * 1000, at.folds)
        lang = _content(asked, me)
        who = me.who
        common = {"form": at.tokens.form(me), "me": who.name or who.badge, "badge": who.badge, "wrong": wrong}
        offer = next((one for one in found.offers if one.key == asked.query.get("s")), None)
        if offer is None:
            missing = bool(asked.query.get("s")) and not wrong
            return Said("open", {**common, **_open(found, lang), "closed": missing})
        every = offer.asked()
        left = [one for one in every if not offer.answered(one)]
        named = [one for one in every if (one[0].id, one[1]) == (asked.query.get("a"), asked.query.get("q", ""))]
        if not named and not left:
            return Said("done", {**common, "title": offer.plan.say(offer.plan.title, lang), "n": len(every)})
        one = named[0] if named else left[0]
        kept = asked.query.get("k") == "1" and offer.answered(one)
        own = learn.may_see(me, offer.key, *one)
        filled = {**common, **_question(offer, one, every, left, lang, own), "kept": kept}
        return Said("question", filled, 422 if wrong else 200)

    async def _answered(self, db: Database, at: At, me: Learner, asked: Asked, words: Words) -> Said:
        if not at.tokens.is_form(me, asked.field("form")):
            said = words.say("Somebody else has begun on this phone. Nothing was sent; enter again.")
            return Said("word", {"word": said}, 403)
        query = {k: asked.field(k)[:64] for k in ("s", "a", "q") if asked.field(k)}
        named = msgspec.structs.replace(asked, query=query)
        async with db.reading() as tx:
            found = await learn.open_for(tx, me, at.office, asked.now * 1000, at.folds)
        offer = next((one for one in found.offers if one.key == query.get("s")), None)
        which = None if offer is None else next(
            (one for one in offer.asked() if (one[0].id, one[1]) == (query.get("a"), query.get("q", ""))), None
        )  # fmt: skip
        if offer is None or which is None:
            return await self._look(db, at, me, named, words, words.say("This is closed. It was not counted."))
        wish = learn_form.wish(*which, asked.fields)
        put = await learn_log.put(
            *(at.home, db, offer.key, offer.begin, me.who, wish, asked.now),
            only_expected=offer.only_expected,
            own=learn.may_see(me, offer.key, *which),
            here=lambda tx: learn.still(at.home, tx, me, at.folds),
            folds=at.folds,
        )
        if put.result == "refused":
            no = put.refusal or Refusal("wrong-value")
            return await self._look(db, at, me, named, words, words.say(no.words))
        kept = "&k=1" if put.result == "kept" else ""
        to = f"{PATH}?s={offer.key}&a={which[0].id}&q={which[1]}{kept}"
        if put.result == "saved":
            me = learn.having_written(me, offer.key, *which)
        return Said(to=to, cookie=at.tokens.make(me, asked.now))


# ---- what a page is filled with ------------------------------------------------------------------------------


def _open(found: learn.Open, lang: str) -> dict[str, Any]:
    sets = []
    for offer in found.offers:
        done = offer.done()
        tasks = [offer.plan.say(one.text, lang) for one in offer.plan.prework]
        sets.append(
            {
                "key": offer.key,
                "title": offer.plan.say(offer.plan.title, lang),
                "lang": learn_form.lang_of(offer.plan, offer.plan.title, lang),
                "before": offer.plan.set == blended.PREWORK,
                "tasks": tasks,
                "left": done.count(False),
                "n": len(done),
                "until": _day(offer.closes - 1, offer),
            }
        )
    return {"sets": sets, "next": _day(found.next, None) if found.next is not None else ""}


def _question(
    offer: Offer, one: blended.Asked, every: list[blended.Asked], left: list[blended.Asked], lang: str, own: bool
) -> dict[str, Any]:
    """`own`: an answer that is there may be shown (`learn.may_see`); else there is only that there is one."""
    a, q = one
    plan = offer.plan
    there = offer.answer(one)
    old = there if own else None
    final = old is not None and blended.shows(a, q)
    further = [x for x in left if x != one]
    return {
        "title": plan.say(plan.title, lang),
        "s": offer.key,
        "a": a.id,
        "q": q,
        "no": every.index(one) + 1,
        "of": len(every),
        "x": learn_form.shown(plan, a, q, lang, old),
        "told": learn_form.told(plan, a, q, lang, old) if old is not None else None,
        "final": final,
        "hidden": there is not None and not own,
        "n": (old.n or 0) + 1 if old is not None else 1,
        "more": bool(further),
        "confidential": a.mode == "confidential",
        "until": _day(offer.closes - 1, offer),
    }


def _day(ms: int, offer: Offer | None) -> str:
    """The date, where the session was held."""
    info = offer.session.info if offer is not None and offer.session is not None else None
    tz = info.tz if info is not None else offer.begin.tz if offer is not None and offer.begin is not None else "UTC"
    when = local(ms, zone(tz))
    return f"{when:%Y-%m-%d}" if when is not None else "?"


def _busy(words: Words) -> Said:
    said = words.say("Too many people ask at once. Try again in a minute.")
    return Said("word", {"word": said}, 503, after=60)


def _lang(asked: Asked, own: str) -> str:
    kept = asked.cookies.get(LANG, "")
    if kept in TRAINER:
        return kept
    return choose(own, TRAINER) if own and choose(own, ("", *TRAINER)) else choose(asked.accept, TRAINER)


def _content(asked: Asked, me: Learner) -> str:
    """The language of the pack's texts: the one that was chosen here, else the person's own of the session."""
    kept = asked.cookies.get(LANG, "")
    return kept if kept in TRAINER else me.who.lang or choose(asked.accept, TRAINER)


def _plain(text: str) -> bool:
    return all(c.isalnum() or c in "=&-_~" for c in text)


def _page(words: Words, said: Said) -> web.Response:
    if said.to:
        made = web.Response(status=303, headers=HEADERS | {"Location": said.to})
        if keep := said.filled.get("keep"):
            made.headers.add("Set-Cookie", f"{LANG}={keep}; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax")
    else:
        filled = {"wrong": "", "code": "", **said.filled}
        text = _template.render(w=words, say=words.say, count=words.count, view=said.view, **filled)
        made = web.Response(text=text, status=said.status, content_type="text/html", headers=HEADERS)
        made.headers["Content-Language"] = words.lang
    if said.cookie is not None:
        age = LASTS_S if said.cookie else 0
        put = f"{COOKIE}={said.cookie}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=Lax"
        made.headers.add("Set-Cookie", put)
    if said.after:
        made.headers["Retry-After"] = str(said.after)
    return made
