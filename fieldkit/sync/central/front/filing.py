"""A supervisor files the attendance of an evening: what waits, a press of a button, the sheets to take away.

Filed is a sheet as it was: the access log keeps, beside who and when, how far the session's log went and how many
corrections lay over it. A session that grows or is corrected afterwards waits again.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import DamagedData
from fieldkit.sync.central.desk_said import believed
from fieldkit.sync.central.front import listed, take
from fieldkit.sync.central.front.accounts import SUPERVISOR, Account
from fieldkit.sync.central.front.book import FILED, Access, Filed
from fieldkit.sync.central.front.listed import BEGINNING, Wanted
from fieldkit.sync.central.front.look import Look, look, may
from fieldkit.sync.central.front.take import Taken, formats

if TYPE_CHECKING:
    from fieldkit.sync.central.front.book import Book
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

DAYS = 14
"""Older sessions are not asked for on the first page."""
MOST = 20
JUST_NOW_S = 12 * 3600
DAY_MS = 86_400_000
_UNSAFE = re.compile(r"[^\w ,()&+-]+").sub
"""What no file system has to bear: separators, dots, signs of shells."""


class Sheet(msgspec.Struct, frozen=True):
    """A session's attendance on its way into a supervisor's file. `stamp`: what was filed if it is filed now."""

    origin: str
    at: Look
    stamp: str
    ended: bool
    filed: Filed | None
    changed: bool
    """It was filed, and is another one now."""

    @property
    def waits(self) -> bool:
        return self.filed is None or self.changed


async def waiting(tx: Tx, home: Home, book: Book, account: Account, now: int) -> list[Sheet]:
    """Sheets of a supervisor's sites that were not filed yet, by nobody; the newest first."""
    if account.role != SUPERVISOR:
        return []
    since = max(now * 1000 - DAYS * DAY_MS, BEGINNING)
    places = await listed.page(tx, account, Wanted(since=since))
    origins = [one.origin for one in places]
    known = book.filed(origins)
    out: list[Sheet] = []
    for origin in origins:
        if len(out) == MOST:
            break
        if origin not in known or known[origin].stamp != await stamp(tx, home, origin, now):
            one = await sheet(tx, home, account, origin, known.get(origin), now)
            if one is not None:
                out.append(one)
    return out


async def stamp(tx: Tx, home: Home, origin: str, now: int) -> str:
    """How far the session's log goes, and how much head office said about it."""
    stored = await tx.stored(origin)
    return "" if stored is None else f"{stored.size}.{len(await believed(tx, home, stored, now))}"


async def sheet(tx: Tx, home: Home, account: Account, origin: str, filed: Filed | None, now: int) -> Sheet | None:
    """One session's; None of what cannot be filed: not this account's, locked by its policy, or not readable."""
    found = await may(tx, account, origin)
    if found is None:
        return None
    at = await look(tx, home, *found, now)
    if at.wrong or "attendance" in at.locked:
        return None
    mark = await stamp(tx, home, origin, now)
    return Sheet(origin, at, mark, at.state == "ended", filed, filed is not None and filed.stamp != mark)


# ---- rooms -----------------------------------------------------------------------------------------------------------


async def file(v: Visit) -> str | None:
    """Write down that these are filed, as they are now; one that cannot be is left where it waits."""
    asked = list(dict.fromkeys(v.form.get("sessions", "").split()))[:MOST]
    done = []
    async with v.db.reading() as tx:
        for origin in asked:
            try:
                one = await sheet(tx, v.home, v.account, origin, None, v.now)
            except DamagedData:
                one = None
            if one is not None and one.ended:
                done.append(one)
    if not done:
        return None
    for one in done:
        v.book.note(Access(v.now, v.account.name, v.peer, FILED, one.origin, one.stamp))
    return "/filed"


async def filed(v: Visit, tx: Tx) -> dict[str, Any]:
    """What this account filed since this morning, with the sheets to take away."""
    rows = []
    for origin, one in _mine(v).items():
        found = await sheet(tx, v.home, v.account, origin, one, v.now)
        if found is not None:
            rows.append(found)
    return {"rows": rows, "formats": _kinds()}


async def all_of_it(v: Visit) -> Taken | None:
    """The same sheets in one ZIP, each with its note and everybody's receipts."""
    folders: dict[str, str] = {}
    async with v.db.reading() as tx:
        for origin in _mine(v):
            one = await sheet(tx, v.home, v.account, origin, None, v.now)
            if one is not None:
                folders[origin] = folder(one)
    files = await _files(v, folders)
    if not files:
        return None
    day = _day(v.now)
    return Taken(_zipped(files), f"attendance-{day}.zip", "application/zip", "", "attendance zip")


def _mine(v: Visit) -> dict[str, Filed]:
    return v.book.filed_by(v.account.name, v.now - JUST_NOW_S, MOST)


def _kinds() -> list[str]:
    """For paper and for a program, the one for people first."""
    return [as_ for as_ in ("pdf", "csv") if as_ in formats()]


def folder(one: Sheet) -> str:
    """A folder of a person's words for one session: day, site, title, and its number, which is nobody else's."""
    words = (one.at.when[:10], one.at.stored.site, one.at.stored.title)
    told = " ".join(_UNSAFE(" ", clean_text(word, 60)).strip(" .") for word in words)
    return f"{' '.join(told.split())} ({one.origin.rpartition('/')[2]})".strip()


async def _files(v: Visit, folders: dict[str, str]) -> list[tuple[str, bytes]]:
    out = []
    for origin, within in folders.items():
        for as_ in _kinds():
            for beside in ("", ".note") if as_ == "pdf" else ("", ".note", ".proofs"):
                one = await take.taken(v.db, v.home, origin, "attendance", as_, beside, v.now)
                if one is not None:
                    out.append((f"{within}/{one.name}", one.data))
                    if not beside:
                        take.note_down(v.home, one, v.account.name, v.now)
    return out


def _zipped(files: list[tuple[str, bytes]]) -> bytes:
    """Entries in their order, with one fixed time: the same sheets are the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, data in files:
            whole.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _day(now: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC).date().isoformat()
