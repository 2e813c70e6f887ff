"""Due dates as a calendar, read back by a reader of RFC 5545 written here from its grammar."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.core.tables import COLUMNS, Signatures, Table, table
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats.export import render
from fieldkit.formats.ics import LONGEST, escaped, folded, stamp, write
from tests.core.logbook import HOSTILE, Logbook, meeting

GOLDEN = Path(__file__).parent / "golden"
SIGNED = Signatures(verified=True)
ROW = dict.fromkeys(COLUMNS["due"], "") | {
    "record_id": "000017-k3m9w2p4-a",
    "session_id": "ld.acme.example/dev/7q2k/000017-k3m9w2p4",
    "expires_on": "2027-11-22",
}


def due(**cells: str) -> bytes:
    return write(Table("due", COLUMNS["due"], [tuple((ROW | cells).values())]))


def events(data: bytes) -> list[dict[str, str]]:
    """Lines end in CRLF and have at most 75 octets; unfolded, each is NAME[;PARAM]:VALUE, properly nested."""
    text = data.decode("utf-8")
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR" and "VERSION:2.0" in lines
    assert any(line.startswith("PRODID:") for line in lines)
    found: list[dict[str, str]] = []
    inside = False
    for line in lines[1:-1]:
        name, value = re.fullmatch(r"([A-Z-]+)(?:;[A-Z]+=[A-Z]+)*:(.*)", line, re.S).groups()  # type: ignore[union-attr]
        if (name, value) == ("BEGIN", "VEVENT"):
            assert not inside
            inside, _ = True, found.append({})
        elif (name, value) == ("END", "VEVENT"):
            inside = False
            assert {"UID", "DTSTAMP", "DTSTART"} <= set(found[-1])
        elif inside:
            assert name not in found[-1], "twice"
            found[-1][name] = value
    assert not inside
    return found


def unescaped(text: str) -> str:
    assert re.fullmatch(r"(?:[^\\;,\n]|\\[\\;,nN])*", text), "a sign of the grammar stands bare"
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def test_the_bytes_are_golden_and_the_dates_are_those_of_attendance() -> None:
    log = meeting()
    data = render(log.session, log.plan, SIGNED, "due", "ics")
    assert data == (GOLDEN / "due.ics").read_bytes()
    sheet = table("attendance", log.session, log.plan, SIGNED)
    at = sheet.columns.index
    wanted = {
        f"{row[at('record_id')]}@ld.acme.example": row[at("expires_on")].replace("-", "")
        for row in sheet.rows
        if row[at("expires_on")]
    }
    assert wanted and {one["UID"]: one["DTSTART"] for one in events(data)} == wanted


def test_the_same_person_keeps_the_uid_and_a_correction_is_newer() -> None:
    """A calendar that takes the file again moves the event."""
    log = meeting()
    (before,) = events(render(log.session, log.plan, SIGNED, "due", "ics"))
    log.at(600).add(r.Amended(do="correct", why="mistake", by="office", set={"status": "late"}), "a", {})
    (after,) = events(render(log.session, log.plan, SIGNED, "due", "ics"))
    assert after["UID"] == before["UID"] and after["DTSTAMP"] > before["DTSTAMP"]


@pytest.mark.parametrize(
    "name", [*HOSTILE, "a\nBEGIN:VEVENT", "x\r\nATTACH:file:///etc", "a;b,c\\n", "\x1b]0;x\x07", "👷" * 60]
)
def test_a_name_is_a_name(name: str) -> None:
    """No line of its own, nothing lost but control characters."""
    (one,) = events(due(name=name, person_id="E1", session_title=name))
    plain = re.sub("[\x00-\x09\x0b-\x1f\x7f]", "", name.replace("\r\n", "\n"))
    assert unescaped(one["SUMMARY"]).endswith(f"due: {plain} (E1)") and plain in unescaped(one["DESCRIPTION"])


@given(st.text())
def test_any_text_is_escaped_and_folded_and_comes_back(text: str) -> None:
    line = folded("SUMMARY:" + escaped(text))
    assert all(len(part.encode()) <= LONGEST for part in line.split("\r\n"))
    back = unescaped(line.replace("\r\n ", "").removeprefix("SUMMARY:"))
    assert back == re.sub(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", "", text.replace("\r\n", "\n").replace("\r", "\n")
    )


def test_moments_are_utc_and_no_clock_is_read() -> None:
    assert stamp("2026-11-22T11:20+01:00") == "20261122T102000Z"
    assert stamp("2026-11-22T00:10+05:45") == "20261121T182500Z"
    assert stamp("") == "19700101T000000Z"


def test_a_calendar_without_events_is_not_written() -> None:
    """The format knows none; a running session has no due dates either."""
    running = Logbook()
    running.join("a", "Ann")
    with pytest.raises(NotPossible, match="no due date"):
        render(running.session, running.plan, SIGNED, "due", "ics")
    assert render(running.session, running.plan, SIGNED, "due").count(b"\r\n") == 1


@pytest.mark.parametrize("what", ["attendance", "all"])
def test_other_tables_have_no_days_to_put_in_a_calendar(what: str) -> None:
    log = meeting()
    with pytest.raises(WrongUsage, match="due only"):
        render(log.session, log.plan, SIGNED, what, "ics")


def test_a_locked_attendance_does_not_leave_by_its_due_dates() -> None:
    from fieldkit.log.policy import unlocked

    with pytest.raises(NotPossible):
        unlocked(["attendance"], "due")
