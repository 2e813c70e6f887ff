"""The live screen: what runs now, what may be done next, who waits for whom. Every key submits; the rules answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core import intents as w
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.refusals import Refusal
from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.nextthing import HELPER, MORE_S, keys_at, shown_round
from fieldkit.tui.panels.door import Door
from fieldkit.tui.panels.figures import asked, type_word
from fieldkit.tui.panels.foot import Foot, News, nudge_words, unlisted
from fieldkit.tui.panels.head import Head
from fieldkit.tui.panels.question import Question
from fieldkit.tui.panels.sheet import Side
from fieldkit.tui.panels.step import step_lines
from fieldkit.tui.panels.who import Who
from fieldkit.tui.say import _
from fieldkit.tui.screens.ask import AskBox
from fieldkit.tui.screens.base import Said, refused_words
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.groups import GroupsScreen
from fieldkit.tui.screens.hands import HandsBox
from fieldkit.tui.screens.live_people import PeopleKeys
from fieldkit.tui.screens.live_sheet import SheetKeys
from fieldkit.tui.screens.proxy import ProxyScreen
from fieldkit.tui.screens.results import ResultsScreen
from fieldkit.tui.screens.signoff import SignOffScreen

SETTLED_S = 1.0
"""A change that comes later than this after an answer was not made by the key that was answered."""
NARROW = 72
"""Columns below which answers that are told need the whole width."""
WHO_WIDTH = 27
"""Of the list beside the question on 80 columns (style sheet)."""


class LiveScreen(SheetKeys, PeopleKeys):
    BINDINGS: ClassVar[list[BindingType]] = [
        # The order of those with `foot` is the order at the bottom of the screen.
        key("space", "go", "the next sensible thing", "Run sheet", foot=True),
        key("r", "reveal", "reveal", "Question", foot=True),
        key("v", "revote", "re-vote", "Question", foot=True),
        key("n", "next", "next", "Run sheet", foot=True),
        key("b", "badge", "badge", "People", foot=True),
        key("p", "proxy", "for somebody", "Question", foot=True),
        key("exclamation_mark", "alarm", "alarm", "People", foot=True),
        key("a", "ask", "ask", "Question", foot=True),
        key("w", "people", "people", "People", foot=True),
        key("d", "discussion", "discussion", "People", foot=True),
        key("s", "sheet", "sheet", "Run sheet", foot=True),
        key("f", "close", "close", "Question"),
        key("m", "more_time", "more time", "Question"),
        key("M", "no_limit", "no time limit", "Question"),
        key("o", "open", "open this step's question", "Question"),
        key("h", "hide", "hide the result again", "Question"),
        key("V", "void", "undo: void this round", "Question"),
        key("P", "paper", "answers from paper", "Question"),
        key("c", "hands", "count hands", "Question"),
        key("l", "sign_off", "sign off a checklist", "Question"),
        key("G", "groups", "groups", "Question"),
        key("tab", "look", "look at another open one", "Question"),
        key("t", "results", "all results", "Question"),
        key("k", "notes", "notes and slides", "Run sheet"),
        key("K", "cards", "cue cards, widely spaced", "Run sheet"),
        key("T", "timeline", "timeline", "Run sheet"),
        key("L", "log", "newest records", "Run sheet"),
        key("z", "pause", "pause", "Run sheet"),
        key("g", "resume", "go on after a pause", "Run sheet"),
        key("E", "end", "end the session", "Run sheet"),
        key("B", "badge_out", "badge out: people leave", "People"),
        key("S", "badge_turns", "badge in, again: out", "People"),
        key("H", "raised", "raised hands", "People"),
        key("Q", "asks", "questions to you", "People"),
        key("i", "admit", "let in who waits at the door", "People"),
        key("u", "roll_call", "roll call: say here", "People"),
        key("y", "announce", "tell the room", "People"),
        key("q", "invite", "QR and addresses", "Program"),
        key("J", "joining", "who gets how far", "Program"),
        key("C", "consoles", "other laptops, your phone", "Program"),
        key("x", "export", "export tables", "Program"),
        key("Y", "unannounce", "take the notice down", "People"),
        key("escape", "back", "put the badge field away", "People"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._told_at = 0.0
        """When something was said last (seconds of the loop)."""
        self._at: tuple[object, ...] = ()
        """State, segment and what is open, as it was drawn last."""
        self._look: str | None = None
        """The open activity that is looked at, when tab chose one."""

    def compose(self) -> ComposeResult:
        head = Head()
        head.label = self.live.label
        yield head
        with Horizontal(id="middle"):
            yield Side()
            yield Question()
            yield Who()
        yield Foot()
        yield Said(id="said")
        yield Door(id="badge")
        yield KeyBar()

    # ---- showing

    def explained(self) -> list[tuple[str, str]]:
        """For the help: each counter and mark of this screen with what it means."""
        return [
            (_("SAVED {n}", n=405), _("records on this laptop's disk: what is in that number is safe")),
            (_("fresh {digits}", digits=417), _("a code that changes every 30 s; whoever types it is in the room")),
            (_("phones {n}", n=16), _("connected now; away: silent now; no phone: you answer for them")),
            (_("HANDS {n}", n=1), _("hands up now; [H] shows who")),
            (_("QUESTIONS {n} new", n=3), _("to you, not looked at yet; [Q] shows them")),
            (_("TEMPO"), _("the newest tap of each phone: lost, ok, or faster, in this segment")),
            (_("ROOM"), _("who waits at the door, and badges that are not on the list")),
            (_("missing {n}", n=3), _("are here and have not answered; never came: expected, not here")),
        ]

    def tell(self, words: str, detail: str = "", *, ok: bool = False) -> None:
        self._told_at = asyncio.get_running_loop().time()
        super().tell(words, detail, ok=ok)

    def _forget(self, view: RoomView) -> None:
        """An answer to a key goes when what it was about has changed by itself: "Open" of what the time has closed. For
        a moment it waits for the change that the key itself made."""
        was, self._at = self._at, (view.state, view.segment, tuple((x.activity, x.round) for x in view.open))
        if was and was != self._at and asyncio.get_running_loop().time() - self._told_at > SETTLED_S:
            self.query_one("#said", Said).clear()

    def shown(self) -> RoundLine | None:
        """The round that is looked at: the one chosen with tab, else the one that was opened last, else the newest
        closed while the room is at it. None: the step itself is shown."""
        return shown_round(self.live.view, self._look)

    def next_keys(self) -> Sequence[str]:
        """What the session is at decides which keys stand first at the bottom; the very first does the next thing."""
        keys, thing = self.keys_now(), self.next_thing()
        if thing is None:
            return keys
        return ("space", *(k for k in keys if k not in ("space", thing)))

    def keys_now(self) -> tuple[str, ...]:
        """The keys of what the session is at; a helper has few that do anything."""
        if self.live.far != HELPER and self.query_one(Door).has_class("-on"):
            return ("escape",)
        return keys_at(self.live.view, self.shown(), self.live.far)

    def show_room(self, view: RoomView) -> None:
        shown = self.shown()
        also = [asked(line) for line in view.open if shown is None or line.activity != shown.activity]
        door = self.query_one(Door)
        news = News(
            asks=sum(1 for s in view.asks if s.ref > self.live.asked),
            messages=sum(1 for s in view.says if s.activity is not None and s.ref > self.live.seen),
            unknown=len(door.unknown),
            unlisted=len(unlisted(view, self.live.known)),
        )
        self._forget(view)
        trouble, helps = self.live.bridge.trouble, self.live.far == HELPER
        if trouble:
            self.tell(trouble)
        self.query_one("#said", Said).quiet(nudge_words(view.nudges[0]) if view.nudges else "")
        self.query_one(Head).show_room(view, self.live.invite(), shown, trouble=bool(trouble), helps=helps)
        middle, foot = self.query_one(Question), self.query_one(Foot)
        foot.bare(middle.has_notes(view, shown, foot.lent))
        below = shown is not None and self._says_below(shown)
        middle.show_room(view, shown, helps=helps, below=below)
        self.query_one(Who).show_room(view, shown)
        self.query_one(Who).display = self._has_side(view, shown)
        self.query_one(Side).show_room(view)
        foot.show_room(view, also, news, helps=helps)
        for bar in self.query(KeyBar):
            bar.show_keys()

    def _has_side(self, view: RoomView, shown: RoundLine | None) -> bool:
        """Groups and checklists name everybody themselves."""
        if shown is not None:
            return shown.type not in ("breakout", "checklist") and not self._says_below(shown)
        return not self._needs_width(view)

    def _says_below(self, shown: RoundLine) -> bool:
        """In a narrow window choices need the width more than two lines without names, which stand below them."""
        return self.size.width < NARROW and shown.state != "open" and not shown.sure_wrong

    def _needs_width(self, view: RoomView) -> bool:
        """The step's words are long: reading them comes before the list of who is still to come."""
        middle, who = self.query_one("#middle"), self.query_one(Who)
        if not view.step_text or view.state == "new" or middle.size.height < 1:
            return False
        side = who.size.width if who.display else WHO_WIDTH
        beside = self.query_one(Side).size.width if self.query_one(Side).display else 0
        room = middle.size.width - beside - side - 1
        return len(step_lines(view, room, notes=False)) > middle.size.height

    def _looked_at(self) -> RoundLine | None:
        """What keys of a result act on: what is looked at, else the newest result."""
        return self.shown() or self.live.view.last

    def _activity(self) -> str | None:
        shown = self._looked_at()
        return shown.activity if shown else None

    def action_next(self) -> None:
        self._look = None
        self.wish_open(w.NextStep(), _("Next step."))

    # ---- the question

    def action_close(self) -> None:
        shown = self.shown()
        if shown is None or shown.state != "open":
            self.tell(_(Refusal("nothing-open").words))
        else:
            reveals = shown.votes and shown.reveals and shown.reveal != "never"
            words = _("Closed. [r] reveals it.") if reveals else _("Closed.")
            self.wish(w.CloseActivity(activity=shown.activity), words)

    def action_more_time(self) -> None:
        shown = self.shown()
        endless = shown is not None and shown.left_ms is None
        self._extend(shown, MORE_S, _("It closes in 30 seconds.") if endless else _("30 seconds more."))

    def action_no_limit(self) -> None:
        self._extend(self.shown(), None, _("It stays open until you close it."))

    def _extend(self, shown: RoundLine | None, seconds: int | None, words: str) -> None:
        if shown is None or shown.state != "open":
            self.tell(_(Refusal("nothing-open").words))
        else:
            self.wish(w.Extend(activity=shown.activity, seconds=seconds), words)

    def action_open(self) -> None:
        """The question of the step that is on; without one, the run sheet offers them all."""
        now = [t for s in self.live.view.plan for t in s.steps if t.state == "now" and t.activity]
        if now:
            self.wish_open(w.OpenActivity(activity=now[0].activity), _("Open."))
        else:
            self.action_sheet()

    def run_words(self, intent: w.Intent) -> str:
        """The key for another round asks again what is looked at, which may be another question."""
        if isinstance(intent, w.OpenActivity) and intent.activity != self._activity():
            return _("It has been run. [s] shows it in the run sheet, where it is revealed or asked again.")
        return ""

    def action_reveal(self) -> None:
        self.wish(w.Reveal(activity=self._activity()), _("Shown to the room."))

    def action_hide(self) -> None:
        self.wish(w.Hide(activity=self._activity()), _("Hidden from the room."))

    def action_revote(self) -> None:
        self.wish_open(w.Revote(activity=self._activity()), _("The next round is open."))

    def action_void(self) -> None:
        meant = self._looked_at()
        if meant is None:
            self.wish(w.Void())
            return
        activity, kind, of = meant.activity, type_word(meant.type), meant.of
        what = _("{type}, round {n}, answered {m} of {of}", type=kind, n=meant.round, m=meant.answered, of=of)
        question = _("Void this round? Its answers are kept, but do not count.") + f" “{asked(meant)}” ({what})"
        self.app.push_screen(
            Confirm(question), lambda yes: self.wish(w.Void(activity=activity), _("Void.")) if yes else None
        )

    def action_ask(self) -> None:
        async def send(asked: w.Ask) -> str:
            before = self.open_now()
            outcome = await self.live.wished(asked)
            if not outcome.ok:
                return refused_words(outcome)
            self.tell_opened(before, _("Open."))
            return ""

        self.app.push_screen(AskBox(send))

    def action_proxy(self) -> None:
        shown = self.shown()
        if shown is None or shown.state != "open":
            self.tell(_(Refusal("nothing-open").words))
        elif not self._alone(shown):
            self.app.push_screen(ProxyScreen(shown.activity))

    def _alone(self, line: RoundLine) -> bool:
        """Whether nobody may answer this one for somebody else; said, or done where it is done, before anything is
        typed."""
        if line.by_others:
            return False
        if line.mode == "anonymous":
            self.tell(_(Refusal("anonymous").words))
        elif line.type == "checklist":
            self.app.push_screen(SignOffScreen(line.activity))
        elif line.type == "breakout":
            self.app.push_screen(GroupsScreen(line.activity))
        elif line.type == "prompt":
            self.tell(_("Messages are written on phones. [k] takes a note for the record."))
        elif line.type == "acknowledge":
            self.tell(_("Nobody signs for somebody else. [q] shows the code for another phone, and offers a kiosk."))
        elif line.type == ATTENDANCE:
            self.tell(_("Who is here is said in the list of people: [w], then [enter]."))
        return True

    def action_paper(self) -> None:
        """Sheets are typed in afterwards, so a closed question will do."""
        meant = self._looked_at()
        if meant is None:
            self.tell(_(Refusal("not-run").words))
        elif not self._alone(meant):
            self.app.push_screen(ProxyScreen(meant.activity, paper=True))

    def action_sign_off(self) -> None:
        found = self._newest("checklist")
        if found is None:
            self.tell(_("No checklist has been opened yet."))
        else:
            self.app.push_screen(SignOffScreen(found.activity))

    def action_groups(self) -> None:
        found = self._newest("breakout")
        if found is None:
            self.tell(_("No groups have been opened yet."))
        else:
            self.app.push_screen(GroupsScreen(found.activity))

    def _newest(self, kind: str) -> RoundLine | None:
        """The one of this type that is looked at, else the newest open one, else the newest of all."""
        view, shown = self.live.view, self.shown()
        every = [*([shown] if shown is not None else []), *reversed(view.open), *reversed(view.rounds)]
        return next((line for line in every if line.type == kind and line.state != "void"), None)

    def action_hands(self) -> None:
        shown = self.shown()
        if shown is None or not shown.by_hands:
            # Nothing to count: the rules say so in their own words.
            self.wish(w.CountHands(activity=shown.activity if shown else "", counts={}))
            return

        def counted(counts: dict[str, int] | None) -> None:
            if counts is not None:
                self.wish(
                    w.CountHands(activity=shown.activity, counts=counts, ids=True), _("The show of hands is saved.")
                )

        self.app.push_screen(HandsBox(shown, several=shown.multiple), counted)

    def action_look(self) -> None:
        ids = [line.activity for line in self.live.view.open]
        if ids:
            at = self._activity()
            self._look = ids[(ids.index(at) + 1) % len(ids)] if at in ids else ids[0]
            self.redraw()

    def action_results(self) -> None:
        self.app.push_screen(ResultsScreen())
