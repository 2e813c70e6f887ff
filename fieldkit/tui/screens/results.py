"""Every round that was run: the list above, the chosen one below."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.beside import beside_lines, can_compare, together
from fieldkit.tui.panels.figures import asked, name_of, state_word, type_word
from fieldkit.tui.panels.question import question_lines
from fieldkit.tui.safe import HEADING, Block, Content, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, heading
from fieldkit.tui.screens.listing import ListScreen

MOST_LINES = 400
"""Of one round on a screen of its own; below that many values each has its line."""


def round_row(line: RoundLine, width: int) -> Content:
    tail = join(
        fit(type_word(line.type), 13, "$muted"),
        plain(" "),
        fit(_("round {n}", n=line.round), 9, "$muted"),
        fit(_("{n} of {of}", n=line.answered, of=line.of), 9, right=True),
        plain("  "),
        fit(state_word(line), 12),
    )
    return join(fit(asked(line), max(10, width - tail.cell_length - 1)), plain(" "), tail)


def result_lines(screen: RoomScreen, line: RoundLine, width: int, height: int) -> list[Content]:
    """The round; where its question was asked more than once, or before the teaching too, all of it side by side."""
    activity = screen.live.bridge.activity(line.activity)
    beside = together(line, screen.live.view.rounds, (activity.pre or "") if activity is not None else "")
    if not can_compare(beside):
        return question_lines(line, width, height)
    words = [join(plain(" "), x) for x in wrap(asked(line), width - 2, 2, "bold")]
    return [*words, plain(""), *beside_lines(line, beside, width, height - len(words) - 1)]


class SureScreen(ListScreen):
    """Who was sure and wrong, question by question: they would act on it. Only where answers bear names."""

    def top(self, view: RoomView, width: int) -> Content:
        n = sum(len(r.sure_wrong) for r in self.found(view))
        return heading(_("Sure and wrong"), count("{n} answer", "{n} answers", n))

    def found(self, view: RoomView) -> list[RoundLine]:
        """The newest round of each question that has any, newest first."""
        newest = {r.activity: r for r in view.rounds if r.state != "void"}
        return [r for r in reversed(newest.values()) if r.sure_wrong_n]

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        out = []
        for r in self.found(view):
            title = join(
                plain(asked(r), "bold"), plain(f"  {_('{n} of {of}', n=r.sure_wrong_n, of=r.answered)}", "$muted")
            )
            out.append((f"{HEADING}{r.activity}", fit(title, width)))
            out += [(f"{r.activity}/{p.p}", fit(join(plain("  "), plain(name_of(p))), width)) for p in r.sure_wrong]
            if not r.sure_wrong:
                out.append((f"{HEADING}{r.activity}/", plain("  " + _("names and answers stay apart here"), "$muted")))
        return out

    def empty(self) -> str:
        return _("Nobody was sure and wrong.")


class WholeScreen(RoomScreen):
    """One round with everything in it: all values, every question of a quiz, everybody who was sure and wrong."""

    def __init__(self, activity: str, round: int) -> None:
        super().__init__()
        self.activity, self.round = activity, round

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="body"):
            yield Block(id="text")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        found = [r for r in [*view.open, *view.rounds] if (r.activity, r.round) == (self.activity, self.round)]
        width = self.size.width
        if not found or width < 40:
            return
        line = found[0]
        kind = _("{type}  round {n}", type=type_word(line.type), n=line.round)
        self.query_one("#top", Block).show(fit(join(heading(_("Result"), kind), plain("  "), state_word(line)), width))
        out = result_lines(self, line, width - 2, MOST_LINES)
        if line.sure_wrong:
            out += [plain(""), plain(" " + _("SURE AND WRONG"), "$muted")]
            out += [join(plain("  · "), plain(name_of(p))) for p in line.sure_wrong]
        self.query_one("#text", Block).show(*out)


class ResultsScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "whole", "all of it", "Round", foot=True),
        key("r", "reveal", "reveal", "Round", foot=True),
        key("h", "hide", "hide", "Round", foot=True),
        key("v", "revote", "re-vote", "Round", foot=True),
        key("w", "sure", "sure and wrong", "Round", foot=True),
    ]

    def below(self) -> ComposeResult:
        yield Block(classes="body", id="detail")

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Results"), count("{n} round", "{n} rounds", len(view.rounds)))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(f"{r.activity}/{r.round}", round_row(r, width)) for r in reversed(view.rounds)]

    def empty(self) -> str:
        return _("Nothing has been run yet.")

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        self._detail()

    def action_whole(self) -> None:
        line = self.chosen()
        if line is not None:
            self.app.push_screen(WholeScreen(line.activity, line.round))

    def action_sure(self) -> None:
        self.app.push_screen(SureScreen())

    @on(Pick.OptionHighlighted)
    def _detail(self) -> None:
        detail, line = self.query_one("#detail", Block), self.chosen()
        if line is not None and detail.size.height:
            detail.show(*result_lines(self, line, detail.size.width, detail.size.height))

    def chosen(self) -> RoundLine | None:
        return next((r for r in self.live.view.rounds if f"{r.activity}/{r.round}" == self.at), None)

    def action_reveal(self) -> None:
        line = self.chosen()
        self.wish(w.Reveal(activity=line.activity if line else None), _("Shown to the room."))

    def action_hide(self) -> None:
        line = self.chosen()
        self.wish(w.Hide(activity=line.activity if line else None), _("Hidden from the room."))

    def action_revote(self) -> None:
        line = self.chosen()
        self.wish(w.Revote(activity=line.activity if line else None), _("The next round is open."))
