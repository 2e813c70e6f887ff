"""Sticks: found on every system by what it says, written to so that no half file has the name of a whole one."""

from __future__ import annotations

import asyncio
import hashlib
import io
import sys
import threading
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, Stopped
from fieldkit.station import Station
from fieldkit.sync.carry import pack_waiting, sync_folder_to
from fieldkit.sync.copying import SYNCED, Progress, Watch, _write, copy_verified, megabytes
from fieldkit.sync.outbox import Outbox
from fieldkit.sync.sticks import plugged, sticks
from tests.kit.stick import carry_to, why_not
from tests.sync.laptop import session

LINUX = r"""
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
40 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw
41 22 8:17 / /media/sam/TRAINING\040STICK rw,nosuid,nodev shared:2 - vfat /dev/sdb1 rw,uid=1000
42 22 8:33 / /run/media/sam/4E1A-\134\1330m ro,nosuid - ntfs3 /dev/sdc1 rw
43 22 8:49 / /srv/card rw - exfat /dev/sdd1 rw
44 22 8:65 / /srv/disk rw - ext4 /dev/sde1 rw
45 22 8:17 /photos /srv/photos rw - vfat /dev/sdb1 rw
49 22 8:97 / /mnt/tools/deep/disk rw - ext4 /dev/sdg1 rw
46 22 0:50 / /media/sam rw - autofs systemd-1 rw
47 22 8:81 / /run/media/sam/Zo\303\253 rw - exfat /dev/sdf1 rw
48 22 broken line
"""
MAC = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk4s1 on /Volumes/STICK (A) on it (msdos, local, nodev, nosuid, noowners)
/dev/disk5s1 on /Volumes/LOCKED (exfat, local, nodev, nosuid, read-only, noowners)
//sam@server/share on /Volumes/share (smbfs, nodev, nosuid, mounted by sam)
/dev/disk6s1 on /Volumes/.timemachine (apfs, local, nobrowse)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""
WINDOWS = "C: 3 Windows\r\nD: 5 \r\nE: 2 KINGSTON\r\nf: 2 \r\nG: 4 share\r\nnonsense\r\n"


def test_each_system_tells_of_its_sticks() -> None:
    """Removable or where desktops mount; never the laptop's own disks, networks or folders of a stick."""
    found = sticks("linux", LINUX, {"8:17", "8:49"})
    assert [(x.path, x.read_only) for x in found] == [
        ("/media/sam/TRAINING STICK", False),
        ("/run/media/sam/4E1A-\\[0m", True),
        ("/srv/card", False),
        ("/run/media/sam/Zoë", False),
    ]
    assert found[0].name == "TRAINING STICK"
    mac = sticks("darwin", MAC)
    assert [(x.name, x.read_only) for x in mac] == [("STICK (A) on it", False), ("LOCKED", True)]
    windows = sticks("win32", WINDOWS)
    assert [(x.path, x.name) for x in windows] == [("E:\\", "KINGSTON (E:)"), ("F:\\", "F:")]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("text", ["", "\n\n", " - ", "a b c d e f - g h i", "\x00\x1b[2J on /Volumes/x", "x" * 100_000])
def test_whatever_the_system_says_nothing_breaks(system: str, text: str) -> None:
    """Nothing is found in nonsense, and nothing raises."""
    assert sticks(system, text) == []


def test_this_machine_can_be_asked() -> None:
    """Whatever is plugged in here: a list, with free space or without."""
    for one in plugged():
        assert one.path and one.name and (one.free is None or one.free >= 0)


# ---- real file systems ---------------------------------------------------------------------------------------


@pytest.fixture
def can_mount() -> None:
    missing = why_not() if sys.platform == "linux" else "file systems are mounted on Linux only"
    if missing:
        pytest.skip(missing)


@pytest.mark.usefixtures("can_mount")
@pytest.mark.parametrize(
    ("how", "says"),
    [("full", "too little space: 0.3 MB are needed"), ("fills", "is full"), ("shut", "Nothing may be written"),
     ("pulled", "is gone: the stick was pulled out")],
)  # fmt: skip
def test_a_stick_that_fails_is_one_sentence_and_leaves_no_half_file(tmp_path: Path, how: str, says: str) -> None:
    """Nothing but somebody else's file is on it afterwards, and the laptop's own copy is as it was."""
    seen = carry_to(how, tmp_path)
    assert says in seen["sentence"] and "nothing on this laptop is lost" in seen["sentence"]
    assert seen["names"] == (["holiday.jpg"] if how == "fills" else []) and seen["source"]


@pytest.mark.usefixtures("can_mount")
def test_a_good_stick_is_written_and_read_back(tmp_path: Path) -> None:
    """Both steps are told."""
    seen = carry_to("well", tmp_path)
    assert (seen["sentence"], seen["names"], seen["steps"]) == ("", ["made.fkb"], ["check", "write"])


def test_a_stick_that_lies_is_found_out(tmp_path: Path) -> None:
    """What is read back is not what was written: refused, and no file of that name."""
    source, stick = tmp_path / "a.fkb", tmp_path / "stick"
    stick.mkdir()
    source.write_bytes(b"x" * 700_000)

    def told(at: Progress) -> None:
        if at.step == "check":
            (half,) = stick.glob(".*.tmp")
            with half.open("r+b") as file:
                file.seek(690_000)
                file.write(b"?")

    with pytest.raises(FieldkitError, match="does not read back"):
        copy_verified(source, stick / "a.fkb", hashlib.sha256(source.read_bytes()).hexdigest(), Watch(told))
    assert list(stick.iterdir()) == []


@pytest.mark.parametrize("step", ["pack", "write", "check"])
async def test_stopped_anywhere_nothing_is_carried_and_the_next_time_it_is(tmp_path: Path, step: str) -> None:
    """Stop at each step: no file on the stick, the session is not called carried; once more, and it is."""
    station, stick = Station.open(tmp_path / "laptop"), tmp_path / "stick"
    stick.mkdir()
    ref = await session(station, ("Ann Lee", "E1"))
    seen: list[str] = []
    watch = Watch(lambda at: seen.append(at.step), lambda: step in seen)
    with pytest.raises(Stopped):
        await sync_folder_to(station, stick, plain=True, watch=watch)
    assert list(stick.iterdir()) == []
    assert Outbox(station.outbox).facts(ref.origin).stage(ref.size) in ("kept", "packed")
    trip = await sync_folder_to(station, stick, plain=True)
    assert Path(trip.file).is_file() and Outbox(station.outbox).facts(ref.origin).stage(ref.size) == "carried"


async def test_carrying_in_a_thread_leaves_the_loop_alone(tmp_path: Path) -> None:
    """As the console does it: with a loop of its own, while ours goes on."""
    station, stick = Station.open(tmp_path / "laptop"), tmp_path / "stick"
    stick.mkdir()
    await session(station, ("Ann Lee", "E1"))
    gate, seen = threading.Event(), []

    def told(at: Progress) -> None:
        seen.append(at.step)
        gate.wait(10)

    work = asyncio.create_task(
        asyncio.to_thread(lambda: asyncio.run(sync_folder_to(station, stick, plain=True, watch=Watch(told))))
    )
    while not seen:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert not work.done()
    gate.set()
    assert (await work).sessions


def test_sizes_for_people() -> None:
    """Never nothing."""
    assert [megabytes(n) for n in (0, 300_000, 12_345_678, 4_000_000_000)] == ["0.0 MB", "0.3 MB", "12 MB", "4000 MB"]


async def test_what_lies_there_is_read_once_and_that_can_be_stopped_too(tmp_path: Path) -> None:
    """Three sessions in one file on the stick: it is read through once to know that it is whole, told in bytes."""
    station, stick = Station.open(tmp_path / "laptop"), tmp_path / "stick"
    stick.mkdir()
    for k in range(3):
        await session(station, ("Ann Lee", f"E{k}"))
    first = await sync_folder_to(station, stick, plain=True)
    seen: list[Progress] = []
    assert (await sync_folder_to(station, stick, plain=True, watch=Watch(seen.append))).file == ""
    size = Path(first.file).stat().st_size
    assert [(at.done, at.of) for at in seen if at.step == "look"] == [(0, size), (size, size)]
    with pytest.raises(Stopped):
        await sync_folder_to(station, stick, plain=True, watch=Watch(None, lambda: True))
    assert [path.name for path in stick.iterdir()] == [Path(first.file).name]


def test_the_device_has_it_piece_by_piece(tmp_path: Path) -> None:
    """A large file is synced as it goes: what the bar says is on the stick, and a stop is heard."""

    class Stick(io.FileIO):
        synced = 0

        def fileno(self) -> int:
            self.synced += 1
            return super().fileno()

    with Stick(tmp_path / "a", "wb") as stick:
        _write(io.BytesIO(bytes(3 * SYNCED + 5)), stick, 3 * SYNCED + 5, Watch())  # type: ignore[arg-type]
        assert stick.synced >= 4
    assert (tmp_path / "a").stat().st_size == 3 * SYNCED + 5


async def test_packing_one_long_session_can_be_stopped_in_the_middle(tmp_path: Path) -> None:
    """Not only between sessions: nothing half is in the outbox."""
    station = Station.open(tmp_path / "laptop")
    await session(station, *((f"Worker {k}", f"B{k}") for k in range(2000)))
    beats: list[int] = []
    with pytest.raises(Stopped):
        pack_waiting(station, station.outbox, plain=True, watch=Watch(None, lambda: beats.append(1) or len(beats) > 4))  # type: ignore[func-returns-value]
    assert len(beats) == 5 and list(station.outbox.iterdir()) == []
