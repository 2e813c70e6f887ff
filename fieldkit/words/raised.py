"""Sentences of errors and warnings: which there are in the code, each as the pattern of what it can say.

An error says one English sentence and a hint, where it is raised; what varies stands in it: `f"There is no folder
{folder}."`. A catalogue holds its pattern with places by number, `There is no folder {1}.`; `Words.told` knows a
sentence by its pattern and says it in another language with the same values. So whoever raises writes English and no
more, and an error means the same on the command line, in a message to another laptop and on a screen.

Translated is what a terminal can show: `SHOWN`. What only a command of the shell says, what head office's programs and
authors of packs read, and the details of foreign bytes (`BadBytes`, in brackets) are English.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHOWN = (
    "*.py",
    "consoles/*.py",
    "log/*.py",
    "sync/*.py",
    "tui/*.py",
    "lan/listen.py",
    "lan/server.py",
    "packs/compile.py",
    "packs/find.py",
    "packs/read.py",
    "cli/*tools.py",
    "cli/console.py",
    "cli/consoles.py",
    "cli/host.py",
    "cli/looks.py",
    "cli/practice.py",
)
"""Modules whose errors a terminal can show."""
COMMANDS = frozenset({"config.py", "log/verdict.py", "sync/judged.py", "sync/verify.py", "tls.py"})
"""Among them: said before a terminal opens, or by a command of its own."""
ROOT = "FieldkitError"
WARNINGS = frozenset({"warn", "_warn", "note", "tell", "Entry", "Read"})
"""What says, or holds, a warning that a terminal shows."""
LISTS = frozenset({("told", "append"), ("problems", "append"), ("said", "add")})
"""Lists of such warnings, with the method that adds one."""
PLACE = re.compile(r"\{(\d)\}")


def modules(here: Path) -> list[Path]:
    """Files of the package `here` whose errors a terminal can show."""
    found = {path for pattern in SHOWN for path in here.glob(pattern)}
    return sorted(p for p in found if p.relative_to(here).as_posix() not in COMMANDS)


def family(texts: Iterable[str]) -> set[str]:
    """Names of FieldkitError and of every class that inherits it, in the modules given."""
    bases: dict[str, set[str]] = {}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    found = {ROOT}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def raised(text: str, errors: Iterable[str]) -> set[str]:
    """Patterns of every sentence and hint that this module gives to one of `errors` or says as a warning."""
    tree = ast.parse(text)
    known, found = frozenset(errors), set[str]()
    functions = {f.name: _returned(f) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    own = {id(x) for c in ast.walk(tree) if isinstance(c, ast.ClassDef) and c.name in known for x in ast.walk(c)}
    for scope, names in _scopes(tree, {**functions, **_assigned(tree.body)}):
        for call in _own(scope):
            if _says(call, known) or (id(call) in own and ast.unparse(call.func) == "super().__init__"):
                for arg in [*call.args, *(k.value for k in call.keywords)]:
                    found |= set(_patterns(arg, names))
    return {one for one in found if " " in one.strip(".") and re.search(r"[A-Za-z]{2}", PLACE.sub("", one))}


def _says(call: ast.Call, known: frozenset[str]) -> bool:
    func = call.func
    if isinstance(func, ast.Attribute):
        of = func.value.id if isinstance(func.value, ast.Name) else ""
        return func.attr in known or (of, func.attr) in LISTS
    return isinstance(func, ast.Name) and (func.id in known or func.id in WARNINGS)


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [x.value for x in ast.walk(function) if isinstance(x, ast.Return) and x.value is not None]


Names = dict[str, list[ast.expr]]


def _assigned(body: Iterable[ast.AST]) -> Names:
    found: Names = {}
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            found.setdefault(node.target.id, []).append(node.value)
    return found


def _scopes(tree: ast.Module, top: Names) -> Iterator[tuple[ast.AST, Names]]:
    yield tree, top
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = _assigned(ast.walk(node))
            yield node, {**top, **inside}


def _own(scope: ast.AST) -> Iterator[ast.Call]:
    """Calls in a scope, without those of functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _own(child)


def _patterns(arg: ast.expr, names: Names) -> Iterator[str]:
    """What an argument can say: a literal, both arms of a choice, a name that is assigned one of these, what a
    function of the module returns."""
    if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
        yield arg.value
    elif isinstance(arg, ast.IfExp):
        yield from _patterns(arg.body, names)
        yield from _patterns(arg.orelse, names)
    elif isinstance(arg, ast.BoolOp):
        for value in arg.values:
            yield from _patterns(value, names)
    elif isinstance(arg, ast.Name):
        for value in names.get(arg.id, ()):
            if not (isinstance(value, ast.Name) and value.id == arg.id):
                yield from _patterns(value, {k: v for k, v in names.items() if k != arg.id})
    elif isinstance(arg, ast.Call) and isinstance(arg.func, ast.Name):
        yield from _patterns(arg.func, names)
    elif isinstance(arg, ast.List):
        for value in arg.elts:
            yield from _patterns(value, names)
    elif isinstance(arg, ast.JoinedStr):
        yield from _filled(arg, names)


def _filled(arg: ast.JoinedStr, names: Names) -> Iterator[str]:
    """An f-string as a pattern, then what may stand in its places in words of ours."""
    text, n = "", 0
    for part in arg.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        assert isinstance(part, ast.FormattedValue)
        held = names.get(part.value.id, []) if isinstance(part.value, ast.Name) else []
        if len(held) == 1 and isinstance(held[0], ast.Constant) and isinstance(held[0].value, str):
            text += held[0].value
            continue
        n += 1
        text += f"{{{n}}}"
        yield from _patterns(part.value, names)
    yield text
