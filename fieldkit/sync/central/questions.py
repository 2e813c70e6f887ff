"""The expert's queue at head office: what trainers kept for the expert, with its words and its answer, for a page or a
list; and answering, which adds a record to head office's own log (`question.answer`).

Which questions there are says the digest (`digest.parked`); their words come out of the private halves each time. Who
asked is nowhere here: the record of the question says it to whoever may read records.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.questions import MOST, MOST_BYTES, OPEN, SHOWN, Reply, newest, reply_of, waiting
from fieldkit.core.records import Draft, QuestionAnswered, Ref
from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.line import parse_opening, read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk import Entropy, append, device, open_log
from fieldkit.sync.central.desk_said import PLAN_SHA256, devices, folded, records_about
from fieldkit.sync.central.digest.parked import Parked
from fieldkit.sync.central.digest.work import follow
from fieldkit.sync.central.tx_base import Again

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

TRIES = 3


class Question(msgspec.Struct, frozen=True):
    """One question with its words. `text` and `answer` are empty once they are erased; times Unix ms, `at` and `by` of
    an open one 0 and empty."""

    origin: str
    i: int
    t: int
    text: str
    title: str
    site: str
    pack: str
    tz: str
    state: str = OPEN
    answer: str = ""
    by: str = ""
    at: int = 0
    log: str = ""
    """Where the answer stands: `<log>#<index>`."""

    @property
    def number(self) -> str:
        """As `fieldkit central question answer` takes it."""
        return f"{self.origin}#{self.i}"


class NobodyWaits(NotPossible):
    """There is no such question, it is settled, or its words are erased: no answer to it is ever taken."""


class Said(msgspec.Struct, frozen=True):
    """What became of an answer: where it stands (`<log>#<index>`), and whether it is new there."""

    log: str
    new: bool


async def told(tx: Tx, some: Iterable[Parked]) -> list[Question]:
    """These questions with their words, in their order; one whose session is not stored any more is left out."""
    out = []
    for one in some:
        stored, head = await tx.stored(one.origin), await tx.line(one.origin, 0)
        if stored is None or head is None:
            continue
        question = await _half(tx, one.origin, one.i)
        half = await _half(tx, one.log, one.at) if one.log and question else {}  # the answer goes with the question
        pack, tz = _headed(head)
        out.append(
            Question(
                one.origin, one.i, one.t, clean_text(question.get("text", ""), SHOWN), stored.title, stored.site, pack,
                tz, one.state, clean_text(half.get("text", ""), MOST), clean_name(half.get("name", "")), one.said,
                f"{one.log}#{one.at}" if one.log else "",
            )
        )  # fmt: skip
    return out


async def _half(tx: Tx, origin: str, i: int) -> dict[str, str]:
    """The private half of a record, its texts; empty where it is erased."""
    raw = await tx.opening(origin, i)
    if raw is None or i in {n for _, n, _ in await tx.tombs(origin)}:
        return {}
    try:
        return {k: v for k, v in parse_opening(raw)[1].items() if isinstance(v, str)}
    except BadBytes:
        return {}


def _headed(line: bytes) -> tuple[str, str]:
    """Pack and time zone, as a session's first record says."""
    try:
        d = read_line(line).d
    except BadBytes:
        return "", "UTC"
    pack, tz = d.get("pack"), d.get("tz")
    named = f"{pack.get('id', '')} {pack.get('version', '')}".strip() if isinstance(pack, dict) else ""
    return named, tz if isinstance(tz, str) else "UTC"


# ---- answering ---------------------------------------------------------------------------------------------------


def judged(text: str) -> str:
    """An answer as it is kept: one line, plain. Raises WrongUsage."""
    found = clean_text(text, MOST + 1)
    if not found:
        raise WrongUsage("An answer needs words.", "Write what the trainer is to tell the crew.")
    if len(found) > MOST or len(found.encode()) > MOST_BYTES:
        raise WrongUsage("The answer is too long.", f"At most {MOST} characters; say where the rest can be read.")
    return found


def numbered(text: str) -> tuple[str, int]:
    """(session, index) of `ORIGIN#INDEX`. Raises WrongUsage."""
    origin, mark, index = text.strip().rpartition("#")
    if not mark or not origin or not (index.isascii() and index.isdigit() and len(index) < 10):
        raise WrongUsage(f"{text[:80]!r} names no question.", "ORIGIN#INDEX, as fieldkit central question list says.")
    return origin, int(index)


async def answer(
    home: Home,
    db: Database,
    origin: str,
    i: int,
    text: str,
    name: str,
    now: int,
    *,
    closed: bool = False,
    entropy: Entropy = secrets.token_bytes,
) -> Said:
    """Answer the question that is record `i` of the session `origin`, or close it and say why; `now` in Unix s. It is
    durable and cosigned when this returns. The same words once more are no second record; others take their place.

    Raises WrongUsage for words that cannot be kept, NobodyWaits when there is no such question or its words are erased,
    NotPossible when two histories of the session wait for a decision or the office has no device, FieldkitError.
    """
    words, who = judged(text), clean_name(name)
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            said = await _answer(home, db, origin, i, words, who, now, closed, entropy)
            break
        except Again:
            if last:
                raise
    with contextlib.suppress(FieldkitError):  # it is written: the lists follow with whoever catches up next, and tells
        await follow(home, db, [origin], now)
    return said


async def _answer(
    home: Home, db: Database, origin: str, i: int, words: str, who: str, now: int, closed: bool, entropy: Entropy
) -> Said:
    trust = home.trust()
    signer, central = device(home, trust, now), home.central()
    async with db.transaction() as tx:
        stored = await tx.stored(origin)
        if stored is None or stored.plan == PLAN_SHA256:
            raise NobodyWaits("There is no such session here.", "fieldkit central question list --home DIR")
        if await tx.findings(origin, findings.FORK):
            raise NotPossible("This session has two histories, and nobody has chosen.", "See central resolve.")
        session, line = await folded(tx, home, stored), await tx.line(origin, i)
        said = (await _replies(tx, home, origin)).get((origin, i))
        say = session.says.get(i)
        if line is None or say is None or (said is None and i not in {one.ref for one in waiting(session)}):
            raise NobodyWaits(
                "Nobody waits for an answer to this: it was not kept for the expert, or was answered in the room.",
                "Nothing was changed.",
            )
        if not say.text or i in {n for _, n, _ in await tx.tombs(origin)}:
            raise NobodyWaits("The words of this question are erased.", "Nothing was changed.")
        ref = Ref(i=i, leaf=leaf_hash(line).hex(), o=origin)
        if said is not None and (said.ref, said.text, said.closed) == (ref, words, closed):
            return Said(f"{said.log}#{said.at}", new=False)
        draft = Draft(
            QuestionAnswered(closed=True if closed else None, ref=ref),
            say.p,
            {"text": words} | ({"name": who} if who else {}),
        )
        log = await open_log(tx, signer, trust, now, entropy)
        after = await append(tx, log, [draft], [signer], central, now, entropy)
    return Said(f"{after.origin}#{after.size - 1}", new=True)


async def _replies(tx: Tx, home: Home, origin: str) -> dict[tuple[str, int], Reply]:
    """What head office's own devices have answered of a session; a log of this kind that a laptop wrote counts for
    nothing."""
    said = await records_about(tx, origin, devices(home, home.trust()))
    return newest(one for log, record in said if (one := reply_of(log, record)) is not None)
