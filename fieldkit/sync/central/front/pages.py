"""What each page is made of: needs, sessions, a session, laptops. Reads, and writes nothing.

Each function takes a reading transaction and who asks, and returns what its template is filled with; None where what is
asked for is not there, or not theirs to see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.blended import AFTER, BEFORE, BLENDED, PREWORK
from fieldkit.core.clean import clean_text
from fieldkit.core.tables import TABLES
from fieldkit.errors import BadBytes
from fieldkit.log.line import read_line
from fieldkit.sync.central import findings
from fieldkit.sync.central.findings import Need
from fieldkit.sync.central.front import listed
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.foreign import day_ms, moment, zone_of
from fieldkit.sync.central.front.listed import A_PAGE, BEGINNING, END, Place, Wanted
from fieldkit.sync.central.front.look import look, may, need_of, trainer_of
from fieldkit.sync.central.front.take import formats
from fieldkit.sync.central.home import Home

if TYPE_CHECKING:
    from fieldkit.log.trust import TrustList
    from fieldkit.sync.central.tx import Tx

Filled = dict[str, Any]
MOST_NEEDS = 200
MOST_LAPTOPS = 200
MOST_OF_A_KEY = 400
"""Characters of a key: a session's origin may have 330."""
DAY = 86_400
QUIET_DAYS = 14
"""A laptop that has not come for so long is marked."""


class Row(msgspec.Struct, frozen=True):
    """A session in the list. `began`: Unix ms, by its laptop; `tz`: its time zone."""

    origin: str
    number: str
    title: str
    site: str
    began: int
    tz: str
    trainer: str
    laptop: str
    size: int
    needs: int
    set: str = ""
    """`before` or `after` the training, of pre-work and reinforcement; empty of a session."""

    @property
    def when(self) -> str:
        return moment(self.began, zone_of(self.tz))


def query(values: dict[str, str], *names: str) -> dict[str, str]:
    """What somebody asked for, as it may stand in a page again."""
    return {name: clean_text(values.get(name, ""), MOST_OF_A_KEY if name == "after" else 200) for name in names}


def is_number(text: str, most: int) -> bool:
    """Whether this is a number of up to `most` digits 0 to 9: for Python `²` is a digit too, and no number."""
    return text.isascii() and text.isdigit() and len(text) <= most


def laptop_of(name: str) -> str:
    """The last part of a laptop's name."""
    return name.rpartition("/")[2]


# ---- what needs a person ---------------------------------------------------------------------------------------------


async def found_needs(tx: Tx, home: Home, account: Account, now: int) -> tuple[list[Need], dict[str, Place]]:
    """Findings and files that were not taken, as far as this account sees their sessions, the oldest first; and where
    those sessions belong that are stored."""
    trust: TrustList = home.trust()
    found = await findings.needs(tx)
    origins = sorted({one.origin for one in found if one.origin})
    known = await listed.places(tx, origins)
    if not account.sees_all:
        led = await listed.led(tx, account, origins)
        mine = {origin for origin, one in known.items() if account.sees(one.site, origin in led)}
        found = [one for one in found if one.origin in mine]
    elif trust.expired(now):
        sentence = findings.sentence("trust-expired")
        found.insert(0, Need("trust-expired", None, "trust-expired", sentence, trust.expires * 1000, {}))
    return found, known


async def needs(tx: Tx, home: Home, account: Account, now: int) -> Filled:
    """The first of them, and how many there are of each kind."""
    found, known = await found_needs(tx, home, account, now)
    counts: dict[str, int] = {}
    for one in found:
        counts[one.code] = counts.get(one.code, 0) + 1
    shown = found[:MOST_NEEDS]
    titles = await listed.sessions_of(tx, sorted({one.origin for one in shown if one.origin in known and one.origin}))
    return {
        "needs": shown,
        "counts": sorted(counts.items(), key=lambda x: (-x[1], x[0])),
        "more": len(found) - len(shown),
        "titles": titles,
        "paper": account.sees_all and home.paper_path.exists(),
    }


# ---- sessions --------------------------------------------------------------------------------------------------------


def wanted_of(values: dict[str, str], org_laptops: dict[str, str]) -> Wanted:
    """The filter as somebody typed it; what cannot be read is as if it were empty."""
    asked = query(values, "site", "laptop", "since", "until", "after", "pack")
    since, until = day_ms(asked["since"]), day_ms(asked["until"], 1)
    began, _, origin = asked["after"].partition(" ")
    after = (int(began), origin) if origin and is_number(began.removeprefix("-"), 16) else None
    laptop = org_laptops.get(asked["laptop"].lower(), asked["laptop"])
    days = BEGINNING if since is None else since, END if until is None else until
    pack, _, version = asked["pack"].partition("@")
    return Wanted(asked["site"], laptop, *days, after, pack, version)


async def sessions(tx: Tx, home: Home, account: Account, values: dict[str, str], most: int = A_PAGE) -> Filled:
    """A page of the list, `most` of them, with what each row says of its session."""
    names = {laptop_of(key.vkey.name).lower(): key.vkey.name for key in home.trust().of("device")}
    wanted = wanted_of(values, names)
    found = await listed.page(tx, account, wanted, most)
    here = found[:most]
    origins = [one.origin for one in here]
    stored, heads = await listed.sessions_of(tx, origins), await listed.firsts(tx, origins)
    count = await listed.findings_of(tx, origins, findings.DECIDED)
    rows = []
    for one in here:
        if one.origin not in stored or one.origin not in heads:
            continue
        title, site, size, _ = stored[one.origin]
        line, opening = heads[one.origin]
        half, tz = first_of(line)
        rows.append(
            Row(
                one.origin, number_of(one.origin), title, site, one.began, tz,
                trainer_of(opening, half), laptop_of(one.laptop), size, count.get(one.origin, 0),
                set_of(line),
            )
        )  # fmt: skip
    last = here[-1] if here else None
    return {
        "rows": rows,
        "asked": query(values, "site", "laptop", "since", "until", "pack"),
        "next": f"{last.began} {last.origin}" if last and len(found) > most else "",
        "later": wanted.after is not None,
        "sites": account.sites,
    }


def first_of(line: bytes) -> tuple[bool, str]:
    """Whether a session's first record has a private half, and its time zone."""
    try:
        head = read_line(line)
    except BadBytes:
        return False, ""
    tz = head.d.get("tz")
    return head.x is not None, tz if isinstance(tz, str) else ""


def set_of(line: bytes) -> str:
    """Whether a log whose first record this is holds pre-work (`before`) or reinforcement (`after`); empty of a
    session."""
    try:
        head = read_line(line)
    except BadBytes:
        return ""
    if head.d.get("kind") != BLENDED:
        return ""
    return BEFORE if head.d.get("set") == PREWORK else AFTER


def number_of(origin: str) -> str:
    return origin.rpartition("/")[2]


async def session(tx: Tx, home: Home, account: Account, origin: str, now: int) -> Filled | None:
    """One session, as far as this release can read it."""
    found = await may(tx, account, origin)
    if found is None:
        return None
    at = await look(tx, home, *found, now)
    return {
        "at": at, "origin": origin, "number": number_of(origin), "laptop": laptop_of(found[1].laptop),
        "tables": list(TABLES), "formats": formats,
    }  # fmt: skip


# ---- laptops ---------------------------------------------------------------------------------------------------------


class Laptop(msgspec.Struct, frozen=True):
    """`last`: Unix ms at which its newest session came, 0 if none did; `days` since then, -1 if none did."""

    name: str
    id: str
    state: str
    sessions: int
    last: int
    days: int
    newest: str
    needs: list[Need]
    site: str


async def laptops(tx: Tx, home: Home, account: Account, values: dict[str, str], now: int) -> Filled:
    """Who brought sessions, who is on the trust list, when each came last, and what is missing of it."""
    after = query(values, "after")["after"]
    trust = home.trust()
    lines = {key.vkey.name: key for key in trust.of("device") if key.role is None or key.role != "desk"}
    names = await listed.laptops(tx, account, after, MOST_LAPTOPS + 1)
    if account.sees_all:
        names = sorted({*names, *(name for name in lines if name > after)})[: MOST_LAPTOPS + 1]
    gaps: dict[str, list[Need]] = {}
    for code in (findings.GAP, findings.DUPLICATE_SEQ, findings.TAIL_CUT, findings.FORK):
        for one in await tx.findings(code=code):
            gaps.setdefault(one.origin.rsplit("/", 1)[0], []).append(need_of(one))
    rows = []
    for name in names[:MOST_LAPTOPS]:
        count, newest = await listed.of_laptop(tx, name)
        last = (await listed.sessions_of(tx, [newest]))[newest][3] if newest else 0
        line = lines.get(name)
        rows.append(
            Laptop(
                name, laptop_of(name), line.state(now) if line is not None else "unknown", count, last,
                max(0, now - last // 1000) // DAY if last else -1, newest, gaps.get(name, []),
                (line.site or "") if line is not None else "",
            )
        )  # fmt: skip
    more = names[MOST_LAPTOPS - 1] if len(names) > MOST_LAPTOPS else ""
    return {"rows": rows, "next": more, "quiet": QUIET_DAYS}
