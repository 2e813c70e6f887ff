"""A participant in a terminal: a view as lines, a line as a wish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from fieldkit.cli.join_read import Wish, read_line
from fieldkit.cli.join_text import lines_of
from fieldkit.core import intents as w
from fieldkit.core.notices import ALARM
from fieldkit.core.state import Answer
from fieldkit.errors import WrongUsage
from fieldkit.lan.client import split_invite
from fieldkit.words import words_for
from tests.kit.phone import Phone
from tests.kit.plans import ALL, activity, options
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
    "typed",
    [
        "",
        "https://x/K7M4",
        "http://a b/",
        "http://x/../..",
        "http://x@y/K7M4",
        "http://10.0.0.1:99999/K7M4",
        "10.0.0.1:0",
        "x" * 3000 + "/",
    ],
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


QUIET = activity("quiet", "poll", options=options("b", "a"), mode="anonymous")
SLOW = activity("slow", "choice", options=options("c", "a", "b"), answer=["c"], reading=2)
MIXED = activity("mixed", "choice", options=options("a", "b", "c", "d"), answer=["b"], shuffle=True)
OWN = activity("own", "breakout", assign="self", groups=2)
EVERY = msgspec.structs.replace(ALL, activities=[*ALL.activities, QUIET, SLOW, MIXED, OWN])

Made = Callable[..., Awaitable[Room]]


class Seat:
    """One participant at a keyboard, and a room that does what a trainer does."""

    def __init__(self, room: Room, phone: Phone) -> None:
        self.room, self.phone = room, phone

    async def lines(self) -> str:
        return "\n".join(lines_of(await self.phone.view(), words_for("en")))

    async def type(self, line: str) -> str:
        """Type it; the screen after it was taken."""
        wish = read_line(line, await self.phone.view())
        assert isinstance(wish, Wish), wish
        reply = await self.phone.send(wish.kind, **wish.fields)
        assert reply.ok, reply
        return await self.lines()

    async def ask(self, activity: str) -> str:
        await self.room.open(activity)
        return await self.lines()

    async def result(self, activity: str) -> str:
        await self.room.do(w.CloseActivity(activity=activity))
        await self.room.do(w.Reveal(activity=activity))
        return await self.lines()

    def kept(self, activity: str, q: str = "") -> Answer:
        return self.room.desk.session.runs[activity][0].answers[self.phone.p, q]


@pytest.fixture
async def seat(make_room: Made) -> AsyncIterator[Seat]:
    room = await make_room(plan=EVERY)
    async with Phone(room.url, "Ana", agent="fieldkit-terminal") as ana:
        await ana.come_in(CODE)
        yield Seat(room, ana)


TYPED = [
    ("n2", "Your number", "4,50", ["4.5"], None, ["4.5  ████████████ 1"]),
    (
        "w1",
        "Type your answer and press Enter.",
        "ball  valve",
        [],
        "ball valve",
        ["ball valve", "Your answer is right."],
    ),
    ("k1", "Type up to 3 words", "hot, dark", [], "hot, dark", ["  hot  ████████████ 1", "  dark  ████████████ 1"]),
    (
        "h1",
        "Type one letter.",
        "b",
        ["middle"],
        None,
        ["B ■ option middle  ████████████ 1 ✓ right", "Your answer is right."],
    ),
    (
        "m1",
        "1=b 2=a",
        "hasp=p cover=e tag=h",
        ["hasp=p", "cover=e", "tag=h"],
        None,
        ["option hasp — option p", "1 ✓ right"],
    ),
    (
        "o1",
        "b a c",
        "shut lock verify notify",
        ["shut", "lock", "verify", "notify"],
        None,
        ["1. option shut  ████████████ 1 ✓"],
    ),
]


@pytest.mark.parametrize(("id", "hint", "line", "v", "text", "shown"), TYPED, ids=[x[0] for x in TYPED])
async def test_every_type_is_played_and_its_result_is_read(
    seat: Seat, id: str, hint: str, line: str, v: list[str], text: str | None, shown: list[str]
) -> None:
    asked = await seat.ask(id)
    assert hint in asked and "✓" not in asked, asked
    assert "✓ saved" in await seat.type(line)
    assert (seat.kept(id).v, seat.kept(id).text) == (v, text)
    found = await seat.result(id)
    for piece in (*shown, "1 answered"):
        assert piece in found, found


@pytest.mark.parametrize("id", ["o1", "m1", "mixed"])
async def test_a_letter_is_what_stands_beside_it(seat: Seat, id: str) -> None:
    """Shuffled, with ids that are letters themselves."""
    asked = await seat.ask(id)
    view = (await seat.phone.view()).open[0]
    shown = [x.id for x in view.right or view.options]
    assert f"B ■  {(view.right or view.options)[1].text}" in asked
    if id == "m1":
        await seat.type("1=b 2=A 3=c")
        assert seat.kept(id).v == [f"hasp={shown[1]}", f"cover={shown[0]}", f"tag={shown[2]}"]
        await seat.type("bac")
        assert seat.kept(id).v == [f"hasp={shown[1]}", f"cover={shown[0]}", f"tag={shown[2]}"]
    elif id == "o1":
        await seat.type("d b a c")
        assert seat.kept(id).v == [shown[3], shown[1], shown[0], shown[2]]
        await seat.type("dcba")
        assert seat.kept(id).v == shown[::-1]
        await seat.type("٤ ١ ٢ ३")
        assert seat.kept(id).v == [shown[3], *shown[:3]]
    else:
        assert shown != sorted(shown)
        await seat.type("a")
        assert seat.kept(id).v == [shown[0]]


async def test_a_quiz_goes_question_by_question_and_each_can_be_changed(seat: Seat) -> None:
    assert "Question 1 of 3: First?" in await seat.ask("z1")
    assert "Question 2 of 3: Second?" in await seat.type("c")
    assert "Question 3 of 3: Third." in await seat.type("a c")
    said = await seat.type("b")
    assert "1  First?  ✓ C ▲" in said and "2  Second?  ✓ A ●, C ▲" in said and "✓ saved" in said
    await seat.type("١ = b")
    assert [seat.kept("z1", q).v for q in ("q1", "q2", "q3")] == [["b"], ["a", "c"], ["false"]]
    found = await seat.result("z1")
    assert (
        "B ■ option b  ████████████ 1 ✓ right" in found and "You answered A ●, C ▲" in found and "Right one." in found
    )


@pytest.mark.parametrize("lang", ["en", "es", "ar"])
async def test_what_stands_around_the_question_is_in_the_workers_language(make_room: Made, lang: str) -> None:
    """An alarm above all; a notice that the trainer wrote stays as it was written."""
    words = words_for(lang)
    room = await make_room(roster=[{"badge": "E1", "name": "Ana"}, {"badge": "E2", "name": "Bo"}])
    async with Phone(room.url, "Ana", agent="fieldkit-terminal") as ana, Phone(room.url, "Walk") as other:
        await ana.come_in(CODE, "E1")
        assert words.say("{n} of {of} expected are here.", n=1, of=2) in lines_of(await ana.view(), words)
        await other.come_in(CODE)
        said = words.say("{n} of {of} expected are here, and {more} more.", n=1, of=2, more=1)
        assert said in lines_of(await ana.view(), words)
        await room.do(w.Announce(text="Lunch is at {n}"))
        assert lines_of(await ana.view(), words)[0] == "! Lunch is at {n}"
        await room.do(w.Pause(why="alarm"))
        assert lines_of(await ana.view(), words)[0] == "! " + words.say(ALARM)
        assert lang == "en" or words.say(ALARM) != ALARM


async def test_a_scale_shows_the_numbers_to_type(seat: Seat) -> None:
    asked = await seat.ask("s1")
    assert "  2  option l2" in asked and "Type one letter." not in asked
    assert "✓ saved: option l2" in await seat.type("2")


async def test_a_letter_that_fits_nothing_is_no_message_to_the_room(seat: Seat) -> None:
    """A discussion runs beside the question: words go there, a slip of the finger does not."""
    await seat.ask("d1")
    await seat.ask("z1")
    for line in ("c", "a c", "b"):
        await seat.type(line)
    assert read_line("b", await seat.phone.view()) == "That is not one of the choices."
    await seat.type("who locks it?")
    assert [x.text for x in seat.room.desk.session.says.values()] == ["who locks it?"]


async def test_how_sure_is_typed_behind_the_answer_or_after_it(seat: Seat) -> None:
    assert "sure or unsure" in await seat.ask("n1")
    await seat.type("9 unsure")
    assert (seat.kept("n1").v, seat.kept("n1").sure) == (["9"], "unsure")
    assert "sure or unsure" not in await seat.type("sure")
    assert (seat.kept("n1").v, seat.kept("n1").sure) == (["9"], "sure")
    found = await seat.result("n1")
    assert "Your answer is not right." in found and "9  ████████████ 1\n" in found


async def test_groups_are_chosen_and_one_reports(seat: Seat) -> None:
    assert "Choose your group." in await seat.ask("own")
    said = await seat.type("b")
    assert "Your group: 2" in said and "You write for your group." in said
    await seat.type("We found 2 leaks")
    assert [(x.text, x.group) for x in seat.room.desk.session.says.values()] == [("We found 2 leaks", 2)]
    assert "Your group: 1" in await seat.type("g1")


async def test_a_checklist_shows_what_was_marked_and_the_question_beside_it_is_answered(seat: Seat) -> None:
    assert "Your trainer marks what you show." in await seat.ask("l1")
    await seat.room.do(w.MarkItem(who=seat.phone.p, activity="l1", item="try"))
    assert "✓  Tries  shown" in await seat.lines()
    await seat.ask("c1")
    await seat.type("b")
    assert seat.kept("c1").v == ["b"]


async def test_a_line_goes_to_the_question_that_stands_last_and_never_twice_under_a_signature(seat: Seat) -> None:
    await seat.ask("d1")
    asked = await seat.ask("a1")
    assert asked.splitlines()[-1] == "Type your name to sign"
    said = await seat.type("Ana Ruiz")
    assert said.splitlines()[-1].startswith("Type your answer and press Enter.")
    said = await seat.type("more water")
    assert "✓ saved: Ana Ruiz" in said and [x.text for x in seat.room.desk.session.says.values()] == ["more water"]
    await seat.room.do(w.RollCall())
    assert (await seat.lines()).splitlines()[-2:] == ["Type `here`.", "  #7 more water"]
    await seat.type("HERE")
    await seat.type("here")
    await seat.type("and shade")
    assert [x.text for x in seat.room.desk.session.says.values()] == ["more water", "and shade"]


async def test_the_choices_come_when_reading_is_over(seat: Seat) -> None:
    assert "Read first. The choices come in a moment." in await seat.ask("slow")
    assert read_line("a", await seat.phone.view()) == "Read first. The choices come in a moment."
    await asyncio.sleep(2.1)
    assert "A ●  option c" in await seat.lines()
    await seat.type("a")
    assert seat.kept("slow").v == ["c"]


async def test_the_first_anonymous_vote_stands(seat: Seat) -> None:
    await seat.room.do(w.OpenActivity(activity="quiet", small=True))
    assert "The first vote stands." in await seat.lines()
    said = await seat.type("a")
    assert "✓ saved" in said and "option" in said and "✓ saved:" not in said
    wish = read_line("b", await seat.phone.view())
    assert isinstance(wish, Wish)
    again = await seat.phone.send(wish.kind, **wish.fields)
    assert again.result == "already" or not again.ok


HOSTILE = [
    "",
    " ",
    "=",
    "1=",
    "=a",
    "1=2=3",
    ",,,",
    "a" * 5000,
    "\x1b[2J",
    "\u202eb",
    "<b>",
    "+",
    "+x",
    "/",
    "sure",
    "٣",
    "😀",
]


@pytest.mark.parametrize("line", HOSTILE)
async def test_no_line_breaks_a_seat(seat: Seat, line: str) -> None:
    """Whatever a cat types: a wish, a sentence or nothing; what is sent is answered."""
    for a in EVERY.activities:
        await seat.room.do(w.OpenActivity(activity=a.id, small=True))
        found = read_line(line, await seat.phone.view())
        assert found is None or isinstance(found, str | Wish)
        if isinstance(found, Wish) and found.kind in ("answer", "ack", "say", "up"):
            reply = await seat.phone.send(found.kind, **found.fields)
            assert reply.ok or reply.reason, reply
        assert await seat.lines()


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
        assert read_line("+²", view) == "That is not one of the choices.", "a digit that is no number"
