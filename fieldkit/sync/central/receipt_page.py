"""Head office's page for people's receipts: a code or a whole receipt in, one sentence out, and never a name.

Whoever has a code may have found it on a table, so the page tells what the paper does not hide: which session of which
day, and that head office received it. It runs without script, keeps nothing and writes no line about who asked.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import zoneinfo
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import jinja2
import msgspec
from aiohttp import web

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.note import day_text
from fieldkit.log.receipt import (
    Receipt,
    is_qr_text,
    of_page,
    parse_receipt,
    read_code,
    read_qr_text,
    short_code,
    show_code,
    verify_receipt,
)
from fieldkit.sync.central.codes import Found, find_code
from fieldkit.sync.central.door import Limits
from fieldkit.sync.central.forms import read_form, small
from fieldkit.sync.central.guesses import Guesses
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.learn import asks_later
from fieldkit.sync.central.sockets import PLAIN
from fieldkit.words import TRAINER, Words, choose, words_for

_FOLDER = resources.files("fieldkit.sync.central") / "pages"
_CSS = (_FOLDER / "receipt.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
HEADERS = PLAIN | {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language",
    "X-Robots-Tag": "noindex",
}
_env = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
_env.globals["css"] = _CSS
_template = _env.from_string((_FOLDER / "receipt.html").read_text("utf-8"))
WAITING = 16
"""Questions that may wait for the database, of everybody together."""


class Verdict(msgspec.Struct, frozen=True):
    """What the page says. `wrong`: it counts as a wrong guess."""

    said: list[str]
    bad: bool = False
    title: str = ""
    wrong: bool = False
    status: int = 200
    after: int = 0
    learn: bool = False
    """The pack of that session asks something afterwards."""


class Looked(msgspec.Struct, frozen=True):
    """What head office has of a record: `found`, and of a receipt whose record is not there, whether its session is."""

    found: list[Found]
    session: bool = False
    learn: bool = False


class ReceiptPage:
    """The page of one listener. `now`: a steady clock, seconds."""

    def __init__(self, home: Home, limits: Limits, now: Callable[[], float]) -> None:
        self._home, self._limits, self._now = home, limits, now
        self.guesses = Guesses()
        self._thread = ThreadPoolExecutor(1, "receipts")
        self._waiting = 0

    def stop(self) -> None:
        """Nothing waits any more."""
        self._thread.shutdown(cancel_futures=True)

    async def answer(self, request: web.BaseRequest, peer: str) -> web.Response:
        """The form, or what became of it."""
        words = words_for(choose(request.headers.get("Accept-Language", ""), TRAINER))
        if request.method == "GET":
            return _page(words, None, "")
        try:
            body = await small(request.content, request.content_length, self._limits.quiet_s)
        except TimeoutError:
            return _page(words, Verdict([words.say("This comes too slowly.")], bad=True, status=408), "")
        if body is None:
            said = words.say("This is too large for a receipt.")
            return _page(words, Verdict([said], bad=True, status=413), "")
        form = read_form(request.headers.get("Content-Type", ""), body)
        typed = form.get("code", b"").decode("utf-8", "replace")[:40]
        sent = form.get("file") or form.get("receipt") or b""
        return _page(words, await self._judged(words, typed, sent, peer), typed)

    async def _judged(self, words: Words, typed: str, sent: bytes, peer: str) -> Verdict:
        """What is said of it. What cannot be a code or a receipt is not looked up, nor anything for who guesses."""
        receipt: Receipt | None = None
        try:
            if sent and not typed.strip():
                receipt = parse_receipt(read_qr_text(sent.decode("ascii")) if is_qr_text(sent) else _unix(sent))
                code = short_code(receipt.leaf)
            else:
                code = read_code(typed)
        except BadBytes as wrong:
            if wrong.reason == "bad-code":
                said = words.say("This is no receipt code. It has ten signs: letters, and the digits 2 to 7.")
            else:
                said = words.say("This is no receipt, or it was changed.")
            return Verdict([said], bad=True)
        if wait := self.guesses.wait(peer, self._now()):
            return _patience(words, wait)
        if self._waiting >= WAITING or not self.guesses.begin(peer, self._now()):
            return Verdict(
                [words.say("Too many people ask at once. Try again in a minute.")], True, status=503, after=60
            )
        verdict: Verdict | None = None
        self._waiting += 1
        try:
            verdict = await self._looked(words, code, receipt)
        finally:
            self._waiting -= 1
            self.guesses.end(peer, self._now(), wrong=verdict is not None and verdict.wrong)
        return verdict

    async def _looked(self, words: Words, code: str, receipt: Receipt | None) -> Verdict:
        def look() -> Looked | BadBytes:
            home = Home.open(self._home.path)
            if receipt is None:
                return asyncio.run(_look(home, code, "", 0))
            try:
                origin = verify_receipt(receipt, known_keys(home.trust())).checkpoint.origin
            except BadBytes as wrong:
                return wrong
            return asyncio.run(_look(home, code, origin, receipt.index))

        try:
            looked = await asyncio.get_running_loop().run_in_executor(self._thread, look)
        except FieldkitError:  # its sentence is for the operator, who has it from the next command
            return Verdict([words.say("Head office cannot look now. Try again later.")], True, status=503, after=60)
        if isinstance(looked, BadBytes):
            said = words.say("This is no receipt, or it was changed.")
            if looked.reason == "no-known-signature":
                said = words.say("No laptop that head office knows has signed this receipt.")
            return Verdict([said], bad=True, wrong=True)
        if looked.found:
            return _yes(words, looked.found[0], receipt is not None, looked.learn)
        if looked.session:
            return Verdict(
                [
                    words.say("Head office has this session, but without this record."),
                    words.say("Keep the receipt, and show it to somebody you trust."),
                ],
                bad=True,
            )
        return Verdict(
            [
                words.say("Head office has no record with this code, or not yet."),
                words.say("Is every sign right? A laptop may send its sessions days later."),
            ],
            bad=True,
            wrong=receipt is None,
        )


async def _look(home: Home, code: str, origin: str, index: int) -> Looked:
    """`origin` and `index`: where a receipt says that its record stands."""
    db = await home.database()
    try:
        found = await find_code(db, code)
        here = [one for one in found if not origin or (one.origin, one.record) == (origin, index)]
        async with db.reading() as tx:
            stored = await tx.stored(origin) if origin else None
            learn = bool(here) and not here[0].erased and await asks_later(tx, here[0].origin)
        return Looked(here, stored is not None and stored.size > index, learn)
    finally:
        await db.close()


def _yes(words: Words, one: Found, signed: bool, learn: bool) -> Verdict:
    said = [
        words.say(
            "Yes. This record is in session {session} of {date}, as head office received and cosigned it on {day}.",
            session=one.origin.rsplit("/", 1)[-1],
            date=_date(one, words),
            day=day_text(one.received),
        )
    ]
    if signed:
        said.append(words.say("The receipt is whole, and the laptop of the session has signed it."))
    if one.erased:
        said.append(words.say("The name and what else was personal in it have been erased."))
    if one.disputed:
        said.append(words.say("Its laptop signed two histories of this session; head office has to decide."))
    return Verdict(said, title=one.title, learn=learn)


def _date(one: Found, words: Words) -> str:
    """The day in the session's own time zone, by the laptop's clock."""
    try:
        zone: datetime.tzinfo = zoneinfo.ZoneInfo(one.tz or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        zone = datetime.UTC
    try:
        return datetime.datetime.fromtimestamp(one.t / 1000, zone).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return words.say("an unknown day")


def _patience(words: Words, wait: float) -> Verdict:
    minutes = -int(-wait // 60)
    said = words.count(
        "Too many wrong codes came from here. Try again in a minute.",
        "Too many wrong codes came from here. Try again in {n} minutes.",
        minutes,
    )
    return Verdict([said], bad=True, status=429, after=int(wait) + 1)


def _unix(sent: bytes) -> bytes:
    """The text of a receipt as a form sends it: a browser writes its line ends in its own way. Raises BadBytes."""
    text = of_page(sent).replace(b"\r\n", b"\n").strip()
    return text + b"\n"


def _page(words: Words, verdict: Verdict | None, typed: str) -> web.Response:
    try:
        code = show_code(read_code(typed))
    except BadBytes:
        code = ""  # what was mistyped is not said back
    text = _template.render(w=words, say=words.say, verdict=verdict, code=code)
    response = web.Response(
        text=text, status=verdict.status if verdict else 200, content_type="text/html", headers=HEADERS
    )
    response.headers["Content-Language"] = words.lang
    if verdict is not None and verdict.after:
        response.headers["Retry-After"] = str(verdict.after)
    return response
