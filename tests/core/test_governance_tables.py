"""Figures as rows: what each column says, what is left out, and the order, which is never that of a figure."""

from __future__ import annotations

import pytest

from fieldkit.core.figures import total
from fieldkit.core.tables.governance import ALL, TABLES, Part, made
from tests.core.figured import CLASS, Meeting, by_hand, measured


def rows(what: str, parts: list[Part]) -> list[dict[str, str]]:
    table = made(what, parts, {("measured", "1.0.0"): measured()})
    assert all(len(row) == len(table.columns) == len(table.kinds) for row in table.rows)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def part(n: int = 4, of: Meeting = CLASS) -> Part:
    figures = total([by_hand(of)] * n)
    return Part(ALL, "", "measured", "1.0.0", "2026-Q3", "2026-Q4", 7, n, figures)


def test_delivery_says_shares_with_both_numbers() -> None:
    (row,) = rows("delivery", [part()])
    want = {
        "site": "*", "trainers": "7", "sessions": "4", "people": "24", "present": "20", "activities_planned": "44",
        "activities_skipped": "8", "skipped_pct": "18.18", "segments": "16", "timed": "4", "planned_min": "50",
        "real_min": "62", "off_min": "12", "within": "0", "within_pct": "0", "sessions_all": "4",
    }  # fmt: skip
    assert {k: row[k] for k in want} == want
    warm, learn, rest, nil, drill = rows("segments", [part()])
    assert (warm["title"], warm["off_min"], warm["within_pct"]) == ("Warm", "2", "100")
    assert (learn["within"], drill["within"], drill["off_min"]) == ("4", "0", "15")
    assert [(x["run"], x["skipped"], x["real_min"]) for x in (rest, nil)] == [("0", "4", "")] * 2
    found = {x["activity"]: x for x in rows("activities", [part()])}
    assert (found["q1"]["asked"], found["q1"]["answered"], found["q1"]["participation_pct"]) == ("20", "20", "100")
    assert (found["never"]["planned"], found["never"]["skipped"], found["never"]["participation_pct"]) == ("4", "4", "")


def test_questions_say_how_hard_they_are_and_what_they_tell_apart() -> None:
    found = {x["item"]: x for x in rows("items", [part()])}
    assert list(found) == ["pre", "q1", "q2", "quiz/x", "quiz/y", "again", "post"]
    one = found["q1"]
    assert (one["n"], one["right"], one["right_pct"], one["discrimination"], one["graded"]) == (
        "20",
        "12",
        "60",
        "1",
        "yes",
    )
    assert (one["sure_wrong"], one["sure_wrong_pct"], one["wrong_sure_pct"]) == ("8", "40", "100")
    assert (found["q2"]["discrimination"], found["q2"]["note"]) == ("", "alike")
    (gain,) = rows("gain", [part()])
    assert [gain[k] for k in ("before", "after", "n", "before_pct", "after_pct", "gain_pct", "gain_norm")] == [
        *("pre", "post", "20", "0", "60", "60", "0.6")
    ]
    (again,) = rows("rounds", [part()])
    assert (again["n"], again["became_right"], again["became_right_pct"]) == ("20", "12", "60")
    spread = [(x["round"], x["option"], x["correct"], x["count"], x["share_pct"])
              for x in rows("spread", [part()]) if x["item"] == "q1"]  # fmt: skip
    assert spread == [("1", "a", "no", "8", "40"), ("1", "b", "yes", "12", "60"), ("1", "c", "no", "0", "0")]


def test_two_evaluators_agree_item_by_item_and_over_all() -> None:
    found = {(x["checklist"], x["item"]): x for x in rows("agreement", [part()])}
    assert found["kit", "lock"]["kappa"] == "1" and found["kit", "lock"]["same_pct"] == "100"
    tag = found["kit", "tag"]
    assert (tag["n"], tag["yes_no"], tag["kappa"]) == ("12", "4", "0")
    assert found["kit", "*"]["n"] == found["*", "*"]["n"] == "32"


def test_few_answers_are_left_out_and_said() -> None:
    """Three who answered are three people, whoever they are."""
    few = part(1, Meeting(people=CLASS.people[:3], secret=(1, 2, 3)))
    for what in ("items", "gain", "rounds", "agreement"):
        assert {row["note"] for row in rows(what, [few])} == {"few"}
        found = [row for row in rows(what, [few]) if int(row["n"]) < 5]
        assert found and not any(v for row in found for k, v in row.items() if k.endswith(("_pct", "right", "yes_yes")))
    spread = {x["item"]: x for x in rows("spread", [few])}
    assert (spread["q1"]["option"], spread["q1"]["count"], spread["q1"]["note"]) == ("", "", "few")
    assert spread["secret"]["note"] == ""


def test_tables_are_in_the_order_of_places_and_never_of_a_figure() -> None:
    parts = [Part(site, "", pack, "1.0.0", "", "", 5, n, total([by_hand(CLASS)] * n))
             for n, (site, pack) in enumerate([("z", "b"), ("a", "c"), (ALL, "a"), ("a", "b")], 1)]  # fmt: skip
    for what in TABLES:
        keys = [row[:4] for row in made(what, parts).rows]
        assert [(x[0] != ALL, x) for x in keys] == sorted((x[0] != ALL, x) for x in keys)


def test_hostile_words_of_a_plan_stay_words() -> None:
    odd = measured(title=["=x"])
    plan = {("measured", "1.0.0"): odd}
    for what in TABLES:
        assert made(what, [part()], plan).rows
        assert made(what, [part()], {}).rows  # without a plan: ids alone
        assert made(what, [], plan).rows == []
    with pytest.raises(KeyError):
        made("rankings", [])
