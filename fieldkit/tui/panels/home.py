"""The rows of the home screen, and the strip that says whether one may go home."""

from __future__ import annotations

from fieldkit.tui.hometools import PackLine, PlannedLine, SessionLine, Status
from fieldkit.tui.panels.way import stage_dots, stage_word
from fieldkit.tui.safe import Content, fit, join, plain, width_of
from fieldkit.tui.say import _, count, size_of, told

OPEN = ("running", "paused")
"""States of a session that was interrupted and can go on."""
DAY_S = 86_400
NARROW = 72
"""Below this width a pack's languages and version make room for its title."""


def unusable_words(state: str) -> str:
    """Why a session cannot be gone on with, and what to do; empty where it can."""
    return {
        "damaged": _("This session's file is damaged. `fieldkit fsck` says what can still be read."),
        "missing": _("This session's file is gone. `fieldkit restore` brings it back from a backup."),
        "older": _("This is an older copy of what this laptop signed. It can be read, not gone on with."),
    }.get(state, "")


def session_row(line: SessionLine, width: int, *, when: int, people: bool, synced: bool) -> Content:
    """`when`: width of that column; `people`, `synced`: whether any row has that one, so that empty ones leave room
    for the title."""
    states = {
        "running": _("interrupted"),
        "paused": _("paused"),
        "ended": _("ended"),
        "damaged": _("damaged"),
        "missing": _("file gone"),
        "older": _("older copy"),
    }
    words = _("names gone") if line.purged else stage_word(line.sync)
    sync = plain(words, "$saved" if line.sync == "receipted" else "" if line.sync else "$muted")
    dots = join(stage_dots(line.sync), plain(" ")) if width >= NARROW else plain("")
    tail = join(
        fit(line.when or "–", when, "$muted"),
        plain("  "),
        fit(count("{n} person", "{n} people", line.people), 11, right=True) if people else plain(""),
        plain("  ") if people else plain(""),
        fit(states.get(line.state, line.state), 11, "bold $waiting" if line.state in OPEN else "$muted"),
        join(dots, fit(sync, 12)) if synced else plain(""),
    )
    head = join(fit(str(line.seq), 4, "$muted", right=True), plain("  "), plain(line.title or _("unknown title")))
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


def certified_words(line: PackLine) -> tuple[str, str]:
    """(words, style): whether the pack is signed, and the trainer certified for it; empty without a trust list."""
    if line.certified is None:
        return "", ""
    if not line.certified:
        return _("not signed"), "$waiting"
    if line.trainer is False:
        return _("✓ pack, not you"), "$waiting"
    return _("✓ signed"), "$saved"


def pack_row(line: PackLine, width: int, *, certified: bool) -> Content:
    """`certified`: whether any pack has something in that column."""
    words, style = certified_words(line)
    wide = width >= NARROW
    tail = join(
        plain(" ".join(line.langs) if wide else "", "$muted"),
        fit(_("{n} min", n=line.minutes), 9, right=True),
        join(plain("  "), fit(words, 16, style)) if certified else plain(""),
        plain("  ") if wide and not certified else plain(""),
        fit(line.version, 8, "$muted") if wide and not certified else plain(""),
    )
    room = max(10, width - tail.cell_length - 1)
    title = join(plain(line.title), plain(f"  {told(line.problem)}" if line.problem else f"  {line.id}", "$muted"))
    if not line.problem and title.cell_length > room:  # the first letters of an id name nothing
        title = plain(line.title)
    return join(fit(title, room), plain(" "), tail)


def planned_row(line: PlannedLine, width: int, *, day: bool = False) -> Content:
    """`day`: its day stands before its hour, as for one that is not today's."""
    if line.wrong:
        return fit(join(plain("✕ ", "bold $refused"), plain(told(line.wrong))), width)
    at = line.at if day else line.at.partition(" ")[2]
    state = _("called off") if line.office == "cancelled" else _("overdue") if line.late else ""
    moved = _("moved, was {was}", was=line.was) if line.was and line.office != "cancelled" else ""
    tail = join(
        plain(f"{state}  " if state else "", "bold $waiting"),
        plain(f"{moved}  " if moved else "", "$waiting"),
        plain(f"{_('changed')}  " if line.changed else "", "$muted"),
        plain(count("{n} expected", "{n} expected", line.people) + " " if line.people else "", "$muted"),
    )
    head = join(
        plain(f"{at}  ", "bold"),
        plain(f"({line.zone})  " if line.zone else "", "$muted"),
        plain(line.title or line.pack),
        plain(f" · {', '.join(x for x in (line.place, line.room) if x)}" if line.place or line.room else "", "$muted"),
    )
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


def age_words(seconds: int) -> str:
    """`3 days`, `5 hours`, `20 minutes`; never less than a minute."""
    if seconds >= DAY_S:
        return count("{n} day", "{n} days", seconds // DAY_S)
    if seconds >= 3600:
        return count("{n} hour", "{n} hours", seconds // 3600)
    return count("{n} minute", "{n} minutes", max(1, seconds // 60))


def receipt_words(s: Status) -> str:
    if s.receipt is None:
        return _("no receipt yet")
    return _("last receipt {age} ago", age=age_words(max(60, s.now - s.receipt)))


def light(s: Status) -> tuple[str, str, str]:
    """(mark and words, style, what is behind it): may the trainer go home?"""
    if not s.sessions:
        return "✓ " + _("SAFE TO GO HOME"), "bold $saved", _("there is no session on this laptop yet")
    if not s.unsynced and not s.open:
        words = count("head office has the {n} session", "head office has all {n} sessions", s.sessions)
        return "✓ " + _("SAFE TO GO HOME"), "bold $saved", f"{words} · {receipt_words(s)}"
    parts = []
    here = s.unsynced - s.carried
    if s.unsynced and s.office:
        words = count("{n} lacks a receipt", "{n} lack a receipt", s.unsynced)
        far = count("{n} is carried", "{n} are carried", s.carried)
        parts.append(f"{words}, {far}" if s.carried else words)
    elif s.unsynced:
        if here:
            parts.append(count("{n} session is here only", "{n} sessions are here only", here))
            parts += [count("{n} is carried", "{n} are carried", s.carried)] if s.carried else []
        else:
            words = count(
                "{n} session is carried, no receipt yet", "{n} sessions are carried, no receipt yet", s.carried
            )
            parts.append(words)
    if s.open and parts:
        parts.append(count("{n} not ended", "{n} not ended", s.open))
    elif s.open:
        parts.append(count("{n} session is not ended", "{n} sessions are not ended", s.open))
    if s.unsynced and s.oldest:
        parts.append(_("oldest {age}", age=age_words(s.now - s.oldest)))
    if s.office and s.receipt is not None:
        parts.append(receipt_words(s))
    words = _("NOT YET") if s.office else _("NO HEAD OFFICE YET")
    return f"◷ {words}", "bold $waiting", " · ".join(parts)


def strip(s: Status, width: int) -> list[Content]:
    """Two lines, always there: the light, then disk, clock and key."""
    mark, style, words = light(s)
    beside = width - width_of(f" {mark} [i]  ")
    while width_of(words) > beside and " · " in words:  # the last part is the least; half of one says nothing
        words = words.rpartition(" · ")[0]
    first = join(plain(f" {mark} ", style), plain("[i]", "bold $accent"), plain(f"  {words}"))
    return [fit(first, width), fit(gauges(s, width), width)]


def free_words(n: int) -> str:
    return _("{size} free", size=size_of(n))


def gauges(s: Status, width: int) -> Content:
    """Disk, clock and key, each with a mark and a word; nearer to each other where words are long."""
    disk = _part(_("DISK"), free_words(s.free), s.disk)
    clock = _part(
        _("CLOCK"), {True: _("can be right"), False: _("is wrong"), None: _("zone unknown")}[s.clock], s.clock
    )
    key = _part(_("KEY"), key_words(s), key_ok(s))
    wide = disk.cell_length + clock.cell_length + key.cell_length + 9 <= width
    return join(plain(" "), plain(" " * (4 if wide else 2)).join([disk, clock, key]))


SOON_S = 30 * DAY_S
"""Before the end of a key or a list, as in the room check: a stick has to go to head office and to come back."""


def days_left(until: int, now: int) -> str:
    return count("in {n} day", "in {n} days", max(1, -(-(until - now) // DAY_S)))


def key_soon(s: Status) -> bool:
    """Whether the laptop's key, or the list that names it, ends soon."""
    return s.enrolled and s.key_ends is not None and s.key_ends <= s.now + SOON_S


def ends(s: Status) -> str:
    return days_left(s.key_ends or s.now, s.now)


def key_ok(s: Status) -> bool | None:
    if not s.key or (s.office and not s.enrolled):
        return False
    return True if s.enrolled and not key_soon(s) else None


def key_words(s: Status) -> str:
    if not s.key:
        return _("missing")
    if key_soon(s):
        return _("ends {when}", when=ends(s))
    if s.enrolled:
        return _("known to head office")
    return _("unknown to head office")


def _part(label: str, words: str, ok: bool | None) -> Content:
    mark, style = {True: ("✓ ", "$saved"), False: ("✕ ", "bold $refused"), None: ("○ ", "$waiting")}[ok]
    return join(plain(f"{label} ", "$muted"), plain(mark, style), plain(words, "bold" if ok is False else ""))
