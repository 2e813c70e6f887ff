"""The door of head office's pages, requirement by requirement of OWASP ASVS 5.0 (the number is in each name)."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.sync.central.front import passwords
from fieldkit.sync.central.front.book import FILE, IDLE_S, LONGEST_S, MOST_LOGINS, Access, Book
from fieldkit.sync.central.front.entry import KNOWN, LOGIN, Entry, form_is_ours, form_token, local
from fieldkit.sync.central.guesses import FREE
from tests.kit.central import NOON, Office
from tests.sync.fronted import WORD, Browser, account, quick, stored
from tests.sync.served import Served, serving


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    account(office, "op")
    account(office, "zoe", "supervisor", "Hall 3")
    async with serving(office) as one:
        yield one


@pytest.fixture
def book(served: Served) -> Book:
    return Book(served.office.home.path)


PAGES = ("/", "/sessions", "/laptops", "/access", "/account", "/s/a.b/dev/7q2k/000001-abcdefgh")


async def test_asvs_8_2_1_nothing_is_shown_to_somebody_who_is_not_logged_in(served: Served) -> None:
    log = await stored(served.office)
    for path in (*PAGES, f"/s/{log.origin}", f"/s/{log.origin}/record/1", f"/s/{log.origin}/take/attendance.csv"):
        for jar in ({}, {LOGIN: "x" * 32}, {LOGIN: ""}, {LOGIN: "' OR 1=1 --"}):
            got = await Browser(served, dict(jar)).get(path)
            assert (got.status, got.raw) == (303, b"") and got.to.startswith("/login"), path


async def test_asvs_7_2_4_and_7_2_3_a_log_in_has_a_new_random_cookie_and_the_old_one_ends(
    served: Served, book: Book
) -> None:
    one = Browser(served)
    await one.get("/login")
    one.jar[LOGIN] = "chosen-by-somebody-else-1234567890"
    got = await one.log_in("op")
    assert got.status == 303 and got.to == "/"
    first = one.jar[LOGIN]
    assert first != "chosen-by-somebody-else-1234567890" and len(first) == 32
    assert (await one.get("/")).status == 200
    again = Browser(served)
    form = (await again.get("/login")).form
    again.jar[LOGIN] = first
    await again.post("/login", {"name": "op", "password": WORD, "form": form})
    assert again.jar[LOGIN] != first
    assert (await Browser(served, {LOGIN: first}).get("/")).status == 303, "the one that came along has ended"
    raw = (served.office.home.path / FILE).read_bytes() + (served.office.home.path / f"{FILE}-wal").read_bytes()
    assert first.encode() not in raw and again.jar[LOGIN].encode() not in raw, "only its hash is kept"
    assert book.login("chosen-by-somebody-else-1234567890", NOON) is None


async def test_asvs_3_3_1_to_3_3_4_cookies_are_bound_to_this_host_and_hidden_from_scripts(served: Served) -> None:
    got = await Browser(served).log_in("op")
    assert len(got.cookies) == 2
    for one in [*got.cookies, *(await Browser(served).get("/login")).cookies]:
        assert one.startswith("__Host-fk-") and "Domain" not in one and len(one) < 4096
        assert all(part in one.split("; ") for part in ("Path=/", "HttpOnly", "Secure", "SameSite=Lax"))


async def test_asvs_7_3_1_and_7_3_2_a_log_in_ends_when_nobody_is_there_and_after_a_shift(
    served: Served, book: Book
) -> None:
    one = Browser(served).as_("op")
    for _ in range(LONGEST_S // (IDLE_S - 60)):
        served.office.now += IDLE_S - 60
        if served.office.now - NOON >= LONGEST_S:
            break
        assert (await one.get("/account")).status == 200
    served.office.now = NOON + LONGEST_S
    assert (await one.get("/account")).status == 303, "after a shift, however busy"
    idle = Browser(served).as_("op")
    served.office.now += IDLE_S
    assert (await idle.get("/account")).status == 303
    served.office.now -= IDLE_S
    assert (await idle.get("/account")).status == 303, "what ended does not come back with the clock"
    early = book.begin("op", served.office.now, "")
    assert book.login(early, served.office.now - 3600) is None, "nor is it good before it began"


async def test_asvs_7_4_1_logging_out_ends_it_here_and_at_the_server(served: Served) -> None:
    one = Browser(served).as_("op")
    cookie = one.jar[LOGIN]
    page = await one.get("/")
    assert page.headers["cache-control"] == "no-store" and 'action="/logout"' in page.html
    got = await one.post("/logout", {"form": page.form})
    assert got.to == "/login" and LOGIN not in one.jar
    assert (await Browser(served, {LOGIN: cookie}).get("/")).status == 303


async def test_asvs_7_4_2_and_8_3_2_who_is_removed_or_has_less_to_see_is_so_at_once(served: Served, book: Book) -> None:
    one = Browser(served).as_("op")
    assert (await one.get("/access")).status == 200
    book.set_role("op", "supervisor", ("Yard",), "")
    assert (await one.get("/access")).status == 404
    book.remove("op")
    assert (await one.get("/")).status == 303


async def test_asvs_6_2_2_6_2_3_and_7_4_3_a_new_password_asks_for_the_old_and_ends_every_log_in(
    served: Served, book: Book
) -> None:
    here, there = Browser(served).as_("op"), Browser(served).as_("op")
    form = (await here.get("/account")).form
    new = "another four quiet things"
    for old, first, again, said in (
        (WORD, "short", "short", "15 characters or more"),
        (WORD, "ld.acme.example op password", "ld.acme.example op password", "easily guessed"),
        (WORD, new, new + "x", "not twice the same"),
        ("wrong", new, new, "password of today is not right"),
        ("", new, new, "password of today is not right"),
    ):
        got = await here.post("/account", {"form": form, "old": old, "new": first, "again": again})
        assert got.status == 200 and said in got.text and (await there.get("/")).status == 200
    got = await here.post("/account", {"form": form, "old": WORD, "new": new, "again": new})
    assert got.status == 303 and got.to == "/login?said=changed"
    assert (await here.get("/")).status == (await there.get("/")).status == 303
    assert passwords.right(new, book.account("op")[1])  # type: ignore[index]


async def test_asvs_6_4_1_a_password_that_was_made_opens_nothing_but_the_choice_of_another(
    served: Served, book: Book
) -> None:
    account(served.office, "new", first=True)
    one = Browser(served).as_("new")
    for path in PAGES:
        got = await one.get(path)
        assert (got.status, got.to) == ((200, "") if path == "/account" else (303, "/account"))
    known = book.account("new")
    assert known is not None
    book.set_password("new", known[1], first=True, until=NOON)
    got = await Browser(served).log_in("new")
    assert got.status == 401 and "too old" in got.text
    assert {passwords.made() for _ in range(20)}.__len__() == 20 and not passwords.weak(passwords.made(), "new")


async def test_asvs_3_5_1_and_3_5_3_a_form_that_was_not_made_here_changes_nothing(served: Served, book: Book) -> None:
    one, other = Browser(served).as_("op"), Browser(served).as_("zoe")
    good, foreign = (await one.get("/")).form, (await other.get("/")).form
    for form, more in (
        ("", ()),
        ("0" * 64, ()),
        (foreign, ()),
        (good, ("Sec-Fetch-Site: cross-site",)),
        (good, ("Sec-Fetch-Site: same-site",)),
    ):
        for path, fields in (
            ("/logout", {"all": "1"}),
            ("/account", {"old": WORD, "new": "x" * 20, "again": "x" * 20}),
        ):
            assert (await one.post(path, {"form": form, **fields}, *more)).status == 403
    assert (await one.get("/logout")).to == "/" and (await one.get("/")).status == 200, "a link logs nobody out"
    login = Browser(served)
    form = (await login.get("/login")).form
    got = await Browser(served).post("/login", {"name": "op", "password": WORD, "form": form})
    assert got.status == 403 and LOGIN not in str(got.cookies), "nobody is logged in to somebody else's account"
    assert [x.what for x in book.accesses(who="op")].count("forged") == 10
    assert form_is_ours("c", form_token("c"), "same-origin") and not form_is_ours("", form_token(""), "")


async def test_asvs_6_3_1_guessing_slows_down_and_keeps_nobody_out_who_was_here_before(
    served: Served, book: Book
) -> None:
    """By the counting itself: no test waits for fifteen minutes."""
    ticks = [0.0]
    entry = Entry(lambda: ticks[0])
    known = entry.attempt(book, "op", WORD, "", "", "10.0.0.1", NOON).known
    tried = [entry.attempt(book, "op", f"guess {k}", "", "", f"10.9.{k}.1", NOON) for k in range(FREE + 1)]
    assert not any(x.account or x.wait for x in tried)
    stopped = entry.attempt(book, "op", WORD, "", "", "10.9.200.1", NOON)
    assert 0 < stopped.wait <= 11 and stopped.account is None, "also for the right one: else it would be an oracle"
    mine = entry.attempt(book, "op", WORD, known, "", "10.0.0.1", NOON)
    assert mine.account is not None and mine.known == "", "the browser that logged in before is not slowed"
    assert entry.attempt(book, "zoe", "x", "", "", "10.0.0.9", NOON).wait == 0, "nor is anybody else"
    ticks[0] += stopped.wait
    assert entry.attempt(book, "op", WORD, "", "", "10.9.200.1", NOON).account is not None
    for k in range(FREE + 1):
        account(served.office, f"name{k}")
        entry.attempt(book, f"name{k}", "x", "", "", "10.1.1.1", NOON)
    assert entry.attempt(book, "zoe", WORD, "", "", "10.1.1.1", NOON).wait > 0, "one address tries many names"
    assert {x.what for x in book.accesses()} >= {"in", "refused", "slowed"}


async def test_asvs_6_3_1_who_guesses_keeps_nobody_out_who_shares_the_address(served: Served, book: Book) -> None:
    """A site has one address: a browser in which the owner was before waits for its own wrong words alone."""
    ticks = [0.0]
    entry = Entry(lambda: ticks[0])
    known = entry.attempt(book, "zoe", WORD, "", "", "10.0.0.1", NOON).known
    for _ in range(FREE + 3):
        entry.attempt(book, "op", "guess", "", "", "10.0.0.1", NOON)
    assert entry.attempt(book, "op", WORD, "", "", "10.0.0.1", NOON).wait > 0
    assert entry.attempt(book, "zoe", WORD, "", "", "10.0.0.1", NOON).wait > 0, "in a browser that is new to her"
    assert entry.attempt(book, "op", WORD, known, "", "10.0.0.1", NOON).wait > 0, "it is known for her name alone"
    assert entry.attempt(book, "zoe", WORD, known, "", "10.0.0.1", NOON).account is not None
    for _ in range(FREE + 1):
        entry.attempt(book, "zoe", "guess", known, "", "10.0.0.1", NOON)
    assert entry.attempt(book, "zoe", WORD, known, "", "10.0.0.1", NOON).wait > 0, "and is no free way to guess"


async def test_asvs_16_2_1_one_line_tells_of_a_wait_however_often_somebody_tries(served: Served, book: Book) -> None:
    ticks = [0.0]
    entry = Entry(lambda: ticks[0])
    for n in range(1, 4):
        while not (tried := entry.attempt(book, "op", "guess", "", "", "10.0.0.1", NOON)).wait:
            pass
        for name in ("op", "nobody", "zoe") * 30:
            assert entry.attempt(book, name, "guess", "", "", "10.0.0.1", NOON).wait > 0
        assert [x.what for x in book.accesses()].count("slowed") == n
        ticks[0] += tried.wait
    assert [x.what for x in book.accesses()].count("refused") == FREE + 3


NO = "%C2%B2"
"""A digit that is no number: ²."""


@pytest.mark.parametrize(
    "path",
    [
        *("/login?to=//[", "/login?to=https://[::", f"/access?before={NO}", f"/sessions?after={NO}%20x"),
        *(f"/s/{{}}/records?from={NO}", f"/s/{{}}/record/{NO}", f"/sessions?since=0000-01-01&until={NO}"),
        *(f"/questions?after={NO}%201%20x", f"/laptops?after={NO}", f"/access?before={'9' * 300}"),
    ],
)
async def test_what_is_no_number_and_no_address_is_no_mistake_of_ours(served: Served, path: str) -> None:
    log = await stored(served.office)
    for browser in (Browser(served), Browser(served).as_("op")):
        got = await browser.get(path.format(log.origin))
        assert got.status in (200, 303, 404), path
    assert local("//[") == local("https://[") == "/"


async def test_asvs_6_3_8_a_name_that_does_not_exist_answers_like_one_that_does(served: Served, book: Book) -> None:
    answers = [await Browser(served).log_in(name, "wrong words here") for name in ("op", "nobody-of-that-name")]
    assert [x.status for x in answers] == [401, 401]
    same = [re.sub(r'value="[^"]*"', "", x.html) for x in answers]
    assert same[0] == same[1]
    assert {x.who for x in book.accesses() if x.what == "refused"} == {"op", "?"}, "what was typed is not kept"
    assert passwords.right("anything", None) is False
    assert (passwords.NOBODY.n, passwords.NOBODY.r, passwords.NOBODY.p) == (passwords.N, passwords.R, passwords.P)


def test_asvs_6_2_1_6_2_5_and_6_2_9_a_password_is_judged_by_its_length_and_what_everybody_tries() -> None:
    good = (
        "correct horse battery",
        "ñandú çedilha größe",
        "x7!kQ#v9$Lm2@Wp5",
        "t" + "he rain in spain " * 8,
        "日本語のながいあいことばだよ、ほんとう",
    )
    assert [passwords.weak(one, "op", "ld.acme.example") for one in good] == [""] * len(good)
    bad = ("", "x" * 14, "a" * 40, "abcabcabcabcabcabc", "123456789012345678", "passwordpassword1", "fieldkit training")
    assert all(passwords.weak(one, "op") for one in bad) and passwords.weak("ab cd ef gh " * 30) == "long"


def test_asvs_6_2_8_a_password_counts_to_its_last_sign() -> None:
    one = quick("Four quiet words here ")
    assert passwords.right("Four quiet words here ", one)
    assert not passwords.right("Four quiet words here", one) and not passwords.right("four quiet words here ", one)


async def test_asvs_11_4_2_what_lies_on_the_disk_is_no_password(served: Served, book: Book) -> None:
    path = served.office.home.path / FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    db = sqlite3.connect(path)
    rows = db.execute("SELECT salt, digest FROM account").fetchall()
    db.close()
    assert all(len(salt) == 16 and len(digest) == 32 for salt, digest in rows) and len({x for x, _ in rows}) == 2
    assert WORD.encode() not in path.read_bytes()
    full = passwords.hashed(WORD)
    assert (full.n, full.r, full.p) == (1 << 15, 8, 3) and passwords.right(WORD, full)


async def test_asvs_16_3_1_16_3_2_and_16_4_2_who_looked_at_what_is_only_added_to(served: Served, book: Book) -> None:
    log = await stored(served.office, site="Hall 3")
    other = await stored(served.office, "8q2k", site="Yard")
    one = Browser(served).as_("zoe")
    for path in (f"/s/{log.origin}", f"/s/{log.origin}/record/2", f"/s/{log.origin}/take/attendance.csv"):
        assert (await one.get(path)).status == 200
    assert (await one.get(f"/s/{other.origin}")).status == (await one.get("/access")).status == 404
    seen = [(x.what, x.origin, x.detail) for x in reversed(book.accesses(who="zoe"))]
    assert seen == [
        ("session", log.origin, ""),
        ("record", log.origin, "2"),
        ("export", log.origin, "attendance.csv"),
        ("denied", other.origin, ""),
        ("denied", "", "/access"),
    ]
    assert all(x.peer == "127.0.0.1" and x.t == served.office.now for x in book.accesses(who="zoe"))
    db = sqlite3.connect(served.office.home.path / FILE)
    for sql in (
        "DELETE FROM access",
        "UPDATE access SET who = 'x'",
        "INSERT OR REPLACE INTO access SELECT * FROM access",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            db.execute("PRAGMA recursive_triggers = ON")
            db.execute(sql)
    db.close()


async def test_asvs_16_4_1_a_line_of_the_access_log_cannot_be_forged_by_what_is_asked(
    served: Served, book: Book
) -> None:
    one = Browser(served).as_("op")
    await one.get("/s/x.y/dev/a/000001-a%0aop%20in")
    await one.get("/%1b[2J%e2%80%ae")
    await one.get("/access?who=%27%20OR%201%3D1&session=%3Cscript%3E&before=9999999999999999999999")
    page = await one.get("/access")
    assert "<script" not in page.html and "\x1b" not in page.html and "\u202e" not in page.html
    book.note(Access(NOON, "op", "p" * 900, "odd", "", "d" * 900))
    assert len(book.accesses()[0].peer) == 64 and len(book.accesses()[0].detail) == 200


async def test_asvs_3_4_1_to_3_4_6_every_answer_bears_the_headers_that_browsers_heed(served: Served) -> None:
    one = Browser(served).as_("op")
    got = await one.get("/")
    sheet = re.search(r'href="(/front-[0-9a-f]{12}\.css)"', got.html)
    assert sheet is not None
    for path in ("/", "/login", "/nothing-here/s/", "/s/none", sheet[1], "/sessions?site=%3Cb%3E"):
        answer = await one.get(path)
        if path == "/nothing-here/s/":
            continue
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "base-uri 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script" not in policy and "unsafe" not in policy and "object-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "<script" not in answer.html and " style=" not in answer.html and " onclick" not in answer.html
        assert "access-control-allow-origin" not in headers


def test_asvs_3_7_2_a_log_in_leads_to_a_page_of_ours_only() -> None:
    outside = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)")
    for to in (*outside, "/x\r\nSet-Cookie: a", "/login", "/logout", "", "x", "/" * 2000, "\u202e/"):
        assert local(to) == "/", to
    assert local("/sessions?site=Hall+3") == "/sessions?site=Hall+3"


async def test_asvs_16_5_1_what_is_broken_is_said_in_a_sentence_and_nothing_else(served: Served) -> None:
    one = Browser(served).as_("op")
    path = served.office.home.path / "trust.note"
    raw = path.read_bytes()
    path.write_bytes(b"not a note")
    got = await one.get("/sessions")
    assert got.status == 503 and "Try again later" in got.text and "central" not in got.text
    path.write_bytes(raw)
    assert (await one.get("/sessions")).status == 200
    big = await one.ask("POST", "/login", b"x" * 40_000, "Content-Type: application/x-www-form-urlencoded")
    assert big.status == 413
    assert (await one.ask("PUT", "/sessions")).status == (await one.ask("POST", "/sessions")).status == 405


async def test_asvs_16_5_2_and_16_5_3_a_database_that_is_gone_shows_nothing_and_comes_back(served: Served) -> None:
    log = await stored(served.office)
    one, path = Browser(served).as_("op"), served.office.home.path / "central.db"
    assert (await one.get(f"/s/{log.origin}")).status == 200
    away = [(x, x.with_name(f"away-{x.name}")) for x in path.parent.glob("central.db*")]
    for here, there in away:
        here.rename(there)
    for page in ("/", "/sessions", f"/s/{log.origin}", f"/s/{log.origin}/take/attendance.csv"):
        got = await one.get(page)
        assert got.status == 503 and got.headers["retry-after"] and "Person" not in got.html, page
    for here, there in away:
        there.rename(here)
    assert (await one.get(f"/s/{log.origin}")).status == 200


async def test_asvs_7_1_2_many_log_ins_of_one_account_end_the_oldest(served: Served, book: Book) -> None:
    tokens = [book.begin("op", NOON + k, "") for k in range(MOST_LOGINS + 2)]
    alive = [book.login(token, NOON + 60) is not None for token in tokens]
    assert alive == [False, False, *[True] * MOST_LOGINS]
    assert book.end_all("op") == MOST_LOGINS and book.login(tokens[-1], NOON + 60) is None
    assert not book.knows("", "op", NOON) and not book.knows(book.know("zoe", NOON), "op", NOON)
    one = Browser(served, {LOGIN: "a", KNOWN: "b"})
    one.jar[f"x; {LOGIN}"] = "c"
    assert (await one.get("/")).status == 303, "two cookies of one name: neither counts"
