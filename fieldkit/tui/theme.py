"""The colours of the look, light and dark; letters, shapes and words carry everything without them."""

from __future__ import annotations

from textual.theme import Theme

_OPTIONS_DARK = {
    "option-a": "#F0A202", "option-b": "#56B4E9", "option-c": "#4CC38A",
    "option-d": "#E38AB5", "option-e": "#F2E34C", "option-f": "#B9BDC7",
}  # fmt: skip
# On paper the option colours are too pale for letters: the same hues, dark enough to read (4.5:1 and better).
_OPTIONS_LIGHT = {
    "option-a": "#8A5D00", "option-b": "#0B6A9E", "option-c": "#1B7A4B",
    "option-d": "#A3396F", "option-e": "#6F6600", "option-f": "#555B66",
}  # fmt: skip

DARK = Theme(
    name="fieldkit-dark",
    dark=True,
    primary="#5CC8DD",
    accent="#5CC8DD",
    success="#6FD39A",
    warning="#FFB84D",
    error="#FF8A80",
    foreground="#F2F4F7",
    background="#10141B",
    surface="#10141B",
    panel="#1B222D",
    variables={
        **_OPTIONS_DARK, "saved": "#6FD39A", "waiting": "#FFB84D", "refused": "#FF8A80", "muted": "#A9B0BC",
        "line": "#767C88", "paper": "#10141B", "row": "#24303D",
    },
)  # fmt: skip

LIGHT = Theme(
    name="fieldkit-light",
    dark=False,
    primary="#0B5A6B",
    accent="#0B5A6B",
    success="#176B39",
    warning="#8A4B00",
    error="#A61B1B",
    foreground="#15181E",
    background="#FBFAF6",
    surface="#FBFAF6",
    panel="#EFEDE6",
    variables={
        **_OPTIONS_LIGHT, "saved": "#176B39", "waiting": "#8A4B00", "refused": "#A61B1B", "muted": "#555B66",
        "line": "#767C88", "paper": "#FBFAF6", "row": "#DCE6E8",
    },
)  # fmt: skip
