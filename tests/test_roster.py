"""Rosters as spreadsheets, time clocks and people make them: read, cleaned and said, or refused with the row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.clean import clean_badge, clean_name
from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.roster import MAX_ROWS, Roster, parse_roster, read_roster
from fieldkit.rosterheads import COLUMNS

PLAIN = "badge,name,employer,lang\r\ne1,Zoë Álvarez,Acme,es\r\nE2,Ann [/] Lee,=Acme,en\r\n"


def fields(roster: Roster) -> list[dict[str, str]]:
    """The cleaned cells of each row."""
    return [row.fields for row in roster.rows]


WANTED = [
    {"badge": "E1", "name": "Zoë Álvarez", "employer": "Acme", "lang": "es"},
    {"badge": "E2", "name": "Ann [/] Lee", "employer": "=Acme", "lang": "en"},
]


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_excels_separators_and_encodings_are_recognised(sep: str, encoding: str) -> None:
    """All of them, in every combination; UTF-16 has its byte-order mark as Excel writes it."""
    data = PLAIN.replace(",", sep).encode(encoding)
    data = b"\xff\xfe" + data if encoding == "utf-16-le" else data
    assert fields(parse_roster(data)) == WANTED


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_kind_of_line_end_is_one(end: str) -> None:
    """Windows, everything else, and an old Mac; blank lines are nothing."""
    assert fields(parse_roster((end + PLAIN.replace("\r\n", end) + ",,,").encode())) == WANTED


def test_excels_own_separator_line_is_taken() -> None:
    """`sep=;` says it; row numbers still count it."""
    roster = parse_roster(b"sep=;\r\nbadge;name\r\nE1;Ann\r\nE1;Bo\r\n")
    assert fields(roster) == [{"badge": "E1", "name": "Ann"}]
    assert roster.warnings == ["Row 4: badge E1 is already in row 3; this row was left out."]


def test_headers_are_known_in_any_case_with_any_spaces() -> None:
    """Canonical names and common others; the rest are notes."""
    head = "Badge No.,ID-Issuer,LAST NAME,First_name,Company,Job title,Team,Supervisor,Card,Language,E-Mail,Shoe size"
    roster = parse_roster((head + "\ne1,acme,Lee,Ann,Acme,Fitter,B,Sam,00af,es_MX,a@x.example,43\n").encode())
    assert fields(roster) == [
        {
            "badge": "E1", "id_issuer": "acme", "last_name": "Lee", "first_name": "Ann", "employer": "Acme",
            "role": "Fitter", "crew": "B", "supervisor": "Sam", "card": "00AF", "lang": "es-MX",
            "email": "a@x.example",
        }
    ]  # fmt: skip
    assert roster.rows[0].notes == (("Shoe size", "43"),)


def test_the_proper_column_wins_over_another_name_for_it() -> None:
    """Both are kept; one as a note."""
    roster = parse_roster(b"id,badge,full name,name\n7,e7,Ann Marie Lee,Ann\n")
    assert fields(roster) == [{"badge": "E7", "name": "Ann"}]
    assert dict(roster.rows[0].notes) == {"id": "7", "full name": "Ann Marie Lee"}


def test_quoted_cells_hold_separators_line_breaks_and_quotes() -> None:
    """As RFC 4180 writes them; a line break becomes a space."""
    roster = parse_roster(b'badge,name,note\nE1,"Lee, ""Ann""\nMarie",x\nE2,Bo,y\n')
    assert [row.fields["name"] for row in roster.rows] == ['Lee, "Ann" Marie', "Bo"]
    assert [row.line for row in roster.rows] == [2, 4]


def test_excels_way_to_keep_zeros_is_undone() -> None:
    """="000123" is the badge 000123."""
    assert fields(parse_roster(b'badge,name\n"=""000123""",Ann\n')) == [{"badge": "000123", "name": "Ann"}]


def test_what_is_strange_is_cleaned_and_said_with_its_row() -> None:
    """Formulas stay text, controls go, long ones are cut, languages that are none are left out."""
    text = (
        "badge,name,lang\nE1,=cmd(),en\nE2,A\x1b[2Jnn,??\nE3," + "x" * 99 + ",es\n,,\nE4\n,No Badge,\nE5,Bo,en,extra\n"
    )
    roster = parse_roster(text.encode())
    assert [row.fields.get("name") for row in roster.rows] == ["=cmd()", "A[2Jnn", "x" * 80, None, "No Badge", "Bo"]
    said = "\n".join(roster.warnings)
    for part in (
        "Row 2: name looks like a formula",
        "Row 3: name held control characters",
        "Row 3: '??' is no language",
        "Row 4: name was cut to 80",
        "Row 8 has more cells than the header",
        "1 without a badge",
    ):
        assert part in said
    assert "\x1b" not in said


def test_many_warnings_are_a_few_and_a_number() -> None:
    """A bad file does not flood the screen."""
    roster = parse_roster(("badge,name\n" + "E1,Ann\n" * 100).encode())
    assert len(roster.rows) == 1 and len(roster.warnings) == 21 and roster.warnings[-1] == "And 79 more like these."


def test_notes_of_a_row_fit_a_line_of_the_log() -> None:
    """The rest is left out and said."""
    head = "badge," + ",".join(f"n{k}" for k in range(40))
    roster = parse_roster((head + "\nE1" + ",ñandú" * 3 + ("," + "ñ" * 300) * 37 + "\n").encode())
    assert 3 < len(roster.rows[0].notes) < 10
    assert sum(len(k.encode()) + len(v.encode()) for k, v in roster.rows[0].notes) < 2000
    assert "left out" in roster.warnings[0]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b"\r\n\r\n", "empty"),
        (b"\xff\xfe", "empty"),
        (b"badge,name\n", "nobody"),
        (b"badge,name\n,\n", "nobody"),
        (b"colour,size\nred,4\n", "Row 1"),
        (b"PK\x03\x04xl/workbook.xml", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0abc", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"badge,name\nE1,A\x00nn\n", "Row 2"),
        (b"badge,name\nE1,\x81\x8d\n", "encoding"),
        (b"\xff\xfeb\x00a", "encoding"),
        (b'badge,name\nE1,"Ann\nE2,Bo\n', "Row 2"),
        (b'badge,name\nE1,Ann\nE2,"Bo"x\n', "Row 3"),
        (b"badge,name\nE1,Ann\nE2," + b"x" * 1001 + b"\n", "Row 3"),
        (b"badge,name\nE1," + b"x" * 200_000 + b"\n", "Row 2"),
        (b"badge" + b"," * 200 + b"\nE1\n", "201 columns"),
        (b"badge,name\n" + b"E1,Ann\n" * (MAX_ROWS + 1), "20000 rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused_with_its_row(data: bytes, part: str) -> None:
    """One sentence, a hint, exit code 2."""
    with pytest.raises(WrongUsage) as no:
        parse_roster(data)
    assert part in no.value.sentence and no.value.hint and "\n" not in str(no.value)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda t: ("badge,name,x\n" + t).encode("utf-8", "replace")))
def test_any_bytes_give_rows_or_one_sentence(data: bytes) -> None:
    """Never anything but a roster or WrongUsage; what comes out is clean."""
    try:
        roster = parse_roster(data)
    except WrongUsage as no:
        assert no.sentence and no.hint
        return
    for row in roster.rows:
        assert row.fields.keys() <= set(COLUMNS) and all(row.fields.values())
        assert row.fields.get("badge", "") == clean_badge(row.fields.get("badge", ""))
        assert row.fields.get("name", "") == clean_name(row.fields.get("name", ""))


def test_a_file_is_read_or_the_reason_said(tmp_path: Path) -> None:
    """Missing is wrong usage; a folder too."""
    file = tmp_path / "crew.csv"
    file.write_bytes(PLAIN.encode())
    assert fields(read_roster(file)) == WANTED
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(FieldkitError):
            read_roster(path)


def test_other_languages_call_the_columns_otherwise() -> None:
    for head in ("Personalnummer;Name", "Matricule;Nom complet", "N.º de empleado;Nombre y apellidos", "工号;姓名"):
        assert fields(parse_roster(f"{head}\nE1;Ann Lee\n".encode())) == [{"badge": "E1", "name": "Ann Lee"}], head


def test_a_number_is_a_badge_only_where_nothing_else_is_and_it_does_not_count_rows() -> None:
    assert fields(parse_roster("Número,Name\n4711,Ann\n0815,Bo\n".encode()))[0] == {"badge": "4711", "name": "Ann"}
    counted = parse_roster(b"No,Name\n1,Ann\n2,Bo\n3,Cy\n")
    assert "badge" not in fields(counted)[0]
    assert counted.warnings[0] == "There is no column for badge; found: No, Name."
    assert "badge" not in fields(parse_roster(b"No,Name\n4711,Ann\n4711,Bo\n"))[0]
    assert fields(parse_roster(b"No,Badge,Name\n4711,E1,Ann\n"))[0]["badge"] == "E1"
