"""What kind of session this terminal shows, if it is none of a real room: PRACTICE, DEMO. Said on every screen.

One for the whole terminal and set before the first screen, like the language: somebody who glances at any screen must
not take simulated workers for people.
"""

from __future__ import annotations

_label = ""


def use(words: str) -> None:
    """Show `words` beside the program's name from now on; empty shows nothing."""
    global _label
    _label = words


def shown() -> str:
    return _label
