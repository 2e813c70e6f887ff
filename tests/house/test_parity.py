"""Parity: an activity type that runs, runs everywhere. What a new type lacks is named here, one thing a test.

Each surface draws one open activity of every type of `fieldkit.core.activities.RUNS`, so that a type added there alone
fails at once.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence

import pytest

from fieldkit.core import records as r
from fieldkit.core.activities import KINDS, RUNS
from fieldkit.core.refusals import REASONS
from fieldkit.core.room_view import room_view
from fieldkit.core.seat_view import shared_view
from fieldkit.core.session import Session
from fieldkit.core.wall_view import wall_view
from fieldkit.lan.assets import PARTS
from fieldkit.lan.layouts import LAYOUTS
from fieldkit.lan.pages import phone_live, wall_live
from fieldkit.tui.panels.question import PANELS, question_lines
from fieldkit.words.collect import in_python, in_template
from tests.house.tree import ROOT, every_file, name_of, python_files
from tests.kit.plans import ALL, session_opened

TYPES = sorted(RUNS)


def opened(type_: str, mode: str = "named") -> Session:
    """A session of the kit's plan in which one person has joined and an activity of this type is open."""
    id_ = "attendance" if type_ == "attendance" else next((a.id for a in ALL.activities if a.type == type_), "")
    assert id_, f"tests/kit/plans.py has no activity of the type {type_}"
    facts: list[tuple[r.Fact, str | None, dict[str, str] | None]] = [
        (session_opened(), None, {"name": "Sam Ortiz"}),
        (r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), "9bFlIreR", {"name": "Ann"}),
        (r.SegmentEntered(segment="open"), None, None),
        (r.ActivityOpened(activity=id_, round=1, mode=mode), None, None),
    ]
    records = [r.Record(i, i * 1000, i * 1000, fact, p, None, x) for i, (fact, p, x) in enumerate(facts)]
    return Session(origin="ld.acme.example/dev/7q2k/000001-k3m9w2p4", plan=ALL).fold(records)


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_section_of_the_page(type_: str) -> None:
    """The phone shows its question with a form that makes the intent it takes; every choice can be pressed.

    What the trainer does for people (`check`) has no form.
    """
    session = opened(type_)
    page = phone_live(shared_view(session, "en", 4000, 2000))
    if KINDS[type_].takes == "check":
        assert ALL.say(next(iter(session.open_rounds.values())).activity.text, "en") in page and "<form" not in page
        return
    assert f'name="kind" value="{KINDS[type_].takes}"' in page
    one = next(iter(session.open_rounds.values())).activity
    for option in KINDS[type_].options(one):
        assert f'value="{option.id}"' in page
    assert "<button" in page and "</form>" in page


def test_every_type_that_runs_has_its_row_of_layout() -> None:
    """What the page needs for it: a part of the script, sheets, whether it may ask again by itself."""
    assert set(LAYOUTS) == RUNS
    assert {row.part for row in LAYOUTS.values()} == {"", *PARTS} - {"far"}


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_speaks_more_than_english(type_: str) -> None:
    """What stands around the question comes from the catalogue, not from the template."""
    session = opened(type_)
    text = re.compile(r"<[^>]+>")
    english, spanish = (set(text.split(phone_live(shared_view(session, x, 4000, 2000)))) for x in ("en", "es"))
    letters = {one for one in english & spanish if len(one.strip()) > 3 and not one.strip().isdigit()}
    assert letters <= {"Sam Ortiz", "A kit for tests"}, f"the page of {type_} says this in English only: {letters}"


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_panel(type_: str) -> None:
    """The trainer sees the question and how it goes."""
    assert type_ in PANELS, f"fieldkit/tui/panels/question.py has no panel for {type_}"
    view = room_view(opened(type_), "en", 4000)
    (line,) = view.open
    drawn = "\n".join(str(one) for one in question_lines(line, 78, 14))
    assert line.text[:20] in drawn
    shown = [bar.text in drawn for bar in line.bars] or [len(drawn.replace(line.text, "").strip()) > 5]
    assert all(shown), drawn


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_place_on_the_wall(type_: str) -> None:
    """The room sees what is asked, without anything that gives the answer away."""
    session = opened(type_)
    page = wall_live(wall_view(session, "en", 4000), url="http://10.0.0.1", code="K7M4", fresh="417", qr="")
    one = next(iter(session.open_rounds.values())).activity
    assert type_ == "attendance" or ALL.say(one.text, "en") in page
    assert "✓" not in page


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_that_runs_has_a_sample_in_a_shipped_pack(type_: str) -> None:
    """Authors copy from what they see; `attendance` is a step rather than an activity."""
    packs = "\n".join((ROOT / name_of(p)).read_text("utf-8") for p in every_file() if p.name == "pack.yaml")
    wanted = r"\bdo: *attendance\b" if type_ == "attendance" else rf"\btype: *{type_}\b"
    assert re.search(wanted, packs), f"no pack in content_packs shows {type_}"


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_explained_to_authors(type_: str) -> None:
    """docs/packs.md says what each type is."""
    assert f"`{type_}`" in (ROOT / "docs" / "packs.md").read_text("utf-8")


def test_the_types_that_run_are_all_the_pack_model_knows() -> None:
    """A pack may name exactly these: no type without a file in the core, none without a field list."""
    kinds = (ROOT / "fieldkit" / "packs" / "kinds.py").read_text("utf-8")
    tags = set(re.findall(r'tag="(\w+)"', kinds))
    assert tags == set(KINDS) - {"attendance"}


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


def forms_of(words: str | Sequence[str]) -> tuple[str, ...]:
    """One form, or those of a sentence with a number."""
    return (words,) if isinstance(words, str) else tuple(words)


@pytest.mark.parametrize("lang", catalogues())
def test_the_compiled_catalogue_is_the_written_one(lang: str) -> None:
    """The .mo that ships was compiled from the .po beside it."""
    from babel.messages.mofile import read_mo
    from babel.messages.pofile import read_po

    folder = ROOT / "fieldkit" / "words"
    with (folder / f"{lang}.po").open("rb") as source, (folder / f"{lang}.mo").open("rb") as made:
        written, compiled = read_po(source, locale=lang), read_mo(made)
    ready, shipped = (
        {forms_of(m.id)[0]: forms_of(m.string) for m in held if m.id and not m.fuzzy} for held in (written, compiled)
    )
    assert {id_: forms for id_, forms in ready.items() if any(forms)} == shipped


def msgids() -> set[str]:
    """Sentences that the phone page and the wall say, as `fieldkit.words.collect` finds them."""
    found: set[str] = set()
    for path in every_file():
        if name_of(path).startswith("fieldkit/lan/") and path.suffix == ".html":
            found |= in_template(path.read_text("utf-8"))
    for path in python_files("fieldkit/lan"):
        found |= in_python(path.read_text("utf-8"))
    return found


@pytest.mark.parametrize("lang", catalogues())
def test_every_sentence_of_the_phone_page_is_translated(lang: str) -> None:
    """Half a translation is harder to read than none."""
    with (ROOT / "fieldkit" / "words" / f"{lang}.mo").open("rb") as file:
        words = gettext.GNUTranslations(file)
    known = set(words._catalog)  # type: ignore[attr-defined]  # the public interface cannot tell missing from equal
    missing = sorted(one for one in msgids() if one not in known)
    assert not missing, f"{lang}.po lacks: " + " | ".join(missing)
