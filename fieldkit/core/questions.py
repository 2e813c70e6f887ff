"""Questions that a trainer kept for the expert, and what head office answered: which wait, and which answer holds.

The question is a record of the session's own log, the answer one of head office's (`question.answer`), which names it
by origin, index and leaf. An answer changes nothing of the session: no table, no figure. Of several about one question
the newest holds. Whoever reads says whose logs are believed; here nobody is named who asked.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldkit.core.records import QuestionAnswered, Record, Ref
from fieldkit.core.session import Session
from fieldkit.core.state import Say

MOST = 2000
"""Characters of an answer. With `MOST_BYTES` its private half fits one line of the log in any script."""
MOST_BYTES = 6000
SHOWN = 4000
"""Characters of a question that are shown; what a pack allows in one message is below it."""
OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
"""It waits; somebody answered; somebody said why there is no answer."""


class Reply(msgspec.Struct, frozen=True):
    """What head office said of one question: record `at` of its `log`, `t` Unix ms. `text` is empty once erased."""

    ref: Ref
    log: str
    at: int
    t: int
    closed: bool
    text: str = ""
    name: str = ""

    @property
    def state(self) -> str:
        return CLOSED if self.closed else ANSWERED


def waiting(s: Session) -> list[Say]:
    """Questions and messages that are kept for the expert, in the order in which they were said. One that the trainer
    answered or hid, and one whose words are erased, waits for nobody."""
    return [one for one in s.says.values() if one.parked and one.text and not (one.done or one.hidden or one.void)]


def reply_of(log: str, record: Record) -> Reply | None:
    """The answer that a record of head office's `log` holds; None for any other record."""
    fact, x = record.fact, record.private or {}
    if not isinstance(fact, QuestionAnswered) or fact.ref is None or fact.ref.o is None:
        return None
    text, name = str(x.get("text", "")), str(x.get("name", ""))
    return Reply(fact.ref, log, record.i, record.t, bool(fact.closed), text, name)


def newest(found: Iterable[Reply]) -> dict[tuple[str, int], Reply]:
    """(session, index of the question) → the answer that holds."""
    out: dict[tuple[str, int], Reply] = {}
    for one in sorted(found, key=lambda one: (one.t, one.log, one.at)):
        out[one.ref.o or "", one.ref.i] = one
    return out
