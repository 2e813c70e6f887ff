"""pacing: the plan against what really happened, one row a segment in the order of the plan."""

from __future__ import annotations

from fieldkit.core.attendance import Running, Span, minutes, overlap, union
from fieldkit.core.plan import ATTENDANCE, Segment
from fieldkit.core.session import Session
from fieldkit.core.tables.base import Sheet, Table, names, yes

PACING = names(
    """
    session_id segment title phase planned_min changed_min real_min entered_at skipped run not_run lost ok faster
    """
)


def pacing_table(sheet: Sheet) -> Table:
    """`real_min` is running time, pauses out, over every visit; what ran before or beside the plan is its own row."""
    s = sheet.s
    visits = segment_visits(s, sheet.run)
    rows = [_row(sheet, g, visits.get(g.id, []), str(g.minutes)) for g in sheet.plan.segments]
    rows += [
        _row(sheet, Segment(id=id, phase="", minutes=0, title=[id]), spans, "")
        for id, spans in visits.items()
        if sheet.plan.segment(id) is None and (id or spans)
    ]
    homeless = [a for a in run_in(s) if a != ATTENDANCE and sheet.plan.segment_of(a) is None]
    if homeless:
        rows.append((sheet.session_id, *[""] * 8, " ".join(homeless), "", "", "", ""))
    return Table("pacing", PACING, rows)


def run_in(s: Session) -> list[str]:
    """The activities that were run in the room."""
    return [a for a, rounds in s.runs.items() if not all(one.late for one in rounds)]


def segment_visits(s: Session, run: Running) -> dict[str, list[Span]]:
    """Segment → intervals in m, each from entering it to entering the next or to the end."""
    out: dict[str, list[Span]] = {}
    entered = s.segments_entered
    for k, one in enumerate(entered):
        until = entered[k + 1].m if k + 1 < len(entered) else max(run.end, one.m)
        out.setdefault(one.segment, []).append((one.m, until))
    return out


def real_ms(visits: list[Span], run: Running) -> int:
    """Running time spent there, pauses out, over every visit."""
    return overlap(union(visits), run.spans)


def _row(sheet: Sheet, g: Segment, visits: list[Span], planned: str) -> tuple[str, ...]:
    s = sheet.s
    ms = real_ms(visits, sheet.run)
    mine = list(dict.fromkeys(step.activity for step in g.steps if step.activity and step.do != "close"))
    entered = next((e.t for e in s.segments_entered if e.segment == g.id), None)
    changed = s.minutes.get(g.id)
    there = run_in(s)
    ran = any(a in there for a in mine)  # opened by hand, without going there
    return (
        sheet.session_id,
        g.id,
        sheet.plan.say(g.title, sheet.lang),
        g.phase,
        planned,
        str(changed) if changed is not None else "",
        str(minutes(ms)) if visits else "",
        sheet.time(entered),
        yes(g.id in s.skipped or (not visits and not ran and s.closed_m is not None)),
        " ".join(a for a in mine if a in there),
        " ".join(a for a in mine if a not in there),
        *(str(n) for n in s.tempos.get(g.id, ("", "", ""))),
    )
