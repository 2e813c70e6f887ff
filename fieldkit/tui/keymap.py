"""`keymap.toml`: other keys for the actions of the terminal.

One table a screen, one line an action, its key or keys as text: `[live]`, `next = "m"`. A line that cannot be used is
told in one sentence, and its action keeps the key it has; the rest of the file holds. `sheet` writes the whole file
with every action and the key it has.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from textual.binding import Binding

import fieldkit.tui.screens
from fieldkit.errors import WrongUsage
from fieldkit.tui.keys import action_slug, is_sign, key_name, own_keys, section_of, sign_of
from fieldkit.tui.safe import FIELD_KEYS, tidy

FILE = "keymap.toml"
MAX_BYTES = 64 * 1024
NAMED = {"?": "question_mark", "!": "exclamation_mark", "+": "plus", "-": "minus", "/": "slash", " ": "space"}
"""Signs → as Textual names them; other signs by `textual.keys`."""
PLAIN_KEY = re.compile(r"(ctrl\+[a-z]|f([1-9]|1[0-9]|2[0-4])|tab|space|insert|escape|enter)")
NEVER = frozenset({"ctrl+c", "ctrl+z", "ctrl+m", "ctrl+i", "ctrl+h", "ctrl+j", *FIELD_KEYS})
"""A terminal sends these for other keys, or typing needs them."""
MOST = 3
"""Keys of one action."""


class Read(NamedTuple):
    """What a file gives: the keys that hold, keys in sentences, and one sentence for each line that cannot be used."""

    moved: dict[tuple[str, str], str]
    named: dict[str, str]
    problems: list[str]


@lru_cache(maxsize=1)
def tables() -> dict[str, type]:
    """Every class of ours that gives keys a meaning, by its name in the file."""
    from fieldkit.tui.program import FieldkitApp

    found: dict[str, type] = {section_of(FieldkitApp): FieldkitApp}
    for module in pkgutil.iter_modules(fieldkit.tui.screens.__path__, f"{fieldkit.tui.screens.__name__}."):
        for _name, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if cls.__module__ == module.name and own_keys(cls):
                found[section_of(cls)] = cls
    return found


def sheet(moved: dict[tuple[str, str], str] | None = None) -> str:
    """The whole file: every action of every screen with the key it has; nothing is changed by it as it stands."""
    lines = ["# Other keys for the terminal. Take the # away and change the key; see docs/console.md.", ""]
    for section, cls in tables().items():
        lines.append(f"[{section}]")
        for b in own_keys(cls):
            slug = action_slug(cls, b)
            keys = (moved or {}).get((section, slug))
            mark = "" if keys else "# "
            lines.append(f'{mark}{slug} = "{_written(keys or b.key)}"  # {b.description}')
        lines.append("")
    return "\n".join(lines)


def read(data: bytes) -> Read:
    """The file as it can be used. Never raises."""
    problems: list[str] = []
    if len(data) > MAX_BYTES:
        return Read({}, {}, [f"{FILE} is larger than 64 KB; no key is changed."])
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r"at line (\d+)", str(error))
        where = f", line {place[1]}" if place else ""
        return Read({}, {}, [f'{FILE}{where} is not TOML; no key is changed. A line looks like: next = "m"'])
    moved = dict(_entries(raw, problems))
    _drop_doubles(moved, problems)
    return Read(moved, _sentence_keys(moved), problems)


def _entries(raw: dict[str, object], problems: list[str]) -> Iterator[tuple[tuple[str, str], str]]:
    known = tables()
    for section, lines in raw.items():
        if section not in known or not isinstance(lines, dict):
            near = _near(section, list(known))
            problems.append(f"{FILE}: there is no screen {tidy(section)[:60]}; the nearest one is [{near}].")
            continue
        actions = {action_slug(known[section], b): b for b in own_keys(known[section])}
        for action, given in lines.items():
            if action not in actions:
                name, near = tidy(f"{section}.{action}")[:60], f"{section}.{_near(action, list(actions))}"
                problems.append(f"{FILE}: there is no action {name}; the nearest one is {near}.")
                continue
            try:
                keys = _keys_of(given, actions[action])
            except WrongUsage as why:
                at, stays = f"{section}.{tidy(str(action))[:40]}", key_name(actions[action])
                problems.append(f"{FILE}: {at} {why.sentence}; it stays {stays}.")
                continue
            if keys != actions[action].key:
                yield (section, action), keys


def _keys_of(given: object, binding: Binding) -> str:
    """Keys in Textual's names. Raises WrongUsage with the part of a sentence that says why not."""
    words = [given] if isinstance(given, str) else given
    if not isinstance(words, list) or not 1 <= len(words) <= MOST or not all(isinstance(x, str) for x in words):
        raise WrongUsage("is a key in quotation marks, or a list of up to three")
    found = []
    for word in words:
        name = _key_named(word)
        if not name:
            raise WrongUsage(f"cannot be {tidy(word)[:20]!r}: that is no key that every terminal knows")
        if name in NEVER:
            raise WrongUsage(f"cannot be {word}: that key is needed for typing and moving")
        if is_sign(name) and not any(is_sign(k) for k in binding.key.split(",")):
            raise WrongUsage(f"cannot be {word}: it must work while something is typed, and {word} would be typed")
        found.append(name)
    if len(set(found)) < len(found):
        raise WrongUsage("has the same key twice")
    return ",".join(found)


def _key_named(word: str) -> str:
    """As Textual names it; empty for what is no key."""
    from textual.keys import _character_to_key

    if len(word) == 1 and word.isprintable():
        return NAMED.get(word) or _character_to_key(word)
    name = {"esc": "escape", "return": "enter"}.get(word.lower(), word.lower().replace("^", "ctrl+"))
    return name if PLAIN_KEY.fullmatch(name) else ""


def _drop_doubles(moved: dict[tuple[str, str], str], problems: list[str]) -> None:
    """A key has one meaning on a screen: lines that would give it two are put back until it has."""
    while True:
        double = next(_doubles(moved), None)
        if double is None:
            return
        key, at, other = double
        back = at if at in moved else other
        owner = tables()[back[0]]
        binding = next(b for b in own_keys(owner) if action_slug(owner, b) == back[1])
        rival = other if back == at else at
        del moved[back]
        problems.append(
            f"{FILE}: {'.'.join(back)} cannot be {_written(key)}: on that screen it is {'.'.join(rival)}; "
            f"it stays {key_name(binding)}."
        )


def _doubles(
    moved: dict[tuple[str, str], str],
) -> Iterator[tuple[str, tuple[str, str], tuple[str, str]]]:
    from textual.screen import ModalScreen

    program = tables()["program"]
    for cls in tables().values():
        seen: dict[str, tuple[str, str]] = {}
        hidden: set[str] = set()
        below = () if cls is program or issubclass(cls, ModalScreen) else (program,)
        for owner in (*(c for c in cls.__mro__ if own_keys(c)), *below):
            for b in own_keys(owner):
                at = (section_of(owner), action_slug(owner, b))
                if b.key in hidden:
                    continue  # a screen's key hides the one of the same name below it
                hidden.add(b.key)
                for key in moved.get(at, b.key).split(","):
                    if key in seen and (at in moved or seen[key] in moved):
                        yield key, at, seen[key]
                    seen.setdefault(key, at)


def _sentence_keys(moved: dict[tuple[str, str], str]) -> dict[str, str]:
    """Keys as sentences name them, where what they mean is one thing: the live screen's before the others'."""
    found: dict[str, set[str]] = {}
    live: dict[str, str] = {}
    for section, cls in tables().items():
        for b in own_keys(cls):
            name = key_name(b)
            now = moved.get((section, action_slug(cls, b)))
            shown = key_name(Binding(now, b.action)) if now else name
            found.setdefault(name, set()).add(shown)
            if section == "live":
                live[name] = shown
    alone = {name: next(iter(now)) for name, now in found.items() if len(now) == 1}
    return {name: now for name, now in {**alone, **live}.items() if name != now}


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(str(word).replace("_", "-").lower()[:60], known, n=1, cutoff=0.0)
    return near[0] if near else ""


def _written(keys: str) -> str:
    return ",".join(k if "+" in k else sign_of(k) for k in keys.split(","))
