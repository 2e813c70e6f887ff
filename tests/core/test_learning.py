"""Reading phase, grace, certainty, peer instruction, gain, entries for others: what a room with all types tells."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core.completion import items, score
from fieldkit.core.intents import Actor
from fieldkit.core.learning import ratio
from fieldkit.core.plan import Activity, Feedback, Plan
from fieldkit.core.records import Amended, AnswerPut
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.tables import Signatures, table
from fieldkit.core.views import Moves, ResultSeat, RoundLine
from fieldkit.core.wall_view import wall_view
from tests.core.test_rules import come_in
from tests.kit.dry import DryRoom
from tests.kit.plans import ALL, STEPS, activity, options


def plan_with(*changed: Activity) -> Plan:
    """ALL with activities put in place of those of the same id, or added."""
    ids = {a.id for a in changed}
    return msgspec.structs.replace(ALL, activities=[*(a for a in ALL.activities if a.id not in ids), *changed])


def crowd(room: DryRoom, n: int) -> list[Actor]:
    return [come_in(room, f"P{k}") for k in range(n)]


def put(room: DryRoom, by: Actor, id: str, *v: str, round: int = 1, **more: str) -> None:
    room.must(w.PutAnswer(activity=id, round=round, v=v, **more), by)  # type: ignore[arg-type]


def line(room: DryRoom, id: str) -> RoundLine:
    """The newest round of an activity as the trainer sees it."""
    return [x for x in room_view(room.session, "en", room.at).rounds if x.activity == id][-1]


def result(room: DryRoom, by: Actor) -> ResultSeat:
    return seat_view(room.session, by.p, "en", room.at, 0).results[0]


# ---- reading and time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["c1", "o1", "m1", "h1", "z1"])
def test_while_people_read_no_choice_is_sent(id: str) -> None:
    """The question stands there; what can be chosen comes later, at once on every screen."""
    a = ALL.activity(id)
    assert a is not None
    room = DryRoom(plan_with(msgspec.structs.replace(a, reading=10, seconds=30)))
    ann = come_in(room)
    opened = room.must(w.OpenActivity(activity=id))[-1]
    assert opened.fact.until == opened.m + 40_000  # type: ignore[attr-defined]
    room.at += 9_999
    for seen in (shared_view(room.session, "en", room.at, 0).open[0], wall_view(room.session, "en", room.at)):
        assert seen.reading_ms == 1 and seen.text and not (seen.options or seen.left or seen.right or seen.questions)
    assert line(room, id).reading_ms == 1 and room.session.runs[id][0].alarms(room.at)[0] == opened.m + 10_000
    room.at += 1
    seat = seat_view(room.session, ann.p, "en", room.at, 0).open[0]
    assert seat.reading_ms is None and (seat.options or seat.left or seat.questions)
    assert wall_view(room.session, "en", room.at).reading_ms is None


def test_an_answer_that_comes_before_the_choices_is_taken() -> None:
    """The paper in somebody's hand has no reading phase."""
    room = DryRoom(plan_with(activity("r1", "poll", options=options("a", "b"), reading=60)))
    ann = come_in(room)
    room.must(w.OpenActivity(activity="r1"))
    put(room, ann, "r1", "a")
    assert room.session.runs["r1"][0].counts == {"a": 1}


def test_a_quiz_takes_answers_two_seconds_after_its_time_and_nothing_else_does() -> None:
    """Phones show the limit; what was sent in time may be late on the Wi-Fi."""
    quiz = ALL.activity("z1")
    assert quiz is not None
    room = DryRoom(plan_with(msgspec.structs.replace(quiz, seconds=60)))
    ann = come_in(room)
    room.must(w.OpenActivity(activity="z1"))
    room.at = 60_000 + 1_999
    assert shared_view(room.session, "en", room.at, 0).open[0].left_ms == 0
    assert room.no(w.Expire()) == "nothing-open"
    put(room, ann, "z1", "b", q="q1")
    room.at += 1
    assert room.no(w.PutAnswer(activity="z1", round=1, q="q2", v=("a",)), ann) == "closed"
    room.must(w.Expire())
    assert not room.session.open_rounds
    limited = DryRoom(plan_with(activity("r1", "poll", options=options("a", "b"), seconds=60)))
    bo = come_in(limited)
    limited.must(w.OpenActivity(activity="r1"))
    limited.at = 60_000
    assert limited.no(w.PutAnswer(activity="r1", round=1, v=("a",)), bo) == "closed"


# ---- certainty ------------------------------------------------------------------------------------------------


def test_who_was_sure_and_wrong_is_on_a_list_by_name() -> None:
    """A wrong answer one is sure of is what hurts somebody; being unsure of a right one is not on it."""
    room = DryRoom(ALL)
    ann, bo, cy = crowd(room, 3)
    room.must(w.OpenActivity(activity="n1"))
    put(room, ann, "n1", "9", sure="sure")
    put(room, bo, "n1", "9", sure="unsure")
    put(room, cy, "n1", "4", sure="sure")
    assert room.no(w.PutAnswer(activity="n1", round=1, v=("4",), sure="very"), ann) == "wrong-value"
    assert room.no(w.PutAnswer(activity="c1", round=1, v=("a",), sure="sure"), ann) == "not-open"
    seen = line(room, "n1")
    assert ([x.p for x in seen.sure_wrong], seen.sure_wrong_n, seen.right) == ([ann.p], 1, 1)
    assert seat_view(room.session, ann.p, "en", room.at, 0).open[0].mine_sure == "sure"
    put(room, ann, "n1", "4", sure="sure")
    assert line(room, "n1").sure_wrong_n == 0


def test_a_confidential_question_counts_the_confidently_wrong_and_names_none() -> None:
    """As everything else in it."""
    secret = activity("r1", "choice", options=options("a", "b"), answer=["a"], sure=True, mode="confidential")
    room = DryRoom(plan_with(secret))
    ann = come_in(room)
    room.must(w.OpenActivity(activity="r1"))
    put(room, ann, "r1", "b", sure="sure")
    assert (line(room, "r1").sure_wrong, line(room, "r1").sure_wrong_n) == ([], 1)


# ---- peer instruction and gain --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "of", "band"),
    [(0, 4, "explain"), (2, 7, "explain"), (3, 10, "discuss"), (7, 10, "discuss"), (5, 7, "go_on"), (4, 4, "go_on")],
)
def test_the_band_says_what_to_do_next(right: int, of: int, band: str) -> None:
    """Thirty and seventy percent belong to talking it over."""
    room = DryRoom(ALL)
    people = crowd(room, of)
    room.must(w.OpenActivity(activity="c1"))
    assert line(room, "c1").band == ""
    for k, by in enumerate(people):
        put(room, by, "c1", "b" if k < right else "a")
    assert (line(room, "c1").band, line(room, "c1").moves) == (band, None)


def test_after_a_re_vote_the_trainer_sees_who_moved() -> None:
    """Only people who answered both times; a round made void is no first one."""
    room = DryRoom(ALL)
    people = crowd(room, 6)
    room.must(w.OpenActivity(activity="c1"))
    put(room, people[0], "c1", "a")
    room.must(w.Void())
    room.must(w.OpenActivity(activity="c1"))
    for by, v in zip(people, "bbaaa", strict=False):
        put(room, by, "c1", v, round=2)
    assert line(room, "c1").moves is None
    room.must(w.Revote(activity="c1"))
    for by, v in zip(people, ("b", "a", "b", "c", "", "b"), strict=True):
        if v:
            put(room, by, "c1", v, round=3)
    assert line(room, "c1").moves == Moves(stayed_right=1, became_right=1, became_wrong=1, stayed_wrong=1)


def gained(before: str, after: str) -> tuple[str, str, str, str]:
    """gain_pts, gain_norm on the screen and in the table, for answers before and after."""
    pre = activity("pre", "choice", options=options("a", "b"), answer=["b"])
    room = DryRoom(plan_with(pre, msgspec.structs.replace(pre, id="post", pre="pre")))
    people = crowd(room, max(len(before), len(after)))
    for id, said in (("pre", before), ("post", after)):
        room.must(w.OpenActivity(activity=id))
        for by, v in zip(people, said, strict=False):
            put(room, by, id, v)
        room.must(w.CloseActivity())
    seen, made = line(room, "post"), table("results", room.session, room.plan, Signatures())
    row = next(row for row in made.rows if row[1] == "post")
    at = made.columns.index("gain_pct")
    assert made.columns[at + 1] == "gain_norm"
    assert all(row[at : at + 2] == ("", "") for row in made.rows if row[1] == "pre")
    return seen.gain_pts, seen.gain_norm, row[at], row[at + 1]


@pytest.mark.parametrize(
    ("before", "after", "points", "normalised"),
    [("abaa", "bbba", "50", "0.67"), ("bbaa", "aaaa", "-50", "-1"), ("bbb", "abb", "-33.33", ""),
     ("aab", "aab", "0", "0"), ("aaa", "abb", "66.67", "0.67"), ("", "ab", "", "")],
)  # fmt: skip
def test_gain_is_shown_in_points_and_normalised(before: str, after: str, points: str, normalised: str) -> None:
    """(post − pre) / (100 − pre): a class that knew nearly all can gain little."""
    assert gained(before, after) == (points, normalised) * 2


def test_ratios_are_rounded_half_up_and_never_minus_nought() -> None:
    """Exact whole numbers until the last step."""
    assert [ratio(1, 8), ratio(-1, 8), ratio(1, 0), ratio(-1, 1000), ratio(2, 3)] == ["0.13", "-0.12", "", "0", "0.67"]


# ---- own results ----------------------------------------------------------------------------------------------


def test_everybody_is_told_about_their_own_answer_question_by_question() -> None:
    """Right words to who was right, wrong ones to who was not, nothing where nothing was answered."""
    room = DryRoom(ALL)
    ann, bo, cy = crowd(room, 3)
    room.must(w.OpenActivity(activity="z1"))
    for q, v in (("q1", ("b",)), ("q2", ("a", "c")), ("q3", ("false",))):
        put(room, ann, "z1", *v, q=q)
    put(room, bo, "z1", "a", q="q1")
    assert (line(room, "z1").answered, line(room, "z1").right) == (1, 1)
    (open_,) = room_view(room.session, "en", room.at).open
    assert {x.p for x in open_.missing} == {bo.p, cy.p}
    assert [x.n for x in line(room, "z1").questions] == [2, 1, 1]
    assert [x.mine for x in seat_view(room.session, bo.p, "en", room.at, 0).open[0].questions] == [["a"], None, None]
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    seen = {by.p: result(room, by) for by in (ann, bo, cy)}
    assert [seen[by.p].mine_right for by in (ann, bo, cy)] == [True, False, None]
    first = [seen[by.p].questions[0] for by in (ann, bo, cy)]
    assert [x.told for x in first] == ["Right one.", "Not one.", ""]
    assert [x.explain for x in first] == ["", "", "Right one."]  # why, for who gave no answer
    assert [x.mine for x in first] == [["b"], ["a"], None]
    assert first[0].counts == {"a": 1, "b": 1, "c": 0} and first[0].correct == ["b"] and first[0].n == 2


@pytest.mark.parametrize("explain", ["Because.", ""])
def test_why_reaches_everybody_and_what_the_pack_says_to_an_answer_its_author(explain: str) -> None:
    """Feedback takes nothing away from the explanation; where there is none it stands alone, and only who gave no
    answer reads what it says to a right one."""
    both = activity(
        "f1",
        "choice",
        options=options("a", "b"),
        answer=["b"],
        feedback=Feedback(["Well seen.", None], ["Look again.", None]),
        explain=[explain, None] if explain else None,
    )
    room = DryRoom(msgspec.structs.replace(ALL, activities=[both]))
    ann, bo, cy = crowd(room, 3)
    room.must(w.OpenActivity(activity="f1"))
    put(room, ann, "f1", "b")
    put(room, bo, "f1", "a")
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    seen = [result(room, by) for by in (ann, bo, cy)]
    assert [x.told for x in seen] == ["Well seen.", "Look again.", ""]
    assert [x.explain for x in seen] == [explain, explain, explain or "Well seen."]
    shared = shared_view(room.session, "en", room.at, 0).results[0]
    assert (shared.told, shared.explain) == ("", explain or "Well seen.")


@pytest.mark.parametrize(
    ("id", "good", "bad"),
    [("n1", "4,0", "9"), ("w1", "válvula", "pump"), ("o1", "2 3 4 1", "1 2 3 4"),
     ("h1", "0.3,0.4 0.8,0.8", "0.1,0.1 0.2,0.2")],
)  # fmt: skip
def test_a_result_says_whether_the_own_answer_was_right(id: str, good: str, bad: str) -> None:
    """In every type with a key, and the trainer sees how many were."""
    room = DryRoom(ALL)
    ann, bo = crowd(room, 2)
    by_number = dict(zip("1234", STEPS, strict=True)) if id == "o1" else {}
    room.must(w.OpenActivity(activity=id))
    for by, said in ((ann, good), (bo, bad)):
        values = tuple(by_number.get(x, x) for x in said.split())
        put(room, by, id, *values)
    room.must(w.CloseActivity())
    room.must(w.Reveal())
    assert [result(room, by).mine_right for by in (ann, bo)] == [True, False]
    assert line(room, id).right == 1
    seen = result(room, ann)
    assert seen.n == 2 and seen.correct and sum(seen.counts.values()) >= 2
    if id == "h1":
        assert {t.id for t in seen.targets} == {"valve", "stop"} and len(seen.points) == 4
    if id == "w1":
        assert [(o.id, o.text) for o in seen.options] == [("valvula", "válvula"), ("pump", "pump")]
        assert seen.mine_text == "válvula" and seen.hits == wall_view(room.session, "en", room.at).hits == ["valvula"]
    if id == "n1":
        assert (seen.correct, seen.hits) == (["3.5 – 4.5"], ["4"])


def test_a_cloud_shown_live_grows_by_folded_words() -> None:
    """The commonest spelling stands for all; an order shown live shows no more than how many."""
    room = DryRoom(ALL)
    people = crowd(room, 3)
    room.must(w.OpenActivity(activity="k1", live=True))
    for by, said in zip(people, ("Heat, dark", "HEAT", "Heat"), strict=True):
        put(room, by, "k1", text=said)
    wall = wall_view(room.session, "en", room.at)
    assert (wall.counts, [o.text for o in wall.options]) == ({"heat": 3, "dark": 1}, ["Heat", "dark"])
    seat = seat_view(room.session, people[0].p, "en", room.at, 0).open[0]
    assert (seat.words_mine, seat.most, seat.counts) == (["Heat", "dark"], 3, {"Heat": 3, "dark": 1})
    room.must(w.OpenActivity(activity="o1", live=True))
    put(room, people[0], "o1", *STEPS)
    wall, seat = wall_view(room.session, "en", room.at), shared_view(room.session, "en", room.at, 0).open[0]
    assert (wall.counts, wall.n) == (seat.counts, seat.n) == (None, 1)


# ---- for somebody else ----------------------------------------------------------------------------------------


def test_one_line_from_the_trainer_answers_several_questions_or_none() -> None:
    """Half a line is never taken."""
    room = DryRoom(ALL)
    ann = come_in(room)
    room.must(w.OpenActivity(activity="z1"))
    assert room.no(w.ProxyAnswer(who=str(ann.p), activity="z1", v=("q1=b", "q2=zz"))) == "unknown-option"
    assert room.session.runs["z1"][0].answers == {}
    found = room.must(w.ProxyAnswer(who=str(ann.p), activity="z1", v=("q1=b", "q2=ac", "3=b")))
    assert [(x.fact.q, x.fact.via) for x in found if isinstance(x.fact, AnswerPut)] == [
        ("q1", "proxy"),
        ("q2", "proxy"),
        ("q3", "proxy"),
    ]
    assert line(room, "z1").right == 1


def test_a_sheet_of_paper_is_entered_after_the_round_and_never_over_a_phone() -> None:
    """While the session runs; who was never here has written none."""
    room = DryRoom(ALL)
    ann, bo = crowd(room, 2)
    room.must(w.Expect(new_p=room.new_p(), fields={"badge": "B9", "name": "Never"}))
    paper = w.ProxyAnswer(who=str(bo.p), activity="w1", v=("ball", "valve"), via="paper")
    assert room.no(paper) == "not-open"
    room.must(w.OpenActivity(activity="w1"))
    put(room, ann, "w1", text="pump")
    room.must(w.CloseActivity())
    room.must(w.Leave(), bo)
    assert room.no(msgspec.structs.replace(paper, via="proxy")) == "closed"
    assert room.no(msgspec.structs.replace(paper, via="pigeon")) in ("closed", "wrong-value")
    assert room.no(msgspec.structs.replace(paper, who=str(ann.p))) == "stale"
    assert room.no(msgspec.structs.replace(paper, who="B9")) == "not-in"
    made = room.must(paper)[0]
    assert (made.fact.via, made.private) == ("paper", {"text": "ball valve"})  # type: ignore[attr-defined]
    room.must(msgspec.structs.replace(paper, v=("pump",)))
    assert room.session.runs["w1"][0].counts == {"pump": 2}
    room.must(w.Void(activity="w1"))
    assert room.no(paper) == "closed"


def test_late_answers_of_every_type_are_added_and_struck() -> None:
    """Words of an added answer are in the opening, as those of any other; a question of a quiz is one."""
    room = DryRoom(ALL)
    ann = come_in(room)
    for id in ("w1", "z1", "o1"):
        room.must(w.OpenActivity(activity=id))
        room.must(w.CloseActivity())

    def add(id: str, *words: str) -> w.Correct:
        return w.Correct(do="add", by="fac", why="other", who=str(ann.p), activity=id, answer=words)

    (word,) = room.must(add("w1", "ball", "valve"))
    assert isinstance(word.fact, Amended) and word.fact.set == {"activity": "w1", "round": 1, "v": []}
    assert word.private == {"text": "ball valve"}
    first, second = room.must(add("z1", "q1=b", "q2=a"))
    room.must(add("o1", *STEPS))
    assert room.no(add("o1", "shut")) == "wrong-value" and room.no(add("z1", "b")) == "wrong-value"
    runs = room.session.runs
    assert (runs["w1"][0].counts, runs["z1"][0].counts) == ({"ball valve": 1}, {"q1=b": 1, "q2=a": 1})
    room.must(w.Correct(do="void", by="fac", why="mistake", ref=second.i, leaf="0" * 64))
    room.must(w.Correct(do="void", by="fac", why="mistake", ref=word.i, leaf="0" * 64))
    assert (runs["w1"][0].counts, runs["z1"][0].counts) == ({}, {"q1=b": 1})
    assert [x.old for x in room.session.amendments][-2:] == [["a"], ["ball valve"]]
    assert first.p == ann.p


# ---- scores ---------------------------------------------------------------------------------------------------


def test_a_quiz_is_as_many_points_as_it_has_questions() -> None:
    """And every other type one, by its own rule; an answer whose words were erased is no point."""
    room = DryRoom(ALL)
    ann = come_in(room)
    said = {
        "c1": "b",
        "n1": "4",
        "w1": "Valvula",
        "o1": "shut lock verify notify",
        "m1": "hasp=p cover=e tag=e",
        "h1": "0.3,0.4 0.8,0.8",
        "z1": "q1=b q2=a q3=false",
    }
    for id, words in said.items():
        room.must(w.OpenActivity(activity=id))
        room.must(w.ProxyAnswer(who=str(ann.p), activity=id, v=tuple(words.split())))
    room.must(w.CloseActivity())
    got = score(items(room.session), frozenset({str(ann.p)}))
    assert (got.points, got.of) == (7, 9)
    erased = [msgspec.structs.replace(x, private=None) for x in room.records]
    fresh = DryRoom(ALL).session
    fresh.fold(erased[1:])
    assert score(items(fresh), frozenset({str(ann.p)})).points == 6
