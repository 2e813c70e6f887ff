"""Translations: every sentence that a person reads stands in every catalogue, compiled as it is written."""

from __future__ import annotations

import functools
import gettext
import re
from pathlib import Path
from unicodedata import combining, east_asian_width

import pytest

import fieldkit
from fieldkit.core.muster import DONE, MISSING
from fieldkit.core.notices import ALARM
from fieldkit.core.refusals import REASONS
from fieldkit.core.tables.report import SENTENCES as REPORT
from fieldkit.lan.pages import _STRINGS
from fieldkit.lan.wire import DOOR_WORDS
from fieldkit.sync.central.audit.transcript import SAID as TRANSCRIPT_TERMS
from fieldkit.sync.central.front.render import LANGUAGES as OFFICE
from fieldkit.sync.central.front.terms import SENTENCES as OFFICE_TERMS
from fieldkit.words import TRAINER, catalogues, choose, direction, native_name, words_for
from fieldkit.words.collect import (
    Said,
    compiled,
    in_python,
    in_template,
    in_terminal,
    pairs_in_template,
    returned,
    verbs,
    written,
)
from fieldkit.words.joining import SENTENCES
from fieldkit.words.raised import family, modules, raised
from fieldkit.words.verdicts import BESIDE
from fieldkit.words.verdicts import REASONS as REASONED
from fieldkit.words.verdicts import SENTENCES as VERDICTS

HERE = Path(fieldkit.__file__).parent
LANGS = [lang for lang in catalogues() if lang != "en"]
ROOM = ("en", "es", "fr", "de", "pt", "pl", "tr", "ar", "hi", "vi", "zh")
"""What a worker may choose: phone page, kiosk, wall and every "no". The terminal speaks `TRAINER`."""


def sentences(lang: str = "") -> frozenset[Said]:
    """What a catalogue must hold: the terminal's sentences only for the languages that the terminal speaks, and
    those of head office's pages for the ones that these speak."""
    pages = office() if not lang or lang in OFFICE else frozenset()
    return room() | pages | (terminal() if not lang or lang in TRAINER else frozenset())


@functools.cache
def office() -> frozenset[Said]:
    """The pages of head office for whoever has an account, and its report of a month."""
    found: set[Said] = {*OFFICE_TERMS, *REPORT}
    for path in (HERE / "sync" / "central" / "front" / "templates").glob("*.html"):
        found |= in_template(path.read_text("utf-8")) | pairs_in_template(path.read_text("utf-8"))
    return frozenset(s for s in found if s)


@functools.cache
def terminal() -> frozenset[Said]:
    found: set[Said] = set()
    for path in (HERE / "tui").rglob("*.py"):
        found |= in_terminal(path.read_text("utf-8"))
    for path in (HERE / "consoles").glob("remote_*.py"):  # the trainer's phone
        found |= in_python(path.read_text("utf-8"))
    found |= in_python((HERE / "cli" / "checks.py").read_text("utf-8"))  # the room check
    for path in (HERE / "formats" / "pdf").glob("*.py"):  # what is printed
        text = path.read_text("utf-8")
        found |= in_python(text) | {pair for pair in in_terminal(text) if not isinstance(pair, str)}
    page = HERE / "sync" / "central"  # head office's pages for receipts and for learning
    for name in ("receipt", "learn"):
        code, template = (page / f"{name}_page.py", page / "pages" / f"{name}.html")
        found |= in_template(template.read_text("utf-8")) | pairs_in_template(template.read_text("utf-8"))
        found |= in_python(text := code.read_text("utf-8"))
        found |= {pair for pair in in_terminal(text) if not isinstance(pair, str)}
    printed = page / "audit" / "transcript"  # a transcript for an auditor
    found |= in_template(printed.with_suffix(".html").read_text("utf-8"))
    found |= in_python(printed.with_suffix(".py").read_text("utf-8")) | set(TRANSCRIPT_TERMS)
    found |= {words for pair in SENTENCES.values() for words in pair}  # findings about joining, by their code
    found |= verbs((HERE / "verbs.py").read_text("utf-8")) | errors() | set(VERDICTS.values()) | set(BESIDE.values())
    found |= set(REASONED.values())
    return frozenset(s for s in found if s)


@functools.cache
def errors() -> frozenset[Said]:
    """What errors and warnings say that a terminal can show, as patterns."""
    names = family(path.read_text("utf-8") for path in HERE.rglob("*.py"))
    return frozenset(one for path in modules(HERE) for one in raised(path.read_text("utf-8"), names))


@functools.cache
def room() -> frozenset[Said]:
    """Phone page, kiosk, wall and `fieldkit join`, with everything that a rule or the door may answer."""
    found: set[Said] = {*REASONS.values(), *DOOR_WORDS.values(), ALARM, DONE, MISSING}
    for words in _STRINGS.values():
        held = re.search(r"\{(.+)\}", words)
        found.add(held[1] if held else words)
    for path in [*(HERE / "lan" / "page").glob("*.html"), *(HERE / "formats").glob("*.html")]:
        found |= in_template(path.read_text("utf-8")) | pairs_in_template(path.read_text("utf-8"))
    joined = sorted((HERE / "cli").glob("join*.py"))
    for path in [*(HERE / "lan").glob("*.py"), *joined]:
        text = path.read_text("utf-8")
        found |= in_python(text) | {pair for pair in in_terminal(text) if not isinstance(pair, str)}
    found |= {one for path in joined for one in returned(path.read_text("utf-8"))}
    found |= {"True", "False"}  # chosen by a variable on the page and in `fieldkit join`
    return frozenset(s for s in found if s)


def test_the_room_speaks_eleven_languages() -> None:
    assert set(catalogues()) == set(ROOM)


@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_is_translated_with_the_same_placeholders(lang: str) -> None:
    known = written((HERE / "words" / f"{lang}.po").read_bytes())
    assert not [s for s in sentences(lang) if not all(known.get(s, ("",)))]
    for s in sentences(lang):
        if isinstance(s, str):
            assert [places(form) for form in known[s]] == [places(s)], s
            continue
        alone = ["{n}"] if "{n}" in s[0] else []
        for form, numbers in zip(known[s], numbers_of(lang), strict=True):
            # "Two people" is one word in Arabic: a form for one number may say it. A form for many has to name it.
            said = len(numbers) == 1 or (not alone and numbers <= {0, 1})
            assert places(form) in (places(s[1]), *([[x for x in places(s[1]) if x != "{n}"]] if said else [])), form


def numbers_of(lang: str) -> list[set[int]]:
    """Which numbers up to 300 each grammatical form stands for, as the compiled catalogue itself decides."""
    po = (HERE / "words" / f"{lang}.po").read_text("utf-8")
    rule = re.search(r"nplurals=(\d+); plural=(.*);\\n", po)
    assert rule is not None
    choose_form = gettext.c2py(rule[2])
    return [{n for n in range(301) if choose_form(n) == k} for k in range(int(rule[1]))]


def test_arabic_and_polish_count_as_their_speakers_do() -> None:
    taps = (
        "Tap the place. With keys: arrows move, Enter marks.",
        "Tap up to {n} places. With keys: arrows move, Enter marks.",
    )
    for lang, said in {
        "ar": {1: "على المكان.", 2: "على مكانين ", 3: "3 أماكن", 10: "10 أماكن", 11: "11 مكانًا", 100: "100 مكان "},
        "pl": {1: "Dotknij miejsca.", 2: "2 miejsc.", 5: "5 miejsc."},
    }.items():
        assert all(words in words_for(lang).count(*taps, n) for n, words in said.items())
    people = ("{n} person", "{n} people")
    assert [words_for("ar").count(*people, n) for n in (1, 2, 7, 30)] == ["شخص واحد", "شخصان", "7 أشخاص", "30 شخصًا"]
    assert [words_for("pl").count(*people, n) for n in (1, 3, 5, 12, 23)] == [
        "1 osoba", "3 osoby", "5 osób", "12 osób", "23 osoby",
    ]  # fmt: skip


def places(words: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}", words))


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_is_translated_that_nobody_says(lang: str) -> None:
    """What is stale misleads whoever translates the next language."""
    assert not set(written((HERE / "words" / f"{lang}.po").read_bytes())) - sentences(lang)


def cells(text: str) -> int:
    """Width in columns: a Chinese sign is as wide as two letters."""
    return sum(2 if east_asian_width(x) in "WF" else 0 if combining(x) else 1 for x in text)


BUTTON = 44
"""Columns that two lines of a button hold on a phone of 320 px, 18 px type."""


@pytest.mark.parametrize("lang", LANGS)
def test_no_button_is_too_small_for_its_words(lang: str) -> None:
    words = words_for(lang)
    found = set()
    for path in (HERE / "lan" / "page").glob("*.html"):
        for button in re.findall(r"<button.*?</button>", path.read_text("utf-8"), re.S):
            found |= {s for s in in_template(button) if isinstance(s, str)}
    assert len(found) > 8
    assert not {s: words.say(s) for s in found if cells(words.say(s)) > BUTTON}


def test_every_place_where_the_terminal_speaks_is_found() -> None:
    """A sentence that is not a literal, or a key without one, would stay English without anybody noticing."""
    code = """_("a") + _("b" if x else "c"); count("one", "many", 2, y=1); key("k", "do", "d", "E", foot=True)"""
    assert in_terminal(code) == {"a", "b", "c", ("one", "many"), "d", "E"}
    for path in (HERE / "tui").rglob("*.py"):
        for call in re.findall(r"[^\w.]_\(f[\"']", path.read_text("utf-8")):
            raise AssertionError(f"{path.name}: {call} is put together before it is translated")


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
