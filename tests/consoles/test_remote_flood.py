"""Many connections at one moment, or those of a phone that is out: the trainer's own phone has its place."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from fieldkit.consoles import remote_sockets
from tests.consoles.attach_kit import until
from tests.consoles.remote_kit import Phone, Side


async def test_a_burst_holds_no_more_than_a_few(side: Side, phone: Phone) -> None:
    """Nothing is waited for between them, as a program that floods would not."""
    held = []
    try:
        for _ in range(15):
            for _ in range(10):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(("127.0.0.1", phone.port))
                held.append(sock)
            await asyncio.sleep(0)
            await asyncio.sleep(0.005)
            assert len(side.remote._sockets) <= remote_sockets.MOST
        assert (await phone.press("next"))["result"] == "accepted"
        assert _served(phone.port) <= remote_sockets.MOST + 1
    finally:
        for sock in held:
            sock.close()


def _served(port: int) -> int:
    """Connections that the listener's side holds open, as Linux counts them; elsewhere 0."""
    table, at = Path("/proc/net/tcp"), f":{port:04X}"
    rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
    return sum(1 for row in rows if row[1].endswith(at) and row[3] == "01")


async def test_a_phone_that_is_out_does_not_keep_the_next_one_out(side: Side, phone: Phone) -> None:
    """It held as many connections as there are, each known by its key of then."""
    held = []
    try:
        for _ in range(remote_sockets.MOST):
            body, head = phone.seal("see", {"n": phone.next(), "phone": phone.id, "have": "", "want": ""})
            lines = [f"Host: 127.0.0.1:{phone.port}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
            lines += [f"{k}: {v}" for k, v in head.items()]
            reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
            writer.write(("\r\n".join(["POST /v1/see HTTP/1.1", *lines, "", ""])).encode() + body)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            held.append(writer)
        await until(lambda: len(side.remote._sockets) == remote_sockets.MOST)
        new = Phone(await side.remote.on(), side.remote.port)
        assert "room" in await new.see()
        assert (await new.press("next"))["result"] == "accepted"
    finally:
        for writer in held:
            writer.close()
