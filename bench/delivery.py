"""The post reaches head office: by HTTPS with the laptops' own client, on sticks, into a watched folder."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.headoffice import HeadOffice, Running, Wrong
from bench.organisation import Laptop
from bench.parcels import CUT, HTTPS, STICK, WATCHED, Parcel, Post
from bench.report import talk
from fieldkit.log.put import HEADER, put_header
from fieldkit.sync.central.digest.work import left, today
from fieldkit.sync.link import Link
from fieldkit.sync.reach import Rest, address

AT_ONCE = 6
"""Uploads; head office takes four at once from one address, and the others have to ask again."""
PATIENT = Rest(tries=200, first_s=0.05, most_s=0.5)
WAIT_S = 300.0


class Delivery:
    """Brings the post to head office. `notes`: receipts as they came, by whatever way."""

    def __init__(self, office: HeadOffice, post: Post) -> None:
        self.office, self.post = office, post
        self.notes: list[bytes] = []
        self.results: Counter[str] = Counter()
        self.cut = 0
        self.gaps = 0
        """Findings after the first go, when much is still missing."""
        self.outbox, self.watched = office.folder / "outbox", office.folder / "watched"
        self._done = asyncio.Condition()
        self._uploaded = 0

    async def everything(self) -> None:
        """All of it, and what a person at head office has to do then."""
        for folder in (self.outbox, self.watched):
            folder.mkdir()
        serving, watching = await self.office.serve(), await self.office.watch(self.watched)
        for k, wave in enumerate(self.post.waves):
            talk(f"  go {k + 1}: {len(wave)} files…")
            kill = serving if k == 1 else None
            await self._wave(k, wave, watching, kill)
            if k == 0:
                self.gaps = sum(one["code"] == "gap" for one in (await self.office.json("findings"))["findings"])
        self.notes += [one.read_bytes() for one in sorted(self.watched.glob("*.receipts.note"))]
        if await watching.stop():
            raise Wrong("the watched folder was not left in order")

    async def one_stick(self) -> None:
        """All of it in one folder, file after file in this order, and nobody on the network meanwhile."""
        self.outbox.mkdir()
        stick = self.office.folder / "stick"
        stick.mkdir()
        for n, one in enumerate(one for wave in self.post.waves for one in wave):
            (stick / f"{n:05d}.fkb").write_bytes(one.raw)
        await self._stick(stick)
        await self.office.serve()

    async def decide(self, late: Laptop) -> None:
        """Two days later: let the last laptop in, and choose between the two histories."""
        for left_over in self.office.home.spool.iterdir():  # by the kill; it goes when it is more than a day old
            os.utime(left_over, (time.time() - 2 * 86_400,) * 2)
        await self.office.enrol(late.signer, self.post.good[0].t0 // 1000 - 86_400)
        await self.office.central("ingest", "--held", "--receipts", str(self.office.folder / "held.note"), ok=(0, 1))
        self.notes.append((self.office.folder / "held.note").read_bytes())
        forked = self.post.forked
        keep = ("--keep", forked.root.hex(), "--why", "the printed sheets show this code")
        await self.office.central("resolve", forked.origin, *keep)
        again = next(one for wave in self.post.waves for one in wave if one.origin == forked.origin)
        (self.outbox / "again.fkb").write_bytes(forked.bundle)
        await self._carry(Parcel("again.fkb", forked.bundle, forked.origin, again.bearer, HTTPS))

    async def let_go(self) -> None:
        """Somebody has looked at every file that was not taken, and nobody needs it."""
        every = list(self.post.bad.items())
        for some in (every[k : k + 4] for k in range(0, len(every), 4)):
            whys = [(sha256, f"{result} {reason}: looked at") for sha256, (result, reason, _) in some]
            await asyncio.gather(*(self.office.central("discard", sha256, "--why", why) for sha256, why in whys))

    async def _wave(self, k: int, wave: Sequence[Parcel], watching: Running, kill: Running | None) -> None:
        stick = self.office.folder / f"stick-{k}"
        stick.mkdir()
        sent = deque(one for one in wave if one.way in (HTTPS, CUT))
        for one in wave:
            to = {STICK: stick, WATCHED: self.watched}.get(one.way, self.outbox)
            (to / f".{one.name}").write_bytes(one.raw)
            (to / f".{one.name}").rename(to / one.name)
        lying = {str(self.watched / one.name) for one in wave if one.way == WATCHED}
        self._uploaded, half = 0, len(sent) // 2
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stick(stick))
            tasks.create_task(watching.told(lying, WAIT_S))
            for _ in range(AT_ONCE):
                tasks.create_task(self._upload(sent))
            if kill is not None:
                async with self._done:
                    await self._done.wait_for(lambda: self._uploaded >= half)
                await kill.kill()
                await self.office.serve()

    async def _stick(self, folder: Path) -> None:
        notes = folder / "receipts.note"
        said = await self.office.json("ingest", str(folder), "--receipts", str(notes), ok=(0, 1))
        self.results.update(one["result"] for one in said["sessions"])
        self.notes.append(notes.read_bytes())

    async def _upload(self, sent: deque[Parcel]) -> None:
        while sent:
            one = sent.popleft()
            if one.way == CUT:
                await self._cut(one)
            await self._carry(one)
            async with self._done:
                self._uploaded += 1
                self._done.notify_all()

    async def _carry(self, one: Parcel) -> None:
        """As `fieldkit sync --to` brings it."""
        clock = lambda: int(time.time())  # noqa: E731
        async with Link(address(self.office.url), one.bearer, clock, ca=self.office.cert, rest=PATIENT) as line:
            answer = await line.carry(self.outbox / one.name, one.sha256, len(one.raw))
        self.results.update(said.result for said in answer.sessions)
        if answer.receipts:
            self.notes.append(answer.receipts.encode())

    async def _cut(self, one: Parcel) -> None:
        """The line breaks in the middle of the file."""
        tls = ssl.create_default_context(cafile=self.office.cert)
        with suppress(OSError):  # nobody listens just now: then it is cut as well
            _, out = await asyncio.open_connection("127.0.0.1", self.office.port, ssl=tls)
            note = f"{HEADER}: {put_header(one.bearer, one.sha256, int(time.time()))}"
            top = [f"PUT /v1/bundles/{one.sha256} HTTP/1.1", "Host: head", note, f"Content-Length: {len(one.raw)}"]
            out.write("\r\n".join([*top, "", ""]).encode() + one.raw[: len(one.raw) // 2])
            await out.drain()
            out.transport.abort()
            self.cut += 1


async def kept_up(office: HeadOffice, seconds: float = WAIT_S) -> None:
    """Until `serve` has read all that came into the lists of people. Raises TimeoutError."""
    db = await office.home.database()
    try:
        async with asyncio.timeout(seconds):
            while True:
                async with db.reading() as tx:
                    if not await left(tx, today(int(time.time()))):
                        return
                await asyncio.sleep(0.1)  # another process works; nothing tells
    finally:
        await db.close()
