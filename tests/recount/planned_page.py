"""`/planned`, one plan, and the form of a new one: beside the notes that go down to the laptops (docs/planned.md)."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterable
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.recount.logs import Json
from tests.recount.page import Page, body
from tests.recount.people_pages import as_of, coded, mine, say
from tests.recount.programs import READY, People
from tests.recount.site import Node
from tests.recount.world import OPERATOR, Who, World, place

KINDS = {"planned": False, "cancelled": True}
NEWEST = 200
"""Plans that are over and are still shown."""
KEPT_DAYS = 30
OFF = "called off"
GONE = "It is called off: its roster is gone."
NOBODY = "Nobody is expected by name: whoever comes is welcome."
Has = Callable[..., bool]
"""Whether an account has a page about a `person` (badge, issuer) or a `session` (origin)."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """A line of a note. `device`: for which laptop; `off`: called off; `said`: the plan as the laptop keeps it."""

    id: str
    device: str
    off: bool
    said: Json

    def word(self, name: str) -> str:
        return str(self.said.get(name) or "")

    def within(self, name: str) -> str:
        return str((self.said.get("within") or {}).get(name) or "")

    @property
    def title(self) -> str:
        return cut(self.word("title") or self.word("pack"), 120)

    @property
    def laptop(self) -> str:
        return self.device.rsplit("/", 1)[1]

    @property
    def begins(self) -> datetime.datetime:
        """The moment in UTC; of an hour that comes twice the first."""
        at = datetime.datetime.fromisoformat(self.word("at"))
        return at.replace(tzinfo=ZoneInfo(self.word("tz"))).astimezone(datetime.UTC)

    @property
    def expected(self) -> list[dict[str, str]]:
        return [one["fields"] for one in self.said.get("expected") or ()]


def plans(world: World) -> list[Plan]:
    """What the newest note of each laptop says, by the hour. One that two of them name is where the newer has it."""
    newest: dict[str, tuple[str, list[str]]] = {}
    for lines in world.found.planned:
        head = dict(one.split(" ", 1) for one in lines[:3])
        newest[head["device"]] = max(newest.get(head["device"], ("", [])), (head["as_of"], lines[3:]))
    found: dict[str, Plan] = {}
    for device, (_, lines) in sorted(newest.items(), key=lambda one: one[1][0]):
        for line in lines:
            word, id, state, raw = [*line.split(" ", 3), "", "", ""][:4]
            if word == "session":
                found[id] = Plan(id, device, KINDS[state], json.loads(raw))
    return sorted(found.values(), key=lambda one: (one.begins, one.id))


def seen(who: Who, some: Iterable[Plan]) -> list[Plan]:
    """What an account is shown: supervisors what takes place at their sites."""
    return [one for one in some if who.sees_all or place(one.word("place")) in map(place, who.sites)]


def over(world: World, one: Plan) -> bool:
    return one.begins.timestamp() * 1000 < world.now


def part_of(world: World, one: Plan) -> str:
    """Of which program and part, in its words; its ids where there is no such program."""
    named = f"{one.within('program')}/{one.within('part')}"
    if not one.within("part"):
        return ""
    words = _parts(world)
    return cut(words.get(named) or words.get(one.within("program")) or named, 160)


def _parts(world: World) -> dict[str, str]:
    """Id of a program, and `id/part` where it has several, → its words."""
    out = {}
    for program in world.found.programs:
        title, parts = say(program["title"]), program["parts"]
        out[program["id"]] = title
        if len(parts) > 1:
            out |= {f"{program['id']}/{x['id']}": f"{title}: {say(x['title'])}" for x in parts}
    return out


def cut(text: str, most: int) -> str:
    """What is longer ends with an ellipsis."""
    return text if len(text) <= most else text[:most].rstrip() + "…"


def exactly(page: Page, node: Node | None, what: str, *words: object) -> None:
    """These words and nothing beside them: whether a plan holds is said by a word, not by a digit."""
    before, want = len(page.wrong), " ".join(" ".join(map(str, words)).split())
    page.same(node, what, *words)
    if node is not None and len(page.wrong) == before and node.text != want:
        page.tell(f"{what}: the page says {node.text[:160]!r}, the notes say {want[:160]!r}")


def leads(page: Page, node: Node, what: str, to: str) -> None:
    """Every link in it leads there; where nothing is named there is none."""
    page.numbers += 1
    if {x.attrs.get("href", "") for x in node.all("a")} != ({to} if to else set()):
        page.tell(f"{what}: it does not lead to {to or 'nowhere'}")


def site_of(one: Plan) -> str:
    return f"{one.word('place')} · {one.word('room')}" if one.word("room") else one.word("place")


# ---- the list --------------------------------------------------------------------------------------------------------


def listing(page: Page, world: World, who: Who, every: list[Plan]) -> None:
    """`/planned`: what is to come, by its hour, and what was, the newest first."""
    some = seen(who, every)
    past = [one for one in some if over(world, one)][::-1][:NEWEST]
    _listed(page, world, "Sessions to come, the next first", [one for one in some if not over(world, one)])
    _listed(page, world, "Sessions whose hour has passed, the newest first", past)
    if past:
        kept = (x for x in page.main.all("p", cls="small") if x.text.startswith("A plan and its roster"))
        page.same(next(kept, None), "how long it is kept", KEPT_DAYS)


def _listed(page: Page, world: World, caption: str, some: list[Plan]) -> None:
    table = page.table(caption)
    rows = body(table) if table is not None else []
    page.numbers += 1
    if len(rows) != len(some):
        page.tell(f"{caption}: {len(rows)} rows on the page, {len(some)} by the notes")
    for row, one in zip(rows, some, strict=False):
        cells = [x for x in row.kids if isinstance(x, Node)]
        off, part = OFF if one.off else "", part_of(world, one)
        where = (one.word("place") or "—") + (f" · {one.word('room')}" if one.word("room") else "")
        want: list[tuple[object, ...]] = [
            (one.word("at"), one.word("tz")), (one.title, off, part), (where,), (one.word("trainer") or "—",),
            (one.laptop,), (len(one.expected),),
        ]  # fmt: skip
        for k, (cell, words) in enumerate(zip(cells, want, strict=True)):
            exactly(page, cell, f"{one.id}, {k + 1}", *words)
        leads(page, row, one.id, f"/planned/{one.id}")


# ---- one plan --------------------------------------------------------------------------------------------------------


def single(page: Page, world: World, who: Who, every: list[Plan], id: str, has: Has) -> None:
    """`/planned/ID`: its hour there and in UTC, its laptop, and everybody who is expected; who is known is led to."""
    one = next(one for one in seen(who, every) if one.id == id)
    exactly(page, page.first("p", cls="crumb"), "where", "Planned sessions ›", one.title)
    exactly(page, page.first("h1"), "title", one.title, OFF if one.off else "")
    utc = one.begins.strftime("%Y-%m-%d %H:%M")
    makes_up = one.within("makes_up")
    for name, words in (
        ("When", f"{one.word('at')} {one.word('tz')} {utc} UTC"), ("Laptop", one.laptop),
        ("Pack", cut(one.word("pack"), 160)), ("Site", site_of(one)), ("Trainer", one.word("trainer")),
        ("Part of", part_of(world, one)), ("Cohort", one.within("cohort")), ("Makes up", makes_up),
    ):  # fmt: skip
        fact = page.fact(name)
        if words or fact is not None:
            exactly(page, fact, name, words)
        if fact is not None:
            leads(page, fact, name, f"/s/{makes_up}" if name == "Makes up" and has("session", makes_up) else "")
    exactly(page, page.first("h2", id="h-who"), "expected", f"Expected: {len(one.expected)}")
    _roster(page, one, has)
    calm = next((x.text for x in page.main.all("p", cls="calm")), "")
    if calm != ("" if one.expected else GONE if one.off else NOBODY):
        page.tell(f"that nobody is expected: the page says {calm!r}")
    change = page.first("code")
    if (change is not None) != (who.role == OPERATOR and not one.off and not over(world, one)):
        page.tell("it may be changed, or it may not, otherwise than its state says")
    elif change is not None:
        page.same(change, "how it is changed", f"plan change {one.id} ")


def _roster(page: Page, one: Plan, has: Has) -> None:
    rows = body(table) if (table := page.table("Who is expected")) is not None else []
    page.numbers += 1
    if len(rows) != len(one.expected):
        page.tell(f"who is expected: {len(rows)} rows on the page, {len(one.expected)} by the note")
    for k, (row, fields) in enumerate(zip(rows, one.expected, strict=False)):
        badge = fields.get("badge", "")
        crew, role = (cut(fields.get(name, ""), 160) or "—" for name in ("crew", "role"))
        want = (cut(fields.get("name") or badge or "—", 100), cut(badge, 60) or "—", crew, role)
        cells = [x for x in row.kids if isinstance(x, Node)]
        for n, (cell, word) in enumerate(zip(cells, want, strict=True)):
            exactly(page, cell, f"who is expected, row {k + 1}, {n + 1}", word)
        key = badge, fields.get("id_issuer", "")
        to = "/p/" + coded(*key) if has("person", *key) else ""
        leads(page, row, f"who is expected, row {k + 1}", quote(to, safe="/._-"))


# ---- the form --------------------------------------------------------------------------------------------------------


def form(page: Page, world: World, who: Who, people: People) -> None:
    """`/planned/new`: how many would be expected. Titles and minutes of packs are in no log and not looked at."""
    id, _, part = page.query.get("program", "").partition("/")
    site, crew = page.query.get("site", ""), page.query.get("crew", "")
    if any(one["id"] == id for one in people.programs):
        some = [x for x in mine(who, people.of(id).values(), site, crew) if x.state != READY]
        n = sum(not part or not x.owes or any(debt.part == part for debt in x.owes) for x in some)
        said = next((x for x in page.main.all("p") if x.text.startswith("As the lists stand")), None)
        words = f"As the lists stand, {n} {'person' if n == 1 else 'people'}."
        exactly(page, said, "expected", words, *([f"Of the site {site}."] if site else []))
        as_of(page, world)
    for one in page.main.all("select", name="pack"):
        one.claimed = True
    laptops = {name.rsplit("/", 1)[1] for name in world.trusted}
    titles = set(_parts(world).values())
    boxes = [box for name in ("laptop", "program") for box in page.main.all("select", name=name)]
    for one in (x for box in boxes for x in box.all("option")):
        one.claimed = True
        page.numbers += 1
        if one.attrs.get("value") and one.text not in laptops | titles:
            page.tell(f"a choice that the logs do not have: {one.text!r}")
