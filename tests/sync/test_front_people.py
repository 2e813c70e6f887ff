"""Pages about people: who sees whom, lists and numbers as `central due` says them, downloads, hostile questions."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest

from fieldkit.log import handed
from fieldkit.sync.central import programs
from fieldkit.sync.central.digest.people import AsOf
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.front import people_pages
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.people_pages import coded, decoded, person_at
from fieldkit.sync.central.front.render import page
from fieldkit.sync.central.front.rooms import Visit
from fieldkit.sync.central.tx import Tx
from fieldkit.words import words_for
from tests.cli.kit import fieldkit
from tests.core.classes import ALL
from tests.kit.central import ORG, Laptop, Log, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up, opened
from tests.sync.fronted import Browser, Got, account
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk

HOSTILE = "../E4 <b>%00=1'--"
DAY = "2026-11-22"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    for name, role, *sites in (
        ("op", "operator"), ("aud", "auditor"), ("zoe", "supervisor", "hall 3 "), ("yan", "supervisor", "Yard"),
    ):  # fmt: skip
        account(office, name, role, *sites)
    account(office, "sam", "facilitator", key="9k3m")
    async with serving(office) as one:
        yield one


async def taught(office: Office) -> list[Log]:
    one, two = Laptop.named("7q2k"), Laptop.named("9k3m")
    office.enrol(one, two)
    logs = [
        course(one, {"E1": ALL, "E2": "warm learn", "E3": ""}, site="Hall 3"),
        course(two, {HOSTILE: ALL, "Y1": "warm"}, site="Yard"),
    ]
    await office.take(*(bundle(log) for log in logs))
    assert await caught_up(office) == 0
    return logs


def links(page: Got, begins: str) -> list[str]:
    found = (html.unescape(one) for one in re.findall(r'href="([^"]+)"', page.html.partition("<main")[2]))
    return list(dict.fromkeys(one for one in found if one.startswith(begins)))


def names(page: Got) -> list[str]:
    return re.findall(r'scope="row"><a href="/p/[^"]+"><bdi>Name ([^<]+)</bdi>', page.html)


async def test_a_laptop_that_was_made_to_harm_brings_no_control_signs_into_a_list(served: Served) -> None:
    """One on the trust list may write what it likes; a list is opened in a terminal and put into other programs."""
    one = Laptop.named("7q2k")
    served.office.enrol(one)
    people = {"E\x1b[31m1": "warm", "E\u202e2": ALL, "E\x9b3": ""}
    await served.office.take(bundle(course(one, people, site="Ha\x07ll\u2066 3")))
    assert await caught_up(served.office) == 0
    browser = Browser(served).as_("op")
    for path in ("/people/take/due.csv", "/people/take/due.roster", "/makeups/take/makeups.csv"):
        text = (await browser.get(path)).html
        assert "E[31m1" in text and "Name E3" in text, path
        assert not re.search(r"[^\x20-\uffff\r\n]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), path


async def test_who_may_run_it_is_told_to_each_as_far_as_their_sites_go(served: Served) -> None:
    assert "There are no programs" not in (await Browser(served).as_("op").get("/people")).text
    await taught(served.office)
    for who in ("op", "aud"):
        page = await Browser(served).as_(who).get("/people")
        assert page.status == 200 and "press4 : 2 of 5 ready" in page.text and f"As of {DAY} ." in page.text
        assert "Who may run it now" in page.text and "not read yet" not in page.text
        assert [html.unescape(one) for one in names(page)] == [
            HOSTILE,
            "E1",
            "E2",
            "E3",
            "Y1",
        ] and "<b>%" not in page.html
    zoe, yan, sam = (Browser(served).as_(name) for name in ("zoe", "yan", "sam"))
    page = await zoe.get("/people?site=Yard")
    assert names(page) == [] and "Y1" not in page.html and "of 2 ready" not in page.text
    page = await zoe.get("/people")
    assert names(page) == ["E1", "E2", "E3"] and "1 of 3 ready" in page.text and "Y1" not in page.html
    assert [len(names(await yan.get(at))) for at in ("/people", "/people?site=hall+3", "/people?text=E1")] == [2, 0, 0]
    for path in ("/people", "/makeups", person_at("E1", ""), "/people/take/due.csv", "/makeups/take/makeups.roster"):
        assert (await sam.get(path)).status == 404
    menu = (await sam.get("/")).html
    assert 'href="/people"' not in menu and 'href="/people"' in (await zoe.get("/")).html


async def test_filters_narrow_the_list_and_hostile_ones_harm_nothing(served: Served) -> None:
    await taught(served.office)
    at = Browser(served).as_("op")
    wanted = {
        "state=ready": [HOSTILE, "E1"], "state=gap": ["E2", "E3", "Y1"], "state=open": ["E2", "E3", "Y1"],
        "state=due": [], "site=HALL+3": ["E1", "E2", "E3"], "crew=b": [HOSTILE, "E1", "E2", "E3", "Y1"], "crew=C": [],
        "text=e2": ["E2"], "text=name+y": ["Y1"], "text=../e": [HOSTILE], "program=press4&state=ready": [HOSTILE, "E1"],
    }  # fmt: skip
    for query, who in wanted.items():
        got = await at.get(f"/people?{query}")
        assert [html.unescape(one) for one in names(got)] == who, query
    for value in ("' OR 1=1 --", "<script>", "\u202e", "=1+1", "../..", "%00", "[/]", "x" * 300, "\udcff", "%", "_"):
        raw = quote(value.encode("utf-8", "surrogatepass"))
        for field in ("state", "site", "crew", "text", "after"):
            got = await at.get(f"/people?{field}={raw}")
            assert got.status == 200 and "<script>" not in got.html, (field, value)
        assert (await at.get(f"/makeups?site={raw}&crew={raw}&after={raw}")).status == 200
        assert (await at.get(f"/people?program={raw}")).status == (200 if value == "\u202e" else 404)
        assert (await at.get(f"/p/{raw}")).status == 404
    for word in ("E1", coded("E1"), coded("E1", "", ""), coded("E1", "") + "=", coded("\0", ""), coded("nobody", "")):
        assert (await at.get(f"/p/{word}")).status == 404
    assert decoded(coded(HOSTILE, "\u202e"), 2) == (HOSTILE, "\u202e")
    book = Book(served.office.home.path)
    told = " ".join(
        f"{one.detail} {one.origin}" for one in book.accesses() if one.what in ("denied", "person", "people")
    )
    book.close()
    assert "/p/" not in told and coded("nobody", "") not in told


async def test_a_long_list_is_read_page_by_page_and_everybody_is_on_one(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    badges = [f"B{n:03}" for n in range(120)]
    await served.office.take(bundle(course(laptop, dict.fromkeys(badges, "warm"), site="Hall 3")))
    await caught_up(served.office)
    at = Browser(served).as_("zoe")
    for path in ("/people?state=gap", "/makeups"):
        found: list[str] = []
        while path:
            page = await at.get(path)
            found += names(page)
            path = next((one for one in links(page, path.partition("?")[0]) if "after=" in one), "")
        assert found == badges


async def test_a_person_stands_on_records_that_can_be_looked_at(served: Served) -> None:
    one, two = await taught(served.office)
    again = course(Laptop.named("7q2k"), {"E2": "drill"}, site="Hall 3")
    assert again.origin
    op, zoe = Browser(served).as_("op"), Browser(served).as_("zoe")
    for badge in ("E1", "E2", "E3", HOSTILE):
        page = await op.get(person_at(badge.upper(), ""))
        assert page.status == 200 and "Press 4, =both parts" in page.text and "May run press4" in page.text
        there = links(page, "/s/")
        assert there and [(await op.get(path)).status for path in there] == [200] * len(there)
    page = await zoe.get(person_at("E1", ""))
    assert f"/s/{one.origin}/record/" in page.html and "until 2027-11-22" in page.text
    assert "not done: drill (was away)" in (await zoe.get(person_at("E2", ""))).text.casefold()
    assert (await zoe.get(person_at("Y1", ""))).status == 404 and two.origin not in page.html
    book = Book(served.office.home.path)
    seen = [one for one in book.accesses() if one.what in ("person", "denied")]
    book.close()
    assert seen and not any("E1" in x.detail or coded("E1") in x.detail or "/p/" in x.detail for x in seen)


async def test_who_misses_what_leads_to_the_session_and_gives_its_roster(served: Served) -> None:
    one, _ = await taught(served.office)
    at = Browser(served).as_("zoe")
    page = await at.get("/makeups")
    assert names(page) == ["E2", "E3"] and "2027-02-20" in page.text and "Y1" not in page.html
    assert links(page, "/s/") == [f"/s/{one.origin}"] and (await at.get(f"/s/{one.origin}")).status == 200
    got = await at.get("/makeups/take/makeups.roster")
    assert got.status == 200 and b"E2,,Name E2,operator,B" in got.raw and b"Y1" not in got.raw


async def test_why_a_segment_is_owed_is_said(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    log = course(laptop, {"E1": ALL, "E2": ALL, "E3": "learn"}, wrong="E2", unsigned="E1 E2", site="Hall 3")
    await served.office.take(bundle(log))
    assert await caught_up(served.office) == 0
    zoe = Browser(served).as_("zoe")
    page = (await zoe.get("/makeups")).text
    for said in ("Drill (not signed)", "Learn (wrong answers) , Drill (not signed)", "Warm up (was away) , Drill (was"):
        assert said in page
    for badge, said in (("E1", "Drill (not signed)"), ("E2", "Learn (wrong answers) , Drill"), ("E3", "Warm up (was")):
        one = (await zoe.get(person_at(badge, ""))).text
        assert said in one and "missed" not in one
    home = ("--home", str(served.office.home.path), "--on", DAY)
    due = await asyncio.to_thread(fieldkit, "central", "due", *home)
    assert "basics: Learn (wrong answers), Drill (not signed)" in due.text
    assert "Drill" in (await asyncio.to_thread(fieldkit, "central", "makeups", *home)).text
    raw = await asyncio.to_thread(fieldkit, "central", "due", *home, "--as", "csv")
    assert '"basics: learn, drill"' in raw.text, "a program that reads the table finds the ids"


async def test_a_supervisor_keeps_those_who_were_only_expected_elsewhere(served: Served) -> None:
    await taught(served.office)
    other = Laptop.named("4t4t")
    served.office.enrol(other)
    talks = [course(other, {"E1": "", "N1": ""}, site=site) for site in ("Hall 9", "Yard")]
    await served.office.take(*(bundle(one) for one in talks))
    assert await caught_up(served.office) == 0
    zoe, yan = Browser(served).as_("zoe"), Browser(served).as_("yan")
    assert names(await zoe.get("/people")) == ["E1", "E2", "E3"]
    assert (await zoe.get(person_at("E1", ""))).status == 200 and (await yan.get(person_at("E1", ""))).status == 404
    assert "N1" in names(await yan.get("/people")), "whom nobody trained is where they were expected last"


async def test_what_is_taken_is_what_the_commands_write_and_is_written_down(served: Served) -> None:
    await taught(served.office)
    op, zoe = Browser(served).as_("op"), Browser(served).as_("zoe")
    home = ("--home", str(served.office.home.path), "--on", DAY, "--program", "press4")
    commands = {
        "/people/take/due.csv?program=press4": ("due", "--all", "--as", "csv"),
        "/people/take/due.csv?program=press4&state=open": ("due", "--as", "csv"),
        "/people/take/due.json?program=press4&site=yard": ("due", "--all", "--site", "Yard", "--as", "json"),
        "/people/take/due.roster?program=press4&state=open": ("due", "--as", "roster"),
        "/people/take/due.ics?program=press4": ("due", "--all", "--as", "ics"),
        "/makeups/take/makeups.csv": ("makeups", "--as", "csv"),
        "/makeups/take/makeups.json?crew=B": ("makeups", "--crew", "B", "--as", "json"),
        "/makeups/take/makeups.roster?site=Hall+3": ("makeups", "--site", "Hall 3", "--as", "roster"),
    }
    pages = [await op.get(path) for path in commands]
    gone_out = [one for one in handed.read(served.office.home.path) if one.path.startswith("op: ")]
    assert [(one.sessions, one.kind) for one in gone_out] == [([], handed.EXPORT)] * len(commands)
    assert b"E1" not in (await zoe.get("/people/take/due.csv?site=Yard")).raw
    mine = (await zoe.get("/people/take/due.csv")).raw
    assert b"E1" in mine and b"Y1" not in mine and b"task:press4" in mine
    ics = await zoe.get("/people/take/due.ics")
    assert ics.headers["content-type"].startswith("text/calendar") and ics.raw.count(b"BEGIN:VEVENT") == 1
    assert b"DTSTART;VALUE=DATE:20271122" in ics.raw and b"Name E1" in ics.raw
    for path in (
        "/people/take/due.ics?state=gap",
        "/people/take/due.pdf",
        "/makeups/take/makeups.csv?program=task:press4",
    ):
        assert (await op.get(path)).status == 404
    out = served.office.folder / "out"
    for got, words in zip(pages, commands.values(), strict=True):
        made = await asyncio.to_thread(fieldkit, "central", *words, *home, "-o", str(out))
        assert (got.status, made.code) == (200, 0) and got.raw == out.read_bytes(), words
    book = Book(served.office.home.path)
    taken = [(one.who, one.detail) for one in book.accesses() if one.what == "export"]
    book.close()
    assert ("zoe", "due.ics") in taken and len(taken) == 11


async def test_who_was_erased_is_on_no_page(served: Served) -> None:
    one, _ = await taught(served.office)
    at = Browser(served).as_("op")
    assert (await at.get(person_at("E1", ""))).status == 200
    await erase(served.office.home, one.origin, "E1", [], "request", served.office.now)
    assert (await at.get(person_at("E1", ""))).status == 404
    page = await at.get("/people")
    assert "E1" not in names(page) and "1 of 4 ready" in page.text


def test_a_page_says_what_is_not_read_yet() -> None:
    choice = people_pages.Choice("press4", "Press 4", ())
    filled = {
        "me": Account("op", "operator"), "path": "/makeups", "query": {}, "org": ORG, "form": "", "rows": [],
        "asked": {"program": "press4", "site": "", "crew": ""}, "choices": [choice], "choice": choice, "sites": [],
        "crews": [], "seen": set(), "next": "", "later": False,
    }  # fmt: skip
    for left, said in ((0, 0), (1, 1), (2, 1)):
        shown = page("makeups.html", words_for("en"), **filled, as_of=AsOf(DAY, left)).decode()
        assert shown.count("not read yet") == said
    assert "are being made" in page("makeups.html", words_for("en"), **filled, as_of=AsOf("", 0)).decode()


class Counting:
    """A transaction that counts the questions which go through it."""

    def __init__(self, tx: Tx) -> None:
        self.asked, self._tx = 0, tx

    def __getattr__(self, name: str) -> Any:
        if name in ("rows", "_all", "_asks"):
            self.asked += 1
        return getattr(self._tx, name)


async def test_a_page_asks_the_database_as_often_of_many_as_of_few(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    asked: list[list[int]] = []
    for n in (2, 40):
        for k in range(n // 10 + 1):
            people = {f"B{k}{i}": "warm learn" for i in range(n)} | {"E1": ALL}
            await served.office.take(bundle(course(laptop, people, site=f"Hall {k}")))
        await caught_up(served.office)
        assert (await Browser(served).as_("op").get("/people")).status == 200
        async with opened(served.office) as db, db.reading() as tx:
            book, who = Book(served.office.home.path), Account("op", "operator")
            counts = []
            for room in (people_pages.people, people_pages.person, people_pages.makeups):
                counting = Counting(tx)
                parts = (coded("E1", ""),)
                visit = Visit(db, served.office.home, book, who, {}, {}, parts, "", words_for("en"), served.office.now)
                assert await room(visit, cast("Tx", counting)) is not None
                counts.append(counting.asked)
            book.close()
        asked.append(counts)
    assert asked[0] == asked[1] and max(asked[0]) < 12


async def test_who_is_in_no_program_is_found_by_name_or_badge_with_what_they_attended(served: Served) -> None:
    laptop = Laptop.named("bbbb")
    await taught(served.office)
    served.office.enrol(laptop)
    other = laptop.session(site="Hall 3").add("segment.enter", {"segment": "a"})
    for k, badge in enumerate(("N1", "<i>N2", "E1")):  # the last one stands in the program
        other = other.join(f"person{k:02d}", f"Name {badge}", badge)
    other = other.close()
    await served.office.take(bundle(other))
    assert await caught_up(served.office) == 0
    op = Browser(served).as_("op")

    def none(page: Got) -> list[str]:
        part = page.html.partition('id="h-none"')[2].partition("</section>")[0]
        return [html.unescape(x) for x in re.findall(r'scope="row"><a href="/p/[^"]+"><bdi>Name ([^<]+)</bdi>', part)]

    assert none(await op.get("/people")) == [], "nobody was asked for"
    for text, found in (
        ("n1", ["N1"]), ("Name N1", ["N1"]), ("name", ["<i>N2", "N1"]), ("<i>", ["<i>N2"]), ("E1", []), ("E", []),
        ("' OR 1=1 --", []), ("%", []), ("_", []), ("x" * 900, []), ("\x00", []), ("\u202en1", ["N1"]),
    ):  # fmt: skip
        assert none(await op.get(f"/people?text={quote(text)}")) == found, text
    assert none(await op.get("/people?text=N1&site=Yard")) == [] and none(await op.get("/people?text=N1&site=hall+3"))
    page = await op.get("/people?text=N1")
    assert "In no program" in page.text and "1 2026-11-22" in page.text
    (at,) = links(page, "/p/")
    person = await op.get(at)
    assert person.status == 200 and f"/s/{other.origin}" in person.html and "Name N1" in person.text
    zoe, yan = (Browser(served).as_(name) for name in ("zoe", "yan"))
    assert none(await zoe.get("/people?text=N1")) == ["N1"] and none(await yan.get("/people?text=N1")) == []
    assert (await yan.get(at)).status == 404 and (await Browser(served).as_("sam").get("/people?text=N1")).status == 404
    programs.remove(served.office.home, "press4")
    assert await caught_up(served.office) == 0
    assert none(await op.get("/people?text=E1")) == ["E1"], "where there are no programs at all"
    assert "Nobody fits." in (await op.get("/people?text=zzz")).text
