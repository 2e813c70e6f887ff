"""What head office says afterwards, in a log of its own, laid over the fold of the session it is about.

The office's log refers to the session's by origin; both stay as they are. Its amendments, late evaluations, credits and
signatures come after everything that the session itself says, in the order in which they were made, and stand in the
tables like any other: the value in force, the one it replaced, who, when and why. A signature is laid over only where
the caller has seen it: a record of it alone is a claim (`fieldkit.log.attest`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from fieldkit.core import records as r
from fieldkit.core.folds.after import amend, credit, sign
from fieldkit.core.plan import Plan, Segment
from fieldkit.core.session import Session

DESK = "desk"
"""`kind` of the office's own log."""


def desk_plan() -> Plan:
    """The plan of an office's log: nothing is run in it."""
    return Plan(1, DESK, "1.0.0", ["Head office"], "en", ["en"], 1, [Segment(DESK, "content", 1, ["Desk"])], [])


def ref_of(record: r.Record) -> r.Ref | None:
    """The record of a session that a record of an office's log is about; None where it is about none."""
    fact = record.fact
    return fact.ref if isinstance(fact, r.Amended | r.CreditGranted | r.SignedBy) else None


def filed_under(record: r.Record) -> r.Ref | None:
    """As `ref_of`, and of a credential or an answer too: they change nothing of the session, but their private half is
    about somebody of that session and goes when they do."""
    fact = record.fact
    beside = r.CredentialIssued | r.CredentialRevoked | r.QuestionAnswered
    return fact.ref if isinstance(fact, beside) else ref_of(record)


def about(origin: str, record: r.Record) -> bool:
    """Whether a record of an office's log says something about the log `origin`."""
    ref = ref_of(record)
    return ref is not None and ref.o == origin


def in_force(session: Session, drafts: Iterable[r.Draft]) -> str:
    """Where it stands in an office's log (`<origin>#<index>`, of the first of these) that these corrections say what is
    in force already, for the same reason and in the same words; empty where one of them says something else."""
    found = [_said_last(session, one) for one in drafts]
    return found[0] if found and all(found) else ""


def _said_last(session: Session, draft: r.Draft) -> str:
    fact = draft.fact
    if not isinstance(fact, r.Amended):
        return ""
    about = _subject(fact.do, draft.p, fact.ref.i if fact.ref is not None else None, fact.set or {})
    last = next((x for x in reversed(session.amendments) if about & _subject(x.do, x.p, x.ref, x.set)), None)
    said = (fact.do, fact.why, fact.set or {}, draft.private or {})
    return last.log if last is not None and (last.do, last.why, last.set, last.private) == said else ""


def _subject(do: str, p: str | None, ref: int | None, put: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    """What a correction is about; a later one about any of it takes its place."""
    if do == "void":
        return {(do, ref)}
    if "activity" in put:
        return {(p, put["activity"], put.get("item"), put.get("round"), put.get("q"))}
    return {(p, field) for field in put}


def corrected(session: Session, found: Iterable[tuple[str, r.Record]]) -> Session:
    """Lay what is about `session` of (office's origin, record) over it; the session is changed and given back.

    Their indexes go on behind the session's own, which stays as long as it is: nothing of it was written later.
    """
    mine = [(origin, one) for origin, one in found if about(session.origin, one)]
    for k, (origin, one) in enumerate(sorted(mine, key=lambda pair: (pair[1].t, pair[0], pair[1].i)), 1):
        fact, ref, x = one.fact, ref_of(one), one.private or {}
        if ref is None or ref.i > session.saved:
            continue
        here = replace(one, i=session.saved + k, m=session.m)
        log = f"{origin}#{one.i}"
        if isinstance(fact, r.Amended):
            fact = replace(fact, ref=replace(ref, o=None))
            amend(session, replace(here, fact=fact), fact, x)
            session.amendments[-1].log = log
        elif isinstance(fact, r.SignedBy):
            sign(session, here, fact, x)
            session.signs[-1].log = log
        elif isinstance(fact, r.CreditGranted) and one.p in session.people:
            credit(session, here, fact, x)
            session.credits[-1].log = log
    return session
