"""A listener on a real desk, laptops that attach to it over real TLS, and a stranger who says whatever a test says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from fieldkit import tls
from fieldkit.consoles import attach_wire as wire
from fieldkit.consoles.attach_asks import Asking
from fieldkit.consoles.attach_far import FarDesk
from fieldkit.consoles.attach_note import attach_note
from fieldkit.consoles.attach_server import AttachServer
from fieldkit.consoles.attach_wire import Attach, Done, FromHost, Hello, In, Invited, Shown, Wish
from fieldkit.core.intents import Intent
from fieldkit.errors import FieldkitError
from fieldkit.log.keys import Signer
from tests.kit.room import DeskRoom

HELPER = "ld.acme.example/dev/h3lp"
WAIT_S = 20.0


async def until(true: Callable[[], object], seconds: float = WAIT_S) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


class Laptops:
    """The trainer's listener and whoever attaches to it."""

    def __init__(self, room: DeskRoom) -> None:
        self.room = room
        self.server = AttachServer(room.desk, lambda: Invited(url="http://10.42.0.1", code=room.desk.code))
        self._fars: list[tuple[FarDesk, asyncio.Task[FieldkitError]]] = []
        self._strangers: list[Stranger] = []

    async def on(self) -> None:
        await self.server.start("127.0.0.1", (0,))

    def far(self, signer: Signer | None = None, name: str = "Kim Lee", port: int = 0) -> FarDesk:
        return FarDesk("127.0.0.1", port or self.server.port, signer or Signer.generate(HELPER), name, "en")

    async def attach(self, far: FarDesk, role: str = "helper", words: str = "") -> asyncio.Task[FieldkitError]:
        """Let in by the trainer; the task is the far laptop's staying."""
        opening = asyncio.create_task(far.open(words or self.server.words, lambda said: None))
        await until(lambda: self.server.asking() or opening.done())
        for asking in self.server.asking():
            await self.server.let_in(asking.no, role)
        await opening
        task = asyncio.create_task(far.stay())
        self._fars.append((far, task))
        return task

    async def asks(self) -> Asking:
        """The one who asks."""
        await until(self.server.asking)
        (found,) = self.server.asking()
        return found

    async def stranger(self, source: str = "127.0.0.1") -> Stranger:
        """`source`: the address it comes from, any of 127/8."""
        made = await Stranger.come(self.server.port, source)
        self._strangers.append(made)
        return made

    async def insider(self, signer: Signer, role: str = "helper") -> Stranger:
        """A laptop that was let in, and then speaks whatever a test says."""
        one = await self.stranger()
        await one.ask(signer)
        if not isinstance(found := await one.hear(), In):
            asking = await self.asks()
            await self.server.let_in(asking.no, role)
            found = await one.hear()
        assert isinstance(found, In)
        one.co = found.co
        return one

    async def close(self) -> None:
        for far, task in self._fars:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await far.close()
        for one in self._strangers:
            one.leave()
        await self.server.stop()


class Stranger:
    """TLS without looking at anything, and frames by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.hello: Hello
        self.key_hash = tls.key_hash(writer.get_extra_info("ssl_object").getpeercert(True))
        self.co = -1
        self.n = 0

    @classmethod
    async def come(cls, port: int, source: str = "127.0.0.1") -> Stranger:
        sock = socket.socket()
        sock.bind((source, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=sock, ssl=tls.asking(), server_hostname="")
        made = cls(reader, writer)
        hello = await made.hear()
        assert isinstance(hello, Hello)
        made.hello = hello
        return made

    async def ask(self, signer: Signer, name: str = "Kim Lee") -> bytes:
        note = attach_note(signer, self.key_hash, self.hello.nonce, name)
        await self.say(wire.framed(Attach(note.decode(), "en")))
        return note

    async def say(self, raw: bytes) -> None:
        self.writer.write(raw)
        with contextlib.suppress(ConnectionError):
            await self.writer.drain()

    async def wish(self, intent: Intent, id: str, n: int | None = None) -> None:
        self.n = self.n + 1 if n is None else n
        await self.say(wire.framed(Wish(id, self.n, type(intent).__name__, wire.wish_json(intent))))

    async def hear(self) -> FromHost | None:
        """The next frame, None once it was hung up."""
        body = await wire.receive(self.reader, wire.SHOWN_MAX, wait=WAIT_S)
        return wire.from_host(body) if body is not None else None

    async def answer(self) -> FromHost | None:
        """The next frame that is no view."""
        while isinstance(found := await self.hear(), Shown):
            pass
        return found

    async def done(self, n: int) -> list[Done]:
        """The answers to so many wishes."""
        found = [await self.answer() for _ in range(n)]
        assert all(isinstance(x, Done) for x in found)
        return [x for x in found if isinstance(x, Done)]

    def leave(self) -> None:
        self.writer.transport.abort()


def key_file(folder: Path, name: str = HELPER) -> Signer:
    """A device key on disk, as a laptop has it."""
    signer = Signer.generate(name)
    signer.save(folder / "device.key")
    return signer
