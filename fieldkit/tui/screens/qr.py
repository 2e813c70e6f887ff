"""QR codes in half blocks."""

from __future__ import annotations

from fieldkit.tui.safe import Content, plain

QUIET = 2
"""Light modules around the code. Four are the norm; phones read two, and 24 rows have no room for more."""
# Light modules are drawn, dark ones left out: right on a dark terminal even when colours are off.
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


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
