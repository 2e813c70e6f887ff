"""Disks that are full and disks whose sync fails, for real: nothing is told to be saved that is not, nothing is half
there, and everything goes on by itself when the disk is well again."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kit.central import Laptop, Office, bundle
from tests.kit.fulldisk import on_a_full_disk
from tests.kit.insistent import Insistent, looked_at
from tests.kit.stick import why_not
from tests.stories.processes import FIELDKIT, Host, environment

PHONES = 10


@pytest.fixture
def can_mount() -> None:
    missing = why_not() if sys.platform == "linux" else "file systems are mounted on Linux only"
    if missing:
        pytest.skip(missing)


def right(found: dict[str, Any]) -> None:
    """Every wish was acknowledged once and is in the log once."""
    assert (found["lost"], found["twice"], found["fsck"]) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.usefixtures("can_mount")
def test_phones_on_a_full_disk_are_told_not_saved_yet(tmp_path: Path) -> None:
    """507 while it is full, to every one of them and every time; saved by the same wish when somebody made room."""
    found = on_a_full_disk("host", tmp_path)
    assert found["before"] == {"200": PHONES}
    assert found["during"] == [{"507": PHONES}] * 6 and found["again"] == {"507": PHONES}
    assert found["held"] == PHONES and found["after"] == 0 and found["code"] == 0
    assert found["acknowledged"] == 2 * PHONES
    right(found)


@pytest.mark.slow
@pytest.mark.usefixtures("can_mount")
def test_a_full_disk_leaves_no_half_of_a_bundle_and_none_of_a_receipt(tmp_path: Path) -> None:
    """However far it came: what lies in the outbox and on the stick can be read, and the next try ends well."""
    found = on_a_full_disk("carry", tmp_path)
    assert len(found["sent"]) >= 3 and found["got"], "the disk was never full"
    assert found["half"] == []
    assert found["taken"] == ["stored"] and found["stage"] == "receipted"


@pytest.mark.slow
@pytest.mark.usefixtures("can_mount")
def test_a_full_disk_at_head_office_leaves_nothing_of_an_ingest(tmp_path: Path) -> None:
    """Full before the copy, in the middle of the copy, at ever more of the rows: nothing, then all of it."""
    found = on_a_full_disk("office", tmp_path)
    said = " ".join(found["said"])
    assert len(found["said"]) >= 8 and "disk is full" in said
    assert found["half"] == []
    assert found["last"] == ["stored"] and found["again"] == ["already"] and found["whole"]


# ---- sync ----------------------------------------------------------------------------------------------------


@contextmanager
def no_sync(pid: int) -> Iterator[None]:
    """Every fsync of a running process says EIO, as a disk does that loses what it was given."""
    spoilt = subprocess.Popen([*INJECT, "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while f"TracerPid:\t{spoilt.pid}" not in Path(f"/proc/{pid}/status").read_text():
            assert spoilt.poll() is None and time.monotonic() < end, "strace could not look at the host"
            time.sleep(0.02)
        time.sleep(0.1)  # its threads follow
        yield
    finally:
        spoilt.send_signal(signal.SIGINT)  # lets go of the process, which goes on
        spoilt.wait(20)


INJECT = ["strace", "-f", "-q", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]
INJECT += ["-e", "inject=fsync,fdatasync:error=EIO"]
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="syncs are made to fail by strace")


@pytest.mark.slow
@needs_strace
def test_phones_keep_their_wishes_while_no_sync_succeeds(tmp_path: Path) -> None:
    """What was written is there to read all the same, and still may be on no disk: it is not saved, also on the second
    and third asking. When the disk is well it is saved once, and found in the log."""

    async def evening(host: Host) -> dict[str, Any]:
        async with Insistent.crew(host.url, PHONES) as crew:
            await crew.join(host.code)
            assert await crew.round() == {"200": PHONES}
            with no_sync(host.process.pid):
                told = [await crew.round() for _ in range(4)]
            assert told == [{"503": PHONES}] * 4  # `not-now`: the page keeps it and sends it again
            assert await crew.until_saved() == 0
            assert await crew.round() == {"200": PHONES}
        assert await asyncio.to_thread(host.stop) == 0
        return looked_at(host.home, crew)

    with Host(tmp_path / "laptop", "toolbox-blank") as host:
        found = asyncio.run(evening(host))
    assert found["acknowledged"] == 3 * PHONES
    right(found)


@needs_strace
def test_head_office_receipts_nothing_while_no_sync_succeeds(tmp_path: Path) -> None:
    """The command says that it could not write, and gives no receipt; the next one takes the file. Asked at once, what
    the failed one left is first written to the disk anew."""
    laptop, file, out = Laptop.named("7q2k"), tmp_path / "in.fkb", tmp_path / "receipts.note"

    async def made() -> str:
        office = await Office.make(tmp_path)
        office.now = int(time.time())
        office.enrol(laptop)
        return str(office.home.path)

    home = asyncio.run(made())
    file.write_bytes(bundle(laptop.whole()))
    ingest = [*FIELDKIT, "central", "ingest", "--home", home, str(file), "--receipts", str(out), "--json"]
    database = [f"{home}/central.db", f"{home}/central.db-wal"]
    for paths in ([], database, database):  # everything; the copy that was made of the file succeeds
        only = [word for path in paths for word in ("-P", path)]
        spoilt = subprocess.run(
            [*INJECT, *only, *ingest], capture_output=True, text=True, env=environment(), check=False
        )
        assert spoilt.returncode == 3 and "could not be" in spoilt.stderr, spoilt.stderr
        assert not out.exists()
    done = subprocess.run(ingest, capture_output=True, text=True, env=environment(), check=True)
    assert json.loads(done.stdout)["sessions"][0]["result"] in ("stored", "already")
    assert out.exists()
