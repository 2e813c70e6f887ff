"""Tables to take away: how each would be written, before it is; then the file, with its signed note beside it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.core.views import RoomView
from fieldkit.errors import FieldkitError, Stopped, install
from fieldkit.tui.keys import key
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain, tidy, wrap
from fieldkit.tui.say import _, count, error_words
from fieldkit.tui.screens.base import Said, heading
from fieldkit.tui.screens.hand import HandScreen
from fieldkit.tui.screens.listing import ListScreen
from fieldkit.tui.screens.progress import stopped_words, worked
from fieldkit.tui.tools import Preview
from fieldkit.tui.work import LOOK_S, SOON_S, Work, work_lines

TABLES = ("attendance", "answers", "results", "discussion", "pacing", "checklists", "corrections")
STEP = 24
"""Columns of one move to the side."""
NAMED = 6
"""Most names of who is in a table."""


def table_words(what: str) -> str:
    return {
        "attendance": _("attendance: one row a person"),
        "answers": _("answers: who answered what"),
        "results": _("results: counts of every round"),
        "discussion": _("discussion: what people wrote"),
        "pacing": _("pacing: planned and real minutes"),
        "checklists": _("checklists: who has shown what"),
        "corrections": _("corrections: what was changed, and why"),
    }.get(what, what)


def whom(names: tuple[str, ...], *, away: bool = False) -> str:
    """Who is named in it; `away`: only how many."""
    if not names:
        return _("It names nobody.")
    if away:
        return count("It names {n} person: {names}", "It names {n} people: {names}", len(names), names="…")
    shown = ", ".join(name or _("no name") for name in names[:NAMED])
    more = f", {_('and {n} more', n=len(names) - NAMED)}" if len(names) > NAMED else ""
    return count("It names {n} person: {names}", "It names {n} people: {names}", len(names), names=shown + more)


class ExportScreen(ListScreen):
    """The cursor's table is read off the loop; Enter writes what is shown, under a name that was free."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "write", "write the file", "Table", foot=True),
        key("f", "format", "another format", "Table", foot=True),
        key("p", "phone", "hand it to a phone", "Table", foot=True),
        key("right", "aside(1)", "further right", "Table", foot=True),
        key("left", "aside(-1)", "further left", "Table"),
    ]

    def __init__(self, what: str = "") -> None:
        super().__init__()
        self.go_to = what or None
        self.as_ = "csv"
        self.aside = 0
        self.found: Preview | None = None
        self._asked = ("", "")
        self._reading: Work | None = None
        """The table under the cursor is being read; going on to another one stops it."""

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK_S, self._tick)

    def _tick(self) -> None:
        if self._reading is not None and self._reading.seconds > SOON_S and self.is_current:
            self._draw()

    def below(self) -> ComposeResult:
        yield Block(id="preview")

    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Export a table"), view.title)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        return [(what, fit(table_words(what), width)) for what in TABLES]

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        self._draw()

    @on(Pick.OptionHighlighted)
    def _moved(self) -> None:
        self._look()

    def _look(self, *, again: bool = False) -> None:
        """Read the table under the cursor unless that is what is shown."""
        if self.at in TABLES and self.as_ not in self.live.tools.formats(self.at):
            self.as_ = "csv"  # a sheet for paper is of one table only
        wanted = (self.at, self.as_)
        if self.at in TABLES and (again or wanted != self._asked):
            self._asked, self.aside = wanted, 0
            self.run_worker(self._read(*wanted), exclusive=True, group="look")

    async def _read(self, what: str, as_: str) -> None:
        self._reading = work = Work(_("Reading…"))
        try:
            self.found = await self.live.tools.preview(what, as_, work.told, work.stopped)
        except FieldkitError as e:
            self.found = None
            self.query_one(Said).tell(error_words(e))
        finally:
            work.stop()
            if self._reading is work:
                self._reading = None
        self._draw()

    def _draw(self) -> None:
        width, height = self.size
        if width < 40 or not self.is_mounted:
            return
        most = max(2, height - len(TABLES) - 12)
        block = self.query_one("#preview", Block)
        shown = self.found
        if shown is None or (shown.what, shown.as_) != (self.at, self.as_):
            far = self._reading
            slow = far is not None and far.seconds > SOON_S
            lines = [join(plain(" "), x) for x in work_lines(far, width - 2)] if far is not None and slow else []
            head = plain(" " + _("Reading…"), "$muted")
            block.show(head, *lines, *[plain("")] * (most + 5 - len(lines)))
            return
        size = count("{n} row", "{n} rows", shown.rows) + ", " + count("{n} column", "{n} columns", shown.columns)
        head = join(plain(f" {shown.as_.upper()}  ", "bold $accent"), plain(size, "bold"), plain("  "))
        away = self.live.bridge.hides
        text = [] if away else [tidy(line)[self.aside :] for line in shown.lines[:most]]
        hidden = wrap(_("Names are away. [^n] shows the table; what is written has them."), width - 2, 2, "$muted")
        taken = "  " + _("(without the number it is taken; nothing is overwritten)") if shown.taken else ""
        block.show(
            fit(head, width),
            *(fit(plain(" " + line, "$muted" if k else "bold"), width) for k, line in enumerate(text)),
            *([plain(" ") + x for x in hidden] if away else []),
            *[plain("")] * (most - len(text) - (len(hidden) if away else 0)),
            *self._labelled("", whom(shown.people, away=away), 2),
            *self._labelled(_("file"), shown.path.name + taken, 2),
            *self._labelled(_("folder"), str(shown.path.parent), 1),
        )

    def _labelled(self, label: str, words: str, most: int) -> list[Content]:
        if not label:
            return [plain(" ") + line for line in wrap(words, self.size.width - 2, most)]
        parts = wrap(words, self.size.width - 11, most, "bold")
        return [join(plain(" "), fit(label if k == 0 else "", 8, "$muted"), part) for k, part in enumerate(parts)]

    # ---- keys

    def action_aside(self, way: int) -> None:
        widest = max((len(line) for line in self.found.lines), default=0) if self.found is not None else 0
        self.aside = max(0, min(self.aside + way * STEP, widest - STEP))
        self._draw()

    def action_format(self) -> None:
        formats = self.live.tools.formats(self.at) if self.at in TABLES else ()
        if self.at == "attendance" and formats and "pdf" not in formats:
            self.query_one(Said).hint(_("For a sheet on paper install PDF: {command}", command=install("pdf")))
        if formats:
            k = formats.index(self.as_) + 1 if self.as_ in formats else 0
            self.as_ = formats[k % len(formats)]
            self._look()
            self._draw()

    def action_phone(self) -> None:
        if self.at in TABLES:
            self.app.push_screen(HandScreen(self.at, self.as_))

    def action_write(self) -> None:
        shown = self.found
        if shown is None or (shown.what, shown.as_) != (self.at, self.as_):
            self.query_one(Said).hint(_("One moment: it is being read."))
            return
        self.query_one(Said).hint(_("Writing…"))
        self.run_worker(self._write(shown), exclusive=True, group="write")

    async def _write(self, shown: Preview) -> None:
        tools, words = self.live.tools, _("Writing {file}", file=shown.path.name)
        try:
            path = await worked(
                self,
                words,
                lambda work: tools.export(shown.what, shown.as_, shown.path, work.told, work.stopped),
                writes=True,
            )
        except Stopped:
            self.tell(stopped_words())
        except FieldkitError as e:
            self.tell(error_words(e))
        else:
            words = _("Written: {file}, its signed note beside it.", file=path.name)
            self.tell(words, ok=True)
        self._look(again=True)
