"""The roll of an alarm in the trainer's words: who is to be called, the bar on every screen, the question at its end.

The roll itself is the core's (`core.muster`), so that every console calls the same people and ticks one list.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from fieldkit.core.views import AlarmView, MusterLine, RoomView
from fieldkit.tui.panels.figures import badge_words, clock, in_order, name_of
from fieldkit.tui.roles import role_word
from fieldkit.tui.safe import Block, Content, fit, plain
from fieldkit.tui.say import _, count

BAR = "bold reverse $refused"


def roll(view: RoomView, own: Set[str] = frozenset()) -> list[MusterLine]:
    """Everybody to be called, those who are not ticked off first. Where the alarm could not be recorded it is who is
    in, ticked off as in `own` (ids): a full disk keeps nobody from being called."""
    if view.alarm is not None:
        people = view.alarm.people
    else:
        people = [
            MusterLine(p=x.p, name=name_of(x), badge=badge_words(x), crew=x.crew, ticked=x.p in own)
            for x in view.people
            if x.status == "in"
        ]
    return sorted(people, key=lambda x: (x.ticked, in_order(x.name), x.p))


def called(one: MusterLine) -> str:
    """The name, and what a phone has said of them meanwhile."""
    return f"{one.name} ({_('has left')})" if one.left else one.name


def beside(one: MusterLine) -> str:
    """The crew; of staff the role."""
    return role_word(one.role) if one.role else one.crew


def bar_words(alarm: AlarmView) -> str:
    """`ALARM 3:12 · 27 not accounted for`."""
    time, missing = clock(alarm.ms), len(alarm.missing)
    if not missing:
        return _("ALARM {time} · everybody is accounted for", time=time)
    return _("ALARM {time} · {n} not accounted for", time=time, n=missing)


def safe_question(people: Sequence[MusterLine]) -> str:
    """What is asked before an alarm ends, with everybody who is not ticked off."""
    missing = [x.name for x in people if not x.ticked]
    if not missing:
        return _("Everybody is accounted for. All safe: go on?")
    return count(
        "{n} person is not ticked off: {names}. All safe?",
        "{n} people are not ticked off: {names}. All safe?",
        len(missing),
        names=", ".join(missing),
    )


class AlarmBar(Block):
    """One line across every screen while an alarm is on: coloured, and marked where there are no colours."""

    def show_alarm(self, alarm: AlarmView | None) -> None:
        self.set_class(alarm is not None, "-on")
        if alarm is not None:
            self.show(bar_line(alarm, self.app.size.width))


def bar_line(alarm: AlarmView, width: int) -> Content:
    return plain(fit(f" !! {bar_words(alarm)} !!", width).plain, BAR)  # to the edge: what is padded has no style
