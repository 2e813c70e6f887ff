"""corrections: every change after the fact, one row each, so that nothing is overwritten in silence.

Marks by hand, amendments, credit for earlier training, new names, merged and removed entries, rounds made void, and who
signed in head office's log. In a confidential activity the person, the values and the time stay `—`, here too.
"""

from __future__ import annotations

from fieldkit.core.activities import kind_of
from fieldkit.core.attendance import Attendance
from fieldkit.core.completion import completed, items, score
from fieldkit.core.credit import of_person
from fieldkit.core.state import Amendment, Change, Credit, Round, SignOff
from fieldkit.core.tables.answers import rounds
from fieldkit.core.tables.base import UNNAMED, Sheet, Table, names, yes

CORRECTIONS = names("session_id record what person_id name field old new who when why reason")


def corrections_table(sheet: Sheet) -> Table:
    """Rows in the order of the log; `record` is the index of the record that made the change."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for row in sheet.attendance:
        found += _of_person(sheet, row)
    on_sheet = {c.i for row in sheet.attendance for c in row.amended}
    found += [(c.i, _changed(sheet, c)) for c in sheet.s.changes]
    found += [(c.i, one) for c in sheet.s.amendments if c.i not in on_sheet for one in _amended(sheet, c)]
    found += [pair for row in sheet.attendance for pair in _credited(sheet, row)]
    found += [(sign.i, _signed(sheet, sign)) for sign in sheet.s.signs if sign.log]
    voided = [one for one in rounds(sheet) if one.void]
    found += [(one.void_i or one.opened_i, _void_round(sheet, one)) for one in voided]
    return Table("corrections", CORRECTIONS, [cells for _, cells in sorted(found, key=lambda pair: pair[0])])


def _row(sheet: Sheet, i: int | str | None, what: str, p: str | None, *rest: str) -> tuple[str, ...]:
    who = (sheet.person_id(p), sheet.name(p)) if p else ("", "")
    return (sheet.session_id, "" if i is None else str(i), what, *who, *rest)


def _at(c: Amendment | Credit | SignOff) -> int | str:
    """Where it stands: its index here, or the office's log and its index there."""
    return c.log or c.i


def _of_person(sheet: Sheet, row: Attendance) -> list[tuple[int, tuple[str, ...]]]:
    """Marks and amendments of attendance, each with what stood there before it."""
    out = []
    before = {"status": row.policy, "in": "", "out": ""}
    marks = sorted((k for one in sheet.groups[row.p] for k in one.marks), key=lambda k: k.i)
    for mark in marks:
        cells = ("attendance_status", before["status"], mark.status, mark.by, sheet.at(mark.m), mark.why, mark.reason)
        out.append((mark.i, _row(sheet, mark.i, "mark", row.p, *cells)))
        before["status"] = mark.status
    spans = [span for one in sheet.groups[row.p] for span in one.spans]
    if spans:
        ends = [b for _, b in spans if b is not None]
        before["in"] = sheet.at(min(a or 0 for a, _ in spans))
        before["out"] = sheet.at(max(ends)) if len(ends) == len(spans) else ""
    for change in row.amended:
        for key, field in (("status", "attendance_status"), ("in", "check_in"), ("out", "check_out")):
            if key not in change.set:
                continue
            value = change.set[key]
            new = sheet.at(value) if isinstance(value, int) else str(value)
            cells = (field, before[key], new, change.by, sheet.time(change.t), change.why, _reason(change))
            out.append((change.i, _row(sheet, _at(change), "amend", row.p, *cells)))
            before[key] = new
    return out


def _credited(sheet: Sheet, row: Attendance) -> list[tuple[int, tuple[str, ...]]]:
    """A row a credit, and behind it one where `completed` is another by it."""
    out: list[tuple[int, tuple[str, ...]]] = []
    granted = of_person(sheet.s, row.all_p)
    got = score(items(sheet.s), row.all_p) if granted else None
    for k, one in enumerate(granted):
        who = "office" if one.log else "fac"
        tail = (who, sheet.time(one.t), "", one.evidence)
        out.append((one.i, _row(sheet, _at(one), "credit", row.p, one.what, "", "credited", *tail)))
        if got is not None and sheet.s.closed_m is not None:
            before, after = (completed(sheet.s, row, got, granted[:n]) for n in (k, k + 1))
            if before != after:
                cells = ("completed", yes(before), yes(after), *tail[:3], "")
                out.append((one.i, _row(sheet, _at(one), "credit", row.p, *cells)))
    return out


def _signed(sheet: Sheet, sign: SignOff) -> tuple[str, ...]:
    """Somebody's signature under the whole session: nobody's row, under their printed name, with the key as `who`."""
    cells = (f"signature {sign.role}", "", sign.meaning, sign.key, sheet.time(sign.t), "", "")
    return (sheet.session_id, str(_at(sign)), "sign", "", sign.name, *cells)


def _changed(sheet: Sheet, c: Change) -> tuple[str, ...]:
    field = "name" if c.what == "name" else "person_id"
    return _row(sheet, c.i, c.what, c.p, field, c.old, c.new, c.by, sheet.time(c.t), c.why, "")


def _amended(sheet: Sheet, c: Amendment) -> list[tuple[str, ...]]:
    """Amendments of anything but attendance: answers put right or added, records made void."""
    put, reason = c.set, _reason(c)
    if c.do == "void":
        named = c.ref_origin or sheet.session_id.rsplit("/", 1)[-1]
        cells = (f"{named}#{c.ref}", "counted", "void", c.by, sheet.time(c.t), c.why, reason)
        return [_row(sheet, _at(c), "void", c.p or c.whose, *cells)]
    activity = put.get("activity")
    if isinstance(activity, str):
        known = sheet.s.runs.get(activity, [])
        no = put.get("round", len(known))
        one = known[no - 1] if isinstance(no, int) and 1 <= no <= len(known) else None
        value = " ".join(str(v) for v in put["v"]) if isinstance(put.get("v"), list) else ""
        value = value or str(c.private.get("text", ""))
        field = f"{activity}/{put['q']} round {no}" if put.get("q") else f"{activity} round {no}"
        if one is not None and kind_of(one.activity.type).takes == "answer" and sheet.named(one.mode):
            old = " ".join(c.old or [])
            return [_row(sheet, _at(c), c.do, c.p, field, old, value, c.by, sheet.time(c.t), c.why, reason)]
        if isinstance(put.get("item"), str):
            field, new = f"{activity}/{put['item']} round {no}", yes(put.get("ok") is True)
            cells = (field, " ".join(c.old or []), new, c.by, sheet.time(c.t), c.why, reason)
            return [_row(sheet, _at(c), c.do, c.p, *cells)]
        hidden = (sheet.session_id, UNNAMED, c.do, UNNAMED, UNNAMED, field, UNNAMED, UNNAMED, c.by, UNNAMED, c.why)
        return [(*hidden, UNNAMED)]
    return [
        _row(sheet, _at(c), c.do, c.p, str(field), "", str(value), c.by, sheet.time(c.t), c.why, reason)
        for field, value in (put or {"": ""}).items()
    ]


def _void_round(sheet: Sheet, one: Round) -> tuple[str, ...]:
    when = sheet.time(one.void_t) if one.void_t is not None else ""
    what = f"{one.activity.id} round {one.no}"
    return _row(sheet, one.void_i, "void", None, what, "counted", "void", one.void_by, when, "mistake", "")


def _reason(c: Amendment) -> str:
    reason = c.private.get("reason")
    return reason if isinstance(reason, str) else ""
