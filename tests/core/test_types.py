"""Each activity type: what it takes, what it refuses, what counts and what is right."""

from __future__ import annotations

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.activities import KINDS, Checked, kind_of
from fieldkit.core.activities.hotspot import all_hit, heat, inside, place, regions_said
from fieldkit.core.activities.match import rights
from fieldkit.core.activities.typed import Typed, name_for, typed
from fieldkit.core.activities.words import fold, number, split_words
from fieldkit.core.plan import Activity, Range, Target
from fieldkit.core.refusals import Refusal
from tests.kit.plans import ALL, STEPS, activity, options

BY_ID = {a.id: a for a in ALL.activities}
KEY = ["shut", "lock", "verify", "notify"]


def put(id: str, *v: str, text: str | None = None, q: str = "") -> Checked | str:
    """What would be recorded, or the reason why not."""
    a = BY_ID[id]
    found = kind_of(a.type).check(a, v, text, q)
    return found.reason if isinstance(found, Refusal) else found


def right(id: str, *v: str, text: str | None = None, q: str = "") -> bool | None:
    """Judged as it would be recorded."""
    found = put(id, *v, text=text, q=q)
    assert isinstance(found, Checked), found
    a = BY_ID[id]
    return kind_of(a.type).right(a, found.v, found.text, q)


# ---- hostile values -------------------------------------------------------------------------------------------

HOSTILE = [
    *((), ("",), (" ",), ("x" * 200,), ("\u202eb",), ("\x00",), ("a", "a"), ("NaN",), ("1e9999",), ("inf",)),
    *(("=1+1",), ("Ann [/] Lee",), ("../../etc",), ("q1=a",), ("hasp=p",), ("1=shut",), ("0,0",), ("elsewhere",)),
    *(("١٢",), ("−4",), ("4",), ("1.5,0.5",), ("-0.1,0.5",), ("nan,nan",), ("0.5,0.5,0.5",), (",",), ("=",)),
    *(tuple(f"o{k}" for k in range(33)), tuple("0.5,0.5" for _ in range(33)), STEPS[:3], (*STEPS, "shut")),
    *(("hasp=p", "hasp=e", "tag=h"), ("hasp=zz", "cover=e", "tag=h"), ("true", "false"), ("valve", "zz")),
]


@pytest.mark.parametrize("id", BY_ID)
def test_no_value_breaks_a_type(id: str) -> None:
    """It is a refusal or an answer that can be counted, judged, spelled and taken again as it was recorded."""
    a = BY_ID[id]
    kind = kind_of(a.type)
    for v, text, q in product(HOSTILE, (None, "", "words", "x" * 4000), ("", "q1", "q2", "zz")):
        found = kind.check(a, v, text, q)
        if isinstance(found, Refusal):
            continue
        keys = kind.keys(a, found.v, found.text, q)
        assert len(set(keys)) == len(keys)
        assert kind.right(a, found.v, found.text, q) in (True, False, None)
        assert isinstance(kind.spell(ALL, a, found.v, found.text, "es", q), str)
        assert kind.check(a, found.v, found.text, q) == found, "what was recorded would be refused or change"


@given(st.lists(st.text(max_size=30), max_size=33), st.none() | st.text(max_size=80), st.sampled_from(["", "q1", "q3"]))
def test_any_text_is_taken_or_refused(v: list[str], text: str | None, q: str) -> None:
    """No exception in any type, whatever a wire or an old record holds."""
    for a in ALL.activities:
        kind = kind_of(a.type)
        found = kind.check(a, v, text, q)
        assert isinstance(found, Checked | Refusal)
        kind.right(a, v, text, q)
        kind.keys(a, v, text, q)
        kind.spell(ALL, a, v, text, "en", q)


# ---- number ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed_", "value"),
    [("4,50", "4.5"), (" 4 ", "4"), ("+4", "4"), ("-0", "0"), ("−3", "-3"), ("٣٫٥", "3.5"), ("४", "4"), ("007", "7"),
     (".5", "0.5"), ("5.", "5"), ("123456789012345", "123456789012345"), ("0.10", "0.1"), ("１２", "12")],
)  # fmt: skip
def test_a_number_has_one_spelling(typed_: str, value: str) -> None:
    """A decimal comma, digits of another script and a typographic minus are what people type."""
    assert number(typed_) == value == number(value)


@pytest.mark.parametrize(
    "typed_",
    ["", " ", "-", ".", "1e9", "1e9999", "NaN", "inf", "0x10", "1_000", "1,000.5", "4 5", "4.5.6", "½", "²", "--4",
     "1234567890123456", "0.1234567890123456", "9" * 200, "4 m", "=4"],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(typed_: str) -> None:
    """Two separators may mean two things; sixteen digits are no measurement."""
    assert number(typed_) is None
    assert put("n1", typed_) == "wrong-value"


def test_a_number_is_right_within_its_range_ends_included() -> None:
    """Compared as decimals: 0.1 + 0.2 is a float's trouble, not a worker's."""
    assert [right("n1", v) for v in ("3.5", "4,5", "4", "3.49", "4.51", "-4")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert right("n2", "4") is None
    exact = activity("e", "number", number=Range(exact="0.3"))
    kind = KINDS["number"]
    assert kind.right(exact, ["0.30"]) is True and kind.right(exact, ["0.31"]) is False
    assert kind.right(activity("e", "number", number=Range(min="3")), ["1000"]) is True
    assert [kind.correct(x) for x in (exact, BY_ID["n1"], BY_ID["n2"])] == [["0.3"], ["3.5 – 4.5"], None]
    assert put("n1", "4", "5") == put("n1", "4", text="4") == "wrong-value"


# ---- short and wordcloud --------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["Válvula", "valvula", "  VÁLVULA ", "va\u0301lvula", "Ball  Valve"])
def test_a_short_answer_is_right_in_any_accepted_spelling(said: str) -> None:
    """Case, accents and spaces aside; the words go into the opening."""
    assert right("w1", text=said) is True
    found = put("w1", said)
    assert isinstance(found, Checked) and found.v == [] and found.text == " ".join(said.split())


def test_a_short_answer_is_wrong_missing_too_long_or_gone() -> None:
    """Once the opening is erased nobody can judge it."""
    assert right("w1", text="valve") is False
    assert (put("w1"), put("w1", " "), put("w1", text="x" * 41)) == ("text-missing", "text-missing", "too-long")
    assert put("w1", "a", "b") == put("w1", "a", text="b") == "wrong-value"
    assert KINDS["short"].right(BY_ID["w1"], [], None) is None


def test_folding_keeps_what_makes_another_word() -> None:
    """Latin accents go; vowel signs, hamza and the bar of đ stay."""
    assert fold("  Ärger  ÑU ") == "arger nu"
    assert fold("STRASSE") == fold("Straße")
    assert fold("किताब") == "किताब" and fold("أمن") != fold("امن") and fold("đ") == "đ"
    assert fold("\u0301") == "\u0301"


def test_a_cloud_takes_words_however_they_are_parted() -> None:
    """In one box with commas or in several; the same word twice is one."""
    assert put("k1", text="Gloves, GLOVES ; héat") == Checked([], "Gloves, héat")
    assert put("k1", "Gloves", "", "hot  work") == Checked([], "Gloves, hot work")
    assert split_words(["a،b、c\nd"]) == ["a", "b", "c", "d"]
    assert KINDS["wordcloud"].keys(BY_ID["k1"], [], "Gloves, héat") == ["gloves", "heat"]
    assert (put("k1"), put("k1", ",,"), put("k1", "a", "b", "c", "d"), put("k1", "x" * 41)) == (
        "text-missing",
        "text-missing",
        "too-long",
        "too-long",
    )


# ---- order and match ------------------------------------------------------------------------------------------


def test_an_order_holds_everything_once_and_is_compared_as_it_is() -> None:
    """Sorting before comparing would make every order right."""
    assert right("o1", *KEY) is True
    assert right("o1", *reversed(KEY)) is False and right("o1", *STEPS) is False
    assert put("o1", *KEY) == Checked(KEY)
    assert put("o1", *KEY[:3]) == put("o1", *KEY[:3], KEY[0]) == put("o1", *KEY, KEY[0]) == put("o1") == "wrong-value"
    assert put("o1", *KEY[:3], "zz") == "unknown-option"
    assert KINDS["order"].keys(BY_ID["o1"], KEY) == ["1=shut", "2=lock", "3=verify", "4=notify"]


@given(st.permutations(["a", "b", "c", "d", "e", "f"]), st.integers(3, 6), st.text("abcdef", min_size=1, max_size=9))
def test_what_the_screens_show_is_never_the_right_order(key: list[str], n: int, id: str) -> None:
    """Authors write steps down as they come, and pairs side by side. (Of two, never the key would be the key.)"""
    ids = sorted(key[:n])
    a = activity(id, "order", options=options(*ids), answer=[k for k in key if k in ids])
    seen = [o.id for o in KINDS["order"].options(a)]
    assert sorted(seen) == ids and seen != a.answer
    pairs = activity(id, "match", left=options(*ids), right=options(*ids), answer=[f"{k}={k}" for k in ids])
    assert [o.id for o in rights(pairs)] != ids and sorted(o.id for o in rights(pairs)) == ids


def test_a_match_gives_each_on_the_left_one_and_may_use_one_twice() -> None:
    """Recorded in the pack's order, so that taps in any order are one answer."""
    assert put("m1", "tag=h", "cover=e", "hasp=p") == Checked(["hasp=p", "cover=e", "tag=h"])
    assert right("m1", "tag=h", "cover=e", "hasp=p") is True and right("m1", "tag=h", "cover=h", "hasp=p") is False
    assert (
        put("m1", "hasp=p", "cover=e") == put("m1", "hasp=p", "hasp=p", "tag=h") == put("m1", "hasp") == "wrong-value"
    )
    assert put("m1", "zz=p", "cover=e", "tag=h") == put("m1", "hasp=zz", "cover=e", "tag=h") == "unknown-option"


# ---- hotspot --------------------------------------------------------------------------------------------------


def test_a_tap_is_judged_by_the_region_edges_included() -> None:
    """As many taps as there are right places, each hit by one of its own."""
    assert right("h1", "0.3,0.4", "0.8,0.8") is True and right("h1", "0.8,0.9", "0.35,0.4") is True
    assert right("h1", "0.3,0.4", "0.31,0.4") is False, "two taps in one region leave the other one out"
    assert right("h1", "0.3,0.4", "0.7,0.2") is False, "the panel is a region, and not a right one"
    assert right("h1", "0.3,0.4501", "0.8,0.8") is False
    assert put("h1", "0.3,0.4") == put("h1", *["0.3,0.4"] * 3) == "wrong-value"
    assert put("h1", "0.80004,.8", "0.3,0.400001") == Checked(["0.3,0.4", "0.8,0.8"])


@pytest.mark.parametrize(
    "v", ["1.01,0.5", "0.5", "0.5,", "nan,0.5", "1e-1,0.5", "-0,0.5", "0,5,0,5", "٠.٥,0.5", " 0.5,0.5"]
)
def test_a_place_outside_the_picture_is_none(v: str) -> None:
    """Fractions from 0 to 1, written plainly."""
    assert place(v) is None
    assert isinstance(put("h2", v), str)


def test_a_picture_in_words_is_judged_by_its_own_key_and_never_mixed() -> None:
    """Whoever cannot see it answers the same question."""
    assert right("h1", "middle") is True and right("h1", "left") is False
    assert put("h1", "left", "middle") == "one-choice"
    assert put("h1", "middle", "0.3,0.4") == put("h1", "middle", "middle") == "wrong-value"
    assert put("h1", "zz") == "unknown-option"


def test_without_a_key_a_picture_is_a_map_of_hazards() -> None:
    """One to five taps; a person counts once for each region hit, and once for elsewhere."""
    assert right("h2", "0.3,0.4") is None and KINDS["hotspot"].correct(BY_ID["h2"]) is None
    taps = ("0.3,0.4", "0.31,0.41", "0.05,0.05", "0.06,0.06", "0.65,0.15")
    found = put("h2", *taps)
    assert isinstance(found, Checked)
    assert KINDS["hotspot"].keys(BY_ID["h2"], found.v) == ["valve", "panel", "elsewhere"]
    assert put("h2", *taps, "0.5,0.5") == "wrong-value"
    assert put("h2", "valve", "panel") == Checked(["valve", "panel"])


def test_overlapping_regions_need_a_tap_each() -> None:
    """Trying the regions one after the other would give the small one's tap away."""
    wide = Target(id="wide", shape="rect", at=["0", "0", "1", "1"])
    small = Target(id="small", shape="circle", at=["0.5", "0.5", "0.1"])
    middle, corner = place("0.5,0.5"), place("0.1,0.1")
    assert middle is not None and corner is not None
    assert all_hit([wide, small], [middle, corner]) and all_hit([small, wide], [middle, corner])
    assert not all_hit([wide, small], [corner, corner])
    assert inside(small, middle) and not inside(Target(id="x", shape="blob", at=["0"]), middle)
    for odd in ("one", "nan", "1e999999"):
        assert not inside(Target(id="x", shape="circle", at=["0.5", "0.5", odd]), corner), odd


def test_taps_are_counted_by_the_cell_of_the_picture_they_are_in() -> None:
    """The right and lower edge belong to the last cell; what is no place is nowhere."""
    points = [["0", "0"], ["0.1", "0.24"], ["1", "1"], ["0.99", "0.8"], ["nan", "0"], ["5", "5"], ["x"]]
    assert heat(points, 4, 4) == {(0, 0): 2, (3, 3): 2}


# ---- quiz -----------------------------------------------------------------------------------------------------


def test_a_quiz_is_answered_question_by_question() -> None:
    """Each as its own type judges it."""
    assert (right("z1", "b", q="q1"), right("z1", "a", q="q1")) == (True, False)
    assert (right("z1", "c", "a", q="q2"), right("z1", "a", q="q2")) == (True, False)
    assert right("z1", "false", q="q3") is True
    assert put("z1", "b") == put("z1", "b", q="zz") == "wrong-value"
    assert put("z1", "a", "b", q="q1") == "one-choice" and put("z1", "true", q="q1") == "unknown-option"
    assert KINDS["quiz"].keys(BY_ID["z1"], ["a", "c"], None, "q2") == ["q2=a", "q2=c"]


# ---- what a trainer types -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "line", "made"),
    [
        ("p1", "b", Typed(("b",))),
        ("p1", "A,c", Typed(("a", "c"))),
        ("p1", "1 3", Typed(("a", "c"))),
        ("p1", "ac", Typed(("a", "c"))),
        ("s1", "2", Typed(("l2",))),
        ("c1", "zz", Typed(("zz",))),
        ("t1", "b", Typed(("false",))),
        ("t1", "TRUE", Typed(("true",))),
        ("n1", " 4,5 ", Typed(("4,5",))),
        ("w1", "ball valve", Typed(text="ball valve")),
        ("x1", "I take along = nothing", Typed(text="I take along = nothing")),
        ("k1", "hot, dark", Typed(text="hot, dark")),
        ("o1", "shut lock verify notify", Typed(tuple(KEY))),
        ("m1", "hasp=p, cover = e tag=h", Typed(("hasp=p", "cover=e", "tag=h"))),
        ("h1", "0.3,0.4  0.8, 0.8", Typed(("0.3,0.4", "0.8,0.8"))),
        ("h1", "b", Typed(("middle",))),
        ("h2", "valve stop", Typed(("valve", "stop"))),
    ],
)
def test_a_line_typed_by_a_trainer_becomes_values(id: str, line: str, made: Typed) -> None:
    """Ids, letters and numbers as the screens show them, in one word or several."""
    assert typed(BY_ID[id], [line]) == typed(BY_ID[id], line.split(" ")) == [made]


def test_numbers_of_an_order_and_of_pairs_are_those_on_the_screen() -> None:
    """The screens show the steps shuffled; 1 is what stands first there."""
    shown = [o.id for o in KINDS["order"].options(BY_ID["o1"])]
    assert typed(BY_ID["o1"], ["4", "3", "2", "1"]) == typed(BY_ID["o1"], ["dcba"]) == [Typed(tuple(reversed(shown)))]
    assert typed(BY_ID["o1"], ["٤ ٣ ٢ १"]) == [Typed(tuple(reversed(shown)))]
    second = rights(BY_ID["m1"])[1].id
    assert typed(BY_ID["m1"], ["1=b"]) == [Typed((f"hasp={second}",))]


def test_a_region_is_said_in_words_or_by_number_and_never_by_its_id() -> None:
    """One right place and one right choice in words are the same thing; several are numbered."""
    h1, h2 = BY_ID["h1"], BY_ID["h2"]
    assert list(regions_said(ALL, h1, "en").values()) == ["the right place 1", "place 2", "the right place 2"]
    assert list(regions_said(ALL, h2, "es").values()) == ["opción valve", "opción panel", "opción stop"]
    alone = msgspec.structs.replace(h1, answer=["stop"])
    assert regions_said(ALL, alone, "es") == {"valve": "place 1", "panel": "place 2", "stop": "opción middle"}
    assert KINDS["hotspot"].spell(ALL, alone, ["0.8,0.8"], None, "en") == "option middle"
    bare = msgspec.structs.replace(alone, fallback=None)
    assert regions_said(ALL, bare, "en")["stop"] == "the right place"


LETTERED = [
    activity("mixed", "choice", options=options("a", "b", "c", "d"), answer=["b"], shuffle=True),
    activity("steps", "order", options=options("a", "b", "c", "d"), answer=["a", "b", "c", "d"]),
    activity("swapped", "poll", options=options("b", "a")),
]


@pytest.mark.parametrize("a", LETTERED, ids=lambda a: a.id)
def test_a_letter_is_the_one_on_the_screens_whatever_the_ids_are_called(a: Activity) -> None:
    """The option `a` may stand at C; who types a or A means what everybody sees beside A."""
    shown = [o.id for o in kind_of(a.type).options(a)]
    assert shown != sorted(shown), "else this proves nothing"
    for k, id in enumerate(shown):
        letter = "abcd"[k]
        assert typed(a, [letter]) == typed(a, [letter.upper()]) == typed(a, [str(k + 1)]) == [Typed((id,))]
        assert typed(a, [name_for(kind_of(a.type).options(a), id)]) == [Typed((id,))]
    whole = "abcd"[: len(shown)]
    assert typed(a, [whole]) == typed(a, [" ".join(whole)]) == typed(a, list(whole.upper())) == [Typed(tuple(shown))]


def test_letters_of_pairs_are_those_on_the_screens_on_both_sides() -> None:
    pairs = activity("pairs", "match", left=options("b", "a"), right=options("a", "b"), answer=["b=a", "a=b"])
    first, second = (o.id for o in rights(pairs))
    assert typed(pairs, ["1=a", "2=b"]) == typed(pairs, ["a=A b=B"]) == [Typed((f"b={first}", f"a={second}"))]


def test_an_id_of_one_letter_is_taken_where_nothing_stands_at_its_place() -> None:
    """Yes and no as y and n: there is no 14th and no 25th choice."""
    short = activity("yn", "poll", options=options("n", "y"), multiple=True)
    assert typed(short, ["y"]) == [Typed(("y",))]
    assert typed(short, ["N b"]) == [Typed(("n", "y"))]
    assert typed(short, ["o"]) == [Typed(("o",))]


def test_one_line_answers_several_questions_of_a_quiz() -> None:
    """By id or by number; each once."""
    assert typed(BY_ID["z1"], ["q1=b", "q2=a,c", "3=b"]) == [
        Typed(("b",), "q1"),
        Typed(("a", "c"), "q2"),
        Typed(("false",), "q3"),
    ]
    for line in ("b", "q1=", "q1=a q1=b", "zz=a", "q1", "="):
        assert isinstance(typed(BY_ID["z1"], [line]), Refusal), line


@pytest.mark.parametrize("id", ["d1", "a1", "l1"])
def test_what_takes_no_answer_takes_none_from_the_trainer(id: str) -> None:
    """Discussions, signatures and checklists have wishes of their own."""
    assert isinstance(typed(BY_ID[id], ["b"]), Refusal)


@given(st.sampled_from([a for a in ALL.activities if kind_of(a.type).takes == "answer"]), st.text(max_size=60))
def test_any_line_is_values_or_a_refusal(a: Activity, line: str) -> None:
    """Never an exception: a trainer's cat may walk over the keys."""
    found = typed(a, [line])
    if isinstance(found, Refusal):
        return
    for one in found:
        assert isinstance(kind_of(a.type).check(a, one.v, one.text, one.q or ""), Checked | Refusal)


def test_a_type_of_a_later_release_takes_nothing() -> None:
    """It is shown by its question and kept."""
    kind = kind_of("hologram")
    found = kind.check(activity("x", "hologram"), ["a"], None)
    assert isinstance(found, Refusal) and found.reason == "type-waits"
    assert not kind.keyed(activity("x", "hologram", answer=["a"])) and not kind.revealable
