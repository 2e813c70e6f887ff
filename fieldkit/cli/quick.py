"""Plain values on the command line without Pydantic.

typer checks what was typed with Pydantic and imports it for the first value, a flag's default included: a fifth of
what a host does before it serves, and more than half of a small command. Text, a path, a whole number and a switch
need nothing of it. Whatever is not plainly one of these goes to typer's own check, which also words every complaint;
in a release of typer that works in another way nothing here is ever asked, and it is only slower.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

KEPT_IN = "_runtime_param"
"""Where typer keeps a parameter's converter once it has made it."""
PATH_FLAGS = ("exists", "writable", "resolve_path", "allow_dash")
"""Promises about a path that only typer's own check keeps."""


class Plain:
    """The converter of one parameter: quick for what is plain, typer's for the rest."""

    def __init__(self, param: Any) -> None:
        descriptor = param.type_descriptor
        info = descriptor.parameter_info
        self._kind = descriptor.annotation
        bounded = info.min is not None or info.max is not None
        odd = info.parser is not None or bounded or any(getattr(info, flag, False) for flag in PATH_FLAGS)
        self._plain = not odd and self._kind in (str, int, bool, Path, list[str])
        self._typers: Any = None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """What the command gets for `value`. Raises typer's BadParameter."""
        kind = self._kind
        if self._plain:
            if value is None:
                return () if param.multiple or param.nargs == -1 else None
            if type(value) is kind or (kind is Path and isinstance(value, Path)):
                return value
            if kind is Path and type(value) is str:
                return Path(value)
            if kind is int and type(value) is str and value.isascii() and value.isdigit() and len(value) < 16:
                return int(value)
            if kind == list[str] and isinstance(value, list | tuple) and all(type(one) is str for one in value):
                return list(value)
        if self._typers is None:
            from typer._coercion import build_runtime_param

            self._typers = build_runtime_param(param.type_descriptor)
        return self._typers.coerce(value, param=param, ctx=ctx)


def quicken(command: Any) -> Any:
    """The same click command (and those below it) with `Plain` converters."""
    for param in getattr(command, "params", ()):
        _quicken_one(param)
    for below in getattr(command, "commands", {}).values():
        quicken(below)
    make = getattr(command, "get_help_option", None)
    if make is not None:  # `--help` is made when the command runs
        command.get_help_option = lambda ctx: _quicken_one(make(ctx))
    return command


def _quicken_one(param: Any) -> Any:
    if hasattr(param, KEPT_IN) and hasattr(param, "type_descriptor"):
        setattr(param, KEPT_IN, Plain(param))
    return param
