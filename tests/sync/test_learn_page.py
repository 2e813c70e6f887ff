"""Head office's page `/learn`, asked over TLS as a browser without a script asks it, and as somebody who means ill."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from msgspec import structs

from fieldkit.core import blended
from fieldkit.core.intents import PutAnswer
from fieldkit.core.plan import Prework
from fieldkit.core.records import PackRef
from fieldkit.core.session import Session
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central import forgotten, learn_log
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.guesses import FREE
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn_log import folded
from fieldkit.sync.central.learn_page import MOST_FORM
from fieldkit.sync.central.learn_token import COOKIE, LASTS_S
from fieldkit.sync.central.tx import Tx
from tests.kit.central import Office
from tests.sync.fronted import FORM, Browser, Got
from tests.sync.learning import LATER, code, enter, later, trained, with_desk
from tests.sync.served import Served, serving

MOST_BYTES = 8192


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    async with serving(office) as one:
        yield one


async def asked(office: Office) -> list[Session]:
    db = await office.home.database()
    try:
        async with db.reading() as tx:
            every = [await folded(tx, one) for one in await tx.sessions()]
        return [one for one in every if one.info is not None and one.info.session_kind == "blended"]
    finally:
        await db.close()


def key_of(got: Got) -> str:
    found = re.search(r"/learn\?s=([A-Z2-7]+)", got.html)
    assert found is not None, got.text
    return found[1]


def filled(got: Got, **more: str) -> dict[str, str]:
    """The form of a page as a browser would send it, hidden fields and all."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', got.html.partition("<main")[2]))
    return hidden | more


ANSWERS = {
    "lift": {"v": "gravity", "sure": "unsure"},
    "tf": {"v": "false"},
    "mood": {"v": "good"},
    "bar": {"t": "7,5"},
    "word": {"t": " Start  <b>"},
    "steps": {"v1": "stop", "v2": "try", "v3": "lock"},
    "pairs": {"v1": "bleed", "v2": "lower"},
    "spot": {"v": "below"},
    "own": {"t": "=HYPERLINK() \u202e Ann [/] Lee"},
}


async def test_every_question_of_a_set_one_after_the_other_without_a_script(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(15)
    at, got = await enter(served, log)
    assert "Answer 12 questions" in got.text and "Zoë Álvarez" in got.html and "<script" not in got.html
    seen: list[str] = []
    got = await at.get(f"/learn?s={key_of(got)}")
    while "Question" in got.text:
        assert len(got.raw) <= MOST_BYTES and 'action="/learn"' in got.html
        form = filled(got)
        a = form["a"]
        seen.append(f"{a}/{form['q']}")
        for told in ("Lower or block", "wants to fall", "Right is", "6 –"):
            assert told not in got.html, "nothing of the key before the answer"
        fields = [*form.items(), *ANSWERS.get(a, {"v": "yes" if form["q"] == "one" else "true"}).items()]
        if a == "many":
            fields = [*form.items(), ("v", "air"), ("v", "weight")]
        put = await at.ask("POST", "/learn", urlencode(fields).encode(), FORM)
        assert put.status == 303, (a, put.text)
        got = await at.get(put.to)
        assert "✓ Saved." in got.text and len(got.raw) <= MOST_BYTES
        if a == "lift":
            assert "Your answer is right." in got.text and "Lower or block what is raised." in got.text
        if a == "tf":
            assert "right" not in got.text.lower() and "Change my answer" in got.text, "the pack shows nothing"
        if a == "steps":
            assert "is not right" in got.text and "Right is: 1. Stop; 2. Lock; 3. Try" in got.text
        if a == "own":
            assert "\u202e" not in got.html and "Tables show this answer without your name" in got.text
        got = await at.get(f"/learn?s={form['s']}")
    assert len(seen) == 12 == len(set(seen)) and "All 12 answers are saved. That was all." in got.text
    assert "All answered and saved." in (await at.get("/learn")).text
    (session,) = await asked(served.office)
    said = {a: next(iter(rounds[0].answers.values())) for a, rounds in session.runs.items()}
    assert (said["bar"].v, said["word"].text, said["many"].v) == (["7.5"], "Start <b>", ["air", "weight"])
    assert (said["lift"].sure, said["steps"].v, said["pairs"].v) == (
        "unsure", ["stop", "try", "lock"], ["air=bleed", "weight=lower"],
    )  # fmt: skip


async def test_what_is_sent_twice_from_two_tabs_or_after_going_back_counts_once(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(15)
    at, got = await enter(served, log)
    s = key_of(got)
    page = await at.get(f"/learn?s={s}&a=mood")
    form = filled(page, v="good")
    twice = await asyncio.gather(at.post("/learn", form), at.post("/learn", form))
    assert [one.status for one in twice] == [303, 303] and "&k=1" not in twice[0].to + twice[1].to
    other = await at.post("/learn", {**form, "v": "so"})  # the other tab, still as it was before the answer
    got = await at.get(other.to)
    assert "You have answered this already; that answer stays." in got.text
    changed = await at.post("/learn", filled(got, v="so"))
    assert "&k=1" not in changed.to and "✓ Saved." in (await at.get(changed.to)).text
    (session,) = await asked(served.office)
    (answer,) = session.runs["mood"][0].answers.values()
    assert (answer.v, answer.n) == (["so"], 2)
    refused = await at.post("/learn", {**filled(await at.get(f"/learn?s={s}&a=bar")), "t": "many"})
    assert refused.status == 422 and "does not fit this question" in refused.text and "How many bar?" in refused.text


async def test_a_shared_phone_answers_for_whoever_is_in(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(3)
    at, got = await enter(served, log)
    s = key_of(got)
    tab = filled(await at.get(f"/learn?s={s}&a=tf"), v="true")
    out = await at.post("/learn", {"do": "out"})
    assert out.status == 303 and COOKIE not in at.jar
    late = await at.post("/learn", tab)
    assert "was not saved. Enter once more." in late.text and await asked(served.office) == []
    second = await at.post("/learn", {"do": "in", "badge": "e2", "code": code(log, 2)})
    assert second.status == 303 and "Ann [/] Lee &lt;b&gt;" in (await at.get("/learn")).html
    wrong = await at.post("/learn", tab)
    assert wrong.status == 403 and "Somebody else has begun on this phone." in wrong.text
    assert await asked(served.office) == []
    served.office.now += LASTS_S + 1
    assert "Badge number" in (await at.get("/learn")).text, "after an hour nobody is in"
    cookie = next(one for one in second.cookies if one.startswith(COOKIE))
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"))


async def test_who_was_erased_is_out_at_once(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(3)
    at, got = await enter(served, log)
    tab = filled(await at.get(f"/learn?s={key_of(got)}&a=tf"), v="true")
    await erase(served.office.home, "all", "E745738", [], "request", served.office.now)
    assert "Enter once more" in (await at.post("/learn", tab)).text and await asked(served.office) == []
    assert "do not belong together" in (await enter(served, log))[1].text


async def test_wrong_pairs_say_nothing_and_wait(served: Served) -> None:
    """ASVS 5.0 6.3.1, 6.3.8: guessing is slowed down, and nobody learns which half was right."""
    log = await trained(served.office)
    at = Browser(served)
    said = set()
    for badge, typed in (("E2", code(log)), ("E745738", "A" * 10), ("NOBODY", "B" * 10), ("", code(log))):
        got = await at.post("/learn", {"do": "in", "badge": badge, "code": typed})
        said.add((got.status, got.text.replace(typed, "")))
    assert len(said) == 1 and COOKIE not in at.jar
    for k in range(FREE):
        got = await at.post("/learn", {"do": "in", "badge": f"E{k}", "code": code(log)})
    assert got.status == 429 and 0 < int(got.headers["retry-after"]) <= 11
    right = await at.post("/learn", {"do": "in", "badge": "E745738", "code": code(log)})
    assert right.status == 429, "also for a right one"
    other = await at.post("/learn", {"do": "in", "badge": "E2", "code": code(log, 2)})
    assert other.status == 303, "colleagues behind the same address go on"


async def test_forms_of_other_pages_and_forged_cookies_do_nothing(served: Served) -> None:
    """ASVS 5.0 3.5.1, 7.2.2, 7.2.3."""
    log = await trained(served.office)
    served.office.now = later(3)
    at, got = await enter(served, log)
    tab = filled(await at.get(f"/learn?s={key_of(got)}&a=tf"), v="true")
    foreign = await at.post("/learn", tab, "Sec-Fetch-Site: cross-site")
    assert foreign.status == 403
    for mark in ("", "0" * 40, "é", tab["form"][:-1]):
        assert (await at.post("/learn", {**tab, "form": mark})).status == 403
    whole = at.jar[COOKIE]
    body, _, mac = whole.partition(".")
    for forged in (body, f"{body}.", f"{body}x.{mac}", f"{body}.{mac[:-1]}0", "x" * 5000, ".", "a.b", "\xe9.\xe9"):
        at.jar[COOKIE] = forged
        assert "Badge number" in (await at.get("/learn")).text
    assert await asked(served.office) == []


async def test_hostile_values_are_answered_with_a_sentence(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(15)
    at, got = await enter(served, log)
    s = key_of(got)
    queries = [
        *(
            "s=../../etc/passwd",
            "s=%27%20OR%201=1%20--",
            "s=%00",
            "lang=xx",
            "k=1",
            "s=" + "%F0" * 99,
            "s=" + "A" * 900,
        ),
        *(f"s={s}&a=%3Cscript%3E&q=x", f"s={s}&a=exam&q=three", f"s={s}&s={s}&a=tf&a=mood", "&" * 400),
    ]
    for query in queries:
        got = await at.get(f"/learn?{query}")
        assert got.status in (200, 303) and "<script" not in got.html and "passwd" not in got.html, query
    form = filled(await at.get(f"/learn?s={s}&a=own"))
    for words in ("", " ", "x" * 61, "\x00\x1b\x07", "\u202e\u2066"):
        got = await at.post("/learn", {**form, "t": words})
        assert got.status == 422, repr(words)
    for extra in (
        {f"f{k}": "x" for k in range(500)},
        {"do": "answer"},
        {"do": "nothing"},
        {"n": "9" * 40},
        {"do": "in"},
    ):
        assert (await at.post("/learn", extra)).status in (200, 403)
    assert (await at.post("/learn", {"t": "x" * MOST_FORM})).status == 413
    assert (await at.ask("POST", "/learn", b"do=in", "Content-Type: multipart/form-data; boundary=x")).status == 200
    assert (await at.ask("PUT", "/learn")).status == 405
    assert await asked(served.office) == []


async def test_it_speaks_the_persons_language_and_another_when_asked(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(3)
    at, got = await enter(served, log)
    assert "Press, later" in got.text
    kept = await at.get("/learn?lang=es")
    assert kept.status == 303
    page = await at.get(f"/learn?s={key_of(got)}")
    assert page.headers["content-language"] == "es" and "¿Qué puede herir todavía?" in page.text
    assert '<legend lang="es"' in page.html and "Guardar" in page.text
    form = filled(page, v="nothing")
    said = await at.get((await at.post("/learn", form)).to)
    assert 'lang="en"' in said.html or "Think of what is raised" in said.text, "what has no Spanish is said in English"


async def test_the_receipt_page_says_that_there_is_something_to_learn(served: Served) -> None:
    log = await trained(served.office)
    got = await Browser(served).post("/receipt", {"code": code(log)})
    assert "After this training come a few questions." in got.text and f"/learn?code={code(log)}" in got.html
    form = await Browser(served).get(f"/learn?code={code(log)}")
    assert f'value="{code(log)}"' in form.html


async def test_two_servers_take_the_answers_of_one_crew(served: Served) -> None:
    """Each with its own connection and its own memory; the key of the tokens is head office's."""
    log = await trained(served.office)
    served.office.now = later(3)
    async with serving(_again(served.office)) as second:
        at, got = await enter(served, log)
        form = filled(await at.get(f"/learn?s={key_of(got)}&a=tf"), v="true")
        there = Browser(second, dict(at.jar))
        posts = [one.post("/learn", form) for one in (at, there) * 4]
        assert {one.status for one in await asyncio.gather(*posts)} == {303}
    (session,) = await asked(served.office)
    assert [x.v for x in session.runs["tf"][0].answers.values()] == [["true"]] and session.saved == 5


def _again(office: Office) -> Office:
    second = Office(Home.open(office.home.path), office.folder)
    second.now = office.now
    return second


async def test_without_a_device_of_its_own_head_office_says_so(tmp_path: Path) -> None:
    async with serving(await Office.make(tmp_path)) as served:
        got = await Browser(served).get("/learn")
        assert got.status == 503 and "nothing to learn on this page yet" in got.text


async def opened(office: Office, *badges: str) -> str:
    """The code of a pre-work with a named and a confidential question; badges: those on its roster."""
    plan = blended.only(
        structs.replace(LATER, prework=[Prework("card", ["Read", None], 5, ["mood", "own"])]), "prework"
    )
    assert plan is not None
    pack = PackRef(LATER.id, LATER.version, "0" * 64, "", False)
    begin = learn_log.Begin(plan, pack, "Press", later(20) * 1000)
    people = [{"badge": badge, "name": f"Name {badge}"} for badge in badges]
    db = await office.home.database()
    try:
        log = await learn_log.open_prework(office.home, db, begin, people, office.now)
        async with db.reading() as tx:
            return short_code(leaf_hash(await tx.line(log.origin, 0) or b""))
    finally:
        await db.close()


async def come(served: Served, code: str, badge: str) -> Browser:
    at = Browser(served)
    await at.post("/learn", {"do": "in", "badge": badge, "code": code})
    return at


@pytest.mark.parametrize("by", ["pre-work", "receipt"])
async def test_what_is_confidential_is_shown_and_changed_in_the_log_in_that_wrote_it_alone(
    served: Served, by: str
) -> None:
    """The code of an invitation is everybody's, a receipt lies on a table, and a colleague's badge is no secret."""
    if by == "receipt":
        served.office.now = later(15)
        log = await trained(served.office)
        key = code(log)
    else:
        key = await opened(served.office, "E745738", "E9")
    at = await come(served, key, "E745738")
    got = await at.get("/learn")
    s = key_of(got)
    question = f"/learn?s={s}&a=own&q="
    tab = filled(await at.get(question), t="my foreman drinks")
    got = await at.get((await at.post("/learn", tab)).to)
    assert "Change my answer" in got.text and "my foreman drinks" in got.html, "who has just written it may go on"
    got = await at.get((await at.post("/learn", filled(got, t="my foreman sings"))).to)
    assert "sings" in got.html and "drinks" not in got.html

    other = await come(served, key, "E745738")
    got = await other.get(question)
    assert "sings" not in got.html and "have answered this already" in got.text and "<textarea" not in got.html
    assert "not shown again" in got.text and ("Next question" in got.text or "Go on" in got.text)
    for n, text in (("1", "all fine"), ("9", "all fine"), ("9", "my foreman sings"), ("3", "my foreman sings")):
        form = {**filled(await other.get(f"/learn?s={s}&a=mood")), "a": "own", "q": "", "n": n, "t": text}
        put = await other.post("/learn", form)
        assert put.status == 303 and "&k=1" in put.to, "also not whether it is the same"
        assert "sings" not in (await other.get(put.to)).html
    (session,) = await asked(served.office)
    (answer,) = session.runs["own"][0].answers.values()
    assert (answer.text, answer.n) == ("my foreman sings", 2)
    again = await at.get((await at.post("/learn", filled(got := await at.get(question), t="mine"))).to)
    assert "sings" in got.html and "mine" in again.html, "the first log-in goes on"
    if by == "pre-work":  # what is named can be seen and changed as before
        got = await other.get(
            (await other.post("/learn", filled(await other.get(f"/learn?s={s}&a=mood"), v="good"))).to
        )
        third = await come(served, key, "E745738")
        assert "checked" in (await third.get(f"/learn?s={s}&a=mood")).html


@pytest.mark.parametrize("roster", [(), ("E745738", "E9")], ids=["open", "roster"])
async def test_who_was_erased_does_not_come_back_by_a_cookie_of_a_pre_work(
    served: Served, roster: tuple[str, ...]
) -> None:
    office = served.office
    await trained(office)
    key = await opened(office, *roster)
    at, kept = await come(served, key, "E745738"), await come(served, key, "E745738")
    tab = filled(await at.get(f"/learn?s={key}&a=mood"), v="good")
    assert (await at.post("/learn", tab)).status == 303
    known = await come(served, key, "E745738")
    tabs = [filled(await one.get(f"/learn?s={key}&a=own&q="), t="again") for one in (at, kept, known)]
    await erase(office.home, "all", "E745738", [], "request", office.now + 10)
    office.now += 60
    before = sum(one.saved for one in await asked(office))
    for one, form in zip((at, kept, known), tabs, strict=True):
        assert "Badge number" in (await one.post("/learn", form)).text
        assert "Badge number" in (await one.get("/learn")).text
    assert "do not belong together" in (await at.post("/learn", {"do": "in", "badge": "e745738 ", "code": key})).text
    assert sum(one.saved for one in await asked(office)) == before
    raw = office.raw()
    assert b"E745738" not in raw and b"Name E745738" not in raw
    if not roster:
        new = await opened(office)  # a pre-work that begins afterwards is one of its own
        assert "What is open for you" in (await (await come(served, new, "E745738")).get("/learn")).text


async def test_who_is_erased_while_they_answer_is_not_written(served: Served) -> None:
    """Asked again where nobody else writes: between the look and the answer somebody was erased."""
    office = served.office
    key = await opened(office)
    who, wish = learn_log.Who("E745738", "", "Zoë"), PutAnswer("mood", 1, ("good",), n=1)
    db = await office.home.database()

    async def gone(tx: Tx) -> bool:
        return False

    try:
        assert (await learn_log.put(office.home, db, key, None, who, wish, office.now, here=gone)).result == "refused"
        forgotten.remember(office.home, ["e745738"], "request", office.now + 10)
        assert (await learn_log.put(office.home, db, key, None, who, wish, office.now + 20)).result == "refused"
        other = learn_log.Who("E9")
        assert (await learn_log.put(office.home, db, key, None, other, wish, office.now + 20)).result == "saved"
    finally:
        await db.close()
