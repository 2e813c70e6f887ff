"""Folding checklists (each item as it was judged last) and the sums of the tempo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core import records as r
from fieldkit.core.folds.lookup import Handler, known
from fieldkit.core.state import Check

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def mark(s: Session, rec: r.Record, d: r.CheckMarked, x: dict[str, Any]) -> None:
    one, who = s.round(d.activity), known(s, rec)
    if one is None or who is None:
        s.unknown += one is None and who is not None
        return
    judged = Check(rec.i, rec.m, rec.t, d.ok, d.by, judge(s, one.activity.by, d.co), str(x.get("note", "")))
    one.checks.setdefault(s.head(who.p), {})[d.item] = judged


def judge(s: Session, by: str | None, co: int | msgspec.UnsetType) -> str:
    """Who judges now: whoever sits at the second console it came from; else, as the pack says, the evaluator named
    last or the trainer."""
    far = next((x.name for x in s.staff if x.i == co and x.name), "")
    if far:
        return far
    for role in ("evaluator", "trainer") if by == "evaluator" else ("trainer",):
        found = next((x.name for x in reversed(s.staff) if x.role == role and x.name), "")
        if found:
            return found
    return s.leader


def tempo(s: Session, rec: r.Record, d: r.TempoTallied, x: dict[str, Any]) -> None:
    sums = s.tempos.setdefault(d.segment, [0, 0, 0])
    for k, n in enumerate((d.lost, d.ok, d.faster)):
        sums[k] += n


HANDLERS: dict[type, Handler] = {r.CheckMarked: mark, r.TempoTallied: tempo}
