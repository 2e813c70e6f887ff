"""What the templates share: spelling (`core.spelled`), countdowns, bars, sentences with markup of ours in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from fieldkit.core.spelled import BARE, Asked, is_yes_no, own_words, pairs, sign, signs, text_of
from fieldkit.core.views import OptionView, SeatView, TargetView, WallView
from fieldkit.lan.heat import fraction, overlay, region
from fieldkit.words import Words, native_name, words_for

MOST_POINTS = 60
"""Taps drawn on a phone: more say nothing on a small picture, and a change of state has 1 KB."""


def clock(ms: int) -> str:
    """`0:38`."""
    seconds = -(-max(0, ms) // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"


def code_of(code: str) -> Markup:
    """Something short that is typed elsewhere."""
    return Markup('<b class="code">{}</b>').format(code)


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
            shown = x.text if bare else sign(k)
            text = "" if bare else escape(option(one, x))
            right = escape(f" ✓ {words.say('right')}") if x.id in correct else ""
            row = Markup('<li class="o{}"><span><span><i>{}</i> {}</span><b>{}{}</b></span>{}</li>')
            # A phone has no bar for nobody: an empty one looks like a stub. The wall keeps its place.
            bar = _BAR.format(most, count) if count or isinstance(one, WallView) else ""
            rows.append(row.format(k, shown, text, count, right, bar))
        return Markup('<ul class="bars">') + Markup("").join(rows) + Markup("</ul>")

    def option(one: Asked, x: OptionView) -> str:
        return words.say(x.text) if is_yes_no(one, x) else x.text

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
        "letter": sign,
        "signs": signs,
        "words_of": text_of,
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
