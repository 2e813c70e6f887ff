"""What the templates share: letters and shapes, countdowns, bars, sentences with markup of ours in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from fieldkit.core.views import (
    LETTERS,
    SHAPES,
    OpenSeat,
    OptionView,
    QuestionView,
    ResultSeat,
    SeatView,
    TargetView,
    WallView,
)
from fieldkit.lan.heat import fraction, overlay, region
from fieldkit.words import Words, native_name, words_for

Asked = OpenSeat | ResultSeat | WallView | QuestionView

BARE = ("scale", "number", "short")
"""What is said by itself, without letter and shape."""
MOST_POINTS = 60
"""Taps drawn on a phone: more say nothing on a small picture, and a change of state has 1 KB."""


def letter(k: int) -> str:
    """`A ●` … `F ⬢`, then letters alone; numbers beyond Z."""
    if k < len(LETTERS):
        return f"{LETTERS[k]} {SHAPES[k]}"
    return chr(65 + k) if k < 26 else str(k + 1)


def clock(ms: int) -> str:
    """`0:38`."""
    seconds = -(-max(0, ms) // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def signs(one: Asked, ids: Sequence[str]) -> str:
    """`B ■` of the options with these ids; a scale shows its own numbers."""
    found = []
    for k, x in enumerate(one.options):
        if x.id in ids:
            found.append(x.text if one.type == "scale" else letter(k))
    return ", ".join(found)


def own_words(one: ResultSeat | QuestionView) -> str:
    """What this participant answered, in words or signs; empty where a picture or nothing says it."""
    mine = one.mine or []
    if isinstance(one, ResultSeat):
        if one.mine_text:
            return one.mine_text
        if one.type == "match":
            return " · ".join(f"{a} — {b}" for a, b in pairs(one, mine))
        if one.type == "order":
            return ", ".join(words_of(one.options, x) for x in mine)
        if one.type == "number":
            return ", ".join(mine)
    return signs(one, mine)


def code_of(code: str) -> Markup:
    """Something short that is typed elsewhere."""
    return Markup('<b class="code">{}</b>').format(code)


def words_of(options: Sequence[OptionView], id: str) -> str:
    """The text of an option; the id itself for one that is not there."""
    return next((x.text for x in options if x.id == id), id)


def pairs(one: OpenSeat | ResultSeat | WallView, v: Sequence[str]) -> list[tuple[str, str]]:
    """`hasp=e` of a match in words, in the order of the left side."""
    chosen = dict(x.partition("=")[::2] for x in v)
    return [(x.text, words_of(one.right, chosen[x.id])) for x in one.left if x.id in chosen]


def here(words: Words, v: SeatView | WallView) -> str:
    """Who is here of those expected, the others counted apart: numbers with their whole."""
    if not v.expected:
        return words.count("{n} is here.", "{n} are here.", v.present)
    if v.more:
        return words.say("{n} of {of} expected are here, and {more} more.", n=v.present, of=v.expected, more=v.more)
    return words.say("{n} of {of} expected are here.", n=v.present, of=v.expected)


def dots(points: Sequence[Sequence[str]], targets: Sequence[TargetView]) -> Markup:
    """Taps and right places over a picture, in a box of 100 × 100 stretched over it. Dots keep their size whatever the
    picture's: a line of no length with round ends whose width does not scale."""
    at = sorted({(round(fraction(p[0]) * 100), round(fraction(p[1]) * 100)) for p in points if len(p) == 2})
    drawn = "".join(region(t, 100) for t in targets)
    if at:
        drawn += f'<path d="{"".join(f"M{x} {y}h0" for x, y in at[:: -(-len(at) // MOST_POINTS)])}"/>'
    if not drawn:
        return Markup("")
    return Markup('<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">' + drawn + "</svg>")


_BAR = Markup('<progress max="{}" value="{}" aria-hidden="true"></progress>')


def _bars(words: Words) -> Any:
    def bars(one: Asked, counts: dict[str, int], correct: Sequence[str], n: int) -> Markup:
        most = max([1, *counts.values()])
        rows = []
        for k, x in enumerate(one.options):
            count = counts.get(x.id, 0)
            bare = one.type in BARE
            sign = x.text if bare else letter(k)
            text = "" if bare else escape(option(one, x))
            right = escape(f" ✓ {words.say('right')}") if x.id in correct else ""
            row = Markup('<li class="o{}"><span><span><i>{}</i> {}</span><b>{}{}</b></span>{}</li>')
            # A phone has no bar for nobody: an empty one looks like a stub. The wall keeps its place.
            bar = _BAR.format(most, count) if count or isinstance(one, WallView) else ""
            rows.append(row.format(k, sign, text, count, right, bar))
        return Markup('<ul class="bars">') + Markup("").join(rows) + Markup("</ul>")

    def option(one: Asked, x: OptionView) -> str:
        # The compiler writes True and False in the pack's languages; anybody else reads the catalogue's.
        return words.say(x.text) if one.type == "truefalse" and x.text in ("True", "False") else x.text

    bars.option = option  # type: ignore[attr-defined]
    return bars


def _common(words: Words) -> dict[str, Any]:
    bars = _bars(words)

    def sayh(msgid: str, **params: Markup) -> Markup:
        """`say` whose parameters are markup of ours."""
        return Markup(escape(words.say(msgid))).format_map(params)

    return {
        "w": words,
        "say": words.say,
        "count": words.count,
        "here": lambda v: here(words, v),
        "sayh": sayh,
        "letter": letter,
        "signs": signs,
        "words_of": words_of,
        "own_words": own_words,
        "code_of": code_of,
        "pairs": pairs,
        "clock": clock,
        "native": native_name,
        "bars": bars,
        "heat": overlay,
        "dots": dots,
        "option": bars.option,
    }


@lru_cache(maxsize=64)
def words_and_helpers(lang: str) -> tuple[Words, dict[str, Any]]:
    """The words of a language and what every template gets."""
    words = words_for(lang)
    return words, _common(words)


def trainer_of(words: Words, name: str) -> str:
    return name or words.say("the trainer")
