"""Two servers, each a process of its own, on one PostgreSQL: uploads to both at once, and one of them is killed."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from asyncio.subprocess import Process
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fieldkit.sync.central.home import Home
from tests.house.tree import ROOT
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.served import Served, new_certificate, put, serving


async def main(folder: Path) -> None:
    """One server, until its input ends."""
    async with serving(Office(Home.open(folder / "central"), folder)) as one:
        print(one.server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def begun(office: Office) -> tuple[Served, Process]:
    command = [sys.executable, "-m", __name__, str(office.folder)]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    at = SimpleNamespace(office=office, server=SimpleNamespace(port=port), cert=office.folder / "head.pem")
    return cast(Served, at), process


async def said(at: Served, laptop: Laptop, raw: bytes) -> list[str] | None:
    """What became of each session of a file; None where the server went away."""
    try:
        status, answer = await put(at, laptop.signer, raw)
    except (OSError, EOFError):
        return None
    assert status == 200, answer
    return [one["result"] for one in answer["sessions"]]


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_two_servers_take_everything_once_and_one_goes_on_alone(tmp_path: Path) -> None:
    office, dice = await Office.make(tmp_path), random.Random(7)
    new_certificate(tmp_path)
    laptops = [Laptop.named(f"{n}k7q") for n in range(3)]
    office.enrol(*laptops)
    logs: dict[str, Log] = {}
    files: list[tuple[Laptop, bytes]] = []
    for laptop in laptops:
        for _ in range(2):
            log = laptop.whole(6)
            logs[log.origin] = log
            sizes = (dice.randint(2, log.size), dice.randint(2, log.size), log.size, log.size)
            files += [(laptop, bundle(log.upto(n))) for n in sizes]
    # A copy of the last laptop goes on otherwise from its last session on.
    forked = laptops[-1].last
    assert forked is not None
    files += [(laptops[-1], bundle(forked.upto(4).join("another0", "Bo", "E9")))] * 2
    dice.shuffle(files)
    (one, first), (two, second) = await begun(office), await begun(office)
    at_once, gone = asyncio.Semaphore(4), list[tuple[Laptop, bytes]]()

    async def send(k: int, at: Served, what: tuple[Laptop, bytes]) -> None:
        async with at_once:
            if k == len(files) // 2:
                second.kill()
            if await said(at, *what) is None:
                gone.append(what)

    await asyncio.gather(*(send(k, (one, two)[dice.randrange(2)], what) for k, what in enumerate(files)))
    assert gone and await second.wait() < 0, "some were for the one that is no more"
    for what in gone:
        assert await said(one, *what)
    stored = await office.stored()
    assert stored.keys() == logs.keys()
    assert {o: at for o, at in stored.items() if o != forked.origin} == {
        o: (log.size, log.root) for o, log in logs.items() if o != forked.origin
    }
    assert set(await office.findings()) == {"fork"}
    _, _, records, *_ = await office.picture()
    assert len(records) == sum(size for size, _ in stored.values()), "each record once"
    assert await said(one, laptops[0], bundle(next(iter(logs.values())))) in (["stored"], ["already"])
    assert first.stdin is not None
    first.stdin.close()
    assert await first.wait() == 0


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
