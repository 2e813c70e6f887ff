"""What the summary after the end is made of: pacing, right answers, signatures, loose ends."""

from __future__ import annotations

from fieldkit.core import records as r
from fieldkit.core.after_view import after_view, loose_ends
from fieldkit.core.attendance import attendance
from fieldkit.core.room_view import room_view
from fieldkit.core.tables import Signatures, table
from fieldkit.core.views import LooseEnd
from tests.core.logbook import Logbook, meeting


def of(log: Logbook, kind: str) -> LooseEnd | None:
    found = [one for one in loose_ends(log.session, "en") if one.kind == kind]
    assert len(found) < 2
    return found[0] if found else None


def quiet() -> Logbook:
    """One expected person who came, answered, left and signed off: the trainer has signed too."""
    log = Logbook()
    log.expect("a", badge="E1", name="Ann")
    log.join("a", "Ann", "E1")
    log.at(5).enter("open")
    log.at(20).left("a")
    log.at(30).end()
    log.add(r.SignedBy(role="trainer", key="ld.acme.example/fac/9k3m", meaning="held"), x={"name": "Sam"})
    return log


def test_while_it_runs_there_is_nothing_to_tidy() -> None:
    """Neither view nor loose ends before the end."""
    log = Logbook()
    log.join("a")
    assert after_view(log.session, "en") is None and loose_ends(log.session) == []


def test_a_tidy_session_has_no_loose_end() -> None:
    """Everybody is known and gone, nothing is open, and the trainer has signed."""
    assert loose_ends(quiet().session) == []


def test_who_was_not_checked_out_counts_until_the_end_and_is_named() -> None:
    """A leaving that was recorded, by whatever way, is no loose end; one put in later mends it."""
    log = Logbook()
    for p in ("a", "b", "c"):
        log.join(p, badge=p.upper())
    log.at(5).enter("open")
    log.at(20).left("b")
    log.at(30).end()
    found = of(log, "check-out")
    assert found is not None and (found.n, found.people, found.names) == (2, ["a", "c"], ["A", "C"])
    log.amend("a", out=600_000)
    found = of(log, "check-out")
    assert found is not None and found.people == ["c"]


def test_a_status_that_is_set_after_the_end_stands_in_the_row_that_was_marked() -> None:
    """The newest correction is the last word there as on the sheet; times alone set no status."""
    log = Logbook()
    log.expect("a", badge="E1", name="Ann")
    log.join("b")
    log.at(5).mark("a", "absent")
    log.at(30).end()
    log.amend("b", out=600_000)
    assert {x.p: x.mark for x in room_view(log.session, "en", log.m).people} == {"a": "absent", "b": ""}
    log.amend("a", status="excused")
    log.amend("a", status="present")
    assert {x.p: x.mark for x in room_view(log.session, "en", log.m).people} == {"a": "present", "b": ""}


def test_strangers_are_those_whom_no_roster_and_no_badge_knows() -> None:
    """A badge is unknown only where there is a roster; without a badge nobody can be told again."""
    log = Logbook()
    log.join("a", badge="X1", walkin=True)
    log.join("b", walkin=True)
    log.at(5).enter("open")
    log.at(30).end()
    assert of(log, "unknown-badge") is None
    bare = of(log, "no-badge")
    assert bare is not None and bare.people == ["b"]
    listed = Logbook()
    listed.expect("z", badge="E9", name="Zed")
    listed.join("a", badge="X1", walkin=True)
    listed.at(5).enter("open")
    listed.at(30).end()
    unknown = of(listed, "unknown-badge")
    assert unknown is not None and unknown.people == ["a"]
    merged = Logbook()
    merged.expect("z", badge="E9", name="Zed")
    merged.join("a", badge="X1", walkin=True)
    merged.add(r.PersonMerged(from_="a", why="request"), "z")
    merged.at(5).enter("open")
    merged.at(30).end()
    assert of(merged, "unknown-badge") is None


def test_whoever_came_without_a_badge_can_only_be_somebody_who_is_missing() -> None:
    """One of those expected may be meant; with everybody there nobody is left to be, and nothing has to be done. The
    end checks everybody out: nothing has to be done about that either."""
    log = Logbook()
    log.expect("a", badge="E1", name="Ann")
    log.expect("z", badge="E9", name="Zed")
    log.join("a", "Ann", "E1")
    log.join("b", "Walk In", walkin=True)
    log.at(5).enter("open")
    missing = log.at(20)
    missing.end()
    bare, left = of(log, "no-badge"), of(log, "check-out")
    assert bare is not None and (bare.people, bare.maybe, bare.idle) == (["b"], ["z"], False)
    assert left is not None and left.idle
    whole = Logbook()
    whole.expect("a", badge="E1", name="Ann")
    whole.join("a", "Ann", "E1")
    whole.join("b", "Walk In", walkin=True)
    whole.at(5).enter("open")
    whole.at(20).end()
    bare = of(whole, "no-badge")
    assert bare is not None and (bare.people, bare.maybe, bare.idle) == (["b"], [], True)


def test_who_came_and_has_not_signed_is_named_and_a_second_round_counts() -> None:
    """Only where something was put up to be signed; who never came is not asked for."""
    log = Logbook()
    log.expect("z", badge="E9", name="Zed")
    for p in "abc":
        log.join(p, p.upper(), p)
    log.enter("check")
    log.open("ack")
    log.ack("a")
    log.close("ack")
    log.at(30).end()
    found = of(log, "acknowledge")
    assert found is not None and (found.people, found.activity, found.label) == (["b", "c"], "ack", "I took part")
    log.add(r.SessionReopened(why="mistake"))
    log.open("ack", round=2)
    log.add(r.Acknowledged(activity="ack", round=2, meaning="participation", words="I took part"), "b", {"name": "B"})
    log.end()
    found = of(log, "acknowledge")
    assert found is not None and found.people == ["c"]
    assert of(quiet(), "acknowledge") is None


def test_a_result_that_the_room_never_saw_is_counted() -> None:
    """Answered and closed; revealed, made void, and not answered are none."""
    log = Logbook()
    log.join("a", badge="A")
    log.enter("check")
    for activity in ("q1", "q2", "poll"):
        log.open(activity)
        if activity != "poll":
            log.answer("a", activity, "b")
        log.close(activity)
    log.add(r.ActivityRevealed(activity="q2", round=1))
    log.end()
    found = of(log, "unrevealed")
    assert found is not None and found.n == 1
    log.add(r.ActivityRevealed(activity="q1", round=1))
    assert of(log, "unrevealed") is None


def test_a_checklist_lists_who_came_and_was_not_judged_on_all_of_it() -> None:
    """The meeting: a has both items, b one of two, the others none; who never came is not asked for."""
    log = meeting()
    found = of(log, "sign-off")
    came = [row.p for row in attendance(log.session) if row.came]
    assert found is not None and found.activity == "kit" and found.label == "=Show it"
    assert found.people == [p for p in came if p != "a"] and "z" not in found.people


def test_answers_of_who_was_taken_out_can_be_named_by_their_records() -> None:
    """They still count; making the records void mends it. Of a confidential round nobody is named."""
    log = Logbook()
    for p in "ab":
        log.join(p, badge=p)
    log.enter("check")
    log.open("q1")
    ref = log.answer("a", "q1", "b")
    log.answer("b", "q1", "b")
    log.close("q1")
    log.open("exit", mode="confidential")
    words = log.answer("a", "exit", text="secret words")
    log.add(r.PersonVoided(why="mistake"), "a")
    log.at(30).end()
    found = of(log, "removed-answers")
    assert found is not None and (found.n, found.people, found.refs) == (2, ["a"], [ref, words])
    log.amend(None, "void", ref=ref)
    found = of(log, "removed-answers")
    assert found is not None and (found.n, found.people, found.refs) == (1, [], [words])


def test_questions_that_nobody_answered_and_those_for_the_expert() -> None:
    """Done and hidden ones are none of them."""
    log = Logbook()
    log.join("a", badge="A")
    refs = [log.say("a", f"question {k}") for k in range(4)]
    log.add(r.SayParked(ref=refs[0]))
    log.add(r.SayDone(ref=refs[1]))
    log.end()
    parked, asked = of(log, "parked"), of(log, "asked")
    assert parked is not None and parked.n == 1
    assert asked is not None and asked.n == 2


def test_a_signature_is_told_with_what_came_after_it() -> None:
    """Not signed; signed; signed before a correction."""
    log = quiet()
    view = after_view(log.session, "en")
    assert view is not None
    (sign,) = view.signs
    assert (sign.role, sign.meaning, sign.name, sign.since) == ("trainer", "held", "Sam", 0)
    log.amend("a", status="late")
    assert of(log, "signed-before") == LooseEnd("signed-before", 1)
    bare = Logbook()
    bare.end()
    assert of(bare, "not-signed") == LooseEnd("not-signed", 1)


def test_pacing_is_that_of_the_table() -> None:
    """Planned and real minutes, segment by segment."""
    log = meeting()
    view = after_view(log.session, "en")
    assert view is not None
    made = table("pacing", log.session, log.plan, Signatures())
    at = {name: k for k, name in enumerate(made.columns)}
    rows = {row[at["segment"]]: (row[at["planned_min"]], row[at["real_min"]]) for row in made.rows}
    assert {x.segment: (str(x.planned_min), "" if x.real_min is None else str(x.real_min)) for x in view.pace} == {
        segment: rows[segment] for segment in (x.segment for x in view.pace)
    }
    assert [x.real_min for x in view.pace if x.segment == "open"] == [10]


def test_right_answers_are_those_of_the_newest_round_beside_the_first() -> None:
    """q1 was asked twice: everybody wrong, then everybody right; the poll has no key."""
    view = after_view(meeting().session, "en")
    assert view is not None
    (line,) = view.graded
    assert (line.activity, line.round, line.right, line.of, line.percent, line.was_percent) == ("q1", 2, 3, 3, 100, 0)
