"""Pictures of the screen as SVG files that need nothing from elsewhere."""

from __future__ import annotations

import re

FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
TRAILING = re.compile(r"[ \t]+$", re.M)


def cleaned(svg: str) -> str:
    """As Textual exports it, without the fonts it would fetch, and with the last line whole."""
    svg = FACE.sub("", svg)
    svg = svg.replace("Fira Code", "FONT").replace("FONT, monospace", FONT).replace("FONT", "monospace")
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    # It cuts the descenders of the last line off.
    svg = re.sub(r' clip-path="url\(#[\w-]+-clip-terminal\)"', "", svg)
    return TRAILING.sub("", svg).strip() + "\n"


LOADS = re.compile(r"""(?:href|src)\s*[=:]|url\(["']?(?!#)|@import|@font-face|<script|<image|<foreignObject|<use""")


def outside(svg: str) -> list[str]:
    """What of a picture points elsewhere: styles, scripts and pictures that load something. Addresses that people type
    are its text."""
    return LOADS.findall(re.sub(r">[^<]*</text>", "></text>", svg))
