"""program.yaml: what it may say, and each mistake by its place with what to write instead."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core.program import Cohort, MakeUp, Need, PackAtLeast, say, version_key
from fieldkit.errors import NotPossible
from fieldkit.packs.find import list_packs
from fieldkit.packs.program import find_program, read_program
from tests.cli.kit import fieldkit
from tests.packs.kit import ROOT


def made(**changes: Any) -> dict[str, Any]:
    """A whole small program without a problem."""
    found: dict[str, Any] = {
        "fieldkit": 1,
        "id": "press4",
        "version": "1.0.0",
        "title": {"en": "Press 4", "es": "Prensa 4"},
        "task": "press4",
        "needs": [{"crew": ["B"]}],
        "parts": [
            {"id": "basics", "title": {"en": "Basics", "es": "Básico"}, "packs": [{"id": "loto-basics"}]},
            {"id": "observed", "title": {"en": "Observed", "es": "Observado"}, "after": ["basics"]},
        ],
        "validity": {"months": 12, "remind_days": [60, 14]},
    }
    return found | changes


def problems(*drop: str, **changes: Any) -> list[tuple[str, str, str]]:
    """(level, place, sentence) of what is wrong."""
    whole = {k: v for k, v in made(**changes).items() if k not in drop}
    return [(one.level, one.place, one.sentence) for one in read_program(json.dumps(whole).encode()).problems]


def test_a_whole_program_is_read() -> None:
    more = {"cohorts": [{"id": "2026-autumn", "start": "2026-09-07"}], "make_up": {"by": "session"}, "within_days": 90}
    found = read_program(json.dumps(made(**more)).encode())
    assert found.problems == () and found.program is not None
    one = found.program
    assert (one.due_days, one.make_up, one.within_days) == (60, MakeUp(by="session"), 90)
    assert one.cohorts == (Cohort(id="2026-autumn", start=date(2026, 9, 7)),)
    assert one.needs == (Need(crew=("B",)),)
    assert one.parts[0].packs == (PackAtLeast(id="loto-basics"),) and one.parts[1].after == ("basics",)
    assert (say(one.title, "es"), say(one.title, "pt"), say(one.title)) == ("Prensa 4", "Press 4", "Press 4")


def test_the_one_that_comes_along_is_whole_and_names_packs_that_come_along() -> None:
    found = read_program(find_program("press-operator").read_bytes())
    assert found.problems == () and found.program is not None
    shipped = {one.id: one.version for one in list_packs()}
    named = {pack.id: pack.version for part in found.program.parts for pack in part.packs}
    assert named and named.keys() <= shipped.keys()
    assert all(version_key(shipped[pack]) >= version_key(least) for pack, least in named.items())


def test_the_example_of_the_document_is_whole() -> None:
    block = (ROOT / "docs" / "programs.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    found = read_program(block.encode())
    assert found.problems == () and found.program is not None and found.program.id == "press-operator"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"titel": "x"}, ("error", "titel", "`titel` is not a field of a program.")),
        ({"title": {}}, ("error", "title", "It has no title.")),
        ({"title": "Press"}, ("error", "title", "Here stands text, not names with values.")),
        ({"title": {"en": "a\u202eb", "es": "x"}}, ("error", "title.en", "It holds a sign that nobody can see.")),
        ({"id": "Ann [/] Lee"}, ("error", "id", "`Ann [/] Lee` cannot be used here.")),
        ({"id": 5}, ("error", "id", "Here stands a whole number, not text.")),
        ({"version": "1"}, ("error", "version", "`1` cannot be used here.")),
        ({"fieldkit": 2}, ("error", "fieldkit", "This program is of format 2; here format 1 is known.")),
        ({"parts": []}, ("error", "parts", "It is empty.")),
        ({"needs": [{}]}, ("error", "needs[0]", "It says nobody.")),
        ({"needs": [{"crew": []}]}, ("error", "needs[0].crew", "It is empty.")),
        ({"validity": {"months": 0}}, ("error", "validity.months", "0 is out of range.")),
        ({"make_up": {"by": "magic"}}, ("error", "make_up.by", "`magic` is not one of the words for this.")),
        ({"cohorts": [{"id": "a", "start": "2026-02-30"}]}, ("error", "cohorts[0].start", "2026-02-30 is no day.")),
        ({"cohorts": [{"id": "a", "start": "soon"}]}, ("error", "cohorts[0].start", "`soon` cannot be used here.")),
        ({"needs": []}, ("warning", "needs", "Nobody is said to need it, so only who has begun is in its lists.")),
    ],
)
def test_each_mistake_is_named_with_its_place(changes: dict[str, Any], wrong: tuple[str, str, str]) -> None:
    assert wrong in problems(**changes)


def part(id: str, *after: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": {"en": id, "es": id}, "after": list(after)} | more


def test_parts_come_after_parts_and_never_in_a_circle() -> None:
    assert ("error", "parts[1].id", "`a` is there twice.") in problems(parts=[part("a"), part("a")])
    assert ("error", "parts[0].after[0]", "There is no part `b`.") in problems(parts=[part("a", "b")])
    circle = problems(parts=[part("a", "c"), part("b", "a"), part("c", "b"), part("d", "c")])
    assert [place for level, place, _ in circle if level == "error"] == [f"parts[{n}].after" for n in range(3)]
    once = problems(parts=[part("a"), part("b", "a", once=True)])
    assert [place for _, place, _ in once] == ["parts[1].once"]


def test_a_pack_for_two_parts_and_a_missing_language_are_warnings() -> None:
    packs = [{"id": "loto-basics"}]
    found = problems(parts=[part("a", packs=packs), part("b", packs=packs) | {"title": {"en": "B"}}])
    assert [(level, place) for level, place, _ in found] == [
        ("warning", "parts[1].packs[0]"),
        ("warning", "parts[1].title"),
    ]


HOSTILE = [b"", b"\xff", b"[", b"a: &x 1\nb: *x", b"!!python/object:os.system {}", b"[]", b"5", b"null", b"a: 1\na: 2"]


@pytest.mark.parametrize("raw", [*HOSTILE, b"x" * (256 * 1024 + 1), b"\x1b[2J: 1", b"[" * 5000])
def test_hostile_files_are_problems_and_never_exceptions(raw: bytes) -> None:
    found = read_program(raw)
    assert found.program is None and found.errors
    assert "\x1b" not in "".join(one.where + one.sentence for one in found.problems)


def test_pack_check_reads_a_program_too(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(json.dumps(made(titel="x")))
    done = fieldkit("pack", "check", str(path))
    assert done.code == 1
    assert "p.yaml" in done.text and "`titel` is not a field of a program." in done.text
    path.write_text(json.dumps(made()))
    assert (
        fieldkit("pack", "check", str(path)).code,
        fieldkit("pack", "check", str(path), "--json").document["ok"],
    ) == (
        0,
        True,
    )


def test_a_program_that_is_nowhere_is_said_with_those_that_come_along() -> None:
    with pytest.raises(NotPossible) as wrong:
        find_program("press\x00operator")
    assert "press-operator" in wrong.value.hint
