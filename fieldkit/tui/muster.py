"""The roll call of an alarm: who is to be called, and the notes that the record keeps of it.

Everybody who is not accounted for is in a note by name: what one note has no room for, the next one says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from fieldkit.core.clean import TEXT_MAX, clean_text
from fieldkit.core.views import PersonLine
from fieldkit.tui.panels.figures import in_order, name_of
from fieldkit.tui.say import _


def inside(people: Iterable[PersonLine], ticked: Set[str]) -> list[PersonLine]:
    """Who is in, those who are not ticked off first. `ticked`: by `p`."""
    found = [x for x in people if x.status == "in"]
    return sorted(found, key=lambda x: (x.p in ticked, in_order(name_of(x)), x.p))


def called(people: Iterable[PersonLine], words: str) -> list[PersonLine]:
    """Who is meant by a badge, a number or a name, or by the beginnings of the words of a name."""
    people, meant = list(people), " ".join(words.casefold().split())
    exact = [x for x in people if meant in {y.casefold() for y in (x.badge, x.code, x.p, x.name) if y}]
    if exact or not meant:
        return exact
    return [x for x in people if all(_begins(word, x.name.casefold()) for word in meant.split())]


def _begins(word: str, name: str) -> bool:
    return any(part.startswith(word) for part in name.split())


def muster_notes(people: Sequence[PersonLine], ticked: Set[str]) -> list[str]:
    """How the call came out, each note short enough for the record (`TEXT_MAX` signs); none when nobody is in.

    `people`: who is in, with names whatever the screen shows."""
    if not people:
        return []
    missing = [_called(x, people) for x in people if x.p not in ticked]
    head = _("Muster: {n} of {of} ticked off.", n=len(people) - len(missing), of=len(people))
    notes: list[str] = []
    held: list[str] = []
    for name in missing:
        if held and len(_note(head, [*held, name])) > TEXT_MAX:
            notes.append(_note(head, held))
            held = []
        held.append(name)
    return [clean_text(x) for x in [*notes, _note(head, held)]]


def _note(head: str, names: Sequence[str]) -> str:
    return f"{head} {_('Not ticked off: {names}', names=', '.join(names))}" if names else head


def _called(one: PersonLine, people: Sequence[PersonLine]) -> str:
    """The name, with the badge or number where another one who is in is called the same."""
    name = name_of(one)
    twin = any(x.p != one.p and name_of(x) == name for x in people)
    return f"{name} ({one.badge or one.code or one.p})" if twin else name
