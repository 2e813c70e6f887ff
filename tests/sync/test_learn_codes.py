"""Badge and code are no password: what they do not open on the page `/learn`, and whom not any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from fieldkit.core import blended
from fieldkit.core.intents import PutAnswer
from fieldkit.core.plan import Prework
from fieldkit.core.records import PackRef
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central import forgotten, learn_log
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.tx import Tx
from tests.kit.central import Office
from tests.sync.fronted import Browser
from tests.sync.learning import LATER, code, later, trained
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk
from tests.sync.test_learn_page import asked, filled, key_of


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    async with serving(office) as one:
        yield one


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
