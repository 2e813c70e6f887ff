"""Parity: an activity type that runs, runs everywhere. What a new type lacks is named here, one thing a test.

Looked up in the sources and packs as they are, so that a type added to `fieldkit.core.activities` alone fails at once.
"""

from __future__ import annotations

import gettext
import re
from functools import cache

import pytest

from fieldkit.core.activities import KINDS, RUNS, WAITING
from fieldkit.core.refusals import REASONS
from tests.house.tree import ROOT, every_file, name_of, python_files

TYPES = sorted(RUNS)


@cache
def sources(*folders: str) -> str:
    """Everything under these folders that a surface is made of."""
    return "\n".join(
        path.read_text("utf-8")
        for path in every_file()
        if name_of(path).startswith(folders) and path.suffix in (".py", ".html", ".js", ".css", ".tcss")
    )


def named(type_: str, text: str) -> bool:
    """Whether a source names the type itself: quoted, or as a class of the page."""
    return re.search(rf"""["'\s.=-]{re.escape(type_)}["'\s).,:\]]""", text) is not None


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_section_of_the_page(type_: str) -> None:
    """A phone must be able to take part in it."""
    assert named(type_, sources("fieldkit/lan/")), f"fieldkit/lan has no section for {type_}"


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_panel(type_: str) -> None:
    """The trainer must be able to see how it goes."""
    assert named(type_, sources("fieldkit/tui/")), f"fieldkit/tui has no panel for {type_}"


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_sample_in_a_shipped_pack(type_: str) -> None:
    """Authors copy from what they see; `attendance` is a step rather than an activity."""
    packs = "\n".join((ROOT / name_of(p)).read_text("utf-8") for p in every_file() if p.name == "pack.yaml")
    wanted = r"\bdo: *attendance\b" if type_ == "attendance" else rf"\btype: *{type_}\b"
    assert re.search(wanted, packs), f"no pack in content_packs shows {type_}"


@pytest.mark.parametrize("type_", [*TYPES, *sorted(WAITING)])
def test_every_type_is_explained_to_authors(type_: str) -> None:
    """docs/packs.md says what each type is, also those that wait."""
    assert f"`{type_}`" in (ROOT / "docs" / "packs.md").read_text("utf-8")


def test_types_that_wait_and_types_that_run_are_all_the_pack_model_knows() -> None:
    """A pack may name exactly these: no type without a file in the core, none without a field list."""
    kinds = (ROOT / "fieldkit" / "packs" / "kinds.py").read_text("utf-8")
    tags = set(re.findall(r'tag="(\w+)"', kinds))
    assert tags == (set(KINDS) | set(WAITING)) - {"attendance"}


def catalogues() -> list[str]:
    return sorted(p.stem for p in (ROOT / "fieldkit" / "words").glob("*.mo"))


def test_there_is_at_least_one_language_beside_english() -> None:
    """The packs come in English and Spanish, so the pages do."""
    assert "es" in catalogues()


@pytest.mark.parametrize("lang", catalogues())
def test_every_refusal_has_its_words_in_every_language(lang: str) -> None:
    """A phone that says no says it in the worker's language."""
    with (ROOT / "fieldkit" / "words" / f"{lang}.mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    missing = [reason for reason, sentence in REASONS.items() if words.gettext(sentence) == sentence]
    assert not missing, f"{lang}.po lacks the words of: {', '.join(missing)}"


@pytest.mark.parametrize("lang", catalogues())
def test_the_compiled_catalogue_is_the_written_one(lang: str) -> None:
    """The .mo that ships was compiled from the .po beside it."""
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    folder = ROOT / "fieldkit" / "words"
    with (folder / f"{lang}.po").open("rb") as source, (folder / f"{lang}.mo").open("rb") as made:
        written, compiled = read_po(source, locale=lang), read_mo(made)
    ready = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in written if m.id and m.string and not m.fuzzy}
    shipped = {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in compiled if m.id}
    assert {k: v for k, v in ready.items() if any(v if isinstance(v, tuple) else [v])} == shipped


def msgids() -> set[str]:
    """Sentences that surfaces pass to `say(...)` or `_(...)` as they stand in the sources."""
    found = set()
    call = re.compile(r"""(?:\bsay|\b_)\(\s*"((?:[^"\\]|\\.)+)"\s*[,)]""")
    for path in [*python_files("fieldkit/lan"), *every_file()]:
        if name_of(path).startswith("fieldkit/lan/") and path.suffix in (".py", ".html"):
            found |= set(call.findall(path.read_text("utf-8")))
    return found


@pytest.mark.parametrize("lang", catalogues())
def test_every_sentence_of_the_phone_page_is_translated(lang: str) -> None:
    """Half a translation is harder to read than none."""
    with (ROOT / "fieldkit" / "words" / f"{lang}.mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    known = set(words._catalog)  # type: ignore[attr-defined]  # the public interface cannot tell missing from equal
    missing = sorted(one for one in msgids() if one not in known)
    assert not missing, f"{lang}.po lacks: " + " | ".join(missing)
