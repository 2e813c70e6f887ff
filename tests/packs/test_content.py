"""The packs that ship: complete in both languages, without a warning, and built the way they teach."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.core.activities import RUNS
from fieldkit.packs.check import check_pack
from fieldkit.packs.compile import Compiled, compile_pack
from fieldkit.packs.find import BLANK, list_packs, shipped_dir
from fieldkit.packs.markdown import to_html, to_plain
from tests.packs.kit import ROOT

IDS = ["loto-basics", "toolbox-blank", "toolbox-heat-stress"]


@pytest.fixture(scope="module")
def packs() -> dict[str, Compiled]:
    return {id: compile_pack(ROOT / "content_packs" / id) for id in IDS}


def test_these_packs_ship_and_no_others() -> None:
    assert shipped_dir() == ROOT / "content_packs" and BLANK in IDS
    assert [(p.id, p.origin, p.langs, p.problem) for p in list_packs()] == [
        (i, "shipped", ["en", "es"], "") for i in IDS
    ]


@pytest.mark.parametrize("id", IDS)
def test_a_shipped_pack_has_no_error_and_no_warning(id: str) -> None:
    assert check_pack(ROOT / "content_packs" / id) == []


@pytest.mark.parametrize("id", IDS)
def test_every_text_is_there_in_english_and_spanish(packs: dict[str, Compiled], id: str) -> None:
    import msgspec

    plan = packs[id].plan
    assert plan.langs == ["en", "es"]
    stack: list[object] = [msgspec.to_builtins(plan)]
    seen = 0
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for name in ("text", "title", "notes", "worker", "explain", "right", "wrong", "summary"):
                text = value.get(name)
                if isinstance(text, list) and all(isinstance(t, str) or t is None for t in text):
                    assert len(text) == 2 and all(text), (name, text)
                    seen += 1
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    assert seen > 8


@pytest.mark.parametrize("id", IDS)
def test_every_pack_walks_the_arc_and_ends_with_a_signature(packs: dict[str, Compiled], id: str) -> None:
    plan = packs[id].plan
    phases = [s.phase for s in plan.segments]
    assert list(dict.fromkeys(phases)) == ["activation", "content", "application", "synthesis"]
    assert any(step.do == "attendance" for step in plan.segments[0].steps)
    last = plan.activity(plan.completion.require[-1])
    assert last is not None and last.type == "acknowledge" and plan.completion.attendance_min is not None
    assert all(s.notes for s in plan.segments) and {a.type for a in plan.activities} <= RUNS
    assert all(a.mode in ("named", "confidential") for a in plan.activities)


def test_loto_basics_uses_every_type_that_runs_and_asks_about_every_objective(packs: dict[str, Compiled]) -> None:
    plan = packs["loto-basics"].plan
    assert plan.minutes == 45 and {a.type for a in plan.activities} == RUNS - {"attendance"}
    opened = {step.activity for s in plan.segments for step in s.steps}
    graded = [a for a in plan.activities if a.graded and a.id in opened]
    assert {a.objective for a in graded} == {"o1", "o2", "o3"} and len(graded) == 5
    assert all(a.explain and a.feedback for a in graded)
    assert plan.completion.score_min == 80 and plan.valid_months == 12 and plan.course == "LOTO-B"
    prompt = next(a for a in plan.activities if a.type == "prompt")
    assert prompt.upvote and "re-vote" in plan.say(plan.segments[1].notes, "en")
    assert next(a for a in plan.activities if a.pre).pre == "confidence-pre"


def test_right_answers_of_loto_basics_do_not_hide_in_one_place(packs: dict[str, Compiled]) -> None:
    """Somebody who always taps the same letter does not pass."""
    graded = [a for a in packs["loto-basics"].plan.activities if a.graded]
    positions = [[o.id for o in a.options].index(a.answer[0]) for a in graded]
    assert max(positions.count(n) for n in set(positions)) <= 2


def test_the_heat_talk_is_one_poll_one_choice_one_discussion_and_a_signature(packs: dict[str, Compiled]) -> None:
    plan = packs["toolbox-heat-stress"].plan
    assert plan.minutes == 15
    assert sorted(a.type for a in plan.activities) == ["acknowledge", "choice", "poll", "prompt"]


def test_the_blank_talk_leaves_room_for_questions_on_the_spot(packs: dict[str, Compiled]) -> None:
    plan = packs["toolbox-blank"].plan
    assert [a.type for a in plan.activities] == ["acknowledge"]
    assert any(s.phase == "application" and not any(step.activity for step in s.steps) for s in plan.segments)


@pytest.mark.parametrize("id", IDS)
def test_notes_and_slides_render(packs: dict[str, Compiled], id: str) -> None:
    for segment in packs[id].plan.segments:
        for text in [segment.notes, *(s.text for s in segment.slides)]:
            for one in text or []:
                assert one and "<" in to_html(one) and "**" not in to_plain(one)


def test_the_folder_of_packs_holds_packs_only() -> None:
    assert sorted(p.name for p in Path(ROOT / "content_packs").iterdir()) == IDS
