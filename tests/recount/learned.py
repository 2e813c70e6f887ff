"""What each session says of each person: the day, what of it they did, what they miss (docs/programs.md)."""

from __future__ import annotations

import dataclasses
import datetime

from tests.recount.logs import BLENDED, Json, Log
from tests.recount.right import questions
from tests.recount.sheet import Row, Sheet, cut, long, opened_by
from tests.recount.world import World

Key = tuple[str, str]


@dataclasses.dataclass
class Did:
    """One person in one session. `did`: segments done; `right`: graded question → whether, of those answered."""

    log: Log
    sheet: Sheet
    row: Row
    key: Key
    day: datetime.date
    moment: int
    whole: bool
    did: set[str]
    right: dict[str, bool]
    credits: list[tuple[str, str, int]]
    plain: bool
    """Every rule held without credit."""

    @property
    def pack(self) -> str:
        return str(self.log.plan["id"])

    @property
    def makes_up(self) -> str:
        return str(self.log.head.get("makes_up") or "")

    @property
    def is_makeup(self) -> bool:
        return bool(self.makes_up) or self.log.head.get("kind") == "makeup"


def segments(plan: Json) -> list[Json]:
    """Breaks are left out."""
    return [x for x in plan.get("segments", ()) if x["phase"] != "break"]


def asked_of(sheet: Sheet) -> list[str]:
    """Segments of a session that ran, or hold something required."""
    need = set(sheet.completion.get("require", ()))
    ran = {id for id, _ in sheet.room.segments}
    opened = {x.activity for x in sheet.room.rounds}
    return [
        x["id"] for x in segments(sheet.room.plan) if x["id"] in ran or opened_by(x) & opened or opened_by(x) & need
    ]


def key_of(row: Row) -> Key | None:
    return (row.badge.strip().upper(), row.issuer.strip().upper()) if row.badge.strip() else None


def everything(world: World) -> dict[Key, list[Did]]:
    """Person → sessions that count, the oldest first."""
    out: dict[Key, list[Did]] = {}
    for log in world.counted():
        sheet = world.sheet(log.origin)
        if log.head.get("kind") == BLENDED:
            continue
        for row in sheet.rows:
            key = key_of(row)
            if key is not None:
                out.setdefault(key, []).append(_did(log, sheet, row, key))
    for some in out.values():
        some.sort(key=lambda x: (x.day, x.moment, x.log.origin))
    return out


def _did(log: Log, sheet: Sheet, row: Row, key: Key) -> Did:
    credits = sheet.credits(row.p)
    given = {what for what, _, _ in credits}
    share = sheet.completion.get("attendance_min")
    need = set(sheet.completion.get("require", ()))
    did = set()
    for one in segments(sheet.room.plan):
        visits = sheet.visits(one["id"])
        there = long(cut(row.inside, visits)) if row.here else 0
        enough = there > 0 and (share is None or there * 100 >= share * long(visits))
        mine = opened_by(one) & need
        done = enough and all(id in given or sheet.done(row.p, id) for id in mine)
        if done or one["id"] in given or sheet.room.plan["id"] in given:
            did.add(one["id"])
    right: dict[str, bool] = {}
    for a in sheet.room.plan.get("activities", ()):
        it = sheet.newest(a["id"])
        if a.get("graded") and it is not None and a["id"] not in given:
            for q in questions(a):
                said = sheet.answer(it, row.p, q["id"] if q else "")
                if said is not None:
                    right[f"{a['id']}/{q['id']}" if q else a["id"]] = sheet.correct(it, row.p, a, q)
    r = sheet.room
    return Did(log, sheet, row, key, r.day, r.closed_t, row.whole, did, right, credits, row.plain_whole)
