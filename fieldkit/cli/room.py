"""A running room: the desk, the phones' server, the announcement and the control port, opened and closed in order.

The order matters: the session is on disk before anybody can reach it, HTTP is up before it is announced, and on the
way out the door closes before the log does. Nothing on the way out may keep the rest of it from happening.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

import msgspec

from fieldkit.cli.consoles import Consoles
from fieldkit.cli.net import Net
from fieldkit.cli.talk import warn
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Desk
from fieldkit.errors import FieldkitError
from fieldkit.lan import early  # noqa: F401 - before anything that imports aiohttp
from fieldkit.lan.control import ControlPort
from fieldkit.lan.listen import open_door
from fieldkit.lan.server import LanServer
from fieldkit.log.files import write_durable
from fieldkit.station import SessionRef, Setup, Station
from fieldkit.verbs import CONTROL_FILE, Where

PAUSE_S = 10.0
"""So long a host that is asked to go waits for the disk to take its last record."""
GOODBYE_S = 5.0
"""After the end a headless host still hands out goodbyes and receipts for this long."""


class Room:
    """Everything that runs while a session is live."""

    def __init__(self, station: Station, desk: Desk, lan: LanServer, control: ControlPort, consoles: Consoles) -> None:
        self.station, self.desk, self.lan, self.control, self.consoles = station, desk, lan, control, consoles
        self._state = desk.session.state
        self._remembering: set[asyncio.Future[None]] = set()
        self._stop_watching = desk.subscribe(self._changed)

    def _changed(self) -> None:
        """At each pause and close the head goes into `keys/heads`, so that an older copy of the file is known as one
        even if the program never gets to say goodbye.
        """
        was, self._state = self._state, self.desk.session.state
        if self._state in ("paused", "ended") and was != self._state:
            task = asyncio.ensure_future(asyncio.to_thread(self.station.remember, self.desk.store))
            self._remembering.add(task)
            task.add_done_callback(self._remembered)

    def _remembered(self, task: asyncio.Future[None]) -> None:
        """If it failed, it is tried again, and said, when the room closes."""
        self._remembering.discard(task)
        if not task.cancelled():
            task.exception()

    @classmethod
    async def open(cls, station: Station, begin: Setup | SessionRef, net: Net) -> Room:
        """Begin or resume a session and open its door. Raises FieldkitError; nothing stays open then."""
        kept = station.kept_port(begin) if isinstance(begin, SessionRef) else None
        # The door first: an address that cannot be had must not leave a session begun. Phones know the old port.
        sock = open_door(net.bind, net.port, kept if not net.port else None)
        try:
            return await cls._behind(sock, station, begin, net)
        except BaseException:
            sock.close()
            raise

    @classmethod
    async def _behind(cls, sock: socket.socket, station: Station, begin: Setup | SessionRef, net: Net) -> Room:
        begun = await (station.resume(begin) if isinstance(begin, SessionRef) else station.start(begin))
        desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
        try:
            await desk.start()
            if begun.resumed:
                await desk.resumed()
        except BaseException:
            await desk.close()
            raise
        lan = LanServer(desk)
        consoles = Consoles(desk, lan, net.bind, net.lang)
        control = ControlPort(desk, lan, consoles)
        try:
            await lan.start(
                bind=net.bind,
                allow_hosts=net.allow_host,
                announce=net.announce,
                lang=net.lang,
                fingerprint=station.signer.vkey.digest.hex()[:32],
                sock=sock,
                invites=net.invites,
            )
            lan.wifi = net.wifi
            await desk.store.set_meta("port", str(lan.port).encode())
            where = await control.start()
            write_durable(station.home / CONTROL_FILE, msgspec.json.encode(where), 0o600)
        except BaseException:
            await lan.stop()
            await desk.close()
            raise
        return cls(station, desk, lan, control, consoles)

    def mark_alone(self) -> None:
        """Write down that the terminal is gone, for whoever takes the session up."""
        path = self.station.home / CONTROL_FILE
        where = msgspec.structs.replace(msgspec.json.decode(path.read_bytes(), type=Where), alone=True)
        write_durable(path, msgspec.json.encode(where), 0o600)

    async def ended(self) -> None:
        """Return when the session has ended and stayed so for the goodbye time."""
        changed = asyncio.Event()
        stop = self.desk.subscribe(changed.set)
        try:
            while True:
                while self.desk.session.state != "ended":
                    changed.clear()
                    await changed.wait()
                try:
                    async with asyncio.timeout(GOODBYE_S):
                        while self.desk.session.state == "ended":
                            changed.clear()
                            await changed.wait()
                except TimeoutError:
                    return
        finally:
            stop()

    async def close(self, why: str | None) -> None:
        """Shut the door, then the log. `why` pauses a running session (`exit`); None leaves it as it is.

        Whatever goes wrong is said in a sentence and the next thing is done. `control.json` goes last: as long as it is
        there, this host is.
        """
        mistake: Exception | None = None
        doors = (self.control.close, self.consoles.close)
        steps = (*doors, lambda: self._pause(why), self.lan.stop, self._remember, self.desk.close)
        for step in steps:
            try:
                await step()
            except FieldkitError as wrong:
                _say(wrong.sentence, wrong.hint)
            except Exception as wrong:  # noqa: BLE001 - a mistake in one step must not keep the log open
                mistake = mistake or wrong
        with contextlib.suppress(OSError):
            (self.station.home / CONTROL_FILE).unlink()
        if mistake is not None:
            raise mistake

    async def _pause(self, why: str | None) -> None:
        if why is None or self.desk.session.state != "running":
            return
        try:
            async with asyncio.timeout(PAUSE_S):
                await self.desk.submit(w.Pause(why=why), FACILITATOR)
        except (FieldkitError, TimeoutError) as wrong:
            because = f": {wrong.sentence}" if isinstance(wrong, FieldkitError) else "."
            _say(f"The session could not be marked as paused; nothing acknowledged is lost{because}", "")

    async def _remember(self) -> None:
        self._stop_watching()
        await asyncio.gather(*self._remembering, return_exceptions=True)
        await asyncio.to_thread(self.station.remember, self.desk.store)


def _say(sentence: str, hint: str) -> None:
    with contextlib.suppress(OSError):  # whoever would read it may have gone
        warn(sentence, hint)


def ready(room: Room) -> dict[str, object]:
    """The one line that a program waits for."""
    return {
        "ready": True,
        "url": room.lan.url,
        "code": room.desk.code,
        "session": room.desk.store.origin,
        "wall": room.lan.wall_url,
        "kiosk": room.lan.kiosk_url or None,
        "invites": [{"url": one.url, "place": one.place} for one in room.lan.routed],
    }
