"""Off is off and out is out: at once, at the end of a session too, whatever else is pressed meanwhile."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fieldkit.cli.consoles import Consoles
from fieldkit.consoles import attach_line, attach_socket
from fieldkit.consoles.attach_client import Connection, Pin
from fieldkit.consoles.attach_server import AttachServer
from fieldkit.consoles.attach_wire import Hello, Invited, No, Wait, framed
from fieldkit.core import intents as w
from fieldkit.desk import Already
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.lan.server import LanServer
from fieldkit.log.keys import Signer, six_words
from fieldkit.tls import listening
from tests.consoles.attach_kit import HELPER, Laptops, Stranger, until
from tests.consoles.remote_kit import Phone
from tests.kit.room import DeskRoom


@pytest.fixture
async def laptops(tmp_path: Path) -> AsyncIterator[Laptops]:
    room = DeskRoom(tmp_path)
    await room.begin()
    made = Laptops(room)
    await made.on()
    yield made
    await made.close()
    await room.close()


async def test_after_the_end_a_lead_can_still_be_thrown_out(laptops: Laptops) -> None:
    """No record can say so any more; it may do nothing all the same, not even open the session again, and the same key
    is not in when the listener was off and on."""
    signer = Signer.generate(HELPER)
    one = await laptops.insider(signer, "lead")
    desk = laptops.room.desk
    await laptops.room.lead(w.End())
    assert isinstance(await laptops.server.throw_out(one.co), Already)
    await one.wish(w.Reopen(), "R" * 22)
    assert await one.answer() == No("out")
    again = await laptops.stranger()
    await again.ask(signer)
    assert await again.hear() == No("denied")
    await laptops.server.stop()
    await laptops.on()
    back = await laptops.stranger()
    await back.ask(signer)
    assert isinstance(await back.hear(), Wait)
    assert desk.session.state == "ended"


async def test_a_full_disk_keeps_nobody_in(laptops: Laptops) -> None:
    one = await laptops.insider(Signer.generate(HELPER))
    laptops.room.store.fail("full")
    with pytest.raises(FieldkitError):
        await laptops.server.throw_out(one.co)
    assert await one.answer() == No("out")


async def stuck(laptops: Laptops) -> Stranger:
    """A console that was let in and does not read, its line waiting for it."""
    one = await laptops.insider(Signer.generate(HELPER))
    one.writer.transport.pause_reading()  # type: ignore[attr-defined]
    (line,) = laptops.server._lines.values()
    for k in range(2000):
        await laptops.room.lead(w.Announce(text=f"{k} " + "x" * 400))
        if line._writer.transport.get_write_buffer_size() > 512 * 1024:
            break
    return one


async def test_what_comes_after_off_is_not_done(laptops: Laptops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a console that does not read, which cannot be told: it keeps its connection for two seconds."""
    monkeypatch.setattr(attach_line, "GAP_S", 0.0)
    one = await stuck(laptops)
    desk = laptops.room.desk
    before = desk.session.saved
    off = asyncio.create_task(laptops.server.stop())
    await until(lambda: not laptops.server.on)
    await one.wish(w.CheckIn(new_p="", name="After Off"), "A" * 22)
    await asyncio.sleep(0.3)
    assert not off.done(), "the console was gone too early to prove anything"
    assert desk.session.saved == before
    await off


async def test_off_goes_to_its_end_also_when_the_screen_is_left(
    laptops: Laptops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever leaves the screen calls off what it waits for: half switched off, a console would keep its line."""
    monkeypatch.setattr(attach_line, "GAP_S", 0.0)
    await stuck(laptops)
    consoles = Consoles(laptops.room.desk, LanServer(laptops.room.desk))
    consoles._attach = laptops.server
    off = asyncio.create_task(consoles.attach_off())
    await until(lambda: not laptops.server.on)
    off.cancel()
    await asyncio.gather(off, return_exceptions=True)
    await until(lambda: not laptops.server.live(), attach_socket.GOODBYE_S * 3)


async def test_the_remote_is_off_also_when_the_screen_is_left(laptops: Laptops) -> None:
    consoles = Consoles(laptops.room.desk, LanServer(laptops.room.desk), "127.0.0.1")
    url = await consoles.remote_on()
    port = urlsplit(url).port or 0
    phone = Phone(url, port)
    await phone.see()
    gate = laptops.room.store.hold()
    off = asyncio.create_task(consoles.remote_off())
    await until(lambda: consoles.remote()["state"] == "off")
    off.cancel()
    gate.set()
    await asyncio.gather(off, return_exceptions=True)

    def gone() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) != 0

    await until(gone, 5)


async def test_off_and_on_in_one_breath(laptops: Laptops) -> None:
    """The new listener is the one that stands: its port is told, and it takes who comes."""
    one = await laptops.insider(Signer.generate(HELPER))
    one.writer.transport.pause_reading()  # type: ignore[attr-defined]
    off = asyncio.create_task(laptops.server.stop())
    await until(lambda: not laptops.server.on)
    await laptops.on()
    await off
    assert laptops.server.on
    await laptops.attach(laptops.far(name="Ana Ruiz"))


async def test_switched_on_twice_it_listens_once(laptops: Laptops) -> None:
    await laptops.server.stop()
    await asyncio.gather(laptops.on(), laptops.on())
    ours = [x for x in gc.get_objects() if isinstance(x, socket.socket) and x.fileno() >= 0 and _listens(x)]
    assert [x.getsockname()[1] for x in ours] == [laptops.server.port]


def _listens(sock: socket.socket) -> bool:
    return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


async def test_the_words_on_the_helpers_screen_are_of_its_own_key() -> None:
    """Whoever answers in the trainer's place asks there with another key, and has that one's words compared."""
    own, mine = Signer.generate(HELPER), listening()
    said: list[str] = []

    async def lies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(framed(Hello(1, "A" * 44)))
        await reader.read(4)
        writer.write(framed(Wait(six_words(Signer.generate(HELPER).vkey))))
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(lies, "127.0.0.1", 0, ssl=mine.context)
    try:
        port = server.sockets[0].getsockname()[1]
        connection = await Connection.open("127.0.0.1", port, Pin(words=mine.words))
        with pytest.raises(NotPossible):
            await connection.ask(own, "Kim Lee", "en", said.append)
        await connection.close()
        assert not said
    finally:
        server.close()


def test_words_that_are_no_text_are_just_wrong() -> None:
    assert not Pin(words="\udcff\udcfe").fits(bytes(32))


async def test_without_a_place_for_its_key_it_stays_off_and_says_so(
    laptops: Laptops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ssl module takes a key from a file only; a full disk must not end the trainer's screen."""
    await laptops.server.stop()
    with monkeypatch.context() as bent:
        bent.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        with pytest.raises(FieldkitError):
            await laptops.on()
    assert not laptops.server.on
    assert laptops.server.port == 0
    await laptops.on()


async def test_an_error_of_this_laptop_is_logged_and_a_line_that_breaks_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever hangs up in the middle is nobody's mistake; a disk or a program that fails here must not look like it."""
    caplog.set_level(logging.INFO, "fieldkit.consoles")
    room = DeskRoom(tmp_path)
    await room.begin()
    found = Laptops(room)
    broken: list[OSError] = []

    def invited() -> Invited:
        if broken:
            raise broken.pop()
        return Invited()

    found.server = AttachServer(room.desk, invited)
    try:
        await found.on()
        gone = await found.insider(Signer.generate(HELPER))
        gone.writer.transport.abort()
        await until(lambda: not found.server.live())
        assert [x for x in caplog.records if x.levelno >= logging.ERROR] == []
        one = await found.insider(Signer.generate(HELPER))
        broken.append(OSError(errno.EIO, "Input/output error"))
        await room.lead(w.Announce(text="now"))
        assert await one.answer() is None
        await until(lambda: "ended in a mistake" in caplog.text and "Input/output error" in caplog.text)
    finally:
        await found.close()
        await room.close()


@pytest.mark.parametrize(
    ("wrong", "is_lost"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (ssl.SSLError(1, "bad record"), True),
        (OSError(errno.EHOSTUNREACH, "No route to host"), True),
        (OSError(errno.EIO, "Input/output error"), False),
        (FileNotFoundError(), False),
    ],
)
def test_what_ends_a_connection_is_told_from_what_fails_here(wrong: OSError, is_lost: bool) -> None:
    assert attach_socket.lost(wrong) is is_lost
