"""The roll of an alarm: who is to be called at the muster point, and the notes that the record keeps of the call.

On the roll is who was in the room at any time since the alarm was raised: a phone that says goodbye on the stairs has
not accounted for anybody. Staff have no arrivals, so that all who are named are on it. Who is ticked off is no record
(`fieldkit.pulse`); how the call came out is one, and names everybody who was not: what one note has no room for, the
next one says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

import msgspec

from fieldkit.core.clean import TEXT_MAX, clean_text
from fieldkit.core.pairings import CONSOLES
from fieldkit.core.session import Session
from fieldkit.core.state import Person
from fieldkit.core.views.alarm import AlarmView, MusterLine
from fieldkit.core.walkin import badged, code_of

DONE = "Muster: {n} of {of} ticked off."
MISSING = "Not ticked off: {names}"
SOME = 5
"""Names in one sentence."""
TRAINER = "trainer"
OPENED = "opened"
"""Ids on the roll of the trainer, and of who was it before the session was handed over; of other staff `staff-` and the
index of their record. A `p` has eight signs."""


def roll(s: Session, ticked: Set[str] = frozenset()) -> list[MusterLine]:
    """Everybody to be called now: staff first, then people in the order of the log. `ticked`: ids, of any entry of a
    person."""
    since = s.alarm_m if s.alarm_m is not None else s.m
    people = [_line(s, x, ticked) for x in s.people.values() if _inside(s, x, since)]
    named = {x.name.casefold() for x in people}
    staff = [(TRAINER, "trainer", s.leader)]
    staff += [(OPENED, "trainer", s.trainer)] if s.leader != s.trainer else []
    staff += [(f"staff-{x.i}", x.role, x.name) for x in s.staff if x.role not in CONSOLES]
    found: dict[str, MusterLine] = {}
    for id, role, name in staff:
        if name and name.casefold() not in named:  # who is in as a participant too is called once
            found.setdefault(name.casefold(), MusterLine(p=id, name=name, role=role, ticked=id in ticked))
    return [*found.values(), *people]


def alarm_view(s: Session, at: int) -> AlarmView | None:
    """None while there is no alarm."""
    return AlarmView(ms=max(0, at - s.alarm_m), people=roll(s)) if s.alarm_m is not None else None


def with_ticks(view: AlarmView, ticked: Set[str], *, lost: bool) -> AlarmView:
    """The same with what is live beside it. `ticked`: ids as the roll has them now."""
    people = [msgspec.structs.replace(x, ticked=True) if x.p in ticked else x for x in view.people]
    return msgspec.structs.replace(view, people=people, lost=lost)


def meant(people: Sequence[MusterLine], words: str) -> list[MusterLine]:
    """Who is called by a badge, an id or a name, or by the beginnings of the words of a name."""
    said = " ".join(words.casefold().split())
    exact = [x for x in people if said in {y.casefold() for y in (x.badge, x.p, x.name) if y}]
    if exact or not said:
        return exact
    return [x for x in people if all(_begins(word, x.name.casefold()) for word in said.split())]


def _begins(word: str, name: str) -> bool:
    return any(part.startswith(word) for part in name.split())


def notes(people: Sequence[MusterLine], say: Callable[[str], str] = str) -> list[str]:
    """How the call came out, each note short enough for the record (`TEXT_MAX` signs). `say` gives DONE and MISSING in
    the language of the record."""
    missing = [_called(x, people) for x in people if not x.ticked]
    head = say(DONE).format(n=len(people) - len(missing), of=len(people))
    tail = say(MISSING)
    kept: list[str] = []
    held: list[str] = []
    for name in missing:
        if held and len(_note(head, tail, [*held, name])) > TEXT_MAX:
            kept.append(_note(head, tail, held))
            held = []
        held.append(name)
    return [clean_text(x) for x in [*kept, _note(head, tail, held)]]


def some(names: Sequence[str]) -> str:
    """So many as one sentence bears."""
    return ", ".join(names[:SOME]) + (" …" if len(names) > SOME else "")


def _note(head: str, tail: str, names: Sequence[str]) -> str:
    return f"{head} {tail.replace('{names}', ', '.join(names))}" if names else head


def _called(one: MusterLine, people: Sequence[MusterLine]) -> str:
    """The name, with the badge or id where another one on the roll is called the same."""
    twin = any(x.p != one.p and x.name == one.name for x in people)
    return f"{one.name} ({one.badge or one.p})" if twin else one.name


def _inside(s: Session, who: Person, since: int) -> bool:
    if who.gone:
        return False
    spans = [span for x in s.entries(who.p) for span in x.spans]
    return who.present or any(out is None or out >= since for _, out in spans)


def _line(s: Session, who: Person, ticked: Set[str]) -> MusterLine:
    entries = s.entries(who.p)
    badge = badged(entries)[0] or code_of(entries)
    return MusterLine(
        p=who.p,
        name=who.name or badge or who.p,
        badge=badge,
        crew=next((x.fields["crew"] for x in entries if x.fields.get("crew")), ""),
        left=not who.present,
        ticked=any(x.p in ticked for x in entries),
    )
