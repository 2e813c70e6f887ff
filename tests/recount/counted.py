"""What came out of a round, line by line (docs/tables.md, *results*): options, numbers, words, places, pairs."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from decimal import Decimal

from tests.recount.logs import Json
from tests.recount.right import folded, inside

Line = tuple[str | None, int]
"""(words, how many); no words where the plan has none for it."""
OPTIONS = ("poll", "scale", "choice", "truefalse")


def choices(a: Json, q: Json | None = None) -> list[tuple[str, str]]:
    """(id, words) of the options of a question."""
    one = q if q is not None else a
    if one.get("type") == "truefalse" and not one.get("options"):
        return [("true", "True"), ("false", "False")]
    if one.get("texts"):
        return list(zip(one["options"], one["texts"], strict=False))
    return [(x["id"], x["text"][0]) for x in one.get("options", ())] if one.get("type") in OPTIONS else []


def lines(a: Json, q: Json | None, said: Iterable[tuple[list[str], str]]) -> list[Line]:
    """The lines of a question, of (value, words) of everybody who answered."""
    one, some = (q if q is not None else a), list(said)
    kind = one.get("type")
    if kind == "number":
        given = collections.Counter(v[0] for v, _ in some if v)
        return [(x, given[x]) for x in sorted(given, key=Decimal)]
    if kind in ("short", "wordcloud"):
        return _words(one, [text for _, text in some if text])
    if kind == "order":
        given = collections.Counter(f"{k}={id}" for v, _ in some for k, id in enumerate(v, 1))
        key = [f"{k}={id}" for k, id in enumerate(one.get("answer", ()), 1)]
        words = [
            (f"{k}={o['id']}", f"{k}. {o['text'][0]}")
            for k in range(1, 1 + len(one["options"]))
            for o in one["options"]
        ]
        return [(text, given[id]) for id, text in words if id in given or id in key]
    if kind == "match":
        given = collections.Counter(pair for v, _ in some for pair in v)
        pairs = [
            (f"{x['id']}={y['id']}", f"{x['text'][0]} → {y['text'][0]}") for x in one["left"] for y in one["right"]
        ]
        return [(text, given[id]) for id, text in pairs if id in given or id in one.get("answer", ())]
    if kind == "hotspot":
        return _regions(one, [v for v, _ in some])
    return [(text, sum(id in v for v, _ in some)) for id, text in choices(a, q)]


def _words(one: Json, some: list[str]) -> list[Line]:
    """Each folded word in its commonest spelling, the most frequent first; what is accepted before the rest."""
    spelled: dict[str, collections.Counter[str]] = {}
    times: collections.Counter[str] = collections.Counter()
    for text in some:
        words = text.split(", ") if one["type"] == "wordcloud" else [text]
        for word in words:
            spelled.setdefault(folded(word), collections.Counter())[word] += 1
        times.update({folded(word) for word in words})
    right = {folded(x) for x in one.get("spellings", ())}
    order = sorted(times, key=lambda x: (x not in right, -times[x], x))
    return [(min(spelled[x].items(), key=lambda pair: (-pair[1], pair[0]))[0], times[x]) for x in order]


def _regions(one: Json, some: list[list[str]]) -> list[Line]:
    """Each region, elsewhere, then what was chosen in words."""
    words = {x["id"]: x["text"][0] for x in (one.get("fallback") or {}).get("options", ())}
    given: collections.Counter[str] = collections.Counter()
    for value in some:
        taps = [x for x in value if "," in x]
        hit = {t["id"] for t in one["targets"] if any(inside(t, tap) for tap in taps)} if taps else set(value)
        missed = any(not any(inside(t, tap) for t in one["targets"]) for tap in taps)
        given.update([*hit, *(["elsewhere"] if missed else [])])
    ids = [t["id"] for t in one["targets"]]
    out: list[Line] = [(words.get(id), given[id]) for id in ids]
    return [
        *out,
        (None, given["elsewhere"]),
        *((words[id], given[id]) for id in words if id in given and id not in ids),
    ]
