"""The first lines: where in the session we are, how people join, which step runs."""

from __future__ import annotations

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.figures import clock, pace, phase_word, state_word, step_label, type_word
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _
from fieldkit.tui.tools import Invite

GAP = plain("   ")


def spread(left: Content, right: Content, width: int) -> Content:
    """One line: the left part gives way with …, the right one never does."""
    room = width - right.cell_length - 1
    if room < 4:
        return fit(join(left, plain(" "), right), width)
    return join(fit(left, room), plain(" "), right)


def title_line(view: RoomView, width: int, *, trouble: bool = False) -> Content:
    name = join(
        plain(" fieldkit  ", "bold $accent"),
        plain(view.title, "bold"),
        plain(f" · {view.site}" if view.site else "", "$muted"),
    )
    time = plain(_("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms)))
    if view.state == "paused":
        middle = plain("‖ " + _("paused"), "bold $waiting")
    elif view.state == "ended":
        middle = plain(_("ended"), "bold")
    elif view.segment is None:
        middle = plain(_("not begun"), "$muted")
    else:
        middle = pace(view.pace_s)
    saved = plain(_("SAVED {n}", n=view.saved), "bold $saved")
    if trouble:
        saved = plain(_("NOT SAVED"), "bold $refused")
    return spread(name, join(time, plain("  "), middle, plain("  "), saved, plain(" ")), width)


def join_line(view: RoomView, invite: Invite | None, width: int) -> Content:
    label = plain(f" {_('JOIN')}  ", "$muted")
    if invite is None:
        left = join(label, plain(_("not on the network yet"), "$muted"))
    else:
        left = join(
            label,
            plain(invite.url, "bold"),
            plain(f"  {_('code')} ", "$muted"),
            plain(invite.code, "bold"),
            plain(f"  {_('fresh {digits}', digits=invite.fresh)}" if invite.fresh else "", "$muted"),
        )
    phones = _("phones {n}", n=view.live)
    away, none = _("away {n}", n=view.away), _("no phone {n}", n=view.no_phone)
    # A long address leaves no room: what is nought goes first, then all but the phones. The codes always stay.
    some = [x for x, n in ((away, view.away), (none, view.no_phone)) if n]
    for words in ([phones, away, none], [phones, *some], [phones]):
        counts = plain("  ".join(words) + " ")
        if left.cell_length + counts.cell_length < width:
            break
    return spread(left, counts, width)


def step_line(view: RoomView, shown: RoundLine | None, width: int) -> Content:
    phase = next((s.phase for s in view.plan if s.id == view.segment), "")
    if view.segment is None:
        left = join(plain(f" {_('STEP')} –", "$muted"), plain(f"  {_('press n to begin')}", "bold $accent"))
    else:
        left = join(
            plain(f" {_('STEP')} ", "$muted"),
            plain(f"{view.step or '–'}/{view.steps} ", "bold"),
            plain(phase_word(phase), "$muted"),
            plain("  ▸ "),
            plain(step_label(view.label)),
        )
    if shown is None:
        return fit(left, width)
    kind = plain(_("{type}  round {n}", type=type_word(shown.type), n=shown.round), "$muted")
    return spread(left, join(kind, plain("  "), state_word(shown), plain(" ")), width)


class Head(Block):
    """Three lines."""

    def show_room(
        self, view: RoomView, invite: Invite | None, shown: RoundLine | None, *, trouble: bool = False
    ) -> None:
        width = self.size.width
        self.show(
            title_line(view, width, trouble=trouble), join_line(view, invite, width), step_line(view, shown, width)
        )
