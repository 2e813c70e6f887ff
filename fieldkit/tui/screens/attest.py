"""Signing a session as a person: which key, what it means, the printed name, the passphrase.

The passphrase is dots on the screen, goes to the tools and nowhere else, and is gone from the line once it was taken. A
wrong one says so and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from fieldkit.core.clean import clean_name
from fieldkit.core.state import MEANINGS
from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.after import meaning_words
from fieldkit.tui.safe import Block, Content, Field, Pick, Secret, join, plain, rows, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.progress import stopped_words, worked
from fieldkit.tui.tools import KeyLine, Stop, Tools

if TYPE_CHECKING:
    from fieldkit.tui.app import LiveApp

WIDE = 56
NEW = "+"
SHORTEST = 8
"""Signs of a passphrase that is made here; a short one is no lock."""


class AttestBox(Box[str]):
    """Gives the sentence of what was done; Escape gives None at every step, and nothing is signed."""

    BINDINGS: ClassVar[list[BindingType]] = [key("enter", "take", "go on", "Dialog", foot=True)]

    def __init__(self, meaning: str = "held") -> None:
        """`meaning`: the one that is probably meant."""
        super().__init__()
        self.meaning = meaning
        self.keys: list[KeyLine] = []
        self.key: KeyLine | None = None
        self.step = "key"
        self.new_id, self.printed = "", ""
        self._first = ""
        self._own = ""
        """Of the key that was made here: it is not asked for again. Gone with this box."""
        self.busy = False

    @property
    def live(self) -> LiveApp:
        return cast("LiveApp", self.app)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            yield Pick()
            yield Field(limit=80, id="line")
            yield Secret(id="secret")
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        self._ask("key")
        self.run_worker(self._read(), exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        try:
            self.keys = await self.live.tools.keys()
        except FieldkitError as e:
            self._wrong(e)
            return
        self._ask("key")

    # ---- drawing

    def _ask(self, step: str) -> None:
        """Show one step; only its own widget is there to be typed into."""
        self.step = step
        pick, line, secret = self.query_one(Pick), self.query_one("#line", Field), self.query_one(Secret)
        pick.display = step in ("key", "meaning")
        line.display = step in ("id", "name")
        secret.display = step in ("pass", "first", "again")
        title, hint = self._words(step)
        self.query_one("#question", Block).show(plain(title, "bold"), *wrap(hint, WIDE, 5, "$muted"), plain(""))
        self.query_one("#missing", Block).show(plain(""))
        if step == "key":
            made = [(one.id, self._key_row(one)) for one in self.keys]
            pick.show([*made, (NEW, plain(_("make a new key, now")))], at=made[0][0] if made else NEW)
        elif step == "meaning":
            pick.show([(code, rows(wrap(meaning_words(code), WIDE - 4, 3))) for code in MEANINGS], at=self.meaning)
        elif step == "id":
            line.value = self._suggested()
        elif step == "name":
            line.value = self._trainer() if self.meaning in ("held", "corrected", "handover") else ""
        shown = pick if pick.display else line if line.display else secret
        shown.focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def _words(self, step: str) -> tuple[str, str]:
        id = self.key.id if self.key is not None else self.new_id
        said = f"“{meaning_words(self.meaning)}”"
        return {
            "key": (
                _("Sign the session: whose key?"),
                _("Your signature stands under the record beside the laptop's, and travels with it."),
            ),
            "meaning": (_("What does your signature say?"), _("The record keeps which of these it was.")),
            "name": (_("Your name, as it is printed"), said),
            "pass": (_("Passphrase of {key}", key=id), said),
            "id": (
                _("A short name for your key"),
                _(
                    "4 to 12 of a-z and 0-9; it is for ever. Head office counts your signature once it has listed this "
                    "key, by six words on the telephone."
                ),
            ),
            "first": (
                _("A passphrase for {key}", key=id),
                _("At least {n} characters. Nobody can bring it back: without it the key is lost.", n=SHORTEST),
            ),
            "again": (_("The same passphrase once more"), _("So that it is the one you mean.")),
        }[step]

    def _key_row(self, one: KeyLine) -> Content:
        listed = {True: _("head office knows it"), False: _("not on head office's list")}.get(one.listed or False, "")
        if one.listed is None:
            listed = _("no list of head office here")
        return join(plain(one.id, "bold"), plain(f"  {one.name}", "$muted"), plain(f"  {listed}", "$muted"))

    def _trainer(self) -> str:
        """As the record has it; nothing while the names are away, and then it is typed."""
        return "" if self.live.bridge.private else self.live.view.trainer

    def _suggested(self) -> str:
        """A short name out of the trainer's."""
        return "".join(c for c in self._trainer().lower() if c.isascii() and c.isalnum())[:12]

    def _missing(self, words: str) -> None:
        self.query_one("#missing", Block).show(*wrap(words, WIDE, 3, "bold $refused"))

    def _wrong(self, e: FieldkitError) -> None:
        if self.is_mounted:
            self._missing(error_words(e))

    # ---- answers

    def action_take(self) -> None:
        """List and line take Enter themselves; this is for whoever finds it in the palette."""
        if self.query_one(Pick).display:
            self._picked()
        else:
            line = self.query_one(Secret) if self.query_one(Secret).display else self.query_one("#line", Field)
            line.post_message(Field.Submitted(line, line.value))

    @on(Pick.OptionSelected)
    def _picked(self) -> None:
        at = self.query_one(Pick).at
        if self.busy or at is None:
            return
        if self.step == "meaning":
            self.meaning = at
            self._ask("name")
        elif self.step == "key" and at == NEW:
            self._ask("id")
        elif self.step == "key":
            self.key = next((one for one in self.keys if one.id == at), None)
            self._keyed()

    @on(Field.Submitted)
    def _typed(self, event: Field.Submitted) -> None:
        if self.busy:
            return
        if self.step == "name":
            self.printed = clean_name(event.value)
            if self.printed:
                if self.key is not None and (not self.key.sealed or self._is_own()):
                    self._sign(self._own if self._is_own() else "")
                else:
                    self._ask("pass")
            else:
                self._missing(_("Type the name first."))
        elif self.step == "id":
            self._named(event.value.strip())
        else:
            self._secret(self.query_one(Secret).take())

    def _keyed(self) -> None:
        """What is asked once the key is known."""
        self._ask("meaning")

    def _is_own(self) -> bool:
        """Whether the key was made a moment ago, in this box."""
        return bool(self._own) and self.key is not None and self.key.id == self.new_id

    def on_unmount(self) -> None:
        self._own = self._first = ""

    def _named(self, id: str) -> None:
        if not (4 <= len(id) <= 12 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789" for c in id)):
            self._missing(_("4 to 12 of a-z and 0-9, please."))
        elif any(one.id == id for one in self.keys):
            self._missing(_("There is a key of that name already."))
        else:
            self.new_id, self.key = id, None
            self._ask("first")

    def _secret(self, typed: str) -> None:
        if self.step == "pass":
            if typed:
                self._sign(typed)
        elif self.step == "first":
            if len(typed) < SHORTEST:
                self._missing(_("That is too short: at least {n} characters.", n=SHORTEST))
                return
            self._first = typed
            self._ask("again")
        elif self.step == "again":
            first, self._first = self._first, ""
            if typed != first:
                self._ask("first")
                self._missing(_("These were two different ones. Once more."))
            else:
                self._work(_("Making the key…"), self._make(typed))

    def _work(self, words: str, work: Coroutine[Any, Any, None]) -> None:
        self.busy = True
        self.query_one("#missing", Block).show(plain(words, "$muted"))
        self.run_worker(work, exclusive=True)

    def _sign(self, passphrase: str) -> None:
        self._work(_("Opening the key…"), self._attest(passphrase))

    async def _make(self, passphrase: str) -> None:
        try:
            tools = self.live.tools
            self.key = await worked(
                self,
                _("Making the key…"),
                lambda work: tools.make_key(self.new_id, passphrase, work.stopped),
                writes=True,
            )
        except Stopped:
            if self.is_mounted:
                self._ask("first")
                self._missing(stopped_words())
            return
        except FieldkitError as e:
            self._wrong(e)
            return
        finally:
            self.busy = False
        self.keys = [*self.keys, self.key]
        if self.is_mounted:
            self._own = passphrase
            self._keyed()

    async def _attest(self, passphrase: str) -> None:
        assert self.key is not None
        id, tools = self.key.id, self.live.tools
        try:
            await worked(
                self,
                _("Opening the key…"),
                lambda work: self._signs(tools, id, passphrase, work.stopped),
                writes=True,
            )
        except Stopped:
            if self.is_mounted:
                self._missing(stopped_words())
            return
        except FieldkitError as e:
            self._wrong(e)
            return
        finally:
            self.busy = False
        if self.is_mounted:
            self.dismiss(self._done_words())

    def _signs(self, tools: Tools, id: str, passphrase: str, stop: Stop) -> Coroutine[Any, Any, int]:
        return tools.attest(id, passphrase, self.meaning, self.printed, stop)

    def _done_words(self) -> str:
        assert self.key is not None
        return _("Signed by {name}, with the key {key}.", name=self.printed, key=self.key.id) + self._unknown_words()

    def _unknown_words(self) -> str:
        """What is left to do about a key that head office's list does not name, after a space; else nothing."""
        if self.key is None or self.key.listed is True:
            return ""
        return " " + _("Head office counts it once it knows the key; its six words: k on the first screen.")
