"""The room check: what `fieldkit doctor` looks at, each line in order or saying what to do."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.tui.hometools import CheckLine, HomeTools, SaidPart
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count, told
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.work import LOOK_S, SOON_S, Work, work_lines
from fieldkit.words.joining import fill

LABEL = 14


def check_word(check: str) -> str:
    return {
        "network": _("Network"),
        "port": _("Port"),
        "firewall": _("Firewall"),
        "clock": _("Clock"),
        "disk": _("Disk"),
        "key": _("Key"),
        "trust": _("Head office"),
        "settings": _("Settings"),
    }.get(check, check)


def check_sentences(line: CheckLine) -> tuple[str, str]:
    """(what it is, what to do) in the trainer's language; what this terminal has no words for as it came."""

    def said(part: SaidPart) -> str:
        return fill(_(part.template), part.params)

    words = " ".join(map(said, line.parts)) if line.parts else told(line.words)
    return words, said(line.todo) if line.todo is not None else told(line.hint)


def check_lines(line: CheckLine, width: int) -> list[Content]:
    """A mark, a word, the sentence; what to do below it. A hint to what is in order is only muted."""
    mark, style = {True: ("✓", "$saved"), False: ("✕", "bold $refused"), None: ("○", "bold $waiting")}[line.ok]
    head = join(plain(f" {mark} ", style), fit(check_word(line.check), LABEL, "bold"))
    room = max(20, width - head.cell_length - 1)
    blank = plain(" " * head.cell_length)
    sentence, hint = check_sentences(line)
    said = wrap(sentence, room, 3)
    out = [join(blank if k else head, words) for k, words in enumerate(said)]
    todo = "bold $waiting" if line.ok is False else "$muted"
    arrow = "→ " if line.ok is False else "  "
    hints = wrap(hint, room - 2, 3, todo) if hint else []
    return out + [join(blank, plain(arrow if not k else "  ", todo), words) for k, words in enumerate(hints)]


class ReadyScreen(Leaf[None]):
    """It looks and changes nothing; `r` looks again."""

    BINDINGS: ClassVar[list[BindingType]] = [key("r", "look", "look again", "Room check", foot=True)]

    def __init__(self, tools: HomeTools) -> None:
        super().__init__()
        self.tools = tools
        self.found: list[CheckLine] | None = None
        self._looking: Work | None = None

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="body"):
            yield Block(id="checks")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(VerticalScroll).focus()
        self.set_interval(LOOK_S, self._tick)
        self.action_look()

    def _tick(self) -> None:
        if self.found is None and self._looking is not None and self._looking.seconds > SOON_S and self.size.width > 0:
            lines = work_lines(self._looking, self.size.width - 2)
            self.query_one("#checks", Block).show(*(join(plain(" "), x) for x in lines))

    def title_words(self) -> tuple[str, str]:
        if self.found is None:
            return _("Room check"), _("Looking…")
        todo = sum(1 for x in self.found if x.ok is False)
        return _("Room check"), count("{n} thing to do", "{n} things to do", todo) if todo else _("ready")

    def draw(self, width: int, height: int) -> None:
        lines = [line for check in self.found or () for line in check_lines(check, width - 2)]
        self.query_one("#checks", Block).show(*(lines or [plain("")]))

    def action_look(self) -> None:
        async def run() -> None:
            self.found, self._looking = None, Work(_("Looking…"))
            self.redraw()
            self.found = await self.tools.room_check()
            self.redraw()

        self.go(run, "look")
