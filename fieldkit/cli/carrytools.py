"""The ways to head office that the terminal app may take: sticks and folders, and the network.

A trip runs in a thread with a loop of its own: it reads, writes and waits for a stick or a line, and the room goes on.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.cli import memory
from fieldkit.cli.progress import watch_of
from fieldkit.config import Settings, load
from fieldkit.errors import FieldkitError
from fieldkit.tui.tools import At, Carried, SaidLine, Sent, StickLine, Stop, Told, Words

if TYPE_CHECKING:
    from fieldkit.station import Station
    from fieldkit.sync.link import Said
    from fieldkit.sync.online import OnlineTrip
    from fieldkit.sync.reach import Address, Rest


class CarryTools:
    """On one data folder."""

    rest: Rest | None = None
    """How patient a trip over the network is; None is as usual."""

    def __init__(self, station: Station, settings: Settings | None = None) -> None:
        """`settings`: without them those of the folder are read when they are needed."""
        self._station = station
        self._given = settings

    def _in_force(self) -> Settings:
        return self._given or load(self._station.home, os.environ)

    async def sticks(self) -> list[StickLine]:
        from fieldkit.sync.sticks import plugged

        found = await asyncio.to_thread(plugged)
        return [StickLine(path=x.path, name=x.name, free=x.free, read_only=x.read_only) for x in found]

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        return await carry(self._station, folder, told, stop)

    async def office(self) -> str:
        """What was typed last, unless the setting has changed after it; else the setting."""

        def read() -> str:
            kept, set_to = memory.recall(self._station.home), self._in_force().sync_url
            return kept.office if kept.office and kept.office_set == set_to else set_to

        return await asyncio.to_thread(read)

    def check_office(self, address: str) -> None:
        _address(address)

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        to = _address(address)

        def trip() -> Sent:
            settings = self._in_force()
            self._remember(to.url, settings.sync_url)
            ca = Path(settings.sync_ca).expanduser() if settings.sync_ca else None
            return _sent(self._station, *_trip(self._station, to, ca, self.rest, told, stop, now, words))

        try:
            return await asyncio.to_thread(trip)
        except OSError as error:
            raise FieldkitError(
                f"What was to be sent could not be read or written: {error.strerror or 'the disk refused'}.",
                "Check the disk of this laptop; nothing is sent twice.",
            ) from error

    def _remember(self, url: str, set_to: str) -> None:
        home = self._station.home
        kept = memory.recall(home)
        if url != (kept.office or set_to) or (kept.office and kept.office_set != set_to):
            memory.keep(home, msgspec.structs.replace(kept, office=url, office_set=set_to))


def _address(text: str) -> Address:
    """As typed; https is meant where nothing is said."""
    from fieldkit.sync.reach import address

    text = text.strip()
    return address(text if "://" in text else f"https://{text}")


def _trip(
    station: Station,
    to: Address,
    ca: Path | None,
    rest: Rest | None,
    told: Told | None,
    stop: Stop | None,
    now: Stop | None,
    words: Words | None,
) -> tuple[str, OnlineTrip]:
    from fieldkit.lan import early  # noqa: F401 - before anything that imports aiohttp
    from fieldkit.sync.online import sync_online

    kept: list[str] = []

    def tell(at: At) -> None:
        # Words of a file of which nothing has left are of no use to anybody: the next trip makes others.
        if at.step == "send" and at.done > 0 and words is not None:
            while kept:
                words(kept.pop())
        if told is not None:
            told(at)

    done = asyncio.run(sync_online(station, to, ca=ca, watch=watch_of(tell, stop, now), rest=rest, words=kept.append))
    return to.host, done


def _sent(station: Station, host: str, done: OnlineTrip) -> Sent:
    from fieldkit.sync.link import TAKEN

    refs = {ref.origin: ref for ref in station.sessions()}

    def line(one: Said) -> SaidLine:
        ref = refs.get(one.origin or "")
        seq, title = (ref.seq, ref.title) if ref is not None else (0, "")
        return SaidLine(seq=seq, title=title, result=one.result, reason=one.reason)

    others = [all(one.result in TAKEN for one in carry.sessions) for carry in done.others]
    return Sent(
        to=host,
        said=tuple(line(one) for one in done.sessions),
        receipted=len(done.receipts),
        trust=done.trust,
        policy=done.policy,
        erased=done.erased,
        not_taken=tuple(done.not_taken),
        others=sum(others),
        others_held=len(others) - sum(others),
        left_out=len(done.left_out),
        open=done.open,
        kept=len(done.kept),
        sealed=bool(done.sealed_to or done.words),
        skew=done.skew,
        plans=tuple(done.sent.planned),
        packs=len(done.sent.packs),
        answered=len(done.sent.answered),
    )


async def carry(station: Station, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
    """What `fieldkit sync --to FOLDER` does."""
    from fieldkit.sync.carry import Trip, sync_folder_to
    from fieldkit.sync.copying import refused

    def trip() -> Trip:
        return asyncio.run(sync_folder_to(station, folder, plain=False, watch=watch_of(told, stop)))

    try:
        done = await asyncio.to_thread(trip)
    except OSError as error:
        raise refused(folder, error) from error
    return Carried(
        folder=folder,
        sessions=len(done.sessions),
        receipted=len(done.receipts),
        trust=done.trust,
        left_out=len(done.left_out),
        open=done.open,
        kept=len(done.kept),
        sealed=bool(done.sealed_to or done.words),
        words=done.words,
        plans=tuple(done.sent.planned),
        packs=len(done.sent.packs),
        answered=len(done.sent.answered),
    )
