"""What the digest is made with: its own version, the trust list, the programs in force; and what follows when one of
them is another than last time.

`in_force` holds a stamp of each. Who catches up brings the stamps up first, and whatever they write afterwards is
written only while the stamps still say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.office import filed_under, ref_of
from fieldkit.core.program import Program
from fieldkit.log.keys import VKey
from fieldkit.sync.central import programs
from fieldkit.sync.central.desk_said import devices, every_record
from fieldkit.sync.central.digest import VERSION
from fieldkit.sync.central.home import known_keys
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

DIGEST, TRUST, DAY, PROGRAM, TASK = "digest", "trust", "day", "program ", "task:"


class Force(msgspec.Struct, frozen=True):
    """`pubs`: public keys (hex) of head office's devices; `revoked`: key → from when (Unix s) it counts no more."""

    programs: tuple[Program, ...]
    keys: tuple[VKey, ...]
    revoked: Mapping[VKey, int]
    pubs: tuple[str, ...]
    stamps: dict[str, str]

    @property
    def tasks(self) -> dict[str, list[Program]]:
        """Task → the programs that are all needed for it."""
        found: dict[str, list[Program]] = {}
        for one in self.programs:
            if one.task:
                found.setdefault(one.task, []).append(one)
        return found


def load(home: Home, now: int) -> Force:
    """As it is in head office's folder. Raises DamagedData for a list or a program that cannot be read."""
    trust = home.trust()
    some = tuple(programs.in_force(home))
    keys = tuple(known_keys(trust, [home.central().vkey]))
    pubs = tuple(sorted(devices(home, trust)))
    revoked = trust.revoked(now)  # a day on which a key ends changes what counts, as another list does
    ended = sorted(f"{key} {day}" for key, day in revoked.items())
    listed = "\n".join([trust.text(), *map(str, keys), *pubs, *ended])
    stamps = {DIGEST: str(VERSION), TRUST: hashlib.sha256(listed.encode()).hexdigest()}
    encode = msgspec.json.Encoder(order="deterministic").encode
    stamps |= {f"{PROGRAM}{one.id}": f"{one.version} {hashlib.sha256(encode(one)).hexdigest()}" for one in some}
    return Force(some, keys, revoked, pubs, stamps)


async def stamps(tx: Tx) -> dict[str, str]:
    """As the tables say."""
    return {str(what): str(stamp) for what, stamp in await tx.rows("SELECT what, stamp FROM in_force")}


def same(force: Force, found: Mapping[str, str]) -> bool:
    """Whether what stands in the tables was, or is being, made with this."""
    return {k: v for k, v in found.items() if k != DAY} == force.stamps


async def settle(db: Database, force: Force) -> None:
    """Mark whatever another version, list or program makes untrue."""
    async with db.reading() as tx:
        if same(force, await stamps(tx)):
            return
    async with db.transaction() as tx:
        await tx.begin()
        before = await stamps(tx)
        if same(force, before):
            return
        if before.get(DIGEST) != force.stamps[DIGEST]:
            await tx.mark_all()
            await tx.touch_all()
            await tx.fill_said()
            await tx.put_rows("UPDATE shown SET mark = '', said = NULL", [()])
        elif before.get(TRUST) != force.stamps[TRUST]:
            refs = [ref_of(record) or filed_under(record) for _, record in await every_record(tx)]
            await tx.mark(*sorted({ref.o for ref in refs if ref is not None and ref.o}))
        if _programs(before) != _programs(force.stamps):
            names = [*(one.id for one in force.programs), *(f"{TASK}{task}" for task in force.tasks)]
            which = f" WHERE program NOT IN ({marks(len(names))})" if names else ""
            for table in ("standing", "tally"):
                await tx.put_rows(f"DELETE FROM {table}{which}", [names])
            await tx.touch_all()
        for what in before.keys() - force.stamps.keys() - {DAY}:
            await tx.put_rows("DELETE FROM in_force WHERE what = ?1", [(what,)])
        for what, stamp in force.stamps.items():
            await put(tx, what, stamp)


async def put(tx: Tx, what: str, stamp: str) -> None:
    await tx.put_rows(
        "INSERT INTO in_force (what, stamp) VALUES (?1, ?2) ON CONFLICT (what) DO UPDATE SET stamp = excluded.stamp",
        [(what, stamp)],
    )


def _programs(found: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in found.items() if k.startswith(PROGRAM)}
