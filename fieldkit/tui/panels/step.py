"""The middle without a question: who is here and what to do, or what this step says or shows."""

from __future__ import annotations

from fieldkit.core.views import RoomView
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.safe import Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count


def here_words(view: RoomView) -> str:
    """Who is here of those expected, walk-ins counted apart: numbers with their whole."""
    walkins = view.walkins
    if not view.expected:
        return count("{n} is here.", "{n} are here.", view.present)
    known = {"n": view.present - walkins, "of": view.expected}
    if walkins:
        return _("{n} of {of} expected are here, and {more} more.", more=walkins, **known)
    return _("{n} of {of} expected are here.", **known)


def waiting_lines(view: RoomView, width: int, height: int, *, helps: bool = False) -> list[Content]:
    """Nothing has been asked yet: who is here, and what to do; `helps`: on a helper's screen."""

    def said(words: str, style: str = "") -> list[Content]:
        return [join(plain(" "), line) for line in wrap(words, width - 1, 2, style)]

    out = [plain(""), *said(here_words(view), "bold")]
    if view.state == "new" or view.segment is None:
        begins = _("The trainer begins the first step.  [q] shows the QR code.")
        out += [
            plain(""),
            *said(begins if helps else _("[n] begins the first step.  [q] shows the QR code.")),
            *said(_("[b] checks in by badge.  [w] shows who is here.")),
        ]
    else:
        segment = next((s for s in view.plan if s.id == view.segment), None)
        if segment is not None:
            out += [plain(""), *(join(plain(" "), w) for w in wrap(segment.title, width - 2, 2, "bold"))]
            for slide in segment.slides:
                out += [plain(""), *(join(plain(" "), line) for line in prose(slide, width - 2))]
    return cut([fit(line, width) for line in out], width, height)


def cut(lines: list[Content], width: int, height: int) -> list[Content]:
    """As many lines as there is room for; when some are left, the last one says where they are."""
    if len(lines) <= height:
        return lines
    more = plain(" " + _("… more: press k"), "bold $accent")
    return [*lines[: max(0, height - 1)], fit(more, width)]


def step_lines(view: RoomView, width: int, *, notes: bool = True) -> list[Content]:
    """What to say or the slide of this step, whole; then the trainer's notes."""
    does = {"say": _("SAY"), "show": _("SHOW")}.get(view.step_do, step_word(view.step_do))
    out = [plain(" " + does, "bold $accent"), *(join(plain(" "), x) for x in prose(view.step_text, width - 2))]
    if notes and view.notes:
        out += [plain(""), plain(" " + _("NOTES"), "$muted")]
        out += [join(plain(" "), line) for line in prose(view.notes, width - 2)]
    return out


def notes_shown(view: RoomView, width: int, height: int) -> bool:
    """Whether the middle has room for the beginning of the notes below the step's words."""
    return bool(view.notes) and len(step_lines(view, width, notes=False)) + 3 <= height


def step_shown(view: RoomView, width: int, height: int) -> list[Content]:
    """The step's words always, its notes below as far as there is room."""
    return cut(step_lines(view, width, notes=notes_shown(view, width, height)), width, height)
