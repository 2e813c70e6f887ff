"""The search over all commands: Textual's, which ends the app when a page key comes before its list was laid out, or
when it is closed before its search has begun.
"""

from __future__ import annotations

import contextlib
from typing import Any

from textual import work
from textual.command import CommandPalette
from textual.css.query import NoMatches

from fieldkit.tui.screens.layer import Layer

_gather: Any = CommandPalette._gather_commands


class Palette(Layer[Any], CommandPalette):
    def _action_command_list(self, action: str) -> None:
        with contextlib.suppress(LookupError):  # no line of the list is known yet: there is no page to turn
            super()._action_command_list(action)

    @work(exclusive=True, group=CommandPalette._GATHER_COMMANDS_GROUP)
    async def _gather_commands(self, search_value: str) -> None:
        with contextlib.suppress(NoMatches):  # the list is gone: nobody waits for what would stand there
            await _gather.__wrapped__(self, search_value)
