"""A question made on the spot. No choices: people write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from fieldkit.core.clean import clean_text
from fieldkit.core.intents import Ask
from fieldkit.core.views import LETTERS
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import letter
from fieldkit.tui.safe import Block, Field, Tick, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.box import Box


class AskBox(Box[Ask]):
    """Enter goes to the next line; on an empty choice, or ^s anywhere, it asks. What is refused stays here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+s", "send", "ask the room", "Dialog", foot=True),
        key("enter", "take", "next line", "Dialog", foot=True),
    ]

    def __init__(self, send: Callable[[Ask], Awaitable[str]]) -> None:
        """`send` asks; it gives why not, empty when the question is open."""
        super().__init__()
        self.send = send
        self._busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Field(hint=_("The question"), limit=500, id="text")
            yield Block(id="how_to")
            for k in range(len(LETTERS)):
                with Horizontal(classes="tight -even" if k % 2 else "tight"):
                    yield Block(id=f"letter{k}")
                    yield Field(limit=200, id=f"choice{k}")
            yield Block(id="missing")
            yield Tick(plain(_("several choices may be taken")), id="multiple")
            yield Tick(plain(_("the room sees the counts while it runs")), id="seen")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#question", Block).show(plain(_("Ask the room"), "bold"))
        self.query_one("#how_to", Block).show(
            plain(""), plain(_("Choices; leave them empty and people write:"), "$muted")
        )
        for k in range(len(LETTERS)):
            self.query_one(f"#letter{k}", Block).show(join(plain(" "), letter(k)))
        self.query_one("#text", Field).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        last = event.input.id == f"choice{len(LETTERS) - 1}"
        if event.input.id != "text" and (last or not event.value.strip()):
            self.action_send()
        else:
            self.focus_next()

    def action_take(self) -> None:
        """The line takes Enter itself; this is for whoever finds it in the palette."""
        if isinstance(self.focused, Field):
            self.focused.post_message(Field.Submitted(self.focused, self.focused.value))

    def action_send(self) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(self._send())

    async def _send(self) -> None:
        made = self._typed()
        try:
            # The rules call it a value that does not fit: they do not know which line it stands on.
            wrong = _("One choice is none: type another one, or none at all.") if len(made.options) == 1 else ""
            wrong = wrong or (_("Each choice once, please.") if len(set(made.options)) < len(made.options) else "")
            wrong = wrong or await self.send(made)
        finally:
            self._busy = False
        if not self.is_attached:
            return
        if wrong:
            self.query_one("#missing", Block).show(*wrap(wrong, 56, 2, "bold $refused"))
            if not made.text:
                self.query_one("#text", Field).focus()
        else:
            self.dismiss(made)

    def _typed(self) -> Ask:
        choices = [clean_text(self.query_one(f"#choice{k}", Field).value) for k in range(len(LETTERS))]
        return Ask(
            text=clean_text(self.query_one("#text", Field).value),
            options=tuple(c for c in choices if c),
            multiple=self.query_one("#multiple", Tick).value,
            live=self.query_one("#seen", Tick).value,
        )
