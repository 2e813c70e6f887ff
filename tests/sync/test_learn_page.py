"""Head office's page `/learn`, asked over TLS as a browser without a script asks it, and as somebody who means ill."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from fieldkit.core.session import Session
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.guesses import FREE
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn_folds import folded
from fieldkit.sync.central.learn_page import MOST_FORM
from fieldkit.sync.central.learn_token import COOKIE, LASTS_S
from tests.kit.central import Office
from tests.sync.fronted import FORM, Browser, Got
from tests.sync.learning import code, enter, later, trained
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk

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


async def test_asvs_7_4_2_who_was_erased_is_out_at_once(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(3)
    at, got = await enter(served, log)
    tab = filled(await at.get(f"/learn?s={key_of(got)}&a=tf"), v="true")
    await erase(served.office.home, "all", "E745738", [], "request", served.office.now)
    assert "Enter once more" in (await at.post("/learn", tab)).text and await asked(served.office) == []
    assert "do not belong together" in (await enter(served, log))[1].text


async def test_asvs_6_3_1_and_6_3_8_wrong_pairs_say_nothing_and_wait(served: Served) -> None:
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


async def test_asvs_3_5_1_7_2_2_and_9_1_1_forms_of_other_pages_and_forged_cookies_do_nothing(served: Served) -> None:
    """ASVS 5.0 3.5.1, 7.2.2, 9.1.1."""
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
    near = mac[:-1] + ("1" if mac[-1] == "0" else "0")
    for forged in (body, f"{body}.", f"{body}x.{mac}", f"{body}.{near}", "x" * 5000, ".", "a.b", "\xe9.\xe9"):
        at.jar[COOKIE] = forged
        assert "Badge number" in (await at.get("/learn")).text
    assert await asked(served.office) == []


async def test_asvs_1_2_1_1_2_4_and_2_2_1_hostile_values_are_answered_with_a_sentence(served: Served) -> None:
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


async def test_the_page_says_for_which_badge_an_answer_is_recorded(served: Served) -> None:
    """The code of a pre-work is everybody's who was invited: whoever types a colleague's badge answers as them."""
    from tests.sync.test_learn_codes import come, opened

    key = await opened(served.office)
    for badge, shown in (("e745738 ", "E745738"), ("<b>\u202eE1' OR 1=1", "&lt;B&gt;E1&#39; OR 1=1")):
        at = await come(served, key, badge)
        for page in (await at.get("/learn"), await at.get(f"/learn?s={key}&a=mood")):
            assert f"You answer as <bdi>{shown}</bdi>." in page.html, page.html
        put = await at.post("/learn", filled(await at.get(f"/learn?s={key}&a=mood"), v="good"))
        again = await at.get(put.to)
        assert "Change my answer" in again.text and f"You answer as <bdi>{shown}</bdi>." in again.html
    at = await come(served, key, "E2")
    for lang, said in (
        *(("en", "You answer as"), ("es", "Usted responde como"), ("fr", "Vous répondez en tant que")),
        *(("de", "Sie antworten als"), ("pt", "Responde como")),
    ):
        await at.get(f"/learn?lang={lang}")
        assert f"{said} <bdi>E2</bdi>." in (await at.get(f"/learn?s={key}&a=mood")).html
        assert f"{said} <bdi>E2</bdi>." in (page := await at.get("/learn")).html and len(page.raw) <= MOST_BYTES


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
