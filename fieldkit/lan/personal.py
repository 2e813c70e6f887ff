"""What is one participant's own on a phone: their answers, their slots, and when a phone must hear of it anew.

It goes out once a connection. When the laptop changes something of somebody's (the goodbye, a reveal, a group, an item
signed off, a hand taken down), the phones of those people get their own part again, before the page that shows it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fieldkit.core.session import Session
from fieldkit.core.views import OpenSeat, SeatView
from fieldkit.lan import frames, pages, push, seats

if TYPE_CHECKING:
    from fieldkit.lan.site import Site

log = logging.getLogger("fieldkit.lan")

Signs = dict[str, object]


def me_of(site: Site, seat: seats.Seat, p: str, view: SeatView, slots: bool = True) -> dict[str, Any]:
    """What the script puts into the shared fragment. Without `slots` for a page that has them filled already."""
    mine: dict[str, list[str]] = {}
    sure: dict[str, str] = {}
    for one in view.open:
        _answers(one, mine, sure)
    tapped = site.desk.pulse.tempo.get(p)
    if tapped:
        mine["tempo"] = [tapped]
    said = [*view.says, *view.asks]
    me = {
        "p": p,
        "mine": mine,
        "sure": sure,
        "own": [x.ref for x in said if x.mine],
        "up": [x.ref for x in said if x.voted],
        "hand": view.hand,
        "left": view.state == "bye" and not view.ended,
    }
    return {**me, "f": pages.slots_of(view, zone_of(site))} if slots else me


def _answers(one: OpenSeat, mine: dict[str, list[str]], sure: dict[str, str]) -> None:
    key = f"{one.activity}/{one.round}"
    if one.mine is not None:
        mine[key] = one.words_mine or one.mine
    if one.mine_sure:
        sure[key] = one.mine_sure
    for q in one.questions:
        if q.mine is not None:
            mine[f"{key}/{q.id}"] = q.mine
        if q.mine_sure:
            sure[f"{key}/{q.id}"] = q.mine_sure


def zone_of(site: Site) -> tzinfo:
    info = site.desk.session.info
    try:
        return ZoneInfo(info.tz) if info and info.tz else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def me_event(mine: dict[str, Any]) -> bytes:
    return b"event: me\ndata: " + msgspec.json.encode(mine) + b"\n\n"


# ---- hearing of it anew ------------------------------------------------------------------------------------------


def signs_of(s: Session) -> tuple[object, Signs]:
    """(what concerns everybody, what concerns some: their `p` → what of it they see). Cheap: asked at each commit."""
    revealed = max((one.revealed_i for rounds in s.runs.values() for one in rounds if one.revealed), default=-1)
    own: Signs = {f"hand {p}": True for p in s.hands}
    own |= {f"change {k} {x.p}": True for k, x in enumerate(s.changes)}
    for one in s.open_rounds.values():
        for group in one.groups:
            sign = (group.label, group.place, group.scribe, tuple(group.members))
            own |= {f"group {p}": sign for p in group.members}
        own |= {f"check {p}": tuple((k, x.ok) for k, x in items.items()) for p, items in one.checks.items()}
    return (s.state == "ended", revealed), own


def concerned(old: Signs, new: Signs) -> set[str]:
    """Whose part is another one now."""
    keys = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    return {key.rsplit(" ", 1)[1] for key in keys}


class Teller:
    """Sends people their own part anew, one round after the other; `touch` after each commit."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._all, self._own = signs_of(site.desk.session)
        self._tapped: set[str] = set()
        """Who has said how the pace is, in this segment."""
        self._whom: set[str] | None = set()
        """Who still has to hear; None is everybody."""
        self._task: asyncio.Task[None] | None = None

    def touch(self) -> None:
        everybody, own = signs_of(self._site.desk.session)
        if everybody != self._all:
            self._whom = None
        elif own != self._own and self._whom is not None:
            self._whom |= concerned(self._own, own)
        tapped = set(self._site.desk.pulse.tempo)
        if self._whom is not None:  # a new segment: nothing is tapped any more
            self._whom |= self._tapped - tapped
        self._all, self._own, self._tapped = everybody, own, tapped
        if self._whom != set() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._tell(), name="own parts")

    async def _tell(self) -> None:
        while self._whom != set():
            whom, self._whom = self._whom, set()
            try:
                await tell_each(self._site, whom)
            except Exception:  # a mistake in one view must not silence the room for good
                log.exception("somebody's own part could not be sent")

    async def stop(self) -> None:
        await push.ended(self._task)


async def tell_each(site: Site, whom: Iterable[str] | None = None) -> None:
    """These people's phones (None: every phone) get their own part anew."""

    def mine(stream: push.Stream) -> bytes:
        seat = seats.seat_in(site.desk, stream.key)
        if seat is None or stream.p not in seat.people:
            return frames.GONE
        return me_event(me_of(site, seat, stream.p, site.view(stream.p, stream.lang)))

    await site.phones.write_each(mine, None if whom is None else set(whom))
