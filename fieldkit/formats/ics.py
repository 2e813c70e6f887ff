"""iCalendar (RFC 5545). The table `due`: a whole-day event a person, on the day when the training runs out. Planned
sessions: an event each, at its moment in UTC, so that every calendar shows it by the clock of whoever looks.

No clock is read: DTSTAMP, which without a METHOD says when an event was last revised, is when the session or head
office last said something. The UID is the row's `record_id`, the same for ever, so that a calendar which takes a
corrected file moves the event instead of adding one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from fieldkit.core.tables import Table
from fieldkit.errors import NotPossible

LONGEST = 75
"""Octets of a line without its end; what is longer goes on in a line that begins with a space."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def write(table: Table) -> bytes:
    """The calendar. Raises NotPossible when it would be empty: the format knows none without an event."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    if not rows:
        raise NotPossible(
            "There is no due date in this session.", "Only what was completed and is valid for some months has one."
        )
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//fieldkit//due dates//EN", "CALSCALE:GREGORIAN"]
    for row in rows:
        lines += event(row)
    return "".join(f"{folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def event(row: dict[str, str]) -> Iterator[str]:
    """The lines of one person's event."""
    who = " ".join(part for part in (row["name"], f"({row['person_id']})") if part)
    told = [f"{row['session_title']}, completed {row['completed_on']}", row["site"], f"Record {row['record_id']}"]
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(row['record_id'])}@{escaped(row['session_id'].partition('/')[0])}"
    yield f"DTSTAMP:{stamp(row['said_at'])}"
    yield f"DTSTART;VALUE=DATE:{row['expires_on'].replace('-', '')}"
    yield "SUMMARY:" + escaped(f"{row['course_code']} due: {who}")
    yield f"DESCRIPTION:{escaped('. '.join(part for part in told if part))}"
    yield "CLASS:PRIVATE"
    yield "TRANSP:TRANSPARENT"  # a due date makes nobody busy
    yield "END:VEVENT"


class Event(msgspec.Struct, frozen=True):
    """A planned session. `begins` with an offset; `minutes` None where nobody knows; `turn`: how often it was changed,
    `changed` (ISO 8601) when for the last time."""

    uid: str
    begins: datetime
    summary: str
    changed: str
    minutes: int | None = None
    location: str = ""
    description: str = ""
    cancelled: bool = False
    turn: int = 0


def calendar(events: Iterable[Event]) -> bytes:
    """The calendar of planned sessions. Raises NotPossible when it would be empty."""
    found = list(events)
    if not found:
        raise NotPossible("No session is planned.", "A calendar has an event at least.")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//fieldkit//planned sessions//EN", "CALSCALE:GREGORIAN"]
    for one in found:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{escaped(one.uid)}",
            f"DTSTAMP:{stamp(one.changed)}",
            f"DTSTART:{stamp(one.begins.isoformat())}",
            *([f"DURATION:PT{one.minutes}M"] if one.minutes else []),
            f"SUMMARY:{escaped(one.summary)}",
            *([f"LOCATION:{escaped(one.location)}"] if one.location else []),
            *([f"DESCRIPTION:{escaped(one.description)}"] if one.description else []),
            f"SEQUENCE:{one.turn}",
            f"STATUS:{'CANCELLED' if one.cancelled else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    return "".join(f"{folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def stamp(when: str) -> str:
    """ISO 8601 with offset → UTC as the format writes it; the beginning of the era where there is none."""
    at = datetime.fromisoformat(when) if when else datetime(1970, 1, 1, tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """TEXT of RFC 5545, 3.3.11."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> str:
    """A line of at most 75 octets, gone on as often as it takes; no character is parted."""
    out, size = [], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LONGEST:
            out.append("\r\n ")
            size = 1
        out.append(sign)
        size += octets
    return "".join(out)
