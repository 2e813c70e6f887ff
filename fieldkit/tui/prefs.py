"""How this terminal is to look and to be pressed: its colours, and the keys that the trainer gave other actions.

One for the whole terminal and set before the first screen, like the language. Whoever starts the terminal brings what
the settings and the trainer's own file say, and a way to keep the colours until the next time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fieldkit.tui.theme import THEMES

Moved = Mapping[tuple[str, str], str]
"""(name of the screen, action) → keys as Textual names them, split by commas."""

HINT = re.compile(r"\[([^\[\]\s]{1,9})\]")
"""A key in a sentence: `[k] all`."""

_theme = next(iter(THEMES))
_keep: Callable[[str], None] = lambda name: None  # noqa: E731
_moved: Moved = {}
_named: Mapping[str, str] = {}


def use(
    theme: str = "",
    *,
    keep: Callable[[str], None] | None = None,
    moved: Moved | None = None,
    named: Mapping[str, str] | None = None,
) -> None:
    """From now on. `theme`: a name of THEMES, anything else is the first; `keep` is called with each one that is
    chosen; `named`: keys as sentences name them → as they are now."""
    global _theme, _keep, _moved, _named
    _theme = theme if theme in THEMES else next(iter(THEMES))
    _keep = keep or (lambda name: None)
    _moved = dict(moved or {})
    _named = dict(named or {})


def theme() -> str:
    return _theme


def choose_theme(name: str) -> None:
    """The trainer's choice; it is kept for the next time."""
    global _theme
    _theme = name
    _keep(name)


def next_theme() -> str:
    names = list(THEMES)
    return names[(names.index(_theme) + 1) % len(names)]


def moved() -> Moved:
    return _moved


def hinted(text: str) -> str:
    """A sentence of ours with the keys in it as the trainer's file has them."""
    return HINT.sub(lambda m: f"[{_named.get(m[1], m[1])}]", text) if _named else text
