"""Questions for the expert on head office's pages: who sees them, answering, hostile words, twice, after an erasure."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.sync.central import questions
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.findings import FORK
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Again
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.asked import ANSWER, BADGE, WHAT, answer, answered, asked, waiting
from tests.sync.digested import caught_up, opened
from tests.sync.fronted import Browser, Got, account
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk

HOSTILE = ("<script>alert(1)</script>", "Ann [/] Lee \u202e", "\x1b]0;x\x07ESC", "{{ 7*7 }} ' OR 1=1 --", "y" * 4000)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    account(office, "op")
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "Hall 3")
    account(office, "sam", "facilitator", key="ld.acme.example/fac/9k3m")
    async with serving(office) as one:
        yield one


async def stored(served: Served, *texts: str, **more: object) -> Log:
    one = Laptop.named("7q2k")
    if served.office.home.trust().find(one.signer.vkey) is None:
        served.office.enrol(one)
    log = asked(one, *texts, **{"site": "Hall 3", "title": "Lockout", "seq": len(await served.office.stored()), **more})
    await served.office.take(bundle(log))
    await caught_up(served.office)
    return log


def page(log: Log, i: int = 3) -> str:
    return f"/questions/{log.origin}/{i}"


async def say(browser: Browser, path: str, **fields: str) -> Got:
    return await browser.post(path, {"form": (await browser.get(path)).form, **fields})


async def test_a_question_is_answered_in_three_clicks_and_stands_below_with_who_and_when(served: Served) -> None:
    log = await stored(served, WHAT, "And the key?")
    at = Browser(served).as_("op")
    front = await at.get("/")
    assert "2 questions wait for an expert" in front.text and "Nothing needs a person" not in front.text
    listed = await at.get("/questions")
    assert (
        "2 questions wait for an answer." in listed.text
        and "How many locks on two circuits? Ann [/] Lee" in listed.text
    )
    assert "Lockout" in listed.text and "Hall 3" in listed.text and "2026-11-22 12:03" in listed.text
    assert f'href="/s/{log.origin}"' in listed.html and f'href="/s/{log.origin}/record/3"' in listed.html
    assert "Zoë" not in listed.html and BADGE not in listed.html and "person01" not in listed.html
    done = await say(at, page(log), text=f" {ANSWER} ", name="Dr. Ö")
    assert (done.status, done.to) == (303, "/questions?said=answered")
    listed = await at.get(done.to)
    assert "It is written down." in listed.text and "1 question waits for an answer." in listed.text
    assert ANSWER in listed.text and "Dr. Ö · 2026-11-22 12:00 UTC" in listed.text
    assert (await say(at, page(log), text=ANSWER, name="Another")).to == "/questions?said=answered"
    assert (await say(at, page(log, 5), text="Asked twice.", close="1")).to == "/questions?said=answered"
    assert "closed without an answer Asked twice." in (await at.get("/questions")).text
    assert [x.state for x in await answered(served.office)] in (["closed", "answered"], ["answered", "closed"])
    assert (
        "Nothing needs a person." in (await at.get("/")).text
        and "No question waits." in (await at.get("/questions")).text
    )
    again = await at.get(page(log))
    assert "Another answer in its place" in again.text and "It stands in head office's own log" in again.text
    book = Book(served.office.home.path)
    lines = book.accesses(1 << 62, "op", "", 99)
    book.close()
    assert [(x.origin, x.detail) for x in lines if x.what == "answered"] == [(log.origin, "5"), (log.origin, "3")]
    assert not any(WHAT in repr(x) or ANSWER in repr(x) for x in lines)


async def test_asvs_8_2_2_a_question_is_seen_where_its_session_is_and_answered_by_operators_alone(
    served: Served,
) -> None:
    here = await stored(served, "Here?")
    there = await stored(served, "There?", site="Yard")
    kept = await stored(served, "Kept?", policy={"locked": ["discussion"]})
    seen = {"op": (1, 1, 1), "aud": (1, 1, 1), "zoe": (1, 0, 0), "sam": (0, 0, 0)}
    for name, (a, b, c) in seen.items():
        at = Browser(served).as_(name)
        html = (await at.get("/questions")).html
        assert ["Here?" in html, "There?" in html, "Kept?" in html] == [bool(a), bool(b), bool(c)], name
        for log, may in ((here, a), (there, b), (kept, c)):
            got = await at.get(page(log))
            assert got.status == (200 if may else 404), (name, log.origin)
            assert ("<textarea" in got.html) == (name == "op")
        front = await at.get("/")
        assert ("an expert" in front.text) == bool(a), name
        if name != "op":
            form = (await at.get("/")).form
            assert (await at.post(page(here), {"form": form, "text": "No."})).status == 404
    assert len(await waiting(served.office)) == 3, "nobody but the operator answered"
    bare = Browser(served)
    assert (await bare.get("/questions")).to.startswith("/login") and (
        await bare.post(page(here), {"text": "x"})
    ).status == 303


async def test_asvs_3_5_1_a_form_that_was_not_made_here_answers_nothing(served: Served) -> None:
    log = await stored(served)
    at = Browser(served).as_("op")
    form = (await at.get(page(log))).form
    for fields in ({"text": "x"}, {"text": "x", "form": "0" * 64}, {"text": "x", "form": form[:-1]}):
        assert (await at.post(page(log), fields)).status == 403
    other = Browser(served).as_("op")
    assert (await other.post(page(log), {"text": "x", "form": form})).status == 403
    assert (await at.post(page(log), {"text": "x", "form": form}, "Sec-Fetch-Site: cross-site")).status == 403
    assert len(await waiting(served.office)) == 1


async def test_asvs_1_2_1_words_of_others_are_text_wherever_they_stand(served: Served) -> None:
    """No script, no markup, no escape code; a question of 4,000 characters is whole."""
    log = await stored(served, *HOSTILE, title="<b>Lockout", site="Hall 3")
    at = Browser(served).as_("op")
    for n, text in enumerate(HOSTILE):
        path = page(log, 3 + 2 * n)
        for got in (await at.get("/questions"), await at.get(path)):
            assert got.status == 200 and "<script" not in got.html and "<b>" not in got.html
            assert not any(sign in got.html for sign in ("\x1b", "\u202e", "\x07"))
            assert "default-src 'none'" in got.headers["content-security-policy"]
        assert (await say(at, path, text=text[:1999], name="<i>Zoë [/]</i>")).to == "/questions?said=answered"
    listed = (await at.get("/questions?show=answered")).html
    assert "&lt;i&gt;Zoë [/]&lt;/i&gt;" in listed and "&lt;script&gt;alert(1)" in listed and "{{ 7*7 }}" in listed
    assert "y" * 4000 in listed and "<i>" not in listed


async def test_what_cannot_be_kept_is_said_on_the_page(served: Served) -> None:
    log = await stored(served)
    at = Browser(served).as_("op")
    for text in ("", "   ", "\u202e", "x" * 2001, "\U0001f512" * 1600):
        if len(text) < 1000:
            got = await say(at, page(log), text=text)
        else:
            got = await multipart(at, page(log), text)
        assert got.status == 422 and "That cannot be kept" in got.text, text[:9]
        assert "\u202e" not in got.html and text.strip("\u202e ") in got.html
    assert (await multipart(at, page(log), "字" * 2000)).to == "/questions?said=answered"
    assert (await multipart(at, page(log), "x" * 20_000)).status == 413
    for path in (page(log, 0), page(log, 99), f"/questions/{log.origin}/x", "/questions/x", f"{page(log)}/4"):
        assert (await at.get(path)).status == 404
    for query in (
        "after=x",
        "after=1+2+",
        "after=%27%20OR%201=1",
        "show=answered&after=99+9+x",
        f"after={'9' * 400}+1+x",
    ):
        assert (await at.get(f"/questions?{query}")).status == 200


async def multipart(at: Browser, path: str, text: str) -> Got:
    """As the page's own form is sent."""
    form = (await at.get(path)).form
    parts = "".join(
        f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("form", form), ("text", text), ("name", "Zoë"))
    )
    return await at.ask("POST", path, f"{parts}--xx--\r\n".encode(), "Content-Type: multipart/form-data; boundary=xx")


async def test_an_erasure_takes_the_words_off_the_pages(served: Served) -> None:
    log = await stored(served, WHAT, "And the key?")
    at = Browser(served).as_("op")
    form = (await at.get(page(log))).form
    await answer(served.office, log.origin, 5)
    await erase(served.office.home, "all", BADGE, [], "request", served.office.now)
    listed = await at.get("/questions")
    assert "No question waits." in listed.text and WHAT not in listed.html and ANSWER not in listed.html
    assert "(erased)" in listed.text and "<textarea" not in (await at.get(page(log, 5))).html
    assert (await at.post(page(log), {"form": form, "text": "Late."})).status == 404
    assert (await at.post(page(log, 5), {"form": form, "text": "Late."})).to.endswith("?said=gone")


async def test_without_a_device_the_page_says_what_to_do(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    account(office, "op")
    async with serving(office) as served:
        log = await stored(served)
        at = Browser(served).as_("op")
        got = await at.get(page(log))
        assert "fieldkit central desk" in got.text and "<textarea" not in got.html
        spanish = await at.get(page(log), "Accept-Language: es")
        assert "La sede central todavía no tiene un equipo propio" in spanish.text, spanish.text
        assert "Cree uno" in spanish.text and "fieldkit central desk" in spanish.text
        form = (await at.get("/")).form or (await at.get("/planned/new")).form
        kept = await at.post(page(log), {"form": form, "text": ANSWER, "name": "Dr. Ö"})
        assert kept.status == 409 and "no device of its own" in kept.text and ANSWER in kept.html
        with_desk(office)
        assert (await say(at, page(log), text=ANSWER)).to == "/questions?said=answered"


async def test_an_answer_that_cannot_be_written_now_stays_in_the_form(served: Served) -> None:
    """Somebody else writes for too long; two histories wait. Nothing of it says that nobody waits for an answer."""
    log = await stored(served)
    at = Browser(served).as_("op")
    form = (await at.get(page(log))).form
    fields = {"form": form, "text": f"{ANSWER} <b>\u202e</textarea>", "name": '"><i>Ann [/] Lee'}
    async with opened(served.office) as db, db.transaction() as tx:
        await tx.begin()
        both = at.post(page(log), fields), at.post(page(log), {**fields, "close": "1"})
        got, closing = await asyncio.gather(*both)
    for one in (got, closing):
        assert one.status == 503 and "Another command is writing" in one.text and "Nobody waits" not in one.text
        assert f"{ANSWER} &lt;b&gt;&lt;/textarea&gt;</textarea>" in one.html and "&gt;&lt;i&gt;Ann [/] Lee" in one.html
        assert "<b>" not in one.html and "<i>" not in one.html and "\u202e" not in one.html and one.form == form
    assert "<details open>" in closing.html and "<details open>" not in got.html
    book = Book(served.office.home.path)
    assert not [x for x in book.accesses(1 << 62, "op", "", 99) if x.what == "answered"]
    book.close()
    two = Finding(log.origin, FORK, "", {}, served.office.now * 1000)
    async with opened(served.office) as db, db.transaction() as tx:
        await tx.put_finding(two)
    got = await at.post(page(log), {**fields, "Accept-Language": "x"}, "Accept-Language: es")
    assert got.status == 409 and "dos historias" in got.text and ANSWER in got.html
    async with opened(served.office) as db, db.transaction() as tx:
        await tx.drop_finding(log.origin, FORK, "")
    assert (await at.post(page(log), fields)).to == "/questions?said=answered"
    assert [x.answer for x in await answered(served.office)] == [f"{ANSWER} <b></textarea>"]


class Shy(Database):
    """So many transactions are taken back because of another one."""

    times = 2

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        async with super().transaction() as tx:
            yield tx
            self.times -= 1
            if self.times >= 0:
                raise Again("Another command changed the same thing at the same moment.")


async def test_what_was_taken_back_because_of_another_one_is_tried_again(served: Served) -> None:
    log = await stored(served)
    async with opened(served.office) as db:
        shy = Shy(db.engine)
        office = served.office
        said = await questions.answer(office.home, shy, log.origin, 3, ANSWER, "", office.now)
        assert said.new and len(await answered(office)) == 1
        shy.times = 99
        with pytest.raises(Again):
            await questions.answer(office.home, shy, log.origin, 3, "Other words.", "", office.now)


async def test_in_spanish_and_a_page_at_a_time(served: Served) -> None:
    log = await stored(served, *(f"Question {n}?" for n in range(33)))
    at = Browser(served).as_("op")
    first = await at.get("/questions")
    assert "33 questions wait" in first.text and "Question 29?" in first.text and "Question 30?" not in first.text
    found = re.search(r'href="(/questions\?after=[^"]+)"', first.html)
    assert found is not None
    second = await at.get(found[1].replace("&amp;", "&"))
    assert "Question 30?" in second.text and "Question 29?" not in second.text
    at.jar["__Host-fk-lang"] = "es"
    spanish = await at.get("/questions", "Accept-Language: es")
    assert "33 preguntas esperan respuesta." in spanish.text and "Responder" in spanish.text
    assert "33 preguntas esperan a un experto" in (await at.get("/", "Accept-Language: es")).text
    assert log.size > 66
