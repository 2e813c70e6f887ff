"""What every activity type must say of itself. One file a type; this one holds what they share.

A Kind has no state of its own: the state of a round is `core.state.Round`. It answers: may this answer be taken
(`check`), what does it count as (`keys`), is it right (`right`), which rows does its result have (`tally`), and how
does a table spell an answer (`spell`). Nothing here knows a surface.

`q` is the question of a quiz that an answer belongs to; "" everywhere else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from fieldkit.core.plan import Activity, Option, Plan
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round

Row = tuple[str, str, int]
"""(key as in `Round.counts`, its words, how many)."""


class Checked(msgspec.Struct, frozen=True, gc=False):
    """An answer that fits: `v` as it is recorded, `text` for the opening."""

    v: list[str]
    text: str | None = None


class Kind:
    """An activity type."""

    name: ClassVar[str]
    votes: ClassVar[bool] = True
    """People vote in rounds: it can be re-voted and has counts."""
    exclusive: ClassVar[bool] = True
    """Opening it closes the one before; checklists, breakouts and prompts run beside others."""
    takes: ClassVar[str] = "answer"
    """The wish that answers it: answer, say, ack, here or check (the trainer's)."""
    revealable: ClassVar[bool] = True
    hands: ClassVar[bool] = False
    """A show of hands can be counted for it."""
    texts: ClassVar[bool] = False
    """What people write is its result."""
    expected: ClassVar[bool] = True
    """Each person is expected to do it themself; groups, talk and what the trainer judges are done by some."""
    personal: ClassVar[bool] = False
    """It is about persons, or puts several answers of one person side by side: it cannot be anonymous."""
    grace_ms: ClassVar[int] = 0
    """How long after its time limit an answer is still taken."""

    @property
    def by_others(self) -> bool:
        """Somebody else may answer for a person: never sign, be present, say something or judge in their place."""
        return self.takes == "answer"

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        """The answer as it will be recorded, or why not. `v` ≤ 32 strings of ≤ 200 characters (the wire's limits)."""
        return Refusal("wrong-value", a.id)

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        """What an answer adds one to in `Round.counts`; each at most once."""
        return v

    def keyed(self, a: Activity, q: str = "") -> bool:
        """Whether there is a right answer. For a quiz without `q`: whether any question has one."""
        return bool(a.answer)

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        """All or nothing; None when there is no right answer."""
        if not a.answer:
            return None
        return sorted(v) == sorted(a.answer)

    def options(self, a: Activity) -> list[Option]:
        """What can be chosen, in the order in which every screen shows it. Never the order of the key."""
        return a.options

    def correct(self, a: Activity) -> list[str] | None:
        """The key as the result shows it after the reveal; None when there is none."""
        return list(a.answer) or None

    def hits(self, a: Activity, key: str) -> bool:
        """Whether one key of the counts is a right answer or part of it."""
        return key in (self.correct(a) or ())

    def several(self, a: Activity) -> bool:
        """Whether more than one option may be chosen."""
        return a.multiple

    def live(self, a: Activity) -> bool:
        """Whether counts may be shown while it runs. False where they would give the key away."""
        return True

    def asked(self, a: Activity) -> list[str]:
        """The questions that everybody answers: `[""]`, for a quiz their ids."""
        return [""]

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """The rows of a result in the order of display: here the options, also those nobody chose."""
        counts = self.counts(one)
        return [(o.id, plan.say(o.text, lang), counts.get(o.id, 0)) for o in self.options(one.activity)]

    def counts(self, one: Round) -> Mapping[str, int]:
        """What was counted: of an anonymous round its tally (nothing while it is open), else the answers in force."""
        if one.mode != "anonymous":
            return one.counts
        said = Counter(key for words in one.tally_texts for key in self.keys(one.activity, [], words))
        return said + Counter(one.tally or {})

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        """An answer in words, for tables."""
        words = {o.id: plan.say(o.text, lang) for o in self.options(a)}
        return "; ".join(said for one in v if (said := words.get(one, one)))

    def key_said(self, plan: Plan, a: Activity, lang: str) -> str:
        """The key in words, for the trainer and for tables; empty when there is none."""
        return self.spell(plan, a, self.correct(a) or [], None, lang)

    def done(self, one: Round, ids: frozenset[str]) -> bool:
        """Whether a person (all ids merged into it) has done what a plan may require of it."""
        return not ids.isdisjoint(one.who())


class OptionKind(Kind):
    """Choose from options: one, or several where the pack says `multiple`."""

    hands = True

    def options(self, a: Activity) -> list[Option]:
        return shuffled(a.id, a.options) if a.shuffle else a.options

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        if text:
            return Refusal("wrong-value", a.id)
        if not v or (len(v) > 1 and len(set(v)) != len(v)):
            return Refusal("wrong-value", a.id)
        # The order of taps says nothing: one spelling (the pack's order), so that rows sort and compare.
        found = [o.id for o in (a.options or self.options(a)) if o.id in v]
        if len(found) != len(v):
            return Refusal("unknown-option", a.id)
        if len(v) > 1 and not a.multiple:
            return Refusal("one-choice", a.id)
        return Checked(found)


class Open(Kind):
    """Nothing to choose from and nothing counted: words, a name, or what somebody else does."""

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return ()

    def keyed(self, a: Activity, q: str = "") -> bool:
        return False

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        return None

    def correct(self, a: Activity) -> list[str] | None:
        return None

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        return []


def words_of(one: Round) -> list[str]:
    """The words that were sent, one string an answer; of an anonymous round as its tally keeps them."""
    if one.mode == "anonymous":
        return list(one.tally_texts)
    return [x.text for x in one.answers.values() if x.text]


def shuffled(seed: str, options: Sequence[Option]) -> list[Option]:
    """The same other order on every screen and in every language, so that letters mean the same to everybody."""
    return sorted(options, key=lambda o: hashlib.sha256(f"{seed}\n{o.id}".encode()).digest())
