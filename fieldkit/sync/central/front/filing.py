"""A supervisor files the attendance of an evening: what waits, a press of a button, the sheets to take away.

Filed is a sheet as it was: the access log keeps, beside who and when, how far the session's log went, how many
corrections lay over it, and the beginning of its root. A session that grows, is corrected or gets another history
afterwards waits again.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.records import SessionOpened, fact_of
from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.log.line import read_line
from fieldkit.log.policy import profiled, unlocked
from fieldkit.sync.central.front import listed, take
from fieldkit.sync.central.front.accounts import SUPERVISOR, Account
from fieldkit.sync.central.front.book import FILED, Access, Filed
from fieldkit.sync.central.front.listed import A_PAGE, BEGINNING, Wanted
from fieldkit.sync.central.front.look import Brief, brief, may
from fieldkit.sync.central.front.pages import is_number, set_of
from fieldkit.sync.central.front.take import Taken, formats
from fieldkit.sync.central.sheets import Sheets

if TYPE_CHECKING:
    from fieldkit.sync.central.front.book import Book
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.rows import Stored
    from fieldkit.sync.central.tx import Tx
    from fieldkit.sync.central.vouched import Pair

DAYS = 14
"""Older sessions are not asked for on the first page."""
ROOT = 16
"""Digits of a root that a stamp holds."""
MOST = 20
"""Sheets on one page, in one press and in one ZIP."""
FOLDS = 100
"""Sheets that are looked at for one page: of laptops that never end a session there may be any number."""
AS = "@"
"""Between a session and its stamp in a form; in no name of a session."""
JUST_NOW_S = 12 * 3600
DAY_MS = 86_400_000
_UNSAFE = re.compile(r"[^\w ,()&+-]+").sub
"""What no file system has to bear: separators, dots, signs of shells."""


class Sheet(msgspec.Struct, frozen=True):
    """A session's attendance on its way into a supervisor's file. `stamp`: what was filed if it is filed now."""

    origin: str
    at: Brief
    stamp: str
    ended: bool
    filed: Filed | None
    changed: bool
    """It was filed, and is another one now."""

    @property
    def waits(self) -> bool:
        return self.filed is None or self.changed

    @property
    def asked(self) -> str:
        """What a form says of it: this sheet, as it was seen."""
        return f"{self.origin}{AS}{self.stamp}"


class Waiting(msgspec.Struct, frozen=True):
    """`sheets`: the newest, at most MOST that have ended and MOST that run. `more`: sessions behind them that nobody
    filed; whether each can be filed is seen when it is its turn."""

    sheets: list[Sheet]
    more: int


async def waiting(tx: Tx, home: Home, book: Book, account: Account, now: int) -> Waiting:
    """Sheets of a supervisor's sites that were not filed yet, by nobody; the newest first."""
    if account.role != SUPERVISOR:
        return Waiting([], 0)
    sheets, out, many, folds, more = Sheets(home, now), list[Sheet](), {True: 0, False: 0}, 0, 0
    async for origin, filed in _unfiled(tx, sheets, book, account, now):
        if many[True] == MOST or folds == FOLDS:
            more += 1
            continue
        one = await sheet(tx, sheets, account, origin, filed)
        if one is None:
            continue
        folds += 1
        if many[one.ended] < MOST:
            many[one.ended] += 1
            out.append(one)
        else:
            more += 1
    return Waiting(out, more)


async def _unfiled(
    tx: Tx, sheets: Sheets, book: Book, account: Account, now: int
) -> AsyncIterator[tuple[str, Filed | None]]:
    """Every session of the last days that was not filed as it is, page by page, and how it was filed if it was. Those
    whose policy keeps attendance from being shown are left out, and those that nobody attends: a page that folded each
    of them would never end."""
    wanted = Wanted(since=max(now * 1000 - DAYS * DAY_MS, BEGINNING))
    while True:
        places = await listed.page(tx, account, wanted)
        origins = [one.origin for one in places[:A_PAGE]]
        known, sizes = book.filed(origins), await listed.sessions_of(tx, origins)
        heads = await listed.firsts(tx, origins)
        for origin in origins:
            filed = known.get(origin)
            if origin not in sizes or origin not in heads or locked(heads[origin][0]):
                continue
            if set_of(heads[origin][0]):
                stored = await tx.stored(origin)
                if stored is None or sheets.ours(stored):
                    continue  # answered alone, on head office's page
            if filed is not None and filed.stamp.startswith(f"{sizes[origin][2]}."):
                stored = await tx.stored(origin)
                if stored is None or filed.stamp == stamp(stored, await sheets.office(tx, stored)):
                    continue
            yield origin, filed
        if len(places) <= A_PAGE:
            return
        last = places[A_PAGE - 1]
        wanted = msgspec.structs.replace(wanted, after=(last.began, last.origin))


def locked(line: bytes) -> bool:
    """Whether the policy in a session's first record, this line, keeps its attendance from being shown. Of a line that
    cannot be read no sheet can be filed either."""
    try:
        head = read_line(line)
        fact = fact_of(head.k, head.d)
        if isinstance(fact, SessionOpened):
            unlocked(fact.policy.locked or [], "attendance")
            profiled(fact.policy.profile or "", "", "attendance")
    except (BadBytes, NotPossible):
        return True
    return False


def stamp(stored: Stored, office: Sequence[Pair]) -> str:
    """How far the session's log goes, how much head office said about it that holds, and which of two histories of the
    same length it is."""
    return f"{stored.size}.{len(office)}.{stored.root.hex()[:ROOT]}"


async def sheet(tx: Tx, sheets: Sheets, account: Account, origin: str, filed: Filed | None) -> Sheet | None:
    """One session's; None of what cannot be filed: not this account's, locked by its policy, or not readable."""
    found = await may(tx, account, origin)
    if found is None:
        return None
    at = await brief(tx, sheets, found[0])
    if at is None or at.locked:
        return None
    mark = stamp(at.stored, at.office)
    return Sheet(origin, at, mark, at.ended, filed, filed is not None and filed.stamp != mark)


# ---- rooms -----------------------------------------------------------------------------------------------------------


async def file(v: Visit) -> str | None:
    """Write down that these are filed, each as it was when the supervisor saw it. One that is another one by now is
    not, and they are told; one that cannot be filed is left where it waits."""
    asked: dict[str, str] = {}
    for one in v.form.get("sessions", "").split():
        origin, _, seen = one.partition(AS)
        asked.setdefault(origin, seen)
    done, changed = list[Sheet](), 0
    async with v.db.reading() as tx:
        sheets = Sheets(v.home, v.now)
        for origin, seen in list(asked.items())[:MOST]:
            try:
                now = await sheet(tx, sheets, v.account, origin, None)
            except DamagedData:
                now = None
            if now is not None and now.stamp != seen:
                changed += 1
            elif now is not None and now.ended:
                done.append(now)
    for now in done:
        v.book.note(Access(v.now, v.account.name, v.peer, FILED, now.origin, now.stamp))
    if not done and not changed:
        return None
    return ("/filed" if done else "/") + (f"?changed={changed}" if changed else "")


def changed_of(query: dict[str, str]) -> int:
    """How many sheets were not filed because they had changed meanwhile, as `file` told the browser."""
    told = query.get("changed", "")
    return int(told) if is_number(told, 2) else 0


async def filed(v: Visit, tx: Tx) -> dict[str, Any]:
    """What this account filed since this morning, with the sheets to take away, a part at a time."""
    rows, sheets = [], Sheets(v.home, v.now)
    mine, behind = _mine(v)
    for origin, one in mine.items():
        found = await sheet(tx, sheets, v.account, origin, one)
        if found is not None:
            rows.append(found)
    after = v.query.get("after", "")
    return {
        "rows": rows, "formats": _kinds(), "changed": changed_of(v.query), "more": behind,
        "part": after if after in _all_mine(v) else "", "next": list(mine)[-1] if behind else "",
    }  # fmt: skip


async def all_of_it(v: Visit) -> Taken | None:
    """The same sheets in one ZIP, each with its note and everybody's receipts."""
    folders: dict[str, str] = {}
    async with v.db.reading() as tx:
        sheets = Sheets(v.home, v.now)
        for origin in _mine(v)[0]:
            one = await sheet(tx, sheets, v.account, origin, None)
            if one is not None:
                folders[origin] = folder(one)
    files = await _files(v, folders)
    if not files:
        return None
    day = _day(v.now)
    return Taken(_zipped(files), f"attendance-{day}.zip", "application/zip", "", "attendance zip")


def _all_mine(v: Visit) -> dict[str, Filed]:
    return v.book.filed_by(v.account.name, v.now - JUST_NOW_S)


def _mine(v: Visit) -> tuple[dict[str, Filed], int]:
    """A part of what was filed, that behind the session `after`, else the newest; and how many stand behind it. What is
    filed meanwhile comes before all of them, so that a part stays what it was."""
    every = list(_all_mine(v).items())
    at = next((n for n, (origin, _) in enumerate(every, 1) if origin == v.query.get("after")), 0)
    return dict(every[at : at + MOST]), max(0, len(every) - at - MOST)


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
