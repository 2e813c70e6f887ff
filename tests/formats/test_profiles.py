"""Profiles: what each leaves out, in every format and split by place, and that a policy's lock holds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import openpyxl
import pytest

from fieldkit.core import records as r
from fieldkit.core.tables import COLUMNS, TABLES, Signatures, table
from fieldkit.core.tables.profiles import ANSWER, JUDGED, NOT_IN
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats.export import render
from tests.core.logbook import Logbook, meeting
from tests.core.logbook_types import every_type

GOLDEN = Path(__file__).parent / "golden"
SIGNED = Signatures(verified=True)


def made(log: Logbook, what: str = "attendance", as_: str = "csv", **how: str) -> bytes:
    return render(log.session, log.plan, SIGNED, what, as_, **how)


@pytest.mark.parametrize("profile", ["roster", "full"])
def test_the_bytes_of_attendance_are_golden_in_each_profile(profile: str) -> None:
    assert made(meeting(), profile=profile) == (GOLDEN / f"attendance-{profile}.csv").read_bytes()


def test_compliance_is_what_nobody_has_to_ask_for() -> None:
    """The 48 columns, byte for byte."""
    assert made(meeting(), profile="compliance") == made(meeting())


def test_a_roster_says_nothing_of_what_somebody_knew() -> None:
    """No column, no cell and no note tells a score, an answer, or what somebody has completed."""
    log = meeting()
    log.add(r.CreditGranted(what="q1"), "b", {"evidence": "card"})
    head, *_ = json.loads(made(log, as_="json", profile="roster"))
    assert not set(JUDGED) & set(head) and set(head) | set(JUDGED) == set(COLUMNS["attendance"])
    text = made(log, profile="roster").decode()
    assert "completed was" not in text and "B word" not in text and ",pass," not in text
    assert "credit for q1" in text


def test_full_says_what_each_answered_by_name_and_nothing_of_others() -> None:
    """Confidential and anonymous rounds have no column; a void round gives way to the one before."""
    log = every_type()
    named = {row["activity"] for row in json.loads(made(log, "answers", "json")) if row["mode"] == "named"}
    secret = {row["activity"] for row in json.loads(made(log, "answers", "json")) if row["mode"] != "named"}
    rows = json.loads(made(log, as_="json", profile="full"))
    asked = {column.removeprefix(ANSWER) for column in rows[0] if column.startswith(ANSWER)}
    assert asked and asked <= named and not asked & (secret - named)
    said = [row["value_text"] or row["text"] or row["value"] for row in json.loads(made(log, "answers", "json"))]
    for row in rows:
        assert list(row)[:48] == list(COLUMNS["attendance"])
        assert all(not row[ANSWER + one] or row[ANSWER + one] in said for one in asked)


@pytest.mark.parametrize(("profile", "what"), [(p, what) for p, left in NOT_IN.items() for what in left])
def test_a_table_that_a_profile_leaves_out_is_refused(profile: str, what: str) -> None:
    for how in ({}, {"by": "place"} if what in ("answers", "results") else {}):
        with pytest.raises(NotPossible, match=f"profile {profile} has no table {what}"):
            made(meeting(), what, profile=profile, **how)


@pytest.mark.parametrize("profile", ["", *NOT_IN])
def test_all_holds_the_tables_of_the_profile(profile: str) -> None:
    """As JSON and as a workbook."""
    log = meeting()
    told = [what for what in TABLES if what not in NOT_IN.get(profile, ())]
    rows = json.loads(made(log, "all", "json", profile=profile))
    assert list(dict.fromkeys(row["table"] for row in rows)) == [
        what for what in told if table(what, log.session, log.plan, SIGNED).rows
    ]
    book = openpyxl.load_workbook(io.BytesIO(made(log, "all", "xlsx", profile=profile)))
    assert book.sheetnames == told


def test_a_profile_holds_place_by_place_too() -> None:
    log = meeting()
    head = made(log, by="place", profile="roster").decode("utf-8-sig").splitlines()[0].split(",")
    assert head[2] == "place" and not set(JUDGED) & set(head)
    full = made(log, by="place", profile="full").decode("utf-8-sig").splitlines()
    assert full[0].endswith(f",{ANSWER}poll,{ANSWER}q1")


def locked(profile: str) -> Logbook:
    log = meeting()
    assert log.session.info is not None
    rules = msgspec.structs.replace(log.session.info.policy, profile=profile)
    log.session.info = msgspec.structs.replace(log.session.info, policy=rules)
    return log


def test_a_locked_profile_holds_without_being_asked_for_and_refuses_another() -> None:
    """One sentence, with what to do."""
    log = locked("roster")
    assert made(log) == made(log, profile="roster") == made(meeting(), profile="roster")
    for other in ("compliance", "full"):
        with pytest.raises(NotPossible, match="with the profile roster only") as no:
            made(log, profile=other)
        assert no.value.hint
    with pytest.raises(NotPossible, match="no table answers"):
        made(log, "answers")
    assert {row["table"] for row in json.loads(made(log, "all", "json"))} == {"attendance", "pacing"}
    assert ANSWER + "poll" in made(locked("full")).decode()


@pytest.mark.parametrize("profile", ["Roster", "roster ", "all", "\x1b[2J", "x" * 5000])
def test_a_profile_that_is_none_is_wrong_usage(profile: str) -> None:
    with pytest.raises(WrongUsage) as no:
        made(meeting(), profile=profile)
    assert len(no.value.sentence) < 200 and "\x1b" not in no.value.sentence
