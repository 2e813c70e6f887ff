"""Log-in: who may try how often, and what the cookies are.

Three cookies, each of 192 random bits and none readable by script: the log-in itself; one that marks a browser in which
this account logged in before; and, before anybody has logged in, one that the log-in form is bound to. Wrong passwords
slow down the address, and the name for browsers that it does not know; who comes in a browser that it knows waits for
nobody but this browser: so nobody who guesses at a name keeps its owner out, not even from behind the same address.
What is counted lives in the memory of one process (`fieldkit.sync.central.guesses`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from fieldkit.sync.central.front import passwords
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import IDLE_S, KNOWN_S, LONGEST_S, Access, Book
from fieldkit.sync.central.guesses import Guesses

LOGIN, KNOWN, BEFORE = "__Host-fk-login", "__Host-fk-known", "__Host-fk-form"
"""Names of the cookies. `__Host-` binds each to this very address, over TLS, for every path."""
MOST_TYPED = 1024
UNKNOWN = "?"
"""Who, in the access log, where the name is nobody's: what was typed there may be a password."""


class Tried(msgspec.Struct, frozen=True):
    """What became of a try. `wait`: seconds to wait; `busy`: too many try at once from there."""

    account: Account | None = None
    token: str = ""
    known: str = ""
    wait: int = 0
    busy: bool = False
    over: bool = False
    """The password was right, and made for a first log-in that comes too late."""


class Entry:
    """The log-in of one process. `tick`: a steady clock, seconds."""

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self.guesses = Guesses()

    def sweep(self) -> None:
        self.guesses.sweep(self._tick())

    def allowed(self, name: str, known: str, peer: str, book: Book, now: int) -> list[str]:
        """What this try counts against, and waits for: the address and the name, or this browser of its owner alone. A
        whole site may share one address."""
        if known and book.knows(known, name, now):
            return [f"browser {hashlib.sha256(known.encode()).hexdigest()}"[:60]]
        return [peer, f"name {name[:40]}"]

    def attempt(self, book: Book, name: str, password: str, known: str, old: str, peer: str, now: int) -> Tried:
        """Try a name with a password; takes a while by design, so it runs in a thread. Whatever comes of it is in the
        access log. Raises FieldkitError."""
        name = name.strip().casefold()
        keys = self.allowed(name, known, peer, book, now)
        if wait := max(self.guesses.wait(key, self._tick()) for key in keys):
            news = [self.guesses.tell(key) for key in keys]
            if any(news):  # else who does not stop would fill the disk
                self._note(book, now, peer, "slowed", name)
            return Tried(wait=int(wait) + 1)
        begun = [key for key in keys if self.guesses.begin(key, self._tick())]
        wrong = False
        try:
            if len(begun) < len(keys):
                return Tried(busy=True)
            found = book.account(name) if len(name) <= 64 else None
            wrong = not passwords.right(password[:MOST_TYPED], found[1] if found else None)
            if wrong or found is None or len(password) > MOST_TYPED:
                self._note(book, now, peer, "refused", name)
                wrong = True
                return Tried()
        finally:
            for key in begun:
                self.guesses.end(key, self._tick(), wrong=wrong)
        account = found[0]
        if account.until and now >= account.until:
            book.note(Access(now, account.name, peer, "too-late"))
            return Tried(over=True)
        token = book.begin(account.name, now, peer, old)
        book.note(Access(now, account.name, peer, "in"))
        fresh = "" if known and book.knows(known, account.name, now) else book.know(account.name, now)
        return Tried(account, token, fresh)

    def judged(self, book: Book, name: str, password: str, key: str) -> tuple[int, bool]:
        """Seconds to wait, and whether it is the password of an account: asked again of who is logged in. Tries count
        under `key`."""
        if wait := self.guesses.wait(key, self._tick()):
            return int(wait) + 1, False
        if not self.guesses.begin(key, self._tick()):
            return 5, False
        right = False
        try:
            found = book.account(name)
            right = passwords.right(password[:MOST_TYPED], found[1] if found else None) and len(password) <= MOST_TYPED
        finally:
            self.guesses.end(key, self._tick(), wrong=not right)
        return 0, right

    def _note(self, book: Book, now: int, peer: str, what: str, name: str) -> None:
        found = book.account(name) if len(name) <= 64 else None
        book.note(Access(now, found[0].name if found else UNKNOWN, peer, what))


def form_token(cookie: str, what: str = "form") -> str:
    """What every form carries: nobody can make it who cannot read the cookie."""
    return hmac.new(cookie.encode(), what.encode(), hashlib.sha256).hexdigest()


def form_is_ours(cookie: str, sent: str, fetch_site: str, what: str = "form") -> bool:
    """Whether a form was made here for this browser, and was sent from here as far as the browser says."""
    own = fetch_site in ("", "same-origin", "none")
    return own and bool(cookie) and hmac.compare_digest(form_token(cookie, what).encode(), sent.encode())


def fresh() -> str:
    return secrets.token_urlsafe(24)


def cookie(name: str, value: str) -> str:
    """A `Set-Cookie` header. Lax, so that a link in a message leads somebody who is logged in to its page."""
    age = {LOGIN: LONGEST_S, KNOWN: KNOWN_S, BEFORE: IDLE_S}[name] if value else 0
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=Lax"


def local(to: str) -> str:
    """A page of ours to go on to; the first page for everything else."""
    try:
        parts = urlsplit(to if len(to) < 1000 and to.isascii() and to.isprintable() else "")
    except ValueError:  # `//[`: no address at all
        return "/"
    good = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in to
    return to if good and not to.startswith("//") and not parts.path.startswith("/log") else "/"
