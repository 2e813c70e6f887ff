"""What the rules say yes and no to, one journey a test."""

from __future__ import annotations

import hashlib
from inspect import signature

import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import Actor
from fieldkit.core.rules import FACILITATORS
from tests.kit.dry import DryRoom

DOOR = Actor(by="self", via="phone")


def come_in(room: DryRoom, name: str = "Ann [/] Lee", badge: str | None = None) -> Actor:
    found = room.must(w.Join(name=name, new_p=room.new_p(), badge=badge, ev=("code", "lan")), DOOR)
    assert found[0].p is not None
    return room.phone(found[0].p)


def expect(room: DryRoom, badge: str, name: str) -> str:
    found = room.must(w.Expect(new_p=room.new_p(), fields={"badge": badge, "name": name}))
    assert found[0].p is not None
    return found[0].p


@pytest.fixture
def room() -> DryRoom:
    return DryRoom()


def test_a_badge_on_the_roster_takes_that_persons_place(room: DryRoom) -> None:
    """And nobody else's: names never match."""
    p = expect(room, "E745738", "Zoë Álvarez")
    assert come_in(room, "Zoe A.", "E745738").p == p
    other = come_in(room, "Zoë Álvarez")
    assert other.p != p
    assert room.session.people[str(other.p)].walkin
    assert not room.session.people[p].walkin
    assert room.session.people[p].evs == {"code", "lan", "roster"}


def test_a_badge_in_use_is_refused_until_it_is_released(room: DryRoom) -> None:
    """The release makes the old seat void and the next phone comes in as the same person."""
    p = expect(room, "B1", "Bo")
    come_in(room, "Bo", "B1")
    assert room.no(w.Join(name="Bo", new_p="x", badge="B1"), DOOR) == "badge-in-use"
    assert room.no(w.CheckIn(new_p="x", badge="B1")) == "already-in"
    room.must(w.Release(who="B1"))
    assert not room.session.people[p].present
    assert room.no(w.Release(who="B1")) == "not-seated"
    again = room.must(w.Join(name="Bo T.", new_p="x", badge="B1"), DOOR)[0]
    assert (again.k, again.p) == ("att.in", p)
    assert room.session.people[p].seat_floor == again.i
    assert room.session.joined == 1


def test_a_badge_too_long_to_be_one_is_refused_and_never_cut(room: DryRoom) -> None:
    """On a phone, at the laptop and on paper; one that the roster has is who it says."""
    door, long = Actor(by="self", via="phone"), "B" * 41
    assert room.no(w.Join(name="Ann", new_p=room.new_p(), badge=long), door) == "too-long"
    assert room.no(w.CheckIn(name="Ann", new_p=room.new_p(), badge=long)) == "too-long"
    assert room.no(w.CheckIn(name="Ann", new_p=room.new_p(), badge=long, via="paper")) == "too-long"
    room.must(w.Join(name="Ann", new_p=room.new_p(), badge="B" * 40), door)
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": long, "name": "Bo"}))
    assert room.must(w.Join(name="", new_p=room.new_p(), badge=long), door)[0].private["name"] == "Bo"  # type: ignore[index]


def test_a_notice_or_note_is_refused_before_it_is_cut(room: DryRoom) -> None:
    for wish in (w.Announce, w.AddNote):
        assert room.no(wish(text="x" * 501)) == "too-long"
        room.must(wish(text="x" * 500))


def test_leaving_frees_the_badge(room: DryRoom) -> None:
    """The old seat said so itself."""
    ann = come_in(room, "Ann", "B7")
    room.at = 60_000
    room.must(w.Leave(), ann)
    assert room.no(w.Leave(), ann) == "not-in"
    assert room.session.people[str(ann.p)].spans == [[0, 60_000]]
    assert room.must(w.Join(name="Ann", new_p="x", badge="b7"), DOOR)[0].p == ann.p


def test_the_last_answer_counts_and_all_are_kept(room: DryRoom) -> None:
    """Counts follow the answer in force; the log keeps both."""
    ann = come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.PutAnswer(activity="c1", round=1, v=("a",)), ann)
    room.must(w.PutAnswer(activity="c1", round=1, v=("b",)), ann)
    one = room.session.runs["c1"][0]
    assert (one.counts, one.answered()) == ({"b": 1}, 1)
    assert [x.k for x in room.records].count("answer.put") == 2


def test_an_older_answer_that_arrives_late_is_stale(room: DryRoom) -> None:
    """The seat's counter decides; the same or no counter does not."""
    ann = come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.PutAnswer(activity="c1", round=1, v=("a",), n=5), ann)
    assert room.no(w.PutAnswer(activity="c1", round=1, v=("b",), n=4), ann) == "stale"
    room.must(w.PutAnswer(activity="c1", round=1, v=("b",), n=5), ann)
    room.must(w.PutAnswer(activity="c1", round=1, v=("c",)), ann)


@pytest.mark.parametrize(
    ("v", "text", "reason"),
    [
        ((), None, "wrong-value"),
        (("z",), None, "unknown-option"),
        (("a", "b"), None, "one-choice"),
        (("a", "a"), None, "wrong-value"),
        (("a",), "and words", "wrong-value"),
        (("",), None, "unknown-option"),
    ],
)
def test_what_is_no_answer_to_a_choice(room: DryRoom, v: tuple[str, ...], text: str | None, reason: str) -> None:
    """Each with its reason, and nothing is written."""
    ann = come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    before = len(room.records)
    assert room.no(w.PutAnswer(activity="c1", round=1, v=v, text=text), ann) == reason
    assert len(room.records) == before


def test_answers_before_between_and_after(room: DryRoom) -> None:
    """Not open, wrong round, closed: never silently dropped."""
    ann = come_in(room)
    answer = w.PutAnswer(activity="c1", round=1, v=("a",))
    assert room.no(answer, ann) == "not-open"
    assert room.no(w.PutAnswer(activity="nope", round=1, v=("a",)), ann) == "unknown-activity"
    room.must(w.OpenActivity(activity="c1"))
    assert room.no(w.PutAnswer(activity="c1", round=2, v=("a",)), ann) == "not-open"
    assert room.no(w.PutAnswer(activity="c1", round=0, v=("a",)), ann) == "wrong-value"
    room.must(w.Revote(activity="c1"))
    assert room.no(answer, ann) == "closed"
    room.must(w.CloseActivity())
    assert room.no(answer, ann) == "closed"
    assert room.no(w.PutAnswer(activity="c1", round=2, v=("a",)), ann) == "closed"
    room.must(w.End())
    assert room.no(answer, ann) == "closed"


def test_a_time_limit_closes_by_the_laptops_clock(room: DryRoom) -> None:
    """At the limit an answer is late even if the closing record is not written yet."""
    ann = come_in(room)
    room.must(w.NextStep())
    room.must(w.EnterSegment(segment="learn"))
    room.must(w.NextStep())  # c1, 60 s
    assert room.session.runs["c1"][0].until == 60_000
    room.at = 59_999
    room.must(w.PutAnswer(activity="c1", round=1, v=("a",)), ann)
    room.at = 60_000
    assert room.no(w.PutAnswer(activity="c1", round=1, v=("b",)), ann) == "closed"
    assert [x.k for x in room.must(w.Expire())] == ["activity.close"]
    assert room.no(w.Expire()) == "nothing-open"


def test_closing_never_reveals_and_never_means_never(room: DryRoom) -> None:
    """Only the facilitator reveals, only what is closed, and not what the pack keeps."""
    come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    assert room.no(w.Reveal()) == "still-open"
    room.must(w.CloseActivity())
    assert not room.session.runs["c1"][0].revealed
    room.must(w.Reveal())
    assert room.no(w.Reveal(activity="c1")) == "already-revealed"
    room.must(w.Hide())
    assert room.no(w.Hide()) == "not-revealed"
    room.must(w.OpenActivity(activity="t1"))
    room.must(w.CloseActivity())
    assert room.no(w.Reveal(activity="t1")) == "never-revealed"
    room.must(w.OpenActivity(activity="x1"))
    assert room.no(w.Reveal(activity="x1")) == "no-result"


def test_one_activity_at_a_time_except_discussions(room: DryRoom) -> None:
    """Opening closes the one before; a discussion stays open beside it, and then `close` must say which."""
    room.must(w.OpenActivity(activity="c1"))
    assert [x.k for x in room.must(w.OpenActivity(activity="p1"))] == ["activity.close", "activity.open"]
    room.must(w.OpenActivity(activity="d1"))
    assert set(room.session.open_rounds) == {"p1", "d1"}
    assert room.no(w.CloseActivity()) == "ambiguous"
    assert room.no(w.Void()) == "ambiguous"
    assert room.no(w.OpenActivity(activity="d1")) == "already-open"
    room.must(w.CloseActivity(activity="p1"))
    room.must(w.CloseActivity())
    assert room.no(w.CloseActivity()) == "nothing-open"
    assert room.no(w.OpenActivity(activity="p1")) == "already-run"
    assert room.must(w.OpenActivity(activity="d1"))[-1].fact == r.ActivityOpened(activity="d1", round=1, mode="named")


def test_a_void_round_counts_nothing_and_can_be_run_again(room: DryRoom) -> None:
    """Undo is a record too."""
    ann = come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    room.must(w.PutAnswer(activity="c1", round=1, v=("a",)), ann)
    room.must(w.Void())
    assert room.no(w.Void(activity="c1")) == "already-void"
    assert not room.session.open_rounds
    room.must(w.OpenActivity(activity="c1"))
    assert room.session.runs["c1"][1].no == 2


def test_a_question_on_the_spot(room: DryRoom) -> None:
    """It has an id of its own, its words in the opening, and up to six choices."""
    ann = come_in(room)
    made = room.must(w.Ask(text="Ready?", options=("Yes", "No")))
    opened = made[-1]
    assert isinstance(opened.fact, r.ActivityOpened)
    assert opened.fact.activity == "spot-1"
    assert b"Ready" not in room.lines[opened.i]
    assert room.session.activity("spot-1") is not None
    room.must(w.PutAnswer(activity="spot-1", round=1, v=("a",)), ann)
    assert room.no(w.Ask(text="", options=("Yes", "No"))) == "text-missing"
    assert room.no(w.Ask(text="?", options=tuple("1234567"))) == "too-many-options"
    assert room.no(w.Ask(text="?", options=("only",))) == "wrong-value"
    free = room.must(w.Ask(text="One word?"))[-1].fact
    assert isinstance(free, r.ActivityOpened)
    assert (free.activity, free.def_ and free.def_.type) == ("spot-2", "text")


def test_discussion_up_votes_hide_and_pin(room: DryRoom) -> None:
    """One vote a person, never for oneself, none for what is hidden."""
    ann, bo = come_in(room, "Ann"), come_in(room, "Bo")
    room.must(w.OpenActivity(activity="d1"))
    ref = room.must(w.PutSay(text="The ram drifts", activity="d1"), ann)[0].i
    room.must(w.PutSay(text="Ours too", activity="d1", ref=ref), bo)
    assert room.no(w.UpVote(ref=ref), ann) == "own-message"
    room.must(w.UpVote(ref=ref), bo)
    assert room.no(w.UpVote(ref=ref), bo) == "voted"
    assert room.no(w.UpVote(ref=10_000), bo) == "unknown-message"
    assert room.no(w.PutSay(text="x" * 281, activity="d1"), ann) == "too-long"
    assert room.no(w.PutSay(text="", activity="d1"), ann) == "text-missing"
    room.must(w.PinSay(ref=ref))
    assert room.session.says[ref].pinned
    room.must(w.HideSay(ref=ref))
    assert room.no(w.UpVote(ref=ref), bo) == "unknown-message"
    room.must(w.HideSay(ref=ref, off=True))
    room.must(w.CloseActivity())
    assert room.no(w.PutSay(text="late", activity="d1"), ann) == "closed"
    room.must(w.PutSay(text="A question to the trainer"), ann)


def test_acknowledgement_bears_name_meaning_and_the_words_shown(room: DryRoom) -> None:
    """The hash is of the text in the worker's language."""
    ann = come_in(room)
    room.must(w.SetLanguage(lang="es"), ann)
    room.must(w.OpenActivity(activity="a1"))
    assert room.no(w.Sign(activity="a1", round=1, text=""), ann) == "name-missing"
    fact = room.must(w.Sign(activity="a1", round=1, text="Ann Lee"), ann)[0].fact
    assert isinstance(fact, r.Acknowledged)
    assert (fact.meaning, fact.words) == ("participation", hashlib.sha256("¿a1?".encode()).hexdigest())
    assert room.no(w.PutAnswer(activity="a1", round=1, v=("a",)), ann) == "wrong-value"


def test_nobody_at_a_phone_controls_the_session(room: DryRoom) -> None:
    """Every facilitator's wish from a participant is refused, whatever it is."""
    ann = come_in(room)
    for kind in FACILITATORS:
        needed = {k: "x" for k, v in signature(kind).parameters.items() if v.default is v.empty}
        assert room.no(kind(**needed), ann) == "not-allowed"


def test_confidential_answers_carry_the_minute_only(room: DryRoom) -> None:
    """m and t are floored, never below the record before them."""
    ann = come_in(room)
    room.at = 125_500
    room.must(w.OpenActivity(activity="s1"))
    opened = room.records[-1]
    room.at = 187_300
    put = room.must(w.PutAnswer(activity="s1", round=1, v=("l2",)), ann)[0]
    assert (put.m, put.t % 60_000) == (180_000, 0)
    room.at = 187_400
    assert room.must(w.RollCall())[0].m == 187_400
    assert opened.m == 125_500
    late = room.must(w.Revote(activity="s1"))[-1]
    fast = room.must(w.PutAnswer(activity="s1", round=2, v=("l1",)), ann)[0]
    assert fast.m == late.m


def test_the_plan_is_walked_step_by_step(room: DryRoom) -> None:
    """`next` does one step; what was opened by hand is not opened twice; the end is the end."""
    come_in(room)
    kinds = [[x.k for x in room.must(w.NextStep())] for _ in range(3)]
    assert kinds[0] == ["segment.enter", "step.enter"]
    assert kinds[1] == ["step.enter", "activity.open"]
    assert kinds[2] == ["step.enter", "activity.close", "activity.open"]
    room.must(w.OpenActivity(activity="s1"))
    assert room.must(w.NextStep())[0].fact == r.SegmentEntered(segment="learn")
    room.must(w.ChangePlan(segment="close", skip=True))
    while room.session.step != 3:
        room.must(w.NextStep())
    assert room.no(w.NextStep()) == "plan-finished"


def test_pause_and_resume(room: DryRoom) -> None:
    """A pause by hand outlives the program; one made on leaving ends when it comes back."""
    room.must(w.Pause(why="break"))
    assert room.no(w.Pause()) == "paused"
    assert room.no(w.OpenActivity(activity="c1")) == "paused"
    room.must(w.Resume(why="start", gap=5, src="boot"))
    assert room.session.state == "paused"
    room.must(w.Resume())
    assert room.no(w.Resume()) == "not-paused"
    room.must(w.Pause(why="exit"))
    room.must(w.Resume(why="start", gap=5, src="boot"))
    assert room.session.state == "running"


def test_after_the_end_only_corrections_and_signatures_follow(room: DryRoom) -> None:
    """And reopening, which is one more record."""
    ann = come_in(room)
    room.must(w.OpenActivity(activity="c1"))
    assert [x.k for x in room.must(w.End())] == ["activity.close", "session.close"]
    for intent in (w.NextStep(), w.OpenActivity(activity="p1"), w.Mark(who=str(ann.p), status="late"), w.End()):
        assert room.no(intent) == "ended"
    assert room.no(w.Here(), ann) == "ended"
    assert room.no(w.Join(name="Late", new_p="z"), DOOR) == "ended"
    room.must(w.Correct(do="correct", by="fac", why="mistake", who=str(ann.p), status="late", reason="bus"))
    assert room.no(w.Correct(do="void", by="fac", why="mistake", ref=1)) == "no-such-record"
    room.must(w.Reopen())
    assert room.session.state == "running"
