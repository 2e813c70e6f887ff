"""The colours of the look; letters, shapes and words carry everything without them.

Five sets: dark, light for the sun, dark and light with high contrast (every text 7:1 and better), and one whose states
and options stay apart for who cannot tell red from green or blue from yellow. tests/tui/test_themes.py computes it.
"""

from __future__ import annotations

from textual.theme import Theme

_OPTIONS_DARK = ("#F0A202", "#56B4E9", "#4CC38A", "#E38AB5", "#F2E34C", "#B9BDC7")
# On paper the option colours are too pale for letters: the same hues, dark enough to read (4.5:1 and better).
_OPTIONS_LIGHT = ("#8A5D00", "#0B6A9E", "#176D43", "#A3396F", "#6F6600", "#555B66")
_OPTIONS_HIGH_LIGHT = ("#5C3D00", "#00436B", "#0B4A2B", "#731F4B", "#454000", "#3A3F48")
_OPTIONS_HIGH_DARK = ("#FFC14D", "#8CCBF2", "#7FE0B0", "#F5B5D3", "#F7EC7A", "#D5D8DF")
# Okabe and Ito, "Color Universal Design" (2008); the green lighter, so that it reads on night.
_OPTIONS_BLIND = ("#E69F00", "#56B4E9", "#2FC79B", "#DB8FBC", "#F0E442", "#B9BDC7")


def _theme(
    name: str,
    dark: bool,
    *,
    ink: str,
    paper: str,
    panel: str,
    row: str,
    accent: str,
    saved: str,
    waiting: str,
    refused: str,
    muted: str,
    line: str,
    options: tuple[str, ...],
) -> Theme:
    """A set of the look's colours, with Textual's own names for them, so that what it draws itself fits as well."""
    ours = {"saved": saved, "waiting": waiting, "refused": refused, "muted": muted, "line": line}
    letters = {f"option-{letter}": colour for letter, colour in zip("abcdef", options, strict=True)}
    drawn = {
        # Of the palette and of fields, which Textual would mix from the others, paler than may be read.
        "text-muted": muted, "text-disabled": muted, "text-accent": accent, "text-primary": accent,
        "block-cursor-foreground": ink, "block-cursor-background": row, "block-cursor-blurred-foreground": ink,
        "block-cursor-blurred-background": row, "block-hover-background": row,
        "input-selection-background": f"{accent} 25%", "input-selection-foreground": ink,
        "input-cursor-background": ink, "input-cursor-foreground": paper,
    }  # fmt: skip
    return Theme(
        name=name,
        dark=dark,
        primary=accent,
        accent=accent,
        success=saved,
        warning=waiting,
        error=refused,
        foreground=ink,
        background=paper,
        surface=paper,
        panel=panel,
        variables={**drawn, **letters, **ours, "paper": paper, "row": row},
    )


DARK = _theme(
    "fieldkit-dark", True, ink="#F2F4F7", paper="#10141B", panel="#1B222D", row="#24303D", accent="#5CC8DD",
    saved="#6FD39A", waiting="#FFB84D", refused="#FF8A80", muted="#A9B0BC", line="#767C88", options=_OPTIONS_DARK,
)  # fmt: skip

LIGHT = _theme(
    "fieldkit-light", False, ink="#15181E", paper="#FBFAF6", panel="#EFEDE6", row="#DCE6E8", accent="#0B5A6B",
    saved="#176B39", waiting="#8A4B00", refused="#A61B1B", muted="#555B66", line="#767C88", options=_OPTIONS_LIGHT,
)  # fmt: skip

HIGH_DARK = _theme(
    "fieldkit-high-dark", True, ink="#FFFFFF", paper="#000000", panel="#0D0D0D", row="#1A2A33", accent="#7FE3F5",
    saved="#8CEBB2", waiting="#FFCB73", refused="#FFB0A8", muted="#D5D8DF", line="#D5D8DF", options=_OPTIONS_HIGH_DARK,
)  # fmt: skip

HIGH_LIGHT = _theme(
    "fieldkit-high-light", False, ink="#000000", paper="#FFFFFF", panel="#F4F4F4", row="#DDEAED", accent="#003E4A",
    saved="#0B4A2B", waiting="#5C3200", refused="#7A0C0C", muted="#3A3F48", line="#3A3F48", options=_OPTIONS_HIGH_LIGHT,
)  # fmt: skip

BLIND = _theme(
    "fieldkit-colour-blind", True, ink="#F2F4F7", paper="#10141B", panel="#1B222D", row="#24303D", accent="#E4EAFF",
    saved="#56B4E9", waiting="#F0E442", refused="#F08A5D", muted="#A9B0BC", line="#767C88", options=_OPTIONS_BLIND,
)  # fmt: skip

THEMES: dict[str, Theme] = {
    "dark": DARK, "light": LIGHT, "high-dark": HIGH_DARK, "high-light": HIGH_LIGHT, "colour-blind": BLIND,
}  # fmt: skip
"""As they are called in the setting `theme`, in the order in which the key goes through them."""
