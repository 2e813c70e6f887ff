"""A real data folder with real sessions, packs and a trust list, and the home screen on it, driven by a pilot."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from textual.pilot import Pilot

from fieldkit.cli.compiled import compile_for
from fieldkit.cli.hometools import StationTools
from fieldkit.config import Settings
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Accepted, Desk
from fieldkit.log.keys import Signer
from fieldkit.log.names import b64
from fieldkit.log.note import sign_note
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.packs.read import read_pack
from fieldkit.seats import new_participant
from fieldkit.station import Setup, Station
from fieldkit.sync.outbox import Carried, Outbox, Receipted
from fieldkit.tui import label, say
from fieldkit.tui.app import HomeApp
from fieldkit.tui.hometools import Cursor, Memory
from tests.kit.clock import ManualClock
from tests.tui.room import until_text

ORG = "acme.example"
DAY_S = 86_400
PUBLISHER = Signer.generate(f"{ORG}/pub/packs")
TRAINER = Signer.generate(f"{ORG}/fac/9k3m")


def station_in(folder: Path, clock: ManualClock | None = None) -> Station:
    """A laptop's data folder, its key under the organisation."""
    return Station.open(folder / "data", org=ORG, clock=clock or ManualClock())


async def held_session(
    station: Station, title: str, *, end: bool = True, pack: str = "toolbox-blank", came: bool = True
) -> str:
    """A session that was begun, and ended unless told otherwise, with one person in it unless nobody `came`; its
    origin."""
    begun = await station.start(Setup(pack=compile_for(station, pack, ""), title=title, site="Hall 2"))
    desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
    await desk.start()
    try:
        if came:
            assert isinstance(await desk.submit(w.CheckIn(new_p=new_participant(), name="Ann"), FACILITATOR), Accepted)
        wish: w.Intent = w.End() if end else w.Pause(why="exit")
        assert isinstance(await desk.submit(wish, FACILITATOR), Accepted)
        station.remember(begun.store)
        return begun.store.origin
    finally:
        await desk.close()


def receipted(station: Station, origin: str) -> None:
    """Head office has signed for all of it, an hour ago."""
    ref = station.find(origin)
    time = station.clock.wall_ms() // 1000 - 3600
    Outbox(station.outbox).receipted(origin, Receipted(ref.size, b64(bytes(32)), time))


def carried(station: Station, origin: str) -> None:
    """A copy lies on a stick."""
    ref = station.find(origin)
    Outbox(station.outbox).carried(origin, Carried(ref.size, "/stick", "a.fkb", "0" * 64))


def enrolled(station: Station, *, packs: tuple[str, ...] | None = ("toolbox-blank",), device: bool = True) -> None:
    """Head office's trust list, accepted: this laptop, a publisher, and a trainer of this laptop."""
    now = station.clock.wall_ms() // 1000
    day = now - now % DAY_S
    root = Signer.generate(f"{ORG}/root")
    lines = [("root", root.vkey, None), ("publisher", PUBLISHER.vkey, None), ("facilitator", TRAINER.vkey, packs)]
    if device:
        lines.append(("device", station.signer.vkey, None))
    keys = tuple(TrustKey(kind, vkey, day - DAY_S, day + 900 * DAY_S, packs=said) for kind, vkey, said in lines)
    trust = TrustList(ORG, 7, day - DAY_S, day + 300 * DAY_S, keys)
    (station.home / "trust.note").write_bytes(trust_note(trust, root))
    (station.home / "keys" / "fac-9k3m.vkey").write_text(f"{TRAINER.vkey}\n")


def signed_pack(station: Station, pack: str, *, by: Signer = PUBLISHER) -> Path:
    """A shipped pack, installed here with a note over its files."""
    compiled = compile_for(station, pack, "")
    files = read_pack(Path(__file__).parents[2] / "content_packs" / pack)
    folder = station.packs_dir / pack
    for name, raw in files.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    text = f"fieldkit-pack/1\nid {pack}\nversion {compiled.plan.version}\nfiles {files.hash}\n"
    (folder / "pack.note").write_bytes(sign_note(text, by))
    return folder


@contextlib.asynccontextmanager
async def home(
    station: Station,
    *,
    size: tuple[int, int] = (80, 24),
    welcomed: bool = True,
    folders: list[Path] | None = None,
    wait: str = "START NEW FROM A PACK",
    lang: str = "en",
    warnings: Sequence[str] = (),
    port: int = 0,
    cursor: Cursor | None = None,
) -> AsyncIterator[tuple[HomeApp, Pilot[object], StationTools]]:
    """The home screen on this data folder; `folders`: where rosters are looked for."""
    say.use(lang)
    label.use("")
    settings = Settings(home=station.home, tz="UTC", port=port, bind="127.0.0.1")
    tools = StationTools(station, settings, folders=folders or [])
    if welcomed:
        tools.remember(Memory(trainer="Sam Ortiz", place="Hall 2", welcomed=True))
    app = HomeApp(tools, warnings, cursor)
    try:
        async with app.run_test(size=size) as pilot:
            await until_text(pilot, wait)
            yield app, pilot, tools
    finally:
        await tools.close_check()
        say.use("en")
