"""Everybody of this session: who is in, by what evidence, and what a trainer may set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_name
from fieldkit.core.intents import Intent
from fieldkit.core.namesakes import doubles, namesakes
from fieldkit.core.views import PersonLine, RoomView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import KeyBar, key
from fieldkit.tui.panels.after import mark_words
from fieldkit.tui.panels.figures import in_order, name_of
from fieldkit.tui.panels.foot import unlisted
from fieldkit.tui.panels.people import columns, described, known_words, matches, person_row
from fieldkit.tui.panels.step import here_words
from fieldkit.tui.safe import Block, Content, Field, Pick, fit, join, plain
from fieldkit.tui.say import _, error_words
from fieldkit.tui.screens.base import heading
from fieldkit.tui.screens.confirm import Confirm
from fieldkit.tui.screens.erasing import Came, ErasingBox
from fieldkit.tui.screens.listing import BESIDE, ListScreen
from fieldkit.tui.screens.progress import worked
from fieldkit.tui.screens.staff import StaffScreen

ORDER = {"in": 0, "expected": 1, "out": 2, "removed": 3}


class PeopleScreen(ListScreen):
    BINDINGS: ClassVar[list[BindingType]] = [
        key("enter", "check_in", "check in", "Person", foot=True),
        key("o", "check_out", "leaves now", "Person", foot=True),
        key("p", "mark('present')", "mark present", "Marks", foot=True),
        key("l", "mark('late')", "late", "Marks", foot=True),
        key("e", "mark('left_early')", "left early", "Marks", foot=True),
        key("a", "mark('absent')", "absent", "Marks", foot=True),
        key("j", "excuse", "excused", "Marks", foot=True),
        key("r", "release", "free badge for another phone", "Person"),
        key("m", "merge", "is the same person as…", "Person", foot=True),
        key("n", "rename", "correct the name", "Person"),
        key("D", "remove", "take out of the session", "Person"),
        key("P", "paper", "typed in from paper, or not", "Person"),
        key("X", "erase", "erase from the record", "Person"),
        key("S", "staff", "trainers and other staff", "Person"),
        key("plus", "add", "add", "Person", foot=True),
        key("slash", "search", "search", "Person", foot=True),
    ]

    def __init__(self, *, search: str = "", after: bool = False, only: frozenset[str] = frozenset()) -> None:
        """`after`: opened from the summary, so marks are corrections of a closed record. `only`: nobody but these, by
        `p`, as long as there are any."""
        super().__init__()
        self.after = after
        self.only = only
        self.paper = False
        """What is checked in stands on a sign-in sheet."""
        self.merging: str | None = None
        """Who is to become part of somebody else, by `p`."""
        self.words = search

    def between(self) -> ComposeResult:
        yield Block(classes="top", id="columns")

    def below(self) -> ComposeResult:
        yield Block(classes="top", id="known")
        with Horizontal(id="search"):
            yield Block(auto=True)
            yield Field(limit=80, value=self.words)

    @on(Pick.OptionHighlighted)
    def _known(self) -> None:
        """How it is known that who is under the cursor came, and when."""
        who = self.chosen()
        words = known_words(who) if who is not None and who.spans else ""
        self.query_one("#known", Block).show(fit(" " + words, self.size.width, "$muted"))

    def on_mount(self) -> None:
        self.query_one("#search Block", Block).show(plain(_("SEARCH ▸"), "bold $accent"))
        self.query_one("#search").set_class(bool(self.words), "-on")
        super().on_mount()

    def hint(self) -> str:
        if self.after:
            return _("Corrections of a closed record: marks, and [o] for when somebody left.")
        return _("Enter checks in who is meant; + adds somebody new.") if self.words else ""

    def people(self) -> list[PersonLine]:
        """Those searched for."""
        # By name also while the names are away from the screen: what is typed is the trainer's own.
        whole = self.live.bridge.whole().people if self.words and self.live.bridge.hides else self.live.view.people
        meant = {p.p for p in whole if matches(p, self.words)} if self.words else {p.p for p in whole}
        found = [p for p in self.live.view.people if p.p in meant and (not self.only or p.p in self.only)]
        return sorted(found, key=lambda p: (ORDER.get(p.status, 9), in_order(name_of(p)), p.p))

    def top(self, view: RoomView, width: int) -> Content:
        beside = here_words(view)
        return heading(_("Who is here"), f"{_('FROM PAPER')}  {beside}" if self.paper else beside)

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        same, twice = namesakes(view.people), doubles(view.people)
        return [(p.p, person_row(p, width, twin=p.p in same, double=p.p in twice)) for p in self.people()]

    def show_room(self, view: RoomView) -> None:
        super().show_room(view)
        if self.app.screen is self:
            self.live.known |= set(unlisted(view, self.live.known))
        self._known()
        self.query_one("#columns", Block).show(join(plain("  "), columns(self.size.width - BESIDE)))
        self.query_one(KeyBar).show_keys()

    def next_keys(self) -> Sequence[str]:
        """Where one person may stand there twice, the key that makes them one comes first."""
        if self.merging is None and not doubles(self.live.view.people):
            return ()
        return ("enter", "m", "o", "plus", "slash", "p", "l", "e", "a", "j", "escape")

    def empty(self) -> str:
        if self.words:
            return _("Nobody here is called that. [+] adds somebody new.")
        return _("Nobody is on the list yet. [+] adds somebody; [esc] and [q]: the code for phones.")

    def chosen(self) -> PersonLine | None:
        return next((p for p in self.live.view.people if p.p == self.at), None)

    def action_check_in(self) -> None:
        who = self.chosen()
        if who is not None and self.merging is not None:
            self._merge_into(who)
        elif who is not None and not self._only_open():
            # By `p`: whoever is picked from the list has shown no badge, and the record must not say so.
            intent = w.CheckIn(new_p=self.live.new_p(), badge=who.p, via="paper" if self.paper else None)
            self.wish(intent, _("{name} is in.", name=name_of(who)))

    def action_check_out(self) -> None:
        who = self.chosen()
        if who is not None and self.after:
            self._left(who)
        elif who is not None:
            intent = w.CheckIn(new_p="", badge=who.p, out=True)
            self.wish(intent, _("{name} has left.", name=name_of(who)))

    def _left(self, who: PersonLine) -> None:
        """When somebody left a session that has ended, counted back from its end."""
        after = self.live.view.after

        if after is None:
            return
        whole = _("Whole minutes, please.")

        def left(text: str) -> Intent:
            out = max(0, after.end_m - int(text) * 60_000)
            return w.Correct(do="correct", by="fac", why="mistake", who=who.p, out_m=out)

        self.ask_wish(
            _("How many minutes before the end did {name} leave?", name=name_of(who)),
            _("0: stayed to the end. The record keeps both."),
            left,
            lambda text: _("{name} left {n} min before the end.", name=name_of(who), n=int(text)),
            does=_("save"),
            missing=whole,
            value="0",
            check=lambda text: "" if text.isascii() and text.isdigit() and len(text) < 5 else whole,
        )

    def _only_open(self) -> bool:
        """Whether that has to wait: names and entries are put right in a session that is open, so ask to open it."""
        if not self.after:
            return False

        def sure(yes: bool | None) -> None:
            if yes:
                self.live.then = PeopleScreen
                self.wish(w.Reopen(why="mistake"), _("Open again."))

        question = _("For that the session has to be open. Open it again? The record keeps that it was ended.")
        self.app.push_screen(Confirm(question), sure)
        return True

    def action_mark(self, status: str, why: str = "other", reason: str = "") -> None:
        who = self.chosen()
        if who is not None:
            self.wish(self._marking(who, status, why, reason), self._marked(who, status))

    def _marking(self, who: PersonLine, status: str, why: str, reason: str) -> Intent:
        if self.after:
            return w.Correct(do="correct", by="fac", why=why, who=who.p, status=status, reason=reason)
        return w.Mark(who=who.p, status=status, why=why, reason=reason)

    def _marked(self, who: PersonLine, status: str) -> str:
        return _("{name}: marked {status}.", name=name_of(who), status=mark_words(status))

    def action_excuse(self) -> None:
        who = self.chosen()
        if who is None:
            return

        self.ask_wish(
            _("Why is {name} excused?", name=name_of(who)),
            _("Kept with the record, for the office."),
            lambda reason: self._marking(who, "excused", "other", reason),
            lambda _reason: self._marked(who, "excused"),
            does=_("save"),
            missing=_("Type the reason, or press Esc."),
        )

    def action_release(self) -> None:
        who = self.chosen()
        if who is not None and not self._only_open():
            self.wish(w.Release(who=who.p), _("The badge is free for another phone."))

    def action_remove(self) -> None:
        who = self.chosen()
        if who is None or self._only_open():
            return
        question = _("Take {name} out of the session? The record keeps that you did.", name=name_of(who))

        def sure(yes: bool | None) -> None:
            if yes:
                self.wish(w.RemovePerson(who=who.p), _("Taken out."))

        self.app.push_screen(Confirm(question), sure)

    def action_erase(self) -> None:
        """Name, badge and words of who is under the cursor, for ever."""
        who, tools = self.chosen(), self.live.tools.erasing
        if who is None:
            return
        if tools is None:
            self.tell(_("Only the trainer's laptop erases."))
            return
        p = who.p

        def back(came: Came | None) -> None:
            if came is not None:
                self.tell(came.words, ok=came.ok)

        async def run() -> None:
            try:
                plan = await worked(self, _("Reading…"), lambda _work: tools.plan("", p))
            except FieldkitError as e:
                self.tell(error_words(e))
                return
            self.app.push_screen(ErasingBox(tools, "", plan), back)

        self.run_worker(run(), exclusive=True, group="erase")

    # ---- who is who

    def action_merge(self) -> None:
        """First this entry, then the one it becomes part of."""
        who = self.chosen()
        if who is None or self._only_open():
            return
        if self.merging is not None:
            self._merge_into(who)
            return
        self.merging = who.p
        words = _("{name} is the same person as whom? Choose, then [m]. [esc] gives it up.", name=name_of(who))
        self.whisper(words)
        self.redraw()

    def _merge_into(self, into: PersonLine) -> None:
        who = next((p for p in self.live.view.people if p.p == self.merging), None)
        if who is None or who.p == into.p:
            self.tell(_("Choose another entry."))
            return
        question = _(
            "Is this one person? “{who}” becomes part of “{into}”. Answers and arrivals of both then count as one.",
            who=described(who),
            into=described(into),
        )

        def sure(yes: bool | None) -> None:
            self.merging = None
            if yes:
                self.wish(w.Merge(who=who.p, into=into.p), _("{name} is one entry now.", name=name_of(into)))
            else:
                self.tell("")

        self.app.push_screen(Confirm(question), sure)

    def action_rename(self) -> None:
        who = self.chosen()
        if who is None or self._only_open():
            return

        # A number that stands for the name must not become it.
        known = "" if self.live.bridge.private else who.name
        self.ask_wish(
            _("How is {name} really called?", name=name_of(who)),
            _("The record keeps both."),
            lambda name: w.RenamePerson(who=who.p, name=clean_name(name)),
            lambda name: _("The name is {name} now.", name=clean_name(name)),
            does=_("save"),
            missing=_("Type the name first."),
            value=known,
        )

    def action_paper(self) -> None:
        self.paper = not self.paper
        self.tell(_("What you check in now came on paper.") if self.paper else _("No more from paper."), ok=True)
        self.redraw()

    def action_staff(self) -> None:
        self.app.push_screen(StaffScreen())

    def action_add(self) -> None:
        if self._only_open():
            return

        via = "paper" if self.paper else None
        self.ask_wish(
            _("Who came without a badge?"),
            _("Type the name."),
            lambda name: w.CheckIn(new_p=self.live.new_p(), name=clean_name(name), via=via),
            lambda name: _("{name} is in, as a walk-in.", name=name),
            does=_("check in"),
            missing=_("Type the name first."),
        )

    def action_search(self) -> None:
        self.query_one("#search").add_class("-on")
        self.query_one(Field).focus()

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        self.words = event.value
        self.redraw()

    @on(Field.Submitted)
    def _searched(self) -> None:
        self.query_one(Pick).focus()

    def action_back(self) -> None:
        if self.merging is not None:
            self.merging = None
            self.tell("")
            self.redraw()
        elif self.words:
            self.words = self.query_one(Field).value = ""
            self.query_one("#search").remove_class("-on")
            self.query_one(Pick).focus()
        else:
            super().action_back()
