"""Tables: stable columns, nothing that names people where nobody is named, hostile words everywhere."""

from __future__ import annotations

from datetime import datetime

import pytest

from fieldkit.core import records as r
from fieldkit.core.tables import TABLES, Signatures, Table, table
from fieldkit.core.tables.people import COLUMNS
from fieldkit.core.walkin import walkin_code
from tests.core.logbook import MIN, T0, Logbook, meeting

DEVICE = "ld.acme.example/dev/7q2k+8d9aa389+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz"
TRAINER = "ld.acme.example/fac/9k3m+db83764a+AcMxI84L5+XBk/yzmuT7l2H1xbUEOQuurRVsrp6gNIp3"


def made(log: Logbook, name: str, signatures: Signatures | None = None, as_of: int | None = None) -> Table:
    """One table of a log, well formed: every row has one string a column."""
    out = table(name, log.session, log.plan, signatures or Signatures(device=DEVICE, verified=True), as_of)
    assert all(len(row) == len(out.columns) and all(isinstance(c, str) for c in row) for row in out.rows)
    assert len(set(out.columns)) == len(out.columns)
    return out


def dicts(of: Table) -> list[dict[str, str]]:
    """Rows by column."""
    return [dict(zip(of.columns, row, strict=True)) for row in of.rows]


def test_the_48_columns_stand_in_the_order_of_the_specification() -> None:
    """Receivers map by position as well as by name."""
    spelled = (
        "record_id session_id session_title session_kind course_code pack_version program part site location "
        "training_date session_start session_end timezone duration_min language interpreter trainer_id trainer_name "
        "trainer_qualification person_id id_issuer name last_name first_name employer role crew check_in check_out "
        "minutes_present attendance_status flags check_in_method proofs score_pct result skills_signed_off "
        "evaluation_date evaluator_name completed expires_on worker_ack_at trainer_signed_at signer_key_id "
        "signature_status anchored_at note"
    )
    assert list(COLUMNS) == spelled.split() and len(COLUMNS) == 48


def test_a_row_of_attendance_says_what_happened() -> None:
    """Every filled column of somebody who did everything."""
    row = dicts(made(meeting(), "attendance", Signatures(DEVICE, TRAINER, 1_795_345_000, True)))[0]
    assert {k: v for k, v in row.items() if v} == {
        "record_id": "000017-k3m9w2p4-a",
        "session_id": "ld.acme.example/dev/7q2k/000017-k3m9w2p4",
        "session_title": "Lockout, =press 4",
        "session_kind": "class",
        "course_code": "LOTO-R",
        "pack_version": "1.2.0",
        "site": "Plant 4",
        "location": "Press hall",
        "training_date": "2026-11-22",
        "session_start": "2026-11-22T10:25+01:00",
        "session_end": "2026-11-22T11:00+01:00",
        "timezone": "Europe/Madrid",
        "duration_min": "30",
        "language": "en",
        "interpreter": "Bo",
        "trainer_id": "ld.acme.example/fac/9k3m",
        "trainer_name": "Sam Ortiz",
        "trainer_qualification": "L3",
        "person_id": "E1",
        "name": "Ann [/] Lee",
        "last_name": "Lee",
        "first_name": "Ann",
        "employer": "=Acme",
        "role": "Fitter",
        "crew": "B",
        "check_in": "2026-11-22T10:20+01:00",
        "check_out": "2026-11-22T11:00+01:00",
        "minutes_present": "30",
        "attendance_status": "present",
        "check_in_method": "code",
        "proofs": "6/7",
        "score_pct": "100",
        "result": "pass",
        "skills_signed_off": "kit",
        "evaluation_date": "2026-11-22",
        "evaluator_name": "Eva =1",
        "completed": "yes",
        "expires_on": "2027-11-22",
        "worker_ack_at": "2026-11-22T10:40+01:00",
        "trainer_signed_at": "2026-11-22T11:00+01:00",
        "signer_key_id": "db83764a",
        "signature_status": "device+trainer+central",
        "anchored_at": "2026-11-22T11:56+01:00",
    }


def test_the_others_are_told_apart() -> None:
    """Absent, marked, amended, removed; who has no badge is the session's own p."""
    rows = {row["person_id"]: row for row in dicts(made(meeting(), "attendance"))}
    assert list(rows) == ["E1", "E9", "b", "c", "d", "e", "f"]
    absent = {k: rows["E9"][k] for k in ("attendance_status", "check_in", "proofs", "score_pct", "completed", "note")}
    assert absent == {
        "attendance_status": "absent", "check_in": "", "proofs": "", "score_pct": "", "completed": "no", "note": "",
    }  # fmt: skip
    assert rows["b"]["attendance_status"] == "left_early" and "amended" in rows["b"]["flags"]
    changed = "status left_early corrected by fac (mistake), was present"
    assert rows["b"]["note"] == f"{changed}; code {walkin_code('b')}"
    assert rows["c"]["note"] == f"status late marked by fac (mistake), computed present; code {walkin_code('c')}"
    assert (rows["b"]["language"], rows["d"]["name"]) == ("es", "Dee")
    assert (rows["d"]["result"], rows["d"]["score_pct"]) == ("fail", "0")


@pytest.mark.parametrize(
    ("signatures", "status", "key"),
    [
        (Signatures(), "unverified", ""),
        (Signatures(DEVICE, TRAINER, 1, False), "unverified", ""),
        (Signatures(DEVICE, verified=True), "device", "8d9aa389"),
        (Signatures(DEVICE, TRAINER, verified=True), "device+trainer", "db83764a"),
        (Signatures(DEVICE, TRAINER, 1_795_345_000, True), "device+trainer+central", "db83764a"),
        (Signatures("mad", verified=True), "device", ""),
    ],
)
def test_the_signature_status_is_what_the_caller_verified(signatures: Signatures, status: str, key: str) -> None:
    """Nothing unverified lends a key or a time to the sheet."""
    row = dicts(made(meeting(), "attendance", signatures))[0]
    assert (row["signature_status"], row["signer_key_id"]) == (status, key)
    assert bool(row["anchored_at"]) == (signatures.verified and signatures.central_time is not None)


def test_confidential_rows_name_nobody_and_are_sorted_by_value() -> None:
    """Person, way, language and time are a dash; the order of arrival is gone, in talk and in corrections too."""
    log = meeting()
    log.amend("b", "add", activity="exit", round=1, v=[])
    exits = [row for row in dicts(made(log, "answers")) if row["activity"] == "exit"]
    assert [row["text"] for row in exits] == ["", "alpha"]
    for row in exits:
        assert {row[k] for k in ("person_id", "name", "via", "language", "time")} == {"—"}
        assert row["amended"] == ""
    talk = [row for row in dicts(made(log, "discussion")) if row["activity"] == "say"]
    assert [(row["no"], row["reply_to"], row["text"], row["votes"]) for row in talk] == [
        ("1", "", "=the press", "1"),
        ("2", "1", "a line", "0"),
    ]
    assert {row[k] for row in talk for k in ("person_id", "name", "language", "time")} == {"—"}
    [added] = [row for row in dicts(made(log, "corrections")) if row["what"] == "add"]
    assert {added[k] for k in ("person_id", "name", "old", "new", "when", "record", "reason")} == {"—"}


def test_answers_show_every_round_with_who_and_how() -> None:
    """In force only; both rounds of a re-vote; acknowledgements with their meaning."""
    rows = dicts(made(meeting(), "answers"))
    votes = [(row["round"], row["person_id"], row["value"], row["right"]) for row in rows if row["activity"] == "q1"]
    assert votes == [(n, p, v, y) for n, v, y in (("1", "a", "no"), ("2", "b", "yes")) for p in ("E1", "b", "c")]
    [ack] = [row for row in rows if row["activity"] == "ack"]
    assert (ack["value"], ack["text"], ack["person_id"]) == ("participation", "Ann", "E1")
    assert rows[0]["value_text"] == "A word" and rows[1]["language"] == "es"


def test_results_count_as_the_fold_counts() -> None:
    """Count, share of those who answered, number present, right share, hands beside."""
    rows = dicts(made(meeting(), "results"))
    poll = [(row["option"], row["count"], row["share_pct"]) for row in rows if row["activity"] == "poll"]
    assert poll == [("a", "1", "25"), ("b", "2", "50"), ("c", "1", "25")]
    assert {(row["answered"], row["present"], row["correct"]) for row in rows if row["activity"] == "poll"} == {
        ("4", "6", "")
    }
    second = [row for row in rows if (row["activity"], row["round"]) == ("q1", "2")]
    assert [(row["option"], row["correct"], row["count"], row["hands"]) for row in second] == [
        ("a", "no", "0", "1"), ("b", "yes", "3", "0"), ("c", "no", "0", "2"),
    ]  # fmt: skip
    assert {row["right_pct"] for row in second} == {"100"}


def test_pacing_holds_the_plan_against_the_clock() -> None:
    """The break is nobody's; what was not run is named."""
    rows = dicts(made(meeting(), "pacing"))
    assert [(row["segment"], row["planned_min"], row["real_min"], row["skipped"]) for row in rows] == [
        ("open", "10", "10", "no"), ("check", "20", "20", "no"),
    ]  # fmt: skip
    assert (rows[1]["run"], rows[1]["not_run"]) == ("q1 exit ack kit", "q2")
    assert [(row["lost"], row["ok"], row["faster"]) for row in rows] == [("", "", ""), ("2", "9", "0")]


def test_corrections_list_every_change_with_old_new_who_when_why() -> None:
    """Mark, rename, removal, amendment, in the order of the log."""
    rows = dicts(made(meeting(), "corrections"))
    assert [(row["what"], row["person_id"], row["old"], row["new"]) for row in rows] == [
        ("mark", "c", "present", "late"),
        ("name", "d", "-2+3", "Dee"),
        ("removed", "g", "＝full", ""),
        ("amend", "b", "present", "left_early"),
    ]
    assert (rows[0]["reason"], rows[0]["why"], rows[0]["when"]) == ("came at =10", "mistake", "2026-11-22T10:58+01:00")
    assert rows[3]["when"] == "2026-11-22T11:20+01:00"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_a_running_and_an_erased_session_make_tables_too(name: str) -> None:
    """Nothing joined yet; the middle of a session; openings gone."""
    made(Logbook(), name)
    log = meeting()
    for upto in range(1, len(log.records)):
        part = Logbook(log.plan)
        part.session = type(log.session)(origin=log.session.origin, plan=log.plan).fold(log.records[:upto])
        made(part, name)
    bare = [r.Record(i=k.i, m=k.m, t=k.t, fact=k.fact, p=k.p) for k in log.records]
    erased = Logbook(log.plan)
    erased.session = type(log.session)(origin=log.session.origin, plan=log.plan).fold(bare)
    made(erased, name)
    text = repr(made(erased, name).rows)
    assert not any(word in text for word in ("Ann", "Ortiz", "E1", "zeta", "Fitter"))


def test_while_it_runs_nobody_has_completed_anything() -> None:
    """No check-out for who is in the room, no completion, no end."""
    log = Logbook()
    log.join("a")
    log.at(5).enter("open")
    row = dicts(made(log, "attendance", as_of=20 * MIN))[0]
    assert (row["minutes_present"], row["check_out"], row["completed"], row["session_end"]) == ("15", "", "", "")
    assert row["training_date"] == "2026-11-22"


def test_the_training_date_is_the_local_date_at_the_end() -> None:
    """A night shift in Kiritimati ends tomorrow."""
    log = Logbook()
    info = log.records[0].fact
    assert isinstance(info, r.SessionOpened)
    log.session.info = r.SessionOpened(
        **{f: getattr(info, f) for f in info.__struct_fields__} | {"tz": "Pacific/Kiritimati"}
    )
    log.join("a")
    log.at(45).end()
    row = dicts(made(log, "attendance"))[0]
    assert (row["training_date"], row["session_end"]) == ("2026-11-23", "2026-11-23T00:05+14:00")
    assert datetime.fromisoformat(row["session_end"]).timestamp() == (T0 + 45 * MIN) // 60000 * 60


@pytest.mark.parametrize("tz", ["", "Nowhere/Town", "../../etc/passwd", "Europe", "x" * 3000, "a\x00b"])
def test_a_zone_that_is_none_is_utc(tz: str) -> None:
    """A log from elsewhere may name anything."""
    from fieldkit.core.tables.base import local, zone

    assert str(local(T0, zone(tz))) == "2026-11-22 09:20:00+00:00"


@pytest.mark.parametrize("t", [2**53 - 1, -(2**53), 10**15])
def test_a_mad_clock_gives_an_empty_cell(t: int) -> None:
    """Times that no calendar holds are left out, never a crash."""
    log = Logbook()
    log.join("a")
    log.session.people["a"].joined_t = log.session.opened_t = t
    log.session.t = t
    made(log, "attendance")
    made(log, "corrections")
