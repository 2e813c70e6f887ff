"""The form of a new session: pack, title, place, trainer, roster."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Field, fit, plain
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import Said, heading
from fieldkit.tui.tools import HomeTools, NewSession

FIELDS = ("pack", "title", "site", "facilitator", "roster", "lang")


def label_of(field: str) -> str:
    return {
        "pack": _("Pack"),
        "title": _("Title"),
        "site": _("Place"),
        "facilitator": _("Your name (trainer)"),
        "roster": _("Roster (CSV file)"),
        "lang": _("Language"),
    }[field]


def hint_of(field: str) -> str:
    return {
        "pack": _("id of a pack, or a folder or .fkpack file"),
        "title": _("as it stands on the phones; empty: the pack's"),
        "site": _("where it takes place"),
        "facilitator": _("shown to the workers"),
        "roster": _("who is expected; empty: whoever comes"),
        "lang": _("of this screen and the wall; empty: the pack's"),
    }[field]


class NewScreen(Screen[NewSession]):
    """Gives the wish when the tools found nothing wrong with it."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+s", "start", "start", "Form", foot=True),
        key("escape", "cancel", "back", "Form", foot=True),
    ]

    def __init__(self, pack: str, tools: HomeTools) -> None:
        super().__init__()
        self.pack = pack
        self.tools = tools

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        with Vertical(classes="form"):
            for field in FIELDS:
                with Horizontal(classes="line"):
                    yield Block(id=f"label_{field}")
                    yield Field(
                        hint=hint_of(field), value=self.pack if field == "pack" else "", limit=400, id=f"field_{field}"
                    )
        yield Said(id="said")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#field_title", Field).focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        self.query_one("#top", Block).show(fit(heading(_("New session")), self.size.width))
        for field in FIELDS:
            self.query_one(f"#label_{field}", Block).show(plain(" " + label_of(field)))
        self.query_one(KeyBar).show_keys()

    @on(Field.Submitted)
    def _entered(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == f"field_{FIELDS[-1]}":
            self.action_start()
        else:
            self.focus_next()

    def action_start(self) -> None:
        self.query_one(Said).hint(_("Reading the pack and the roster…"))
        self.run_worker(self._check(), exclusive=True)

    async def _check(self) -> None:
        typed = {field: self.query_one(f"#field_{field}", Field).value.strip() for field in FIELDS}
        new = NewSession(
            pack=typed["pack"],
            title=clean_text(typed["title"], 120),
            site=clean_text(typed["site"], 80),
            facilitator=clean_name(typed["facilitator"]),
            roster=Path(typed["roster"]).expanduser() if typed["roster"] else None,
            lang=typed["lang"],
        )
        try:
            await self.tools.check(new)
        except FieldkitError as e:
            self.query_one(Said).tell(f"{e.sentence} {e.hint}".strip())
            return
        self.dismiss(new)

    def action_cancel(self) -> None:
        self.dismiss(None)
