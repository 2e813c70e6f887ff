"""A participant in a terminal: a view as lines, a line as a wish."""

from __future__ import annotations

import pytest

from fieldkit.cli.join_text import Wish, lines_of, read_line
from fieldkit.core import intents as w
from fieldkit.errors import WrongUsage
from fieldkit.lan.client import split_invite
from fieldkit.words import words_for
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room


@pytest.mark.parametrize(
    ("typed", "base", "code"),
    [
        ("HTTP://192.168.43.17/K7M4", "http://192.168.43.17", "K7M4"),
        ("192.168.43.17:8080/k7m4", "http://192.168.43.17:8080", "K7M4"),
        ("http://fk-00112233.local/", "http://fk-00112233.local", ""),
        ("localhost:8080", "http://localhost:8080", ""),
    ],
)
def test_an_invite_is_taken_as_people_type_it(typed: str, base: str, code: str) -> None:
    assert split_invite(typed) == (base, code)


@pytest.mark.parametrize(
    "typed", ["", "https://x/K7M4", "http://a b/", "http://x/../..", "http://x@y/K7M4", "x" * 3000 + "/"]
)
def test_what_is_no_invite_is_wrong_usage(typed: str) -> None:
    with pytest.raises(WrongUsage):
        split_invite(typed[:-1] + " /" if len(typed) > 1000 else typed)


async def test_a_terminal_takes_part_in_every_activity(room: Room) -> None:
    words = words_for("en")
    async with Phone(room.url, "Ana", agent="fieldkit-terminal") as ana:
        await ana.come_in(CODE)
        assert room.desk.session.people[ana.p].device == "terminal"
        assert "You are in, Ana." in lines_of(await ana.view(), words)

        async def typed(line: str) -> None:
            wish = read_line(line, await ana.view())
            assert isinstance(wish, Wish), wish
            reply = await ana.send(wish.kind, **wish.fields)
            assert reply.ok, reply

        await room.open("p1")
        assert "  A ●  option a" in lines_of(await ana.view(), words)
        await typed("a, C")
        assert "✓ saved: A ●, C ▲" in lines_of(await ana.view(), words)
        await room.open("s1")
        await typed("2")
        await room.open("c1")
        await typed("b")
        await room.do(w.CloseActivity())
        await room.do(w.Reveal(activity="c1"))
        result = "\n".join(lines_of(await ana.view(), words))
        assert "1 ✓ right" in result and "You answered B ■" in result and "Because." in result
        await room.open("t1")
        await typed("false")
        await room.open("d1")
        await typed("we lock it out")
        await room.open("x1")
        await typed("tomorrow I check")
        await room.open("a1")
        await typed("Ana Ruiz")
        await room.do(w.RollCall())
        await typed("here")
        await typed("/hand")
        await typed("/name Ana Maria")
        await room.do(w.End())
        assert any(line.startswith("Minutes: ") for line in lines_of(await ana.view(), words))
        runs = room.desk.session.runs
        assert runs["p1"][0].counts == {"a": 1, "c": 1} and runs["s1"][0].counts == {"l2": 1}


async def test_a_line_that_fits_nothing_is_answered_with_a_sentence(room: Room) -> None:
    async with Phone(room.url, "Ana") as ana:
        await ana.come_in(CODE)
        assert read_line("a", await ana.view()) == "Nothing is asked now."
        await room.open("c1")
        view = await ana.view()
        assert read_line("z", view) == "That is not one of the choices."
        assert read_line("   ", view) is None
        assert read_line("/nonsense", view) == Wish("help")
        assert read_line("quit", view) == Wish("quit")
        assert read_line("+12", view) == Wish("up", {"ref": 12})
