"""The desk as another laptop sees it: the newest view that came, and wishes that go there and are answered there.

It offers the terminal app what the desk itself offers it. Nothing is decided here, and nothing is shown as done before
the laptop that runs the session has answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable

import msgspec

from fieldkit.consoles import attach_wire as wire
from fieldkit.consoles.attach_client import Connection, Pin, lost
from fieldkit.consoles.attach_wire import AdmitAll, Done, In, Invited, Shown, Ticked, Wish
from fieldkit.core.activities import ROLL_CALL
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.plan import ATTENDANCE, Activity, Plan
from fieldkit.core.refusals import REASONS, Refusal
from fieldkit.core.views import RoomView
from fieldkit.desk import Accepted, Already, Answer, Refused
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log.keys import Signer
from fieldkit.seats import new_participant

ANSWER_S = 15.0
"""A wish that is not answered after so long is given up here; whether it was done, the view says."""
TOO_FAST_S = 0.5
"""Before a wish that came too soon after many others is sent again."""
AGAIN_S = (0.5, 1.0, 2.0, 4.0)
"""Between two tries to take the line up again; the last one for ever."""


class FarDesk:
    """Call `open`, then run `stay` beside the terminal."""

    def __init__(self, host: str, port: int, signer: Signer, name: str, lang: str) -> None:
        """`name`: as people read it. `lang`: of the pack's texts here."""
        self._host, self._port = host, port
        self._signer, self._name, self._lang = signer, name, lang
        self._connection: Connection | None = None
        self._pin = Pin()
        self._n = 0
        self._waiting: dict[str, tuple[Wish, asyncio.Future[Answer]]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._in: In | None = None
        self._shown: Shown | None = None
        self._shown_at = 0.0
        self._lost: FieldkitError | None = None

    # ---- the line --------------------------------------------------------------------------------------------

    async def open(self, words: str, waiting: Callable[[str], None]) -> None:
        """Until the trainer has let this laptop in and the room is here. `waiting(words)`: the trainer is asked, and
        ought to see these words. Raises FieldkitError."""
        await self._connect(Pin(words=words), waiting)

    async def stay(self) -> FieldkitError:
        """Keep the line until the other side ends it; why it did."""
        try:
            while True:
                try:
                    await self._listen()
                except NotPossible:
                    raise
                except FieldkitError as wrong:
                    self._lost = wrong
                    self._tell()
                    await self._again()
        except NotPossible as ended:
            self._lost = ended
            self._give_up(ended)
            self._tell()
            return ended

    async def close(self) -> None:
        self._give_up(lost())
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connect(self, pin: Pin, waiting: Callable[[str], None]) -> None:
        connection = await Connection.open(self._host, self._port, pin)
        try:
            self._in = await connection.ask(self._signer, self._name, self._lang, waiting)
            first = await connection.receive()
            if not isinstance(first, Shown):
                raise lost()
        except BaseException:
            await connection.close()
            raise
        self._pin, self._connection = Pin(key_hash=connection.key_hash), connection
        self._take(first)
        for wish, _ in self._waiting.values():  # the laptop knows the ids of those it has done
            self._send(wish)

    async def _again(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        tries = 0
        while True:
            await asyncio.sleep(AGAIN_S[min(tries, len(AGAIN_S) - 1)])
            tries += 1
            try:
                await self._connect(self._pin, lambda words: None)
            except NotPossible:
                raise
            except FieldkitError:
                continue
            return

    async def _listen(self) -> None:
        while self._connection is not None:
            found = await self._connection.receive()
            if isinstance(found, Shown):
                self._take(found)
            elif isinstance(found, Done):
                self._answered(found)
        raise lost()

    def _take(self, shown: Shown) -> None:
        self._shown, self._shown_at = shown, asyncio.get_running_loop().time()
        self._lost = None
        self._tell()

    def _send(self, wish: Wish) -> None:
        if self._connection is not None:
            self._n += 1
            self._connection.send(msgspec.structs.replace(wish, n=self._n))

    def _answered(self, done: Done) -> None:
        wish, future = self._waiting.get(done.id, (None, None))
        if wish is not None and done.result == "refused" and done.reason == wire.TOO_FAST:
            asyncio.get_running_loop().call_later(TOO_FAST_S, self._resend, done.id)
            return
        self._waiting.pop(done.id, None)
        if future is None or future.done():
            return
        if done.result == "accepted":
            future.set_result(Accepted(done.saved or 0, done.p))
        elif done.result == "already":
            future.set_result(Already(done.saved or 0, done.p))
        elif done.result == "refused" and done.reason in REASONS:
            future.set_result(Refused(Refusal(done.reason, done.detail)))
        else:
            future.set_exception(FieldkitError(done.words or "It was refused.", done.hint))

    def _resend(self, id: str) -> None:
        """The same wish, unless nobody waits for it any more or it went out again with a new line."""
        wish, _ = self._waiting.get(id, (None, None))
        if wish is not None:
            self._send(wish)

    def _give_up(self, wrong: FieldkitError) -> None:
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(wrong)
        self._waiting.clear()

    # ---- what the terminal asks for --------------------------------------------------------------------------

    @property
    def co(self) -> int:
        return self._in.co if self._in is not None else -1

    @property
    def role(self) -> str:
        return self._in.role if self._in is not None else ""

    @property
    def plan(self) -> Plan:
        assert self._in is not None, "not attached yet"
        return self._in.plan

    @property
    def invited(self) -> Invited:
        return self._shown.invited if self._shown is not None else Invited()

    @property
    def failing(self) -> FieldkitError | None:
        """Why nothing goes on here: the line, or the other laptop's disk."""
        if self._lost is not None:
            return self._lost
        trouble = self._shown.trouble if self._shown is not None else None
        return FieldkitError(*trouble) if trouble is not None else None

    def room_view(self, lang: str = "") -> RoomView:
        """The newest view, its clocks gone on meanwhile; in the language that it was opened in."""
        assert self._shown is not None, "not attached yet"
        view = self._shown.view
        gone = int((asyncio.get_running_loop().time() - self._shown_at) * 1000)
        if view.alarm is not None:  # a line that is lost does not end it
            return msgspec.structs.replace(view, alarm=msgspec.structs.replace(view.alarm, ms=view.alarm.ms + gone))
        if view.state != "running" or self._lost is not None:
            return view
        lines = [
            msgspec.structs.replace(line, left_ms=max(0, line.left_ms - gone)) if line.left_ms is not None else line
            for line in view.open
        ]
        return msgspec.structs.replace(view, elapsed_ms=view.elapsed_ms + gone, open=lines)

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(callback)

        return stop

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()

    async def submit(self, intent: Intent, by: Actor) -> Answer:
        """Whoever wishes here is this console, whatever `by` says. Raises FieldkitError when no answer comes: then
        only the view tells whether it was done."""
        if self._lost is not None:
            raise self._lost
        wish = Wish(secrets.token_urlsafe(16), 1, type(intent).__name__, wire.wish_json(intent))
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[wish.id] = wish, future
        self._send(wish)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await future
        except TimeoutError:
            raise FieldkitError(
                "The trainer's laptop has not answered.", "Look whether it was done before you press again."
            ) from None
        finally:
            self._waiting.pop(wish.id, None)

    def admit(self, n: int | None = None) -> int:
        """Let in all who wait at the door; how many the newest view knows of."""
        if self._connection is None or self._lost is not None:
            return 0
        self._n += 1
        self._connection.send(AdmitAll(self._n))
        return self.room_view().lobby

    def tick(self, who: str, on: bool = True) -> bool:
        """Tick somebody off the roll of the alarm, or take it back; False when it cannot be sent. The laptop that runs
        the session shows it to everybody."""
        alarm = self._shown.view.alarm if self._shown is not None else None
        if self._connection is None or self._lost is not None or alarm is None:
            return False
        if all(x.p != who for x in alarm.people):
            return False
        self._n += 1
        self._connection.send(Ticked(self._n, who, on))
        return True

    def new_p(self) -> str:
        """A stand-in: the laptop that runs the session makes the id that counts."""
        return new_participant()

    def activity(self, id: str) -> Activity | None:
        if id == ATTENDANCE:
            return ROLL_CALL
        spots = self._shown.spots if self._shown is not None else {}
        return spots.get(id) or self.plan.activity(id)

    def person_name(self, p: str) -> str:
        """As people call them; empty for nobody here."""
        found = next((x for x in self.room_view().people if x.p == p), None)
        return (found.name or found.badge) if found is not None else ""
