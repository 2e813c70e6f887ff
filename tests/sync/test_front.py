"""Head office's pages over TLS: what each role sees, that every number is the export's, and that nothing is markup."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.log import handed
from fieldkit.log.keys import VKey
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import parse_file_note, split_notes
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.export import made
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.listed import A_PAGE
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.sync.digested import caught_up
from tests.sync.fronted import Browser, account, stored
from tests.sync.served import STRANGER, Served, serving

HOSTILE = "Ann [/] Lee"
SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202egnp.exe\u2066"
LONG = "x" * 7_000
FAC = "ld.acme.example/fac/9k3m"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    for name, role, sites, key in (
        ("op", "operator", (), ""),
        ("aud", "auditor", (), ""),
        ("zoe", "supervisor", ("Hall 3", "Plaza Ñ"), ""),
        ("sam", "facilitator", (), FAC),
    ):
        account(office, name, role, *sites, key=key)
    async with serving(office) as one:
        yield one


async def seen(served: Served, name: str, path: str) -> str:
    got = await Browser(served).as_(name).get(path)
    assert got.status == 200, (name, path, got.status)
    return got.html


def origins(page: str) -> list[str]:
    """The sessions that a list links to, in its order."""
    return list(dict.fromkeys(re.findall(r'href="/s/([^"/?]+/dev/[^"/?]+/[^"/?]+)"', page)))


# ---- who sees what ---------------------------------------------------------------------------------------------------


async def test_each_role_sees_its_own_sessions_and_nothing_tells_of_others(served: Served) -> None:
    hall = await stored(served.office, "aaaa", site=" hall  3 ")
    yard = await stored(served.office, "bbbb", site="Yard", fac=FAC)
    square = await stored(served.office, "cccc", site="PLAZA N\u0303")
    gap = Laptop.named("dddd")
    served.office.enrol(gap)
    await served.office.take(bundle(gap.whole(seq=3, site="Yard")))
    await caught_up(served.office)
    every = {hall.origin, yard.origin, square.origin}
    theirs = {"op": every, "aud": every, "zoe": {hall.origin, square.origin}, "sam": {yard.origin}}
    for name, mine in theirs.items():
        listed = set(origins(await seen(served, name, "/sessions")))
        assert listed - {gap.last.origin} == mine, name  # type: ignore[union-attr]
        browser = Browser(served).as_(name)
        for origin in every:
            for path in ("", "/records", "/record/1", "/take/attendance.csv", "/take/attendance.csv.note"):
                got = await browser.get(f"/s/{origin}{path}")
                assert got.status == (200 if origin in mine else 404), (name, origin, path)
                if origin not in mine:
                    never = await browser.get(f"/s/{origin[:-1]}0{path}")
                    same = [re.sub(r"(to|lang)=[^\"]*|/s/[^\"]*", "", x.html) for x in (got, never)]
                    assert same[0] == same[1], "as if it were not there"
        needs = await seen(served, name, "/")
        assert ("gap" in needs) == (name in ("op", "aud")), name
        for path, allowed in (("/laptops", name != "sam"), ("/access", name in ("op", "aud"))):
            assert (await browser.get(path)).status == (200 if allowed else 404), (name, path)
    assert "Yard" not in await seen(served, "zoe", "/sessions") and "bbbb" not in await seen(served, "zoe", "/laptops")
    assert "fieldkit central" not in await seen(served, "aud", "/"), "an auditor has nothing to do here"


async def test_a_site_laptop_or_day_narrows_the_list_and_never_widens_it(served: Served) -> None:
    await stored(served.office, "aaaa", site="Hall 3")
    yard = await stored(served.office, "bbbb", site="Yard")
    for query, found in (
        ("site=YARD", 1),
        ("site=yard&laptop=bbbb", 1),
        ("laptop=BBBB", 1),
        (f"laptop={yard.signer.name}", 1),
        ("laptop=aaaa&site=yard", 0),
        ("since=2026-11-22&until=2026-11-22", 2),
        ("since=2026-11-23", 0),
        ("until=2026-11-21", 0),
        ("since=no+day&until=99999-99-99", 2),
        ("site=%27+OR+1%3D1+--", 0),
        ("site=%25", 0),
        ("after=zzz", 2),
        ("after=999999999999999+x", 2),
        ("site=" + "y" * 900, 0),
    ):
        assert len(origins(await seen(served, "op", f"/sessions?{query}"))) == found, query
    assert origins(await seen(served, "zoe", "/sessions?site=Yard")) == []


async def test_many_sessions_come_page_by_page_each_once_and_the_newest_first(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    logs = [laptop.whole(people=0, site="Hall 3" if k % 3 else "Yard") for k in range(2 * A_PAGE + 7)]
    await served.office.take(bundle(*logs))
    for name, mine in (("op", len(logs)), ("zoe", sum(1 for k in range(len(logs)) if k % 3))):
        found: list[str] = []
        path = "/sessions"
        while path:
            page = await seen(served, name, path)
            assert len(origins(page)) <= A_PAGE
            found += origins(page)
            links = re.findall(r'class="go" href="(/sessions\?[^"]*after=[^"]+)"', page)
            path = html.unescape(links[-1]) if links else ""
        assert len(found) == len(set(found)) == mine
    more = laptop.whole(site="Yard")
    await served.office.take(bundle(more))
    assert more.origin in origins(await seen(served, "op", "/sessions?site=Yard&laptop=7q2k"))


# ---- a session, its records, its exports -----------------------------------------------------------------------------


async def test_a_session_shows_the_numbers_of_its_export_and_each_leads_to_its_records(served: Served) -> None:
    log = await stored(served.office, site="Hall 3", fac=FAC)
    page = await seen(served, "zoe", f"/s/{log.origin}")
    db = await served.office.home.database()
    try:
        whole = await made(db, served.office.home, log.origin, "attendance", "csv", ",", NOON)
    finally:
        await db.close()
    rows = list(csv.DictReader(io.StringIO(whole.data.decode("utf-8-sig"))))
    assert len(rows) == 2
    for row in rows:
        assert row["name"] in page and row["person_id"] in page and f">{row['minutes_present']}</a>" in page
    assert "<bdi>2</bdi> of <bdi>2</bdi>" in page.replace("2 of 2", "<bdi>2</bdi> of <bdi>2</bdi>")
    assert "Sam Ortiz" in page and "2026-11-22 12:00" in page
    link = re.search(r'href="(/s/[^"]+/records\?p=person00)"', page)
    assert link is not None
    about = await seen(served, "zoe", link[1])
    assert re.findall(r"/record/(\d+)", about) == ["2"] and "person.join" in about
    every = await seen(served, "zoe", f"/s/{log.origin}/records")
    assert [int(i) for i in re.findall(r"/record/(\d+)\"", every)] == list(range(log.size))
    assert log.checkpoint().decode().splitlines()[2] in page, "the signed root"
    assert page.count("✓ good") == 2 and "head office, when it received it" in page


async def test_statements_have_a_note_and_no_proofs(served: Served) -> None:
    log = await stored(served.office, site="Hall 3")
    db = await served.office.home.database()
    try:
        for as_, proved in (("csv", True), ("json", True), ("xapi", False)):
            whole = await made(db, served.office.home, log.origin, "attendance", as_, ",", NOON)
            assert whole.data and bool(whole.proofs) == proved, as_
    finally:
        await db.close()


async def test_a_record_is_shown_with_its_leaf_its_way_to_the_root_and_who_signed(served: Served) -> None:
    log = await stored(served.office, site="Hall 3")
    for i in range(log.size):
        page = await seen(served, "op", f"/s/{log.origin}/record/{i}")
        assert html.unescape(page).count(log.lines[i].decode()) == 1
        assert leaf_hash(log.lines[i]).hex() in page and "Checked just now" in page and page.count("✓ good") == 2
    assert "Person 0" in await seen(served, "op", f"/s/{log.origin}/record/2")
    browser = Browser(served).as_("op")
    for i in (str(log.size), "99999999", "-1", "1.5", "1/..", "%D9%A3"):
        assert (await browser.get(f"/s/{log.origin}/record/{i}")).status in (400, 404), i


@pytest.mark.of_the_file
async def test_a_line_that_was_changed_in_the_database_is_told(served: Served) -> None:
    import sqlite3

    log = await stored(served.office)
    db = sqlite3.connect(served.office.home.path / "central.db")
    db.execute("UPDATE record SET line = ? WHERE i = 2", (log.lines[2].replace(b'"walkin":true', b'"walkin":false'),))
    db.commit()
    db.close()
    page = await seen(served, "op", f"/s/{log.origin}/record/2")
    assert "the database was changed" in page and "Checked just now" not in page


async def test_a_table_from_the_page_has_the_bytes_of_the_command_line_with_note_and_receipts(served: Served) -> None:
    log = await stored(served.office, site="Hall 3")
    browser = Browser(served).as_("zoe")
    db = await served.office.home.database()
    try:
        for what, as_ in (("attendance", "csv"), ("pacing", "json"), ("results", "csv"), ("attendance", "pdf")):
            whole = await made(db, served.office.home, log.origin, what, as_, ",", NOON)
            got = await browser.get(f"/s/{log.origin}/take/{what}.{as_}")
            name = f"{log.origin.rpartition('/')[2]}-{what}.{as_}"
            assert got.raw == whole.data and got.headers["content-disposition"] == f'attachment; filename="{name}"'
            note = await browser.get(f"/s/{log.origin}/take/{what}.{as_}.note")
            office = [VKey.parse(str(key.vkey)) for key in served.office.home.trust().of("office")]
            read, _ = parse_file_note(note.raw, office)
            assert read.name == name and read.sources[0].origin == log.origin
            import hashlib

            assert read.sha256 == hashlib.sha256(got.raw).hexdigest()
    finally:
        await db.close()
    proofs = await browser.get(f"/s/{log.origin}/take/attendance.csv.proofs")
    assert len(split_notes(proofs.raw)) >= 2
    for bad in (
        "attendance.exe",
        "nothing.csv",
        "all.csv",
        "results.csv.proofs",
        "attendance.pdf.proofs",
        "results.pdf",
        "attendance.csv.bak",
        "../central.toml",
    ):
        assert (await browser.get(f"/s/{log.origin}/take/{bad}")).status in (400, 404), bad
    given = handed.read(served.office.home.path)
    assert len(given) == 4 and all(one.path.startswith("zoe: ") and one.sessions == [log.origin] for one in given)


async def test_who_was_erased_is_on_no_page(served: Served) -> None:
    log = await stored(served.office, site="Hall 3")
    before = await seen(served, "op", f"/s/{log.origin}")
    assert "Person 0" in before and "Person 1" in before
    await erase(served.office.home, log.origin, "person00", [], "request", served.office.now)
    await erase(served.office.home, log.origin, "", [0], "request", served.office.now)
    for path in ("/sessions", f"/s/{log.origin}", f"/s/{log.origin}/records?p=person00", f"/s/{log.origin}/record/2"):
        page = await seen(served, "op", path)
        assert "Person 0" not in page and "Sam Ortiz" not in page, path
    assert "(erased)" in await seen(served, "op", f"/s/{log.origin}/record/2")
    assert "Person 1" in await seen(served, "op", f"/s/{log.origin}")
    assert "(erased)" in await seen(served, "op", "/sessions")


# ---- what needs a person, laptops ------------------------------------------------------------------------------------


async def test_what_needs_a_person_is_listed_with_what_to_do(served: Served) -> None:
    assert "Nothing needs a person." in await seen(served, "aud", "/")
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    one = laptop.session(2).join("person01", "Ann", "A1").close()
    other = laptop.session(2).join("person01", "Bo", "B1").close()
    await served.office.take(bundle(one), bundle(other), bundle(STRANGER.whole()))
    page = await seen(served, "op", "/")
    for said in (
        "This laptop signed two different histories of one session",
        "Sessions of this laptop have not arrived.",
        "A session was held: it is not stored until somebody decides.",
        f"fieldkit central resolve {one.origin.rpartition('/')[2]} --keep",
        "unknown-device",
    ):
        assert said in html.unescape(page), said
    assert "Ann" not in page and "A1" not in page
    assert "gap" in await seen(served, "op", "/laptops") and "7q2k" in await seen(served, "op", "/laptops")
    served.office.now += 20 * 86_400
    assert "20 days ago" in await seen(served, "op", "/laptops")
    served.office.now += 90 * 86_400
    assert "The trust list has expired" in await seen(served, "op", "/")


# ---- hostile text ----------------------------------------------------------------------------------------------------


async def test_asvs_1_2_1_and_1_2_4_hostile_names_and_titles_are_text_on_every_page(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    log = laptop.session(title=f"{SCRIPT}{TURNED}", site=f'"><img src=x>{HOSTILE}', tz="../../etc/passwd")
    for k, name in enumerate((HOSTILE, SCRIPT, TURNED, LONG, "{{ 7*7 }}", "'; DROP TABLE session; --")):
        log = log.join(f"person{k:02d}", name, f"=cmd|{k}")
    log = log.close()
    outcome = await served.office.take(bundle(log))
    assert outcome[0].taken, outcome
    for path in (
        "/sessions",
        f"/s/{log.origin}",
        f"/s/{log.origin}/records",
        *(f"/s/{log.origin}/record/{i}" for i in range(log.size)),
        "/laptops",
        "/",
        "/access",
        "/sessions?site=%22%3E%3Cscript%3E&laptop=%E2%80%AE",
        "/access?who=%3Cscript%3E",
    ):
        page = await seen(served, "op", path)
        assert "<script" not in page and "<img" not in page, path
        assert not set("\u202e\u2066\x1b") & set(page), path
        assert max(map(len, page.splitlines())) < 30_000 and "49" not in re.findall(r">(49)<", page)
    page = await seen(served, "op", f"/s/{log.origin}")
    assert f"<bdi>{HOSTILE}</bdi>" in page and "<bdi>{{ 7*7 }}</bdi>" in page
    assert "x" * 200 not in page, "a page stays readable"
    sent = await Browser(served).as_("op").get(f"/s/{log.origin}/take/attendance.csv")
    assert sent.status == 200 and sent.headers["content-type"].startswith("text/csv")


async def test_kinds_of_a_later_release_are_listed_with_their_proof(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    log = laptop.session().add("brand.new", {"x": {"y": [1, 2]}}).add("segment.enter", {"segment": 7}).close()
    await served.office.take(bundle(log))
    page = await seen(served, "op", f"/s/{log.origin}")
    assert "Proof" in page and page.count("✓ good") == 2
    assert "brand.new" in await seen(served, "op", f"/s/{log.origin}/records")
    assert "Checked just now" in await seen(served, "op", f"/s/{log.origin}/record/1")


async def test_what_a_sessions_policy_locks_is_on_no_page_and_in_no_file(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    for policy, kept in (({"locked": ["attendance"]}, "Person 7"), ({"profile": "roster"}, "nothing")):
        log = laptop.session(site="Hall 3", policy=policy).join("person07", "Person 7", "E7").close()
        await served.office.take(bundle(log))
        zoe = Browser(served).as_("zoe")
        page = (await zoe.get(f"/s/{log.origin}")).html
        locked = policy.get("locked") == ["attendance"]
        assert kept not in page and ("Person 7" in page) != locked and "locked by the policy" in page
        assert (await zoe.get(f"/s/{log.origin}/take/attendance.csv")).status == (404 if locked else 200)
        assert (await zoe.get(f"/s/{log.origin}/take/answers.csv")).status == (200 if locked else 404)
        for path in ("/records", "/records?p=person07", "/record/1"):
            got = await zoe.get(f"/s/{log.origin}{path}")
            assert "keeps its single records back" in got.text and "Person 7" not in got.html and "E7" not in got.html
        assert "Person 7" in await seen(served, "op", f"/s/{log.origin}/record/1")


# ---- languages, and several servers ----------------------------------------------------------------------------------


async def test_the_pages_speak_spanish_to_whoever_asks_for_it(served: Served) -> None:
    log = await stored(served.office)
    one = Browser(served).as_("op")
    got = await one.get("/", "Accept-Language: es-MX,es;q=0.9")
    assert "Nada necesita a una persona." in got.html and '<html lang="es"' in got.html
    got = await one.get("/sessions?site=yard&lang=es")
    assert (got.status, got.to) == (303, "/sessions?site=yard")
    page = (await one.get(f"/s/{log.origin}")).html
    assert "Asistencia" in page and "tarde" in page and "Attendance" not in page
    assert (await one.get("/?lang=xx")).status == 404


async def test_an_address_where_nothing_is_answers_a_browser_with_a_page_and_a_program_with_a_reason(
    served: Served,
) -> None:
    for path in ("/nothing", "/v1/nothing", "/%3Cb%3E?lang=es", "/..%2fkeys"):
        page = await Browser(served).get(path, "Accept: text/html,*/*", "Accept-Language: es")
        assert page.status == 404 and "Aquí no hay nada" in page.text
        assert page.headers["content-type"].startswith("text/html")
        assert "<b>" not in page.html and "default-src 'none'" in page.headers["content-security-policy"]
        other = await Browser(served).get(path)
        assert other.status == 404 and b'"not-found"' in other.raw
    assert b"not-found" in (await Browser(served).ask("PUT", "/nothing", b"", "Accept: text/html")).raw


async def test_two_servers_on_one_folder_know_each_others_log_ins(served: Served) -> None:
    async with serving(served.office) as other:
        one = Browser(served).as_("op")
        there = Browser(other, dict(one.jar))
        assert (await there.get("/sessions")).status == 200
        form = (await there.get("/")).form
        await there.post("/logout", {"form": form})
        assert (await one.get("/")).status == 303
    book = Book(served.office.home.path)
    assert [x.what for x in book.accesses(who="op")].count("out") == 1
