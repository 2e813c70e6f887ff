"""A pack's Markdown as a person reads it."""

from __future__ import annotations

from fieldkit.tui.panels.prose import one_line, prose

NOTES = """# Energy

**Stand at a machine**, not in
the *break* room.

1. Slide 1: ask "which?"
2. A question that is long enough to go on below itself.
   - 7 in 10: reveal `now`.

See [the card](https://a.example/x). 2 * 3 * 4 stays."""


def test_lists_keep_their_lines_and_marks_are_gone() -> None:
    assert [line.plain for line in prose(NOTES, 34)] == [
        "Energy",
        "",
        "Stand at a machine, not in the",
        "break room.",
        "",
        '1. Slide 1: ask "which?"',
        "2. A question that is long enough",
        "   to go on below itself.",
        "  • 7 in 10: reveal now.",
        "",
        "See the card. 2 * 3 * 4 stays.",
    ]


def test_one_line_for_a_row() -> None:
    assert one_line("## The *six* steps\n**now**") == "The six steps now"
