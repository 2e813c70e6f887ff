"""Head office's own log (`kind` desk): what is said after the fact, made by a device of the office, only ever added to.

It is a session like any other: same lines, same tree, signed by the office's device and cosigned by central, shown to
witnesses. It lives in central's database alone; one transaction reads its head, judges the wish by the same rules as
the live desk, appends, signs and commits. The log of the laptop stays as it is; tables lay the one over the other
(`core.office`) and show both values.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import msgspec

from fieldkit.core.intents import Actor, Correct, Intent
from fieldkit.core.office import DESK, in_force
from fieldkit.core.records import Amended, CreditGranted, Draft, PackRef, Policy, Prev, Ref, SessionOpened
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from fieldkit.errors import DamagedData, NotPossible
from fieldkit.log.batch import Clocks, Moment, Pending, declared, number
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.keys import Signer
from fieldkit.log.line import opening_x, read_line
from fieldkit.log.merkle import Frontier, leaf_hash
from fieldkit.log.names import b64, device_name, make_origin
from fieldkit.log.note import Checkpoint, add_signatures, cosign, sign_note
from fieldkit.log.trust import TrustList
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import KEY, PLAN, PLAN_SHA256, folded
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx

OFFICE = Actor(by="office", via="terminal")
Entropy = Callable[[int], bytes]
Wish = Callable[[Session], Correct]
Drafts = Callable[["Target"], "list[Draft] | str"]
"""What is to be said about a session; a string, `<log>#<index>`: where it stands already."""
Still = Callable[[Tx, "list[Draft]"], Awaitable["list[Draft]"]]
"""Which of these are to be said still, asked where nobody else writes."""


class Corrected(msgspec.Struct, frozen=True):
    """What was added: the office's log, the index of the first record there, how many; and the session it is about.
    None were added where the same stood there already."""

    log: str
    index: int
    records: int
    session: str


class Target(msgspec.Struct, frozen=True):
    """The session that something is said about: its fold with what was said before, its head, its lines."""

    session: Session
    stored: Stored
    lines: list[bytes]

    def ref(self, i: int) -> Ref:
        """The record `i` of it. Raises NotPossible."""
        if not 0 <= i < self.stored.size:
            raise NotPossible("There is no such record in this session.", "Nothing was changed.")
        return Ref(i=i, leaf=leaf_hash(self.lines[i]).hex(), o=self.stored.origin)


def make_device(home: Home, entropy: Entropy = secrets.token_bytes) -> Signer:
    """The key of the office's own device, made once. Root has still to put it on the trust list."""
    path = home.path / "keys" / KEY
    if not path.exists():
        Signer.generate(device_name(entropy(12), home.org)).save(path)
    return Signer.load(path)


def device(home: Home, trust: TrustList, now: int) -> Signer:
    """The office's device, which the list in force names. Raises NotPossible."""
    path = home.path / "keys" / KEY
    hint = "Make one, with the root key at hand: fieldkit central desk --home DIR"
    if not path.exists():
        raise NotPossible("Head office has no device of its own yet to sign corrections with.", hint)
    signer = Signer.load(path)
    line = trust.find(signer.vkey)
    if line is None or line.kind != "device" or line.state(now) != "ok":
        raise NotPossible("Head office's own device is not on the trust list, or its time is over.", hint)
    return signer


# ---- writing -------------------------------------------------------------------------------------------------


async def correct(
    home: Home, db: Database, origin: str, wish: Wish, now: int, entropy: Entropy = secrets.token_bytes
) -> Corrected:
    """Add one correction of the stored session `origin` to the office's log; `now` is Unix seconds. `wish` is asked
    with the session as it stands, corrections included. The same once more, while it is in force, adds nothing. Raises
    NotPossible as `add` does, and when the rules say no.
    """

    def made(at: Target) -> list[Draft] | str:
        wished = wish(at.session)
        if wished.do == "void" and wished.ref is not None:  # the rules know nothing any more that could be made void
            ref = Ref(i=wished.ref, leaf=wished.leaf or "")
            fact = Amended(do=wished.do, why=wished.why, by=wished.by, ref=ref)
            if there := in_force(at.session, [Draft(fact, None, {"reason": wished.reason} if wished.reason else None)]):
                return there
        drafts = _ruled(at.session, wished)
        return in_force(at.session, drafts) or [_pointed(draft, at) for draft in drafts]

    return await add(home, db, origin, made, now, entropy=entropy)


async def add(
    home: Home,
    db: Database,
    origin: str,
    made: Drafts,
    now: int,
    *,
    human: Signer | None = None,
    entropy: Entropy = secrets.token_bytes,
) -> Corrected:
    """Add what `made` says about the stored session `origin` to the office's log, all in one transaction; a string
    (`<log>#<index>`) says where it stands already. `human` signs the checkpoint beside the office's device, and that
    checkpoint is kept.

    Durable and cosigned when it returns. Raises NotPossible when two histories of the session wait for a decision, when
    the office has no device, and whatever `made` raises: nothing is written then.
    """
    trust = home.trust()
    signer, central = device(home, trust, now), home.central()
    async with db.transaction() as tx:
        stored = await tx.stored(origin)
        if stored is None or stored.plan == PLAN_SHA256:
            raise NotPossible("Only a session that is stored here can be corrected.", "Name another session.")
        if await tx.findings(origin, findings.FORK):
            raise NotPossible("This session has two histories, and nobody has chosen.", "See central resolve.")
        lines = [line async for batch in tx.lines(origin) for line in batch]
        drafts = made(Target(await folded(tx, home, stored), stored, lines))
        if isinstance(drafts, str):
            log, _, index = drafts.rpartition("#")
            return Corrected(log, int(index), 0, origin)
        log_ = await open_log(tx, signer, trust, now, entropy)
        after = await append(tx, log_, drafts, [signer, *([human] if human else [])], central, now, entropy)
    return Corrected(after.origin, after.size - len(drafts), len(drafts), origin)


async def tell(
    home: Home,
    db: Database,
    drafts: list[Draft],
    now: int,
    entropy: Entropy = secrets.token_bytes,
    *,
    still: Still | None = None,
) -> tuple[str, int]:
    """Add what is about no session as it stands now, whatever became of that session; → (office's log, index of the
    first record, or of the next one where nothing was to be said any more). Durable and cosigned when it returns.
    Raises NotPossible when the office has no device."""
    trust = home.trust()
    signer, central = device(home, trust, now), home.central()
    async with db.transaction() as tx:
        await tx.begin()
        drafts = drafts if still is None else await still(tx, drafts)
        log = await open_log(tx, signer, trust, now, entropy)
        after = await append(tx, log, drafts, [signer], central, now, entropy) if drafts else log
    return after.origin, after.size - len(drafts)


def _ruled(session: Session, wish: Intent) -> list[Draft]:
    made = decide(session, wish, OFFICE, session.m)
    if isinstance(made, Refusal):
        whom = f" ({made.detail})" if made.detail else ""
        raise NotPossible(f"{made.words}{whom}", "Nothing was changed.")
    return made


def _pointed(draft: Draft, at: Target) -> Draft:
    """The draft with a reference into the session's log: the record it is about, else the first one of its person."""
    fact = draft.fact
    assert isinstance(fact, Amended | CreditGranted)
    index = fact.ref.i if fact.ref is not None else first_of(draft.p, at.session)
    return msgspec.structs.replace(draft, fact=msgspec.structs.replace(fact, ref=at.ref(index)))


def first_of(p: str | None, session: Session) -> int:
    """Index of the record by which somebody came into the log; 0, the opening, for one whom only a roster names."""
    return min((i for i, who in session.arrivals.items() if who == p), default=0)


async def open_log(tx: Tx, signer: Signer, trust: TrustList, now: int, entropy: Entropy) -> Stored:
    """The log that the office writes in; begun when there is none. A device has one."""
    found = [one for one in await tx.of_device(signer.vkey.pub.hex()) if one.plan == PLAN_SHA256]
    if found:
        return found[-1]
    opened = SessionOpened(
        v=1,
        session_kind=DESK,
        dev=signer.name,
        fac=None,
        pack=PackRef(DESK, "1.0.0", "0" * 64, PLAN_SHA256),
        program=None,
        part=None,
        cohort=None,
        makes_up=None,
        title="Head office",
        site="",
        tz="UTC",
        langs=["en"],
        seq=1,
        prev=None,
        trust=trust.version,
        seen=0,
        policy=Policy(),
    )
    log, opened = await begun(tx, signer, opened, PLAN, now, entropy)
    return await append(tx, log, [Draft(opened)], [signer], None, now, entropy)


async def begun(
    tx: Tx, signer: Signer, opened: SessionOpened, plan: bytes, now: int, entropy: Entropy
) -> tuple[Stored, SessionOpened]:
    """A new log of the office's device, still without a record, and its `session.open`, numbered and linked to the log
    before it. It has to get that record in the same transaction."""
    device = signer.vkey.pub.hex()
    seq, before, size, root = await tx.last_of(device)
    prev = Prev(n=size, o=before, root=b64(root)) if before else None
    opened = msgspec.structs.replace(opened, seq=seq + 1, prev=prev)
    origin, empty = make_origin(signer.name, seq + 1, entropy(8)), Frontier()
    log = Stored(
        *(origin, device, seq + 1, 0, empty.root(), empty.to_bytes(), b"", opened.pack.plan),
        *(before or None, size if before else None, root if before else None),
        *(opened.title, opened.site, now * 1000),
    )
    await tx.add_session(log)
    await tx.add_blob(origin, opened.pack.plan, plan)
    return log, opened


async def append(
    tx: Tx, log: Stored, drafts: list[Draft], by: list[Signer], central: Signer | None, now: int, entropy: Entropy
) -> Stored:
    """Add to a log of the office's device, this one or one of a set (`sync.central.learn_log`): number, hash, insert,
    sign (`by`: the device, then a person if one signs); `central` cosigns what leaves the transaction. What a person
    signed is kept when the log grows."""
    opened, last = await _clocks(tx, log)
    pending = [Pending(tuple(drafts))]
    declared(pending)
    t = now * 1000
    m = max(last, t - opened) if log.size else 0
    made, _ = number(pending, log.size, Clocks(last, t, last, t), Moment(m, t), entropy)
    openings = [(i, raw) for i, raw in enumerate(made.openings, log.size) if raw]
    xs = {i: opening_x(raw) for i, raw in openings}
    rows = [(log.origin, i, xs.get(i), raw) for i, raw in enumerate(made.lines, log.size)]
    await tx.add_records(log.origin, rows, log.plan)
    await tx.add_openings(log.origin, openings)
    frontier = Frontier.from_bytes(log.frontier)
    if frontier.size != log.size or frontier.root() != log.root:
        raise DamagedData("The office's own log is damaged.", "Restore central's folder from a backup.")
    frontier.extend(leaf_hashes(made.lines))
    at = Checkpoint(log.origin, frontier.size, frontier.root())
    note = sign_note(at.text(), *by)
    if central is not None:
        note = add_signatures(note, [cosign(at.text(), central, now)])
        await tx.add_cosigned(log.origin, at.size, at.root, now)
        await _witnessed(tx, log)
    if len(by) > 1:
        await tx.add_signed(log.origin, at.size, note)
    new = msgspec.structs.replace(
        log, size=at.size, root=at.root, frontier=frontier.to_bytes(), checkpoint=note, ms=now * 1000
    )
    said = {ref.o for draft in drafts if (ref := getattr(draft.fact, "ref", None)) is not None and ref.o}
    await tx.move_head(new, log.size, log.root, said if log.plan == PLAN_SHA256 else None)
    return new


async def _witnessed(tx: Tx, log: Stored) -> None:
    from fieldkit.sync.central.witnesses import keep

    if log.checkpoint:
        await keep(tx, log)


async def _clocks(tx: Tx, log: Stored) -> tuple[int, int]:
    """Unix ms at which the log was opened, and `m` of its last record."""
    if not log.size:
        return 0, 0
    first, last = await tx.line(log.origin, 0), await tx.line(log.origin, log.size - 1)
    return read_line(first or b"").t, read_line(last or b"").m
