"""Eight hours of a trainer's terminal in minutes: a real pty, a real room, a clock that runs a hundred times as fast.

`python -m bench.hours FOLDER HOURS FD` is the program in the pty: the desk's clock and the terminal's own second are
both faster. Thirty people come; every 25 minutes they answer a poll, hands go up and somebody writes; each hour one
leaves and one comes late. Meanwhile a key is pressed every half minute, through all the screens. What a session is
meant to keep (some 750 records in eight hours) is in the memory that is measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bench.report import Row, rss_of, talk
from bench.terminal import Terminal

if TYPE_CHECKING:
    from fieldkit.core.intents import Intent
    from fieldkit.desk import Desk

SPEED = 100
"""Seconds of the session in one of the machine."""
POLL_S, KEY_S, HOUR_S = 1500, 30, 3600
WARM_S = HOUR_S
"""Seconds of the session until everybody is in, polls were held and each screen was shown several times; of a shorter
day the first half."""
PEOPLE = 30
TOUR = ("k", "\x1b", "t", "\x1b", "w", "\x1b", "s", "\x1b", "d", "\x1b", "?", "\x1b", "J", "\x1b", "q", "\x1b")
"""Screens of the live session, and back."""
PACK = """\
fieldkit: 1
id: hours-pack
version: 1.0.0
title: A long day
language: en
duration: 480
segments:
  - {id: only, phase: content, minutes: 480, title: The only one, notes: Ask the back row first., steps: [STEPS]}
activities:
"""


def pack() -> str:
    """A poll for every 25 minutes of eight hours."""
    steps = ", ".join(f"{{at: {25 * k}, do: open, activity: q{k}}}" for k in range(19))
    polls = "".join(
        f'  q{k}: {{type: poll, text: "Which one, {k}?", options: {{a: This, b: That, c: Neither}}}}\n'
        for k in range(19)
    )
    return PACK.replace("STEPS", steps) + polls


# ---- the program -------------------------------------------------------------------------------------------------


class Crowd:
    """Who is in the room, by hand of the desk; what the network costs is measured elsewhere."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.people: list[str] = []
        self.polls = self.n = 0

    async def do(self, intent: Intent, p: str | None = None) -> Any:
        from fieldkit.core.intents import FACILITATOR, Actor
        from fieldkit.desk import Accepted

        answer = await self.desk.submit(intent, FACILITATOR if p is None else Actor(by="self", via="phone", p=p))
        if not isinstance(answer, Accepted):
            raise RuntimeError(f"{intent} was answered {answer}")
        return answer

    async def come(self) -> None:
        from fieldkit.core.intents import Actor, Join

        self.n += 1
        wish = Join(name=f"Worker {self.n}", new_p=self.desk.new_p())
        answer: Any = await self.desk.submit(wish, Actor(by="self", via="phone"), id=f"join {self.n}")
        self.people.append(answer.p)
        self.desk.pulse.connected(answer.p)

    async def hold(self) -> None:
        """One poll: everybody answers, one raises a hand, one asks; then it is closed and shown."""
        from fieldkit.core import intents as w

        activity = f"q{self.polls}"
        self.polls += 1
        await self.do(w.OpenActivity(activity=activity))
        for k, p in enumerate(self.people):
            await self.do(w.PutAnswer(activity=activity, round=1, v=("abc"[k % 3],), n=self.polls), p)
            await asyncio.sleep(5 / SPEED)
        hand = self.people[self.polls % len(self.people)]
        await self.do(w.RaiseHand(up=True), hand)
        await self.do(w.PutSay(text=f"What about the second valve, {self.polls}?"), hand)
        await asyncio.sleep(60 / SPEED)
        await self.do(w.RaiseHand(up=False), hand)
        await self.do(w.CloseActivity(activity=activity))
        await self.do(w.Reveal(activity=activity))

    async def change(self) -> None:
        """Somebody leaves, somebody comes late."""
        from fieldkit.core import intents as w

        gone = self.people.pop(0)
        await self.do(w.Leave(), gone)
        self.desk.pulse.disconnected(gone)
        await self.come()


async def day(folder: Path, hours: float, fd: int) -> None:
    from fieldkit.cli.compiled import compile_for
    from fieldkit.cli.net import Net
    from fieldkit.cli.room import Room
    from fieldkit.cli.tools import RoomTools
    from fieldkit.clock import SystemClock
    from fieldkit.station import Setup, Station
    from fieldkit.tui import bridge
    from fieldkit.tui.app import run_live

    class Fast(SystemClock):
        def __init__(self) -> None:
            super().__init__()
            self._wall, self._steady = super().wall_ms(), super().reading_ns()

        def wall_ms(self) -> int:
            return self._wall + (super().wall_ms() - self._wall) * SPEED

        def reading_ns(self) -> int:
            return self._steady + (super().reading_ns() - self._steady) * SPEED

    bridge.TICK_S /= SPEED
    bridge.GAP_S /= SPEED
    (folder / "pack").mkdir()
    (folder / "pack" / "pack.yaml").write_text(pack(), "utf-8")
    station = Station.open(folder / "laptop", clock=Fast())
    begin = Setup(pack=compile_for(station, str(folder / "pack"), ""), facilitator="Sam Ortiz", tz="Europe/Madrid")
    room = await Room.open(station, begin, Net(port=0, bind="127.0.0.1", announce=False))
    leave, told = asyncio.Event(), os.fdopen(fd, "w")
    loop = asyncio.get_running_loop()
    crowd = Crowd(room.desk)

    def tell(at: float) -> None:
        told.write(json.dumps({"at": at, "saved": room.desk.session.saved}) + "\n")
        told.flush()

    async def live() -> None:
        began = loop.time()
        for _ in range(PEOPLE):
            await crowd.come()
            await asyncio.sleep(10 / SPEED)
        changes = 0
        while (at := (loop.time() - began) * SPEED) < hours * HOUR_S:
            if at >= crowd.polls * POLL_S:
                await crowd.hold()
            if at >= (changes + 1) * HOUR_S:
                changes += 1
                await crowd.change()
            tell(at)
            await asyncio.sleep(KEY_S / SPEED)
        tell(at)  # a slow machine passes over much of the day in one step

    living = asyncio.create_task(live())
    living.add_done_callback(lambda _: leave.set())
    try:
        await run_live(room.desk, RoomTools(room, documents=False), "en", leave=leave)
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
        await room.close("exit")
    if not living.cancelled() and living.exception() is not None:
        raise RuntimeError("the day broke off") from living.exception()


# ---- measuring ---------------------------------------------------------------------------------------------------


class At(msgspec.Struct):
    """A moment of the day: seconds of the session, records, resident bytes, pictures drawn so far."""

    at: float
    saved: int
    rss: int = 0
    frames: int = 0


def measured(folder: Path, hours: float) -> list[At]:
    """The day from beginning to end."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = os.pipe()
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("FIELDKIT_")}, "TEXTUAL_FPS": "1000"}
    moments: list[At] = []
    command = ("-m", "bench.hours", str(folder), str(hours), str(theirs))
    with Terminal(*command, env=env, pass_fds=(theirs,)) as terminal:
        os.close(theirs)
        with os.fdopen(ours) as told:
            for line in told:
                now = msgspec.json.decode(line, type=At)
                now.rss, now.frames = rss_of(terminal.pid), terminal.frames()
                terminal.type(TOUR[len(moments) % len(TOUR)])
                if not moments or now.at // HOUR_S != moments[-1].at // HOUR_S:
                    talk(f"hour {now.at / HOUR_S:.1f}: {now.rss / 1e6:.1f} MB, {now.saved} records")
                moments.append(now)
    if not moments or moments[-1].at < hours * HOUR_S - POLL_S:
        raise RuntimeError(f"the day broke off: {bytes(terminal.out[-2000:])!r}")
    return moments


def rows(folder: Path, hours: float) -> list[Row]:
    moments = measured(folder, hours)
    warm = next(x for x in moments if x.at >= min(WARM_S, hours * HOUR_S / 2))
    end = max(x.rss for x in moments[-20:])
    last = moments[-1]
    return [
        Row(
            f"resident memory of the console after {hours:g} simulated hours",
            f"{end / 1e6:.1f} MB: {last.frames:,} pictures, {len(moments):,} keys, {last.saved:,} records",
            f"after {warm.at / 60:.0f} minutes, everybody in and every screen shown: {warm.rss / 1e6:.1f} MB",
            round((end / warm.rss - 1) * 100, 1),
            " %",
            None,
            10,
        )
    ]


if __name__ == "__main__":
    asyncio.run(day(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
