"""Every field with a value of the wrong sort: a problem with place, line and what to write instead, all in one run."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.packs.check import check_files
from fieldkit.packs.check_design import check_design
from fieldkit.packs.check_fields import convert_all
from fieldkit.packs.check_rules import check_rules
from fieldkit.packs.check_texts import check_texts
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack
from fieldkit.packs.yaml_safe import Doc, load
from tests.packs.kit import REFRESHER, errors, files, pack, problems

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**12, "", " ", "x", "x" * 9000, [], {}, [None], [[]], {"a": None}, {"": ""},
    "\u202eabc", "a\x00b", "../../etc", ["a"] * 300, {"A B": 1}, "no", {"type": []}, {"type": "poll"},
]  # fmt: skip


EXAMPLE = load((REFRESHER / "pack.yaml").read_bytes()).value
"""It uses every part of the format."""


def everything() -> dict[str, Any]:
    """The example pack as data of one's own."""
    made = copy.deepcopy(EXAMPLE)
    assert isinstance(made, dict)
    return made


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += places(one, (*at, key))
    return found


ALL = places(everything())


def test_a_good_pack_has_no_problem() -> None:
    assert problems(pack()) == []


def broken_at(at: tuple[Any, ...], value: Any) -> dict[str, Any]:
    broken = everything()
    inner: Any = broken
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = value
    return broken


@pytest.mark.parametrize(("n", "value"), list(enumerate(HOSTILE)), ids=lambda value: ascii(value)[:30])
def test_a_hostile_value_in_any_place_is_a_problem_and_never_a_traceback(n: int, value: Any) -> None:
    """Every fifth place of the example, another fifth for the next value, through all checks that look at data."""
    for at in ALL[n % 5 :: 5]:
        doc = Doc(broken_at(at, copy.deepcopy(value)), {})
        made, found = convert_all(doc, Pack, "pack.yaml")
        out = Loaded(files=files(b""), pack=made, doc=doc, problems=found)
        check_rules(out)
        check_design(out)
        check_texts(out)
        for p in out.problems:
            assert p.sentence and p.level in ("error", "warning")
            assert p.where.isprintable() and p.sentence.isprintable() and len(p.sentence) < 300


@settings(max_examples=40)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
                    max_leaves=12))  # fmt: skip
def test_any_data_at_all_is_judged(value: Any) -> None:
    raw = json.dumps(value).encode()
    assert check_files(files(raw)).problems


@pytest.mark.parametrize(
    ("change", "place", "instead"),
    [
        ({"titel": "x"}, "titel", "title"),
        ({"duration": "8"}, "duration", "a whole number, without quotes"),
        ({"version": 1.0}, "version", '"1.0"'),
        ({"version": "1.0"}, "version", "three numbers with dots, such as 1.0.0"),
        ({"id": "Small"}, "id", "2 to 64 of a-z 0-9 -"),
        ({"id": "small\n"}, "id", "2 to 64 of a-z 0-9 -"),
        ({"language": "english"}, "language", "a language code such as en or pt-BR"),
        ({"title": ""}, "title", "at least 1 characters"),
        ({"title": 5}, "title", '"5"'),
        ({"title": True}, "title", '"true"'),
        ({"tags": "safety"}, "tags", "[one, two] or lines with a dash"),
        ({"audience": {"size": [4]}}, "audience.size", "at least 2 entries"),
        ({"audience": []}, "audience", "fields such as roles, size, level"),
        ({"completion": {"score_min": 101}}, "completion.score_min", "from 0 to 100"),
        ({"activities": {"a": {"type": "pol", "text": "?"}}}, "activities.a.type", "poll"),
        ({"activities": {"a": {"text": "?"}}}, "activities.a", ""),
        ({"activities": {"A": {"type": "text", "text": "?"}}}, "activities.A", "1 to 32 of a-z 0-9 -, a letter first"),
        ({"segments": []}, "segments", "at least 1 entries"),
        ({"fieldkit": 2}, "fieldkit", "Update fieldkit."),
    ],
)  # fmt: skip
def test_a_wrong_field_says_where_and_what_to_write(change: dict[str, Any], place: str, instead: str) -> None:
    found = [p for p in problems(pack(**change)) if p.level == "error" and p.place == place]
    assert found and instead in found[0].instead and found[0].line == 1


def test_a_wrong_phase_is_named_by_its_place_as_the_specification_does() -> None:
    broken = pack()
    broken["segments"][1]["fase"] = broken["segments"][1].pop("phase")
    found = {p.place: p for p in problems(broken)}
    assert found["segments[1].fase"].instead == "phase"
    assert "`phase` is missing" in found["segments[1]"].sentence


def test_a_field_of_another_type_says_which_types_have_it() -> None:
    broken = pack()
    broken["activities"]["say"]["graded"] = True
    (problem,) = problems(broken)
    assert problem.place == "activities.say.graded" and "choice, truefalse" in problem.instead


def test_all_problems_come_in_one_run() -> None:
    """Field problems do not hide what is wrong elsewhere, and one mistake is not told twice."""
    broken = pack(duration=9, colour="red")
    broken["activities"]["which"]["answer"] = ["c"]
    broken["segments"][0]["steps"][0]["activity"] = "nothing"
    assert sorted(place for place, _ in errors(broken)) == [
        "activities.which.answer", "colour", "duration", "segments[0].steps[0].activity",
    ]  # fmt: skip
    broken = pack()
    broken["activities"]["which"]["answer"] = 5
    assert [place for place, _ in errors(broken)] == ["activities.which.answer"]


def test_lines_are_those_of_the_file() -> None:
    text = (REFRESHER / "pack.yaml").read_text("utf-8").replace("phase: synthesis", "phase: sythesis")
    line = text[: text.index("sythesis")].count("\n") + 1
    found = [p for p in check_files(files(text.encode())).problems if p.place == "segments[4].phase"]
    assert [(p.line, p.instead) for p in found] == [(line, "synthesis")]
