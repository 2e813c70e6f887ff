"""Who trains, translates, evaluates or watches: roles with names."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.state import ROLES
from fieldkit.core.views import RoomView, StaffLine
from fieldkit.tui.keys import key
from fieldkit.tui.roles import role_word
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.handover import HandOverBox
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.listing import ListScreen

ADD = "add "
"""Before the role in the id of the row that adds somebody."""


def staff_row(line: StaffLine, width: int) -> Content:
    beside = plain(f"  {line.qualification}" if line.qualification else "", "$muted")
    leads = plain(f"  {_('leads')}" if line.leads else "", "$accent")
    return fit(join(fit(role_word(line.role), 18, "$muted"), plain(line.name, "bold"), leads, beside), width)


class StaffScreen(ListScreen):
    """Enter on a role asks for the name, then for the qualification."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "add", "somebody in this role", "Staff", foot=True),
        key("D", "take_off", "not in this role any more", "Staff", foot=True),
        key("H", "hand_over", "hand the session over", "Staff", foot=True),
    ]

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Who runs this session"), count("{n} person", "{n} people", len(self._ranked())))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        rows = [(f"{s.role}/{k}", staff_row(s, width)) for k, s in enumerate(self._ranked())]
        return [*rows, *((ADD + r, plain("+ " + role_word(r), "$accent")) for r in ROLES)]

    def _ranked(self, view: RoomView | None = None) -> list[StaffLine]:
        """By role, the trainer first; of the view that is shown, or of another."""
        staff = [s for s in (view or self.live.view).staff if s.role in ROLES]  # consoles have a screen of their own
        return sorted(staff, key=lambda s: ROLES.index(s.role))

    def action_add(self) -> None:
        role = self.at.removeprefix(ADD).partition("/")[0]
        if role not in ROLES:
            return

        def named(name: str | None) -> None:
            if name:
                self._qualified(role, clean_name(name))

        title = _("Who is {role}?", role=role_word(role))
        self.app.push_screen(LineBox(title, _("Type the name."), missing=_("Type the name first.")), named)

    def action_take_off(self) -> None:
        # With the name whatever the screen shows: the wish is about it.
        whole = self._ranked(self.live.bridge.whole())
        found = next((s for k, s in enumerate(whole) if f"{s.role}/{k}" == self.at), None)
        if found is None:
            return
        question = _(
            "{name} is not {role} any more? The record keeps both.", name=found.name, role=role_word(found.role)
        )

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.SetStaff(role=found.role, name=found.name, off=True), _("Taken off."))

        self.app.push_screen(Confirm(question), sure)

    def action_hand_over(self) -> None:
        """Only while it runs: after the end a session is signed, and nobody leads it."""
        if self.live.bridge.whole().state not in ("running", "paused"):
            self.tell(_("The session is over: there is nothing to hand over. Sign it instead."))
            return

        def done(words: str | None) -> None:
            if words:
                self.tell(words, ok=True)

        def named(name: str | None) -> None:
            if name:
                self.app.push_screen(HandOverBox(clean_name(name)), done)

        hint = _("Type the name. You sign what is recorded so far; from here on it is theirs.")
        title = _("Who leads from here on?")
        self.app.push_screen(LineBox(title, hint, missing=_("Type the name first.")), named)

    def _qualified(self, role: str, name: str) -> None:
        shown = role_word(role) if self.live.bridge.hides else name
        hint = _("Licence or certificate, if the office asks for it; Enter leaves it out.")
        self.ask_wish(
            _("Qualification of {name}", name=shown),
            hint,
            lambda text: w.SetStaff(role=role, name=name, qualification=clean_text(text, 120)),
            lambda _text: _("{name} is {role}.", name=name, role=role_word(role)),
            does=_("save"),
        )
