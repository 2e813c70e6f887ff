"""How choices and answers are spelled, the same on every surface: letters with shapes, words of ids, pairs.

Pure spelling: what is translated around it and how it is set (HTML, a terminal's line) is each surface's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.views import LETTERS, SHAPES, OpenSeat, OptionView, QuestionView, ResultSeat, WallView

Asked = OpenSeat | ResultSeat | WallView | QuestionView

BARE = ("scale", "number", "short", "wordcloud")
"""Types whose choices say themselves what they are: no letter."""


def sign(k: int) -> str:
    """`A ●` … `F ⬢` of option k (from 0), then letters alone; numbers beyond Z."""
    return f"{LETTERS[k]} {SHAPES[k]}" if k < len(LETTERS) else chr(65 + k) if k < 26 else str(k + 1)


def signs(one: Asked, ids: Sequence[str]) -> str:
    """`B ■, C ▲` of the options with these ids, in the order of the screen; what says itself what it is has none."""
    return ", ".join(x.text if one.type in BARE else sign(k) for k, x in enumerate(one.options) if x.id in ids)


def text_of(options: Sequence[OptionView], id: str) -> str:
    """The text of an option; the id itself for one that is not there."""
    return next((x.text for x in options if x.id == id), id)


def pairs(one: OpenSeat | ResultSeat | WallView, v: Sequence[str]) -> list[tuple[str, str]]:
    """`hasp=e` of a match in words, (left, right), in the order of the left side."""
    chosen = dict(x.partition("=")[::2] for x in v)
    return [(x.text, text_of(one.right, chosen[x.id])) for x in one.left if x.id in chosen]


def paired(one: OpenSeat | ResultSeat | WallView, v: Sequence[str]) -> str:
    """`Hasp — Ball valve · Cover — Lock` of the pairs of a match."""
    return " · ".join(f"{left} — {right}" for left, right in pairs(one, v))


def own_words(one: OpenSeat | ResultSeat | QuestionView) -> str:
    """What this participant answered, in words or signs; empty where a picture or nothing says it."""
    mine = one.mine or []
    if isinstance(one, QuestionView):
        return signs(one, mine)
    if one.mine_text:
        return one.mine_text
    match one.type:
        case "match":
            return paired(one, mine)
        case "order":
            return ", ".join(text_of(one.options, x) for x in mine)
        case "number":
            return ", ".join(mine)
        case _:
            return signs(one, mine)


def is_yes_no(one: Asked, x: OptionView) -> bool:
    """The compiler writes True and False in the pack's languages; in any other the surface has to say them."""
    return one.type == "truefalse" and x.text in ("True", "False")
