"""What a function decodes is learnt at import (`core.models`): a struct that two threads decode for the first time at
once would end the process. Looked at in a process of its own, since in this one other tests have decoded already.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import ROOT, module_of, python_files, tree_of

ANY = {
    ("fieldkit.core.models", "model"),  # it learns
    ("fieldkit.cli.wire", "kind"),  # a command's own answer: it has one thread
    ("fieldkit.cli.wire", "kinds[-1]"),
    ("fieldkit.packs.check_fields", "model"),  # the three of packs.model, below
    ("fieldkit.core.records", "cls"),  # every kind of record, below
    ("fieldkit.consoles.attach_wire", "kind"),  # every wish, below
}
"""What is decided when it runs."""

BELOW = """
from fieldkit.core.records import KINDS as records
from fieldkit.consoles.attach_wire import KINDS as wishes
from fieldkit.packs.model import Overlay, Pack, Translation
below = [*records.values(), *wishes.values(), Overlay, Pack, Translation]
"""
PROGRAM = """
import gc, importlib, json, sys
import msgspec
known = lambda kind: any(type(x).__name__ == "StructInfo" for x in gc.get_referents(kind))
kinds = [getattr(importlib.import_module(module), name) for module, name in json.load(sys.stdin)]
exec(sys.argv[1])
structs = {x for x in [*kinds, *below] if isinstance(x, type(msgspec.Struct))}
print(json.dumps([len(structs), sorted(x.__module__ + "." + x.__name__ for x in structs if not known(x))]))
"""


def decoded(path: Path) -> Iterator[str]:
    """The types that functions of this file decode, as they are written there."""
    for function in ast.walk(tree_of(path)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                at = {"convert": 1, "Decoder": 0, "decode": 9}.get(node.func.attr)
                if at is not None and ast.unparse(node.func).startswith("msgspec."):
                    found = [x.value for x in node.keywords if x.arg == "type"] or node.args[at : at + 1]
                    yield from (ast.unparse(x) for x in found)


def home_of(path: Path, name: str) -> str:
    """The module that this name comes from."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and any(x.name == name for x in node.names):
            return node.module
    return module_of(path)


def test_what_is_decoded_is_learnt_at_import() -> None:
    wanted = set()
    for path in python_files():
        for name in decoded(path):
            if name.isidentifier() and (module_of(path), name) not in ANY:
                wanted.add((home_of(path, name), name))
            else:
                assert (module_of(path), name) in ANY or "[" in name, f"{module_of(path)} decodes {name}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, BELOW], input=json.dumps(sorted(wanted)),
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    number, missing = json.loads(done.stdout)
    assert number > 80, "the test found hardly anything"
    assert missing == [], "call `learn` (fieldkit.core.models) below their definitions"
