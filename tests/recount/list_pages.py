"""Pages that are lists: what needs a person, what is to file, sessions, laptops."""

from __future__ import annotations

import datetime

from tests.recount import question_pages
from tests.recount.logs import Log
from tests.recount.page import Page
from tests.recount.session_pages import needs as findings
from tests.recount.session_pages import title, trainers
from tests.recount.world import SUPERVISOR, Who, World, alone, mark, place, stamp

DAY_MS = 86_400_000
TO_FILE_DAYS, TO_FILE = 14, 20
A_PAGE = 50
QUIET = 14


def front(page: Page, world: World, who: Who) -> None:
    """`/`: attendance to file, then the findings with how many of each."""
    if who.role == SUPERVISOR:
        to_file(page, world, who)
    seen = {x.origin for x in world.seen(who)} | ({x.origin for x in world.desks} if who.sees_all else set())
    found = [x for x in world.findings if x[1] in seen]
    codes = [x[0] for x in found]
    waits = question_pages.kept(world, who)[0]
    if waits:
        page.same(page.first("p", cls="asked"), "questions", len(waits))
    chips = page.first("p", cls="chips")
    counts = sorted({(-codes.count(x), x) for x in codes})
    if counts:
        page.same(chips, "how many of each", *[word for n, code in counts for word in (-n, code)])
    findings(page, world, found)


def to_file(page: Page, world: World, who: Who) -> None:
    waits = []
    for log in world.seen(who):
        if alone(log):
            continue
        if log.records[0].t < world.now - TO_FILE_DAYS * DAY_MS or len(waits) == TO_FILE:
            break
        mark = f"{len(log.lines)}.{len(world.said.get(log.origin, ()))}.{log.root.hex()[:16]}"
        filed = [x for x in world.found.filed if x["origin"] == log.origin]
        locked = (world.sheet(log.origin).room.policy.get("locked")) or ()
        if "attendance" not in locked and (not filed or filed[-1]["stamp"] != mark):
            waits.append((log, filed[-1]["who"] if filed else ""))
    items = page.main.all("li", cls="sheet")
    page.numbers += 1
    if len(items) != len(waits):
        page.tell(f"{len(items)} sheets to file, by the logs {len(waits)}")
    ended = 0
    for li, (log, by) in zip(items, waits, strict=False):
        sheet = world.sheet(log.origin)
        came, every = sum(x.came for x in sheet.rows), len(sheet.rows)
        when, r = stamp(log.records[0].t, sheet.room.zone), sheet.room
        words = [title(log), when, r.head.get("site") or "", trainers(sheet), came, every, by]
        page.same(li, "to file", *words)
        ended += r.closed >= 0
    if ended > 1:
        page.same(next((x for x in page.main.all("button") if x.text.startswith("File all")), None), "to file", ended)


# ---- sessions ------------------------------------------------------------------------------------------------------


def sessions(page: Page, world: World, who: Who) -> None:
    some = [x for x in world.seen(who) if _fits(world, x, page.query)]
    began, _, origin = page.query.get("after", "").partition(" ")
    if origin:
        some = [x for x in some if (-x.records[0].t, x.origin) > (-int(began), origin)]
    found = world.findings
    want = []
    for log in some[:A_PAGE]:
        sheet = world.sheet(log.origin)
        n = sum(x[1] == log.origin for x in found)
        first = log.records[0]
        name = first.private.get("name") or ("(erased)" if first.half and not first.private else "—")
        when = stamp(first.t, sheet.room.zone)
        laptop = log.device.rsplit("/", 1)[1]
        want.append((when, (title(log), mark(log), n or ""), log.head.get("site") or "—", name, laptop, len(log.lines)))
    page.rows(page.table("Sessions, the newest first"), "sessions", want)
    page.known({*who.sites})


def _fits(world: World, log: Log, asked: dict[str, str]) -> bool:
    t, pack = log.records[0].t, log.head["pack"]
    id, _, version = asked.get("pack", "").partition("@")
    return (
        (not asked.get("site") or place(asked["site"]) == place(log.head.get("site") or ""))
        and (not asked.get("laptop") or asked["laptop"].lower() in (log.device, log.device.rsplit("/", 1)[1]))
        and (not asked.get("since") or t >= _ms(asked["since"], 0))
        and (not asked.get("until") or t < _ms(asked["until"], 1))
        and (not id or id == pack["id"])
        and (not version or version == pack["version"])
    )


def _ms(day: str, more: int) -> int:
    at = datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(), datetime.UTC)
    return int((at + datetime.timedelta(days=more)).timestamp() * 1000)


# ---- laptops -------------------------------------------------------------------------------------------------------


def laptops(page: Page, world: World, who: Who) -> None:
    mine: dict[str, list[Log]] = {}
    for log in world.sessions:
        mine.setdefault(log.device, []).append(log)
    names = {x.device for x in world.seen(who)}
    if who.sees_all:
        names |= {name for name, more in world.trusted.items() if more.get("role") != "desk"}
    found, want = world.findings, []
    for name in sorted(names):
        some = mine.get(name, [])
        newest = world.came(some[0]) if some else 0
        days = max(0, world.now - newest) // DAY_MS
        seen = (stamp(newest), days if days >= QUIET else "") if some else ("never",)
        odd: list[object] = []
        for code, origin, more in sorted(found, key=lambda x: ("gap duplicate-seq tail-cut".find(x[0]), x[1])):
            if code != "overlap" and origin.rsplit("/", 1)[0] == name:
                odd += [code, *((more[0],) if code != "gap" or len(set(more)) == 1 else more)][
                    : 3 if code == "gap" else 1
                ]
        id, site = name.rsplit("/", 1)[1], world.trusted.get(name, {}).get("site", "")
        want.append(((id, site), "", len(some), seen, tuple(odd) or "—"))
    page.rows(page.table("Laptops"), "laptops", want)
