"""The remote of a real host process: switched on by `ctl`, pressed, killed with the host, gone with its end."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.consoles.remote_kit import Phone
from tests.stories.processes import Host, run

pytestmark = pytest.mark.slow
PACK = "toolbox-heat-stress"


def phone_of(url: str) -> Phone:
    return Phone(url, int(url.partition("#")[0].rstrip("/").rpartition(":")[2]))


async def heard(phone: Phone) -> bool:
    """Whether its port is there and takes its key; a port that was let go may be somebody else's by now."""
    with socket.socket() as sock:
        if sock.connect_ex(("127.0.0.1", phone.port)) != 0:
            return False
    asked = {"n": phone.next(), "phone": phone.id, "have": "", "want": ""}
    return (await phone.send("see", asked)).status == 200


async def test_on_pressed_off_and_what_the_log_says(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    with Host(home, PACK, "--facilitator", "Sam Ortiz") as host:
        assert host.ctl("status")["consoles"]["remote"]["state"] == "off"
        assert "Write `fieldkit ctl remote`" in run("ctl", "remote", "away", "--data", str(home), ok=(2,)).stderr
        url = host.ctl("remote", "on")["url"]
        phone = phone_of(url)
        room = (await phone.see())["room"]
        assert room["state"] == "running" and room["next"]
        saved = (await phone.press("next"))["saved"]
        status = host.ctl("status")
        assert status["saved"] == saved and status["consoles"]["remote"]["state"] == "on"
        assert phone.key.hex() not in str(status) and url.partition("#")[2] not in str(status)
        assert host.ctl("remote", "off")["words"] == "The remote is off." and not await heard(phone)
        assert host.ctl("remote", "off")["words"] == "It was off."
        again = phone_of(host.ctl("remote")["url"])
        await again.see()
        assert again.key != phone.key
        assert host.stop() == 0  # what runs ends with the host, also while a phone waits
    assert not await heard(again)
    run("fsck", "--data", str(home))
    (ref,) = Station.open(home).sessions()
    with SessionFile.open(ref.path) as file:
        facts = [file.record(i).fact for i in range(ref.size)]
        raw = ref.path.read_bytes()
    pairs = [(x.role, x.off) for x in facts if x.kind == "staff.set" and x.role == "remote"]  # type: ignore[attr-defined]
    assert [bool(off) for _, off in pairs] == [False, True, False, True]
    assert all(k not in raw for k in (phone.key, again.key, phone.key.hex().encode(), url.partition("#")[2].encode()))


async def test_after_a_crash_the_remote_is_off_and_the_old_key_is_worthless(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    with Host(home, PACK) as host:
        phone = phone_of(host.ctl("remote")["url"])
        await phone.see()
        await phone.press("next")
        host.kill()
    with Host(home, PACK) as host:
        assert host.ctl("status")["consoles"]["remote"]["state"] == "off" and not await heard(phone)
        new = phone_of(host.ctl("remote")["url"])
        old = await phone.send("do", phone.asking("next")) if new.port == phone.port else None
        assert old is None or (old.status, old.reason) == (403, "mac")
        await new.see()
        assert (await new.press("next"))["result"] == "accepted"
