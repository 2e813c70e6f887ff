"""Who trains, translates, evaluates or watches: roles with names."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.views import RoomView, StaffLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.line import LineBox

ROLES = ("trainer", "cotrainer", "interpreter", "evaluator", "observer")
ADD = "add "
"""Before the role in the id of the row that adds somebody."""


def role_word(role: str) -> str:
    return {
        "trainer": _("trainer"),
        "cotrainer": _("second trainer"),
        "interpreter": _("interpreter"),
        "evaluator": _("evaluator"),
        "observer": _("observer"),
    }.get(role, role)


def staff_row(line: StaffLine, width: int) -> Content:
    beside = plain(f"  {line.qualification}" if line.qualification else "", "$muted")
    return fit(join(fit(role_word(line.role), 18, "$muted"), plain(line.name, "bold"), beside), width)


class StaffScreen(RoomScreen):
    """Enter on a role asks for the name, then for the qualification."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "add", "somebody in this role", "Staff", foot=True),
        key("D", "take_off", "not in this role any more", "Staff", foot=True),
    ]

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        super().on_mount()

    def show_room(self, view: RoomView) -> None:
        width = self.size.width
        beside = count("{n} person", "{n} people", len(view.staff))
        self.query_one("#top", Block).show(fit(heading(_("Who runs this session"), beside), width))
        if width < 40:
            return
        rows = [(f"{s.role}/{k}", staff_row(s, width - 3)) for k, s in enumerate(self._ranked())]
        rows += [(ADD + r, plain("+ " + role_word(r), "$accent")) for r in ROLES]
        self.query_one(Pick).show(rows)

    def _ranked(self) -> list[StaffLine]:
        """By role, the trainer first."""
        staff = self.live.view.staff
        return sorted(staff, key=lambda s: ROLES.index(s.role) if s.role in ROLES else len(ROLES))

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_add()

    def action_add(self) -> None:
        at = self.query_one(Pick).at or ""
        role = at.removeprefix(ADD).partition("/")[0]
        if role not in ROLES:
            return

        def named(name: str | None) -> None:
            if name:
                self._qualified(role, clean_name(name))

        title = _("Who is {role}?", role=role_word(role))
        self.app.push_screen(LineBox(title, _("Type the name."), missing=_("Type the name first.")), named)

    def action_take_off(self) -> None:
        role, _slash, _k = (self.query_one(Pick).at or "").partition("/")
        found = next((s for k, s in enumerate(self._ranked()) if f"{s.role}/{k}" == self.query_one(Pick).at), None)
        if found is None:
            return
        question = _("{name} is not {role} any more? The record keeps both.", name=found.name, role=role_word(role))

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.SetStaff(role=found.role, name=found.name, off=True), _("Taken off."))

        self.app.push_screen(Confirm(question), sure)

    def _qualified(self, role: str, name: str) -> None:
        def typed(text: str | None) -> None:
            if text is not None:
                intent = w.SetStaff(role=role, name=name, qualification=clean_text(text, 120))
                self.wish(intent, _("{name} is {role}.", name=name, role=role_word(role)))

        hint = _("Licence or certificate, if the office asks for it; Enter leaves it out.")
        self.app.push_screen(LineBox(_("Qualification of {name}", name=name), hint), typed)
