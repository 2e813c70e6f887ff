"""What a phone and the badge screen say: feedback beside the reason, what is right, why a badge is none."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.cli.join_text import lines_of
from fieldkit.core import intents as w
from fieldkit.core.plan import Feedback
from fieldkit.lan.kiosk_page import now_html
from fieldkit.words import words_for
from tests.kit.phone import Phone
from tests.kit.plans import ALL, activity, options
from tests.lan.conftest import CODE, Room
from tests.lan.test_page_types import page_of

TOLD = activity(
    "f1",
    "choice",
    options=options("a", "b"),
    answer=["b"],
    feedback=Feedback(["Well seen.", None], ["Look again.", None]),
    explain=["The valve holds pressure.", None],
)


async def test_feedback_stands_beside_the_reason_and_is_ones_own(make_room: Any) -> None:
    """On the page without script, in the slot of the page with, and in the terminal."""
    room: Room = await make_room(msgspec.structs.replace(ALL, activities=[*ALL.activities, TOLD]))
    async with Phone(room.url, "Ana Ruiz") as ana, Phone(room.url, "Bo Tanaka") as bo, Phone(room.url, "Cy") as cy:
        for phone in (ana, bo, cy):
            await phone.come_in(CODE)
        await room.open("f1")
        await ana.answer("f1", 1, ["b"])
        await bo.answer("f1", 1, ["a"])
        await room.do(w.CloseActivity())
        await room.do(w.Reveal())
        for phone, own, other in ((ana, "Well seen.", "Look again."), (bo, "Look again.", "Well seen."), (cy, "", "")):
            page = await page_of(phone)
            assert page.count("The valve holds pressure.") == 1, phone.name
            assert (own in page) and (not other or other not in page), phone.name
            said = lines_of(await phone.view(), words_for("en"))
            assert "The valve holds pressure." in said and (not own or own in said)
        shared = room.lan.site.live("en")  # type: ignore[union-attr]
        assert "Well seen." not in shared and "Look again." not in shared


async def test_of_several_spellings_one_is_shown_as_right(make_room: Any) -> None:
    """The others are accepted, and a list of them would read as one answer."""
    room: Room = await make_room(ALL)
    async with Phone(room.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        await room.open("w1")
        await room.do(w.CloseActivity())
        await room.do(w.Reveal())
        page = await page_of(ana)
        assert "Válvula is right" in page and "ball valve" not in page


async def test_a_badge_too_long_is_refused_in_words_and_a_long_name_is_cut(make_room: Any) -> None:
    room: Room = await make_room(ALL)
    async with Phone(room.url, "Ana Ruiz") as ana:
        reply = await ana.join(CODE, "Ana", "B" * 2000)
        assert (reply.result, reply.reason) == ("refused", "too-long") and reply.words
        reply = await ana.join(CODE, "N" * 2000, "B" * 40)
        assert reply.ok and len(room.desk.session.people[ana.p].name) == 80


async def test_the_badge_screen_keeps_a_question_apart_from_its_own_words(make_room: Any) -> None:
    """A question in another direction of writing turns nothing around it."""
    room: Room = await make_room(ALL)
    await room.open("c1")
    view = room.desk.wall_view("en")
    html = now_html(msgspec.structs.replace(view, text="<b>هل؟"))
    assert "<h1>Now: <bdi>&lt;b&gt;هل؟</bdi></h1>" in html
