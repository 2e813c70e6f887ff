"""What the session is at, as keys of the live screen, best first; the one that goes on is the next sensible thing.

One rule for the screen, where the space bar does it, and for the lines that are read out. Of the view alone: nothing is
asked of widgets or of the desk. Keys are named as in the live screen's table.
"""

from __future__ import annotations

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.said import talk, written
from fieldkit.tui.say import _

ON = ("r", "n", "g", "E")
"""Keys that go on, where nothing is open; the best one stands first in what the session is at."""
OWN = ("l", "G")
"""Keys of what is open that is worked at on a screen of its own (checklist, groups): that comes before closing it."""
ALARM = "exclamation_mark"
"""While an alarm is on this is the next sensible thing, for whoever holds the console: its list."""
MORE_S = 30
"""What one press for more time gives, in seconds; the sentences on the screen say it."""
HELPER = "helper"
"""The role of a second console that does not go on by itself."""
HELPERS = ("b", "w", "p", "H", "d", "Q", "c", "l", "q")
"""Keys for who came in as helper: people, answers for others, hands, messages, checklists."""


def shown_round(view: RoomView, look: str | None = None) -> RoundLine | None:
    """The round that is looked at: the open one of activity `look`, else one just closed, revealed or to be revealed,
    else the one opened last, else the newest closed while the room is at it. None: the step itself is shown."""
    for line in view.open:
        if line.activity == look:
            return line
    if view.open and not view.last_first:
        return view.open[-1]
    return view.last if view.last_here else None


def keys_at(view: RoomView, line: RoundLine | None, role: str = "") -> tuple[str, ...]:
    """The keys of what the session is at. `line` is what is looked at (`shown_round`); `role` of a second console."""
    keys = _keys_at(view, line, role)
    return keys if talk(view) or written(view) else tuple(k for k in keys if k != "d")


def _keys_at(view: RoomView, line: RoundLine | None, role: str) -> tuple[str, ...]:
    if view.alarm is not None:
        return (ALARM, *(HELPERS if role == HELPER else ("w", "b", "y", "q", "k")))
    if role == HELPER:
        return HELPERS
    if view.state == "ended":
        return ()
    if view.state == "paused":
        return ("g", "E", "exclamation_mark", "w", "q", "y", "s", "k")
    if view.segment is None and not view.open:
        return ("n", "q", "b", "w", "exclamation_mark", "a", "s", "E")
    on = "n" if view.next_label else "E"  # after the last step, whatever is still open
    if view.open and line is not None and line.state != "open":
        return (*_answer_keys(line), on, "tab", "exclamation_mark", "b", "a", "w", "d", "s", "k", "q")
    if view.open:
        time = ("m",) if line is not None and line.left_ms is not None else ()
        first = {"checklist": ("l",), "breakout": ("G",)}.get(line.type if line is not None else "", ())
        if line is None or first:
            other = ("tab",) if len(view.open) > 1 else ()
            return (*first, "f", on, *time, "d", *other, "b", "w", "exclamation_mark", "a", "s", "k", "q")
        proxy = ("p",) if line.by_others else ()
        keys = (*_answer_keys(line), on, *time, "b", *proxy, "exclamation_mark", "a", "w", "d", "s", "k", "q")
        return ("space", *keys)
    last = view.last if view.last_here and view.last is not None and view.last.state == "closed" else None
    answer = _answer_keys(last) if last is not None else ()
    return (*answer, on, *(("z",) if view.next_label else ()), "exclamation_mark", "b", "a", "w", "d", "s", "k", "q")


def next_thing(keys: tuple[str, ...], role: str = "") -> str | None:
    """The key that does the next sensible thing: close what is open (`f`), reveal it, go on in the run sheet. `keys` as
    of `keys_at`. None: there is none for this role, or what is open is worked at on a screen of its own."""
    if keys and keys[0] == ALARM:
        return ALARM
    if role == HELPER or (keys and keys[0] in OWN):
        return None
    if "space" in keys:
        return "f"
    return next((k for k in keys if k in ON), None)


def thing_words(thing: str | None, view: RoomView) -> str:
    """What the next sensible thing is called; empty where there is none."""
    words = {
        "f": _("close"),
        "r": _("reveal"),
        "n": _("next") if view.segment is not None else _("begin"),
        "g": _("go on"),
        "E": _("end the session"),
        ALARM: _("muster list"),
    }
    return words.get(thing or "", "")


def _answer_keys(line: RoundLine) -> tuple[str, ...]:
    """The keys of a result that may be used now."""
    return (*(("r",) if line.can_reveal else ()), *(("v",) if line.votes else ()))
