"""A file is read in one sitting: 60–250 lines, above 400 with a reason, never above 600."""

from __future__ import annotations

from tests.house.tree import every_file, name_of

EXPLAINED: dict[str, str] = {
    "fieldkit/core/intents.py": "the closed union of every wish: one list, read beside that of every fact",
    "fieldkit/core/records.py": "the closed union of every fact: one list, read as one table",
}
"""Files above 400 lines, each with the reason why cutting it would hurt."""

SUFFIXES = (".py", ".js", ".css", ".html", ".tcss", ".sh")


def _lines() -> dict[str, int]:
    return {
        name_of(path): path.read_text("utf-8").count("\n")
        for path in every_file()
        if path.suffix in SUFFIXES and name_of(path).split("/")[0] in ("fieldkit", "tests", "bench", "tools")
    }


def test_no_file_is_above_600_lines_and_none_above_400_without_a_reason() -> None:
    """The least loved file of every project is its one giant."""
    sizes = _lines()
    assert {name: n for name, n in sizes.items() if n > 600} == {}
    assert {name: n for name, n in sizes.items() if n > 400 and name not in EXPLAINED} == {}


def test_every_explained_file_still_needs_its_reason() -> None:
    """An exception that is no longer needed goes."""
    sizes = _lines()
    assert [name for name in EXPLAINED if sizes.get(name, 0) <= 400] == []
