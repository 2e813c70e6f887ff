"""The live session as lines of text, for who has the terminal read out: no screen, no cursor, no colours.

The same view as the screen's and the same wishes: what changed is printed as a line, what is typed is a verb of `ctl`
or the screen's own short key, and the rules answer in the same sentences. A verb that cannot simply be undone asks
first.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.muster import meant
from fieldkit.core.notices import ALARM
from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.tui import say
from fieldkit.tui.bridge import Bridge, Outcome, RoomChanged, RoomDesk
from fieldkit.tui.keys import sign_of
from fieldkit.tui.linear_news import (
    ASKED,
    MOST,
    came_words,
    check_lines,
    facts,
    muster_lines,
    news,
    none_words,
    status_lines,
)
from fieldkit.tui.linear_trips import VERBS, Trips
from fieldkit.tui.linear_typed import SHORT, filled, possible, thing_now
from fieldkit.tui.muster import roll, safe_question
from fieldkit.tui.nextthing import MORE_S, shown_round
from fieldkit.tui.panels.after import end_question
from fieldkit.tui.refused import SMALL, small_words
from fieldkit.tui.safe import tidy
from fieldkit.tui.say import _
from fieldkit.tui.tools import Invite, Tools
from fieldkit.verbs import TYPED, Admit, Kiosk, SecondConsole, ShowAddress, Tick, Wish, wish_of

if TYPE_CHECKING:
    from fieldkit.tui.tools import ConsoleTools

SLOW_S = 5.0
"""Counts and arrivals are told no more often than this."""
SURE: dict[type, Callable[[RoomView], str]] = {
    w.End: end_question,
    w.Void: lambda view: _("Void this round? Its answers are kept, but do not count."),
}
"""Wishes that ask first, with the screen's own question."""


class Linear:
    """One live session. `out` takes one line at a time."""

    def __init__(self, desk: RoomDesk, tools: Tools, lang: str, out: Callable[[str], None]) -> None:
        self.tools = tools
        self.bridge = Bridge(desk, lang, self._changed)
        self._out = out
        self._trips = Trips(tools, out)
        self._facts: dict[str, str] = {}
        self._told = 0.0
        self._sure: Callable[[], object] | None = None
        """What `y` does now."""
        self._rest: list[str] = []
        """Lines of the last list that are not told yet."""
        self._no: Callable[[], object] | None = None
        """What `n` does now."""
        self._alarmed = False
        """An alarm is on, and its list was told."""
        self._done: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def run(self, lines: asyncio.Queue[str | None], leave: asyncio.Event | None = None) -> str:
        """Until the session ended (`ended`) or the trainer left (`left`). None on `lines` is their end."""
        self._facts = facts(self.view, self.bridge.trouble)
        self._told = asyncio.get_running_loop().time()
        self._list(status_lines(self.view, self._invite(), self.bridge.trouble))
        self._out(_("Type ? for what is possible now."))
        self.bridge.start()
        leaving = asyncio.ensure_future(leave.wait() if leave is not None else asyncio.Event().wait())
        try:
            while not self._done.done():
                typed = asyncio.ensure_future(lines.get())
                await asyncio.wait((typed, leaving, self._done), return_when=asyncio.FIRST_COMPLETED)
                if not typed.done():
                    typed.cancel()
                if leaving.done():
                    return "left"
                if typed.done() and not typed.cancelled():
                    line = typed.result()
                    if line is None:  # whoever typed it all at once wants the trip to arrive
                        over = asyncio.ensure_future(self._trips.over())
                        await asyncio.wait((over, leaving), return_when=asyncio.FIRST_COMPLETED)
                        await self._leave()
                    else:
                        await self.take(line)
            return self._done.result()
        finally:
            leaving.cancel()
            await self._trips.close()
            self.bridge.stop()

    @property
    def view(self) -> RoomView:
        return self.bridge.view()

    # ---- what changed

    def _changed(self, message: RoomChanged) -> None:
        now = facts(message.view, self.bridge.trouble)
        at = asyncio.get_running_loop().time()
        slow = at - self._told >= SLOW_S
        lines = news(self._facts, now, slow=slow)
        if lines and slow:
            self._told = at
        # A slow fact that was not told yet stays as it was, so that it still is news when they are due.
        kept = {k: v for k, v in self._facts.items() if k.startswith("slow ")}
        self._facts = now if slow else {**{k: v for k, v in now.items() if not k.startswith("slow ")}, **kept}
        for line in lines[:MOST]:
            self._out(tidy(line))
        if len(lines) > MOST:
            self._out(_("and {n} more", n=len(lines) - MOST))
        was, self._alarmed = self._alarmed, message.view.alarm is not None
        if self._alarmed and not was:  # whoever raised it
            self._list(muster_lines(roll(message.view)))

    def _list(self, lines: Sequence[str]) -> None:
        self._rest = list(lines[MOST:])
        for line in lines[:MOST]:
            self._out(tidy(line))
        if self._rest:
            self._out(_("and {n} more: type more", n=len(self._rest)))

    def _invite(self) -> Invite | None:
        try:
            return self.tools.invite()
        except FieldkitError:
            return None

    # ---- what is typed

    async def take(self, line: str) -> None:
        """One line. Never raises for what cannot be done."""
        sure, no, self._sure, self._no = self._sure, self._no, None, None
        try:
            typed = shlex.split(line)
        except ValueError:
            typed = line.split()
        word = typed[0] if typed else line[:1]  # a space alone is a word
        if sure is not None and word.lower() in ("y", "yes", _("yes")):
            result = sure()
            if asyncio.iscoroutine(result):
                await result
            return
        if sure is not None and word.lower() in ("n", "no", _("no")):  # else `n` would take the next step
            result = no() if no is not None else self._out(_("Nothing was done."))
            if asyncio.iscoroutine(result):
                await result
            return
        try:
            await self._verb(SHORT.get(word, word.lower()), typed[1:])
        except FieldkitError as wrong:
            self._out(f"✕ {tidy(say.error_words(wrong).replace('fieldkit ctl ', ''))}")

    async def _verb(self, verb: str, words: list[str]) -> None:
        if verb in ("?", "help"):
            self._list(possible(self.view))
        elif verb == "verbs":
            own = [f"{name} {usage}: {_(words)}" for name, (usage, words) in VERBS.items()]
            self._list([f"{name} {v.usage}: {_(v.help)}" for name, v in TYPED.items()] + own)
        elif verb == "more":
            self._list(self._rest)
        elif verb == "go":
            await self._go()
        elif verb == "status":
            self._list(status_lines(self.view, self._invite(), self.bridge.trouble))
        elif verb in ASKED:
            self._list(ASKED[verb](self.view) or [none_words(verb)])
        elif verb == "quit":
            question = _("Leave now? The session is paused and can be resumed; phones keep their answers.")
            self._ask(question, self._leave) if self.view.state != "ended" else await self._leave()
        elif verb in VERBS:
            await self._trips.take(verb, words)
        elif verb in ("alarm", "muster", "tick", "untick"):
            await self._muster(verb, words)
        elif verb == "resume":
            await self._resume()
        elif verb == "unsay":
            await self._wish(w.Announce(text=""), _("The notice is taken down."))
        elif verb == "no-limit" or (verb == "extend" and not words):
            await self._verb("extend", [*words[:1], "off" if verb == "no-limit" else str(MORE_S)])
        elif verb not in TYPED:
            raise NotPossible(_("There is no verb {word}.", word=verb[:40]), _("Type ? for what is possible now."))
        elif verb == "check" and len(words) < 2:
            self._list(check_lines(self.view))
        elif verb == "open" and not words:
            await self._open_this()
        else:
            small, live = "--small" in words, "--live" in words
            bare = [x for x in words if x not in ("--small", "--live")]
            await self._do(wish_of(verb, filled(verb, bare, self.view, self._is_question), live, small))

    def _is_question(self, word: str) -> bool:
        return self.bridge.activity(word) is not None

    async def _go(self) -> None:
        """The next sensible thing, as the space bar on the screen; about the question that is looked at."""
        thing, line = thing_now(self.view), shown_round(self.view)
        if thing is None:
            self._out(f"✕ {_('Nothing to do next here.')}")
        else:
            about = [line.activity] if line is not None and thing in ("f", "r") else []
            await self._verb(SHORT[sign_of(thing)], about)

    # ---- the alarm

    async def _muster(self, verb: str, words: list[str]) -> None:
        """The alarm and its list; who is ticked off by badge or by name."""
        alarm = self.view.alarm
        if verb == "alarm" and (alarm is None or self.view.notice != ALARM):
            await self._wish(w.Pause(why="alarm"), _("Paused for an alarm. Every phone and the wall say so."))
            if self.view.alarm is None:  # nothing is recorded: they are called all the same
                self._list(muster_lines(roll(self.view)))
            return
        if alarm is None:
            raise NotPossible(_("There is no alarm."), _("Type ! for one."))
        people = roll(self.view)
        if verb not in ("tick", "untick"):
            self._list(muster_lines(people))
            return
        found = meant(people, " ".join(words)) if words else []
        if len(found) != 1:
            self._out(f"✕ {_('Nobody who is in is called that.') if not found else _('Who of these?')}")
            self._list([f"{x.name}  {x.badge or x.p}" for x in found])
            return
        if not self.bridge.tick(found[0].p, verb == "tick"):
            self._out(f"✕ {_('That tick did not arrive. Tick it again.')}")
            return
        ticked = sum(x.ticked for x in people if x.p != found[0].p) + (verb == "tick")
        so_far = _("{n} of {of} ticked off", n=ticked, of=len(people))
        mark = "✓" if verb == "tick" else "–"
        self._out(tidy(f"{mark} {found[0].name}. {so_far}."))

    async def _resume(self) -> None:
        """An alarm ends on a yes to who is missing; a no keeps it, and the record says who is missing by now."""
        if self.view.alarm is None:
            await self._wish(w.Resume(why="request"), _("Going on."))
            return
        no = _("The alarm goes on. The record says who is missing now.")
        self._ask(
            safe_question(roll(self.view)),
            lambda: self._wish(w.Resume(why="request", safe=True), _("Going on.")),
            lambda: self._wish(w.Resume(why="request", safe=False), no),
        )

    async def _open_this(self) -> None:
        """The question of the step that is on, as the screen's `o`."""
        now = [t for s in self.view.plan for t in s.steps if t.state == "now" and t.activity]
        if now:
            await self._wish(w.OpenActivity(activity=now[0].activity), _("Open."))
        else:
            self._list(ASKED["sheet"](self.view))

    async def _do(self, wish: Wish) -> None:
        question = SURE.get(type(wish))
        if isinstance(wish, Admit):
            given = self.bridge.desk.admit(wish.n)
            self._out(
                say.count("{n} may come in now.", "{n} may come in now.", given) if given else _("Nobody is waiting.")
            )
        elif isinstance(wish, Tick):
            await self._muster("untick" if wish.off else "tick", [wish.who])
        elif isinstance(wish, ShowAddress):
            self.tools.show_address(wish.ip)
            self._list(status_lines(self.view, self._invite(), self.bridge.trouble)[1:2])
        elif isinstance(wish, Kiosk):
            self._out(str(await (self.tools.kiosk_off() if wish.off else self.tools.kiosk())))
        elif isinstance(wish, SecondConsole):
            await self._console(wish, self.tools.consoles)
        elif question is not None:
            self._ask(question(self.bridge.view()), lambda: self._wish(wish))
        else:
            await self._wish(wish)

    async def _console(self, wish: SecondConsole, consoles: ConsoleTools | None) -> None:
        if consoles is None:
            raise NotPossible("This is done at the trainer's laptop.", "Ask the trainer.")
        first = wish.words[0] if wish.words else ""
        if wish.do == "attach":
            await (consoles.off() if first == "off" else consoles.on())
        elif wish.do == "remote":
            await (consoles.remote_off() if first == "off" else consoles.remote_on())
        elif wish.do == "let-in":
            await consoles.let_in(int(first), wish.words[1])
        elif wish.do == "turn-away":
            await consoles.turn_away(int(first))
        else:
            await consoles.throw_out(int(first))
        state, remote = consoles.state(), consoles.remote()
        asking = [f"{x.no} {x.words}: {x.name}" for x in state.asking]  # a name may hold words, too: it comes last
        self._list([x for x in (state.address, state.words, *asking, remote.url) if x] or ["✓"])

    def _ask(self, question: str, sure: Callable[[], object], no: Callable[[], object] | None = None) -> None:
        self._sure, self._no = sure, no
        self._out(f"{tidy(question)} [y] {_('yes')}")

    async def _wish(self, intent: Intent, done: str = "") -> bool:
        """Whether it was taken."""
        outcome: Outcome = await self.bridge.submit(intent)
        if outcome.ok:
            saved = _("SAVED {n}", n=outcome.saved if outcome.saved is not None else self.view.saved)
            self._out(tidy(f"✓ {done or came_words(self.view, intent, outcome.p) or saved}"))
        elif outcome.reason == SMALL and hasattr(intent, "small"):
            self._ask(small_words(self.view), lambda: self._wish(replace(intent, small=True), done))
        else:
            detail = f" ({outcome.detail})" if outcome.detail else ""
            self._out(f"✕ {tidy(outcome.words + detail)}")
        return outcome.ok

    async def _leave(self) -> None:
        ended = self.view.state == "ended"
        if not ended:
            await self.bridge.submit(w.Pause(why="exit"))
        if not self._done.done():
            self._done.set_result("ended" if ended else "left")


__all__ = ["Linear"]
