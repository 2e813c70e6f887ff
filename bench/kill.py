"""kill -9 of a real host under load, again and again: nothing acknowledged is lost, nothing counts twice.

Phones answer as fast as they are let, keep what was not acknowledged and send it again with the same id, as the page
does. The host is killed at a moment nobody chose and resumed from the same folder; at the end many of
the acknowledged ids are sent once more, and the log is read from disk. After every kill the signed checkpoints are
read too: none of them may have another root later. `--count 1000` takes an hour or more.
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
from fieldkit.log.note import split_note
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
FIELDKIT = [sys.executable, "-m", "fieldkit"]


class Host:
    def __init__(self, home: Path, pack: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}
        args = ["host", str(pack), "--headless", "--json", "--data", str(home), "--bind", "127.0.0.1", "--port", "0"]
        self.process = subprocess.Popen(
            [*FIELDKIT, *args, "--no-announce"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the host did not come back")
        ready = json.loads(line)
        self.url, self.code = str(ready["url"]), str(ready["code"])

    def end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()


class Evening:
    """The phones, and what they were told."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.http = http
        self.url = ""
        self.acknowledged: list[tuple[dict[str, Any], str, int]] = []
        """(body, seat, index)."""
        self.sent = 0
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
            await asyncio.sleep(0.05)

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
            await asyncio.sleep(0.03)

    def note(self, body: dict[str, Any], seat: str, said: dict[str, Any]) -> None:
        self.sent += 1
        if said["result"] not in ("accepted", "already"):
            raise RuntimeError(f"{body} was answered {said}")
        self.acknowledged.append((body, seat, said["saved"]))


def signed(home: Path, roots: dict[int, str]) -> int:
    """Read the checkpoints of a host that is dead; how many sizes have another root than at an earlier look."""
    two = 0
    ref = Station.open(home).sessions()[-1]
    with SessionFile.open(ref.path) as file:
        for size, note in file.checkpoints():
            text = split_note(note)[0]
            two += roots.setdefault(size, text) != text
    return two


async def evening(folder: Path, kills: int, phones: int) -> dict[str, int]:
    roots: dict[int, str] = {}
    two = 0
    pack, home = folder / "kill-pack", folder / "laptop"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK, "utf-8")
    timeout = aiohttp.ClientTimeout(total=3)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True), timeout=timeout
    ) as http:
        room = Evening(http)
        host = await asyncio.to_thread(Host, home, pack)
        room.url = host.url
        ctl = [*FIELDKIT, "ctl", "open", "q1", "--data", str(home)]
        await asyncio.to_thread(subprocess.run, ctl, cwd=ROOT, check=True, capture_output=True)
        crew = [asyncio.create_task(room.phone(k, host.code)) for k in range(phones)]
        for turn in range(kills):
            await asyncio.sleep(0.3 + secrets.randbelow(900) / 1000)
            host.end(signal.SIGKILL)
            two += await asyncio.to_thread(signed, home, roots)
            talk(f"killed {turn + 1} of {kills}, {len(room.acknowledged)} acknowledged")
            host = await asyncio.to_thread(Host, home, pack)
            room.url = host.url
        await asyncio.sleep(0.5)
        room.stopping = True
        await asyncio.gather(*crew)
        host.end(signal.SIGKILL)
        host = await asyncio.to_thread(Host, home, pack)
        room.url = host.url
        wrong = 0
        again: Counter[str] = Counter()
        for body, seat, saved in secrets.SystemRandom().sample(room.acknowledged, len(room.acknowledged)):
            if again[seat] < AGAIN:
                again[seat] += 1
                said = await room.post(body, seat)
                wrong += (said["result"], said.get("saved")) != ("already", saved)
        host.end(signal.SIGTERM)
        two += await asyncio.to_thread(signed, home, roots)
    return {
        "two": two,
        "roots": len(roots),
        "acknowledged": len(room.acknowledged),
        "again": again.total(),
        "wrong": wrong,
        **on_disk(home, room),
    }


def on_disk(home: Path, room: Evening) -> dict[str, int]:
    """What the log says: lost (acknowledged, not there), twice (one answer in two records), damage."""
    station = Station.open(home)
    ref = station.sessions()[-1]
    with SessionFile.open(ref.path) as file:
        records = file.records()
        damage = len(walk(file, [station.signer.vkey], []))
    answers = [(record.p, record.fact.n) for record in records if isinstance(record.fact, AnswerPut)]
    lost = sum(saved >= len(records) for _, _, saved in room.acknowledged)
    indices = [saved for _, _, saved in room.acknowledged]
    return {
        "records": len(records),
        "lost": lost,
        "twice": sum(n - 1 for n in Counter(answers).values()) + len(indices) - len(set(indices)),
        "damage": damage,
    }


def run(short: bool = False, count: int | None = None) -> list[Row]:
    kills, phones = (count or 3, 20) if short else (count or 20, 50)
    with tempfile.TemporaryDirectory() as folder:
        told = asyncio.run(evening(Path(folder), kills, phones))
    what = f"{told['acknowledged']:,} acknowledged, {told['records']:,} records, {kills + 1} kills"
    return [
        Row("acknowledged and not in the log", what, "", told["lost"], "", None, 0),
        Row(
            "sent again and not answered `already` with the same index",
            f"{told['again']:,} sent again",
            "",
            told["wrong"],
            "",
            None,
            0,
        ),
        Row("answers in the log twice", "", "", told["twice"], "", None, 0),
        Row("sizes that were signed with two roots", f"{told['roots']:,} sizes", "", told["two"], "", None, 0),
        Row("findings of fsck", "", "", told["damage"], "", None, 0),
    ]
