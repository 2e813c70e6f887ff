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

EXPLAIN, GO_ON = 30, 70
"""% right: below the first explain it again, above the second go on, between them let neighbours convince each other
(after Crouch & Mazur, Peer Instruction, Am. J. Phys. 69, 2001)."""

Share = tuple[int, int]


def person_right(one: Round, p: str) -> bool | None:
    """Whether all that has a key was answered right; None without a key, without an answer, or once it is erased."""
    kind, a = kind_of(one.activity.type), one.activity
    asked = [q for q in kind.asked(a) if kind.keyed(a, q)]
    found = {q: x for q in asked if (x := one.answers.get((p, q))) is not None}
    if not found:
        return None
    judged = [kind.right(a, x.v, x.text, q) for q, x in found.items()]
    if None in judged:
        return None
    return len(found) == len(asked) and all(judged)


def people_right(one: Round) -> int:
    return sum(1 for p in {p for p, _ in one.answers} if person_right(one, p))


def right_share(one: Round, q: str = "") -> Share | None:
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
    found = [(asked, x) for (_, asked), x in one.answers.items() if (not q or asked == q) and kind.keyed(a, asked)]
    judged = [kind.right(a, x.v, x.text, asked) for asked, x in found]
    return (sum(1 for right in judged if right), len(judged)) if judged else None


def band(one: Round) -> str:
    """explain, discuss or go_on; empty before anybody answered, and for a quiz, which is no one question."""
    share = right_share(one)
    if share is None or len(kind_of(one.activity.type).asked(one.activity)) != 1:
        return ""
    right, of = share
    if right * 100 < EXPLAIN * of:
        return "explain"
    return "go_on" if right * 100 > GO_ON * of else "discuss"


def moves(rounds: Iterable[Round], one: Round) -> Moves | None:
    """From the first round that counts to this one, over the people who answered both; None in the first."""
    first = next((x for x in rounds if not x.void), one)
    if first.no >= one.no or one.mode == "anonymous" or not kind_of(one.activity.type).keyed(one.activity):
        return None
    both = {p for p, _ in first.answers} & {p for p, _ in one.answers}
    pairs = [(person_right(first, p), person_right(one, p)) for p in both]
    return Moves(
        stayed_right=pairs.count((True, True)),
        became_right=pairs.count((False, True)),
        became_wrong=pairs.count((True, False)),
        stayed_wrong=pairs.count((False, False)),
    )


def sure_wrong(one: Round) -> list[str]:
    """Confidently wrong: who was sure of an answer that is not right. In the order of the first such answer."""
    kind, a = kind_of(one.activity.type), one.activity
    if not a.sure:
        return []
    found = [
        (x.i, p) for (p, q), x in one.answers.items() if x.sure == "sure" and kind.right(a, x.v, x.text, q) is False
    ]
    return list(dict.fromkeys(p for _, p in sorted(found)))


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
