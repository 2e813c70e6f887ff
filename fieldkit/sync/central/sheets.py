"""A stored session as a sheet is made from it: the fold, head office's corrections laid over it, what was erased taken
out, and what its signatures are worth. Every table that head office makes begins here.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.erasing import erased
from fieldkit.core.office import corrected
from fieldkit.core.plan import Plan
from fieldkit.core.records import Record
from fieldkit.core.session import Session
from fieldkit.core.tables import Signatures
from fieldkit.formats.signed import signatures
from fieldkit.log.names import HOME_ORG
from fieldkit.sync.central import findings
from fieldkit.sync.central.desk_said import devices, said_about
from fieldkit.sync.central.home import Home, known_keys
from fieldkit.sync.central.replay import plan_of, records_of
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.vouched import Pair, vouched

MOST_PLANS = 200
"""Plans that are kept as read: most sessions of a year are of a few packs."""


class Laid(msgspec.Struct, frozen=True):
    """A session as it is shown. `office`: (log, record) of what head office said about it and what holds."""

    stored: Stored
    session: Session
    plan: Plan
    signed: Signatures
    office: tuple[Pair, ...]


class Sheets:
    """Reads sessions under one trust list, that of the moment it was made. `now`: central's clock (Unix s), by which a
    revocation to come does not count yet; without it every one does. Raises DamagedData for the list."""

    def __init__(self, home: Home, now: int | None = None) -> None:
        self._home = home
        self._now = now
        self._trust = home.trust()
        self.keys = known_keys(self._trust, [home.central().vkey])
        self._plans: dict[str, Plan] = {}
        self._pubs: set[str] | None = None

    async def read(self, tx: Tx, stored: Stored) -> Laid:
        """One session. Raises DamagedData for another release's plan, BadBytes for lines that cannot be read."""
        session, office = await self.folded(tx, stored)
        earlier = await tx.signed(stored.origin)
        codes = {one.code for one in await tx.findings(stored.origin)}
        revoked = self._trust.revoked(self._now)
        signed = signatures(stored.checkpoint, self.keys, revoked, earlier, session.said)
        fork = "fork" if findings.FORK in codes else "resolved_fork" if findings.RESOLVED in codes else ""
        return Laid(stored, session, session.plan, msgspec.structs.replace(signed, fork=fork), office)

    async def folded(self, tx: Tx, stored: Stored) -> tuple[Session, tuple[Pair, ...]]:
        """The same without what its signatures are worth, and what head office said about it. Raises as `read`."""
        plan = self._plans.get(stored.plan)
        if plan is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            plan = self._plans[stored.plan] = await plan_of(tx, stored)
        session = Session(origin=stored.origin, plan=plan).fold(await records_of(tx, stored.origin))
        office = await self.office(tx, stored)
        corrected(session, office)
        erased(session, [i for _, i, _ in await tx.tombs(stored.origin)])
        return session, office

    async def office(self, tx: Tx, stored: Stored) -> tuple[Pair, ...]:
        """What head office said about a session and may be laid over it, as `desk_said.believed` says it."""
        about = await self._office(tx, stored.origin)
        return tuple(await vouched(tx, stored, about, self.keys, self._trust.revoked(self._now)))

    def people_of(self, origin: str) -> str:
        """Whose people those of a session are, where its laptop names no organisation: ours. A learning record store
        would take one badge for two people else. Empty: those of the organisation that the laptop names."""
        return self._home.org if origin.startswith(f"{HOME_ORG}/") else ""

    def ours(self, stored: Stored) -> bool:
        """Whether a device of head office wrote this log."""
        return stored.device in self._devices()

    async def _office(self, tx: Tx, origin: str) -> list[Pair]:
        """What head office's own logs say about a session."""
        return await said_about(tx, origin, self._devices())

    def _devices(self) -> set[str]:
        if self._pubs is None:
            self._pubs = devices(self._home, self._trust)
        return self._pubs


def origins_of(office: tuple[Pair, ...]) -> set[str]:
    """Head office's logs out of which something is laid over a session."""
    return {log for log, _ in office}


def about_of(office: tuple[Pair, ...]) -> dict[str, list[Record]]:
    """Log → its records that are laid over a session."""
    out: dict[str, list[Record]] = {}
    for log, record in office:
        out.setdefault(log, []).append(record)
    return out
