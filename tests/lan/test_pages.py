"""The page: what each state says, what it weighs, what it may load, and that no script of ours is newer than ES5."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import zlib
from typing import Any

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.plan import Option, Plan
from fieldkit.core.spelled import sign
from fieldkit.lan import assets, marks, pages, qr
from fieldkit.lan.site import gzip_page
from fieldkit.words import catalogues
from tests.kit.phone import Phone
from tests.kit.plans import ALL
from tests.lan.conftest import CODE, Room
from tests.lan.raw import ask, request

PAGE_MAX = 8 * 1024
"""Bytes on the wire of the first view, headers and all."""
CHANGE_MAX = 1024
STATES = ["wait", "attendance", "bye", *(a.id for a in ALL.activities), *(f"{a} result" for a in ("c1", "n1", "z1"))]
LONG = {
    "hi": "ब्रेकर खुला है और ताला लगा है। जब आप प्रेस का गार्ड खोलते हैं तब भी आपको क्या चोट पहुँचा सकता है?",
    "ar": "القاطع مفتوح ومقفل. ما الذي لا يزال يمكن أن يؤذيك عندما تفتح واقي المكبس الهيدروليكي الكبير؟",
}
SHORT = {"hi": "ट्रॉली माँगें और उसके खाली होने तक प्रतीक्षा करें", "ar": "اطلب العربة وانتظر حتى تصبح فارغة"}


def in_long_letters(plan: Plan) -> Plan:
    """The plan in Hindi and Arabic too, whose letters take two and three bytes."""

    def wider(text: list[str | None], words: dict[str, str]) -> list[str | None]:
        return [*text, *(f"{words[lang]} {text[0]}" for lang in ("hi", "ar"))]

    def option(o: Option) -> Option:
        return msgspec.structs.replace(o, text=wider(o.text, SHORT))

    activities = [
        msgspec.structs.replace(
            a,
            text=wider(a.text, LONG),
            options=[option(o) for o in a.options],
            left=[option(o) for o in a.left],
            right=[option(o) for o in a.right],
            questions=[
                msgspec.structs.replace(q, text=wider(q.text, SHORT), options=[option(o) for o in q.options])
                for q in a.questions
            ],
        )
        for a in plan.activities
    ]
    return msgspec.structs.replace(plan, langs=[*plan.langs, "hi", "ar"], activities=activities)


async def bring_to(room: Room, state: str) -> None:
    """The room in this state."""
    if state == "attendance":
        await room.do(w.RollCall())
    elif state == "bye":
        await room.do(w.End())
    elif state.endswith(" result"):
        await bring_to(room, state.removesuffix(" result"))
        await room.do(w.CloseActivity())
        await room.do(w.Reveal())
    elif state != "wait":
        await room.open(state)


SPOKEN = sorted({"hi", "ar", *catalogues()})


@pytest.mark.parametrize("state", STATES)
async def test_every_page_and_every_change_is_within_its_budget(make_room: Any, state: str) -> None:
    """In every language: a room in which one phone speaks each of them."""
    room: Room = await make_room(in_long_letters(ALL))
    phones = {lang: await seat(room, lang) for lang in SPOKEN}
    await bring_to(room, state)
    found = {lang: await sizes(room, head, lang) for lang, head in phones.items()}
    assert {lang: size for lang, size in found.items() if size[0] > PAGE_MAX or size[1] > CHANGE_MAX} == {}


async def seat(room: Room, lang: str) -> dict[str, str]:
    """Headers of a phone that has come in and speaks this."""
    async with Phone(room.url, f"Ana Ruiz {lang}") as ana:
        await ana.come_in(CODE, lang=lang)
    return {"Authorization": f"Bearer {ana.seat}", "Accept-Encoding": "gzip, deflate"}


async def sizes(room: Room, head: dict[str, str], lang: str) -> tuple[int, int]:
    """Bytes on the wire: of the first view, and of the change that brought the room here."""
    page = await ask(room.lan.port, request("GET", "/", head))
    html = gzip.decompress(page.partition(b"\r\n\r\n")[2]).decode()
    shown = re.search(r'data-h="(\w+)"', html)
    assert shown is not None
    stream = await ask(room.lan.port, request("GET", f"/v1/events?h={shown[1]}", head), whole=begun)
    assert begun(stream) and room.lan.site is not None
    frame = room.lan.site.phones._frame(lang)
    return len(page) + len(stream), len(frame.bytes_for(True))


def begun(stream: bytes) -> bool:
    """Whether what a stream begins with, a person's own part, is there to its end: chunks of gzip of events."""
    head, _, rest = stream.partition(b"\r\n\r\n")
    body = b""
    while (size := rest.partition(b"\r\n")[0]) and len(rest) > int(size, 16) + len(size) + 2:
        start = len(size) + 2
        body, rest = body + rest[start : start + int(size, 16)], rest[start + int(size, 16) + 2 :]
    said = zlib.decompressobj(wbits=31).decompress(body)
    return b"gzip" in head and said.startswith(b"event: me\n") and said.endswith(b"\n\n")


async def test_the_door_is_small_and_has_no_script(room: Room) -> None:
    page = await ask(room.lan.port, request("GET", "/K7M4", {"Accept-Encoding": "gzip"}))
    assert len(page) <= 4096
    head, _, body = page.partition(b"\r\n\r\n")
    html = gzip.decompress(body).decode()
    assert "<script" not in html and b"script-src" not in head
    assert 'value="K7M4"' in html


def test_an_answer_goes_up_in_less_than_500_bytes() -> None:
    """As Chromium on an old Android sends it from the page's script (checked in the browser test)."""
    sent = (
        "POST /v1/intents HTTP/1.1\r\nHost: 192.168.43.17:8080\r\nConnection: keep-alive\r\nContent-Length: 95\r\n"
        "Accept-Language: *\r\nUser-Agent: Mozilla/5.0 (Linux; Android 9; SM-J260F) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/120.0 Mobile Safari/537.36\r\nAccept: */*\r\nOrigin: http://192.168.43.17:8080\r\n"
        "Accept-Encoding: gzip, deflate\r\nCookie: fk_000017-k3m9w2p4=LepdgLpf71QVjtOit5v7ViCT\r\n\r\n"
        '{"kind":"answer","activity":"choice-lift","round":1,"v":["both"],"id":"oqRxtfuGkFDfWQSQCmjA2g"}'
    )
    assert len(sent) <= 500


async def test_the_csp_pins_the_style_and_the_script_that_are_there(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)
        async with ana.http.get(room.url, headers=ana.headers()) as got:
            html, csp, headers = await got.text(), got.headers["Content-Security-Policy"], got.headers
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        found = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
        assert len(found) == 1  # what else there is comes later, as text, and is let in by its hash alone
        pin = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{pin}'" in csp
    assert csp.startswith("default-src 'none'") and "frame-ancestors 'none'" in csp and "unsafe" not in csp
    assert headers["Referrer-Policy"] == "same-origin" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-cache"
    assert " style=" not in html and " onclick=" not in html and "//" not in re.sub(r"<script>.*</script>", "", html)


SCRIPTS = ["phone.js", "wall.js", "kiosk.js", *(assets.part(name) for name in assets.PARTS)]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_es5_and_keep_what_makes_squeezing_safe(name: str) -> None:
    source = assets.read(name)
    code = "\n".join(line for line in source.split("\n") if not line.strip().startswith("//"))
    bare = re.sub(r"'(?:[^'\\]|\\.)*'", "''", code).replace("\\//g", "")
    assert not re.search(r"=>|`|\b(let|const|class|async|await|import|export|of)\b|\.\.\.|\?\.|\?\?", bare), name
    assert '"' not in bare and "//" not in bare and "/*" not in bare
    for line in bare.split("\n"):
        line = line.strip()
        goes_on = line.startswith(("if (", "for (", "else"))
        assert not line or goes_on or line[-1] in ";{}(,", line
    small = assets.squeeze_js(source)
    assert len(small) < len(source)
    assert re.findall(r"'(?:[^'\\]|\\.)*'", small) == re.findall(r"'(?:[^'\\]|\\.)*'", code)


@pytest.mark.parametrize("name", SCRIPTS)
def test_shortening_changes_names_and_nothing_else(name: str) -> None:
    """Strings, regular expressions, properties and numbers stay as they are, and no two names become one."""
    before, after = assets.squeeze_js(assets.read(name)), assets.shorten_js(assets.squeeze_js(assets.read(name)))
    kept = re.compile(r"'(?:[^'\\]|\\.)*'|(?<=[(,=:!&|?])/(?:[^/\\\n]|\\.)+/|\.[A-Za-z_$][\w$]*|\b\d+\b")
    assert kept.findall(before) == kept.findall(after)
    word = re.compile(r"[A-Za-z_$][\w$]*")
    old, new = word.findall(kept.sub(" ", before)), word.findall(kept.sub(" ", after))
    assert len(old) == len(new)
    names = set(zip(old, new, strict=True))
    reserved = {"if", "for", "in", "var", "function", "return", "this", "new", "typeof", "document", "window", "fk"}
    assert all(a == b for a, b in names if a in reserved)
    pairs = {(a, b) for a, b in names if a != b}
    assert len({b for _, b in pairs}) == len(pairs)


async def test_a_page_refreshes_itself_without_script_only_where_nobody_types(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)

        async def refreshes() -> bool:
            async with ana.http.get(room.url, headers=ana.headers()) as got:
                return "http-equiv" in await got.text()

        assert await refreshes()
        for activity, expected in (("c1", True), ("x1", False), ("a1", False), ("d1", False), ("p1", False)):
            await room.open(activity)
            assert await refreshes() is expected, activity
    assert b"http-equiv" not in await ask(room.lan.port, request("GET", "/"))


async def test_every_question_says_who_sees_the_answer_and_every_wait_whom_we_wait_for(room: Room) -> None:
    view = room.desk.shared_view("en")
    assert "Waiting for Sam Ortiz to start." in pages.phone_live(view)
    for activity, sentence in (("c1", "Your trainer sees your name."), ("s1", "Your trainer sees no names.")):
        await room.open(activity)
        assert sentence in pages.phone_live(room.desk.shared_view("en"))
    await room.do(w.Pause())
    assert "Waiting for Sam Ortiz to go on." in pages.phone_live(room.desk.shared_view("en"))


async def test_what_is_mine_stands_in_my_page_and_in_nobody_elses(room: Room) -> None:
    await room.open("c1")
    async with Phone(room.url, "Ana Ruiz") as ana, Phone(room.url, "Bo Tanaka") as bo:
        await ana.come_in(CODE)
        await bo.come_in(CODE)
        await ana.answer("c1", 1, ["b"])
        pressed = 'value="b" aria-pressed="true"'
        async with ana.http.get(room.url, headers=ana.headers()) as got:
            text = await got.text()
            assert pressed in text and "✓ saved" in text
        async with bo.http.get(room.url, headers=bo.headers()) as got:
            text = await got.text()
            assert pressed not in text and "Ana Ruiz" not in text
        assert pressed not in room.lan.site.live("en")  # type: ignore[union-attr]


def test_countdowns_do_not_count_as_a_change() -> None:
    one = '<p id="b-top"> <b class="left" data-left="59000">0:59</b></p><p>x</p>'
    two = '<p id="b-top"> <b class="left" data-left="1000">0:01</b></p><p>x</p>'
    assert pages.without_time(one) == pages.without_time(two) != one


def test_letters_and_shapes_go_on_after_the_sixth() -> None:
    assert [sign(k) for k in (0, 5, 6, 25, 26)] == ["A ●", "F ⬢", "G", "Z", "27"]
    assert [marks.clock(ms) for ms in (0, 1, 38_000, 60_000, 754_001)] == ["0:00", "0:01", "0:38", "1:00", "12:35"]


def test_heads_are_packed_once_and_reused() -> None:
    one, two = gzip_page("<head>" * 500, "a"), gzip_page("<head>" * 500, "b")
    assert gzip.decompress(one)[-1:] == b"a" and gzip.decompress(two)[-1:] == b"b"


def test_the_qr_is_small_strict_and_says_the_address_in_capitals() -> None:
    text = qr.invite_text("http://192.168.43.17/k7m4")
    assert text == "HTTP://192.168.43.17/K7M4"
    drawn = qr.svg(text)
    assert "style" not in drawn and len(drawn) < 4000 and len(qr.matrix(text)) <= 29
    assert qr.wifi_text("a;b", 'p:"\\,') == 'WIFI:T:WPA;S:a\\;b;P:p\\:\\"\\\\\\,;;'
    assert qr.wifi_text("open", "") == "WIFI:T:nopass;S:open;;"
