"""Below the question: the trainer's notes and what comes next; hands, questions and unknown badges."""

from __future__ import annotations

from typing import NamedTuple

from fieldkit.core.views import Nudge, RoomView
from fieldkit.tui.panels.figures import clock, somebody, step_label, told
from fieldkit.tui.panels.head import spread
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.prefs import hinted
from fieldkit.tui.safe import Block, Content, fit, join, plain, width_of
from fieldkit.tui.say import _, count

NUDGE_NAMES = 3


def label(words: str) -> Content:
    """A heading at the left, in one column with the other one."""
    column = max(width_of(_("NOTES")), width_of(_("NEXT")))
    return join(plain(" "), fit(words, column, "$muted"), plain("  "))


def note_lines(view: RoomView, width: int, lines: int = 2) -> list[Content]:
    first = label(_("NOTES"))
    room = max(10, width - first.cell_length - 1)
    whole = [line for line in prose(view.notes, room) if line.plain]
    words = whole[:lines] or [plain("–", "$muted")]
    if len(whole) > lines:
        # The rest is one key away.
        more = plain(" … " + _("[k] all"), "$accent")
        words[-1] = join(words[-1].truncate(room - more.cell_length), more)
    out = [join(first if k == 0 else label(""), line) for k, line in enumerate(words)]
    while len(out) < lines:
        out.append(plain(""))
    return [fit(line, width) for line in out]


def _coming(view: RoomView, helps: bool) -> Content:
    if view.state == "paused":
        return plain(_("paused: the trainer goes on") if helps else _("paused: [g] goes on"), "bold $waiting")
    if not view.next_label:
        done = _("the plan is finished") if helps else _("the plan is finished: [E] ends the session")
        return plain(done, "bold $accent")
    return plain(step_label(view.next_label))


def next_line(view: RoomView, also: list[str], width: int, *, helps: bool = False) -> Content:
    """`helps`: as in the header."""
    coming = join(label(_("NEXT")), _coming(view, helps))
    if not also:
        return fit(coming, width)
    others = plain(_("[tab] also open: {names}", names=", ".join(also)) + " ", "$waiting")
    return spread(coming, fit(others, min(others.cell_length, width // 2)), width)


class News(NamedTuple):
    """What was not looked at yet: questions to the trainer, messages; badges that nobody knows, at the desk (`unknown`)
    and typed on phones (`unlisted`)."""

    asks: int = 0
    messages: int = 0
    unknown: int = 0
    unlisted: int = 0


def unlisted(view: RoomView, looked_at: set[str]) -> list[str]:
    """Who came in with a badge that is not on the list of those expected, by `p`, without those `looked_at`. Whom the
    trainer let in at the desk was asked for a name there."""
    found = (p for p in view.people if p.walkin and p.badge and p.status == "in" and p.via != "card")
    return [p.p for p in found if p.p not in looked_at] if view.expected else []


def room_line(view: RoomView, news: News, width: int) -> Content:
    """Who wants something, and the notice that stands. When there is no room for all of it, the gaps go first, then
    keys, then names; then what is nought has a letter. Hands, questions and tempo keep their places, unless a long
    notice needs them."""
    notice = plain("")
    if view.notice:
        notice = join(plain("     " + _("TOLD THE ROOM") + " ", "$muted"), plain(told(view.notice)))
    whole = ((5, 3, False, True), (2, 3, False, True), (2, 3, False, False))
    for gap, names, short, keys in (*whole, (2, 1, False, False), (2, 1, True, False), (2, 0, True, False)):
        line = join(plain(" "), plain(" " * gap).join(_wants(view, news, names, short, keys=keys)), notice)
        if line.cell_length < width:
            return line
    wants = _wants(view, news, 0, True, noughts=not notice)
    while len(wants) > 1 and plain("  ").join(wants).cell_length + 1 >= width:
        del wants[-2]  # who waits at the door stays to the last: nobody else can let them in
    return fit(join(plain(" "), plain("  ").join(wants), notice), width)


def _wants(
    view: RoomView, news: News, names: int, short: bool, noughts: bool = True, *, keys: bool = False
) -> list[Content]:
    """`short`: what is nought as a letter and `0`; not `noughts`: not at all. `keys`: the key beside what is not."""
    warn = "bold $waiting"
    out: list[Content] = []
    if view.hands or noughts:
        who = "  ".join(somebody(x) for x in view.hands[:names])
        more = " " + _("and {n} more", n=len(view.hands) - names) if len(view.hands) > names > 0 else ""
        words = _("H {n}", n=0) if short and not view.hands else _("HANDS {n}", n=len(view.hands))
        head = plain(words, warn if view.hands else "$muted")
        out.append(join(head, plain(f" {who}{more}" if who else ""), _shown_by("[H]", keys and bool(view.hands))))
    if news.asks or noughts:
        words = _("Q {n}", n=0) if short and not news.asks else _("QUESTIONS {n} new", n=news.asks)
        out.append(join(plain(words, warn if news.asks else "$muted"), _shown_by("[Q]", keys and bool(news.asks))))
    if news.messages:
        out.append(plain(_("MESSAGES {n} new", n=news.messages), warn))
    tempo = view.tempo
    if tempo.any:
        taps = [(_("{n} lost", n=tempo.lost), tempo.lost), (_("{n} ok", n=tempo.ok), tempo.ok)]
        taps.append((_("{n} faster", n=tempo.faster), tempo.faster))
        words = ", ".join(x for x, n in taps if n or not short)
        out.append(plain(f"{_('TEMPO')} {words}", warn if tempo.losing else ""))
    elif noughts:
        out.append(plain(f"{_('TEMPO')} –", "$muted"))
    room = []
    if view.lobby:
        room.append(count("{n} waits at the door", "{n} wait at the door", view.lobby))
    if news.unknown:
        room.append(count("{n} unknown badge", "{n} unknown badges", news.unknown))
    if news.unlisted:
        words = count("{n} badge is not on the list [w]", "{n} badges are not on the list [w]", news.unlisted)
        room.append(words)
    if room:
        out.append(plain(f"{_('ROOM')} {', '.join(room)}", warn))
    return out


def _shown_by(key: str, named: bool) -> Content:
    """A space and the key that shows it, as the trainer's file has it."""
    return plain(" " + hinted(key) if named else "", "$accent")


def nudge_words(nudge: Nudge) -> str:
    """One sentence that can wait."""
    if nudge.kind == "clock":
        time = ("-" if nudge.n < 0 else "+") + clock(abs(nudge.n) * 1000)
        return _("The laptop's clock jumped by {time}; durations are not touched.", time=time)
    if nudge.kind == "over":
        return count("This segment is {n} minute over.", "This segment is {n} minutes over.", nudge.n)
    if nudge.kind == "quiet":
        return count("{n} minute since anybody acted.", "{n} minutes since anybody acted.", nudge.n)
    if nudge.kind == "hand":
        who = somebody(nudge.names[0] if nudge.names else "")
        return count(
            "{name} has had a hand up for {n} minute.", "{name} has had a hand up for {n} minutes.", nudge.n, name=who
        )
    if nudge.kind == "silent":
        names = ", ".join(somebody(x) for x in nudge.names[:NUDGE_NAMES]) + (" …" if nudge.n > NUDGE_NAMES else "")
        return count(
            "{n} person has not answered for two questions: {names}",
            "{n} people have not answered for two questions: {names}",
            nudge.n,
            names=names,
        )
    return ""


class Foot(Block):
    """Notes (two lines, more on a tall terminal), what comes next, the room."""

    BARE = "-bare"
    """Its class while the notes stand above it: no line of them here."""

    lent = 0
    """Lines of its notes that the middle has while it is bare."""

    @property
    def notes_height(self) -> int:
        """Lines that the notes have here."""
        return max(0, self.size.height - 2)

    def bare(self, yes: bool) -> None:
        """Its lines of notes go to the middle, or come back."""
        if yes != self.has_class(self.BARE):
            self.lent = self.notes_height if yes else 0
            self.set_class(yes, self.BARE)

    def show_room(self, view: RoomView, also: list[str], news: News, *, helps: bool = False) -> None:
        width = self.size.width
        if width > 0:
            notes = [] if self.has_class(self.BARE) else note_lines(view, width, max(2, self.notes_height))
            self.show(*notes, next_line(view, also, width, helps=helps), room_line(view, news, width))
