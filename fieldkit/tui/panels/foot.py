"""Below the question: the trainer's notes and what comes next; hands, questions and unknown badges."""

from __future__ import annotations

from fieldkit.core.views import RoomView
from fieldkit.tui.panels.figures import unmarked
from fieldkit.tui.panels.head import spread
from fieldkit.tui.safe import Block, Content, fit, join, plain, wrap
from fieldkit.tui.say import _


def note_lines(view: RoomView, width: int, lines: int = 2) -> list[Content]:
    label = _(" NOTES  ")
    room = max(10, width - len(label) - 1)
    words = wrap(" ".join(unmarked(view.notes).split()), room, lines)
    out = [join(plain(label if k == 0 else " " * len(label), "$muted"), line) for k, line in enumerate(words)] or [
        plain(label + "–", "$muted")
    ]
    while len(out) < lines:
        out.append(plain(""))
    return [fit(line, width) for line in out]


def next_line(view: RoomView, also: list[str], width: int) -> Content:
    coming = join(plain(_(" NEXT   "), "$muted"), plain(view.next_label or _("nothing: the plan is done")))
    if not also:
        return fit(coming, width)
    others = plain(_("[tab] also open: {names}", names=", ".join(also)) + " ", "$waiting")
    return spread(coming, fit(others, min(others.cell_length, width // 2)), width)


def room_line(view: RoomView, new: int, unknown: list[str], width: int) -> Content:
    parts: list[Content] = [plain(" ")]
    if view.hands:
        names = "  ".join(view.hands[:3])
        more = _(" and {n} more", n=len(view.hands) - 3) if len(view.hands) > 3 else ""
        parts.append(join(plain(_("HANDS {n} ", n=len(view.hands)), "bold $waiting"), plain(names + more)))
    else:
        parts.append(plain(_("HANDS 0"), "$muted"))
    parts.append(plain("     "))
    parts.append(plain(_("QUESTIONS {n} new", n=new), "bold $waiting" if new else "$muted"))
    if unknown:
        parts.append(plain(_("     ROOM {n} unknown badge", n=len(unknown)), "bold $waiting"))
    if view.notices:
        parts.append(plain(_("     TOLD THE ROOM "), "$muted"))
        parts.append(plain(view.notices[-1]))
    return fit(join(*parts), width)


class Foot(Block):
    """Four lines: notes (two), what comes next, the room."""

    def show_room(self, view: RoomView, also: list[str], new: int, unknown: list[str]) -> None:
        width = self.size.width
        if width > 0:
            self.show(*note_lines(view, width), next_line(view, also, width), room_line(view, new, unknown, width))
