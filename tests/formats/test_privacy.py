"""The privacy report: nothing that can be recorded is missing from it, and it says the policy that is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.personal import BESIDE, PERSONAL, REMAINS, SURFACES, Personal
from fieldkit.core.records import Policy
from fieldkit.formats.privacy import coded, document, markdown
from fieldkit.log.note import parse_day
from fieldkit.log.policy import GROUNDS, OfficePolicy, parse_policy, policy_text
from tests.cli.kit import fieldkit
from tests.core.logbook import HOSTILE

PLAIN = document(None, Policy())
TEXT = markdown(PLAIN)
LINES = TEXT.splitlines()


def policy(*lines: str) -> OfficePolicy:
    return parse_policy(policy_text("ld.acme.example", 7, parse_day("2026-11-22"), list(lines)))


@pytest.mark.parametrize("row", PERSONAL, ids=lambda row: f"{row.kind}-{row.field}")
def test_every_personal_field_has_its_row(row: Personal) -> None:
    """What it is, what for, and a mark under each place where it can be seen: in the data and on the page."""
    (said,) = [x for x in PLAIN["fields"] if (x["kind"], x["field"]) == (row.kind, row.field)]
    assert (said["what"], said["why"], said["seen"]) == (row.what, row.why, list(row.seen))
    (line,) = [x for x in LINES if x.startswith(f"| `{row.kind}` | `{row.field}` |")]
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    assert row.what in cells[2] and cells[3] == row.why
    assert [code for code, cell in zip(SURFACES, cells[5:], strict=True) if cell] == [
        x for x in SURFACES if x in row.seen
    ]


@pytest.mark.parametrize("kind", r.KINDS)
def test_every_coded_field_of_every_kind_is_told(kind: str) -> None:
    """What stays once names are gone: a field added to a record is in the report at once."""
    (said,) = [x for x in PLAIN["remains"] if x["kind"] == kind]
    assert said["what"] == REMAINS[kind] and said["fields"] == coded(kind)
    (line,) = [x for x in LINES if x.startswith(f"| `{kind}` | {REMAINS[kind]} |")]
    assert all(f"`{field}`" in line for field in r.KINDS[kind].__struct_encode_fields__ if field != "co")


def test_what_lies_beside_the_records_is_told() -> None:
    assert PLAIN["beside"] == BESIDE
    assert all(f"| `{name}` | {what} |" in LINES for name, what in BESIDE.items())


def test_the_policy_in_force_is_what_the_report_says() -> None:
    """Days, grounds, what is switched off and locked, the hash of the text."""
    rules = policy(
        *("keep_days 14", "seal answers", "agreement BV-2026-04", "field name no", "field note no"),
        *(
            "export discussion no",
            "profile compliance",
            "retention loto-basics 1825 duty 29 CFR 1910.147",
            "retention * 365 contract",
        ),
    )
    found = document(rules, Policy(keep_days=90))
    said = found["policy"]
    assert (said["version"], said["sha256"], said["keep_days"]) == (7, rules.sha256, 14)
    assert (said["not_recorded"], said["exports_locked"], said["answers_sealed"]) == (
        ["name", "note"],
        ["discussion"],
        True,
    )
    assert said["export_profile"] == "compliance" and "with the profile `compliance` only" in markdown(found)
    assert "with any profile" in TEXT
    recorded = {(x["kind"], x["field"]): x["recorded"] for x in found["fields"]}
    assert not recorded["person.join", "name"] and not recorded["check.mark", "note"] and recorded["staff.set", "name"]
    assert (
        recorded["answer.put", "v"]
        and not {(x["kind"], x["field"]): x["recorded"] for x in PLAIN["fields"]}["answer.put", "v"]
    )
    text = markdown(found)
    for words in (
        "until 14 days after",
        "1825 days after they began",
        GROUNDS["duty"],
        "29 CFR 1910.147",
        "every other pack",
    ):
        assert words in text
    assert "until somebody erases it" not in text and "until somebody erases it" in TEXT


@pytest.mark.parametrize("name", [*HOSTILE, "a|b", "[x](http://evil)", "<b>"])
def test_foreign_words_of_a_policy_end_no_cell_and_are_no_markup(name: str) -> None:
    rules = policy(f"agreement {name}", f"retention * 3 duty {name}")
    text = markdown(document(rules, Policy()))
    assert len(text.splitlines()) == len(TEXT.splitlines())
    for mark in "[|<":
        assert all(text[k - 1] == "\\" for k, c in enumerate(text) if c == mark and name in text[k - 40 : k + 40])


def test_the_command_writes_it(tmp_path: Path) -> None:
    """Without a session, without a key; to a file or to standard output; nothing is made by asking."""
    home = tmp_path / "laptop"
    assert fieldkit("privacy", "report", home=home).text == TEXT + ""
    assert fieldkit("privacy", "report", "--json", home=home).document == PLAIN
    out = tmp_path / "privacy.json"
    assert fieldkit("privacy", "report", "--as", "json", "-o", str(out), home=home).code == 0
    assert json.loads(out.read_bytes()) == PLAIN and not home.exists()
    assert fieldkit("privacy", "report", "--as", "pdf", home=home).code == 2
    assert fieldkit("policy", "show", home=home).code == 1
