"""What each screen shows, and what it must not."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.plan import Segment, Slide, Step
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.rules import decide
from fieldkit.core.seat_view import shared_view
from fieldkit.core.wall_view import wall_view
from tests.core.test_rules import come_in, expect
from tests.kit.dry import DryRoom
from tests.kit.plans import ALL, PLAN


@pytest.fixture
def room() -> DryRoom:
    return DryRoom()


def test_with_few_people_the_trainer_is_not_told_who_is_missing_from_a_confidential_vote(room: DryRoom) -> None:
    """One answer of two and a name beside it would be that person's answer."""
    ann = come_in(room, "Ann")
    come_in(room, "Bo")
    room.must(w.OpenActivity(activity="s1"))
    room.must(w.PutAnswer(activity="s1", round=1, v=("l1",)), ann)
    line = room_view(room.session, "en", room.at).open[0]
    assert (line.missing, line.missing_n) == ([], 1)
    room.must(w.OpenActivity(activity="c1"))
    assert len(room_view(room.session, "en", room.at).open[0].missing) == 2


def test_the_trainer_s_round_says_what_may_be_done_with_it() -> None:
    """What the rules would take, type by type: the terminal offers nothing else."""
    room = DryRoom(ALL)
    for name in ("Ann", "Bo"):
        come_in(room, name)

    def taken(intent: w.Intent) -> bool:
        return not isinstance(decide(room.session, intent, w.FACILITATOR, room.at), Refusal)

    for a in ALL.activities:
        room.must(w.OpenActivity(activity=a.id, live=a.mode != "anonymous", small=True))
        line = next(x for x in room_view(room.session, "en", room.at).open if x.activity == a.id)
        counts = {b.id: 1 for b in line.bars} or {"a": 1}
        assert line.by_hands is taken(w.CountHands(activity=a.id, counts=counts, ids=True)), a.id
        assert line.can_reveal is taken(w.Reveal(activity=a.id)), a.id
        shown = shared_view(room.session, "en", room.at, 0).open
        counted = next(x.counts for x in shown if x.activity == a.id) is not None
        assert counted is (line.live and line.live_counts), a.id
        alone = a.type in ("prompt", "breakout", "checklist", "acknowledge") or a.mode == "anonymous"
        assert line.by_others is not alone, a.id
        room.must(w.CloseActivity(activity=a.id))
        line = next(x for x in room_view(room.session, "en", room.at).rounds if x.activity == a.id)
        assert line.can_reveal is taken(w.Reveal(activity=a.id)), a.id
        assert line.votes is taken(w.Revote(activity=a.id, small=True)), a.id


def test_a_new_vote_takes_the_first_result_off_the_phones(room: DryRoom) -> None:
    """Its key must not stand beside the open question."""
    come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    assert shared_view(room.session, "en", room.at, 0).results[0].correct == ["b"]
    room.must(w.Revote())
    assert shared_view(room.session, "en", room.at, 0).results == []


def test_the_wall_follows_the_facilitator(room: DryRoom) -> None:
    """A result leaves when the sheet moves on; a slide takes the wall from a discussion that goes on."""
    come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    assert wall_view(room.session, "en", room.at).state == "result"
    room.must(w.NextStep())
    assert wall_view(room.session, "en", room.at).state == "welcome"
    assert shared_view(room.session, "en", room.at, 0).state == "wait"


def test_slides_stand_on_the_wall_without_their_marks() -> None:
    """Heading and lines; the roll call that is still open waits behind it."""
    shown = Slide(text=["# Prove it\n\n- **Try** the button\n- Every time", None])
    segment = Segment(
        id="a",
        phase="content",
        minutes=5,
        title=["A", None],
        slides=[shown],
        steps=[Step(at=0, do="attendance"), Step(at=1, do="show", slide=1)],
    )
    room = DryRoom(msgspec.structs.replace(PLAN, segments=[segment]))
    room.must(w.NextStep())
    assert wall_view(room.session, "en", room.at).type == "attendance"
    room.must(w.NextStep())
    wall = wall_view(room.session, "es", room.at)
    assert (wall.state, wall.text, wall.lines) == ("slide", "Prove it", ["• Try the button", "• Every time"])


def test_who_is_here_is_counted_against_the_roster(room: DryRoom) -> None:
    """Walk-ins are counted apart."""
    expect(room, "B1", "Ann")
    expect(room, "B2", "Bo")
    come_in(room, "Ann", "B1")
    come_in(room, "Cy")
    view = shared_view(room.session, "es", room.at, 0)
    assert (view.present, view.expected, view.more, view.title) == (1, 2, 1, "Un juego de pruebas")


def test_an_alarm_stands_on_every_screen_until_the_room_goes_on(room: DryRoom) -> None:
    """And a notice is taken down by an empty one, but only when one stands."""
    come_in(room)
    assert room.no(w.Announce(text="")) == "text-missing"
    room.must(w.Announce(text="Coffee at ten"))
    assert shared_view(room.session, "en", room.at, 0).notice == "Coffee at ten"
    room.must(w.Announce(text=""))
    assert shared_view(room.session, "en", room.at, 0).notice == ""
    room.must(w.Pause(why="alarm"))
    shown = shared_view(room.session, "en", room.at, 0)
    assert shown.paused
    assert "muster point" in shown.notice
    assert wall_view(room.session, "en", room.at).notice == shown.notice
    assert room.no(w.Resume()) == "alarm"
    room.must(w.Resume(safe=True))
    assert shared_view(room.session, "en", room.at, 0).notice == ""
