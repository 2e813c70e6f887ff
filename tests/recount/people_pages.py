"""Pages about people and programs: who may run it now, one person, who misses what, programs, cohorts."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable

from tests.recount.learned import asked_of
from tests.recount.logs import Json
from tests.recount.page import Page, body
from tests.recount.programs import DUE, GAP, READY, People, Stand
from tests.recount.session_pages import title
from tests.recount.sets import before_and_after
from tests.recount.site import Node
from tests.recount.world import Who, World, place

A_PAGE = 50
MOST_COUNTS = 40
MOST_WEEKS = 26
STATES = {"": (READY, DUE, GAP), "open": (DUE, GAP), GAP: (GAP,), DUE: (DUE,), READY: (READY,)}


def coded(*words: str) -> str:
    return ".".join(base64.urlsafe_b64encode(one.encode()).rstrip(b"=").decode() for one in words)


def decoded(text: str) -> list[str]:
    return [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)).decode() for one in text.split(".")]


def say(titles: Json) -> str:
    return str(titles.get("en") or next(iter(titles.values()), ""))


def mine(who: Who, some: Iterable[Stand], site: str = "", crew: str = "") -> list[Stand]:
    """Those of an account's sites, of a site and a crew."""
    return [
        x
        for x in some
        if (who.sees_all or place(x.person.site) in map(place, who.sites))
        and (not site or place(site) == place(x.person.site))
        and (not crew or place(crew) == place(x.person.crew))
    ]


def sort(x: Stand) -> tuple[str, str, str]:
    return (x.person.sort, *x.key)


def counts(some: Iterable[Stand]) -> dict[str, int]:
    out = {READY: 0, DUE: 0, GAP: 0}
    for one in some:
        out[one.state] += 1
    return out


def as_of(page: Page, world: World) -> None:
    p = next((x for x in page.main.all("p", cls="mut") if x.text.startswith("As of")), None)
    page.same(p, "as of", world.today)


def choice_of(page: Page, people: People, tasks: bool) -> str:
    keys = [*(f"task:{x}" for x in people.tasks() if tasks), *(x["id"] for x in people.programs)]
    return page.query.get("program") or keys[0]


def titles_of(people: People, choice: str) -> dict[str, str]:
    task = choice.removeprefix("task:") if choice.startswith("task:") else None
    found: dict[str, list[str]] = {}
    for one in people.programs:
        if one["id"] == choice or (task is not None and one.get("task") == task):
            for part in one["parts"]:
                found.setdefault(part["id"], []).append(say(part["title"]))
    return {id: " / ".join(dict.fromkeys(some)) for id, some in found.items()}


def _choices(page: Page, people: People, some: Iterable[Stand], tasks: bool) -> None:
    words = {w for x in some for w in (x.person.site, x.person.crew)} | {page.query.get("site", "")}
    page.known({*words, page.query.get("crew", ""), *(say(x["title"]) for x in people.programs), *people.tasks()})


def stand(page: Page, world: World, who: Who, people: People) -> None:
    """`/people`."""
    ask, choice = page.query, choice_of(page, people, True)
    every = people.of(choice).values()
    here = mine(who, every, ask.get("site", ""), ask.get("crew", ""))
    n, titles = counts(here), titles_of(people, choice)
    name = (
        choice.removeprefix("task:")
        if choice.startswith("task:")
        else say(next(x for x in people.programs if x["id"] == choice)["title"])
    )
    page.same(page.first("h2", id="h-counts"), "how many are ready", name, n[READY], len(here))
    as_of(page, world)
    _choices(page, people, mine(who, every), True)
    by: dict[tuple[str, str], list[Stand]] = {}
    for one in here:
        by.setdefault((place(one.person.site), place(one.person.crew)), []).append(one)
    if len(by) > MOST_COUNTS and not ask.get("site"):
        by = {}
        for one in here:
            by.setdefault((place(one.person.site), ""), []).append(one)
    table, want = page.table("Ready, due and with a gap, by site and crew"), []
    for key in sorted(by):
        c, whole = counts(by[key]), len(by[key])
        first = min((x.person.site, x.person.crew) for x in by[key])
        words = [first[0] or "—", *([first[1] or "—"] if key[1] or len(by) <= MOST_COUNTS else [])]
        more = [f"{c[DUE]} due"] if c[DUE] else []
        more += [f"{c[GAP]} with a gap"] if c[GAP] else []
        want.append((tuple(words), "", (c[READY], whole, *more)))
    page.rows(table, "by site and crew", want)
    for row, key in zip(body(table) if table is not None else [], sorted(by), strict=False):
        c, whole = counts(by[key]), len(by[key])
        page.bar(row, str(key), [100 * c[x] / whole for x in (READY, DUE, GAP)])
    text = place(ask.get("text", ""))
    some = [x for x in here if x.state in STATES.get(ask.get("state", ""), STATES[""])]
    some = [x for x in some if not text or x.person.sort.startswith(text) or place(x.key[0]).startswith(text)]
    some = sorted(some, key=sort)
    if ask.get("after"):
        some = [x for x in some if list(sort(x)) > decoded(ask["after"])]
    rows = []
    for x in some[:A_PAGE]:
        owes = [f"{titles[d.part]}: {', '.join(d.titles)}" if d.titles else titles[d.part] for d in x.owes]
        until = x.until.isoformat() if x.until else "—"
        state = "has a gap" if x.state == GAP else x.state
        row = (
            (x.person.name, x.key[0]),
            (x.key[0], x.key[1]),
            x.person.crew or "—",
            x.person.site or "—",
            state,
            until,
            tuple(owes) or "—",
        )
        rows.append((x.person.name or x.key[0], *row[1:]))
    page.rows(page.table("People, by name"), "people", rows)


def person(page: Page, world: World, who: Who, people: People, at: str) -> None:
    """`/p/…`."""
    key = (decoded(at)[0], decoded(at)[1])
    one = people.people[key]
    page.same(page.first("p", cls="crumb"), "where", key[0])
    page.same(page.first("h1"), "name", one.name or key[0])
    for name, word in (("Badge", key[0]), ("Crew", one.crew), ("Role", one.role), ("Site", one.site)):
        if word:
            page.facts(name, word, key[1] if name == "Badge" else "")
    for task in people.tasks():
        stands = people.of(f"task:{task}").get(key)
        if stands is not None:
            others = (x for x in people.programs if x.get("task") == task and key not in people.of(x["id"]))
            lacks = [f"{say(x['title'])}: never begun" for x in others]
            page.facts(f"May run {task}", "gap" if lacks else stands.state, stands.until or "", *lacks)
            next(x for x in page.main.all("dt") if x.text == f"May run {task}").claimed = True
    as_of(page, world)
    for program in people.programs:
        x = people.of(program["id"]).get(key)
        if x is not None:
            _program_of(page, world, who, program, x)
    want = before_and_after(world, key)
    if want or page.first("h2", id="h-sets") is not None:
        page.rows(page.table("Pre-work and reinforcement, the last answered first"), "before and after", want)
    _sessions_of(page, world, one.dids, who)


def _program_of(page: Page, world: World, who: Who, program: Json, x: Stand) -> None:
    section = next(s for s in page.main.all("section") for h in s.all("h2") if h.text == say(program["title"]))
    section.all("h2")[0].claimed = True
    page.numbers += 1
    page.same(section.all("p")[0], program["id"], x.on or "", x.until or "")
    done, owes = {d.part: d for d in x.done}, {d.part: d for d in x.owes}
    want = []
    for part in program["parts"]:
        d, o = done.get(part["id"]), owes.get(part["id"])
        by: list[object] = []
        for origin, i in d.by if d is not None else ():
            log = world.logs[origin]
            by += [title(log), i]
        early = o is not None and o.early
        missing = tuple(o.titles) if o is not None and o.titles and not early else ""
        want.append((say(part["title"]), d.day if d is not None else "—", tuple(by) or "—", missing))
    page.rows(page.table(say(program["title"])), program["id"], want)


def _sessions_of(page: Page, world: World, dids: list, who: Who) -> None:  # type: ignore[type-arg]
    want = []
    for one in sorted(dids, key=lambda x: (-x.day.toordinal(), -x.moment, x.log.origin))[:200]:
        result: tuple[object, ...] = ("everything held",)
        if not one.whole and not one.row.here and not one.did:
            result = ("was not there",)
        elif not one.whole:
            asked = asked_of(one.sheet) or [x["id"] for x in one.log.plan["segments"]]
            names = {x["id"]: x["title"][0] for x in one.log.plan["segments"]}
            missed = [names[x] for x in asked if x not in one.did]
            result = tuple(missed) or ("not passed",)
        want.append((one.day, title(one.log), one.log.head.get("site") or "—", result, one.row.record))
    page.rows(page.table("Sessions, the newest first"), "sessions", want)


def missed(page: Page, world: World, who: Who, people: People) -> None:
    """`/makeups`."""
    ask, choice = page.query, choice_of(page, people, False)
    program = next(x for x in people.programs if x["id"] == choice)
    every = people.of(choice).values()
    as_of(page, world)
    _choices(page, people, mine(who, every), False)
    some = [x for x in mine(who, every, ask.get("site", ""), ask.get("crew", "")) if any(d.of for d in x.owes)]
    some = sorted(some, key=sort)
    if ask.get("after"):
        some = [x for x in some if list(sort(x)) > decoded(ask["after"])]
    want = []
    days = datetime.timedelta(days=program["make_up"]["days"])
    for x in some[:A_PAGE]:
        for d in x.owes:
            if d.of:
                log, part = world.logs[d.of], next(p for p in program["parts"] if p["id"] == d.part)
                day = world.sheet(d.of).room.day
                words = (say(part["title"]), *d.titles)
                want.append(
                    (
                        x.person.name or x.key[0],
                        x.key[0],
                        x.person.crew or "—",
                        x.person.site or "—",
                        words,
                        (title(log), day),
                        day + days,
                    )
                )
    page.rows(page.table("Who misses what"), "who misses what", want)


# ---- programs ------------------------------------------------------------------------------------------------------


def programs(page: Page, world: World, who: Who, people: People) -> None:
    """`/programs`."""
    want, bars = [], []
    for one in people.programs:
        some = mine(who, people.of(one["id"]).values())
        n, needed = counts(some), sum(x.needed for x in some)
        name = say(one["title"]) or one["id"]
        want.append(((name, one["id"], one["version"]), needed, n[READY], n[DUE], n[GAP]))
        bars.append((name, len(some), [100 * n[x] / max(len(some), 1) for x in (READY, DUE, GAP)]))
    _of_sites(page, who)
    page.rows(page.table("Programs in force, and how many people stand how"), "programs", want)
    for div, (name, n_people, shares) in zip(page.main.all("div", cls="standbar"), bars, strict=False):
        page.same(div.all("p")[0], name, name, n_people)
        page.bar(div, name, shares)


def _of_sites(page: Page, who: Who) -> None:
    p = next((x for x in page.main.all("p", cls="mut") if x.text.startswith("Of the people of your sites")), None)
    if not who.sees_all:
        page.same(p, "sites", ", ".join(who.sites))


def program(page: Page, world: World, who: Who, people: People, id: str) -> None:
    """`/programs/ID`."""
    one = next(x for x in people.programs if x["id"] == id)
    every = mine(who, people.of(id).values())
    n = counts(every)
    page.same(page.first("p", cls="crumb"), "where", id)
    page.same(page.first("h1"), "title", say(one["title"]))
    page.facts("Version", one["version"])
    if one.get("task"):
        page.facts("Task", one["task"])
    for name, k in (("Need it", sum(x.needed for x in every)), ("Ready", n[READY]), ("Due", n[DUE]), ("Gap", n[GAP])):
        page.facts(name, k)
    page.bar(page.first("div", cls="standbar"), id, [100 * n[x] / max(len(every), 1) for x in (READY, DUE, GAP)])
    _of_sites(page, who)
    cohorts = sorted({x.cohort for x in every} - {""})
    starts = {x["id"]: x["start"] for x in one.get("cohorts", ())}
    said = {x["id"]: say(x["title"]) if x.get("title") else "" for x in one.get("cohorts", ())}
    page.known({said.get(x) or x for x in cohorts})
    asked = page.query.get("cohort", "")
    chosen = asked if asked in (*cohorts, "*") else max(cohorts, key=lambda x: (starts.get(x, ""), x), default="*")
    some = [x for x in every if chosen in ("*", x.cohort)]
    parts = one["parts"]
    want, shares = [], []
    for part in parts:
        done = sum(any(d.part == part["id"] for d in x.done) for x in some)
        packs = [w for x in part["packs"] for w in (x["id"], x["version"] if x["version"] != "0.0.0" else "")]
        want.append(((say(part["title"]), *packs, *part["after"]), "", done, len(some)))
        shares.append([100 * done / len(some)] if some else [])
    table = page.table("How many have done each part")
    page.rows(table, "parts", want)
    for row, share in zip(body(table) if table is not None else [], shares, strict=False):
        page.bar(row, "parts", share)
    if chosen != "*":
        _weeks(page, world, one, some, chosen, starts.get(chosen, ""))
    _missing(page, one, some)


def _weeks(page: Page, world: World, one: Json, some: list[Stand], cohort: str, start: str) -> None:
    firsts = [world.sheet(x.origin).room.day for x in world.counted() if x.head.get("cohort") == cohort]
    first = min(firsts)
    begin = datetime.date.fromisoformat(start) if start else first - datetime.timedelta(days=first.weekday())
    weeks = []
    for k in range(106):
        since = begin + datetime.timedelta(weeks=k)
        if since > world.today:
            break
        last = since + datetime.timedelta(days=6)
        done = [sum(any(d.part == p["id"] and d.day <= last for d in x.done) for x in some) for p in one["parts"]]
        whole = sum(x.on is not None and x.on <= last for x in some)
        weeks.append(((k + 1, since), *done, (whole, len(some)), ""))
    if len(weeks) > MOST_WEEKS:
        p = next((x for x in page.main.all("p", cls="mut") if "earlier week" in x.text), None)
        page.same(p, "weeks not shown", len(weeks) - MOST_WEEKS)
    table = page.table("Week by week")
    for head in table.all("th") if table is not None else []:
        if head.attrs.get("scope") == "col":
            head.claimed = True
    page.rows(table, "week by week", weeks[-MOST_WEEKS:])
    for row, week in zip(body(table) if table is not None else [], weeks[-MOST_WEEKS:], strict=False):
        page.bar(row, "week", [100 * week[-2][0] / len(some)])


def _missing(page: Page, one: Json, some: list[Stand]) -> None:
    want, shares = [], []
    for part in one["parts"]:
        done = sum(any(d.part == part["id"] for d in x.done) for x in some)
        owed = [d for x in some for d in x.owes if d.part == part["id"] and d.of]
        names = {id: t for d in owed for id, t in zip(d.missing, d.titles, strict=True)}
        for id, name in names.items():
            lack, seen = sum(id in d.missing or not d.missing for d in owed), done + len(owed)
            want.append(((name, say(part["title"])), "", (seen - lack, seen), lack))
            shares.append(100 * (seen - lack) / seen)
    table = page.table("Segments that people miss")
    found = body(table) if table is not None else []
    order = {x: k for k, x in enumerate(_cell(row) for row in found)}
    pairs = sorted(zip(want, shares, strict=True), key=lambda x: order.get(" ".join(x[0][0]), 999))
    page.rows(table, "segments that people miss", [x for x, _ in pairs])
    for row, (_, share) in zip(found, pairs, strict=False):
        page.bar(row, "segments", [share])


def _cell(row: Node) -> str:
    return next(x for x in row.kids if isinstance(x, Node)).text
