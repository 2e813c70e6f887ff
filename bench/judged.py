"""What has to be true of head office after a month, and what it says: the same, in whichever order it came."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

from bench.delivery import Delivery
from bench.headoffice import HeadOffice, Visitor, Wrong
from bench.organisation import Organisation
from bench.parcels import Post
from fieldkit.errors import BadBytes
from fieldkit.sync.receipts import read_receipts, receipt_keys

LISTS = ("due --all --as json", "makeups --as json", "figures --json")
PAGES = ("/people", "/makeups", "/programs", "/programs/press", "/programs/forklift", "/delivery", "/laptops")
"""Not the first page, which has what needs a person in the order of arrival: `findings` stands for it."""
OURS = (
    re.compile(r'name="form" value="[0-9a-f]+"'),
    re.compile(r'(?<=data-h="When">)[-0-9 :]+(?= UTC)'),
    re.compile(r'(?<=data-h="Last seen">)[-0-9 :]+(?= UTC)'),
    re.compile(r"(?<=— )ld\.acme\.example/central [0-9A-Za-z+/=]+"),
)
"""What belongs to this log-in, when something came, and head office's signature, which holds that moment."""


async def faults(office: HeadOffice, of: Organisation, post: Post, brought: Delivery, now: int) -> list[str]:
    """A sentence for each thing that is not as it must be; `now` in Unix seconds."""
    found = await asyncio.gather(_stored(office, post), _rows(office, post), _found(office, post))
    out = [one for some in found for one in some]
    return [*out, *_kept(office, post), *_receipted(office, of, post, brought.notes, now)]


async def _stored(office: HeadOffice, post: Post) -> list[str]:
    """Every session is there, once, whole, and no other."""
    db = await office.home.database()
    try:
        async with db.reading() as tx:
            held = {one.origin: (one.size, one.root) for one in await tx.sessions()}
    finally:
        await db.close()
    told = {one.origin: (one.size, one.root) for one in post.good}
    wrong = [one for one in held.keys() | told.keys() if held.get(one) != told.get(one)]
    return [f"{one}: held {held.get(one)}, told {told.get(one)}" for one in wrong]


async def _rows(office: HeadOffice, post: Post) -> list[str]:
    """Attendance of all in one file: everybody who was expected, once a session."""
    path = office.folder / "all.csv"
    await office.central("export", "--all-sessions", "-o", str(path))
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = Counter((row["session_id"], row["person_id"]) for row in csv.DictReader(file))
    told = Counter((one.origin, badge) for one in post.good for badge in one.badges)
    wrong = (found - told) | (told - found)
    return [f"{one}: {found[one]} rows in the attendance of all, not {told[one]}" for one in wrong]


async def _found(office: HeadOffice, post: Post) -> list[str]:
    """What needs a person is what must, and nothing else; one question was decided."""
    said = (await office.json("findings"))["findings"]
    found = Counter((one["code"], one["reason"], one["detail"].get("sha256", "")) for one in said)
    told = Counter((*why[:2], sha256) for sha256, why in post.bad.items())
    out = [f"{one}: found {found[one]} times, not {told[one]}" for one in (found - told) | (told - found)]
    decided = (await office.json("findings", "--decided"))["findings"]
    if [(one["code"], one["origin"]) for one in decided] != [("resolved-fork", post.forked.origin)]:
        out.append(f"decided: {decided}")
    return out


def _kept(office: HeadOffice, post: Post) -> list[str]:
    """Whatever was not taken is kept byte for byte; of what was taken no copy lies about."""
    home, out = office.home, []
    for sha256, (result, reason, raw) in post.bad.items():
        path = home.held / f"{sha256}.fkb"
        if not path.is_file() or path.read_bytes() != raw:
            out.append(f"{result} {reason}: its bytes are not kept")
    held = {one.name for one in home.held.iterdir()} - {f"{sha256}.fkb" for sha256 in post.bad}
    if len(held) != 1:
        out.append(f"the other history is one file in held, not {sorted(held)}")
    return [*out, *(f"{one} was left in the spool" for one in home.spool.iterdir())]


def _receipted(office: HeadOffice, of: Organisation, post: Post, notes: list[bytes], now: int) -> list[str]:
    """For each session a receipt came back that its laptop would take, over the whole of it."""
    keys, own = receipt_keys(office.home.trust(), now), [one.signer.vkey for one in of.laptops]
    out: list[str] = []
    found: set[tuple[str, int, bytes]] = set()
    for raw in filter(None, notes):
        try:
            found |= {(at.origin, at.size, at.root) for at, *_ in read_receipts(raw, keys, own)}
        except BadBytes as wrong:
            out.append(f"receipts that no laptop takes: {wrong.reason}")
    return out + [f"{x.origin}: no receipt" for x in post.good if (x.origin, x.size, x.root) not in found]


async def filed(office: HeadOffice, supervisor: Visitor, site: str, post: Post) -> list[str]:
    """A supervisor files the newest evening of their site in three presses; the sheet is that of `central export`."""

    def presses() -> tuple[str, bytes]:
        page = supervisor.log_in()
        form = re.search(r'name="form" value="(\w+)"', page)
        waits = re.search(r'name="sessions" value="([^" ]+)"', page)
        if form is None or waits is None:
            raise Wrong("nothing waits to be filed on a supervisor's first page")
        if "/filed/all.zip" not in supervisor.post("/file", form=form[1], sessions=waits[1]):
            raise Wrong("what was filed is not given to take away")
        return waits[1].partition("@")[0], supervisor.raw("/filed/all.zip")

    origin, raw = await asyncio.to_thread(presses)
    path = office.folder / "sheet.csv"
    await office.central("export", origin, "--what", "attendance", "-o", str(path))
    with zipfile.ZipFile(io.BytesIO(raw)) as whole:
        sheets = [whole.read(name) for name in whole.namelist() if name.endswith("-attendance.csv")]
    newest = max((one for one in post.good if one.site == site), key=lambda one: one.t0)
    out = [] if origin == newest.origin else [f"{origin} was filed, not the newest of {site}"]
    return out if sheets == [path.read_bytes()] else [*out, "the filed sheet is not that of central export"]


# ---- what it says ----------------------------------------------------------------------------------------------------


async def said(office: HeadOffice, visitor: Visitor, post: Post, every: int = 1) -> dict[str, str]:
    """Lists, exports and pages (of sessions and people each `every`-th) without what tells when something came."""
    out = {"attendance": _rows_without(office.folder / "all.csv", "anchored_at")}
    lists = [one.split() for one in LISTS]
    out |= zip(LISTS, await asyncio.gather(*(office.central(verb, *words) for verb, *words in lists)), strict=True)
    needs = (await office.json("findings"))["findings"]
    out["findings"] = "\n".join(sorted(f"{one['code']} {one['origin']} {one['reason']}" for one in needs))
    pages = [*PAGES, *await asyncio.to_thread(_all_sessions, visitor)]
    people = re.findall(r'href="(/p/[^"]+)"', await asyncio.to_thread(visitor.get, "/people"))
    for path in (*pages, *people[::every], *(f"/s/{one.origin}" for one in post.good[::every])):
        out[path] = plain(await asyncio.to_thread(visitor.get, path))
    return out


def _rows_without(path: Path, column: str) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{**row, column: ""} for row in csv.DictReader(file)]
    return "\n".join(map(repr, rows))


def _all_sessions(visitor: Visitor) -> list[str]:
    """The list of sessions, page by page."""
    out, path = [], "/sessions"
    while path:
        out.append(path)
        links = re.findall(r'href="(/sessions\?after=[^"]+)"', visitor.get(path))
        path = next((html.unescape(one) for one in links if "lang=" not in one), "")
    return out


def plain(page: str) -> str:
    """A page without clocks."""
    for one in OURS:
        page = one.sub("", page)
    return page
