"""Erase a person from a stored session: who is in it, and what is still pending."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from fieldkit.tui.erasetools import ErasePeople, ErasePerson, EraseTools
from fieldkit.tui.keys import key
from fieldkit.tui.panels.erase import person_row
from fieldkit.tui.safe import Block, Content, Pick, plain, wrap
from fieldkit.tui.say import _, told
from fieldkit.tui.screens.erasing import Came, ErasingBox
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.page import PickLeaf
from fieldkit.tui.screens.progress import worked


class EraseScreen(PickLeaf[None]):
    """Enter on a person shows what would go; nothing is erased before the badge was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "what would go", "Erase", foot=True),
        key("slash", "search", "search", "Erase", foot=True),
        key("r", "again", "try again what is pending", "Erase"),
    ]

    def __init__(self, tools: EraseTools, ref: str, title: str) -> None:
        super().__init__()
        self.tools, self.ref, self.title_ = tools, ref, title
        self.state: ErasePeople | None = None
        self.words = ""

    def on_mount(self) -> None:
        self._look()

    def _look(self) -> None:
        async def run() -> None:
            self.state = await worked(self, _("Reading…"), lambda _work: self.tools.people(self.ref))
            self.redraw()

        self.go(run, "look")

    # ---- drawing

    def title_words(self) -> tuple[str, str]:
        return _("Erase a person"), self.title_ if self.state is not None else _("Reading…")

    def people(self) -> list[ErasePerson]:
        looked = self.words.casefold()
        every = self.state.people if self.state is not None else ()
        return [x for x in every if any(looked in known.casefold() for known in (x.name, x.badge, x.code))]

    def draw(self, width: int, height: int) -> None:
        state = self.state
        if state is None:
            return
        lines: list[tuple[str, Content]] = [(x.p, person_row(x, width - 3)) for x in self.people()]
        if not lines:
            words = _("Nobody here is called that.") if self.words else _("Nobody is in this session.")
            lines.append(("-none", plain(words, "$muted")))
        self.query_one(Pick).show(lines)
        about: list[Content] = []
        if state.pending:
            words = _("An erasure in this session is pending: copies are left. It goes on at each start; r tries now.")
            about += wrap(words, width - 2, 2, "bold $waiting")
        if state.legal:
            words = _("The law asks to keep this session ({law}): only head office erases here.", law=state.legal)
            about += wrap(words, width - 2, 2, "bold $waiting")
        elif not about:
            words = _("Names, badges and words of one person go; counts, proofs and everybody else stay.")
            about += wrap(words, width - 2, 2, "$muted")
        self.query_one("#about", Block).show(*(plain(" ") + line for line in about))

    # ---- keys

    @on(Pick.OptionSelected)
    def action_choose(self) -> None:
        at = self.query_one(Pick).at
        if at is None or not any(x.p == at for x in self.people()):
            return

        def back(came: Came | None) -> None:
            if came is not None:
                self.tell(came.words, ok=came.ok)
                self._look()

        async def run() -> None:
            plan = await worked(self, _("Reading…"), lambda _work: self.tools.plan(self.ref, at))
            self.app.push_screen(ErasingBox(self.tools, self.ref, plan), back)

        self.go(run)

    def action_search(self) -> None:
        def typed(text: str | None) -> None:
            if text is not None:
                self.words = text
                self.redraw()

        self.app.push_screen(LineBox(_("Whom?"), _("Name or badge; empty shows everybody."), value=self.words), typed)

    def action_again(self) -> None:
        async def run() -> None:
            left = await worked(self, _("Erasing…"), lambda _work: self.tools.go_on(), writes=True)
            if left:
                self.tell(" ".join(told(x) for x in left))
            else:
                self.tell(_("Nothing is pending any more."), ok=True)
            self._look()

        if self.state is not None and self.state.pending:
            self.go(run)
        else:
            self.tell(_("Nothing is pending."), ok=True)
