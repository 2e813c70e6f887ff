"""Files that other processes check ahead end where one process alone ends: the same answers and the same tables,
whoever of them is killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.seal import Lock
from fieldkit.log.unbundle import Part
from fieldkit.sync.central.ahead import Checked
from fieldkit.sync.central.checkers import KILLED, Checkers, _Checker
from fieldkit.sync.central.databases import open_database
from fieldkit.sync.central.held import Spooled
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.take import Outcome
from fieldkit.sync.central.tx_base import Again
from tests.cli.kit import fieldkit
from tests.kit import central
from tests.kit.central import Laptop, Log, Office, bundle, results
from tests.sync.test_hostile import LIES, sealed

TABLES = (
    "session",
    "cosigned",
    "record",
    "opening",
    "erased",
    "blob",
    "signed",
    "presence",
    "finding",
    "arrival",
    "code",
)


async def twin(office: Office, folder: Path) -> Office:
    """Another head office with the same keys and the same list, and nothing in its database."""
    shutil.copytree(
        office.home.path, folder / "central", ignore=lambda _, names: [n for n in names if "central.db" in n]
    )
    marker, address = folder / "central" / "central.toml", central.ADDRESS()
    told = [line for line in marker.read_text().splitlines() if not line.startswith("database")]
    marker.write_text("\n".join([*told, f'database = "{address}"' if address else "", ""]))
    home = Home.open(folder / "central")
    await (await open_database(home.place, create=True)).close()
    return Office(home, folder)


async def tables(office: Office) -> list[Any]:
    async with await Intake.open(office.home) as intake, intake.db.reading() as tx:
        return [sorted(map(tuple, await tx._all(f"SELECT * FROM {name}")), key=repr) for name in TABLES]


def forked(log: Log) -> Log:
    return log.upto(3).join("forkfork", "Somebody Else", "F1").close()


def folder_of(office: Office, folder: Path) -> list[Path]:
    """Bundles of every kind, in an order in which they were not made."""
    a, b, c, d, stranger = (Laptop.named(one) for one in ("7q2k", "8r3m", "9t4n", "5v5p", "4w6q"))
    office.enrol(a, b, c, d)
    one, two, three, four = (a.whole(people=3) for _ in range(4))
    erased = three.add("erase", {"refs": [2], "why": "request"})
    many = [b.whole() for _ in range(5)]
    grown, split = c.whole(people=4), d.whole()
    files = {
        "0": bundle(one),
        "a": bundle(four),
        "b": bundle(two),
        "c": bundle(two),
        "d": bundle(three),
        "e": bundle(erased),
        "f": bundle(many[3], many[0].upto(4), many[2]),
        "g": bundle(many[1], replace(many[0], openings={}), many[4]),
        "h": bundle(*many),
        "i": bundle(grown.upto(4)),
        "j": bundle(grown),
        "k": bundle(grown.upto(3)),
        "l": bundle(split),
        "m": bundle(forked(split)),
        "n": bundle(stranger.whole()),
        "o": bundle(replace(one, signer=stranger.signer)),
        "p": bundle(a.whole())[:-700],
        "q": bundle(a.whole())[:200],
        "r": bundle(many[0], replace(many[1], blobs={}), a.whole(), many[2]),
        "s": sealed(a.whole(), Lock(office.home.trust().recipients)),
        "t": b"no bundle",
        "u": bundle(one),
    }
    for name, (_, make) in LIES.items():
        files["v" + "".join(sign if sign.isalnum() else "-" for sign in name)] = make(a.whole())
    files["z"] = bundle(a.whole())
    folder.mkdir()
    for name, raw in files.items():
        (folder / f"{name}.fkb").write_bytes(raw)
    return sorted(folder.iterdir())


async def taken(
    office: Office, files: list[Path], jobs: int, kind: type[Checkers] = Checkers
) -> tuple[list[list[Outcome]], Checkers]:
    async with await Intake.open(office.home) as intake, kind(intake, files, jobs) as crew:
        await crew.ready()
        return [await crew.take(n, office.now) for n in range(len(files))], crew


async def test_many_processes_end_where_one_ends(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    files = folder_of(office, tmp_path / "in")
    other = await twin(office, tmp_path / "twin")
    alone, crew = await taken(office, files, 1)
    assert crew.sessions == 0
    together, crew = await taken(other, files, 4)
    assert crew.sessions > 20, "others read most of it"
    assert together == alone
    assert {"stored", "already", "older", "fork fork", "held unknown-device", "held no-plan", "refused truncated"} <= {
        said for some in alone for said in results(some)
    }
    assert await tables(other) == await tables(office)
    assert sorted(p.name for p in other.home.held.iterdir()) == sorted(p.name for p in office.home.held.iterdir())
    assert [*other.home.spool.iterdir()] == []


class Mortal(Checkers):
    """Whoever gets a file that is called `deadly` is killed at once, as by a system without memory."""

    deaths = 0
    most = 99

    def _give(self, n: int, now: int) -> None:
        for one in self._ready:
            _signal(one, signal.SIGSTOP)
        super()._give(n, now)
        for one in list(self._ready):
            self._kill(one)

    async def fresh(self) -> _Checker | None:
        checker = await super().fresh()
        if checker is not None:
            _signal(checker, signal.SIGSTOP)
        return checker

    def joined(self, checker: _Checker) -> None:
        super().joined(checker)
        self._kill(checker)

    def _kill(self, one: _Checker) -> None:
        """Who was given it dies before it has read a byte of it: nobody runs while files are given."""
        if self.deaths < self.most and any("deadly" in file.path.name for file in one.files):
            self.deaths += _signal(one, signal.SIGKILL)
        _signal(one, signal.SIGCONT)


def _signal(one: _Checker, what: signal.Signals) -> bool:
    """Whether it was still there to be told."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(one.process.pid, what)
        return True
    return False


class MortalOnce(Mortal):
    most = 1


async def deadly(tmp_path: Path) -> tuple[Office, list[Path]]:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    (tmp_path / "in").mkdir()
    for n in range(12):
        (tmp_path / "in" / f"{n:02d}{'deadly' if n == 5 else ''}.fkb").write_bytes(
            bundle(laptop.whole(), laptop.whole())
        )
    return office, sorted((tmp_path / "in").iterdir())


@pytest.mark.of_the_file
async def test_a_checker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    office, files = await deadly(tmp_path)
    said, crew = await taken(office, files, 3, MortalOnce)
    assert isinstance(crew, Mortal) and crew.deaths == 1
    assert [results(one) for one in said] == [["stored", "stored"]] * 12
    assert crew.sessions > 10


@pytest.mark.of_the_file
async def test_a_file_that_kills_every_checker_is_kept_and_stops_no_other(tmp_path: Path) -> None:
    """It is not read by the process that takes in: that one would be next."""
    office, files = await deadly(tmp_path)
    said, _ = await taken(office, files, 3, Mortal)
    assert [results(one) for one in said] == [
        [f"refused {KILLED}"] if n == 5 else ["stored", "stored"] for n in range(12)
    ]
    assert [path.read_bytes() for path in office.home.held.iterdir()] == [files[5].read_bytes()]
    assert files[5].exists()
    assert results(await office.again()) == ["stored", "stored"], "and by itself it is taken"
    assert [*office.home.held.iterdir()] == []


@pytest.mark.of_the_file
async def test_where_no_process_can_be_started_one_does_it(tmp_path: Path) -> None:
    office, files = await deadly(tmp_path)

    class Without(Checkers):
        PYTHON = str(tmp_path / "nothing")

    said, crew = await taken(office, files, 3, Without)
    assert [results(one) for one in said] == [["stored", "stored"]] * 12
    assert crew.sessions == 0


@pytest.mark.of_the_file
async def test_a_file_that_went_away_or_cannot_be_read_is_told_in_its_turn(tmp_path: Path) -> None:
    office, files = await deadly(tmp_path)
    async with await Intake.open(office.home) as intake, Checkers(intake, files, 3) as crew:
        await crew.ready()
        files[3].unlink()
        files[4].unlink()
        files[4].mkdir()
        for n in range(12):
            if n in (3, 4):
                with pytest.raises(OSError):
                    await crew.take(n, office.now)
            else:
                assert results(await crew.take(n, office.now)) == ["stored", "stored"]


class Stumbling(Intake):
    """The database takes the second session of every third file back once."""

    times = 0

    async def _session(self, part: Part | Checked, copy: Spooled, now: int) -> tuple[Outcome, bool]:
        self.times += 1
        if self.times % 7 == 2:
            raise Again("Another command changed the same thing at the same moment.")
        return await super()._session(part, copy, now)


@pytest.mark.of_the_file
async def test_what_is_not_listened_to_is_not_taken_for_the_next_file(tmp_path: Path) -> None:
    """A file is read anew where the database took something back, and one may go away before its turn."""
    office, files = await deadly(tmp_path)
    async with await Stumbling.open(office.home) as intake, Checkers(intake, files, 2) as crew:
        assert await crew.ready() == 1
        for n in range(12):
            if n != 4:
                assert results(await crew.take(n, office.now)) == ["stored", "stored"], n
        assert intake.times > 24 and crew.sessions > 10


# ---- the command -------------------------------------------------------------------------------------------------


@pytest.mark.of_the_file
async def test_the_command_says_the_same_with_several(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    folder_of(office, tmp_path / "in")
    other = await twin(office, tmp_path / "twin")
    told = [
        await asyncio.to_thread(
            fieldkit, "central", "ingest", "--home", str(one.home.path), "--jobs", jobs, str(tmp_path / "in")
        )
        for one, jobs in ((office, "1"), (other, "4"))
    ]
    assert told[0] == told[1] and told[0].code == 1 and told[0].text.count("\n") > 40


@pytest.mark.of_the_file
@pytest.mark.parametrize("more", [("--jobs", "0"), ("--jobs", "65"), ("--jobs", "-1"), ("--jobs", "2", "--watch")])
async def test_what_makes_no_sense_is_refused(tmp_path: Path, more: tuple[str, ...]) -> None:
    office = await Office.make(tmp_path)
    done = await asyncio.to_thread(fieldkit, "central", "ingest", "--home", str(office.home.path), str(tmp_path), *more)
    assert done.code == 2 and "--jobs" in done.talk


BY_HAND = """
import signal
from fieldkit.__main__ import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background has it ignored
main()
"""


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.of_the_file
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_its_children_end_with_it(tmp_path: Path, how: signal.Signals) -> None:
    """However it ends; and what it had not taken is taken the next time."""
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    (tmp_path / "in").mkdir()
    for n in range(6):
        (tmp_path / "in" / f"{n}.fkb").write_bytes(bundle(laptop.whole()))
    args = ["central", "ingest", "--home", str(office.home.path), "--jobs", "3", str(tmp_path / "in"), "-"]
    run = [sys.executable, "-c", BY_HAND, *args]
    process = subprocess.Popen(run, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        await until(lambda: len(children(process.pid)) == 2)
        born = children(process.pid)
        process.send_signal(how)
        _, talk = await asyncio.to_thread(process.communicate, None, 20)
    finally:
        process.kill()
    assert process.returncode == (130 if how == signal.SIGINT else -how) and b"Traceback" not in talk
    await until(lambda: not any(map(alive, born)))
    async with await Intake.open(office.home) as intake:
        again = [results(await intake.file(path, office.now)) for path in sorted((tmp_path / "in").iterdir())]
    assert {one for some in again for one in some} <= {"stored", "already"}


async def until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.025)
    raise AssertionError("it never came")
