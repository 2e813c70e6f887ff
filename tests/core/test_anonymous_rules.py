"""The rules of anonymous rounds: which types, who votes, what is refused."""

from __future__ import annotations

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.activities import KINDS, kind_of
from fieldkit.core.intents import Actor
from fieldkit.core.refusals import Refusal
from fieldkit.core.room_view import room_view
from fieldkit.core.rulings.ballots import MOST_BYTES, Vote, Voted
from fieldkit.core.tables import TABLES
from fieldkit.core.tables.base import Sheet, Signatures
from tests.kit.anonymous import ANONYMOUS
from tests.kit.ballots import GOOD, Anonymous
from tests.kit.plans import PLAN, activity, options

PERSONAL = {name for name, kind in KINDS.items() if kind.personal}


@pytest.mark.parametrize("id", GOOD)
def test_every_type_that_may_be_anonymous_is_whole(id: str) -> None:
    """From the vote to its rows in the tables: counted by n, shown to nobody before it closes, named nowhere."""
    room = Anonymous()
    v, text = GOOD[id]
    room.open(id)
    for who in range(5):
        assert isinstance(room.say(id, who, *v, text=text), Vote)
    one = room.session.runs[id][0]
    assert (one.answered(), one.answers, one.counts, one.tally) == (0, {}, {}, None)
    room.close()
    kinds = [x.k for x in room.records[-2:]]
    assert kinds[0] in ("activity.close", "tally.text") and kinds[1].startswith("tally.")
    assert (one.answered(), one.suppressed) == (5, False)
    counts = kind_of(one.activity.type).counts(one)
    assert set(counts.values()) <= {5} and (counts or one.activity.type in ("text", "prompt"))
    sheet = Sheet(room.session, room.plan, Signatures())
    said = [row for name in ("answers", "results", "discussion") for row in TABLES[name](sheet).rows if row[1] == id]
    assert said and not any("Worker" in cell or cell.startswith("p0000") for row in said for cell in row)
    assert all(len(row) == len(TABLES[name](sheet).columns) for name in TABLES for row in TABLES[name](sheet).rows)
    room_view(room.session, "en", room.at)


def test_what_is_not_tested_here_may_not_be_anonymous() -> None:
    """A new type has to be put on one of the two lists."""
    assert {a.type for a in ANONYMOUS.activities} | PERSONAL | {"hotspot"} == set(KINDS)


@pytest.mark.parametrize(
    "more",
    [{"graded": True}, {"sure": True}, {"pre": "s1"}, {"upvote": True}],
)
def test_what_is_about_one_person_is_not_opened_anonymously(more: dict[str, object]) -> None:
    """Also a plan that no check has seen."""
    made = activity("p1", "poll", options=options("a", "b"), mode="anonymous", **more)
    room = Anonymous(plan=msgspec.structs.replace(PLAN, activities=[made]))
    assert room.no(w.OpenActivity(activity="p1")) == "not-anonymous"


@pytest.mark.parametrize("type_", sorted(PERSONAL - {"attendance"}))
def test_types_about_persons_are_not_opened_anonymously(type_: str) -> None:
    room = Anonymous(plan=msgspec.structs.replace(PLAN, activities=[activity("a1", type_, mode="anonymous")]))
    assert room.no(w.OpenActivity(activity="a1")) == "not-anonymous"


def test_what_another_activity_is_compared_with_is_not_opened_anonymously() -> None:
    pair = [activity("p1", "poll", mode="anonymous"), activity("p2", "poll", pre="p1")]
    room = Anonymous(plan=msgspec.structs.replace(PLAN, activities=pair))
    assert room.no(w.OpenActivity(activity="p1")) == "not-anonymous"


def test_a_small_crew_is_asked_about_before_anything_is_opened() -> None:
    """By hand, by the next step and for another round; who has left or objected does not count."""
    room = Anonymous(people=6)
    room.must(w.Object(), room.phones[0])
    room.must(w.Leave(), room.phones[1])
    assert room.no(w.OpenActivity(activity="p1")) == "small-crew"
    assert room.session.runs == {}
    for _ in range(2):
        room.must(w.NextStep())
    saved = room.session.saved
    assert room.no(w.NextStep()) == "small-crew" and room.session.saved == saved
    room.must(w.NextStep(small=True))
    assert room.session.open_rounds["p1"].no == 1
    assert room.no(w.Revote(activity="p1")) == "small-crew"
    room.close(w.Revote(activity="p1", small=True))
    room.close()
    assert room.session.runs["p1"][1].suppressed
    room.come()
    assert room.no(w.OpenActivity(activity="p1")) == "already-run"
    room.must(w.Revote(activity="p1"))


def test_nobody_enters_counts_or_corrects_an_anonymous_answer() -> None:
    """Proxies, paper, hands, corrections; open and closed."""
    room = Anonymous()
    room.open("p1")
    who = room.phones[0].p
    for turn in range(2):
        add = w.Correct(do="add", by="fac", why="other", who=who, activity="p1", answer=("a",))
        refused = [room.no(w.CountHands(activity="p1", counts={"a": 3})), room.no(add)]
        if not turn:
            refused += [room.no(w.ProxyAnswer(who=who or "", activity="p1", v=("a",)))]
            refused += [room.no(w.PutAnswer(activity="p1", round=1, v=("a",)), room.phones[0])]
            room.close()
        assert set(refused) == {"anonymous"}
    paper = room.no(w.ProxyAnswer(who=who or "", activity="p1", v=("a",), via="paper"))
    assert paper in ("anonymous", "closed")


def test_the_first_vote_stands() -> None:
    room = Anonymous()
    room.open("p1")
    first = room.say("p1", 0, "a")
    assert isinstance(first, Vote) and first.saved == room.session.runs["p1"][0].opened_i
    assert room.say("p1", 0, "b") == Voted(first.saved) == room.say("p1", 0, "nonsense")
    assert room.boxes["p1", 1].counts == {"a": 1}


def test_a_person_votes_once_whatever_becomes_of_the_entry() -> None:
    """Left and come again, merged in either direction; who is out or objects does not vote at all."""
    room = Anonymous()
    room.open("p1")
    room.say("p1", 0, "a")
    room.must(w.Leave(), room.phones[0])
    assert isinstance(room.say("p1", 0, "b"), Voted)
    room.must(w.Leave(), room.phones[1])
    assert room.say("p1", 1, "b") == "left"
    room.must(w.Object(), room.phones[2])
    assert room.say("p1", 2, "b") == "objected"
    merged, into = room.phones[0].p, room.phones[3].p
    room.write([r.Draft(r.PersonMerged(from_=merged or "", why="mistake"), into)])
    assert room.say("p1", 0, "b") == "merged"
    assert isinstance(room.say("p1", 3, "b"), Voted)
    room.must(w.RemovePerson(who=room.phones[4].p or ""))
    assert room.say("p1", 4, "b") == "removed"
    assert room.cast(Actor(by="self", via="phone", p="nobodyxx"), w.PutAnswer(activity="p1", round=1)) == Refusal(
        "not-joined"
    )


@pytest.mark.parametrize(
    ("id", "v", "text", "reason"),
    [
        ("p1", (), None, "wrong-value"),
        ("p1", ("z",), None, "unknown-option"),
        ("p1", ("a",), "and words", "wrong-value"),
        ("s1", ("l1", "l2"), None, "one-choice"),
        ("n1", ("1e999",), None, "wrong-value"),
        ("n1", ("NaN",), None, "wrong-value"),
        ("o1", ("a", "b"), None, "wrong-value"),
        ("x1", (), "", "text-missing"),
        ("x1", (), "x" * 101, "too-long"),
        ("d1", (), "", "text-missing"),
        ("d1", (), "x" * 281, "too-long"),
        ("w1", (), " , ", "text-missing"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_as_anywhere(
    id: str, v: tuple[str, ...], text: str | None, reason: str
) -> None:
    room = Anonymous()
    room.open(id)
    assert room.say(id, 0, *v, text=text) == reason
    assert room.boxes == {}


def test_more_that_is_refused() -> None:
    """A question of a quiz, certainty, replies, other rounds, before and after."""
    room = Anonymous()
    assert room.cast(room.phones[0], w.PutAnswer(activity="p1", round=1, v=("a",))) is None  # `decide` says not-open
    room.open("p1")
    assert room.say("p1", 0, "a", q="q1") == "wrong-value" == room.say("p1", 0, "a", sure="sure")
    assert room.cast(room.phones[0], w.PutSay(activity="p1", text="hello")) == Refusal("no-replies", "p1")
    assert room.cast(room.phones[0], w.PutAnswer(activity="p1", round=2, v=("a",))) is None
    assert room.cast(room.phones[0], w.PutSay(text="a question to the trainer")) is None
    room.close()
    assert room.say("p1", 0, "a") == "closed"
    room.open("d1")
    assert room.cast(room.phones[0], w.PutSay(activity="d1", text="yes", ref=1)) == Refusal("anonymous", "d1")
    room.open("q1")
    room.at += 60_000
    assert room.say("q1", 0, "a") == "closed"


def test_a_text_that_no_opening_could_hold_is_refused_at_once() -> None:
    """Else the round could never be closed: quotes count double in JSON."""
    long = activity("x1", "text", max_chars=10_000, mode="anonymous")
    room = Anonymous(plan=msgspec.structs.replace(PLAN, activities=[long]))
    room.open("x1")
    assert room.say("x1", 0, text='"' * (MOST_BYTES // 2)) == "too-long" == room.say("x1", 1, text="é" * 4000)
    for who in range(5):
        assert isinstance(room.say("x1", who, text='"' * (MOST_BYTES // 2 - 2)), Vote)
    assert [x.k for x in room.close()] == ["activity.close", "tally.put", *["tally.text"] * 5]
