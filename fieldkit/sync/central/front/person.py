"""What somebody does about their own account: log in, choose a password. Runs in a thread: hashing takes a while."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.sync.central.front import passwords
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Access, Book, Login
from fieldkit.sync.central.front.entry import KNOWN, LOGIN, Entry, form_is_ours
from fieldkit.sync.central.front.exchange import Asked


class Came(msgspec.Struct, frozen=True):
    """What became of a log-in: an account with its cookies, or `why` not: `wrong`, `wait`, `busy`, `form`, `over`."""

    account: Account | None = None
    token: str = ""
    known: str = ""
    why: str = ""
    wait: int = 0
    status: int = 200


def login_post(entry: Entry, book: Book, asked: Asked, before: str) -> Came:
    """The log-in form as it was sent. `before`: the cookie that the form is bound to."""
    form = asked.form
    if not form_is_ours(before, form.get("form", ""), asked.fetch_site, "login"):
        return Came(why="form", status=403)
    tried = entry.attempt(
        book, form.get("name", ""), form.get("password", ""), asked.cookies.get(KNOWN, ""),
        asked.cookies.get(LOGIN, ""), asked.peer, asked.now,
    )  # fmt: skip
    if tried.account is not None:
        return Came(tried.account, tried.token, tried.known)
    if tried.wait:
        return Came(why="wait", wait=tried.wait, status=429)
    if tried.busy:
        return Came(why="busy", wait=5, status=503)
    return Came(why="over" if tried.over else "wrong", status=401)


def account_post(entry: Entry, book: Book, org: str, me: Login, asked: Asked) -> dict[str, Any] | None:
    """A new password, given the old one; None when it is chosen, and every log-in of the account has ended. Else why
    not: `wrong` is a code."""
    form, name = asked.form, me.account.name
    new = form.get("new", "")
    if weak := passwords.weak(new, name, org, *org.split(".")):
        return {"wrong": weak, "wait": 0}
    if new != form.get("again", ""):
        return {"wrong": "again", "wait": 0}
    wait, right = entry.judged(book, name, form.get("old", ""), f"own {name}")
    if wait:
        return {"wrong": "wait", "wait": wait}
    if not right:
        book.note(Access(asked.now, name, asked.peer, "refused"))
        return {"wrong": "old", "wait": 0}
    if new == form.get("old", ""):
        return {"wrong": "same", "wait": 0}
    book.set_password(name, passwords.hashed(new))
    book.note(Access(asked.now, name, asked.peer, "changed"))
    return None
