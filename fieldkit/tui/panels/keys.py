"""Keys and head office's list in words: known or not, until when, and what to do about it."""

from __future__ import annotations

import datetime

from fieldkit.tui.keytools import ChangeLine, HeldList, KeysState, OwnKey, Standing
from fieldkit.tui.panels.home import SOON_S, days_left
from fieldkit.tui.safe import Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count

TAIL = 26
"""Cells of how a key or a list stands."""
WORD = 12
"""Cells of a word: the longest has eight letters."""
GRAVE = ("root", "restored", "alike")
"""Changes that somebody should ask about."""


def day(at: int) -> str:
    """The UTC day of a Unix second, as lists write it; a dash beyond the calendar."""
    try:
        return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return "–"


def soon(until: int, now: int) -> bool:
    return now < until <= now + SOON_S


def standing_mark(one: Standing | None, now: int, *, enrolled: bool) -> tuple[str, str]:
    """(mark and words, style) for a row. `enrolled`: there is a list to ask."""
    if one is None:
        return ("✕ " + _("not on the list"), "$waiting") if enrolled else ("○ " + _("no head office yet"), "$waiting")
    if one.state == "revoked":
        return "✕ " + _("revoked"), "bold $refused"
    if one.state == "expired":
        return "✕ " + _("has run out"), "bold $refused"
    if one.state == "not-yet":
        return "○ " + _("from {day}", day=day(one.from_)), "$waiting"
    if soon(one.until, now):
        return "◷ " + _("ends {when}", when=days_left(one.until, now)), "bold $waiting"
    return "✓ " + _("until {day}", day=day(one.until)), "$saved"


def standing_words(own: OwnKey, state: KeysState) -> list[str]:
    """Whether head office knows a key, until when, and what to do."""
    org, one = state.held.org if state.held is not None else "", own.listed
    if one is None:
        known = (
            _("The list of {org} does not name this key.", org=org)
            if org
            else _("No head office knows this key yet: nothing that it signs counts anywhere else.")
        )
        todo = _(
            "Write its note (w), bring or send it to head office, and read these six words there on the telephone."
        )
        return [known, todo]
    if one.state == "revoked":
        words = _("{org} has revoked this key from {day} on.", org=org, day=day(one.revoked or one.from_))
        return [words, _("What it signs after that does not count there. Ask head office before you hold a session.")]
    if one.state == "expired":
        words = _("This key has run out at {org}, on {day}.", org=org, day=day(one.until))
        return [words, _renewed()]
    if one.state == "not-yet":
        return [_("{org} lists this key; it counts from {day} on.", org=org, day=day(one.from_))]
    words = _("{org} knows this key, from {start} until {end}.", org=org, start=day(one.from_), end=day(one.until))
    out = [words]
    if soon(one.until, state.now):
        out.append(_("It ends {when}.", when=days_left(one.until, state.now)) + " " + _renewed())
    return out


def _renewed() -> str:
    return _("Ask head office to renew it, then take its new list in (o). The key and its words stay the same.")


def packs_words(own: OwnKey) -> str:
    """What a trainer is certified for; empty for the laptop, and for a key that is on no list."""
    if not own.id or own.listed is None:
        return ""
    packs = own.listed.packs
    if packs is None:
        return _("The list says nothing about packs.")
    return _("Certified for: {packs}.", packs=", ".join(packs))


def list_mark(state: KeysState) -> tuple[str, str]:
    held = state.held
    if state.list_wrong:
        return "✕ " + _("cannot be read"), "bold $refused"
    if held is None:
        return "○ " + _("none yet"), "$waiting"
    if held.expired:
        return "✕ " + _("has run out"), "bold $refused"
    if soon(held.expires, state.now):
        return "◷ " + _("ends {when}", when=days_left(held.expires, state.now)), "bold $waiting"
    return "✓ " + _("until {day}", day=day(held.expires)), "$saved"


def list_words(held: HeldList | None, now: int) -> list[str]:
    """Version, dates, and what to do about them."""
    if held is None:
        first = _("There is no list of head office here yet. With one, head office can check what this laptop signs.")
        return [first, _("Take it in with o: the first time head office tells you its root's six words.")]
    out = [
        _(
            "Version {n} of {org}, issued on {start}, until {end}. It names {keys}.",
            n=held.version,
            org=held.org,
            start=day(held.issued),
            end=day(held.expires),
            keys=count("{n} key", "{n} keys", held.people),
        )
    ]
    if held.expired:
        out.append(_("It has run out. Training goes on; ask head office for a new one, and take it in (o)."))
    elif soon(held.expires, now):
        left = days_left(held.expires, now)
        out.append(_("It runs out {when}: ask head office for the next one, and take it in (o).", when=left))
    return out


def change_words(one: ChangeLine) -> str:
    """One thing that a list changed."""
    return {
        "root": _("Root {name} is new, or is gone.", name=one.name),
        "revoked": _("{name} is revoked.", name=one.name),
        "restored": _("{name} is no longer revoked.", name=one.name),
        "gone": _("{name} is no longer listed.", name=one.name),
        "joined": _("{name} joined.", name=one.name),
        "window": _("{name} counts for another time.", name=one.name),
        "packs": _("{name} is certified for other packs.", name=one.name),
        "changed": _("{name} is described in other words.", name=one.name),
        "recipient": _("Sessions are sealed to other keys of head office."),
        "alike": _("{name} can be taken for another one: ask head office.", name=one.name),
    }.get(one.code, one.name)


def change_lines(changes: tuple[ChangeLine, ...], width: int, most: int) -> list[Content]:
    """The gravest first, each with a mark; what does not fit is counted."""
    seen: list[ChangeLine] = []
    for one in changes:
        if not (one.code == "recipient" and any(x.code == "recipient" for x in seen)):
            seen.append(one)
    shown = seen if len(seen) <= most else seen[: max(0, most - 1)]
    out = []
    for one in shown:
        mark = plain(" ! ", "bold $waiting") if one.code in GRAVE else plain(" · ", "$muted")
        out.append(fit(join(mark, plain(change_words(one), "bold" if one.code in GRAVE else "")), width))
    if len(shown) < len(seen):
        out.append(plain("   " + _("and {n} more", n=len(seen) - len(shown)), "$muted"))
    return out


def word_rows(words: str) -> list[Content]:
    """Six words in two rows, each with its number: as they are read out."""
    parts = words.split()
    cells = [join(fit(f"{k} ", 3, "$muted", right=True), fit(x, WORD, "bold $accent")) for k, x in enumerate(parts, 1)]
    return [join(plain("  "), *cells[k : k + 3]) for k in range(0, len(cells), 3)]


def spaced_rows(words: str) -> list[Content]:
    """Each word on a line of its own, in capitals with space between: to be read from afar."""
    return [
        join(fit(f"{k}  ", 5, "$muted", right=True), plain(" ".join(word.upper()), "bold $accent"))
        for k, word in enumerate(words.split(), 1)
    ]


def key_row(own: OwnKey, state: KeysState, width: int) -> Content:
    words, style = standing_mark(own.listed, state.now, enrolled=state.held is not None)
    tail = fit(words, TAIL, style)
    name = plain(own.name, "bold") if not own.id else join(plain(own.id, "bold"), plain(f"  {own.name}", "$muted"))
    return join(fit(name, max(10, width - TAIL - 1)), plain(" "), tail)


def list_row(state: KeysState, width: int) -> Content:
    words, style = list_mark(state)
    held = state.held
    name = join(plain(held.org, "bold"), plain("  " + _("version {n}", n=held.version))) if held else plain("–")
    return join(fit(name, max(10, width - TAIL - 1)), plain(" "), fit(words, TAIL, style))


def sentences(lines: list[str], width: int, most: int, style: str = "") -> list[Content]:
    """Sentences one behind the other, with a margin."""
    return [plain(" ") + line for line in wrap(" ".join(x for x in lines if x), width - 2, most, style)]
