"""The timeline: what was run when, planned minutes beside those that passed; what was made void stays in it."""

from __future__ import annotations

from fieldkit.core.views import RanLine, RoomView
from fieldkit.tui.panels.figures import clock, pace, step_label
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen

TIME = 9
"""Cells of a moment."""


def segment_row(line: RanLine, width: int) -> Content:
    """`Off is not safe   now   7 of 9 min   ███████░░`."""
    state = {"now": _("now"), "skipped": _("skipped"), "later": _("not yet")}.get(line.state, "")
    if line.real_min is None:
        minutes = plain(_("{n} min", n=line.planned_min), "$muted")
    else:
        over = line.real_min > line.planned_min
        words = _("{n} of {of} min", n=line.real_min, of=line.planned_min)
        minutes = plain(words, "bold $waiting" if over else "bold")
        if over:
            minutes = join(minutes, plain("  " + _("+{n}", n=line.real_min - line.planned_min), "bold $waiting"))
    at = "" if line.at_m is None else clock(line.at_m)
    tail = join(fit(state, 10, "$muted"), plain(" "), fit(minutes, 18))
    head = join(fit(at, TIME - 2, "$muted", right=True), plain("  "), plain(line.label, "bold"))
    return join(fit(head, max(12, width - tail.cell_length - 1)), plain(" "), tail)


def inner_row(line: RanLine, width: int) -> Content:
    """A round, a roll call, a pause or the end, inside its segment."""
    lasted = "" if line.at_m is None or line.until_m is None else clock(line.until_m - line.at_m)
    state = {"open": _("OPEN"), "void": _("void"), "revealed": _("revealed"), "closed": _("closed")}.get(line.state, "")
    style = {"void": "bold $waiting", "open": "bold $accent"}.get(line.state, "$muted")
    if line.kind == "pause":
        words = "‖ " + _("pause")
        state = state or ("" if line.until_m is not None else _("now"))
    elif line.kind == "end":
        words = "■ " + _("ended")
    else:
        number = f"  ({_('round {n}', n=line.round)})" if line.round > 1 else ""
        words = ("✕ " if line.state == "void" else "? ") + step_label(line.label) + number
    answered = _("{n} answered", n=line.answered) if line.kind in ("round", "call") else ""
    tail = join(
        fit(answered, 12, "$muted", right=True),
        plain("  "),
        fit(state, 10, style),
        plain(" "),
        fit(lasted, 7, "$muted", right=True),
    )
    head = join(fit(clock(line.at_m or 0), TIME, "$muted", right=True), plain("  "), plain(words))
    return join(fit(head, max(12, width - tail.cell_length - 1)), plain(" "), tail)


def ran_row(line: RanLine, width: int) -> Content:
    return segment_row(line, width) if line.kind == "segment" else inner_row(line, width)


class TimelineScreen(ListScreen):
    def on_mount(self) -> None:
        super().on_mount()
        now = [k for k, x in enumerate(self.live.view.ran) if x.at_m is not None]
        self.go_to = f"{now[-1]}" if now else None

    def top(self, view: RoomView, width: int) -> Content:
        time = _("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms))
        return join(heading(_("Timeline"), time), plain("  "), pace(view.pace_s) if view.segment else plain(""))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(str(k), ran_row(x, width)) for k, x in enumerate(view.ran)]

    def hint(self) -> str:
        return _("When it was run, and minutes passed of minutes planned. Void rounds stay here and do not count.")
