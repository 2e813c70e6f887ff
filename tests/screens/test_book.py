"""The book of screens is what the program shows; its pictures need nothing from elsewhere."""

from __future__ import annotations

import difflib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.screens.book import AGAIN, FOLDER, HEIGHT, WIDTH, Chapter, files_of, index, numbers, play
from tests.screens.chapters import CHAPTERS
from tests.screens.pictures import outside

NUMBERS = numbers(CHAPTERS)
FILES = [file for chapter in CHAPTERS for file in files_of(chapter, NUMBERS)]
PICTURES = [file for file in FILES if file.endswith(".svg")]
MOST = 100_000
"""Bytes of a picture."""


def read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title.replace(" ", "-"))
async def test_every_screen_of_the_book_is_what_the_program_shows(tmp_path: Path, chapter: Chapter) -> None:
    """The evening is played again: texts and pictures are the same to the last cell."""
    drawn = await play(chapter, CHAPTERS, tmp_path)
    for name, text in drawn.items():
        kept = read(name) if (FOLDER / name).exists() else ""
        if text != kept:
            told = [] if name.endswith(".svg") else list(difflib.unified_diff(kept.split("\n"), text.split("\n"), n=1))
            pytest.fail("\n".join([f"{name} is not what the program shows ({AGAIN})", *told]))


def test_the_folder_has_these_files_and_no_others() -> None:
    """A page that was taken out leaves nothing behind."""
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted([*FILES, "README.md"]), AGAIN


def test_the_index_shows_every_screen_in_order() -> None:
    """Text and sentence of each, and the way to its pictures."""
    assert read("README.md") == index(CHAPTERS, read), AGAIN


@pytest.mark.parametrize("name", [file for file in FILES if file.endswith(".txt")])
def test_every_text_fits_the_window(name: str) -> None:
    """80×24 cells, and no other sign than those that can be printed."""
    lines = read(name).rstrip("\n").split("\n")
    assert len(lines) <= HEIGHT and max(map(len, lines)) <= WIDTH
    assert all(sign.isprintable() for line in lines for sign in line)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_well_formed_small_and_whole_by_itself(name: str) -> None:
    """No font, style, script or picture is fetched from anywhere."""
    svg = read(name)
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(svg.encode()) < MOST and outside(svg) == []


@pytest.mark.parametrize("name", [file for file in PICTURES if not re.search(r"-\d+x\d+\.svg$", file)])
def test_every_picture_says_what_the_text_says(name: str) -> None:
    """The same words in the same order, whatever the colours."""
    drawn = "".join(one.text or "" for one in ET.fromstring(read(name)).iter("{http://www.w3.org/2000/svg}text"))
    words = "".join(drawn.removeprefix("fieldkit").split())
    number = re.sub(r"-(dark|light|high-dark|high-light|colour-blind)\.svg$", ".txt", name)
    assert words == "".join(read(number).split())


def test_pictures_in_every_set_of_colours_and_two_large_ones() -> None:
    """A dozen and more."""
    looks = [look for chapter in CHAPTERS for one in chapter.pages for look in one.looks]
    assert {look.theme for look in looks} == {"dark", "light", "high-dark", "high-light", "colour-blind"}
    assert len(looks) >= 12 and sum(look.size == (120, 36) for look in looks) >= 2


def test_what_points_elsewhere_is_found() -> None:
    """A font that would be fetched, a picture from the network, a script."""
    for bad in ('@font-face { src: url("https://x/y.woff2") }', '<image href="http://x/y.png"/>', "<script>"):
        assert outside(bad), bad
    assert outside('<svg xmlns="http://www.w3.org/2000/svg">') == []
