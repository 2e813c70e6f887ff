"""Questions that trainers kept for the expert: which wait, which were answered (docs/questions.md)."""

from __future__ import annotations

import dataclasses

from tests.recount.logs import Log, leaf
from tests.recount.page import Page
from tests.recount.session_pages import title
from tests.recount.site import Node
from tests.recount.world import Who, World, stamp

A_PAGE, NEWEST = 30, 10


@dataclasses.dataclass
class Asked:
    """A question. `said`: Unix ms of its answer, 0 while it waits; `log`: `<log>#<index>` of that."""

    log: Log
    i: int
    t: int
    text: str
    said: int = 0
    answer: str = ""
    by: str = ""
    at: str = ""


def kept(world: World, who: Who) -> tuple[list[Asked], list[Asked]]:
    """(those that wait, the oldest first; those answered, the newest first), as far as an account sees them."""
    replies: dict[tuple[str, int, str], tuple[int, str, int, str, str]] = {}
    for desk in world.desks:
        for one in desk.records:
            if one.k == "question.answer":
                ref = (one.d["ref"]["o"], one.d["ref"]["i"], one.d["ref"]["leaf"])
                said = (one.t, desk.origin, one.i, one.private.get("text", ""), one.private.get("name", ""))
                replies[ref] = max(replies.get(ref, said), said)
    open_, done = [], []
    for log in world.seen(who):
        policy = log.head.get("policy") or {}
        if log.origin in world.found.forks or (not who.sees_all and (policy.get("locked") or policy.get("profile"))):
            continue
        marks: dict[str, set[int]] = {"say.park": set(), "say.done": set(), "say.hide": set()}
        for one in log.records:
            if one.k in marks:
                some = marks[one.k]
                (some.discard if one.d.get("off") else some.add)(one.d["ref"])
        for one in log.records:
            if one.k != "say.put":
                continue
            it = Asked(log, one.i, one.t, one.private.get("text", ""))
            reply = replies.get((log.origin, one.i, leaf(log.lines[one.i]).hex()))
            if reply is not None:
                t, origin, i, text, by = reply
                words = (text, by) if it.text else ("", "")
                done.append(dataclasses.replace(it, said=t, answer=words[0], by=words[1], at=f"{origin}#{i}"))
            elif one.i in marks["say.park"] - marks["say.done"] - marks["say.hide"] and it.text:
                open_.append(it)
    open_.sort(key=lambda x: (x.t, x.log.origin, x.i))
    done.sort(key=lambda x: (x.said, x.log.origin, x.i), reverse=True)
    return open_, done


def listing(page: Page, world: World, who: Who) -> None:
    """`/questions`."""
    open_, done = kept(world, who)
    after = page.query.get("after", "")
    if page.query.get("show") == "answered":
        shown, old = [], [x for x in done if not after or (x.said, x.log.origin, x.i) < _key(after)][:A_PAGE]
    else:
        shown = [x for x in open_ if not after or (x.t, x.log.origin, x.i) > _key(after)][:A_PAGE]
        old = [] if after else done[:NEWEST]
        if shown:
            page.same(page.first("p", cls="lead"), "how many wait", len(open_))
    items = page.main.all("li", cls="need")
    page.numbers += 1
    if len(items) != len(shown) + len(old):
        page.tell(f"{len(items)} questions on the page, {len(shown) + len(old)} by the logs")
    for li, one in zip(items, [*shown, *old], strict=False):
        _one(page, li, world, one)


def _key(text: str) -> tuple[int, str, int]:
    t, i, origin = text.split(" ", 2)
    return int(t), origin, int(i)


def _one(page: Page, node: Node, world: World, one: Asked) -> None:
    pack, zone = one.log.head["pack"], world.sheet(one.log.origin).room.zone
    what = f"question {one.i}"
    first = next(x for x in node.all("p") if x.has(cls="what") or x.has(cls="lead"))
    page.same(first, what, one.text or "(erased)")
    where = next(x for x in node.all("p", cls="mut") if not x.claimed and x.all("a"))
    words = (title(one.log), one.log.head.get("site") or "", stamp(one.t, zone), f"{pack['id']} {pack['version']}")
    page.same(where, what, *words)
    if one.said:
        small = next(x for x in node.all("p", cls="small") if "UTC" in x.text)
        page.same(small, what, one.by, stamp(one.said))
        said = next(
            (x for x in node.all("p") if not x.claimed and (x.all("span", cls="ok") or x.all("span", cls="chip"))), None
        )
        page.same(said, what, one.answer or "(erased)")


def single(page: Page, world: World, who: Who, origin: str, i: int) -> None:
    """`/questions/ORIGIN/INDEX`."""
    one = next(x for some in kept(world, who) for x in some if (x.log.origin, x.i) == (origin, i))
    _one(page, page.main, world, one)
    if one.said:
        stands = next((x for x in page.main.all("p", cls="small") if not x.claimed and "log" in x.text), None)
        page.same(stands, "answer", one.at)
    for p in page.main.all("p", cls="box"):
        p.claimed = True
