"""The terminal app: `run_live` for a session that runs, `run_home` for choosing one.

Both run inside an event loop that is already there, beside the server of the phones. The app owns cursor, scroll and
what is being typed; every fact comes from the desk's view and every wish goes to the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from textual import events

from fieldkit.core.intents import Intent, Pause
from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui import label as label_of
from fieldkit.tui import say
from fieldkit.tui.bridge import Bridge, Outcome, RoomChanged, RoomDesk
from fieldkit.tui.guards import Guards
from fieldkit.tui.hometools import Cursor, HomeTools, Wish
from fieldkit.tui.keys import move_keys
from fieldkit.tui.nextthing import HELPER
from fieldkit.tui.program import FieldkitApp
from fieldkit.tui.roles import role_word
from fieldkit.tui.safe import Field
from fieldkit.tui.say import _
from fieldkit.tui.scan import Burst
from fieldkit.tui.screens.base import RoomScreen, Said
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.consoles import ConsolesScreen
from fieldkit.tui.screens.home import HomeScreen
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.tui.screens.proxy import ProxyScreen
from fieldkit.tui.screens.summary import SummaryScreen
from fieldkit.tui.screens.warned import Warned
from fieldkit.tui.terminal import run_until
from fieldkit.tui.tools import Invite, Tools

TRIES = 5
"""How often the screen of a live session is started before a mistake in it is let through: phones do not notice."""


class LiveApp(Guards, FieldkitApp[str]):
    """One live session. Returns `ended` or `left` (paused, to be resumed)."""

    def __init__(
        self,
        desk: RoomDesk,
        tools: Tools,
        lang: str,
        *,
        said: str = "",
        label: str = "",
        hint: str = "",
        far: str = "",
        warnings: Sequence[str] = (),
        warned: int = 0,
        lock: str = "",
        private: bool = False,
    ) -> None:
        """`said`: what to say first, after the screen had to be started again; `label`, `hint`: what kind of session
        this is and what to press first; `far`: the role in another laptop's session; `warnings`: what was noticed
        before it began, and, when it is a list that grows, what is noticed while it runs; the first `warned` of them
        were shown before; `lock`, `private`: as it was when the screen had to be started again."""
        super().__init__()
        self.said = said
        self.label = label
        self.hint = hint
        self.far = far
        self.warnings = warnings
        self.warned = warned
        self.tools = tools
        self.bridge = Bridge(desk, lang, self.post_message)
        self.bridge.helps = far == HELPER
        self.view: RoomView = self.bridge.view()
        self.seen = max((s.ref for s in self.view.says), default=-1)
        """The newest message that was looked at on the discussion screen."""
        self.asked = max((s.ref for s in self.view.asks), default=-1)
        """The newest question to the trainer that was looked at."""
        self.known: set[str] = set()
        """Whose badge is not on the list and was looked at among the people, by `p`."""
        self._let_know = 0
        """Number of the last laptop that asked and was told of."""
        self.then: Callable[[], RoomScreen] | None = None
        """The screen to go to once an ended session is open again."""
        self._under_way: list[Intent] = []
        """What was submitted and is not answered yet."""
        self.lock = lock
        self.bridge.private = private
        self.view = self.bridge.view()
        self._burst = Burst(self._key, self._scanned)

    def get_default_screen(self) -> LiveScreen:
        screen = LiveScreen()
        move_keys(screen)
        return screen

    def _show_warnings(self, *, begun: bool = True) -> None:
        """Those that were not shown yet, on top of whatever is there."""
        new, self.warned = self.warnings[self.warned :], len(self.warnings)
        if new:
            self.push_screen(Warned(new, begun=begun))

    def on_mount(self) -> None:
        self.bridge.start()
        if self.said:
            self.call_after_refresh(lambda: self._tell_first(self.said))
        elif self.hint:
            self.call_after_refresh(lambda: self._tell_first(self.hint, muted=True))
        self._show_warnings(begun=False)
        self.lock_again()
        self.alarm_changed()

    def _tell_first(self, words: str, *, muted: bool = False) -> None:
        """On the live screen, whatever is on top of it by then, as soon as its widgets are there."""
        lines = list(self.screen_stack[0].query(Said))
        if not lines and not self.leaving:
            self.set_timer(0.05, lambda: self._tell_first(words, muted=muted))
        for line in lines:
            line.hint(words) if muted else line.tell(words)

    def on_unmount(self) -> None:
        self.bridge.stop()

    def on_room_changed(self, message: RoomChanged) -> None:
        if self.leaving or not self.is_running:
            return
        was, self.view = self.view.state, message.view
        self._show_warnings()
        self._tell_who_asks()
        for screen in self.screen_stack:
            # Without widgets it is on its way out.
            if isinstance(screen, RoomScreen) and screen.is_mounted and screen.ready and screen.children:
                screen.show_room(message.view)
        self.alarm_changed()
        if message.view.state == "ended" and not any(isinstance(s, SummaryScreen) for s in self.screen_stack):
            self.push_screen(SummaryScreen())
        elif was == "ended" and message.view.state != "ended":
            while len(self.screen_stack) > 1:
                self.pop_screen()
            self.lock_again()
            then, self.then = self.then, None
            if then is not None:
                self.push_screen(then())

    def _tell_who_asks(self) -> None:
        """A laptop that wants to attach waits at its screen; said once, wherever the trainer is."""
        consoles = self.tools.consoles
        new = [x for x in consoles.state().asking if x.no > self._let_know] if consoles is not None else []
        if new and isinstance(self.screen, RoomScreen):
            self._let_know = new[-1].no
            if not isinstance(self.screen, ConsolesScreen):
                name = _("somebody") if self.bridge.hides else new[-1].name
                self.screen.tell(_("{name} asks to attach a laptop: press C on the live screen.", name=name))

    def invite(self) -> Invite | None:
        try:
            return self.tools.invite()
        except FieldkitError:
            return None

    def new_p(self) -> str:
        return self.bridge.desk.new_p()

    def wish(self, intent: Intent, then: Callable[[Outcome], None]) -> None:
        """Submit in the background; `then` runs in the app with the answer. Keys never wait for the disk. The same
        wish again while the first is under way is the same wish: it is not submitted twice."""
        if intent in self._under_way:
            return
        self._under_way.append(intent)

        async def run() -> None:
            try:
                outcome = await self.bridge.submit(intent)
            finally:
                self._under_way.remove(intent)
            then(outcome)

        self.run_worker(run(), exit_on_error=True)

    async def wished(self, intent: Intent) -> Outcome:
        """Submit and wait for the answer: for a dialog that stays until it is taken."""
        return await self.bridge.submit(intent)

    async def action_quit(self) -> None:
        if self.view.state == "ended":
            self.exit("ended")
            return
        if isinstance(self.screen, Confirm):
            return
        if self.far:
            question = _("Leave this console? The session goes on at the trainer's laptop.")
            self.push_screen(Confirm(question), lambda yes: self.exit("left") if yes else None)
            return
        question = _("Leave now? The session is paused and can be resumed; phones keep their answers.")
        if self.label:
            question = _("Leave now? Nothing of this is kept.")

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(Pause(why="exit"), lambda outcome: self.exit("left"))

        self.push_screen(Confirm(question), sure)

    # ---- scans

    async def on_event(self, event: events.Event) -> None:
        if self.taken_anywhere(event):
            return
        if (
            isinstance(event, events.Key)
            and not event.is_forwarded
            and not isinstance(self.focused, Field)
            and self._burst.take(event)
        ):
            return
        await super().on_event(event)

    async def _key(self, event: events.Key) -> None:
        await super().on_event(event)

    def _scanned(self, badge: str) -> None:
        """Whatever is on top, a dialog that waits for `y` included: a badge is a badge. Where answers are typed in for
        others, it says for whom."""
        if isinstance(self.screen, ProxyScreen):
            self.screen.scanned(badge)
            return
        for screen in self.screen_stack:
            if isinstance(screen, LiveScreen):
                screen.scanned(badge)


class HomeApp(FieldkitApp[Wish]):
    """Choosing what to run. Returns the wish, or None when left."""

    def __init__(self, tools: HomeTools, warnings: Sequence[str] = (), cursor: Cursor | None = None) -> None:
        """`warnings`: as in LiveApp; `cursor`: where it was left the last time."""
        super().__init__()
        self.tools = tools
        self.cursor = cursor if cursor is not None else Cursor()
        self.warnings = warnings
        self._warned = 0

    def get_default_screen(self) -> HomeScreen:
        screen = HomeScreen()
        move_keys(screen)
        return screen

    def on_mount(self) -> None:
        self.set_interval(1.0, self.show_warnings)
        self.show_warnings()

    def show_warnings(self) -> None:
        """Those that were not shown yet."""
        new, self._warned = self.warnings[self._warned :], len(self.warnings)
        if new:
            self.push_screen(Warned(new))


async def run_live(
    desk: RoomDesk,
    tools: Tools,
    lang: str = "",
    *,
    leave: asyncio.Event | None = None,
    label: str = "",
    hint: str = "",
    far: str = "",
    warnings: Sequence[str] = (),
    **options: Any,
) -> str:
    """Run the terminal of a live session until it ended (`ended`) or the trainer left (`left`: it is paused).

    Runs inside the loop that also serves the phones. `lang`: of this terminal, empty for the pack's. `leave`: when it
    is set the app exits, whatever is on top, and pausing is up to the caller. `label`, `hint`, `warnings` as in
    LiveApp. `far`: the role in which this is another laptop's session. `options` go to `App.run_async`.
    """
    say.use(lang or desk.plan.language)
    label = label or (role_word(far).upper() if far else "")
    label_of.use(label)
    said, warned, lock, private = "", 0, "", False
    for tries_left in reversed(range(TRIES)):
        first = tries_left == TRIES - 1
        app = LiveApp(
            desk,
            tools,
            lang,
            said=said,
            label=label,
            hint=hint if first else "",
            far=far,
            warnings=warnings,
            warned=warned,
            lock=lock,
            private=private,
        )
        try:
            result = await run_until(app, leave, **options)
        finally:
            app.bridge.stop()
        warned, lock, private = app.warned, app.lock, app.bridge.private
        if app.mistake is None or (leave is not None and leave.is_set()):
            return result or "left"
        if not tries_left:
            raise app.mistake
        said = _("A mistake in fieldkit ended this screen; it was started again. The session is not touched.")
    raise AssertionError("TRIES is at least one")


async def run_home(
    tools: HomeTools,
    lang: str = "",
    *,
    leave: asyncio.Event | None = None,
    warnings: Sequence[str] = (),
    cursor: Cursor | None = None,
    **options: Any,
) -> Wish | None:
    """Let the trainer choose; None when left without a choice, or when `leave` was set."""
    say.use(lang or "en")
    label_of.use("")
    app = HomeApp(tools, warnings, cursor)
    result = await run_until(app, leave, **options)
    if app.mistake is not None:
        raise app.mistake
    return result
