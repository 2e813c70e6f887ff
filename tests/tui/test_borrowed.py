"""What the terminal takes from Textual beyond what Textual promises: each of it is named here, and is there."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.screen import Screen

import fieldkit.tui

HOME = Path(fieldkit.tui.__file__).parent
OF_APP = ("_exception", "_fatal_error", "_close_messages_no_wait", "_nodes", "_bindings", "_running", "_display")
OF_APP_CHANGED = ("_handle_exception", "_dispatch_action")
"""What ours does differently: nobody would call ours if Textual called it otherwise."""
OF_SCREEN = ("_bindings", "_compositor")
OF_PALETTE = ("_GATHER_COMMANDS_GROUP", "_action_command_list", "_gather_commands")
OF_DRIVER = ("_app", "_auto_restart", "_file", "_loop", "_must_signal_resume", "_queue", "_writer_thread")
"""Of the drivers: `tests/tui/test_pty.py` runs the real one."""
OF_MODULES = (
    ("textual.keys", "_character_to_key"),
    ("textual._context", "active_message_pump"),
    ("textual._styles_cache", "StylesCache"),
    ("textual._xterm_parser", "XTermParser"),
)
KNOWN = {*OF_APP, *OF_SCREEN, *OF_PALETTE, *OF_DRIVER}


def trees() -> dict[str, ast.Module]:
    return {p.relative_to(HOME).as_posix(): ast.parse(p.read_text("utf-8")) for p in sorted(HOME.rglob("*.py"))}


def ours(nodes: list[ast.AST]) -> set[str]:
    """Names that the terminal gives itself: functions, classes, variables, attributes that it sets."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return found


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def test_nothing_private_is_taken_that_does_not_stand_here() -> None:
    """A release of Textual may take any of it away without a word."""
    nodes = [node for tree in trees().values() for node in ast.walk(tree)]
    own = ours(nodes)
    read = {x.attr for x in nodes if isinstance(x, ast.Attribute) and private(x.attr) and x.attr not in own}
    assert read - KNOWN == set()
    froms = [x for x in nodes if isinstance(x, ast.ImportFrom) and (x.module or "").partition(".")[0] == "textual"]
    taken = {(x.module or "", a.name) for x in froms for a in x.names if private(a.name) or "._" in (x.module or "")}
    assert taken == set(OF_MODULES)


async def test_the_textual_that_is_installed_has_all_of_it() -> None:
    """An app whose `_fatal_error` is called by nobody would print locals over the session; `_bindings` is what moved
    keys are put into."""
    app: App[Any] = App()
    async with app.run_test():
        assert [name for name in OF_APP + OF_APP_CHANGED if not hasattr(app, name)] == []
        assert [name for name in OF_SCREEN if not hasattr(app.screen, name)] == []
        assert [name for name in OF_PALETTE if not hasattr(CommandPalette, name)] == []
        assert isinstance(app.screen, Screen) and app.screen in app._nodes and app._exception is None
        assert {key for key, _ in app._bindings} >= {"ctrl+q"}
    assert [f"{m}.{name}" for m, name in OF_MODULES if not hasattr(importlib.import_module(m), name)] == []
    assert importlib.import_module("textual.keys")._character_to_key("!") == "exclamation_mark"
