"""What is kept of an anonymous round when it closes, and what the fold and the views make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.ballot_views import in_seat
from fieldkit.core.intents import Intent
from fieldkit.core.room_view import room_view
from fieldkit.core.rulings.ballots import Vote
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.tables import TABLES
from fieldkit.core.tables.base import Sheet, Signatures
from fieldkit.core.wall_view import wall_view
from tests.kit.ballots import Anonymous
from tests.kit.plans import session_opened


def test_below_the_smallest_crowd_nothing_is_kept() -> None:
    """Neither counts nor texts nor how many they were."""
    room = Anonymous(people=6)
    room.open("x1")
    for who in range(4):
        room.say("x1", who, text="I am Ann")
    (_, record) = room.close()
    assert record.fact == r.TallyPut(activity="x1", round=1, counts={}, n=0, suppressed=True)
    one = room.session.runs["x1"][0]
    assert (one.suppressed, one.answered(), one.tally_texts) == (True, 0, [])
    sheet = Sheet(room.session, room.plan, Signatures())
    assert [row[6] for row in TABLES["results"](sheet).rows] == ["suppressed"]
    assert TABLES["answers"](sheet).rows == []
    assert room_view(room.session, "en", 0).last.suppressed  # type: ignore[union-attr]


def test_the_smallest_crowd_is_the_policys() -> None:
    room = Anonymous(people=3, opened=session_opened(policy=r.Policy(k=3)))
    room.open("p1")
    for who in range(3):
        room.say("p1", who, "a")
    assert room.close()[-1].fact == r.TallyPut("p1", 1, {"a": 3}, 3, False)


CLOSERS: dict[str, Intent] = {
    "close": w.CloseActivity(),
    "end": w.End(),
    "another": w.OpenActivity(activity="s1"),
    "revote": w.Revote(),
    "step": w.NextStep(),
    "time": w.Expire(),
}


@pytest.mark.parametrize("how", CLOSERS)
def test_whatever_closes_a_round_writes_its_tally_beside_it(how: str) -> None:
    """One commit, whoever closes."""
    room = Anonymous()
    if how == "step":
        room.must(w.EnterSegment(segment="open"))
        for _ in range(3):
            room.must(w.NextStep())
        room.say("p1", 0, "a")
        for who in range(5):
            room.say("p1", who, "a")
    else:
        id = "q1" if how == "time" else "p1"
        room.open(id)
        for who in range(5):
            room.say(id, who, "a")
    room.at += 60_000
    made = room.close(CLOSERS[how])
    at = next(k for k, x in enumerate(made) if x.k == "activity.close")
    put = made[at + 1].fact
    assert isinstance(put, r.TallyPut) and (put.counts, put.n) == ({"a": 5}, 5)


def test_a_void_round_leaves_no_tally() -> None:
    """Its votes do not count: nothing of them is kept."""
    room = Anonymous()
    room.open("p1")
    for who in range(5):
        room.say("p1", who, "a")
    assert [x.k for x in room.close(w.Void())] == ["activity.void"]
    assert room.session.runs["p1"][0].tally is None


def test_a_closed_discussion_does_not_go_on() -> None:
    """Opening it again is another round, in which everybody may speak again."""
    room = Anonymous()
    room.open("d1")
    for who in range(5):
        room.say("d1", who, text=f"old {who}")
    room.close()
    room.open("d1")
    assert [x.no for x in room.session.runs["d1"]] == [1, 2]
    assert not room.session.runs["d1"][0].is_open
    again = w.PutSay(activity="d1", text="new")
    assert isinstance(room.cast(room.phones[0], again), Vote)
    assert [x.text for x in room_view(room.session, "en", 0).open[0].texts] == []


def test_an_anonymous_discussion_shows_its_words_only_once_it_is_closed_and_revealed() -> None:
    """On phones and wall; hidden ones never. Nobody's, so nobody's own."""
    room = Anonymous()
    room.open("d1")
    for who in range(5):
        room.say("d1", who, text=f"word {4 - who}")
    assert room.no(w.Reveal(activity="d1")) == "still-open"
    room.close()
    assert shared_view(room.session, "en", 0, 2000).says == []
    said = room_view(room.session, "en", 0).last
    assert said is not None and [x.text for x in said.texts] == [f"word {k}" for k in range(5)]
    assert not any(x.name for x in said.texts)
    room.must(w.HideSay(ref=said.texts[0].ref))
    room.must(w.Reveal(activity="d1"))
    phone = seat_view(room.session, room.phones[0].p, "en", 0, 2000)
    assert {x.text for x in phone.says} == {f"word {k}" for k in range(1, 5)}
    assert not any(x.mine for x in phone.says)
    assert room.no(w.UpVote(ref=said.texts[1].ref), room.phones[0]) in ("closed", "no-votes")


def test_counts_are_never_live() -> None:
    """Neither because the pack says so nor because the trainer does."""
    room = Anonymous()
    room.open("q1", live=True)
    room.say("q1", 0, "a")
    fact = room.records[-1].fact
    assert isinstance(fact, r.ActivityOpened) and fact.live is None
    assert shared_view(room.session, "en", 0, 2000).open[0].counts is None
    assert wall_view(room.session, "en", 0).counts is None
    assert room_view(room.session, "en", 0).open[0].counts is None


def test_a_phone_is_told_that_it_voted_and_never_what() -> None:
    room = Anonymous()
    room.open("p1")
    room.say("p1", 0, "a")
    for who, mine in ((0, []), (1, None)):
        view = seat_view(room.session, room.phones[who].p, "en", 0, 2000)
        (seen,) = in_seat(room.session, view, lambda key: room.boxes[key].voted).open
        assert (seen.mine, seen.mine_text) == (mine, None)


def test_a_words_come_apart_so_that_nobody_sees_which_belong_together() -> None:
    room = Anonymous()
    room.open("w1")
    for who in range(5):
        room.say("w1", who, text="zeal, Chain, chain" if who else "alpha, zeal")
    room.close()
    one = room.session.runs["w1"][0]
    assert one.tally_texts == sorted(["alpha", *["zeal"] * 5, *["Chain"] * 4])
    assert kind_of("wordcloud").counts(one) == {"alpha": 1, "zeal": 5, "chain": 4}


@given(st.permutations(range(7)), st.lists(st.sampled_from(["a", "b", "c"]), min_size=7, max_size=7), st.data())
def test_the_records_of_a_round_are_the_same_in_any_order(
    order: list[int], votes: list[str], data: st.DataObject
) -> None:
    """Line for line, for any vote vector and any arrival."""
    dealt = data.draw(st.permutations(votes))
    lines = []
    for arrival, given_ in ((range(7), votes), (order, dealt)):
        room = Anonymous(people=7)
        room.open("p1")
        for k in arrival:
            room.at = 1000 + 10 * k
            room.say("p1", k, given_[k])
        room.at = 5000
        room.close()
        lines.append((room.lines, room.openings))
    assert lines[0] == lines[1]


def test_a_tally_of_a_round_that_is_not_anonymous_is_counted_as_unknown() -> None:
    """A log of somebody else's making does not stop the fold."""
    room = Anonymous()
    room.open("named")
    for fact in (
        r.TallyPut("named", 1, {"a": 9}, 9, False),
        r.TallyTextPut("named", 1, 0),
        r.TallyPut("x", 1, {}, 0, True),
    ):
        room.write([r.Draft(fact)])
    assert room.session.unknown == 3 and room.session.runs["named"][0].tally is None
