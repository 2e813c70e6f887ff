"""Where everybody stands in a program or for a task, by the rules of docs/programs.md and nothing else."""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import re

from tests.recount.learned import Did, Key, asked_of, everything, segments
from tests.recount.logs import Json, Log
from tests.recount.right import questions
from tests.recount.sheet import opened_by
from tests.recount.world import World, place

READY, DUE, GAP = "ready", "due", "gap"
WORST = (READY, DUE, GAP)
Day = datetime.date


@dataclasses.dataclass
class Done:
    part: str
    day: Day
    by: list[tuple[str, int]]
    until: Day | None


@dataclasses.dataclass
class Owes:
    part: str
    of: str = ""
    missing: list[str] = dataclasses.field(default_factory=list)
    titles: list[str] = dataclasses.field(default_factory=list)
    early: bool = False


@dataclasses.dataclass
class Stand:
    key: Key
    person: Person
    needed: bool
    state: str
    why: str
    done: list[Done]
    owes: list[Owes]
    on: Day | None
    until: Day | None
    cohort: str


class Person:
    """The words of the newest sheet that has one; `dids` the oldest first."""

    def __init__(self, dids: list[Did]) -> None:
        self.dids = sorted(dids, key=lambda x: (x.moment, x.log.origin))
        self.name, self.site = self._word("name"), self._where()
        self.crew, self.role, self.employer = (self._word(x) for x in ("crew", "role", "employer"))

    def _word(self, field: str) -> str:
        for one in reversed(self.dids):
            value = one.row.name if field == "name" else one.row.roster.get(field)
            if value:
                return str(value)
        return ""

    def _where(self) -> str:
        """The site of the newest session they were in; of who was in none, of the newest that expected them."""
        sites = [(one.row.here, str(one.log.head.get("site") or "")) for one in reversed(self.dids)]
        return next((x for here, x in sites if here and x), next((x for _, x in sites if x), ""))

    @property
    def sort(self) -> str:
        return place(self.name)[:60]


def months_on(day: Day, months: int) -> Day:
    """Calendar months later; the 31st lands on the last day."""
    n = day.year * 12 + day.month - 1 + months
    year, month = n // 12, n % 12 + 1
    return Day(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def newer(version: str, than: str) -> bool:
    """Whether a version is that one or a newer one (SemVer without what stands behind a hyphen)."""
    a, b = ([int(n) for n in re.findall(r"\d+", x.split("-")[0])] for x in (version, than))
    return a >= b


class People:
    """Everybody with a badge, and where they stand today."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = {key: Person(some) for key, some in everything(world).items()}
        self.programs: list[Json] = sorted(world.found.programs, key=lambda x: str(x["id"]))
        self._stands = {one["id"]: self.standings(one, due_days(one)) for one in self.programs}

    def of(self, choice: str) -> dict[Key, Stand]:
        """By the id of a program, or `task:` and a task."""
        if choice not in self._stands:
            self._stands[choice] = self._task(choice)
        return self._stands[choice]

    def _task(self, choice: str) -> dict[Key, Stand]:
        some = [one for one in self.programs if one.get("task") == choice.removeprefix("task:")]
        days = max(due_days(one) for one in some)
        found = [self.standings(one, days) for one in some]
        out = {}
        for key in self.people:
            if any(key in one for one in found):
                out[key] = _together(some, [one.get(key) for one in found])
        return out

    def tasks(self) -> list[str]:
        return sorted({str(one["task"]) for one in self.programs if one.get("task")})

    def standings(self, program: Json, within: int) -> dict[Key, Stand]:
        found = {key: self._standing(program, key, one, within) for key, one in sorted(self.people.items())}
        return {key: one for key, one in found.items() if one is not None}

    def _standing(self, program: Json, key: Key, person: Person, within: int) -> Stand | None:
        needed = any(
            all(
                not need[word] or same(getattr(person, word), need[word])
                for word in ("crew", "role", "site", "employer")
            )
            for need in program["needs"]
        )
        mine: dict[str, list[Did]] = {}
        for one in person.dids:
            part = self.part_of(program, one.log) if one.day <= self.world.today else None
            if part is not None:
                mine.setdefault(part, []).append(one)
        return _way(self, program, key, person, needed, mine, within) if needed or mine else None

    def part_of(self, program: Json, log: Log) -> str | None:
        """The one that it names, else that of the session it makes up, else the first whose packs have its pack."""
        one = log
        for _ in range(8):
            if one.head.get("program") == program["id"] and one.head.get("part"):
                ids = [part["id"] for part in program["parts"]]
                return str(one.head["part"]) if one.head["part"] in ids else None
            made = self.world.logs.get(str(one.head.get("makes_up")))
            if made is None or made.plan.get("id") != one.plan["id"]:
                break
            one = made
        pack = one.head["pack"]
        return next(
            (
                str(part["id"])
                for part in program["parts"]
                if any(x["id"] == pack["id"] and newer(pack["version"], x["version"]) for x in part["packs"])
            ),
            None,
        )


def same(word: str, some: list[str]) -> bool:
    return any(word.strip().casefold() == one.strip().casefold() for one in some)


def due_days(program: Json) -> int:
    days = (program.get("validity") or {}).get("remind_days") or []
    return max(days, default=30)


def _together(programs: list[Json], stands: list[Stand | None]) -> Stand:
    """A task: as in the least of its programs, until the first of them ends; of a gap, when something ran out. Who is
    not in one of them owes all of it."""
    some = [x for x in stands if x is not None]
    owes: list[Owes] = []
    for program, x in zip(programs, stands, strict=True):
        owes += x.owes if x is not None else [Owes(part["id"]) for part in program["parts"]]
    worst = max(some, key=lambda x: WORST.index(x.state))
    state = GAP if len(some) < len(programs) else worst.state
    ends = [x.until for x in some if x.until is not None and (state != GAP or x.state == GAP)]
    return dataclasses.replace(
        worst, state=state, why=worst.why if worst.state == state else "parts-missing",
        owes=owes, until=min(ends, default=None), needed=any(x.needed for x in some),
    )  # fmt: skip


# ---- one person in one program -------------------------------------------------------------------------------------


def _way(
    people: People, program: Json, key: Key, person: Person, needed: bool, mine: dict[str, list[Did]], within: int
) -> Stand:
    today, order = people.world.today, [part["id"] for part in program["parts"]]
    events: list[tuple[int, int, Done]] = []
    debts: dict[str, Owes] = {}
    for part in program["parts"]:
        for did, done in _events(people, program, part, mine.get(part["id"], []), debts):
            events.append((did.moment, order.index(part["id"]), done))
    best: tuple[Day | None, Day, dict[str, Done]] | None = None
    now: dict[str, Done] = {}
    early: set[str] = set()
    once = {part["id"] for part in program["parts"] if part.get("once")}
    far = program.get("within_days")

    def recent(some: dict[str, Done], day: Day) -> dict[str, Done]:
        return {id: x for id, x in some.items() if far is None or id in once or (day - x.day).days <= far}

    for _, k, done in sorted(events, key=lambda x: x[:2]):
        now = recent(now, done.day)
        if any(id not in now for id in program["parts"][k]["after"]):
            early.add(done.part)
            continue
        now[done.part] = done
        early.discard(done.part)
        if len(now) == len(order):
            until = _until(program, done.day, now)
            if best is None or (until or Day.max) >= (best[0] or Day.max):
                best = (until, done.day, now)
            now = {id: x for id, x in now.items() if id in once}
    now = recent(now, today)
    if best is None:
        state, why = GAP, "parts-missing" if now or mine else "never-begun"
    elif best[0] is not None and best[0] < today:
        state, why = GAP, "expired"
    elif best[0] is not None and (best[0] - today).days <= within:
        state, why = DUE, "expires-soon"
    else:
        state, why = READY, "complete"
    owes = []
    for id in order:
        if id not in now and (id in debts or state != READY):
            owes.append(dataclasses.replace(debts.get(id, Owes(id)), early=id in early))
    shown = best[2] if best is not None and state != GAP else now
    cohort = next(
        (
            str(d.log.head["cohort"])
            for some in [sorted((d for x in mine.values() for d in x), key=lambda d: (d.moment, d.log.origin))]
            for d in reversed(some)
            if d.log.head.get("cohort")
        ),
        "",
    )
    return Stand(
        key, person, needed, state, why, [shown[id] for id in order if id in shown], owes,
        best[1] if best else None, best[0] if best else None, cohort,
    )  # fmt: skip


def _until(program: Json, day: Day, done: dict[str, Done]) -> Day | None:
    if program.get("validity"):
        return months_on(day, program["validity"]["months"])
    return min((x.until for x in done.values() if x.until is not None), default=None)


def _events(
    people: People, program: Json, part: Json, some: list[Did], debts: dict[str, Owes]
) -> list[tuple[Did, Done]]:
    """Each time the part was done; what is open at the end goes to `debts`."""
    days, by_session = program["make_up"]["days"], program["make_up"]["by"] == "session"
    found: list[tuple[Did, Done]] = []
    pool: list[Did] = []
    for did in some:
        pool = [*(x for x in pool if (did.day - x.day).days <= days), did]
        by = _does(people, part, pool, by_session)
        if by is not None:
            ends = [months_on(did.day, x.log.plan["valid_months"]) for x in by if x.log.plan.get("valid_months")]
            refs = [(x.log.origin, x.row.record) for x in by]
            if part.get("credit", True) and not did.plain:
                refs += [(o, i) for x in by for _, o, i in x.credits[-1:]]
            found.append((did, Done(part["id"], did.day, sorted(set(refs)), min(ends, default=None))))
            pool = []
    pool = [x for x in pool if (people.world.today - x.day).days <= days]
    if pool:
        origin, missing = (pool[-1].log.origin, []) if by_session else least(people, part, pool)
        titles = {x["id"]: x["title"][0] for x in people.world.logs[origin].plan["segments"]}
        debts[part["id"]] = Owes(part["id"], origin, missing, [titles[x] for x in missing])
    return found


def _does(people: People, part: Json, pool: list[Did], by_session: bool) -> list[Did] | None:
    """The sessions by which the last of these does the part; None: it does not."""
    last = pool[-1]
    credit = part.get("credit", True)
    whole = last.whole if credit else last.plain
    if (whole and not last.is_makeup) or (credit and any(what == last.pack for what, _, _ in last.credits)):
        return [last]
    if by_session and not last.is_makeup:
        return None
    some = [last] if by_session else pool
    origin, missing = least(people, part, some)
    if missing:
        return None
    base = people.world.logs[origin]
    used = {last.log.origin: last}
    for segment in _asked(people, base):
        used |= {x.log.origin: x for x in some if x.pack == base.plan["id"] and segment in x.did}
    return list(used.values())


def least(people: People, part: Json, some: list[Did]) -> tuple[str, list[str]]:
    """(session, what is missing of it): of several sessions the one of which least is missing, the newest of such."""
    bases: dict[str, Log] = {}
    for did in some:
        made = people.world.logs.get(did.makes_up)
        fits = did.is_makeup and made is not None and made.plan.get("id") == did.pack
        base = made if fits and made is not None else did.log
        bases[base.origin] = base
    found = []
    for origin, base in bases.items():
        near = [x for x in some if x.pack == base.plan["id"]]
        missing = lacking(people, part, base, near)
        found.append((len(missing), -people.world.sheet(origin).room.closed_t, origin, missing))
    _, _, origin, missing = min(found)
    return origin, missing


def _asked(people: People, base: Log) -> list[str]:
    """What ran or holds something that the plan asks for; of a session in which nothing did, everything."""
    sheet = people.world.sheet(base.origin)
    some = set(asked_of(sheet))
    if sheet.completion.get("score_min") is not None:
        graded = {a["id"] for a in base.plan.get("activities", ()) if a.get("graded")}
        some |= {x["id"] for x in segments(base.plan) if opened_by(x) & graded}
    every = [x["id"] for x in segments(base.plan)]
    return [x for x in every if x in some] or every


def lacking(people: People, part: Json, base: Log, near: list[Did]) -> list[str]:
    did = {x for one in near for x in one.did}
    missing = [x for x in _asked(people, base) if x not in did]
    want = (base.plan.get("completion") or {}).get("score_min")
    if want is None:
        return missing
    good = every = left = 0
    wrong: set[str] = set()
    forgiven = {w for x in near for w, _, _ in x.credits} if part.get("credit", True) else set()
    sheet = people.world.sheet(base.origin)
    for a in base.plan.get("activities", ()):
        if not a.get("graded") or a["id"] in forgiven:
            continue
        opens = (x["id"] for x in segments(base.plan) if a["id"] in opened_by(x))
        segment = next(opens, segments(base.plan)[-1]["id"])
        if segment in missing:
            continue  # it is owed anyway
        left += 1
        ran = [x for x in near if x.sheet.newest(a["id"]) is not None]
        doing = [x for x in ran if segment in x.did] or ran[:1]
        if not doing:
            if sheet.newest(a["id"]) is not None:
                wrong.add(segment)
            continue
        for q in questions(a):
            every += 1
            point = doing[-1].right.get(f"{a['id']}/{q['id']}" if q else a["id"], False)
            good += point
            if not point:
                wrong.add(segment)
    if (every and good * 100 >= want * every) or (missing and not left):
        return missing
    found = [x["id"] for x in segments(base.plan) if x["id"] in wrong or x["id"] in missing]
    return found or [segments(base.plan)[-1]["id"]]
