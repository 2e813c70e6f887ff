"""The run sheet as rows: segments with their minutes, steps with their time and state."""

from __future__ import annotations

from fieldkit.core.views import RoomView, SegmentLine, StepLine
from fieldkit.tui.panels.figures import clock, step_label
from fieldkit.tui.safe import Block, Content, fit, join, plain
from fieldkit.tui.say import _

MARKS = {"done": "✓", "now": "▸", "next": "›", "later": "·", "skipped": "–"}


def step_word(do: str) -> str:
    """What a step does, in a word of the run sheet."""
    words = {
        "say": _("say"),
        "show": _("show"),
        "attendance": _("roll call"),
        "open": _("ask"),
        "close": _("close"),
        "reveal": _("reveal"),
        "breakout": _("groups"),
        "pause": _("pause"),
    }
    return words.get(do, do)


def segment_row(segment: SegmentLine, width: int) -> Content:
    state = {"done": _("done"), "now": _("now"), "skipped": _("skipped")}.get(segment.state, "")
    style = "bold $accent" if segment.state == "now" else "bold"
    head = plain(segment.title or segment.id, style)
    tail = join(plain(f"{state}  " if state else "", "$muted"), fit(_("{n} min", n=segment.minutes), 7, right=True))
    return join(fit(head, max(4, width - tail.cell_length - 1)), plain(" "), tail)


def step_row(step: StepLine, width: int) -> Content:
    style = {"now": "bold $accent", "done": "$muted", "skipped": "$muted"}.get(step.state, "")
    return fit(
        join(
            plain(f"  {MARKS.get(step.state, '·')} ", style),
            fit(clock(step.at_s * 1000), 5, "$muted", right=True),
            plain("  "),
            fit(step_word(step.do), 10, "$muted"),
            plain(step_label(step.label), style),
        ),
        width,
    )


def sheet_rows(view: RoomView, width: int) -> list[tuple[str, Content]]:
    """(id, line): `segment` or `segment/step`, in the order of the plan."""
    out: list[tuple[str, Content]] = []
    for segment in view.plan:
        out.append((segment.id, segment_row(segment, width)))
        out += [(f"{segment.id}/{step.step}", step_row(step, width)) for step in segment.steps]
    return out


class Side(Block):
    """The run sheet beside the question, on wide terminals only; it follows the current step."""

    def show_room(self, view: RoomView) -> None:
        width, height = self.size.width, self.size.height
        if width < 1 or height < 1:
            return
        lines = sheet_rows(view, width)
        now = next((k for k, (i, _line) in enumerate(lines) if _is_now(view, i)), 0)
        top = max(0, min(now - height // 3, len(lines) - height))
        self.show(*(line for _id, line in lines[top : top + height]))


def _is_now(view: RoomView, row: str) -> bool:
    segment, _slash, step = row.partition("/")
    return any(s.id == segment and any(str(t.step) == step and t.state == "now" for t in s.steps) for s in view.plan)
