"""The run sheet: every segment and step of the plan, minutes ahead or behind, and the way to any of them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.views import RoomView, RoundLine, SegmentLine, StepLine
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import key
from fieldkit.tui.panels.figures import clock, pace
from fieldkit.tui.panels.sheet import sheet_rows
from fieldkit.tui.safe import Content, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import RoomScreen, Said, heading, round_of
from fieldkit.tui.screens.listing import ListScreen


class SheetScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "go", "go there", "Run sheet", foot=True),
        key("r", "reveal", "reveal", "Run sheet", foot=True),
        key("v", "revote", "re-vote", "Run sheet", foot=True),
        key("l", "open_live", "open, counts shown live", "Run sheet", foot=True),
        key("k", "skip", "skip or keep the segment", "Run sheet", foot=True),
        key("plus", "minutes(1)", "a minute more", "Run sheet", foot=True),
        key("minus", "minutes(-1)", "a minute less", "Run sheet", foot=True),
    ]

    def on_mount(self) -> None:
        super().on_mount()
        now = [f"{t.segment}/{t.step}" for s in self.live.view.plan for t in s.steps if t.state in ("now", "next")]
        self.go_to = now[0] if now else None

    def top(self, view: RoomView, width: int) -> Content:
        time = _("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms))
        return join(heading(_("Run sheet"), time), plain("  "), pace(view.pace_s) if view.segment else plain(""))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return sheet_rows(view, width)

    def chosen(self) -> tuple[SegmentLine, StepLine | None] | None:
        segment_id, _slash, step = self.at.partition("/")
        for segment in self.live.view.plan:
            if segment.id == segment_id:
                return segment, next((t for t in segment.steps if str(t.step) == step), None)
        return None

    def action_go(self) -> None:
        """A step with a question opens it; anything else enters its segment."""
        self._open(live=False)

    def action_open_live(self) -> None:
        self._open(live=True)

    def _open(self, *, live: bool) -> None:
        found = self.chosen()
        if found is None:
            return
        segment, step = found
        if step is not None and step.activity:
            self.wish_open(w.OpenActivity(activity=step.activity, live=live), _("Open."), self._there)
        else:
            self.wish(w.EnterSegment(segment=segment.id), _("Now: {title}", title=segment.title), self._there)

    def _there(self, outcome: Outcome) -> None:
        """The live screen shows where it is; it says what came of it, too."""
        if outcome.ok and self.is_current:
            said = self.query_one(Said).said
            self.dismiss(None)
            for screen in self.app.screen_stack[:1]:
                if isinstance(screen, RoomScreen):
                    screen.tell(said, ok=True)

    def run_words(self, intent: Intent) -> str:
        line = self.asked()
        if line is not None and line.can_reveal:
            return _("It has been run. [r] reveals it, [v] opens another round.")
        return ""

    def asked(self) -> RoundLine | None:
        """The newest round of the step under the cursor; None for one that asks nothing or was not run."""
        found = self.chosen()
        step = found[1] if found is not None else None
        return round_of(self.live.view, step.activity) if step is not None and step.activity else None

    def action_reveal(self) -> None:
        if activity := self._activity():
            self.wish(w.Reveal(activity=activity), _("Shown to the room."))

    def action_revote(self) -> None:
        if activity := self._activity():
            self.wish_open(w.Revote(activity=activity), _("The next round is open."))

    def _activity(self) -> str:
        """What the step under the cursor asks; empty, and told, where it asks nothing."""
        found = self.chosen()
        step = found[1] if found is not None else None
        if step is None or not step.activity:
            self.tell(_("This step asks nothing. Choose one that does."))
            return ""
        return step.activity

    def action_skip(self) -> None:
        found = self.chosen()
        if found is not None:
            segment = found[0]
            back = segment.state == "skipped"
            words = _("Kept: {title}", title=segment.title) if back else _("Skipped: {title}", title=segment.title)
            self.wish(w.ChangePlan(segment=segment.id, skip=not back), words)

    def action_minutes(self, more: int) -> None:
        found = self.chosen()
        if found is not None:
            minutes = found[0].minutes + more
            words = count("{title}: {n} minute", "{title}: {n} minutes", minutes, title=found[0].title)
            self.wish(w.ChangePlan(segment=found[0].id, minutes=minutes), words)
