"""After the end: the plan against what was, what was learned, who signed, and the loose ends. Counts are made here.

A loose end is no fault: it is what somebody at head office would ask about. Everything follows from the fold, so the
same log has the same loose ends on every laptop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from fieldkit.core.activities import kind_of
from fieldkit.core.ask_view import open_questions, parked
from fieldkit.core.attendance import Attendance, Running, attendance, groups, minutes, running
from fieldkit.core.learning import right_share
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.session import Session
from fieldkit.core.state import HANDED_OVER, STATUSES, Person, Round
from fieldkit.core.tables.pacing import real_ms, segment_visits
from fieldkit.core.views import Outcome
from fieldkit.core.views.after import LOOSE, After, GradedLine, LooseEnd, PaceLine, SignLine
from fieldkit.core.views.parts import percent
from fieldkit.core.walkin import badged


class Ending(NamedTuple):
    """Both None while the session runs."""

    outcome: Outcome | None = None
    after: After | None = None


def ending(s: Session, lang: str) -> Ending:
    """What a view shows once the session has ended. It folds the attendance of everybody, once: whoever draws often
    keeps it (`core.kept_lines`)."""
    if s.state != "ended":
        return Ending()
    sheet = Sheet(attendance(s), groups(s))
    after = After(
        pace_lines(s, lang), graded_lines(s, lang), sign_lines(s), s.closed_m or 0, loose_ends(s, lang, sheet)
    )
    return Ending(outcome(sheet), after)


def after_view(s: Session, lang: str) -> After | None:
    """None while the session runs."""
    return ending(s, lang).after


class Sheet(NamedTuple):
    """Everybody as the attendance table has them, and of whom each row is made."""

    rows: list[Attendance]
    people: dict[str, list[Person]]


def outcome(sheet: Sheet) -> Outcome:
    """Everybody counted once, by the rules of the attendance table."""
    rows, people = sheet
    known = {row.p for row in rows if any(one.expected for one in people[row.p])}
    counts = {status: sum(row.status == status for row in rows) for status in STATUSES}
    return Outcome(
        expected=len(known),
        came=sum(row.came for row in rows if row.p in known),
        walkins=sum(row.came for row in rows if row.p not in known),
        **counts,
    )


def pace_lines(s: Session, lang: str) -> list[PaceLine]:
    """Every segment of the plan, in its order."""
    run = running(s)
    visits = segment_visits(s, run)
    return [
        PaceLine(
            segment=g.id,
            title=s.plan.say(g.title, lang),
            planned_min=s.minutes_of(g.id),
            real_min=minutes(real_ms(visits[g.id], run)) if g.id in visits else None,
            skipped=g.id in s.skipped,
        )
        for g in s.plan.segments
    ]


def graded_lines(s: Session, lang: str) -> list[GradedLine]:
    """Questions with a key that were answered, in the order of opening; of a quiz all its questions together."""
    lines = []
    for rounds in counted(s):
        one = rounds[-1]
        share = right_share(one)
        if share is None or not kind_of(one.activity.type).keyed(one.activity):
            continue
        was = right_share(rounds[0]) if len(rounds) > 1 else None
        text = s.plan.say(one.activity.text, lang)
        lines.append(GradedLine(one.activity.id, one.no, text, *share, percent(share), percent(was) if was else None))
    return lines


def counted(s: Session) -> Iterator[list[Round]]:
    """The rounds that count of each activity but the roll call, activities in the order of opening."""
    for activity in dict.fromkeys(a for a, _ in s.order if a != ATTENDANCE):
        rounds = [one for one in s.runs[activity] if not one.void]
        if rounds:
            yield rounds


def sign_lines(s: Session) -> list[SignLine]:
    """Oldest first."""
    later = [*(x.i for x in s.signs), *s.erasures]
    return [
        SignLine(x.role, x.key, x.meaning, x.name, x.i, s.saved - x.i - sum(i > x.i for i in later)) for x in s.signs
    ]


# ---- loose ends ----------------------------------------------------------------------------------------------


def loose_ends(s: Session, lang: str = "", sheet: Sheet | None = None) -> list[LooseEnd]:
    """What is not as one would leave it, in the order of LOOSE; nothing while the session runs."""
    if s.state != "ended":
        return []
    (rows, people), run = sheet or Sheet(attendance(s), groups(s)), running(s)
    came = [row for row in rows if row.came]
    found = [
        *removed_answers(s),
        *not_signed_off(s, came, lang),
        *not_acknowledged(s, came, lang),
        *_some("unrevealed", len(unrevealed(s))),
        *strangers(s, rows, people),
        *_some("parked", len(parked(s))),
        *_some("asked", len(open_questions(s))),
        *_about(s, "check-out", [row.p for row in came if stayed(row, people, run)]),
        *unsigned(s),
    ]
    return sorted(found, key=lambda one: LOOSE.index(one.kind))


def removed_answers(s: Session) -> list[LooseEnd]:
    """Answers of entries that were taken out of the session: they count until somebody makes them void. Where a round
    names nobody, whose they are stays unsaid."""
    who: dict[str, None] = {}
    refs = []
    for rounds in counted(s):
        for one in rounds:
            for (p, _), answer in one.answers.items():
                person = s.people.get(p)
                if person is not None and person.voided:
                    refs.append(answer.i)
                    if one.mode == "named":
                        who[p] = None
    return [LooseEnd("removed-answers", len(refs), [*who], _names(s, who), refs=sorted(refs))] if refs else []


def not_signed_off(s: Session, came: list[Attendance], lang: str) -> list[LooseEnd]:
    """Per checklist that was run: who came and has items that nobody judged."""
    found = []
    for rounds in counted(s):
        one = rounds[-1]
        items = {item.id for item in one.activity.items}
        if not items:
            continue
        lacking = [row.p for row in came if not items <= _judged(one, row)]
        label = s.plan.say(one.activity.text, lang)
        if lacking:
            found.append(LooseEnd("sign-off", len(lacking), lacking, _names(s, lacking), one.activity.id, label))
    return found


def not_acknowledged(s: Session, came: list[Attendance], lang: str) -> list[LooseEnd]:
    """Per text that was put up to be signed: who came and has not signed any round of it that counts."""
    found = []
    for rounds in counted(s):
        one = rounds[-1]
        if kind_of(one.activity.type).takes != "ack":
            continue
        signed = {p for each in rounds for p in each.acks}
        lacking = [row.p for row in came if not signed.intersection(row.all_p)]
        label = s.plan.say(one.activity.text, lang)
        if lacking:
            found.append(LooseEnd("acknowledge", len(lacking), lacking, _names(s, lacking), one.activity.id, label))
    return found


def unrevealed(s: Session) -> list[Round]:
    """The newest round of every vote that somebody answered and of which the room saw no result, where the pack lets
    it be shown."""
    newest = [rounds[-1] for rounds in counted(s)]
    return [
        one
        for one in newest
        if kind_of(one.activity.type).revealable
        and kind_of(one.activity.type).votes
        and one.activity.reveal != "never"
        and not (one.revealed or one.live)
        and (one.answers or one.hands or one.tally)
    ]


def _judged(one: Round, row: Attendance) -> set[str]:
    return {item for p in row.all_p for item in one.checks.get(p, {})}


def strangers(s: Session, rows: list[Attendance], people: dict[str, list[Person]]) -> list[LooseEnd]:
    """Who came and is on no roster: with a badge that it does not know, or without any. Without a roster a badge is
    as good as can be."""
    unknown, bare = [], []
    maybe = [row.p for row in rows if not row.came and any(one.expected for one in people[row.p])]
    for row in rows:
        if not row.came:
            continue
        entries = people[row.p]
        if any(one.expected for one in entries):
            continue
        if not badged(entries)[0]:
            bare.append(row.p)
        elif s.expected:
            unknown.append(row.p)
    found = [*_about(s, "unknown-badge", unknown), *_about(s, "no-badge", bare)]
    return [replace(one, maybe=maybe) for one in found]


def stayed(row: Attendance, people: dict[str, list[Person]], run: Running) -> bool:
    """Nobody noted that they left, so they count until the end."""
    put = any("out" in change.set for change in row.amended)
    return not put and row.ms > 0 and row.out_m == run.end and any(one.stays for one in people[row.p])


def unsigned(s: Session) -> list[LooseEnd]:
    """Nobody has signed, or the record has grown since the last who did. A handover's signature is about what was
    recorded up to it, and stands for nobody's after the end."""
    whole = [one.i for one in s.signs if one.meaning != HANDED_OVER]
    if not whole:
        return [LooseEnd("not-signed", 1)]
    return _some("signed-before", s.saved - whole[-1])


def _some(kind: str, n: int) -> list[LooseEnd]:
    return [LooseEnd(kind, n)] if n else []


def _about(s: Session, kind: str, who: list[str]) -> list[LooseEnd]:
    return [LooseEnd(kind, len(who), who, _names(s, who))] if who else []


def _names(s: Session, who: Iterable[str]) -> list[str]:
    return [s.people[p].name for p in who]
