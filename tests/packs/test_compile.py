"""From pack to plan: every type and field of the format, the same bytes every time, nothing lost on the way."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.core.activities import KINDS, RUNS
from fieldkit.core.plan import Plan
from fieldkit.errors import BadBytes, NotPossible, WrongUsage
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.note import sign_note
from fieldkit.packs.archive import write_archive
from fieldkit.packs.check import check_pack
from fieldkit.packs.compile import Compiled, compile_files, compile_pack, require_runnable
from fieldkit.packs.kinds import AnyActivity
from fieldkit.packs.read import read_pack
from tests.packs.kit import REFRESHER, files, pack, png, write


@pytest.fixture(scope="module")
def refresher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example of the specification with its picture redrawn as PNG."""
    folder = tmp_path_factory.mktemp("packs") / "loto-refresher"
    shutil.copytree(REFRESHER, folder)
    (folder / "media" / "press4.svg").unlink()
    (folder / "media" / "press4.png").write_bytes(png())
    yaml = (folder / "pack.yaml").read_text("utf-8").replace("press4.svg", "press4.png")
    (folder / "pack.yaml").write_text(yaml, "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(refresher: Path) -> Compiled:
    return compile_pack(refresher)


def test_the_example_of_the_specification_has_warnings_only(refresher: Path) -> None:
    found = check_pack(refresher)
    assert found and {p.level for p in found} == {"warning"}


def test_the_example_as_it_is_fails_for_its_svg_alone() -> None:
    found = [(p.file, p.sentence) for p in check_pack(REFRESHER) if p.level == "error"]
    assert found == [("media/press4.svg", "There is no SVG in a pack: it can carry code.")]
    with pytest.raises(WrongUsage, match="no SVG"):
        compile_pack(REFRESHER)


def test_the_plan_is_canonical_and_its_hash_is_that_of_its_bytes(made: Compiled) -> None:
    assert made.plan_hash == hashlib.sha256(made.plan_bytes).hexdigest()
    assert canonical_plan(json.loads(made.plan_bytes)) == made.plan_bytes
    assert msgspec.json.decode(made.plan_bytes, type=Plan) == made.plan


def test_compiling_again_or_from_an_archive_gives_the_same_bytes(
    refresher: Path, made: Compiled, tmp_path: Path
) -> None:
    archive = tmp_path / "loto-refresher-2.1.0.fkpack"
    archive.write_bytes(write_archive(read_pack(refresher).files))
    again = compile_pack(archive)
    assert (again.plan_bytes, again.files_hash, again.blobs) == (made.plan_bytes, made.files_hash, made.blobs)


def test_the_whole_of_the_example_is_in_the_plan(made: Compiled) -> None:
    plan = made.plan
    assert (plan.v, plan.id, plan.version, plan.language, plan.langs, plan.minutes) == (
        1, "loto-refresher", "2.1.0", "en", ["en", "es"], 45,
    )  # fmt: skip
    assert plan.completion.require == ["skill-lockout", "exit-ack"]
    assert (plan.completion.attendance_min, plan.completion.score_min) == (90, 80)
    assert (plan.valid_months, plan.remind_days, plan.course) == (12, [60, 14], "LOTO-R")
    assert plan.codes == [["moodle", "LOTO-R-2026"], ["generic", "100482"]]
    assert plan.audience_size == [4, 24] and [o.id for o in plan.objectives] == ["o1", "o2", "o3"]
    assert [s.phase for s in plan.segments] == ["activation", "content", "content", "application", "synthesis"]
    assert plan.title == ["Lockout/Tagout refresher", "Repaso de bloqueo y etiquetado"]
    adapt = plan.segments[3].adapt
    assert adapt is not None and (adapt.activity, adapt.score, adapt.minutes) == ("order-steps", 70, 3)
    steps = plan.segments[0].steps
    assert [(s.at, s.do, s.activity, s.seconds, s.live) for s in steps] == [
        (0, "say", None, None, False), (60, "attendance", None, None, False),
        (120, "open", "poll-why", 60, False), (240, "open", "confidence-pre", None, False),
    ]  # fmt: skip
    assert {a.type for a in plan.activities} == {
        "poll", "scale", "hotspot", "truefalse", "order", "match", "number", "breakout", "checklist", "prompt", "quiz",
        "text", "acknowledge", "choice",
    }  # fmt: skip


def test_each_activity_of_the_example_keeps_its_own_fields(made: Compiled) -> None:
    by = {a.id: a for a in made.plan.activities}
    poll = by["poll-why"]
    assert poll.multiple and poll.seconds == 60 and poll.reveal == "after_close" and poll.answer == []
    assert [o.id for o in poll.options] == ["a", "b", "c", "d"] and poll.options[0].text == ["Nothing", "Nada"]
    tag = by["tf-tagout"]
    assert tag.answer == ["false"] and tag.graded and tag.objective == "o3" and tag.feedback is not None
    assert [(o.id, o.text) for o in tag.options] == [("true", ["True", "Verdadero"]), ("false", ["False", "Falso"])]
    spot = by["hotspot-press"]
    assert spot.image in made.blobs and spot.targets[0].at == ["0.78", "0.62", "0.06"] and spot.fallback is not None
    assert spot.answer == ["v1"] and spot.fallback.answer == ["right"]
    assert by["order-steps"].answer == ["notify", "shut", "isolate", "lock", "bleed", "try"]
    assert by["match-device"].answer == ["hasp=e", "cover=p"] and [o.id for o in by["match-device"].right] == ["e", "p"]
    number = by["count-sources"].number
    assert number is not None and number.exact == "4"
    assert (by["pairs"].group_size, by["pairs"].assign, by["pairs"].minutes) == (2, "auto", 13)
    check = by["skill-lockout"]
    assert [(i.id, i.critical) for i in check.items] == [
        ("card", False),
        ("lock", True),
        ("bleed", True),
        ("try", True),
    ]
    assert (check.items_min, check.by, check.per, check.sign) == (4, "facilitator", "person", "facilitator")
    talk = by["prompt-line"]
    assert (talk.mode, talk.max_chars, talk.upvote) == ("confidential", 280, True)
    quiz = by["quiz-exit"]
    assert quiz.shuffle and [(q.id, q.type, q.multiple, q.answer) for q in quiz.questions] == [
        ("q1", "choice", False, ["b"]), ("q2", "choice", True, ["a", "b"]), ("q3", "truefalse", False, ["true"]),
    ]  # fmt: skip
    assert (by["exit-ack"].sign, by["exit-ack"].meaning) == ("worker", "participation")


def test_slides_lose_their_notes_to_the_facilitator(made: Compiled) -> None:
    first, second = made.plan.segments[1].slides
    assert first.text[0] is not None and first.text[0].startswith("# Energy on press 4") and "Marp" not in first.text[0]
    assert first.notes is not None and "Marp" in (first.notes[0] or "") and second.notes is None


def test_a_language_that_lacks_a_text_falls_back(made: Compiled) -> None:
    segment = made.plan.segments[4]
    assert segment.title == ["Before you go back", None]
    assert made.plan.say(segment.title, "es") == "Before you go back"


def test_every_type_that_runs_can_be_written_in_a_pack() -> None:
    tags = {t.__struct_config__.tag for t in AnyActivity.__args__}
    assert (
        RUNS - {"attendance"} <= tags
        and {"poll", "choice", "truefalse", "scale", "prompt", "text", "acknowledge"} <= RUNS
    )
    assert set(KINDS) == RUNS


@pytest.mark.parametrize(
    ("answer", "want"),
    [
        ({"exact": 4}, ("4", None, None)), ({"exact": 4.50}, ("4.5", None, None)), ({"exact": -0.0}, ("0", None, None)),
        ({"exact": 0.1, "tolerance": 0.2}, (None, "-0.1", "0.3")),
        ({"min": 1e-7, "max": 1e14}, (None, "0.0000001", "100000000000000")),
        ({"min": 3}, (None, "3", None)),
    ],
)  # fmt: skip
def test_decimals_are_strings_with_one_spelling(answer: dict[str, float], want: tuple[str | None, ...]) -> None:
    made = pack()
    made["activities"]["which"] = {"type": "number", "text": "?", "answer": answer}
    number = compile_files(files(made)).plan.activities[0].number
    assert number is not None and (number.exact, number.min, number.max) == want


def test_fields_of_steps_become_fields_of_what_they_open() -> None:
    made = pack()
    made["segments"][1]["steps"] = [
        {"at": 0.5, "do": "open", "activity": "which", "reveal": "live", "time_limit": 40},
        {"at": 1, "do": "open", "activity": "which", "reveal": "never", "time_limit": 50},
    ]
    made["activities"]["which"] |= {
        "answer": "b",
        "pair": {"pre": "before"},
        "sure": True,
        "reading": 5,
        "explain": "So.",
    }
    made["activities"]["before"] = {"type": "choice", "text": "?", "options": {"a": "x", "b": "y"}, "timer": 30}
    plan = compile_files(files(made)).plan
    which, before = plan.activity("which"), plan.activity("before")
    assert which is not None and before is not None
    assert (which.reveal, which.seconds, which.answer, which.pre, which.sure, which.reading) == (
        "live",
        40,
        ["b"],
        "before",
        True,
        5,
    )
    assert before.seconds == 30 and before.reveal == "after_close" and which.explain == ["So."]
    assert [(s.at, s.live) for s in plan.segments[1].steps] == [(30, True), (60, False)]


def test_slides_of_another_language_stand_beside_the_file_or_in_a_folder() -> None:
    made = pack()
    made["segments"][0]["slides"] = ["slides/a.md", "slides/b.md"]
    extra = {
        "slides/a.md": b"# A", "slides/a.es.md": b"# A es\n\nNote: oiga", "slides/b.md": b"# B\n\n---\n\n# B2",
        "slides/es/b.md": b"# B es", "i18n/es.yaml": b"language: es\nstrings: {title: Chico}",
    }  # fmt: skip
    slides = compile_files(files(made, **extra)).plan.segments[0].slides
    assert [s.text for s in slides] == [["# A", "# A es"], ["# B", "# B es"], ["# B2", None]]
    assert slides[0].notes == ["", "oiga"]


def test_an_overlay_changes_the_plan_of_its_site_only() -> None:
    extra = {"overlay/l4.yaml": b"site: l4\nstrings: {en: {segments.activation.title: Muster at gate 3}}"}
    plain, site = compile_files(files(pack(), **extra)), compile_files(files(pack(), **extra), site="l4")
    assert plain.plan.segments[0].title == ["activation"] and site.plan.segments[0].title == ["Muster at gate 3"]
    assert plain.files_hash == site.files_hash and plain.plan_hash != site.plan_hash
    assert compile_files(files(pack(), **extra), site="../l5").plan_hash == plain.plan_hash


def test_a_broken_pack_is_refused_with_its_first_error_and_how_many(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack(duration=9, colour="red"))
    with pytest.raises(WrongUsage) as caught:
        compile_pack(folder)
    assert "pack.yaml:1" in caught.value.sentence and "1 more" in caught.value.sentence
    assert "fieldkit pack check" in caught.value.hint


def test_a_kept_plan_is_used_without_parsing_and_never_trusted_when_damaged(
    refresher: Path, made: Compiled, tmp_path: Path
) -> None:
    kept = tmp_path / "plans"
    assert compile_pack(refresher, cache=kept) == made
    (file,) = kept.iterdir()
    assert file.name.startswith(made.files_hash) and compile_pack(refresher, cache=kept) == made
    for damage in (b"", b"{}", file.read_bytes()[:-1], file.read_bytes() + b" ", b"\xff"):
        file.write_bytes(damage)
        assert compile_pack(refresher, cache=kept) == made


def test_a_plan_too_large_for_a_log_is_refused() -> None:
    made = pack()
    made["segments"][0] |= {"slides": [f"slides/{n}.md" for n in range(200)]}
    extra = {f"slides/{n}.md": b"word " * 1500 for n in range(200)}
    with pytest.raises(WrongUsage, match="cannot be carried"):
        compile_files(files(made, **extra))


def note(folder: Path, signer: Signer, **lines: str) -> str:
    said = {"id": "small", "version": "1.0.0", "files": read_pack(folder).hash} | lines
    text = "fieldkit-pack/1\n" + "".join(f"{k} {v}\n" for k, v in said.items())
    (folder / "pack.note").write_bytes(sign_note(text, signer))
    return str(signer.vkey)


def test_a_pack_is_signed_when_a_known_publisher_signed_exactly_these_files(tmp_path: Path) -> None:
    folder = write(tmp_path / "small", pack())
    signer = Signer("ld.acme.example/pub/4h7m", bytes(32))
    key = note(folder, signer)
    other = str(Signer("ld.acme.example/pub/4h7n", b"\1" * 32).vkey)
    assert compile_pack(folder, publishers=[key]).signed
    assert not compile_pack(folder).signed and not compile_pack(folder, publishers=[other]).signed
    for change in ({"files": "0" * 64}, {"id": "other"}, {"version": "9.9.9"}):
        note(folder, signer, **change)
        assert not compile_pack(folder, publishers=[key]).signed, change
    note(folder, signer)
    (folder / "guide.md").write_text("changed since")
    assert not compile_pack(folder, publishers=[key]).signed
    (folder / "pack.note").write_bytes(b"\xff")
    assert not compile_pack(folder, publishers=[key]).signed


def test_a_hostile_archive_reaches_the_caller_as_bad_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.fkpack"
    path.write_bytes(b"PK\3\4 not really")
    with pytest.raises(BadBytes):
        compile_pack(path)
    (problem,) = check_pack(path)
    assert problem.level == "error" and problem.file == "x.fkpack"


def test_ids_are_values_and_never_keys(made: Compiled) -> None:
    """A plan's keys are the plan's own field names, whatever an author calls an option."""
    known: set[str] = set()
    from fieldkit.core import plan as module

    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            known |= set(one.__struct_encode_fields__)
    stack: list[Any] = [json.loads(made.plan_bytes)]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            assert set(value) <= known
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def test_a_host_refuses_what_does_not_run_yet_with_one_sentence(made: Compiled) -> None:
    require_runnable(made.plan)
    later = [msgspec.structs.replace(a, type="hologram") if a.id == "pairs" else a for a in made.plan.activities]
    with pytest.raises(NotPossible, match=r"type hologram yet, and the pack loto-refresher has one \(pairs\)"):
        require_runnable(msgspec.structs.replace(made.plan, activities=later))
