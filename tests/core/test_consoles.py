"""Second consoles in the rules and the fold: what each role may do, whose a record is, how long a role lasts."""

from __future__ import annotations

import pytest
from msgspec.structs import fields

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.pairings import console
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import FACILITATORS, PARTICIPANTS, decide
from fieldkit.core.rulings.consoles import AT_THE_LAPTOP, HELPER, REMOTE
from fieldkit.core.session import Session
from fieldkit.core.tables.base import Sheet, Signatures
from fieldkit.core.tables.checklists import checklists_table
from fieldkit.core.tables.corrections import corrections_table
from tests.core.logbook import Logbook

KEY = "ld.acme.example/dev/h3lp+00000000+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz"


def let_in(book: Logbook, role: str = "helper", name: str = "Kim Lee", key: str | None = KEY) -> Actor:
    """A console whose pairing stands in the log."""
    drafts = decide(book.session, w.PairConsole(role=role, name=name, key=key), FACILITATOR, book.m)
    assert not isinstance(drafts, Refusal)
    (draft,) = drafts
    book.add(draft.fact, x=draft.private)
    return Actor(by="co", via="terminal", co=book.session.saved, role=role)


def wish(session: Session, intent: Intent, by: Actor) -> list[r.Fact] | str:
    """The facts, or the reason of the refusal."""
    made = decide(session, intent, by, session.m)
    return made.reason if isinstance(made, Refusal) else [draft.fact for draft in made]


def empty(kind: type[Intent]) -> Intent:
    """A wish of this kind with as little in it as its fields allow."""
    blank = {"str": "", "int": 0, "bool": False, "dict[str, str]": {}}
    needed = {f.name: blank.get(str(getattr(f.type, "__name__", f.type)), "") for f in fields(kind) if f.required}
    return kind(**needed)


def test_every_wish_of_a_trainer_has_its_place_in_the_roles() -> None:
    """A wish that is added to the rules is a lead's at once, and nobody else's before somebody says so."""
    assert not (HELPER | REMOTE) & (AT_THE_LAPTOP | PARTICIPANTS.keys())
    assert FACILITATORS.keys() >= HELPER | REMOTE
    assert {w.End, w.Void, w.Reopen, w.Correct, w.SetStaff} <= FACILITATORS.keys() - HELPER - REMOTE - AT_THE_LAPTOP


NEVER = sorted(AT_THE_LAPTOP | PARTICIPANTS.keys(), key=lambda k: k.__name__)


@pytest.mark.parametrize("kind", NEVER, ids=lambda k: k.__name__)
def test_no_console_may_do_what_is_the_laptops_or_the_peoples_own(kind: type[Intent]) -> None:
    """Not even a lead; the rules do not look further."""
    book = Logbook()
    by = let_in(book, "lead")
    assert wish(book.session, empty(kind), by) == "not-your-role"


def test_each_role_does_what_it_may_and_every_record_says_whose_it_is() -> None:
    book = Logbook()
    book.join("ann", "Ann", badge="B1")
    helper, lead, phone = let_in(book), let_in(book, "lead", "Bo", KEY + "2"), let_in(book, "remote", "Sam", None)
    for by, may in ((helper, False), (phone, True), (lead, True)):
        found = wish(book.session, w.OpenActivity(activity="poll"), by)
        assert (found != "not-your-role") is may
    for by, may in ((helper, True), (phone, False), (lead, True)):
        found = wish(book.session, w.Release(who="B1"), by)
        assert (found != "not-your-role") is may
    (marked,) = wish(book.session, w.Mark(who="B1", status="excused"), helper)
    assert isinstance(marked, r.AttendanceMarked)
    assert (marked.by, marked.co) == ("co", helper.co)
    (by_hand,) = wish(book.session, w.Mark(who="B1", status="excused"), FACILITATOR)
    assert "co" not in r.fields_of(by_hand)  # type: ignore[arg-type]


def test_a_role_lasts_until_it_is_taken_changed_or_given_anew() -> None:
    """Neither an old index nor another role than the log's is believed."""
    book = Logbook()
    book.join("ann", "Ann", badge="B1")
    mark = w.Mark(who="B1", status="excused")
    first = let_in(book)
    assert wish(book.session, mark, first) != "not-your-role"
    for liar in (
        Actor(by="co", via="terminal", co=first.co, role="lead"),
        Actor(by="co", via="terminal", co=0, role="helper"),
        Actor(by="co", via="terminal", co=None, role="helper"),
        Actor(by="co", via="terminal", co=first.co, role=""),
    ):
        assert wish(book.session, mark, liar) == "not-your-role"
    second = let_in(book, "lead", "Kim Lee")
    assert wish(book.session, mark, first) == "not-your-role"
    assert [one.role for one in book.session.staff] == ["lead"]
    (off,) = wish(book.session, w.UnpairConsole(co=second.co or 0), FACILITATOR)
    book.add(off, x={"name": "Kim Lee"})  # type: ignore[arg-type]
    assert wish(book.session, mark, second) == "not-your-role"
    assert console(book.session, second.co) is None
    assert wish(book.session, w.UnpairConsole(co=second.co or 0), FACILITATOR) == "no-console"


def test_a_trainer_by_name_is_no_console() -> None:
    """`staff.set` of a cotrainer opens no door."""
    book = Logbook()
    book.join("ann", "Ann", badge="B1")
    book.add(r.StaffSet(role="cotrainer"), x={"name": "Kim"})
    by = Actor(by="co", via="terminal", co=book.session.saved, role="cotrainer")
    assert wish(book.session, w.Mark(who="B1", status="late"), by) == "not-your-role"
    assert wish(book.session, w.PairConsole(role="cotrainer", name="Kim"), FACILITATOR) == "unknown-role"
    assert wish(book.session, w.PairConsole(role="helper", name=""), FACILITATOR) == "name-missing"


def test_tables_say_who_judged_and_who_changed() -> None:
    """A checklist ticked at a second console bears the name of who sat there; corrections say co."""
    book = Logbook()
    book.join("ann", "Ann", badge="B1")
    by = let_in(book)
    assert by.co is not None
    book.add(r.ActivityOpened(activity="kit", round=1, mode="named"))
    book.add(r.CheckMarked(activity="kit", item="lock", ok=True, by="co", co=by.co), p="ann")
    book.add(r.ActivityOpened(activity="poll", round=1, mode="named"))
    book.add(r.ActivityVoided(activity="poll", round=1, co=by.co))
    book.join("bo", "Bo")
    book.add(r.PersonVoided(why="mistake", co=by.co), p="bo")
    book.add(r.ActivityOpened(activity="q1", round=1, mode="named"))
    book.add(r.ActivityVoided(activity="q1", round=1))
    sheet = Sheet(book.session, book.plan, Signatures())
    checks = checklists_table(sheet)
    rows = [dict(zip(checks.columns, row, strict=True)) for row in checks.rows]
    assert {row["evaluator_name"] for row in rows if row["by"]} == {"Kim Lee"}
    table = corrections_table(sheet)
    changes = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [(x["what"], x["who"]) for x in changes] == [("void", "co"), ("removed", "co"), ("void", "fac")]
