"""Every activity type, one file each. `KINDS` by type name; `RUNS` are the types this release runs."""

from __future__ import annotations

from fieldkit.core.activities import breakout, checklist, hotspot, match, number, order, quiz, short, wordcloud
from fieldkit.core.activities.acknowledge import Acknowledge
from fieldkit.core.activities.attendance import ROLL_CALL, RollCallKind
from fieldkit.core.activities.base import Checked, Kind, Waits
from fieldkit.core.activities.choice import Choice
from fieldkit.core.activities.poll import Poll
from fieldkit.core.activities.prompt import Prompt
from fieldkit.core.activities.scale import Scale
from fieldkit.core.activities.text import FreeText
from fieldkit.core.activities.truefalse import TrueFalse

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (Poll(), Choice(), TrueFalse(), Scale(), Prompt(), FreeText(), Acknowledge(), RollCallKind())
}
WAITING: dict[str, Waits] = {
    m.KIND.type_name: m.KIND for m in (number, short, order, match, hotspot, quiz, wordcloud, breakout, checklist)
}
RUNS = frozenset(KINDS)


def kind_of(type_: str) -> Kind:
    """The Kind of a type; a type this release does not run refuses every answer."""
    return KINDS.get(type_) or WAITING.get(type_) or Waits(type_, "a type this release does not know")


__all__ = ["KINDS", "ROLL_CALL", "RUNS", "WAITING", "Checked", "Kind", "kind_of"]
