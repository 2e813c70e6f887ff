"""What a simulated worker says to a question of each type: most of the crew knows, the rest takes what looks likely.

Nothing on the wire tells a key before the reveal, so what people have learned comes from the plan. Chance is a hash:
the same worker gives the same answer to the same question.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fieldkit.core.plan import Activity, Question, Target
from fieldkit.core.views import OpenSeat, OptionView, QuestionView

Chance = Callable[[str, int], int]
"""(what about, n) → a number below n."""

SENTENCES = (
    "At the end of the shift, when everybody is in a hurry.",
    "The new ones on my shift do not know this yet.",
    "When the line stops and somebody is waiting.",
    "The sign is older than I am and nobody reads it.",
    "I will look first and reach in afterwards.",
    "I will ask when I am not sure.",
    "I tell my partner before I begin.",
    "At night nobody knows whom to call.",
)
WORDS = ("phone", "door handle", "Phone", "rail", "keys", "apron", "my nose", "gloves", "cart", "phone ", "switch")


class Said(msgspec.Struct, frozen=True):
    """One answer as the wire takes it."""

    v: list[str] = []
    text: str | None = None
    q: str | None = None


def replies(one: OpenSeat, learned: Activity | None, chance: Chance, early: bool = False) -> list[Said]:
    """What to send for an open question; several for a quiz, none where a phone has nothing to answer.

    `early`: the same is asked again later, so that fewer know it now.
    """
    often = (8 if chance("diligent", 3) else 5) - (4 if early else 0)
    knows = chance(f"{one.activity}/knows", 10) < often + one.round - 1
    a = learned or Activity(id=one.activity, type=one.type, text=[one.text])
    match one.type:
        case "number":
            return [Said([_number(a, knows, chance)])]
        case "short":
            known = a.spellings if knows else []
            return [Said(text=known[chance(one.activity, len(known))] if known else WORDS[chance("word", len(WORDS))])]
        case "wordcloud":
            return [Said([WORDS[chance(f"{one.activity}/{k}", len(WORDS))] for k in range(min(one.most, 3))])]
        case "order":
            return [Said(_order(one.options, a.answer if knows else [], chance))]
        case "match":
            return [Said(_match(one, a.answer if knows else [], chance))]
        case "hotspot":
            return [_taps(one, a, knows, chance)]
        case "quiz":
            keys = {q.id: q for q in a.questions}
            return [Said(_part(one, q, keys.get(q.id), chance), q=q.id) for q in one.questions]
        case "checklist" | "breakout":
            return []
    if one.options:
        return [Said(_chosen(one, a.answer, knows, chance, after=bool(a.pre)))]
    return [Said(text=SENTENCES[chance(one.activity, len(SENTENCES))][: one.max_chars or 200])]


def _chosen(one: OpenSeat, answer: list[str], knows: bool, chance: Chance, after: bool = False) -> list[str]:
    """The key, or one of what looks likely: in a later round fewer things do. `after`: a scale for the second time."""
    if answer and knows:
        return answer
    wide = max(2, len(one.options) - one.round)
    first = chance(one.activity, len(one.options)) % wide
    if answer == [one.options[first].id]:
        first = (first + 1) % wide
    if one.type == "scale" and after:
        first = min(first + 1, len(one.options) - 1)
    picked = {first, (first + 1) % len(one.options)} if one.multiple and chance("two", 2) else {first}
    return [one.options[k].id for k in sorted(picked)]


def _part(one: OpenSeat, q: QuestionView, key: Question | None, chance: Chance) -> list[str]:
    if key is not None and key.answer and chance(f"{one.activity}/{q.id}", 10) < 9:
        return key.answer
    return [q.options[chance(f"{one.activity}/{q.id}/other", len(q.options))].id]


def _number(a: Activity, knows: bool, chance: Chance) -> str:
    span = a.number
    ends = [float(x) for x in (span.exact, span.min, span.max) if x is not None] if span else []
    if not ends:
        return str(1 + chance(a.id, 6))
    off = max(1, abs(ends[0]) // 8)
    wrong = ends[0] - off if chance(a.id, 3) else ends[-1] + off
    return f"{sum(ends) / len(ends) if knows else wrong:.10g}"


def _order(options: list[OptionView], answer: list[str], chance: Chance) -> list[str]:
    """The key, or the order of the screen with two neighbours changed."""
    if answer:
        return answer
    out = [o.id for o in options]
    k = chance("swap", max(1, len(out) - 1))
    out[k : k + 2] = reversed(out[k : k + 2])
    return out


def _match(one: OpenSeat, answer: list[str], chance: Chance) -> list[str]:
    if answer:
        return answer
    turn = chance(one.activity, len(one.right) or 1)
    return [f"{x.id}={one.right[(k + turn) % len(one.right)].id}" for k, x in enumerate(one.left)]


def _taps(one: OpenSeat, a: Activity, knows: bool, chance: Chance) -> Said:
    """Places on the picture; one phone in six shows no pictures and answers in words."""
    if chance("pictures", 6) == 0 and one.options:
        return Said(_chosen(one, a.fallback.answer if a.fallback else [], knows, chance))
    by_id = {t.id: t for t in a.targets}
    if a.answer or not a.targets:
        spots = [by_id[id] for id in a.answer] if knows else []
        places = [_middle(t, 0) for t in spots] or [_anywhere(f"{one.activity}/{k}", chance) for k in range(one.most)]
        return Said(places)
    near = [t for t in a.targets if chance(f"{one.activity}/{t.id}", 3) == 0][: one.most - 1]
    return Said([*(_middle(t, chance(t.id, 7) - 3) for t in near), _anywhere(one.activity, chance)])


def _middle(t: Target, off: int) -> str:
    n = [float(x) for x in t.at]
    x, y = (n[0], n[1]) if t.shape == "circle" else (n[0] + n[2] / 2, n[1] + n[3] / 2)
    return f"{min(max(x + off / 200, 0), 1):.3f},{min(max(y + off / 150, 0), 1):.3f}"


def _anywhere(what: str, chance: Chance) -> str:
    return f"0.{chance(f'{what}/x', 1000):03d},0.{chance(f'{what}/y', 1000):03d}"
