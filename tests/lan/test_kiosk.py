"""The shared tablet: one device, one turn at a time, nobody's answer on the next one's screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.attendance import attendance
from fieldkit.core.plan import Feedback
from fieldkit.core.walkin import walkin_code
from fieldkit.lan.kiosk import Kiosk
from fieldkit.lan.kiosk_page import discreet
from tests.kit.kiosk import Tablet
from tests.kit.phone import Phone
from tests.kit.plans import ALL
from tests.lan.conftest import CODE, ROSTER, Room, person

# ---- the device --------------------------------------------------------------------------------------------------


async def test_the_token_makes_one_device_the_kiosk_and_works_once(listed: Room) -> None:
    url = listed.lan.kiosk_url
    async with Tablet(listed.url) as first, Tablet(listed.url) as second:
        looked = await first.http.head(url, allow_redirects=False)
        assert looked.status == 303 and "Set-Cookie" not in looked.headers
        got = await first.open(url)
        assert got.state == "badge" and "no-store" in got.headers["Cache-Control"]
        cookie = next(iter(first.http.cookie_jar))
        assert cookie.key.startswith("fkk_") and cookie["httponly"] and cookie["samesite"] == "Lax"
        refused = await second.open(url)
        assert refused.status == 403 and "used on another device" in refused.words
        assert (await second.open()).status == 403
        assert (await second.post({"do": "come", "form": "x", "badge": "B-1"})).status == 403
        assert (await first.open(url)).state == "badge"
        assert listed.lan.kiosk_url == ""


async def test_two_devices_at_once_and_one_of_them_is_the_kiosk(listed: Room) -> None:
    url = listed.lan.kiosk_url
    async with Tablet(listed.url) as one, Tablet(listed.url) as other:
        found = await asyncio.gather(one.open(url), other.open(url))
        assert sorted(x.status for x in found) == [200, 403]


@pytest.mark.parametrize("token", ["x", "", "é", "a" * 2000, "%00", "../..", "<b>"])
async def test_a_made_up_token_opens_nothing(listed: Room, token: str) -> None:
    async with Tablet(listed.url) as one:
        assert (await one.open(f"{listed.url}/kiosk", params={"t": token})).status == 403
        assert listed.lan.kiosk_url, "the real one still waits"


async def test_it_is_taken_back_from_the_laptop_and_a_new_token_makes_another_one(listed: Room, tablet: Tablet) -> None:
    await tablet.come("B-2")
    assert tablet.screen.state == "turn"
    assert listed.lan.kiosk_state == "on"
    new = await listed.lan.offer_kiosk()
    assert (await tablet.open()).state == "turn", "a new address alone takes nothing away"
    async with Tablet(listed.url) as other:
        assert (await other.open(new)).state == "badge", "and the turn does not move with it"
        assert (await tablet.open()).status == 403
        assert await listed.lan.kiosk_off()
        assert (await other.open()).status == 403
        assert listed.lan.kiosk_state == "off" and not await listed.lan.kiosk_off()


async def test_a_used_token_stays_used_after_a_crash_and_the_device_goes_on(listed: Room, tablet: Tablet) -> None:
    """Another fold of the same file, as after kill -9: device, used token and the running turn are what they were."""
    await listed.open("c1")
    await tablet.come("B-2")
    token = tablet.screen.form(kind="answer")["form"][0]
    cookie = next(iter(tablet.http.cookie_jar)).value
    used = listed.lan.site.kiosk._mac(b"kiosk", 1)  # type: ignore[union-attr]
    again = Kiosk(listed.desk)
    await again.start()
    assert again.is_device(cookie) and again.on
    assert await again.take(used) == ""
    assert again.token not in ("", used)
    turn, _ = again.read(token)
    assert turn is not None and turn.p == person(listed, "Bo Tran").p
    await again.end(token, "x")
    late = Kiosk(listed.desk)
    await late.start()
    assert late.read(token)[0] is None, "over stays over"
    await late.off()
    last = Kiosk(listed.desk)
    await last.start()
    assert not last.token and not last.is_device(cookie), "off stays off"


# ---- turns -------------------------------------------------------------------------------------------------------


async def test_badge_question_answer_next_person(listed: Room, tablet: Tablet) -> None:
    await listed.open("c1")
    seen = await tablet.open()
    assert "Now: c1?" in seen.words and "0 of" in seen.words
    assert "Ana" not in seen.text and "Bo Tran" not in seen.text, "nobody's name is listed"
    turn = await tablet.come("b-2")
    assert turn.state == "turn" and "Bo Tran" in turn.words and "option b" in turn.words
    assert "/v1/intents" not in turn.text and turn.headers["Cache-Control"] == "no-store"
    saved = await tablet.send("answer", v="b")
    assert saved.state == "saved" and "✓ saved" in saved.words and "Bo Tran" not in saved.text
    bo = person(listed, "Bo Tran")
    answer = listed.desk.session.runs["c1"][0].answers[(bo.p, "")]
    assert (answer.v, answer.via) == (["b"], "kiosk")
    assert (bo.vias, bo.device, bo.seated) == (["kiosk"], "kiosk", False)
    back = await tablet.open()
    assert back.state == "saved"
    assert (await tablet.next()).state == "badge"
    assert "1 of" in tablet.screen.words
    row = next(x for x in attendance(listed.desk.session) if x.p == bo.p)
    assert ("shared" in row.flags, row.method) == (True, "roster")


async def test_a_form_of_a_turn_that_is_over_changes_nothing(listed: Room, tablet: Tablet) -> None:
    """Back, another choice, send: refused with a sentence. The same form again, its answer lost on the way: no word."""
    await listed.open("c1")
    await tablet.come("B-2")
    form = tablet.screen.form(kind="answer")
    fields = {k: form[k] for k in ("kind", "form", "activity", "round")}
    await tablet.post({**fields, "v": "b"})
    same = await tablet.post({**fields, "v": "b"})
    assert same.state == "saved" and "over" not in same.words
    await tablet.next()
    other = await tablet.post({**fields, "v": "a"})
    assert other.state == "badge" and "This turn was over" in other.words
    bo = person(listed, "Bo Tran")
    await tablet.come("B-3")
    await tablet.post({**fields, "v": "c"})
    assert listed.desk.session.runs["c1"][0].answers[(bo.p, "")].v == ["b"]
    assert (person(listed, "Cyd").p, "") not in listed.desk.session.runs["c1"][0].answers


async def test_an_idle_turn_ends_and_what_came_too_late_stands_in_the_form_next_time(
    listed: Room, tablet: Tablet
) -> None:
    kiosk = listed.lan.site.kiosk  # type: ignore[union-attr]
    kiosk.turn_ms = 300
    await listed.open("x1")
    await tablet.come("B-2")
    form = tablet.screen.form(kind="answer")
    await asyncio.sleep(0.35)
    assert (await tablet.open()).state == "badge"
    late = await tablet.post({**{k: form[k] for k in ("kind", "form", "activity", "round")}, "text": "slow <b>words"})
    assert "This turn was over" in late.words
    assert not listed.desk.session.runs["x1"][0].answers
    kiosk.turn_ms = 60_000
    other = await tablet.come("B-3")
    assert "slow" not in other.text, "it is Bo's"
    assert "slow &lt;b&gt;words" in (await tablet.come("B-2")).text


async def test_what_somebody_answered_is_not_shown_to_who_types_their_badge(listed: Room, tablet: Tablet) -> None:
    async with Phone(listed.url, "Bo Tran") as bo:
        await bo.come_in(CODE, "B-2")
        await listed.open("x1")
        assert (await bo.answer("x1", 1, text="my own words")).ok
        turn = await tablet.come("B-2")
        assert "my own words" not in turn.text
        assert "You have answered" in turn.words
        await tablet.send("answer", text="better words")
        who = person(listed, "Bo Tran")
        answer = listed.desk.session.runs["x1"][0].answers[(who.p, "")]
        assert (answer.text, answer.via) == ("better words", "kiosk")
        assert who.seated, "the phone keeps its seat"
        assert (await bo.view()).state == "activity"
        row = next(x for x in attendance(listed.desk.session) if x.p == who.p)
        assert "shared" in row.flags


async def test_a_choice_on_the_phone_is_not_marked_on_the_tablet(listed: Room, tablet: Tablet) -> None:
    async with Phone(listed.url, "Bo Tran") as bo:
        await bo.come_in(CODE, "B-2")
        await listed.open("c1")
        assert (await bo.answer("c1", 1, ["b"])).ok
    turn = await tablet.come("B-2")
    assert 'aria-pressed="true"' not in turn.text


async def test_a_result_on_the_tablet_says_what_it_says_to_everybody(
    make_room: Callable[..., Awaitable[Room]],
) -> None:
    """What the pack says to a wrong answer, and how sure somebody was, would tell the next one what they said."""
    told = Feedback(["Well done.", None], ["No, and that may kill.", None])
    one = [msgspec.structs.replace(a, feedback=told, sure=True) if a.id == "c1" else a for a in ALL.activities]
    room = await make_room(plan=msgspec.structs.replace(ALL, activities=one), roster=ROSTER)
    async with Phone(room.url, "Bo Tran") as bo, Tablet(room.url) as tablet:
        await tablet.open(room.lan.kiosk_url)
        await bo.come_in(CODE, "B-2")
        for activity, fields in (("z1", {"v": ["a"], "q": "q1"}), ("c1", {"v": ["a"], "sure": "unsure"})):
            await room.open(activity)
            assert (await bo.send("answer", activity=activity, round=1, **fields)).ok
            turn = await tablet.come("B-2")
            assert not re.search(r'<input[^>]* checked|aria-pressed="true"', turn.text), activity
            await room.do(w.CloseActivity())
            await room.do(w.Reveal(activity=activity))
            own = (await bo.view()).results[0]
            wrong = own.told or own.questions[0].told
            assert wrong in ("No, and that may kill.", "Not one."), "the phone in the pocket says it"
            turn = await tablet.come("B-2")
            assert turn.state == "turn" and wrong not in turn.words, activity
            assert {"c1": "Because.", "z1": "Right one."}[activity] in turn.words, "what it says to everybody"
            assert "You answered" not in turn.words and 'id="r-' + activity in turn.text
        view, shared = room.desk.seat_view(bo.p, "en"), room.desk.shared_view("en")
        assert view.results != shared.results
        shown = discreet(view, shared.results)
        assert shown.results == shared.results
        assert not any(q.mine_sure or q.mine for o in shown.open for q in o.questions)


async def test_every_type_is_answered_by_a_plain_form(listed: Room, tablet: Tablet) -> None:
    sent: dict[str, dict[str, Any]] = {
        "p1": {"v": ["a", "c"]},
        "s1": {"v": "l2"},
        "c1": {"v": "b"},
        "t1": {"v": "false"},
        "x1": {"text": "words"},
    }
    for activity, fields in sent.items():
        await listed.open(activity)
        await tablet.come("B-2")
        saved = await tablet.send("answer", **fields)
        assert saved.state == "saved", (activity, saved.words)
        assert listed.desk.session.runs[activity][0].answered() == 1, activity
    await listed.open("a1")
    await tablet.come("B-2")
    assert (await tablet.send("ack", text="Bo Tran")).state == "saved"
    await listed.open("d1")
    await tablet.come("B-2")
    assert (await tablet.send("say", activity="d1", text="The ram drifts")).state == "saved"
    await listed.do(w.RollCall())
    await tablet.come("B-2")
    assert (await tablet.send("here")).state == "saved"
    assert listed.desk.session.runs["attendance"][0].answered() == 1


async def test_a_refused_answer_stays_in_the_turn_with_its_sentence(listed: Room, tablet: Tablet) -> None:
    await listed.open("c1")
    await tablet.come("B-2")
    form = dict(tablet.screen.form(kind="answer"))
    wrong = await tablet.send("answer", v="zz")
    assert wrong.state == "turn" and "not one of the choices" in wrong.words
    await listed.do(w.CloseActivity())
    late = await tablet.post({**{k: form[k] for k in ("kind", "form", "activity", "round")}, "v": "b"})
    assert late.state == "turn" and "Too late" in late.words
    assert "Too late" not in (await tablet.open()).words, "said once"


async def test_leave_hand_and_language(listed: Room, tablet: Tablet) -> None:
    await tablet.come("B-1")
    assert "Levantar la mano" in tablet.screen.text, "the roster's language"
    await tablet.send("hand", up="1")
    assert tablet.screen.state == "turn" and person(listed, "Ana Ruiz").hand_m is not None
    await tablet.send("language", lang="en")
    assert tablet.screen.state == "turn" and "Take my hand down" in tablet.screen.words
    assert person(listed, "Ana Ruiz").lang == "en"
    gone = await tablet.send("leave")
    assert "Goodbye, Ana Ruiz." in gone.words and re.search(r"Receipt \w", gone.words)
    assert not person(listed, "Ana Ruiz").present
    assert (await tablet.next()).state == "badge"
    await tablet.come("B-1")
    assert person(listed, "Ana Ruiz").present and len(person(listed, "Ana Ruiz").spans) == 2


async def test_the_language_chosen_on_the_badge_screen_is_the_persons(listed: Room, tablet: Tablet) -> None:
    """What is signed is kept with the language it was read in, so the choice is a record."""
    await tablet.open()
    await tablet.post({"do": "lang", "lang": "es"})
    assert (
        "Escan" in tablet.screen.words or "gafete" in tablet.screen.words.lower() or 'lang="es"' in tablet.screen.text
    )
    await tablet.come("B-2")
    assert 'lang="es"' in tablet.screen.text and person(listed, "Bo Tran").lang == "es"
    await tablet.next()
    assert 'html lang="en"' in (await tablet.open()).text, "for one turn only"
    await tablet.post({"do": "lang", "lang": "../x"})
    assert (await tablet.open()).state == "badge"


# ---- who is it ---------------------------------------------------------------------------------------------------


async def test_no_badge_a_name_makes_a_walk_in_with_a_code_for_the_next_turn(listed: Room, tablet: Tablet) -> None:
    turn = await tablet.come(name="Dee Newcomer")
    dee = person(listed, "Dee Newcomer")
    code = walkin_code(dee.p)
    assert turn.state == "turn" and code in turn.words and dee.walkin
    await tablet.next()
    again = await tablet.come(code.lower())
    assert "Dee Newcomer" in again.words and code not in again.words
    assert sum(x.name == "Dee Newcomer" for x in listed.desk.session.people.values()) == 1


async def test_the_same_name_again_is_asked_about_and_never_matched(listed: Room, tablet: Tablet) -> None:
    await tablet.come(name="José Díaz")
    await tablet.next()
    asked = await tablet.come(name="josé díaz")
    assert asked.state == "badge" and "Somebody with this name is in already" in asked.words
    assert walkin_code(person(listed, "José Díaz").p) not in asked.text
    form = asked.form(do="come")
    await tablet.post({"do": "come", "form": form["form"], "badge": "", "name": "josé díaz", "new": "1"})
    assert tablet.screen.state == "turn"
    assert sum(x.name.casefold() == "josé díaz" for x in listed.desk.session.people.values()) == 2


async def test_an_unknown_badge_asks_for_the_name(listed: Room, tablet: Tablet) -> None:
    asked = await tablet.come("B-99")
    assert asked.state == "badge" and "Type your name" in asked.words and 'value="B-99"' in asked.text
    form = asked.form(do="come")
    assert form["badge"] == ["", "B-99"], "an empty field for the next scan, and what was typed beside it"
    fields = {"do": "come", "form": form["form"]}
    assert "Bo Tran" in (await tablet.post({**fields, "badge": ["B-2", "B-99"], "name": ""})).words
    await tablet.next()
    await tablet.post({**fields, "badge": ["", "B-98"], "name": "Dan"})
    assert tablet.screen.state == "turn" and person(listed, "Dan").badge == "B-98"
    assert 'value="B-99"' not in (await tablet.come("B-97")).text, "shown once"
    await tablet.come("B-99", "Eve")
    assert tablet.screen.state == "turn" and person(listed, "Eve").badge == "B-99"
    nobody = await tablet.come()
    assert nobody.state == "turn" or "Type your name" in nobody.words


async def test_a_name_is_asked_about_however_the_one_before_was_spelled(listed: Room, tablet: Tablet) -> None:
    """Only a walk-in of the kiosk has the code that is asked for: a name of the roster or of a phone asks nobody."""
    await tablet.come(name="Bo Tran")
    assert tablet.screen.state == "turn"
    await tablet.next()
    assert "Somebody with this name is in already" in (await tablet.come(name="BO TRAN")).words
    await tablet.come("B-2")
    assert tablet.screen.state == "turn" and person(listed, "Bo Tran").badge == "B-2"


async def test_strangers_wait_in_the_lobby_at_the_kiosk_as_they_do_at_the_door(
    make_room: Callable[..., Awaitable[Room]],
) -> None:
    """The roster's people and whoever was in before never wait; a place goes to whoever comes next, here or there."""
    room = await make_room(roster=ROSTER[:1])
    async with Tablet(room.url) as tablet:
        await tablet.open(room.lan.kiosk_url)
        for name in ("N1", "N2", "N3"):
            assert (await tablet.come(name=name)).state == "turn"
        refused = await tablet.come(name="N4")
        assert (
            refused.state == "badge" and "More people than expected" in refused.words and 'value="N4"' in refused.text
        )
        assert (room.desk.room_view().lobby, room.desk.session.joined) == (1, 3)
        async with Phone(room.url, "P") as phone:
            assert (await phone.join(CODE, "P")).reason == "lobby"
        assert (await tablet.come("B-1")).state == "turn", "who is expected comes in"
        assert (await tablet.come(walkin_code(person(room, "N1").p))).state == "turn", "and who was in before"
        room.desk.admit(1)
        assert (await tablet.come(name="N5")).state == "turn"
        again = await tablet.come(name="N4")
        assert again.state == "badge" and room.desk.session.joined == 5


async def test_the_same_form_twice_is_one_person(listed: Room, tablet: Tablet) -> None:
    form = (await tablet.open()).form(do="come")["form"]
    fields = {"do": "come", "form": form, "badge": "", "name": "Twice"}
    await asyncio.gather(tablet.post(fields), tablet.post(fields))
    assert sum(x.name == "Twice" for x in listed.desk.session.people.values()) == 1


async def test_a_participant_id_is_nobodys_badge(listed: Room, tablet: Tablet) -> None:
    await tablet.come("exp00001")
    assert tablet.screen.state == "badge"


async def test_who_came_by_kiosk_may_join_with_a_phone_later(listed: Room, tablet: Tablet) -> None:
    await tablet.come("B-2")
    async with Phone(listed.url, "Bo Tran") as bo:
        await bo.come_in(CODE, "B-2")
        assert (await bo.view()).me is not None
    assert sum(x.badge == "B-2" for x in listed.desk.session.people.values()) == 1


async def test_whom_the_trainer_takes_out_is_sent_from_the_screen(listed: Room, tablet: Tablet) -> None:
    await listed.open("c1")
    await tablet.come("B-2")
    form = tablet.screen.form(kind="answer")
    await listed.do(w.RemovePerson(who="B-2"))
    await tablet.post({**{k: form[k] for k in ("kind", "form", "activity", "round")}, "v": "b"})
    assert (await tablet.open()).state == "badge"
    assert not listed.desk.session.runs["c1"][0].answers


async def test_after_the_end_the_kiosk_says_so(listed: Room, tablet: Tablet) -> None:
    await listed.do(w.End())
    ended = await tablet.open()
    assert ended.state == "end" and "The session has ended" in ended.words and not ended.forms
