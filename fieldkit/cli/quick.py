"""Options that need no conversion are taken as they are.

Typer converts every value through pydantic, also a text that is to stay a text and an option that nobody gave, and
importing pydantic takes as long as a tenth of what a host does before its first screen. Texts, paths that can be read,
plain whole numbers and lists of these are taken here; choices, other numbers, and every value that is to be refused,
go Typer's own way, so that its words stand there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

LEFT = object()
"""What a value is that is left to Typer."""


def quick(command: Any) -> Any:
    """The same click command, or group with its commands: pydantic is loaded only for what must be converted."""
    for one in (command, *getattr(command, "commands", {}).values()):
        one.get_params = _params(one.get_params)
    return command


def _params(usual: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """The parameters of a command when it runs; `--help` is made no earlier."""

    def get_params(ctx: Any) -> list[Any]:
        params = usual(ctx)
        for param in params:
            if "process_value" not in vars(param) and hasattr(param, "type_descriptor"):
                param.process_value = _plain(param, param.process_value)
        return params

    return get_params


def _plain(param: Any, usual: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    wanted, info = param.type_descriptor.annotation, param.type_descriptor.parameter_info
    several = bool(getattr(param, "multiple", False)) or param.nargs == -1
    listed = several and get_origin(wanted) is list and len(get_args(wanted)) == 1

    def taken(value: Any) -> Any:
        if listed and type(value) in (list, tuple) and (value or not param.required):
            each = [as_typed(get_args(wanted)[0], info, one) for one in value]
            return LEFT if any(one is LEFT for one in each) else each
        return LEFT if several or param.nargs != 1 else as_typed(wanted, info, value)

    def process(ctx: Any, value: Any) -> Any:
        if value is None and not param.required:
            value = () if several else None
        elif (plain := taken(value)) is LEFT:
            return usual(ctx, value)
        else:
            value = plain
        return value if param.callback is None else param.callback(ctx, param, value)

    return process


def as_typed(wanted: Any, info: Any, value: Any) -> Any:
    """What Typer would make of one value, or LEFT. `info`: what the option says of its values."""
    if info.parser is not None:
        return LEFT
    if wanted is str and type(value) is str:
        return value
    if wanted is Path and isinstance(value, str | Path) and _may_be(info, str(value)):
        return Path(value)
    if wanted is int and (type(value) is int or (type(value) is str and value.isascii() and value.isdecimal())):
        return _within(info, value)
    return LEFT


def _may_be(info: Any, path: str) -> bool:
    """Nothing is asked of this path but that it can be read where there is something already."""
    asked = info.exists or info.writable or info.resolve_path or info.path_type is not None
    if asked or not (info.file_okay and info.dir_okay) or "\0" in path:
        return False
    try:
        Path(path).stat()
    except OSError:
        return True
    return not info.readable or os.access(path, os.R_OK)


def _within(info: Any, value: Any) -> Any:
    if type(value) is str and len(value) > 9:
        return LEFT
    number = int(value)
    low, high = info.min, info.max
    return number if (low is None or number >= low) and (high is None or number <= high) else LEFT
