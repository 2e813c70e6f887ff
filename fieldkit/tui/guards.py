"""What works wherever the trainer is in a live session: the alarm, names away from the screen, the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from fieldkit.core.intents import Intent, Pause
from fieldkit.core.notices import ALARM
from fieldkit.core.views import RoomView
from fieldkit.tui.bridge import Bridge, Outcome
from fieldkit.tui.keys import is_sign, moved_key, own_keys
from fieldkit.tui.safe import Field
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.carry import SixWords
from fieldkit.tui.screens.help import HelpScreen
from fieldkit.tui.screens.lock import LockCodeBox, LockScreen
from fieldkit.tui.screens.muster import MusterScreen
from fieldkit.tui.screens.summary import SummaryScreen
from fieldkit.tui.screens.warned import Warned

ANYWHERE = ("alarm", "private")
"""Actions whose keys work on every screen and in every dialog."""
LOCKED_OUT = frozenset({"quit", "help_quit", "command_palette", "light", "colours", "suspend_process"})
"""Actions of the app that a locked screen does not take."""


class Guards(App[str]):
    """Part of the live app."""

    if TYPE_CHECKING:
        bridge: Bridge
        view: RoomView

        def wish(self, intent: Intent, then: Callable[[Outcome], None]) -> None: ...

    lock = ""
    """The code that unlocks; empty while nothing is locked."""
    _held_back: tuple[Screen[Any], ...] = ()
    """Screens that came up by themselves while it was locked."""

    def works_anywhere(self, event: events.Key) -> str:
        """`alarm` or `private` when this key means it on every screen and in every dialog; else empty."""
        focused = self.focused
        typed = isinstance(focused, Field) and is_sign(event.key)
        # Nobody's name or badge begins with the sign of the alarm; in the midst of a text it is a sign like any other.
        starts = typed and isinstance(focused, Field) and not focused.value and not (event.character or "a").isalnum()
        for binding in own_keys(RoomScreen):
            if binding.action in ANYWHERE and event.key in moved_key(RoomScreen, binding).key.split(","):
                return binding.action if not typed or (starts and binding.action == "alarm") else ""
        return ""

    def taken_anywhere(self, event: events.Event) -> bool:
        """Whether this was such a key, pressed in a field that is empty yet or in a dialog that hides the keys of the
        screens below it; it is done."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            return False
        if isinstance(self.screen, RoomScreen) and not (isinstance(self.focused, Field) and is_sign(event.key)):
            return False
        meant = self.works_anywhere(event)
        if meant == "alarm":
            self.alarm()
        elif meant == "private" and not self.lock:
            self.private()
        return bool(meant)

    @property
    def alarm_key(self) -> Binding | None:
        """The key of the alarm that works while something is typed."""
        keys = [moved_key(RoomScreen, x) for x in own_keys(RoomScreen) if x.action == "alarm"]
        return next((x for x in keys if not any(is_sign(k) for k in x.key.split(","))), None)

    def action_alarm(self) -> None:
        self.alarm()

    # ---- the alarm

    _alarm_shown = False
    """An alarm is on, and its list has come up."""

    def alarm(self) -> None:
        """Everybody out: the clock stops, every screen says so, and the list for the muster point comes up, whatever
        was on the screen. While one is on: the list."""
        if self.view.alarm is None or self.view.notice != ALARM:
            self.wish(Pause(why="alarm"), self._alarmed)
        self._to_muster()

    def _to_muster(self) -> None:
        """The list on top of everything, a lock included, which holds behind it; so do the six words, which are shown
        once."""
        above = [x for x in reversed(self.screen_stack) if isinstance(x, MusterScreen | LockScreen | SixWords)]
        if above and isinstance(above[0], MusterScreen):
            while self.screen is not above[0]:
                self.pop_screen()
        else:
            self.push_screen(MusterScreen())
        self.cover()

    def alarm_changed(self) -> None:
        """Call it when the room has changed: an alarm comes up, its bar stands on every screen, and its end takes both
        away, whoever raised and ended it."""
        on = self.view.alarm is not None
        for screen in self.screen_stack:
            if isinstance(screen, RoomScreen) and screen.is_mounted and screen.ready:
                screen.show_alarm(self.view.alarm)
        if on == self._alarm_shown:
            return
        self._alarm_shown = on
        if on:
            self._to_muster()
            return
        while any(isinstance(x, MusterScreen) for x in self.screen_stack) and not isinstance(self.screen, SixWords):
            self.pop_screen()
        for screen in self.screen_stack:
            if isinstance(screen, MusterScreen):
                screen.dismiss(None)  # goes with the six words on top of it
        if self.lock and not any(isinstance(x, LockScreen) for x in self.screen_stack):
            self.push_screen(LockScreen(self.lock))
            self.cover()
        for screen in self.screen_stack:
            if isinstance(screen, RoomScreen) and screen.is_mounted:
                screen.tell(_("Going on."), ok=True)

    def look(self) -> None:
        """Show at once what has just been changed here."""
        self.view = self.bridge.view()
        self.alarm_changed()
        if isinstance(self.screen, RoomScreen):
            self.screen.redraw()

    def _alarmed(self, outcome: Outcome) -> None:
        words = _("Paused for an alarm. Every phone and the wall say so.") if outcome.ok else outcome.words
        for screen in self.screen_stack:
            if isinstance(screen, MusterScreen) and outcome.ok:
                continue  # it says what to do
            if isinstance(screen, RoomScreen) and screen.is_mounted:
                screen.tell(words, ok=outcome.ok)

    # ---- names

    def private(self) -> None:
        """Names away from every screen at once, or back. A dialog that may bear one is given up; the six words bear
        none, and would be lost."""
        self.bridge.private = not self.bridge.private
        self.view = self.bridge.view()
        while isinstance(self.screen, Box | HelpScreen) and not isinstance(self.screen, SixWords):
            self.pop_screen()
        for screen in self.screen_stack:
            if isinstance(screen, RoomScreen) and screen.is_mounted and screen.ready:
                screen.tell("")
                screen.show_room(self.view)
        if isinstance(self.screen, RoomScreen):
            words = _("Names are away. [^n] brings them back.") if self.bridge.private else _("Names are back.")
            self.screen.tell(words, ok=True)

    # ---- the lock

    def ask_lock(self) -> None:
        """Lock with a code that is typed now."""

        def chosen(code: str | None) -> None:
            if code:
                self.lock = code
                self.push_screen(LockScreen(code))
                self.cover()

        self.push_screen(LockCodeBox(), chosen)

    def lock_again(self) -> None:
        """The lock on top, after the screens below it had to change."""
        self._held_back = ()
        if self.lock:
            self.push_screen(LockScreen(self.lock))
            self.cover()

    def cover(self) -> None:
        """Names and results go from every screen while it is locked, and come back. The muster list has the names: with
        the alarm on, who is missing comes before who may look."""
        covers = bool(self.lock) and not isinstance(self.screen, MusterScreen)
        if covers == self.bridge.covered:
            return
        self.bridge.covered = covers
        self.view = self.bridge.view()
        for screen in self.screen_stack:
            if isinstance(screen, RoomScreen) and screen.is_mounted and screen.ready:
                if covers:
                    screen.tell("")
                screen.show_room(self.view)

    def pop_screen(self) -> Any:
        popped = super().pop_screen()
        self.cover()
        return popped

    def unlock(self) -> None:
        """The code was right: the lock goes, and what had to wait comes up."""
        self.lock = ""
        self.pop_screen()
        self.cover()
        waited, self._held_back = self._held_back, ()
        for screen in waited:
            self.push_screen(screen)

    def push_screen(self, screen: Any, *args: Any, **options: Any) -> Any:
        if self.lock and isinstance(screen, SummaryScreen | Warned):
            # On top of the lock it would take keys.
            if not any(type(x) is type(screen) for x in self._held_back):
                self._held_back += (screen,)
            return None
        return super().push_screen(screen, *args, **options)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self.lock and action in LOCKED_OUT:
            return False
        return super().check_action(action, parameters)
