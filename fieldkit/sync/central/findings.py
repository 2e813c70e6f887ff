"""What a person at head office should look at: gaps, tails cut off, numbers used twice, people in two rooms.

A finding never stops a record from being stored. Those about the chain of a laptop's sessions are worked out again
whenever either log arrives, so a gap closes itself when the missing bundle comes; forks stay until somebody resolves
them. Everything that counts a laptop's sessions goes by its public key, because a name can be copied. Findings hold
origins, numbers and `p`s, never names or badges, so that an erasure leaves nothing here.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from fieldkit.core import records as r
from fieldkit.core.blended import BLENDED
from fieldkit.core.clean import clean_text
from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.walkin import badged
from fieldkit.log.merkle import Frontier, leaf_hash
from fieldkit.sync.central.rows import KEY, Finding, Presence, Stored
from fieldkit.sync.central.tx import FORK as FORK
from fieldkit.sync.central.tx import OVERLAP, Tx

_NO_PLAN = Plan(1, "", "", [], "", [], 0, [], [])
"""Of a session before its plan is read."""
RESOLVED = "resolved-fork"
DISCARDED = "discarded"
ADMITTED = "admitted"
DECIDED = (RESOLVED, DISCARDED, ADMITTED)
"""What a person has decided: kept for ever, and nothing that needs anybody."""
KNOWN_FORK = "known-fork"
"""Reason of a file with a history that a person has decided against: it stays as evidence."""
WITNESS_DIFFERS = "witness-differs"
WITNESS_AHEAD = "witness-ahead"
GAP = "gap"
TAIL_CUT = "tail-cut"
PREV_DIFFERS = "prev-differs"
DUPLICATE_SEQ = "duplicate-seq"
UNKNOWN_FACILITATOR = "unknown-facilitator"
NOT_CERTIFIED = "not-certified"
TRAINER_ENDED = "trainer-ended"
AFTER_REVOKED = "after-revoked"
NOT_FOLDED = "not-folded"
ERASED_BADGE = "erased-badge"
UNFOUNDED = "credential-unfounded"

SENTENCES = {
    FORK: "This laptop signed two different histories of one session; nothing is cosigned until somebody decides.",
    RESOLVED: "This laptop signed two different histories; somebody chose one, the other is kept as evidence.",
    ADMITTED: "Somebody decided that this is taken although the key of its laptop had ended.",
    DISCARDED: "Somebody decided that this file is not needed.",
    WITNESS_DIFFERS: "A witness has signed another history of this session than the one that is stored.",
    WITNESS_AHEAD: "A witness has signed more of this session than is stored here; was an older backup restored?",
    GAP: "Sessions of this laptop have not arrived.",
    TAIL_CUT: "The next session says this one was longer; its end is missing here.",
    PREV_DIFFERS: "The next session names another history of this one than the one that is stored.",
    DUPLICATE_SEQ: "Two sessions of this laptop bear the same number; it may have been copied or restored.",
    OVERLAP: "Somebody is recorded in two rooms at the same time.",
    UNKNOWN_FACILITATOR: "The session names a trainer who is not on the trust list.",
    NOT_CERTIFIED: "The trainer is not certified for this pack.",
    TRAINER_ENDED: "The trainer's key was revoked, or its time was over, when the session came in.",
    AFTER_REVOKED: "The laptop is revoked; this was taken from it on that day or later.",
    ERASED_BADGE: "Somebody who was erased is in this session, which began after that: erase again, or keep it?",
    UNFOUNDED: "A certificate was given for a completion that no longer stands: revoke it, or put the record right.",
    NOT_FOLDED: "The session is stored and verified, but this release cannot read its contents.",
    "held": "A session was held: it is not stored until somebody decides.",
    "refused": "A session was refused; the file is kept.",
    "trust-expired": "The trust list has expired; nothing is taken until root signs it again.",
}
"""Code → what a person reads."""


async def chain(tx: Tx, new: Stored, ms: int) -> None:
    """Look at the sessions before and after `new` by the same public key, and write down what does not fit.

    Only what `new` can change is looked at: its own number, the next one's, and those that name it as the one before.
    """
    beside = await tx.around(new)
    prev = await _same_laptop(tx, new, beside.before)
    await _number(tx, new, beside.before, prev is not None, ms)
    if (after := beside.after) is not None:
        await _number(tx, after, new, await _same_laptop(tx, after, new) is not None, ms)
    for one in beside.followers:
        if one != after:
            await _no_longer_missing(tx, one, new)
        await _link(tx, one, new, ms)
    if prev is not None:
        await _link(tx, new, prev, ms)


async def _same_laptop(tx: Tx, one: Stored, near: Stored | None) -> Stored | None:
    """The session that `one` names as the one before it, if that came and bears the same key; `near` may be it."""
    if one.prev_origin is None:
        return None
    found = near if near is not None and near.origin == one.prev_origin else await tx.stored(one.prev_origin)
    return found if found is not None and found.device == one.device else None


async def _number(tx: Tx, one: Stored, before: Stored | None, prev: bool, ms: int) -> None:
    """Sequence numbers run from 1, each once, and the session named as the one before has arrived (`prev`)."""
    now: dict[tuple[str, str], dict[str, Any]] = {}
    last = before.seq if before is not None else 0
    if before is not None and last == one.seq:
        now[DUPLICATE_SEQ, before.origin] = {"seq": one.seq, "other": before.origin}
    if one.seq - last > 1:
        now[GAP, ""] = {"first": last + 1, "last": one.seq - 1}
    elif one.prev_origin is not None and not prev:
        now[GAP, ""] = {"missing": one.prev_origin}
    known = {(f.code, f.other): f.detail for f in await tx.findings(one.origin) if f.code in (GAP, DUPLICATE_SEQ)}
    for code, other in known.keys() - now.keys():
        await tx.drop_finding(one.origin, code, other)
    for (code, other), detail in now.items():
        if known.get((code, other)) != detail:
            await tx.put_finding(Finding(one.origin, code, other, detail, ms))


async def _no_longer_missing(tx: Tx, one: Stored, new: Stored) -> None:
    for known in await tx.findings(one.origin, GAP):
        if known.detail.get("missing") == new.origin:
            await tx.drop_finding(one.origin, GAP, known.other)


async def _link(tx: Tx, one: Stored, prev: Stored, ms: int) -> None:
    """`one` says how long the session before it was, at least, and what its root was there."""
    size = one.prev_size or 0
    said = {"next": one.origin, "size": size, "stored": prev.size}
    cut = prev.size < size
    differs = not cut and await root_at(tx, prev, size) != one.prev_root
    for code, true in ((TAIL_CUT, cut), (PREV_DIFFERS, differs)):
        if true:
            await tx.put_finding(Finding(prev.origin, code, one.origin, said, ms))
        else:
            await tx.drop_finding(prev.origin, code, one.origin)


async def root_at(tx: Tx, stored: Stored, size: int) -> bytes:
    """The root that the stored log had at `size` ≤ stored.size."""
    if size == stored.size:
        return stored.root
    frontier = Frontier()
    async for lines in tx.lines(stored.origin, size):
        frontier.extend(map(leaf_hash, lines))
    return frontier.root()


def history(size: int, root: bytes, note: bytes) -> dict[str, Any]:
    """One of two histories, as evidence: size, root (base64) and the signed checkpoint."""
    return {"size": size, "root": _b64(root), "checkpoint": note.decode()}


def fork_detail(stored: Stored, size: int, root: bytes, note: bytes) -> dict[str, Any]:
    """Both histories as evidence: sizes, roots (base64) and the two signed checkpoints."""
    return {
        "kept": history(stored.size, stored.root, stored.checkpoint),
        "other": history(size, root, note),
    }


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


# ---- people in two rooms -------------------------------------------------------------------------------------

STAYS = frozenset(
    fact.kind
    for fact in (
        *(r.SessionOpened, r.SessionClosed, r.SessionReopened, r.ClockJumped, r.SegmentEntered, r.ActivityOpened),
        *(r.PersonExpected, r.PersonJoined, r.PersonMerged, r.PersonVoided, r.CameIn, r.WentOut),
    )
)
"""Kinds of records that say who was there when: with these alone `presences` comes to the same stays."""


class Found(msgspec.Struct, frozen=True):
    """Who was in a session when; `wrong`: what kept it from being folded, the name of an error."""

    origin: str
    stays: list[Presence]
    wrong: str


@functools.lru_cache(maxsize=8)
def _plan(raw: bytes) -> Plan:
    """Many sessions run the same plan."""
    return msgspec.json.decode(raw, type=Plan)


class Look:
    """The fold of one session, taken in batch by batch; what this release cannot fold is remembered, not raised: what
    is signed is stored all the same."""

    def __init__(self, origin: str, plan: bytes) -> None:
        self.origin = origin
        self.wrong: Exception | None = None
        self._stays: list[Presence] | None = None
        self._session = Session(origin=origin, plan=_NO_PLAN)
        self._safely(lambda: setattr(self._session, "plan", _plan(plan)))

    def take(self, records: list[r.Record], m: int = 0) -> None:
        """The next records, in order; those that say nothing of who was there may be left out, and `m` then says how
        far the log goes."""
        self._stays = None
        if self.wrong is None:
            self._safely(lambda: self._session.fold(records))
            self._session.m = max(self._session.m, m)

    def stays(self) -> list[Presence]:
        """Who was there when; nobody where the session cannot be folded."""
        if self._stays is None:
            out: list[Presence] = []
            if self.wrong is None:
                self._safely(lambda: out.extend(presences(self._session)))
            self._stays = out
        return self._stays

    def found(self) -> Found:
        stays = self.stays()
        return Found(self.origin, stays, "" if self.wrong is None else type(self.wrong).__name__)

    def _safely(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - anything: a session of a later release may break any rule of ours
            self.wrong = error


async def people(tx: Tx, look: Found, ms: int) -> None:
    """Compare who was where with the other sessions. Replaces what was found of this session before."""
    origin, stays = look.origin, look.stays
    if look.wrong:
        await tx.set_presence(origin, [])
        await tx.put_finding(Finding(origin, NOT_FOLDED, "", {"error": look.wrong}, ms))
        return
    await tx.drop_finding(origin, NOT_FOLDED, "")
    await tx.set_presence(origin, stays)
    now: dict[tuple[str, str], Finding] = {}
    for stay, other in await tx.overlaps(origin) if stays else ():
        # One finding a pair of sessions and a person, laid at the session whose origin sorts first.
        first, second = sorted((stay, other), key=lambda row: row.origin)
        detail = {
            "p": first.p,
            "other": second.origin,
            "other_p": second.p,
            "from_ms": max(stay.from_ms, other.from_ms),
            "until_ms": min(stay.until_ms, other.until_ms),
        }
        key = f"{second.origin} {second.p} {first.p}"
        now.setdefault((first.origin, key), Finding(first.origin, OVERLAP, key, detail, ms))
    for known in await tx.touching(origin):
        if known.code == OVERLAP and (known.origin, known.other) not in now:
            await tx.drop_finding(known.origin, OVERLAP, known.other)
    for finding in now.values():
        await tx.put_finding(finding)


def presences(session: Session) -> list[Presence]:
    """The stays of people with a badge, in wall time of the laptop; one that never ended lasts to the last record."""
    if session.info is not None and session.info.session_kind == BLENDED:
        return []  # who answers alone is nowhere
    end = session.closed_m if session.closed_m is not None else session.m
    out = []
    for person in session.people.values():
        home = session.person(person.p)
        if person.voided or home is None:
            continue
        badge, issuer = badged(session.entries(home.p))
        if not badge or len(badge) > KEY:
            continue  # no badge that anybody wears
        for start, stop in person.spans:
            begin, until = _wall(session, start or 0), _wall(session, end if stop is None else stop)
            if until > begin:
                out.append(Presence(session.origin, home.p, badge, issuer, begin, until))
    return out


def _wall(session: Session, m: int) -> int:
    """Unix ms at `m`: the opening's clock and the jumps the laptop noticed since."""
    return session.opened_t + m + sum(by for at, by in session.jumps if at <= m)


def sentence(code: str) -> str:
    """What a person reads for a code."""
    return SENTENCES.get(code, "Something needs a person.")


# ---- what needs a person, all of it --------------------------------------------------------------------------


class Need(msgspec.Struct, frozen=True):
    """One line of `central findings`. `since` is Unix ms; `detail` says what is needed to decide, without names."""

    code: str
    origin: str | None
    reason: str
    sentence: str
    since: int
    detail: dict[str, Any]


async def needs(tx: Tx, decided: bool = False) -> list[Need]:
    """Findings and files that were not taken, oldest first; with `decided` what somebody has decided instead."""
    every = [f for f in await tx.findings() if (f.code in DECIDED) == decided]
    out = [Need(f.code, f.origin or None, f.code, sentence(f.code), f.ms, f.detail) for f in every]
    if decided:
        return out
    forked = {one.origin for one in out if one.code == FORK}
    for one in await tx.arrivals():
        if one.result == FORK and (one.origin in forked or one.reason == KNOWN_FORK):
            continue  # the finding tells it, with both checkpoints; or it is decided
        detail = {"file": clean_text(one.name, 255), "sha256": one.sha256, "size": one.size}
        out.append(Need(one.result, one.origin or None, one.reason, sentence(one.result), one.ms, detail))
    return sorted(out, key=lambda one: (one.since, one.origin or "", one.code))
