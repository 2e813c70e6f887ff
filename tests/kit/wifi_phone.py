"""A phone in a simulated Wi-Fi: joins, keeps what it wants to say until it is answered, says how each answer stands.

`python -m tests.kit.wifi_phone URL CODE NAME` reads orders from standard input, one JSON list a line, and answers each
with one JSON line:

    ["join"]                        → {"state": "in"}, tried until it works
    ["answer", "p1", 1, ["a"]]      → {"id": n}, at once: it is in the outbox
    ["marks"]                       → {"marks": ["saved", "kept", "late", …]}, one for each answer in order
    ["open"]                        → {"open": ["p1"]}: what the newest view that came through shows
    ["settle", seconds]             → as marks, when nothing is kept any more or the time is over

It behaves as the page does: one intent in flight, the same id for ever, 3.5 s a try.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import Any

from fieldkit.lan.client import NotReached, new_id
from tests.kit.phone import Phone

PAUSE_S = 0.3


class Pocket:
    """One phone with its outbox."""

    def __init__(self, url: str, code: str, name: str) -> None:
        self.phone = Phone(url, name, tries=1)
        self.code = code
        self.bodies: list[dict[str, Any]] = []
        self.marks: list[str] = []
        self.shown: list[str] = []

    async def join(self) -> dict[str, object]:
        one = new_id()
        while True:
            with contextlib.suppress(NotReached):
                reply = await self.phone.join(self.code, self.phone.name, id=one)
                return {"state": "in" if reply.ok else reply.reason}
            await asyncio.sleep(PAUSE_S)

    async def flush(self) -> None:
        """For ever: the oldest answer that is only kept goes first."""
        while True:
            at = next((n for n, mark in enumerate(self.marks) if mark == "kept"), None)
            if at is None or not self.phone.seat:
                await asyncio.sleep(PAUSE_S / 3)
                continue
            try:
                reply = await self.phone.once(self.bodies[at])
            except Exception:  # whatever the network does, the answer stays
                await asyncio.sleep(PAUSE_S)
                continue
            if reply.ok:
                self.marks[at] = "saved"
            elif reply.status == 200:
                self.marks[at] = "late" if reply.reason == "closed" else reply.reason
            else:
                await asyncio.sleep(PAUSE_S)

    async def look(self) -> None:
        while True:
            with contextlib.suppress(Exception):
                if self.phone.seat:
                    self.shown = [one.activity for one in (await self.phone.view()).open]
            await asyncio.sleep(PAUSE_S)

    async def obey(self, order: list[Any]) -> dict[str, object]:
        what, *rest = order
        if what == "join":
            return await self.join()
        if what == "answer":
            activity, round, v = rest
            body = {"id": new_id(), "kind": "answer", "activity": activity, "round": round, "v": v}
            self.bodies.append({**body, "n": len(self.bodies) + 1})
            self.marks.append("kept")
            return {"id": len(self.marks)}
        if what == "open":
            return {"open": self.shown}
        if what == "settle":
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest[0]):
                    while "kept" in self.marks:
                        await asyncio.sleep(0.05)
        return {"marks": self.marks}


async def main(url: str, code: str, name: str) -> None:
    pocket = Pocket(url, code, name)
    background = [asyncio.create_task(pocket.flush()), asyncio.create_task(pocket.look())]
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await pocket.obey(json.loads(line))), flush=True)
    for task in background:
        task.cancel()
    await pocket.phone.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
