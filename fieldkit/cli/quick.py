"""Options that need no conversion are taken as they are.

Typer converts every value through pydantic, also a text that is to stay a text and an option that nobody gave, and
importing pydantic takes as long as a tenth of what a host does before its first screen. Paths, numbers, choices and
what is given several times go Typer's own way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


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
    text = wanted is str and info.parser is None and param.nargs == 1 and not several

    def process(ctx: Any, value: Any) -> Any:
        if value is None and not param.required:
            value = () if several else None
        elif not (text and type(value) is str):
            return usual(ctx, value)
        return value if param.callback is None else param.callback(ctx, param, value)

    return process
