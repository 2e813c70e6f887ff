"""Which sentences need words: every message id that a surface says. Used by the tests and by translators' tools.

A sentence is found where it is said with a literal: `say("…")` and `sayh("…")` in templates and Python, `_("…")`,
`count("…", "…", n)` and the tables of keys in the terminal, the tables of refusals, of the door and of joining
(`fieldkit.words.joining`), and the script's few strings. A sentence chosen by a variable must stand in one of those. A
pair is a sentence with two forms, for one and for many. Sentences of errors are a matter of their own
(`fieldkit.words.raised`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

Said = str | tuple[str, str]

_SAID = re.compile(r"""\bsayh?\(\s*"((?:[^"\\]|\\.)*)\"""")
_PAIR = re.compile(r"""\bcount\(\s*"([^"\\]*)",\s*"([^"\\]*)\"""")
NAMED = frozenset({"say", "sayh", "ask"})


def in_template(text: str) -> set[str]:
    return {m[1].replace('\\"', '"') for m in _SAID.finditer(text)}


def pairs_in_template(text: str) -> set[Said]:
    return {(m[1], m[2]) for m in _PAIR.finditer(text)}


def in_python(text: str) -> set[str]:
    """Literals given to `….say(…)`, `say(…)` of Words, and both arms of a conditional there."""
    return {one for call in _calls(text, NAMED) for arg in call.args for one in _literals(arg)}


def returned(text: str) -> set[str]:
    """Sentences that a function returns for its caller to say: literals that end with a full stop."""
    results = [x.value for x in ast.walk(ast.parse(text)) if isinstance(x, ast.Return) and x.value is not None]
    return {one for result in results for one in _literals(result) if one.endswith(".")}


def in_terminal(text: str) -> set[Said]:
    """The terminal's own: `_("…")`, `count("one", "many", n)` as a pair, and a key's words and heading."""
    found: set[Said] = {one for call in _calls(text, {"_"}) for one in _literals(call.args[0])}
    for call in _calls(text, {"count"}):
        texts = [one for arg in call.args[:2] for one in _literals(arg)]
        if len(texts) == 2:
            found.add((texts[0], texts[1]))
    for call in _calls(text, {"key"}):
        # key(keys, action, words, heading): a name instead of a literal would never be translated.
        found.update(one for arg in call.args[2:4] for one in _literals(arg))
    return found


def verbs(text: str) -> set[str]:
    """What each verb of `fieldkit ctl` does, as the terminal in lines says it: `Verb(usage, help, …)`."""
    return {one for call in _calls(text, {"Verb"}) for one in _literals(call.args[1])}


def _calls(text: str, names: Iterable[str]) -> list[ast.Call]:
    return [x for x in ast.walk(ast.parse(text)) if isinstance(x, ast.Call) and x.args and _name(x.func) in names]


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _literals(arg: ast.expr) -> Iterable[str]:
    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
        yield arg.value
    elif isinstance(arg, ast.IfExp):
        yield from _literals(arg.body)
        yield from _literals(arg.orelse)


def written(po: bytes) -> dict[Said, tuple[str, ...]]:
    """What a `.po` holds: message id (or pair) → its forms. Needs Babel, a development dependency."""
    import io

    from babel.messages.pofile import read_po

    found: dict[Said, tuple[str, ...]] = {}
    for message in read_po(io.BytesIO(po)):
        if message.id:
            id_ = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            found[id_] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return found


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
