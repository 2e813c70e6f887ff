"""checklists: one row a person an item, for everybody who was judged at all; and what a sheet says of it in short."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.core.activities.checklist import passed
from fieldkit.core.attendance import Attendance
from fieldkit.core.state import Check, Round
from fieldkit.core.tables.base import Sheet, Table, names, yes

CHECKLISTS = names(
    """
    session_id activity text person_id name item item_text critical ok by evaluator_name time note passed
    """
)


def checklists_table(sheet: Sheet) -> Table:
    """By checklist, then by person in the order of the sheet, then by item in the order of the pack. Items that nobody
    judged have an empty `ok`; `passed` is that of the whole list and empty while it is not finished."""
    rows: list[tuple[str, ...]] = []
    for one in rounds(sheet):
        a = one.activity
        head = (sheet.session_id, a.id, sheet.words(a))
        for row in sheet.attendance:
            found = of_person(one, row)
            if not found:
                continue
            who = (sheet.person_id(row.p), sheet.name(row.p))
            for item in a.items:
                check = found.get(item.id)
                said = (sheet.plan.say(item.text, sheet.lang), yes(item.critical))
                judged = (yes(check.ok), check.by, check.who, sheet.time(check.t), check.note) if check else ("",) * 5
                rows.append((*head, *who, item.id, *said, *judged, yes(passed(a, found))))
    return Table("checklists", CHECKLISTS, rows)


def rounds(sheet: Sheet) -> Iterator[Round]:
    """The newest round of each checklist that counts, in the order of opening."""
    newest = {a: no for a, no in sheet.s.order if not sheet.s.runs[a][no - 1].void}
    return (one for a, no in newest.items() if (one := sheet.s.runs[a][no - 1]).activity.items)


def of_person(one: Round, row: Attendance) -> dict[str, Check]:
    return next((one.checks[p] for p in (row.p, *sorted(row.all_p)) if p in one.checks), {})


def in_short(sheet: Sheet, row: Attendance) -> dict[str, str]:
    """Cells of the attendance sheet: the checklists that were passed, the day of the last judgement, who made it."""
    good, last = [], None
    for one in rounds(sheet):
        found = of_person(one, row)
        if passed(one.activity, found) and found:
            good.append(one.activity.id)
        last = max([*found.values(), *([last] if last else [])], key=lambda check: check.i, default=None)
    if last is None:
        return {}
    day = sheet.day(last.t)
    return {
        "skills_signed_off": " ".join(good),
        "evaluation_date": day.isoformat() if day is not None else "",
        "evaluator_name": last.who,
    }
