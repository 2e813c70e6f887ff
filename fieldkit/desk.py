"""The one live session: decide → append → commit → apply → tell. The only writer.

Whatever queued while the last commit ran goes into the next one (no fixed window). Within a batch every intent is
judged against the committed fold; intents that touch the same person, badge or id wait for the next batch, and a
facilitator's intent makes a batch of its own, so nobody is judged against a state that does not exist yet.

Nothing is applied, acknowledged or shown before its commit returned. When the outcome of a commit is unknown, memory
is dropped and the log is read again from disk; what had reached it is then answered `already`.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from fieldkit.clock import Clock, gap_since
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.plan import Plan
from fieldkit.core.records import ClockJumped, Draft, Record, SegmentEntered
from fieldkit.core.refusals import Refusal
from fieldkit.core.retry import same
from fieldkit.core.room_view import room_view
from fieldkit.core.rules import decide
from fieldkit.core.seat_view import seat_view, shared_view
from fieldkit.core.session import Session
from fieldkit.core.views import RoomView, SeatView, WallView
from fieldkit.core.wall_view import wall_view
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.jobs import Accepted, Already, Answer, Job, Refused, fail, settle, take
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.store import AppendUnknown, Moment, Pending, Store
from fieldkit.proofs import Proofs
from fieldkit.pulse import Pulse
from fieldkit.seats import Seats, fresh_code, intent_key, new_participant, seat_hash, token_of

JUMP_MS = 5000
"""A wall clock that moves more than this against the steady one is recorded."""


__all__ = ["Accepted", "Already", "Answer", "Desk", "Refused"]


class Desk:
    """Made by `fieldkit.station`; one a process."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, secret: bytes, code: str) -> None:
        self.store = store
        self.plan = plan
        self.clock = clock
        self.secret = secret
        self.code = code
        """The room code."""
        self.session = Session(origin=store.origin, plan=plan)
        """The committed fold; read only for everybody but the desk."""
        self.pulse = Pulse()
        self.failing: FieldkitError | None = None
        """Why the last commit failed, while it still does (disk full…); the console shows it."""
        self._seats = Seats()
        self._intents: dict[bytes, int] = {}
        self._proofs = Proofs()
        self._queue: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._zero_ns = clock.reading_ns()
        self._zero_m = 0
        self._zero_t = clock.wall_ms()

    # ---- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Fold what is on disk, set the session's clock, begin to take intents."""
        await self._refold()
        await self._set_clock()
        self._task = asyncio.create_task(self._run(), name="desk")
        self._task.add_done_callback(self._stopped)
        self._set_timer()

    async def resumed(self) -> None:
        """Record that the program came back to an interrupted session. Call once, after `start`."""
        last = await self.store.last_moment()
        gap, src = gap_since(self.clock, last.boot, last.reading, last.t)
        if self.session.state != "ended":
            await self.submit(w.Resume(why="start", gap=gap, src=src), FACILITATOR)
            await self._expire()

    async def close(self) -> None:
        """Finish what is queued, then let the file go."""
        self._closing = True
        self._wake.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.store.close()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """The writer never ends by itself: if it does, whoever waits must not wait for ever."""
        wrong = None if task.cancelled() else task.exception()
        for job in self._queue:
            if not job.done.done():
                job.done.set_exception(wrong or FieldkitError("The session is closed.", "Start it again."))
        self._queue.clear()

    async def _refold(self) -> None:
        """Memory from disk, nothing kept."""
        records = await self.store.records()
        session = Session(origin=self.store.origin, plan=self.plan).fold(records)
        seats = Seats()
        for token, index in await self.store.seats():
            seats.bind(token, index)
        self._intents = await self.store.intents()
        self._proofs = Proofs(records)
        self._seats, self.session = seats, session

    async def _set_clock(self) -> None:
        last = await self.store.last_moment()
        gap, _ = gap_since(self.clock, last.boot, last.reading, last.t)
        self._zero_m = max(last.m + gap, self.session.m)
        # The wall clock as it should be now: if somebody set it meanwhile, the next commit records the jump.
        self._zero_ns, self._zero_t = self.clock.reading_ns(), last.t + gap

    def now(self) -> int:
        """The session's `m` now: ms since it opened, sleep and downtime counted."""
        return self._zero_m + (self.clock.reading_ns() - self._zero_ns) // 1_000_000

    # ---- submitting ------------------------------------------------------------------------------------------

    async def submit(
        self, intent: Intent, by: Actor, *, id: str | None = None, scope: str = "", seat: str | None = None
    ) -> Answer:
        """Take one wish; returns when it is on disk, refused, or known from before.

        `id` makes retries harmless within `scope` (the seat's token; empty for a join at the door). `seat`: a join
        on a phone that already holds this seat. Raises FieldkitError when the disk fails: nothing was acknowledged,
        and the same intent may be sent again.
        """
        if self._closing or (self._task is not None and self._task.done()):
            raise FieldkitError("The session is closed.", "Start it again to go on.")
        job = Job(intent, by, id, intent_key(scope, id) if id is not None else None, seat)
        self._queue.append(job)
        self._wake.set()
        return await job.done

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._one_batch()
            if self._closing:
                return

    async def _one_batch(self) -> None:
        batch = take(self._queue)
        jobs: list[tuple[Job, list[Draft]]] = []
        now = self.now()
        for job in batch:
            if job.key is not None and job.key in self._intents:
                await self._answer_again(job, self._intents[job.key])
                continue
            try:
                intent = job.intent if type(job.intent) is not w.Correct else await self._completed(job.intent)
                decision = decide(self.session, intent, job.by, now)
            except Exception as wrong:  # noqa: BLE001 - a mistake in a rule ends this request, never the session
                fail(job, wrong)
                continue
            if isinstance(decision, Refusal):
                settle(job, Refused(decision))
            elif not decision:
                settle(job, Already(self.session.saved))
            else:
                jobs.append((job, decision))
        if jobs:
            await self._commit(jobs)
        if batch and not batch[0].touches:
            self._set_timer()

    async def _completed(self, intent: w.Correct) -> w.Correct:
        """A correction names the leaf it refers to; the desk looks it up."""
        if intent.ref is not None and 0 <= intent.ref <= self.session.saved:
            line, _ = await self.store.line(intent.ref)
            return msgspec.structs.replace(intent, leaf=leaf_hash(line).hex())
        return intent

    async def _answer_again(self, job: Job, index: int) -> None:
        """A repeated id: `already` with the same index, unless it comes with another body."""
        try:
            line, opening = await self.store.line(index)
            record = parse_record(line, opening)
        except (FieldkitError, BadBytes) as wrong:
            fail(job, wrong)
            return
        if not same(job.intent, record, job.by.p):
            settle(job, Refused(Refusal("id-reused")))
        elif isinstance(job.intent, w.Join):
            settle(job, Already(index, self.session.arrivals.get(index), self._token_again(job, index)))
        else:
            settle(job, Already(index))

    def _token(self, job: Job) -> str | None:
        if job.seat is not None:
            return job.seat
        return token_of(self.secret, job.id) if job.id is not None else None

    def _token_again(self, job: Job, index: int) -> str | None:
        """The seat of a join from before. A mate's join, repeated without the phone's own seat, gets none."""
        token = self._token(job)
        return token if token is not None and self._seats.holds(token, index) else None

    async def _commit(self, jobs: list[tuple[Job, list[Draft]]]) -> None:
        pending = []
        for job, drafts in jobs:
            job.token = self._token(job) if type(job.intent) is w.Join else None
            pending.append(Pending(tuple(drafts), job.key, seat_hash(job.token) if job.token else None))
        at, jump = self._moment()
        # In front: behind `session.close` only corrections and signatures may follow.
        before = [Pending((Draft(ClockJumped(by=jump)),))] if jump and self.session.state != "ended" else []
        try:
            written = await self.store.append([*before, *pending], at, secrets.token_bytes)
        except AppendUnknown as wrong:
            await self._recover(jobs, wrong)
            return
        except (BadBytes, ValueError) as wrong:
            await self._one_by_one(jobs, wrong)
            return
        except FieldkitError as wrong:  # disk full or file busy: nothing was written
            self.failing = wrong
            for job, _ in jobs:
                fail(job, wrong)
            self._tell()
            return
        self.failing = None
        if before:
            self._zero_t += jump
        self._apply([record for group in written for record in group])
        for (job, _), one, group in zip(jobs, pending, written[len(before) :], strict=True):
            self._settle_written(job, one, group[-1])
        self._tell()

    def _apply(self, records: Sequence[Record]) -> None:
        for record in records:
            self.session.apply(record)
            if type(record.fact) is SegmentEntered:
                self.pulse.tempo.clear()
        self._proofs.note(records)

    def _settle_written(self, job: Job, pending: Pending, record: Record) -> None:
        if job.key is not None:
            self._intents[job.key] = record.i
        if pending.seat is not None:
            self._seats.bind(pending.seat, record.i)
        settle(job, Accepted(record.i, record.p, job.token))

    async def _one_by_one(self, jobs: list[tuple[Job, list[Draft]]], wrong: Exception) -> None:
        """One intent of the batch cannot be written at all; the others must not suffer for it."""
        if len(jobs) == 1:
            fail(jobs[0][0], wrong)
            return
        for one in jobs:
            await self._commit([one])

    async def _recover(self, jobs: list[tuple[Job, list[Draft]]], wrong: FieldkitError) -> None:
        """The outcome is unknown: read the log again; then every intent of the batch is tried once more by its id."""
        try:
            await self.store.reopen()
            await self._refold()
        except FieldkitError as worse:
            self.failing = worse
            for job, _ in jobs:
                fail(job, worse)
            self._tell()
            return
        for job, _ in reversed(jobs):
            if job.again or job.key is None:  # without an id, trying again could make it twice
                fail(job, wrong)
            else:
                job.again = True
                self._queue.appendleft(job)
        self._wake.set()
        self._tell()

    def _moment(self) -> tuple[Moment, int]:
        """Now, and by how much the wall clock jumped (0 if it did not)."""
        m, t = self.now(), self.clock.wall_ms()
        jump = t - self._zero_t - (m - self._zero_m)
        moment = Moment(m, t, self.clock.boot(), self.clock.reading_ns())
        return moment, jump if abs(jump) > JUMP_MS else 0

    # ---- time limits -----------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        limits = [x.until for x in self.session.open_rounds.values() if x.until is not None]
        if limits and not self._closing:
            wait = max(0.0, (min(limits) - self.now()) / 1000)
            # A laptop that slept wakes late: at most a second passes before the clock is looked at again.
            self._timer = asyncio.get_running_loop().call_later(min(wait + 0.005, 1.0), self._time_up)

    def _time_up(self) -> None:
        self._timer = None
        over = [x for x in self.session.open_rounds.values() if x.until is not None and x.until <= self.now()]
        if not over:
            self._set_timer()
            return
        task = asyncio.ensure_future(self._expire())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _expire(self) -> None:
        try:
            await self.submit(w.Expire(), FACILITATOR)
        finally:
            self._set_timer()

    # ---- showing ---------------------------------------------------------------------------------------------

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Be called (on the loop, cheaply) after each change of fold or pulse; returns how to stop that."""
        self._listeners.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(callback)

        return stop

    def _tell(self) -> None:
        for callback in tuple(self._listeners):
            callback()

    def pulse_changed(self) -> None:
        """Somebody connected, left or asked; no record, but the console shows it."""
        self._tell()

    def admit(self, n: int | None = None) -> int:
        """Let `n` more in than expected (None: as many as wait at the door); how many that is. No record."""
        given = self.pulse.admit(n)
        self._tell()
        return given

    def retry_ms(self) -> int:
        """The window in which phones spread their retries: max(2, N/1000) s."""
        return max(2000, self.session.joined)

    def shared_view(self, lang: str) -> SeatView:
        """What every phone of a language shows, without anything personal."""
        return shared_view(self.session, lang, self.now(), self.retry_ms())

    def seat_view(self, p: str | None, lang: str) -> SeatView:
        view = seat_view(self.session, p, lang, self.now(), self.retry_ms())
        if p is None or view.bye is None:
            return view
        return msgspec.structs.replace(view, bye=msgspec.structs.replace(view.bye, code=self._proofs.code(p)))

    def room_view(self, lang: str = "") -> RoomView:
        return self.pulse.beside(room_view(self.session, lang or self.plan.language, self.now(), self.pulse.live))

    def wall_view(self, lang: str = "") -> WallView:
        return wall_view(self.session, lang or self.plan.language, self.now())

    # ---- seats and receipts ----------------------------------------------------------------------------------

    def seat_of(self, token: str) -> list[str]:
        """Participants this token may act for, the owner first; empty: no seat (any more)."""
        return self._seats.who(self.session, token)

    def knows_seat(self, token: str) -> bool:
        """The token was given out here, even if it has been released since."""
        return self._seats.knows(token)

    def lost_seat(self, token: str) -> str:
        """The reason why a token seats nobody: `removed`, `released`, or `no-seat` if it was never given out."""
        return self._seats.lost(self.session, token)

    def new_p(self) -> str:
        """A participant id: 6 random bytes base64url, new for each session."""
        return new_participant()

    def fresh(self) -> str:
        return fresh_code(self.secret, self.clock.wall_ms())

    def fresh_ok(self, digits: str) -> bool:
        """The current or the previous fresh code."""
        wall = self.clock.wall_ms()
        return digits in (fresh_code(self.secret, wall), fresh_code(self.secret, wall, back=1))

    async def receipt(self, p: str) -> bytes:
        """The participant's receipt (docs/log-format.md): proof that their arrival is in the signed log."""
        person = self.session.people.get(p)
        if person is None or person.joined_i is None:
            raise FieldkitError("There is no receipt for somebody who did not come in.", "Come in first.")
        return await self._proofs.receipt(self.store, person.joined_i)
