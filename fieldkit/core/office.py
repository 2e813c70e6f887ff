"""What head office corrected afterwards, in a log of its own, laid over the fold of the session it is about.

The office's log refers to the session's by origin; both stay as they are. Its amendments come after everything that the
session itself says, in the order in which they were made, and stand in the tables like any other: the value in force,
the one it replaced, who, when and why.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from fieldkit.core import records as r
from fieldkit.core.folds.after import amend
from fieldkit.core.plan import Plan, Segment
from fieldkit.core.session import Session

DESK = "desk"
"""`kind` of the office's own log."""


def desk_plan() -> Plan:
    """The plan of an office's log: nothing is run in it."""
    return Plan(1, DESK, "1.0.0", ["Head office"], "en", ["en"], 1, [Segment(DESK, "content", 1, ["Desk"])], [])


def about(origin: str, record: r.Record) -> bool:
    """Whether a record of an office's log corrects something in the log `origin`."""
    fact = record.fact
    return type(fact) is r.Amended and fact.ref is not None and fact.ref.o == origin


def corrected(session: Session, found: Iterable[tuple[str, r.Record]]) -> Session:
    """Lay the corrections of (office's origin, record) over `session`, which is changed and given back.

    Their indexes go on behind the session's own, which stays as long as it is: nothing of it was written later.
    """
    mine = [(origin, one) for origin, one in found if about(session.origin, one)]
    for k, (origin, one) in enumerate(sorted(mine, key=lambda pair: (pair[1].t, pair[0], pair[1].i)), 1):
        fact = one.fact
        if type(fact) is not r.Amended or fact.ref is None or fact.ref.i > session.saved:
            continue
        here = replace(fact, ref=replace(fact.ref, o=None))
        amend(session, replace(one, i=session.saved + k, m=session.m, fact=here), here, one.private or {})
        session.amendments[-1].log = f"{origin}#{one.i}"
    return session
