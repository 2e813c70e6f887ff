"""Every number of every page of head office, counted again by a program that shares nothing with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from fieldkit.log.planned_note import CANCELLED, HELD
from fieldkit.planned import Planned
from fieldkit.sync.central import planned
from fieldkit.sync.central.front.book import FILED, Access, Book
from fieldkit.sync.central.planned import Kept
from tests.kit import central
from tests.kit.central import Laptop, bundle
from tests.recount import Recount, Told, Who, check
from tests.recount.__main__ import main
from tests.recount.access_page import Visits, own
from tests.recount.logs import read
from tests.recount.page import Page
from tests.recount.people_pages import coded
from tests.recount.planned_page import OFF
from tests.recount.site import Site
from tests.sync.courses import course
from tests.sync.digested import opened
from tests.sync.fronted import WORD, account
from tests.sync.recounted import Laid, laid, more, plans, site, written
from tests.sync.relearnt import answered_alone
from tests.sync.served import Served, serving

SOME = {"record": 9, "records": 40, "person": 6, "people": 9, "sessions": 7, "session": 4, "delivery": 3, "makeups": 4}
FEW = dict.fromkeys(("record", "records", "person", "people", "sessions", "session", "delivery", "makeups"), 900)
EVERY = {
    "needs", "sessions", "session", "records", "record", "people", "person", "makeups", "programs", "program",
    "delivery", "questions", "question", "laptops", "planned", "plan",
}  # fmt: skip
LED = f"{central.ORG}/fac/0003"
PEOPLE = {
    "op": Who(), "zoe": Who("supervisor", ("PLANT  2", "plant 3")), "sam": Who("facilitator", (), LED),
}  # fmt: skip


FOR_GAPS = "program=press4&site=Plant+1&crew=B"
HEAD = "\norg a\ndevice a/dev/1\nas_of 1\nsession h-1 "


@asynccontextmanager
async def open_house(of: Laid) -> AsyncIterator[Served]:
    for name, who in PEOPLE.items():
        account(of.office, name, who.role, *who.sites, key=who.key)
    await written(of)
    async with serving(of.office) as served:
        yield served


def file_some(of: Laid) -> None:
    """Three sheets of two sites are filed, one of them as it is no more."""
    book, some = Book(of.office.home.path), list[dict[str, object]]()
    here = [one for one in of.told if one not in of.away and one.site != "Plant 1"][-3:]
    for one, size in zip(here, (here[0].size, here[1].size - 1, here[2].size), strict=True):
        mark = f"{size}.0.{one.root.hex()[:16]}"
        book.note(Access(of.office.now, "zoe", "127.0.0.1", FILED, one.origin, mark))
        said = {"origin": one.origin, "who": "zoe", "t": of.office.now, "stamp": mark}
        some.append(said)
    book.close()
    (of.logs / "filed.json").write_text(json.dumps(some))


async def looked(served: Served, name: str, logs: Path | Recount, some: dict[str, int]) -> Told:
    now = served.office.now * 1000
    return await asyncio.to_thread(lambda: check(logs, site(served, name), now, PEOPLE[name], some, True))


async def test_every_number_that_anybody_sees_comes_out_of_the_logs_again(tmp_path: Path) -> None:
    """Forty evenings at three sites of which two never came, and sessions of every other kind; corrections, a skill
    judged afterwards, credits, an answered question, people erased: seen by an operator, a supervisor and a trainer."""
    of = await laid(tmp_path)
    await more(of)
    plans(of)
    file_some(of)
    async with open_house(of) as served:
        recount = Recount(of.logs, served.office.now * 1000)
        for name, least, kinds in (
            ("op", 8_000, EVERY | {"certificates", "plan-new", "access"}),
            ("zoe", 5_000, EVERY),
            ("sam", 150, {"sessions", "delivery"}),
        ):
            told = await looked(served, name, recount, SOME)
            assert told.wrong == []
            assert told.numbers > least and kinds <= told.pages.keys(), (name, told)
        assert "changed since" in await asyncio.to_thread(lambda: site(served, "zoe")("/"))


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_number_that_was_changed_on_the_way_is_found(tmp_path: Path) -> None:
    """In the tables that pages are made of, of a person, of a program's counts, of a sum; and in a record itself."""
    of = await laid(tmp_path, 12, 24, 6, 2, 8)
    async with open_house(of) as served:
        assert (await looked(served, "op", of.logs, FEW)).wrong == []
        for sql, where in (
            ("UPDATE tally SET n = n + 1 WHERE dim = 'crew'", "/programs"),
            ("UPDATE standing SET expires_on = '2031-01-01' WHERE expires_on <> ''", "/people"),
            ("UPDATE session SET size = size - 1", "/sessions"),
        ):
            async with opened(of.office) as db, db.transaction() as tx:
                await tx.change(sql)
            told = await looked(served, "op", of.logs, FEW)
            assert any(one.startswith(where) for one in told.wrong), (sql, told.wrong[:3])


async def test_a_plan_that_is_otherwise_on_a_page_is_found_and_so_is_a_visit_that_is_not_written_down(
    tmp_path: Path,
) -> None:
    """Not by a digit alone: a zone of the same hour, a letter of a name, a state. Who is in no log has no page yet."""
    of = await laid(tmp_path, 2, 8, 2, 1, 4)
    plans(of)
    async with open_house(of) as served:
        now = of.office.now * 1000
        recount = Recount(of.logs, now)
        by = {name: await asyncio.to_thread(site, served, name) for name in ("op", "zoe")}
        fetch = by["op"]

        async def wrong_at(name: str) -> list[str]:
            """Of these pages alone."""

            def some(at: str) -> str:
                if at == "/" and name == "op":
                    return f'<main><a href="/planned/new?{FOR_GAPS}">x</a></main>'
                if at not in (f"/planned/new?{FOR_GAPS}", "/planned") and not at.startswith("/planned/h-"):
                    raise OSError("not asked for")
                return by[name](at)

            told = await asyncio.to_thread(check, recount, some, now, PEOPLE[name])
            assert told.numbers > 60
            assert told.pages.get("plan-new", 0) == (name == "op")
            return [one for one in told.wrong if one.startswith("/planned") and "not asked for" not in one]

        assert await wrong_at("op") == await wrong_at("zoe") == []
        named = {one.plan.title: one for one in planned.every(of.office.home)}
        one = named["Press 4"]
        page = await asyncio.to_thread(fetch, f"/planned/{one.id}")
        people = re.findall(r'href="/p/([^"]+)"', page)
        answers = [await asyncio.to_thread(answered, fetch, f"/p/{at}") for at in people]
        assert all(answers) and 0 < len(people) < len(one.plan.expected), "who is in no log has no page, and no link"

        rows = one.plan.expected
        other = msgspec.structs.replace(rows[3], fields={**rows[3].fields, "name": "Ann [/] Lea"})
        for title, change in {
            "Press 4": {"expected": (*rows[:3], other, *rows[4:])}, "Yesterday": {"tz": "Etc/UTC"},
            "A minute ago": {"expected": ()}, "Moved 1": {"place": "Plant 1"}, "<i>8</i> of {{9}}": {"title": ""},
            "This minute": {"at": one.plan.at},
        }.items():  # fmt: skip
            rewrite(of, named[title], msgspec.structs.replace(named[title].plan, **change))  # type: ignore[arg-type]
        wrong = await wrong_at("op")
        assert {one.id for one in named.values() if one.plan.title} <= {w.partition("/planned/")[2][:10] for w in wrong}
        assert any(w.startswith("/planned: ") for w in wrong)
        assert any("rows on the page" in w for w in await wrong_at("zoe")), "Plant 1 is not hers"
        rewrite(of, one, one.plan, CANCELLED)
        assert any(w.startswith(f"/planned/{one.id}: ") and OFF in w for w in await wrong_at("op"))

        lines = ("what = 'people'", "t = t - 300", "detail = 'h-00000000'", "origin = 'a/1'")
        for changes in ((), lines, ("who = 'zoe'",), ("",)):
            visits = Visits(now)
            for kind, at in [("planned", "/planned"), *[("plan", f"/planned/{one.id}")] * 4, ("laptops", "/laptops")]:
                await asyncio.to_thread(fetch, at)
                visits.note(kind, (one.id,) if kind == "plan" else (), {})
            with contextlib.closing(sqlite3.connect(of.office.home.path / "people.db")) as db, db:
                db.executescript("DROP TRIGGER IF EXISTS access_stays; DROP TRIGGER IF EXISTS access_kept")
                newest = db.execute("SELECT i FROM access WHERE what = 'plan' ORDER BY i DESC").fetchall()
                for sql, i in zip(changes, newest, strict=False):
                    db.execute(f"UPDATE access SET {sql} WHERE i = ?" if sql else "DELETE FROM access WHERE i = ?", i)
            told = await asyncio.to_thread(lambda v=visits: [w for page in own(v, fetch) for w in page.wrong])
            assert len(told) >= len(changes) and bool(told) == bool(changes), (changes, told)


async def test_what_somebody_answered_before_and_after_is_recounted_set_by_set(tmp_path: Path) -> None:
    of = await laid(tmp_path, 2, 8, 2, 1, 4)
    one = Laptop.named("7q2k")
    of.office.enrol(one)
    log = course(one, {"E700001": "warm", "E700002": "warm"}, site="Plant 2")
    await of.take(bundle(log))
    await of.take(await answered_alone(of.office, log, ["E700001", "E700002"]))
    async with open_house(of) as served:
        now = of.office.now * 1000
        recount, fetch = Recount(of.logs, now), await asyncio.to_thread(site, served, "op")
        people = [f"/p/{coded(badge, '')}" for badge in ("E700001", "E700002")]

        def some(at: str) -> str:
            if at == "/":
                return f'<main>{"".join(f"""<a href="{x}">x</a>""" for x in people)}</main>'
            if not at.startswith(("/p/", "/s/")):
                raise OSError("not asked for")
            return fetch(at)

        async def wrong() -> tuple[list[str], Told]:
            told = await asyncio.to_thread(check, recount, some, now, Who(), {"record": 9})
            return [one for one in told.wrong if "not asked for" not in one], told

        found, told = await wrong()
        assert found == [] and told.pages["person"] == 2 and told.pages["records"] > 4
        for at in of.logs.glob("desk-*"):
            shutil.rmtree(at)
        with (
            contextlib.closing(sqlite3.connect(of.office.home.path / "central.db")) as db,
            contextlib.closing(sqlite3.connect(of.logs / "copy.db")) as copy,
        ):
            db.backup(copy)
        recount = Recount(of.logs, now)
        assert (await wrong())[0] == [], "out of a copy of the database"
        for old, new in (("false", "true"), ('"sure"', '"unsure"'), ('"asked":', '"asked":1'), ("week", "month")):
            async with opened(of.office) as db, db.transaction() as tx:
                rows = await tx.rows("SELECT origin, badge, said FROM learnt")
                changed = [(bytes(x).replace(old.encode(), new.encode()), o, b) for o, b, x in rows]
                await tx.put_rows("UPDATE learnt SET said = ?1 WHERE origin = ?2 AND badge = ?3", changed)
            assert any("before and after" in one for one in (await wrong())[0]), old
            async with opened(of.office) as db, db.transaction() as tx:
                back = [(bytes(x), o, b) for o, b, x in rows]
                await tx.put_rows("UPDATE learnt SET said = ?1 WHERE origin = ?2 AND badge = ?3", back)


def answered(fetch: Site, at: str) -> bool:
    try:
        fetch(at)
    except OSError:
        return False
    return True


def rewrite(of: Laid, one: Kept, plan: Planned, state: str = HELD) -> None:
    """Head office's file says something else than the note that went down."""
    path = of.office.home.path / planned.FOLDER / one.device.replace("/", "+") / f"{one.id}.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(one, plan=plan, state=state)))


def test_a_number_that_nobody_recounts_is_an_error_and_so_is_a_page(tmp_path: Path) -> None:
    """A later page cannot bring one in silence: not beside the numbers that are known, nor at an address of its own."""
    page = Page("/laptops", {}, "<main><p>All 3 of them</p><p id=new>and 7 more</p></main>")
    page.same(page.first("p"), "how many", 3)
    page.rest()
    assert page.wrong == ["/laptops: a number nobody recounts: 'and 7 more'"] and page.numbers == 1
    for shown, tokens in (("12 of 20", (1, 20)), ("2.5 %", ("2",)), ("1 and 5 of 9", (1, 9)), ("4", ("4", "5"))):
        page = Page("/", {}, f"<main><p>{shown}</p></main>")
        page.same(page.first("p"), "it", *tokens)
        assert len(page.wrong) == 1, shown
    pages = {"/": "<main><a href='/ranking'>x</a></main>".replace("'", '"')}
    told = check(tmp_path, lambda at: pages.get(at, "<main></main>"), 0)
    assert "/ranking: a page that nobody recounts" in told.wrong
    for raw in (
        "",
        "\n",
        "\nx",
        "\norg a\ndevice a/dev/1\nas_of 1\nsession h-1 held {}",
        HEAD + "planned [1]",
        HEAD + "planned {",
    ):
        (tmp_path / "plan.note").write_text(f"fieldkit-planned/1{raw}\n\n— x y\n")
        told = check(tmp_path, lambda at: pages.get(at, "<main></main>"), 0)
        assert any(one.startswith("/planned: it cannot be compared") for one in told.wrong), raw
    (tmp_path / "plan.note").unlink()
    pages["/"] = '<main><a href="/s/a/dev/1/x">x</a></main>'
    told = check(tmp_path, lambda at: pages.get(at, "<main></main>"), 0)
    assert any(one.startswith("/s/a/dev/1/x: it cannot be compared") for one in told.wrong)


async def test_the_command_says_each_difference_and_how_much_it_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = await laid(tmp_path, 8, 24, 6, 2, 8)
    monkeypatch.setenv("RECOUNT_PASSWORD", WORD)
    async with open_house(of) as served:
        words = [str(of.logs), "--pages", served.url, "--ca", str(served.cert), "--user", "op", "--one-in", "500"]
        now = ["--now", str(of.office.now)]
        assert await asyncio.to_thread(main, [*words, *now]) == 0
        said = capsys.readouterr()
        assert said.out == "" and ": 0 differ" in said.err
        (of.logs / "00001.fkb").unlink()
        assert await asyncio.to_thread(main, [*words, *now]) == 1
        said = capsys.readouterr()
        assert "/sessions" in said.out and ": 0 differ" not in said.err
        monkeypatch.setenv("RECOUNT_PASSWORD", "four other words here")
        assert await asyncio.to_thread(main, [*words, *now]) == 2
        assert "does not let us in" in capsys.readouterr().err
    (of.logs / "00002.fkb").write_bytes(b"age-encryption.org/v1 and so on")
    (of.logs / "00003.fkb").write_bytes(b"\x1f\x8bnothing")
    assert main([str(of.logs), "--pages", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out.count("cannot be read") == 2 and "no page" in said.err


def test_what_is_not_what_its_hash_names_is_said_and_not_counted(tmp_path: Path) -> None:
    log = Laptop.named("7q2k").whole()
    changed = [log.lines[0], log.lines[1].replace(b'"a"', b'"b"'), *log.lines[2:]]
    half = {i: x.replace(b"Person 0", b"Person 9") for i, x in log.openings.items()}
    blob = {sha: raw.replace(b'"minutes":5', b'"minutes":6') for sha, raw in log.blobs.items()}
    for k, (lines, openings, blobs, why) in enumerate(
        (
            (changed, log.openings, log.blobs, "not the records under its checkpoint"),
            (log.lines[:-1], log.openings, log.blobs, "not the records under its checkpoint"),
            (log.lines, half, log.blobs, "not the one of its record"),
            (log.lines, log.openings, blob, "not what its name says"),
        )
    ):
        at = tmp_path / str(k) / "log"
        (at / "blob").mkdir(parents=True)
        (at / "checkpoint").write_bytes(log.checkpoint())
        (at / "log.jsonl").write_bytes(b"".join(one + b"\n" for one in lines))
        (at / "openings.jsonl").write_bytes(b"".join(one + b"\n" for one in openings.values()))
        for sha, raw in blobs.items():
            (at / "blob" / sha).write_bytes(raw)
        found = read(at.parent)
        assert found.logs == {} and len(found.wrong) == 1 and why in found.wrong[0]
