"""Disks that are full, for real: a file system of its own in a mount namespace of a child process, filled to the brim.

`on_a_full_disk(what, folder)` runs the child; what it saw comes back. `what` is `host` (phones answer), `carry`
(bundle, outbox, receipts) or `office` (ingest at head office).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.kit.stick import ROOT, unshare

SIZES = {"host": "320m", "carry": "8m", "office": "8m"}
"""A host does not start with less than 200 MB free."""


def on_a_full_disk(what: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [*unshare(), sys.executable, "-m", "tests.kit.fulldisk", what, str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Full:
    """Somebody else's file takes what is free."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.filler = disk, disk / "holiday.mp4"

    def leave(self, free: int) -> None:
        """Take all but `free` bytes."""
        self.room()
        there = os.statvfs(self.disk)
        with self.filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, there.f_bavail * there.f_frsize - free)

    def room(self) -> None:
        """Somebody deletes it."""
        self.filler.unlink(missing_ok=True)


async def pressed(
    full: Full, work: Callable[[], Awaitable[object]], look: Callable[[], Awaitable[object]], levels: range
) -> list[str]:
    """Try with more and more room until it works; what was said at each failure. After each one `look` is called, with
    room."""
    from fieldkit.errors import FieldkitError

    said = []
    for free in levels:
        full.leave(free)
        try:
            await work()
        except FieldkitError as wrong:
            said.append(wrong.sentence)
        else:
            return said
        finally:
            full.room()
        await look()
    raise AssertionError(said)


# ---- head office ---------------------------------------------------------------------------------------------


async def office(disk: Path) -> dict[str, Any]:
    """A bundle of 400 people comes in; the disk is full after ever more of it."""
    from tests.kit.central import Laptop, Office, bundle, results

    here, laptop, full = await Office.make(disk), Laptop.named("7q2k"), Full(disk)
    here.enrol(laptop)
    here.folder = disk.parent  # where the file lies that comes in
    log = laptop.session().add("segment.enter", {"segment": "a"})
    for n in range(400):
        log = log.join(f"p{n:07d}", f"Person {n}", f"E{n:05d}")
    log = log.close()
    raw, last, half = bundle(log), [""], list[str]()
    before = await here.picture()

    async def look() -> None:
        half.extend(["the database holds something of it"] * (await here.picture() != before))
        half.extend(f"{name} is left" for at in (here.home.spool, here.home.held) for name in os.listdir(at))

    async def take() -> None:
        last[:] = results(await here.take(raw))

    said = await pressed(full, take, look, range(0, 2 << 20, 24 << 10))
    stored, again = await here.stored(), results(await here.take(raw))
    whole = stored == {log.origin: (log.size, log.root)}
    return {"said": said, "half": half, "last": last, "again": again, "whole": whole}


# ---- a laptop that carries -----------------------------------------------------------------------------------


async def carry(disk: Path) -> dict[str, Any]:
    """Bundles are written, carried and answered while the laptop's own disk is full."""
    from fieldkit.errors import FieldkitError
    from fieldkit.log.archive import BadArchive
    from fieldkit.log.seal import Keys, opened
    from fieldkit.log.unbundle import Bundle
    from fieldkit.sync.carry import sync_folder_to, take_in
    from fieldkit.sync.central.receipts import receipts_file
    from fieldkit.sync.outbox import Outbox
    from tests.kit.central import Office
    from tests.sync.laptop import session
    from tests.sync.trips import enrol, laptop

    outside, full = disk.parent, Full(disk)
    here = await Office.make(outside)
    station = laptop(disk)
    enrol(here, station)
    ref = await session(station, *((f"Worker {n}", f"E{n:05d}") for n in range(300)))
    stick = outside / "stick"
    stick.mkdir()
    half: list[str] = []

    async def look() -> None:
        for path in [*station.outbox.rglob("*"), *stick.rglob("*"), *(station.home / "receipts").rglob("*")]:
            if path.suffix == ".fkb":
                try:
                    with path.open("rb") as raw, opened(raw, Keys(here.home.identities())) as plain:
                        for _ in Bundle(plain):
                            pass
                except BadArchive as wrong:
                    half.append(f"{path.name}: {wrong.reason}")
            elif path.is_file() and path.suffix not in (".json", ".note", ".db", ".lock"):
                half.append(f"{path.name} is left")

    async def away() -> None:
        await sync_folder_to(station, stick, plain=False)

    sent = await pressed(full, away, look, range(0, 1 << 20, 8192))
    await look()
    (bundle,) = stick.glob("*.fkb")
    taken = [one.result for one in await here.take(bundle.read_bytes())]
    from fieldkit.sync.central.ingest import Intake

    async with await Intake.open(here.home) as intake:
        (stick / "in.receipts.note").write_bytes(await receipts_file(intake.db, [ref.origin], intake.office))

    async def back() -> None:
        wrong = (await take_in(station, stick)).not_taken
        if wrong:
            raise FieldkitError(str(wrong))

    got = await pressed(full, back, look, range(0, 1 << 20, 16384))
    await look()
    stage = Outbox(station.outbox).facts(ref.origin).stage(station.find(ref.origin).size)
    return {"sent": sent, "taken": taken, "got": got, "stage": stage, "half": half}


# ---- a host --------------------------------------------------------------------------------------------------


async def host(disk: Path) -> dict[str, Any]:
    """Ten phones raise and lower their hands; the disk is full in between."""
    from tests.kit.insistent import Insistent, looked_at
    from tests.stories.processes import Host

    full, home = Full(disk), disk / "laptop"
    with Host(home, "toolbox-blank") as running:
        async with Insistent.crew(running.url, 10) as crew:
            await crew.join(running.code)
            before = await crew.round()
            full.leave(0)
            during = [await crew.round() for _ in range(6)]
            held = crew.waiting()
            again = await crew.again()
            full.room()
            after = await crew.until_saved()
        code = running.stop()
    return {
        "before": before,
        "during": during,
        "held": held,
        "again": again,
        "after": after,
        "code": code,
        **looked_at(home, crew),
    }


def _child(what: str, folder: Path) -> dict[str, Any]:
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZES[what]}", "disk", str(disk)], check=True)
    return asyncio.run({"host": host, "carry": carry, "office": office}[what](disk))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(sys.argv[1], Path(sys.argv[2]))))
