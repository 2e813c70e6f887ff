"""Nudges, timeline and log lines: computed from the fold and the time, and nothing else."""

from __future__ import annotations

from fieldkit.core import records as r
from fieldkit.core.log_view import log_lines
from fieldkit.core.nudges import nudges
from fieldkit.core.room_view import room_view
from fieldkit.core.timeline import timeline
from fieldkit.core.views import LogLine, Nudge, RanLine
from tests.core.logbook import MIN, Logbook


def begun() -> Logbook:
    """Ann, Bo and Cy came at minute 1; the ten minutes of the first segment began at minute 2."""
    log = Logbook().at(1)
    for p, name in (("a", "Ann"), ("b", "Bo"), ("c", "Cy")):
        log.join(p, name, f"E{p}")
    log.at(2).enter("open")
    return log


def told(log: Logbook, minute: float, kind: str) -> list[Nudge]:
    return [x for x in nudges(log.session, int(minute * MIN)) if x.kind == kind]


def test_a_segment_is_over_from_three_minutes_on_and_not_for_what_was_paused() -> None:
    """Ten minutes planned, begun at 2: over by three at 15; a pause of five moves that to 20."""
    log = begun()
    assert told(log, 14.9, "over") == []
    assert told(log, 15, "over") == [Nudge("over", 3)]
    log.at(5).pause()
    log.at(10).resume()
    assert told(log, 19.9, "over") == [] and told(log, 20, "over") == [Nudge("over", 3)]
    log.at(21).add(r.PlanChanged(segment="open", minutes=30))
    assert told(log, 21, "over") == [], "more minutes for today and it is not over"


def test_minutes_since_anybody_acted_count_from_the_last_act() -> None:
    """An answer, a message or a hand is an act; coming in and the trainer's own steps are none."""
    log = begun()
    assert told(log, 11.9, "quiet") == [] and told(log, 12, "quiet") == [Nudge("quiet", 10)]
    log.at(12).open("poll")
    log.join("d", "Dee")
    assert told(log, 13, "quiet") == [Nudge("quiet", 11)]
    log.answer("a", "poll", "a")
    assert told(log, 13, "quiet") == []
    assert told(log, 22, "quiet") == [Nudge("quiet", 10)]
    log.at(22).add(r.HandRaised(), "b")
    assert told(log, 23, "quiet") == []


def test_nothing_is_said_before_it_runs_in_a_pause_and_after_the_end() -> None:
    """Nor of an empty room."""
    log = Logbook().at(1)
    log.join("a", "Ann")
    assert nudges(log.session, 60 * MIN) == []
    log.at(2).enter("open")
    assert nudges(log.session, 60 * MIN)
    log.at(60).pause()
    assert nudges(log.session, 90 * MIN) == []
    log.at(90).resume()
    log.at(91).end()
    assert nudges(log.session, 120 * MIN) == []
    empty = Logbook().at(2)
    empty.enter("open")
    assert told(empty, 60, "quiet") == []


def test_a_hand_that_waits_is_named() -> None:
    """The first one, from two minutes on, and gone with the hand."""
    log = begun()
    log.at(3).add(r.HandRaised(), "b")
    log.at(4).add(r.HandRaised(), "a")
    assert told(log, 4.9, "hand") == [] and told(log, 5, "hand") == [Nudge("hand", 2, ["Bo"], ["b"])]
    log.at(5).add(r.HandLowered(), "b")
    assert told(log, 5.5, "hand") == [] and told(log, 6, "hand") == [Nudge("hand", 2, ["Ann"], ["a"])]


def test_who_has_no_name_is_called_by_badge_everywhere() -> None:
    """A row of the roster may have none; of somebody without either there is the id alone."""
    log = begun()
    for p, badge in (("n", "E7"), ("z", "")):
        log.add(
            r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False), p, {"badge": badge} if badge else {}
        )
    log.at(3).add(r.HandRaised(), "n")
    log.at(4).add(r.HandRaised(), "z")
    assert told(log, 5, "hand") == [Nudge("hand", 2, ["E7"], ["n"])]
    view = room_view(log.session, "en", 5 * MIN)
    assert view.hands == ["E7", ""] and [(x.p, x.name) for x in view.hand_lines] == [("n", "E7"), ("z", "")]
    log.add(r.HandLowered(), "n")
    assert told(log, 6, "hand") == [Nudge("hand", 2, [""], ["z"])]


def asked(log: Logbook, activity: str, minute: float, *answered: str, mode: str = "named") -> None:
    log.at(minute).open(activity, mode=mode)
    for p in answered:
        log.answer(p, activity, "b")
    log.at(minute + 1).close(activity)


def test_who_answered_neither_of_the_last_two_questions_is_named() -> None:
    """In for both, still here, and no answer; one answer is enough, and who came in between is not meant."""
    log = begun()
    asked(log, "poll", 3, "a")
    assert told(log, 5, "silent") == [], "one question is not two"
    log.at(4.5).join("d", "Dee")
    asked(log, "q1", 5, "b")
    assert told(log, 7, "silent") == [Nudge("silent", 1, ["Cy"], ["c"])]
    log.at(7).left("c")
    assert told(log, 7, "silent") == []


def test_nobody_is_named_where_answers_bear_no_names() -> None:
    """Who is missing from a confidential question would tell who said what."""
    log = begun()
    asked(log, "poll", 3, "a")
    asked(log, "q1", 5, "a", mode="confidential")
    assert told(log, 7, "silent") == []


def test_a_question_made_void_is_not_counted() -> None:
    """What was opened by mistake is nobody's silence."""
    log = begun()
    asked(log, "poll", 3, "a", "b", "c")
    asked(log, "q1", 5)
    log.add(r.ActivityVoided(activity="q1", round=1))
    asked(log, "q2", 7)
    assert told(log, 9, "silent") == []


# ---- the timeline


def ran(log: Logbook, minute: float) -> list[RanLine]:
    return timeline(log.session, "en", int(minute * MIN))


def test_the_timeline_says_when_what_was_run_against_the_plan() -> None:
    """Segments in the order in which they were entered, what was run in each below it, those to come last."""
    log = begun()
    asked(log, "poll", 3, "a", "b")
    log.at(6).pause()
    log.at(8).resume()
    asked(log, "q1", 9)
    log.add(r.ActivityVoided(activity="q1", round=1))
    lines = ran(log, 16)
    assert [(x.kind, x.at_m) for x in lines] == [
        ("segment", 2 * MIN),
        ("round", 3 * MIN),
        ("pause", 6 * MIN),
        ("round", 9 * MIN),
        ("segment", None),
    ]
    first, poll, pause, q1, later = lines
    assert (first.label, first.planned_min, first.real_min, first.state) == ("Open", 10, 12, "now")
    assert (poll.label, poll.answered, poll.until_m, poll.state) == ("What can still hurt you?", 2, 4 * MIN, "closed")
    assert (pause.at_m, pause.until_m) == (6 * MIN, 8 * MIN)
    assert q1.state == "void"
    assert (later.state, later.planned_min, later.real_min) == ("later", 20, None)


def test_the_timeline_of_an_ended_session_stands_still() -> None:
    """And a segment gone back to has a line for each visit, with the minutes of all of them."""
    log = begun()
    log.at(6).enter("check")
    log.at(10).enter("open")
    log.at(13).end()
    lines = ran(log, 500)
    assert [(x.kind, x.label, x.real_min) for x in lines] == [
        ("segment", "Open", 7),
        ("segment", "=Check", 4),
        ("segment", "Open", 7),
        ("end", "", None),
    ]
    assert lines == ran(log, 13)


# ---- the newest records


def lines(log: Logbook) -> dict[int, LogLine]:
    return {x.i: x for x in log_lines(log.session, log.records, "en")}


def test_a_line_says_when_who_and_what() -> None:
    """The name as it is now, and the question in words."""
    log = begun()
    opened = log.at(3).open("poll")
    answered = log.answer("a", "poll", "a")
    log.add(r.PersonRenamed(why="mistake"), "a", {"name": "Anna"})
    found = lines(log)
    assert (found[opened].kind, found[opened].who, found[opened].about) == (
        "activity.open",
        "",
        "What can still hurt you?",
    )
    assert (found[answered].who, found[answered].by, found[answered].t) == ("Anna", "self", log.records[answered].t)


def test_who_wrote_a_confidential_answer_is_not_in_the_lines() -> None:
    """Nor who wrote or voted for a message of such a discussion."""
    log = begun()
    log.open("exit", mode="confidential")
    log.open("say", mode="confidential")
    written = log.answer("a", "exit", text="gloves")
    said = log.say("b", "at the press", activity="say")
    voted = log.add(r.SayUpped(ref=said), "c")
    found = lines(log)
    assert [found[i].who for i in (written, said, voted)] == ["", "", ""]
    named = {x.who for x in found.values()} - {""}
    assert named == {"Ann", "Bo", "Cy"}, "of their arrivals"


def test_what_was_made_void_is_marked_and_the_undoing_is_not() -> None:
    """Every line of the round: its opening, its answers, its close."""
    log = begun()
    opened = log.open("poll")
    answered = log.answer("a", "poll", "a")
    closed = log.close("poll")
    undone = log.add(r.ActivityVoided(activity="poll", round=1))
    found = lines(log)
    assert [found[i].void for i in (opened, answered, closed, undone)] == [True, True, True, False]
