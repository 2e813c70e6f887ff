"""What comes down to a laptop that asks: the next trust list, the policy, who may do what, which certificates
count no more, and what was erased or corrected of its sessions.

Each is asked for by the SHA-256 of what the laptop has, and nothing is sent when that is the newest.
"""

from __future__ import annotations

import hashlib

from fieldkit.errors import FieldkitError
from fieldkit.log.receipt import join_notes, split_notes
from fieldkit.log.revoked import revoked_path
from fieldkit.log.valid import valid_path
from fieldkit.sync.central import policy, tombs
from fieldkit.sync.central.credentials_said import key_path
from fieldkit.sync.central.following import following
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.central.revoked import fresh, of_today
from fieldkit.sync.central.telling import amended_notes

MOST = 16 << 20
"""Most bytes of notes in one answer; a laptop takes no more."""


def trust(home: Home, held: str) -> bytes | None:
    """The newest list that can follow the one held; None when that is in force. Raises DamagedData."""
    home.trust()
    return following(home, held)


def rules(home: Home, held: str) -> bytes | None:
    """The policy in force; None when there is none or the laptop has it. Raises DamagedData."""
    if policy.held(home) is None:
        return None
    raw = policy.path_of(home).read_bytes()
    return None if _sha(raw) == held else raw


def valid(home: Home, held: str) -> bytes | None:
    """Who may do what, as it was signed last; None when there is none or the laptop has it. Raises FieldkitError."""
    try:
        raw = valid_path(home.path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise FieldkitError(f"valid.note cannot be read: {wrong.strerror}.", "Check the disk.") from wrong
    return None if _sha(raw) == held else raw


async def revoked(home: Home, held: str, now: int) -> bytes | None:
    """Which certificates count no more, of today; None where none was ever given or the laptop has it. Raises
    FieldkitError."""
    raw = of_today(home, now)
    if raw is None and (key_path(home).exists() or revoked_path(home.path).exists()):
        db = await home.database()
        try:
            raw = await fresh(home, db, now)
        finally:
            await db.close()
    return None if raw is None or _sha(raw) == held else raw


async def notes(home: Home, device: str, held: str) -> bytes | None:
    """What was erased of this device's sessions, with their receipts, and which of them head office said something
    about, as a receipts file; None when it has just that.

    The receipts tell a laptop that was put back from a backup that head office holds more than it does.
    """
    live = [key.vkey for key in home.trust().of("central") if key.revoked is None]
    db = await home.database()
    try:
        async with db.transaction() as tx:
            every = {origin for origin, _, _ in await tx.tombs() if origin.startswith(f"{device}/")}
            said = [note for found in (await amended_notes(tx, home, device)).values() for note in found]
        raw = await receipts_file(db, sorted(one for one in every if tombs.ASIDE not in one), home.office(), live)
        raw = join_notes([*split_notes(raw, MOST), *said]) if said else raw
    finally:
        await db.close()
    return None if not raw or len(raw) > MOST or _sha(raw) == held else raw


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
