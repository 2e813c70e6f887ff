"""One line a person: name, badge, where they are, how they came, what they are marked as."""

from __future__ import annotations

from fieldkit.core.state import EVIDENCE
from fieldkit.core.views import PersonLine
from fieldkit.tui.panels.after import mark_words
from fieldkit.tui.panels.figures import badge_words, clock, name_of
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _


def status_words(person: PersonLine) -> Content:
    if person.status == "in":
        return plain("● " + (_("away") if person.away else _("in")), "$waiting" if person.away else "$saved")
    words = {"expected": "○ " + _("expected"), "out": "◌ " + _("left"), "removed": "✕ " + _("removed")}
    return plain(words.get(person.status, person.status), "$muted")


def _name_width(width: int) -> int:
    return max(12, width - 11 - 10 - 17 - 11 - 4)


def _row(width: int, name: Content, badge: Content, status: Content, how: Content, mark: Content) -> Content:
    """Five columns; the name takes what is left."""
    gap, left = plain(" "), _name_width(width)
    return join(fit(name, left), gap, fit(badge, 11), gap, fit(status, 10), gap, fit(how, 17), gap, fit(mark, 11))


def columns(width: int) -> Content:
    """The heads of the columns."""
    heads = (_("NAME"), _("BADGE"), _("STATUS"), _("CAME BY"), _("MARKED"))
    return _row(width, *(plain(h, "$muted") for h in heads))


def described(person: PersonLine) -> str:
    """Enough to tell two entries apart: name, badge or code, when they came and how."""
    parts = [name_of(person), badge_words(person, twin=True)]
    if person.in_m is not None:
        parts.append(_("came at {time}", time=clock(person.in_m)))
    parts.append(_("phone") if person.phone else "")
    return " · ".join(dict.fromkeys(x for x in parts if x))


def person_row(person: PersonLine, width: int, *, twin: bool = False, double: bool = False) -> Content:
    """`twin`: another entry has the same name; `double`: and they may be one person."""
    ways = {"card": _("badge"), "proxy": _("by hand"), "paper": _("paper"), "kiosk": _("kiosk")}
    how = _("phone") if person.phone else ways.get(person.via, "")
    if person.walkin:
        how = f"{how}, {_('walk-in')}" if how else _("walk-in")
    name = plain(name_of(person))
    if double:
        beside = plain("  " + _("same name"), "bold $waiting")
        name = join(name.truncate(max(4, _name_width(width) - beside.cell_length), ellipsis=True), beside)
    return _row(
        width,
        name,
        plain(badge_words(person, twin=twin), "$muted"),
        status_words(person),
        plain(how, "$muted"),
        plain(mark_words(person.mark), "bold"),
    )


def known_words(person: PersonLine) -> str:
    """When somebody came and left, in minutes of the session, and how it is known."""
    words = {
        "fac": _("trainer's word"),
        "badge": _("badge shown"),
        "code": _("fresh code"),
        "roster": _("on the list"),
        "lan": _("on this network"),
        "net": _("from another network"),
    }
    past = ", ".join(f"{clock(a or 0)}–{clock(b)}" for a, b in person.spans if b is not None)
    since = next((clock(a or 0) for a, b in person.spans if b is None), "")
    if past and since:
        stays = _("here {times}, from {time}", times=past, time=since)
    elif since:
        stays = _("here from minute {time}", time=since)
    else:
        stays = _("here {times}", times=past) if past else ""
    known = ", ".join(words[x] for x in EVIDENCE if x in person.ev)
    parts = (stays, _("known by: {ways}", ways=known) if known else "")
    return "   ".join(x for x in parts if x)


def matches(person: PersonLine, words: str) -> bool:
    wanted = words.casefold().split()
    text = f"{person.name} {badge_words(person)} {person.crew}".casefold()
    return all(each in text for each in wanted)
