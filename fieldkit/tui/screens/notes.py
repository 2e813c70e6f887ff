"""The trainer's notes and slides of the segment, and a place to write a note into the record."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.core import intents as w
from fieldkit.core.views import RoomView
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import told
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import RoomScreen, Said, heading


class NotesScreen(RoomScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("a", "add", "write a note", "Notes", foot=True),
        key("y", "announce", "tell the room", "Notes", foot=True),
        key("Y", "unannounce", "take the notice down", "Notes", foot=True),
    ]

    def action_unannounce(self) -> None:
        self.take_down()

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="body"):
            yield Block(id="text")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        width = self.size.width
        segment = next((s for s in view.plan if s.id == view.segment), None)
        title = segment.title if segment else _("The session has not begun")
        self.query_one("#top", Block).show(fit(heading(_("Notes"), title), width))
        room = max(20, width - 4)
        out: list[Content] = []
        if view.step_text:
            out += [plain(" " + _("THIS STEP"), "$muted")]
            out += [join(plain(" "), line) for line in prose(view.step_text, room)]
            out += [plain(""), plain(" " + _("NOTES"), "$muted")]
        out += [join(plain(" "), line) for line in prose(view.notes or (segment.notes if segment else ""), room)]
        for k, slide in enumerate(segment.slides if segment else []):
            out += [plain(""), plain(" " + _("SLIDE {n}", n=k + 1), "$muted")]
            out += [join(plain(" "), line) for line in prose(slide, room)]
        for words in view.notices:
            out += [plain(""), plain(" " + _("TOLD THE ROOM"), "$muted")]
            out += [join(plain(" "), line) for line in wrap(told(words), room, 5)]
        self.query_one("#text", Block).show(*(out or [plain(" " + _("No notes for this segment."), "$muted")]))

    def action_add(self) -> None:
        self.ask_wish(
            _("A note for the record"),
            _("Only you and the office see it."),
            lambda text: w.AddNote(text=text),
            lambda _text: _("The note is saved."),
            does=_("save"),
            missing=_("Type it, or press Esc."),
        )

    def action_announce(self) -> None:
        self.tell_room()
