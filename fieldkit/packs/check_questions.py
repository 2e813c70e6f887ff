"""What a colleague would say about single questions: no key where one belongs, targets too small for a glove.

Warnings only. Figures are said in the sentence.
"""

from __future__ import annotations

from fieldkit.packs import kinds
from fieldkit.packs.kinds import AnyActivity
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack
from fieldkit.packs.problem import Place

FINGER = 0.08
"""Of the width of a picture: on the narrowest phone about 26 pixels, what a fingertip still meets."""
WITH_KEY = (
    kinds.Choice,
    kinds.TrueFalse,
    kinds.Number,
    kinds.Short,
    kinds.Order,
    kinds.Match,
    kinds.Hotspot,
    kinds.Quiz,
)


def reading_chars(a: AnyActivity) -> int:
    """Characters that somebody reads before answering: question, options, both sides of a match, a whole quiz."""
    n = len(a.text)
    for name in ("options", "left", "right"):
        n += sum(len(text) for text in getattr(a, name, {}).values())
    for q in getattr(a, "questions", []):
        n += len(q.text) + sum(len(text) for text in getattr(q, "options", {}).values())
    return n


def check_questions(out: Loaded, pack: Pack) -> None:
    """Add the warnings about each activity by itself, and about pairs that come in the wrong order."""
    for id, a in pack.activities.items():
        place: Place = ("activities", id)
        _key(out, a, place)
        if a.sure and not isinstance(a, WITH_KEY):
            out.warn((*place, "sure"), "How sure somebody is says little where nothing is right.", "Delete it.")
        if a.reading and not (hasattr(a, "options") or isinstance(a, (kinds.Quiz, kinds.Match, kinds.Hotspot))):
            out.warn((*place, "reading"), "There are no options that could wait.", "Delete it.")
        if isinstance(a, kinds.Hotspot):
            _targets(out, a, place)
    _pairs(out, pack)


def _key(out: Loaded, a: AnyActivity, place: Place) -> None:
    if isinstance(a, kinds.Choice) and not a.answer:
        out.warn(place, "A choice has a right answer.", "answer: its id, or type: poll")
    elif isinstance(a, kinds.Quiz):
        for n, q in enumerate(a.questions):
            if not a.graded and getattr(q, "answer", None) in (None, []):
                out.warn((*place, "questions", n), "A question of a quiz has a right answer.", "answer: what is right")


def _targets(out: Loaded, a: kinds.Hotspot, place: Place) -> None:
    for id, target in a.targets.items():
        across = 2 * target.at[2] if target.shape == "circle" else target.at[2]
        if 0 < across < FINGER:
            out.warn(
                (*place, "targets", id, "at"),
                f"It is {across:.2f} of the picture across: too small for a gloved finger.",
                f"at least {FINGER} across",
            )


def _pairs(out: Loaded, pack: Pack) -> None:
    """A `pre` that is not asked before its `post` compares nothing."""
    opened = [s.activity for segment in pack.segments for s in segment.steps if s.do in ("open", "breakout")]
    for id, a in pack.activities.items():
        pre = a.pair.pre if a.pair else None
        if pre in pack.activities and id in opened and (pre not in opened or opened.index(pre) > opened.index(id)):
            out.warn(("activities", id, "pair", "pre"), f"No step opens `{pre}` before it.", "Open it earlier.")
