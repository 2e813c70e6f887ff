"""One stored session as a page shows it: who was there, what was run when, what came out, who signed it.

The same fold and the same tables as every export (`fieldkit.sync.central.export`), so a page and a sheet cannot differ.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.alone import alone
from fieldkit.core.attendance import attendance, minutes
from fieldkit.core.erasing import GONE
from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Sheet, Signatures
from fieldkit.core.tables.pacing import segment_visits
from fieldkit.core.tables.profiles import shaped
from fieldkit.errors import BadBytes, NotPossible
from fieldkit.formats.export import allowed
from fieldkit.log.keys import VKey
from fieldkit.log.line import parse_opening
from fieldkit.log.note import open_checkpoint, split_note
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk_said import PLAN_SHA256
from fieldkit.sync.central.findings import Need
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.foreign import moment, short, zone_of
from fieldkit.sync.central.front.listed import Place, firsts, led, place_of
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Finding, Stored
from fieldkit.sync.central.sheets import Sheets

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx
    from fieldkit.sync.central.vouched import Pair


class Person(msgspec.Struct, frozen=True):
    """A line of attendance. `p` leads to the records about them."""

    p: str
    name: str
    badge: str
    status: str
    came: str
    left: str
    minutes: str
    result: str
    score: str
    flags: list[str]


class Option(msgspec.Struct, frozen=True):
    text: str
    count: int
    right: bool


class Asked(msgspec.Struct, frozen=True):
    """One round: what was asked and what came out. `secret`: an anonymous one whose counts are not shown."""

    activity: str
    round: str
    text: str
    answered: str
    present: str
    options: list[Option]
    secret: bool

    @property
    def most(self) -> int:
        return max([one.count for one in self.options], default=0) or 1


class Segment(msgspec.Struct, frozen=True):
    """`spans`: (from, until) in minutes since the session opened."""

    title: str
    planned: int
    real: str
    entered: str
    skipped: bool
    spans: list[tuple[float, float]]


class Signer(msgspec.Struct, frozen=True):
    """A line under the checkpoint. `known`: its key is on the list and the signature good."""

    name: str
    role: str
    at: str
    known: bool


class Look(msgspec.Struct, frozen=True):
    stored: Stored
    place: Place
    when: str
    until: str
    tz: str
    trainer: str
    state: str
    pack: str
    people: list[Person]
    asked: list[Asked]
    segments: list[Segment]
    signers: list[Signer]
    status: str
    needs: list[Need]
    locked: frozenset[str]
    """Tables that the session's policy keeps from being shown."""
    wrong: str = ""
    """Why the contents cannot be shown."""
    came: int = 0
    expected: int = 0
    minutes: int = 0
    names: dict[str, str] = {}
    """p → name, of everybody on the sheet."""
    alone: bool = False
    """It holds what people answered alone: nobody attends it, and it takes no time."""


class Brief(msgspec.Struct, frozen=True):
    """One session in two lines, each number that of its `Look`. `office`: what head office said about it and holds."""

    stored: Stored
    when: str
    trainer: str
    ended: bool
    locked: bool
    """Its policy keeps attendance from being shown."""
    came: int
    expected: int
    office: tuple[Pair, ...]


async def may(tx: Tx, account: Account, origin: str) -> tuple[Stored, Place] | None:
    """The session, if it is stored and this account may see it. What somebody may not see is as if it were not."""
    stored = await tx.stored(origin)
    if stored is None or stored.plan == PLAN_SHA256:
        return None
    found = await firsts(tx, [origin])
    if origin not in found:
        return None
    place = place_of(origin, stored.site, found[origin][0])
    return (stored, place) if account.sees(stored.site, origin in await led(tx, account, [origin])) else None


def need_of(one: Finding) -> Need:
    return Need(one.code, one.origin or None, one.code, findings.sentence(one.code), one.ms, one.detail)


async def look(tx: Tx, home: Home, stored: Stored, place: Place, now: int) -> Look:
    """`now`: central's clock, Unix s. What this release cannot fold is said, and its proof is shown all the same."""
    sheets = Sheets(home, now)
    found = await tx.findings(stored.origin)
    codes = {one.code for one in found}
    needs = [need_of(one) for one in found if one.code not in findings.DECIDED]
    fork = "fork" if findings.FORK in codes else "resolved_fork" if findings.RESOLVED in codes else ""
    laid, wrong = None, ""
    try:
        laid = await sheets.read(tx, stored)
    except Exception as error:  # noqa: BLE001 - a session of a later release may break any rule of ours
        wrong = type(error).__name__
    status = (laid.signed if laid is not None else Signatures(fork=fork)).status
    at = Look(
        stored, place, moment(place.began), "", "UTC", "", "", "", [], [], [], signers(stored.checkpoint, sheets.keys),
        status, needs, frozenset(), wrong,
    )  # fmt: skip
    return at if laid is None else _filled(at, laid.session, laid.plan, laid.signed)


async def brief(tx: Tx, sheets: Sheets, stored: Stored) -> Brief | None:
    """The same fold without the tables of a page, and without who signed; None where it cannot be shown,
    and of what people answered alone."""
    try:
        session, office = await sheets.folded(tx, stored)
    except Exception:  # noqa: BLE001 - as in `look`
        return None
    if alone(session):
        return None
    rows = attendance(session)
    zone = zone_of(session.info.tz if session.info is not None else "UTC")
    return Brief(
        stored, moment(session.opened_t, zone), _trainers(session), session.state == "ended",
        not _open(session, "attendance"), sum(one.came for one in rows), len(rows), office,
    )  # fmt: skip


def _trainers(s: Session) -> str:
    others = [x.name for x in s.staff if x.role == "trainer" and x.name]
    gone = GONE if 0 in s.erased else ""
    return "; ".join(dict.fromkeys(x for x in (s.trainer or gone, *others) if x))


def _filled(at: Look, s: Session, plan: Plan, signed: Signatures) -> Look:
    sheet = Sheet(s, plan, signed)
    zone = zone_of(sheet.tz_name)
    locked = frozenset(name for name in TABLES if not _open(s, name))
    people = [] if "attendance" in locked else _people(sheet, zone)
    return msgspec.structs.replace(
        at,
        when=moment(s.opened_t, zone),
        until=moment(s.closed_t, zone) if s.closed_t is not None else "",
        tz=sheet.tz_name,
        trainer=_trainers(s),
        state=s.state,
        pack=f"{plan.id} {plan.version}",
        people=people,
        asked=[] if "results" in locked else _asked(sheet),
        segments=[] if "pacing" in locked or sheet.alone else _segments(sheet),
        locked=locked,
        came=sum(one.came for one in sheet.people),
        expected=len(sheet.people),
        minutes=minutes(sheet.run.ms),
        alone=sheet.alone,
        names={p: short(sheet.name(p) or sheet.person_id(p), 80) for p in s.people},
    )


def _open(session: Session, name: str) -> bool:
    """Whether the policy recorded in a session lets this table be seen."""
    try:
        allowed(session, name)
    except NotPossible:
        return False
    return True


def _rows(sheet: Sheet, name: str) -> list[dict[str, str]]:
    """The rows in the profile that the session's policy sets."""
    made = shaped(TABLES[name], sheet, allowed(sheet.s, name))
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def _people(sheet: Sheet, zone: datetime.tzinfo) -> list[Person]:
    return [
        Person(
            p=one.p,
            name=row["name"],
            badge=row["person_id"] if row["person_id"] != one.p else "",
            status=row["attendance_status"],
            came=row["check_in"][11:16],
            left=row["check_out"][11:16],
            minutes=row["minutes_present"],
            result=row.get("result", ""),
            score=row.get("score_pct", ""),
            flags=row["flags"].split(),
        )
        for one, row in zip(sheet.attendance, _rows(sheet, "attendance"), strict=True)
    ]


def _asked(sheet: Sheet) -> list[Asked]:
    out: dict[tuple[str, str], Asked] = {}
    for row in _rows(sheet, "results"):
        key = (row["activity"], row["round"])
        one = out.setdefault(key, Asked(*key, row["question"], row["answered"], row["present"], [], not row["count"]))
        if row["option_text"] or row["option"]:
            count = int(row["count"]) if row["count"].isdigit() else 0
            one.options.append(Option(row["option_text"] or row["option"], count, row["correct"] == "yes"))
    return list(out.values())


def _segments(sheet: Sheet) -> list[Segment]:
    visits = segment_visits(sheet.s, sheet.run)
    return [
        Segment(
            row["title"] or row["segment"],
            int(row["changed_min"] or row["planned_min"] or 0),
            row["real_min"],
            row["entered_at"][11:16],
            row["skipped"] == "yes",
            [(a / 60_000, b / 60_000) for a, b in visits.get(row["segment"], [])],
        )
        for row in _rows(sheet, "pacing")
        if row["segment"]
    ]


def signers(note: bytes, keys: list[VKey]) -> list[Signer]:
    """Every line under the checkpoint, those that could be verified with their time."""
    try:
        _, lines = split_note(note)
        good = {(key.name, key.keyid): time for key, time in open_checkpoint(note, keys)[1].signers}
    except BadBytes:
        return []
    out = []
    for line in lines:
        time = good.get((line.name, line.keyid))
        role = line.name.split("/")[1] if "/" in line.name else ""
        at = f"{moment(time * 1000)} UTC" if time is not None else ""
        out.append(Signer(line.name, role, at, (line.name, line.keyid) in good))
    return out


def trainer_of(opening: bytes | None, has_half: bool) -> str:
    """The trainer's name out of the first record's private half; that it was erased, where it is not here any more."""
    if opening is None:
        return GONE if has_half else ""
    try:
        return short(parse_opening(opening)[1].get("name", ""), 80)
    except BadBytes:
        return ""
