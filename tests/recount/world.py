"""Head office out of the logs: which sessions there are, whose they are, what head office said of them afterwards."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import unicodedata

from tests.recount.fold import Room
from tests.recount.logs import BLENDED, DESK, Found, Log, Record
from tests.recount.sheet import Sheet

OPERATOR, AUDITOR, SUPERVISOR, FACILITATOR = "operator", "auditor", "supervisor", "facilitator"
AFTER = ("amend", "credit.grant")


@dataclasses.dataclass(frozen=True)
class Who:
    """Whose pages these are: a role, and for a supervisor the sites, for a facilitator the name of the key."""

    role: str = OPERATOR
    sites: tuple[str, ...] = ()
    key: str = ""

    @property
    def sees_all(self) -> bool:
        return self.role in (OPERATOR, AUDITOR)


def place(word: str) -> str:
    """A site or crew as it is compared: capitals, spaces and how an accent is typed make no other one."""
    return " ".join(unicodedata.normalize("NFC", word).split()).casefold()


class World:
    """`now`: epoch ms at which the pages were made."""

    def __init__(self, found: Found, now: int) -> None:
        self.found, self.now, self.logs = found, now, found.logs
        self.today = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC).date()
        self.desks = [x for x in found.logs.values() if x.head.get("kind") == DESK]
        self.sessions = sorted(
            (x for x in found.logs.values() if x.head.get("kind") != DESK), key=lambda x: (-x.records[0].t, x.origin)
        )
        self.said: dict[str, list[tuple[str, Record]]] = {}
        for desk in self.desks:
            for one in desk.records:
                if one.k in AFTER and "o" in (one.d.get("ref") or {}):
                    self.said.setdefault(one.d["ref"]["o"], []).append((desk.origin, one))
        for some in self.said.values():
            some.sort(key=lambda pair: (pair[1].t, pair[0], pair[1].i))
        self.sheet = functools.cache(self._sheet)
        self.trusted, self.trainers = self._trust("device"), self._trust("facilitator")

    def _sheet(self, origin: str) -> Sheet:
        return Sheet(Room(self.logs[origin], self.said.get(origin, ())))

    def came(self, log: Log) -> int:
        """Unix ms at which the newest records of a session came: when head office signed that size; 0 if unknown."""
        return 1000 * self.found.cosigned.get(log.origin, {}).get(len(log.lines), 0)

    def sees(self, who: Who, log: Log) -> bool:
        if who.role == SUPERVISOR:
            return place(log.head.get("site") or "") in map(place, who.sites)
        return who.sees_all or (bool(who.key) and who.key in leaders(log))

    @functools.cached_property
    def office(self) -> set[str]:
        """Head office's own devices."""
        return {x.device for x in self.desks} | {x for x, more in self.trusted.items() if more.get("role") == "desk"}

    def seen(self, who: Who) -> list[Log]:
        """The sessions of an account, the newest first."""
        return [x for x in self.sessions if self.sees(who, x)]

    def counted(self) -> list[Log]:
        """Sessions that are training and have ended; of two histories neither."""
        return [
            x
            for x in self.sessions
            if x.head.get("kind") != BLENDED and x.plan and self.sheet(x.origin).room.closed >= 0
            and x.origin not in self.found.forks
        ]  # fmt: skip

    # -- the trust list --------------------------------------------------------------------------------------------

    def _trust(self, of: str) -> dict[str, dict[str, str]]:
        """Name of a key of this kind → its attributes, of the newest list."""
        newest = max(self.found.trust, key=lambda lines: int(lines[1].split(" ")[1]), default=[])
        out = {}
        for line in newest:
            kind, key, *more = [*line.split(" "), "", ""]
            if kind == of:
                out[key.split("+")[0]] = dict(one.split("=", 1) for one in more if "=" in one)
        return out

    # -- what does not fit -----------------------------------------------------------------------------------------

    @functools.cached_property
    def findings(self) -> list[tuple[str, str, list[str]]]:
        """(code, origin, the numbers in its detail): gaps, ends cut off, numbers used twice, people in two rooms."""
        out: list[tuple[str, str, list[str]]] = []
        chains: dict[str, list[Log]] = {}
        for log in (*self.sessions, *self.desks):
            chains.setdefault(log.device, []).append(log)
        for some in chains.values():
            last = 0
            for log in sorted(some, key=lambda x: (x.head["seq"], x.origin)):
                seq, prev = log.head["seq"], log.head.get("prev")
                if seq - last > 1:
                    out.append(("gap", log.origin, [str(last + 1), str(seq - 1)]))
                elif prev is not None and prev["o"] not in self.logs:
                    out.append(("gap", log.origin, [prev["o"]]))
                if seq == last:
                    out.append(("duplicate-seq", log.origin, [str(seq)]))
                last = seq
                before = self.logs.get(prev["o"]) if prev is not None else None
                if before is not None and len(before.lines) < prev["n"]:
                    out.append(("tail-cut", before.origin, [log.origin, str(prev["n"]), str(len(before.lines))]))
        return [*out, *self._trainers(), *self._overlaps()]

    def _trainers(self) -> list[tuple[str, str, list[str]]]:
        """Who led a session and is not on the list, or not for its pack."""
        out = []
        for log in self.sessions if self.found.trust else ():
            told = {log.head.get("fac")} | {x.d.get("to") for x in log.records if x.k == "session.handover"}
            signed = (x.d for x in log.records if x.k == "sign.by" and "ref" not in x.d)
            told |= {d["key"] for d in signed if d["meaning"] in ("held", "handover")}
            for name in sorted(str(x) for x in told if x):
                line, pack = self.trainers.get(name), log.head["pack"]["id"]
                if line is None or pack not in line.get("packs", pack).split(","):
                    out.append(("unknown-facilitator" if line is None else "not-certified", log.origin, [name, pack]))
        return out

    def _overlaps(self) -> list[tuple[str, str, list[str]]]:
        stays: dict[tuple[str, str], list[tuple[int, int, str, str]]] = {}
        for log in self.sessions:
            if log.head.get("kind") == BLENDED:
                continue
            sheet = self.sheet(log.origin)
            r, end = sheet.room, sheet.end
            for row in sheet.rows:
                for entry in r.of(row.p) if row.badge else ():
                    for a, b in entry.spans:
                        span = (r.moment(a), r.moment(end if b < 0 else b), log.origin, row.p)
                        stays.setdefault((row.badge, row.issuer), []).append(span)
        found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        for some in stays.values():
            for a, b, origin, p in some:
                for c, d, other, q in some:
                    if origin < other and max(a, c) < min(b, d):
                        found.setdefault((origin, other, p, q), (max(a, c), min(b, d)))
        return [
            ("overlap", o, [p, x, q, f"{stamp(a)} UTC", f"{stamp(b)} UTC"]) for (o, x, p, q), (a, b) in found.items()
        ]


def mark(log: Log) -> str:
    """What a list says of pre-work and reinforcement."""
    if log.head.get("kind") != BLENDED:
        return ""
    return "pre-work" if log.head.get("set") == "prework" else "after the training"


def alone(log: Log) -> bool:
    """Answered on head office's page: everything was opened with the log, until a moment, and it does not end."""
    if log.head.get("kind") != BLENDED or any(x.k == "session.close" for x in log.records):
        return False
    opened = {x.d["activity"] for x in log.records if x.k == "activity.open" and x.m == 0 and "until" in x.d}
    return opened == {a["id"] for a in log.plan["activities"]}


def leaders(log: Log) -> set[str]:
    """Everybody who led it: for whom it was opened, who was named trainer, to or by whom it was handed over."""
    named = {x.d.get("key") for x in log.records if x.k == "staff.set" and x.d["role"] == "trainer"}
    handed = {x.d["to"] for x in log.records if x.k == "session.handover"}
    signed = {x.d["key"] for x in log.records if x.k == "sign.by" and x.d["meaning"] in ("held", "handover")}
    return {str(x) for x in {*named, *handed, *signed, log.head.get("fac")} if x}


def stamp(ms: int, zone: datetime.tzinfo = datetime.UTC) -> str:
    """`2026-11-22 17:42`."""
    return datetime.datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M")
