"""A roster before it is taken: how it reads, what to put right, and that fixes do what they say; workbooks too."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import WrongUsage
from fieldkit.roster import Fixes, parse_roster
from fieldkit.rosterbook import sheet_text
from fieldkit.rosterlook import Look, look

CREW = b"badge;name;shoe\nE1;Ana;43\nE2;;41\nE1;Bo;44\n;;9\n"


def kinds(found: Look) -> list[tuple[str, int]]:
    return [(p.kind, p.line) for p in found.problems]


def test_it_says_how_the_file_was_read_and_what_is_to_be_put_right() -> None:
    """Encoding, separator, columns with their meaning, rows, problems by row, who would be expected."""
    found = look(CREW)
    assert (found.encoding, found.separator, found.count) == ("UTF-8", ";", 2)
    assert [(c.header, c.meaning) for c in found.columns] == [("badge", "badge"), ("name", "name"), ("shoe", "")]
    assert kinds(found) == [("column", 0), ("no-name", 3), ("twice", 4), ("nobody", 5)]
    assert found.rows[0] == (2, ("E1", "Ana", "43")) and found.problems[2].other == 2


def test_fixes_change_what_is_taken_and_nothing_else() -> None:
    """A name, another badge, a row left out, a column named: what parse_roster gives is what the look counts."""
    fixes = Fixes(columns={2: "crew"}, cells={(3, "name"): "Bea", (4, "badge"): "e3"}, out=frozenset({5}))
    found = look(CREW, fixes)
    assert found.problems == () and found.count == 3
    rows = parse_roster(CREW, fixes).rows
    assert [x.fields for x in rows] == [
        {"badge": "E1", "name": "Ana", "crew": "43"},
        {"badge": "E2", "name": "Bea", "crew": "41"},
        {"badge": "E3", "name": "Bo", "crew": "44"},
    ]
    assert list(found.expected) == rows


def test_a_column_given_a_meaning_takes_it_from_the_one_that_had_it() -> None:
    """The name was in the second column, says the trainer."""
    found = look(b"name,badge,real\nx1,E1,Ana\n", Fixes(columns={2: "name"}))
    assert [c.meaning for c in found.columns] == ["", "badge", "name"]
    assert found.expected[0].fields == {"badge": "E1", "name": "Ana"}


def test_a_file_without_known_columns_can_be_saved_by_naming_them() -> None:
    """What is wrong is said, each column is offered, and one meaning is enough."""
    data = b"Wer,Was\nAna,43\n"
    found = look(data)
    assert "names no column for badge or name" in found.wrong and kinds(found) == [("column", 0)] * 2
    assert look(data, Fixes(columns={0: "name"})).expected[0].fields == {"name": "Ana"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04junk", "no Excel workbook"),
        (b'badge,name\nE1,"open', "quotation mark"),
        (b"badge,name\n", "nobody under it"),
    ],
)
def test_what_cannot_be_read_is_said_and_never_raised(data: bytes, words: str) -> None:
    """The screen goes on showing what it has."""
    assert words in look(data).wrong


@given(st.binary(max_size=400), st.dictionaries(st.integers(-1, 5), st.sampled_from(["", "name", "badge"]), max_size=3))
def test_any_bytes_with_any_fixes_give_a_look(data: bytes, columns: dict[int, str]) -> None:
    """And one that can be taken counts those who are taken."""
    found = look(data, Fixes(columns=columns))
    assert found.wrong or found.count == len(found.expected) == len(parse_roster(data, Fixes(columns=columns)).rows)


ONE = '<sheet name="Crew" r:id="rId1"/>'


def link(id: str, target: str, kind: str = "worksheet") -> str:
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<Relationship Id="{id}" Type="{base}/{kind}" Target="{target}"/>'


def zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return out.getvalue()


def workbook(sheet: str, texts: str = "", *, tabs: str = ONE, links: str = "", **more: str) -> bytes:
    """A workbook of one sheet; `more` are further sheets by the name of their part."""
    links = links or link("rId1", "worksheets/sheet1.xml")
    parts = {
        "xl/workbook.xml": f"<workbook><sheets>{tabs}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{links}</Relationships>",
        "xl/sharedStrings.xml": f"<sst>{texts}</sst>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    return zipped({**parts, **{f"xl/worksheets/{name}.xml": rows_of(rows) for name, rows in more.items()}})


def rows_of(rows: str) -> str:
    return f"<worksheet><sheetData>{rows}</sheetData></worksheet>"


def test_a_workbook_keeps_its_rows_columns_and_texts() -> None:
    """Gaps stay gaps, phonetic hints go, numbers lose no digit and no zero is made up, a cell stays one line."""
    texts = "<si><t>name</t><rPh><t>ナ</t></rPh></si><si><r><t>An</t></r><r><t>a\nB</t></r></si>"
    sheet = rows_of(
        '<row r="1"><c r="B1" t="s"><v>0</v></c></row>'
        '<row r="4"><c r="A4"><v>1001.0</v></c><c r="B4" t="s"><v>1</v></c><c r="C4" t="e"><v>#REF!</v></c>'
        '<c r="D4" t="s"><v>99</v></c><c r="E4" t="b"><v>1</v></c></row>'
    )
    assert sheet_text(workbook(sheet, texts)) == ",name\n\n\n1001,Ana B,,,TRUE\n"


def cell(word: str) -> str:
    return f'<row r="1"><c r="A1" t="str"><v>{word}</v></c></row>'


def test_numbers_that_are_none_are_no_mistake_of_ours() -> None:
    """`²` is a digit for Python and no number."""
    sheet = rows_of('<row r="²"><c r="A1" t="s"><v>²</v></c><c r="B1" t="str"><v>x</v></c></row>')
    assert sheet_text(workbook(sheet, "<si><t>a</t></si>")) == ",x\n"


def test_the_first_sheet_is_the_first_tab_that_is_seen_whatever_number_its_part_has() -> None:
    """Tabs are moved and hidden, and a chart has a tab too; the parts keep the numbers they were made with."""
    tabs = (
        '<sheet name="Lists" state="veryHidden" r:id="rId1"/><sheet name="Old" state="hidden" r:id="rId2"/>'
        '<sheet name="Chart" r:id="rId9"/><sheet name="Crew" sheetId="7" r:id="rId7"/><sheet name="B" r:id="rId3"/>'
    )
    links = "".join(link(f"rId{n}", f"worksheets/sheet{n}.xml") for n in (3, 2, 1))
    links += link("rId9", "worksheets/sheet9.xml", "chartsheet")
    for crew in ("worksheets/sheet7.xml", "/xl/worksheets/sheet7.xml"):
        data = workbook(
            rows_of(cell("lists")), tabs=tabs, links=links + link("rId7", crew),
            sheet2=cell("old"), sheet3=cell("b"), sheet7=cell("crew"), sheet9=cell("chart"),
        )  # fmt: skip
        assert sheet_text(data) == "crew\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (workbook("<x>"), "no Excel workbook that can be read"),
        (zipped({"word/document.xml": rows_of("")}), "a zip, not an Excel workbook"),
        (workbook(rows_of(""), tabs='<!DOCTYPE x [<!ENTITY a "b">]>' + ONE), "no Excel workbook that can be read"),
        (workbook(rows_of(""), links='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "no Excel workbook that can be read"),
        (workbook(rows_of(""), tabs=ONE.replace("/>", ' state="hidden"/>')), "no sheet that can be seen"),
        (workbook(rows_of(""), links=link("rId1", "../../etc/passwd")), "no sheet that can be seen"),
        (workbook('<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'), "holds a DTD"),
        (workbook(rows_of('<row r="999999"/>')), "more than"),
        (workbook(rows_of('<row><c r="ZZZ1"><v>1</v></c></row>')), "too wide"),
        (workbook(rows_of("<!--" + " " * (65 << 20) + "-->")), "too large"),
    ],
)
def test_a_hostile_workbook_is_a_sentence(data: bytes, words: str) -> None:
    """Bombs, entities, rows without end: nothing is unpacked further than a roster can be long."""
    with pytest.raises(WrongUsage, match=words):
        sheet_text(data)


def test_what_the_screen_asks_about_a_badge_is_what_every_command_warns_of() -> None:
    """A badge without a name and one that two rows have: problems of the look, warnings of `parse_roster`. Where no
    column holds names nobody is told of each row."""
    data = b"badge,name\nE1,Ann\nE2,\nE1,Bo\n"
    assert [(p.kind, p.line, p.who) for p in look(data).problems] == [("no-name", 3, ""), ("twice", 4, "Bo")]
    assert parse_roster(data).warnings == [
        "Row 3: badge E2 has no name.",
        "Row 4: badge E1 is already in row 2; this row was left out.",
    ]
    assert parse_roster(b"badge\nE1\nE2\n").warnings == []
