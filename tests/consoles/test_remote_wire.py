"""The protocol as it is written down, and the published library that computes it on the phone."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

import pytest

from fieldkit.consoles import remote_wire as wire
from fieldkit.consoles.remote_page import LIBRARY, library, page
from fieldkit.consoles.remote_pairing import LATE_MS, Deny, Pairing
from fieldkit.consoles.remote_wishes import OFF, TICK, WISHES
from tests.consoles.remote_kit import code
from tests.house.tree import ROOT

PUBLISHED = {
    "LICENSE": "4f221aee6e072336700c408c68ab3b96a3fc09f6aebe6f48f1bd99e5ef13faec",
    "_sha2.js": "942c8c4199831db87d5c750b6dc1fe644080aae06df905a48541cc676edc275a",
    "cryptoBrowser.js": "445c21083b5b96b9f01afabf9f07c8e5dce2edca0e1798dd45f2e2046a21a17c",
    "hmac.js": "f66fd5d74ebaa6ecb227fa63fe029493c20c2a61cb3ce7ecbf93d00f8303e0e1",
    "sha256.js": "db2ec89cf66ff86b4c0ef02921de99c719003cc2a70c96b35c68b3b564caf847",
    "utils.js": "a3d9b4c82c0492404d592536e3565a319098710786818c6b564c075c340626dd",
}
"""SHA-256 of the files in the npm package @noble/hashes 1.0.0, whose integrity is sha512-DZVbtY62kc3kkBtMHqwCOfXrT/
hnoORy5BJ4+HU1IR59X0KWAOqsfzQPcUl/lQLlG7qXbe/fZ3r/emxtAl+sqg== (as the registry says it, without the line break)."""

KEY = bytes(range(32))
PHONE, OTHER = "Zm9vYmFyYmF6cXV4cXV1eA", "b3RoZXJvdGhlcm90aGVybw"


def example() -> list[tuple[str, bytes]]:
    """(code, body) of the two messages in docs/remote.md."""
    text = (ROOT / "docs" / "remote.md").read_text("utf-8").partition("### A worked example")[2]
    found = re.findall(r"Fieldkit-Mac: (\w{64})\n\n(\{.*\})\n```", text)
    return [(mac, body.encode()) for mac, body in found]


def test_the_librarys_files_are_the_published_ones() -> None:
    folder = resources.files("fieldkit.consoles") / "remote" / "noble"
    held = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in folder.iterdir() if f.is_file()}
    assert held == PUBLISHED


def test_the_page_carries_every_file_of_the_library_unchanged() -> None:
    folder = resources.files("fieldkit.consoles") / "remote" / "noble"
    assert set(LIBRARY.values()) == {name for name in PUBLISHED if name.endswith(".js")}
    assert all((folder / name).read_text("utf-8") in library() for name in LIBRARY.values())


def test_the_worked_example_of_the_document_is_right() -> None:
    text = (ROOT / "docs" / "remote.md").read_text("utf-8")
    (asked, body), (answered, answer) = example()
    assert f"`{wire.fragment(KEY)}`" in text
    assert wire.code(KEY, "do", body) == asked == code(KEY, "do", body)
    assert wire.code(KEY, "do", answer, 7) == answered == code(KEY, "do-answer 7", answer)
    found = wire.read("do", body)
    assert isinstance(found, wire.Do) and (found.n, found.wish.do) == (7, "next")


def test_the_document_names_every_wish_and_no_other() -> None:
    text = (ROOT / "docs" / "remote.md").read_text("utf-8").partition("| `do` | with |")[2].partition("\n\n")[0]
    first = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    assert sorted(name for cell in first for name in re.findall(r"`(\w+)`", cell)) == sorted([*WISHES, TICK, OFF])


def test_the_document_names_every_reason_of_the_door() -> None:
    text = (ROOT / "docs" / "remote.md").read_text("utf-8")
    assert [why.value for why in Deny if f"`{why.value}`" not in text] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"{" * 3000,
        b'{"n":0,"phone":"Zm9vYmFyYmF6cXV4cXV1eA"}',
        b'{"n":1.5,"phone":"Zm9vYmFyYmF6cXV4cXV1eA"}',
        b'{"n":9007199254740992,"phone":"Zm9vYmFyYmF6cXV4cXV1eA"}',
        b'{"n":1,"phone":"short"}',
        b'{"n":1,"phone":"Zm9vYmFyYmF6cXV4cXV1eA\\n"}',
        b'{"n":1,"phone":"Zm9vYmFyYmF6cXV4cXV1eA","more":1}',
        b'{"n":1,"phone":"Zm9vYmFyYmF6cXV4cXV1eA","want":null}',
    ],
)
def test_what_is_no_request_is_none(body: bytes) -> None:
    assert wire.read("see", body) is None


# ---- one phone, one key --------------------------------------------------------------------------------------------


def pairing() -> Pairing[str]:
    return Pairing(lambda n: KEY[:n])


def judged(one: Pairing[str], lane: str, body: str, now: int = 0, key: bytes = KEY) -> object:
    return one.judge(lane, body.encode(), code(key, lane, body.encode()), now)


def see(n: int, phone: str = PHONE) -> str:
    return f'{{"n":{n},"phone":"{phone}"}}'


def do(n: int, at: int = 0) -> str:
    return f'{{"n":{n},"phone":"{PHONE}","at":{at},"id":"dGhlIHByZXNzIG51bWIgMQ","wish":{{"do":"next"}}}}'


def test_a_counter_is_used_once_and_never_goes_back_lane_by_lane() -> None:
    one = pairing()
    assert isinstance(judged(one, "see", see(5)), wire.See)
    assert judged(one, "see", see(5)) is Deny.COUNTER
    assert judged(one, "see", see(4)) is Deny.COUNTER
    assert isinstance(judged(one, "do", do(1)), wire.Do)  # a lane of its own
    assert isinstance(judged(one, "see", see(6)), wire.See)
    assert one.refused == {Deny.COUNTER: 2}


def test_the_code_of_one_lane_is_none_of_the_other() -> None:
    one, body = pairing(), see(1).encode()
    assert one.judge("do", body, code(KEY, "see", body), 0) is Deny.MAC
    assert one.judge("see", body, code(KEY, "see-answer 1", body), 0) is Deny.MAC
    assert one.judge("see", body, code(KEY, "see", body).upper(), 0) is Deny.MAC
    assert one.judge("see", body, "", 0) is Deny.MAC
    assert one.judge("see", body, "é", 0) is Deny.MAC


def test_the_first_phone_is_the_one_and_a_strangers_code_pairs_nobody() -> None:
    one = pairing()
    assert judged(one, "see", see(1, OTHER), key=bytes(32)) is Deny.MAC
    assert one.phone == ""
    assert isinstance(judged(one, "see", see(1)), wire.See)
    assert judged(one, "see", see(9, OTHER)) is Deny.PHONE
    assert isinstance(judged(one, "see", see(2)), wire.See)


def test_a_press_that_was_held_back_is_late_and_has_used_its_counter() -> None:
    one = pairing()
    judged(one, "see", see(1))
    assert judged(one, "do", do(1, at=1000), now=1001 + LATE_MS) is Deny.LATE
    assert judged(one, "do", do(1, at=1000), now=1000) is Deny.COUNTER
    assert judged(one, "do", do(2, at=1001 + LATE_MS), now=1000) is Deny.LATE  # nor from the future
    assert isinstance(judged(one, "do", do(3, at=1000), now=1000 + LATE_MS), wire.Do)


def test_nothing_is_taken_once_the_key_is_forgotten() -> None:
    one = pairing()
    judged(one, "see", see(1))
    one.forget()
    assert judged(one, "see", see(2)) is Deny.MAC
    assert one.judge("see", see(3).encode(), code(b"", "see", see(3).encode()), 0) is Deny.MAC


def test_a_press_sent_again_is_done_once() -> None:
    one, made = pairing(), []

    def make() -> str:
        made.append(1)
        return f"answer {len(made)}"

    assert one.once("a", {"do": "next"}, make) == "answer 1"
    assert one.once("a", {"do": "next"}, make) == "answer 1"
    assert one.once("a", {"do": "close"}, make) is None
    assert one.once("b", {"do": "next"}, make) == "answer 2"


# ---- the page ------------------------------------------------------------------------------------------------------


def test_the_policy_allows_this_script_and_style_and_nothing_else() -> None:
    made = page("en")
    policy = made.headers["Content-Security-Policy"]
    html = made.html.decode()
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
    assert not re.findall(r"\son\w+=|\ssrc=|\sstyle=|<iframe|<form", html.partition("<script>")[0])


def test_the_script_needs_no_newer_browser_than_of_2020() -> None:
    """Chrome 80 knows no `??=`, `.at(`, `replaceAll`, `#private`, top-level await; `?.` and `??` are just too new for
    others of that age."""
    ours = "".join(
        (ROOT / "fieldkit" / "consoles" / "remote" / name).read_text("utf-8")
        for name in ("remote_base.js", "remote.js", "remote_views.js")
    )
    newer = r"\?\?|\?\.[a-z(\[]|\.at\(|replaceAll|\bawait\b|\basync\b|structuredClone|=>|\b(?:let|const|class)\b|`"
    assert re.findall(newer, re.sub(r"//.*|'[^'\n]*'|/[^/\n]+/g", "", ours)) == []
    assert re.findall(r"innerHTML *=|insertAdjacent|document\.write|\beval\b|new Function", ours) == []


def test_each_language_of_the_terminal_has_a_page_of_its_own() -> None:
    assert b'<html lang="es"' in page("es").html and b"Mando del instructor" in page("es").html
    assert b'<html lang="en"' in page("en").html
