"""What a report of some days has to say, counted the plain way: every log folded anew, and the answers added up.

Shares with the report what one session says of one person (the sheet of `core.attendance`, the rules of
`core.completion`) and nothing of how it is kept, found or added up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec

from fieldkit.core.attendance import attendance, groups
from fieldkit.core.completion import completed, items, passed, score
from fieldkit.core.led import led_by
from fieldkit.core.plan import Plan
from fieldkit.core.register import Register
from fieldkit.core.session import Session
from fieldkit.core.tables.report import Line, Report
from fieldkit.core.taught import facts
from fieldkit.log.line import canonical
from fieldkit.sync.central import programs
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.findings import presences
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.training import train
from tests.kit.central import ORG, Laptop, Log, Office
from tests.sync.courses import course
from tests.sync.digested import opened

DAY_MS = 86_400_000
Who = tuple[str, str]


def fac(k: int) -> str:
    return f"{ORG}/fac/{k:04d}"


def held(
    laptop: Laptop, people: dict[str, str], day: int, by: str | None, site: str = "yard", of: Plan | None = None,
    wrong: str = "", minutes: int = 0, **more: Any,
) -> Log:  # fmt: skip
    """A course `day` days after 22 November and so many minutes later, led by the key `by`."""
    log = course(laptop, people, of, wrong=wrong, site=site, fac=by, **more)
    by_ms = day * DAY_MS + minutes * 60_000
    laptop.last = replace(log, lines=[_later(line, by_ms) for line in log.lines])
    return laptop.last


def _later(line: bytes, ms: int) -> bytes:
    said = msgspec.json.decode(line)
    return canonical(said | {"t": said["t"] + ms})


def numbers(report: Report) -> dict[tuple[str, str, str], Line]:
    """(section, what, id) → its line; each is there once."""
    found = {(one.section, one.what, one.id): one for one in report.lines}
    assert len(found) == len(report.lines)
    return found


def value(report: Report, section: str, what: str, id: str = "") -> int | None:
    """Of a count, as it is read."""
    found = numbers(report)[section, what, id].value
    return None if found is None else found // 100


@dataclass
class One:
    """A session, counted: who was there, with (completed, passed)."""

    origin: str
    pack: str
    day: date
    site: str
    fac: str
    end: int
    makeup: bool
    evaluation: bool
    scored: bool
    unknown: int = 0
    people: dict[Who, list[tuple[bool, bool | None]]] = field(default_factory=dict)
    ms: dict[Who, int] = field(default_factory=dict)


async def counted(office: Office) -> tuple[list[One], Register]:
    """Every session that counts, and everybody, folded anew."""
    out: list[One] = []
    async with opened(office) as db:
        some = programs.in_force(office.home)
        gathered = Register(some)

        def each(s: Session) -> None:
            found = facts(s)
            if found is None or s.info is None or s.closed_t is None:
                return
            gathered.add(found)
            kind = s.info.session_kind
            one = One(
                s.origin, s.info.pack.id, found.taught.day, place_key(s.info.site), led_by(s), s.closed_t,
                bool(s.info.makes_up) or kind == "makeup", kind == "evaluation",
                s.plan.completion.score_min is not None,
            )  # fmt: skip
            entries, graded = groups(s), items(s)
            for row in attendance(s):
                badge = next((x.fields.get("badge", "") for x in entries[row.p] if x.fields.get("badge")), "")
                issuer = next((x.fields.get("id_issuer", "") for x in entries[row.p] if x.fields.get("badge")), "")
                who = badge.strip().upper(), issuer.strip().upper()
                if not who[0]:
                    one.unknown += 1
                elif row.status not in ("absent", "excused"):
                    got = score(graded, row.all_p)
                    one.people.setdefault(who, []).append((completed(s, row, got), passed(s, got)))
            out.append(one)

        forked = (await train(office.home, db, some)).forked
        await train(office.home, db, some, None, each)
        out = [one for one in out if one.origin not in forked]
        async with db.reading() as tx:
            for one in out:
                stored = await tx.stored(one.origin)
                assert stored is not None
                raw = Session(origin=one.origin, plan=await plan_of(tx, stored)).fold(await records_of(tx, one.origin))
                seconds: dict[Who, set[int]] = {}
                for stay in presences(raw):  # second by second: whoever is in twice is there once
                    who = stay.badge.strip().upper(), stay.issuer.strip().upper()
                    seconds.setdefault(who, set()).update(range(stay.from_ms // 1000, stay.until_ms // 1000))
                one.ms = {who: len(some) * 1000 for who, some in seconds.items() if who in one.people}
    return out, gathered


def expected(some: list[One]) -> dict[str, int]:
    """The numbers of these sessions that nothing is held back of."""
    there = [who for one in some for who in one.people]
    return {
        "sessions": len(some),
        "person-sessions": len(there),
        "people": len(set(there)),
        "no-badge": sum(one.unknown for one in some),
        "makeup-sessions": sum(one.makeup for one in some),
        "make-ups": sum(len(one.people) for one in some if one.makeup),
        "evaluations": sum(one.evaluation for one in some),
    }


def outcome(some: list[One]) -> Counter[str]:
    """People a session, how many completed, were marked, passed."""
    found: Counter[str] = Counter()
    for one in some:
        for rows in one.people.values():
            marks = [mark for _, mark in rows if mark is not None]
            found.update(people=1, completed=any(done for done, _ in rows), scored=bool(marks), passed=any(marks))
    return found
