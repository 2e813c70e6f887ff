"""What errors say: found in the code as patterns, and said in another language with the same values."""

from __future__ import annotations

import pytest

from fieldkit.words import TRAINER, words_for
from fieldkit.words.raised import PLACE, family, raised
from tests.lan.test_words import HERE, errors, written

LANGS = [lang for lang in TRAINER if lang != "en"]

CODE = """
SAFE = "nothing is lost"

class Gone(WrongUsage):
    def __init__(self) -> None:
        super().__init__("It is gone.")

def kind(mode):
    return "a folder" if mode else "a pipe"

def read(path, wrong):
    hint = f"Look at {path}."
    if wrong:
        raise Gone(f"{path} is {kind(1)}: {wrong.strerror or 'the disk refused'}.", hint)
    raise package.WrongUsage("There is no file." if path else "No name.", f"Try again; {SAFE}.")

def count(said, path):
    said.add(f"Row {len(path)} was left out.")
    seen.add("A word of another list.")
    logging.info("A sentence for nobody.")
"""


def filled(pattern: str) -> str:
    return PLACE.sub(lambda m: f"«{m[1]}»", pattern)


def test_every_sentence_of_an_error_is_found_as_its_pattern() -> None:
    errors_of = family([CODE, (HERE / "errors.py").read_text("utf-8")])
    assert {"FieldkitError", "NotPossible", "Stopped", "WrongUsage", "Gone"} <= errors_of
    assert "BadBytes" not in errors_of
    assert raised(CODE, errors_of) == {
        "It is gone.", "{1} is {2}: {3}.", "Look at {1}.", "There is no file.", "No name.", "a folder", "a pipe",
        "Try again; nothing is lost.", "the disk refused", "Row {1} was left out.",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_whatever_an_error_says_is_said_in_the_language_with_its_values(lang: str) -> None:
    """No pattern is taken for another one, whatever stands in its places."""
    words, known = words_for(lang), written((HERE / "words" / f"{lang}.po").read_bytes())
    patterns = [one for one in errors() if one in known]  # what is missing is told by the test of translations
    assert len(patterns) > 300
    for one in patterns:
        assert words.told(filled(one)) == filled(known[one][0]), one


def test_values_of_ours_are_translated_and_foreign_ones_are_not() -> None:
    say = words_for("de").told
    assert say("/media/x is a folder, not an ordinary file; nothing was written.") == (
        "/media/x ist ein Ordner, keine gewöhnliche Datei; nichts wurde geschrieben."
    )
    assert say("There is no folder Yes.") == "Es gibt keinen Ordner Yes."
    assert say("There is no folder {1} \\1 {0}.") == "Es gibt keinen Ordner {1} \\1 {0}."
    two = "There is no folder /media/stick. Check the path; is the stick plugged in?"
    assert say(two) == "Es gibt keinen Ordner /media/stick. Prüfen Sie den Pfad; steckt der Stick?"
    assert say("The plan x cannot be used. It names no pack.") == "Der Plan x ist nicht brauchbar. Er nennt kein Paket."
    for text in ("", "Ana Ruiz", "No sentence of ours.", "There is no folder. " * 500):
        assert say(text) == text
    assert words_for("en").told(two) == two


def test_a_language_without_the_sentences_of_the_terminal_says_them_in_english() -> None:
    assert words_for("vi").told("There is no folder x.") == "There is no folder x."
