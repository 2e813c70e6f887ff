"""Translations: every sentence that a person reads stands in every catalogue, compiled as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fieldkit
from fieldkit.core.refusals import REASONS
from fieldkit.lan.pages import _STRINGS
from fieldkit.lan.wire import DOOR_WORDS
from fieldkit.words import catalogues, choose, direction, native_name, words_for
from fieldkit.words.collect import compiled, in_python, in_template

HERE = Path(fieldkit.__file__).parent
LANGS = [lang for lang in catalogues() if lang != "en"]


def sentences() -> set[str]:
    found = {*REASONS.values(), *DOOR_WORDS.values()}
    for words in _STRINGS.values():
        held = re.search(r"\{(.+)\}", words)
        found.add(held[1] if held else words)
    for path in (HERE / "lan" / "page").glob("*.html"):
        found |= in_template(path.read_text("utf-8"))
    for path in [*(HERE / "lan").glob("*.py"), HERE / "cli" / "join.py", HERE / "cli" / "join_text.py"]:
        found |= in_python(path.read_text("utf-8"))
    return {s for s in found if s}


def test_spanish_is_a_language_of_the_house() -> None:
    assert "es" in LANGS


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_is_translated_with_the_same_placeholders(lang: str) -> None:
    words = words_for(lang)
    missing = [s for s in sentences() if words.say(s) == s]
    assert not missing
    for s in sentences():
        assert sorted(re.findall(r"\{\w*\}", s)) == sorted(re.findall(r"\{\w*\}", words.say(s))), s


@pytest.mark.parametrize("lang", LANGS)
def test_the_compiled_catalogue_is_the_written_one(lang: str) -> None:
    po = (HERE / "words" / f"{lang}.po").read_bytes()
    assert compiled(po) == (HERE / "words" / f"{lang}.mo").read_bytes(), "run: python -m fieldkit.words.collect"


def test_foreign_text_is_never_taken_for_a_placeholder() -> None:
    assert words_for("es").say("You are in, {name}.", name="{n} %s {0}") == "Ya está dentro, {n} %s {0}."


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,es;q=0.5", "es"),
        ("en;q=0.1, es;q=0.2", "es"),
        ("*", "en"),
        ("", "en"),
        ("xx;q=nonsense,,;;,es", "es"),
        ("," * 5000, "en"),
    ],
)
def test_the_language_is_the_best_one_offered(accept: str, lang: str) -> None:
    assert choose(accept, ["en", "es"]) == lang


def test_unknown_languages_fall_back_and_names_are_in_their_own_script() -> None:
    assert words_for("tlh").lang == "en" and words_for("es-419").lang == "es"
    assert native_name("ar") == "العربية" and native_name("es-MX") == "Español" and native_name("tlh") == "tlh"
    assert (direction("ar-EG"), direction("es")) == ("rtl", "ltr")
    assert words_for("en").count("{n} person", "{n} people", 2) == "2 people"
