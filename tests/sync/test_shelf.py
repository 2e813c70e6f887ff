"""Files that wait for a person: what closes by itself, room that runs out, two commands at once, a kill in between."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as with_

from fieldkit.log.trust import trust_note
from fieldkit.sync.central import findings
from fieldkit.sync.central.ingest import Intake
from tests.cli.kit import fieldkit
from tests.kit.central import Laptop, Log, Office, bundle, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def needing(office: Office) -> list[str]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return [f"{one.code} {one.reason}" for one in await findings.needs(tx)]


def shelf(office: Office) -> set[str]:
    return {path.stem for path in office.home.held.iterdir()}


# ---- what closes by itself -----------------------------------------------------------------------------------


async def test_a_bundle_without_its_plan_is_taken_once_the_plan_has_come(office: Office, laptop: Laptop) -> None:
    """Also what only the held file has: an opening that the later bundle left out."""
    log = laptop.whole()
    first = sorted(log.openings)[1]
    bare = replace(log, blobs={})
    less = replace(log, openings={i: o for i, o in log.openings.items() if i != first})
    assert results(await office.take(bundle(bare))) == ["held no-plan"]
    assert results(await office.take(bundle(less))) == ["stored"]
    assert await needing(office) == ["held no-plan"] and len(shelf(office)) == 1
    assert results(await office.again()) == ["already"]
    assert await needing(office) == [] and shelf(office) == set()
    assert [row[1] for row in (await office.picture())[3]] == sorted(log.openings)


async def test_a_key_that_had_run_out_is_taken_when_root_renews_it(office: Office, laptop: Laptop) -> None:
    trust = office.home.trust()
    device = trust.of("device")[0]
    office.home.trust_path.write_bytes(trust_note(with_(trust, expires=device.until + 900 * 86_400), office.root()))
    office.now = device.until
    log = laptop.whole()
    assert results(await office.take(bundle(log))) == ["held expired"]
    keys = tuple(with_(key, until=key.until + 99 * 86_400) if key.kind == "device" else key for key in trust.keys)
    renewed = with_(trust, keys=keys, version=trust.version + 1, expires=device.until + 900 * 86_400)
    office.home.trust_path.write_bytes(trust_note(renewed, office.root()))
    assert await needing(office) == ["held expired"]
    assert results(await office.again()) == ["stored"]
    assert await needing(office) == [] and shelf(office) == set()


async def test_a_number_used_twice_stays_until_one_of_the_two_is_explained(office: Office, laptop: Laptop) -> None:
    """No later bundle can undo it: the finding stays, and says both."""
    first = laptop.whole()
    twin = Laptop(laptop.signer).whole(tail="twin")
    await office.take(bundle(first), bundle(twin), bundle(laptop.whole()))
    for _ in range(2):
        async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
            (one,) = [f for f in await tx.findings() if f.code == "duplicate-seq"]
        assert {one.origin, one.detail["other"]} == {first.origin, twin.origin}
        await office.take(bundle(first), bundle(twin))


# ---- room ----------------------------------------------------------------------------------------------------


def room(office: Office, mb: object) -> None:
    marker = office.home.path / "central.toml"
    kept = [line for line in marker.read_text().splitlines() if not line.startswith("held_mb")]
    marker.write_text("\n".join([*kept, f"held_mb = {mb}", ""]))


async def test_without_room_a_file_is_refused_and_loses_nothing(office: Office, laptop: Laptop) -> None:
    stranger = Laptop.named("zzzz")
    a, b = bundle(stranger.whole()), bundle(stranger.whole())
    await office.take(a)
    before = shelf(office), await office.picture()
    room(office, 0)
    good = laptop.whole()
    assert results(await office.take(b, bundle(good))) == ["refused held-full", "stored"]
    assert shelf(office) == before[0] and await needing(office) == ["held unknown-device"]
    assert (office.folder / "in.fkb").read_bytes() == bundle(good) and list(office.home.spool.iterdir()) == []
    assert results(await office.take(a)) == ["held unknown-device"] and shelf(office) == before[0]
    both = bundle(laptop.whole(), stranger.whole())
    assert results(await office.take(both)) == ["stored", "refused held-full"]
    other = good.upto(3).join("forkfork", "F").close()
    assert results(await office.take(bundle(other))) == ["refused held-full"]
    assert sorted(await needing(office)) == ["fork fork", "held unknown-device"]  # the alarm is raised all the same
    room(office, 1)
    assert results(await office.take(b)) == ["held unknown-device"] and len(shelf(office)) == 2


async def test_the_command_says_what_to_do_without_room(office: Office, tmp_path: Path) -> None:
    (tmp_path / "a.fkb").write_bytes(bundle(Laptop.named("zzzz").whole()))
    home = str(office.home.path)
    for mb, code in ((0, 1), ('"much"', 4), (-1, 4)):
        room(office, mb)
        done = await asyncio.to_thread(fieldkit, "central", "ingest", "--home", home, str(tmp_path / "a.fkb"))
        assert done.code == code and "Traceback" not in done.talk and "held_mb" in done.talk
    assert shelf(office) == set()


# ---- two at once, and a kill in between ----------------------------------------------------------------------


class Real:
    """`fieldkit central ingest` as processes of their own, by this machine's clock."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office, self.folder = office, folder
        office.now = int(time.time())
        office.home.put_trust(office.home.trust(), office.now, office.root())

    def file(self, name: str, raw: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(raw)
        return path

    def start(self, *paths: Path) -> subprocess.Popen[bytes]:
        words = ["central", "ingest", "--home", str(self.office.home.path), *map(str, paths), "--json"]
        return subprocess.Popen(
            [sys.executable, "-m", "fieldkit", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    @staticmethod
    def answers(process: subprocess.Popen[bytes]) -> list[str]:
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err, err
        rows: list[dict[str, Any]] = json.loads(out)["sessions"]
        return [f"{row['result']} {row['reason']}".strip() for row in rows]


def long(laptop: Laptop, n: int) -> Log:
    """A session of some 100 bytes a record, quickly made."""
    log = laptop.session()
    base = json.loads(log.add("note.add", {}).lines[-1])
    lines = list(log.lines)
    for i in range(1, n):
        line = {**base, "i": i, "m": 60_000 + i, "t": base["t"] + i}
        lines.append(json.dumps(line, separators=(",", ":"), sort_keys=True).encode())
    return replace(log, lines=lines)


async def test_two_processes_at_once_end_as_one_after_the_other(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    real = Real(office, tmp_path)
    log, fine = laptop.whole(), laptop.whole()
    fork = log.upto(3).join("forkfork", "F").close()
    files = [
        real.file("a.fkb", bundle(log.upto(4), fine)),
        real.file("b.fkb", bundle(log)),
        real.file("c.fkb", bundle(Laptop.named("zzzz").whole())),
        real.file("d.fkb", b"hello"),
    ]
    running = [real.start(*order) for order in (files, files[::-1], files[2:] + files[:2])]
    answers = [answer for process in running for answer in await asyncio.to_thread(Real.answers, process)]
    assert set(answers) <= {"stored", "already", "older", "held unknown-device", "refused not-gzip"}
    assert answers.count("stored") in (2, 3) and answers.count("held unknown-device") == 3
    assert await office.stored() == {log.origin: (log.size, log.root), fine.origin: (fine.size, fine.root)}
    assert sorted(await needing(office)) == ["held unknown-device", "refused not-gzip"] and len(shelf(office)) == 2
    both = [real.start(real.file("e.fkb", bundle(fork))), real.start(files[1])]
    assert [await asyncio.to_thread(Real.answers, process) for process in both] == [["fork fork"], ["already"]]
    assert await office.findings() == ["fork"] and list(office.home.spool.iterdir()) == []


@pytest.mark.of_the_file
async def test_a_kill_in_the_middle_changes_nothing_that_the_next_ingest_does_not_end(
    office: Office, laptop: Laptop, tmp_path: Path
) -> None:
    """Killed while it copies, and while its transaction is open and grows: then the same again."""
    real = Real(office, tmp_path)
    log, small = long(laptop, 12_000), laptop.whole()
    picture = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(10_000))  # a file that is copied to the disk
    log = replace(log, blobs={**log.blobs, hashlib.sha256(picture).hexdigest(): picture})
    file = real.file("a.fkb", bundle(log, small))
    wal = office.home.path / "central.db-wal"

    def copying() -> bool:
        return any(office.home.spool.iterdir())

    def writing() -> bool:
        return wal.exists() and wal.stat().st_size > 100_000

    seen = 0
    for reached in (copying, writing):
        process = real.start(file)
        until = time.monotonic() + 30
        while not reached() and process.poll() is None and time.monotonic() < until:
            await asyncio.sleep(0.001)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            seen += 1
        process.communicate()
        assert await office.stored() in ({}, {log.origin: (log.size, log.root)}, await whole(office, log, small))
    assert seen, "no ingest was caught in the middle"
    answers = await asyncio.to_thread(Real.answers, real.start(file))
    assert set(answers) <= {"stored", "already"} and len(answers) == 2
    assert await office.stored() == await whole(office, log, small)
    assert await needing(office) == [] and shelf(office) == set()
    left = [path for path in office.home.spool.iterdir() if path.suffix == ".part"]
    async with await Intake.open(office.home) as intake:
        await intake.file(file, office.now + 2 * 86_400)
    assert len(left) >= 1 and list(office.home.spool.iterdir()) == []
    digest = hashlib.sha256()
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        async for lines in tx.lines(log.origin):
            digest.update(b"".join(lines))
    assert digest.digest() == hashlib.sha256(b"".join(log.lines)).digest()


async def whole(office: Office, *logs: Log) -> dict[str, tuple[int, bytes]]:
    return {log.origin: (log.size, log.root) for log in logs}
