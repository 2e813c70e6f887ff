"""Bare `fieldkit`: the terminal app. Its home screen chooses, the room runs, and afterwards the home screen is back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli.options import home
from fieldkit.cli.talk import is_terminal
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.config import Settings
    from fieldkit.station import SessionRef, Setup, Station
    from fieldkit.tui.tools import HomeTools, NewSession, ResumeSession


def console(data: Path | None) -> int | None:
    """Open the home screen on the data folder: sessions, packs, the sync light; start or resume a session.

    Needs a terminal (WrongUsage without one) and the host lock, which it keeps until the trainer leaves.
    """
    if not is_terminal():
        raise WrongUsage(
            "The terminal app needs a terminal.",
            "Run `fieldkit --help` for the commands, or `fieldkit host --headless`.",
        )
    import asyncio
    import os

    import msgspec

    from fieldkit.cli.host import note, run_terminal, warn_disk
    from fieldkit.cli.net import net_of
    from fieldkit.cli.tools import StationTools
    from fieldkit.config import load
    from fieldkit.station import Station
    from fieldkit.tui.tools import NewSession

    folder = home(data)
    settings = load(folder, os.environ)
    net = net_of(settings)
    station = Station.open(folder, org=settings.org or None)
    told: list[str] = []
    station.warn = partial(note, told)
    lock = station.lock()
    try:
        warn_disk(station, told)
        while True:
            wish = asyncio.run(choose(StationTools(station), settings.lang, told))
            if wish is None:
                return None
            told.clear()  # the home screen has shown them
            lang = wish.lang if isinstance(wish, NewSession) and wish.lang else settings.lang
            net_here = msgspec.structs.replace(net, lang=lang)
            if run_terminal(station, begin(station, settings, wish, told), net_here, lang, told):
                return None
            told.clear()
    finally:
        lock.release()


async def choose(tools: HomeTools, lang: str, told: Sequence[str] = ()) -> NewSession | ResumeSession | None:
    """The home screen, which a signal closes like any other; `told` are warnings, also those that come meanwhile."""
    from fieldkit.cli.leave import on_leave
    from fieldkit.tui.app import run_home

    return await run_home(tools, lang, leave=on_leave(), warnings=told)


def begin(
    station: Station, settings: Settings, wish: NewSession | ResumeSession, told: list[str] | None = None
) -> Setup | SessionRef:
    """What was chosen on the home screen, ready to run; `told` collects warnings.

    Raises FieldkitError for a bad pack or roster.
    """
    import msgspec

    from fieldkit.cli.host import setup
    from fieldkit.cli.room import compile_for
    from fieldkit.packs.compile import require_runnable
    from fieldkit.tui.tools import ResumeSession

    if isinstance(wish, ResumeSession):
        return station.find(wish.ref)
    settings = msgspec.structs.replace(
        settings,
        site=wish.site or settings.site,
        facilitator=wish.facilitator or settings.facilitator,
        lang=wish.lang or settings.lang,
    )
    compiled = compile_for(station, wish.pack, settings.site)
    require_runnable(compiled.plan)
    return setup(settings, compiled, wish.title, wish.roster, told)
