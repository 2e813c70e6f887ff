"""Laws of the fold and the rules, over any sequence of wishes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.activities import kind_of
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.records import Record, Unknown
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.wall_view import wall_view
from fieldkit.log.line import parse_record
from tests.kit.dry import ORIGIN, DryRoom
from tests.kit.plans import PLAN

ACTIVITIES = st.sampled_from([a.id for a in PLAN.activities] + ["attendance", "spot-1", "nope"])
MAYBE = st.none() | ACTIVITIES
VALUES = st.lists(st.sampled_from(["a", "b", "c", "l1", "true", "false", "zz"]), max_size=3).map(tuple)
TEXTS = st.sampled_from(["", "words", "Ann [/] Lee", "=1+1", "\u202eevil", "x" * 300])
WHO = st.sampled_from(["B1", "B2", "B3", "p0000001", "p0000002", "nobody"])
REFS = st.integers(-1, 40)

MINE = st.one_of(
    st.builds(w.PutAnswer, activity=ACTIVITIES, round=st.integers(0, 3), v=VALUES, n=st.none() | st.integers(0, 3)),
    st.builds(w.PutAnswer, activity=st.just("x1"), round=st.just(1), text=TEXTS),
    st.builds(w.PutSay, text=TEXTS, activity=st.sampled_from([None, "d1", "p1"]), ref=st.none() | REFS),
    st.builds(w.UpVote, ref=REFS),
    st.builds(w.Sign, activity=ACTIVITIES, round=st.integers(0, 2), text=TEXTS),
    st.builds(w.RaiseHand, up=st.booleans()),
    st.builds(w.SetLanguage, lang=st.sampled_from(["en", "es", "xx"])),
    st.builds(w.Rename, name=TEXTS),
    st.just(w.Here()),
    st.just(w.Leave()),
    st.just(w.Object()),
)
THEIRS = st.one_of(
    st.just(w.NextStep()),
    st.builds(w.EnterSegment, segment=st.sampled_from(["open", "learn", "close", "nope"])),
    st.builds(w.OpenActivity, activity=ACTIVITIES, live=st.booleans()),
    st.builds(w.Ask, text=TEXTS, options=st.sampled_from([(), ("y", "n"), ("y",)])),
    st.builds(w.CloseActivity, activity=MAYBE),
    st.builds(w.Extend, activity=MAYBE, seconds=st.sampled_from([None, 30])),
    st.builds(w.Reveal, activity=MAYBE),
    st.builds(w.Hide, activity=MAYBE),
    st.builds(w.Revote, activity=MAYBE),
    st.builds(w.Void, activity=MAYBE),
    st.just(w.RollCall()),
    st.just(w.Expire()),
    st.builds(w.Mark, who=WHO, status=st.sampled_from(["present", "late", "gone"])),
    st.builds(w.CheckIn, new_p=st.just("cnewcnew"), badge=st.sampled_from(["B2", "B9"]), name=TEXTS, out=st.booleans()),
    st.builds(w.ProxyAnswer, who=WHO, activity=ACTIVITIES, v=VALUES),
    st.builds(w.Release, who=WHO),
    st.builds(w.RemovePerson, who=WHO),
    st.builds(w.HideSay, ref=REFS, off=st.booleans()),
    st.builds(w.PinSay, ref=REFS),
    st.builds(w.ChangePlan, segment=st.sampled_from(["open", "close"]), skip=st.booleans()),
    st.builds(w.Pause, why=st.sampled_from(["break", "alarm", "exit"])),
    st.builds(w.Resume, safe=st.sampled_from([None, True, False]), ticked=st.just(("p0000001",))),
    st.just(w.Resume(why="start", gap=3, src="boot")),
    st.just(w.End()),
    st.just(w.Reopen()),
    st.builds(w.Announce, text=TEXTS),
)
JOIN = st.builds(lambda b, n: (b, n), st.sampled_from([None, "B1", "B2", "b2", "B3"]), TEXTS)
MOVES = st.one_of(
    st.tuples(st.just("join"), JOIN),
    st.tuples(st.just("phone"), st.tuples(st.integers(0, 5), MINE)),
    st.tuples(st.just("desk"), THEIRS),
    st.tuples(st.just("wait"), st.integers(0, 90_000)),
)


def play(moves: list[tuple[str, object]]) -> DryRoom:
    room = DryRoom()
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B1", "name": "Ann"}))
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B2", "first_name": "Bo", "last_name": "T."}))
    inside: list[str] = []
    for what, how in moves:
        if what == "wait":
            assert isinstance(how, int)
            room.at += how
        elif what == "desk":
            assert isinstance(how, Intent)
            room.do(how, FACILITATOR)
        elif what == "join":
            assert isinstance(how, tuple)
            found = room.do(w.Join(name=how[1], new_p=room.new_p(), badge=how[0]), Actor(by="self", via="phone"))
            if not isinstance(found, Refusal):
                inside.append(str(found[0].p))
        else:
            assert isinstance(how, tuple)
            who = inside[how[0] % len(inside)] if inside else "stranger"
            room.do(how[1], room.phone(who))
    return room


@settings(max_examples=120, deadline=None)
@given(st.lists(MOVES, max_size=40))
def test_what_the_rules_return_always_applies_and_the_fold_is_the_log(moves: list[tuple[str, object]]) -> None:
    """Nothing is unknown, no count is off, and the same log read from its bytes gives the same session."""
    room = play(moves)
    s = room.session
    assert s.unknown == 0
    assert s.present == sum(1 for x in s.people.values() if x.present)
    assert s.present_expected == sum(1 for x in s.people.values() if x.present and x.expected)
    assert s.joined == sum(1 for x in s.people.values() if x.joined_i is not None)
    assert [x.m for x in room.records] == sorted(x.m for x in room.records)
    exclusive = [x for x in s.open_rounds.values() if kind_of(x.activity.type).exclusive]
    assert len(exclusive) <= 1
    for rounds in s.runs.values():
        for one in rounds:
            kind = kind_of(one.activity.type)
            recount = Counter(k for a in one.answers.values() for k in kind.keys(one.activity, a.v))
            assert one.counts == dict(recount)
            assert one.is_open == (s.open_rounds.get(one.activity.id) is one)
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert read == room.records
    assert Session(origin=ORIGIN, plan=PLAN).fold(read) == s


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=30), st.data())
def test_folding_in_two_goes_is_folding_in_one(moves: list[tuple[str, object]], data: st.DataObject) -> None:
    """fold(a + b) == fold(b, fold(a))."""
    room = play(moves)
    cut = data.draw(st.integers(0, len(room.records)))
    first = Session(origin=ORIGIN, plan=PLAN).fold(room.records[:cut])
    assert first.fold(room.records[cut:]) == room.session


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=30))
def test_no_view_shows_a_key_or_a_foreign_name_too_early(moves: list[tuple[str, object]]) -> None:
    """Phones and wall: correct answers after the reveal only; other people's names never."""
    room = play(moves)
    s = room.session
    for view in (shared_view(s, "en", room.at, 2000), *(seat_view(s, p, "es", room.at, 2000) for p in s.people)):
        revealed = {(x.activity.id, x.no) for rounds in s.runs.values() for x in rounds if x.revealed and not x.void}
        assert {(x.activity, x.round) for x in view.results} <= revealed
        assert all(not x.name for x in view.says)
        for one in view.open:
            assert one.counts is None or s.runs[one.activity][one.round - 1].live
        if view.me is None:
            assert all(x.mine is None for x in view.open)
    wall = wall_view(s, "en", room.at)
    assert wall.state == "result" or not wall.correct
    trainer = room_view(s, "en", room.at)
    assert trainer.present == s.present
    for line in trainer.rounds:
        if line.mode == "confidential":
            assert all(not x.name for x in line.texts)


@settings(max_examples=40, deadline=None)
@given(st.lists(MOVES, max_size=20))
def test_a_record_of_another_release_changes_nothing_but_its_count(moves: list[tuple[str, object]]) -> None:
    """Unknown kinds are kept, counted, and folded as nothing."""
    room = play(moves)
    plain = Session(origin=ORIGIN, plan=PLAN).fold(room.records)
    odd = Record(len(room.records), plain.m, plain.t, Unknown("weather.seen", {"sky": "blue"}), "p0000001")
    more = Session(origin=ORIGIN, plan=PLAN).fold([*room.records, odd])
    assert more.unknown == plain.unknown + 1
    more.unknown, more.saved = plain.unknown, plain.saved
    assert more == plain
