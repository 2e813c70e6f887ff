"""A pack's Markdown as lines to read: no signs of emphasis, lists kept as lists, paragraphs flowed to the width.

What the packs may write is little (fieldkit.packs.markdown); anything else stays as it was written.
"""

from __future__ import annotations

import re

from fieldkit.tui.safe import Content, join, plain, width_of, wrap

_ITEM = re.compile(r"(?P<in>\s*)(?P<mark>[-*+]|\d{1,3}[.)])\s+(?P<words>.*)")
_RULE = re.compile(r"\s*([-*_])(\s*\1){2,}\s*")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_SOFT = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?!\w)")
DEEPEST = 3
LONGEST = 40
"""Most lines of one paragraph."""


def unmarked(text: str) -> str:
    """One line without its signs of emphasis, code and links; they would only be read aloud."""
    text = _LINK.sub(r"\1", text)
    text = _STRONG.sub(r"\2", text)
    text = _SOFT.sub(r"\2", text)
    return text.replace("`", "").replace("**", "")


def one_line(text: str) -> str:
    """Markdown on one line, for a row of a list."""
    return " ".join(unmarked(line.strip().lstrip("#> ")).strip() for line in text.splitlines()).strip()


def prose(text: str, width: int) -> list[Content]:
    """`text` in lines of at most `width` cells. Blank lines separate paragraphs, never two in a row."""
    out: list[Content] = []
    for lead, words, style in _blocks(text):
        if not words:
            if out and out[-1].plain:
                out.append(plain(""))
            continue
        hang = width_of(lead)
        lines = wrap(words, max(8, width - hang), LONGEST, "bold" if style else "")
        out += [join(plain(lead if k == 0 else " " * hang), line) for k, line in enumerate(lines)]
    while out and not out[-1].plain:
        out.pop()
    return out


def _blocks(text: str) -> list[tuple[str, str, bool]]:
    """(what stands before, words, is a heading) a paragraph, list item or heading; empty words are a gap."""
    out: list[tuple[str, str, bool]] = []
    open_block = False
    for line in text.splitlines():
        item = _ITEM.fullmatch(line)
        bare = line.strip()
        if not bare or _RULE.fullmatch(line):
            out.append(("", "", False))
            open_block = False
        elif bare.startswith("#"):
            out.append(("", unmarked(bare.lstrip("#").strip()), True))
            open_block = False
        elif item is not None:
            deep = min(DEEPEST, len(item["in"].expandtabs(4)) // 2)
            mark = item["mark"] if item["mark"][0].isdigit() else "•"
            out.append(("  " * deep + mark + " ", unmarked(item["words"]), False))
            open_block = True
        elif open_block:
            lead, words, _heading = out[-1]
            out[-1] = (lead, f"{words} {unmarked(bare.lstrip('> '))}", False)
        else:
            out.append(("", unmarked(bare.lstrip("> ")), False))
            open_block = True
    return out
