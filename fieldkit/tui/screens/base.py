"""What every screen of a live session has: the view, a way to wish, one line for answers, keys at the bottom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from msgspec.structs import replace
from textual.binding import BindingType
from textual.screen import Screen

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.views import AlarmView, RoomView, RoundLine
from fieldkit.tui import label
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import LEAST_HEIGHT, LEAST_WIDTH, KeyBar, key
from fieldkit.tui.muster import AlarmBar
from fieldkit.tui.panels.figures import asked
from fieldkit.tui.privacy import away
from fieldkit.tui.refused import SMALL, small_words
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.layer import Layer
from fieldkit.tui.screens.line import LineBox

if TYPE_CHECKING:
    from fieldkit.tui.app import LiveApp

Then = Callable[[Outcome], None]

SAID_LINES = 3


class Said(Block):
    """The answer above the keys: what was done, or why not. One line, more for a long one. Why not goes after a while:
    it is about a key that was pressed, and soon another thing is true."""

    STAYS_S = 10.0
    _told = 0
    """How many sentences it has said."""
    _fresh = False
    """What it says was said a moment ago."""
    _nudge = ""
    said = ""
    """The sentence it was told last."""

    def quiet(self, words: str) -> None:
        """One muted line, as long as `words` says the same; it never takes the place of an answer just given."""
        words = away(self.app, words)
        was, self._nudge = self._nudge, words
        if words != was and not self._fresh:
            self._hush()

    def _hush(self) -> None:
        room = max(10, self.size.width - 4)
        self.show(join(plain(" · ", "$muted"), fit(self._nudge, room, "$muted")) if self._nudge else plain(""))

    def _say(self, *, stays: bool) -> None:
        """Something else is said from here on; after a while it makes room, unless it stays until then."""
        self._told += 1
        told, self._fresh = self._told, True

        def old() -> None:
            if told == self._told:
                self._fresh = False
                if self._nudge or not stays:
                    self._hush()

        self.set_timer(self.STAYS_S, old)

    def tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        self._say(stays=ok)
        self.said = words
        words, detail = away(self.app, words), away(self.app, detail)
        mark = plain(" ✓ ", "bold $saved") if ok else plain(" ✕ ", "bold $refused")
        beside = plain(f"  ({detail})", "$muted") if detail else plain("")
        room = max(10, self.size.width - mark.cell_length)
        lines = wrap(join(plain(words), beside), room, SAID_LINES) if words else []
        self.show(*(join(plain("   ") if k else mark, line) for k, line in enumerate(lines)) if lines else (plain(""),))

    def clear(self) -> None:
        """What was said is over."""
        self._told += 1
        self._fresh = False
        self._hush()

    def hint(self, words: str) -> None:
        self._say(stays=True)
        words = away(self.app, words)
        self.show(*([plain(" ") + line for line in wrap(words, max(10, self.size.width - 2), SAID_LINES, "$muted")]))


class RoomScreen(Layer[None], Screen[None]):
    """A full screen of a live session. `show_room` is called at each change and once a second."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (LEAST_WIDTH, "-narrow"), (106, "-wide"), (128, "-wider")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (LEAST_HEIGHT, "-low"), (32, "-tall"), (44, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "back", "back", "Screen", foot=True),
        key("exclamation_mark", "alarm", "alarm", "Room"),
        key("ctrl+g", "alarm", "alarm, also while you type", "Room"),
        key("ctrl+n", "private", "names away, or back", "Room"),
        key("ctrl+l", "lock", "lock the keys", "Room"),
    ]

    def action_alarm(self) -> None:
        self.live.alarm()

    def action_private(self) -> None:
        self.live.private()

    def action_lock(self) -> None:
        self.live.ask_lock()

    @property
    def live(self) -> LiveApp:
        return cast("LiveApp", self.app)

    def show_room(self, view: RoomView) -> None:
        """Draw from the view, which is whole."""

    ready = False
    """Its widgets are there: before that a view has nowhere to go."""

    def show_alarm(self, alarm: AlarmView | None) -> None:
        """The bar across the top, while one is on."""
        bars = list(self.query(AlarmBar))
        if alarm is not None and not bars and self.children:
            bars = [AlarmBar()]
            self.mount(bars[0], before=0)
        for bar in bars:
            bar.show_alarm(alarm)

    def redraw(self) -> None:
        # A screen that was closed may be asked once more while what it consists of is taken away.
        if self.is_mounted and self.live.is_running and self in self.live.screen_stack and not self.live.leaving:
            self.ready = True
            self.show_alarm(self.live.view.alarm)
            self.show_room(self.live.view)
            for bar in self.query(KeyBar):
                bar.show_keys()

    def on_mount(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self.redraw)

    def tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        for line in self.query(Said):
            line.tell(words, detail, ok=ok)

    def whisper(self, words: str) -> None:
        """A hint, on what there is to say it on: the screen may be on its way out."""
        for line in self.query(Said):
            line.hint(words)

    def wish(self, intent: Intent, done: str = "", then: Then | None = None) -> None:
        """Submit, without waiting; say what came of it. `done` is the sentence when it was taken."""
        self.live.wish(intent, lambda outcome: self._answered(outcome, done, then))

    def ask_wish(
        self,
        title: str,
        hint: str,
        make: Callable[[str], Intent],
        done: Callable[[str], str],
        *,
        does: str = "",
        missing: str = "",
        value: str = "",
        check: Callable[[str], str] | None = None,
    ) -> None:
        """Ask for a line and submit what `make` makes of it; `done`: the sentence when it was taken. What the rules
        refuse stays in the dialog with their reason. The others as in LineBox."""

        async def send(text: str) -> str:
            outcome = await self.live.wished(make(text))
            if not outcome.ok:
                return refused_words(outcome)
            self._answered(outcome, done(text), None)
            return ""

        self.app.push_screen(LineBox(title, hint, does=does, missing=missing, value=value, check=check, send=send))

    def wish_open(self, intent: Intent, done: str, then: Then | None = None) -> None:
        """Submit what opens a question, and say which other one it closed. Before an anonymous one is opened to so few
        that nothing would be kept, ask."""
        before = self.open_now()

        def answered(outcome: Outcome) -> None:
            words = self.run_words(intent) if outcome.reason == "already-run" else ""
            if words:
                self.tell(words, outcome.detail)
            elif not self._few(outcome, intent, done, then):
                if outcome.ok:
                    self.tell_opened(before, done)
                if then is not None:
                    then(outcome)

        self.wish(intent, done, answered)

    def open_now(self) -> dict[str, str]:
        """Words of the open questions, by activity."""
        return {line.activity: asked(line) for line in self.live.bridge.view().open}

    def tell_opened(self, before: dict[str, str], done: str) -> None:
        """Say `done`, and which of those that were open `before` are not any more."""
        now = self.open_now()
        closed = [f"“{words}”" for activity, words in before.items() if activity not in now]
        more = f" {_('Closed for it: {questions}', questions=', '.join(closed))}" if closed else ""
        self.tell(done + more, ok=True)

    def run_words(self, intent: Intent) -> str:
        """What to do about a question that was run already, by the keys of this screen; empty for the usual words."""
        return ""

    def _few(self, outcome: Outcome, intent: Intent, done: str, then: Then | None) -> bool:
        """Whether the rules wait for a yes: too few are here for an anonymous question."""
        if outcome.reason != SMALL or not hasattr(intent, "small"):
            return False
        self.tell("")

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish_open(replace(intent, small=True), done, then)

        self.app.push_screen(Confirm(small_words(self.live.bridge.view())), sure)
        return True

    def tell_room(self) -> None:
        """Ask for a notice to phones and wall."""
        self.ask_wish(
            _("Tell the room"),
            _("One sentence; every phone and the wall show it."),
            lambda text: w.Announce(text=text),
            lambda _text: _("Every phone shows it."),
            does=_("tell the room"),
            missing=_("Type it, or press Esc."),
        )

    def take_down(self) -> None:
        """The notice that stands goes from phones and wall."""
        if self.live.view.notice:
            self.wish(w.Announce(text=""), _("The notice is taken down."))
        else:
            self.tell(_("No notice stands."))

    def next_keys(self) -> Sequence[str]:
        """Keys that stand at the bottom now, best first; empty for those of the table."""
        return ()

    def _answered(self, outcome: Outcome, done: str, then: Then | None) -> None:
        if not self.is_mounted or not self.ready:
            return
        if outcome.ok:
            self.tell(done, ok=True)
        else:
            self.tell(outcome.words, outcome.detail)
        if then is not None:
            then(outcome)

    def action_back(self) -> None:
        self.dismiss(None)


def refused_words(outcome: Outcome) -> str:
    """Why not, with what it is about."""
    return f"{outcome.words} ({outcome.detail})" if outcome.detail else outcome.words


def round_of(view: RoomView, activity: str) -> RoundLine | None:
    """The open round of an activity, else its newest."""
    return next((r for r in [*view.open, *reversed(view.rounds)] if r.activity == activity), None)


def heading(title: str, beside: str = "") -> Content:
    """The first line of a screen."""
    more = plain(f"  {beside}" if beside else "", "$muted")
    return join(brand(), plain(title, "bold"), more)


def brand() -> Content:
    """The program's name, and what kind of session this is when it is none of a real room."""
    kind = label.shown()
    return join(plain(" fieldkit  ", "bold $accent"), plain(f"{kind}  " if kind else "", "bold $waiting"))
