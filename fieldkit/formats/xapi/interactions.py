"""How a question and an answer are spelled as cmi.interaction (xAPI 1.0.3, Data 2.4.4.1 and Appendix C).

`[,]` stands between several, `[.]` between the two of a pair, `[:]` between the ends of a range. Of a poll, and of
anything else without a key, `correctResponsesPattern` is left out: an empty one would say that every answer is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldkit.core.activities import kind_of
from fieldkit.core.plan import Activity, Option, Plan, Text
from fieldkit.formats.xapi.names import INTERACTION, Json

TYPES = {
    "poll": "choice",
    "choice": "choice",
    "truefalse": "true-false",
    "scale": "likert",
    "number": "numeric",
    "short": "fill-in",
    "text": "long-fill-in",
    "wordcloud": "long-fill-in",
    "match": "matching",
    "order": "sequencing",
    "hotspot": "other",
}
"""Activity type → interaction type. Other types are no questions, and make no `answered`."""
LISTS = {"choice": "choices", "sequencing": "choices", "likert": "scale"}


def definition(plan: Plan, a: Activity, lang: str, spot: bool) -> Json:
    """The definition of a question. `spot`: it was made in the room, and stands in one language."""
    kind = TYPES[a.type]
    out: Json = {"type": INTERACTION, "interactionType": kind}
    if words := texts(plan, a.text, lang, spot):
        out["description"] = words
    if kind in LISTS:
        out[LISTS[kind]] = components(plan, kind_of(a.type).options(a), lang, spot)
    if kind == "matching":
        out["source"] = components(plan, a.left, lang, spot)
        out["target"] = components(plan, a.right, lang, spot)
    if pattern := right(a):
        out["correctResponsesPattern"] = pattern
    return out


def texts(plan: Plan, text: Text | None, lang: str, spot: bool = False) -> dict[str, str]:
    """A language map."""
    if spot:
        return {lang: text[0]} if text and text[0] else {}
    return {code: said for code, said in zip(plan.langs, text or [], strict=False) if said}


def components(plan: Plan, options: Iterable[Option], lang: str, spot: bool) -> list[Json]:
    return [
        {"id": one.id, **({"description": words} if (words := texts(plan, one.text, lang, spot)) else {})}
        for one in options
    ]


def right(a: Activity) -> list[str]:
    """What would have been right, each way of saying it one entry; empty without a key."""
    kind = TYPES[a.type]
    if kind == "numeric" and a.number is not None:
        span = a.number
        return [f"{span.exact}[:]{span.exact}"] if span.exact is not None else [f"{span.min or ''}[:]{span.max or ''}"]
    if kind == "fill-in":
        return [f"{{case_matters=false}}{one}" for one in a.spellings]
    if kind == "other" or not a.answer:
        return []
    return [response(a, a.answer, None)]


def response(a: Activity, v: Sequence[str], text: str | None) -> str:
    """An answer. Of a choice that allows several, `[,]` stands between."""
    if TYPES[a.type] in ("fill-in", "long-fill-in"):
        return text or "[,]".join(v)
    if TYPES[a.type] == "matching":
        return "[,]".join(one.replace("=", "[.]", 1) for one in v)
    return "[,]".join(v)
