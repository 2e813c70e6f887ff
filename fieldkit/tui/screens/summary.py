"""After the end: what was recorded, and what to do with it."""

from __future__ import annotations

from pathlib import Path
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
from fieldkit.tui.screens.carry import ask_folder, carry_there
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.export import ExportBox
from fieldkit.tui.screens.people import PeopleScreen, mark_words
from fieldkit.tui.screens.results import ResultsScreen


def people_facts(view: RoomView) -> list[tuple[str, str]]:
    """Who came and how each one counts, as in the attendance table: the second line adds up to everybody."""
    o = view.outcome
    if o is None:
        return []
    came = _("{n} of {of} expected, and {more} more", n=o.came, of=o.expected, more=o.walkins)
    counts = {"present": o.present, "late": o.late, "left_early": o.left_early, "excused": o.excused}
    parts = [f"{mark_words(k)} {n}" for k, n in counts.items() if n]
    return [(_("came"), came), (_("attendance"), ", ".join([*parts, f"{mark_words('absent')} {o.absent}"]))]


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
        facts = [
            *people_facts(view),
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
            *(join(plain(" "), line) for line in wrap(self._where(), width - 2, 3)),
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

    def _where(self) -> str:
        """Where the records are now."""
        try:
            stage = self.live.tools.stage()
        except FieldkitError:
            stage = ""
        return {
            "packed": _("It is packed on this laptop and waits to be carried to head office."),
            "sealed": _("It is packed on this laptop and waits to be carried to head office."),
            "carried": _("It was carried. Head office's receipt is not here yet."),
            "ingested": _("Head office has it. Its receipt is not here yet."),
            "receipted": _("Head office has receipted all of it."),
        }.get(stage) or _("Everything is on this laptop. Nothing leaves it until you export or carry it.")

    def action_carry(self) -> None:
        ask_folder(self.app, lambda folder: self.run_worker(self._carry(folder), exclusive=True))

    async def _carry(self, folder: Path) -> None:
        said = self.query_one(Said)
        said.hint(_("Carrying…"))
        await carry_there(self.live.tools, folder, said)
        self.redraw()

    def action_reopen(self) -> None:
        question = _("Open the session again? The record keeps that it was ended.")

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.Reopen(why="mistake"), _("Open again."))

        self.app.push_screen(Confirm(question), sure)
