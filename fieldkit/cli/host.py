"""`fieldkit host [PACK]`: straight into a live session, with the terminal app or headless."""

from __future__ import annotations

import asyncio
import contextlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, go_on_erasing, home
from fieldkit.cli.session_options import CohortOpt, MakesUpOpt, PartOpt, TitleOpt
from fieldkit.cli.talk import emit, is_terminal, say, warn
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from fieldkit.cli.net import Net
    from fieldkit.cli.room import Room
    from fieldkit.config import Settings
    from fieldkit.station import SessionRef, Setup, Station

BLANK = "toolbox-blank"
MOST_TOLD = 5
"""Look-alikes that are told of; a network full of them is an attack on attention."""


def host(
    pack: Annotated[str | None, typer.Argument(metavar="[PACK]", help="An id, a folder or a .fkpack file.")] = None,
    title: TitleOpt = "",
    site: Annotated[str | None, typer.Option(help="Where it takes place.")] = None,
    facilitator: Annotated[str | None, typer.Option(metavar="NAME", help="The trainer's printed name.")] = None,
    roster: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Who is expected.")] = None,
    set_: Annotated[
        str, typer.Option("--set", metavar="SET", help="Only the pack's `prework`, or an entry of its reinforcement.")
    ] = "",
    lang: Annotated[str | None, typer.Option(help="Language of the terminal and the wall.")] = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free port; else 80, 8080 or any.")] = None,
    bind: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Listen on this address only.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A further name of this laptop.")] = None,
    invite: Annotated[
        list[str] | None,
        typer.Option(metavar="URL[=PLACE]", help="A routed address that leads here too (VPN, second hall)."),
    ] = None,
    wifi: Annotated[str | None, typer.Option(metavar="NAME", help="The room's Wi-Fi, for its QR code.")] = None,
    wifi_password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its password, on the first line of FILE.")
    ] = None,
    part: PartOpt = "",
    cohort: CohortOpt = "",
    makes_up: MakesUpOpt = "",
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Attendance and privacy rules.")] = None,
    tz: Annotated[str | None, typer.Option(metavar="ZONE", help="IANA time zone; else the laptop's.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Without a terminal.")] = False,
    linear: Annotated[
        bool, typer.Option("--linear", help="Lines of text instead of a screen, to be read out.")
    ] = False,
    new: Annotated[bool, typer.Option("--new", help="Do not resume; begin a new session.")] = False,
    announce: Annotated[bool, typer.Option("--announce/--no-announce", help="Announce it on the network.")] = True,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Run a live session: workers join with their phones, you lead it from here.

    An interrupted session of the same pack is resumed, with its code, its seats and, when free, its port.

    Example: fieldkit host loto-basics --roster crew.csv --facilitator "Sam Ortiz"
    """
    from fieldkit.cli.linear import wants_lines
    from fieldkit.cli.net import with_wifi
    from fieldkit.cli.within import begin_within, within_of
    from fieldkit.config import load

    folder = home(data)
    flags: dict[str, object] = {
        "site": site,
        "facilitator": facilitator,
        "lang": lang,
        "port": port,
        "bind": bind,
        "allow_host": tuple(allow_host or ()),
        "invite": tuple(invite or ()),
        "policy": policy,
        "tz": tz,
    }
    settings = with_wifi(load(folder, os.environ, flags), wifi, wifi_password_file)
    lines = not headless and wants_lines(linear, settings.linear, os.environ)
    ask = not headless and is_terminal()
    if not (headless or lines or ask):
        raise WrongUsage("The terminal app needs a terminal.", "Add --headless to run without one.")
    if set_ and pack is None:
        raise WrongUsage("A set belongs to a pack.", f"fieldkit host PACK --set {set_[:40]}")
    chosen = partial(choose, settings=settings, pack=pack, title=title, roster=roster, new=new, ask=ask, part=set_)
    begin = begin_within(chosen, within_of(folder, part, cohort, makes_up))
    return lead(folder, settings, begin, announce=announce, headless=headless, lines=lines, json=json)


def lead(
    folder: Path,
    settings: Settings,
    chosen: Callable[..., Setup | SessionRef],
    *,
    announce: bool,
    headless: bool,
    lines: bool,
    json: bool,
) -> int | None:
    """Hold the data folder alone, begin what is `chosen` (see `choose`), and stay until it is ended or left."""
    from fieldkit.cli.letgo import let_go
    from fieldkit.cli.looks import use_looks
    from fieldkit.cli.net import net_of
    from fieldkit.cli.takeover import lock_now, lock_of
    from fieldkit.station import Station

    net = net_of(settings, announce=announce)
    station = Station.open(folder, org=settings.org or None)
    told: list[str] = []
    station.warn = partial(note, told)
    lock = lock_now(station) if headless else lock_of(station)
    try:
        for problem in [] if headless else use_looks(folder, settings):
            note(told, problem)
        go_on_erasing(station, station.warn)
        let_go(station)
        begin = chosen(station, told=told)
        warn_disk(station, told)
        if headless:
            return asyncio.run(run_headless(station, begin, net, json=json))
        run_terminal(station, begin, net, settings.lang, told, linear=lines)
        return None
    finally:
        lock.release()


def choose(
    station: Station,
    settings: Settings,
    pack: str | None,
    title: str,
    roster: Path | None,
    *,
    new: bool = False,
    ask: bool = False,
    told: list[str] | None = None,
    part: str = "",
) -> Setup | SessionRef:
    """What to run: an interrupted session first, else a new one of this pack. With `ask` the trainer decides. `part`:
    only this set of the pack.

    `told` collects the warnings, for a terminal app that would cover them.
    """
    from fieldkit.cli.compiled import compile_for
    from fieldkit.packs.compile import only_set, require_runnable

    declined = False
    if pack is None and not new:
        warn_older(station, told)
        waiting = station.waiting()
        if waiting:
            last = waiting[-1]
            if not ask or goes_on(last, default=not (title or roster)):
                return going_on(last, title, roster, told)
            declined = True
    compiled = compile_for(station, BLANK if pack is None else pack, settings.site)
    if part:
        compiled = only_set(compiled, part)
    if not new and not declined:
        warn_older(station, told)
        found = station.interrupted(compiled.plan.id, compiled.plan.version, part)
        if found is not None and (not ask or goes_on(found, default=not (title or roster))):
            return going_on(found, title, roster, told)
    require_runnable(compiled.plan)
    return setup(settings, compiled, title, roster, told)


def warn_older(station: Station, told: list[str] | None = None) -> None:
    """Say which session files are older copies: they are readable, and work goes on in a new session."""
    for ref in station.sessions():
        if ref.state == "older":
            note(told, f"Session {ref.seq} here is an older copy of what this laptop signed; it is not resumed.")


def goes_on(found: SessionRef, *, default: bool) -> bool:
    """Ask whether to go on with an interrupted session; `default`: what Enter means."""
    import datetime
    from zoneinfo import ZoneInfo

    from fieldkit.clock import local_zone
    from fieldkit.errors import DamagedData
    from fieldkit.log.read import SessionFile

    try:
        with SessionFile.open(found.path) as file:
            joined = file.session().joined
        people = f"{joined} {'person' if joined == 1 else 'people'} came"
    except DamagedData:
        people = "who came cannot be read"
    when = datetime.datetime.fromtimestamp(found.opened_t / 1000, ZoneInfo(local_zone()))
    say(f"“{found.title}” (session {found.seq}) was interrupted. It began {when:%Y-%m-%d %H:%M}; {people}.")
    return typer.confirm("Go on with it? `n` begins a new session.", default=default, err=True)


def note(told: list[str] | None, sentence: str, hint: str = "") -> None:
    """Warn, and keep the warning for the terminal app."""
    warn(sentence, hint)
    if told is not None:
        told.append(f"{sentence} {hint}".strip())


def going_on(found: SessionRef, title: str, roster: Path | None, told: list[str] | None = None) -> SessionRef:
    """Say that a session is resumed, and that what belongs to a beginning is not used."""
    say(f"Going on with session {found.seq} “{found.title}”; --new begins another one.")
    unused = [name for name, given in (("--title", title), ("--roster", roster)) if given]
    if unused:
        note(told, f"{' and '.join(unused)} not used: a session that goes on keeps what it began with.")
    return found


def setup(
    settings: Settings, compiled: object, title: str, roster: Path | None, told: list[str] | None = None
) -> Setup:
    """A new session from what was typed. Raises WrongUsage for a roster that cannot be read."""
    from fieldkit.clock import local_zone
    from fieldkit.core.clean import clean_name, clean_text
    from fieldkit.core.intents import Expect
    from fieldkit.packs.compile import Compiled
    from fieldkit.seats import new_participant
    from fieldkit.station import Setup

    assert isinstance(compiled, Compiled)
    rows: list[Expect] = []
    if roster is not None:
        from fieldkit.roster import read_roster

        found = read_roster(roster)
        for warning in found.warnings:
            note(told, warning)
        rows = [Expect(new_p=new_participant(), fields=row.fields, notes=row.notes) for row in found.rows]
    return Setup(
        pack=compiled,
        title=clean_text(title, 120),
        site=settings.site,
        facilitator=clean_name(settings.facilitator),
        tz=settings.tz or local_zone(),
        policy=settings.policy,
        roster=rows,
    )


def warn_disk(station: Station, told: list[str] | None = None) -> None:
    from fieldkit.station import WARN_FREE

    free = station.free_bytes()
    if free < WARN_FREE:
        note(told, f"Only {free // 1_000_000} MB are free on this disk.", "Free some space before the session grows.")


async def run_headless(station: Station, begin: Setup | SessionRef, net: Net, *, json: bool) -> int:
    """Serve until the session has ended, or until somebody asks the program to stop (which pauses the session)."""
    from fieldkit.cli.leave import on_leave
    from fieldkit.cli.room import Room, ready
    from fieldkit.cli.takeover import over

    stop = on_leave()
    room = await Room.open(station, begin, net)
    try:
        room.desk.subscribe(trouble_of(room))
        room.desk.subscribe(network_of(room, warn))
        if json:
            emit(ready(room))
        else:
            say(f"Ready: {room.lan.url}  room code {room.desk.code}")
            say(f"Wall: {room.lan.wall_url}")
            say("Drive it with `fieldkit ctl`; Ctrl-C pauses and leaves.")
        await over(room, stop)
    finally:
        await room.close("exit")
    say(goodbye(room))
    return 0


def trouble_of(room: Room) -> Callable[[], None]:
    """Says on standard error when nothing can be saved any more, and when it can again."""
    said: list[str] = [""]

    def look() -> None:
        wrong = room.desk.failing
        now = "" if wrong is None else wrong.sentence
        if now == said[0]:
            return
        said[0] = now
        with contextlib.suppress(OSError):  # whoever would read it may have gone
            if wrong is not None:
                warn(wrong.sentence, wrong.hint)
            else:
                say("Answers are saved again.")

    return look


def network_of(room: Room, tell: Callable[[str, str], object]) -> Callable[[], None]:
    """Tells, once each, when the laptop has another address and when another announcement looks like this session."""
    from fieldkit.lan.diagnose import finding

    shown, told = [room.lan.url], set[str]()

    def look() -> None:
        lan = room.lan
        with contextlib.suppress(OSError):  # whoever would read it may have gone
            if lan.url != shown[0]:
                shown[0] = lan.url
                if lan.moved:  # else the trainer chose it
                    tell(finding("moved").sentence, f"It is {lan.url} now.")
            for one in lan.alike:
                if one.url not in told and len(told) < MOST_TOLD:
                    told.add(one.url)
                    code = "impostor" if one.claims else "look-alike"
                    found = finding(code, name=one.title, where=one.url, url=lan.url)
                    tell(found.sentence, found.hint)

    return look


def goodbye(room: Room) -> str:
    session = room.desk.session
    if session.state == "ended":
        return f"The session has ended. {session.saved + 1} records are saved. Next: fieldkit sync, then export."
    how = "The session is paused. " if session.state == "paused" else ""
    return f"{how}{session.saved + 1} records are saved. The same command goes on with it."


def run_terminal(
    station: Station,
    begin: Setup | SessionRef,
    net: Net,
    lang: str,
    told: Sequence[str] = (),
    first: Callable[[Room], Awaitable[None]] | None = None,
    *,
    linear: bool = False,
) -> bool:
    """The terminal app and the room in one loop; leaving pauses, ending ends. `first` is done before the terminal
    opens: what was changed in the plan for today. `linear`: lines of text instead of the app.

    A terminal that goes away while the session is open leaves the room as it is: it is served without one, until
    somebody takes it up (`fieldkit.cli.takeover`). True: somebody asked the whole program to go (a signal, a terminal
    that was closed).
    """
    from fieldkit.cli.bar import soon
    from fieldkit.cli.leave import on_leave
    from fieldkit.cli.linear import run_linear
    from fieldkit.cli.room import Room
    from fieldkit.cli.takeover import go_on_alone
    from fieldkit.cli.tools import RoomTools
    from fieldkit.tui.app import run_live
    from fieldkit.tui.output import takes_bytes

    async def both() -> tuple[Room, bool]:
        leave = on_leave()
        with soon("Opening the session…"):
            room = await Room.open(station, begin, net)
        try:
            lang_of = lang or room.desk.plan.language
            noticed = told if isinstance(told, list) else list(told)
            room.desk.subscribe(network_of(room, lambda words, hint: noticed.append(f"{words} {hint}")))
            if first is not None:
                await first(room)
            if linear:
                await run_linear(room.desk, RoomTools(room), lang_of, leave)
            else:
                await run_live(room.desk, RoomTools(room), lang_of, leave=leave, warnings=noticed)
            if leave.hung_up and room.desk.session.state != "ended":
                await go_on_alone(room, leave)
        finally:
            await room.close("exit")
        return room, leave.is_set() or leave.hung_up

    room, asked = asyncio.run(both())
    with contextlib.suppress(OSError):  # the terminal may have gone
        if takes_bytes(2):  # or be frozen
            say(goodbye(room))
    return asked


commands = {"host": host}
