"""QR codes in half blocks."""

from __future__ import annotations

import os

from fieldkit.tui.marks import unicode_level
from fieldkit.tui.safe import Content, plain, wrap
from fieldkit.tui.say import _

QUIET = 2
"""Light modules around the code. Four are the norm; phones read two, and 24 rows have no room for more."""
# Light modules are drawn, dark ones left out: right on a dark terminal even when colours are off.
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def drawable() -> bool:
    """Whether this terminal has the blocks: in other signs a code is a picture that no phone reads."""
    return unicode_level(os.environ) == "all"


def code_lines(text: str, height: int) -> tuple[list[Content], str]:
    """The code of `text`, and in place of one that cannot be shown a sentence: the terminal cannot draw it, or it needs
    more than `height` lines. Neither for an empty text."""
    if not text:
        return [], ""
    if not drawable():
        return [], _("This terminal cannot draw the code. Type the address.")
    code = qr_lines(text)
    return (code, "") if len(code) <= height else ([], _("Make the window larger: the code does not fit."))


def width_beside(code: list[Content], width: int) -> int:
    """Cells for the words beside a code on a screen this wide: three stay free around the code, also when there is
    none, and two around the words."""
    return max(20, width - (code[0].cell_length if code else 0) - 5)


def spread_out(text: str, width: int) -> list[Content]:
    """To be read across a room where there is no code: a space after each sign, where that fits on two lines."""
    wide = " ".join(text)
    if len(wide) <= 2 * width:
        half = len(text) if len(wide) <= width else -(-len(text) // 2)
        return [plain(" ".join(part), "bold") for part in (text[:half], text[half:]) if part]
    return wrap(text, width, 4, "bold")


def qr_lines(text: str) -> list[Content]:
    """The QR code of `text` in half blocks, white on black whatever the theme."""
    import segno  # late: the first screen shows no code

    code = segno.make(text, error="l", boost_error=False, micro=False)
    rows = [[bool(x) for x in row] for row in code.matrix_iter(border=QUIET)]
    if len(rows) % 2:
        rows.append([True] * len(rows[0]))
    out = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        out.append(plain("".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)), "#ffffff on #000000"))
    return out
