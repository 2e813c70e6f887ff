"""Erasing one person, step by step: what goes and what stays, why, whether it is meant, and what came of it.

The same for a stored session and for the one that runs. Nothing happens before the last step, which wants the badge (or
the name) typed; from then on it goes through.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll

from fieldkit.core.clean import clean_badge, clean_name
from fieldkit.errors import FieldkitError, Stopped
from fieldkit.tui.erasetools import WHYS, ErasePlan, EraseTools, Erasure
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.erase import called, done_lines, done_words, plan_lines, why_words
from fieldkit.tui.privacy import away
from fieldkit.tui.safe import Block, Content, Field, Pick, plain, rows, wrap
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.box import Box
from fieldkit.tui.screens.place import PlaceBox
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.work import LOOK_S

WIDE = 56
SIGN = 6
"""Signs of the random `p` that are typed where neither badge nor name is known."""


class Came(NamedTuple):
    """What came of it, one sentence; `ok`: nothing is left to do."""

    words: str
    ok: bool = True


class ErasingBox(Box[Came]):
    """Escape gives None before the last step, and nothing is changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "take", "go on", "Dialog", foot=True),
    ]

    def __init__(self, tools: EraseTools, ref: str, plan: ErasePlan) -> None:
        super().__init__()
        self.tools, self.ref, self.plan = tools, ref, plan
        self.step, self.why = "what", ""
        self.with_others = False
        """The records of others in which the name stands go as well."""
        self.done: Erasure | None = None
        self.busy = False
        self._seen = 0
        """How far down what would go was scrolled."""
        self._later: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Block(id="question")
            with VerticalScroll(id="told"):
                yield Block(id="lines")
            yield Pick()
            yield Field(limit=120, id="line")
            yield Block(id="missing")
            yield KeyBar()

    def on_mount(self) -> None:
        self._ask("what")
        self.set_interval(LOOK_S, self._more)

    # ---- drawing

    def _ask(self, step: str) -> None:
        self.step = step
        scroll, pick, line = (
            self.query_one("#told", VerticalScroll),
            self.query_one(Pick),
            self.query_one("#line", Field),
        )
        scroll.display = step in ("what", "done")
        pick.display = step in ("why", "others")
        line.display = step == "sure"
        self.query_one("#missing", Block).display = False
        title, hint = self._words(step)
        self.query_one("#question", Block).show(
            *wrap(plain(away(self.app, title), "bold"), WIDE, 2), *wrap(hint, WIDE, 4, "$muted"), plain("")
        )
        if step in ("what", "done"):
            self.query_one("#lines", Block).show(*self._lines())
            scroll.scroll_home(animate=False)
            self.call_after_refresh(self._more)
        elif step == "why":
            pick.show([(code, rows(wrap(why_words(code), WIDE - 4, 2))) for code in WHYS], at=WHYS[0])
        elif step == "others":
            keep = _("Leave the records of others as they are")
            go = _("Take the words out of those records, too: whoever wrote them loses them")
            pick.show([("keep", rows(wrap(keep, WIDE - 4, 2))), ("go", rows(wrap(go, WIDE - 4, 2)))], at="keep")
        else:
            line.value = ""
        (scroll if scroll.display else pick if pick.display else line).focus()
        self.call_after_refresh(self.query_one(KeyBar).show_keys)

    def _more(self) -> None:
        """Says that there is more than can be seen, until the end was seen."""
        if self.is_mounted and self.step in ("what", "done") and not self.busy:
            scroll, block = self.query_one("#told", VerticalScroll), self.query_one("#missing", Block)
            if scroll.max_scroll_y > scroll.scroll_offset.y:
                self._missing(_("↓ there are more below"), "$muted")
            elif block.display:
                block.show(plain(""))
            self.query_one(KeyBar).show_keys()

    def _read_on(self) -> bool:
        """Whether there was more below than had been on the screen, and it is shown instead of going on."""
        scroll = self.query_one("#told", VerticalScroll)
        if self._unseen() <= 0:
            return False
        scroll.scroll_page_down(animate=False)
        self.call_after_refresh(self._more)
        return True

    def _unseen(self) -> int:
        """Lines below the lowest that was on the screen."""
        scroll = self.query_one("#told", VerticalScroll)
        self._seen = max(self._seen, scroll.scroll_offset.y, round(scroll.scroll_target_y))
        return scroll.max_scroll_y - self._seen

    def _lines(self) -> list[Content]:
        if self.done is not None:
            lines = done_lines(self.done, WIDE)
        else:
            lines = plan_lines(self.plan, WIDE, lambda text: away(self.app, text))
        while lines and not lines[-1].plain.strip():  # nobody has to scroll to an empty line
            lines.pop()
        return lines

    def _words(self, step: str) -> tuple[str, str]:
        who = called(self.plan)
        if step == "done":
            pending = self.done is not None and bool(self.done.left)
            return (_("Not through yet: {who}", who=who) if pending else _("Erased: {who}", who=who)), ""
        if step == "why":
            return _("Erase {who}: why?", who=who), _("The record keeps that it was erased, when, and this reason.")
        if step == "others":
            return _("The name also stands in what others wrote"), ""
        if step == "sure":
            what, _typed = self._asked()
            return _("Erase {who}?", who=who), _("{what} It cannot be undone by anybody.", what=what)
        return _("Erase {who}", who=who), ""

    def _asked(self) -> tuple[str, str]:
        """(what is to be typed, in words; what it has to be)."""
        plan = self.plan
        if plan.badge:
            return _("Type the badge to erase this person."), clean_badge(plan.badge)
        if plan.name:
            return _("Type the whole name to erase this person."), clean_name(plan.name).casefold()
        return _("Type {sign} to erase this person.", sign=plan.p[:SIGN]), plan.p[:SIGN]

    def _missing(self, words: str, style: str = "bold $refused") -> None:
        block = self.query_one("#missing", Block)
        block.display = True
        block.show(*(wrap(away(self.app, words), WIDE, 4, style) or [plain("")]))

    def key_words(self) -> dict[str, str]:
        if self.step == "sure":
            return {"enter": _("erase for ever")}
        if self.step == "done" or (self.step == "what" and not self.plan.records):
            return {"enter": _("done")}
        if self.step == "what" and self._unseen() > 0:
            return {"enter": _("read on")}
        return {}

    # ---- answers

    def action_cancel(self) -> None:
        if self.busy:
            return  # from here on it goes through, and says what came of it
        if self.is_active:
            done = self.done
            self.dismiss(Came(done_words(done), not done.left) if done is not None else None)

    def action_take(self) -> None:
        if self.busy:
            return
        if self.step == "done" or (self.step == "what" and not self.plan.records):
            self.action_cancel()
        elif self.step == "what":
            if not self._read_on():
                self._ask("why")
        elif self.step in ("why", "others"):
            self._picked()
        else:
            self._typed()

    @on(Pick.OptionSelected)
    def _picked(self) -> None:
        at = self.query_one(Pick).at
        if self.busy or at is None:
            return
        if self.step == "others":
            self.with_others = at == "go"
            self._ask("sure")
            return
        self.why = at
        if self.plan.legal:
            self._request()
        else:
            self._ask("others" if self.plan.also and not self.plan.runs else "sure")

    @on(Field.Submitted)
    def _typed(self) -> None:
        if self.busy or self.step != "sure":
            return
        typed, (_words, wanted) = self.query_one("#line", Field).value, self._asked()
        if self.plan.badge:
            same = clean_badge(typed) == wanted
        else:
            same = clean_name(typed).casefold() == wanted if self.plan.name else typed.strip() == wanted
        if same:
            self.busy = True
            self.run_worker(self._erase(), exclusive=True)
        else:
            self._missing(_("That is not it. Nothing was erased."))

    async def _erase(self) -> None:
        also = [x.index for x in self.plan.also] if self.with_others else []
        tools, ref, p, why = self.tools, self.ref, self.plan.p, self.why
        try:
            self.done = await worked(
                self,
                _("Erasing…"),
                lambda work: tools.erase(ref, p, why, also, work.told, work.stopped),
                writes=True,
            )
        except Stopped:
            if self.is_mounted:
                self._missing(_("Stopped. Nothing was erased."))
            return
        except FieldkitError as e:
            if self.is_mounted:
                self._missing(error_words(e))
            return
        finally:
            self.busy = False
        if self.is_mounted:
            self._ask("done")

    # ---- a request

    def _request(self) -> None:
        def there(folder: Path | None) -> None:
            if folder is not None:
                self.busy = True
                self.run_worker(self._write(folder), exclusive=True)

        title = _("The request for head office: into which folder?")
        hint = _("It holds numbers and no name. Bring or send it to head office, which erases and tells this laptop.")
        self.app.push_screen(PlaceBox(title, hint, self.tools.sticks), there)

    async def _write(self, folder: Path) -> None:
        tools, ref, p, why = self.tools, self.ref, self.plan.p, self.why
        try:
            file = await worked(self, _("Writing…"), lambda _work: tools.request(ref, p, why, folder), writes=True)
        except FieldkitError as e:
            if self.is_mounted:
                self._missing(error_words(e))
            return
        finally:
            self.busy = False
        if self.is_mounted:
            self.dismiss(Came(_("The request is written: {file}. Nothing is erased yet.", file=file)))
