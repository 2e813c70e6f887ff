"""The note of who may do what: its one spelling, its signature, what it says on a later day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.keys import Signer
from fieldkit.log.note import sign_note
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.log.valid import Row, Task, Valid, held_valid, id_of, open_valid, parse_valid, valid_note, valid_text

ORG = "ld.acme.example"
NOON = 1_795_348_800
DAY = date(2026, 11, 22)
SALT = bytes(range(16))
OFFICE, OTHER = (Signer(f"{ORG}/office", bytes(31) + k) for k in (b"a", b"b"))
HOSTILE = ("", "B", "plant 2", "Ann [/] Lee", "-", "=cmd()", "a%2Fb", "\u202ename", "línea\nzwei", "\x1b[2J", "9" * 300)


def valid(*rows: Row, task: str = "press4") -> Valid:
    found = tuple(sorted(rows, key=lambda row: row.id))
    return Valid(ORG, NOON, NOON + 7 * 86_400, SALT, (Task(task, 30, ("press-operator@1.0.0",)),), found)


def row(badge: str, state: str = "ready", until: date | None = None, site: str = "", crew: str = "") -> Row:
    return Row(id_of(SALT, badge), "press4", state, until, site, crew)


def trust(*signers: Signer, revoked: int | None = None) -> TrustList:
    first = NOON - NOON % 86_400 - 86_400
    keys = tuple(TrustKey("office", one.vkey, first, first + 400 * 86_400, revoked) for one in signers)
    return TrustList(ORG, 1, first, first + 90 * 86_400, keys)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["ready", "due", "gap"]), st.none() | st.dates())
def test_any_site_crew_and_day_comes_back_as_it_was(site: str, crew: str, state: str, until: date | None) -> None:
    found = valid(row("E1", state, until, site, crew))
    assert parse_valid(valid_text(found)) == found


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_stay_one_line(word: str) -> None:
    text = valid_text(valid(row("E1", site=word, crew=word)))
    assert text.isascii() and text.count("\n") == 7
    assert parse_valid(text).rows[0].crew == word


def test_a_note_is_believed_by_its_office_alone() -> None:
    raw = valid_note(valid(row("E1", "ready", DAY)), OFFICE)
    assert open_valid(raw, trust(OFFICE), NOON).rows[0].until == DAY
    for wrong, reason in (
        (trust(OTHER), "no-known-signature"),
        (trust(OFFICE, revoked=NOON - 86_400), "no-known-signature"),
        (TrustList("other.example", 1, NOON, NOON + 1, trust(OFFICE).keys), "wrong-org"),
    ):
        with pytest.raises(BadBytes) as no:
            open_valid(raw, wrong, NOON)
        assert no.value.reason == reason
    with pytest.raises(BadBytes) as no:
        open_valid(raw.replace(b" ready ", b" due "), trust(OFFICE), NOON)
    assert no.value.reason == "bad-signature"


GOOD = valid_text(valid(row("E1", "ready", DAY, "plant-2", "B")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fieldkit-valid/1", "fieldkit-valid/2"),
        ("org ld.acme.example", "org LD"),
        ("as_of 2026-11-22T12:00:00Z", "as_of soon"),
        ("salt AAECAwQFBgcICQoLDA0ODw", "salt AAECAwQFBgcICQoLDA0ODx"),
        ("salt AAECAwQFBgcICQoLDA0ODw", "salt x"),
        (" 30 ", " 30.5 "),
        (" 30 ", " -1 "),
        ("task press4", "task Press4"),
        ("who ", "who x"),
        (" press4 ready", " press5 ready"),
        (" ready ", " maybe "),
        ("2026-11-22 plant", "20261122 plant"),
        ("2026-11-22 plant", "2026-02-30 plant"),
        ("plant-2 B", "plant-2"),
        ("plant-2 B", "plant%2d2 B"),
        ("plant-2 B", "plant-2 %ff"),
        ("plant-2 B\n", "plant-2 B\n\x1b[2J x\n"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(BadBytes):
        parse_valid(GOOD.replace(old, new))


def test_lines_of_a_later_release_are_passed_over_and_twins_are_refused() -> None:
    assert parse_valid(GOOD + "hint something new\n") == parse_valid(GOOD)
    line = GOOD.splitlines()[-1]
    with pytest.raises(BadBytes, match="twice"):
        parse_valid(f"{GOOD}{line}\n")


@pytest.mark.parametrize(
    ("days", "state"), [(0, "ready"), (69, "ready"), (70, "due"), (100, "due"), (101, "gap"), (4000, "gap")]
)
def test_an_old_note_knows_what_has_run_out_since(days: int, state: str) -> None:
    one = row("E1", "ready", DAY + timedelta(days=100))
    assert one.on(DAY + timedelta(days=days), 30) == state
    assert row("E1", "ready").on(DAY + timedelta(days=days), 30) == "ready"
    assert row("E1", "gap", DAY + timedelta(days=9999)).on(DAY, 30) == "gap"


def test_a_person_is_found_by_badge_and_issuer_in_this_note_alone() -> None:
    assert id_of(SALT, " e745738 ") == id_of(SALT, "E745738") != id_of(SALT, "E745738", "acme")
    assert id_of(SALT, "E7", "45738") != id_of(SALT, "E745738") != id_of(b"x" * 16, "E745738")
    assert "E745738" not in valid_text(valid(row("E745738")))


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    assert held_valid(tmp_path) is None
    (tmp_path / "valid.note").write_bytes(sign_note("fieldkit-valid/1\nhm\n", OFFICE))
    with pytest.raises(DamagedData):
        held_valid(tmp_path)
