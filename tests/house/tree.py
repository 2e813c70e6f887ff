"""The project's files as the house tests see them, and the imports of its modules, late ones included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NOT_OURS = {".git", ".venv", "dist", "build", "node_modules", "__pycache__"}


@cache
def every_file() -> tuple[Path, ...]:
    """Every file of the project, sorted; caches, environments and what a build leaves behind are not ours."""
    found = []
    stack = [ROOT]
    while stack:
        for path in stack.pop().iterdir():
            hidden_cache = path.name.startswith(".") and path.name.endswith("_cache")
            if path.name in NOT_OURS or hidden_cache or path.name in (".hypothesis", ".venv") or path.is_symlink():
                continue
            if path.is_dir():
                if not (path / "pyvenv.cfg").exists() and not path.name.endswith(".egg-info"):
                    stack.append(path)
            else:
                found.append(path)
    return tuple(sorted(found))


def name_of(path: Path) -> str:
    """Path from the root of the project, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def python_files(folder: str = "fieldkit") -> tuple[Path, ...]:
    """The Python files under one folder of the project."""
    return tuple(p for p in every_file() if p.suffix == ".py" and name_of(p).startswith(folder + "/"))


def module_of(path: Path) -> str:
    """`fieldkit/log/line.py` → `fieldkit.log.line`; a package is named without `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """(module imported, line) for each absolute import anywhere in the file, inside functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno
        elif isinstance(node, ast.Call) and _is_import_module(node.func):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def _is_import_module(func: ast.expr) -> bool:
    return (isinstance(func, ast.Attribute) and func.attr == "import_module") or (
        isinstance(func, ast.Name) and func.id in ("import_module", "__import__")
    )
