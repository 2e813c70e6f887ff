"""Foreign text is cleaned once, the same way everywhere, and cleaning again changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.clean import BADGE_MAX, NAME_MAX, TEXT_MAX, clean_badge, clean_name, clean_text, plain_cell

ANY = st.text(st.characters(exclude_categories=()), max_size=200)
DROPPED = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(ANY)
def test_a_cell_of_a_list_obeys_nobody_and_what_was_clean_stays(raw: str) -> None:
    """Everything else stays as it was: a list is compared with other lists."""
    out = plain_cell(raw)
    assert not any((unicodedata.category(c) == "Cc" and c not in "\t\n") or c in BIDI for c in out)
    assert plain_cell(out) == out and plain_cell(clean_name(raw)) == clean_name(raw)
    assert [c for c in raw if c in out] == list(out)


@given(ANY)
def test_nothing_dangerous_leaves_and_cleaning_again_changes_nothing(raw: str) -> None:
    """Any text, lone surrogates included."""
    for cut, limit in ((clean_name, NAME_MAX), (clean_text, TEXT_MAX), (clean_badge, BADGE_MAX)):
        out = cut(raw)
        assert len(out) <= limit
        assert out == unicodedata.normalize("NFC", out)
        assert not any(unicodedata.category(c) in DROPPED or c in BIDI for c in out)
        assert out == " ".join(out.split())
        assert cut(out) == out
        out.encode()


@given(ANY)
def test_a_badge_is_the_same_in_any_case(raw: str) -> None:
    """Phones, scanners and rosters disagree about case, never about the badge."""
    badge = clean_badge(raw)
    if badge.isascii():
        assert clean_badge(badge.lower()) == badge


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Zoe\u0308  A\u0301lvarez ", "Zoë Álvarez"),
        ("Ann [/] Lee", "Ann [/] Lee"),
        ("=cmd()", "=cmd()"),
        ("\u202eeel nnA\u202c", "eel nnA"),
        ("Ann\r\nLee\x00\x1b[2J", "Ann Lee[2J"),
        ("Ann\u2028Lee", "Ann Lee"),
        ("نرگس\u200cخانم", "نرگس\u200cخانم"),
        ("\ue000\ud800\U0001f9d1\u200d\U0001f527", "\U0001f9d1\u200d\U0001f527"),
        ("\u200b\u200d", ""),
        (" ", ""),
        ("A" * 79 + " B", "A" * 79),
        ("e\x00\u0301", "é"),
    ],
)
def test_names(raw: str, name: str) -> None:
    """Real and hostile ones."""
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "badge"),
    [
        (" e745738\r\n", "E745738"),
        ("\ufeffe1", "E1"),
        ("a\u00a0  b", "A B"),
        ("x" * 150, "X" * 120),
        ("straße", "STRASSE"),
        ("e١٠٠٢", "E1002"),
        ("e۱۰۰۲", "E1002"),
        ("ｅ１００２", "Ｅ1002"),
        ("काम १२", "काम 12"),
    ],
)
def test_badges(raw: str, badge: str) -> None:
    """As scanners and spreadsheets give them."""
    assert clean_badge(raw) == badge


def test_a_text_may_be_longer() -> None:
    """500 characters unless the activity says otherwise; line breaks become a space."""
    assert clean_text("one\n\n two\ttree", 7) == "one two"
    assert len(clean_text("x" * 600)) == 500
