"""A supervisor files the attendance of an evening: three presses, a line in the access log, the sheets in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.log import handed
from fieldkit.sync.central.export import made
from fieldkit.sync.central.front.book import Book
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.fronted import WORD, Browser, account
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


async def file(at: Browser, *origins: str) -> int:
    form = (await at.get("/")).form
    return (await at.post("/file", {"form": form, "sessions": " ".join(origins)})).status


async def test_three_presses_from_the_log_in_to_the_sheets(served: Served) -> None:
    log = await session(served.office)
    at = Browser(served)
    here = await at.log_in("zoe", WORD)  # one
    page = await at.get(here.to)
    assert "Attendance to file" in page.text and "2 of 2 came" in page.text and "<b>" not in page.html
    there = await at.post("/file", {"form": page.form, "sessions": log.origin})  # two
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
    assert filings(served) == [("zoe", log.origin, f"{log.size}.0")]
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
    assert [stamp for _, _, stamp in filings(served)] == [f"{log.size}.1", f"{log.size}.0"]


async def test_only_what_has_ended_at_their_sites_is_filed_and_the_rest_answers_like_nothing(served: Served) -> None:
    running = await session(served.office, "8q2k", ended=False)
    elsewhere = await session(served.office, "9q2k", site="Yard")
    at = Browser(served).as_("zoe")
    assert "It has not ended on the laptop." in (await at.get("/")).text
    for asked in ((running.origin,), (elsewhere.origin,), ("../../etc",), ("a/b/c/d' OR 1=1--",), ("",)):
        assert await file(at, *asked) == 404
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
