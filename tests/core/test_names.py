"""Names and codes: the same name twice is two people, names are put right, a walk-in is found by a code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.seat_view import seat_view
from fieldkit.core.tables import Signatures, Table, table
from fieldkit.core.walkin import ALPHABET, walkin_code
from fieldkit.seats import ROOM_LETTERS
from tests.core.crew import CREW, DOOR, Crew


def rows(made: Table) -> list[dict[str, str]]:
    return [dict(zip(made.columns, row, strict=True)) for row in made.rows]


def sheet(room: Crew, name: str = "attendance") -> list[dict[str, str]]:
    return rows(table(name, room.session, CREW, Signatures()))


def test_the_same_name_twice_is_two_people() -> None:
    """Until the trainer says otherwise."""
    room = Crew()
    room.expect("E1", "Ann Lee")
    a, b = room.come("Ann Lee"), room.come("Ann Lee")
    assert len({a, b, *room.session.people}) == 3
    assert room.session.present == 2


def test_the_trainer_puts_a_name_right() -> None:
    """It is listed as theirs; the same name again writes nothing."""
    room = Crew(1)
    p = room.ps[0]
    room.must(w.RenamePerson(who=p, name="Zoë [/] Á"))
    assert room.must(w.RenamePerson(who=p, name="Zoë [/] Á")) == []
    room.must(w.Rename(name="Zoë"), room.phone(p))
    assert room.no(w.RenamePerson(who=p, name="")) == "name-missing"
    assert room.no(w.RenamePerson(who="ghost", name="x")) == "unknown-person"
    assert [(x["old"], x["new"], x["who"]) for x in sheet(room, "corrections")] == [
        ("W0", "Zoë [/] Á", "fac"),
        ("Zoë [/] Á", "Zoë", "self"),
    ]
    assert sheet(room)[0]["name"] == "Zoë"


@given(st.text(max_size=12))
def test_walk_in_codes_are_six_signs_that_nobody_mistakes(p: str) -> None:
    """The same for the same participant, of the alphabet of room codes."""
    code = walkin_code(p)
    assert code == walkin_code(p)
    assert len(code) == 6
    assert set(code) <= set(ROOM_LETTERS) == set(ALPHABET)


def test_a_walk_in_shows_the_code_and_is_found_by_it() -> None:
    """On the phone and in the note; typed as a badge it is the same person; whom a badge knows has none."""
    room = Crew()
    room.expect("E1", "Known")
    walk, badge, known = room.come("Walk"), room.come("Own", "X9"), room.come("", "E1")
    codes = {p: seat_view(room.session, p, "en", 0, 2000).me.code for p in (walk, badge, known)}  # type: ignore[union-attr]
    assert codes == {walk: walkin_code(walk), badge: "", known: ""}
    assert room.no(w.Join(name="Walk", new_p="x", badge=codes[walk]), DOOR) == "badge-in-use"
    room.must(w.Leave(), room.phone(walk))
    again = room.must(w.Join(name="Walk", new_p="x", badge=codes[walk].lower()), DOOR)[0]
    assert again.p == walk
    assert seat_view(room.session, walk, "en", 0, 2000).me.code == codes[walk]  # type: ignore[union-attr]
    notes = {x["name"]: x["note"] for x in sheet(room)}
    assert notes == {"Walk": f"code {codes[walk]}", "Own": "", "Known": ""}


def test_walk_in_codes_of_a_big_crowd_hardly_ever_meet() -> None:
    """A thousand people, no two alike."""
    assert len({walkin_code(f"p{k:07d}") for k in range(1000)}) == 1000
