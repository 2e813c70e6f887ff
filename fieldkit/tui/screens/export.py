"""Tables to take away; the file is written by the tools, with its signed note beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.box import Box

if TYPE_CHECKING:
    from fieldkit.tui.app import LiveApp

TABLES = ("attendance", "answers", "results", "discussion", "pacing", "checklists", "corrections")


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


def _named(label: str, what: str) -> list[Content]:
    lines = wrap(what, 44, 3, "bold")
    return [join(fit(label if k == 0 else "", 10, "$muted"), line) for k, line in enumerate(lines)]


class ExportBox(Box[None]):
    """Enter writes the table and says where it is; the box stays for the next one."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Pick()
            yield Block(id="written")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#question", Block).show(plain(_("Export a table"), "bold"), plain(""))
        self.query_one(Pick).show([(what, plain(table_words(what))) for what in TABLES])
        self.query_one("#written", Block).show(plain(""), plain(_("Enter writes the file."), "$muted"))
        self.query_one(Pick).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    @on(Pick.OptionSelected)
    def _chosen(self) -> None:
        what = self.query_one(Pick).at
        if what is not None:
            self.query_one("#written", Block).show(plain(""), plain(_("Writing…"), "$muted"))
            self.run_worker(self._write(what), exclusive=True)

    async def _write(self, what: str) -> None:
        said = self.query_one("#written", Block)
        try:
            path = await cast("LiveApp", self.app).tools.export(what)
        except FieldkitError as e:
            said.show(plain(""), *wrap(e.sentence, 56, 2, "bold $refused"), *wrap(e.hint, 56, 2))
            return
        said.show(
            plain(""),
            join(plain("✓ ", "bold $saved"), plain(_("Written:"))),
            *_named(_("file"), path.name),
            *_named(_("folder"), str(path.parent)),
        )
