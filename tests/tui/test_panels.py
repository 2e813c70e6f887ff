"""Each type's panel from a round made by hand: what a trainer reads, in 53 cells beside the list of who is missing."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from fieldkit.core.activities import KINDS
from fieldkit.core.views import (
    Bar,
    CheckLine,
    GroupView,
    ItemView,
    Moves,
    Nudge,
    OptionView,
    PersonLine,
    QuestionView,
    RoomView,
    RoundLine,
    SayLine,
    TargetView,
)
from fieldkit.tui.panels.checks import grid_lines
from fieldkit.tui.panels.foot import nudge_words
from fieldkit.tui.panels.hints import band_words, gain_words
from fieldkit.tui.panels.places import map_lines
from fieldkit.tui.panels.question import PANELS, beside_step, question_lines
from fieldkit.tui.say import size_of
from tests.tui.hostile import PAYLOADS

WIDTH = 53


def made(type_: str, **more: Any) -> RoundLine:
    kind = KINDS[type_]
    fields: dict[str, Any] = {
        "votes": kind.votes, "reveals": kind.revealable, "lettered": kind.hands, "by_others": kind.by_others,
        "activity": "x", "type": type_, "round": 1, "mode": "named", "text": "What?", "state": "closed", "live": False,
        "reveal": "after_close", "bars": [], "answered": 10, "of": 12, "missing": [], "missing_n": 0, "left_ms": None,
        "graded": False, "right": None, "texts": [], "hands": {}, "counts": {},
    }  # fmt: skip
    return RoundLine(**{**fields, **more})


def lines(line: RoundLine, height: int = 14, width: int = WIDTH) -> list[str]:
    return [x.plain.rstrip() for x in question_lines(line, width, height)]


def text(line: RoundLine, height: int = 14, width: int = WIDTH) -> str:
    return "\n".join(lines(line, height, width))


def test_every_type_has_a_panel() -> None:
    """A type without one is named here."""
    assert sorted(set(KINDS) - set(PANELS)) == []


def test_numbers_stand_in_their_order_with_the_right_ones_marked() -> None:
    """Right-aligned; those nobody gave are left out."""
    bars = [Bar("-1", "-1", 1, False), Bar("3", "3", 6, True), Bar("4.5", "4.5", 3, True), Bar("120", "120", 0, False)]
    assert lines(made("number", bars=bars))[2:5] == [
        "   -1 ██▉                                 1",
        "    3 █████████████████                   6 ✓ right",
        "  4.5 ████████▌                           3 ✓ right",
    ]


def test_the_trainer_reads_the_right_number_once_it_is_closed() -> None:
    """Also where nobody gave it, or the room never sees it."""
    bars = [Bar("12", "12", 3, False)]
    assert "✓ 3.5 – 4.5 is right" in text(made("number", bars=bars, key="3.5 – 4.5", reveal="never"))
    assert "3.5 – 4.5" not in text(made("number", bars=bars, key="3.5 – 4.5", state="open"))


def test_of_many_values_the_right_and_the_commonest_are_shown() -> None:
    """And how many are left."""
    bars = [Bar(str(k), str(k), 1 + (k == 7) * 4, k == 40) for k in range(50)]
    drawn = text(made("number", bars=bars, of=60), 10)
    assert "✓ right" in drawn and " 7 " in drawn and "… 43 more: press t" in drawn


def test_spellings_are_grouped_and_the_accepted_ones_marked() -> None:
    bars = [Bar("tryout", "Try-out", 6, True), Bar("test", "testing", 3, False)]
    drawn = text(made("short", bars=bars))
    assert "Try-out" in drawn and "6 ✓ right" in drawn and "testing" in drawn
    assert "Nobody has answered yet." in text(made("short", answered=0))


def test_words_stand_in_columns_largest_first() -> None:
    bars = [Bar(w, w, n, False) for w, n in (("gloves", 12), ("noise", 7), ("heat", 2), ("dust", 1))]
    drawn = lines(made("wordcloud", bars=bars))
    assert drawn[2] == " 12 gloves    7 noise     2 heat      1 dust"
    many = [Bar(f"word{k}", f"word{k}", 1, False) for k in range(200)]
    assert "more: press t" in text(made("wordcloud", bars=many))


def test_order_tells_who_put_each_at_its_place_and_how_many_had_all_of_it() -> None:
    bars = [
        Bar("1=a", "1. Tell people", 9, True), Bar("1=b", "1. Shut down", 1, False),
        Bar("2=b", "2. Shut down", 4, True), Bar("2=a", "2. Tell people", 6, False),
    ]  # fmt: skip
    drawn = text(made("order", bars=bars, right=4, graded=True))
    assert "1. Tell people" in drawn and "9 ✓ right" in drawn and "4 ✓ right" in drawn
    assert "all of it right: 4 of 10" in drawn and "1. Shut down" not in drawn
    free = [Bar("1=a", "1. Tell", 3, False), Bar("1=b", "1. Shut", 7, False)]
    assert "1. Shut" in text(made("order", bars=free)), "without a key: what most people put there"


def test_pairs_tell_the_right_partner_and_the_commonest_mistake() -> None:
    left, right = (
        [OptionView("h", "Hasp"), OptionView("c", "Cover")],
        [OptionView("e", "Breaker"), OptionView("p", "Valve")],
    )
    bars = [Bar("h=e", "", 7, True), Bar("h=p", "", 3, False), Bar("c=p", "", 10, True)]
    drawn = text(made("match", bars=bars, left=left, right_side=right, right=7))
    assert "Hasp → Breaker" in drawn and "7 ✓  3 → Valve" in drawn and "all of it right: 7 of 10" in drawn


def test_a_picture_is_a_small_map_of_digits_beside_the_hits() -> None:
    """Digits where people tapped, dots in a region nobody hit; words for those who could not see it."""
    targets = [
        TargetView("ram", "circle", ["0.5", "0.25", "0.2"]),
        TargetView("tank", "rect", ["0", "0.75", "0.2", "0.25"]),
    ]
    points = [["0.5", "0.25"]] * 12 + [["0.99", "0.99"], ["1", "1"], ["nan", "0"], ["5", "5"], ["x"]]
    line = made(
        "hotspot", targets=targets, points=points, bars=[Bar("ram", "", 12, True), Bar("elsewhere", "", 2, False)]
    )
    drawn = [x.plain for x in map_lines(line)]
    assert drawn[0] == "┌" + "─" * 24 + "┐" and len(drawn) == 10
    assert drawn[3][13] == "9" and drawn[8][24] == "2" and drawn[8][1] == "·"
    assert "ram" in text(line) and "elsewhere" in text(line) and "12 ✓" in text(line)


def test_a_quiz_has_a_row_a_question_or_bars_where_there_is_room() -> None:
    options = [OptionView("a", "Yes"), OptionView("b", "No")]
    questions = [
        QuestionView("q1", "choice", "Is it dead?", options, correct=["b"], counts={"a": 3, "b": 7}, n=10),
        QuestionView("q2", "truefalse", "True?", [OptionView("true", "True")], counts={"true": 2}, n=2),
    ]
    wide = text(made("quiz", questions=questions, right=6), 16)
    assert "1. Is it dead?" in wide and "right 7 of 10" in wide and "B ■ No" in wide and "2 done" in wide
    small = text(made("quiz", questions=questions * 9, right=6), 9)
    assert "B ■" not in small and "more: press t" in small and "all of it right: 6 of 10" in small


def test_a_breakout_names_groups_places_writers_and_reports() -> None:
    groups = [
        GroupView(1, "Red", "Bay 2", 2, ["Ana", "Ana"], "Ana", members=["a", "b"], scribe_p="a"),
        GroupView(2, "", "", 0),
    ]
    reports = [SayLine(7, "Gravity", 0, "x", "Ana", group=1)]
    drawn = text(made("breakout", groups=groups, texts=reports), width=80)
    assert "1 Red  2 people  ·  Bay 2  ·  Ana (writes), Ana" in drawn and "2 group 2  0 people" in drawn
    assert "REPORTS" in drawn and "group 1 Ana: Gravity" in drawn
    assert "No groups yet" in text(made("breakout"))


ITEMS = [ItemView("t", "Tells the crew", False), ItemView("s", "Tries the start button", True)]


def test_a_checklist_is_a_grid_with_signs_for_every_item() -> None:
    checks = [
        CheckLine("p1", "Ana", "E1", {"t": True, "s": True}, 2, 2, True),
        CheckLine("p2", "Bo", "E2", {"s": False}, 1, 2, False),
        CheckLine("p3", "Ana", "E3", {}, 0, 2, None),
    ]
    drawn = lines(made("checklist", items=ITEMS, checks=checks), 12, 60)
    assert drawn[2] == " 1 of 3 have passed   [l] signs off"
    assert drawn[3].split() == ["NAME", "1", "2!"]
    assert drawn[4].split() == ["Ana", "(E1)", "✓", "✓", "✓", "passed"]
    assert drawn[5].split() == ["Ana", "(E3)", "·", "·", "0", "of", "2"]
    assert drawn[6].split() == ["Bo", "·", "✕", "✕", "not", "passed"]


def test_a_grid_of_two_hundred_follows_its_cursor_in_both_directions() -> None:
    """The row and the item under it are on the screen, whatever the size."""
    items = [ItemView(f"i{k}", f"item {k}", k == 20) for k in range(30)]
    people = [CheckLine(f"p{k}", f"Worker {k:03}", f"B{k}", {}, 0, 30, None) for k in range(200)]
    for row, column in ((0, 0), (100, 20), (199, 29)):
        drawn = [x.plain for x in grid_lines(people, items, 80, 18, (row, column))]
        assert len(drawn) <= 18 and all(len(x) <= 80 for x in drawn)
        assert f"▸Worker {row:03}" in "\n".join(drawn) and "[·]" in "\n".join(drawn)
        assert (f"▸{column + 1}!" if column == 20 else f"[{column + 1}]") in drawn[0]


def person(name: str) -> PersonLine:
    return PersonLine("p", name, "", "in", True, False, False, "", [], "", "", False)


def test_hints_say_what_the_numbers_suggest() -> None:
    """The band, who moved, the gain; a band of a question most have not answered yet is not said."""
    bars = [Bar("a", "Yes", 5, False), Bar("b", "No", 5, True)]
    line = made(
        "choice", bars=bars, band="discuss", moves=Moves(5, 3, 1, 1), gain_pts="23", gain_norm="0.46", round=2, right=5
    )
    drawn = " ".join(text(line, 20).split())
    assert "Between 3 and 7 in 10 are right: let neighbours discuss, then [v] re-vote" in drawn
    assert "since round 1: 5 stayed right, 3 became right, 1 became wrong, 1 stayed wrong" in drawn
    assert "since the question before: +23 points, gain 0.46" in drawn
    assert "hidden from the room until you reveal" in drawn
    early = made("choice", bars=bars, band="discuss", state="open", missing_n=9)
    assert "neighbours" not in text(early, 20)
    assert band_words("explain") and band_words("go_on") and not band_words("") and not band_words("what")
    assert gain_words(made("choice", gain_pts="-4")) == "since the question before: -4 points"


def test_an_anonymous_question_shows_how_many_and_nothing_else_while_it_is_open() -> None:
    """No value, no word, no bar; afterwards either the result or that nothing was kept."""
    bars = [Bar("3", "3", 6, False)]
    for type_ in ("number", "short", "wordcloud", "text", "order"):
        drawn = text(made(type_, mode="anonymous", state="open", bars=bars, counts=None))
        assert "answered 10 of 12 present" in drawn and "anonymous: while it is open only" in drawn and "█" not in drawn
    choices = [Bar("a", "Yes", 0, False), Bar("b", "No", 0, False)]
    drawn = text(made("poll", mode="anonymous", state="open", bars=choices, counts=None, small=True))
    assert "A ● Yes" in drawn and "·" in drawn and "too few are here: their answers would not be kept" in drawn
    few = made("poll", mode="anonymous", state="open", bars=choices, counts=None, answered=4, least=5)
    assert "fewer than 5 are not kept" in text(few)
    assert "not kept" not in text(made("poll", mode="anonymous", state="open", bars=choices, answered=5, least=5))
    gone = text(made("poll", mode="anonymous", bars=choices, suppressed=True, least=5))
    assert "Fewer than 5 answered: nothing of it was kept." in gone and "A ●" not in gone


def test_one_long_choice_goes_on_below_itself_where_a_row_is_free() -> None:
    """Also with counts and the hints that come with them; and so does a long pair."""
    long = "Leave it on and work with one hand in the pocket until the shift ends"
    texts = [("a", "Nothing", False), ("b", "Shut it down", True), ("c", long, False), ("d", "Ask", False)]
    bars = [Bar(id, words, 3, right) for id, words, right in texts]
    whole = " ".join(x.strip() for x in lines(made("choice", bars=bars, band="discuss", right=3), 12))
    assert "…" not in whole and all(word in whole for word in long.split())
    left, right = [OptionView("h", "Hasp")], [OptionView("e", "Leaves a poison that survives every wash of the hands")]
    pair = text(made("match", bars=[Bar("h=e", "", 7, True)], left=left, right_side=right, right=7), 12)
    assert "…" not in pair and "hands" in pair


def test_a_band_waits_for_two_thirds_of_those_present() -> None:
    for missing, told in ((5, False), (4, True)):
        line = made("choice", bars=[Bar("a", "Yes", 8, True)], band="go_on", state="open", missing_n=missing)
        assert ("More than 7 in 10" in text(line, 20)) is told


def test_a_live_result_says_what_the_room_sees() -> None:
    """Counts where they may be told, else only how many; nothing of the kind where nothing is revealed."""
    shown = text(made("number", state="open", live=True, live_counts=True))
    assert "the room sees the counts" in " ".join(shown.split())
    assert "the room sees how many have answered, nothing" in text(made("hotspot", state="open", live=True))
    for type_ in ("text", "prompt", "checklist"):
        assert "room" not in text(made(type_, state="open", live=True)), type_


def test_a_reading_phase_counts_down() -> None:
    assert "reading: the choices come in 0:08" in text(made("choice", state="open", reading_ms=8000))


HOSTILE: list[dict[str, Any]] = [
    {
        "text": bad,
        "bars": [Bar(f"1={bad}", bad, 3, True), Bar(bad, bad, 2, False), Bar("elsewhere", bad, 1, False)],
        "texts": [SayLine(1, bad, 3, "x", bad, group=2)],
        "left": [OptionView("1", bad)],
        "right_side": [OptionView(bad, bad)],
        "questions": [QuestionView("q", "choice", bad, [OptionView(bad, bad)], correct=[bad], counts={bad: 1}, n=1)],
        "groups": [GroupView(1, bad, bad, 3, [bad, bad], bad, members=[bad, "b"], scribe_p=bad)],
        "items": [ItemView(bad, bad, True)],
        "checks": [CheckLine(bad, bad, bad, {bad: True}, 1, 1, True, 1), CheckLine("q", bad, "", {}, 0, 1, None)],
        "targets": [TargetView(bad, bad, [bad]), TargetView(bad, "circle", ["0.5", "0.5", "9"])],
        "points": [[bad, bad], ["0.5", "0.5"]],
        "sure_wrong": [person(bad)],
        "sure_wrong_n": 1,
        "hands": {bad: 3},
        "gain_pts": bad,
        "gain_norm": bad,
    }
    for bad in PAYLOADS
]


@pytest.mark.parametrize("type_", sorted(PANELS))
def test_hostile_words_stay_inside_their_lines(type_: str) -> None:
    """No control character, no line wider than the panel, no more lines than it has, whatever people wrote."""
    for hostile in HOSTILE:
        for width, height in ((53, 11), (80, 30), (24, 4)):
            drawn = question_lines(made(type_, **hostile, right=1), width, height)
            assert len(drawn) <= max(height, 4) + 2
            for one in drawn:
                assert one.cell_length <= width
                assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u200f\ufeff" for c in one.plain)


def test_what_a_step_says_stands_whole_above_a_question_that_is_still_open() -> None:
    """As far as there is room; the header has only its beginning."""
    words = "Every lock has one key, and the key is in the pocket of whoever may be hurt. " * 2
    view = RoomView(
        v=1, session="s", title="T", site="", trainer="", state="running", elapsed_ms=0, planned_ms=0, pace_s=0,
        saved=1, segment="a", step=2, steps=3, label=words, next_label="", notes="", open=[], last=None, rounds=[],
        says=[], people=[], joined=0, present=0, walkins=0, expected=0, live=0, away=0, no_phone=0, hands=[],
        notices=[], plan=[], unknown=0, step_text=words, step_do="say",
    )  # fmt: skip
    line = made("prompt", state="open")
    drawn = " ".join(x.plain.strip() for x in beside_step(view, line, WIDTH, 12))
    assert words.strip() in drawn and "What?" in drawn
    small = beside_step(view, line, WIDTH, 7)
    assert len(small) <= 7 and "What?" in "".join(x.plain for x in small)
    assert beside_step(replace(view, step_activity="x"), line, WIDTH, 12) == question_lines(line, WIDTH, 12)


def test_somebody_without_a_name_is_said_in_words() -> None:
    """Neither a gap in the line of hands nor a sentence that begins with a blank."""
    assert nudge_words(Nudge("hand", 2, [""], ["p1"])) == "somebody without a name has had a hand up for 2 minutes."
    assert "questions: E7, somebody without a name" in nudge_words(Nudge("silent", 2, ["E7", ""], ["p1", "p2"]))


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "1 kB"), (1_500, "1 kB"), (999_999, "999 kB"), (1_000_000, "1.0 MB"), (9_990_000, "10.0 MB"),
        (12_345_678, "12 MB"), (2_500_000_000, "2.5 GB"),
    ],
)  # fmt: skip
def test_bytes_are_said_in_one_way_and_never_as_nothing(n: int, words: str) -> None:
    assert size_of(n) == words
