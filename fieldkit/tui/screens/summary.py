"""After the end: what was recorded, and what is still to be done about it, each with Enter.

The list begins with what changes the record, then who signs it, then the way to head office; its last row leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.worker import WorkType

from fieldkit.core import intents as w
from fieldkit.core.views import LooseEnd, RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import key
from fieldkit.tui.panels.after import column_lines, fact_lines, loose_row, loose_words
from fieldkit.tui.panels.way import ladder, stage_sentence
from fieldkit.tui.safe import HEADING, Block, Content, fit, join, plain
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.answers import AnswersScreen
from fieldkit.tui.screens.attest import AttestBox
from fieldkit.tui.screens.base import RoomScreen, heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.export import ExportScreen
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.screens.people import PeopleScreen
from fieldkit.tui.screens.results import ResultsScreen
from fieldkit.tui.screens.signoff import SignOffScreen
from fieldkit.tui.screens.stick import StickScreen
from fieldkit.tui.screens.way import WayScreen

BELOW = 6
"""Lines of the screen beside facts and list: the first one, the list's edge, the answer, the keys, one to breathe."""
LOW = 18
"""Lines of a window below which the list needs every one of them."""
CARRIED = ("carried", "ingested", "receipted")


def end_row(end: LooseEnd, width: int) -> tuple[str, Content]:
    kind = "look" if end.idle and end.kind == "no-badge" else end.kind
    return f"{end.kind} {end.activity}", loose_row(loose_words(end), end.names, kind, width)


class SummaryScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "mend", "see to it", "Session", foot=True),
        key("g", "attest", "sign the session", "Session", foot=True),
        key("x", "export", "export tables", "Session", foot=True),
        key("y", "carry", "carry to head office", "Session", foot=True),
        key("w", "people", "people and corrections", "Session", foot=True),
        key("t", "results", "all results", "Session"),
        key("v", "way", "on the way to head office", "Session", foot=True),
        key("o", "reopen", "open the session again", "Session"),
        key("escape", "leave", "done", "Session", foot=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._stage: str | None = None
        """How far it is on its way; None until it was read, and while it cannot be (`_unread` says why)."""
        self._unread = ""
        self._answers: list[AnswerLine] = []
        self._read_at = -1

    def between(self) -> ComposeResult:
        yield Block(id="facts")

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("The session has ended"), view.title)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        ends = view.after.loose if view.after is not None else []
        rows = [end_row(x, width) for x in ends if not x.idle]
        if n := len(self._answers):
            words = count("{n} question was answered by head office", "{n} questions were answered by head office", n)
            rows.insert(0, ("answers ", loose_row(words, (), "answers", width)))
        if self._stage not in CARRIED:
            way = _("Reading…") if self._stage is None else stage_sentence(self._stage)
            rows.append(("carry ", loose_row(self._unread or way, (), "carry", width)))
        words = _("That can wait") if rows else _("Nothing is left to do")
        head = (f"{HEADING}loose", plain(_("STILL TO DO"), "$muted"))
        leave = ("done ", loose_row(words, (), "done", width))
        idle = [end_row(x, width) for x in ends if x.idle]
        if idle:
            idle.insert(0, (f"{HEADING}idle", plain(_("NOTHING HAS TO BE DONE ABOUT"), "$muted")))
        return [head, *rows, leave, *idle]

    def show_room(self, view: RoomView) -> None:
        if view.after is None:
            return
        if self._read_at != view.saved:  # a record more, and what was carried is no longer all of it
            self._read_at = view.saved
            self._look_again()
        width, height = self.size
        super().show_room(view)
        facts = fact_lines(view, width)
        if height >= LOW:
            facts.append(self._way_line(width))
        # The list keeps its rows, its heading and its last one as long as there is room for any figures at all.
        rows = min(8, len(view.after.loose) + 3 + bool(self._answers) + any(x.idle for x in view.after.loose))
        most = height - BELOW - len(facts) - rows
        columns = column_lines(view.after, width, most) if most >= 2 else []
        self.query_one("#facts", Block).show(*facts, *([plain(""), *columns] if columns else []))

    def _way_line(self, width: int) -> Content:
        """Which of the four stages on the way to head office hold."""
        far = ladder(self._stage) if self._stage is not None else plain(self._unread or _("Reading…"), "$muted")
        return fit(join(plain(" "), fit(_("on its way"), 11, "$muted"), plain(" "), far), width)

    async def _look(self) -> None:
        """How far it is on its way, off the loop: when the screen comes up, and after whatever changes the record."""
        try:
            stage, unread = await self.live.tools.stage(), ""
        except FieldkitError as wrong:
            stage, unread = None, error_words(wrong)
        try:
            self._answers = await self.live.tools.answers()
        except FieldkitError:  # what is on its way is said above; the answers come again
            self._answers = []
        self._stage, self._unread = stage, unread
        self.redraw()

    def _look_again(self) -> None:
        # Handed over as a function: a worker that is stopped before its first step would leave a coroutine unawaited.
        look: WorkType[None] = self._look
        if self.is_attached and self.app.is_running:
            self.run_worker(look, exclusive=True, group="stage")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._look_again()

    # ---- what Enter does

    def _end(self) -> tuple[str, LooseEnd | None]:
        """(kind, loose end) under the cursor."""
        kind, _space, activity = self.at.partition(" ")
        ends = self.live.view.after.loose if self.live.view.after is not None else []
        return kind, next((x for x in ends if (x.kind, x.activity) == (kind, activity)), None)

    def action_mend(self) -> None:
        kind, end = self._end()
        if kind == "done":
            self.action_leave()
        elif kind == "carry":
            self.action_carry()
        elif kind == "answers":
            self.app.push_screen(AnswersScreen(self._answers))
        elif end is None:
            return
        elif kind in ("not-signed", "signed-before"):
            self.action_attest()
        elif kind in ("parked", "asked"):
            self.app.push_screen(ExportScreen("discussion"))
        elif kind == "removed-answers":
            self._strike(end)
        elif kind == "unrevealed":
            self.action_results()
        elif kind == "acknowledge":
            self._sign_again(end.activity)
        elif kind == "sign-off":
            activity = end.activity
            question = _("Open the session again to judge it? The record keeps that it was ended.")
            self._reopen(question, lambda: SignOffScreen(activity))
        else:
            self.app.push_screen(PeopleScreen(after=True, only=frozenset([*end.people, *end.maybe])))

    def _sign_again(self, activity: str) -> None:
        """Open the session, and in it what was to be signed; who has signed need not again."""

        def opened(outcome: Outcome) -> None:
            if outcome.ok:
                self.live.wish(w.OpenActivity(activity=activity), lambda outcome: None)

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.Reopen(why="mistake"), _("Open again."), opened)

        question = _("Open the session again so that they can sign? The record keeps that it was ended.")
        self.app.push_screen(Confirm(question), sure)

    def _strike(self, end: LooseEnd) -> None:
        question = count(
            "Make {n} answer void? It stays in the record and no longer counts.",
            "Make {n} answers void? They stay in the record and no longer count.",
            len(end.refs),
        )

        def sure(yes: bool | None) -> None:
            for ref in end.refs if yes else ():
                self.wish(w.Correct(do="void", by="fac", why="mistake", ref=ref), _("They are void."))

        self.app.push_screen(Confirm(question), sure)

    def _reopen(self, question: str, then: Callable[[], RoomScreen] | None = None) -> None:
        def sure(yes: bool | None) -> None:
            if yes:
                self.live.then = then
                self.wish(w.Reopen(why="mistake"), _("Open again."), self._opened)

        self.app.push_screen(Confirm(question), sure)

    def _opened(self, outcome: Outcome) -> None:
        if not outcome.ok:
            self.live.then = None

    # ---- keys

    def action_leave(self) -> None:
        self.app.exit("ended")

    def action_attest(self) -> None:
        after = self.live.view.after
        signed = after is not None and any(one.whole for one in after.signs)
        self.app.push_screen(AttestBox("corrected" if signed else "held"), self._signed)

    def _signed(self, words: str | None) -> None:
        if words:
            self.tell(words, ok=True)

    def action_export(self) -> None:
        self.app.push_screen(ExportScreen())

    def action_carry(self) -> None:
        self.app.push_screen(StickScreen())

    def action_people(self) -> None:
        self.app.push_screen(PeopleScreen(after=True))

    def action_results(self) -> None:
        self.app.push_screen(ResultsScreen())

    def action_way(self) -> None:
        self.app.push_screen(WayScreen())

    def action_reopen(self) -> None:
        self._reopen(_("Open the session again? The record keeps that it was ended."))
