"""What a view says of its own numbers: shares, and from where on one of them is worth a look."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.room_view import room_view
from fieldkit.core.views import Bar, PaceLine, RoundLine, Tempo
from tests.core.crew import DOOR
from tests.kit.dry import DryRoom
from tests.kit.plans import ALL


def line(**over: object) -> RoundLine:
    """An open poll of a real room, with other numbers."""
    room = DryRoom(ALL)
    room.must(w.Join(name="Ann", new_p=room.new_p()), DOOR)
    room.must(w.OpenActivity(activity="p1"))
    (found,) = room_view(room.session, "en", room.at).open
    return replace(found, **over)


def bars(*counts: int) -> list[Bar]:
    return [Bar("abcdef"[k], "", n, False) for k, n in enumerate(counts)]


def test_shares_are_of_the_answers_given_and_rounded_half_up() -> None:
    """Where one person may choose several they are of the people; before anybody answered there is none."""
    one = line(bars=bars(1, 2, 5), answered=8)
    assert one.shared == 8 and [one.share(k) for k in "abcz"] == [13, 25, 63, 0]
    several = replace(one, multiple=True, answered=10)
    assert several.shared == 10 and [several.share(k) for k in "abc"] == [10, 20, 50]
    assert line(bars=bars(0, 0), answered=0).share("a") is None


@pytest.mark.parametrize(("missing", "of", "little"), [(3, 10, False), (4, 10, True), (1, 3, False), (0, 0, False)])
def test_a_share_says_little_while_more_than_a_third_have_not_answered(missing: int, of: int, little: bool) -> None:
    assert line(missing_n=missing, of=of).says_little is little
    assert not line(missing_n=missing, of=of, state="closed").says_little


def test_an_anonymous_round_has_too_few_until_it_has_what_it_needs() -> None:
    assert line(answered=4, least=5).too_few and not line(answered=5, least=5).too_few
    assert not line(answered=0, least=0).too_few


@pytest.mark.parametrize(("lost", "ok", "faster", "losing"), [(1, 2, 0, True), (1, 2, 1, False), (0, 0, 0, False)])
def test_a_third_of_them_lost_is_worth_a_look(lost: int, ok: int, faster: int, losing: bool) -> None:
    assert Tempo(lost, ok, faster).losing is losing


@pytest.mark.parametrize(
    ("planned", "real", "off"), [(5, 7, False), (5, 8, True), (30, 36, False), (30, 23, True), (5, None, False)]
)
def test_a_segment_is_off_by_more_than_a_fifth_and_two_minutes(planned: int, real: int | None, off: bool) -> None:
    assert PaceLine("s", "S", planned, real, False).off is off


def test_the_view_says_how_few_an_anonymous_question_would_be_asked_of() -> None:
    """Whoever is here and has not objected; what is compared with it is the policy's least."""
    room = DryRoom(ALL)
    ps = [room.must(w.Join(name=f"W{k}", new_p=room.new_p()), DOOR)[0].p or "" for k in range(3)]
    room.must(w.Object(), room.phone(ps[0]))
    view = room_view(room.session, "en", room.at)
    assert (view.present, view.crew, view.least) == (3, 2, 5)
