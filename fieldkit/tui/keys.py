"""Keys: one table a screen, from which the bottom line, the help screen and the command palette are made.

A screen's `BINDINGS` is the only place where a key is given a meaning; a key that is not there does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import ModalScreen, Screen

from fieldkit.tui.safe import Block, Content, join, plain
from fieldkit.tui.say import _

OURS = "fieldkit."
LINES = 2
"""Most lines of keys at the bottom of a screen."""
SHOWN_AS = {
    "escape": "esc",
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "ctrl+q": "^q",
    "ctrl+p": "^p",
    "ctrl+t": "^t",
    "ctrl+s": "^s",
    "ctrl+r": "^r",
    "pagedown": "PgDn",
    "pageup": "PgUp",
}


def key(keys: str, action: str, words: str, group: str, *, foot: bool = False, priority: bool = False) -> Binding:
    """One key: `words` say what it does (a message id), `group` is its heading in the help; `foot` puts it at the
    bottom of the screen."""
    return Binding(keys, action, words, show=foot, group=Binding.Group(group), priority=priority)


def key_name(binding: Binding) -> str:
    """The key as printed: `space`, `V`, `?`, `^q`."""
    return " ".join(SHOWN_AS.get(k, k) for k in binding.key.split(","))


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
        items = [
            join(plain(f"[{key_name(b)}]", "bold $accent"), plain(" " + _(b.description)))
            for b in keys_of(self.screen)
            if b.show
        ]
        self.show(*flow(items, width, LINES))


def flow(items: list[Content], width: int, lines: int) -> list[Content]:
    """Items side by side on at most `lines` lines; the last item is kept whatever happens."""
    if not items:
        return []
    *rest, last = items
    out: list[Content] = [plain(" ")]
    for k, item in enumerate([*rest, last]):
        gap = plain("   ") if out[-1].cell_length > 1 else plain("")
        final = len(out) == lines
        need = out[-1].cell_length + gap.cell_length + item.cell_length
        spare = 0 if k == len(rest) or not final else last.cell_length + 3
        if need + spare <= width:
            out[-1] = join(out[-1], gap, item)
        elif not final:
            out.append(join(plain(" "), item))
        elif k == len(rest):
            out[-1] = join(out[-1], gap, item).truncate(width)
    return out


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
