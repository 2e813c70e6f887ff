"""Keys and trust: this laptop's key and its six words, the trainers' keys here, head office's list."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.keys import key
from fieldkit.tui.keytools import FoundList, KeysState, KeyTools, OwnKey, Taken
from fieldkit.tui.panels.keys import (
    change_lines,
    key_row,
    list_row,
    list_words,
    packs_words,
    sentences,
    standing_words,
    word_rows,
)
from fieldkit.tui.safe import Block, Content, Pick, plain
from fieldkit.tui.say import _, error_words, told
from fieldkit.tui.screens.line import LineBox
from fieldkit.tui.screens.newkey import NewKeyBox, ReadOutBox, SecretBox
from fieldkit.tui.screens.page import PickLeaf
from fieldkit.tui.screens.place import PlaceBox
from fieldkit.tui.screens.progress import stopped_words, worked
from fieldkit.tui.screens.takelist import FoundBox, TakenBox

ABOUT = 9
"""Lines of what is said about the row under the cursor."""
LAPTOP, NEW, LIST = "laptop", "new", "list"


class KeysScreen(PickLeaf[None]):
    """Enter does with a row what is done with it most: a key's note is written, a list is taken in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "write its note, or take in", "Keys", foot=True),
        key("b", "read_out", "six words, large", "Keys", foot=True),
        key("w", "note", "write its note", "Keys"),
        key("o", "take", "take in head office's list", "Keys", foot=True),
        key("plus", "make", "new key of a trainer", "Keys", foot=True),
        key("ctrl+r", "again", "look again", "Keys"),
    ]

    def __init__(self, tools: KeyTools) -> None:
        super().__init__()
        self.tools = tools
        self.state: KeysState | None = None

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.call_after_refresh(self.action_again)

    def action_again(self) -> None:
        async def run() -> None:
            self.state = await self.tools.state()
            self.redraw()

        self.go(run, "look")

    # ---- drawing

    def title_words(self) -> tuple[str, str]:
        if self.state is None:
            return _("Keys and trust"), _("Reading…")
        held = self.state.held
        return _("Keys and trust"), held.org if held is not None else _("no head office yet")

    def draw(self, width: int, height: int) -> None:
        if self.state is None:
            return
        self.query_one(Pick).show(self._lines(self.state, width - 3))
        self._about()

    def _lines(self, state: KeysState, room: int) -> list[tuple[str, Content]]:
        lines: list[tuple[str, Content]] = [("-laptop", plain(_("THIS LAPTOP"), "$muted"))]
        if state.laptop is not None:
            lines.append((LAPTOP, key_row(state.laptop, state, room)))
        else:
            lines.append((LAPTOP, plain("✕ " + _("no key that can be used"), "bold $refused")))
        lines.append(("-trainers", plain(_("KEYS OF TRAINERS HERE"), "$muted")))
        lines += [(f"fac {one.id}", key_row(one, state, room)) for one in state.trainers]
        lines.append((NEW, plain("+ " + _("make a new key, now"))))
        lines.append(("-list", plain(_("HEAD OFFICE'S LIST"), "$muted")))
        lines.append((LIST, list_row(state, room)))
        return lines

    @on(Pick.OptionHighlighted)
    def _about(self) -> None:
        """What there is to say about the row under the cursor; always as many lines, so that the list stays put."""
        state, width = self.state, self.size.width
        if state is None or width < 1:
            return
        at, own = self.query_one(Pick).at, self._own()
        out: list[Content] = []
        if own is not None:
            out = [plain(""), *word_rows(own.words), plain("")]
            out += sentences(standing_words(own, state), width, 4)
            out += sentences([packs_words(own)], width, ABOUT - len(out))
        elif at == LAPTOP:
            out = sentences([told(state.wrong), told(state.hint)], width, ABOUT)
        elif at == LIST and state.list_wrong:
            words = _("Take head office's list in again with o; its root's six words are asked for.")
            out = sentences([told(state.list_wrong), words], width, ABOUT)
        elif at == LIST:
            out = sentences(list_words(state.held, state.now), width, 4)
            if state.changes:
                out += [plain(" " + _("WHAT IT CHANGED"), "$muted")]
                out += change_lines(state.changes, width, ABOUT - len(out))
        elif at == NEW:
            words = _("With a key of your own you sign what you have held, behind a passphrase that only you know.")
            out = sentences([words], width, ABOUT)
        self.query_one("#about", Block).show(*out[:ABOUT], *[plain("")] * (ABOUT - len(out)))

    def _own(self) -> OwnKey | None:
        """The key under the cursor."""
        state, at = self.state, self.query_one(Pick).at or ""
        if state is None:
            return None
        if at == LAPTOP:
            return state.laptop
        return next((x for x in state.trainers if f"fac {x.id}" == at), None)

    # ---- what Enter does

    @on(Pick.OptionSelected)
    def action_choose(self) -> None:
        at = self.query_one(Pick).at
        if at == LIST:
            self.action_take()
        elif at == NEW:
            self.action_make()
        else:
            self.action_note()

    def _key(self) -> OwnKey | None:
        """The key that is meant: the one under the cursor, else the laptop's; says so where there is none."""
        own = self._own() or (self.state.laptop if self.state is not None else None)
        if own is None and self.state is not None:
            self.tell(" ".join(told(x) for x in (self.state.wrong, self.state.hint) if x))
        return own

    def action_read_out(self) -> None:
        if (own := self._key()) is not None:
            self.app.push_screen(ReadOutBox(own.name, own.words))

    # ---- a note

    def action_note(self) -> None:
        own = self._key()
        if own is None:
            return

        def there(folder: Path | None) -> None:
            if folder is not None:
                self._note_to(own, folder)

        title = _("The note for head office: into which folder?")
        hint = _("It holds the public half of the key and no secret. Whoever may see it may carry it.")
        self.app.push_screen(PlaceBox(title, hint, self.tools.sticks), there)

    def _note_to(self, own: OwnKey, folder: Path) -> None:
        async def put(passphrase: str) -> str:
            try:
                file = await worked(
                    box or self,
                    _("Opening the key…"),
                    lambda work: self.tools.write_note(own.id, folder, passphrase, work.stopped),
                    writes=True,
                )
            except Stopped:
                return stopped_words()
            except FieldkitError as e:
                return error_words(e)
            self._written(own, file)
            return ""

        async def run() -> None:
            if wrong := await put(""):
                self.tell(wrong)

        box: SecretBox | None = None
        if own.sealed:
            title = _("Passphrase of {key}", key=own.id)
            box = SecretBox(title, _("The note is signed with the key, so that nobody asks in your name."), put)
            self.app.push_screen(box)
        else:
            self.go(run)

    def _written(self, own: OwnKey, file: Path) -> None:
        self.tell(_("Written: {file}. Now read the six words to head office.", file=file), ok=True)
        hint = _("Bring or send {file} to head office, and read these words there on the telephone.", file=file.name)
        # After what is on top has gone: a dialog that closes would take this one along.
        self.call_later(self.app.push_screen, ReadOutBox(own.name, own.words, hint))

    # ---- a new key

    def action_make(self) -> None:
        if self.state is None:
            return
        taken = [x.id for x in self.state.trainers]

        def made(own: OwnKey | None) -> None:
            if own is None:
                return
            self.tell(_("The key {key} is made. Head office does not know it yet.", key=own.id), ok=True)
            hint = _("Write its note next (w): head office needs the note, and these words on the telephone.")
            self.app.push_screen(ReadOutBox(own.name, own.words, hint))

        self.app.push_screen(NewKeyBox(self.tools, taken), made)

    # ---- head office's list

    def action_take(self) -> None:
        def chosen(found: list[FoundList] | None) -> None:
            if found:
                self._take(found)

        self.app.push_screen(FoundBox(self.tools), chosen)

    def _take(self, found: list[FoundList]) -> None:
        state = self.state
        paths = [x.path for x in found]
        if state is not None and (state.held is None or state.list_wrong):
            self._ask_root(paths)
            return

        async def run() -> None:
            self._taken(await worked(self, _("Taking the list in…"), lambda _work: self.tools.take(paths), writes=True))

        self.go(run)

    def _ask_root(self, paths: list[Path]) -> None:
        """The first list: head office says which root is its own, by another way than the file came."""
        done: list[Taken] = []

        async def send(text: str) -> str:
            try:
                done.append(
                    await worked(box, _("Taking the list in…"), lambda _work: self.tools.take(paths, text), writes=True)
                )
            except Stopped:
                return stopped_words()
            except FieldkitError as e:
                return error_words(e)
            return ""

        def went(_text: str | None) -> None:
            if done:
                self._taken(done[0])

        hint = _(
            "Call head office: it reads the six words of its root to you (`fieldkit central trust show`). Type those, "
            "or its root line; never what came along with the file."
        )
        missing = _("Type the six words, or press Esc.")
        box = LineBox(_("The first list: the root's six words"), hint, does=_("take it in"), missing=missing, send=send)
        self.app.push_screen(box, went)

    def _taken(self, done: Taken) -> None:
        held = done.held
        if not done.accepted:
            self.tell(_("This list is held already: version {n} of {org}.", n=held.version, org=held.org), ok=True)
            return
        self.tell(_("Accepted: version {n} of {org}.", n=held.version, org=held.org), ok=True)
        self.action_again()
        if done.changes:
            self.app.push_screen(TakenBox(done))
