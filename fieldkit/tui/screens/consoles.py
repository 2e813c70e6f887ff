"""Other laptops that help to run this session: switched on and off, who asks, who is in, with what role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.roles import role_word
from fieldkit.tui.safe import Block, Content, fit, join, plain, rows, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.screens.remote import RemoteScreen
from fieldkit.tui.tools import AskingLine, ConsoleLine, ConsoleState, ConsoleTools

ASKS, IN = "asks ", "in "
"""Before the number in the id of a row."""
LONG = 28
"""Signs of a name in the list of who asks."""
CELL = 26
"""Of one of the six words in large print: three side by side on 80 columns."""


def large(words: str, width: int) -> list[Content]:
    """Six words spread out, each with its place, so that they can be read across a table."""
    cells = [
        fit(join(plain(f"  {k} ", "$muted"), plain(" ".join(word.upper()), "bold $accent")), CELL)
        for k, word in enumerate(words.split(), 1)
    ]
    each = max(1, min(3, width // CELL))
    lines = [join(*cells[k : k + each]) for k in range(0, len(cells), each)]
    return [line for one in lines for line in (one, plain(""))][:-1]


def how_lines(state: ConsoleState, width: int) -> list[Content]:
    """What stands above the list."""
    room = max(20, width - 2)
    if not state.on:
        words = _("Only this laptop steers the session. [n] lets another laptop attach; you say what it may do.")
        return [plain(" ") + line for line in wrap(words, room, 3, "bold")]
    told = _("On the other laptop, on the same network, somebody types this and then the six words:")
    return [
        *(plain(" ") + line for line in wrap(told, room, 2)),
        plain(f"  fieldkit attach {state.address}", "bold"),
        plain(""),
        *large(state.words, width),
    ]


def asking_row(line: AskingLine, width: int) -> Content:
    """The words have a line of their own: no name is long enough to push one of them off the screen, and none has room
    for six words of somebody else. The question before anybody is let in has all of it."""
    name = line.name if len(line.name) <= LONG else f"{line.name[: LONG - 1]}…"
    said = _("{name} asks. Their screen must say:", name=name)
    words = [plain("    ") + one for one in wrap(line.words, max(10, width - 4), 6, "bold $accent")]
    return rows([fit(join(plain("◷ ", "bold $waiting"), plain(said)), width), *words])


def console_row(line: ConsoleLine, width: int) -> Content:
    mark = plain("✓ ", "bold $saved") if line.live else plain("⟳ ", "bold $waiting")
    how = _("connected") if line.live else _("not connected")
    beside = plain(f"  {role_word(line.role)}, {how}", "$muted")
    return fit(join(mark, plain(line.name, "bold"), beside), width)


class ConsolesScreen(ListScreen):
    """The cursor is on somebody who asks or is in; the keys are about them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "on", "let laptops attach", "Consoles", foot=True),
        key("h", "helper", "let in as helper", "Consoles", foot=True),
        key("l", "lead", "let in to lead as well", "Consoles", foot=True),
        key("X", "out", "turn away or throw out", "Consoles", foot=True),
        key("D", "off", "switch off", "Consoles", foot=True),
        key("r", "remote", "your phone as a remote", "Consoles", foot=True),
    ]
    CHOOSES = "h"

    def between(self) -> ComposeResult:
        yield Block(id="consoles")

    @property
    def tools(self) -> ConsoleTools | None:
        """None where this terminal is itself a second console."""
        return self.live.tools.consoles

    @property
    def state(self) -> ConsoleState:
        state = self.tools.state() if self.tools is not None else ConsoleState()
        if not self.live.bridge.hides:
            return state
        asking = tuple(replace(x, name=_("somebody")) for x in state.asking)
        return replace(state, asking=asking, attached=tuple(replace(x, name=role_word(x.role)) for x in state.attached))

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Second consoles"), view.title)

    def show_room(self, view: RoomView) -> None:
        self.query_one("#consoles", Block).show(*how_lines(self.state, self.size.width))
        super().show_room(view)
        self.query_one(KeyBar).show_keys()  # who asks brings keys along

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        state = self.state
        out = [(f"{ASKS}{x.no}", asking_row(x, width)) for x in state.asking]
        return out + [(f"{IN}{x.no}", console_row(x, width)) for x in state.attached]

    def empty(self) -> str:
        return _("Nobody asks.") if self.state.on else ""

    def next_keys(self) -> Sequence[str]:
        """Off, there is one thing to do; on, what fits the row."""
        if not self.state.on:
            return ("n", "r", *(("X",) if self.attached() is not None else ()), "escape")
        return (*(("h", "l", "X") if self.asking() else ("X",) if self.attached() else ()), "D", "escape")

    def asking(self) -> AskingLine | None:
        return next((x for x in self.state.asking if f"{ASKS}{x.no}" == self.at), None)

    def attached(self) -> ConsoleLine | None:
        return next((x for x in self.state.attached if f"{IN}{x.no}" == self.at), None)

    # ---- keys

    def action_remote(self) -> None:
        self.app.push_screen(RemoteScreen())

    def action_on(self) -> None:
        self._do(lambda tools: tools.on(), _("Read the six words out, or show this screen."))

    def action_off(self) -> None:
        if not self.state.on:
            self.tell(_("It is off."))
            return
        question = _("Switch it off? Whoever is attached loses the line. The next time there are other words.")
        self._ask(question, lambda tools: tools.off(), _("Switched off."))

    def action_helper(self) -> None:
        self._let_in("helper", _("They may look after people, discussion, answers for others and checklists."))

    def action_lead(self) -> None:
        self._let_in("lead", _("They may do everything that you may, ending the session included."))

    def _let_in(self, role: str, may: str) -> None:
        who = self.asking()
        if who is None:
            self.tell(_("Nobody who asks is chosen."))
            return
        same = _("Does the other laptop show these words: {words}?", words=who.words)
        question = _("{name} as {role}?", name=who.name, role=role_word(role))
        self._ask(
            f"{same} {question} {may}", lambda tools: tools.let_in(who.no, role), _("{name} is in.", name=who.name)
        )

    def action_out(self) -> None:
        who, one = self.asking(), self.attached()
        if who is not None:
            no = who.no
            self._do(lambda tools: tools.turn_away(no), _("Turned away."))
        elif one is not None:
            co = one.no
            question = _("Throw {name} out? Their role ends now; the record keeps it.", name=one.name)
            self._ask(question, lambda tools: tools.throw_out(co), _("{name} is out.", name=one.name))
        else:
            self.tell(_("Nobody is chosen."))

    def _ask(self, question: str, do: Callable[[ConsoleTools], Awaitable[None]], done: str) -> None:
        def sure(yes: bool | None) -> None:
            if yes:
                self._do(do, done)

        self.app.push_screen(Confirm(question), sure)

    def _do(self, do: Callable[[ConsoleTools], Awaitable[None]], done: str) -> None:
        tools = self.tools
        if tools is None:
            self.tell(_("This is done at the trainer's laptop."))
            return

        async def run() -> None:
            try:
                await do(tools)
            except FieldkitError as wrong:
                self.tell(error_words(wrong))
            else:
                self.tell(done, ok=True)
            self.redraw()

        self.run_worker(run(), exclusive=True)
