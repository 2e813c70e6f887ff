"""The newest records in plain words: when, who, what. It follows as they come."""

from __future__ import annotations

from datetime import UTC, datetime

from fieldkit.core.views import LogLine, RoomView
from fieldkit.tui.panels.figures import step_label, told
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.safe import Content, fit, join, plain, width_of
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.listing import ListScreen


def time_of_day(t: int) -> str:
    """Unix ms → `08:14:03` on this laptop; empty for a mad clock."""
    try:
        return datetime.fromtimestamp(t / 1000, UTC).astimezone().strftime("%H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return ""


def what(kind: str) -> str:
    """What a record says, in words; its kind where there are none."""
    return {
        "session.open": _("the session was opened"),
        "session.pause": _("paused"),
        "session.resume": _("went on"),
        "session.close": _("ended the session"),
        "session.reopen": _("opened the session again"),
        "session.handover": _("handed the session over"),
        "staff.set": _("staff changed"),
        "clock.jump": _("the clock jumped"),
        "segment.enter": _("began a segment"),
        "plan.change": _("changed the plan"),
        "note.add": _("wrote a note"),
        "note.room": _("told the room"),
        "person.expect": _("is expected"),
        "person.join": _("joined"),
        "person.merge": _("is one person with another entry"),
        "person.rename": _("was renamed"),
        "person.void": _("was taken out"),
        "person.object": _("objected to being recorded"),
        "att.in": _("is here"),
        "att.out": _("left"),
        "att.mark": _("was marked"),
        "activity.open": _("opened"),
        "activity.extend": _("changed the time limit"),
        "activity.close": _("closed"),
        "activity.reveal": _("revealed"),
        "activity.hide": _("hid the result"),
        "activity.void": _("made void"),
        "answer.put": _("answered"),
        "tally.put": _("votes counted"),
        "hands.put": _("hands counted"),
        "say.put": _("wrote"),
        "say.up": _("voted for a message"),
        "say.hide": _("hid a message"),
        "say.pin": _("pinned a message"),
        "say.done": _("answered a question"),
        "say.park": _("kept a question for the expert"),
        "hand.up": _("raised a hand"),
        "hand.down": _("hand down"),
        "groups.set": _("groups were made"),
        "check.mark": _("was judged"),
        "ack.sign": _("signed"),
        "amend": _("a correction"),
        "sign.by": _("signed the record"),
    }.get(kind, kind)


def log_row(line: LogLine, width: int) -> Content:
    who = line.who or (_("somebody") if line.by == "self" else _("trainer"))
    about = told(line.about) if line.kind.startswith("note.") else step_label(line.about)
    words = what(line.kind) if about or line.kind != "note.room" else _("took the notice down")
    tail = plain("  ✕ " + _("void"), "bold $waiting") if line.void else plain("")
    body = join(
        plain(f"{line.i} ".rjust(6), "$muted"),
        fit(time_of_day(line.t), 10, "$muted"),
        fit(who, 20, "bold" if line.who else ""),
        plain(" "),
        plain(words),
        plain(f": {one_line(about)}" if about else "", "$muted"),
    )
    return join(fit(body, min(body.cell_length, max(20, width - width_of(tail.plain)))), tail)


class LogScreen(ListScreen):
    def top(self, view: RoomView, width: int) -> Content:
        return heading(_("Newest records"), count("{n} saved", "{n} saved", view.saved))

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        """The newest first; the cursor stays on its record."""
        return [(str(x.i), log_row(x, width)) for x in reversed(view.log)]

    def hint(self) -> str:
        return _("The newest is at the top. ^n takes the names away.")
