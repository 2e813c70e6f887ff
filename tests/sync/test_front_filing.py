"""A supervisor files the attendance of an evening: three presses, a line in the access log, the sheets in one file."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fieldkit.log import handed
from fieldkit.log.line import canonical
from fieldkit.log.names import b64
from fieldkit.sync.central.desk_said import believed
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.export import made
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.front.look import brief, look, may
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.resolve import resolve
from fieldkit.sync.central.sheets import Sheets
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.fronted import WORD, Browser, Got, account
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import correct, with_desk

TITLE = "Ann [/] Lee <b>\u202e"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    account(office, "zoe", "supervisor", "Hall 3")
    account(office, "yan", "supervisor", "Yard")
    account(office, "op", "operator")
    async with serving(office) as one:
        yield one


async def session(office: Office, laptop: str = "7q2k", *, site: str = "Hall 3", ended: bool = True) -> Log:
    one = Laptop.named(laptop)
    office.enrol(one)
    log = one.session(1, site=site, title=TITLE).join("person00", "Zoë Álvarez", "E1").join("person01", "=1+1", "E2")
    log = log.close() if ended else log
    await office.take(bundle(log))
    return log


def filings(served: Served) -> list[tuple[str, str, str]]:
    book = Book(served.office.home.path)
    found = [(one.who, one.origin, one.detail) for one in book.accesses() if one.what == "filed" and one.origin]
    book.close()
    return found


def mark(log: Log, corrections: int) -> str:
    """What the access log keeps of a sheet: how long the log was, what lay over it, which history it was."""
    return f"{log.size}.{corrections}.{log.root.hex()[:16]}"


def asked(page: Got) -> list[str]:
    """What the last button of a page files: all of them, or the one there is."""
    return re.findall(r'name="sessions" value="([^"]*)"', page.html)[-1].split()


async def file(at: Browser, *origins: str) -> int:
    """These, as the first page shows them; what is not on it as it is written."""
    page = await at.get("/")
    seen = {one.partition("@")[0]: one for one in re.findall(r'name="sessions" value="([^" ]*)"', page.html)}
    sessions = " ".join(seen.get(one, one) for one in origins)
    return (await at.post("/file", {"form": page.form, "sessions": sessions})).status


async def test_three_presses_from_the_log_in_to_the_sheets(served: Served) -> None:
    log = await session(served.office)
    at = Browser(served)
    here = await at.log_in("zoe", WORD)  # one
    page = await at.get(here.to)
    assert "Attendance to file" in page.text and "2 of 2 came" in page.text and "<b>" not in page.html
    assert asked(page) == [f"{log.origin}@{mark(log, 0)}"]
    there = await at.post("/file", {"form": page.form, "sessions": asked(page)[0]})  # two
    assert (there.status, there.to) == (303, "/filed")
    assert "It is written down that you filed what stands here." in (await at.get("/filed")).text
    got = await at.get("/filed/all.zip")  # three
    assert got.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(got.raw)) as whole:
        names = whole.namelist()
        sheet = whole.read(next(name for name in names if name.endswith("-attendance.csv")))
    db = await served.office.home.database()
    assert sheet == (await made(db, served.office.home, log.origin, "attendance", "csv")).data
    await db.close()
    assert any(name.endswith(".csv.note") for name in names) and any(name.endswith(".csv.proofs") for name in names)
    (inside,) = {name.partition("/")[0] for name in names}
    assert inside.startswith("2026-") and inside.endswith(f"({log.origin.rpartition('/')[2]})")
    assert not set(inside) & set('<>:"/|?*.')
    assert filings(served) == [("zoe", log.origin, mark(log, 0))]
    gone_out = handed.read(served.office.home.path)
    assert gone_out and {tuple(one.sessions) for one in gone_out} == {(log.origin,)}
    assert "zoe" in gone_out[-1].path
    assert "Nothing needs a person." in (await at.get("/")).text
    assert "zoe" in (await Browser(served).as_("op").get(f"/s/{log.origin}")).text


async def test_what_changes_afterwards_waits_again(served: Served) -> None:
    log = await session(served.office)
    at = Browser(served).as_("zoe")
    assert await file(at, log.origin) == 303
    await correct(served.office, log, who="person00", status="late")
    page = await at.get("/")
    assert "Filed by zoe , and changed since." in page.text
    assert "This session has changed since it was filed" in (await at.get("/filed")).text
    assert await file(at, log.origin) == 303
    assert "Attendance to file" not in (await at.get("/")).text
    grown = log.add("amend", {"by": "fac", "do": "correct", "set": {"status": "late"}, "why": "mistake"}, p="person01")
    await served.office.take(bundle(grown))
    assert "and changed since" in (await at.get("/")).text
    assert [stamp for _, _, stamp in filings(served)] == [mark(log, 1), mark(log, 0)]


async def test_another_history_of_the_same_length_waits_again(served: Served) -> None:
    log = await session(served.office)
    other = log.upto(log.size - 2).join("forkfork", "Somebody Else", "F1").close()
    assert other.size == log.size and other.root != log.root
    at = Browser(served).as_("zoe")
    assert await file(at, log.origin) == 303
    await served.office.take(bundle(other))
    assert "Attendance to file" not in (await at.get("/")).text
    async with await Intake.open(served.office.home) as intake:
        assert (await resolve(intake, log.origin, b64(other.root), "this one was the room", served.office.now)).changed
    page = await at.get("/")
    assert "Filed by zoe , and changed since." in page.text and asked(page) == [f"{log.origin}@{mark(other, 0)}"]


async def test_only_what_has_ended_at_their_sites_is_filed_and_the_rest_answers_like_nothing(served: Served) -> None:
    running = await session(served.office, "8q2k", ended=False)
    elsewhere = await session(served.office, "9q2k", site="Yard")
    at = Browser(served).as_("zoe")
    assert "It has not ended on the laptop." in (await at.get("/")).text
    hostile = ("../../etc", "a/b/c/d' OR 1=1--", "", "@", "@@5.0", "\u202e@<b>", f"{elsewhere.origin}@", "@" * 5000)
    for one in (f"{running.origin}@{mark(running, 0)}", elsewhere.origin, f"{elsewhere.origin}@5.0", *hostile):
        assert await file(at, one) == 404
    assert filings(served) == []
    assert await file(Browser(served).as_("yan"), elsewhere.origin) == 303
    for name in ("op", "yan"):
        form = (await Browser(served).as_(name).get("/account")).form
        status = (await Browser(served).as_(name).post("/file", {"form": form, "sessions": elsewhere.origin})).status
        assert status in (403, 404)  # of another log-in's form, or of no supervisor
    op = Browser(served).as_("op")
    assert await file(op, elsewhere.origin) == 404
    assert (await op.get("/filed")).status == (await op.get("/filed/all.zip")).status == 404
    assert (await at.get("/filed/all.zip")).status == 404  # nothing was filed
    assert (await at.get("/file")).status == 404


async def test_several_at_once_and_twice_and_far_too_many(served: Served) -> None:
    some = [await session(served.office, f"{n}q2k") for n in (2, 3, 4)]
    at = Browser(served).as_("zoe")
    assert "File all 3" in (await at.get("/")).text
    origins = [log.origin for log in some]
    assert await file(at, *origins, *origins, *[f"x{n}" for n in range(50)]) == 303
    assert sorted(origin for _, origin, _ in filings(served)) == sorted(origins)
    assert (await at.get("/filed")).text.count("2 of 2 came") == 3
    assert len(zipfile.ZipFile(io.BytesIO((await at.get("/filed/all.zip")).raw)).namelist()) >= 9


async def many(office: Office, n: int, laptop: str = "5q2k") -> list[Log]:
    """So many ended sessions that began in one millisecond, in one file."""
    one = Laptop.named(laptop)
    office.enrol(one)
    logs = [
        one.session(k, site="Hall 3", title=f"T{k}").join("person00", "Ann", f"E{k}").close() for k in range(1, n + 1)
    ]
    await office.take(bundle(*logs))
    return logs


async def test_of_more_than_a_page_every_one_is_offered_and_given_away(served: Served) -> None:
    logs = await many(served.office, 56)
    at = Browser(served).as_("zoe")
    done: list[str] = []
    for left, rest in ((36, 20), (16, 20), (0, 16)):
        page = await at.get("/")
        assert (f"{left} more sessions stand behind these" in page.text) == (left > 0)
        some = asked(page)
        assert len(some) == rest and f"File all {rest}" in page.text
        assert (await at.post("/file", {"form": page.form, "sessions": " ".join(some)})).to == "/filed"
        done += [one.partition("@")[0] for one in some]
    assert "Nothing needs a person." in (await at.get("/")).text
    assert sorted(done) == sorted(log.origin for log in logs)
    assert sorted(origin for _, origin, _ in filings(served)) == sorted(done)
    found: list[str] = []
    to: str | None = "/filed"
    for left in (36, 16, 0):
        assert to is not None
        page = await at.get(to)
        assert (f"{left} more sheets that you filed today" in page.text) == (left > 0)
        assert "One file for those on this page" in page.text
        after = f"?{urlencode({'after': found[-1]})}" if found else ""
        assert f'href="/filed/all.zip{after}"' in page.html
        shown = re.findall(r'<p class="what"><a href="/s/([^"]+)"', page.html)
        assert len(shown) == min(20, 56 - len(found))
        found += shown
        more = re.search(r'href="(/filed\?after=[^"&]*)"', page.html)
        to = html.unescape(more[1]) if more else None
    assert to is None and sorted(found) == sorted(done)
    got = await at.get("/filed/all.zip?" + urlencode({"after": found[-3]}))
    with zipfile.ZipFile(io.BytesIO(got.raw)) as whole:
        within = {name.partition("/")[0].rpartition("(")[2] for name in whole.namelist()}
    assert within == {f"{one.rpartition('/')[2]})" for one in found[-2:]}
    for odd in ("x", "' OR 1=1--", "\u202e<b>", done[0] + "x"):
        again = await at.get("/filed?" + urlencode({"after": odd, "changed": odd}))
        assert (again.status, "36 more sheets" in again.text, "meanwhile" in again.text) == (200, True, False)


async def test_what_cannot_be_filed_hides_nothing_behind_it(served: Served) -> None:
    old = await session(served.office, "2q2k")
    one = Laptop.named("6q2k")
    served.office.enrol(one)
    late = NOON * 1000 + 3_600_000
    locked = [
        _later(one.session(k, site="Hall 3", policy={"locked": ["attendance"]}), late).close() for k in range(1, 61)
    ]
    await served.office.take(bundle(*locked))
    two = Laptop.named("8q2k")
    served.office.enrol(two)
    running = [_later(two.session(k, site="Hall 3"), late) for k in range(1, 26)]
    await served.office.take(bundle(*running))
    page = await Browser(served).as_("zoe").get("/")
    assert asked(page) == [f"{old.origin}@{mark(old, 0)}"]
    assert page.text.count("It has not ended on the laptop.") == 20
    assert "5 more sessions stand behind these" in page.text


def _later(log: Log, t: int) -> Log:
    """The same session, begun at `t` (Unix ms)."""
    head = json.loads(log.lines[0])
    return replace(log, lines=[canonical({**head, "t": t})])


async def test_what_changed_since_it_was_seen_is_not_filed_and_they_are_told(served: Served) -> None:
    log, still = await session(served.office), await session(served.office, "8q2k")
    at = Browser(served).as_("zoe")
    page = await at.get("/")
    await correct(served.office, log, who="person00", status="absent")
    there = await at.post("/file", {"form": page.form, "sessions": " ".join(asked(page))})
    assert there.to == "/filed?changed=1"
    told = await at.get(there.to)
    assert "1 sheet changed meanwhile and was not filed: look once more." in told.text
    assert [origin for _, origin, _ in filings(served)] == [still.origin]
    page = await at.get("/")
    assert asked(page) == [f"{log.origin}@{mark(log, 1)}"]
    for stale in (f"{log.origin}@{mark(log, 0)}", log.origin, f"{log.origin}@", f"{log.origin}@{mark(log, 1)}@"):
        there = await at.post("/file", {"form": page.form, "sessions": stale})
        assert (there.status, there.to) == (303, "/?changed=1")
    told = await at.get("/?changed=1")
    assert "1 sheet changed meanwhile" in told.text and "Attendance to file" in told.text
    for odd in ("0", "100", "-1", "²", "<b>", "1 OR 1"):
        assert "meanwhile" not in (await at.get("/?" + urlencode({"changed": odd}))).text
    assert "meanwhile" not in (await Browser(served).as_("op").get("/?changed=1")).text
    twice = [f"{log.origin}@{mark(log, 0)}", f"{log.origin}@{mark(log, 1)}"]  # the first word counts
    assert (await at.post("/file", {"form": page.form, "sessions": " ".join(twice)})).to == "/?changed=1"
    assert await file(at, log.origin) == 303 and filings(served)[0] == ("zoe", log.origin, mark(log, 1))


async def test_the_two_lines_of_a_sheet_say_what_its_page_says(served: Served) -> None:
    office = served.office
    plain = await session(office, "2q2k")
    running = await session(office, "3q2k", ended=False)
    erased = await session(office, "4q2k")
    corrected = await session(office, "6q2k")
    await correct(office, corrected, who="person00", status="absent")
    await erase(office.home, erased.origin, "", [0], "request", office.now)
    one = Laptop.named("7q2k")
    office.enrol(one)
    mixed = (
        one.session(1, site="Hall 3", tz="America/Mexico_City", title=TITLE)
        .join("person00", "Ann").join("person01", "Bo", "E9").join("person02", "Cy")
        .add("att.mark", {"by": "fac", "status": "absent", "why": "other"}, p="person01")
        .add("person.expect", {}, p="person03", private={"name": "Di"})
        .close()
    )  # fmt: skip
    barred = one.session(2, site="Hall 3", policy={"locked": ["attendance"]}).join("person00", "Ann").close()
    await office.take(bundle(mixed, barred))
    db = await office.home.database()
    try:
        zoe = Account("zoe", "supervisor", ("Hall 3",), "", False, NOON)
        async with db.reading() as tx:
            sheets, said = Sheets(office.home, office.now), []
            for log in (plain, running, erased, corrected, mixed, barred):
                found = await may(tx, zoe, log.origin)
                assert found is not None
                whole, short = await look(tx, office.home, *found, office.now), await brief(tx, sheets, found[0])
                assert short is not None
                assert (short.when, short.trainer, short.came, short.expected) == (
                    whole.when, whole.trainer, whole.came, whole.expected,
                )  # fmt: skip
                assert (short.ended, short.locked) == (whole.state == "ended", "attendance" in whole.locked)
                assert list(short.office) == await believed(tx, office.home, found[0], office.now)
                said.append((short.came, short.expected, short.ended, short.locked, len(short.office)))
    finally:
        await db.close()
    assert said == [
        (2, 2, True, False, 0), (2, 2, False, False, 0), (2, 2, True, False, 0), (2, 2, True, False, 1),
        (3, 4, True, False, 0), (1, 1, True, True, 0),
    ]  # fmt: skip
