"""One door from a fold to a file."""

from __future__ import annotations

import json

import pytest

from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Signatures, table
from fieldkit.errors import WrongUsage
from fieldkit.formats.export import FORMATS, WHATS, render
from tests.core.logbook import Logbook, meeting

SIGNED = Signatures(verified=True)


def test_laptop_and_head_office_write_the_same_bytes() -> None:
    """Two folds of the same records, one of them in two steps."""
    log = meeting()
    other = Session(origin=log.session.origin, plan=log.plan).fold(log.records[:9]).fold(log.records[9:])
    for what in TABLES:
        for as_ in ("csv", "json", "xlsx"):
            assert render(log.session, log.plan, SIGNED, what, as_) == render(other, log.plan, SIGNED, what, as_)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_json_is_one_array_of_objects_with_values_as_they_are(name: str) -> None:
    """Programs read it, so nothing is guarded."""
    log = meeting()
    made = table(name, log.session, log.plan, SIGNED)
    rows = json.loads(render(log.session, log.plan, SIGNED, name, "json"))
    assert [tuple(row.values()) for row in rows] == made.rows
    assert all(tuple(row) == made.columns for row in rows)


def test_all_tables_in_one_json_say_which_they_are() -> None:
    """Every row begins with its table."""
    log = meeting()
    rows = json.loads(render(log.session, log.plan, SIGNED, "all", "json"))
    assert list(dict.fromkeys(row["table"] for row in rows)) == list(TABLES)


def test_an_empty_table_is_an_empty_array_and_a_header() -> None:
    """Nobody joined."""
    log = Logbook()
    assert render(log.session, log.plan, SIGNED, "attendance", "json") == b"[]\n"
    assert render(log.session, log.plan, SIGNED, "attendance").count(b"\r\n") == 1


@pytest.mark.parametrize(
    ("what", "as_"), [("atendance", "csv"), ("attendance", "xls"), ("all", "csv"), ("", ""), ("\x1b[2J" * 99, "csv")]
)
def test_words_that_are_none_are_wrong_usage(what: str, as_: str) -> None:
    """Exit code 2, and what there is."""
    log = Logbook()
    with pytest.raises(WrongUsage) as no:
        render(log.session, log.plan, SIGNED, what, as_)
    assert "\x1b" not in str(no.value) and len(no.value.sentence) < 300
    assert set(WHATS) > set(TABLES) and "csv" in FORMATS
