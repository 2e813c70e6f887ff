"""Our shapes, bars, lines and marks on a terminal that cannot draw them: one ASCII sign for each cell.

It happens below every widget, where bytes go to the terminal, so that whatever a panel draws keeps its width. A locale
that is not UTF-8 shows ASCII alone; the Linux console and old terminals get our marks in ASCII and keep letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

MARKS = {
    "●": "@", "■": "#", "▲": "^", "◆": "%", "★": "*", "⬢": "&", "○": "o", "·": ".", "•": "*",
    "✓": "+", "✕": "x", "✗": "x", "◷": "o", "⟳": "~", "‖": "=", "▸": ">", "›": ">", "▾": "v", "▴": "^", "↓": "v",
    "↑": "^", "→": ">", "←": "<", "…": "~", "–": "-", "—": "-", "−": "-", "×": "x", "“": '"', "”": '"', "‘": "'",
    "’": "'", "«": '"', "»": '"', "¿": "?", "¡": "!", "│": "|", "┃": "|", "╎": "|", "║": "|", "▌": "|", "▐": "|",
    "▊": "|", "▎": "|", "▏": "|", "▁": "_", "▔": "-", "▇": "#", "█": "#", "▀": "#", "▄": "#", "▉": "#", "▋": "#",
    "▍": ":", "░": ".", "▒": ":", "▓": "#",
}  # fmt: skip
"""Each sign that the terminal draws by itself, one cell for one."""
NO_MARKS = ("linux", "vt52", "vt100", "vt102", "vt220", "vt320", "ansi", "cons25", "sun", "dumb")
"""Terminals whose fonts have letters at most."""


def _boxes() -> dict[str, str]:
    """Lines of boxes and the rest of the blocks: what runs across is -, what runs down |, corners +."""
    made = {}
    for code in range(0x2500, 0x2580):
        name = unicodedata.name(chr(code))
        made[chr(code)] = "-" if name.endswith("HORIZONTAL") else "|" if name.endswith("VERTICAL") else "+"
    made |= {chr(code): "#" for code in range(0x2580, 0x25A0)}
    return made


TABLE = {**_boxes(), **MARKS}


def unicode_level(env: Mapping[str, str]) -> str:
    """`all`, `letters` (no marks) or `ascii`. Where nobody says which locale it is, all of it."""
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    if locale and "utf" not in locale.lower():
        return "ascii"
    term = env.get("TERM", "")
    return "letters" if term.partition("-")[0] in NO_MARKS else "all"


def spelled(text: str, level: str) -> str:
    """`text`, escape sequences of ours included, as a terminal of this level shows it; its width stays."""
    if level == "all" or text.isascii():
        return text
    out = []
    for c in text:
        if c.isascii():
            out.append(c)
        elif c in TABLE:
            out.append(TABLE[c])
        elif level == "letters" and unicodedata.category(c)[0] in "LMNP":
            out.append(c)
        else:
            out.append(_letter(c))
    return "".join(out)


def _letter(c: str) -> str:
    """A letter without its marks, ? for one that has no such form; as many cells as before."""
    if unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return ""
    bare = "".join(x for x in unicodedata.normalize("NFKD", c) if x.isascii() and x.isprintable())
    width = 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return bare if len(bare) == width else "?" * width
