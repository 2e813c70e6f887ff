"""The doors: which module may import which library directly, late imports included.

A library that is not in this table may not be imported at all; a door is opened here, in view, or not.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib

from tests.house.tree import ROOT, imports_of, module_of, name_of, python_files, tree_of

DOORS: dict[str, tuple[str, ...]] = {
    "aiohttp": ("fieldkit.consoles", "fieldkit.lan", "fieldkit.sync", "fieldkit.cli.ctl"),
    "babel": ("fieldkit.words.collect",),
    "aiosqlite": ("fieldkit.log.store",),
    "asyncpg": ("fieldkit.sync.central.postgres",),
    "cryptography": ("fieldkit.log.keys", "fieldkit.log.note", "fieldkit.tls"),
    "fontTools": ("fieldkit.formats.pdf.cut",),
    "fpdf": ("fieldkit.formats.pdf.fonts",),
    "ifaddr": ("fieldkit.lan.address",),
    "jinja2": (
        "fieldkit.formats.printed",
        "fieldkit.lan",
        "fieldkit.sync.central.audit.transcript",
        "fieldkit.sync.central.front",
        "fieldkit.sync.central.learn_page",
        "fieldkit.sync.central.receipt_page",
    ),
    "markdown_it": ("fieldkit.packs",),
    "markupsafe": (
        "fieldkit.formats.card",
        "fieldkit.formats.printed",
        "fieldkit.formats.receipt",
        "fieldkit.lan",
        "fieldkit.sync.central.front",
    ),
    "msgspec": ("fieldkit",),
    "platformdirs": ("fieldkit.config",),
    "pyrage": ("fieldkit.log.keys", "fieldkit.log.seal"),
    "rich": ("fieldkit.tui",),
    "ruamel": ("fieldkit.packs",),
    "segno": (
        "fieldkit.formats.pdf.fonts",
        "fieldkit.lan.qr",
        "fieldkit.tui.screens.qr",
    ),
    "textual": ("fieldkit.tui",),
    "typer": ("fieldkit.cli",),
    "xlsxwriter": ("fieldkit.formats.xlsx",),
    "zeroconf": ("fieldkit.lan.announce",),
}
"""Library → the modules (or whole rooms) that may import it. Babel is for whoever writes catalogues, not for users."""

STDLIB_DOORS: dict[str, tuple[str, ...]] = {
    "ctypes": (),
    "marshal": (),
    "pickle": (),
    "shelve": (),
    "sqlite3": ("fieldkit.log", "fieldkit.sync.central", "fieldkit.cli.backup"),
    "tarfile": (),
    "xml": ("fieldkit.rosterbook",),
}
"""Parts of the standard library that need a reason: an empty tuple means nobody (pickle runs what it reads, tarfile
took 900 MiB for a crafted header, SQLite is opened with our PRAGMAs in few places)."""

PURE = {
    "__future__", "abc", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copy",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac",
    "itertools", "json", "math", "operator", "re", "statistics", "string", "textwrap", "types", "typing",
    "unicodedata", "zoneinfo",
}  # fmt: skip
"""What the core may take from the standard library."""


def _may(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


def test_every_library_is_imported_only_through_its_door() -> None:
    """An import of a library outside its room, or of a library without a door, is named with its line."""
    wrong = []
    for path in python_files():
        module = module_of(path)
        for name, line in imports_of(path):
            root = name.split(".")[0]
            if root == "fieldkit":
                continue
            if root in sys.stdlib_module_names:
                rooms = STDLIB_DOORS.get(root, ("fieldkit",))
            else:
                rooms = DOORS.get(root, ())
            if not _may(module, rooms):
                wrong.append(f"{name_of(path)}:{line} imports {name}; its doors are {', '.join(rooms) or 'none'}")
    assert not wrong, "\n".join(wrong)


def test_the_core_takes_only_pure_parts_of_the_standard_library() -> None:
    """No clock, disk, network, thread or randomness in fieldkit/core: those are arguments."""
    wrong = []
    for path in python_files("fieldkit/core"):
        for name, line in imports_of(path):
            root = name.split(".")[0]
            ours = name.startswith("fieldkit.core") or name in ("fieldkit.core", "fieldkit.errors")
            if root not in PURE and root != "msgspec" and not ours:
                wrong.append(f"{name_of(path)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_by_a_relative_path() -> None:
    """Imports name the whole module, so that the scans above see all of them."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not wrong, "\n".join(wrong)


DISTRIBUTIONS = {"markdown-it-py": "markdown_it", "ruamel.yaml": "ruamel"}
"""Distributions whose import has another name."""


def test_every_dependency_has_a_door_and_every_door_leads_somewhere() -> None:
    """A dependency nobody imports is weight for nothing; pyproject and the table above name the same libraries."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [re.split(r"[>=<;! ]", line)[0] for line in project["dependencies"]]
    wanted = {DISTRIBUTIONS.get(name, name) for name in named} - {"tzdata"}  # data for Windows, imported by zoneinfo
    used = {name.split(".")[0] for path in python_files() for name, _ in imports_of(path)}
    assert sorted(wanted - set(DOORS)) == []
    assert sorted(wanted - used) == []
