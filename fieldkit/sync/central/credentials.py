"""Credentials at head office: listed with what they rest on, revoked by a person; `credentials_given` gives them.

A credential is a fact in head office's own log, and the document is made from it and from the standing on the day of
completion: asked for again, the same credential comes out and nothing is recorded twice. One whose completion a later
correction took away is a finding; that it counts no more is for a person to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.personal import without
from fieldkit.core.program import Program
from fieldkit.core.records import CredentialRevoked, Draft
from fieldkit.core.standing import Standing
from fieldkit.errors import NotPossible
from fieldkit.sync.central import findings, policy, programs
from fieldkit.sync.central.credentials_said import Issued, issued
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk import tell
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.revoked import fresh
from fieldkit.sync.central.rows import Finding
from fieldkit.sync.central.training import Trained, train
from fieldkit.sync.central.tx import Tx

VALID, EXPIRED, REVOKED, UNFOUNDED, ERASED = "valid", "expired", "revoked", "unfounded", "erased"
"""What has become of a credential. `unfounded`: no completion carries it any more; `erased`: nobody is named in it."""


class Seen(msgspec.Struct, frozen=True):
    """A credential, and what it is worth today; `standing`: of that person on the day of completion."""

    issued: Issued
    state: str
    standing: Standing | None = None


class Look:
    """Every credential that was given, laid beside the training of everybody, or of some."""

    def __init__(self, home: Home, trained: Trained, known: dict[str, Program], every: dict[str, Issued]) -> None:
        self.home, self.trained, self.known, self.every = home, trained, known, every

    @classmethod
    async def at(
        cls,
        home: Home,
        db: Database,
        now: int,
        more: Iterable[Program] = (),
        badges: Collection[str] | None = None,
    ) -> Look:
        """`more`: programs that are looked at besides those of the credentials; `badges`: whose training is looked at,
        None for everybody's. Raises FieldkitError."""
        async with db.reading() as tx:
            every = await issued(tx, home)
        known = {key(one.id, one.version): one for one in more}
        there = programs.files(home)
        for one in every.values():
            path = there.get(one.program, {}).get(one.version)
            if path is not None and key(one.program, one.version) not in known:
                known[key(one.program, one.version)] = programs.read(path)
        return cls(home, await train(home, db, known.values(), now, badges=badges), known, every)

    def standing(self, one: Issued) -> Standing | None:
        """The completion that carries a credential; None where there is none, or none any more."""
        program = self.known.get(key(one.program, one.version))
        if program is None or not one.badge:
            return None
        found = self.trained.register.standing(program, one.who, one.on)
        carries = found is not None and (found.completed_on, found.expires_on) == (one.on, one.until)
        return found if carries else None

    def seen(self, one: Issued, day: date) -> Seen:
        """What a credential is worth on a day."""
        standing = self.standing(one)
        if one.revoked is not None and one.revoked <= day:
            return Seen(one, REVOKED, standing)
        if not one.badge:
            return Seen(one, ERASED)
        if standing is None:
            return Seen(one, UNFOUNDED)
        return Seen(one, EXPIRED if one.until is not None and one.until < day else VALID, standing)


def key(program: str, version: str) -> str:
    return f"{program}@{version}"


def day_of(now: int) -> date:
    return datetime.fromtimestamp(now, UTC).date()


# ---- listing -----------------------------------------------------------------------------------------------------


async def listed(home: Home, db: Database, now: int) -> list[Seen]:
    """Every credential, in the order in which they were given; what no completion carries any more becomes a finding,
    and one that is carried again, or was revoked, none. Raises FieldkitError."""
    look = await Look.at(home, db, now)
    return await flagged(db, [look.seen(one, day_of(now)) for one in look.every.values()], now)


async def flagged(db: Database, seen: list[Seen], now: int) -> list[Seen]:
    async with db.reading() as tx:
        known = {one.other for one in await tx.findings(code=findings.UNFOUNDED)}
    wrong = {one.issued.id for one in seen if one.state == UNFOUNDED}
    if wrong == known & {one.issued.id for one in seen}:
        return seen
    async with db.transaction() as tx:
        for one in seen:
            await _flag(tx, one.issued, one.issued.id in wrong, now)
    return seen


async def _flag(tx: Tx, one: Issued, wrong: bool, now: int) -> None:
    origin = one.ref.o or ""
    if wrong:
        detail = {"credential": one.id, "program": key(one.program, one.version), "on": one.on.isoformat()}
        await tx.put_finding(Finding(origin, findings.UNFOUNDED, one.id, detail, now * 1000))
    else:
        await tx.drop_finding(origin, findings.UNFOUNDED, one.id)


# ---- revoking ----------------------------------------------------------------------------------------------------


async def revoke(home: Home, db: Database, id: str, why: str, reason: str, day: date, now: int) -> tuple[Issued, bool]:
    """From `day` on a credential counts for nothing: a record of head office's log, and a new list for the laptops. The
    same again, or a later day, adds nothing; → (the credential, whether anything was added). Raises NotPossible."""
    async with db.reading() as tx:
        every = await issued(tx, home)
    wanted = id.strip().lower().removeprefix("urn:uuid:")
    mine = [
        one for number, one in every.items() if number == wanted or (len(wanted) >= 6 and number.startswith(wanted))
    ]
    if len(mine) != 1:
        raise NotPossible(
            f"{'Several certificates begin' if mine else 'There is no certificate'} with {clean_text(id, 40)!r}.",
            "See their numbers: fieldkit central credential list --home DIR",
        )
    one = mine[0]
    added = one.revoked is None or day < one.revoked
    if added:
        fact = CredentialRevoked(id=one.id, why=why, from_=day.isoformat(), ref=one.ref)
        words = clean_text(reason)
        draft = Draft(fact, one.p, {"reason": words} if words else None)
        rules = policy.held(home)
        await tell(home, db, without([draft], rules.off if rules is not None else []), now)
        one = msgspec.structs.replace(one, revoked=day, why=why)
        async with db.transaction() as tx:
            await _flag(tx, one, False, now)
    await fresh(home, db, now, anew=True)
    return one, added
