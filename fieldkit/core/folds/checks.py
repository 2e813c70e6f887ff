"""Folding checklists (each item as it was judged last, and by each evaluator) and the sums of the tempo."""

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
    j, name = judge(s, one.activity.by, d.co)
    mine = one.checks.setdefault(s.head(who.p), {})
    before = mine.get(d.item)
    said = dict(before.said if before is not None else ()) | {j: d.ok}
    mine[d.item] = Check(rec.i, rec.m, rec.t, d.ok, d.by, name, str(x.get("note", "")), tuple(said.items()))


def judge(s: Session, by: str | None, co: int | msgspec.UnsetType | None) -> tuple[int, str]:
    """Who judges now (`Staff.first`, name): whoever sits at the second console it came from; else, as the pack says,
    the evaluator named last or the trainer; (-1, who leads) where nobody was named."""
    far = next((x for x in s.staff if x.i == co), None)
    here = [x for role in ("trainer", "evaluator") if role in ("trainer", by) for x in s.staff if x.role == role]
    who = far or (here[-1] if here else None)
    names = [x.name for x in (*here, *([far] if far is not None else [])) if x.name]
    return who.first if who is not None else -1, names[-1] if names else s.leader


def tempo(s: Session, rec: r.Record, d: r.TempoTallied, x: dict[str, Any]) -> None:
    sums = s.tempos.setdefault(d.segment, [0, 0, 0])
    for k, n in enumerate((d.lost, d.ok, d.faster)):
        sums[k] += n


HANDLERS: dict[type, Handler] = {r.CheckMarked: mark, r.TempoTallied: tempo}
