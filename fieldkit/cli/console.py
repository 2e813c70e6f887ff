"""Bare `fieldkit`: the terminal app. Its home screen chooses, the room runs, and afterwards the home screen is back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.cli.options import go_on_erasing, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import is_terminal, say
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.cli.net import Net
    from fieldkit.cli.room import Room
    from fieldkit.config import Settings
    from fieldkit.station import SessionRef, Setup, Station
    from fieldkit.tui.hometools import Cursor, HomeTools, NewSession, ResumeSession, Wish


def console(data: Path | None, *, linear: bool = False) -> int | None:
    """Open the home screen on the data folder: sessions, packs, the sync light; start or resume a session.

    Needs a terminal (WrongUsage without one) and the host lock, which it keeps until the trainer leaves. `linear`: say
    in lines what could be run, and how.
    """
    if not linear and not is_terminal():
        raise WrongUsage(
            "The terminal app needs a terminal.",
            "Run `fieldkit --help` for the commands, or `fieldkit host --headless`.",
        )
    import asyncio
    import os

    from fieldkit.cli.hometools import StationTools
    from fieldkit.cli.host import note, warn_disk
    from fieldkit.cli.letgo import let_go
    from fieldkit.cli.linear import wants_lines
    from fieldkit.cli.looks import use_looks
    from fieldkit.cli.net import net_of
    from fieldkit.cli.takeover import lock_of
    from fieldkit.config import load
    from fieldkit.station import Station
    from fieldkit.tui.hometools import Cursor

    folder = home(data)
    settings = load(folder, os.environ)
    if wants_lines(linear, settings.linear, os.environ):
        in_lines(folder)
        return None
    net = net_of(settings)
    station = Station.open(folder, org=settings.org or None)
    told: list[str] = []
    station.warn = partial(note, told)
    lock = lock_of(station)
    try:
        go_on_erasing(station, station.warn)
        let_go(station)
        warn_disk(station, told)
        for problem in use_looks(folder, settings):
            note(told, problem)
        cursor = Cursor()
        while True:
            tools = StationTools(station, settings)
            wish = asyncio.run(choose(tools, settings.lang or tools.memory().lang, told, cursor))
            if wish is None:
                return None
            told.clear()  # the home screen has shown them
            try:
                if run(station, settings, net, wish, told):
                    return None
                told.clear()
            except FieldkitError as wrong:  # said on the home screen, where something else can be chosen
                told[:] = [f"{wrong.sentence} {wrong.hint}".strip()]
    finally:
        lock.release()


def in_lines(folder: Path) -> None:
    """What could be run, one a line: interrupted sessions first, then the packs."""
    from fieldkit.packs.find import list_packs
    from fieldkit.station import Station

    station = Station.look(folder)
    for ref in station.waiting() if station is not None else []:
        put(f"{ref.title}: session {ref.seq} was interrupted")
    for pack in list_packs(None if station is None else station.packs_dir):
        if not pack.problem:
            put(f"{pack.id}: {pack.title or pack.id}, {pack.minutes} min")
    say("Go on with the interrupted one: fieldkit host --linear. Begin one: fieldkit host PACK --linear.")


def run(station: Station, settings: Settings, net: Net, wish: Wish, told: list[str]) -> bool:
    """Run what was chosen until it ended or was left. True: somebody asked the whole program to go.

    Raises FieldkitError for a bad pack, a port that cannot be had, a disk that is full.
    """
    import msgspec

    from fieldkit.cli.host import run_terminal
    from fieldkit.cli.practice import practise
    from fieldkit.tui.hometools import NewSession, Practice

    if isinstance(wish, Practice):
        return practise(station, wish, wish.new.lang or settings.lang)
    lang = wish.lang if isinstance(wish, NewSession) and wish.lang else settings.lang

    begun = begin(station, settings, wish, told)
    return run_terminal(
        station, begun, msgspec.structs.replace(net, lang=lang), lang, told, as_planned(station, wish, told)
    )


def as_planned(
    station: Station, wish: NewSession | ResumeSession, told: list[str]
) -> Callable[[Room], Awaitable[None]]:
    """What is done once the session is on the disk: what was changed for today is recorded, the plan is marked done."""
    from fieldkit.cli.planning import change_plan
    from fieldkit.planned import PlannedFolder
    from fieldkit.tui.hometools import NewSession

    async def first(room: Room) -> None:
        if not isinstance(wish, NewSession):
            return
        for segment in await change_plan(room.desk, wish.changes):
            told.append(f"What was changed in {segment} could not be recorded; the run sheet (s) has it as the pack.")
        if wish.planned:
            try:
                PlannedFolder(station.home).finish(wish.planned, room.desk.store.origin)
            except FieldkitError as wrong:  # the session runs; the plan is one to remove by hand
                told.append(f"The plan could not be marked done. {wrong.sentence}")

    return first


async def choose(tools: HomeTools, lang: str, told: Sequence[str] = (), cursor: Cursor | None = None) -> Wish | None:
    """The home screen, which a signal closes like any other; `told` are warnings, also those that come meanwhile."""
    from fieldkit.cli.leave import on_leave
    from fieldkit.tui.app import run_home

    try:
        return await run_home(tools, lang, leave=on_leave(), warnings=told, cursor=cursor)
    finally:
        await tools.close_check()


def begin(
    station: Station, settings: Settings, wish: NewSession | ResumeSession, told: list[str] | None = None
) -> Setup | SessionRef:
    """What was chosen on the home screen, ready to run; `told` collects warnings.

    Raises FieldkitError for a bad pack.
    """
    import msgspec

    from fieldkit.cli.compiled import compile_for
    from fieldkit.cli.host import setup
    from fieldkit.core.intents import Expect
    from fieldkit.packs.compile import require_runnable
    from fieldkit.seats import new_participant
    from fieldkit.tui.hometools import ResumeSession

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
    rows = [Expect(new_p=new_participant(), fields=row.fields, notes=row.notes) for row in wish.expected]
    kind = "makeup" if wish.within.makes_up else ""
    made = setup(settings, compiled, wish.title, None, told)
    return msgspec.structs.replace(made, roster=rows, place=wish.room, within=wish.within, kind=made.kind or kind)
