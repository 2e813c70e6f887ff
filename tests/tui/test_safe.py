"""Foreign text: what `plain` drops, what it keeps, and that markup is never read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.tui.safe import fit, plain, tidy, width_of, wrap
from tests.tui.hostile import PAYLOADS


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_a_terminal_obeys_is_left(payload: str) -> None:
    """No control, C1, bidi or invisible character; one line; tidied twice is the same."""
    text = tidy(payload)
    for c in text:
        assert unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
        assert unicodedata.category(c) != "Cf" or c in "\u200c\u200d"
    assert tidy(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Ann [/] Lee",
        "[@click=app.boom]Ann[/]",
        "[bold]Ann[/bold]",
        "Zoë Álvarez",
        "مريم العلي",
        "王小明",
        "क्षितिज",
    ],
)
def test_names_stay_as_they_are(text: str) -> None:
    """Brackets are letters, scripts stay whole (ZWNJ between letters too)."""
    made = plain(text)
    assert made.plain == text
    assert not made.spans
    assert tidy("می\u200cخواهم") == "می\u200cخواهم"


def test_widths_do_not_depend_on_the_terminal() -> None:
    """Emoji sequences, variation selectors, skin tones and towers of accents are taken apart."""
    assert tidy("👩\u200d👩\u200d👧") == "👩👩👧"
    assert tidy("❤\ufe0f") == "❤"
    assert tidy("👍🏽") == "👍"
    assert tidy("Z" + "\u0301" * 50) == "Z" + "\u0301" * 3


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_cell_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    """Cut or padded, left or right: columns cannot shift."""
    assert fit(text, width).cell_length == width
    assert fit(text, width, right=True).cell_length == width
    assert width_of(text) >= 0


@given(st.text(max_size=200), st.integers(4, 30), st.integers(1, 4))
def test_wrapped_lines_fit_and_say_that_something_is_left(text: str, width: int, limit: int) -> None:
    """Never more lines than asked, never wider, and … at the end when it was cut."""
    lines = wrap(text, width, limit)
    assert len(lines) <= limit
    assert all(line.cell_length <= width for line in lines)
