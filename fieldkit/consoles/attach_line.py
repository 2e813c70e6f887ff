"""One laptop that was let in: its wishes to the desk, the room to its screen. The newest view wins; the room never
waits."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable

import msgspec

from fieldkit.consoles import attach_wire as wire
from fieldkit.consoles.attach_limits import Bucket
from fieldkit.consoles.attach_wire import TOO_FAST, AdmitAll, Done, In, Invited, No, Shown, Ticked, Wish
from fieldkit.core.intents import Actor
from fieldkit.core.pairings import console
from fieldkit.desk import Accepted, Desk, Refused
from fieldkit.errors import BadBytes, FieldkitError

GAP_S = 0.25
"""Least time between two views."""
BEAT_S = 5.0
"""A view goes out after this long in any case: whoever hears nothing for longer has lost the laptop."""
STUCK_S = 20.0
"""A console that does not read for so long is let go."""
MOST_ANSWERS = 256
"""That wait for a console which does not read them; its terminal has a few on the way at most."""
_NO = {"unknown-kind": "not-allowed", "too-long": "too-long"}
"""What a wish is refused with that no rule was asked about; else `wrong-value`."""


class Line:
    """From `in` to the end of the connection."""

    def __init__(
        self,
        desk: Desk,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        *,
        key: str,
        co: int,
        role: str,
        lang: str,
        invited: Callable[[], Invited],
    ) -> None:
        self._desk = desk
        self._reader, self._writer = streams
        self.key, self.co, self.role = key, co, role
        self._lang, self._invited = lang, invited
        self._answers: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self._end = ""
        self._last = 0
        self._bucket = Bucket(asyncio.get_running_loop().time())

    def end(self, why: str) -> None:
        """Let it go, telling it why."""
        self._end = self._end or why
        self._wake.set()

    async def run(self, name: str) -> None:
        """Until either side ends it. `name`: as the trainer confirmed it."""
        stop = self._desk.subscribe(self._woke)
        self._answers.append(wire.framed(In(self.co, self.role, name, self._desk.plan)))
        self._changed.set()
        tasks = [asyncio.ensure_future(self._show()), asyncio.ensure_future(self._hear())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    def _woke(self) -> None:
        self._changed.set()
        self._wake.set()

    # ---- to its screen ---------------------------------------------------------------------------------------

    async def _show(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        beat = due
        while True:
            if not self._in_force():
                self._end = self._end or "out"
            if self._end:
                self._writer.write(wire.framed(No(self._end)))
                await self._drain()
                return
            while self._answers:
                self._writer.write(self._answers.popleft())
            now = loop.time()
            if now >= due and (self._changed.is_set() or now >= beat):
                self._changed.clear()
                self._writer.write(wire.framed(self._shown()))
                due, beat = now + GAP_S, now + BEAT_S
            await self._drain()
            self._wake.clear()
            if self._answers or self._end:
                continue
            try:
                async with asyncio.timeout_at(due if self._changed.is_set() else beat):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _drain(self) -> None:
        async with asyncio.timeout(STUCK_S):
            await self._writer.drain()

    def _shown(self) -> Shown:
        wrong = self._desk.failing
        return Shown(
            view=self._desk.room_view(self._lang),
            trouble=(wrong.sentence, wrong.hint) if wrong is not None else None,
            spots=self._desk.session.spots,
            invited=self._invited(),
        )

    def _in_force(self) -> bool:
        found = console(self._desk.session, self.co)
        return found is not None and found.role == self.role

    # ---- from its keys ---------------------------------------------------------------------------------------

    async def _hear(self) -> None:
        """Raises BadBytes for anything that is no frame, for one that comes twice, and for too many."""
        while (body := await wire.receive(self._reader, wire.WISH_MAX)) is not None:
            found = wire.then(body)
            if found.n <= self._last:
                raise BadBytes("replayed", "a frame of this connection came twice")
            self._last = found.n
            if self._end:  # it is let go: what it sends while it is being told is not done
                continue
            room = self._bucket.take(asyncio.get_running_loop().time())
            if isinstance(found, AdmitAll):
                if room and self._in_force():
                    self._desk.admit()
                continue
            if isinstance(found, Ticked):
                if room and self._in_force():
                    self._desk.tick(found.who, found.on)
                continue
            if len(self._answers) >= MOST_ANSWERS:
                raise BadBytes("too-many", "it wishes on and reads nothing")
            # Nobody was asked, so the same wish under the same id may be sent again, and is done once.
            answer = await self._wish(found) if room else Done(found.id, "refused", reason=TOO_FAST)
            self._answers.append(wire.framed(answer))
            self._wake.set()

    async def _wish(self, wish: Wish) -> Done:
        """What the desk says. The id covers the body, so that a repeated one is the same wish."""
        try:
            intent = wire.intent_of(wish, self._desk.session.people)
        except BadBytes as wrong:
            return Done(wish.id, "refused", reason=_NO.get(wrong.reason, "wrong-value"))
        if "new_p" in intent.__struct_fields__:  # ids of people are made here, or one could be made to be another's
            intent = msgspec.structs.replace(intent, new_p=self._desk.new_p())
        by = Actor(by="co", via="terminal", co=self.co, role=self.role)
        body = hashlib.sha256(wish.kind.encode() + b"\n" + bytes(wish.d)).hexdigest()
        try:
            answer = await self._desk.submit(intent, by, id=f"{wish.id} {body}", scope=f"console {self.key}")
        except BadBytes as wrong:  # no line of the log can hold it
            return Done(wish.id, "refused", reason=_NO.get(wrong.reason, "wrong-value"))
        except FieldkitError as wrong:
            return Done(wish.id, "error", words=wrong.sentence, hint=wrong.hint)
        if isinstance(answer, Refused):
            return Done(wish.id, "refused", reason=answer.refusal.reason, detail=answer.refusal.detail)
        result = "accepted" if isinstance(answer, Accepted) else "already"
        return Done(wish.id, result, answer.saved, answer.p)
