"""`fieldkit central account …`: who may open head office's pages, and as what.

A password is typed here by the person whose it is, or made and shown once: then they choose their own at the first
log-in. It never stands on a command line, where a shell keeps it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.front.book import Book
    from fieldkit.sync.central.front.passwords import Hashed
    from fieldkit.sync.central.home import Home

FIRST_DAYS = 7
"""So long a password that was made for somebody opens their account."""
account_group = new_group("Who may open head office's pages: operators, supervisors, auditors, facilitators.")
NameArg = Annotated[str, typer.Argument(metavar="NAME", help="Two to 32 small letters, digits, dots, dashes.")]
RoleOpt = Annotated[str, typer.Option("--role", metavar="ROLE", help="operator, supervisor, auditor or facilitator.")]
SiteOpt = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="SITE", help="Of a supervisor; several times."),
]
KeyOpt = Annotated[str, typer.Option("--key", metavar="KEY", help="Of a facilitator, or of who trains too: 9k3m.")]
TypedOpt = Annotated[bool, typer.Option("--typed", help="The person types the password here, twice.")]


@account_group.command("add")
def add(
    name: NameArg,
    home: HomeOpt,
    role: RoleOpt,
    site: SiteOpt = None,
    key: KeyOpt = "",
    typed: TypedOpt = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make an account. Without --typed a password is made and shown once; it is changed at the first log-in.

    Say --key also for an operator, auditor or supervisor who trains: then the figures that they see are of five others.

    Example: fieldkit central account add zoe --role supervisor --site "Hall 3" --home /srv/fieldkit
    """
    from fieldkit.sync.central.front.accounts import Account, judged_name, judged_role

    office, now = _open(home), _now()
    judged_name(name)
    role, sites, fac = judged_role(role, site or [], key.strip())
    fac = _facilitator(office, fac)
    book = _book(office)
    if book.account(name):
        raise _taken(name)
    shown, hashed = _password(office, name, typed)
    new = Account(name, role, sites, fac, bool(shown), now, now + FIRST_DAYS * 86_400 if shown else 0)
    if not book.add(new, hashed):
        raise _taken(name)
    _noted(book, now, "account-add", name)
    _told(name, shown, json)


@account_group.command("list")
def list_(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """List the accounts.

    Example: fieldkit central account list --home /srv/fieldkit
    """
    from fieldkit.log.note import day_text

    every = _book(_open(home)).accounts()
    if json:
        rows = [
            {"name": x.name, "role": x.role, "sites": list(x.sites), "key": x.key or None, "first": x.first,
             "made": day_text(x.made)}
            for x in every
        ]  # fmt: skip
        talk.emit({"accounts": rows})
        return
    for one in every:
        about = ", ".join((*one.sites, *([one.key] if one.key else [])))
        talk.data("  ".join(x for x in (one.name, one.role, about, "not logged in yet" if one.first else "") if x))
    if not every:
        talk.say("There is no account yet: fieldkit central account add NAME --role operator")


@account_group.command("role")
def role_(
    name: NameArg,
    home: HomeOpt,
    role: RoleOpt,
    site: SiteOpt = None,
    key: KeyOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Give an account another role, other sites or another key; it counts from the next page on. What is not said it
    has no more.

    Example: fieldkit central account role zoe --role supervisor --site "Hall 3" --site Yard --home /srv/fieldkit
    """
    from fieldkit.sync.central.front.accounts import judged_role

    office = _open(home)
    role, sites, fac = judged_role(role, site or [], key.strip())
    fac, book = _facilitator(office, fac), _book(office)
    if not book.set_role(name, role, sites, fac):
        raise _nobody(name)
    _noted(book, _now(), "account-role", name)
    if json:
        talk.emit({"account": name, "role": role, "sites": list(sites), "key": fac or None})
    talk.say(f"{name} is {role} from now on.")


@account_group.command("reset")
def reset(
    name: NameArg,
    home: HomeOpt,
    typed: TypedOpt = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Give an account a new password and end all its log-ins.

    Example: fieldkit central account reset zoe --home /srv/fieldkit
    """
    office, now = _open(home), _now()
    book = _book(office)
    if not book.account(name):
        raise _nobody(name)
    shown, hashed = _password(office, name, typed)
    if not book.set_password(name, hashed, first=bool(shown), until=now + FIRST_DAYS * 86_400 if shown else 0):
        raise _nobody(name)
    _noted(book, now, "account-reset", name)
    _told(name, shown, json)


@account_group.command("remove")
def remove(
    name: NameArg, home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> None:
    """Remove an account and end its log-ins. What it looked at stays in the access log.

    Example: fieldkit central account remove zoe --home /srv/fieldkit
    """
    book = _book(_open(home))
    if not book.remove(name):
        raise _nobody(name)
    _noted(book, _now(), "account-remove", name)
    if json:
        talk.emit({"account": name, "removed": True})
    talk.say(f"The account {name} is gone, and logged out.")


# ---- helpers -------------------------------------------------------------------------------------------------


def _now() -> int:
    from fieldkit.clock import SystemClock

    return SystemClock().wall_ms() // 1000


def _open(path: Path) -> Home:
    from fieldkit.sync.central.home import Home

    return Home.open(path.expanduser())


def _book(office: Home) -> Book:
    from fieldkit.sync.central.front.book import Book

    return Book(office.path)


def _facilitator(office: Home, text: str) -> str:
    """The name of a trainer's key. Raises NotPossible when the trust list has none."""
    if not text:
        return ""
    from fieldkit.sync.central.listing import named

    line = named(office.trust(), text)
    if line.kind != "facilitator":
        raise NotPossible(f"{text[:80]!r} is no trainer's key.", "`fieldkit central trust show` lists them.")
    return line.vkey.name


def _password(office: Home, name: str, typed: bool) -> tuple[str, Hashed]:
    """What is shown once (empty for one that was typed), and its hash. Raises WrongUsage."""
    from fieldkit.sync.central.front import passwords
    from fieldkit.sync.central.front.terms import WEAK

    if not typed:
        shown = passwords.made()
        return shown, passwords.hashed(shown)
    if not talk.is_terminal():
        raise WrongUsage("There is no terminal to type a password on.", "Without --typed one is made and shown once.")
    word = str(typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))
    weak = passwords.weak(word, name, office.org, *office.org.split("."))
    if weak:
        raise WrongUsage(WEAK[weak], "Without --typed one is made and shown once.")
    return "", passwords.hashed(word)


def _told(name: str, shown: str, json: bool) -> None:
    if json:
        talk.emit({"account": name, "password": shown or None})
    elif shown:
        talk.data(f"{name}  {shown}")
    if shown:
        talk.say(f"This password is shown once and opens the account for {FIRST_DAYS} days: then {name} has their own.")
    else:
        talk.say(f"{name} can log in.")


def _noted(book: Book, now: int, what: str, name: str) -> None:
    from fieldkit.sync.central.front.book import Access

    book.note(Access(now, name, "", what))


def _nobody(name: str) -> NotPossible:
    return NotPossible(f"There is no account {name[:40]!r}.", "`fieldkit central account list` names all.")


def _taken(name: str) -> NotPossible:
    return NotPossible(f"There is an account {name!r} already.", "Take another name, or reset its password.")
