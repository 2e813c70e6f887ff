"""The remote switched off while the laptop's disk is slow: no pairing outlives it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fieldkit.consoles.remote_port import RemotePort
from fieldkit.core.pairings import CONSOLES
from tests.consoles.attach_kit import until
from tests.consoles.remote_kit import Phone
from tests.kit.room import DeskRoom


async def test_a_full_disk_is_no_end_and_the_phone_is_told_what_is_wrong(tmp_path: Path) -> None:
    """The first press would be the pairing's: it says what the trainer can do about it, and works once there is."""
    room = DeskRoom(tmp_path)
    await room.begin()
    remote = RemotePort(room.desk, lambda: "127.0.0.1", bind="127.0.0.1")
    phone = Phone(await remote.on(), remote.port)
    room.store.fail("full", "full")
    seen = await phone.see()
    assert "room" in seen and "full" in seen["room"]["trouble"]
    told = await phone.press("note", text="a leak")
    assert told["result"] == "error" and "full" in told["words"]
    await until(lambda: room.desk.failing is None)
    assert (await phone.press("note", text="a leak"))["result"] == "accepted"
    await remote.off()
    await room.close()


async def test_a_pairing_that_the_disk_holds_up_ends_with_the_remote(tmp_path: Path) -> None:
    room = DeskRoom(tmp_path)
    await room.begin()
    remote = RemotePort(room.desk, lambda: "127.0.0.1", bind="127.0.0.1")
    phone = Phone(await remote.on(), remote.port)
    gate = room.store.hold()
    ask = {"n": phone.next(), "phone": phone.id, "have": "", "want": ""}
    seeing = asyncio.create_task(phone.send("see", ask))
    await until(lambda: remote.state == "on")
    off = asyncio.create_task(remote.off())
    await until(lambda: remote.state == "off")
    gate.set()
    await asyncio.gather(off, seeing, return_exceptions=True)
    await until(lambda: room.desk.session.saved >= 2, 5)
    assert not [one for one in room.desk.session.staff if one.role in CONSOLES]
    await room.check()
    await room.close()
