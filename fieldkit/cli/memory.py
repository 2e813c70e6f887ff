"""What the terminal remembers from evening to evening: `console.json` in the data folder. Nothing depends on it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.errors import FieldkitError
from fieldkit.log.files import write_durable
from fieldkit.tui.hometools import Memory

FILE = "console.json"
MAX_BYTES = 8 * 1024


def recall(home: Path) -> Memory:
    """What was written; nothing where there is no such file or it cannot be read."""
    try:
        with (home / FILE).open("rb") as file:
            found = msgspec.json.decode(file.read(MAX_BYTES), type=Memory)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Memory()
    return _cleaned(found)


def keep(home: Path, memory: Memory) -> None:
    """Best effort: whoever cannot write here has more pressing trouble, which is said elsewhere."""
    with contextlib.suppress(FieldkitError, OSError):
        write_durable(home / FILE, msgspec.json.encode(_cleaned(memory)) + b"\n")


def _cleaned(found: Memory) -> Memory:
    return Memory(
        trainer=clean_name(found.trainer),
        place=clean_text(found.place, 80),
        lang=clean_text(found.lang, 35),
        welcomed=found.welcomed,
        theme=clean_text(found.theme, 20),
        office=clean_text(found.office, 500),
        office_set=clean_text(found.office_set, 500),
    )
