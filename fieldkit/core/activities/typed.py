"""What a trainer types for somebody, on a command line or in the terminal, as the values of an answer.

A screen shows letters (A, B, …) and numbers (1, 2, …); a record holds ids. All three are taken. A single letter or a
number is the place on the screens, in the order in which they show the options, whatever the ids are called (`a` may
stand at C); a longer word is an id. Only where nothing stands at that place is a single letter an id (`n` for no):

    poll, choice, truefalse, scale   b      a c      a,c      2
    number                           4.5    4,5
    short, text, wordcloud           the words themselves
    order                            2 1 3   b a c   bac
    match                            hasp=e cover=p   1=b 2=a
    hotspot                          0.4,0.6 0.7,0.2   or the choices in words: b
    quiz                             q1=a q2=a,b   1=a 2=ab   (several questions in one line)
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of, match, quiz
from fieldkit.core.clean import western
from fieldkit.core.plan import Activity, Option
from fieldkit.core.refusals import Refusal

_PARTS = re.compile(r"[\s,;]+")
_AROUND = re.compile(r"\s*([=,])\s*")
FREE = ("short", "text", "wordcloud")


class Typed(msgspec.Struct, frozen=True):
    """One answer: the fields of a PutAnswer that were typed."""

    v: tuple[str, ...] = ()
    q: str | None = None
    text: str | None = None


def typed(a: Activity, words: Sequence[str]) -> list[Typed] | Refusal:
    """The answers in this line: one, or for a quiz one a question. `words` as the shell or a box gave them.

    What the values mean to the activity is judged later, by its type's `check`.
    """
    line = " ".join(words).strip()
    line = line if a.type in FREE else western(line)
    kind = kind_of(a.type)
    if a.type == "breakout" and line:  # the group somebody chooses: g2, or 2
        return [Typed((line if line.startswith("g") else f"g{line}",))]
    if kind.takes == "ack":
        return Refusal("own-signature", a.id)
    if kind.takes != "answer":
        return Refusal("wrong-value", a.id)
    if not line:
        return Refusal("text-missing" if a.type in FREE else "wrong-value", a.id)
    match a.type:
        case "short" | "text" | "wordcloud":
            return [Typed(text=line)]
        case "number":
            return [Typed((line,))]
        case "match":
            return _pairs(a, line)
        case "quiz":
            return _questions(a, line)
        case "hotspot" if any(c.isdigit() for c in line):
            return [Typed(tuple(_AROUND.sub(r"\1", line).split()))]
        case _:
            return [Typed(chosen(kind.options(a), line))]


def chosen(options: Sequence[Option], line: str) -> tuple[str, ...]:
    """Ids, letters or numbers, parted by spaces or commas, or letters in one word (`bac`). Unknown ones stay."""
    parts = [part for part in _PARTS.split(line) if part]
    names = names_of(options)
    if len(parts) == 1 and parts[0].casefold() not in names and all(sign in names for sign in parts[0].casefold()):
        parts = list(parts[0])
    return tuple(names.get(part.casefold(), part) for part in parts)


def names_of(options: Sequence[Option]) -> dict[str, str]:
    """Every name of an option, casefolded → its id. `options` as the screens show them: what stands there wins."""
    names = {o.id.casefold(): o.id for o in options}
    for k, o in enumerate(options):
        names[str(k + 1)] = o.id
        if k < 26:
            names[chr(ord("a") + k)] = o.id
    return names


def name_for(options: Sequence[Option], id: str) -> str:
    """What to type for this option: its id, or its place where the id is a single letter."""
    return id if len(id) > 1 else next((str(k) for k, o in enumerate(options, 1) if o.id == id), id)


def _pairs(a: Activity, line: str) -> list[Typed] | Refusal:
    left, right = names_of(a.left), names_of(match.rights(a))
    pairs = []
    for part in _PARTS.split(_AROUND.sub(r"\1", line)):
        one, mark, other = part.casefold().partition("=")
        if part and not mark:
            return Refusal("wrong-value", a.id)
        if part:
            pairs.append(f"{left.get(one, one)}={right.get(other, other)}")
    return [Typed(tuple(pairs))]


def _questions(a: Activity, line: str) -> list[Typed] | Refusal:
    """`q1=a q2=a,b`; a question by its id or by its number on the screen, each once."""
    shown = quiz.questions(a)
    names = {**{str(k): q.id for k, q in enumerate(shown, 1)}, **{q.id: q.id for q in shown}}
    found: dict[str, str] = {}
    for part in _AROUND.sub(r"\1", line).split():
        name, mark, value = part.casefold().partition("=")
        q = names.get(name)
        if not mark or q is None or q in found:
            return Refusal("wrong-value", a.id)
        found[q] = value
    out = []
    for q, value in found.items():
        one = quiz.part(a, q)
        if one is None or not value:
            return Refusal("wrong-value", a.id)
        out.append(Typed(chosen(quiz.PARTS[one.type].options(one), value), q))
    return out
