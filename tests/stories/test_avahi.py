"""Discovery against another implementation: what avahi finds of ours, what we find of avahi's, and look-alikes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.kit.wifi import Wifi
from tests.stories.hall import Hall

MISSING = [
    tool for tool in ("avahi-daemon", "avahi-browse", "avahi-publish-service", "dbus-daemon") if not shutil.which(tool)
]
WHY_NOT = f"needs {MISSING[0]} (apt install avahi-daemon avahi-utils dbus)" if MISSING else Wifi.why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "avahi is here")]
BROWSE = ["avahi-browse", "-r", "-p", "-t", "_fieldkit._tcp"]


def resolved(out: str) -> list[list[str]]:
    """The lines of `avahi-browse -p` that hold an answer, in their fields."""
    return [line.split(";", 9) for line in out.splitlines() if line.startswith("=")]


def test_avahi_finds_a_session_of_ours_with_all_it_says_until_the_goodbye(tmp_path: Path) -> None:
    """Name with a dot and letters beyond ASCII, address, port, and each TXT value."""
    with Wifi(["laptop", "p1"]) as cell:
        cell.avahi("p1")
        with Hall(cell, tmp_path / "d", "--title", "Seguridad núm. 4") as hall:
            found: list[list[str]] = []
            end = time.monotonic() + 30
            while not found and time.monotonic() < end:
                found = resolved(cell.run("p1", BROWSE).out)
            assert len(found) == 1, found
            _, _, family, name, kind, _, host, address, port, txt = found[0]
            assert (family, kind, address, port) == ("IPv4", "_fieldkit._tcp", cell.ip("laptop"), "80")
            assert (
                name == r"Seguridad\032n\195\186m\226\128\164\0324"
                and host.startswith("fk-")
                and host.endswith(".local")
            )
            sid = hall.ready["session"].rsplit("/", 1)[-1]
            assert all(f'"{said}"' in txt for said in ("v=1", f"sid={sid}", "path=/")) and '"fp=' in txt
            hall.stop()
            end = time.monotonic() + 15  # a goodbye counts after a second
            while found and time.monotonic() < end:
                found = resolved(cell.run("p1", BROWSE).out)
            assert found == [], "it said goodbye"


def test_we_find_what_avahi_publishes_and_say_that_it_looks_like_ours(tmp_path: Path) -> None:
    """A stranger with our title, one that claims to be this very session, and one with nonsense in its TXT."""
    with Wifi(["laptop", "p1", "p2"]) as cell, Hall(cell, tmp_path / "d", "--title", "Lockout basics") as hall:
        cell.avahi("p1")
        sid = hall.ready["session"].rsplit("/", 1)[-1]
        publish = ["avahi-publish-service"]
        for name, port, *txt in (
            ("LOCKOUT  basics", "9000", "v=1", "sid=000009-abcdefgh"),
            ("Another room", "9001", "v=1", f"sid={sid}"),
            ("Third [/] room", "9002", "lang=\x1b[2J" + "x" * 200, "sid", "fp=\u202e"),
            ("Fourth\x1b[2J room", "9003", "v=1"),
        ):
            cell.popen("p1", [*publish, name, "_fieldkit._tcp", port, *txt])
        wanted = {"look-alike", "impostor"}
        hall.until(lambda s: wanted <= {x["code"] for x in s["joining"]["findings"]}, 40)
        said = {x["code"]: x["words"] for x in hall.ctl("status")["joining"]["findings"]}
        assert "LOCKOUT basics" in said["look-alike"] and "10.77.0.2:9000" in said["look-alike"]
        said_once = hall.errors()
        assert said_once.count("announces this very session") == 1 and "\x1b" not in said_once
        ports = {"", "9000", "9001", "9002"}
        end = time.monotonic() + 40
        while True:
            code, found = hall.fieldkit("discover", "--seconds", "1.5", station="p2")
            by_port = {one["url"].removeprefix("http://").partition(":")[2]: one for one in found}
            if (ended := time.monotonic() > end) or (code == 0 and set(by_port) - {"9003"} == ports):
                break
        assert not ended, found
        assert "\x1b" not in str(found) and "\u202e" not in str(found), "its name is cleaned, or it is left out"
        assert [by_port[p]["alike"] for p in ("", "9000", "9001", "9002")] == [True, True, True, False]
        assert (by_port["9002"]["title"], by_port["9002"]["sid"]) == ("Third [/] room", "")
