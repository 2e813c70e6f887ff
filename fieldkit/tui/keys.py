"""Keys: one table a screen, from which the bottom line, the help screen and the command palette are made.

A screen's `BINDINGS` is the only place where a key is given a meaning; a key that is not there does not exist. The
trainer's own file may give an action another key (`fieldkit.tui.keymap`): `own_keys` are those of the table, `keys_of`
those that hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from textual import events
from textual.app import App
from textual.binding import Binding, BindingsMap
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.keys import key_to_character
from textual.screen import ModalScreen, Screen

from fieldkit.tui import prefs
from fieldkit.tui.safe import Block, Content, Field, join, plain, width_of, wrap
from fieldkit.tui.say import _
from fieldkit.tui.theme import THEMES

OURS = "fieldkit."
WORDED = frozenset(
    {"escape", "enter", "tab", "insert", "delete", "backspace", "up", "down", "left", "right", "home", "end"}
    | {"pageup", "pagedown"}
)
"""Names of keys that write nothing."""
LINES = 2
"""Most lines of keys at the bottom of a screen."""
LEAST_WIDTH, LEAST_HEIGHT = 40, 12
"""Cells below which a screen shows one sentence instead of itself."""
GAP = plain("   ")
SHOWN_AS = {
    "escape": "esc",
    "question_mark": "?",
    "exclamation_mark": "!",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "left": "←",
    "right": "→",
}


SIGNS = ("space", "question_mark", "exclamation_mark", "plus", "minus", "slash")
"""Names of keys that write a sign."""


def key(keys: str, action: str, words: str, group: str, *, foot: bool = False, priority: bool = False) -> Binding:
    """One key: `words` say what it does (a message id), `group` is its heading in the help; `foot` puts it at the
    bottom of the screen."""
    return Binding(keys, action, words, show=foot, group=Binding.Group(group), priority=priority)


def key_name(binding: Binding) -> str:
    """The key as printed: `space`, `V`, `?`, `^q`; long ones in the trainer's language."""
    shown = {**SHOWN_AS, "space": _("space"), "enter": _("enter"), "backspace": _("backspace")}
    shown |= {"pagedown": _("PgDn"), "pageup": _("PgUp")}
    return " ".join(shown.get(k) or sign_of(k) for k in binding.key.split(","))


def sign_of(key: str) -> str:
    """`.` of `full_stop`, `^q` of `ctrl+q`; what has no sign as Textual names it."""
    if key in SIGNS:
        return SHOWN_AS.get(key, key)
    return (key_to_character(key) if is_sign(key) else None) or key.replace("ctrl+", "^")


def own_keys(cls: type) -> list[Binding]:
    """The keys of this class alone, as its table has them."""
    if not cls.__module__.startswith(OURS):
        return []
    return [b for b in cls.__dict__.get("BINDINGS", ()) if isinstance(b, Binding) and b.description]


def section_of(cls: type) -> str:
    """What a class is called in the trainer's file of keys: `live` for LiveScreen."""
    name = re.sub("(?<=.)(Screen|Box|App)$", "", cls.__name__)
    return {"Fieldkit": "program"}.get(name, re.sub("(?<!^)(?=[A-Z])", "-", name).lower())


def action_slug(cls: type, binding: Binding) -> str:
    """An action of `cls` as that file calls it: `mark-present`, `minutes-minus-1`; `alarm-2` is its second key."""
    words = binding.action.replace("_", "-").replace("(-", "-minus-")
    slug = re.sub("-+", "-", re.sub("[^a-z0-9-]", "-", words)).strip("-")
    keys = [b.key for b in own_keys(cls) if b.action == binding.action]
    at = keys.index(binding.key) if binding.key in keys else 0
    return f"{slug}-{at + 1}" if at else slug


_tables: dict[tuple[type, type | None], tuple[tuple[type, Binding], ...]] = {}
"""Screen and app → their keys: tables stay as they are written, and keys are drawn with every change of the room."""


def _tables_of(screen: Screen[object]) -> tuple[tuple[type, Binding], ...]:
    """Each key of a screen and of the app with the class whose table has it; a screen's key hides the app's."""
    # A dialog hides the app's keys: Textual does not look below it either.
    at = type(screen), None if isinstance(screen, ModalScreen) else type(screen.app)
    if at not in _tables:
        found: dict[str, tuple[type, Binding]] = {}
        for cls in (*at[0].__mro__, *(at[1].__mro__ if at[1] else ())):
            for binding in own_keys(cls):
                found.setdefault(binding.key, (cls, binding))
        _tables[at] = tuple(found.values())
    return _tables[at]


def moved_key(cls: type, binding: Binding) -> Binding:
    """A key of `cls` as the trainer's file has it."""
    moved = prefs.moved()
    keys = moved.get((section_of(cls), action_slug(cls, binding))) if moved else None
    return binding.with_key(keys) if keys else binding


def keys_of(screen: Screen[object]) -> list[Binding]:
    """Our own keys of a screen and of the app, in the order of their tables, as they hold."""
    return [moved_key(cls, binding) for cls, binding in _tables_of(screen)]


def move_keys(node: App[Any] | Screen[Any]) -> None:
    """Let a screen or the app listen to the keys that the trainer's file gives its actions."""
    moved = prefs.moved()
    if not moved:
        return
    every = list(node._bindings)
    for cls in type(node).__mro__:
        for b in own_keys(cls):
            keys = moved.get((section_of(cls), action_slug(cls, b)))
            if keys:
                old = set(b.key.split(","))
                every = [(k, x) for k, x in every if not (k in old and x.action == b.action)]
                every += [(k, b.with_key(k)) for k in keys.split(",")]
    node._bindings = BindingsMap.from_keys({k: [x for at, x in every if at == k] for k, _x in every})


def run_key(screen: Screen[object], binding: Binding) -> partial[Any]:
    """What pressing it does, to be called."""
    app: App[object] = screen.app
    node = screen if hasattr(screen, f"action_{binding.action.partition('(')[0]}") else app
    return partial(app.run_action, binding.action, node)


class KeyBar(Block):
    """The bottom: the keys that matter here, as many as fit, and always the way to all of them. A click on one does
    what the key does."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, int, Binding]] = []
        """(line, first cell, cell behind the last, key)."""

    def show_keys(self) -> None:
        width = self.size.width
        if width < 1:
            return
        if self.app.size.width < LEAST_WIDTH or self.app.size.height < LEAST_HEIGHT:
            words = _("This window is too small: make it 40 columns wide and 12 lines high. Nothing stops meanwhile.")
            self._places = []
            self.show(*wrap(words, width, max(1, self.app.size.height), "bold $waiting"))
            return
        items: list[Content] = []
        tail: list[Content] = []
        shown: list[tuple[str, Binding]] = []
        typing = isinstance(self.screen.focused, Field)
        worded: Mapping[str, str] = getattr(self.screen, "key_words", dict)()
        for of_table, b in self._ordered():
            # A key that would only be typed into the field is no key.
            if not (typing and is_typed(b)):
                ends = of_table.startswith(("escape", "question_mark"))
                words = worded.get(of_table) or _(b.description)
                item = join(plain(f"[{key_name(b)}]", "bold $accent"), plain(" " + words))
                (tail if ends else items).append(item)
                shown.append((item.plain, b))
        alarm = getattr(self.app, "alarm_key", None) if typing else None
        if isinstance(alarm, Binding):  # what is typed now would hide it
            item = join(plain(f"[{key_name(alarm)}]", "bold $accent"), plain(" " + _("alarm")))
            tail.insert(0, item)
            shown.append((item.plain, alarm))
        lines = flow(items, GAP.join(tail), width - 1, LINES)
        self._places = list(_places(lines, shown))
        self.show(*lines)
        if self.size.height < len(lines) <= LINES:
            # A breakpoint that changed the sizes in the same moment leaves the height that was measured before it.
            self.refresh(layout=True)

    def key_at(self, x: int, y: int) -> Binding | None:
        """What stands there, in cells from the left and in lines from the top."""
        return next((b for line, left, right, b in self._places if line == y and left <= x < right), None)

    def on_resize(self) -> None:
        self.show_keys()

    def on_click(self, event: events.Click) -> None:
        found = self.key_at(event.x, event.y)
        if found is not None:
            event.stop()
            self.app.call_later(run_key(self.screen, found))

    def _ordered(self) -> list[tuple[str, Binding]]:
        """Those that the screen wants now, with the way to all of them; without a wish those of the table. Each with
        the key of the table, by which screens wish."""
        every = {b.key: moved_key(cls, b) for cls, b in _tables_of(self.screen)}
        wanted: Sequence[str] = getattr(self.screen, "next_keys", tuple)()
        if not wanted:
            return [(k, b) for k, b in every.items() if b.show]
        return [(k, every[k]) for k in (*wanted, "question_mark") if k in every]


def _places(lines: Sequence[Content], shown: Sequence[tuple[str, Binding]]) -> Iterator[tuple[int, int, int, Binding]]:
    for text, binding in shown:
        for y, line in enumerate(lines):
            start = f" {line.plain}".find(f" {text}")
            if start >= 0:
                left = width_of(line.plain[:start])
                yield y, left, left + width_of(text), binding
                break


def is_typed(binding: Binding) -> bool:
    """Whether pressing it in a field writes a sign."""
    return any(is_sign(k) for k in binding.key.split(","))


def is_sign(key: str) -> bool:
    """Whether this one key, in Textual's name, writes a sign."""
    return len(key) == 1 or key in SIGNS or (key not in WORDED and "+" not in key and not re.fullmatch(r"f\d+", key))


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
    """The command palette: every key of this screen by its words, and the colours by their names."""

    def _all(self) -> Iterator[tuple[str, str, partial[Any]]]:
        for binding in keys_of(self.screen):
            yield _(binding.description), f"  [{key_name(binding)}]", run_key(self.screen, binding)
        for name in THEMES:
            yield f"{_('colours')}: {theme_words(name)}", "", partial(self.app.run_action, f"colours('{name}')")

    async def discover(self) -> Hits:
        for words, shown, run in self._all():
            yield DiscoveryHit(plain(words + shown), run, text=words)

    async def search(self, query: str) -> Hits:
        matcher, also = self.matcher(query), aliases()
        named = {_(b.description): also[b.action] for b in keys_of(self.screen) if b.action in also}
        for words, shown, run in self._all():
            # Its own words come before what else people call it.
            score = matcher.match(words) or max(matcher.match(x) for x in named.get(words, "").split(", ")) / 2
            if score > 0:
                yield Hit(score, plain(words + shown), run, text=words)


def aliases() -> dict[str, str]:
    """What else people call an action, with commas between, for the search."""
    return {
        "carry": _("stick, USB, head office"),
        "export": _("stick, USB, file, Excel, CSV"),
        "invite": _("QR code, address, projector, beamer, wall, screen, link"),
        "joining": _("Wi-Fi, network, nobody gets in"),
        "void": _("undo, mistake, take back"),
        "alarm": _("emergency, fire, evacuation, muster list, roll call"),
        "roll_call": _("attendance, who is present"),
        "people": _("attendance, list of names, who is present"),
        "proxy": _("proxy, without a phone"),
        "paper": _("sheets, sign-in sheet"),
        "hands": _("show of hands, without a phone"),
        "consoles": _("second consoles, helper, remote control, attach"),
        "private": _("privacy, hide names"),
        "lock": _("password, code"),
        "cards": _("large print, prompter"),
        "announce": _("message, notice, announcement"),
        "end": _("finish, close the session"),
        "revote": _("ask again, another round"),
        "more_time": _("timer, countdown"),
    }


def theme_words(name: str) -> str:
    """What the trainer calls a set of colours."""
    return {
        "dark": _("dark"),
        "light": _("light, for the sun"),
        "high-dark": _("dark, high contrast"),
        "high-light": _("light, high contrast"),
        "colour-blind": _("dark, safe for the colour-blind"),
    }[name]
