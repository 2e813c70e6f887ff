"""The groups of a breakout: made, moved, rotated, named and placed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_text
from fieldkit.core.intents import Intent
from fieldkit.core.views import GroupView, PersonLine, RoomView
from fieldkit.tui.keys import key
from fieldkit.tui.panels.figures import asked, badge_words, name_of, state_word
from fieldkit.tui.panels.groups import group_name
from fieldkit.tui.panels.head import spread
from fieldkit.tui.safe import HEADING, Content, fit, join, plain
from fieldkit.tui.say import _, count
from fieldkit.tui.screens.base import heading, round_of
from fieldkit.tui.screens.listing import ListScreen

OF_GROUP = "group "
"""Before the number in the row id of a group; a person's row id is the `p`."""
SPLIT = re.compile(r"[\s,;]+")


def group_head(group: GroupView, width: int) -> Content:
    tail = plain(count("{n} person", "{n} people", group.size), "$muted")
    place = plain(f"  ·  {group.place}" if group.place else "", "$waiting")
    label = plain(f"  {group.label}" if group.label else "", "bold")
    named = plain(_("group {n}", n=group.no), "bold $accent")
    head = join(plain(" "), named, label, place)
    return join(fit(head, max(10, width - tail.cell_length - 1)), plain(" "), tail)


def member_row(name: str, writes: bool, badge: str, width: int) -> Content:
    tail = join(fit(_("writes") if writes else "", 10, "$accent"), fit(badge, 11, "$muted"))
    return join(fit(join(plain("       "), plain(name)), max(12, width - 22)), plain(" "), tail)


def seated(groups: list[GroupView]) -> set[str]:
    return {p for g in groups for p in g.members}


class GroupsScreen(ListScreen):
    """A digit puts the person under the cursor into that group."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("n", "by_number", "make by number", "Groups", foot=True),
        key("z", "by_size", "make by size", "Groups", foot=True),
        key("l", "by_list", "make by list", "Groups", foot=True),
        key("a", "as_pack", "make as the pack says", "Groups"),
        key("m", "move", "move a person", "Groups", foot=True),
        key("r", "rotate", "rotate places", "Groups", foot=True),
        key("p", "place", "type the place", "Groups", foot=True),
        key("t", "label", "name the group", "Groups", foot=True),
    ]

    def __init__(self, activity: str) -> None:
        super().__init__()
        self.activity = activity

    def hint(self) -> str:
        return _("A digit puts the person under the cursor into that group.")

    def groups(self) -> list[GroupView]:
        line = round_of(self.live.view, self.activity)
        return line.groups if line is not None else []

    def top(self, view: RoomView, width: int) -> Content:
        line = round_of(view, self.activity)
        return (
            spread(heading(_("Groups"), asked(line)), join(state_word(line), plain(" ")), width) if line else plain("")
        )

    def lines(self, view: RoomView, width: int) -> list[tuple[str, Content]]:
        line = round_of(view, self.activity)
        if line is None:
            return []
        people = {p.p: p for p in view.people}
        rows: list[tuple[str, Content]] = []
        for g in line.groups:
            rows.append((f"{OF_GROUP}{g.no}", group_head(g, width)))
            rows += [self._member(g, p, people.get(p), width) for p in g.members]
        loose = [p for p in view.people if p.status == "in" and p.p not in seated(line.groups)]
        if loose:
            secret = _("CONFIDENTIAL: who is in which group is not shown")
            words = _("IN NO GROUP") if line.mode == "named" else secret
            rows.append((f"{HEADING}loose", plain("  " + words, "$muted")))
            rows += [(p.p, member_row(name_of(p), False, badge_words(p, twin=True), width)) for p in loose]
        return rows

    def empty(self) -> str:
        return _("Nobody is checked in.")

    def _member(self, g: GroupView, p: str, who: PersonLine | None, width: int) -> tuple[str, Content]:
        name = name_of(who) if who is not None else p
        beside = badge_words(who, twin=True) if who is not None else ""
        return p, member_row(name, p == g.scribe_p, beside, width)

    def on_key(self, event: events.Key) -> None:
        """Digits are no keys of the table: they are the groups' numbers."""
        pressed = event.character or ""
        if len(pressed) == 1 and pressed in "123456789":
            self._move_to(int(pressed))

    # ---- whom and which

    def person(self) -> PersonLine | None:
        return next((p for p in self.live.view.people if p.p == self.at), None)

    def group(self) -> GroupView | None:
        """The group under the cursor, or the one of the person there."""
        at = self.at
        return next((g for g in self.groups() if at == f"{OF_GROUP}{g.no}" or at in g.members), None)

    # ---- making

    def _making(self, **how: object) -> Intent:
        return w.MakeGroups(activity=self.activity, **how)  # type: ignore[arg-type]

    def action_as_pack(self) -> None:
        self.wish(self._making(), _("The groups are made."))

    def action_by_number(self) -> None:
        self._numbered(_("How many groups?"), lambda n: self._making(number=n), lambda _n: _("The groups are made."))

    def action_by_size(self) -> None:
        title = _("How many people in a group?")
        self._numbered(title, lambda n: self._making(size=n), lambda _n: _("The groups are made."))

    def _numbered(self, title: str, make: Callable[[int], Intent], done: Callable[[int], str]) -> None:
        wrong = _("Type a number.")
        self.ask_wish(
            title,
            "",
            lambda text: make(int(text)),
            lambda text: done(int(text)),
            does=_("save"),
            missing=wrong,
            check=lambda text: "" if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 1000 else wrong,
        )

    def action_by_list(self) -> None:
        """Badges of the first group, a slash, those of the second, and so on."""

        def listed(text: str) -> Intent:
            lists = [tuple(b for b in SPLIT.split(part.strip()) if b) for part in text.split("/")]
            return self._making(lists=tuple(x for x in lists if x))

        self.ask_wish(
            _("Who is in which group?"),
            _("Badges with spaces between; a / begins the next group."),
            listed,
            lambda _text: _("The groups are made."),
            does=_("save"),
            missing=_("Type it, or press Esc."),
        )

    # ---- changing

    def action_move(self) -> None:
        who = self.person()
        if who is None:
            self.tell(_("Choose a person first."))
            return
        title = _("Into which group with {name}?", name=name_of(who))
        self._numbered(title, lambda n: self._moving(n, who), lambda n: self._moved(n, who))

    def _move_to(self, no: int, who: PersonLine | None = None) -> None:
        who = who or self.person()
        if who is None:
            self.tell(_("Choose a person first."))
            return
        self.wish(self._moving(no, who), self._moved(no, who))

    def _moving(self, no: int, who: PersonLine) -> Intent:
        return w.MoveToGroup(activity=self.activity, who=who.p, no=no)

    def _moved(self, no: int, who: PersonLine) -> str:
        return _("{name} is in group {n} now.", name=name_of(who), n=no)

    def action_rotate(self) -> None:
        self.wish(w.RotateGroups(activity=self.activity), _("Every group goes on to the next place."))

    def action_place(self) -> None:
        group = self.group()
        if group is not None:
            title = _("Where does {name} sit?", name=group_name(group))
            self._named(group, title, group.place, place=True)

    def action_label(self) -> None:
        group = self.group()
        if group is not None:
            self._named(group, _("What is group {n} called?", n=group.no), group.label, place=False)

    def _named(self, group: GroupView, title: str, value: str, *, place: bool) -> None:
        """The groups as they are, with one place or label changed."""

        if any(g.size and not g.members for g in self.groups()):
            # Made anew without lists, everybody would sit elsewhere.
            self.tell(_("Who is in which group is not shown here, so this cannot be typed."))
            return

        def named(text: str) -> Intent:
            words = clean_text(text, 60)
            groups = self.groups()
            here = {p.p for p in self.live.view.people if p.status == "in"}
            lists = tuple(tuple(p for p in g.members if p in here) for g in groups)
            # Lists of nobody would seat everybody; groups that people choose themselves stay empty until they do.
            how = {"lists": lists} if any(lists) else {"number": len(groups)}
            return self._making(
                **how,
                labels=tuple(words if g.no == group.no and not place else g.label for g in groups),
                places=tuple(words if g.no == group.no and place else g.place for g in groups),
            )

        self.ask_wish(title, "", named, lambda _text: _("The groups have it."), does=_("save"), value=value)
