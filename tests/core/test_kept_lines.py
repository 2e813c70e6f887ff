"""Lines of closed rounds are kept between views, and no view is another one for it."""

from __future__ import annotations

import statistics
import time

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.after_view import Ending, ending
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.kept_lines import ACTIVITY, ELSEWHERE, MESSAGE, KeptLines
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.session import Session
from fieldkit.core.views import RoomView
from tests.core.crew import DOOR
from tests.kit.dry import ORIGIN, DryRoom
from tests.kit.plans import ALL, activity, options

PLAN = msgspec.structs.replace(
    ALL,
    activities=[
        *(a for a in ALL.activities if a.id in ("p1", "d1", "x1", "w1", "k1", "l1", "b1", "z1")),
        activity("c1", "choice", options=options("a", "b"), answer=["b"], sure=True, graded=True),
        activity("after", "choice", options=options("a", "b"), answer=["b"], pre="c1", graded=True),
        activity("quiet", "poll", options=options("a", "b"), mode="confidential"),
    ],
)
IDS = [a.id for a in PLAN.activities]
ID = st.sampled_from([*IDS, "attendance"])
MAYBE = st.none() | ID
WHO = st.sampled_from(["B1", "B2", *(f"p000000{k}" for k in range(1, 7))])
REF = st.integers(0, 40)
V = st.sampled_from([("a",), ("b",), ("true",), ()])
TEXT = st.sampled_from(["", "valve", "Ann [/] Lee"])
MINE = st.one_of(
    st.builds(
        w.PutAnswer,
        activity=st.sampled_from(["c1", "c1", "after", "p1", "quiet", "x1", "w1", "k1"]),
        round=st.integers(1, 2),
        v=V,
        text=st.none() | TEXT,
        sure=st.sampled_from([None, "sure"]),
    ),
    st.builds(w.PutAnswer, activity=st.just("z1"), round=st.just(1), v=V, q=st.sampled_from(["q1", "q3"])),
    st.builds(w.PutSay, text=TEXT, activity=st.sampled_from([None, "d1", "b1"])),
    st.builds(w.UpVote, ref=REF),
    st.builds(w.Rename, name=TEXT),
    st.sampled_from([w.Here(), w.Leave(), w.Object(), w.RaiseHand(up=True)]),
)
THEIRS = st.one_of(
    st.builds(w.OpenActivity, activity=ID, live=st.booleans()),
    st.builds(w.OpenActivity, activity=st.sampled_from(["c1", "after", "d1", "w1"])),
    *(
        st.builds(made, activity=MAYBE)
        for made in (w.CloseActivity, w.CloseActivity, w.Reveal, w.Hide, w.Revote, w.Void)
    ),
    st.builds(w.Extend, activity=MAYBE, seconds=st.sampled_from([None, 30])),
    st.builds(w.ProxyAnswer, who=WHO, activity=st.sampled_from(IDS), v=V, via=st.sampled_from(["proxy", "paper"])),
    st.builds(w.CountHands, activity=ID, counts=st.just({"a": 2})),
    st.builds(w.Correct, do=st.just("void"), by=st.just("fac"), why=st.just("mistake"), ref=REF, leaf=st.just("0")),
    st.builds(
        w.Correct,
        do=st.just("add"),
        by=st.just("fac"),
        why=st.just("other"),
        who=WHO,
        activity=st.sampled_from(["c1", "after"]),
        answer=st.sampled_from([("a",), ("b",)]),
    ),
    st.builds(w.Merge, who=WHO, into=WHO),
    st.builds(w.RenamePerson, who=WHO, name=TEXT),
    st.builds(w.RemovePerson, who=WHO),
    st.builds(w.Release, who=WHO),
    st.builds(w.CheckIn, new_p=st.just("cnewcnew"), badge=st.sampled_from(["B2", "B9"]), name=TEXT, out=st.booleans()),
    st.builds(w.MarkItem, who=WHO, activity=st.just("l1"), item=st.just("try")),
    *(st.builds(made, ref=REF, off=st.booleans()) for made in (w.HideSay, w.PinSay, w.DoneSay, w.ParkSay)),
    st.sampled_from([w.NextStep(), w.RollCall(), w.Pause(), w.Resume(), w.End(), w.Reopen(), w.Expire()]),
)
JOIN = st.tuples(st.sampled_from([None, "B1", "B2"]), TEXT)
MOVE = st.one_of(
    st.tuples(st.just("join"), JOIN),
    st.tuples(st.just("phone"), st.tuples(st.integers(0, 5), MINE)),
    st.tuples(st.just("phone"), st.tuples(st.integers(0, 5), MINE)),
    st.tuples(st.just("desk"), THEIRS),
    st.tuples(st.just("wait"), st.integers(0, 90_000)),
)


def begin(people: int = 3) -> DryRoom:
    room = DryRoom(PLAN)
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B1", "name": "Ann"}))
    for k in range(people):
        room.must(w.Join(name=f"W{k}", new_p=room.new_p()), DOOR)
    return room


def play(moves: list[tuple[str, object]]) -> DryRoom:
    room = begin()
    inside = [p for p, x in room.session.people.items() if x.present]
    for what, how in moves:
        if what == "wait":
            assert isinstance(how, int)
            room.at += how
        elif what == "desk":
            assert isinstance(how, Intent)
            room.do(how, FACILITATOR)
        elif what == "join":
            assert isinstance(how, tuple)
            found = room.do(w.Join(name=how[1], new_p=room.new_p(), badge=how[0]), DOOR)
            inside += [] if isinstance(found, Refusal) else [str(found[0].p)]
        else:
            assert isinstance(how, tuple)
            room.do(how[1], room.phone(room.session.head(inside[how[0] % len(inside)])))
    return room


ASKED = [
    ("desk", w.OpenActivity(activity="c1")),
    ("phone", (0, w.PutAnswer(activity="c1", round=1, v=("a",), sure="sure"))),
    ("phone", (1, w.PutAnswer(activity="c1", round=1, v=("b",), sure="sure"))),
    ("desk", w.OpenActivity(activity="after")),
    ("phone", (0, w.PutAnswer(activity="after", round=1, v=("b",)))),
    ("desk", w.OpenActivity(activity="d1")),
    ("phone", (2, w.PutSay(text="valve", activity="d1"))),
    ("desk", w.OpenActivity(activity="p1")),
    ("desk", w.CloseActivity(activity="d1")),
]


ADDED = w.Correct(do="add", by="fac", why="other", who="p0000003", activity="c1", answer=("a",), reason="late")
BY_ANN = [
    ("desk", w.OpenActivity(activity="x1")),
    ("phone", (3, w.PutAnswer(activity="x1", round=1, text="valve"))),
    ("desk", w.CloseActivity(activity="x1")),
]
SAID = 13
"""The message's record in what ASKED makes."""


@settings(max_examples=200, deadline=None)
@given(st.lists(MOVE, max_size=25).map(lambda more: [*ASKED, *more]), st.integers(1, 4))
@example([*ASKED, ("desk", ADDED)], 1)
@example([*ASKED, ("desk", w.RenamePerson(who="p0000004", name="Ann"))], 1)
@example([*ASKED, ("desk", w.Merge(who="p0000002", into="B1"))], 1)
@example([("join", ("B1", "Ann")), *BY_ANN, ("phone", (3, w.Leave())), ("join", ("B1", "Another name"))], 1)
@example([*ASKED, ("desk", w.HideSay(ref=SAID))], 1)
@example([*ASKED, ("desk", w.ProxyAnswer(who="p0000004", activity="c1", v=("a",), via="paper"))], 1)
def test_a_view_with_kept_lines_is_the_fresh_one_after_any_sequence(
    moves: list[tuple[str, object]], every: int
) -> None:
    """At every record, or at every second, third…: what was dropped meanwhile is not kept from before."""
    s, kept = Session(origin=ORIGIN, plan=PLAN), KeptLines()
    for record in play(moves).records:
        kept.note(s, record)
        s.apply(record)
        if record.i % every:
            continue
        live = {p for k, p in enumerate(s.people) if (k + record.i) % 2}
        for lang in ("en", "es"):
            fresh = room_view(s, lang, s.m, live)
            assert room_view(s, lang, s.m, live, kept.line, kept.ending) == fresh
            assert room_view(s, lang, s.m, set(), kept.line, kept.ending) == room_view(s, lang, s.m)


def test_the_examples_do_what_they_say() -> None:
    """A refused wish would prove nothing."""
    assert isinstance(play(ASKED).records[SAID].fact, r.Said)
    for more in (w.HideSay(ref=SAID), ADDED, w.RenamePerson(who="p0000004", name="Ann")):
        asked = play(ASKED)
        asked.must(more)
    back = play([("join", ("B1", "Ann")), *BY_ANN, ("phone", (3, w.Leave())), ("join", ("B1", "Another name"))])
    assert isinstance(back.records[-1].fact, r.CameIn) and back.session.people["p0000001"].name == "Another name"


def test_another_session_is_drawn_anew() -> None:
    """Memory was read again from the disk: nothing of the one before is shown."""
    room, kept = play(ASKED), KeptLines()
    first = room_view(room.session, "en", 0, closed_line=kept.line)
    cut = Session(origin=ORIGIN, plan=PLAN).fold(room.records[:-4])
    assert room_view(cut, "en", 0, closed_line=kept.line) == room_view(cut, "en", 0) != first


def test_an_answer_and_an_arrival_leave_the_lines_of_closed_rounds_alone() -> None:
    """Else keeping them is for nothing."""
    room, kept = play(ASKED), KeptLines()

    def view() -> RoomView:
        return room_view(room.session, "en", room.at, closed_line=kept.line)

    def do(intent: Intent, by: Actor = FACILITATOR) -> None:
        at = len(room.records)
        before = Session(origin=ORIGIN, plan=PLAN).fold(room.records)
        for record in [x for x in room.must(intent, by) if x.i >= at]:
            kept.note(before, record)
            before.apply(record)

    old = view().rounds
    do(w.PutAnswer(activity="p1", round=1, v=("a",)), room.phone("p0000002"))
    do(w.RaiseHand(up=True), room.phone("p0000002"))
    new = view().rounds
    assert [x.activity for x in new] == ["c1", "after", "d1", "p1"]
    assert new[1] is old[1] and new[2] is old[2] and new[3] is not old[3]
    assert new[0].bars is old[0].bars, "who was confidently wrong is put in anew"
    do(w.Join(name="Late", new_p=room.new_p()), DOOR)
    assert [x.of for x in view().rounds] == [4] * 4 and view().rounds[1].bars is old[1].bars


def test_the_end_is_folded_once_for_each_state_of_the_log_and_language() -> None:
    """Every second a view is drawn, also of a room that has gone home; a correction is seen at once."""
    room, kept = play(ASKED), KeptLines()
    assert kept.ending(room.session, "en") == ending(room.session, "en") == Ending()
    room.must(w.End())

    def view(lang: str, at: int) -> RoomView:
        return room_view(room.session, lang, room.at + at, closed_line=kept.line, ended=kept.ending)

    first = view("en", 0)
    assert first.after is not None and first.outcome is not None and view("es", 0).after is not first.after
    assert view("en", 60_000).after is first.after and view("en", 60_000).outcome is first.outcome
    room.must(w.Correct(do="correct", by="fac", why="mistake", who="p0000001", status="excused"))
    later = view("en", 0)
    assert later == room_view(room.session, "en", room.at) and later.outcome.excused == first.outcome.excused + 1
    cut = Session(origin=ORIGIN, plan=PLAN).fold([*play(ASKED).records])
    assert kept.ending(cut, "en") == Ending()


def test_every_fact_is_in_one_list_or_drops_everything() -> None:
    assert not ELSEWHERE & {*ACTIVITY, *MESSAGE} and not {*ACTIVITY} & {*MESSAGE}
    assert r.PersonMerged not in ELSEWHERE and r.Amended not in ACTIVITY


def test_a_view_costs_what_it_shows() -> None:
    """With its lines kept a view of a big room costs at most a third of a fresh one."""
    room, kept = begin(0), KeptLines()
    ps = [room.must(w.Join(name=f"W{k}", new_p=room.new_p()), DOOR)[0].p or "" for k in range(120)]
    for no in range(18):
        id = ("w1", "k1", "c1")[no % 3]
        room.must(w.Revote(activity=id) if room.session.round(id) else w.OpenActivity(activity=id))
        for k, p in enumerate(ps):
            said = {"v": ("a",)} if id == "c1" else {"text": f"valve {k % 30}"}
            room.must(w.PutAnswer(activity=id, round=no // 3 + 1, **said), room.phone(p))

    def cost(make: object) -> float:
        assert callable(make)
        out = []
        for _ in range(9):
            begun = time.process_time()
            make()
            out.append(time.process_time() - begun)
        return statistics.median(out)

    def drawn() -> RoomView:
        return room_view(room.session, "en", room.at, closed_line=kept.line)

    assert drawn() == room_view(room.session, "en", room.at)
    fresh, light = cost(lambda: room_view(room.session, "en", room.at)), cost(drawn)
    assert light * 3 <= fresh, (light, fresh)
