"""Signing off a checklist: people down, items across, one key a judgement."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.views import CheckLine, RoomView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.checks import Grid, by_name, check_name, item_words
from fieldkit.tui.panels.figures import asked
from fieldkit.tui.panels.head import spread
from fieldkit.tui.safe import Block, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading, round_of


class SignOffScreen(RoomScreen):
    """The arrows move; what is judged is saved at once and may be judged again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("space", "turn", "ok", "Checklist", foot=True),
        key("x", "fail", "not ok", "Checklist", foot=True),
        key("n", "note", "note", "Checklist", foot=True),
    ]

    def __init__(self, activity: str) -> None:
        super().__init__()
        self.activity = activity

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Block(classes="top", id="item")
        yield Grid(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Grid).focus()
        super().on_mount()
        words = _("A digit: that item is ok. Without the items marked ! nobody passes.")
        self.call_after_refresh(self.whisper, words)

    def show_room(self, view: RoomView) -> None:
        line = round_of(view, self.activity)
        if line is None:
            return
        passed = sum(1 for x in line.checks if x.passed)
        beside = plain(_("{n} of {of} have passed", n=passed, of=len(line.checks)) + " ", "bold")
        self.query_one("#top", Block).show(spread(heading(asked(line)), beside, self.size.width))
        self.query_one(Grid).fill(by_name(line.checks), line.items)
        self._item()

    @on(Grid.Moved)
    def _item(self) -> None:
        line = round_of(self.live.view, self.activity)
        if line is not None:
            words = item_words(line.items, self.query_one(Grid).column)
            self.query_one("#item", Block).show(fit(join(plain(" "), words), self.size.width))

    def chosen(self) -> tuple[CheckLine, str] | None:
        grid = self.query_one(Grid)
        who, item = grid.person, grid.item
        return (who, item.id) if who is not None and item is not None else None

    def on_key(self, event: events.Key) -> None:
        """Digits are no keys of the table: they are the items' numbers, and judge the item ok for who is chosen."""
        pressed = event.character or ""
        if len(pressed) == 1 and pressed in "123456789" and self.query_one(Grid).go_to(int(pressed) - 1):
            self.action_turn()

    @on(Grid.Pressed)
    def _pressed(self) -> None:
        self.action_turn()

    def _whose(self, who: CheckLine) -> str:
        """Who is judged by one key: the person, or the whole group where the pack signs off groups."""
        activity = self.live.bridge.activity(self.activity)
        if who.group and activity is not None and activity.per == "group":
            return _("Group {n}", n=who.group)
        return check_name(who)

    def _judge(self, ok: bool) -> None:
        found = self.chosen()
        if found is None:
            self.tell(_("Nobody is checked in."))
            return
        who, item = found
        name = self._whose(who)
        words = _("{name}: ok.", name=name) if ok else _("{name}: not ok.", name=name)
        self.wish(w.MarkItem(who=who.p, activity=self.activity, item=item, ok=ok), words)

    def action_turn(self) -> None:
        """Ok. What is ok stays so, and is not recorded again; a judgement cannot be taken back, only changed."""
        found = self.chosen()
        if found is not None and found[0].items.get(found[1]):
            self.tell(_("{name}: ok.", name=self._whose(found[0])), ok=True)
        else:
            self._judge(True)

    def action_fail(self) -> None:
        self._judge(False)

    def action_note(self) -> None:
        found = self.chosen()
        if found is None:
            return
        who, item = found
        ok = who.items.get(item)
        if ok is None:
            self.tell(_("Judge it first: [space] ok, [x] not ok."))
            return

        self.ask_wish(
            _("A note on {name}", name=check_name(who)),
            _("Kept with the record, for the office."),
            lambda text: w.MarkItem(who=who.p, activity=self.activity, item=item, ok=ok, note=text),
            lambda _text: _("{name}: the note is saved.", name=self._whose(who)),
            does=_("save"),
            missing=_("Type it, or press Esc."),
        )
