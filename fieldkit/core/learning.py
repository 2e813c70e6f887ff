"""What was learned: right shares, peer-instruction bands, who changed their mind, gain, who was confidently wrong.

All of it is computed from answers in force; nothing is a record. Shares are (right, judged), so that nothing rounds
before it is compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.activities import kind_of
from fieldkit.core.completion import decimal, latest
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views import Moves
from fieldkit.core.views.parts import Share

EXPLAIN, GO_ON = 30, 70
"""% right: below the first explain it again, above the second go on, between them let neighbours convince each other
(after Crouch & Mazur, Peer Instruction, Am. J. Phys. 69, 2001)."""


Verdicts = dict[tuple[str, str], bool | None]
"""(p, q) → whether that answer is right."""


def judge(one: Round) -> Verdicts:
    """Every answer in force, judged; equal answers once, since a room of 200 is drawn at every answer."""
    kind, a = kind_of(one.activity.type), one.activity
    if not kind.keyed(a):
        return {}
    known: dict[tuple[object, ...], bool | None] = {}
    found: Verdicts = {}
    for (p, q), x in one.answers.items():
        said = (q, x.text, *x.v)
        if said not in known:
            known[said] = kind.right(a, x.v, x.text, q)
        found[p, q] = known[said]
    return found


def by_person(one: Round, found: Verdicts) -> dict[str, bool | None]:
    """Whether a person answered all that has a key, and right; None once one of the answers cannot be judged."""
    kind, a = kind_of(one.activity.type), one.activity
    asked = [q for q in kind.asked(a) if kind.keyed(a, q)]
    if asked == [""]:
        return {p: right for (p, _), right in found.items()}
    rights: dict[str, list[bool | None]] = {}
    for (p, q), right in found.items():
        if q in asked:
            rights.setdefault(p, []).append(right)
    return {p: None if None in each else len(each) == len(asked) and all(each) for p, each in rights.items()}


def person_right(one: Round, p: str) -> bool | None:
    """The same of one person; None also without a key or an answer."""
    kind, a = kind_of(one.activity.type), one.activity
    mine = {(p, q): x for q in kind.asked(a) if (x := one.answers.get((p, q))) is not None and kind.keyed(a, q)}
    return by_person(one, {(p, q): kind.right(a, x.v, x.text, q) for (_, q), x in mine.items()}).get(p)


def people_right(one: Round, found: Verdicts) -> int:
    return sum(1 for right in by_person(one, found).values() if right)


def right_share(one: Round, q: str = "", found: Verdicts | None = None) -> Share | None:
    """(right answers, answers) of a round with a key, of a quiz over all questions or of `q`; None without either.

    Of an anonymous round only where one option is right, and only from its tally: who chose what is not known.
    """
    kind, a = kind_of(one.activity.type), one.activity
    if not kind.keyed(a, q):
        return None
    if one.mode == "anonymous":
        key = kind.correct(a) or []
        if one.tally is None or not one.tally_n or len(key) != 1 or a.multiple or not kind.options(a):
            return None
        return one.tally.get(key[0], 0), one.tally_n
    found = judge(one) if found is None else found
    if kind.asked(a) == [""]:
        judged = list(found.values())
    else:
        judged = [right for (_, asked), right in found.items() if (not q or asked == q) and kind.keyed(a, asked)]
    return (sum(1 for right in judged if right), len(judged)) if judged else None


def band(one: Round, found: Verdicts) -> str:
    """explain, discuss or go_on; empty before anybody answered, and for a quiz, which is no one question."""
    if kind_of(one.activity.type).asked(one.activity) != [""]:
        return ""
    share = right_share(one, found=found)
    if share is None:
        return ""
    right, of = share
    if right * 100 < EXPLAIN * of:
        return "explain"
    return "go_on" if right * 100 > GO_ON * of else "discuss"


def moves(rounds: Iterable[Round], one: Round, found: Verdicts) -> Moves | None:
    """From the first round that counts to this one, over the people who answered both; None in the first."""
    first = next((x for x in rounds if not x.void), one)
    if first.no >= one.no or one.mode == "anonymous" or not kind_of(one.activity.type).keyed(one.activity):
        return None
    before, after = by_person(first, judge(first)), by_person(one, found)
    pairs = [(before[p], after[p]) for p in before.keys() & after.keys()]
    return Moves(
        stayed_right=pairs.count((True, True)),
        became_right=pairs.count((False, True)),
        became_wrong=pairs.count((True, False)),
        stayed_wrong=pairs.count((False, False)),
    )


def sure_wrong(one: Round, found: Verdicts) -> list[str]:
    """Confidently wrong: who was sure of an answer that is not right. In the order of the first such answer."""
    if not one.activity.sure:
        return []
    wrong = [(x.i, key[0]) for key, x in one.answers.items() if x.sure == "sure" and found.get(key) is False]
    return list(dict.fromkeys(p for _, p in sorted(wrong)))


def gain(s: Session, one: Round) -> tuple[str, str]:
    """A `post` above its `pre`, newest rounds that count: (percentage points, normalised gain), decimals or empty.

    Normalised (Hake 1998): (post − pre) / (100 − pre); empty where everybody was right before.
    """
    before = latest(s, one.activity.pre) if one.activity.pre else None
    if before is None or one is not latest(s, one.activity.id):
        return "", ""
    was, now = right_share(before), right_share(one)
    if was is None or now is None:
        return "", ""
    gained, could = now[0] * was[1] - was[0] * now[1], now[1] * (was[1] - was[0])
    return ratio(gained * 100, now[1] * was[1]), ratio(gained, could)


def ratio(part: int, whole: int) -> str:
    """part ÷ whole with at most two decimals, rounded half up; empty of nothing."""
    return decimal((part * 200 + whole) // (2 * whole)) if whole else ""
