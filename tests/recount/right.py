"""Whether an answer is right: one point a graded item, all or nothing (docs/packs.md, *Activities*)."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

from tests.recount.logs import Json


def keyed(a: Json, q: Json | None = None) -> bool:
    """Whether there is a right answer at all."""
    one = q if q is not None else a
    if one.get("type") == "quiz":
        return any(keyed(a, x) for x in one.get("questions", ()))
    return bool(one.get("answer") or one.get("number") or one.get("spellings")) and one.get("type") not in (
        "poll",
        "scale",
    )


def questions(a: Json) -> list[Json | None]:
    """What is judged by itself: each question of a quiz that has a key, or the activity."""
    if a.get("type") == "quiz":
        return [q for q in a.get("questions", ()) if keyed(a, q)]
    return [None] if keyed(a) else []


def right(a: Json, q: Json | None, value: list[str], words: str) -> bool:
    one = q if q is not None else a
    kind = one["type"]
    if kind == "number":
        return _number(one["number"], value)
    if kind == "short":
        return folded(words) in {folded(x) for x in one["spellings"]}
    if kind == "order":
        return value == one["answer"]
    if kind == "hotspot":
        return _places(one, value)
    return bool(value) and sorted(value) == sorted(one["answer"])


def folded(text: str) -> str:
    """Case, accents of Latin letters and spaces aside."""
    apart = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    out: list[str] = []
    for c in apart:
        if unicodedata.combining(c) and out and "LATIN" in unicodedata.name(out[-1], ""):
            continue
        out.append(c)
    return unicodedata.normalize("NFC", "".join(out))


def _number(key: Json, value: list[str]) -> bool:
    try:
        said = Decimal(value[0])
    except (InvalidOperation, IndexError):
        return False
    if key.get("exact") is not None and said != Decimal(key["exact"]):
        return False
    low, high = key.get("min"), key.get("max")
    return (low is None or Decimal(low) <= said) and (high is None or said <= Decimal(high))


def _places(a: Json, value: list[str]) -> bool:
    """As many taps as right regions, each hit once; else the words in its place."""
    if not value or not all("," in x for x in value):
        other = a.get("fallback") or {}
        return bool(value) and sorted(value) == sorted(other.get("answer", ()))
    targets = [x for x in a["targets"] if x["id"] in a["answer"]]
    return len(value) == len(targets) and all(sum(inside(t, tap) for tap in value) == 1 for t in targets)


def inside(target: Json, tap: str) -> bool:
    x, y = (Decimal(n) for n in tap.split(","))
    at = [Decimal(n) for n in target["at"]]
    if target["shape"] == "rect":
        return at[0] <= x <= at[0] + at[2] and at[1] <= y <= at[1] + at[3]
    return ((x - at[0]) / at[2]) ** 2 + ((y - at[1]) / at[2]) ** 2 <= 1
