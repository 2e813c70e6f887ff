"""Times, bars, letters and shapes, the same on every screen of the terminal."""

from __future__ import annotations

import re
from collections.abc import Container

from msgspec.structs import replace

from fieldkit.core.activities import ROLL_CALL as _ROLL_CALL
from fieldkit.core.notices import ALARM
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.views import LETTERS, SHAPES, Bar, PersonLine, RoundLine
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _

OPTION_STYLES = ("$option-a", "$option-b", "$option-c", "$option-d", "$option-e", "$option-f")
_EIGHTHS = "▏▎▍▌▋▊▉█"
ROLL_CALL = _ROLL_CALL.text[0]
ON_TIME_S = 10
"""Less than this beside the plan is shown as on time."""


def clock(ms: int) -> str:
    """`17:42`, or `1:02:03` from an hour on."""
    s = max(0, ms) // 1000
    if s >= 3600:
        return f"{s // 3600}:{s % 3600 // 60:02}:{s % 60:02}"
    return f"{s // 60}:{s % 60:02}"


def pace(pace_s: int) -> Content:
    if abs(pace_s) < ON_TIME_S:
        return plain(_("on time"), "$saved")
    if pace_s > 0:
        return plain(_("{time} behind", time=clock(pace_s * 1000)), "bold $waiting")
    return plain(_("{time} ahead", time=clock(-pace_s * 1000)), "$saved")


def letter(k: int) -> Content:
    """`A ●` in its colour; further options bear their number."""
    if k < len(SHAPES):
        return plain(f"{LETTERS[k]} {SHAPES[k]}", f"bold {OPTION_STYLES[k]}")
    return fit(str(k + 1), 3, "bold")


def bar(count: int, whole: int, width: int, style: str) -> Content:
    """A bar of `count` in `whole`, to an eighth of a cell; anybody at all is a sliver."""
    if width <= 0:
        return plain("")
    eighths = round(width * 8 * count / whole) if whole > 0 else 0
    if count > 0:
        eighths = max(1, min(eighths, width * 8))
    full, rest = divmod(eighths, 8)
    return fit("█" * full + (_EIGHTHS[rest - 1] if rest else ""), width, style)


def state_word(line: RoundLine) -> Content:
    """The state of a round, as in `OPEN 0:38`."""
    if line.state == "open":
        left = "" if line.left_ms is None else " " + clock(line.left_ms)
        urgent = line.left_ms is not None and line.left_ms <= 10_000
        return plain(_("OPEN") + left, "bold $waiting" if urgent else "bold $accent")
    words = {"closed": _("closed"), "revealed": _("revealed"), "void": _("void")}
    return plain(words.get(line.state, line.state), "$saved" if line.state == "revealed" else "$muted")


def type_word(kind: str) -> str:
    """The type of an activity as a trainer says it."""
    words = {
        "attendance": _("roll call"),
        "poll": _("poll"),
        "choice": _("choice"),
        "truefalse": _("true or false"),
        "scale": _("scale"),
        "prompt": _("discussion"),
        "text": _("text"),
        "acknowledge": _("signature"),
        "number": _("number"),
        "short": _("short answer"),
        "wordcloud": _("words"),
        "order": _("order"),
        "match": _("pairs"),
        "hotspot": _("picture"),
        "quiz": _("quiz"),
        "breakout": _("groups"),
        "checklist": _("checklist"),
    }
    return words.get(kind, kind)


def phase_word(phase: str) -> str:
    """A segment's phase as a trainer says it."""
    words = {
        "activation": _("activation"),
        "content": _("content"),
        "application": _("application"),
        "synthesis": _("synthesis"),
        "break": _("break"),
    }
    return words.get(phase, phase)


def asked(line: RoundLine) -> str:
    """What a round asks; the roll call's question is the house's own, everything else the pack's."""
    return _("Are you here?") if line.type == ATTENDANCE else one_line(line.text)


def choices(line: RoundLine) -> list[Bar]:
    """The bars of a round; true and false are the house's own words where the pack has none."""
    if line.type != "truefalse":
        return line.bars
    words = {"True": _("True"), "False": _("False")}
    return [replace(b, text=words.get(b.text, b.text)) for b in line.bars]


def step_label(label: str) -> str:
    """The words of a step: the pack's, in its language, or the roll call's."""
    return _("Are you here?") if label == ROLL_CALL else one_line(label)


def told(notice: str) -> str:
    """A notice to the room; the house's own one in the trainer's language."""
    return _("Alarm: stop work, go to the muster point. Your trainer calls the roll.") if notice == ALARM else notice


def name_of(person: PersonLine) -> str:
    """What to call somebody: the name, else the badge or code, else the number in this session."""
    return person.name or badge_words(person, twin=True)


def in_order(name: str) -> str:
    """What lists of names are sorted by: `person 2` comes before `person 10`."""
    return re.sub("[0-9]+", lambda m: m[0].rjust(9), name.casefold())


def badge_words(person: PersonLine, *, twin: bool = False) -> str:
    """The badge; of a walk-in without one the code to show next time; of namesakes at least the number here."""
    return person.badge or person.code or (person.p if twin else "")


def somebody(name: str) -> str:
    """What to call somebody in a sentence, of whom the view gives name or badge."""
    return name or _("somebody without a name")


def missing_word(person: PersonLine, width: int = 0, twins: Container[str] = ()) -> Content:
    """A person who has not answered, with the reason that can be seen."""
    return because(person, _("away") if person.away else _("no phone") if not person.phone else "", width, twins)


def because(person: PersonLine, why: str, width: int = 0, twins: Container[str] = ()) -> Content:
    """The name and a reason; with a `width` a long name gives way, the reason never does. Of `twins` (by `p`; see
    `core.namesakes`) the badge too: they bear the name of somebody else in the session."""
    beside = f" {badge_words(person, twin=True)}" if person.p in twins and person.name else ""
    reason, name = plain(beside + (f" ({why})" if why else ""), "$muted"), plain(name_of(person))
    return join(name.truncate(max(6, width - 2 - reason.cell_length), ellipsis=True) if width else name, reason)
