"""The search over all commands: Textual's, which ends the app when a page key comes before its list was laid out."""

from __future__ import annotations

import contextlib

from textual.command import CommandPalette


class Palette(CommandPalette):
    def _action_command_list(self, action: str) -> None:
        with contextlib.suppress(LookupError):  # no line of the list is known yet: there is no page to turn
            super()._action_command_list(action)
