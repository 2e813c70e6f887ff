"""The one live session: decide → append → commit → apply → tell. The only writer.

Whatever queued while the last commit ran goes into the next one (no fixed window). Within a batch every intent is
judged against the committed fold; intents that touch the same person, badge or id wait for the next batch, and a
facilitator's intent makes a batch of its own, so nobody is judged against a state that does not exist yet.

Nothing is applied, acknowledged or shown before its commit returned. When the outcome of a commit is unknown, memory
is dropped and the log is read again from disk; what had reached it is then answered `already`. While the disk fails
everything is refused, and the desk looks by itself every second whether it is back.

A vote of an anonymous round is no record: it goes into the round's ballots, a commit of its own beside the log, and the
commit that closes the round takes their tally along (`core.rulings.ballots`, `log.ballots`).
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
from fieldkit.core.log_view import KEPT
from fieldkit.core.plan import Plan
from fieldkit.core.records import ClockJumped, Draft, Erased, Record
from fieldkit.core.refusals import Refusal
from fieldkit.core.retry import same
from fieldkit.core.rules import decide
from fieldkit.core.rulings.ballots import Key, Vote, Voted, vote, with_tallies
from fieldkit.core.session import Session
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.face import Face
from fieldkit.jobs import Accepted, Already, Answer, Job, Refused, closed, fail, mistake, poll, settle, take, token_for
from fieldkit.log.ballots import Ballots, folder_of
from fieldkit.log.keys import Signer
from fieldkit.log.line import parse_record
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.store import AppendUnknown, Pending, Store
from fieldkit.moments import Alarm
from fieldkit.proofs import Proofs
from fieldkit.seats import Seats, intent_key, seat_hash

LOOK_AGAIN_S = 1.0
"""How often the desk looks whether a disk that failed is back."""

__all__ = ["Accepted", "Already", "Answer", "Desk", "Refused"]


class Desk(Face):
    """Made by `fieldkit.station`; one a process."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        clock: Clock,
        secret: bytes,
        code: str,
        *,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        ballots: Ballots | None = None,
    ) -> None:
        """`entropy(n)` gives n random bytes: salts and file names. `ballots`: else those beside the session file."""
        ballots = ballots or Ballots(folder_of(store.path), store.origin, entropy)
        super().__init__(store, plan, clock, secret, code, ballots)
        self._entropy = entropy
        self.failing: FieldkitError | None = None
        """Why nothing can be saved just now (disk full…); the console shows it. None: all is well."""
        self._intents: dict[bytes, int] = {}
        self._queue: deque[Job] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._alarm = Alarm(self._time_up)
        self._closing = False
        self._stale = False  # memory may lack what the disk has: it is read again before anything is judged

    # ---- life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Fold what is on disk, set the session's clock, begin to take intents."""
        await self._refold()
        await asyncio.to_thread(self._ballots.load, self.session)
        self._time.go_on(await self.store.last_moment(), self.session.m)
        self._task = asyncio.create_task(self._run(), name="desk")
        self._task.add_done_callback(self._stopped)
        self._set_timer()

    async def resumed(self) -> None:
        """Record that the program came back to an interrupted session. Call once, after `start`."""
        last = await self.store.last_moment()
        gap, src = gap_since(self.clock, last.boot, last.reading, last.t)
        self.pulse.ticks_lost = self.session.alarm_m is not None
        if self.session.state != "ended":
            await self.submit(w.Resume(why="start", gap=gap, src=src), FACILITATOR)
            await self._expire()

    async def close(self) -> None:
        """Finish what is queued, then let the file go."""
        self._closing = True
        self._wake.set()
        self._alarm.stop()
        try:
            if self._task is not None:
                with contextlib.suppress(asyncio.CancelledError):
                    await self._task
        finally:
            await self.store.close()

    @property
    def alive(self) -> bool:
        """Whether somebody takes intents; the writer never ends before `close`, unless by a mistake of ours."""
        return self._task is not None and not self._task.done()

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """If the writer ended by itself, whoever waits must not wait for ever."""
        wrong = None if task.cancelled() else task.exception()
        if wrong is not None:
            self.failing = mistake(wrong)
        self._fail_queued(wrong or closed())
        self._tell()

    def _fail_queued(self, wrong: BaseException) -> None:
        for job in self._queue:
            fail(job, wrong)
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
        self._newest.clear()
        self._newest.extend(records[-KEPT:])
        if session.tempos != self.session.tempos:  # the taps were counted by a commit that was thought lost
            self.pulse.tempo.clear()
        self._seats, self.session = seats, session

    # ---- submitting ------------------------------------------------------------------------------------------

    async def submit(
        self,
        intent: Intent,
        by: Actor,
        *,
        id: str | None = None,
        scope: str = "",
        seat: str | None = None,
        signer: Signer | None = None,
    ) -> Answer:
        """Take one wish; returns when it is on disk, refused, or known from before.

        `id` makes retries harmless within `scope` (the seat's token; empty for a join at the door). `seat`: a join
        on a phone that already holds this seat. `signer`: whose signature the checkpoint of this commit bears too; a
        `sign.by` without that of the key it names is refused, as it would be a claim and no more. Raises FieldkitError
        when the disk fails: nothing was acknowledged, and the same intent may be sent again."""
        if self._closing or (self._task is not None and self._task.done()):
            raise closed()
        if isinstance(intent, w.SignOff | w.HandOver) and (signer is None or signer.name != intent.key):
            return Refused(Refusal("not-allowed"))
        job = Job(intent, by, id, intent_key(scope, id) if id is not None else None, seat, signer)
        self._queue.append(job)
        self._wake.set()
        return await job.done

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(None if self.failing is None else LOOK_AGAIN_S):
                    await self._wake.wait()
            except TimeoutError:
                await self._look_again()
            self._wake.clear()
            while self._queue:
                if self._stale:
                    await self._look_again()
                if self._stale and self.failing is not None:
                    self._fail_queued(self.failing)
                    break
                batch = take(self._queue)
                try:
                    await self._one_batch(batch)
                except Exception as wrong:  # noqa: BLE001 - a mistake of ours: what memory holds now is not known
                    self._stale, self.failing = True, mistake(wrong)
                    for job in batch:
                        fail(job, wrong)
            if self._closing:
                return

    async def _look_again(self) -> None:
        """Saving failed: read the log again if memory is in doubt, then see whether the disk takes anything."""
        try:
            if self._stale or not self.store.sure:
                await self.store.reopen()
                await self._refold()
                self._stale = False
            await self.store.probe()
            await asyncio.to_thread(self._ballots.mend)
            await self._close_boxes()
            self.failing = None
        except FieldkitError as wrong:
            self.failing = wrong
        except Exception as wrong:  # noqa: BLE001 - it may end a request, never the session
            self.failing = mistake(wrong)
        self._tell()

    async def _one_batch(self, batch: list[Job]) -> None:
        jobs: list[tuple[Job, list[Draft]]] = []
        votes: dict[Key, list[tuple[Job, Vote]]] = {}
        now = self.now()
        for job in batch:
            if job.key is not None and job.key in self._intents:
                await self._answer_again(job, self._intents[job.key])
                continue
            try:
                ballot = vote(self.session, job.intent, job.by, now, self._ballots.voted)
                if isinstance(ballot, Vote):
                    votes.setdefault(ballot.key, []).append((job, ballot))
                    continue
                intent = await self._completed(job.intent)
                decision = decide(self.session, intent, job.by, now) if ballot is None else ballot
                if isinstance(decision, list) and not job.touches:
                    decision = self.pulse.tallied(await self._tallied(decision), self.session.segment)
            except Exception as wrong:  # noqa: BLE001 - a mistake in a rule ends this request, never the session
                fail(job, wrong)
                continue
            if isinstance(decision, Refusal):
                settle(job, Refused(decision))
            elif isinstance(decision, Voted):
                settle(job, Already(decision.saved))
            elif not decision:
                settle(job, Already(self.session.saved))
            else:
                jobs.append((job, decision))
        if jobs:
            await self._commit(jobs)
        for key, cast in votes.items():
            self.failing = await poll(self._ballots, key, cast) or self.failing
            self._tell()
        if batch and not batch[0].touches:
            self._set_timer()

    # ---- anonymous rounds ------------------------------------------------------------------------------------

    async def _tallied(self, drafts: list[Draft]) -> list[Draft]:
        """With the tallies of the anonymous rounds that these drafts close. Raises FieldkitError while the disk fails:
        what memory holds may then be less than what was saved."""
        if not self._ballots.idle:
            await asyncio.to_thread(self._ballots.mend)
        return with_tallies(self.session, drafts, self._ballots.box)

    async def _close_boxes(self) -> None:
        if not self._ballots.idle:
            await asyncio.to_thread(self._ballots.settle, self.session)

    # ---- writing ---------------------------------------------------------------------------------------------

    async def _completed(self, intent: Intent) -> Intent:
        """With what the desk has to look up: the leaf that a correction refers to, how a roll call stands."""
        if isinstance(intent, w.Resume):
            return self._called(intent)
        if isinstance(intent, w.Correct) and intent.ref is not None and 0 <= intent.ref <= self.session.saved:
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
        if job.by.co is not None:  # its id covers the body: there is nothing to compare
            settle(job, Already(index, record.p))
            return
        about = self.session.activity(getattr(job.intent, "activity", None) or "")
        if record.p is not None:  # the person may have been merged since: it is still their own intent
            record = msgspec.structs.replace(record, p=self.session.head(record.p))
        if not same(job.intent, record, job.by.p, about):
            settle(job, Refused(Refusal("id-reused")))
        elif isinstance(job.intent, w.Join):
            settle(job, Already(index, self.session.arrivals.get(index), self._token_again(job, index)))
        else:
            settle(job, Already(index, record.p))

    def _token_again(self, job: Job, index: int) -> str | None:
        """The seat of a join from before. A mate's join, repeated without the phone's own seat, gets none."""
        token = token_for(self.secret, job)
        return token if token is not None and self._seats.holds(token, index) else None

    async def _commit(self, jobs: list[tuple[Job, list[Draft]]]) -> None:
        pending = []
        for job, drafts in jobs:
            job.token = token_for(self.secret, job) if type(job.intent) is w.Join else None
            pending.append(Pending(tuple(drafts), job.key, seat_hash(job.token) if job.token else None))
        at, jump = self._time.moment()
        # In front: behind `session.close` only corrections and signatures may follow.
        before = [Pending((Draft(ClockJumped(by=jump)),))] if jump and self.session.state != "ended" else []
        self._writing_ns = self.clock.reading_ns()
        try:
            also = [job.signer for job, _ in jobs if job.signer is not None]
            written = await self.store.append([*before, *pending], at, self._entropy, also)
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
        finally:
            self._writing_ns = None
        self.failing = None
        if before:
            self._time.jumped(jump)
        self._apply([record for group in written for record in group])
        await (self._look_again() if self._stale else self._close_boxes())
        for (job, _), one, group in zip(jobs, pending, written[len(before) :], strict=True):
            self._settle_written(job, one, group[-1])
        self._tell()

    def _apply(self, records: Sequence[Record]) -> None:
        for record in records:
            self._lines.note(self.session, record)
            self.session.apply(record)
            self._stale |= type(record.fact) is Erased  # names leave memory too: it is read again
            self.pulse.applied(record, alarm=self.session.alarm_m is not None)
        self._newest.extend(records)
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
        self._stale = True
        await self._look_again()
        if self._stale:
            for job, _ in jobs:
                fail(job, self.failing or wrong)
            return
        for job, _ in reversed(jobs):
            if job.again or job.key is None:  # without an id, trying again could make it twice
                fail(job, wrong)
            else:
                job.again = True
                self._queue.appendleft(job)
        self._wake.set()

    # ---- time limits -----------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        limits = [end for x in self.session.open_rounds.values() for end in x.alarms(self.now())]
        if limits and not self._closing:
            # While the disk fails nothing can be closed: trying at once, and again at once, would keep it busy.
            wait = LOOK_AGAIN_S if self.failing is not None else (min(limits) - self.now()) / 1000
            self._alarm.set(max(0.0, wait) + 0.005)
        else:
            self._alarm.stop()

    def _time_up(self) -> None:
        now = self.now()
        if not any(x.ends is not None and x.ends <= now for x in self.session.open_rounds.values()):
            self._tell()  # a reading phase is over: the choices go out, and that is no record
            self._set_timer()
            return
        task = asyncio.ensure_future(self._expire())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _expire(self) -> None:
        try:
            await self.submit(w.Expire(), FACILITATOR)
        finally:
            self._set_timer()
