"""Who counts the pages again shares no line with the program: the standard library and its own files, nothing else."""

from __future__ import annotations

import sys

from tests.house.tree import imports_of, name_of, python_files

OWN = "tests.recount"


def test_the_recount_imports_the_standard_library_alone() -> None:
    files = [path for path in python_files("tests") if name_of(path).startswith("tests/recount/")]
    assert len(files) > 10
    wrong = [
        f"{name_of(path)}:{line}: {name}"
        for path in files
        for name, line in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names and name != OWN and not name.startswith(OWN + ".")
    ]
    assert not wrong, "\n".join(wrong)
    assert not [path for path in files if "fieldkit" in path.read_text("utf-8").replace(*ALLOWED)]


ALLOWED = ("fieldkit-", "")
"""The names of notes in the documents; any other mention would be a way in."""
