"""Phones that insist: each sends one wish at a time, remembers what it was told, and sends again what was not saved."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from fieldkit.core.records import HandLowered, HandRaised
from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.station import Station


class Insistent:
    """Some phones of one room."""

    def __init__(self, http: aiohttp.ClientSession, url: str, phones: int) -> None:
        self.http, self.url, self.phones = http, url, phones
        self.seats: list[str] = []
        self.saved: list[tuple[dict[str, Any], int]] = []
        """(body, index) of what was acknowledged."""
        self._open: dict[int, dict[str, Any]] = {}
        """Phone → the wish that it was told is not saved yet."""
        self._up = [False] * phones

    @classmethod
    @contextlib.asynccontextmanager
    async def crew(cls, url: str, phones: int) -> AsyncIterator[Insistent]:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            yield cls(http, url, phones)

    async def join(self, code: str) -> None:
        for k in range(self.phones):
            status, said = await self._post({"kind": "join", "id": _id(), "code": code, "name": f"Worker {k}"}, "")
            assert status == 200, said
            self.seats.append(said["seat"])

    async def round(self) -> dict[str, int]:
        """Every phone whose last wish was saved sends a new one; the others send theirs again. Answers by status."""
        told = await asyncio.gather(*(self._turn(k) for k in range(self.phones)))
        return dict(Counter(map(str, told)))

    def waiting(self) -> int:
        return len(self._open)

    async def again(self) -> dict[str, int]:
        """Only what is not saved yet."""
        told = await asyncio.gather(*(self._turn(k) for k in list(self._open)))
        return dict(Counter(map(str, told)))

    async def until_saved(self, seconds: float = 20) -> int:
        """How many are not saved in the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._open:
                    await self.again()
                    await asyncio.sleep(0.5)  # a phone may send twenty wishes a minute
        return len(self._open)

    async def _turn(self, k: int) -> int:
        body = self._open.get(k)
        if body is None:
            self._up[k] = not self._up[k]
            body = {"kind": "hand", "id": _id(), "up": self._up[k]}
        status, said = await self._post(body, self.seats[k])
        if status == 200:
            assert said["result"] in ("accepted", "already"), said
            self.saved.append((body, said["saved"]))
            self._open.pop(k, None)
        else:
            self._open[k] = body
        return status

    async def _post(self, body: dict[str, Any], seat: str) -> tuple[int, dict[str, Any]]:
        head = {"Authorization": f"Bearer {seat}"} if seat else {}
        async with self.http.post(f"{self.url}/v1/intents", json=body, headers=head) as reply:
            return reply.status, await reply.json(content_type=None)


def looked_at(home: Path, crew: Insistent) -> dict[str, Any]:
    """What the log says afterwards: acknowledged and not there, hands that are in it more often than acknowledged."""
    station = Station.open(home)
    with SessionFile.open(station.sessions()[-1].path) as file:
        records, findings = file.records(), walk(file, [station.signer.vkey], [])
    kinds = {True: HandRaised, False: HandLowered}
    lost = sum(at >= len(records) or type(records[at].fact) is not kinds[body["up"]] for body, at in crew.saved)
    hands = sum(isinstance(one.fact, (HandRaised, HandLowered)) for one in records)
    return {"lost": lost, "twice": hands - len(crew.saved), "fsck": len(findings), "acknowledged": len(crew.saved)}


def _id() -> str:
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
