"""Badges of people who were erased everywhere, so that what was recorded of them before and comes later is erased too.

A badge is short and soon guessed, so no hash of it alone is kept: `erased.badges` holds an HMAC-SHA256 under a key of
its own (`keys/erased.key`), a line each: digest, Unix second, code. Whoever has the file learns nothing; who has the
key as well can ask of one badge whether it was erased, and finds no name there either.

It counts for sessions that began before the erasure, by the laptop's clock. Who comes to a training afterwards is
recorded again, on a ground of its own: that is a finding, and a person decides.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.core.erasing import WHYS
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.files import said, sync_folder, write_durable
from fieldkit.log.line import parse_opening
from fieldkit.sync.central import findings
from fieldkit.sync.central.rows import Finding

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.tx import Tx

FILE = "erased.badges"
KEY = "erased.key"
_KEY_BYTES = 32
KEPT_TOO_LONG = "retention"
Known = dict[str, tuple[int, str]]
"""Digest → when it was erased last (Unix s), and why."""


class Sealer:
    """Makes the digest of a badge. Raises DamagedData for a key file that is none."""

    def __init__(self, home: Home, *, make: bool = False) -> None:
        path = home.path / "keys" / KEY
        if make and not path.exists():
            write_durable(path, secrets.token_bytes(_KEY_BYTES))
        try:
            self._key = path.read_bytes()
        except OSError as wrong:
            raise _damaged(path) from wrong
        if len(self._key) != _KEY_BYTES:
            raise _damaged(path)

    def digest(self, badge: str) -> str:
        """Hex; the same for every way of writing a badge that the rules take for the same."""
        text = unicodedata.normalize("NFC", badge.strip().upper())
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def read(home: Home) -> Known:
    """What is remembered. A line that a crash cut off at its end never counted. Raises DamagedData."""
    path = home.path / FILE
    try:
        *lines, _ = path.read_bytes().decode("ascii").split("\n")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as wrong:
        raise _damaged(path) from wrong
    out: Known = {}
    for line in lines:
        digest, s, why, *more = [*line.split(" "), "", "", ""]
        if len(digest) != 64 or not s.isascii() or not s.isdigit() or why not in WHYS or any(more):
            raise _damaged(path)
        out[digest] = max(out.get(digest, (0, why)), (int(s), why))
    return out


def remember(home: Home, badges: Iterable[str], why: str, now: int) -> int:
    """Remember these badges, durable when it returns; how many. Raises FieldkitError."""
    wanted = {badge for badge in badges if badge.strip()}
    if not wanted:
        return 0
    sealer, path = Sealer(home, make=True), home.path / FILE
    with said(path):
        whole = path.read_bytes() if path.exists() else b""
        if whole and not whole.endswith(b"\n"):
            write_durable(path, whole[: whole.rfind(b"\n") + 1])
        fresh = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
            file.writelines(f"{digest} {now} {why}\n".encode() for digest in sorted(map(sealer.digest, wanted)))
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_folder(path.parent)
    return len(wanted)


def knows(home: Home, badges: Iterable[str]) -> bool:
    """Whether one of these badges was erased everywhere. Raises DamagedData."""
    known = read(home)
    return bool(known) and any(Sealer(home).digest(badge) in known for badge in badges)


def expected_no_more(home: Home, badges: Iterable[str]) -> set[str]:
    """Those of these badges whose owner was erased everywhere; not those whose time of keeping was over, who may well
    be expected again. Raises DamagedData."""
    known = read(home)
    if not known:
        return set()
    sealer = Sealer(home)
    return {
        badge
        for badge in badges
        if badge.strip() and known.get(sealer.digest(badge), (0, KEPT_TOO_LONG))[1] != KEPT_TOO_LONG
    }


def since(home: Home, badge: str, began: int) -> bool:
    """Whether this badge was erased everywhere after `began` (Unix ms). Raises DamagedData."""
    known = read(home)
    return bool(known) and known.get(Sealer(home).digest(badge), (0, ""))[0] * 1000 > began


async def again(home: Home, tx: Tx, origin: str, now: int) -> bool:
    """Erase in a session that came in what was erased before; whether anything went. Raises DamagedData."""
    from fieldkit.sync.central import tombs  # late: it knows what a database is

    known, before = read(home), await tx.swept(origin)
    if before:
        await tombs.lay(tx, origin, before, now)
    seen = badges(await tx.openings(origin), known, Sealer(home)) if known else {}
    if not seen:
        await tx.drop_finding(origin, findings.ERASED_BADGE, "")
        return bool(before)
    return await _taken_out(tx, origin, seen, known, now) or bool(before)


async def _taken_out(tx: Tx, origin: str, seen: Mapping[str, str], known: Known, now: int) -> bool:
    from fieldkit.sync.central import erase, tombs  # late: they know what an intake is

    stored, head = await tx.stored(origin), await tx.line(origin, 0)
    if stored is None or head is None:
        return False
    began = erase.began(head)
    gone, later = 0, set[int]()
    for badge, digest in seen.items():
        at, why = known[digest]
        refs = (await erase.of_person(tx, stored, badge)).refs
        if began < at * 1000:
            gone += await tombs.lay(tx, origin, dict.fromkeys(refs, why), now)
        else:
            later.update(refs)
    if later:
        detail: dict[str, Any] = {"records": sorted(later)}
        await tx.put_finding(Finding(origin, findings.ERASED_BADGE, "", detail, now * 1000))
    else:
        await tx.drop_finding(origin, findings.ERASED_BADGE, "")
    return gone > 0


def badges(openings: Mapping[int, bytes], known: Known, sealer: Sealer) -> dict[str, str]:
    """Badges among these private halves that are remembered, with their digests."""
    found: dict[str, str] = {}
    for raw in openings.values():
        if b'"badge"' not in raw:
            continue
        try:
            badge = parse_opening(raw)[1].get("badge")
        except BadBytes:
            continue
        if isinstance(badge, str) and badge not in found and (digest := sealer.digest(badge)) in known:
            found[badge] = digest
    return found


def _damaged(path: Path) -> DamagedData:
    return DamagedData(
        f"The list of erased badges ({path.name}) cannot be read.",
        "Put it back from a backup: without it what comes later keeps erased names.",
    )
