"""A quiz: one row a question, or its choices as bars where there is room."""

from __future__ import annotations

from fieldkit.core.views import Bar, QuestionView, RoundLine
from fieldkit.tui.panels.bars import lettered, more_line
from fieldkit.tui.panels.head import spread
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.panels.sorting import fully_right
from fieldkit.tui.safe import Content, join, plain
from fieldkit.tui.say import _


def bars_of(question: QuestionView) -> list[Bar]:
    """Its choices; true and false are the house's own words where the pack has none."""
    words = {"true": _("True"), "false": _("False")} if question.type == "truefalse" else {}
    counts, right = question.counts or {}, question.correct or []
    return [Bar(o.id, words.get(o.id, o.text), counts.get(o.id, 0), o.id in right) for o in question.options]


def _right(question: QuestionView) -> int | None:
    """How many had it right; None where several choices belong together, which counts of choices cannot tell."""
    if question.correct is None or len(question.correct) != 1 or question.counts is None:
        return None
    return question.counts.get(question.correct[0], 0)


def question_row(k: int, question: QuestionView, width: int) -> Content:
    done, right = question.n or 0, _right(question)
    words = _("right {n} of {of}", n=right, of=done) if right is not None else _("{n} done", n=done)
    head = join(plain(f" {k + 1}. ", "bold"), plain(one_line(question.text)))
    return spread(head, plain(words + " ", "bold"), width)


def quiz_lines(line: RoundLine, width: int, height: int) -> list[Content]:
    """Every question with its bars when all fit, else a row for each."""
    questions = line.questions
    if not questions:
        return [plain(" " + _("Nobody has answered yet."), "$muted")]
    tail = fully_right(line)
    room = max(1, height - len(tail))
    whole = sum(1 + len(q.options) for q in questions)
    out: list[Content] = []
    if whole <= room:
        for k, question in enumerate(questions):
            counted = question.counts is not None
            out.append(question_row(k, question, width))
            out += lettered(bars_of(question), width, len(question.options), of=line.of, counted=counted)
        return [*out, *tail]
    kept = len(questions) if len(questions) <= room else max(1, room - 1)
    out = [question_row(k, question, width) for k, question in enumerate(questions[:kept])]
    if kept < len(questions):
        out.append(more_line(len(questions) - kept))
    return [*out, *tail]
