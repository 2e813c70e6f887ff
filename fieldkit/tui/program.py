"""What the terminal's apps share: colours, help, the search over all commands, the way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from textual._context import active_message_pump
from textual.app import App
from textual.binding import BindingType
from textual.command import CommandPalette, Provider
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed, get_current_worker

from fieldkit.tui import prefs
from fieldkit.tui.keys import LEAST_HEIGHT, LEAST_WIDTH, KeyCommands, key, move_keys, theme_words
from fieldkit.tui.palette import Palette
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.help import HelpScreen
from fieldkit.tui.terminal import deaf, forget_lines
from fieldkit.tui.theme import DARK, THEMES

T = TypeVar("T")


class FieldkitApp(App[T]):
    """What LiveApp and HomeApp share."""

    CSS_PATH = "theme.tcss"
    TITLE = "fieldkit"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {KeyCommands}
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (LEAST_WIDTH, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (LEAST_HEIGHT, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+p", "command_palette", "search all commands", "Program"),
        key("ctrl+t", "light", "other colours", "Program"),
        key("ctrl+q", "quit", "leave", "Program", priority=True),
        key("question_mark", "help", "all keys", "Program", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[prefs.theme()].name
        self.gone = asyncio.Event()
        """Set when the terminal is gone."""
        move_keys(self)

    @property
    def mistake(self) -> Exception | None:
        """What ended the app, if it was a mistake of ours."""
        return self._exception

    def _handle_exception(self, error: Exception) -> None:
        # A screen that was closed before it consisted of anything, or that goes this moment, misses its own parts; so
        # does everything once the program was told to end.
        at: object = active_message_pump.get(None)
        cause: BaseException = error
        if isinstance(error, WorkerFailed):
            cause, at = error.error, get_current_worker().node
        if isinstance(cause, NoMatches) and (self.leaving or (isinstance(at, Widget) and not self._shows(at))):
            return
        super()._handle_exception(error)

    def _shows(self, node: DOMNode) -> bool:
        """Whether the screen that this is in, or is, lies on the stack."""
        return any(x in self.screen_stack for x in node.ancestors_with_self if isinstance(x, Screen))

    def _fatal_error(self) -> None:
        # Textual would print a traceback with the values of locals, foreign text among them, over the session.
        self._close_messages_no_wait()

    def get_driver_class(self) -> type[Driver]:
        return deaf(super().get_driver_class())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DARK.variables)

    async def _dispatch_action(self, namespace: DOMNode, action_name: str, params: Any) -> bool:
        # Keys travel through queues: the screen they were pressed on may be on its way out when they are taken up, or
        # not yet consist of anything. Actions count on what a screen consists of.
        if namespace is not self and (self.leaving or not self._shows(namespace)):
            return True
        if namespace is not self and not (screen := namespace.screen).is_mounted:
            screen.call_later(self.call_later, self._dispatch_action, namespace, action_name, params)
            return True
        return await super()._dispatch_action(namespace, action_name, params)

    leaving = False
    """It was told to end: its widgets go one by one, and nothing is drawn any more."""

    def exit(self, *args: Any, **options: Any) -> None:
        self.leaving = True
        super().exit(*args, **options)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self.screen))

    def push_screen(self, screen: Any, *args: Any, **options: Any) -> Any:
        if isinstance(screen, Screen):
            move_keys(screen)
        return super().push_screen(screen, *args, **options)

    def pop_screen(self) -> Any:
        forget_lines()
        return super().pop_screen()

    def action_command_palette(self) -> None:
        """Unless there is one: below the help, or still on its way out."""
        if not any(isinstance(x, CommandPalette) for x in self._nodes):
            self.push_screen(Palette(id="--command-palette"))

    def action_light(self) -> None:
        """The next set of colours."""
        self.action_colours(prefs.next_theme())

    def action_colours(self, name: str) -> None:
        """The set `name` of THEMES, from now on and the next time."""
        prefs.choose_theme(name)
        self.theme = THEMES[name].name
        for line in self.screen.query(Said):
            line.hint(f"{_('colours')}: {theme_words(name)}")

    def action_help_quit(self) -> None:
        """Ctrl-C leaves like ctrl-q: with a question where there is something to lose."""
        self.run_worker(self.action_quit())
