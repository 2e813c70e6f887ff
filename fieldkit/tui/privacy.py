"""The privacy key: a view of the room without anybody's name, badge or evidence, for a screen that others can see.

`blanked` changes what is shown and nothing else: ids stay, so that every key still acts on who is meant. What a wish
takes from the view besides an id (a name in a note) has to come from the whole view (`Bridge.whole`).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from fieldkit.core.views import After, CheckLine, GroupView, LogLine, PersonLine, RoomView, RoundLine, SayLine
from fieldkit.tui.say import _


class Blanks:
    """Who is called what: `person 3` is the third on the list of people, on every screen."""

    def __init__(self, people: Iterable[PersonLine]) -> None:
        # By id and by nothing else: two people may bear one name.
        self._by_p = {one.p: _("person {n}", n=k) for k, one in enumerate(people, 1)}

    def p(self, p: str) -> str:
        return self._by_p.get(p, _("somebody"))

    def named(self, p: str, name: str) -> str:
        """Of what bears the name of `p`; where nobody is named, nobody is."""
        return self.p(p) if p or name else ""

    def person(self, one: PersonLine) -> PersonLine:
        return replace(one, name=self.p(one.p), badge="", code="", ev=[], crew="")

    def says(self, says: list[SayLine]) -> list[SayLine]:
        return [replace(x, name=self.named(x.p, x.name)) for x in says]

    def group(self, one: GroupView) -> GroupView:
        return replace(one, names=[self.p(p) for p in one.members], scribe=self.named(one.scribe_p, one.scribe))

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
        return replace(one, who=one.who if one.by == "staff" else self.named(one.p, one.who), about=about)

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
        nudges=[replace(x, names=[who.p(p) for p in x.people]) for x in view.nudges],
        log=[who.log(x) for x in view.log],
    )
