"""What each activity type needs of the phone's page: part of the script, style sheets, and whether it may ask again.

Rules of a type are its `core.activities` file's; this is about drawing it within the page's few bytes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fieldkit.lan.assets import BARS, REST


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The needs of one type. The defaults fit a question with choices to tap."""

    typed: bool = False
    """Somebody may be in the middle of it: a page without script must not ask again by itself."""
    part: str = ""
    """The part of the script (`assets.PARTS`) that it is tapped with."""
    tap: Literal["", "page", "part"] = ""
    """The third style sheet: the page brings it at once, also without script, or the part does."""
    lists: bool = False
    """Looks better with the second style sheet, and does without at first."""
    result: str = BARS
    """The style sheet of its result."""


LAYOUTS: dict[str, Layout] = {
    "acknowledge": Layout(typed=True, part="sign", tap="part"),
    "attendance": Layout(),
    "breakout": Layout(typed=True, lists=True),
    "checklist": Layout(lists=True),
    "choice": Layout(),
    "hotspot": Layout(typed=True, part="spot", tap="page"),
    "match": Layout(typed=True),
    "number": Layout(typed=True),
    "order": Layout(typed=True, part="order", tap="page"),
    "poll": Layout(),
    "prompt": Layout(typed=True),
    "quiz": Layout(typed=True, part="quiz", lists=True),
    "scale": Layout(),
    "short": Layout(typed=True),
    "text": Layout(typed=True),
    "truefalse": Layout(),
    "wordcloud": Layout(typed=True, result=REST),
}
_PLAIN = Layout()


def layout(type_: str) -> Layout:
    """The layout of a type; of a later release's type, which has no form, a plain one."""
    return LAYOUTS.get(type_, _PLAIN)
