"""What lies in a sessions folder: one `SessionRef` a session, whatever state its file is in. Needs no key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core import records as r
from fieldkit.core.plan import ATTENDANCE
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.heads import KnownHead
from fieldkit.log.line import parse_record
from fieldkit.log.names import split_origin
from fieldkit.log.read import SessionFile
from fieldkit.log.schema import NeverBegun, wal_path

_FILE = re.compile(r"(?P<seq>[0-9]{6,9})-(?P<tail>[0-9a-hjkmnp-tv-z]{8})\.db\Z")
_TURNS = ("session.close", "session.reopen", "session.pause", "session.resume", "session.open")
_NOBODY = frozenset(
    {
        *("session.open", "session.pause", "session.resume", "session.close", "session.reopen", "sign.by"),
        *("staff.set", "person.expect", "plan.change", "segment.enter", "step.enter", "clock.jump"),
    }
)
"""Kinds that a session holds in which nobody took part and nothing was asked."""
OPEN = ("running", "paused")
"""States of a session that was begun and has not ended."""
UNREADABLE = ("damaged", "missing")
"""States of a session whose records cannot be read."""


class SessionRef(msgspec.Struct, frozen=True):
    """One session on this laptop, as its file says.

    `state`: running (or interrupted), paused, ended; damaged: its file cannot be read; missing: this laptop has signed
    it and its file is gone; older: a copy from before what this laptop has signed, readable and never resumed. `size`
    of a damaged or missing one is what `keys/heads` says, else 0. `tz`: the session's own IANA zone.
    """

    seq: int
    suffix: str
    origin: str
    path: Path
    title: str = ""
    pack_id: str = ""
    pack_version: str = ""
    state: str = ""
    size: int = 0
    opened_t: int = 0
    site: str = ""
    tz: str = "UTC"
    set: str = ""
    """Which set of the pack it asks; empty: the whole pack."""


def listed(folder: Path, known: Iterable[KnownHead], device: str) -> list[SessionRef]:
    """Every session in `folder` that was really begun, and every known one whose file is gone, oldest first.

    `device`: name of this laptop's key, empty without one. Raises OSError when the folder cannot be read.
    """
    heads = {head.origin: head for head in known}
    by_name = {origin.rsplit("/", 1)[1]: origin for origin in heads}
    paths = [x for x in folder.iterdir() if _FILE.match(x.name)] if folder.is_dir() else []
    found = []
    for path in paths:
        # What a damaged file cannot say itself: the remembered origin of that name, else one under this laptop's.
        guess = by_name.get(path.stem) or (f"{device}/{path.stem}" if device else path.stem)
        ref = _ref(path, guess, heads)
        if ref.state:
            found.append(ref)
    there = {ref.origin for ref in found}
    found += [_missing(folder, head) for head in heads.values() if head.origin not in there]
    return sorted(found, key=lambda ref: (ref.seq, ref.path.name))


def nobody_came(ref: SessionRef) -> bool:
    """Whether nobody took part in a session and nothing was asked but the roll: one that was begun by mistake. False
    for what cannot be read. Reads no further than the first record that says otherwise."""
    if ref.state in UNREADABLE:
        return False
    try:
        with SessionFile.open(ref.path) as file:
            return all(_says_nobody(line) for line in file.lines())
    except (FieldkitError, BadBytes, OSError):
        return False


def _says_nobody(line: bytes) -> bool:
    fact = parse_record(line).fact
    if isinstance(fact, r.ActivityOpened | r.ActivityClosed):
        return fact.activity == ATTENDANCE
    return fact.kind in _NOBODY


def _missing(folder: Path, head: KnownHead) -> SessionRef:
    name = split_origin(head.origin)
    path = folder / f"{head.origin.rsplit('/', 1)[1]}.db"
    return SessionRef(name.seq, name.tail, head.origin, path, state="missing", size=head.n)


def _ref(path: Path, guess: str, heads: dict[str, KnownHead]) -> SessionRef:
    match = _FILE.match(path.name)
    assert match is not None  # only such are listed
    signed = heads[guess].n if guess in heads else 0
    damaged = SessionRef(int(match["seq"]), match["tail"], guess, path, state="damaged", size=signed)
    # An empty file beside a -wal that is not was more than empty once, or nothing could be waiting to go into it.
    blank = guess not in heads and (_size(path) > 0 or not _size(wal_path(path)))
    try:
        with SessionFile.open(path) as file:
            return _described(damaged, file, heads)
    except NeverBegun:
        return msgspec.structs.replace(damaged, state="" if blank else "damaged")
    except (FieldkitError, OSError):
        return damaged


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _described(blank: SessionRef, file: SessionFile, heads: dict[str, KnownHead]) -> SessionRef:
    size = file.head.size
    if not size:
        # Without a record it was never begun, unless this laptop remembers that it was.
        return msgspec.structs.replace(blank, origin=file.origin, state="damaged" if file.origin in heads else "")
    first = file.record(0)
    opened = first.fact
    if not isinstance(opened, r.SessionOpened):
        return msgspec.structs.replace(blank, origin=file.origin)
    kinds = (file.record(i).k for i in range(size - 1, -1, -1))
    last = next((kind for kind in kinds if kind in _TURNS), "session.open")
    state = {"session.close": "ended", "session.pause": "paused"}.get(last, "running")
    head = heads.get(file.origin)
    if head is not None and head.n > size:
        state = "older"
    return msgspec.structs.replace(
        blank,
        origin=file.origin,
        title=opened.title,
        pack_id=opened.pack.id,
        pack_version=opened.pack.version,
        state=state,
        size=size,
        opened_t=first.t,
        site=opened.site,
        tz=opened.tz,
        set=opened.set or "",
    )
