"""Watched folders: what lies there complete is taken in once, whatever else lies there, comes, goes or breaks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.trust import TrustList
from fieldkit.sync.central.watch import DEPTH, Watch, moved
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Laptop, Office, bundle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of a POSIX system")


def looks(watch: Watch, n: int = 2) -> list[str]:
    return [path.name for _ in range(n) for path in watch.look().ready]


def test_a_file_is_told_once_when_it_no_longer_changes(tmp_path: Path) -> None:
    watch, file = Watch([tmp_path]), tmp_path / "a.fkb"
    file.write_bytes(b"half")
    assert watch.look().ready == [] and looks(watch, 3) == ["a.fkb"]
    file.write_bytes(b"half and more")
    assert watch.look().ready == [] and watch.look().ready == [file], "it grew"
    file.write_bytes(b"other bytes 1")
    watch.look()
    file.write_bytes(b"still written")
    os.utime(file, ns=(1, 1))
    assert watch.look().moving and looks(watch, 3) == ["a.fkb"]
    watch.again(file)
    assert looks(watch, 2) == ["a.fkb"]


def test_asvs_5_3_2_what_is_no_file_of_ours_is_left_alone(tmp_path: Path) -> None:
    deep = tmp_path / "stick" / "a" / "b"
    deep.mkdir(parents=True)
    for path in (tmp_path / "b.fkb.part", tmp_path / ".c.fkb", tmp_path / "notes.txt", deep / "in.fkb"):
        path.write_bytes(b"x")
    (deep / "too").mkdir()
    (deep / "too" / "deep.fkb").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.fkb")
    (tmp_path / "zero.fkb").symlink_to("/dev/zero")
    (tmp_path / "link.fkb").symlink_to(deep / "in.fkb")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "folder.fkb").mkdir()
    assert looks(Watch([tmp_path]), 3) == ["in.fkb"] and DEPTH == 3
    watch = Watch([tmp_path])
    watch.look(), watch.look()
    (deep / "in.fkb").unlink()
    os.mkfifo(deep / "in.fkb")
    assert watch.opened(deep / "in.fkb") is None, "something else lies there, and nothing waits for it"


def test_a_stick_that_comes_back_is_looked_at_anew(tmp_path: Path) -> None:
    stick, away = tmp_path / "stick", tmp_path / "away"
    watch = Watch([stick])
    assert watch.look().gone == [], "it was never there"
    stick.mkdir()
    (stick / "a.fkb").write_bytes(b"x")
    assert watch.look().back == [stick] and looks(watch, 2) == ["a.fkb"]
    stick.rename(away)
    assert watch.look().gone == [stick] and watch.look().gone == []
    away.rename(stick)
    assert watch.look().back == [stick] and looks(watch, 2) == ["a.fkb"]


def test_a_moved_file_never_takes_another_ones_place(tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    for n in range(3):
        (tmp_path / "a.fkb").write_bytes(b"%d" % n)
        moved(tmp_path / "a.fkb", tmp_path / "done")
    assert sorted(one.name for one in (tmp_path / "done").iterdir()) == ["a-2.fkb", "a-3.fkb", "a.fkb"]


class Running:
    """`central ingest --watch` as a process; what it says on standard output as documents."""

    def __init__(self, *args: str) -> None:
        run = [sys.executable, "-m", "fieldkit", "central", "ingest", *args, "--watch", "--every", "0.2", "--json"]
        self.process = subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.next()["ready"]

    def next(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def heard(self, word: str) -> str:
        """What it says on standard error, up to the line with this word."""
        assert self.process.stderr is not None
        found = ""
        while word not in found:
            line = self.process.stderr.readline()
            assert line, found
            found += line
        return found

    def end(self, how: int = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(how)
        _, talk = self.process.communicate(timeout=20)
        return self.process.returncode, talk


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def run(*args: str) -> Running:
        made.append(Running(*args))
        return made[-1]

    yield run
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def until(what: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


async def test_bundles_are_taken_in_as_they_come_and_a_bad_one_stops_none(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.now = max(NOON, int(time.time()))
    office.enrol(laptop)
    first, second = laptop.whole(), laptop.whole()
    stick, done = tmp_path / "stick" / "usb1", tmp_path / "done"
    stick.mkdir(parents=True)
    home = str(office.home.path)
    two = [
        start("--home", home, str(stick.parent), "--beside", "--move-to", str(done)),
        start("--home", home, str(stick)),
    ]
    (stick / "bad =1+1.fkb").write_bytes(b"no bundle at all")
    assert [one.next()["sessions"][0]["result"] for one in two] == ["refused", "refused"]
    half = bundle(first, second)
    with (stick / "evening.fkb").open("wb") as file:
        for at in range(0, len(half), len(half) // 6 + 1):
            file.write(half[at : at + len(half) // 6 + 1])
            file.flush()
            await asyncio.sleep(0.15)  # never still for two looks
    said = two[0].next()
    assert [one["result"] for one in said["sessions"]] in (["stored"] * 2, ["already"] * 2), "two watchers, one each"
    until((done / "evening.fkb").exists)
    assert (done / "evening.fkb").read_bytes() == half and (stick / "bad =1+1.fkb").exists()
    receipts = fieldkit("verify", "--root", str(office.home.roots[0]), str(office.home.trust_path),
                        str(stick / "evening.receipts.note"), "--json")  # fmt: skip
    assert [one["verdict"] for one in receipts.document] == ["verified", "verified"], receipts.text
    assert [one.end(how)[0] for one, how in zip(two, (signal.SIGINT, signal.SIGTERM), strict=True)] == [0, 0]
    assert len(await office.stored()) == 2 and not list(office.home.spool.iterdir())


async def test_a_list_that_has_run_out_is_said_once_and_nothing_is_lost(
    tmp_path: Path, start: Callable[..., Running]
) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.now = int(time.time()) - 200 * 86_400
    office.enrol(laptop)
    trust: TrustList = office.home.trust()
    assert trust.expired(int(time.time()))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.fkb").write_bytes(bundle(laptop.whole()))
    beat = tmp_path / "beat"
    running = start("--home", str(office.home.path), str(folder), str(beat))
    talk = running.heard("expired")
    (folder / "b.fkb").write_bytes(bundle(laptop.whole()))
    for _ in range(2):  # each is a look of its own: in the second one the new file is still, and judged
        beat.mkdir()
        talk += running.heard("is there again")
        beat.rmdir()
        talk += running.heard("is gone")
    code, rest = running.end()
    assert code == 0 and (talk + rest).count("expired") == 1
    assert (folder / "a.fkb").exists() and (folder / "b.fkb").exists()


def test_only_folders_are_watched_and_only_at_a_sensible_pace(tmp_path: Path) -> None:
    home = tmp_path / "central"
    made = fieldkit("central", "init", "--home", str(home), "--org", "ld.acme.example", "--no-passphrase")
    assert made.code == 0
    (tmp_path / "a.fkb").write_bytes(b"x")
    for args in (
        [str(tmp_path / "a.fkb")], ["-"], [str(tmp_path), "--every", "0"], [str(tmp_path), "--every", "nan"],
        [str(tmp_path), "--every", "1e9"], [str(tmp_path), "--held"],
    ):  # fmt: skip
        assert fieldkit("central", "ingest", "--home", str(home), "--watch", *args).code == 2, args
