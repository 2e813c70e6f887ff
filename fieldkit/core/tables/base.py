"""What every table is made from: Table, Signatures, and Sheet, which carries a session with what rows ask of it.

Tables are strings only, and pure: (fold, openings present, plan, as-of m, signature facts) → the same rows on the
laptop and at head office. Nothing reads a clock; zones come from the IANA database by the name in `session.open`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from fieldkit.core.alone import alone
from fieldkit.core.attendance import Attendance, attendance, groups, running
from fieldkit.core.completion import decimal
from fieldkit.core.erasing import GONE
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.session import Session
from fieldkit.core.state import Person
from fieldkit.core.walkin import badged

UNNAMED = "—"
"""Stands where a person, a time or a way would name somebody in a confidential activity."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Table(msgspec.Struct, frozen=True):
    """`columns` are stable names; every row has one string a column."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    kinds: tuple[str, ...] = ()
    """What each column holds (`fieldkit.core.tables.kinds`), where its name does not say it."""


def people_in(made: Table) -> dict[str, str]:
    """Who is named in a table: id → name, in the order of its rows. What stands for somebody unnamed is nobody."""
    at = {column: k for k, column in enumerate(made.columns)}
    if "person_id" not in at:
        return {}
    name = at.get("name", at["person_id"])
    found = {row[at["person_id"]]: row[name] for row in reversed(made.rows)}
    return {id: words for id, words in reversed(found.items()) if id not in ("", UNNAMED)}


class Signatures(msgspec.Struct, frozen=True):
    """Who signed the newest checkpoint, as far as the caller could verify it. Keys are vkeys.

    `verified`: the device's own line is good under a key the caller knows. `central_time`: Unix s of the cosignature.
    """

    device: str = ""
    trainer: str | None = None
    central_time: int | None = None
    verified: bool = False
    fork: str = ""
    """`fork` or `resolved_fork`, a flag of every row: the laptop signed two histories, and this is one of them."""

    @property
    def status(self) -> str:
        if not self.verified:
            return "unverified"
        parts = ["device"] + ["trainer"] * bool(self.trainer) + ["central"] * (self.central_time is not None)
        return "+".join(parts)

    @property
    def key_id(self) -> str:
        """The signing key's id: the trainer's if there is one, else the device's; empty when nothing verified."""
        parts = (self.trainer or self.device).split("+", 2)
        return parts[1] if self.verified and len(parts) == 3 else ""


FORKS = {
    "fork": "one of two signed histories of this session, nobody has chosen yet",
    "resolved_fork": "one of two signed histories of this session, chosen by head office",
}
"""Flag → what a row's note says about it."""


class Sheet:
    """A session about to become a table: attendance computed once, times in the session's zone."""

    def __init__(self, session: Session, plan: Plan, signatures: Signatures, as_of: int | None = None) -> None:
        self.s = session
        self.plan = plan
        self.signatures = signatures
        self.judged = True
        """Whether this sheet may say what somebody has completed (`fieldkit.core.tables.profiles`)."""
        self.run = running(session, as_of)
        self.people: list[Attendance] = attendance(session, as_of)
        """Everybody in the log."""
        self.alone = alone(session)
        self.attendance: list[Attendance] = [] if self.alone else self.people
        """Who is on the sheet: of what people answered alone nobody."""
        self.groups: dict[str, list[Person]] = groups(session)
        self._head: dict[str, str] = {q: a.p for a in self.people for q in a.all_p}
        self._badges = {p: badged(people)[0] for p, people in self.groups.items()}
        info = session.info
        self.session_id = session.origin
        self.tz_name = info.tz if info is not None else "UTC"
        self.zone: tzinfo = zone(self.tz_name)
        self.lang = (info.langs[0] if info is not None and info.langs else "") or plan.language

    # -- people ----------------------------------------------------------------------------------------------

    def person(self, p: str | None) -> Person | None:
        """The entry that stands for `p` on the sheet: the one it was merged into, else itself."""
        return self.s.people.get(self._head.get(p or "", p or ""))

    def person_id(self, p: str | None) -> str:
        """The badge, of whichever of the person's entries has one, else the session's own `p`."""
        one = self.person(p)
        return (self._badges.get(one.p) or badged([one])[0] or one.p) if one is not None else (p or "")

    def name(self, p: str | None) -> str:
        one = self.person(p)
        if one is None:
            return ""
        return GONE if one.nameless else one.name

    # -- times -----------------------------------------------------------------------------------------------

    def wall(self, m: int) -> int:
        """Unix ms at `m`, as the laptop believed it then: the opening's clock plus the jumps it noticed since."""
        return self.s.opened_t + m + sum(by for at, by in self.s.jumps if at <= m)

    def time(self, t: int | None) -> str:
        """Unix ms → ISO 8601 with offset, to the minute, in the session's zone; empty for None or a mad clock."""
        when = local(t, self.zone)
        return when.isoformat(timespec="minutes") if when is not None else ""

    def at(self, m: int | None) -> str:
        return "" if m is None else self.time(self.wall(m))

    def day(self, t: int) -> date | None:
        when = local(t, self.zone)
        return when.date() if when is not None else None

    @property
    def end_t(self) -> int:
        """Unix ms of the close; while the session runs, of the moment the table stands for."""
        return self.s.closed_t if self.s.closed_t is not None else self.wall(self.run.end)

    # -- words -----------------------------------------------------------------------------------------------

    def words(self, a: Activity) -> str:
        """The activity's question, in the session's first language; its first line, without the rest."""
        spot = a.id in self.s.spots
        return (a.text[0] or "") if spot and a.text else self.plan.say(a.text, self.lang)

    def named(self, mode: str) -> bool:
        """Whether a row of this mode may name anybody. Anything but `named` may not, unknown modes included."""
        return mode == "named"


def names(words: str) -> tuple[str, ...]:
    """Column names, written as people read them."""
    return tuple(words.split())


def zone(name: str) -> tzinfo:
    """The IANA zone; UTC when the name is no zone of this machine (the times then say +00:00)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def local(t: int | None, where: tzinfo) -> datetime | None:
    """Unix ms as local time; None for None and for times that no calendar holds."""
    if t is None:
        return None
    try:
        return (EPOCH + timedelta(milliseconds=t)).astimezone(where)
    except (OverflowError, ValueError):
        return None


def share(part: int, whole: int) -> str:
    """A share in percent with at most two decimals, rounded half up; empty of nothing."""
    return decimal((part * 20_000 + whole) // (2 * whole)) if whole else ""


def yes(value: bool | None) -> str:
    """yes, no, or empty for None."""
    return "" if value is None else "yes" if value else "no"
