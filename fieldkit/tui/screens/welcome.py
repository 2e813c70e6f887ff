"""The first start: your name, the network tried with your own phone, one question to practise. Each can be skipped.

Nothing of it is a session: the page is served while it stands here, and no record is made.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from fieldkit.core.clean import clean_name
from fieldkit.tui import say
from fieldkit.tui.hometools import HomeTools, PhoneCheck, PhoneWords
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import letter
from fieldkit.tui.safe import Block, Content, Field, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.joining import finding_words
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.screens.qr import code_lines, drawable

NAME, PHONE, QUESTION = 1, 2, 3
RIGHT = 2
"""Index of the right choice of the practice question."""


def choices() -> tuple[str, ...]:
    return (_("Nothing"), _("Air in the cylinder"), _("Gravity"), _("The rest of the shift"))


class WelcomeScreen(Leaf[None]):
    """Enter goes on, Escape skips the step; after the last one the home screen is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "next", "go on", "First steps", foot=True),
        key("escape", "cancel", "skip this step", "First steps", foot=True),
        key("a", "answer(0)", "answer A", "First steps"),
        key("b", "answer(1)", "answer B", "First steps"),
        key("c", "answer(2)", "answer C", "First steps"),
        key("d", "answer(3)", "answer D", "First steps"),
    ]

    def __init__(self, tools: HomeTools) -> None:
        super().__init__()
        self.tools = tools
        self.step = NAME
        self.found: PhoneCheck | None = None
        self.answer: int | None = None
        self.by_phone = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="body"):
            yield Block(id="qr", auto=True)
            yield Block(id="how")
        with Horizontal(classes="line beside", id="name"):
            yield Block(id="label_name")
            yield Field(hint=_("as the workers know you"), value=self.tools.memory().trainer, limit=80, id="field_name")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        # Now, not at the end: whoever leaves in the middle has seen it, and finds it again among the keys.
        self.tools.remember(replace(self.tools.memory(), welcomed=True))
        self.query_one("#field_name", Field).focus()

    def on_unmount(self) -> None:
        if self._timer is not None:
            self._timer.stop()

    def title_words(self) -> tuple[str, str]:
        return _("Welcome"), _("step {n} of {all}", n=self.step, all=QUESTION)

    # ---- drawing

    def draw(self, width: int, height: int) -> None:
        self.query_one("#name").display = self.step == NAME
        code: list[Content] = []
        if self.step != NAME and self.found is not None:
            code, _why = code_lines(self.found.qr_text, height - 5)
        self.query_one("#qr", Block).show(*code)
        room = max(20, width - (code[0].cell_length + 6 if code else 8))
        lines = {NAME: self._first_words, PHONE: self._phone_words, QUESTION: self._asked_words}[self.step](room)
        self.query_one("#how", Block).show(*lines)
        self.query_one("#label_name", Block).show(plain(" " + _("Your name")))

    def _first_words(self, room: int) -> list[Content]:
        return [
            plain(_("Three short steps, then your first session."), "bold"),
            plain(""),
            *wrap(_("Workers join with their phones; this laptop keeps every answer. No internet is needed."), room, 3),
            plain(""),
            *wrap(_("First: your name, as it will stand on the phones and on the attendance sheet."), room, 3),
        ]

    def _phone_words(self, room: int) -> list[Content]:
        found = self.found
        head = [plain(_("Try the network with your own phone."), "bold"), plain("")]
        if found is None:
            return [*head, plain(_("Opening the page…"), "$muted")]
        out = [
            *head,
            *wrap(_("1. Put the phone into the same Wi-Fi as this laptop."), room, 2),
            *wrap(_("2. Scan the code, or type this address:") if drawable() else _("2. Type this address:"), room, 2),
            plain(""),
            *wrap(found.url, room, 3, "bold $accent"),
            plain(""),
        ]
        return out + self._seen(found, room)

    def _seen(self, found: PhoneCheck, room: int) -> list[Content]:
        if found.phone:
            return [
                *wrap(
                    "✓ " + _("Your phone was here. Workers' phones will come in the same way."), room, 3, "bold $saved"
                ),
                *wrap(_("Press Enter to go on."), room, 1),
            ]
        if not found.findings:
            out = wrap("◷ " + _("Waiting for your phone…"), room, 2, "bold $waiting")
            if found.here:
                out += wrap(_("A browser on this laptop opened it; now with the phone."), room, 2)
            return out
        out = []
        for one in found.findings[:2]:
            sentence, hint = finding_words(one)
            out += [*wrap("✕ " + sentence, room, 3, "bold $waiting"), *wrap("  " + hint, room, 3)]
        return out

    def _asked_words(self, room: int) -> list[Content]:
        out: list[Content] = [
            *wrap(_("One question to practise: answer on the phone, or with a key."), room, 2, "bold"),
            plain(""),
            *wrap(question(), room, 3),
            plain(""),
        ]
        for k, text in enumerate(choices()):
            mark = plain("  ✓ " + _("right"), "bold $saved") if self.answer is not None and k == RIGHT else plain("")
            chosen = plain("  ◀ " + _("your answer"), "bold") if self.answer == k else plain("")
            out.append(fit(join(letter(k), plain(f" {text}"), mark, chosen), room))
        if self.answer is None:
            return out
        how = _("From the phone: that is how workers answer.") if self.by_phone else _("Answered with a key.")
        more = _("In a session the room sees the result only when you reveal it. Press Enter: you are ready.")
        return [*out, plain(""), *wrap(how, room, 2, "$muted"), *wrap(more, room, 3)]

    # ---- steps

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        self.action_next()

    def action_next(self) -> None:
        if self.step == NAME:
            name = clean_name(self.query_one("#field_name", Field).value)
            if name:
                self.tools.remember(replace(self.tools.memory(), trainer=name))
        self._on()

    def action_cancel(self) -> None:
        self._on()

    def _on(self) -> None:
        self.step += 1
        self.set_focus(None)
        if self.step == PHONE:
            self.go(self._open, "check")
        if self.step > QUESTION:
            self.go(self._done, "check")
        else:
            self.redraw()

    async def _open(self) -> None:
        words = PhoneWords(
            title=_("Network check"),
            seen=_("This phone reaches the laptop."),
            question=question(),
            choices=choices(),
            thanks=_("Your answer is on the laptop."),
            lang=say.language(),
        )
        await self.tools.open_check(words)
        self._timer = self.set_interval(0.5, self._look)
        self._look()

    def _look(self) -> None:
        if not self.is_mounted or self.step > QUESTION:
            return
        found = self.tools.phone_check()
        if self.step == QUESTION and found.answer is not None and self.answer != found.answer:
            self.answer, self.by_phone = found.answer, True
        self.found = found
        self.redraw()

    def action_answer(self, k: int) -> None:
        if self.step == QUESTION and k < len(choices()):
            self.answer, self.by_phone = k, False
            self.redraw()

    async def _done(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        await self.tools.close_check()
        self.dismiss(None)


def question() -> str:
    return _("The breaker is locked, the table is still raised. What pulls it down?")
