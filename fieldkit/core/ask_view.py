"""Questions to the trainer, messages, raised hands and staff as surfaces show them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fieldkit.core.session import Session
from fieldkit.core.state import Person, Say
from fieldkit.core.views import HandLine, SayLine, SayView, StaffLine

SHOWN_ASKS = 10
"""Questions on a phone: its first view has to stay small."""


def questions(s: Session) -> Iterator[Say]:
    """To the trainer, oldest first; neither hidden nor void."""
    for ref in s.threads.get("", []):
        say = s.says[ref]
        if not say.hidden and not say.void:
            yield say


def most_votes_first(found: list[Say]) -> list[Say]:
    return sorted(found, key=lambda say: (not say.pinned, -len(say.ups), say.ref))


def open_questions(s: Session) -> list[Say]:
    return most_votes_first([say for say in questions(s) if not say.done and not say.parked])


def say_view(say: Say) -> SayView:
    """A message as every phone and the wall show it: no name."""
    return SayView(
        ref=say.ref,
        text=say.text,
        ups=len(say.ups),
        activity=say.activity,
        pinned=say.pinned,
        done=say.done,
        parked=say.parked,
        group=say.group,
    )


def say_line(s: Session, say: Say) -> SayLine:
    """A message as the trainer sees it: who and when only where that may be named."""
    one = s.round(say.activity) if say.activity else None
    named = one is None or one.mode == "named"
    who = s.person(say.p)
    author = who if named else None
    return SayLine(
        ref=say.ref,
        text=say.text,
        ups=len(say.ups),
        activity=say.activity,
        name=author.called if author is not None else "",
        hidden=say.hidden or say.void,
        pinned=say.pinned,
        done=say.done,
        parked=say.parked,
        group=say.group,
        at_m=say.m if named else 0,
        p=author.p if author is not None else "",
    )


def asks(s: Session) -> list[SayLine]:
    return [say_line(s, say) for say in open_questions(s)]


def parked(s: Session) -> list[SayLine]:
    """For the expert: questions to the trainer, and messages of a discussion."""
    found = [x for x in s.says.values() if x.parked and not (x.done or x.hidden or x.void)]
    return [say_line(s, say) for say in most_votes_first(found)]


def seat_asks(s: Session) -> list[SayView]:
    """What every phone shows and may vote for."""
    return [say_view(say) for say in open_questions(s)[:SHOWN_ASKS]]


def mine_asks(s: Session, shown: list[SayView], who: Person) -> list[SayView]:
    """With the own questions, also those that were answered, parked or pushed off the list by others."""
    refs = {view.ref for view in shown}
    own = [say_view(say) for say in questions(s) if s.head(say.p) == who.p and say.ref not in refs]
    return [marked(s, view, who) for view in (*shown, *own[-SHOWN_ASKS:])]


def marked(s: Session, view: SayView, who: Person) -> SayView:
    """With own messages and own votes marked."""
    say = s.says[view.ref]
    return msgspec.structs.replace(view, mine=s.head(say.p) == who.p, voted=who.p in say.ups)


def hand_lines(s: Session, at: int) -> list[HandLine]:
    """The queue: who raised first is first."""
    return [HandLine(p, s.people[p].called, max(0, at - m)) for p, m in s.hands.items()]


def staff_lines(s: Session) -> list[StaffLine]:
    """In the order of the log."""
    named = [x for x in s.staff if x.role == "trainer" and x.name and x.name == s.leader]
    return [StaffLine(x.role, x.name, x.qualification, x in named[-1:]) for x in s.staff]
