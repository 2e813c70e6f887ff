"""Giving credentials: for whom, which are new, the records, and what stands in each document."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date

import msgspec

from fieldkit.core.clean import clean_badge, clean_name, clean_text
from fieldkit.core.personal import without
from fieldkit.core.program import Program, say
from fieldkit.core.records import CredentialIssued, Draft
from fieldkit.core.records import Ref as LeafRef
from fieldkit.core.standing import GAP, Standing
from fieldkit.core.taught import Ref
from fieldkit.errors import NotPossible
from fieldkit.log.credential import Given, Part, Proof
from fieldkit.log.keys import Signer
from fieldkit.log.line import read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.sync.central import policy
from fieldkit.sync.central.credentials import Look, day_of, key
from fieldkit.sync.central.credentials_said import Issued, Numbers, issued
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk import device, tell
from fieldkit.sync.central.desk_said import PLAN_SHA256, devices, folded
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.training import Trained
from fieldkit.sync.central.tx import Tx

AT_ONCE = 1000
"""Records of one transaction."""


class Made(msgspec.Struct, frozen=True):
    """What was asked for: what is to stand in each document, on which day each was completed (by number), which of them
    are new, and of whom none can be made, with the reason."""

    given: list[Given]
    on: dict[str, date]
    new: list[str]
    left: list[tuple[str, str]]
    trained: Trained
    before: int = 0
    """How many have one that was given and handed out before."""


async def issue(
    home: Home, db: Database, program: Program, person: str, now: int, handed: Container[str] | None = None
) -> Made:
    """Credentials of a program for one person (badge, or `issuer/badge`), or, with none named, for everybody who has
    completed it and has none for that yet, or one that nobody has in hand: its number is not among `handed` (None: all
    are). Raises NotPossible, FieldkitError."""
    off = _off(home)
    device(home, home.trust(), now)  # before anything: without it nothing can be recorded
    look = await Look.at(home, db, now, [program], _badges(person) if person else None)
    numbers = Numbers(home)
    found = [one for one in look.trained.register.standings(program, day_of(now)) if one.state != GAP]
    if person:
        found = [_one(found, person, program.id)]
    wanted: list[str] = []
    before = 0
    new: dict[str, tuple[Standing, Ref]] = {}
    for one in found:
        id, live = _number(numbers, look.every, program.id, one, person=bool(person))
        if live:
            if person or (handed is not None and id not in handed):
                wanted.append(id)
            else:
                before += 1
        elif id:
            wanted.append(id)
            new[id] = one, _filed(one, look.trained.register.sessions)
    left: list[tuple[str, str]] = []
    drafts = without(await _drafts(home, db, program, new, left), off)
    once = _Once(home)
    for k in range(0, len(drafts), AT_ONCE):
        await tell(home, db, drafts[k : k + AT_ONCE], now, still=once.still)
    if drafts:
        async with db.reading() as tx:
            look.every = await issued(tx, home)
    ids = [id for id in wanted if id in look.every]
    given, missing = await _given(home, db, look, numbers, ids)
    on = {id: look.every[id].on for id in ids}
    return Made(given, on, [id for id in new if id in ids and id in once.told], left + missing, look.trained, before)


class _Once:
    """Whoever gives the same ones at the same moment, or did so after this one looked, has given them: nobody writes
    a second record of a credential. `told`: numbers of those that are this one's to write."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.told: set[str] = set()
        self._size = -1
        self._there: set[str] = set()

    async def still(self, tx: Tx, drafts: list[Draft]) -> list[Draft]:
        logs = [one for pub in devices(self.home, self.home.trust()) for one in await tx.of_device(pub)]
        size = sum(one.size for one in logs if one.plan == PLAN_SHA256)
        if size != self._size:  # else nothing came in between but what was written here
            self._there = set(await issued(tx, self.home))
        kept = [draft for draft in drafts if _id(draft) not in self._there]
        self.told |= {_id(draft) for draft in kept}
        self._there |= self.told
        self._size = size + len(kept)
        return kept


def _id(draft: Draft) -> str:
    assert isinstance(draft.fact, CredentialIssued)
    return draft.fact.id


def _off(home: Home) -> list[str]:
    """What the policy in force does not record. Raises NotPossible where that is badges."""
    rules = policy.held(home)
    off = rules.off if rules is not None else []
    if "badge" in off:
        raise NotPossible(
            "The policy in force records no badges: nobody could be named in a certificate.", "Nothing was changed."
        )
    return off


def _badges(person: str) -> set[str]:
    """The badges that somebody can mean by BADGE or ISSUER/BADGE: either may have a stroke in it."""
    whole = clean_badge(person)
    return {whole, *(whole[k + 1 :] for k, c in enumerate(whole) if c == "/")}


def _one(found: list[Standing], person: str, program: str) -> Standing:
    wanted = clean_badge(person)
    mine = [one for one in found if wanted and wanted in (one.who[0], "/".join(reversed(one.who)))]
    if len(mine) > 1:
        raise NotPossible(f"Several people have the badge {wanted}.", "Say whose it is: --person ISSUER/BADGE")
    if not mine:
        raise NotPossible(
            f"{wanted[:80]!r} has not completed {program}, or it has run out.",
            f"See what is owed: fieldkit central due --program {program} --all",
        )
    return mine[0]


def _number(
    numbers: Numbers, every: dict[str, Issued], program: str, one: Standing, *, person: bool
) -> tuple[str, bool]:
    """(number of the credential of a completion, whether it was given already). After a revocation the next one is
    given to who is named, and to nobody else: the number is empty then."""
    assert one.completed_on is not None
    for n in range(len(every) + 1):
        id = numbers.id(program, one.who, one.completed_on, n)
        if id not in every:
            return (id if person or n == 0 else ""), False
        if every[id].revoked is None:
            return id, True
    raise AssertionError("more credentials than there are")


def _filed(one: Standing, sessions: Container[str]) -> Ref:
    """The record by which a credential goes with its person: one of a session that completed the program. Credit stands
    in head office's own log, and never alone."""
    last = max(one.done, key=lambda done: done.t)
    return next(ref for ref in last.by if ref.o in sessions)


async def _drafts(
    home: Home, db: Database, program: Program, new: dict[str, tuple[Standing, Ref]], left: list[tuple[str, str]]
) -> list[Draft]:
    """The records of these new credentials, by number. `left` gets those whose person no record names."""
    out = []
    lines = await _lines(db, [ref for _, ref in new.values()])
    for id, (one, ref) in new.items():
        line = lines[ref]
        # Of somebody whom only the roster names the reference is the opening, which is about nobody.
        p = read_line(line).p or await _named(home, db, ref.o, one.who[0])
        if p is None or one.completed_on is None:
            left.append((one.who[0], "no record of the session is about this person"))
            continue
        fact = CredentialIssued(
            id=id,
            program=program.id,
            version=program.version,
            on=one.completed_on.isoformat(),
            until=one.expires_on.isoformat() if one.expires_on is not None else None,
            ref=LeafRef(i=ref.i, leaf=leaf_hash(line).hex(), o=ref.o),
        )
        private = {"badge": one.who[0], "issuer": one.who[1], "name": clean_name(one.name)}
        out.append(Draft(fact, p, {field: text for field, text in private.items() if text}))
    return out


async def _named(home: Home, db: Database, origin: str, badge: str) -> str | None:
    async with db.reading() as tx:
        stored = await tx.stored(origin)
        return (await folded(tx, home, stored)).by_badge.get(badge) if stored is not None else None


async def _lines(db: Database, wanted: Iterable[Ref]) -> dict[Ref, bytes]:
    """The lines of these records; each log is read once."""
    by: dict[str, set[int]] = {}
    for ref in wanted:
        by.setdefault(ref.o, set()).add(ref.i)
    out: dict[Ref, bytes] = {}
    for origin, indexes in sorted(by.items()):
        async with db.reading() as tx:
            at = 0
            async for lines in tx.lines(origin, max(indexes) + 1):
                out |= {Ref(origin, at + k): line for k, line in enumerate(lines) if at + k in indexes}
                at += len(lines)
    return out


# ---- the documents -----------------------------------------------------------------------------------------------


async def _given(
    home: Home, db: Database, look: Look, numbers: Numbers, ids: list[str]
) -> tuple[list[Given], list[tuple[str, str]]]:
    """What stands in the documents of these credentials, and of which none can be made."""
    left: list[tuple[str, str]] = []
    found: list[tuple[Issued, Standing]] = []
    for id in ids:
        one = look.every[id]
        standing = look.standing(one)
        if standing is None:
            left.append((one.badge or id, "no completion carries it any more"))
        else:
            found.append((one, standing))
    lines = await _lines(db, (ref for _, standing in found for done in standing.done for ref in done.by))
    leaves = {ref: leaf_hash(line).hex() for ref, line in lines.items()}
    office = home.office()
    start = key_start(home, office)
    return [_said(home, look, numbers, one, standing, leaves, start) for one, standing in found], left


def key_start(home: Home, office: Signer) -> int:
    """From when the office key counts (Unix s): no document says that it was signed before."""
    line = home.trust().find(office.vkey)
    return line.from_ if line is not None else 0


def _said(
    home: Home, look: Look, numbers: Numbers, one: Issued, standing: Standing, leaves: dict[Ref, str], start: int
) -> Given:
    program = look.known[key(one.program, one.version)]
    parts = []
    for done in standing.done:
        part = program.part(done.part)
        title = clean_text(say(part.title) if part is not None else done.part, 200) or done.part
        parts.append(Part(done.part, title, done.day, tuple(Proof(by.o, by.i, leaves[by]) for by in done.by)))
    months = program.validity.months if program.validity is not None else 0
    counts = f" It counts for {months} months." if months else ""
    return Given(
        id=one.id,
        org=home.org,
        program=one.program,
        version=one.version,
        title=clean_text(say(program.title), 200) or one.program,
        lang=next(iter(program.title), "en"),
        criteria=f"Every part of {key(one.program, one.version)}: {'; '.join(part.title for part in parts)}.{counts}",
        parts=tuple(parts),
        badge=one.badge,
        issuer=one.issuer,
        salt=numbers.salt(one.id),
        name=one.name,
        at=max(done.t for done in standing.done) // 1000,
        until=one.until,
        made=max(one.t // 1000, start),
    )
