"""What a phone and the wall show of an anonymous question: that only totals are kept, on every type; never what was
voted, and after the vote nothing to vote with."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.ballot_views import in_seat, in_shared, in_wall
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.wall_view import wall_view
from fieldkit.lan.pages import phone_live, wall_live
from tests.kit.ballots import GOOD, Anonymous

LABEL = "Only totals are kept."
WORDS = "Your words are kept, without your name."


def label(id: str) -> str:
    """What the page promises: of what people write, the words stay."""
    return WORDS if id in ("k1", "w1", "d1", "x1") else LABEL


def opened(id: str) -> Anonymous:
    room = Anonymous()
    room.open(id)
    v, text = GOOD[id]
    for who in range(3):
        room.say(id, who, *v, text=text)
    return room


@pytest.mark.parametrize("id", GOOD)
def test_every_anonymous_question_says_that_only_totals_are_kept(id: str) -> None:
    """With script (the shared fragment) and without (the own page), and on the wall."""
    room = opened(id)
    n = lambda key: len(room.boxes[key].voted)  # noqa: E731
    shared = in_shared(room.session, shared_view(room.session, "en", 0, 2000), n)
    assert label(id) in phone_live(shared) and "You can change it" not in phone_live(shared)
    assert 'data-once="1"' in phone_live(shared)
    wall = in_wall(room.session, wall_view(room.session, "en", 0), n)
    page = wall_live(wall, url="http://10.0.0.1", code="K7M4", fresh="417", qr="")
    assert label(id) in page and "3 of 5 answered" in page


@pytest.mark.parametrize("id", GOOD)
def test_who_has_voted_sees_that_and_cannot_vote_again(id: str) -> None:
    """Without script too; who has not voted still has the form."""
    room = opened(id)
    text = GOOD[id][1]
    for who in (0, 4):
        view = seat_view(room.session, room.phones[who].p, "en", 0, 2000)
        page = phone_live(in_seat(room.session, view, lambda key: room.boxes[key].voted))
        assert label(id) in page
        assert ("✓ saved" in page, "</form>" in page) == ((True, False) if who == 0 else (False, True))
        assert text is None or msgspec.json.encode(text).decode().strip('"') not in page


def test_a_named_question_does_not_say_so() -> None:
    room = Anonymous()
    room.open("named")
    assert LABEL not in phone_live(shared_view(room.session, "en", 0, 2000))
    assert WORDS not in phone_live(shared_view(room.session, "en", 0, 2000))
    assert "data-once" not in phone_live(shared_view(room.session, "en", 0, 2000))


def test_a_result_of_too_few_says_so_and_draws_no_bars() -> None:
    """On phones, on the wall and for the trainer."""
    room = opened("p1")
    room.close()
    room.must(w.Reveal(activity="p1"))
    page = wall_live(wall_view(room.session, "en", 0), url="http://10.0.0.1", code="K7M4", fresh="417", qr="")
    assert "Too few answers to show." in page and "<progress" not in page
    phone = phone_live(shared_view(room.session, "en", 0, 2000))
    assert "Too few answers to show." in phone and "<progress" not in phone
    line = room_view(room.session, "en", 0).last
    assert line is not None and line.suppressed and line.answered == 0
