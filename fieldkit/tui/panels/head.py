"""The first lines: where in the session we are, how people join, which step runs."""

from __future__ import annotations

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.figures import clock, pace, state_word, type_word
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
    if invite is None:
        left = plain(_(" JOIN  not on the network yet"), "$muted")
    else:
        left = join(
            plain(_(" JOIN  "), "$muted"),
            plain(invite.url, "bold"),
            plain(_("  code "), "$muted"),
            plain(invite.code, "bold"),
            plain(_("  fresh {digits}", digits=invite.fresh) if invite.fresh else "", "$muted"),
        )
    counts = plain(
        _("phones {live}  away {away}  no phone {none}", live=view.live, away=view.away, none=view.no_phone) + " "
    )
    return spread(left, counts, width)


def step_line(view: RoomView, shown: RoundLine | None, width: int) -> Content:
    phase = next((s.phase for s in view.plan if s.id == view.segment), "")
    if view.segment is None:
        left = join(plain(_(" STEP –"), "$muted"), plain(_("  press n to begin"), "bold $accent"))
    else:
        left = join(
            plain(_(" STEP "), "$muted"),
            plain(f"{view.step or '–'}/{view.steps} ", "bold"),
            plain(phase, "$muted"),
            plain("  ▸ "),
            plain(view.label),
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
