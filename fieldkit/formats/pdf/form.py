"""What stands on the attendance sheet, as words: from the fold, in one language, before anything is drawn."""

from __future__ import annotations

import re

import msgspec

from fieldkit.core.attendance import Attendance, minutes
from fieldkit.core.credit import of_person
from fieldkit.core.state import HANDED_OVER, Ack, SignOff
from fieldkit.core.tables.base import Sheet
from fieldkit.core.tables.people import COLUMNS, LED, attendance_table, same_for_all
from fieldkit.core.walkin import code_of
from fieldkit.errors import BadBytes
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.words import Words, native_name

Point = tuple[float, float]
MOST_POINTS = 4000
_PATH = re.compile(r"[A-Za-z]|-?[0-9]{1,7}(?:\.[0-9]{1,4})?")
SHORT = 16
"""Signs of a root that are printed; the QR code has all."""


class Signed(msgspec.Struct, frozen=True):
    """A worker's acknowledgement: the name as typed, the mark as drawn, when, and which of the sentences."""

    name: str
    when: str
    letter: str
    mark: str = ""

    @property
    def strokes(self) -> tuple[tuple[Point, ...], ...]:
        """The lines of the mark, in units of its own."""
        return drawn(self.mark)


class Row(msgspec.Struct, frozen=True):
    """One person. Times are lines: of another day than the session's they have its date below."""

    name: str
    badge: str
    employer: str
    came: list[str]
    left: list[str]
    minutes: str
    status: str
    flags: str
    note: int = 0
    """Number of the note below the table; 0 for none."""
    signed: Signed | None = None


class Attested(msgspec.Struct, frozen=True):
    """Who signed with a key, and what they said by it."""

    says: str
    name: str
    about: str
    """Role, time and key."""


class Form(msgspec.Struct, frozen=True):
    lang: str
    rtl: bool
    session: str
    title: str
    facts: list[tuple[str, str]]
    numbers: list[tuple[str, str]]
    rows: list[Row]
    notes: list[str]
    agreed: list[tuple[str, str]]
    """Letter → what the workers signed with it."""
    attested: list[Attested]
    led: bool
    """Somebody has signed that they led the session."""
    seal: list[tuple[str, str]]
    qr: str
    """The checkpoint with the laptop's own signature line; empty where there is none."""
    banner: str
    made: int


STATUSES = ("present", "late", "left_early", "absent", "excused")


def status_words(w: Words, status: str) -> str:
    return {
        "present": w.say("present"),
        "late": w.say("late"),
        "left_early": w.say("left early"),
        "absent": w.say("absent"),
        "excused": w.say("excused"),
    }.get(status, status)


def flag_words(w: Words, flag: str) -> str:
    return {
        "walk_in": w.say("walk-in"),
        "paper": w.say("on paper"),
        "proxy": w.say("by the trainer's hand"),
        "shared": w.say("shared phone"),
        "amended": w.say("corrected"),
        "closed_late": w.say("closed late"),
        "clock_suspect": w.say("clock doubtful"),
        "objected": w.say("objected"),
        "merged": w.say("entries merged"),
        "left_early": w.say("left early"),
        "fork": w.say("two histories"),
        "resolved_fork": w.say("two histories, decided"),
    }.get(flag, flag)


def who_words(w: Words, by: str) -> str:
    return {"co": w.say("a second console"), "office": w.say("head office")}.get(by, w.say("the trainer"))


def meaning_words(w: Words, meaning: str) -> str:
    return {
        "held": w.say("I led this session, and what is recorded here happened."),
        "checked": w.say("I did not lead it; I have checked this record, and it is right."),
        "skills": w.say("I saw each skill shown that is signed off here."),
        "corrected": w.say("I have gone through the corrections, and they are right."),
        HANDED_OVER: w.say("I led this session up to here, and what is recorded so far happened; I hand it over."),
    }.get(meaning, meaning)


def role_words(w: Words, role: str) -> str:
    return {
        **dict.fromkeys(LED, w.say("trainer")),
        "observer": w.say("observer"),
        "evaluator": w.say("evaluator"),
        "supervisor": w.say("supervisor"),
    }.get(role, role)


def form(sheet: Sheet, w: Words, note: bytes = b"") -> Form:
    """The sheet in the language of `w`. `note`: the signed note of the checkpoint that the session was folded from."""
    made = attendance_table(sheet)
    cells = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    letters, agreed = _agreed(sheet, w.lang)
    rows, notes = [], []
    for one, row in zip(sheet.attendance, cells, strict=True):
        said = _said(sheet, w, one)
        if said:
            notes.append(said)
        day = row["training_date"]
        rows.append(
            Row(
                row["name"],
                _badge(sheet, one, row["person_id"]),
                row["employer"],
                clock(row["check_in"], day),
                clock(row["check_out"], day),
                row["minutes_present"] if one.came else "",
                status_words(w, one.status),
                ", ".join(flag_words(w, flag) for flag in row["flags"].split()),
                len(notes) if said else 0,
                _signed(sheet, one, letters),
            )
        )
    s, at = sheet.s, _checkpoint(note)
    counted = [(status_words(w, x), str(sum(one.status == x for one in sheet.attendance))) for x in STATUSES]
    return Form(
        lang=w.lang,
        rtl=w.dir == "rtl",
        session=w.say("Attendance"),
        title=(s.info.title if s.info is not None else "") or sheet.plan.say(sheet.plan.title, w.lang),
        facts=_facts(sheet, w, cells[0] if cells else None),
        numbers=counted,
        rows=rows,
        notes=notes,
        agreed=agreed,
        attested=[_attested(sheet, w, x) for x in s.signs],
        led=any(x.role in LED and x.meaning != HANDED_OVER for x in s.signs),
        seal=_seal(sheet, w, at),
        qr=sealed(sheet, note) if at is not None else "",
        banner="" if s.closed_m is not None else w.say("The session is not over. This is how it stands now."),
        made=sheet.end_t,
    )


def clock(moment: str, day: str) -> list[str]:
    """`2026-11-22T10:25+01:00` → the time, and the date where it is not `day`."""
    if not moment:
        return [""]
    return [moment[11:16]] if moment[:10] == day else [moment[11:16], moment[:10]]


def _badge(sheet: Sheet, one: Attendance, person: str) -> str:
    """Without a badge the code of a walk-in, which is typed as badge next time; never the log's own number."""
    return (code_of(sheet.groups[one.p]) or "") if person in one.all_p else person


def _facts(sheet: Sheet, w: Words, row: dict[str, str] | None) -> list[tuple[str, str]]:
    s, info = sheet.s, sheet.s.info
    if info is None:
        return []
    whole = {**dict.fromkeys(COLUMNS, ""), **same_for_all(sheet)} if row is None else row
    start, end, day = whole["session_start"], whole["session_end"], whole["training_date"]
    times = " – ".join(filter(None, (*clock(start, start[:10]), *clock(end, start[:10])[:1])))
    ran = w.count("{n} minute", "{n} minutes", minutes(sheet.run.ms))
    trainer = whole["trainer_name"]
    if whole["trainer_qualification"]:
        trainer += f" ({whole['trainer_qualification']})"
    course = " · ".join(dict.fromkeys((sheet.plan.course or sheet.plan.id, sheet.plan.id)))
    pairs = [
        (w.say("Date"), day),
        (w.say("Time"), f"{times} ({info.tz}) · {ran}"),
        (w.say("Place"), " · ".join(filter(None, (info.site, s.place)))),
        (w.say("Trainer"), trainer),
        (w.say("Course"), f"{course} {sheet.plan.version}"),
        (w.say("Language"), ", ".join(native_name(one) for one in info.langs)),
        (w.say("Program"), " · ".join(filter(None, (info.program or "", info.part or "")))),
        (w.say("Interpreter"), whole["interpreter"]),
    ]
    return [(label, words) for label, words in pairs if words]


# ---- who signed what -----------------------------------------------------------------------------------------


def _acks(sheet: Sheet, one: Attendance) -> list[tuple[str, Ack]]:
    found = [
        (round_.activity.id, ack)
        for rounds in sheet.s.runs.values()
        for round_ in rounds
        if not round_.void
        for p, ack in round_.acks.items()
        if p in one.all_p
    ]
    return sorted(found, key=lambda x: x[1].i)


def _agreed(sheet: Sheet, lang: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Activity → its letter, and the letters with what was agreed to; of those that anybody has signed."""
    asked = [id for id, rounds in sheet.s.runs.items() if any(one.acks and not one.void for one in rounds)]
    letters = {id: chr(ord("a") + k % 26) for k, id in enumerate(asked)}
    words = []
    for id, letter in letters.items():
        activity = sheet.s.activity(id)
        if activity is not None:
            words.append((letter, sheet.plan.say(activity.text, lang)))
    return letters, words


def _signed(sheet: Sheet, one: Attendance, letters: dict[str, str]) -> Signed | None:
    acks = _acks(sheet, one)
    if not acks:
        return None
    last = next((ack for _, ack in reversed(acks) if ack.mark), acks[-1][1])
    moment = sheet.time(last.t)
    day = sheet.day(sheet.end_t)
    when = " ".join(reversed(clock(moment, day.isoformat() if day is not None else "")))
    given = "".join(dict.fromkeys(letters[id] for id, _ in acks))
    return Signed(last.name, when, given, last.mark)


def drawn(path: str) -> tuple[tuple[Point, ...], ...]:
    """The lines of a mark: an SVG path of M and L, as the page of a phone writes it. Of any other there are none."""
    lines: list[list[Point]] = []
    numbers: list[float] = []
    count = 0
    for part in _PATH.findall(path):
        if part == "M":
            lines.append([])
        elif part.isalpha() and part != "L":
            return ()
        elif not part.isalpha():
            numbers.append(float(part))
            if len(numbers) == 2:
                if not lines or count >= MOST_POINTS:
                    return ()
                lines[-1].append((numbers[0], numbers[1]))
                numbers, count = [], count + 1
    return tuple(tuple(line) for line in lines if len(line) > 1)


def _attested(sheet: Sheet, w: Words, one: SignOff) -> Attested:
    signed, when = sheet.signatures, sheet.time(one.t).replace("T", " ")[:16]
    if one.role in LED and one.meaning != HANDED_OVER and not one.log:
        checked = w.say("key {id}", id=signed.key_id) if signed.trainer else w.say("signature not checked here")
    else:
        checked = ""
    about = " · ".join(filter(None, (role_words(w, one.role), when, checked)))
    return Attested(meaning_words(w, one.meaning), one.name or one.key.rpartition("/")[2], about)


# ---- corrections ---------------------------------------------------------------------------------------------


def _said(sheet: Sheet, w: Words, row: Attendance) -> str:
    """What the values in force replaced, and by whose word."""
    parts, before = [], row.policy
    if row.mark is not None:
        by, status = who_words(w, row.mark.by), status_words(w, row.mark.status)
        was = status_words(w, row.policy)
        parts.append(w.say("{status}, set by {who}; by the times it was {was}.", status=status, who=by, was=was))
        parts.append(row.mark.reason)
        before = row.mark.status
    for change in row.amended:
        by = who_words(w, change.by)
        if "status" in change.set:
            now = str(change.set["status"])
            words = {"status": status_words(w, now), "was": status_words(w, before)}
            parts.append(w.say("Corrected by {who}: {status}, was {was}.", who=by, **words))
            before = now
        if isinstance(change.set.get("in"), int):
            parts.append(w.say("Check-in corrected by {who}.", who=by))
        if isinstance(change.set.get("out"), int):
            parts.append(w.say("Check-out corrected by {who}.", who=by))
        parts.append(str(change.private.get("reason") or ""))
    if of_person(sheet.s, row.all_p):
        parts.append(w.say("Head office counts earlier training."))
    return " ".join(dict.fromkeys(filter(None, parts)))


# ---- the laptop's seal ---------------------------------------------------------------------------------------


def _checkpoint(note: bytes) -> Checkpoint | None:
    try:
        return parse_checkpoint(split_note(note)[0])
    except BadBytes:
        return None


def sealed(sheet: Sheet, note: bytes) -> str:
    """The checkpoint with the line of the laptop's own signature, where that is good: the same at head office, whatever
    other signatures have come since."""
    text, lines = split_note(note)
    device = sheet.signatures.device.split("+")[:2] if sheet.signatures.verified else []
    own = [line.line for line in lines if [line.name, line.keyid.hex()] == device]
    return "\n".join([text, *own]) + "\n" if own else text


def _seal(sheet: Sheet, w: Words, at: Checkpoint | None) -> list[tuple[str, str]]:
    signed = sheet.signatures
    if at is None:
        return []
    names = {"device": w.say("laptop"), "trainer": w.say("trainer"), "central": w.say("head office")}
    by = ", ".join(names.get(one, one) for one in signed.status.split("+"))
    if not signed.verified:
        by = w.say("nobody who is known here")
    elif signed.central_time is not None:
        by += f" ({sheet.time(signed.central_time * 1000).replace('T', ' ')[:16]})"
    return [
        (w.say("Session"), at.origin),
        (w.say("Records"), str(at.size)),
        (w.say("Root"), b64(at.root)[:SHORT] + "…"),
        (w.say("Signed by"), by),
    ]
