"""Session files that a power cut left half made, and settings beside the log that somebody damaged."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.errors import DamagedData
from fieldkit.log import schema
from fieldkit.packs.compile import compile_pack
from fieldkit.station import Setup, Station
from tests.cli.kit import fieldkit
from tests.house.tree import ROOT
from tests.stories.processes import Host, environment, run

PACK = ROOT / "content_packs" / "toolbox-blank"
NAME = "000001-k3m9w2p4.db"

CUT = """
import asyncio, os, sys
from pathlib import Path
from fieldkit.log import schema
from fieldkit.log.store import Store
from fieldkit.station import Station

path, where = Path(sys.argv[1]), sys.argv[2]
station = Station.open(path.parent.parent)

def cut(*_):
    os._exit(9)

if where == "file":
    schema.connect = cut
elif where == "wal":
    schema.migrate = cut
elif where == "tables":
    made = schema.migrate
    def migrate(*args):
        made(*args)
        cut()
    schema.migrate = migrate
asyncio.run(Store.create(path, f"{station.signer.name}/{path.stem}", station.signer, b"{}", {"code": b"K7M4"}))
cut()
"""


@pytest.mark.parametrize("where", ["file", "wal", "tables", "record"])
async def test_a_session_that_never_began_is_not_there(tmp_path: Path, where: str) -> None:
    """Wherever the power went before the first record: in no list, no finding, and its number is given again."""
    home = tmp_path / "laptop"
    station = Station.open(home)
    path = home / "sessions" / NAME
    made = subprocess.run([sys.executable, "-c", CUT, str(path), where], cwd=ROOT, env=environment(), check=False)
    assert made.returncode == 9 and path.exists()
    assert station.sessions() == [] and station.next_seq() == 1
    assert fieldkit("sessions", "--json", home=home).document == {"sessions": []}
    assert fieldkit("fsck", home=home).code == 0
    assert fieldkit("backup", str(tmp_path / "all.zip"), home=home).code == 0
    begun = await station.start(Setup(pack=compile_pack(PACK)))
    await begun.store.close()
    (ref,) = station.sessions()
    assert ref.seq == 1 and ref.path != path
    assert fieldkit("fsck", home=home).code == 0
    assert path.exists()


async def test_an_empty_file_of_a_session_that_was_is_damage(tmp_path: Path) -> None:
    """This laptop remembers it."""
    home = tmp_path / "laptop"
    station = Station.open(home)
    begun = await station.start(Setup(pack=compile_pack(PACK)))
    station.remember(begun.store)
    await begun.store.close()
    begun.store.path.write_bytes(b"")
    assert [x.state for x in station.sessions()] == ["damaged"]
    assert station.next_seq() == 2
    assert fieldkit("fsck", home=home).code == 4


def put(path: Path, key: str, value: bytes) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


DAMAGE = [
    ("code", b"\xff\xfe"),
    ("code", b""),
    ("code", b"nope!"),
    ("secret", b"short"),
    ("plan", b"\xff\xfe"),
    ("plan", b"[]"),
    ("plan", b"{}"),
    ("plan", b"[" * 100_000),
]


@pytest.mark.parametrize(("key", "value"), DAMAGE, ids=lambda x: str(x)[:12])
async def test_damaged_settings_are_said_and_nothing_is_gone_on_with(tmp_path: Path, key: str, value: bytes) -> None:
    station = Station.open(tmp_path / "laptop")
    begun = await station.start(Setup(pack=compile_pack(PACK)))
    await begun.store.close()
    put(begun.store.path, key, value)
    (ref,) = station.sessions()
    with pytest.raises(DamagedData):
        await station.resume(ref)
    put(begun.store.path, "code", b"K7M4")  # and the file was let go
    schema.connect(begun.store.path).close()


@pytest.mark.parametrize("value", [b"abc", b"\xff", b"", b"9" * 5000, b"99999"], ids=lambda x: str(x)[:12])
async def test_a_port_that_is_none_is_ignored(tmp_path: Path, value: bytes) -> None:
    station = Station.open(tmp_path / "laptop")
    begun = await station.start(Setup(pack=compile_pack(PACK)))
    await begun.store.close()
    put(begun.store.path, "port", value)
    (ref,) = station.sessions()
    assert station.kept_port(ref) is None


def test_the_command_line_says_damage_and_never_a_mistake(tmp_path: Path) -> None:
    home = tmp_path / "laptop"
    with Host(home, "toolbox-blank") as host:
        assert host.stop() == 0
    (ref,) = Station.open(home).sessions()
    put(ref.path, "plan", b"\xff\xfe")
    told = run("host", "toolbox-blank", "--headless", "--data", str(home), "--port", "0", ok=(4,)).stderr
    assert "not the one that the session began with" in told and "mistake" not in told
    put(ref.path, "port", b"none")
    with Host(home, "toolbox-blank", "--new") as host:
        assert host.stop() == 0


async def test_another_laptops_session_is_never_gone_on_with(tmp_path: Path) -> None:
    """Its file in our folder can be read; going on with it is for the laptop whose key signed it."""
    theirs, ours = Station.open(tmp_path / "theirs"), Station.open(tmp_path / "ours")
    compiled = compile_pack(PACK)
    begun = await theirs.start(Setup(pack=compiled))
    await begun.store.close()
    file = theirs.sessions()[0].path
    assert [x.path for x in theirs.waiting()] == [file]
    (ours.home / "sessions" / file.name).write_bytes(file.read_bytes())
    assert [x.state for x in ours.sessions()] == ["running"]
    assert ours.waiting() == []
    assert ours.interrupted(compiled.plan.id, compiled.plan.version) is None
