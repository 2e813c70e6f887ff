"""Answering for somebody without a phone: who, then what. From a scanner: badge, answer, badge, answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core import intents as w
from fieldkit.core.activities.typed import typed
from fieldkit.core.clean import clean_badge, clean_text
from fieldkit.core.refusals import Refusal
from fieldkit.core.views import PersonLine, RoomView, RoundLine
from fieldkit.tui.bridge import Outcome
from fieldkit.tui.keys import key
from fieldkit.tui.panels.entry import LINE, MANY, ORDER, Entry, Part
from fieldkit.tui.panels.figures import asked, badge_words, in_order, letter, missing_word, name_of
from fieldkit.tui.safe import Block, Content, Field, Pick, fit, join, plain, wrap
from fieldkit.tui.say import _
from fieldkit.tui.screens.base import Said, heading, round_of
from fieldkit.tui.screens.listing import ListScreen


class ProxyScreen(ListScreen):
    """First the list of who is missing, then the parts of the answer: a letter or digit takes one. Then the next
    person, until Escape. On paper: the sheets of a question that may have closed meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "choose", "choose", "Proxy", foot=True),
        key("a", "letter(0)", "answer A", "Proxy"),
        key("b", "letter(1)", "answer B", "Proxy"),
        key("c", "letter(2)", "answer C", "Proxy"),
        key("d", "letter(3)", "answer D", "Proxy"),
        key("e", "letter(4)", "answer E", "Proxy"),
        key("f", "letter(5)", "answer F", "Proxy"),
        key("space", "tick", "tick one of several", "Proxy"),
        key("ctrl+s", "send", "save", "Proxy"),
        key("backspace", "undo", "take the last one back", "Proxy"),
        key("slash", "type", "type the whole answer", "Proxy"),
        key("P", "paper", "from paper, or not", "Proxy", foot=True),
    ]

    def __init__(self, activity: str, *, paper: bool = False) -> None:
        super().__init__()
        self.activity = activity
        self.paper = paper
        self.who: PersonLine | None = None
        self.entry: Entry | None = None
        self._busy = False
        """An answer is on its way to the desk."""
        self._top_until: int | None = None
        """Keep the cursor on the first row until the view has this record: whoever was answered for moves away."""

    def between(self) -> ComposeResult:
        yield Block(id="question")

    def below(self) -> ComposeResult:
        with Horizontal(id="search"):
            yield Block(auto=True)
            yield Field(limit=500)

    def on_mount(self) -> None:
        self.query_one("#search Block", Block).show(plain(_("ANSWER ▸"), "bold $accent"))
        super().on_mount()

    def next_keys(self) -> Sequence[str]:
        part = self.part
        if part is None:
            return ("enter", "P", "escape")
        return {
            MANY: ("space", "ctrl+s", "backspace", "slash", "escape"),
            ORDER: ("enter", "backspace", "slash", "escape"),
            LINE: ("escape",),
        }.get(part.how, ("enter", "backspace", "slash", "escape"))

    @property
    def part(self) -> Part | None:
        return self.entry.part if self.entry is not None else None

    # ---- showing

    def top(self, view: RoomView, width: int) -> Content:
        title = _("Answer for somebody: who?")
        if self.who is not None and self.part is not None:
            title = _("Answer for {name}", name=name_of(self.who))
        return heading(f"{title}  {_('FROM PAPER')}" if self.paper else title)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        line, part = round_of(view, self.activity), self.part
        if self.who is not None and part is not None:
            return [(id, self._option(k, id, words, part, width - 2)) for k, (id, words) in enumerate(part.options)]
        rows = self._people(view, line, width) if line is not None else []
        if self._top_until is not None and rows:
            self.go_to = rows[0][0]
        return rows

    def empty(self) -> str:
        return _("Type the answer below.") if self.part is not None else ""

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        self.query_one("#question", Block).show(*(join(plain(" "), x) for x in self._asked(view, self.size.width)))
        if self._top_until is not None and view.saved >= self._top_until:
            self._top_until = None

    def _asked(self, view: RoomView, width: int) -> list[Content]:
        line, part = round_of(view, self.activity), self.part
        out = wrap(asked(line), width - 2, 2, "bold") if line is not None else []
        if part is not None and part.prompt and self.entry is not None:
            number = f"{self.entry.at + 1}/{len(self.entry.parts)}  " if len(self.entry.parts) > 1 else ""
            out += wrap(number + part.prompt, width - 2, 2, "$accent")
        return out

    def _people(self, view: RoomView, line: RoundLine, width: int) -> list[tuple[str, Content]]:
        # Whoever has answered already comes last: a second answer replaces the first.
        missing = {p.p for p in line.missing}
        open_ = line.state == "open"
        people = [p for p in view.people if p.status == "in" or (self.paper and p.status == "out")]
        people.sort(key=lambda p: (p.p not in missing, p.phone, in_order(name_of(p)), p.badge, p.p))
        names = Counter(name_of(p) for p in people)
        found = []
        for p in people:
            tail = plain(_("has answered") if open_ and line.mode == "named" and p.p not in missing else "", "$muted")
            beside = badge_words(p, twin=names[name_of(p)] > 1)
            head = join(fit(missing_word(p), max(20, width - 27)), plain(" "), fit(beside, 11, "$muted"))
            found.append((p.p, join(fit(head, width - 14), plain(" "), fit(tail, 13))))
        return found

    def _option(self, k: int, id: str, words: str, part: Part, width: int) -> Content:
        taken = self.entry.taken if self.entry is not None else []
        if part.how == ORDER:
            mark = fit(f"{taken.index(id) + 1}." if id in taken else "", 4, "bold $saved")
        elif part.how == MANY:
            mark = plain("[x] " if id in taken else "[ ] ", "bold $saved")
        else:
            mark = plain("")
        return join(mark, letter(k), plain(" "), fit(words, width - 8))

    # ---- choosing

    def action_choose(self) -> None:
        at, part = self.at, self.part
        if part is None:
            self._begin(next((p for p in self.live.view.people if p.p == at), None))
        elif part.how == MANY:
            if self.entry is not None and not self.entry.taken:
                self.entry.pick(at)
            self.action_send()
        else:
            self._take(at)

    def _begin(self, who: PersonLine | None) -> None:
        activity = self.live.bridge.activity(self.activity)
        if who is None or activity is None:
            return
        self.who, self.entry = who, Entry(activity, self.live.bridge.said)
        self._show_part()

    def _show_part(self) -> None:
        part = self.part
        self._field(part is not None and part.how == LINE)
        self.redraw()
        if part is not None and part.options:
            self.query_one(Pick).highlighted = 0

    def _field(self, on: bool) -> None:
        """The line to type into, empty, or the list."""
        self.query_one("#search").set_class(on, "-on")
        self.query_one(Field).value = ""
        (self.query_one(Field) if on else self.query_one(Pick)).focus()

    def action_type(self) -> None:
        """As it stands on the sheet: `b a c`, `1=b 2=a`, `q1=a q2=b`."""
        if self.entry is not None:
            self._field(True)
            self.query_one(Said).hint(
                _("As it stands on the sheet: b, or b a c, or 1=b 2=a. Letters and numbers will do.")
            )

    def _typed(self, text: str) -> None:
        entry, who = self.entry, self.who
        if entry is None or who is None:
            return
        found = typed(entry.activity, [text])
        if isinstance(found, Refusal):
            self.tell(_(found.words))
            return
        self._busy = True
        via = "paper" if self.paper else "proxy"
        id = entry.activity.id
        self._submit(
            [w.ProxyAnswer(who=who.p, activity=id, v=x.v, text=x.text, q=x.q, via=via, ids=True) for x in found], who
        )

    def on_key(self, event: events.Key) -> None:
        """Digits choose like letters; they are no keys of the table."""
        pressed = event.character or ""
        if self.entry is not None and len(pressed) == 1 and pressed in "123456789":
            self.action_letter(int(pressed) - 1)

    def action_letter(self, k: int) -> None:
        """Letters answer at once, as people call them out."""
        part = self.part
        if part is not None and k < len(part.options):
            self._take(part.options[k][0])

    def action_tick(self) -> None:
        part = self.part
        if part is not None and part.how in (MANY, ORDER):
            self._take(self.at)

    def _take(self, id: str) -> None:
        entry = self.entry
        if entry is None or self._busy:
            return
        if entry.pick(id):
            self._part_done()
        else:
            self.redraw()

    def action_send(self) -> None:
        entry, part = self.entry, self.part
        if entry is not None and part is not None and part.how == MANY and entry.taken and not self._busy:
            self._part_done()

    def action_undo(self) -> None:
        if self.entry is not None and not self._busy and self.entry.undo():
            self._show_part()

    def _part_done(self, text: str | None = None) -> None:
        entry, who = self.entry, self.who
        if entry is None or who is None:
            return
        entry.text = text if text is not None else entry.text
        entry.go_on()
        if entry.part is not None:
            self._show_part()
            return
        self._busy = True
        self._submit(entry.wishes(who.p, "paper" if self.paper else "proxy"), who)

    def _submit(self, wishes: list[w.ProxyAnswer], who: PersonLine) -> None:
        """One after the other; the first refusal ends it."""

        def answered(outcome: Outcome) -> None:
            if outcome.ok and len(wishes) > 1:
                self._submit(wishes[1:], who)
                return
            self._busy = False
            if outcome.ok:
                self._top_until = outcome.saved
                self._back_to_people()
            elif self.entry is not None and self.part is None:
                self.entry.undo()
                self._show_part()

        if not wishes:
            self._busy = False
            self._back_to_people()
            return
        self.wish(wishes[0], _("Saved for {name}.", name=name_of(who)) if len(wishes) == 1 else "", answered)

    @on(Field.Submitted)
    def _written(self, event: Field.Submitted) -> None:
        event.stop()
        found = self._by_badge(event.value)
        if found is not None and not (self.entry is not None and self.entry.activity.type == "number"):
            # A scan into the field: the next person, not the answer of this one.
            self._begin(found)
        elif self._busy:
            return
        elif self.part is not None and self.part.how == LINE:
            self._part_done(clean_text(event.value))
        else:
            self._typed(clean_text(event.value))

    # ---- badges

    def _by_badge(self, text: str) -> PersonLine | None:
        badge = clean_badge(text).casefold()
        return next((p for p in self.live.view.people if badge and p.badge.casefold() == badge), None)

    def scanned(self, badge: str) -> None:
        """A badge chooses the person; whoever is not in yet comes in by it."""
        found = self._by_badge(badge)
        if found is not None and (found.status == "in" or self.paper):
            self._begin(found)
            return

        def came(outcome: Outcome) -> None:
            if outcome.ok:
                view = self.live.bridge.view()
                self._begin(next((p for p in view.people if p.p == outcome.p), None))

        self.wish(w.CheckIn(new_p=self.live.new_p(), badge=clean_badge(badge)), _("Checked in."), came)

    # ---- leaving

    def action_paper(self) -> None:
        self.paper = not self.paper
        self.redraw()

    def _back_to_people(self) -> None:
        self.who = self.entry = None
        self._field(False)
        self.redraw()

    def action_back(self) -> None:
        if self.who is not None:
            self._back_to_people()
        else:
            super().action_back()
