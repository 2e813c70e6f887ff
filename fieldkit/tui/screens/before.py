"""A pack's plan before the session: segments, steps and notes; minutes changed and segments skipped for today.

Nothing of the pack changes. What is otherwise today goes with the session and becomes records when it begins.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.planned import MAX_MINUTES, Changes
from fieldkit.tui.hometools import NewSession, PackPlan, SegmentPlan
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.figures import clock, phase_word
from fieldkit.tui.panels.prose import one_line, prose
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.page import Leaf


def minutes_of(segment: SegmentPlan, changes: Changes) -> int:
    return dict(changes.minutes).get(segment.id, segment.minutes)


def planned_minutes(plan: PackPlan, changes: Changes) -> int:
    """Minutes of the whole session as changed."""
    return sum(minutes_of(s, changes) for s in plan.segments if s.id not in changes.skip)


def changes_words(plan: PackPlan | None, changes: Changes) -> str:
    """What is otherwise today, in a few words."""
    if not changes:
        return _("nothing changed for today")
    parts = []
    if changes.minutes:
        parts.append(count("{n} with other minutes", "{n} with other minutes", len(changes.minutes)))
    if changes.skip:
        parts.append(count("{n} skipped", "{n} skipped", len(changes.skip)))
    if plan is not None:
        parts.append(_("{n} min in all", n=planned_minutes(plan, changes)))
    return ", ".join(parts)


class BeforeScreen(Leaf[NewSession]):
    """Escape and Enter go back with what was changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("k", "skip", "skip or keep the segment", "Plan", foot=True),
        key("plus", "minutes(1)", "a minute more", "Plan", foot=True),
        key("minus", "minutes(-1)", "a minute less", "Plan", foot=True),
        key("0", "restore", "segment as in the pack", "Plan", foot=True),
        key("u", "restore_all", "everything as in the pack", "Plan"),
        key("enter", "cancel", "use it today", "Plan", foot=True),
    ]

    def __init__(self, plan: PackPlan, new: NewSession) -> None:
        super().__init__()
        self.plan = plan
        self.new = new

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        with VerticalScroll(id="notes", classes="beside"):
            yield Block(id="notes_text")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()

    def title_words(self) -> tuple[str, str]:
        whole = _("{n} min", n=planned_minutes(self.plan, self.new.changes))
        return self.new.title or self.plan.title, f"{whole} · {changes_words(None, self.new.changes)}"

    def draw(self, width: int, height: int) -> None:
        lines: list[tuple[str, Content]] = []
        for segment in self.plan.segments:
            lines.append((segment.id, self._segment(segment, width - 3)))
            for k, step in enumerate(segment.steps):
                at = fit(clock(step.at * 1000), 7, "$muted", right=True)
                words = join(at, plain("  "), fit(step_word(step.do), 10, "$muted"), plain(one_line(step.words)))
                lines.append((f"{segment.id}/{k}", fit(words, width - 3)))
        self.query_one(Pick).show(lines)
        self._notes()

    def _segment(self, s: SegmentPlan, width: int) -> Content:
        now = minutes_of(s, self.new.changes)
        skipped = s.id in self.new.changes.skip
        changed = _("{n} in the pack", n=s.minutes) if now != s.minutes else ""
        tail = join(
            plain(f"{changed}  " if changed else "", "$waiting"),
            plain(f"– {_('skipped')}  " if skipped else "", "bold $waiting"),
            fit(_("{n} min", n=now), 8, "$muted" if skipped else "bold", right=True),
        )
        head = join(
            plain(s.title or s.id, "$muted" if skipped else "bold"), plain(f"  {phase_word(s.phase)}", "$muted")
        )
        return join(fit(head, max(4, width - tail.cell_length - 1)), plain(" "), tail)

    @on(Pick.OptionHighlighted)
    def _notes(self) -> None:
        """The notes of the segment under the cursor, whole: tab goes there, arrows scroll."""
        found = self._chosen()
        lines = prose(found.notes, max(10, self.size.width - 4)) if found is not None and found.notes else []
        pane = self.query_one("#notes", VerticalScroll)
        more = len(lines) > pane.size.height - 1 > 0
        beside = plain("  " + _("there is more: tab goes there, arrows scroll"), "$muted") if more else plain("")
        label = join(plain(" " + _("NOTES"), "$muted"), beside)
        none = plain(" " + _("no notes for this segment"), "$muted")
        self.query_one("#notes_text", Block).show(*([label, *(plain(" ") + x for x in lines)] if lines else [none]))
        if self.focused is not pane:
            pane.scroll_home(animate=False)

    def _chosen(self) -> SegmentPlan | None:
        at = (self.query_one(Pick).at or "").partition("/")[0]
        return next((s for s in self.plan.segments if s.id == at), None)

    def _change(self, changes: Changes) -> None:
        self.new = replace(self.new, changes=changes)
        self.redraw()

    def action_skip(self) -> None:
        found = self._chosen()
        if found is None:
            return
        c = self.new.changes
        if found.id in c.skip:
            self._change(replace(c, skip=tuple(x for x in c.skip if x != found.id)))
            self.tell(_("Kept: {title}", title=found.title), ok=True)
            return
        without = replace(c, skip=(*c.skip, found.id))
        if not without.leaves(segment.id for segment in self.plan.segments):
            self.tell(_("One segment has to stay."))
        else:
            self._change(without)
            self.tell(_("Skipped: {title}", title=found.title), ok=True)

    def action_minutes(self, more: int) -> None:
        found = self._chosen()
        if found is None:
            return
        c = self.new.changes
        minutes = minutes_of(found, c) + more
        if not 0 <= minutes <= MAX_MINUTES:
            return
        rest = tuple(x for x in c.minutes if x[0] != found.id)
        self._change(replace(c, minutes=rest if minutes == found.minutes else (*rest, (found.id, minutes))))
        self.tell(count("{title}: {n} minute", "{title}: {n} minutes", minutes, title=found.title), ok=True)

    def action_restore(self) -> None:
        found = self._chosen()
        if found is None:
            return
        c = self.new.changes
        skip = tuple(x for x in c.skip if x != found.id)
        self._change(replace(c, skip=skip, minutes=tuple(x for x in c.minutes if x[0] != found.id)))
        self.tell(_("As the pack has it: {title}", title=found.title), ok=True)

    def action_restore_all(self) -> None:
        self._change(Changes())
        self.tell(_("Everything is as the pack has it."), ok=True)

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_cancel()

    def action_cancel(self) -> None:
        self.dismiss(self.new)
