"""The packs that ship: complete in both languages, without a warning, and built the way they teach."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.core.activities import RUNS, kind_of
from fieldkit.core.plan import MODES, Activity
from fieldkit.packs.check import check_pack
from fieldkit.packs.check_media import HOTSPOT_MAX
from fieldkit.packs.compile import Compiled, compile_pack, media_of
from fieldkit.packs.find import BLANK, list_packs, shipped_dir
from fieldkit.packs.markdown import to_html, to_plain
from fieldkit.packs.media import picture
from fieldkit.packs.read import read_pack
from tests.packs.kit import ROOT

IDS = ["forklift-preuse", "hygiene-handwash", "loto-basics", "loto-refresher", "toolbox-blank", "toolbox-heat-stress"]
TAUGHT = [id for id in IDS if not id.startswith("toolbox")]


@pytest.fixture(scope="module")
def packs() -> dict[str, Compiled]:
    return {id: compile_pack(ROOT / "content_packs" / id) for id in IDS}


@pytest.fixture(scope="module")
def activities(packs: dict[str, Compiled]) -> list[Activity]:
    """Everything that a step of a shipped pack opens."""
    found = []
    for made in packs.values():
        opened = {step.activity for s in made.plan.segments for step in s.steps}
        found += [a for a in made.plan.activities if a.id in opened]
    return found


def test_these_packs_ship_and_no_others() -> None:
    assert shipped_dir() == ROOT / "content_packs" and BLANK in IDS
    assert [(p.id, p.origin, p.langs, p.problem) for p in list_packs()] == [
        (i, "shipped", ["en", "es"], "") for i in IDS
    ]


@pytest.mark.parametrize("id", IDS)
def test_a_shipped_pack_has_no_error_and_no_warning(id: str) -> None:
    assert check_pack(ROOT / "content_packs" / id) == []


@pytest.mark.parametrize("id", IDS)
def test_a_shipped_pack_compiles_to_the_same_bytes_from_its_folder_and_its_archive(
    packs: dict[str, Compiled], id: str, tmp_path: Path
) -> None:
    from fieldkit.packs.archive import write_archive

    archive = tmp_path / "x.fkpack"
    archive.write_bytes(write_archive(read_pack(ROOT / "content_packs" / id).files))
    again, first = compile_pack(archive), packs[id]
    assert (again.plan_bytes, again.files_hash, again.blobs) == (first.plan_bytes, first.files_hash, first.blobs)


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
            for name in ("text", "title", "notes", "worker", "explain", "right", "wrong", "summary", "alt"):
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


@pytest.mark.parametrize("id", TAUGHT)
def test_the_notes_say_what_to_listen_for_and_when_to_vote_again(packs: dict[str, Compiled], id: str) -> None:
    """Peer instruction with its usual bands, in both languages."""
    notes = [n for s in packs[id].plan.segments for n in s.notes or []]
    for words in ("Listen for", "3 and 7 in 10", "Re-vote", "Ponga atención a", "3 y 7 de cada 10"):
        assert any(words.lower() in (n or "").lower() for n in notes), words


def test_the_packs_show_every_type_mode_and_field_that_an_author_may_copy(activities: list[Activity]) -> None:
    assert {a.type for a in activities} == RUNS - {"attendance"}
    assert {a.mode for a in activities} == set(MODES)
    assert {a.mode for a in activities if a.type == "prompt"} == set(MODES)
    assert {(a.type, a.mode) for a in activities} >= {("poll", "anonymous"), ("text", "confidential")}
    assert {a.assign for a in activities if a.type == "breakout"} == {"auto", "self", "list"}
    assert {a.per for a in activities if a.type == "checklist"} == {"person", "group"}
    assert {bool(a.answer) for a in activities if a.type == "hotspot"} == {True, False}
    assert max(len(a.answer) for a in activities if a.type == "hotspot") == 2
    assert any(a.number and a.number.exact for a in activities) and any(a.number and a.number.min for a in activities)
    assert any(a.type == "quiz" and a.seconds for a in activities)
    for field in ("sure", "reading", "pre", "upvote", "multiple", "shuffle", "explain", "feedback", "max_words"):
        assert any(getattr(a, field) for a in activities), field
    assert {a.reveal for a in activities} == {"live", "after_close", "never"}


@pytest.mark.parametrize("id", TAUGHT)
def test_every_objective_is_asked_about_and_what_is_graded_says_why(packs: dict[str, Compiled], id: str) -> None:
    plan = packs[id].plan
    opened = {step.activity for s in plan.segments for step in s.steps}
    graded = [a for a in plan.activities if a.graded and a.id in opened]
    assert {a.objective for a in plan.activities if a.id in opened} >= {"o1", "o2", "o3"} and len(graded) >= 5
    for a in graded:
        assert a.type == "quiz" or (a.explain and a.feedback), a.id
        assert kind_of(a.type).keyed(a)
    assert all(q.feedback for a in graded for q in a.questions)
    assert plan.completion.score_min is not None and plan.valid_months == 12 and plan.course


def test_right_answers_of_loto_basics_do_not_hide_in_one_place(packs: dict[str, Compiled]) -> None:
    """Somebody who always taps the same letter does not pass."""
    graded = [a for a in packs["loto-basics"].plan.activities if a.graded]
    positions = [[o.id for o in a.options].index(a.answer[0]) for a in graded]
    assert max(positions.count(n) for n in set(positions)) <= 2


@pytest.mark.parametrize("id", IDS)
def test_pictures_are_small_named_by_their_hash_and_their_targets_lie_inside(
    packs: dict[str, Compiled], id: str
) -> None:
    made = packs[id]
    assert set(made.blobs) == media_of(made.plan)
    for raw in made.blobs.values():
        assert len(raw) <= HOTSPOT_MAX and min(picture(raw, "png")) >= 400
    for a in made.plan.activities:
        assert all(0 <= float(x) <= 1 for t in a.targets for x in t.at)
        assert (a.image is None) == (a.alt is None)


def test_the_picture_of_the_refresher_has_the_red_handle_where_its_target_is(packs: dict[str, Compiled]) -> None:
    """A tap on the valve as the drawing shows it is right; the two switches on the left are wrong."""
    a = packs["loto-refresher"].plan.activity("hotspot-press")
    assert a is not None
    kind = kind_of("hotspot")
    for spot, right in (("0.78,0.62", True), ("0.78,0.535", True), ("0.186,0.42", False), ("0.164,0.82", False)):
        assert kind.right(a, [spot]) is right, spot
    assert kind.right(a, ["right"]) and not kind.right(a, ["left"])


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
