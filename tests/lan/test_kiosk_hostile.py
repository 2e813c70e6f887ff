"""The shared tablet under fire: foreign names, odd bodies, other devices, too many at once."""

from __future__ import annotations

import pytest

from tests.kit.kiosk import Tablet
from tests.lan.conftest import Room, person

NAMES = ["Ann [/] Lee", '"><script>alert(1)</script>', "=1+1", "‮evil", "\x1b]0;x\x07", "ا" * 300, "{{ 7*7 }}", "\x00"]


@pytest.mark.parametrize("name", NAMES)
async def test_names_are_foreign_text(listed: Room, tablet: Tablet, name: str) -> None:
    screen = await tablet.come(name=name)
    assert screen.status == 200 and "<script>alert" not in screen.text and "‮" not in screen.text
    assert "\x1b" not in screen.text and "49" not in screen.words.partition("leave")[0][:60]
    assert (await tablet.come(name)).status == 200


BODIES = [
    b"",
    b"\xff\xfe",
    b"kind=answer",
    b"kind=answer&form=x",
    b"kind=join&form=x&code=K7M4&name=Eve",
    b"kind=tempo&form=x&v=lost",
    b"do=come",
    b"do=" + b"x" * 5000,
    b"&".join(b"a%d=1" % k for k in range(200)),
    b"do=come&form=" + b"f" * 3000 + b"&badge=" + b"9" * 9000,
    b"kind=answer&form=a.b.c.d&activity=c1&round=1&v=a",
    b"kind=answer&form=" + "é.1.1.x".encode() + b"&activity=c1&round=1&v=a",
]


@pytest.mark.parametrize("body", BODIES)
async def test_odd_bodies_are_answered_and_save_nothing(listed: Room, tablet: Tablet, body: bytes) -> None:
    await listed.open("c1")
    before = listed.desk.session.saved
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    async with tablet.http.post(f"{listed.url}/kiosk", data=body, headers=head) as got:
        assert got.status in (200, 400), body[:50]
        await got.read()
    assert listed.desk.session.saved == before
    assert (await tablet.open()).status == 200


async def test_the_guards_stand_before_the_kiosk_too(listed: Room, tablet: Tablet) -> None:
    assert (await tablet.open(headers={"Host": "evil.example"})).status == 421
    assert (await tablet.post({"do": "next"}, Origin="http://evil.example")).status == 403
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    async with tablet.http.post(f"{listed.url}/kiosk", data=b"a=" + b"x" * 20_000, headers=head) as got:
        assert got.status == 413
    async with tablet.http.post(f"{listed.url}/kiosk", json={"do": "next"}) as got:
        assert got.status == 400
    page = await tablet.open()
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "same-origin"


async def test_limits_count_for_the_person_and_not_for_the_tablet(listed: Room, tablet: Tablet) -> None:
    await tablet.come("B-2")
    for k in range(25):
        await tablet.send("hand", up=str((k + 1) % 2))
    assert "Too many at once" in tablet.screen.words
    await tablet.next()
    await tablet.come("B-3")
    await tablet.send("hand", up="1")
    assert person(listed, "Cyd").hand_m is not None


async def test_the_script_gets_json_for_the_same(listed: Room, tablet: Tablet) -> None:
    head = {"Accept": "application/json"}
    async with tablet.http.get(f"{listed.url}/kiosk/now", headers=head) as got:
        assert (got.status, (await got.json())["state"]) == (200, "badge")
    form = (await tablet.open()).form(do="come")["form"]
    posted = await tablet.post({"do": "come", "form": form, "badge": "B-2"}, **head)
    assert posted.text == '{"state":"turn"}'
    await listed.lan.kiosk_off()
    async with tablet.http.get(f"{listed.url}/kiosk/now", headers=head) as got:
        assert got.status == 403
    assert (await tablet.post({"do": "next"}, **head)).status == 403
