"""Head office's policy: put in force, read, and obeyed where names are kept: they go when their days are over.

`policy.note` lies in central's folder and goes down to the laptops as it is. Retention counts from the moment at which
a session began, by the laptop's own clock; a session whose pack the policy names no days for keeps its names.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core import records as r
from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.log.files import write_durable
from fieldkit.log.keys import Signer
from fieldkit.log.line import parse_record, read_line
from fieldkit.log.note import open_note
from fieldkit.log.policy import (
    POLICY_LIMIT,
    OfficePolicy,
    Retention,
    open_policy,
    parse_policy,
    policy_note,
    policy_text,
)
from fieldkit.sync.central import tombs
from fieldkit.sync.central.desk_said import PLAN_SHA256, halves
from fieldkit.sync.central.front.book import FILE as PEOPLE
from fieldkit.sync.central.front.book import Book

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

DAY = 86_400
FILE = "policy.note"
WHY = "retention"
"""Code of the tombstones that this lays."""


class Due(msgspec.Struct, frozen=True):
    """A session that still holds `n` private halves. `until`: Unix s at which they go; None: no day is set."""

    origin: str
    pack: str
    n: int
    until: int | None
    rule: Retention | None
    refs: list[int]
    office: dict[str, list[int]] = {}
    """Head office's own words about it: its log → indexes."""

    def over(self, now: int) -> bool:
        return self.until is not None and now >= self.until


def path_of(home: Home) -> Path:
    return home.path / FILE


def held(home: Home) -> OfficePolicy | None:
    """The policy in force, its signature checked; None where there is none. Raises DamagedData.

    Under every office and root key on the list, also one that was revoked since: it was head office's own word.
    """
    try:
        raw = path_of(home).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise _damaged(home) from wrong
    try:
        return parse_policy(open_note(raw, home.trust().vkeys("office", "root"), POLICY_LIMIT).text)
    except BadBytes as wrong:
        raise _damaged(home) from wrong


def put(home: Home, written: str, now: int, signer: Signer | None = None) -> OfficePolicy:
    """Put a policy in force: the version after the one held, issued now, signed by the office key, or by `signer`.

    `written`: its lines, without the head; empty lines and those that begin with # are left out. Raises BadBytes for a
    line that says nothing, DamagedData.
    """
    before = held(home)
    lines = [line for raw in written.splitlines() if (line := raw.strip()) and not line.startswith("#")]
    text = policy_text(home.org, before.version + 1 if before is not None else 1, now, lines)
    raw = policy_note(text, signer or home.office())
    policy = open_policy(raw, home.trust(), now)
    write_durable(path_of(home), raw)
    return policy


def _damaged(home: Home) -> DamagedData:
    return DamagedData(f"Central's policy {path_of(home)} cannot be read.", "Restore it from a backup.")


# ---- names that go by their date -----------------------------------------------------------------------------


async def due(tx: Tx, policy: OfficePolicy) -> list[Due]:
    """Every session that still holds names, with the day on which they go."""
    found = []
    said = await halves(tx)
    for stored in await tx.sessions():
        if stored.plan == PLAN_SHA256:
            continue  # what the office wrote goes with the session that it is about
        refs = sorted(await tx.openings(stored.origin))
        first, office = await _first(tx, stored.origin), said.get(stored.origin, {})
        if not (refs or office) or first is None:
            continue
        fact = first.fact
        pack = fact.pack.id if isinstance(fact, r.SessionOpened) else ""
        rule = policy.of(pack)
        until = first.t // 1000 + rule.days * DAY if rule is not None else None
        n = len(refs) + sum(map(len, office.values()))
        found.append(Due(stored.origin, pack, n, until, rule, refs, office))
    return found


async def _first(tx: Tx, origin: str) -> r.Record | None:
    async for lines in tx.lines(origin, 1):
        return parse_record(lines[0]) if read_line(lines[0]).k == "session.open" else None
    return None


def let_go(home: Home, now: int, *, dry: bool = False) -> int:
    """Lines of the access log that are older than the policy keeps them go; → how many. `dry`: only count them. A
    policy that says nothing of it, or none, keeps every line."""
    policy = held(home)
    if policy is None or policy.access_days is None or not (home.path / PEOPLE).exists():
        return 0
    book, before = Book(home.path), now - policy.access_days * DAY
    try:
        return book.older(before) if dry else book.let_go(before, now)
    finally:
        book.close()


async def retire(home: Home, db: Database, now: int, *, dry: bool = False) -> list[Due]:
    """Erase the names whose days are over; → those sessions. `dry`: only say which. Raises NotPossible (no policy).

    It is an erasure like any other: a tombstone for each, kept for ever, and it goes down to the laptops.
    """
    policy = held(home)
    if policy is None:
        raise NotPossible(
            "There is no policy that says how long names are kept.", "Write one: fieldkit central policy set FILE"
        )
    async with db.transaction() as tx:
        over = [one for one in await due(tx, policy) if one.over(now)]
    wanted = {one.origin: list(one.refs) for one in over if one.refs}
    for log, refs in (pair for one in over for pair in one.office.items()):
        wanted.setdefault(log, []).extend(refs)
    if over and not dry:
        await tombs.erase(home, db, wanted, WHY, now)
    return over
