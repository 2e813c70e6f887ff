"""Every activity type, one file each. `KINDS` by type name; `RUNS` are the types this release runs: all of format 1."""

from __future__ import annotations

from fieldkit.core.activities.acknowledge import Acknowledge
from fieldkit.core.activities.attendance import ROLL_CALL, RollCallKind
from fieldkit.core.activities.base import Checked, Kind, Row
from fieldkit.core.activities.breakout import Breakout
from fieldkit.core.activities.checklist import Checklist
from fieldkit.core.activities.choice import Choice
from fieldkit.core.activities.hotspot import Hotspot
from fieldkit.core.activities.match import Match
from fieldkit.core.activities.number import Number
from fieldkit.core.activities.order import Order
from fieldkit.core.activities.poll import Poll
from fieldkit.core.activities.prompt import Prompt
from fieldkit.core.activities.quiz import Quiz
from fieldkit.core.activities.scale import Scale
from fieldkit.core.activities.short import Short
from fieldkit.core.activities.text import FreeText
from fieldkit.core.activities.truefalse import TrueFalse
from fieldkit.core.activities.unknown import UNKNOWN
from fieldkit.core.activities.wordcloud import WordCloud

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(Poll(), Choice(), TrueFalse(), Scale(), Number(), Short(), Order(), Match(), Hotspot(), Quiz(), WordCloud()),
        *(Prompt(), FreeText(), Breakout(), Checklist(), Acknowledge(), RollCallKind()),
    )
}
RUNS = frozenset(KINDS)


def kind_of(type_: str) -> Kind:
    """The Kind of a type; a type of a later release takes no answer and has no result."""
    return KINDS.get(type_, UNKNOWN)


__all__ = ["KINDS", "ROLL_CALL", "RUNS", "Checked", "Kind", "Row", "kind_of"]
