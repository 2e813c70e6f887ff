"""What views add about open anonymous rounds: how many have voted, and to one person that they have. Nothing else.

The fold knows nothing of a vote before the tally, so that the desk puts the number in, as it does with the pulse.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from msgspec.structs import replace

from fieldkit.core.rulings.ballots import ANONYMOUS, Key, entries, is_small
from fieldkit.core.session import Session
from fieldkit.core.views import OpenSeat, RoomView, RoundLine, SeatView, WallView
from fieldkit.core.wall_view import first_open

Count = Callable[[Key], int]


def in_room(s: Session, view: RoomView, n: Count) -> RoomView:
    """The trainer sees how many have voted; who is missing is not told."""
    if not _any(s):
        return view
    return replace(view, open=[_line(s, x, n) for x in view.open], rounds=[_line(s, x, n) for x in view.rounds])


def _line(s: Session, line: RoundLine, n: Count) -> RoundLine:
    if line.mode != ANONYMOUS or line.state != "open":
        return line
    answered = n((line.activity, line.round))
    left = max(0, line.of - answered) if line.missing_n else 0
    small = is_small(s, s.runs[line.activity][line.round - 1].activity)
    return replace(line, answered=answered, missing=[], missing_n=left, counts=None, small=small)


def in_shared(s: Session, view: SeatView, n: Count) -> SeatView:
    """Every phone may see how many have voted."""
    if not _any(s):
        return view
    return replace(view, open=[_seat(x, n) for x in view.open])


def _seat(one: OpenSeat, n: Count) -> OpenSeat:
    return replace(one, n=n((one.activity, one.round)), counts=None) if one.mode == ANONYMOUS else one


def in_seat(s: Session, view: SeatView, voted: Callable[[Key], Set[str]]) -> SeatView:
    """`mine` is empty for who has voted: the laptop knows that somebody voted, and never what."""
    if not _any(s) or view.me is None:
        return view
    ids = entries(s, view.me.p)
    mine = [
        replace(x, mine=[]) if x.mode == ANONYMOUS and not ids.isdisjoint(voted((x.activity, x.round))) else x
        for x in view.open
    ]
    return replace(view, open=mine)


def in_wall(s: Session, view: WallView, n: Count) -> WallView:
    if not _any(s) or view.state not in ("question", "says"):
        return view
    shown = first_open(s)
    if shown is None or shown.mode != ANONYMOUS:
        return view
    return replace(view, n=n((shown.activity.id, shown.no)), counts=None, mode=ANONYMOUS)


def _any(s: Session) -> bool:
    return any(x.mode == ANONYMOUS for x in s.open_rounds.values())
