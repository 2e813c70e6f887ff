"""The privacy key: a view of the room without anybody's name, badge or evidence, for a screen that others can see.
Participants are `person 3`, staff and other consoles are called by what they do. `covered` is for the locked screen.

`blanked` changes what is shown and nothing else: ids stay, so that every key still acts on who is meant. What a wish
takes from the view besides an id (a name in a note) has to come from the whole view (`Bridge.whole`). Sentences that
bear a name from elsewhere go through `away`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from fieldkit.core.views import (
    After,
    AlarmView,
    CheckLine,
    GroupView,
    LogLine,
    PersonLine,
    RoomView,
    RoundLine,
    SayLine,
    StaffLine,
)
from fieldkit.tui.roles import role_word
from fieldkit.tui.say import _

LEAST_BADGE = 4
"""Signs of a badge that is looked for in sentences: a shorter one is any number."""


class Blanks:
    """Who is called what: `person 3` is the third on the list of people, on every screen."""

    def __init__(self, people: Iterable[PersonLine], staff: Iterable[StaffLine] = (), trainer: str = "") -> None:
        # By id and by nothing else: two people may bear one name.
        people = list(people)
        self._by_p = {one.p: _("person {n}", n=k) for k, one in enumerate(people, 1)}
        named = [(known, self._by_p[one.p]) for one in people for known in (one.name, one.badge, one.code)]
        named += [(name, role_word(role)) for role, name in [("trainer", trainer), *((x.role, x.name) for x in staff)]]
        self._by_name: dict[str, str] = {}
        for known, words in named:
            if known:
                self._by_name[known] = words if self._by_name.get(known, words) == words else _("somebody")

    def p(self, p: str) -> str:
        return self._by_p.get(p, _("somebody"))

    def named(self, p: str, name: str) -> str:
        """Of what bears the name of `p`; where nobody is named, nobody is."""
        return self.p(p) if p or name else ""

    def sentence(self, text: str) -> str:
        """`text` with every name of the room, where it stands as a word, as that person is called here. A badge in it
        counts from LEAST_BADGE signs on."""
        known = [x for x in self._by_name if " " in x or len(x) >= LEAST_BADGE or not any(c.isdigit() for c in x)]
        if not known:
            return text
        known.sort(key=len, reverse=True)  # `Ann Lee Smith` before `Ann Lee`
        names = "|".join(re.escape(x) for x in known)
        return re.sub(rf"(?<!\w)(?:{names})(?!\w)", lambda found: self._by_name[found[0]], text)

    def staff(self, one: StaffLine) -> StaffLine:
        return replace(one, name=role_word(one.role), qualification="")

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

    def alarm(self, one: AlarmView) -> AlarmView:
        staff = [replace(x, name=role_word(x.role)) for x in one.people if x.role]
        people = [replace(x, name=self.p(x.p), badge="", crew="") for x in one.people if not x.role]
        return replace(one, people=[*staff, *people])

    def log(self, one: LogLine) -> LogLine:
        about = "" if one.kind == "note.add" else one.about
        who = self._by_name.get(one.who, _("somebody")) if one.by == "staff" else self.named(one.p, one.who)
        return replace(one, who=who, about=about)

    def after(self, one: After) -> After:
        signs = [replace(x, name=role_word(x.role), key="") for x in one.signs]
        return replace(one, loose=[replace(x, names=[self.p(p) for p in x.people]) for x in one.loose], signs=signs)


def blanked(view: RoomView) -> RoomView:
    """The same room, its people as `person 3`, its staff by their roles."""
    who = blanks_of(view)
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
        trainer=role_word("trainer") if view.trainer else "",
        staff=[who.staff(x) for x in view.staff],
        notices=[who.sentence(x) for x in view.notices],
        alarm=who.alarm(view.alarm) if view.alarm is not None else None,
    )


def covered(view: RoomView) -> RoomView:
    """Of each result that the room does not see only how many have answered; no notes, which may tell the key."""
    return replace(
        view,
        open=[_untold(x) for x in view.open],
        last=_untold(view.last) if view.last is not None else None,
        rounds=[_untold(x) for x in view.rounds],
        notes="",
        plan=[replace(x, notes="") for x in view.plan],
    )


def _untold(one: RoundLine) -> RoundLine:
    if one.state == "revealed":
        return one
    bars = [replace(x, count=0, correct=False) for x in one.bars] if one.lettered else []
    return replace(
        one,
        bars=bars,
        counts=None,
        right=None,
        key="",
        band="",
        moves=None,
        gain_pts="",
        gain_norm="",
        hands={},
        texts=[],
        targets=[],
        points=[],
        questions=[],
        checks=[],
        sure_wrong=[],
        sure_wrong_n=0,
    )


def blanks_of(view: RoomView) -> Blanks:
    """`view` with its names."""
    return Blanks(view.people, view.staff, view.trainer)


def away(app: Any, text: str) -> str:
    """A sentence as the screen of `app` may show it: while the names are away none of the room's is in it."""
    bridge = getattr(app, "bridge", None)
    return bridge.sentence(text) if bridge is not None and text else text
