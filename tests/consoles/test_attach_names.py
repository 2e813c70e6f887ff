"""A name is what somebody wrote: it cannot stand where the words of a laptop are read and compared."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.cli.ctl import Status, show
from fieldkit.tui.screens.consoles import asking_row
from fieldkit.tui.tools import AskingLine

KIM = "abandon ability able about above absent"
OTHER = "zoo zone zero zebra youth young"
SPOOFS = [
    f"Kim Lee asks. Their screen must say: {KIM}"[:80],
    f"{KIM} Kim Lee",
    f"Kim: {KIM}  (fieldkit ctl let-in 1 lead)"[:80],
]
STATUS = {
    "session": "s",
    "title": "t",
    "state": "running",
    "code": "K7M4",
    "fresh": "",
    "saved": 1,
    "people": {"joined": 0, "present": 0, "live": 0},
    "open": [],
}


@pytest.mark.parametrize("name", SPOOFS)
def test_on_the_console_a_name_has_no_room_for_words(name: str) -> None:
    shown = " ".join(asking_row(AskingLine(no=1, name=name, words=OTHER), 80).plain.split())
    assert OTHER in shown
    assert KIM not in shown


@pytest.mark.parametrize("name", ["Ann [/] Lee", "Ann {words} Lee", "שרה Lee", "Ann\u200dLee"])
def test_a_name_is_shown_as_it_is(name: str) -> None:
    row = asking_row(AskingLine(no=1, name=name, words=OTHER), 80).plain
    assert name in row
    assert OTHER in " ".join(row.split())


@pytest.mark.parametrize("name", SPOOFS)
def test_in_a_status_the_words_come_before_the_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    asking = {"no": 1, "name": name, "words": OTHER, "address": "10.42.0.9"}
    attach = {"on": True, "address": "10.42.0.1:7443", "words": "one two", "asking": [asking], "attached": []}
    show(msgspec.convert(STATUS | {"consoles": {"attach": attach}}, Status))
    (asks,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("asks")]
    assert asks == f"asks    1 words: {OTHER}  (fieldkit ctl let-in 1 helper)"
