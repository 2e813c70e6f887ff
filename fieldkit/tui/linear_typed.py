"""What is typed in the session of lines: short keys, what belongs behind them, and what is possible now.

What stands first, and what a space does, is the live screen's own rule (`fieldkit.tui.nextthing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.keys import own_keys, sign_of
from fieldkit.tui.nextthing import keys_at, next_thing, shown_round, thing_words
from fieldkit.tui.say import _
from fieldkit.tui.screens.live import LiveScreen
from fieldkit.verbs import TYPED

SHORT = {
    "m": "extend", "M": "no-limit", "n": "next", "f": "close", ".": "close", "o": "open", "r": "reveal",
    "h": "hide", "v": "revote", "V": "void", "z": "pause", "g": "resume", "E": "end", "u": "here", "i": "admit",
    "b": "checkin", "B": "checkout", "a": "ask", "y": "say", "Y": "unsay", "c": "hands", "p": "proxy", "P": "paper",
    "l": "check", "G": "groups", "w": "people", "t": "results", "k": "notes", "s": "sheet", "d": "messages",
    "Q": "messages", "H": "raised", "!": "alarm", "q": "quit", "": "status", " ": "go", "space": "go",
}  # fmt: skip
"""The live screen's keys that have a verb here."""
ELSEWHERE = ("tab", "escape", "q", "space")
"""Keys of the screen that mean nothing here, or something else."""
ALWAYS = ("i", "exclamation_mark", "u", "w", "H", "Q", "d", "t", "k", "s", "z", "y")
"""Keys that stand behind those of what the session is at; `i` only while somebody waits."""
AT = {"extend": 0, "hands": 0, "groups": 0, "proxy": 1, "paper": 1, "check": 1}
"""Verb → which word behind it names the question."""
ALL = "all"
"""In place of an item: every item of a checklist."""


def thing_now(view: RoomView) -> str | None:
    """The live screen's key of the next sensible thing."""
    return next_thing(keys_at(view, shown_round(view)))


def next_sentence(view: RoomView) -> str:
    """What a space does now; empty where there is no such thing."""
    words = thing_words(thing_now(view), view)
    return _("A space and Enter: {words}.", words=words) if words else ""


def possible(view: RoomView) -> list[str]:
    """What would be done now, best first: the short key, what belongs behind it, words."""
    if view.state == "ended":
        return [f"sync: {_('carry to head office')}.", f"way: {_('on the way to head office')}.", f"q: {_('leave')}."]
    words = {b.key: b.description for b in own_keys(LiveScreen)}
    words["exclamation_mark"] = "alarm"
    at = keys_at(view, shown_round(view))
    keys = [k for k in dict.fromkeys((*at, *ALWAYS)) if k not in ELSEWHERE]
    if "space" in at:
        keys.insert(0, "f")
    line = shown_round(view)
    if line is not None and line.state == "open" and line.by_hands and "n" in keys:
        keys.insert(keys.index("n"), "c")
    if view.alarm is not None:
        words["exclamation_mark"], words["g"] = "muster list", "all safe: go on"
        keys.insert(1, "g")
    if view.state == "paused":
        keys = [k for k in keys if k not in ("z", "u")]
    if thing_now(view) == "n" or view.segment is None:
        words["n"] = thing_words("n", view)
    lines = [line for line in [next_sentence(view)] if line]
    lines += [f"{_usage(k)}: {_(words[k])}." for k in keys if k != "i" or view.lobby]
    return [*lines, f"q: {_('leave')}.", _("Enter alone says how it stands; `verbs` lists every verb.")]


def _usage(key: str) -> str:
    """The short key with what belongs behind it; the question that is open needs no naming."""
    sign = "." if key == "f" else sign_of(key)
    verb = TYPED.get(SHORT[sign])
    words = [x for x in verb.usage.split() if not x.strip("[]").startswith("--")] if verb is not None else []
    named = AT.get(SHORT[sign])
    if named is not None:
        del words[named]
    return " ".join([sign, *(x for x in words if x != "[ACTIVITY]")])


def filled(verb: str, words: Sequence[str], view: RoomView, known: Callable[[str], bool]) -> list[str]:
    """`words` with the question that is looked at, where none was named; an item of a checklist may come by its number.

    `known`: whether a word is the id of a question."""
    out = list(words)
    line = _meant(verb, view)
    at = AT.get(verb)
    if at is None or line is None or len(out) < at:
        return out
    if not (len(out) > at and known(out[at])):
        out.insert(at, line.activity)
    if verb == "check" and len(out) == 2:
        out.append("")
    if verb == "check" and len(out) > 2 and out[1] == line.activity and out[2].isdecimal():
        k = int(out[2]) if len(out[2]) < 4 else 0
        if 1 <= k <= len(line.items):
            out[2] = line.items[k - 1].id
    return out


def _meant(verb: str, view: RoomView) -> RoundLine | None:
    """What the verb is about when nobody says it: the newest open one of its type, else what is looked at."""
    kind = {"check": "checklist", "groups": "breakout"}.get(verb)
    if kind is None:
        return shown_round(view)
    every = [*reversed(view.open), *reversed(view.rounds)]
    return next((x for x in every if x.type == kind and x.state != "void"), None)


__all__ = ["SHORT", "filled", "next_sentence", "possible", "thing_now"]
