"""Slides as Marp and Slidev write them: `---` on a line of its own begins the next, notes are for the facilitator.

A note is an HTML comment, or everything from a line that begins with `Note:` to the end of the slide. Front matter at
the top of the file (`---`, settings, `---`) is left out; a fence of code keeps its `---`.
"""

from __future__ import annotations

import re

import msgspec

_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_NOTE = re.compile(r"^(?:Note|Notes):[ \t]?", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_SETTING = re.compile(r"[A-Za-z_][\w-]*:(\s|$)|\s|#|$")


class SlideText(msgspec.Struct, frozen=True):
    """`text` is Markdown for the room; `notes` for the facilitator, empty when there are none."""

    text: str
    notes: str


def split_slides(markdown: str) -> list[SlideText]:
    """All slides of a file, in order. Empty ones are left out, unless the file has no other."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").split("\n")
    slides = [_slide("\n".join(part)) for part in _parts(_without_front_matter(lines))]
    return [s for s in slides if s.text or s.notes] or slides[:1]


def _without_front_matter(lines: list[str]) -> list[str]:
    if not lines or lines[0].rstrip() != "---":
        return lines
    for n, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return lines[n + 1 :]
        if not _SETTING.match(line):
            break
    return lines[1:]


def _parts(lines: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        if not fence and re.fullmatch(r"---+[ \t]*", line):
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _slide(source: str) -> SlideText:
    notes = [m[1].strip() for m in _COMMENT.finditer(source)]
    source = _COMMENT.sub("", source)
    found = _NOTE.search(source)
    if found:
        notes.append(source[found.end() :].strip())
        source = source[: found.start()]
    return SlideText(text=source.strip(), notes="\n\n".join(n for n in notes if n))
