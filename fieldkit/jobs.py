"""What waits for the desk: intents with somebody waiting for the answer, and which of them may share a commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from fieldkit.core import intents as w
from fieldkit.core.intents import Actor, Intent
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import PARTICIPANTS
from fieldkit.core.rulings.ballots import Key, Vote
from fieldkit.errors import FieldkitError
from fieldkit.log.ballots import Ballots
from fieldkit.log.keys import Signer
from fieldkit.seats import token_of

MOST_IN_A_BATCH = 1000


class Accepted(msgspec.Struct, frozen=True):
    """On disk, fsynced, in the signed tree. `saved` = record index; `p` and `seat` (token) for a join."""

    saved: int
    p: str | None = None
    seat: str | None = None


class Already(msgspec.Struct, frozen=True):
    """This intent id was taken before; the same index as then."""

    saved: int
    p: str | None = None
    seat: str | None = None


class Refused(msgspec.Struct, frozen=True):
    refusal: Refusal


Answer = Accepted | Already | Refused


class Job:
    __slots__ = ("again", "by", "done", "id", "intent", "key", "seat", "signer", "token", "touches")

    def __init__(
        self,
        intent: Intent,
        by: Actor,
        id: str | None,
        key: bytes | None,
        seat: str | None,
        signer: Signer | None = None,
    ) -> None:
        self.intent, self.by, self.id, self.key, self.seat = intent, by, id, key, seat
        self.signer = signer
        """Whose signature the checkpoint of its commit bears beside the laptop's."""
        self.again = False
        self.token: str | None = None
        """The seat's token once a join is being written."""
        self.touches = touches_of(intent, by, key)
        self.done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()


def touches_of(intent: Intent, by: Actor, key: bytes | None) -> tuple[Any, ...]:
    """What no two intents of one batch may share. Empty: it wants a batch of its own."""
    if type(intent) not in PARTICIPANTS:
        return ()
    if isinstance(intent, w.Join | w.Arrive):
        nobody = ("new", intent.new_p) if isinstance(intent, w.Join) else ("name", intent.name.casefold())
        who: Any = ("badge", intent.badge.upper()) if intent.badge else nobody
    else:
        who = by.p or intent
    # The last place in a group goes to one: whoever chooses the same group is judged after it.
    place = [("place", intent.activity, intent.v)] if isinstance(intent, w.PutAnswer) and may_be_group(intent.v) else []
    return (who, *place) if key is None else (who, key, *place)


def token_for(secret: bytes, job: Job) -> str | None:
    """The seat's token of a join: of the phone that holds one, else a new one that follows from the intent's id."""
    if job.by.by != "self":
        return None  # who came in at the kiosk may come with a phone later: no seat is theirs yet
    if job.seat is not None:
        return job.seat
    return token_of(secret, job.id) if job.id is not None else None


def may_be_group(v: tuple[str, ...]) -> bool:
    """Whether an answer may be the choice of a group (`g1`, `g2`…)."""
    return len(v) == 1 and v[0][:1] == "g" and v[0][1:].isdecimal()


def take(queue: deque[Job]) -> list[Job]:
    """The next batch: in order, no two that touch the same, a facilitator's intent alone."""
    first = queue[0]
    if not first.touches:
        return [queue.popleft()]
    batch: list[Job] = []
    later: deque[Job] = deque()
    touched: set[Any] = set()
    while queue and len(batch) < MOST_IN_A_BATCH:
        job = queue[0]
        if not job.touches:
            break
        queue.popleft()
        # What waits keeps its place before whatever comes after it for the same person.
        (batch if touched.isdisjoint(job.touches) else later).append(job)
        touched.update(job.touches)
    queue.extendleft(reversed(later))
    return batch


def settle(job: Job, answer: Answer) -> None:
    if not job.done.done():
        job.done.set_result(answer)


def fail(job: Job, wrong: BaseException) -> None:
    if not job.done.done():
        job.done.set_exception(wrong)


async def poll(ballots: Ballots, key: Key, votes: Sequence[tuple[Job, Vote]]) -> FieldkitError | None:
    """Votes of one anonymous round into its box, acknowledged once they are on the disk, all or none; why not.

    An id is not remembered: a vote that comes again is known by who has voted.
    """
    try:
        new = await asyncio.to_thread(ballots.cast, key, [vote for _, vote in votes])
    except FieldkitError as wrong:
        with contextlib.suppress(FieldkitError):  # now if that can be, else before the next vote or the tally
            await asyncio.to_thread(ballots.mend)
        for job, _ in votes:
            fail(job, wrong)
        return wrong
    for job, vote in votes:
        settle(job, Accepted(vote.saved) if vote.p in new else Already(vote.saved))
    return None


def closed() -> FieldkitError:
    return FieldkitError("The session is closed.", "Start it again to go on.")


def mistake(wrong: BaseException) -> FieldkitError:
    return FieldkitError(
        f"Nothing can be saved because of a mistake in fieldkit ({type(wrong).__name__}).",
        "If this stays, leave and start again: nothing that was saved is lost.",
    )
