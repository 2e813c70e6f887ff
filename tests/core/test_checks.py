"""Checklists: judged item by item, for one or for the group; passed is computed, never typed."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.activities.checklist import passed
from fieldkit.core.intents import Intent
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.state import Check
from fieldkit.core.tables import Signatures, Table, table
from fieldkit.log.line import parse_record
from tests.core.crew import CREW, Crew
from tests.kit.dry import ORIGIN

SKILL = CREW.activity("skill")
assert SKILL is not None
ITEMS = [item.id for item in SKILL.items]


def rows(made: Table) -> list[dict[str, str]]:
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def sheet(room: Crew, name: str) -> list[dict[str, str]]:
    return rows(table(name, room.session, CREW, Signatures()))


def done(ok: bool) -> Check:
    return Check(0, 0, 0, ok, "fac")


@pytest.mark.parametrize("states", list(product((None, True, False), repeat=3)))
def test_passed_is_decided_only_when_it_cannot_change(states: tuple[bool | None, ...]) -> None:
    """`lock` is critical, two of three are enough: compared with trying out every way to go on."""
    assert SKILL is not None
    found = {item: done(ok) for item, ok in zip(ITEMS, states, strict=True) if ok is not None}

    def good(full: tuple[bool, ...]) -> bool:
        return full[0] and sum(full) >= 2

    ends = {
        good(tuple(known if known is not None else tried for known, tried in zip(states, rest, strict=True)))
        for rest in product((True, False), repeat=3)
    }
    verdict = passed(SKILL, found)
    if ends == {False}:
        assert verdict is False
    elif ends == {True}:
        assert verdict is True
    else:
        assert verdict is None


WISHES = st.lists(
    st.builds(
        w.MarkItem,
        who=st.sampled_from(["p0000001", "p0000002", "p0000003", "ghost"]),
        activity=st.sampled_from(["skill", "both", "vote"]),
        item=st.sampled_from([*ITEMS, "lift", "all", "=1", ""]),
        ok=st.booleans(),
        note=st.sampled_from(["", "slow", "Ann [/] Lee", "=HYPERLINK(1)"]),
    )
    | st.sampled_from(
        [w.OpenActivity(activity="skill"), w.OpenActivity(activity="both"), w.CloseActivity(activity="skill")]
    ),
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(WISHES)
def test_the_newest_judgement_of_an_item_is_in_force(wishes: list[Intent]) -> None:
    """And the log, the views and the table agree about it."""
    room = Crew(3)
    want: dict[tuple[str, str, str], bool] = {}
    for wish in wishes:
        made = room.do(wish)
        if isinstance(wish, w.MarkItem) and isinstance(made, list):
            assert room.session.runs[wish.activity][0].is_open
            listed = CREW.activity(wish.activity)
            assert listed is not None
            for item in [x.id for x in listed.items] if wish.item == "all" else [wish.item]:
                want[wish.activity, wish.who, item] = wish.ok
    s = room.session
    got = {
        (a, p, item): check.ok
        for a in s.runs
        for p, found in s.runs[a][0].checks.items()
        for item, check in found.items()
    }
    assert {k: v for k, v in got.items() if k in want} == want
    shown = {
        (line.activity, check.p, item): ok
        for line in room_view(s, "en", 0).rounds
        for check in line.checks
        for item, ok in check.items.items()
    }
    assert shown == got
    written = {
        (x["activity"], x["person_id"], x["item"]): x["ok"] == "yes" for x in sheet(room, "checklists") if x["ok"]
    }
    assert written == got
    read = [parse_record(line, opening or None) for line, opening in zip(room.lines, room.openings, strict=True)]
    assert Session(origin=ORIGIN, plan=CREW).fold(read) == s


def test_a_phone_sees_its_own_progress_only() -> None:
    """Items always, marks once there are some, and nobody else's."""
    room = Crew(2)
    room.open("skill")
    assert [x.id for x in shared_view(room.session, "es", 0, 2000).open[0].options] == ITEMS
    assert shared_view(room.session, "es", 0, 2000).open[0].options[0].text == "Bloquea"
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock"))
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="tag", ok=False))
    mine, other = (seat_view(room.session, p, "en", 0, 2000).open[0].mine for p in room.ps)
    assert (mine, other) == (["lock"], None)
    assert room.no(w.PutAnswer(activity="skill", round=1, v=("lock",)), room.phone(room.ps[0])) == "wrong-value"


def test_a_group_is_signed_off_together_but_only_who_is_here() -> None:
    """The person's newest group; who has none is judged alone."""
    room = Crew(4)
    room.open("three")  # two groups of two
    one, mate = room.groups("three")[0]
    room.must(w.CloseActivity(activity="three"))
    late = room.come()
    room.open("both")
    assert {x.p for x in room.must(w.MarkItem(who=one, activity="both", item="lift"))} == {one, mate}
    assert {x.p for x in room.must(w.MarkItem(who=late, activity="both", item="lift"))} == {late}
    room.must(w.Leave(), room.phone(mate))
    assert {x.p for x in room.must(w.MarkItem(who=one, activity="both", item="set"))} == {one}
    groups = {x.p: x.group for x in room_view(room.session, "en", 0).open[0].checks}
    assert groups[one] == groups[mate] == 1
    assert groups[late] == 0


def test_marking_the_same_again_writes_nothing_and_marking_anew_wins() -> None:
    """A note is something new."""
    room = Crew(1)
    room.open("skill")
    assert len(room.must(w.MarkItem(who=room.ps[0], activity="skill", item="all"))) == 3
    assert room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock")) == []
    assert len(room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock", note="twice"))) == 1
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock", ok=False))
    line = room_view(room.session, "en", 0).open[0].checks[0]
    assert (line.items["lock"], line.passed, line.done, line.of) == (False, False, 3, 3)
    assert len(room.must(w.MarkItem(who=room.ps[0], activity="skill", item="all"))) == 1


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (w.MarkItem(who="p0000001", activity="skill", item="nope"), "unknown-item"),
        (w.MarkItem(who="p0000001", activity="skill", item=""), "unknown-item"),
        (w.MarkItem(who="p0000001", activity="vote", item="lock"), "no-items"),
        (w.MarkItem(who="p0000001", activity="nope", item="lock"), "unknown-activity"),
        (w.MarkItem(who="p0000001", activity="both", item="lift"), "not-run"),
        (w.MarkItem(who="ghost", activity="skill", item="lock"), "unknown-person"),
        (w.MarkItem(who="E1", activity="skill", item="lock"), "not-in"),
        (w.MarkItem(who="p0000001", activity="skill", item="lock", note="x" * 501), "too-long"),
    ],
)
def test_what_cannot_be_judged_is_refused(wish: Intent, reason: str) -> None:
    """Each with its own sentence."""
    room = Crew(1)
    room.expect("E1", "Never Came")
    room.open("skill")
    assert room.no(wish) == reason


def test_closed_it_is_opened_again_before_a_mark_is_changed() -> None:
    """It goes on in the same round."""
    room = Crew(1)
    room.open("skill")
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock"))
    room.must(w.CloseActivity(activity="skill"))
    assert room.no(w.MarkItem(who=room.ps[0], activity="skill", item="tag")) == "reopen-first"
    room.open("skill")
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="tag"))
    assert len(room.session.runs["skill"]) == 1


def test_the_sheet_names_who_judged_and_what_was_passed() -> None:
    """The trainer, although an evaluator is named; a required checklist is completed by passing, not by trying."""
    room = Crew(2)
    good, bad = room.ps
    room.open("skill")
    room.must(w.MarkItem(who=bad, activity="skill", item="lock", ok=False, note="=slow"))
    room.must(w.SetStaff(role="evaluator", name="Eva =1"))
    room.must(w.MarkItem(who=good, activity="skill", item="lock"))
    room.must(w.MarkItem(who=good, activity="skill", item="try"))
    room.at = 60_000
    room.must(w.End())
    first, second = sheet(room, "attendance")
    assert (first["skills_signed_off"], first["evaluator_name"], first["completed"]) == ("skill", "Sam Ortiz", "yes")
    assert first["evaluation_date"] == first["training_date"]
    assert (second["skills_signed_off"], second["evaluator_name"], second["completed"]) == ("", "Sam Ortiz", "no")
    items = sheet(room, "checklists")
    assert [(x["item"], x["ok"], x["passed"]) for x in items] == [
        *(("lock", "yes", "yes"), ("tag", "", "yes"), ("try", "yes", "yes")),
        *(("lock", "no", "no"), ("tag", "", "no"), ("try", "", "no")),
    ]
    assert items[3]["note"] == "=slow"
    assert (items[0]["critical"], items[1]["critical"]) == ("yes", "no")


def test_a_checklist_for_the_evaluator_names_the_one_named_last_else_the_trainer() -> None:
    """Whoever it was at the time of the judgement; a new evaluator changes nothing that was signed off."""
    room = Crew(3)
    room.open("both")
    names = ("", "Eva =1", "Ola")
    for p, evaluator in zip(room.ps, names, strict=True):
        if evaluator:
            room.must(w.SetStaff(role="evaluator", name=evaluator))
        room.must(w.MarkItem(who=p, activity="both", item="lift"))
    found = [x["evaluator_name"] for x in sheet(room, "checklists") if x["item"] == "lift"]
    assert found == ["Sam Ortiz", "Eva =1", "Ola"]


def test_a_void_checklist_is_not_called_closed() -> None:
    room = Crew(1)
    room.open("skill")
    room.must(w.Void(activity="skill"))
    assert room.no(w.MarkItem(who=room.ps[0], activity="skill", item="tag")) == "already-void"


def test_a_checklist_counts_for_proofs_only_of_whom_it_was_asked() -> None:
    """Nobody's proofs fall because their turn did not come."""
    room = Crew(2)
    room.open("skill")
    room.must(w.MarkItem(who=room.ps[0], activity="skill", item="lock"))
    room.at = 60_000
    room.must(w.End())
    assert [x["proofs"] for x in sheet(room, "attendance")] == ["2/2", "1/1"]
