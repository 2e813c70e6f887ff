"""The sheet on paper: the same bytes again, every name to be read back, whatever it is made of, on as many pages as it
takes."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fontTools.ttLib import TTFont

from fieldkit.core import records as r
from fieldkit.core.erasing import erased
from fieldkit.core.session import Session
from fieldkit.core.tables import Signatures
from fieldkit.core.tables.base import Sheet
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats.export import allowed, check, render, writable
from fieldkit.formats.pdf import Printing, faces
from fieldkit.formats.pdf.fonts import document, even, letters
from fieldkit.formats.pdf.form import drawn, form, sealed
from fieldkit.formats.pdf.sheet import laid, write
from fieldkit.log.keys import Signer
from fieldkit.log.note import Checkpoint, add_signatures, cosign, sign_note
from fieldkit.words import words_for
from tests.core.logbook import HOSTILE, ORIGIN, Logbook, meeting

DEVICE = Signer("ld.acme.example/dev/7q2k", b"1" * 32)
SIGNED = Signatures(str(DEVICE.vkey), None, None, True)
NAMES = (
    *("Ana Ruiz", "Đặng Thị Mỹ Lệ", "Ольга Ёлкина", "Γιώργος", "عائشة بنت محمد", "יעל כהן", "प्रिया क्षत्रिय"),
    *("সুমাইয়া", "ਗੁਰਪ੍ਰੀਤ", "தமிழ்ச்செல்வி", "ශ්‍රී ලංකා", "สมชาย ใจดี", "ខ្មែរ", "မြန်မာ", "გიორგი", "Արմեն", "አበበ በቀለ"),
    *("王小明", "山田 やまだ", "김민준 똠방각하", "മലയാളം", "తెలుగు", "ಕನ್ನಡ", "ગુજરાતી", "ລາວ", "ⵣⵣ", "ᏣᎳᎩ"),
)
pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="the words of a PDF are read by poppler-utils")


def note_of(log: Logbook) -> bytes:
    """The newest checkpoint of a log, signed by the laptop."""
    return sign_note(Checkpoint(ORIGIN, len(log.records), bytes(range(32))).text(), DEVICE)


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", data))


def read(data: bytes, tmp_path: Path) -> str:
    """The words of a PDF as another program reads them, without the marks that say which way they run."""
    (tmp_path / "x.pdf").write_bytes(data)
    command = ["pdftotext", "-layout", str(tmp_path / "x.pdf"), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", done.stdout)


def streams(data: bytes) -> bytes:
    """What is drawn, unpacked."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S)
    out = []
    for one in found:
        try:
            out.append(zlib.decompress(one))
        except zlib.error:
            continue
    return b"\n".join(out)


def room(*names: str, **policy: Any) -> Logbook:
    log = Logbook(**policy)
    for k, name in enumerate(names):
        log.join(f"p{k}", name, f"E{k}")
    log.at(10).enter("check")
    return log


def sheet(log: Logbook, **how: Any) -> tuple[bytes, tuple[str, ...]]:
    return write(Sheet(log.session, log.plan, SIGNED), note_of(log), **how)


def test_twice_the_same_bytes_and_nothing_of_this_machine() -> None:
    log = meeting()
    first, second = (render(log.session, log.plan, SIGNED, "attendance", "pdf", note=note_of(log)) for _ in range(2))
    assert first == second and first.startswith(b"%PDF-1.7")
    assert b'xmp:ModifyDate="2026-11-22T' in first and b"<pdfaid:part>2</pdfaid:part>" in first
    assert b"/Lang (en)" in first and b"/OutputIntents" in first and b"http://www.w3.org" in first
    assert not re.search(rb"/JavaScript|/Launch|/URI|/EmbeddedFile|/AA\b|/Info \d", first)


def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    """No order of a set, no hash of this run gets in."""
    program = (
        "import sys; sys.path.insert(0, '.'); from tests.formats.test_pdf import NAMES, room, sheet;"
        "sys.stdout.buffer.write(sheet(room(*NAMES[:9]))[0])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=True, timeout=120)
    assert done.stdout == sheet(room(*NAMES[:9]))[0] and done.stderr == b""


@pdftotext
def test_names_of_any_script_are_read_back_in_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    data, unwritten = sheet(room(*NAMES))
    text = " ".join(read(data, tmp_path).split())
    assert [name for name in NAMES if name not in text] == [] and unwritten == ()


@pdftotext
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((name, name) for name in HOSTILE if name.isascii()),
        ("Ann [/] Lee", "Ann [/] Lee"),
        ("a\x00b\u202egnp.exe\u202c", "abgnp.exe"),
        ("Zoe\u0308\u200b\ufeff", "Zoë"),
        ("x\ud800y", "xy"),
        (") Tj ET Q /JavaScript (", ") Tj ET Q /JavaScript ("),
        ("<script>&amp;</rdf:li>", "<script>&amp;</rdf:li>"),
        ("</x:xmpmeta>", "</x:xmpmeta>"),
        ("{nb} **b** __u__", "{nb} **b** __u__"),
    ],
)
def test_a_hostile_name_is_a_name(name: str, shown: str, tmp_path: Path) -> None:
    log = room(name)
    assert log.session.info is not None
    log.session.info = msgspec.structs.replace(log.session.info, title=name)
    data, unwritten = sheet(log)
    assert shown in read(data, tmp_path) and unwritten == () and pages(data) == 1
    assert not re.search(rb"/S ?/(JavaScript|Launch|URI)", data)


def test_what_no_font_has_is_said_loudly(tmp_path: Path) -> None:
    """The name stands as far as it can be written, the badge whole, and the sheet says what is missing."""
    log = room("བོད་ཡིག", "👷🏽 Bob", "𒀀𒀁")
    data, unwritten = sheet(log)
    assert unwritten == ("Tibetan", "symbols", "Cuneiform")
    how = Printing()
    assert render(log.session, log.plan, SIGNED, "attendance", "pdf", note=note_of(log), printing=how) == data
    assert how.unwritten == list(unwritten)
    if shutil.which("pdftotext"):
        text = read(data, tmp_path)
        assert "� Bob" in text and "E0" in text and "no font of this program has (Tibetan, symbols, Cuneiform)" in text


def test_a_name_without_end_is_cut_and_a_long_one_wraps() -> None:
    assert pages(sheet(room("x" * 4000))[0]) == 1
    assert pages(sheet(room("王" * 4000, "a\u0301" * 4000, "\u0e34" * 4000, " ".join(["Ana"] * 999)))[0]) == 1
    doc = document("en")
    doc.add_page()
    lines = doc.wrapped("Maria-Magdalena van der Westhuizen " * 9, 40, 9, most=3)
    assert len(lines) == 3 and lines[-1].endswith("…") and all(doc.wide(one, 9) <= 40 for one in lines)
    assert doc.wrapped("", 40, 9) == [""] and doc.wrapped("王" * 60, 40, 9)[0].startswith("王王王")
    assert letters("क्षि") == ["क्षि"] and letters("e\u0301a") == ["e\u0301", "a"]


@pdftotext
def test_every_page_has_the_head_of_the_table_and_says_of_how_many_it_is(tmp_path: Path) -> None:
    data, _ = sheet(room(*(f"Worker {k}" for k in range(200))))
    sides = read(data, tmp_path).rstrip("\f").split("\f")
    assert len(sides) == pages(data) > 5
    for k, side in enumerate(sides, 1):
        assert f"Page {k} of {len(sides)}" in side
    assert all("Signature" in side and "Employer" in side for side in sides[:-1])
    every = re.findall(r"Worker (\d+)\b", "".join(sides))
    assert sorted(map(int, every)) == list(range(200))


def test_three_thousand_people_in_a_bounded_memory() -> None:
    """Another process, so that its memory is its own: 3,000 rows cost less than 60 MB more than 3."""
    program = (
        "import sys, resource; sys.path.insert(0, '.'); from tests.formats.test_pdf import room, sheet, pages;"
        "small = sheet(room('a', 'b', 'c')); at = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "log = room(*(f'Worker {k} Ortiz' for k in range(3000)));"
        "data, _ = sheet(log); print(pages(data), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - at) // 1024)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True, timeout=180
    )
    sides, more = map(int, done.stdout.split())
    assert sides > 80 and more < 60, done.stdout


def test_rows_are_laid_so_that_the_end_has_its_place() -> None:
    assert laid([], 100, 200, 50) == [[]]
    assert laid([], 40, 200, 50) == [[], []]
    assert laid([60.0, 60.0], 100, 200, 50) == [[0], [1]]
    assert laid([60.0] * 2, 100, 100, 50) == [[0], [1], []]
    assert laid([500.0], 100, 200, 50) == [[0], []]


# ---- who signed what -------------------------------------------------------------------------------------------------


def signed_room() -> Logbook:
    log = room("Ana", "Bo", "Cy").at(20)
    log.open("ack")
    log.add(r.Acknowledged(activity="ack", round=1, meaning="participation", words="0" * 64), "p0",
            {"name": "Ana R.", "lang": "en", "mark": "M0 0L10 10 20 0M5 5L6 6"})  # fmt: skip
    log.ack("p1", name="Bo T.")
    log.at(40).end()
    return log


@pdftotext
def test_three_signatures_stand_apart_each_with_name_time_and_meaning(tmp_path: Path) -> None:
    log = signed_room()
    log.add(r.SignedBy(role="trainer", key="ld.acme.example/fac/9k3m", meaning="held"), None, {"name": "Sam Ortiz"})
    text = " ".join(read(sheet(log)[0], tmp_path).split())
    assert "Ana R. 10:40 a" in text and "Bo T." in text
    assert "What the workers signed a “I took part”" in text.replace("The seal of the laptop ", "")
    assert "“I led this session, and what is recorded here happened.”" in text and "Sam Ortiz" in text
    assert "Signed by: laptop" in text and f"Records: {len(log.records)}" in text
    assert "Signature of the trainer" not in text and "Filed by" in text


@pdftotext
def test_without_a_signature_there_is_a_line_to_sign_on(tmp_path: Path) -> None:
    text = read(sheet(signed_room())[0], tmp_path)
    assert "Signature of the trainer" in text and "Nobody has signed with a key" in text


@pdftotext
def test_whatever_is_signed_the_end_fits_on_a_page(tmp_path: Path) -> None:
    log = signed_room()
    for k in range(30):
        name = f"{k} {'Sam Ortiz ' * 99}"
        log.add(r.SignedBy(role="observer", key="ld.acme.example/fac/9k3m", meaning="x" * 900), None, {"name": name})
    data, _ = sheet(log, paper="letter")
    text = read(data, tmp_path)
    assert "and 25 more" in text and "Filed by" in text and pages(data) <= 2


def test_a_mark_is_drawn_as_it_was_and_nothing_else_is() -> None:
    assert drawn("M0 0L10 10 20 0M5 5L6 6") == (((0, 0), (10, 10), (20, 0)), ((5, 5), (6, 6)))
    for bad in ("", "M0 0", "L1 1", "M1", "C0 0 1 1 2 2", "M0 0Z", "z" * 4096, "M0 0L" + "1 " * 9000):
        assert drawn(bad) == (), bad
    bare = signed_room()
    for one in bare.session.runs["ack"][0].acks.values():
        one.mark = ""
    lines = [len(re.findall(rb"[\d.]+ [\d.]+ l\b", streams(sheet(log)[0]))) for log in (signed_room(), bare)]
    assert lines[0] == lines[1] + 3
    huge = "M-9999999 -9999999L9999999 9999999"
    log = room("Ana")
    log.open("ack")
    log.add(r.Acknowledged(activity="ack", round=1, meaning="x", words="0" * 64), "p0", {"name": "A", "mark": huge})
    assert pages(sheet(log)[0]) == 1


def test_the_qr_code_is_the_checkpoint_with_the_laptops_line_alone() -> None:
    """What head office adds later does not change the sheet; a line that is not good is left out."""
    log = meeting()
    note = note_of(log)
    central = Signer("ld.acme.example/central", b"3" * 32)
    more = add_signatures(note, [cosign(note.decode().split("\n\n")[0] + "\n", central, 1_800_000_000)])
    made = Sheet(log.session, log.plan, SIGNED)
    assert sealed(made, more) == sealed(made, note) == note.decode()
    assert sealed(Sheet(log.session, log.plan, Signatures()), note) == note.decode().split("\n\n")[0] + "\n"
    assert write(made, note) == write(made, more)
    assert form(made, words_for("en"), b"").qr == "" and form(made, words_for("en"), b"\xff").seal == []


# ---- what is asked for -----------------------------------------------------------------------------------------------


@pdftotext
def test_its_words_are_of_the_language_that_is_asked_for(tmp_path: Path) -> None:
    log = room("Ana").at(40)
    texts = {lang: read(sheet(log, lang=lang)[0], tmp_path) for lang in ("", "es", "fr", "de", "pt", "ar")}
    assert "Firma" in texts["es"] and "presente" in texts["es"] and "Unterschrift" in texts["de"]
    assert len(set(texts.values())) == 5 and texts[""] == texts["ar"]
    assert "The session is not over" in texts[""]


def test_paper_is_a4_or_letter() -> None:
    log = room("Ana")
    assert b"/MediaBox [0 0 595.28 841.89]" in sheet(log)[0]
    assert b"/MediaBox [0 0 612 792]" in sheet(log, paper="letter")[0].replace(b"612.00 792.00", b"612 792")


@pdftotext
def test_who_was_erased_is_a_row_without_a_name(tmp_path: Path) -> None:
    log = room("Ana Ruiz", "Bo Tran")
    log.open("ack")
    log.ack("p0", name="Ana Ruiz")
    gone = [msgspec.structs.replace(one, private=None) if one.p == "p0" else one for one in log.records]
    log.session = Session(origin=ORIGIN, plan=log.plan).fold(gone)
    erased(log.session, [one.i for one in gone if one.p == "p0"])
    text = read(sheet(log)[0], tmp_path)
    assert "Ana" not in text and "Bo Tran" in text and "2 people" in text


@pdftotext
def test_a_correction_is_a_note_below_the_table(tmp_path: Path) -> None:
    log = room("Ana", "Bo")
    log.mark("p0", "excused", "told before")
    log.at(40).end()
    log.amend("p1", status="absent", reason="another Bo")
    text = " ".join(read(sheet(log)[0], tmp_path).split())
    assert "excused ¹" in text and "¹ excused, set by the trainer; by the times it was present. told before" in text
    assert "² Corrected by the trainer: absent, was" in text and "another Bo" in text


def test_one_table_only_and_a_locked_profile_holds() -> None:
    with pytest.raises(WrongUsage, match="the table attendance only"):
        check("answers", "pdf")
    with pytest.raises(WrongUsage, match="not split by place"):
        check("attendance", "pdf", "place")
    assert "pdf" in writable("attendance") and "pdf" not in writable("answers")
    log = room("Ana", locked=["attendance"])
    with pytest.raises(NotPossible):
        render(log.session, log.plan, SIGNED, "attendance", "pdf")
    log = room("Ana", profile="roster")
    assert allowed(log.session, "attendance") == "roster"
    with pytest.raises(NotPossible):
        render(log.session, log.plan, SIGNED, "attendance", "pdf", profile="full")


def test_a_sheet_of_nobody_is_a_sheet() -> None:
    log = Logbook()
    data, unwritten = write(Sheet(log.session, log.plan, Signatures()), b"")
    assert pages(data) == 1 and unwritten == ()


def test_without_the_libraries_it_is_one_sentence_and_everything_else_works() -> None:
    program = (
        "import sys, importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *more: None if name in ('fpdf', 'uharfbuzz') else real(name, *more);"
        "sys.path.insert(0, '.'); from tests.core.logbook import meeting; from fieldkit.core.tables import Signatures;"
        "from fieldkit.errors import NotPossible; from fieldkit.formats.export import render, writable;"
        "log = meeting(); go = lambda as_: render(log.session, log.plan, Signatures(), 'attendance', as_);"
        "assert go('csv') and 'pdf' not in writable(), writable(); assert 'fpdf' not in sys.modules\n"
        "try: go('pdf')\n"
        "except NotPossible as no: print(no.sentence, no.hint)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert "fpdf2 and uharfbuzz are not there" in done.stdout and "py3-none-any.whl[pdf]'" in done.stdout


# ---- fonts -----------------------------------------------------------------------------------------------------------


def test_the_list_of_what_a_font_shows_is_true() -> None:
    wrong = []
    for line in (faces.FOLDER / faces.COVERAGE).read_text("utf-8").splitlines():
        face, *runs = line.split(" ")
        said: set[int] = set()
        for first, _, last in (run.partition("-") for run in runs):
            said.update(range(int(first, 16), int(last or first, 16) + 1))
        with TTFont(faces.FOLDER / face, lazy=True) as font:
            if said != set(font.getBestCmap()):
                wrong.append(face)
    assert wrong == []
    assert all(faces.shows(faces.BASE, char) for char in "Aé–Ж") and not faces.shows(faces.BASE, "א\U0010ffff"[0])
    assert faces.face_of("א") == "NotoSansHebrew-Regular.ttf" and faces.face_of("\U0010ffff") == ""


def test_every_font_has_its_licence_and_nothing_else_lies_there() -> None:
    there = {one.name for one in faces.FOLDER.iterdir() if one.name != "__pycache__"}
    fonts = {faces.BASE, faces.BOLD, *faces.SCRIPTS, faces.HANGUL, faces.HAN}
    assert there == fonts | {"__init__.py", faces.COVERAGE, "README.md", "OFL.txt"}
    told = (faces.FOLDER / "README.md").read_text("utf-8")
    assert all(word in told for word in ("SIL Open Font License", "Apache License", "Noto", "Nanum", "Droid"))


def test_what_is_even_needs_no_shaping() -> None:
    assert all(map(even, ("Ana Ruiz", "Đặng Thị Mỹ Lệ", "Ольга", "Γιώργος", "10:20 – 11:05", "“x”…")))
    assert not any(map(even, ("e\u0301", "عائشة", "प्रिया", "王", "a\u200db", "גa")))


def test_the_libraries_say_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sheet(room(*NAMES[:8]))
    assert [one.getMessage() for one in caplog.records if one.name.split(".")[0] in ("fpdf", "fontTools")] == []
