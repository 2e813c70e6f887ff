"""What a policy turns off is not asked for at the door: the form lacks the field, and people are known otherwise."""

from __future__ import annotations

import gzip
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from fieldkit.core import records as r
from tests.kit.kiosk import Tablet
from tests.lan.conftest import CODE, ROSTER, Room
from tests.lan.raw import ask, request


async def door(room: Room) -> tuple[bytes, str]:
    raw = await ask(room.lan.port, request("GET", f"/{CODE}", {"Accept-Encoding": "gzip"}))
    return raw, gzip.decompress(raw.partition(b"\r\n\r\n")[2]).decode()


def asked(html: str) -> list[str]:
    """Names of the fields that a person can see and fill in."""
    return re.findall(r'<input name="(\w+)"', html)


async def joined(room: Room, html: str, **typed: str) -> bytes:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    body = urlencode({**hidden, "code": CODE, **typed})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await ask(room.lan.port, request("POST", "/v1/intents", headers, body.encode()))


@pytest.mark.parametrize(
    ("off", "fields"),
    [
        (None, ["code", "name", "badge"]),
        (["employer", "role", "place", "note"], ["code", "name", "badge"]),
        (["name"], ["code", "badge"]),
        (["badge"], ["code", "name"]),
        (["badge", "name"], ["code"]),
    ],
)
async def test_the_form_asks_for_what_is_recorded(make_room: Any, off: list[str] | None, fields: list[str]) -> None:
    rules = r.Policy() if off is None else r.Policy(off=off)
    room: Room = await make_room(roster=ROSTER, rules=rules)
    raw, html = await door(room)
    assert asked(html) == fields and len(raw) <= 4096
    assert ("see your name" in html) == ("name" in fields)
    typed = {name: "E9" if name == "badge" else "Ann [/] Lee" for name in fields if name != "code"}
    assert b" 303 " in (await joined(room, html, **typed)).split(b"\r\n")[0]
    (came,) = [one for one in room.desk.session.people.values() if one.present]
    assert (came.name, came.badge) == (typed.get("name", ""), typed.get("badge", ""))


async def test_without_a_policy_a_name_is_still_needed(room: Room) -> None:
    _, html = await door(room)
    await joined(room, html, name="")
    assert not [one for one in room.desk.session.people.values() if one.present]


async def test_a_form_that_was_open_before_still_works_and_nothing_of_it_is_kept(make_room: Any) -> None:
    room: Room = await make_room(rules=r.Policy(off=["name"]))
    _, html = await door(room)
    await joined(room, html, name="\u202eZoë <b>[/]")
    (came,) = [one for one in room.desk.session.people.values() if one.present]
    assert came.name == ""


# ---- at the kiosk ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "fields"),
    [([], ["badge", "name"]), (["name"], ["badge", "new"]), (["badge", "name"], ["badge", "new"])],
)
async def test_the_kiosk_asks_for_what_is_recorded(make_room: Any, off: list[str], fields: list[str]) -> None:
    """Without names a badge or the walk-in's code is what is typed; the field for it stays."""
    room: Room = await make_room(rules=r.Policy(off=off))
    async with Tablet(room.url) as tablet:
        screen = await tablet.open(room.lan.kiosk_url)
        shown = screen.text.partition('<form class="come"')[2].partition("</form>")[0]
        assert re.findall(r'<(?:input|button)[^>]*? name="(badge|name|new)"', shown) == fields
        assert shown.index('class="go"') < shown.find('name="new"') % 10**6, "Enter presses the first button"
        assert ("see your name" in screen.text) == ("name" not in off)


async def test_without_names_a_badge_lets_in_and_an_empty_form_does_not(make_room: Any) -> None:
    room: Room = await make_room(roster=[{"badge": "B-2"}], rules=r.Policy(off=["name"]))
    people = room.desk.session.people
    async with Tablet(room.url) as tablet:
        await tablet.open(room.lan.kiosk_url)
        empty = await tablet.come()
        assert empty.state == "badge" and not any(one.present for one in people.values())
        assert (await tablet.come("B-2")).state == "turn"
        await tablet.next()
        assert (await tablet.come("=unknown [/]")).state == "turn"
        await tablet.next()
        form = (await tablet.open()).form(do="come")
        await tablet.post({"do": "come", "form": form["form"], "badge": "", "new": "1"})
        assert tablet.screen.state == "turn"
    assert [(one.name, one.walkin) for one in people.values() if one.present] == [("", False), ("", True), ("", True)]
