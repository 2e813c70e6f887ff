"""What stands below a result: what the room sees of it, and what the numbers suggest to do next."""

from __future__ import annotations

from fieldkit.core.views import LETTERS, RoundLine
from fieldkit.tui.panels.figures import clock
from fieldkit.tui.safe import Content, join, plain, wrap
from fieldkit.tui.say import _


def seen_by(line: RoundLine) -> str:
    """One sentence on what the room sees of this result."""
    if line.state == "revealed":
        return _("shown to the room")
    if line.state == "void":
        return _("void: it does not count")
    if line.reveal == "never":
        return _("never shown to the room")
    if line.live and line.state == "open":
        if line.live_counts:
            return _("the room sees the counts, not what is right")
        return _("the room sees how many have answered, nothing else")
    return _("hidden from the room until you reveal")


def band_words(band: str) -> str:
    """What peer instruction does with this share of right answers; empty without one."""
    return {
        "explain": _("Fewer than 3 in 10 are right: explain it, then [v] re-vote"),
        "discuss": _("Between 3 and 7 in 10 are right: let neighbours discuss, then [v] re-vote"),
        "go_on": _("More than 7 in 10 are right: say why in a sentence and go on"),
    }.get(band, "")


def gain_words(line: RoundLine) -> str:
    """The step from the question before the teaching to this one; empty without both."""
    if not line.gain_pts:
        return ""
    points = line.gain_pts if line.gain_pts.startswith("-") else f"+{line.gain_pts}"
    if not line.gain_norm:
        return _("since the question before: {points} points", points=points)
    return _("since the question before: {points} points, gain {norm}", points=points, norm=line.gain_norm)


def moves_words(line: RoundLine) -> str:
    """Who changed since the first round, in people."""
    m = line.moves
    if m is None:
        return ""
    return _(
        "since round 1: {kept} stayed right, {up} became right, {down} became wrong, {low} stayed wrong",
        kept=m.stayed_right,
        up=m.became_right,
        down=m.became_wrong,
        low=m.stayed_wrong,
    )


def hands_words(line: RoundLine) -> str:
    """The show of hands by the letters of the choices, in their order; empty without one."""
    if not line.hands:
        return ""
    signs = {b.id: LETTERS[k] if k < len(LETTERS) else str(k + 1) for k, b in enumerate(line.bars)}
    return _("show of hands: {counts}", counts="  ".join(f"{signs.get(i, i)} {n}" for i, n in _by_letter(line)))


def _by_letter(line: RoundLine) -> list[tuple[str, int]]:
    places = {b.id: k for k, b in enumerate(line.bars)}
    return sorted(line.hands.items(), key=lambda x: places.get(x[0], len(places)))


def hint_lines(line: RoundLine, width: int, most: int) -> list[Content]:
    """At most `most` lines, the ones that matter first."""
    found: list[Content] = []
    if line.suppressed:
        found.append(plain(_("Fewer than {k} answered: nothing of it was kept.", k=line.least), "$waiting"))
    if line.reading_ms:
        found.append(plain(_("reading: the choices come in {time}", time=clock(line.reading_ms)), "bold $accent"))
    if line.mode == "anonymous":
        if line.state == "open":
            found.append(plain(_("anonymous: while it is open only the number shows"), "bold"))
            if line.too_few:
                found.append(plain(_("fewer than {k} are not kept", k=line.least), "$waiting"))
            if line.small:
                found.append(plain(_("too few are here: their answers would not be kept"), "bold $waiting"))
        else:
            found.append(plain(_("anonymous: nobody's answer can be told"), "$muted"))
    band = band_words(line.band) if line.state in ("open", "closed") and not line.says_little else ""
    found += [plain(band, "bold $accent")] if band else []
    found += [plain(seen_by(line), "$muted")] if line.votes and line.reveals else []
    found += [plain(words, "bold") for words in (gain_words(line),) if words]
    found += [plain(words) for words in (moves_words(line),) if words]
    if line.sure_wrong_n and line.state == "open":
        found.append(plain(_("sure and wrong: {n}", n=line.sure_wrong_n), "bold $waiting"))
    if line.mode == "confidential":
        found.append(plain(_("confidential: names and answers stay apart"), "$muted"))
    # Whole or not at all: half a suggestion suggests something else.
    out: list[Content] = []
    for each in found:
        lines = wrap(each, width - 2, 2)
        if out and len(out) + len(lines) > most:
            break
        out += [join(plain(" "), line) for line in lines]
    return out
