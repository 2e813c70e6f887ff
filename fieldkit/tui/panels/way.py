"""The way to head office in words and shapes: sealed → carried → ingested → receipted."""

from __future__ import annotations

from fieldkit.tui.safe import Content, join, plain
from fieldkit.tui.say import _

STAGES = ("sealed", "carried", "ingested", "receipted")
"""In order; a session that is at none of them is kept here."""
REFUSED = ("held", "fork", "refused")
"""Answers of head office after which a session is not there."""


def far(stage: str) -> int:
    """How many of the four hold. What is packed and not sealed is as far as what is sealed."""
    stage = "sealed" if stage == "packed" else stage
    return STAGES.index(stage) + 1 if stage in STAGES else 0


def stage_dots(stage: str) -> Content:
    """`●●○○`: one a stage."""
    n = far(stage)
    style = "$saved" if n == len(STAGES) else "$accent"
    return join(plain("●" * n, style), plain("○" * (len(STAGES) - n), "$muted"))


def ladder(stage: str) -> Content:
    """`● sealed → ● carried → ○ ingested → ○ receipted`."""
    n = far(stage)
    style = "bold $saved" if n == len(STAGES) else "bold"
    parts = []
    for k, one in enumerate(STAGES):
        words = stage_word("packed" if stage == "packed" and not k else one)
        parts.append(plain(f"● {words}", style) if k < n else plain(f"○ {words}", "$muted"))
    return plain(" → ", "$muted").join(parts)


def legend() -> Content:
    """What each number of dots means."""
    shown = (join(stage_dots(one), plain(f" {stage_word(one)}", "$muted")) for one in STAGES)
    return plain("  ").join(shown)


def stage_sentence(stage: str) -> str:
    """Where the records are now."""
    return {
        "packed": _("Packed on this laptop, not sealed; head office does not have it"),
        "sealed": _("Sealed on this laptop; head office does not have it"),
        "carried": _("Carried; head office's receipt is not here yet"),
        "ingested": _("Head office has it; its receipt is not here yet"),
        "receipted": _("Head office has receipted all of it"),
        "part": _("Part of it has left this laptop; what is newest has not"),
    }.get(stage) or _("Everything is on this laptop and nowhere else")


def stage_word(stage: str) -> str:
    return {
        "kept": _("kept here"),
        "": _("kept here"),
        "packed": _("packed"),
        "sealed": _("sealed"),
        "carried": _("carried"),
        "ingested": _("ingested"),
        "receipted": _("receipted"),
    }.get(stage, stage)
