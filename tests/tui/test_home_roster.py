"""Who is expected: choosing the file, looking at it, putting it right, taking it or not."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from fieldkit.cli import rosterfiles
from fieldkit.tui.hometools import NewSession
from tests.tui.homekit import home, station_in
from tests.tui.room import text_of, until, until_text

CREW = "Badge No;Nombre;Schuhgröße;Team\nE1001;Ana Ruiz;43;B\nE1002;;41;B\nE1001;Bo Tran;44;B\n;;;C\nE5;Zoë;38;B\n"

PREVIEW = """\
 fieldkit  crew.csv  Windows-1252 · cut at ;
────────────────────────────────────────────────────────────────────────────────
▸ Take these 3 people
  TO PUT RIGHT, OR TO LEAVE AS IT IS
  Column “Schuhgröße” is kept as a note.
  Row 3: badge E1002 has no name.
  Row 4: badge E1001 is already in row 2; left out.  Bo Tran
  Row 5 has neither badge nor name; left out.
  FIRST ROWS
        badge            whole name       note             crew
    row Badge No         Nombre           Schuhgröße       Team
      2 E1001            Ana Ruiz         43               B
      3 E1002                             41               B
      4 E1001            Bo Tran          44               B
      5                                                    C
      6 E5               Zoë              38               B"""


def crew(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "crew.csv"
    path.write_bytes(CREW.encode("cp1252"))
    return path


async def test_a_roster_is_looked_at_put_right_and_taken(tmp_path: Path) -> None:
    """How it was read, the rows, each problem; a name typed, a badge changed, a column named, a row left out."""
    station = station_in(tmp_path)
    path = crew(tmp_path / "Documents")
    before = path.read_bytes()
    async with home(station, folders=[path.parent]) as (app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv")
        await pilot.press("enter")
        await until_text(pilot, "Take these 3 people")
        assert "\n".join(text_of(app).split("\n")[:16]) == PREVIEW
        await pilot.press("down", "enter")
        await until_text(pilot, "What is in the column “Schuhgröße”?")
        await pilot.press(*["down"] * 7, "enter")
        await until(pilot, lambda: "kept as a note" not in text_of(app))
        assert "job" in text_of(app)
        await pilot.press("enter")
        await until_text(pilot, "Row 3: whole name")
        await pilot.press(*"Bea Cho", "enter")
        await until_text(pilot, "Bea Cho")
        await pilot.press("enter")
        await until_text(pilot, "Row 4: badge")
        await until_text(pilot, "Bo Tran, badge E1001. It is put right here only")
        await pilot.press(*"E1003", "enter")
        await until_text(pilot, "Take these 4 people")
        await pilot.press("end", "x")
        await until_text(pilot, "✓ 3 people will be expected.")
        await pilot.press("ctrl+s")
        await until_text(pilot, "3 people by name")
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.return_value is not None)
    wish = app.return_value
    assert isinstance(wish, NewSession)
    assert [(x.fields["badge"], x.fields["name"], x.fields["role"]) for x in wish.expected] == [
        ("E1001", "Ana Ruiz", "43"),
        ("E1002", "Bea Cho", "41"),
        ("E1003", "Bo Tran", "44"),
    ]
    assert path.read_bytes() == before


async def test_escape_loses_nothing_and_u_undoes_every_fix(tmp_path: Path) -> None:
    """Whoever was expected before is expected after; nobody by name is a choice of its own."""
    station = station_in(tmp_path)
    path = crew(tmp_path / "Documents")
    async with home(station, folders=[path.parent]) as (_app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        for _ in range(2):
            await pilot.press("ctrl+r")
            await until_text(pilot, "crew.csv")
            await pilot.press("enter")
            await until_text(pilot, "Take these 3 people")
            await pilot.press("end", "x")
            await until_text(pilot, "Take these 2 people")
            if _:
                await pilot.press("escape", "escape")
            else:
                await pilot.press("u")
                await until_text(pilot, "Take these 3 people")
                await pilot.press("ctrl+s")
            await until_text(pilot, "3 people by name")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv")
        await pilot.press("ctrl+n")
        await until_text(pilot, "whoever comes")


async def test_a_path_is_typed_completed_and_refused_in_words(tmp_path: Path) -> None:
    """Tab completes as far as one path goes; a folder, nothing, a picture: each a sentence, the screen stays."""
    station = station_in(tmp_path)
    path = crew(tmp_path / "sub")
    (tmp_path / "sub" / "crew [x] $x.csv").write_text("badge,name\nX1,Evil \x1b]0;x\x07 [/]\n")
    (tmp_path / "sub" / "photo.csv").write_bytes(b"%PDF-1.7")
    async with home(station, folders=[]) as (app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "No CSV or Excel file in –. Type its path above.")
        for nothing_typed in ("enter", "tab"):
            await pilot.press(nothing_typed)
            await until_text(pilot, "✕ Type the path of a file and press Enter")
            app.screen.query_one("#said").hint("")  # type: ignore[attr-defined]
        await pilot.press(*str(tmp_path / "su"), "tab")
        await until(pilot, lambda: app.screen.query_one("#path").value == f"{tmp_path}/sub/")  # type: ignore[attr-defined]
        await pilot.press(*"crew", "tab")
        await until_text(pilot, "crew [x] $x.csv   crew.csv")
        await pilot.press("enter")
        await until_text(pilot, "✕ There is no roster file")
        await pilot.press(*" ", "tab", "enter")
        screen = await until_text(pilot, "Take this 1 person")
        assert "Evil ]0;x [/]" in screen and "\x1b" not in screen
        await pilot.press("escape")
        await until_text(pilot, "File")
        field = app.screen.query_one("#path")
        field.value = str(path.parent)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "is no ordinary file." in " ".join(text_of(app).split()))
        field.value = str(path.parent / "photo.csv")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until_text(pilot, "✕ The roster is a PDF, not a CSV file.")
        await pilot.press("ctrl+s", "enter")
        await until_text(pilot, "✕ The roster is a PDF, not a CSV file.")
        assert app.return_value is None


async def test_it_is_said_where_files_were_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every folder by its name, so that somebody can put the file there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folders = [tmp_path / "Documents", tmp_path / "Downloads"]
    async with home(station_in(tmp_path), folders=folders) as (app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "No CSV or Excel file in")
        joined = "".join(text_of(app).split())
        assert "~/Documents" in joined and "~/Downloads" in joined


def test_the_folder_it_was_started_in_is_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who starts fieldkit beside the crew list finds it."""
    monkeypatch.chdir(tmp_path)
    assert tmp_path in rosterfiles.places()
    assert rosterfiles.written(Path.home() / "Documents") == "~/Documents"
    assert rosterfiles.written(Path("/media/stick")) == "/media/stick"


async def test_what_was_prepared_is_given_up_only_after_a_question_and_the_list_is_still_there(tmp_path: Path) -> None:
    """Escape on an untouched form leaves; with people, changes or typed words it asks. Who is expected, again: the file
    and every fix in it, as long as the file is the same."""
    path = crew(tmp_path / "Documents")
    async with home(station_in(tmp_path), folders=[path.parent]) as (app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("escape")
        await until_text(pilot, "START NEW FROM A PACK")
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv")
        await pilot.press("enter")
        await until_text(pilot, "Take these 3 people")
        await pilot.press("end", "x")
        await until_text(pilot, "Take these 2 people")
        await pilot.press("ctrl+s")
        await until_text(pilot, "2 people by name")
        await pilot.press("escape")
        await until_text(pilot, "Leave this form?")
        await pilot.press("n")
        await until_text(pilot, "2 people by name")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.csv  2 people are expected.")
        await pilot.press("home", "enter")
        await until_text(pilot, "Take these 2 people")
        await pilot.press("escape")
        await until_text(pilot, "2 people are expected.")
        path.write_bytes(CREW.encode("cp1252") + b"E6;Ivo;40;B\n")
        await pilot.press("enter")
        await until_text(pilot, "Take these 4 people")
        await pilot.press("escape", "escape", "escape")
        await until_text(pilot, "Leave this form?")
        await pilot.press("y")
        await until_text(pilot, "START NEW FROM A PACK")
    assert app.return_value is None


def workbook(rows: str, texts: str = "") -> bytes:
    """A small .xlsx: one sheet of these rows, and shared texts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="Crew" r:id="rId1"/></sheets></workbook>')
        link = '<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        book.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{link}</Relationships>")
        book.writestr("xl/sharedStrings.xml", f"<sst>{texts}</sst>")
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    return out.getvalue()


async def test_an_excel_file_is_read_as_it_is(tmp_path: Path) -> None:
    """The first sheet; a badge that was typed as a number keeps its digits."""
    station = station_in(tmp_path)
    folder = tmp_path / "Downloads"
    folder.mkdir()
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    row = '<row r="3"><c r="A3"><v>1001</v></c><c r="B3" t="inlineStr"><is><t>Ana &amp; Bo</t></is></c></row>'
    (folder / "crew.xlsx").write_bytes(
        workbook(head + row, "<si><t>badge</t></si><si><r><t>na</t></r><r><t>me</t></r></si>")
    )
    async with home(station, folders=[folder]) as (app, pilot, _tools):
        await pilot.press("t")
        await until_text(pilot, "Start now")
        await pilot.press("ctrl+r")
        await until_text(pilot, "crew.xlsx")
        await pilot.press("enter")
        screen = await until_text(pilot, "Take this 1 person")
        assert "crew.xlsx  Excel" in screen and "3 1001" in screen
        await pilot.press("enter")
        await until_text(pilot, "1 person by name")
        await pilot.press("home", "enter")
        await until(pilot, lambda: app.return_value is not None)
    assert isinstance(app.return_value, NewSession)
    assert app.return_value.expected[0].fields == {"badge": "1001", "name": "Ana & Bo"}
