"""What every activity type must say of itself. One file a type; this one holds what they share.

A Kind has no state of its own: the state of a round is `core.session.Round`. It answers four questions: may this
answer be taken (`check`), what does it count as (`keys`), is it right (`right`), and how does a table spell it
(`spell`). Nothing here knows a surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from fieldkit.core.plan import Activity, Option
from fieldkit.core.refusals import Refusal


class Checked(msgspec.Struct, frozen=True, gc=False):
    """An answer that fits: `v` as it is recorded, `text` for the opening."""

    v: list[str]
    text: str | None = None


class Kind:
    """An activity type that runs."""

    name: ClassVar[str]
    runs: ClassVar[bool] = True
    votes: ClassVar[bool] = True
    """People vote in rounds: it can be re-voted and has counts."""
    exclusive: ClassVar[bool] = True
    """Opening it closes the one before; checklists, breakouts and prompts run beside others."""
    takes: ClassVar[str] = "answer"
    """The intent that answers it: answer, say, ack or here."""
    revealable: ClassVar[bool] = True
    hands: ClassVar[bool] = False
    """A show of hands can be counted for it."""
    texts: ClassVar[bool] = False
    """What people write is its result."""

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        """The answer as it will be recorded, or why not. `v` ≤ 32 strings of ≤ 200 characters (the wire's limits)."""
        raise NotImplementedError(self.name)

    def keys(self, a: Activity, v: Sequence[str]) -> Sequence[str]:
        """The option ids that this answer adds one to."""
        return v

    def right(self, a: Activity, v: Sequence[str]) -> bool | None:
        """All or nothing; None when there is no right answer."""
        if not a.answer:
            return None
        return sorted(v) == sorted(a.answer)

    def options(self, a: Activity) -> list[Option]:
        return a.options

    def correct(self, a: Activity) -> list[str] | None:
        """The key as the result shows it after the reveal; None when there is none."""
        return list(a.answer) or None


class OptionKind(Kind):
    """Choose from options: one, or several where the pack says `multiple`."""

    hands = True

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        if text:
            return Refusal("wrong-value", a.id)
        if not v or (len(v) > 1 and len(set(v)) != len(v)):
            return Refusal("wrong-value", a.id)
        # The order of taps says nothing: one spelling, so that rows sort and compare.
        found = [o.id for o in self.options(a) if o.id in v]
        if len(found) != len(v):
            return Refusal("unknown-option", a.id)
        if len(v) > 1 and not a.multiple:
            return Refusal("one-choice", a.id)
        return Checked(found)


class Waits(Kind):
    """A type that packs may name and this release does not run: `pack check` warns, `host` refuses."""

    runs = False

    def __init__(self, name: str, what: str) -> None:
        self.type_name = name
        self.what = what

    def check(self, a: Activity, v: Sequence[str], text: str | None) -> Checked | Refusal:
        return Refusal("type-waits", a.id)
