"""What one person answered before and after, set by set (docs/blended.md)."""

from __future__ import annotations

import collections
import dataclasses

from tests.recount.learned import Key, key_of
from tests.recount.logs import BLENDED, Json, Log
from tests.recount.right import keyed, right
from tests.recount.sheet import Row, Sheet
from tests.recount.world import World, mark, stamp

TYPES = {"poll", "scale", "choice", "truefalse", "number", "short", "order", "match", "hotspot", "quiz", "text"}
A_PAGE = 100


@dataclasses.dataclass
class Mine:
    """Somebody in one log: how many questions were put by name; question → (t, right or None, how sure)."""

    log: Log
    asked: int = 0
    said: dict[str, tuple[int, bool | None, str]] = dataclasses.field(default_factory=dict)

    @property
    def last(self) -> int:
        return max((t for t, _, _ in self.said.values()), default=0)


def before_and_after(world: World, key: Key) -> list[tuple[object, ...]]:
    """The rows of a person's page."""
    found = []
    for log in world.sessions:
        if log.head.get("kind") == BLENDED and log.plan and log.origin not in world.found.forks:
            sheet = world.sheet(log.origin)
            found += [_mine(log, sheet, row) for row in sheet.rows if key_of(row) == key and not row.objected]
    by: dict[tuple[str, str], list[Mine]] = collections.defaultdict(list)
    for one in sorted(found, key=lambda x: (-x.last, x.log.origin))[:A_PAGE]:
        head = one.log.head
        root = head.get("of", one.log.origin) if one.log.device in world.office else one.log.origin
        by[root, head.get("set", "")].append(one)
    return [_row(world, some) for some in by.values()]


def _mine(log: Log, sheet: Sheet, row: Row) -> Mine:
    one = Mine(log)
    for a in log.plan["activities"]:
        some = [x for x in sheet.room.rounds if x.activity == a["id"] and not x.void]
        if not some or some[-1].mode != "named" or a["type"] not in TYPES:
            continue
        parts: list[Json | None] = [*a["questions"]] if a["type"] == "quiz" else [None]
        for q in parts:
            one.asked += 1
            said = sheet.answer(some[-1], row.p, q["id"] if q else "")
            if said is not None:
                good = right(a, q, said[1], said[2]) if keyed(a, q) else None
                one.said[f"{a['id']}/{q['id']}" if q else a["id"]] = (log.records[said[0]].t, good, said[3])
    return one


def _row(world: World, some: list[Mine]) -> tuple[object, ...]:
    first = some[0].log
    newest: dict[str, tuple[int, bool | None, str]] = {}
    for one in some:
        for name, said in one.said.items():
            newest[name] = max(newest.get(name, said), said, key=lambda x: x[0])
    told, policy = newest.values(), first.head.get("policy") or {}
    judged = policy.get("profile") != "roster" and not {"attendance", "answers", "results"} & {
        *policy.get("locked", ())
    }
    of = sum(good is not None for _, good, _ in told)
    sure = any(good is not None and how for _, good, how in told)
    zone = world.sheet(first.origin).room.zone
    return (
        stamp(max(t for t, _, _ in told), zone) if told else "—",
        (
            first.head.get("title") or first.head["pack"]["id"],
            mark(first),
            *(first.head["pack"][x] for x in ("id", "version")),
        ),
        (len(newest), max(one.asked for one in some)),
        (sum(good is True for _, good, _ in told), of) if judged and of else "—",
        sum(good is False and how == "sure" for _, good, how in told) if judged and sure else "—",
    )
