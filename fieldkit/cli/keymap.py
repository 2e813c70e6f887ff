"""`fieldkit keymap`: the file of keys, with every action of every screen."""

from __future__ import annotations

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, warn


def keymap(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> int | None:
    """Write every action of the terminal app with its key, as a file to change.

    Put it into the data folder as keymap.toml. What of the file there cannot be used is said, one sentence a line.

    Example: fieldkit keymap > keymap.toml
    """
    from fieldkit.cli.looks import keys
    from fieldkit.tui.keymap import sheet, tables
    from fieldkit.tui.keys import action_slug, own_keys

    found = keys(home(data))
    moved, _named, problems = found if found is not None else ({}, {}, [])
    for problem in problems:
        warn(problem)
    if json:
        emit(
            {
                section: {action_slug(cls, b): moved.get((section, action_slug(cls, b)), b.key) for b in own_keys(cls)}
                for section, cls in tables().items()
            }
        )
    else:
        put(sheet(moved).rstrip("\n"))
    return 1 if problems else None


commands = {"keymap": keymap}
