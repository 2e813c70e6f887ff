"""The way in for text is one: only safe.py makes Content and owns widgets that show it; mypy does the rest."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

import fieldkit.tui

HOME = Path(fieldkit.tui.__file__).parent
FILES = sorted(p for p in HOME.rglob("*.py") if p.name != "safe.py")
ONLY_IN_SAFE = ("rich", "textual.content", "textual.markup", "textual.visual", "textual.widgets")
"""Modules that turn strings into something shown."""
CALLS = {"notify", "update", "from_markup", "from_text", "from_rich_text", "set_options", "add_option", "add_options",
         "add_row", "write", "panic", "Content", "Text", "Option", "Static", "Label", "Button", "Markdown",
         "copy_to_clipboard"}  # fmt: skip
BELOW = {("terminal.py", "write"), ("output.py", "write")}
"""The driver's own bytes pass here on their way out, below every widget."""
ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "sub_title"}
"""Attributes that Textual reads as markup."""
STYLED = {"plain": 1, "fit": 2, "wrap": 3}
"""Functions of safe.py and the place of their style, which is ours: a style can carry an action."""


NAMES = [p.relative_to(HOME).as_posix() for p in FILES]


@functools.cache
def tree_of(name: str) -> ast.Module:
    return ast.parse((HOME / name).read_text("utf-8"))


def called(node: ast.Call) -> str:
    f = node.func
    return f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""


@pytest.mark.parametrize("name", NAMES)
def test_text_enters_widgets_through_safe_only(name: str) -> None:
    """No widget or markup library outside safe.py, no call that shows a bare string, no markup attribute."""
    wrong = []
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            wrong += [f"{m} is imported" for m in modules if m.startswith(ONLY_IN_SAFE)]
        if isinstance(node, ast.Call) and called(node) in CALLS and (name, called(node)) not in BELOW:
            wrong.append(f"{called(node)}() is called in line {node.lineno}")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            wrong += [f".{t.attr} is set" for t in targets if isinstance(t, ast.Attribute) and t.attr in ATTRIBUTES]
    assert not wrong, f"{name}: {wrong}"


@pytest.mark.parametrize("name", NAMES)
def test_styles_are_never_foreign(name: str) -> None:
    """A style is a literal, a choice of literals or one of our tables, never a field of a view or a call."""
    wrong = []
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Call) and called(node) in STYLED:
            place = STYLED[called(node)]
            styles = node.args[place : place + 1] + [k.value for k in node.keywords if k.arg == "style"]
            for style in styles:
                for part in ast.walk(style):
                    if isinstance(part, ast.Call) and called(part) != "get":
                        wrong.append(f"line {node.lineno}: {ast.unparse(style)}")
                    if isinstance(part, ast.Attribute) and isinstance(style, ast.Attribute):
                        wrong.append(f"line {node.lineno}: {ast.unparse(style)}")
    assert not wrong, f"{name}: {wrong}"


def test_only_the_bridge_listens_to_the_desk() -> None:
    """One listener: nobody else in the terminal subscribes or submits to the desk."""
    for name, tree in ((name, tree_of(name)) for name in NAMES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "subscribe":
                assert name == "bridge.py"
            if isinstance(node, ast.Call) and called(node) == "submit":
                assert name == "bridge.py" or ast.unparse(node.func) == "self.bridge.submit", name
