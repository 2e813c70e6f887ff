"""Which sentences need words: every message id that a surface says. Used by the tests and by translators' tools.

A sentence is found where it is said with a literal: `say("…")` and `sayh("…")` in templates and Python, the tables of
refusals and of the door, and the script's few strings. A sentence chosen by a variable must stand in one of those.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

_SAID = re.compile(r"""\bsayh?\(\s*"((?:[^"\\]|\\.)*)\"""")
NAMED = frozenset({"say", "sayh", "ask"})


def in_template(text: str) -> set[str]:
    return {m[1].replace('\\"', '"') for m in _SAID.finditer(text)}


def in_python(text: str) -> set[str]:
    """Literals given to `….say(…)`, `say(…)` of Words, and both arms of a conditional there."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) in NAMED:
            for arg in node.args:
                found.update(_literals(arg))
    return found


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _literals(arg: ast.expr) -> Iterable[str]:
    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
        yield arg.value
    elif isinstance(arg, ast.IfExp):
        yield from _literals(arg.body)
        yield from _literals(arg.orelse)


def compiled(po: bytes) -> bytes:
    """A catalogue's `.mo` from its `.po`; needs Babel, a development dependency."""
    import io

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    out = io.BytesIO()
    write_mo(out, read_po(io.BytesIO(po)))
    return out.getvalue()


def main(folder: Path = Path(__file__).parent) -> None:
    """Compile every catalogue beside this file: `python -m fieldkit.words.collect`."""
    for po in sorted(folder.glob("*.po")):
        po.with_suffix(".mo").write_bytes(compiled(po.read_bytes()))


if __name__ == "__main__":
    main()
