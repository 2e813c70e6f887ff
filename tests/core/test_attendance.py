"""Attendance follows the recorded policy to the letter."""

from __future__ import annotations

from fieldkit.core import records as r
from fieldkit.core.attendance import Attendance, attendance, groups, minutes, running
from tests.core.logbook import MIN, T0, Logbook


def row(log: Logbook, p: str = "a", as_of: int | None = None) -> Attendance:
    """The row of one participant."""
    return next(one for one in attendance(log.session, as_of) if one.p == p)


def hour(log: Logbook) -> Logbook:
    """Start at minute 5; the caller adds people and ends at 65."""
    log.at(5).enter("open")
    return log


def test_present_from_before_the_start_to_the_close_is_the_whole_running_time() -> None:
    """Joining early is on time; time before the first segment is not running time."""
    log = Logbook()
    log.at(1).join("a")
    hour(log).at(65).end()
    one = row(log)
    assert (one.status, minutes(one.ms), minutes(one.running_ms)) == ("present", 60, 60)
    assert (one.in_m, one.in_t, one.out_m) == (1 * MIN, T0 + 1 * MIN, 65 * MIN)


def test_the_grace_ends_with_its_last_ms() -> None:
    """Arrival exactly at the end of the grace is on time, one ms later is late."""
    for extra, status in ((0, "present"), (1, "late")):
        log = hour(Logbook(grace_min=10))
        log.m = 15 * MIN + extra
        log.join("a")
        log.at(65).end()
        assert row(log).status == status


def test_shares_are_compared_in_ms() -> None:
    """75 % of an hour is enough to the ms, and not one less."""
    for short, status in ((0, "present"), (1, "left_early")):
        log = Logbook(share_min=75)
        log.join("a")
        hour(log)
        log.m = 50 * MIN - short
        log.left("a")
        log.at(65).end()
        assert row(log).status == status


def test_late_and_gone_early_shows_in_minutes_and_flags() -> None:
    """One status only; the other is a flag."""
    log = hour(Logbook())
    log.at(25).join("a")
    log.at(35).left("a")
    log.at(65).end()
    one = row(log)
    assert (one.status, minutes(one.ms), one.flags) == ("late", 10, ("left_early",))


def test_pauses_are_out_and_downtime_is_in() -> None:
    """A break and a polite exit are pauses; a crash leaves a gap that counts."""
    log = Logbook()
    log.join("a")
    hour(log).at(15).pause()
    log.at(25).resume()
    log.at(40).resume("other", gap=10 * MIN, src="boot")  # crashed at 30
    log.at(50).pause("other")
    log.at(55).resume("other", gap=5 * MIN, src="boot")
    log.at(65).end()
    one = row(log)
    assert minutes(one.running_ms) == 45 == minutes(one.ms)
    assert one.flags == ()


def test_a_pause_that_nobody_ended_runs_to_the_close() -> None:
    """Paused at 20, closed at 65."""
    log = Logbook()
    log.join("a")
    hour(log).at(20).pause()
    log.at(65).end()
    assert minutes(running(log.session).ms) == 15


def test_without_a_segment_the_first_activity_starts_the_time_else_the_opening() -> None:
    """A session run without a plan still has a running time."""
    log = Logbook()
    log.at(10).open("poll")
    log.at(40).end()
    assert minutes(running(log.session).ms) == 30
    bare = Logbook()
    bare.at(40).end()
    assert minutes(running(bare.session).ms) == 40


def test_a_second_phone_and_a_ghost_count_once() -> None:
    """Two entries merged are one person; their intervals are united, never added."""
    log = Logbook()
    log.join("a")
    hour(log).at(10).join("b", walkin=True)
    log.at(20).left("a")
    log.at(30).add(r.PersonMerged(from_="b", why="mistake"), "a")
    log.at(65).end()
    rows = attendance(log.session)
    assert [one.p for one in rows] == ["a"]
    assert (minutes(rows[0].ms), rows[0].flags) == (60, ("walk_in", "merged"))
    assert rows[0].all_p == {"a", "b"}


def test_merges_in_a_circle_keep_one_row() -> None:
    """A log from elsewhere may hold anything; the sheet still ends."""
    log = Logbook()
    for p in "abc":
        log.join(p)
    for p, into in (("a", "b"), ("b", "c"), ("c", "a")):
        log.session.people[p].merged_to = into
    assert [sorted(o.p for o in people) for people in groups(log.session).values()] == [["a", "b", "c"]]


def test_expected_and_never_seen_is_absent_and_removed_ones_are_not_on_the_sheet() -> None:
    """Absent people have no times, no minutes, no proofs."""
    log = Logbook()
    log.expect("a", badge="E1", name="Ann")
    log.join("b")
    log.add(r.PersonVoided(why="mistake"), "b")
    hour(log).at(65).end()
    rows = attendance(log.session)
    assert [(one.p, one.status, one.came, one.ms, one.method) for one in rows] == [("a", "absent", False, 0, "")]


def test_a_mark_wins_and_an_amendment_wins_over_it() -> None:
    """The newest mark, then the newest amendment; what the policy said is kept."""
    log = Logbook()
    log.join("a")
    hour(log).at(20).mark("a", "late")
    log.at(30).mark("a", "excused")
    assert row(log).status == "excused"
    log.at(65).end()
    log.at(90).amend("a", status="left_early")
    one = row(log)
    assert (one.status, one.policy, one.flags) == ("left_early", "present", ("amended",))


def test_a_mark_made_void_no_longer_counts() -> None:
    """Void by reference to its record."""
    log = Logbook()
    log.join("a")
    i = hour(log).mark("a", "absent")
    log.at(65).end()
    log.amend(None, "void", ref=i)
    assert row(log).status == "present"


def test_a_mark_that_says_here_is_the_arrival_of_who_has_no_phone() -> None:
    """Nothing else says when; the trainer's word is the evidence. A mark of absence is no arrival."""
    log = Logbook()
    log.expect("a", badge="E1")
    log.expect("b", badge="E2")
    hour(log).at(35).mark("a", "present")
    log.mark("b", "excused")
    log.at(65).end()
    one, other = row(log), row(log, "b")
    assert (one.status, one.policy, minutes(one.ms), one.method) == ("present", "late", 30, "fac")
    assert (other.status, other.came) == ("excused", False)


def test_amended_times_move_the_intervals() -> None:
    """Earlier in, earlier out, and both for somebody whom no record saw."""
    log = Logbook()
    log.expect("b")
    hour(log).at(25).join("a")
    log.at(65).end()
    log.amend("a", in_=5 * MIN)
    assert (row(log).status, minutes(row(log).ms)) == ("present", 60)
    log.amend("a", out=20 * MIN)
    assert (row(log).status, minutes(row(log).ms), row(log).out_m) == ("left_early", 15, 20 * MIN)
    log.amend("b", in_=35 * MIN, out=65 * MIN)
    assert (row(log, "b").status, minutes(row(log, "b").ms)) == ("late", 30)


def test_while_the_session_runs_the_sheet_stands_for_the_moment() -> None:
    """Open intervals run to `as_of`, and nobody in the room has left."""
    log = Logbook()
    log.join("a")
    hour(log)
    one = row(log, as_of=25 * MIN)
    assert (minutes(one.ms), minutes(one.running_ms), one.out_m) == (20, 20, None)
    assert row(log, as_of=0).ms == 0


def test_flags_come_from_what_was_recorded() -> None:
    """Each flag has its fact."""
    log = Logbook()
    log.join("a", via="shared", walkin=True)
    log.join("b", via="paper", ev=("fac",))
    hour(log).open("poll")
    log.answer("a", "poll", "a", via="proxy")
    log.add(r.PersonObjected(why="request"), "a")
    log.add(r.ClockJumped(by=9000))
    log.at(65).end()
    assert row(log).flags == ("walk_in", "proxy", "shared", "clock_suspect", "objected")
    assert row(log, "b").flags == ("paper", "clock_suspect")
    assert (row(log).method, row(log, "b").method) == ("code", "fac")


def test_a_sheet_of_paper_counts_from_the_start_however_late_it_is_typed_in() -> None:
    """Not who was here before: their sheet says nothing about when they came back."""
    log = hour(Logbook())
    log.join("b")
    log.at(10).left("b")
    log.at(60).join("a", via="paper", ev=("fac",))
    log.add(r.CameIn(ev=["fac"], via="paper", by="fac"), "b")
    log.at(65).end()
    one = row(log)
    assert (one.status, minutes(one.ms), one.in_m, one.flags) == ("present", 60, 5 * MIN, ("paper",))
    assert minutes(row(log, "b").ms) == 10


def test_a_forgotten_close_is_flagged_for_those_it_credits() -> None:
    """More than an hour after the plan's end and the last sign of life; who had left is not touched by it."""
    log = Logbook()
    log.join("a")
    log.join("b")
    hour(log).at(30).left("b")
    log.at(200).end()
    assert row(log).flags == ("closed_late",)
    assert row(log, "b").flags == ()


def test_proofs_are_arrival_roll_calls_and_activities_of_those_asked_while_present() -> None:
    """Void rounds ask nobody; who came later was not asked."""
    log = Logbook()
    log.join("a")
    hour(log).open("attendance")
    log.came("a")
    log.close("attendance")
    log.open("poll")
    log.close("poll")
    log.at(8).open("q1")
    log.add(r.ActivityVoided(activity="q1", round=1))
    log.at(20).join("b")
    log.open("say", mode="confidential")
    log.say("a", "here", "say")
    log.open("q2")
    log.answer("b", "q2", "a")
    log.at(65).end()
    assert (row(log).proofs, row(log).asked) == (3, 5)
    assert (row(log, "b").proofs, row(log, "b").asked) == (2, 3)
