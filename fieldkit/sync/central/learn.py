"""Who comes to head office's page with a badge and a code, and what is open for them.

The code is one of any receipt of theirs, or of a pre-work that was opened. Badge and code are right together or wrong
together: nobody is told which. What is open follows from the sessions that the badge was in (by the rule of programs:
badge and issuer), their plans, and when each ended; nothing about people is kept for it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from fieldkit.core import blended
from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.clean import clean_badge
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.records import PackRef, SessionClosed, SessionOpened
from fieldkit.core.session import Session
from fieldkit.core.state import Answer
from fieldkit.core.walkin import badged, code_of
from fieldkit.errors import DamagedData
from fieldkit.log.line import parse_record, read_line
from fieldkit.packs.compile import media_of
from fieldkit.sync.central.learn_folds import Folds, Office, answer_of, folded, logs_of
from fieldkit.sync.central.learn_log import Begin, Who, erased_since
from fieldkit.sync.central.replay import plan_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_codes import set_key

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home

FAR_DAYS = 400 + blended.OPEN_DAYS
"""Nothing is open so long after a session."""
NAMED = "named"
MARKS = 60
"""Of the confidential answers of one log-in that are known to be its own."""
SESSIONS = 200
"""Of one person that are looked through: those that they left last."""


class Learner(msgspec.Struct, frozen=True):
    """Somebody who showed badge and code. `origin` and `i`: the record that the code is of."""

    origin: str
    i: int
    who: Who
    key: str = ""
    """The code of a pre-work; empty for whom a receipt showed."""
    p: str = ""
    """Who they were in that pre-work when they came in; empty for a receipt, and for whom it did not know."""
    wrote: tuple[str, ...] = ()
    """Marks (`mark_of`) of the confidential answers of this log-in."""


class Offer(NamedTuple):
    """A set that is open until `closes`, Unix ms, for this badge. `session`: the log that answers are written to, None
    before the first, which begins it with `begin`. `before`: what devices of head office wrote that are in use no
    more."""

    key: str
    plan: Plan
    closes: int
    begin: Begin | None
    session: Session | None
    badge: str
    before: tuple[Session, ...] = ()
    only_expected: bool = False

    def done(self) -> list[bool]:
        """Of each question whether it is answered."""
        return [self.answered(a_q) for a_q in self.asked()]

    def answered(self, one: blended.Asked) -> bool:
        return self.answer(one) is not None

    def answer(self, one: blended.Asked) -> Answer | None:
        """What they answered last."""
        own = [] if self.session is None else [self.session]
        return answer_of([*self.before, *own], self.badge, *one)

    def asked(self) -> list[blended.Asked]:
        """As `fieldkit.core.blended.asked`, also before there is a log; a quiz in the order every screen shows it."""
        out: list[blended.Asked] = []
        for a in self.plan.activities:
            ids = [one.id for one in quiz.questions(a)] if a.type == "quiz" else kind_of(a.type).asked(a)
            out += [(a, q) for q in ids]
        return out


class Open(NamedTuple):
    """What is open now, and when the next set opens (Unix ms; None: none is to come)."""

    offers: list[Offer]
    next: int | None


async def identify(tx: Tx, office: Office, code: str, badge: str, folds: Folds | None = None) -> Learner | None:
    """Who shows this code (`read_code`) and badge; None where they do not belong together, or nobody knows them."""
    shown = clean_badge(badge)
    for origin, i in await tx.coded(code):
        if i == 0:
            found = await _of_prework(tx, office, code, shown, folds or Folds())
        else:
            found = await _of_receipt(tx, origin, i, shown)
        if found is not None:
            return found
    return None


async def _of_prework(tx: Tx, office: Office, code: str, badge: str, folds: Folds) -> Learner | None:
    logs = await logs_of(tx, code, office.all)
    if not logs or not badge:
        return None
    found = [await folds.of(tx, log) for log in logs]
    known = [who for one in found if (who := one.shown(badge)) is not None]
    if not known:
        return None if found[0].expected else Learner(logs[0].origin, 0, Who(badge), code)
    who, first = known[0], found[0].shown(badge)
    said = Who(badge, who.issuer, who.name, who.lang)
    return Learner(logs[0].origin, 0, said, code, "" if first is None else first.p)


async def _of_receipt(tx: Tx, origin: str, i: int, badge: str) -> Learner | None:
    stored = await tx.stored(origin)
    if stored is None or await tx.opening(origin, i) is None:
        return None  # erased: the paper is all that is left
    session = await folded(tx, stored)
    person = session.person(session.arrivals.get(i, ""))
    if person is None or person.gone:
        return None
    entries = session.entries(person.p)
    worn, issuer = badged(entries)
    worn = worn or code_of(entries)
    if not worn or not hmac.compare_digest(clean_badge(worn).encode(), badge.encode()):
        return None
    return Learner(origin, i, Who(worn, issuer, person.name, person.lang))


async def still(home: Home, tx: Tx, one: Learner, folds: Folds | None = None) -> bool:
    """Whether what they came in by is still theirs: nothing of it was erased, and their badge was not since the
    pre-work was opened. Raises DamagedData."""
    if not one.key:
        return await tx.opening(one.origin, one.i) is not None
    log = await tx.stored(one.origin)
    if log is None or await erased_since(home, tx, log, one.who.badge):
        return False
    found = (await (folds or Folds()).of(tx, log)).shown(one.who.badge) if one.p else None
    return not one.p or (found is not None and found.p == one.p)


def mark_of(key: str, activity: str, q: str) -> str:
    """A question of a set, in few signs: a cookie holds many."""
    return hashlib.sha256(f"{key}\n{activity}\n{q}".encode()).hexdigest()[:10]


def may_see(one: Learner, key: str, a: Activity, q: str) -> bool:
    """Whether an answer that is there may be shown to them, and replaced. Badge and code are no password: what is
    confidential is shown to nobody but who wrote it, in the log-in in which they did."""
    return a.mode == NAMED or mark_of(key, a.id, q) in one.wrote


def having_written(one: Learner, key: str, a: Activity, q: str) -> Learner:
    """After an answer was saved."""
    if a.mode == NAMED:
        return one
    mark = mark_of(key, a.id, q)
    return msgspec.structs.replace(one, wrote=(*(x for x in one.wrote if x != mark), mark)[-MARKS:])


# ---- what is open --------------------------------------------------------------------------------------------


async def open_for(tx: Tx, one: Learner, office: Office, now: int, folds: Folds | None = None) -> Open:
    """What somebody may answer at `now` (Unix ms), what closes first before the rest. What is found says what its log
    says until `folds`, of the request, are closed."""
    folds = folds or Folds()
    if one.key:
        found = await _prework(tx, one, office, now, folds)
        return Open([] if found is None else [found], None)
    since = now - FAR_DAYS * blended.DAY_MS
    mine = one.who.issuer.strip().upper()
    rooms = [o for o, issuer in await tx.stays_of(one.who.badge, since) if issuer.strip().upper() == mine]
    offers: list[Offer] = []
    coming: list[int] = []
    for origin in dict.fromkeys([one.origin, *rooms[-SESSIONS:]]):
        stored = await tx.stored(origin)
        if stored is not None:
            some, later = await _reinforced(tx, stored, one, office, now, folds)
            offers += some
            coming += later
    return Open(sorted(offers, key=lambda offer: (offer.closes, offer.key)), min(coming, default=None))


async def asks_later(tx: Tx, origin: str) -> bool:
    """Whether the pack of a stored session asks anything afterwards; no for a plan that this release cannot read."""
    stored = await tx.stored(origin)
    try:
        return stored is not None and bool((await plan_of(tx, stored)).reinforcement)
    except DamagedData:  # the receipt is as good as before
        return False


async def _prework(tx: Tx, one: Learner, office: Office, now: int, folds: Folds) -> Offer | None:
    logs = await logs_of(tx, one.key, office.all)
    if not logs:
        return None
    first = await folds.of(tx, logs[0])
    closes = first.opened_t + (blended.closes(first) or 0)
    if closes <= now or first.info is None:
        return None
    session, before = await _read(tx, logs, office, folds)
    begin = await _begin(tx, logs[0], first.info, first.plan, closes) if session is None else None
    return Offer(one.key, first.plan, closes, begin, session, one.who.badge, before, bool(first.expected))


async def _read(tx: Tx, logs: list[Stored], office: Office, folds: Folds) -> tuple[Session | None, tuple[Session, ...]]:
    """The log of a set that is written to, and those of devices that are in use no more."""
    own = next((log for log in logs if log.device == office.own), None)
    before = [await folds.of(tx, log) for log in logs if log is not own]
    return None if own is None else await folds.of(tx, own), tuple(before)


async def _reinforced(
    tx: Tx, stored: Stored, one: Learner, office: Office, now: int, folds: Folds
) -> tuple[list[Offer], list[int]]:
    """The sets of one session that are open, and when others of it open."""
    plan = await plan_of(tx, stored)
    if not plan.reinforcement:
        return [], []
    head, end = await tx.line(stored.origin, 0), await tx.end_of(stored.origin)
    opened = parse_record(head).fact if head is not None else None
    closed = read_line(end) if end is not None else None
    if not isinstance(opened, SessionOpened) or closed is None or closed.k != SessionClosed.kind:
        return [], []
    if opened.session_kind == blended.BLENDED:
        return [], []  # what is asked again is not asked a third time
    windows = blended.windows(plan, closed.t, opened.tz)
    offers = []
    for window in windows:
        part = blended.only(plan, window.set)
        if part is None or not window.opens <= now < window.closes:
            continue
        key = set_key(stored.origin, window.set)
        session, before = await _read(tx, await logs_of(tx, key, office.all), office, folds)
        begin = await _begin(tx, stored, opened, part, window.closes) if session is None else None
        offers.append(Offer(key, part, window.closes, begin, session, one.who.badge, before))
    return offers, [window.opens for window in windows if window.opens > now]


async def _begin(tx: Tx, stored: Stored, opened: SessionOpened, part: Plan, closes: int) -> Begin:
    media = {sha256: raw for sha256 in sorted(media_of(part)) if (raw := await tx.blob(stored.origin, sha256))}
    pack = opened.pack
    return Begin(
        part,
        PackRef(pack.id, pack.version, pack.files, "", pack.signed),
        opened.title,
        closes,
        opened.site,
        opened.tz,
        opened.policy,
        stored.origin,
        opened.program,
        opened.part,
        opened.cohort,
        media,
    )
