"""attendance: one row a person a session, 48 columns whose names and order are a promise (docs/tables.md)."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.core.attendance import Attendance, minutes
from fieldkit.core.completion import Score, completed, expires, items, passed, score
from fieldkit.core.credit import of_person
from fieldkit.core.erasing import GONE
from fieldkit.core.led import led_by
from fieldkit.core.state import HANDED_OVER, Person, Staff
from fieldkit.core.tables.base import FORKS, Sheet, Table, names
from fieldkit.core.tables.checklists import in_short
from fieldkit.core.walkin import badged, code_of

COLUMNS = names(
    """
    record_id session_id session_title session_kind course_code pack_version program part site location
    training_date session_start session_end timezone duration_min language interpreter trainer_id trainer_name
    trainer_qualification person_id id_issuer name last_name first_name employer role crew check_in check_out
    minutes_present attendance_status flags check_in_method proofs score_pct result skills_signed_off
    evaluation_date evaluator_name completed expires_on worker_ack_at trainer_signed_at signer_key_id
    signature_status anchored_at note
    """
)

LED = ("trainer", "cotrainer", "facilitator", "fac")
"""Roles in which a signature says that the session was led."""


def attendance_table(sheet: Sheet) -> Table:
    """Everybody expected or arrived; entries that were taken out stand in `corrections` only."""
    fixed = same_for_all(sheet)
    counted = items(sheet.s)
    rows = []
    for row in sheet.attendance:
        got = score(counted, row.all_p)
        cells = fixed | _person(sheet, row) | _presence(sheet, row, got) | in_short(sheet, row)
        here = row.status not in ("absent", "excused")
        judged = row.came and not any(one.objected for one in sheet.groups[row.p])
        if judged and got.of:
            cells["score_pct"] = got.percent
            enough = passed(sheet.s, got)
            cells["result"] = "" if enough is None else "pass" if enough else "fail"
        if sheet.s.closed_m is not None and sheet.plan.set is None:
            done = completed(sheet.s, row, got)
            cells["completed"] = "yes" if done else "no"
            day = sheet.day(sheet.end_t)
            if done and here and day is not None and sheet.plan.valid_months is not None:
                until = expires(day, sheet.plan.valid_months)
                cells["expires_on"] = until.isoformat() if until is not None else ""
        rows.append(tuple(cells.get(column, "") for column in COLUMNS))
    return Table("attendance", COLUMNS, rows)


def same_for_all(sheet: Sheet) -> dict[str, str]:
    """What is the same in every row."""
    s, info = sheet.s, sheet.s.info
    if info is None:
        return {"session_id": s.origin}
    trainers = _staff(sheet, "trainer")
    day = sheet.day(sheet.end_t)
    signed = [sign.t for sign in s.signs if sign.role in LED and sign.meaning != HANDED_OVER]
    anchored = sheet.signatures.central_time
    return {
        "session_id": s.origin,
        "session_title": info.title,
        "session_kind": info.session_kind,
        "course_code": sheet.plan.course or sheet.plan.id,
        "pack_version": sheet.plan.version,
        "program": info.program or "",
        "part": info.part or "",
        "site": info.site,
        "location": s.place,
        "training_date": day.isoformat() if day is not None else "",
        "session_start": sheet.time(_start_t(sheet)),
        "session_end": sheet.time(s.closed_t),
        "timezone": info.tz,
        "duration_min": str(minutes(sheet.run.ms)),
        "interpreter": _all(x.name for x in _staff(sheet, "interpreter")),
        "trainer_id": led_by(s),
        "trainer_name": _all([s.trainer, *(x.name for x in trainers)]),
        "trainer_qualification": _all(x.qualification for x in trainers),
        "trainer_signed_at": sheet.time(signed[-1]) if signed else "",
        "signer_key_id": sheet.signatures.key_id,
        "signature_status": sheet.signatures.status,
        "anchored_at": sheet.time(anchored * 1000) if anchored is not None and sheet.signatures.verified else "",
    }


def _start_t(sheet: Sheet) -> int:
    """Unix ms of the start of the running time, from the record that starts it."""
    s = sheet.s
    if s.segments_entered:
        return s.segments_entered[0].t
    first = min((one for rounds in s.runs.values() for one in rounds), key=lambda r: r.opened_i, default=None)
    return first.opened_t if first is not None else s.opened_t


def _staff(sheet: Sheet, role: str) -> list[Staff]:
    """Who has this role, in the order in which they were named."""
    return [one for one in sheet.s.staff if one.role == role]


def _all(found: Iterable[str]) -> str:
    """Each once, in a cell."""
    return "; ".join(dict.fromkeys(x for x in found if x))


def _person(sheet: Sheet, row: Attendance) -> dict[str, str]:
    people = sheet.groups[row.p]
    one = people[0]
    roster = {k: v for other in reversed(people) for k, v in other.fields.items() if v}
    lang = next((other.lang for other in people if other.lang), "")
    return {
        "record_id": f"{sheet.s.origin.rsplit('/', 1)[-1]}-{row.p}",
        "language": lang or sheet.lang,
        "person_id": sheet.person_id(row.p),
        "id_issuer": badged(people)[1] or next((other.issuer for other in people if other.issuer), ""),
        "name": one.name or next((other.name for other in people if other.name), "") or _gone(people),
        **{k: roster.get(k, "") for k in ("last_name", "first_name", "employer", "role", "crew")},
    }


def _gone(people: list[Person]) -> str:
    return GONE if any(one.nameless for one in people) else ""


def _presence(sheet: Sheet, row: Attendance, got: Score) -> dict[str, str]:
    acks = [
        ack.t
        for rounds in sheet.s.runs.values()
        for one in rounds
        if not one.void
        for p, ack in one.acks.items()
        if p in row.all_p
    ]
    out_at_close = row.out_m is not None and row.out_m == sheet.s.closed_m
    return {
        "check_in": sheet.time(row.in_t) if row.in_t is not None else sheet.at(row.in_m),
        "check_out": sheet.time(sheet.s.closed_t) if out_at_close else sheet.at(row.out_m),
        "minutes_present": str(minutes(row.ms)),
        "attendance_status": row.status,
        "flags": " ".join(filter(None, (*row.flags, sheet.signatures.fork))),
        "check_in_method": row.method,
        "proofs": f"{row.proofs}/{row.asked}" if row.came else "",
        "worker_ack_at": sheet.time(max(acks)) if acks else "",
        "note": note(sheet, row, got),
    }


def note(sheet: Sheet, row: Attendance, got: Score) -> str:
    """What the values in force replaced, and by whose word; a walk-in's code; empty when there is nothing to say."""
    parts = []
    before = row.policy
    if row.mark is not None:
        parts.append(f"status {row.mark.status} marked by {row.mark.by} ({row.mark.why}), computed {row.policy}")
        before = row.mark.status
    for change in row.amended:
        if "status" in change.set:
            parts.append(f"status {change.set['status']} corrected by {change.by} ({change.why}), was {before}")
            before = str(change.set["status"])
        for key, words in (("in", "check-in"), ("out", "check-out")):
            if isinstance(change.set.get(key), int):
                parts.append(f"{words} corrected by {change.by} ({change.why})")
    parts += _credits(sheet, row, got)
    merged = len(row.all_p) - 1
    if merged:
        parts.append(f"{merged} more entry merged in" if merged == 1 else f"{merged} more entries merged in")
    code = code_of(sheet.groups[row.p])
    if code:
        parts.append(f"code {code}")
    for sign in sheet.s.signs:
        if sign.log:
            parts.append(f"signed afterwards by {sign.role} {sign.name or sign.key} ({sign.meaning})")
    if sheet.signatures.fork:
        parts.append(FORKS[sheet.signatures.fork])
    return "; ".join(parts)


def _credits(sheet: Sheet, row: Attendance, got: Score) -> list[str]:
    """The credits of one person, and what `completed` was without them, if it was another."""
    granted = of_person(sheet.s, row.all_p)
    if not granted:
        return []
    differs = (
        sheet.judged
        and sheet.s.closed_m is not None
        and completed(sheet.s, row, got) != completed(sheet.s, row, got, [])
    )
    whats = ", ".join(dict.fromkeys(one.what for one in granted))
    return [f"credit for {whats} granted by office" + (", completed was no" if differs else "")]
