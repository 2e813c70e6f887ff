"""What head office answered to questions of this session that were kept for the expert: to read out, not to change."""

from __future__ import annotations

from fieldkit.core.views import RoomView
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.safe import Content, join, plain, rows, wrap
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen

MOST = 60
"""Lines of one answer: one of 2,000 letters has about thirty on 80 columns."""


def answer_row(line: AnswerLine, width: int) -> Content:
    """The question, the answer, and who signed it."""
    said = _("No answer: {why}", why=line.text) if line.closed else line.text
    who = ", ".join(x for x in (line.by, _("head office {name}", name=line.office), line.at) if x)
    return rows(
        [
            *wrap(line.question, width, MOST, "bold"),
            *(join(plain("  "), part) for part in wrap(said, max(20, width - 2), MOST)),
            *(join(plain("  "), part) for part in wrap(who, max(20, width - 2), 3, "$muted")),
            plain(""),
        ]
    )


class AnswersScreen(ListScreen):
    def __init__(self, found: list[AnswerLine]) -> None:
        super().__init__()
        self.found = found

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Answers of head office"), count("{n} question", "{n} questions", len(self.found)))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(str(k), answer_row(one, width - 1)) for k, one in enumerate(self.found)]
