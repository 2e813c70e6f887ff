"""What head office adds afterwards: credit for earlier training, and skills that are judged later."""

from __future__ import annotations

import pytest

from fieldkit.core import records as r
from fieldkit.core.office import corrected
from fieldkit.core.plan import Completion
from fieldkit.core.session import Session
from fieldkit.core.tables import Signatures, table
from tests.core.logbook import T0, Logbook, plan

LOG = "ld.acme.example/dev/office/000001-k3m9w2p4"


def rows(session: Session, what: str = "attendance") -> list[dict[str, str]]:
    made = table(what, session, session.plan, Signatures())
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def credit(session: Session, p: str, *whats: str, evidence: str = "a card") -> Session:
    """As head office's log says it."""
    ref = r.Ref(i=0, leaf="0" * 64, o=session.origin)
    made = [r.CreditGranted(what=what, ref=ref) for what in whats]
    private = {"evidence": evidence}
    return corrected(session, [(LOG, r.Record(i, 0, i, x, p, "x", private)) for i, x in enumerate(made, 1)])


def missed(**over: object) -> Logbook:
    """Ann is there for the first segment only: she answers nothing and signs nothing."""
    log = Logbook(plan(**over))
    log.join("a", badge="E1")
    log.enter("open")
    log.at(10).enter("check")
    log.left("a")
    log.open("q1")
    log.close("q1")
    log.open("ack")
    log.at(30).end()
    return log


@pytest.mark.parametrize(
    ("whats", "done"),
    [
        ((), "no"),
        (("ack",), "no"),  # the score and the minutes are still missing
        (("ack", "q1", "q2"), "no"),  # and the minutes
        (("check",), "yes"),  # its time, its questions, its signature
        (("loto-mini",), "yes"),
        (("nothing", "", "Ann [/] Lee", "q" * 9999), "no"),
    ],
)
def test_what_a_credit_stands_for(whats: tuple[str, ...], done: str) -> None:
    session = credit(missed().session, "a", *whats)
    (row,) = rows(session)
    assert row["completed"] == done
    same = rows(missed().session)[0]
    changed = {"completed", "expires_on", "flags", "note"}
    assert {k: v for k, v in row.items() if k not in changed} == {k: v for k, v in same.items() if k not in changed}


def test_the_sheet_and_the_corrections_show_both_values() -> None:
    session = credit(missed().session, "a", "ack", "check", evidence="card 4711")
    (row,) = rows(session)
    assert row["note"] == "credit for ack, check granted by office, completed was no"
    assert "amended" in row["flags"].split()
    found = [(x["record"], x["person_id"], x["field"], x["old"], x["new"]) for x in rows(session, "corrections")]
    assert found == [
        (f"{LOG}#1", "E1", "ack", "", "credited"),
        (f"{LOG}#2", "E1", "check", "", "credited"),
        (f"{LOG}#2", "E1", "completed", "no", "yes"),
    ]
    assert [(x["what"], x["who"], x["reason"]) for x in rows(session, "corrections")][:2] == [
        ("credit", "office", "card 4711")
    ] * 2


def test_what_was_credited_is_left_out_of_the_score_that_is_asked_for() -> None:
    """q1 right, q2 wrong is half; without q2 it is all of what is left."""
    log = Logbook(plan(completion=Completion(score_min=80)))
    log.join("a")
    log.enter("open")
    for activity, v in (("q1", "b"), ("q2", "b")):
        log.open(activity)
        log.answer("a", activity, v)
        log.close(activity)
    log.at(30).end()
    assert rows(log.session)[0]["completed"] == "no"
    (row,) = rows(credit(log.session, "a", "q2"))
    assert (row["completed"], row["score_pct"], row["result"]) == ("yes", "50", "fail")


def test_a_plan_that_asks_for_a_score_it_cannot_give_is_not_completed_by_a_credit_for_something_else() -> None:
    log = missed(completion=Completion(score_min=50))
    assert rows(credit(log.session, "a", "ack"))[0]["completed"] == "no"


def test_who_was_away_is_credited_with_the_pack_alone_and_nothing_begins_to_run_then() -> None:
    log = Logbook()
    log.expect("z", badge="E9", name="Never Came")
    log.enter("open")
    log.at(30).end()
    (row,) = rows(credit(log.session, "z", "open", "check"))
    assert (row["attendance_status"], row["completed"]) == ("absent", "no")
    (row,) = rows(credit(log.session, "z", "loto-mini"))
    assert (row["attendance_status"], row["completed"], row["expires_on"]) == ("absent", "yes", "")


def test_a_merged_entry_keeps_its_credit_and_a_stranger_has_none() -> None:
    log = missed()
    log.join("b", badge="E2")
    log.add(r.PersonMerged(from_="b", why="mistake"), "a")
    session = credit(log.session, "b", "check")
    assert [row["completed"] for row in rows(session)] == ["yes"]
    assert rows(credit(missed().session, "stranger", "check"), "corrections") == []


def test_a_credit_in_the_sessions_own_log_counts_too() -> None:
    log = missed()
    log.add(r.CreditGranted(what="check"), "a", {"evidence": "seen"})
    assert rows(log.session)[0]["completed"] == "yes" and log.session.unknown == 0
    assert [row["record"] for row in rows(log.session, "corrections")] == [str(len(log.records) - 1)] * 2


def test_a_segment_that_was_visited_twice_counts_for_both_visits() -> None:
    log = Logbook(plan(completion=Completion(attendance_min=100)))
    log.join("a")
    log.enter("open")
    for minute, segment in ((10, "check"), (15, "open"), (20, "check")):
        log.at(minute).enter(segment)
        (log.left if segment == "check" else log.came)("a")
    log.at(30).end()
    assert [rows(log.session)[0][k] for k in ("minutes_present", "completed")] == ["15", "no"]
    assert rows(credit(log.session, "a", "check"))[0]["completed"] == "yes"


def judged(session: Session, p: str, item: str, ok: bool, activity: str = "kit", name: str = "Zoë") -> Session:
    ref = r.Ref(i=0, leaf="0" * 64, o=session.origin)
    put = {"activity": activity, "item": item, "ok": ok, "round": 1}
    fact = r.Amended(do="add", why="other", by="office", ref=ref, set=put)
    return corrected(session, [(LOG, r.Record(1, 0, T0 + 7 * 86_400_000, fact, p, "x", {"name": name}))])


def test_a_checklist_that_was_not_run_is_judged_afterwards_and_was_still_not_run() -> None:
    """The skill counts and bears its day; the room's own tables stay as they were."""
    session = missed(completion=Completion(require=["kit"])).session
    before = {what: rows(session, what) for what in ("results", "answers", "pacing")}
    judged(session, "a", "lock", True)
    assert (rows(session)[0]["skills_signed_off"], rows(session)[0]["completed"]) == ("", "no")
    judged(session, "a", "tag", True)
    (row,) = rows(session)
    assert (row["skills_signed_off"], row["evaluation_date"], row["evaluator_name"]) == ("kit", "2026-11-29", "Zoë")
    assert row["completed"] == "yes"
    assert [(x["item"], x["ok"]) for x in rows(session, "checklists")] == [("lock", "yes"), ("tag", "yes")]
    found = [(x["field"], x["old"], x["new"]) for x in rows(session, "corrections")]
    assert found == [("kit/lock round 1", "", "yes"), ("kit/tag round 1", "", "yes")]
    assert {what: rows(session, what) for what in before} == before


@pytest.mark.parametrize(("p", "activity"), [("a", "q1"), ("a", "nothing"), ("a", ""), ("stranger", "kit")])
def test_what_is_no_checklist_or_nobody_is_not_judged(p: str, activity: str) -> None:
    log = missed()
    before = rows(log.session), list(log.session.order)
    judged(log.session, p, "lock", True, activity)
    assert (rows(log.session), log.session.order) == before and rows(log.session, "checklists") == []


def test_a_skill_judged_later_does_not_hide_that_the_session_was_closed_late() -> None:
    log = Logbook()
    log.join("a")
    log.enter("check")
    log.open("kit")
    log.at(600).end()
    assert "closed_late" in rows(log.session)[0]["flags"]
    assert "closed_late" in rows(judged(log.session, "a", "lock", True))[0]["flags"]
