"""Documents made from the code's own tables. `python -m tests.house.generated` rewrites them; a test compares.

`docs/refusals.md` is made whole from `fieldkit.core.refusals.REASONS`; in `docs/commands.md` the part between the two
marks is made from the command line's own help.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from fieldkit.cli.app import COMMANDS, load
from fieldkit.core.refusals import REASONS
from tests.house.tree import ROOT

START = "<!-- from here on made from the code by `make docs` -->"
END = "<!-- up to here -->"
COMMON = {"data", "json", "quiet", "debug", "help"}

REFUSALS_HEAD = """# Refusals

A refusal is an answer: the rules said no, nothing was recorded, nothing is broken. On the wire it is
`{"result":"refused","reason":"<code>","words":"<in the seat's language>","saved":null}`, from `fieldkit ctl` it is the
sentence and exit code 1. The codes are stable; the sentences are translated. This page is made from
`fieldkit/core/refusals.py` (`make docs`).

| code | what the person reads |
|---|---|
"""


def refusals() -> str:
    return REFUSALS_HEAD + "".join(f"| `{code}` | {words} |\n" for code, words in REASONS.items())


def each_command() -> Iterator[tuple[str, Any]]:
    """(name as typed after `fieldkit`, click command) of every command and sub-command that is no mere group."""
    for name in COMMANDS:
        yield from _each(name, load(name))


def _each(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", None)
    if not below:
        yield name, command
        return
    for sub, one in below.items():
        yield from _each(f"{name} {sub}", one)


def described(name: str, command: Any) -> str:
    ctx = typer.Context(command, info_name=f"fieldkit {name}")
    usage = " ".join(_piece(piece) for piece in command.collect_usage_pieces(ctx) if piece != "[OPTIONS]")
    words = inspect.cleandoc(command.help or "").strip()
    lines = [f"### fieldkit {name}", "", f"`fieldkit {name}{' ' + usage if usage else ''}`", "", _cells(words), ""]
    rows = []
    for param in command.get_params(ctx):
        record = None if param.name in COMMON else param.get_help_record(ctx)
        if record:
            name_of_it = record[0].strip()
            if not name_of_it.startswith("-"):
                name_of_it = name_of_it.split(" <")[0]
            name_of_it, words_of_it = (cell.replace("|", "\\|") for cell in (name_of_it, record[1].strip()))
            rows.append(f"| `{name_of_it}` | {words_of_it} |")
    if rows:
        lines += ["| | |", "|---|---|", *(re.sub(r"\s+", " ", row) for row in rows), ""]
    return "\n".join(lines)


def _piece(piece: str) -> str:
    """`{FILE…}...` → `FILE…`, `[[URL]]` → `[URL]`: as the specifications write arguments."""
    piece = piece.replace("{", "").replace("}", "").replace("[[", "[").replace("]]", "]")
    return piece.removesuffix("...") if "…" in piece else piece


def _cells(words: str) -> str:
    """Examples become code; what was set as it stands (after a \\b) becomes a block; paragraphs stay."""
    out = []
    for paragraph in re.split(r"\n\s*\n", words):
        if paragraph.startswith("\b\n"):
            out.append("```\n" + paragraph.removeprefix("\b\n").rstrip() + "\n```")
            continue
        one = re.sub(r"\s+", " ", paragraph).strip()
        example = re.match(r"Examples?: (.*)", one)
        out.append(f"Example: `{example[1]}`" if example and "`" not in one else one)
    return "\n\n".join(out)


def commands() -> str:
    before, _, rest = (ROOT / "docs" / "commands.md").read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    body = "\n".join(described(name, command) for name, command in each_command())
    return f"{before}{START}\n\n{body}\n{END}{after}"


def main() -> None:
    (ROOT / "docs" / "refusals.md").write_text(refusals(), "utf-8")
    (ROOT / "docs" / "commands.md").write_text(commands(), "utf-8")


if __name__ == "__main__":
    main()
