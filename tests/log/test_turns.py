"""Two programs on one data folder change its small files at the same moment: what each wrote stays."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from fieldkit.log import handed, heads

MANY = 25
ONE = """
import hashlib, sys
from pathlib import Path
from fieldkit.log import handed, heads
from fieldkit.station import Station
from fieldkit.sync import erasing
home, me, many = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
station = Station.open(home)
sys.stdin.readline()
for n in range(many):
    origin = f"ld.acme.example/dev/{me * 4}/{n + 1:06d}-aaaaaaaa"
    heads.remember(station.heads, origin, n + 1, hashlib.sha256(origin.encode()).digest())
    handed.note(home, handed.Handed(n, handed.EXPORT, f"{me}{n}"))
    handed.note(home, handed.Handed(n, handed.EXPORT, "-"))
    handed.keep(home, lambda one: one.path != "-")
    kept = erasing.begin(station, origin, [n], me)
    erasing.cross_out(station, erasing.begin(station, origin, [n], "other"))
"""


async def test_what_two_programs_write_at_once_stays(tmp_path: Path) -> None:
    from fieldkit.station import Station
    from fieldkit.sync import erasing

    station = Station.open(tmp_path)
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", ONE, str(tmp_path)]
    both = [await asyncio.create_subprocess_exec(*command, me, str(MANY), stdin=pipe, stderr=pipe) for me in ("a", "b")]
    done = await asyncio.gather(*(one.communicate(b"go\n") for one in both))
    assert [one.returncode for one in both] == [0, 0], done
    assert len(heads.read(station.heads)) == 2 * MANY
    assert sorted(one.path for one in handed.read(tmp_path)) == sorted(f"{me}{n}" for me in "ab" for n in range(MANY))
    assert sorted((one.why, *one.refs) for one in erasing.tasks(station)) == [(m, n) for m in "ab" for n in range(MANY)]
