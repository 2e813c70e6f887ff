"""Scores, completion and expiry as specified: one point a graded item, all or nothing, newest round that counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.core.attendance import attendance
from fieldkit.core.completion import Score, completed, decimal, expires, items, passed, score
from fieldkit.core.plan import Activity, Completion, Option, Question
from tests.core.logbook import Logbook, plan


def scores(log: Logbook) -> dict[str, tuple[int, int]]:
    """p → (points, of)."""
    counted = items(log.session)
    return {row.p: (got.points, got.of) for row in attendance(log.session) for got in [score(counted, row.all_p)]}


def test_a_point_is_all_or_nothing_and_unanswered_is_none() -> None:
    """Two of three right options is no point; an item never run is not in the sum."""
    log = Logbook()
    log.join("a")
    log.join("b")
    log.open("q2")
    log.answer("a", "q2", "a", "c")
    log.answer("b", "q2", "a")
    log.close("q2")
    assert scores(log) == {"a": (1, 1), "b": (0, 1)}
    log.open("q1")
    assert scores(log) == {"a": (1, 1), "b": (0, 1)}, "an open question is not counted yet"
    log.answer("b", "q1", "b")
    log.close("q1")
    assert scores(log) == {"a": (1, 2), "b": (1, 2)}


def test_the_newest_round_counts_unless_it_is_void() -> None:
    """A re-vote replaces the first vote; made void, the first stands again."""
    log = Logbook()
    log.join("a")
    for no, v in ((1, "b"), (2, "a")):
        log.open("q1", no)
        log.answer("a", "q1", v, round=no)
        log.close("q1", no)
    assert scores(log) == {"a": (0, 1)}
    log.add(r.ActivityVoided(activity="q1", round=2))
    assert scores(log) == {"a": (1, 1)}
    log.add(r.ActivityVoided(activity="q1", round=1))
    assert scores(log) == {"a": (0, 0)}


def test_merged_entries_answer_once_with_the_newest() -> None:
    """Two phones of one person never give two points."""
    log = Logbook()
    log.join("a")
    log.join("b")
    log.open("q1")
    log.answer("a", "q1", "b")
    log.answer("b", "q1", "a")
    log.close("q1")
    log.add(r.PersonMerged(from_="b", why="mistake"), "a")
    assert scores(log) == {"a": (0, 1)}


def test_a_quiz_is_as_many_items_as_questions() -> None:
    """Each is judged by its own type's rule."""
    ab = [Option(id="a", text=["A"]), Option(id="b", text=["B"])]
    quiz = Activity(
        id="quiz",
        type="quiz",
        text=["Two"],
        graded=True,
        questions=[
            Question(id="one", type="choice", text=["1"], options=ab, answer=["a"]),
            Question(id="two", type="truefalse", text=["2"], answer=["false"]),
        ],
    )
    log = Logbook(plan(activities=[quiz]))
    log.join("a")
    log.open("quiz")
    log.add(r.AnswerPut(activity="quiz", round=1, v=["a"], via="phone", q="one"), "a")
    log.add(r.AnswerPut(activity="quiz", round=1, v=["true"], via="phone", q="two"), "a")
    log.close("quiz")
    assert scores(log) == {"a": (1, 2)}


@pytest.mark.parametrize(
    ("points", "of", "percent"), [(2, 3, "66.67"), (1, 2, "50"), (3, 3, "100"), (0, 5, "0"), (0, 0, ""), (1, 8, "12.5")]
)
def test_a_score_is_a_bare_number(points: int, of: int, percent: str) -> None:
    """At most two decimals, no sign, empty when nothing graded was run."""
    assert Score(points, of).percent == percent


def test_passing_is_compared_before_rounding() -> None:
    """66.67 is not 67."""
    session = Logbook(plan(completion=Completion(score_min=67))).session
    assert passed(session, Score(2, 3)) is False
    assert passed(session, Score(67, 100)) is True
    assert passed(session, Score(0, 0)) is None


def full(**over: object) -> Logbook:
    """Ann does everything the plan asks; `over` leaves something out."""
    log = Logbook(plan(**{k: v for k, v in over.items() if k == "completion"}))
    log.join("a")
    log.at(5).enter("open")
    log.open("q1")
    log.answer("a", "q1", "b" if over.get("right", True) else "a")
    log.close("q1")
    log.open("ack")
    if over.get("ack", True):
        log.ack("a")
    log.at(30 if over.get("stay", True) else 10).left("a")
    log.at(35).end()
    return log


@pytest.mark.parametrize(
    ("over", "yes"),
    [
        ({}, True),
        ({"right": False}, False),
        ({"ack": False}, False),
        ({"stay": False}, False),
        ({"completion": Completion(), "right": False, "ack": False, "stay": False}, True),
    ],
)
def test_completed_means_every_rule_holds(over: dict[str, object], yes: bool) -> None:
    """Minimum attendance, minimum score, what is required; no rule asks for nothing."""
    log = full(**over)
    [row] = attendance(log.session)
    assert completed(log.session, row, score(items(log.session), row.all_p)) is yes


def test_the_absent_and_excused_have_completed_nothing() -> None:
    """Also where the plan has no rule."""
    log = Logbook(plan(completion=Completion()))
    log.expect("a", badge="E1")
    log.join("b")
    log.mark("b", "excused")
    log.at(30).end()
    assert [completed(log.session, row, Score(0, 0)) for row in attendance(log.session)] == [False, False]


@pytest.mark.parametrize(
    ("day", "months", "until"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
        (date(9999, 1, 1), 12, None),
    ],
)
def test_expiry_counts_calendar_months(day: date, months: int, until: date | None) -> None:
    """Month ends land on the last day."""
    assert expires(day, months) == until


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 600))
def test_expiry_is_never_earlier_in_the_month_than_it_must(day: date, months: int) -> None:
    """Same day of the month, or the month's last day."""
    until = expires(day, months)
    assert until is not None and until >= day
    assert until.day == day.day or (until + timedelta(days=1)).day == 1
    assert (until.year * 12 + until.month) - (day.year * 12 + day.month) == months


@given(st.integers(-(10**6), 10**6))
def test_decimals_read_back(n: int) -> None:
    """Hundredths, written without needless zeros."""
    text = decimal(n)
    assert round(float(text) * 100) == n and not (("." in text) and text.endswith(("0", ".")))
