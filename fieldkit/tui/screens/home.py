"""The first screen of bare `fieldkit`: what was interrupted, what may be started, what is on its way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.safe import Block, Content, Pick, fit, join, plain, width_of
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import Said, heading
from fieldkit.tui.screens.carry import ask_folder, carry_there
from fieldkit.tui.screens.new import NewScreen
from fieldkit.tui.tools import NewSession, PackLine, ResumeSession, SessionLine

if TYPE_CHECKING:
    from fieldkit.tui.app import HomeApp

OPEN = ("running", "paused")
"""States of a session that was interrupted and can go on."""


def unusable_words(state: str) -> str:
    """Why a session cannot be gone on with, and what to do; empty where it can."""
    return {
        "damaged": _("This session's file is damaged. `fieldkit fsck` says what can still be read."),
        "missing": _("This session's file is gone. `fieldkit restore` brings it back from a backup."),
        "older": _("This is an older copy of what this laptop signed. It can be read, not gone on with."),
    }.get(state, "")


def session_row(line: SessionLine, width: int, *, when: int, people: bool, synced: bool) -> Content:
    """`when`: width of that column; `people`, `synced`: whether any row has that one, so that empty ones leave room
    for the title."""
    states = {
        "running": _("interrupted"),
        "paused": _("paused"),
        "ended": _("ended"),
        "damaged": _("damaged"),
        "missing": _("file gone"),
        "older": _("older copy"),
    }
    stages = {"packed": _("packed"), "sealed": _("sealed"), "carried": _("carried"), "ingested": _("ingested")}
    sync = {**stages, "receipted": "✓ " + _("receipted")}
    tail = join(
        fit(line.when or "–", when, "$muted"),
        plain("  "),
        fit(count("{n} person", "{n} people", line.people), 11, right=True) if people else plain(""),
        plain("  ") if people else plain(""),
        fit(states.get(line.state, line.state), 11, "bold $waiting" if line.state in OPEN else "$muted"),
        fit(sync.get(line.sync, line.sync or "–"), 11, "$saved" if line.sync == "receipted" else "$muted")
        if synced
        else plain(""),
    )
    head = join(fit(str(line.seq), 4, "$muted", right=True), plain("  "), plain(line.title or _("unknown title")))
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


def pack_row(line: PackLine, width: int) -> Content:
    tail = join(
        plain(" ".join(line.langs), "$muted"),
        fit(_("{n} min", n=line.minutes), 9, right=True),
        plain("  "),
        fit(line.version, 8, "$muted"),
    )
    title = join(plain(line.title), plain(f"  {line.problem}" if line.problem else f"  {line.id}", "$muted"))
    return join(fit(title, max(10, width - tail.cell_length - 1)), plain(" "), tail)


class HomeScreen(Screen[None]):
    """Enter on a session goes on with it, on a pack starts a new one."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "go on or start", "Home", foot=True),
        key("n", "new", "new session", "Home", foot=True),
        key("y", "carry", "carry to head office", "Home", foot=True),
        key("ctrl+r", "refresh", "read the lists again", "Home"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._states: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield Block(classes="top", id="top")
        yield Pick(classes="body")
        yield Said(id="said")
        yield KeyBar()

    @property
    def home(self) -> HomeApp:
        return cast("HomeApp", self.app)

    def on_mount(self) -> None:
        self.query_one(Pick).focus()
        self.call_after_refresh(self.action_refresh)

    def on_resize(self) -> None:
        self.call_after_refresh(self.action_refresh)

    def action_refresh(self) -> None:
        width = self.size.width
        if width < 40:
            return
        try:
            sessions, packs = self.home.tools.sessions(), self.home.tools.packs()
        except FieldkitError as e:
            self.query_one(Said).tell(f"{e.sentence} {e.hint}".strip())
            sessions, packs = [], []
        waiting = [s for s in sessions if s.state in OPEN]
        rest = [s for s in sessions if s.state not in OPEN]
        beside = count("{n} session on this laptop", "{n} sessions on this laptop", len(sessions))
        self.query_one("#top", Block).show(fit(heading(_("Training sessions"), beside), width))
        room = width - 3
        self._states = {s.ref: s.state for s in sessions}
        when = max((width_of(s.when) for s in sessions), default=0)
        people, synced = any(s.people for s in sessions), any(s.sync for s in sessions)

        def row(s: SessionLine) -> tuple[str, Content]:
            return f"session {s.ref}", session_row(s, room, when=when, people=people, synced=synced)

        lines: list[tuple[str, Content]] = []
        if waiting:
            lines.append(("-waiting", plain(_("GO ON WITH"), "$muted")))
            lines += [row(s) for s in waiting]
        lines.append(("-packs", plain(_("START NEW FROM A PACK"), "$muted")))
        lines += [(f"pack {p.id}", pack_row(p, room)) for p in packs]
        if not packs:
            lines.append(("-none", plain("  " + _("no packs yet: `fieldkit pack list` says where they go"), "$muted")))
        if rest:
            lines.append(("-rest", plain(_("EARLIER"), "$muted")))
            lines += [row(s) for s in rest]
        self.query_one(Pick).show(lines)
        self.query_one(KeyBar).show_keys()

    @on(Pick.OptionSelected)
    def _selected(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        kind, _space, ref = (self.query_one(Pick).at or "-").partition(" ")
        if kind == "pack":
            self._form(ref)
        elif kind == "session":
            wrong = unusable_words(self._states.get(ref, ""))
            if wrong:
                self.query_one(Said).tell(wrong)
            else:
                self.home.exit(ResumeSession(ref=ref))

    def action_new(self) -> None:
        kind, _space, ref = (self.query_one(Pick).at or "-").partition(" ")
        packs = self.home.tools.packs()
        chosen = ref if kind == "pack" else (packs[0].id if packs else "")
        self._form(chosen)

    def _form(self, pack: str) -> None:
        def filled(new: NewSession | None) -> None:
            if new is not None:
                self.home.exit(new)

        self.app.push_screen(NewScreen(pack, self.home.tools), filled)

    def action_carry(self) -> None:
        said = self.query_one(Said)
        try:
            any_session = bool(self.home.tools.sessions())
        except FieldkitError as e:
            said.tell(f"{e.sentence} {e.hint}".strip())
            return
        if not any_session:
            said.tell(_("There is no session yet."))
            return
        ask_folder(self.app, lambda folder: self.run_worker(self._carry(folder), exclusive=True))

    async def _carry(self, folder: Path) -> None:
        said = self.query_one(Said)
        said.hint(_("Carrying…"))
        await carry_there(self.home.tools, folder, said)
        self.action_refresh()
