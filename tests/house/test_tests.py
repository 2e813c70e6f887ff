"""Tests say what they hold: a docstring, or a name that is a sentence; and nothing is faked by patching."""

from __future__ import annotations

import ast

from tests.house.tree import imports_of, name_of, python_files, tree_of


def test_every_test_says_what_it_holds() -> None:
    """A test has a docstring or a name of at least four words (`test_<sentence>`)."""
    silent = []
    for path in python_files("tests"):
        if not path.name.startswith("test_"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                words = node.name.removeprefix("test_").split("_")
                if not ast.get_docstring(node) and len(words) < 4:
                    silent.append(f"{name_of(path)}: {node.name}")
    assert not silent, "\n".join(silent)


def test_nothing_is_patched() -> None:
    """The simulator kit stands in for the world; `mock.patch` would test our idea of our own code."""
    wrong = []
    for path in python_files("tests"):
        wrong += [f"{name_of(path)}:{line}" for name, line in imports_of(path) if name.startswith("unittest.mock")]
        wrong += [
            f"{name_of(path)}:{node.lineno}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Attribute) and node.attr == "patch" and ast.unparse(node.value).endswith("mock")
        ]
    assert not wrong, "\n".join(wrong)


def test_every_public_module_says_what_it_is_for() -> None:
    """Each module of the package begins with a docstring; an empty `__init__` has nothing to say."""
    mute = [name_of(path) for path in python_files() if path.stat().st_size and not ast.get_docstring(tree_of(path))]
    assert not mute, "\n".join(mute)
