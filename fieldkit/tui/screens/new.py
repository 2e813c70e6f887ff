"""The form of a new session. Everything is filled in from last time, and Enter starts: the rest is there to change."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.hometools import HomeTools, NewSession, PackPlan, PlannedLine
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Field, Pick, fit, join, plain
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.before import BeforeScreen, changes_words, planned_minutes
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.screens.preview import Mended, Taken
from fieldkit.tui.screens.progress import stopped_words, worked
from fieldkit.tui.screens.roster import RosterScreen

FIELDS = ("title", "site", "facilitator", "lang", "pack")
LABEL = 24


def label_of(field: str) -> str:
    return {
        "title": _("Title"),
        "site": _("Place"),
        "facilitator": _("Your name (trainer)"),
        "lang": _("Language"),
        "pack": _("Pack"),
    }[field]


def hint_of(field: str) -> str:
    return {
        "title": _("as it stands on the phones; empty: the pack's"),
        "site": _("where it takes place"),
        "facilitator": _("shown to the workers"),
        "lang": _("of this screen and the wall; empty: the pack's"),
        "pack": _("id of a pack, or a folder or .fkpack file"),
    }[field]


class NewScreen(Leaf[NewSession | str]):
    """Gives the wish when the tools found nothing wrong with it, or a sentence when it was kept for later."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+s", "start", "start", "Form", foot=True),
        key("ctrl+e", "sheet", "the pack's plan", "Form", foot=True),
        key("ctrl+r", "roster", "who is expected", "Form", foot=True),
        key("ctrl+l", "later", "plan for later", "Form", foot=True),
        key("tab", "fields", "to the fields", "Form", foot=True),
    ]

    def __init__(self, new: NewSession, tools: HomeTools) -> None:
        super().__init__()
        memory = tools.memory()
        self.tools = tools
        self.new = replace(
            new,
            site=new.site or memory.place,
            facilitator=new.facilitator or memory.trainer,
            lang=new.lang or memory.lang,
        )
        self.taken = Taken(self.new.expected)
        self.mended = Mended()
        self._first: NewSession | None = None
        """As it stood when the form came up."""
        self.plan: PackPlan | None = None
        self._read = ""
        """The pack whose plan is shown."""

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with VerticalScroll(classes="form body", can_focus=False):
            yield Pick(id="do")
            for field in FIELDS:
                with Horizontal(classes="line"):
                    yield Block(id=f"label_{field}")
                    yield Field(hint=hint_of(field), value=getattr(self.new, field), limit=400, id=f"field_{field}")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#do", Pick).focus()
        self._first = self._typed()
        self._look()

    def title_words(self) -> tuple[str, str]:
        about = f"{self.plan.title} · {_('{n} min', n=self.plan.minutes)}" if self.plan is not None else self.new.pack
        return _("New session"), about

    def draw(self, width: int, height: int) -> None:
        rows = [
            ("start", _("Start now"), ""),
            ("sheet", _("The plan"), self._plan_words()),
            ("roster", _("Who is expected"), self._roster_words()),
            ("later", _("Plan for later"), _("it stands on the home screen on that day")),
        ]
        self.query_one("#do", Pick).show([(id, self._row(words, beside, width)) for id, words, beside in rows])
        for field in FIELDS:
            self.query_one(f"#label_{field}", Block).show(plain(" " + label_of(field)))

    def _row(self, words: str, beside: str, width: int) -> Content:
        return fit(join(fit(words, LABEL - 2, "bold"), plain(beside, "$muted")), max(10, width - 6))

    def _plan_words(self) -> str:
        if self.plan is None:
            return changes_words(None, self.new.changes) if self.new.changes else ""
        minutes = planned_minutes(self.plan, self.new.changes)
        parts = count("{n} segment", "{n} segments", len(self.plan.segments))
        return f"{parts}, {_('{n} min', n=minutes)} · {changes_words(None, self.new.changes)}"

    def _roster_words(self) -> str:
        n = len(self.new.expected)
        return count("{n} person by name", "{n} people by name", n) if n else _("whoever comes")

    def _look(self) -> None:
        """Read the pack's plan for the words beside it; what is wrong with it is said at once."""
        new = self._typed()

        async def run() -> None:
            self.plan = await self.tools.plan_of(new.pack, new.site, new.lang)
            self._read = new.pack
            self.redraw()

        self.go(run, "look")

    def _typed(self) -> NewSession:
        typed = {field: self.query_one(f"#field_{field}", Field).value.strip() for field in FIELDS}
        return replace(
            self.new,
            pack=typed["pack"],
            title=clean_text(typed["title"], 120),
            site=clean_text(typed["site"], 80),
            facilitator=clean_name(typed["facilitator"]),
            lang=clean_text(typed["lang"], 35),
        )

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == f"field_{FIELDS[-1]}":
            self._look()
            self.query_one("#do", Pick).focus()
        else:
            self.focus_next()

    @on(Pick.OptionSelected)
    async def _selected(self) -> None:
        await self.run_action(self.query_one("#do", Pick).at or "start")

    # ---- what a row does

    def action_start(self) -> None:
        self.hint(_("Reading the pack…"))
        new = self._typed()

        async def run() -> None:
            await worked(self, _("Reading the pack…"), lambda _work: self.tools.check(new))
            self._remember(new)
            self.dismiss(new)

        self.go(run)

    def _remember(self, new: NewSession) -> None:
        kept = replace(self.tools.memory(), trainer=new.facilitator, place=new.site, lang=new.lang)
        self.tools.remember(kept)

    def action_cancel(self) -> None:
        """Ask before what was typed, or prepared with the roster and the plan, is lost."""
        if self._typed() == self._first and not self.new.expected and not self.new.changes:
            self.dismiss(None)
            return

        def sure(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        question = _("Leave this form? What was typed here, who is expected and what was changed in the plan is lost.")
        self.app.push_screen(Confirm(question), sure)

    def action_fields(self) -> None:
        self.focus_next()

    def action_sheet(self) -> None:
        new = self._typed()

        async def run() -> None:
            if self.plan is None or self._read != new.pack:
                self.plan = await worked(
                    self, _("Reading the pack…"), lambda _work: self.tools.plan_of(new.pack, new.site, new.lang)
                )
                self._read = new.pack

            def back(changed: NewSession | None) -> None:
                if changed is not None:
                    self.new = changed
                    self.redraw()

            self.app.push_screen(BeforeScreen(self.plan, new), back)

        self.go(run)

    def action_roster(self) -> None:
        def chosen(taken: Taken | None) -> None:
            if taken is not None:
                self.taken = taken
                self.new = replace(self._typed(), expected=taken.rows)
                self.redraw()
                words = count("{n} person is expected.", "{n} people are expected.", len(taken.rows))
                self.tell(words, ok=True)

        self.app.push_screen(RosterScreen(self.tools, self.taken, self.mended), chosen)

    def action_later(self) -> None:
        new = self._typed()

        kept: list[PlannedLine] = []

        async def send(when: str) -> str:
            try:
                kept.append(
                    await worked(box, _("Reading the pack…"), lambda _work: self.tools.plan_for(new, when), writes=True)
                )
            except Stopped:
                return stopped_words()
            except FieldkitError as e:
                return error_words(e)
            return ""

        def done(_when: str | None) -> None:
            if kept:
                self._remember(new)
                self.dismiss(_("Planned for {when}.", when=kept[0].at))

        hint = _("The laptop's own time: 22:00, or 2026-11-22 22:00. On that day it stands on the home screen.")
        missing = _("Type the time, or press Esc.")
        box = LineBox(_("When?"), hint, does=_("plan for later"), missing=missing, send=send)
        self.app.push_screen(box, done)
