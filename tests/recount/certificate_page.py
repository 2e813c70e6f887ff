"""`/certificates`: what was given to whom, until when, what was revoked (docs/credentials.md)."""

from __future__ import annotations

import datetime

from tests.recount.logs import Record
from tests.recount.page import Page
from tests.recount.world import World

A_PAGE = 50


def given(world: World) -> list[Record]:
    """Every certificate, the newest first; the same number given again is one."""
    found: dict[str, Record] = {}
    for desk in world.desks:
        for one in desk.records:
            if one.k == "credential.issued":
                found.setdefault(one.d["id"], one)
    return sorted(found.values(), key=lambda one: (one.t, one.d["id"]), reverse=True)


def listing(page: Page, world: World) -> None:
    every, gone = given(world), {}
    for desk in world.desks:
        for one in desk.records:
            if one.k == "credential.revoked":
                gone[one.d["id"]] = min(one.d["from"], gone.get(one.d["id"], one.d["from"]))
    titles = {x["id"]: str(x["title"].get("en") or next(iter(x["title"].values()), "")) for x in world.found.programs}
    page.known({titles.get(one.d["program"], one.d["program"]) for one in every})
    ids, after = [one.d["id"] for one in every], page.query.get("after", "")
    start = ids.index(after) + 1 if after in ids else 0
    if every:
        page.same(page.first("p", cls="mut"), "how many", len(every), len(every))
    want = []
    for one in every[start : start + A_PAGE]:
        badge, d = one.private.get("badge", ""), one.d
        day = datetime.datetime.fromtimestamp(one.t / 1000, datetime.UTC).date()
        name = (one.private.get("name") or badge) if badge else "erased"
        of = (titles.get(d["program"], d["program"]), d["version"])
        until = d.get("until") or "—"
        want.append((day, name, badge or "—", of, d["on"], until, gone.get(d["id"], ""), d["id"][:8]))
    page.rows(page.table("Certificates, the newest first"), "certificates", want)
