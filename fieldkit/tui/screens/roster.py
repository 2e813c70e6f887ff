"""Who is expected: choosing the roster's file, from the places where such files lie or by typing its path."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.config import typed_path
from fieldkit.roster import AS_IT_IS, Fixes
from fieldkit.rosterlook import Look
from fieldkit.tui.hometools import HomeTools, RosterFile
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Field, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _, count, size_of
from fieldkit.tui.screens.base import Said
from fieldkit.tui.screens.page import Leaf
from fieldkit.tui.screens.preview import Mended, PreviewScreen, Taken
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.work import Work


def file_row(line: RosterFile, width: int) -> Content:
    tail = join(
        fit(line.place, 14, "$muted"), plain("  "), fit(size_of(line.size), 8, "$muted", right=True), plain("  "),
        plain(line.day, "$muted"),
    )  # fmt: skip
    return join(fit(line.name, max(10, width - tail.cell_length - 1)), plain(" "), tail)


class RosterScreen(Leaf[Taken]):
    """Gives the rows that were taken; Escape gives nothing, and whoever was expected before stays expected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "look at it", "Roster", foot=True),
        key("tab", "complete", "complete the path", "Roster", foot=True, priority=True),
        key("ctrl+n", "nobody", "expect nobody by name", "Roster", foot=True),
    ]

    def __init__(self, tools: HomeTools, had: Taken, mended: Mended) -> None:
        """`had`: who is expected already, and from which file; `mended`: what was put right in files so far."""
        super().__init__()
        self.tools = tools
        self.had = had
        self.mended = mended
        self.places: list[str] = []
        """Where it was looked."""
        self.files: list[RosterFile] | None = None

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Horizontal(classes="path beside"):
            yield Block(id="label", auto=True)
            yield Field(hint=_("a CSV or Excel file; tab completes"), limit=1000, id="path")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Pick).focus()

        async def run() -> None:
            self.files = await self.tools.roster_files()
            self.places = await self.tools.roster_places()
            if not self.files:
                self.query_one("#path", Field).focus()
            self.redraw()

        self.go(run, "look")

    def title_words(self) -> tuple[str, str]:
        if self.files is None:
            return _("Who is expected"), _("Looking in Documents, Downloads and on sticks…")
        return _("Who is expected"), count("{n} file found", "{n} files found", len(self.files))

    def draw(self, width: int, height: int) -> None:
        self.query_one("#label", Block).show(plain(f" {_('File')}  "))
        lines = self._had(width - 3)
        lines += [(str(k), file_row(x, width - 3)) for k, x in enumerate(self.files or [])]
        if self.files is not None and not self.files:
            none = _("No CSV or Excel file in {places}. Type its path above.", places=", ".join(self.places) or "–")
            lines += [(f"-none{k}", line) for k, line in enumerate(wrap(none, width - 3, 5, "$muted"))]
        self.query_one(Pick).show(lines)

    def _had(self, room: int) -> list[tuple[str, Content]]:
        """Who is expected as it is now: their file can be looked at again, with what was put right in it."""
        n = len(self.had.rows)
        if not n:
            return []
        words = count("{n} person is expected.", "{n} people are expected.", n)
        if self.had.path is None:
            return [("-had", plain(words, "$muted"))]
        name = plain(self.had.path.name, "bold $accent")
        return [("had", fit(join(name, plain("  " + words, "$muted")), room))]

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        typed = event.value.strip()
        if typed:
            self._open(typed_path(typed))
        else:
            self._what_to_do()

    def _what_to_do(self) -> None:
        self.tell(_("Type the path of a file and press Enter, or choose a file below. Tab completes the path."))

    def action_choose(self) -> None:
        at = self.query_one(Pick).at or ""
        if self.files and at.isdigit():
            self._open(self.files[int(at)].path)
        elif at == "had" and self.had.path is not None:
            self._open(self.had.path)
        else:
            self._what_to_do()

    def _open(self, path: Path) -> None:
        self.hint(_("Reading the roster… Esc stops waiting."))

        async def read(work: Work) -> tuple[Look, Look, Fixes]:
            """As it is, with what was put right in it before, and that."""
            look = await self.tools.roster(path, AS_IT_IS, work.told, work.stopped)
            fixes = self.mended.of(path, look)
            if fixes == AS_IT_IS:
                return look, look, fixes
            return look, await self.tools.roster(path, fixes, work.told, work.stopped), fixes

        async def run() -> None:
            raw, look, fixes = await worked(self, _("Reading {name}", name=path.name), read)
            self.hint("")

            def taken(found: Taken | None) -> None:
                if found is not None:
                    self.dismiss(found)

            def keep(new: Fixes) -> None:
                self.mended.keep(path, raw, new)

            self.app.push_screen(PreviewScreen(self.tools, path, look, fixes, keep), taken)

        self.go(run)

    def action_nobody(self) -> None:
        self.dismiss(Taken())

    def action_complete(self) -> None:
        """In the field: as far as only one path goes on. Elsewhere: to the next widget."""
        field = self.query_one("#path", Field)
        if self.focused is not field:
            self.focus_next()
            return
        typed = field.value
        if not typed:
            self._what_to_do() if not self.files else self.focus_next()
            return

        async def run() -> None:
            found = await self.tools.roster_named(typed)
            if field.value != typed:
                return
            if not found:
                self.tell(_("Nothing there begins like that."))
                return
            common = found[0]
            for other in found[1:]:
                while not other.startswith(common):
                    common = common[:-1]
            if len(common) >= len(typed):
                field.value = common
                field.cursor_position = len(common)
            names = [Path(x).name + ("/" if x.endswith("/") else "") for x in found]
            self.hint("   ".join(names[:12]) if len(found) > 1 else "")

        self.go(run, "complete")
