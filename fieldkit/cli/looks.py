"""The trainer's colours and keys, brought to the terminal before its first screen: settings, memory, `keymap.toml`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli import memory

KEYMAP = "keymap.toml"
"""In the data folder."""

if TYPE_CHECKING:
    from fieldkit.config import Settings


def use_looks(home: Path, settings: Settings) -> list[str]:
    """Use them from now on. One sentence for each line of the file of keys that cannot be used; each is said once a
    start."""
    from fieldkit.tui import prefs

    found = keys(home)
    theme = settings.theme or memory.recall(home).theme
    moved, named, problems = found if found is not None else ({}, {}, [])
    prefs.use(theme, keep=partial(_keep, home), moved=moved, named=named)
    return problems


def keys(home: Path) -> tuple[dict[tuple[str, str], str], dict[str, str], list[str]] | None:
    """What the file of keys says; None without one."""
    try:
        with (home / KEYMAP).open("rb") as file:
            data = file.read(64 * 1024 + 1)
    except FileNotFoundError:
        return None
    except OSError:
        problems: list[str] = []
        problems.append(f"{KEYMAP} cannot be read; no key is changed. Check its permissions.")
        return {}, {}, problems
    from fieldkit.tui.keymap import read  # looks at every screen there is

    return read(data)


def _keep(home: Path, theme: str) -> None:
    import msgspec

    memory.keep(home, msgspec.structs.replace(memory.recall(home), theme=theme))
