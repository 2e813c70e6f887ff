"""kill -9 of a real host under load, again and again: nothing acknowledged is lost, nothing counts twice.

Fifty phones answer ten times a second each, as far as they are let, keep what was not acknowledged and send it again
with the same id, as the page does. The host is killed at a moment nobody chose, one time in eight while it is still
starting, and resumed from the same folder. After every kill the signed checkpoints are read: none of them may have
another root later. A session is killed 25 times at most, then many of the acknowledged ids are sent once more, the log
is read from disk, and the next session begins in a folder of its own. `--count 1000` takes an hour or two; Ctrl-C or
SIGTERM ends it early: the session that runs is then looked through like the others, and what was done is told.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from bench.processes import ROOT
from bench.report import Row, talk
from fieldkit.core.records import AnswerPut
from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.station import Station

PACK = """\
fieldkit: 1
id: kill-pack
version: 1.0.0
title: A long evening
language: en
duration: 10
segments:
  - {id: only, phase: content, minutes: 10, title: The only one, steps: [{at: 0, do: open, activity: q1}]}
activities:
  q1: {type: poll, text: "Which one?", options: {a: This, b: That}}
"""
AGAIN = 18
"""Ids a phone sends once more at the end, drawn by lot: a host takes 20 intents a minute from each."""
AN_EVENING = 25
"""Kills of one session: a log that only grows would make the last starts the slowest, and test nothing more."""
TURNS = 8
"""One kill in so many comes before the host has said that it is ready."""
PAUSE = 0.1
"""Seconds between two answers of a phone: what fifty of them take from the machine, the host's start does not get."""
FIELDKIT = [sys.executable, "-m", "fieldkit"]


class Host:
    """A real `fieldkit host`, from its start on."""

    def __init__(self, home: Path, pack: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}
        args = ["host", str(pack), "--headless", "--json", "--data", str(home), "--bind", "127.0.0.1", "--port", "0"]
        self.process = subprocess.Popen(
            [*FIELDKIT, *args, "--no-announce"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the bench, which kills its host itself
        )

    async def ready(self) -> tuple[str, str]:
        """(url, room code), once it serves."""
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        if not line:
            raise RuntimeError("the host did not come back")
        said = json.loads(line)
        return str(said["url"]), str(said["code"])

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Room:
    """The phones, and what they were told."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http
        self.url = ""
        self.acknowledged: list[tuple[dict[str, Any], str, int]] = []
        """(body, seat, index)."""
        self.stopping = False

    async def post(self, body: dict[str, Any], seat: str = "") -> dict[str, Any]:
        """Until it is answered: the same body with the same id again, wherever the host is now."""
        head = {"Authorization": f"Bearer {seat}"} if seat else {}
        while True:
            try:
                async with self.http.post(f"{self.url}/v1/intents", json=body, headers=head) as reply:
                    if reply.status == 200:
                        said: dict[str, Any] = await reply.json()
                        return said
                    if reply.status == 429:
                        await asyncio.sleep(1.0)
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.1 + secrets.randbelow(300) / 1000)

    async def phone(self, k: int, code: str) -> None:
        join = {"kind": "join", "id": secrets.token_urlsafe(16), "code": code, "name": f"Worker {k}"}
        came = await self.post(join)
        self.note(join, "", came)
        n = 0
        while not self.stopping:
            n += 1
            body = {
                "kind": "answer",
                "id": secrets.token_urlsafe(16),
                "activity": "q1",
                "round": 1,
                "v": ["ab"[n % 2]],
                "n": n,
            }
            self.note(body, came["seat"], await self.post(body, came["seat"]))
            await asyncio.sleep(PAUSE)

    def note(self, body: dict[str, Any], seat: str, said: dict[str, Any]) -> None:
        if said["result"] not in ("accepted", "already"):
            raise RuntimeError(f"{body} was answered {said}")
        self.acknowledged.append((body, seat, said["saved"]))

    async def once_more(self) -> Counter[str]:
        """Send what was acknowledged again: how many were sent, how many answers were not the same index."""
        by_seat: dict[str, list[tuple[dict[str, Any], int]]] = {}
        for body, seat, saved in secrets.SystemRandom().sample(self.acknowledged, len(self.acknowledged)):
            if len(mine := by_seat.setdefault(seat, [])) < AGAIN:
                mine.append((body, saved))
        told: Counter[str] = Counter()

        async def send(seat: str, mine: list[tuple[dict[str, Any], int]]) -> None:
            for body, saved in mine:
                said = await self.post(body, seat)
                told["again"] += 1
                told["wrong"] += (said["result"], said.get("saved")) != ("already", saved)

        await asyncio.gather(*(send(seat, mine) for seat, mine in by_seat.items()))
        return told


class Bench:
    """How many kills are asked for, how many were done, and what was found."""

    def __init__(self, kills: int, phones: int, folder: Path) -> None:
        self.kills, self.phones, self.folder = kills, phones, folder
        self.told: Counter[str] = Counter()
        self.ending = asyncio.Event()
        self.pack = folder / "kill-pack"

    async def all(self) -> None:
        loop = asyncio.get_running_loop()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, self.ending.set)
        self.pack.mkdir()
        (self.pack / "pack.yaml").write_text(PACK, "utf-8")
        while self.told["kills"] < self.kills and not self.ending.is_set():
            timeout = aiohttp.ClientTimeout(total=3)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as http:
                await self.evening(Room(http), self.folder / f"laptop-{self.told['evenings']}")
            self.told["evenings"] += 1
            talk(f"looked through: {dict(self.told)}")

    async def evening(self, room: Room, home: Path) -> None:
        roots: dict[int, str] = {}
        host = Host(home, self.pack)
        room.url, code = await host.ready()
        ctl = [*FIELDKIT, "ctl", "open", "q1", "--data", str(home)]
        await asyncio.to_thread(subprocess.run, ctl, cwd=ROOT, check=True, capture_output=True)
        crew = [asyncio.create_task(room.phone(k, code)) for k in range(self.phones)]
        try:
            for _ in range(min(AN_EVENING, self.kills - self.told["kills"])):
                await self.wait(0.3 + secrets.randbelow(900) / 1000, crew)
                await self.kill(host, home, roots)
                host = Host(home, self.pack)
                if secrets.randbelow(TURNS) == 0:
                    await self.wait(secrets.randbelow(1500) / 1000, crew)
                    self.told["starting"] += 1
                    await self.kill(host, home, roots)
                    host = Host(home, self.pack)
                room.url, _ = await host.ready()
                talk(f"killed {self.told['kills']} of {self.kills}, {len(room.acknowledged)} acknowledged this evening")
                if self.ending.is_set() or self.told["kills"] >= self.kills:
                    break
            await asyncio.sleep(0.5)
            room.stopping = True
            await asyncio.gather(*crew)
            await self.kill(host, home, roots)
            host = Host(home, self.pack)
            room.url, _ = await host.ready()
            self.told += await room.once_more()
        finally:
            for one in crew:
                one.cancel()
            if host.process.poll() is None:
                host.end(signal.SIGTERM)
        self.signed(home, roots)
        self.told["sizes"] += len(roots)
        self.told["acknowledged"] += len(room.acknowledged)
        self.told.update(on_disk(home, room))

    async def wait(self, seconds: float, crew: list[asyncio.Task[None]]) -> None:
        """Let it run; a phone that was answered what it may not be answered ends the bench with that."""
        done, _ = await asyncio.wait(crew, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for one in done:
            one.result()

    async def kill(self, host: Host, home: Path, roots: dict[int, str]) -> None:
        host.end(signal.SIGKILL)
        self.told["kills"] += 1
        await asyncio.to_thread(self.signed, home, roots)

    def signed(self, home: Path, roots: dict[int, str]) -> None:
        """Read the checkpoints of a host that is dead; count the sizes that have another root than at an earlier look.

        Ed25519 signs the same text with the same bytes, so that the whole note can be compared."""
        with SessionFile.open(Station.open(home).sessions()[-1].path) as file:
            for size, note in file.checkpoints():
                text = note.decode()
                self.told["two"] += roots.setdefault(size, text) != text


def on_disk(home: Path, room: Room) -> dict[str, int]:
    """What the log says: lost (acknowledged, not there), twice (one answer in two records), damage."""
    station = Station.open(home)
    ref = station.sessions()[-1]
    with SessionFile.open(ref.path) as file:
        records = file.records()
        damage = len(walk(file, [station.signer.vkey], []))
    answers = Counter((record.p, record.fact.n) for record in records if isinstance(record.fact, AnswerPut))
    indices = [saved for _, _, saved in room.acknowledged]
    lost = 0
    for body, _, saved in room.acknowledged:
        fact = records[saved].fact if saved < len(records) else None
        if body["kind"] == "answer":
            lost += not (isinstance(fact, AnswerPut) and fact.n == body["n"] and list(fact.v or ()) == body["v"])
        else:
            lost += fact is None or records[saved].k != "person.join"
    return {
        "records": len(records),
        "lost": lost,
        "twice": sum(n - 1 for n in answers.values()) + len(indices) - len(set(indices)),
        "damage": damage,
    }


def run(short: bool = False, count: int | None = None) -> list[Row]:
    kills, phones = (count or 3, 20) if short else (count or 20, 50)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(kills, phones, Path(folder))
        asyncio.run(bench.all())
        told = bench.told
    what = f"{told['acknowledged']:,} acknowledged, {told['records']:,} records, {told['kills']:,} kills"
    more = f"{told['evenings']:,} sessions, {told['starting']:,} kills while starting"
    again = f"{told['again']:,} sent again"
    return [
        Row("acknowledged and not in the log", what, "", told["lost"], "", None, 0),
        Row("sent again and not answered `already` with the same index", again, "", told["wrong"], "", None, 0),
        Row("answers in the log twice", more, "", told["twice"], "", None, 0),
        Row("sizes that were signed with two roots", f"{told['sizes']:,} sizes", "", told["two"], "", None, 0),
        Row("findings of fsck", "", "", told["damage"], "", None, 0),
    ]
