"""Keys: one table a screen, from which the bottom line, the help screen and the command palette are made.

A screen's `BINDINGS` is the only place where a key is given a meaning; a key that is not there does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import ModalScreen, Screen

from fieldkit.tui.safe import Block, Content, Field, join, plain
from fieldkit.tui.say import _

OURS = "fieldkit."
LINES = 2
"""Most lines of keys at the bottom of a screen."""
GAP = plain("   ")
SHOWN_AS = {
    "escape": "esc",
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "pagedown": "PgDn",
    "pageup": "PgUp",
}


SIGNS = ("space", "question_mark", "exclamation_mark", "plus", "minus", "slash")
"""Names of keys that write a sign."""


def key(keys: str, action: str, words: str, group: str, *, foot: bool = False, priority: bool = False) -> Binding:
    """One key: `words` say what it does (a message id), `group` is its heading in the help; `foot` puts it at the
    bottom of the screen."""
    return Binding(keys, action, words, show=foot, group=Binding.Group(group), priority=priority)


def key_name(binding: Binding) -> str:
    """The key as printed: `space`, `V`, `?`, `^q`; long ones in the trainer's language."""
    shown = {**SHOWN_AS, "space": _("space"), "enter": _("enter")}
    return " ".join(shown.get(k, k.replace("ctrl+", "^")) for k in binding.key.split(","))


def keys_of(screen: Screen[object]) -> list[Binding]:
    """Our own keys of a screen and of the app, in the order of their tables; a screen's key hides the app's."""
    out: dict[str, Binding] = {}
    # A dialog hides the app's keys: Textual does not look below it either.
    below = () if isinstance(screen, ModalScreen) else type(screen.app).__mro__
    for cls in (*type(screen).__mro__, *below):
        if cls.__module__.startswith(OURS):
            for binding in cls.__dict__.get("BINDINGS", ()):
                if isinstance(binding, Binding) and binding.description:
                    out.setdefault(binding.key, binding)
    return list(out.values())


class KeyBar(Block):
    """The bottom: the keys that matter here, as many as fit, and always the way to all of them."""

    def show_keys(self) -> None:
        width = self.size.width
        if width < 1:
            return
        items: list[Content] = []
        tail: list[Content] = []
        typing = isinstance(self.screen.focused, Field)
        for b in self._ordered():
            # A key that would only be typed into the field is no key.
            if not (typing and is_typed(b)):
                ends = b.key.startswith(("escape", "question_mark"))
                item = join(plain(f"[{key_name(b)}]", "bold $accent"), plain(" " + _(b.description)))
                (tail if ends else items).append(item)
        self.show(*flow(items, GAP.join(tail), width - 1, LINES))

    def _ordered(self) -> list[Binding]:
        """Those that the screen wants now, with the way to all of them; without a wish those of the table."""
        every = {b.key: b for b in keys_of(self.screen)}
        wanted: Sequence[str] = getattr(self.screen, "next_keys", tuple)()
        if not wanted:
            return [b for b in every.values() if b.show]
        return [every[k] for k in (*wanted, "question_mark") if k in every]


def is_typed(binding: Binding) -> bool:
    """Whether pressing it in a field writes a sign."""
    return any(len(k) == 1 or k in SIGNS for k in binding.key.split(","))


def flow(items: list[Content], tail: Content, width: int, lines: int) -> list[Content]:
    """Items side by side on at most `lines` lines, as many as fit; the tail is there whatever happens."""
    out = [plain(" ")]
    for item in items:
        last = len(out) == lines
        spare = tail.cell_length + len(GAP) if last else 0
        if _with(out[-1], item).cell_length + spare <= width:
            out[-1] = _with(out[-1], item)
        elif not last:
            fits = 1 + item.cell_length + (tail.cell_length + len(GAP) if len(out) + 1 == lines else 0) <= width
            out.append(_with(plain(" "), item) if fits else plain(" "))
    if _with(out[-1], tail).cell_length > width and len(out) < lines:
        out.append(plain(" "))
    out[-1] = _with(out[-1], tail).truncate(width)
    return out


def _with(line: Content, item: Content) -> Content:
    return join(line, GAP if line.cell_length > 1 else plain(""), item)


class KeyCommands(Provider):
    """The command palette: every key of this screen by its words."""

    def _all(self) -> Iterator[tuple[str, str, Binding]]:
        for binding in keys_of(self.screen):
            yield _(binding.description), f"[{key_name(binding)}]", binding

    def _run(self, binding: Binding) -> partial[Any]:
        app: App[object] = self.app
        screen = self.screen
        node = screen if hasattr(screen, f"action_{binding.action.partition('(')[0]}") else app
        return partial(app.run_action, binding.action, node)

    async def discover(self) -> Hits:
        for words, shown, binding in self._all():
            yield DiscoveryHit(plain(f"{words}  {shown}"), self._run(binding), text=words)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for words, shown, binding in self._all():
            score = matcher.match(words)
            if score > 0:
                yield Hit(score, plain(f"{words}  {shown}"), self._run(binding), text=words)
