"""The table of what is recorded about people, against the code that records and shows it.

One meeting in which every personal field of every kind has a value of its own. After each record everything that can be
shown or exported is made, and searched for each of those values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from fieldkit.consoles.remote_view import PEOPLE, shown
from fieldkit.core import records as r
from fieldkit.core.log_view import log_lines
from fieldkit.core.office import corrected
from fieldkit.core.personal import BESIDE, PERSONAL, REMAINS, SURFACES, SWITCHES, Personal, undeclared, without
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.questions import reply_of
from fieldkit.core.records import Draft
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import seat_view
from fieldkit.core.tables import TABLES, Sheet, Signatures, table
from fieldkit.core.tables.places import PLACES, by_place
from fieldkit.core.wall_view import wall_view
from fieldkit.formats.pdf.form import form
from fieldkit.log.batch import Pending, declared
from fieldkit.station import FOLDERS
from fieldkit.words import words_for
from tests.core.logbook import Logbook, plan
from tests.house.tree import ROOT

ME, MATE, FAR = "aaaaaaaa", "bbbbbbbb", "cccccccc"
LAST, FIRST, NAMED, BADGED = "dddddddd", "eeeeeeee", "ffffffff", "gggggggg"
GROUP = [ME, MATE, LAST, FIRST, NAMED, BADGED]


def value(kind: str, field: str) -> str:
    return f"<{kind}/{field}>"


class Marked(Logbook):
    """A log whose personal fields say themselves where they come from."""

    def __init__(self) -> None:
        self.seen: dict[str, set[tuple[str, str]]] = {surface: set() for surface in SURFACES}
        self.owner: dict[tuple[str, str], str | None] = {}
        more = [Activity(id="pairs", type="breakout", text=["Talk"], assign="auto", group_size=2)]
        more += [Activity(id=id, type="wordcloud", text=["In a word"], max_words=3) for id in ("cloud", "words")]
        own = plan()
        super().__init__(msgspec.structs.replace(own, activities=[*own.activities, *more]))

    def add(self, fact: r.Fact, p: str | None = None, x: dict[str, object] | None = None) -> int:
        i = super().add(fact, p, x)
        for k in x or {}:
            self.owner[fact.kind, k] = p
        for surface, of, text in shown_on(self):
            found = {row for row in ALL if value(*row) in text}
            if surface == "phones" and of != FAR:
                mine = {row for row in found if self.owner[row] == of}
                self.seen["own"] |= mine
                self.seen["group"] |= found - mine
            else:
                self.seen[surface] |= found
        return i

    def put(self, fact: r.Fact, p: str | None = None, *only: str) -> int:
        """With every personal field of the kind, or only these."""
        rows = [row for row in PERSONAL if row.kind == fact.kind and (not only or row.field in only)]
        assert rows, fact.kind
        return self.add(fact, p, {row.field: filled(row) for row in rows})


def filled(row: Personal) -> object:
    said = value(row.kind, row.field)
    if row.field == "notes":
        return [["a column", said]]
    return [said, "other"] if row.field in ("options", "labels", "places") else [said] if row.field == "v" else said


ALL = [(row.kind, row.field) for row in PERSONAL]


def shown_on(log: Marked) -> Iterator[tuple[str, str, str]]:
    """(surface, whose it is, all that it can show now)."""
    s, at = log.session, log.m
    room = room_view(s, "en", at)
    for p in (*GROUP, FAR):
        yield "phones", p, text(seat_view(s, p, "en", at, 2000))
    yield "wall", "", text(wall_view(s, "en", at))
    replies = [reply_of("office", one) for one in log.records]
    yield "trainer", "", text([room, *log_lines(s, log.records, "en"), *replies])
    yield "remote", "", text([shown(room, want, "", str) for want in (PEOPLE, "kit", "")])
    made = [table(name, s, s.plan, Signatures()) for name in TABLES]
    made += [by_place(name, s, s.plan, Signatures()) for name in PLACES]
    yield "sheet", "", text([*made, form(Sheet(s, s.plan, Signatures()), words_for("en"))])


def text(view: object) -> str:
    return json.dumps(msgspec.to_builtins(view), ensure_ascii=False)


def whole_meeting() -> Marked:
    log = Marked()
    log.session.trainer = ""
    log.put(r.SessionOpened(**{k: getattr(log.session.info, k) for k in r.SessionOpened.__struct_fields__}))
    log.put(r.StaffSet(role="trainer"))
    log.put(r.StaffSet(role="observer"))
    log.put(r.PersonExpected(), ME, *(x for _, x in ALL if x not in ("last_name", "first_name")))
    for p, field in ((LAST, "last_name"), (FIRST, "first_name"), (NAMED, "name")):
        log.put(r.PersonExpected(), p, field)
    joined = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=False)
    for p in (MATE, FAR, LAST, FIRST, NAMED):
        log.add(joined, p)
    for p in (ME, BADGED):
        log.put(joined, p)
    log.put(r.PersonSpoke(), ME)
    log.at(1).enter("open")
    log.open(ATTENDANCE)
    log.put(r.CameIn(ev=["lan"], via="phone", by="self"), MATE)
    log.close(ATTENDANCE)
    log.put(r.PlanChanged(segment="check", minutes=5))
    log.put(r.NoteAdded(segment="open"))
    log.put(r.NoteAdded(segment="open", room=True))
    log.add(r.NoteAdded(segment="open", room=True), None, {"text": ""})
    spot = r.SpotDef(type="poll", options=["a", "b"])
    log.put(r.ActivityOpened(activity="spot", round=1, mode="named", def_=spot))
    log.close("spot")
    log.open("pairs")
    log.put(r.GroupsSet(activity="pairs", groups=[GROUP, [FAR]]))
    log.put(r.PersonRenamed(why="request"), ME)
    log.close("pairs")
    log.open("q1")
    log.put(r.AnswerPut(activity="q1", round=1, v=[], via="phone"), ME, "v")
    log.close("q1")
    log.add(r.ActivityRevealed(activity="q1", round=1))
    log.open("exit")
    log.put(r.AnswerPut(activity="exit", round=1, v=[], via="phone"), ME, "text")
    log.close("exit")
    log.add(r.ActivityRevealed(activity="exit", round=1))
    log.open("words")
    log.put(r.AnswerPut(activity="words", round=1, v=[], via="phone"), ME, "text")
    log.close("words")
    log.add(r.ActivityRevealed(activity="words", round=1))
    log.open("cloud", mode="anonymous")
    log.close("cloud")
    log.add(r.TallyPut(activity="cloud", round=1, counts={}, n=6, suppressed=False))
    log.put(r.TallyTextPut(activity="cloud", round=1, part=0))
    log.add(r.ActivityRevealed(activity="cloud", round=1))
    log.open("say")
    ref = log.put(r.Said(activity="say"), ME)
    log.add(r.SayPinned(ref=ref))
    log.open("ack")
    log.put(r.Acknowledged(activity="ack", round=1, meaning="participation", words="0" * 64), ME)
    log.open("kit")
    log.put(r.CheckMarked(activity="kit", item="lock", ok=True, by="fac"), ME)
    log.put(r.AttendanceMarked(status="late", by="fac", why="mistake"), ME)
    log.put(r.CreditGranted(what="x"), ME)
    log.end()
    log.put(r.Amended(do="correct", why="mistake", by="fac", set={"status": "late"}), ME, "reason")
    put = {"activity": "exit", "round": 1, "v": []}
    log.put(r.Amended(do="correct", why="mistake", by="fac", set=put), ME, "text")
    put = {"activity": "kit", "round": 1, "item": "lock", "ok": False}
    log.put(r.Amended(do="add", why="other", by="office", set=put), ME, "name")
    late = r.SignedBy(
        role="supervisor",
        key="ld.acme.example/fac/2b7x",
        meaning="checked",
        ref=r.Ref(i=0, leaf="0" * 64, o=log.session.origin),
    )
    private = {"name": value("sign.by", "name")}
    corrected(log.session, [("office", r.Record(i=1, m=0, t=0, fact=late, private=private))])
    log.put(r.SignedBy(role="trainer", key="ld.acme.example/fac/9k3m", meaning="held"))
    log.put(r.CredentialIssued(id="0", program="press4", version="1.0.0", on="2026-11-22"), ME)
    log.put(r.QuestionAnswered(ref=r.Ref(i=ref, leaf="0" * 64, o=log.session.origin)), ME)
    log.put(r.CredentialRevoked(id="0", why="mistake", from_="2026-11-23"), ME)
    return log


@pytest.fixture(scope="module")
def meeting() -> Marked:
    return whole_meeting()


def test_every_field_is_in_the_meeting(meeting: Marked) -> None:
    """Else nothing below would say anything about it."""
    there = {(x.k, field) for x in meeting.records for field in x.private or {}}
    assert sorted(set(ALL) - there) == []


@pytest.mark.parametrize("row", PERSONAL, ids=lambda row: f"{row.kind}-{row.field}")
def test_a_field_is_seen_where_the_table_says_and_nowhere_else(row: Personal, meeting: Marked) -> None:
    """Of every phone, screen, console and exported table."""
    where = {surface for surface, found in meeting.seen.items() if (row.kind, row.field) in found}
    if "phones" in where:
        where -= {"own", "group"}
    assert where == set(row.seen)


@pytest.mark.parametrize("kind", r.KINDS)
def test_every_kind_says_what_remains_of_it(kind: str) -> None:
    """A new kind of record fails here until it is told of."""
    assert REMAINS.get(kind)


def test_nothing_is_told_of_that_is_not_recorded() -> None:
    assert set(REMAINS) == set(r.KINDS) >= {row.kind for row in PERSONAL}
    assert len(set(ALL)) == len(ALL)
    assert {surface for row in PERSONAL for surface in row.seen} <= set(SURFACES)


def test_every_folder_of_the_laptop_is_told_of() -> None:
    assert set(FOLDERS) <= set(BESIDE)


@pytest.mark.parametrize("row", PERSONAL, ids=lambda row: f"{row.kind}-{row.field}")
def test_the_document_of_the_kinds_names_the_field(row: Personal) -> None:
    """In the last column of the kind's row."""
    cells = next(x for x in (ROOT / "docs/records.md").read_text("utf-8").splitlines() if f"| `{row.kind}`" in x)
    assert f"`{row.field}`" in cells.rsplit("|", 2)[1]


def test_what_is_not_in_the_table_is_not_written() -> None:
    """The writer's own check, on a draft that some later rule might make."""
    draft = Draft(r.PersonJoined(via="phone", device="phone", ev=[], walkin=True), ME, {"name": "Ann", "pulse": "71"})
    assert undeclared("person.join", draft.private or {}) == ["pulse"]
    with pytest.raises(ValueError, match=r"pulse of person\.join"):
        declared([Pending((draft,))])
    declared([Pending((msgspec.structs.replace(draft, private={"name": "Ann"}),))])


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_takes_its_fields_out_and_no_other(switch: str, meeting: Marked) -> None:
    """What is turned off leaves the draft before it is written; the fact stays."""
    facts = {x.k: x.fact for x in meeting.records}
    for row in PERSONAL:
        fact = facts[row.kind]
        draft = Draft(fact, ME, {row.field: "x"})
        (left,) = without([draft], [switch])
        assert left.fact == fact and left.private == (None if row.switch == switch else {row.field: "x"})
    assert without([draft], []) == [draft]
