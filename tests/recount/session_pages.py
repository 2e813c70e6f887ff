"""The pages of one session: its head, attendance, timeline, results, proof; its records one by one."""

from __future__ import annotations

import base64
import hashlib

from tests.recount.logs import Log, cosigned_at, leaf, path_of
from tests.recount.page import Page, body
from tests.recount.results import results
from tests.recount.sheet import Sheet, long
from tests.recount.site import Node
from tests.recount.world import Who, World, alone, stamp

FLOOR = 60_000
A_PAGE = 200


def title(log: Log) -> str:
    return str(log.head.get("title") or log.number)


def trainers(sheet: Sheet) -> str:
    """Printed names of who opened the session and of everybody set as trainer."""
    head = sheet.room.log.records[0]
    first = head.private.get("name") or ("(erased)" if head.half and not head.private else "")
    some = [name for role, _, name in sheet.room.staff if role == "trainer"]
    return "; ".join(dict.fromkeys(x for x in (first, *some) if x))


def session(page: Page, world: World, who: Who, origin: str) -> None:
    log, sheet = world.logs[origin], world.sheet(origin)
    r = sheet.room
    if r.unknown:
        page.tell(f"this recount does not know the kinds {sorted(set(r.unknown))}")
    page.same(page.first("p", cls="crumb"), "where", log.number)
    page.same(page.first("h1"), "title", title(log))
    began = stamp(log.records[0].t, r.zone)
    ended = stamp(r.closed_t, r.zone) if r.closed >= 0 else ""
    ended = ended[11:] if ended[:10] == began[:10] else ended
    page.same(
        page.first("p", cls="lead"), "when", began, ended, r.head["tz"], r.head.get("site") or "", trainers(sheet)
    )
    page.facts("People", sum(x.came for x in sheet.rows), len(sheet.rows))
    lonely = alone(log)
    if not lonely:
        page.facts("Minutes", sheet.ms // FLOOR)
    page.facts("Pack", f"{log.plan['id']} {log.plan['version']}")
    page.facts("Laptop", log.device.rsplit("/", 1)[1])
    page.facts("Records", len(log.lines))
    filed = [x for x in world.found.filed if x["origin"] == origin]
    if filed:
        page.facts("Filed", filed[-1]["who"], stamp(1000 * filed[-1]["t"]))
    needs(page, world, [x for x in world.findings if x[1] == origin])
    locked = set(r.policy.get("locked") or ())
    if "attendance" not in locked and not lonely:
        attendance(page, sheet)
    if "pacing" not in locked and not lonely:
        timeline(page, sheet)
    if "results" not in locked:
        results(page, sheet)
    proof(page, world, log)


def needs(page: Page, world: World, found: list[tuple[str, str, list[str]]]) -> None:
    """What needs a person: each finding with its own numbers, and since when (a moment at which something came)."""
    items = page.main.all("li", cls="need")
    left = list(found)
    moments = {stamp(1000 * t) for some in world.found.cosigned.values() for t in some.values()}
    for li in items:
        code = li.all("span", cls="chip")[0].text
        since = li.all("summary")[0]
        since.claimed = True
        page.numbers += 1
        if since.text.removeprefix("Since ").removesuffix(" UTC") not in moments:
            page.tell(f"{code}: {since.text!r} is no moment at which head office signed anything")
        details = li.all("dd")
        shown = " ".join(dd.text for dd in details)
        fits = [x for x in left if x[0] == code and all(one in shown for one in x[2])]
        if not fits:
            page.tell(f"the logs have no finding {code!r} with {shown!r}")
            continue
        left.remove(fits[0])
        known = {*fits[0][2], *world.logs, *(str(len(x.lines)) for x in world.logs.values())}
        for dd in details:
            dd.claimed = True
            page.numbers += 1
            if dd.text not in known:
                page.tell(f"{code}: nobody recounts {dd.text!r}")
        for p in li.all("p"):
            log = world.logs[fits[0][1]]
            if p.all("a"):
                page.same(p, code, title(log), log.head.get("site") or "", log.number)
            elif p.all("code"):
                page.same(p, code, log.number if log.number in p.text else "")
    for code, origin, more in left:
        page.tell(f"the logs have a finding {code} of {origin} {more} that the page does not show")


def clock(sheet: Sheet, m: int) -> str:
    r = sheet.room
    t = next((e.times[m] for e in r.entries.values() if m in e.times), r.moment(m))
    return f"{r.local(t):%H:%M}"


def attendance(page: Page, sheet: Sheet) -> None:
    r, want = sheet.room, []
    gone = {x.p for x in r.log.records if x.k in ("person.expect", "person.join") and x.half and not x.private}
    for row in sheet.rows:
        name = row.name or ("(erased)" if row.p in gone else row.p)
        left = (
            ""
            if row.first < 0 or (row.still and r.closed < 0)
            else clock(sheet, row.last)
            if not row.still
            else f"{r.local(r.closed_t):%H:%M}"
        )
        came = clock(sheet, row.first) if row.first >= 0 else "—"
        minutes = row.ms // FLOOR
        score = f"{row.score} %" if row.score else ""
        status = row.status.replace("_", " ")
        want.append((name, row.badge or "—", status, came, left or "—", minutes, score))
    page.rows(page.table("Attendance"), "attendance", want)


def timeline(page: Page, sheet: Sheet) -> None:
    r, want, spans, planned = sheet.room, [], [], []
    for k, one in enumerate(sheet.room.plan.get("segments", ())):
        visits = sheet.visits(one["id"])
        entered = next((m for id, m in r.segments if id == one["id"]), -1)
        ran = entered >= 0 or any(x.activity in {s.get("activity") for s in one.get("steps", ())} for x in r.rounds)
        minutes = r.changed.get(one["id"], one["minutes"])
        real: object = long(visits) // FLOOR if entered >= 0 else "—" if ran else "skipped"
        want.append((k + 1, one["title"][0], minutes, real, clock(sheet, entered) if entered >= 0 else "—"))
        ends = [m for _, m in r.segments[1:]] + [sheet.end]
        spans.append([(m, e) for (id, m), e in zip(r.segments, ends, strict=True) if id == one["id"]])
        planned.append(minutes)
    drawing = page.first("svg", cls="line")
    if drawing is not None:
        picture(page, drawing, planned, spans)
    page.rows(page.table("Timeline"), "timeline", want)


def picture(page: Page, svg: Node, planned: list[int], spans: list[list[tuple[int, int]]]) -> None:
    """Rectangles on one scale of 1000 for all minutes, two units apart; ticks say minutes, bars their number."""
    svg.claimed = True
    start = min((a for some in spans for a, _ in some), default=0)
    whole = max([sum(planned), *((b - start) / FLOOR for some in spans for _, b in some)])
    scale, want, at = 1000 / whole, [], 0.0
    for minutes in planned:
        want += [("plan", at * scale, minutes * scale)] if minutes else []
        at += minutes
    want += [("real", (a - start) / FLOOR * scale, (b - a) / FLOOR * scale) for some in spans for a, b in some]
    shown = [(x.attrs["class"].split()[0], float(x.attrs["x"]), float(x.attrs["width"])) for x in svg.all("rect")]
    page.numbers += 2 * len(want)
    fits = len(shown) == len(want) and all(
        a[0] == b[0] and abs(a[1] - b[1]) < 0.06 and abs(a[2] - max(b[2] - 2, 1)) < 0.06
        for a, b in zip(shown, want, strict=True)
    )
    if not fits:
        page.tell(f"the picture of the timeline is drawn as {shown}, by the logs {want}")
    for tick in svg.all("text", cls="tick"):
        page.numbers += 1
        if abs(float(tick.attrs["x"]) - int(tick.text) * scale) > 0.06:
            page.tell(f"the tick {tick.text} of the timeline stands at {tick.attrs['x']}")


# ---- proof, records ------------------------------------------------------------------------------------------------


def proof(page: Page, world: World, log: Log) -> None:
    page.facts("Log", log.origin)
    page.facts("Records", len(log.lines))
    page.facts("Root", log.root.hex())
    signers(page, world, log)
    note = page.first("pre")
    if note is not None:
        note.claimed = True
        head = log.note.decode().split("\n\n")[0].split("\n")
        time = cosigned_at("".join(note._texts()))
        page.numbers += 2
        if note.text.split()[:3] != head or time != world.found.cosigned.get(log.origin, {}).get(len(log.lines), time):
            page.tell("the signed checkpoint is another one")


def signers(page: Page, world: World, log: Log) -> None:
    table = page.table("Signed by")
    when = world.came(log)
    for row in body(table) if table is not None else []:
        cells = [x for x in row.kids if isinstance(x, Node)]
        name = cells[0].text
        page.same(cells[0], "signer", name if name in log.note.decode() or name.endswith("/central") else "?")
        page.same(cells[-1], name, stamp(when) if name.endswith("/central") and when else "—")


def records(page: Page, world: World, who: Who, origin: str) -> None:
    log, zone, ask = world.logs[origin], world.sheet(origin).room.zone, page.query
    page.same(page.first("p", cls="crumb"), "where", title(log))
    some = [
        x for x in log.records
        if (not ask.get("p") or ask["p"] in (x.p, x.d.get("from")))
        and (not ask.get("activity") or x.d.get("activity") == ask["activity"])
        and (not ask.get("kind") or x.k in ask["kind"].split(","))
        and x.i >= int(ask.get("from", "0"))
    ]  # fmt: skip
    whole = not any(ask.get(x) for x in ("p", "activity", "kind"))
    about = ask.get("p") or ask.get("activity") or ask.get("kind", "").replace(",", ", ")
    page.same(page.first("p", cls="lead"), "of what", len(log.lines) if whole else about)
    want = [(x.i, x.k, stamp(x.t, zone), x.p or "—") for x in some[:A_PAGE]]
    page.rows(page.table("Records"), "records", want)


def record(page: Page, world: World, who: Who, origin: str, i: int) -> None:
    log = world.logs[origin]
    one, raw = log.records[i], log.lines[i]
    page.same(page.first("p", cls="crumb"), "where", title(log))
    page.same(page.first("h1"), "record", i, one.k)
    page.same(page.first("p", cls="lead"), "when", stamp(one.t, world.sheet(origin).room.zone), one.p)
    page.same(page.first("pre"), "line", raw.decode())
    for k, v in one.private.items():
        page.facts(k, v if isinstance(v, str) else "")
    leaves = [leaf(x) for x in log.lines]
    page.same(page.first("p", cls="box"), "checked", i, len(log.lines))
    page.facts("Leaf", hashlib.sha256(b"\0" + raw).hexdigest())
    page.facts("Root", base64.b64encode(log.root).decode())
    way = path_of(leaves, i)
    page.same(page.first("summary"), "way", len(way) if len(way) != 1 else "")
    hashes = [x for x in page.main.all("li") if not x.claimed]
    for li, want in zip(hashes, way, strict=False):
        page.same(li, "hash", want.hex())
    if len(hashes) != len(way):
        page.tell(f"{len(hashes)} hashes to the root, by the logs {len(way)}")
    signers(page, world, log)
