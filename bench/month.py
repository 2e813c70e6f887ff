"""A month of head office: forty laptops, sessions by HTTPS, stick and watched folder in any order, and then judged.

Head office is the commands of docs/central.md as processes (`bench.headoffice`); laptops bring their files with their
own client (`fieldkit.sync.link`), several at once; what comes, in which order and what goes wrong on the way is from a
seed (`bench.parcels`). Once the server is killed with -9 in the middle of it. In the end every session is there once,
whole and receipted, the findings are those that must be and no others, what was not taken is kept as it came, another
order has given the same lists and pages, and every number of every page is counted again from the logs by a program
that shares no line with this one (`tests/recount`).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench import parcels
from bench.delivery import Delivery, kept_up
from bench.headoffice import HeadOffice, Visitor
from bench.judged import faults, filed, said
from bench.organisation import DAY_MS, ORG, Organisation, Told, trainer_key
from bench.parcels import LATE, STRANGER, Post
from bench.report import Row, talk
from fieldkit.log.keys import Signer
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.listing import Asked, with_key

if TYPE_CHECKING:
    from tests.recount import Told as Counted

DAYS = 30
PROGRAMS = (
    {
        "fieldkit": 1, "id": "press", "version": "1.0.0", "title": {"en": "Press operators"}, "task": "press4",
        "needs": [{"role": ["operator"]}],
        "parts": [
            {"id": "basics", "title": {"en": "Basics"}, "packs": [{"id": "press-basics", "version": "1.0.0"}]},
            {"id": "again", "title": {"en": "Refresher"}, "packs": [{"id": "press-refresher", "version": "3.0.0"}]},
        ],
        "validity": {"months": 12, "remind_days": [60, 14]}, "make_up": {"by": "segment", "days": 60},
    },
    {
        "fieldkit": 1, "id": "forklift", "version": "2.0.0", "title": {"en": "Forklift"}, "task": "forklift",
        "needs": [{"crew": ["B", "C"]}],
        "parts": [{"id": "drive", "title": {"en": "Drive"}, "packs": [{"id": "forklift", "version": "2.0.0"}]}],
        "validity": {"months": 6, "remind_days": [30]}, "make_up": {"by": "session", "days": 60},
    },
)  # fmt: skip


class Size(msgspec.Struct, frozen=True):
    """How much: sessions of all forty, people in each, workers, and in how many goes it comes. `typed`: how many
    laptops and trainers are let in by the command; the others by what the command calls, in one list."""

    sessions: int
    people: int
    workers: int
    waves: int
    typed: int


SOME, FEW = {"record": 500, "records": 5}, {"record": 20_000, "records": 200, "session": 10, "person": 20}
"""One page of so many is counted again, where there are very many of a kind."""
LINK = re.compile(r' href="((?:/\w+)?\?[^"]*)"')
SHORT, FULL = Size(120, 8, 160, 2, 1), Size(1200, 24, 2000, 4, 1000)


def organisation(size: Size, now: int) -> tuple[Organisation, list[Told]]:
    """Forty laptops, one that nobody knows, and what they recorded in the month before `now` (Unix s)."""
    first = (now // 86_400 - DAYS - 1) * DAY_MS
    of = Organisation(laptops=41, people=size.workers, evenings=20, size=size.people, first=first, seed="month")
    return of, list(of.sessions(size.sessions * 41 // 40, DAYS))


async def founded(folder: Path, of: Organisation, size: Size, now: int, database: str = "") -> HeadOffice:
    """Head office, its programs, and everybody on the list but two laptops."""
    office = await HeadOffice.make(folder, ORG, database)
    for program in PROGRAMS:
        path = folder / f"program-{program['id']}.json"
        path.write_text(json.dumps(program), "utf-8")
        await office.central("program add", str(path))
    known = [one for one in of.laptops if one not in (of.laptops[LATE], of.laptops[STRANGER])]
    trainers = list(dict.fromkeys(name for one in of.laptops for name in one.trainers))
    begun = of.first // 1000 - DAY_MS // 1000
    for laptop in known[: size.typed]:
        await office.enrol(laptop.signer, begun)
    for name in trainers[: size.typed]:
        await office.add_trainer(trainer_key(name))
    home = office.home
    trust = home.next_trust()
    for signer in (*(one.signer for one in known[size.typed :]), *map(trainer_key, trainers[size.typed :])):
        trust = with_key(trust, Asked(signer.vkey, begun), now)
    if size.typed < len(trainers):
        home.put_trust(trust, now, Signer.load(home.root_path))
    return office


class Month:
    """A head office after its month. `faults`: a sentence for each thing that is not as it must be."""

    def __init__(self, office: HeadOffice, of: Organisation, post: Post, brought: Delivery, visitor: Visitor) -> None:
        self.office, self.of, self.post, self.brought, self.visitor = office, of, post, brought, visitor
        self.faults: list[str] = []
        self.seconds = 0.0

    @property
    def files(self) -> int:
        return sum(map(len, self.post.waves))


async def tried(office: HeadOffice, of: Organisation, post: Post, now: int, *, by_stick: bool = False) -> Month:
    """Everything is brought, decided, read into the lists and judged; the server goes on."""
    brought, begun = Delivery(office, post), time.perf_counter()
    await (brought.one_stick() if by_stick else brought.everything())
    await brought.decide(of.laptops[LATE])
    await kept_up(office)
    visitor = await office.account("op", "operator")
    await asyncio.to_thread(visitor.log_in)
    month = Month(office, of, post, brought, visitor)
    month.seconds = time.perf_counter() - begun
    month.faults = await faults(office, of, post, brought, now)
    return month


def another_order(post: Post) -> Post:
    """The last comes first: whole sessions before their halves, and the other history first."""
    return msgspec.structs.replace(post, waves=[wave[::-1] for wave in post.waves[::-1]])


async def differences(
    month: Month, before: dict[str, str], copy: HeadOffice, now: int, *, by_stick: bool, every: int
) -> list[str]:
    """What a copy of this head office, made before anything came, says otherwise that heard it in another order.
    `before`: what this one says (`judged.said`)."""
    async with copy:
        other = await tried(copy, month.of, another_order(month.post), now, by_stick=by_stick)
        after = await said(copy, other.visitor, month.post, every)
    return [*other.faults, *(one for one in before.keys() | after.keys() if before.get(one) != after.get(one))]


async def counted_again(month: Month, sample: Mapping[str, int], filters: int = 1) -> Counted:
    """Every number of every page that the operator reaches, beside what the logs come to (`tests.recount.check`). Of so
    many `filters` of a list one is tried."""
    from tests.recount import check  # late: it shares nothing with us, and nobody else needs it

    def fetch(at: str) -> str:
        return LINK.sub(lambda x: x[0] if zlib.crc32(x[1].encode()) % filters == 0 else "", month.visitor.get(at))

    at = int(time.time() * 1000)
    return await asyncio.to_thread(check, await logs_of(month), fetch, at, None, sample)


async def logs_of(month: Month) -> Path:
    """A folder with what the pages are counted again from: every log, the receipts as they came, the trust list, the
    programs, and what supervisors filed."""
    folder, good = month.office.folder / "logs", month.post.good
    folder.mkdir()
    for n, one in enumerate(good):
        (folder / f"{n:05d}.fkb").write_bytes(one.bundle)
    for n, notes in enumerate(filter(None, month.brought.notes)):
        (folder / f"{n:05d}.note").write_bytes(notes)
    shutil.copy(month.office.home.trust_path, folder)
    book = Book(month.office.path)
    sheets = [{"origin": o, **msgspec.to_builtins(x)} for o, x in book.filed([x.origin for x in good]).items()]
    book.close()
    (folder / "filed.json").write_text(json.dumps(sheets), "utf-8")
    for program in PROGRAMS:
        told = await month.office.central("program show", str(program["id"]), "--json")
        (folder / f"program-{program['id']}.json").write_text(told, "utf-8")
    return folder


async def measure(folder: Path, size: Size, what: str, database: str = "") -> list[Row]:
    now = int(time.time())
    of, told = organisation(size, now)
    talk(f"{what}: letting everybody in…")
    office = await founded(folder, of, size, now, database)
    copy = folder / "copy"
    if not database:
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("copy"))
    post = parcels.post(of, told, office.home.trust().recipients, what, size.waves)
    async with office:
        month = await tried(office, of, post, now)
        every = 1 if size is SHORT else 10
        before = await said(office, month.visitor, post, every)
        talk(f"{what}: filing…")
        zoe = await office.account("zoe", "supervisor", of.sites[0])
        sheet = await filed(office, zoe, of.sites[0], post)
        talk(f"{what}: counting again…")
        await month.brought.let_go()
        begun = time.perf_counter()
        again = await counted_again(month, FEW if size.sessions > 500 else SOME, 20 if size.sessions > 500 else 1)
        counting = time.perf_counter() - begun
        other: list[str] | None = None
        if not database:
            talk(f"{what}: another order…")
            other = await differences(month, before, HeadOffice(copy), now, by_stick=False, every=every)
    for one in (*month.faults, *sheet, *again.wrong, *(other or ())):
        talk(f"  {one}")
    ways = ", ".join(f"{n} {way}" for way, n in sorted(Counter(x.way for wave in post.waves for x in wave).items()))
    some = f"{len(post.good):,} sessions of {size.people} people in {month.files:,} files ({ways})"
    gone = f"{parcels.out_of_order(post.waves)} after a later one, {month.brought.gaps} gaps in between"
    rows = [
        Row(f"{what}: {some}", f"{month.seconds:.0f} s, {gone}"),
        Row(
            "  sessions, receipts, findings, bytes kept: not as they must be", f"{len(month.faults)}", "",
            len(month.faults), "", None, 0,
        ),
        Row("  a sheet filed in three presses that is another one", f"{len(sheet)}", "", len(sheet), "", None, 0),
        Row(
            f"  numbers that the logs do not give, of {again.numbers:,} on {sum(again.pages.values()):,} pages",
            f"{len(again.wrong)}, in {counting:.0f} s", "", len(again.wrong), "", None, 0,
        ),
    ]  # fmt: skip
    if other is not None:
        what = "  lists and pages that differ after another order"
        rows.append(Row(what, f"{len(other)}", "", len(other), "", None, 0))
    return rows


def run(short: bool = False) -> list[Row]:
    from tests.kit import postgres  # late: only this finds one

    size, rows = (SHORT if short else FULL), []
    with tempfile.TemporaryDirectory() as made:
        for what in ("SQLite", "PostgreSQL"):
            (Path(made) / what).mkdir()
            if what == "PostgreSQL" and postgres.shared() is None and not os.environ.get("FIELDKIT_TEST_PG"):
                rows.append(Row("PostgreSQL", postgres.WHY))
                continue
            database = postgres.address() if what == "PostgreSQL" else ""
            rows += asyncio.run(measure(Path(made) / what, size, what, database))
    return rows
