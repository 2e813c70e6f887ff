"""What is printed and what is typed in from it: letters of the screens, no key, no markup, nothing fetched."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.activities import kind_of
from fieldkit.core.activities.match import rights
from fieldkit.core.activities.typed import Typed, typed
from fieldkit.core.plan import Activity, Option, Plan, Question
from fieldkit.core.spelled import sign
from fieldkit.errors import WrongUsage
from fieldkit.formats.card import Card, card
from fieldkit.formats.paper import Person, items, left_out, on_paper, paper, planned, sign_in
from fieldkit.formats.sheet import blank, is_name_of, read, words_of
from fieldkit.lan.qr import svg
from tests.core.logbook import HOSTILE
from tests.kit.plans import PLAN, activity, options

NAMES = ["Ann [/] Lee", "<script>alert(1)</script>", '"><img src=x onerror=1>', "=1+1", "{{ 7*7 }}", *HOSTILE]


def opt(*ids: str) -> list[Option]:
    return [Option(id=id, text=[f"words of {id}", f"palabras de {id}"]) for id in ids]


RICH: list[Activity] = [
    activity("shuffled", "choice", options=opt("a", "b", "c", "d"), answer=["b"], shuffle=True),
    activity("order", "order", options=opt("one", "two", "three", "four"), answer=["one", "two", "three", "four"]),
    activity("match", "match", left=opt("x", "y", "z"), right=opt("p", "q", "r"), answer=["x=p", "y=q", "z=r"]),
    activity(
        "quiz",
        "quiz",
        questions=[
            Question(id="q1", type="choice", text=["1?", None], options=opt("a", "b"), answer=["b"]),
            Question(id="q2", type="choice", text=["2?", None], options=opt("k", "l"), multiple=True, answer=["k"]),
        ],
    ),
    activity("num", "number"),
    activity("secret", "poll", options=options("a"), mode="anonymous"),
]


def bare(html: bytes) -> str:
    return re.sub(r"<style>.*?</style>", "", html.decode(), flags=re.S)


def test_letters_and_shapes_are_those_of_the_screens() -> None:
    made = msgspec.structs.replace(PLAN, activities=[activity("eight", "poll", options=opt(*"abcdefgh"))], segments=[])
    shown = re.sub(r"<[^>]+>", " ", bare(paper(made, [Person("Ann")], ["en"])))
    for k, id in enumerate("abcdefgh"):
        assert re.search(rf"{re.escape(sign(k))}\s+words of {id}", shown), (k, id)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_foreign_text_on_paper_too(name: str) -> None:
    html = paper(PLAN, [Person(name, name, name)], ["en", "es"], title=name, site=name, trainer=name)
    text = bare(html)
    assert "<script>" not in text and "<img" not in text and "{{" not in text.replace("{{ 7*7 }}", "")
    text = bare(
        card(Card(title=name, url="http://10.0.0.1", code="K7M4", qr=svg("X"), trainer=name, wifi=name), ["en"])
    )
    assert "<script>" not in text and "<img" not in text


def test_nothing_is_fetched_from_anywhere() -> None:
    made = Card(title="T", url="http://10.0.0.1", code="K7M4", qr=svg("X"), wifi="W", wifi_qr=svg("Y"))
    for html in (paper(PLAN, [], ["en", "es"]), card(made, ["en", "es"]), card(made, ["en"], "letter")):
        text = html.decode()
        assert not re.search(r"""(src|href|url|@import)\s*[=(]""", text, re.I), "self-contained"
        assert "<script" not in text and "@page{size:" in text


def test_the_sheet_follows_the_run_sheet_and_leaves_out_what_has_no_names() -> None:
    assert [a.id for a in planned(PLAN)] == ["p1", "s1", "c1", "t1", "d1", "x1", "a1"]
    assert [i.id for i in items(PLAN, ["en"])] == ["p1", "c1", "t1", "x1", "a1"]
    assert [a.id for a in left_out(PLAN)] == ["s1"], "confidential: a sheet bears a name"
    assert not on_paper(RICH[-1])
    assert "s1?" in bare(paper(PLAN, [], ["en"])), "it is asked in the room, and the sheet says so"


def test_no_key_and_no_explanation_is_printed() -> None:
    """The same sheet comes out whatever the key is."""
    other = Plan(
        **{
            **{f: getattr(PLAN, f) for f in Plan.__struct_fields__},
            "activities": [_keyless(a) for a in PLAN.activities],
        }
    )
    assert paper(PLAN, [], ["en", "es"]) == paper(other, [], ["en", "es"])
    assert "Because." not in bare(paper(PLAN, [], ["en"]))


def _keyless(a: Activity) -> Activity:
    fields = {f: getattr(a, f) for f in Activity.__struct_fields__}
    return Activity(**{**fields, "answer": ["c"] if a.type == "choice" else a.answer, "explain": None})


def test_rows_fill_whole_pages() -> None:
    pages = sign_in([Person(f"W{k}") for k in range(37)], 8)
    assert [len(page) for page in pages] == [20, 20, 20]
    assert [p.name for page in pages for p in page][36:38] == ["W36", ""]


def test_a_single_letter_is_the_printed_one_whatever_the_ids_are_called() -> None:
    """With shuffled options letter A is not the option `a`; whoever writes A on paper means what stands beside A."""
    a = RICH[0]
    shown = [o.id for o in kind_of(a.type).options(a)]
    assert shown != ["a", "b", "c", "d"], "else this proves nothing"
    for k, id in enumerate(shown):
        assert meant(a, "ABCD"[k]) == [Typed((id,))] == meant(a, "abcd"[k]) == meant(a, str(k + 1))


def meant(a: Activity, cell: str) -> object:
    """What is recorded of a cell: its words go through `ctl paper` and what trainers type."""
    return typed(a, words_of(a, cell).words)


def test_orders_pairs_and_questions_in_printed_letters() -> None:
    order, match, quiz, number = RICH[1:5]
    shown = [o.id for o in kind_of("order").options(order)]
    assert words_of(order, "D C B A").words == tuple(reversed(shown)) == words_of(order, "dcba").words
    right = [o.id for o in rights(match)]
    assert meant(match, "1=C 2 = A 3=b") == [Typed((f"x={right[2]}", f"y={right[0]}", f"z={right[1]}"))]
    assert words_of(match, "C A B").words == words_of(match, "1=C 2=A 3=B").words
    assert meant(quiz, "1=B 2=AB") == [Typed(("b",), "q1"), Typed(("k", "l"), "q2")]
    assert words_of(number, "4,5").words == ("4,5",)


CELLS = ["z", "AZ", "=", "1=", "=A", "1=A=B", "9=A", "A" * 500, "‮A", "\x1b[2J", "<b>", "🙂", "-1", "é"]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("of", RICH[:4], ids=lambda a: a.id)
def test_what_is_no_answer_is_named_and_never_guessed(of: Activity, cell: str) -> None:
    found = words_of(of, cell)
    assert (found.words == ()) is bool(found.wrong)


@given(st.text(max_size=60))
def test_any_cell_gives_words_or_a_sentence(cell: str) -> None:
    for a in RICH:
        found = words_of(a, cell)
        assert found.wrong or found.words


def test_a_sheet_is_read_as_a_spreadsheet_saves_it() -> None:
    text = "Badge;Name;In;p1;c1\r\n b-1 ;Ana  Ruiz;x;A C;B\r\n;;;;\r\n;Bo;no;;zz\r\n"
    one, other = read(b"\xef\xbb\xbf" + text.encode(), PLAN)
    assert (one.line, one.badge, one.name, one.here) == (2, "B-1", "Ana Ruiz", True)
    assert [(x.activity, x.words) for x in one.said] == [("p1", ("1", "3")), ("c1", ("2",))]
    assert (other.line, other.here, other.said[0].wrong != "") == (4, False, True)


@pytest.mark.parametrize(
    ("cell", "here", "time"),
    [("07:55", True, "07:55"), ("8.05 am", True, "8.05 am"), ("x", True, ""), ("no", False, "")],
)
def test_a_time_under_in_says_that_they_came_and_is_told_as_not_entered(cell: str, here: bool, time: str) -> None:
    (row,) = read(f"badge,in\nB-1,{cell}\n".encode(), PLAN)
    assert (row.here, row.time) == (here, time)


SAME = [("Ann Lee", "Lee, Ann"), ("ann  LEE", "Ann Lee"), ("A. Lee", "Ann Lee"), ("José", "Jose Ruiz"), ("", "Ann Lee")]
OTHER = [("Bo Tran", "Ann Lee"), ("Bo Lee", "Ann Lee"), ("Ann Ann", "Ann Lee"), ("B Lee", "Ann Lee"), ("王", "李")]


@pytest.mark.parametrize(("written", "known", "same"), [(*x, True) for x in SAME] + [(*x, False) for x in OTHER])
def test_a_name_on_paper_is_somebodys_or_contradicts_the_badge(written: str, known: str, same: bool) -> None:
    """Word order, case, accents, initials and a missing part contradict nothing."""
    assert is_name_of(written, known) is is_name_of(known, written) is same


BAD = [b"", b"\x00\x01", b"what,else\n1,2\n", b"badge,nope\nx,y\n", b"badge,c1,c1\nx,a,b\n", b"badge\n" * 6000]


@pytest.mark.parametrize("data", [*BAD, b"x" * (3 << 20)], ids=range(len(BAD) + 1))
def test_what_is_no_sheet_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(WrongUsage):
        read(data, PLAN)


def test_the_empty_table_is_taken_back_and_says_that_nobody_came() -> None:
    people = [Person(name, "-17") for name in NAMES if name.strip()]
    rows = read(blank(PLAN, people), PLAN)
    assert len(rows) == len(people) and {row.badge for row in rows} == {"-17"}
    assert not any(row.here or row.said for row in rows), "nobody is in by a row that nobody filled in"
    assert rows[0].name == "Ann [/] Lee" and "=1+1" in {row.name for row in rows}
    assert blank(PLAN, []).decode("utf-8-sig").strip() == "badge,name,in,p1,c1,t1,x1", "a signature stays on its paper"


def test_the_template_files_ride_along() -> None:
    import fieldkit.formats

    folder = Path(fieldkit.formats.__file__).parent
    assert {x.name for x in folder.iterdir()} >= {"card.html", "paper.html", "base.css"}
