"""Credentials as head office's own log says: which were given, to whom, which were revoked, and what each is called.

The number of a credential is a UUIDv5 of an HMAC over program, badge, issuer and day of completion, under a key of
head office's own (`keys/credential.key`): the same completion has the same number however often it is asked for, and
nobody who has a list of badges can find out from numbers whose they are. After a revocation the next one of the same
completion has the next number.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from datetime import date
from pathlib import Path

import msgspec

from fieldkit.core.records import CredentialIssued, CredentialRevoked, Ref
from fieldkit.core.taught import Who
from fieldkit.errors import DamagedData
from fieldkit.log.bulk import parse_records
from fieldkit.log.files import write_durable
from fieldkit.log.line import b64u
from fieldkit.log.lock import turn
from fieldkit.sync.central.desk_said import PLAN_SHA256, devices
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.tx import Tx

KEY = "credential.key"
"""File of the key behind the numbers, in `keys/`; there once a credential was given."""
_KEY_BYTES = 32
KINDS = (CredentialIssued.kind, CredentialRevoked.kind)


class Issued(msgspec.Struct, frozen=True):
    """One credential. `log`: `<office's log>#<index>`; `t`: Unix ms at which it was given; `badge` is empty and `name`
    too once the person was erased; `revoked`: the first day on which it counts no more."""

    id: str
    program: str
    version: str
    on: date
    until: date | None
    log: str
    t: int
    p: str | None
    ref: Ref
    badge: str
    issuer: str
    name: str
    revoked: date | None = None
    why: str = ""

    @property
    def who(self) -> Who:
        return self.badge, self.issuer


class Numbers:
    """Makes the numbers. Raises DamagedData for a key file that is none, FieldkitError (disk)."""

    def __init__(self, home: Home) -> None:
        path = key_path(home)
        if not path.exists():
            with turn(home.path / KEY):  # of two keys that are made at one moment one would be lost, its numbers given
                if not path.exists():
                    write_durable(path, secrets.token_bytes(_KEY_BYTES))
        try:
            self._key = path.read_bytes()
        except OSError as wrong:
            raise _damaged(path) from wrong
        if len(self._key) != _KEY_BYTES:
            raise _damaged(path)
        self._space = uuid.uuid5(uuid.NAMESPACE_DNS, home.org)

    def id(self, program: str, who: Who, on: date, n: int) -> str:
        """The number of the `n`-th credential (from 0) of a completion."""
        said = "\0".join((program, *who, on.isoformat(), str(n)))
        return str(uuid.uuid5(self._space, self._digest("number", said).hex()))

    def salt(self, id: str) -> str:
        """What badge and issuer are hashed with in the credential of this number: 22 signs."""
        return b64u(self._digest("salt", id)[:16])

    def _digest(self, what: str, text: str) -> bytes:
        return hmac.new(self._key, f"{what}\0{text}".encode(), hashlib.sha256).digest()


def key_path(home: Home) -> Path:
    return home.path / "keys" / KEY


def _damaged(path: Path) -> DamagedData:
    return DamagedData(
        f"The key of the certificates' numbers ({path.name}) cannot be read.", "Restore it from a backup."
    )


async def issued(tx: Tx, home: Home) -> dict[str, Issued]:
    """Number → credential, in the order in which they were given. What a laptop wrote under these kinds counts for
    nothing. Raises DamagedData."""
    out: dict[str, Issued] = {}
    for pub in sorted(devices(home, home.trust())):
        for log in [one.origin for one in await tx.of_plan(PLAN_SHA256, [pub])]:
            for record in parse_records(await tx.of_kinds(log, KINDS)):
                fact, x = record.fact, record.private or {}
                if isinstance(fact, CredentialIssued) and fact.id not in out and fact.ref is not None:
                    out[fact.id] = Issued(
                        fact.id,
                        fact.program,
                        fact.version,
                        _day(fact.on),
                        _day(fact.until) if fact.until else None,
                        f"{log}#{record.i}",
                        record.t,
                        record.p,
                        fact.ref,
                        badge=str(x.get("badge", "")),
                        issuer=str(x.get("issuer", "")),
                        name=str(x.get("name", "")),
                    )
                elif isinstance(fact, CredentialRevoked) and fact.id in out:
                    was = out[fact.id]
                    day = min(_day(fact.from_), was.revoked or date.max)
                    out[fact.id] = msgspec.structs.replace(was, revoked=day, why=fact.why)
    return out


def _day(text: str) -> date:
    return date.fromisoformat(text)
