"""After the end: what was recorded, and what to do with it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import clock
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.export import ExportBox
from fieldkit.tui.screens.people import PeopleScreen, mark_words
from fieldkit.tui.screens.results import ResultsScreen


class SummaryScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "leave", "done", "Session", foot=True),
        key("x", "export", "export tables", "Session", foot=True),
        key("y", "carry", "carry to head office", "Session", foot=True),
        key("w", "people", "people and corrections", "Session", foot=True),
        key("t", "results", "all results", "Session", foot=True),
        key("o", "reopen", "open the session again", "Session"),
        key("escape", "leave", "done", "Session"),
    ]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Block(classes="body", id="text")
        yield Said(id="said")
        yield KeyBar()

    def show_room(self, view: RoomView) -> None:
        width = self.size.width
        self.query_one("#top", Block).show(fit(heading(_("The session has ended"), view.title), width))
        came = [p for p in view.people if p.status in ("in", "out")]
        missing = [p for p in view.people if p.status == "expected"]
        walkins = sum(p.walkin for p in came)
        known = len(came) - walkins
        marks: dict[str, int] = {}
        for person in view.people:
            if person.mark:
                marks[person.mark] = marks.get(person.mark, 0) + 1
        facts: list[tuple[str, str]] = [
            (_("came"), _("{n} of {of} expected, and {more} more", n=known, of=view.expected, more=walkins)),
            (_("did not come"), str(len(missing))),
            (_("marked"), ", ".join(f"{mark_words(k)} {n}" for k, n in marks.items()) or "–"),
            (_("questions"), count("{n} round", "{n} rounds", sum(1 for r in view.rounds if r.state != "void"))),
            (_("messages"), str(len(view.says))),
            (_("time"), _("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms))),
            (_("saved"), _("{n} records, signed by this laptop", n=view.saved + 1)),
        ]
        out: list[Content] = [plain("")]
        for label, value in facts:
            out.append(fit(join(plain(" "), fit(label, 14, "$muted"), plain("  "), plain(value, "bold")), width))
        out += [
            plain(""),
            *(
                join(plain(" "), x)
                for x in wrap(
                    _("Everything is on this laptop. Nothing leaves it until you export or carry it."), width - 2, 2
                )
            ),
        ]
        self.query_one("#text", Block).show(*out)

    def action_leave(self) -> None:
        self.app.exit("ended")

    def action_export(self) -> None:
        self.app.push_screen(ExportBox())

    def action_people(self) -> None:
        self.app.push_screen(PeopleScreen(after=True))

    def action_results(self) -> None:
        self.app.push_screen(ResultsScreen())

    def action_carry(self) -> None:
        self.query_one(Said).hint(_("Carrying…"))
        self.run_worker(self._carry(), exclusive=True)

    async def _carry(self) -> None:
        try:
            self.tell(await self.live.tools.carry(), ok=True)
        except FieldkitError as e:
            self.tell(f"{e.sentence} {e.hint}".strip())

    def action_reopen(self) -> None:
        question = _("Open the session again? The record keeps that it was ended.")

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.Reopen(why="mistake"), _("Open again."))

        self.app.push_screen(Confirm(question), sure)
