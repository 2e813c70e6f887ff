"""The privacy key: a view of the room without anybody's name, badge or evidence, for a screen that others can see.

`blanked` changes what is shown and nothing else: ids stay, so that every key still acts on who is meant. What a wish
takes from the view besides an id (a name in a note) has to come from the whole view (`Bridge.whole`).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from fieldkit.core.views import After, CheckLine, GroupView, LogLine, PersonLine, RoomView, RoundLine, SayView
from fieldkit.tui.say import _


class Blanks:
    """Who is called what: `person 3` is the third on the list of people, on every screen."""

    def __init__(self, people: Iterable[PersonLine]) -> None:
        self._by_p: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for k, one in enumerate(people, 1):
            words = _("person {n}", n=k)
            self._by_p[one.p] = words
            for known in (one.name, one.badge, one.code):
                if known:
                    self._by_name.setdefault(known, words)

    def p(self, p: str) -> str:
        return self._by_p.get(p, _("somebody"))

    def name(self, name: str) -> str:
        """Of what bears a name and no id; empty stays empty."""
        return self._by_name.get(name, _("somebody")) if name else ""

    def person(self, one: PersonLine) -> PersonLine:
        return replace(one, name=self.p(one.p), badge="", code="", ev=[], crew="")

    def says(self, says: list[SayView]) -> list[SayView]:
        return [replace(x, name=self.name(x.name)) for x in says]

    def group(self, one: GroupView) -> GroupView:
        return replace(one, names=[self.p(p) for p in one.members], scribe=self.name(one.scribe))

    def check(self, one: CheckLine) -> CheckLine:
        return replace(one, name=self.p(one.p), badge="")

    def round(self, one: RoundLine) -> RoundLine:
        return replace(
            one,
            missing=[self.person(x) for x in one.missing],
            texts=self.says(one.texts),
            sure_wrong=[self.person(x) for x in one.sure_wrong],
            groups=[self.group(x) for x in one.groups],
            checks=[self.check(x) for x in one.checks],
        )

    def log(self, one: LogLine) -> LogLine:
        about = "" if one.kind == "note.add" else one.about
        return replace(one, who=one.who if one.by == "staff" else self.name(one.who), about=about)

    def after(self, one: After) -> After:
        return replace(one, loose=[replace(x, names=[self.p(p) for p in x.people]) for x in one.loose])


def blanked(view: RoomView) -> RoomView:
    """The same room, its people as `person 3`. The trainer and other staff keep their names: the room knows them."""
    who = Blanks(view.people)
    return replace(
        view,
        open=[who.round(x) for x in view.open],
        last=who.round(view.last) if view.last is not None else None,
        rounds=[who.round(x) for x in view.rounds],
        says=who.says(view.says),
        asks=who.says(view.asks),
        parked=who.says(view.parked),
        people=[who.person(x) for x in view.people],
        hands=[who.p(x.p) for x in view.hand_lines],
        hand_lines=[replace(x, name=who.p(x.p)) for x in view.hand_lines],
        after=who.after(view.after) if view.after is not None else None,
        nudges=[replace(x, names=[who.name(n) for n in x.names]) for x in view.nudges],
        log=[who.log(x) for x in view.log],
    )
