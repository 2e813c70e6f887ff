"""Anonymous rounds in a test: ballots that can fail as disks do, and a whole data folder whose every byte is decided.

`Laptop` is a real station with a real desk, but its clock stands where it is told to and its random bytes are counted:
two laptops on which the same things happen in the same order hold the same files, byte for byte (`photograph`). What
differs then differs because of what happened.
"""

from __future__ import annotations

import errno
import hashlib
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Plan
from fieldkit.desk import Accepted, Already, Answer, Desk
from fieldkit.log.ballots import Ballots
from fieldkit.log.keys import Signer
from fieldkit.packs.compile import Compiled, compile_pack
from fieldkit.station import Setup, Station
from tests.kit.clock import ManualClock
from tests.kit.plans import PLAN, activity, options
from tests.kit.room import DeskRoom

ANONYMOUS = msgspec.structs.replace(
    PLAN,
    activities=[
        activity("p1", "poll", options=options("a", "b", "c"), multiple=True, mode="anonymous"),
        activity("s1", "scale", options=options("l1", "l2", "l3"), mode="anonymous"),
        activity("c1", "choice", options=options("a", "b", "c"), answer=["b"], mode="anonymous"),
        activity("t1", "truefalse", mode="anonymous"),
        activity("n1", "number", mode="anonymous"),
        activity("o1", "order", options=options("a", "b", "c"), answer=["c", "a", "b"], mode="anonymous"),
        activity("m1", "match", left=options("a", "b"), right=options("x", "y"), mode="anonymous"),
        activity("k1", "short", mode="anonymous"),
        activity("w1", "wordcloud", max_words=3, mode="anonymous"),
        activity("d1", "prompt", max_chars=280, mode="anonymous"),
        activity("x1", "text", max_chars=100, mode="anonymous"),
        activity("q1", "poll", options=options("a", "b"), reveal="live", mode="anonymous", seconds=60),
        activity("named", "poll", options=options("a", "b")),
    ],
)
"""One anonymous activity of every type that may be anonymous."""

Fault = Literal["sync", "rename", "after"]


class FaultyBallots(Ballots):
    """`fail("sync")`: the disk is full before anything is in place; `rename`: the new file cannot take its name;
    `after`: it is in place, and then the disk says no. `broken`: everything fails until it is False."""

    broken = False

    def fail(self, *faults: Fault) -> None:
        """The next writes fail like this, one after another."""
        self._faults = list(faults)

    def _now(self, where: Fault) -> None:
        faults: list[Fault] = getattr(self, "_faults", [])
        if self.broken or (faults and faults[0] == where):
            if not self.broken:
                faults.pop(0)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _sync(self, handle: int) -> None:
        self._now("sync")
        super()._sync(handle)

    def _rename(self, tmp: Path, path: Path) -> None:
        self._now("rename")
        super()._rename(tmp, path)
        self._now("after")


class BallotRoom(DeskRoom):
    """A desk whose plan is anonymous and whose ballots can fail."""

    ballots: FaultyBallots

    def __init__(self, folder: Path, plan: Plan = ANONYMOUS) -> None:
        super().__init__(folder, plan)
        self.folder = folder / "ballots"

    async def _desk(self) -> Desk:
        self.ballots = FaultyBallots(self.folder, self.store.origin, os.urandom)
        self.desk = Desk(self.store, self.plan, self.clock, self.secret, "K7M4", ballots=self.ballots)
        await self.desk.start()
        return self.desk

    async def crash(self) -> None:
        """The program is gone; whatever the disk has is all there is."""
        await self.desk.close()

    @property
    def files(self) -> list[bytes]:
        """What stands in the folder, temporaries and all."""
        return [x.read_bytes() for x in sorted(self.folder.iterdir())] if self.folder.is_dir() else []


class Counted:
    """Random bytes that are not: SHA-256 of a counter."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, n: int) -> bytes:
        out = b""
        while len(out) < n:
            self.asked += 1
            out += hashlib.sha256(b"counted %d" % self.asked).digest()
        return out[:n]


PACK = """\
fieldkit: 1
id: ballot-pack
version: 1.0.0
title: Asked without names
language: en
duration: 10
segments:
  - id: only
    phase: content
    minutes: 10
    title: The only one
    steps:
      - {at: 0, do: open, activity: q1}
      - {at: 3, do: open, activity: talk}
activities:
  q1: {type: poll, mode: %(mode)s, text: "Would you stop work?", multiple: true, options: {a: Always, b: Mostly, c: No}}
  talk: {type: prompt, mode: %(mode)s, text: "What would help?"}
  cloud: {type: wordcloud, mode: %(mode)s, text: "In three words?", max_words: 3}
"""


def compiled(folder: Path, mode: str = "anonymous") -> Compiled:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(PACK % {"mode": mode}, "utf-8")
    return compile_pack(folder)


class Laptop:
    """A data folder with one session. Everybody who votes is there before the first vote."""

    def __init__(self, home: Path, pack: Compiled) -> None:
        self.home, self.pack = home, pack
        self.clock, self.entropy = ManualClock(), Counted()
        (home / "keys").mkdir(parents=True, mode=0o700)
        Signer("ld.acme.example/dev/7q2k", hashlib.sha256(b"a key for tests").digest()).save(home / "keys/device.key")
        self.desk: Desk
        self.people: list[str] = []

    async def begin(self, people: int) -> None:
        station = self._station()
        begun = await station.start(Setup(pack=self.pack, facilitator="Sam"))
        self.desk = Desk(begun.store, begun.plan, self.clock, begun.secret, begun.code, entropy=self.entropy)
        await self.desk.start()
        for k in range(people):
            self.people.append(hashlib.sha256(b"person %d" % k).digest()[:6].hex()[:8])
            join = w.Join(name=f"Worker {k}", new_p=self.people[-1])
            assert isinstance(await self.desk.submit(join, Actor(by="self", via="phone"), id=f"join-{k}"), Accepted)

    def _station(self) -> Station:
        station = Station.open(self.home, clock=self.clock)
        station.entropy = self.entropy
        return station

    async def lead(self, intent: Intent) -> Answer:
        answer = await self.desk.submit(intent, FACILITATOR)
        assert isinstance(answer, Accepted | Already), answer
        return answer

    async def vote(self, who: int, v: Sequence[str] = (), *, activity: str = "q1", text: str = "") -> Answer:
        """As a phone does it: an id of its own, the same for the same vote."""
        intent: Intent
        if activity == "talk":
            intent = w.PutSay(activity=activity, text=text)
        else:
            intent = w.PutAnswer(activity=activity, round=1, v=tuple(v), text=text or None)
        by = Actor(by="self", via="phone", p=self.people[who])
        id = hashlib.sha256(repr((who, v, activity, text)).encode()).hexdigest()[:22]
        return await self.desk.submit(intent, by, id=id, scope=f"seat {who}")

    async def again(self) -> None:
        """Open the folder as after a crash: by another station, on the files as they are."""
        station = self._station()
        begun = await station.resume(station.find("last"))
        self.desk = Desk(begun.store, begun.plan, self.clock, begun.secret, begun.code, entropy=self.entropy)
        await self.desk.start()
        await self.desk.resumed()

    def remember(self) -> None:
        self._station().remember(self.desk.store)


def photograph(home: Path) -> dict[str, tuple[bytes, ...]]:
    """Every file and folder of a data folder: bytes, mode and, of ballots, times.

    Of SQLite's write-ahead log the salts and the sums over them are left out: SQLite draws them itself. Its frames
    stay, in their order: they are what told on people when votes were records.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for path in sorted(home.rglob("*")):
        about = path.stat()
        name = str(path.relative_to(home))
        kept = [oct(about.st_mode).encode()]
        if name.startswith("ballots"):
            kept.append(b"%d" % about.st_mtime_ns)
        if path.is_file():
            raw = path.read_bytes()
            kept.append(frames(raw) if name.endswith("-wal") else shared(raw) if name.endswith("-shm") else raw)
        found[name] = tuple(kept)
    return found


def frames(wal: bytes) -> bytes:
    """A write-ahead log without salts and checksums (header 32 bytes, each frame 24 and a page)."""
    if len(wal) < 32:
        return wal
    size = struct.unpack(">I", wal[8:12])[0]
    out = [wal[:16]]
    for at in range(32, len(wal), 24 + size):
        out += [wal[at : at + 8], wal[at + 24 : at + 24 + size]]
    return b"".join(out)


def shared(shm: bytes) -> bytes:
    """The index of the log behind its two headers, which repeat the salts, and the marks of readers."""
    return shm[136:]
