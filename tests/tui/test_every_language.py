"""Every screen of the terminal in every language it speaks: it fits, and nothing is left in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fieldkit.words import TRAINER
from tests.tui.tour import WORD, cut, english, everything, foreign, mine

NAMES = {"JSON", "Excel", "UTF-8"}


@pytest.mark.slow
@pytest.mark.parametrize("lang", [lang for lang in TRAINER if lang != "en"])
async def test_every_screen_fits_and_speaks_the_language(tmp_path: Path, lang: str) -> None:
    """On 80×24: no line too wide, none of our words cut by `…`, no English word that the language does not have."""
    pieces, words = mine(lang)
    left = english() - words - foreign() - NAMES
    seen = await everything(tmp_path, lang)
    assert len({text for _, text in seen}) > 60
    for typed, text in seen:
        where = f"{typed!r}:\n{text}"
        assert all(len(line) <= 80 for line in text.split("\n")), where
        assert cut(text, pieces) == [], where
        # Paths, what is cut, what a dialog half covers, and the six words of a key, each behind its number.
        bare = re.sub(r"(?m)^.*│.*$|\S*[/@]\S*|\S+…|\b[1-6] +[a-z]+\b", "", text)
        assert {word for word in WORD.findall(bare) if word in left} == set(), where


def test_a_cut_word_of_ours_is_noticed_and_a_foreign_one_is_not() -> None:
    pieces = ["nicht zertifiziert", "wird gelesen", "Paket wird gelesen…"]
    assert cut("  45 min  nicht zertifizi…", pieces) and cut("● nicht…", pieces)
    assert not cut("▸ The breaker is op…   Paket wird gelesen…", pieces)
