"""How commands speak: data on standard output, talk on standard error (docs/architecture.md, law 9).

Everything that is printed for a person passes `plain`, so that a name in a pack, a log or a bundle can never carry
an escape sequence to the terminal of whoever lists it. Bytes (an exported file on `-`) leave untouched.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Tone:
    """What was asked for before or after the command's name; set by the callbacks of `options`, read here."""

    quiet: bool = False
    debug: bool = False
    json: bool = False
    data: Path | None = None

    def reset(self) -> None:
        """Back to the defaults; one process may run several commands in tests."""
        self.quiet = self.debug = self.json = False
        self.data = None


tone = Tone()

LEAST_CELL = 12
"""Columns that a cell keeps which is cut for a narrow terminal."""
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object) -> str:
    """`text` without anything a terminal would obey; line ends and tabs stay, the rest becomes U+FFFD."""
    out = []
    for char in str(text):
        if char in "\n\t":
            out.append(char)
        elif char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
            out.append("\ufffd")
        else:
            out.append(char)
    return "".join(out)


def say(sentence: object) -> None:
    """Talk: one sentence on standard error; silent with --quiet."""
    if not tone.quiet:
        _write(sys.stderr, plain(sentence) + "\n")


def warn(sentence: object, hint: str = "") -> None:
    """A warning: like `say`, but --quiet does not silence it."""
    _write(sys.stderr, plain(f"warning: {sentence}") + "\n" + (plain(f"hint: {hint}") + "\n" if hint else ""))


def refuse(sentence: object, hint: str = "") -> None:
    """An error: one sentence, and what to do next if we know it. The caller chooses the exit code."""
    _write(sys.stderr, plain(sentence) + "\n" + (plain(f"hint: {hint}") + "\n" if hint else ""))


def data(piece: str | bytes) -> None:
    """Data on standard output: text as one cleaned line (or several), bytes exactly as they are."""
    if isinstance(piece, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    else:
        _write(sys.stdout, plain(piece) + "\n")


def emit(document: Any) -> None:
    """One JSON document on one line of standard output, flushed at once (`host --json` is read by a program).

    ASCII only: other characters are escaped, so a terminal obeys nothing and a lone surrogate breaks nothing.
    """
    import json

    _write(sys.stdout, json.dumps(document, ensure_ascii=True, separators=(",", ":")) + "\n")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], give: int | None = None) -> None:
    """Rows for a person on standard output: left-aligned columns, numbers right-aligned, two spaces between.

    On a terminal that is narrower, the column `give` is cut with an ellipsis; in a file or a pipe nothing ever is.
    """
    cells = [[plain(value).replace("\n", " ").replace("\t", " ") for value in row] for row in rows]
    widths = [max([_width(head), *(_width(row[n]) for row in cells)]) for n, head in enumerate(heads)]
    if give is not None and sys.stdout.isatty():
        over = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size().columns
        widths[give] = max(min(LEAST_CELL, widths[give]), widths[give] - max(0, over))
        for row in cells:
            row[give] = _cut(row[give], widths[give])
    right = [bool(rows) and all(isinstance(row[n], int) for row in rows) for n in range(len(heads))]
    for line in [list(heads), *cells]:
        padded = [
            " " * (widths[n] - _width(cell)) + cell if right[n] else cell + " " * (widths[n] - _width(cell))
            for n, cell in enumerate(line)
        ]
        _write(sys.stdout, "  ".join(padded).rstrip() + "\n")


def out(path: Path, content: bytes) -> None:
    """Write what a command was asked to make: `-` is standard output, anything else a durable, whole file."""
    if str(path) == "-":
        data(content)
    else:
        from fieldkit.log.files import write_durable

        write_durable(path, content)


def read(file: Path, limit: int, what: str) -> bytes:
    """A file named on the command line, `-` is standard input; more than `limit` bytes are not `what`."""
    from fieldkit.errors import FieldkitError, NotPossible

    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with file.open("rb") as source:
                raw = source.read(limit + 1)
    except OSError as error:
        raise FieldkitError(f"Cannot read {file}: {reason(error)}.", "Check the path.") from error
    if len(raw) > limit:
        raise NotPossible(f"{file} is too large for {what}.", "Is it the right file?")
    return raw


def reason(error: OSError) -> str:
    """The operating system's words for an error, without its number and the path."""
    words = error.strerror or type(error).__name__
    return words[0].lower() + words[1:]


def is_terminal() -> bool:
    """Whether a person sits at both ends; progress bars, prompts and the terminal app need one."""
    try:
        return sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False


def _cut(text: str, width: int) -> str:
    """At most `width` columns."""
    if _width(text) <= width:
        return text
    while text and _width(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _write(stream: Any, text: str) -> None:
    stream.write(text)
    stream.flush()
