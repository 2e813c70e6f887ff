"""Logs of pre-work and reinforcement: what somebody answers alone on head office's page (`sync.central.learn_page`).

One log for each set of each session, and one for each pre-work that was opened, of the kind `blended`: made and signed
by the office's device and cosigned like its other log (`sync.central.desk`), under the pack's plan cut down to the set.
It begins with the first answer. Once the office has another device, that one begins a log of its own with the next
answer, and what was answered before is read from both (`sync.central.learn_folds`). One transaction reads its head,
judges the wish by the rules of every session, appends and commits; only then is anybody told. An answer that comes
twice finds itself there.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from fieldkit.core import blended
from fieldkit.core.intents import Actor, Expect, Intent, Join, PutAnswer
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.records import Draft, PackRef, Policy, Record, SegmentEntered, SessionOpened
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan, read_line
from fieldkit.packs.compile import media_of
from fieldkit.sync.central import forgotten
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk import OFFICE, Entropy, append, begun, device
from fieldkit.sync.central.desk_said import devices
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn_folds import Folds, answer_of, logs_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Again

ALONE = "net"
"""Way and evidence of whoever answers on head office's page."""
TRIES = 3


class Begin(msgspec.Struct, frozen=True):
    """What the log of a set is begun with. `closes`: Unix ms; `of`: the session that it reinforces, empty for pre-work;
    `media`: where the pictures and clips of the plan are taken from, SHA-256 → bytes."""

    plan: Plan
    pack: PackRef
    title: str
    closes: int
    site: str = ""
    tz: str = "UTC"
    policy: Policy = Policy()
    of: str = ""
    program: str | None = None
    part: str | None = None
    cohort: str | None = None
    media: dict[str, bytes] = {}


class Who(msgspec.Struct, frozen=True):
    """Whose answer it is: the badge, and what the session that they were in says of them."""

    badge: str
    issuer: str = ""
    name: str = ""
    lang: str = ""


class Put(msgspec.Struct, frozen=True):
    """What became of an answer. `result`: `saved`; `already`: the same was there; `kept`: another one of this person
    was there and stands; `refused` with the reason."""

    result: Literal["saved", "already", "kept", "refused"]
    refusal: Refusal | None = None


async def erased_since(home: Home, tx: Tx, log: Stored, badge: str) -> bool:
    """Whether somebody was erased everywhere after this log was begun: nothing of theirs is added to it any more.
    Raises DamagedData."""
    head = await tx.line(log.origin, 0)
    return head is not None and forgotten.since(home, badge, read_line(head).t)


# ---- writing -------------------------------------------------------------------------------------------------


class Book:
    """One log inside one transaction: drafts are judged one after the other, each with what came before it."""

    def __init__(self, log: Stored, session: Session, at: int) -> None:
        """`at`: Unix ms."""
        self.log, self.session = log, session
        self.drafts: list[Draft] = []
        self._t = at
        self.m = max(session.m, at - session.opened_t) if log.size else 0

    def add(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self.drafts.append(draft)
            i = self.log.size + len(self.drafts) - 1
            x = "" if draft.private else None  # what it is nobody asks, but whether there is a private half
            self.session.apply(Record(i, self.m, self._t, draft.fact, draft.p, x, draft.private))

    def halves(self) -> int:
        return sum(bool(draft.private) for draft in self.drafts)

    def wish(self, intent: Intent, by: Actor) -> Refusal | None:
        made = decide(self.session, intent, by, self.m)
        if isinstance(made, Refusal):
            return made
        self.add(made)
        return None


async def open_prework(
    home: Home, db: Database, begin: Begin, people: Sequence[dict[str, str]], now: int, entropy: Entropy | None = None
) -> Stored:
    """Begin the log of a pre-work that whoever has its code, or who of them is one of `people` (rows of a roster),
    answers until `begin.closes`. `now`: Unix s. Raises NotPossible (no device, two people with one badge)."""
    from fieldkit.errors import NotPossible

    trust = home.trust()
    signer, central = device(home, trust, now), home.central()
    fresh = entropy or secrets.token_bytes
    async with db.transaction() as tx:
        book = await _begin(tx, signer, trust.version, begin, blended.PREWORK, now, fresh)
        for fields in people:
            no = book.wish(Expect(new_p=_new_p(fresh), fields=fields), OFFICE)
            if no is not None:
                raise NotPossible(no.words, f"Mend the roster: {fields.get('badge', '') or fields.get('name', '')}")
        return await append(tx, book.log, book.drafts, [signer], central, now, fresh)


async def put(
    home: Home,
    db: Database,
    key: str,
    begin: Begin | None,
    who: Who,
    wish: PutAnswer,
    now: int,
    *,
    only_expected: bool = False,
    own: bool = True,
    here: Callable[[Tx], Awaitable[bool]] | None = None,
    folds: Folds | None = None,
    entropy: Entropy | None = None,
) -> Put:
    """Take one answer into the log of `key`, which is begun with `begin` if there is none; durable when it returns.

    `wish.n` is what the page was made with: one more than the answer it showed. An answer after which the right one was
    shown stays as it is; so does a confidential one that is not their `own`, whatever is said now. `here`: whether they
    may answer still, asked where nobody else writes. `folds`: of the request. Raises NotPossible (no device),
    FieldkitError (database).
    """
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            fresh = entropy or secrets.token_bytes
            return await _put(home, db, key, begin, who, wish, now, only_expected, own, here, folds or Folds(), fresh)
        except Again:
            if last:
                raise
    raise AssertionError  # the last try returned or raised


async def _put(
    home: Home,
    db: Database,
    key: str,
    begin: Begin | None,
    who: Who,
    wish: PutAnswer,
    now: int,
    only_expected: bool,
    own: bool,
    here: Callable[[Tx], Awaitable[bool]] | None,
    folds: Folds,
    entropy: Entropy,
) -> Put:
    trust = home.trust()
    signer, central = device(home, trust, now), home.central()
    pub = signer.vkey.pub.hex()
    book: Book | None = None
    saved: Stored | None = None
    try:
        async with db.transaction() as tx:
            await tx.begin()
            if here is not None and not await here(tx):
                return Put("refused", Refusal("unknown-person"))
            logs = await logs_of(tx, key, {pub, *devices(home, trust)})
            if any([await erased_since(home, tx, one, who.badge) for one in logs]):
                return Put("refused", Refusal("unknown-person"))
            log = next((one for one in logs if one.device == pub), None)
            before = [await folds.of(tx, one) for one in logs if one is not log]
            if log is not None:
                book = Book(log, await folds.of(tx, log), now * 1000)
            elif begin is not None and begin.plan.set is not None:
                book = await _begin(tx, signer, trust.version, begin, begin.plan.set, now, entropy)
            else:
                return Put("refused", Refusal("not-open"))
            refused = _written(book, before, who, wish, only_expected, own, entropy)
            if refused is not None:
                raise _No(refused)
            after = await append(tx, book.log, book.drafts, [signer], central, now, entropy)
        saved = after
    except _No as no:
        return no.put
    finally:
        if book is not None and saved is not None:
            folds.grown(saved, book.halves())
        elif book is not None and book.drafts:
            folds.drop(book.log.origin)
    return Put("saved")


class _No(Exception):
    """Nothing is written: also not the head of a log that was to begin with this answer."""

    def __init__(self, put: Put) -> None:
        super().__init__(put.result)
        self.put = put


def _written(
    book: Book, before: list[Session], who: Who, wish: PutAnswer, only_expected: bool, own: bool, entropy: Entropy
) -> Put | None:
    """Add the answer to the book, or say why it is not to be written. `before`: what logs of devices say that were in
    use before."""
    a = book.session.plan.activity(wish.activity)
    if a is None or (a, wish.q or "") not in blended.asked(book.session):
        return Put("refused", Refusal("unknown-activity"))
    known = any(one.shown(who.badge) is not None for one in before)
    p = _comes_in(book, who, only_expected and not known, entropy)
    if isinstance(p, Refusal):
        return Put("refused", p)
    found = _judged([*before, book.session], who.badge, a, wish, own)
    if found is not None:
        return found
    no = book.wish(wish, Actor(by="self", via=ALONE, p=p))
    return Put("refused", no) if no is not None else None


def _judged(sessions: list[Session], badge: str, a: Activity, wish: PutAnswer, own: bool) -> Put | None:
    """What is said of an answer that is not to be written, because one is there; None where it is."""
    old = answer_of(sessions, badge, a, wish.q or "")
    if old is None:
        return None
    if not own:
        return Put("kept")  # whether it is the same, too, would say what it is
    stands = blended.shows(a, wish.q or "") or (old.n is not None and wish.n is not None and wish.n <= old.n)
    if not stands:
        return None
    return Put("already" if same(sessions[-1], a, old.v, old.text, wish) else "kept")


def same(session: Session, a: Activity, v: list[str], text: str | None, wish: PutAnswer) -> bool:
    from fieldkit.core.activities import kind_of

    fits = kind_of(a.type).check(a, wish.v, wish.text, wish.q or "")
    return not isinstance(fits, Refusal) and (fits.v, fits.text or "") == (v, text or "")


def _comes_in(book: Book, who: Who, only_expected: bool, entropy: Entropy) -> str | Refusal:
    """Their `p` in this log: who was in before, whom the roster expects, else somebody new with what is known.

    Who issued a badge stands in a roster alone, so who has one from elsewhere is first expected and then comes in.
    """
    found = book.session.shown(who.badge)
    if found is None and only_expected:
        return Refusal("unknown-person")
    if found is None and who.issuer:
        fields = {"badge": who.badge, "name": who.name, "id_issuer": who.issuer}
        no = book.wish(Expect(new_p=_new_p(entropy), fields={k: v for k, v in fields.items() if v}), OFFICE)
        if no is not None:
            return no
        found = book.session.shown(who.badge)
    if found is None or found.joined_i is None:
        p, name = (found.p, found.name) if found is not None else (_new_p(entropy), "")
        join = Join(name or who.name or who.badge, p, who.badge, who.lang or None, "phone", (ALONE,))
        no = book.wish(join, Actor(by="self", via=ALONE))
        found = book.session.shown(who.badge)
        if no is not None or found is None:  # a policy that records no badge leaves nobody to be known
            return no or Refusal("unknown-person")
    return found.p


async def _begin(
    tx: Tx, signer: Signer, trust: int, begin: Begin, name: str, now: int, entropy: Callable[[int], bytes]
) -> Book:
    plan = canonical_plan(msgspec.to_builtins(begin.plan))
    pack = msgspec.structs.replace(begin.pack, plan=hashlib.sha256(plan).hexdigest())
    opened = SessionOpened(
        v=1,
        session_kind=blended.BLENDED,
        dev=signer.name,
        fac=None,
        pack=pack,
        program=begin.program,
        part=begin.part,
        cohort=begin.cohort,
        makes_up=None,
        title=begin.title,
        site=begin.site,
        tz=begin.tz,
        langs=list(begin.plan.langs),
        seq=0,
        prev=None,
        trust=trust,
        seen=0,
        policy=begin.policy,
        set=name,
        of=begin.of or msgspec.UNSET,
    )
    log, opened = await begun(tx, signer, opened, plan, now, entropy)
    for sha256 in sorted(media_of(begin.plan) & set(begin.media)):
        await tx.add_blob(log.origin, sha256, begin.media[sha256])
    book = Book(log, Session(origin=log.origin, plan=begin.plan), now * 1000)
    entered = [Draft(SegmentEntered(segment=begin.plan.segments[0].id))] if begin.plan.segments else []
    book.add([Draft(opened), *entered, *blended.openings(begin.plan, max(1, begin.closes - now * 1000))])
    return book


def _new_p(entropy: Entropy) -> str:
    """As `fieldkit.seats.new_participant`: six random bytes, never with `-` in front."""
    while (made := base64.urlsafe_b64encode(entropy(6)).decode()).startswith("-"):
        pass
    return made
