"""The lists of the pages as files: every list in every format for every role, hostile words, filters, all rows."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import html
import io
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fieldkit.core.tables.lists import LISTS, head_of
from fieldkit.formats.csv import FORMULA
from fieldkit.log import handed
from fieldkit.planned import Planned
from fieldkit.roster import Row
from fieldkit.sync.central import planned, programs
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.front import pages
from fieldkit.sync.central.front.book import FILE, Book
from fieldkit.sync.central.front.listed import A_PAGE
from fieldkit.sync.central.front.lists import IN_MEMORY, LISTED, Scratch, time_of
from tests.cli.kit import fieldkit
from tests.core.classes import ALL
from tests.kit.central import Laptop, Office, bundle
from tests.sync.asked import answer, asked
from tests.sync.certified import give
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up
from tests.sync.fronted import Browser, Got, account
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk

FAC = "ld.acme.example/fac/9k3m"
FORMULA_1, TURNED, MARKUP, BRACKETS = "=HYPERLINK(1)", "Plant \u202egnp.exe\u2066", "<b>bold</b>", "Ann [/] Lee"
FORMATS = ("csv", "json", "xlsx")
PATHS = {
    "needs": "/take/needs", "sessions": "/sessions/take/sessions", "laptops": "/laptops/take/laptops",
    "programs": "/programs/take/programs", "cohorts": "/programs/press4/take/cohorts",
    "parts": "/programs/press4/take/parts", "segments": "/programs/press4/take/segments",
    "certificates": "/certificates/take/certificates", "planned": "/planned/take/planned",
    "questions": "/questions/take/questions", "access": "/access/take/access",
    "people": "/people/take/due", "makeups": "/makeups/take/makeups",
}  # fmt: skip
ROLES = {"op": set(PATHS), "aud": set(PATHS), "sam": {"needs", "sessions", "questions"}}
ROLES["zoe"] = set(PATHS) - {"access", "certificates"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    account(office, "op")
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "Hall 3")
    account(office, "yan", "supervisor", "Yard")
    account(office, "sam", "facilitator", key=FAC)
    async with serving(office) as one:
        yield one


async def filled(office: Office) -> None:
    """Something for every list, at two sites; `YARD` stands in all that is of the second one alone."""
    hall, yard = Laptop.named("7q2k"), Laptop.named("9k3m")
    office.enrol(hall, yard)
    logs = [
        course(hall, {"E1": ALL, "=2+2": "warm", "+CMD": "", "E\u202e4": "warm"}, site="Hall 3", cohort="autumn"),
        course(yard, {"YARD1": ALL, "YARD2": "warm"}, site="Yard", cohort="autumn"),
        asked(hall, FORMULA_1, BRACKETS, MARKUP, site="hall  3", title=TURNED, tz="Asia/Kolkata"),
        asked(yard, "YARD question", site="Yard", title="@YARD", fac=FAC),
        yard.whole(site="YARD", seq=9, title="YARD after a gap"),
    ]
    await office.take(*(bundle(log) for log in logs))
    await caught_up(office)
    await answer(office, logs[2].origin, text=f"-1 {BRACKETS}", name=MARKUP)
    await answer(office, logs[3].origin, text="YARD answer", name="@Yan")
    await give(office)
    for laptop, place, title in ((hall, "Hall 3", FORMULA_1), (yard, "Yard", "YARD plan")):
        for at in ("2026-11-30 06:00", "2026-11-01 22:30"):
            rows = (Row(2, {"badge": "E1", "name": BRACKETS}),)
            words = {"title": title, "place": place, "trainer": BRACKETS, "room": "@1", "expected": rows}
            one = Planned(v=1, pack="toolbox-blank", at=at, tz="Europe/Madrid", **words)  # type: ignore[arg-type]
            planned.add(office.home, laptop.signer.name, one, office.now)
    await caught_up(office)


def rows_of(as_: str, raw: bytes) -> list[dict[str, Any]]:
    if as_ == "json":
        return list(json.loads(raw))
    if as_ == "csv":
        assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
        return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    sheet: Any = openpyxl.load_workbook(io.BytesIO(raw)).active
    head, *rest = sheet.iter_rows()
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in (head, *rest) for cell in row)
    return [dict(zip([x.value for x in head], [x.value for x in row], strict=True)) for row in rest]


async def taken(at: Browser, path: str, as_: str = "json", query: str = "") -> list[dict[str, Any]]:
    got = await at.get(f"{path}.{as_}{query}")
    assert got.status == 200, (path, as_, got.status)
    return rows_of(as_, got.raw)


def body(page: Got) -> int:
    """Rows of the page's lists."""
    main = page.html.partition("<main")[2]
    tables = sum(part.count("<tr ") for part in re.findall(r"<tbody.*?</tbody>", main, re.S))
    return tables + main.count('<li class="need')


def next_of(page: Got, *keys: str) -> str:
    links = [html.unescape(x) for x in re.findall(r'<a class="go" href="([^"]+)"', page.html)]
    return next((x for x in links if "/take/" not in x and any(f"{key}=" in x for key in keys)), "")


async def test_asvs_8_2_2_every_list_is_there_in_every_format_for_whom_its_page_is(served: Served) -> None:
    await filled(served.office)
    for who, theirs in ROLES.items():
        at = Browser(served).as_(who)
        for name, path in PATHS.items():
            got = {as_: await at.get(f"{path}.{as_}") for as_ in FORMATS}
            assert {one.status for one in got.values()} == {200 if name in theirs else 404}, (who, name)
            if name not in theirs:
                continue
            made = {as_: rows_of(as_, one.raw) for as_, one in got.items()}
            drift = 2 if name == "access" else 0  # two more were taken meanwhile
            assert len(made["csv"]) + drift == len(made["json"]) + drift // 2 == len(made["xlsx"]), (who, name)
            for one in got.values():
                text = one.headers["content-disposition"]
                assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.(csv|json|xlsx)"', text), text
            if name in LISTS and made["json"]:
                assert all(list(rows[0]) == list(LISTS[name]) for rows in made.values()), name
            if who == "zoe":
                assert not re.search("yard", str(made), re.I), name
            if who == "sam":
                assert "hall" not in str(made).casefold(), name
            if name == "access":
                continue
            for plain, guarded in zip(made["json"], made["csv"], strict=True):
                for key, value in plain.items():
                    assert guarded[key] == (f"'{value}" if value[:1] in FORMULA and value else value), (name, key)
                    assert not re.search("[\u202a-\u202e\u2066-\u2069]", value)
    for name in ("sessions", "planned", "questions", "laptops", "people"):
        found = await taken(Browser(served).as_("yan"), PATHS[name])
        assert found and "hall" not in str(found).casefold(), name
    op = Browser(served).as_("op")
    counts = {name: len(await taken(op, path)) for name, path in PATHS.items()}
    assert all(counts.values()), counts
    for name, path in PATHS.items():
        for bad in ("pdf", "csvx", *(("roster", "ics") if name in LISTS else ())):
            assert (await op.get(f"{path}.{bad}")).status == 404, (name, bad)
    for path in ("/programs/nothing/take/parts.csv", "/programs/take/nothing.csv", "/sessions/take/sessions.csv.note"):
        assert (await op.get(path)).status == 404, path
    assert (await Browser(served).get("/sessions/take/sessions.csv")).to.startswith("/login")
    assert (await op.post("/sessions/take/sessions.csv", {})).status in (403, 404, 405)


async def test_a_file_has_the_rows_of_its_page_and_says_them_whole(served: Served) -> None:
    await filled(served.office)
    for who in ("op", "zoe"):
        at = Browser(served).as_(who)
        for page, name in (
            ("/", "needs"), ("/sessions", "sessions"), ("/laptops", "laptops"), ("/programs", "programs"),
            ("/planned", "planned"), ("/questions", "questions"), ("/makeups", "makeups"),
        ):  # fmt: skip
            got = await at.get(page)
            assert f'href="{PATHS[name]}.xlsx' in got.html or not body(got), (who, page)
            shown = body(got)
            if page == "/" and who == "zoe":
                assert "Attendance to file" in got.text
            rows = await taken(at, PATHS[name])
            if name == "makeups":  # a row of the file is a segment, one of the page all that somebody owes of a session
                rows = [{"of": one} for one in dict.fromkeys((row["person_id"], row["session"]) for row in rows)]
            assert len(rows) == shown, (who, page)
    op = Browser(served).as_("op")
    assert body(await op.get("/certificates")) == len(await taken(op, PATHS["certificates"])) == 2
    program = await op.get("/programs/press4")
    assert len(re.findall('href="/programs/press4/take/', program.html)) == 9
    tables = re.findall(r"<tbody.*?</tbody>", program.html.partition("<main")[2], re.S)
    autumn = [await taken(op, PATHS[name], query="?cohort=autumn") for name in ("parts", "cohorts", "segments")]
    parts, cohorts, segments = autumn
    assert [len(parts), len(cohorts), len(segments)] == [
        tables[0].count("<tr "), 2 * tables[1].count("<tr "), tables[2].count("<tr "),
    ]  # fmt: skip
    assert parts[0]["packs"] == "press-basics@1.0.0" and (parts[0]["people"], parts[0]["done"]) == ("6", "2")
    assert {row["cohort"] for row in cohorts} == {"autumn"}
    assert cohorts == await taken(op, PATHS["cohorts"], query="?cohort=*")
    assert all(int(row["have"]) + int(row["missing"]) == int(row["people"]) for row in segments)


async def test_what_stands_in_a_row_is_what_the_program_knows(served: Served) -> None:
    await filled(served.office)
    op = Browser(served).as_("op")
    sessions = {row["session_title"]: row for row in await taken(op, PATHS["sessions"])}
    one = sessions["Plant gnp.exe"]
    assert (one["session_start"], one["timezone"]) == ("2026-11-22T17:30+05:30", "Asia/Kolkata")
    assert (one["trainer_name"], one["laptop"], one["site"]) == ("Sam Ortiz", "7q2k", "hall  3")
    assert one["session_id"].endswith("b2eq6258") and one["records"] == "10"
    assert sessions["YARD after a gap"]["findings"] == "1" and "@YARD" in sessions
    laptops = {row["laptop"]: row for row in await taken(op, PATHS["laptops"])}
    assert laptops["9k3m"]["missing_or_odd"].startswith("gap ") and laptops["7q2k"]["missing_or_odd"] == ""
    assert laptops["7q2k"]["last_seen_at"].endswith("+00:00") and laptops["7q2k"]["sessions"] == "2"
    asked_ = {row["question"]: row for row in await taken(op, PATHS["questions"])}
    first = asked_[FORMULA_1]
    assert (first["state"], first["answer"], first["answered_by"]) == ("answered", f"-1 {BRACKETS}", MARKUP)
    assert first["asked_at"].endswith("+05:30") and first["question_id"] == f"{first['session_id']}#3"
    assert asked_[BRACKETS]["state"] == "open" and asked_[BRACKETS]["answered_at"] == ""
    assert "Zoë" not in str(asked_), "who asked is nobody's to see"
    plans = await taken(op, PATHS["planned"])
    assert [row["state"] for row in plans] == ["planned", "planned", "past", "past"]
    assert plans[0]["session_start"] == "2026-11-30T06:00+01:00" and plans[0]["expected"] == "1"
    certificates = await taken(op, PATHS["certificates"])
    assert {row["person_id"] for row in certificates} == {"E1", "YARD1"}
    assert {(row["state"], row["program_title"]) for row in certificates} == {("valid", "Press 4, =both parts")}
    (program,) = await taken(op, PATHS["programs"])
    assert (program["people"], program["ready"], program["gap"]) == ("6", "2", "4")
    assert (await taken(op, PATHS["programs"], "xlsx"))[0]["people"] == 6
    assert isinstance((await taken(op, PATHS["sessions"], "xlsx"))[0]["session_start"], datetime)
    people = await taken(op, PATHS["people"], "xlsx")
    assert {row["name"] for row in people} >= {"Name =2+2", "Name E4"} and people[0]["parts"] in ("1", 1)


async def test_filters_of_the_page_are_those_of_the_file(served: Served) -> None:
    await filled(served.office)
    op = Browser(served).as_("op")
    for k, (name, query, n) in enumerate((
        ("sessions", "site=YARD", 3), ("sessions", "laptop=7Q2K", 2), ("sessions", "since=2026-11-23", 0),
        ("sessions", "until=2026-11-22&site=hall+3", 2), ("sessions", "pack=press-basics", 2),
        ("sessions", "after=1+x", 5),
        ("sessions", "site=%27+OR+1%3D1", 0), ("sessions", "site=%00&after=x", 5), ("sessions", "since=%3Cb%3E", 5),
        ("certificates", "text=name+e", 1), ("certificates", "state=revoked", 0), ("certificates", "program=press4", 2),
        ("certificates", "after=nothing", 2), ("questions", "", 4), ("questions", "show=answered", 2),
        ("questions", "after=9+9+x", 4), ("laptops", "after=zzzz", 3), ("people", "site=yard", 2),
        ("people", "state=ready&site=Hall+3", 1), ("access", "who=nobody", 0), ("access", "session=nothing", 0),
        ("parts", "cohort=%3Cb%3E", 1),
    )):  # fmt: skip
        if name == "laptops":
            n = len(await taken(op, PATHS[name]))
        assert len(await taken(op, PATHS[name], FORMATS[k % 3], f"?{query}")) == n, (name, query)
    lines = await taken(op, PATHS["access"], query="?who=op&before=3")
    assert lines and {row["account"] for row in lines} == {"op"} and {row["what"] for row in lines} == {"export"}
    assert [int(row["no"]) for row in lines] == sorted((int(row["no"]) for row in lines), reverse=True)
    zoe = Browser(served).as_("zoe")
    assert await taken(zoe, PATHS["sessions"], query="?site=Yard") == []


async def test_what_was_taken_is_written_down(served: Served) -> None:
    await filled(served.office)
    zoe = Browser(served).as_("zoe")
    got = await zoe.get("/programs/press4/take/cohorts.csv")
    await zoe.get("/sessions/take/sessions.json?site=Hall+3")
    assert (await zoe.get("/access/take/access.csv")).status == 404
    book = Book(served.office.home.path)
    lines = [(one.who, one.what, one.detail) for one in book.accesses()]
    book.close()
    assert lines == [
        ("zoe", "denied", "/access/take/access.csv"), ("zoe", "export", "sessions.json"),
        ("zoe", "export", "press4 cohorts.csv"),
    ]  # fmt: skip
    first, second = handed.read(served.office.home.path)[-2:]
    assert first.path == "zoe: cohorts-press4-2026-11-22.csv" and first.sha256 == hashlib.sha256(got.raw).hexdigest()
    assert (second.what, second.kind, second.sessions) == ("sessions json", handed.EXPORT, [])


async def test_the_command_line_has_the_calendar_too(served: Served) -> None:
    await filled(served.office)
    home, out = ("--home", str(served.office.home.path), "--on", "2026-11-22"), served.office.folder / "due.ics"

    async def due(*words: str) -> str:
        out.unlink(missing_ok=True)
        said = await asyncio.to_thread(fieldkit, "central", *words, *home, "--as", "ics", "-o", str(out))
        return out.read_bytes().decode() if said.code == 0 else said.talk

    every = await due("due", "--all")
    assert every == (await Browser(served).as_("op").get("/people/take/due.ics?program=press4")).raw.decode()
    assert every.count("BEGIN:VEVENT") == 2 and "\r\nDTSTART;VALUE=DATE:20271122\r\n" in every
    assert "Name YARD1" not in (one := await due("due", "--all", "--site", "hall 3")) and "Name E1" in one
    assert "Nobody in this list has a due date." in await due("due")
    assert await due("due", "--within", "400d") == every, "they are due by then"
    for wrong in ("makeups", "program cohorts press4"):
        assert "There is no format 'ics'." in await due(*wrong.split())


async def test_whoever_was_erased_is_in_no_file(served: Served) -> None:
    await filled(served.office)
    await erase(served.office.home, "all", "E1", [], "request", served.office.now)
    await caught_up(served.office)
    op = Browser(served).as_("op")
    for name, path in PATHS.items():
        assert "Name E1" not in str(await taken(op, path)), name
    assert {row["state"] for row in await taken(op, PATHS["certificates"])} == {"erased", "valid"}


async def test_two_histories_of_a_session_are_said_as_on_the_page(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    start = laptop.session().join("person01", "Ann", "E1")
    logs = [start.join("person02", "Bob", "E2").close(), start.join("person03", "Cy", "E3").close()]
    for log in logs:
        await served.office.take(bundle(log))
    (row,) = (x for x in await taken(Browser(served).as_("op"), PATHS["needs"]) if x["code"] == "fork")
    kept, other = re.findall(r"(?:kept|other) (\d+ [\w+/=]+)", row["detail"])
    assert row["detail"] == f"kept {kept}, other {other}" and kept != other


async def test_all_pages_of_a_long_list_are_in_its_file_each_row_once(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    n = A_PAGE + 7
    logs = [laptop.whole(people=0, site="Hall 3" if k % 3 else "Yard", title=f"S{k}") for k in range(n)]
    await served.office.take(bundle(*logs))
    for who in ("op", "zoe"):
        at, path, origins = Browser(served).as_(who), "/sessions", list[str]()
        while path:
            page = await at.get(path)
            origins += re.findall(r'scope="row"><a href="/s/([^"]+)"', page.html)
            path = next_of(page, "after")
        assert [row["session_id"] for row in await taken(at, PATHS["sessions"])] == origins
        assert len(set(origins)) == len(origins) == (n if who == "op" else n * 2 // 3)
    lines = [(served.office.now, "op", f"10.0.0.{k % 250}", "session", "", f"=x{k}") for k in range(25_000)]
    with sqlite3.connect(served.office.home.path / FILE) as db:
        db.executemany("INSERT INTO access (t, who, peer, what, origin, detail) VALUES (?, ?, ?, ?, ?, ?)", lines)
    db.close()
    got = await Browser(served).as_("aud").get("/access/take/access.csv?who=op")
    assert len(got.raw) > IN_MEMORY, "so that it is sent from a file"
    found = [row["detail"] for row in rows_of("csv", got.raw)]
    assert [x for x in found if x.startswith("'=x")] == [f"'=x{k}" for k in reversed(range(25_000))]
    last = handed.read(served.office.home.path)[-1]
    assert last.sha256 == hashlib.sha256(got.raw).hexdigest()


def test_what_is_long_goes_to_a_file_without_a_name() -> None:
    short, long = Scratch(), Scratch()
    short.write(b"a" * IN_MEMORY)
    pieces = [bytes([k]) * 300_000 for k in range(9)]
    for piece in pieces:
        long.write(piece)
    assert isinstance(short.whole(), io.BytesIO) and short.whole().read() == b"a" * IN_MEMORY
    with long.whole() as file:
        assert file.fileno() > 0 and file.read() == b"".join(pieces)
    assert long.sha256 == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_a_key_of_the_longest_origin_there_is_goes_on_behind_it() -> None:
    """Cut short it would come before itself, and of laptops a list would begin again and again."""
    name = f"{'.'.join(['o' * 60] * 4)}/dev/{'7' * 12}"
    assert pages.wanted_of({"after": f"1795348800000 {name}/000001-7q2k7q2k"}, {}).after == (
        *(1_795_348_800_000, f"{name}/000001-7q2k7q2k"),
    )
    assert pages.query({"after": name, "site": "x" * 999}, "after", "site") == {"after": name, "site": "x" * 200}


def test_times_are_those_of_every_table() -> None:
    assert time_of(0) == time_of(1 << 60) == "" and time_of(1) == "1970-01-01T00:00+00:00"
    assert time_of(1_795_348_800_000, "no/zone") == time_of(1_795_348_800_000)


def test_every_list_and_column_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "tables.md").read_text("utf-8")
    section = text.partition("\n## Lists of head office\n")[2].partition("\n## ")[0]
    rows = {name: row for row, name in re.findall(r"^(\| `([a-z]+)` \|.*)$", section, re.M)}
    assert set(rows) == set(LISTS) == {one.name for one in LISTED}
    for name, columns in LISTS.items():
        said = re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", rows[name].split("|")[3]))
        assert tuple(said) == columns, name
        assert len(head_of(name).kinds) == len(columns)
