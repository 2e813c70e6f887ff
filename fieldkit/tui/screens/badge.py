"""The name for a badge that nobody knows, asked for on whatever screen it was scanned."""

from __future__ import annotations

from textual import on

from fieldkit.tui.panels.door import Door, is_badge
from fieldkit.tui.safe import Field
from fieldkit.tui.say import _
from fieldkit.tui.screens.line import LineBox


class BadgeBox(LineBox):
    """Other scans may come meanwhile: they are badges and nobody's name, and the box stays."""

    def __init__(self, door: Door, badge: str) -> None:
        shown = "…" if door.hides else badge
        super().__init__(
            _("Nobody here has the badge {badge}. Whose is it?", badge=shown),
            _("Type the name."),
            does=_("check in"),
            missing=_("Type the name first."),
            send=lambda name: door.named(badge, name),
        )
        self.door = door

    @on(Field.Submitted)
    def action_take(self) -> None:
        field = self.query_one(Field)
        if is_badge(field.value):
            scan, field.value = field.value.strip(), ""
            self.door.scan(scan)
        else:
            super().action_take()
