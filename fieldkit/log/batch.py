"""A batch of drafts becomes numbered records, their lines and their openings: pure, no disk, no clock.

Owned by the store, which calls `number` inside its transaction with the head it has just read there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fieldkit.core.personal import undeclared
from fieldkit.core.records import Draft, Record
from fieldkit.log.bulk import opening_lines, opening_xs, record_lines

MINUTE = 60_000
SALT = 16
KEY = 32
"""Intents and seat tokens reach the disk as SHA-256 only."""


class Pending(msgspec.Struct, frozen=True):
    """What one intent came to, waiting for its commit."""

    drafts: tuple[Draft, ...]
    intent: bytes | None = None
    """SHA-256 of the scoped intent id; it is kept with the index of the last record of these drafts."""
    seat: bytes | None = None
    """SHA-256 of a seat's token, to be bound to the last of these drafts that names a participant."""


class Moment(msgspec.Struct, frozen=True):
    """When a commit happens. `m` ms since the session opened, `t` Unix ms as the laptop believes it."""

    m: int
    t: int
    boot: str = ""
    """Boot id, empty where there is none."""
    reading: int = 0
    """Nanoseconds of a clock that counts sleep, since that boot."""


class Clocks(msgspec.Struct, frozen=True):
    """The clocks of the newest commit. `last_m` and `last_t` are those of its last record, which may be floored."""

    m: int = 0
    t: int = 0
    last_m: int = 0
    last_t: int = 0


class Numbered(msgspec.Struct):
    """A batch ready to be written; the parallel lists have one entry a record."""

    records: list[list[Record]] = []
    """One list for each Pending, in order."""
    lines: list[bytes] = []
    openings: list[bytes] = []
    """Empty where the record has none."""
    intents: list[tuple[int, bytes]] = []
    seats: list[tuple[int, bytes]] = []


def number(
    batch: Sequence[Pending], size: int, before: Clocks, at: Moment, entropy: Callable[[int], bytes]
) -> tuple[Numbered, Clocks]:
    """Number the drafts from index `size` on.

    `m` never goes back. Confidential drafts carry `m` and `t` floored to the minute, but never below the record
    before them: otherwise the order of the log would be broken, or tell more than the floor hides.
    Raises BadBytes when a draft has no canonical line (too long, a float…), ValueError for a key that is no SHA-256.
    """
    out = Numbered()
    now = max(before.m, at.m)
    last_m, last_t = before.last_m, before.last_t
    floor_m, floor_t = now - now % MINUTE, at.t - at.t % MINUTE
    openings, sealed = _openings([draft for pending in batch for draft in pending.drafts], size, entropy)
    records: list[Record] = []
    i, wall = size, at.t
    for pending in batch:
        first, seated = i, -1
        for draft in pending.drafts:
            if draft.floor:
                m, t = max(floor_m, last_m), max(floor_t, min(last_t, wall))
            else:
                m, t = now, wall
            p, private = draft.p, draft.private
            if private:
                records.append(Record(i, m, t, draft.fact, p, sealed[i], private))
            else:
                records.append(Record(i, m, t, draft.fact, p))
            if p is not None:
                seated = i
            last_m, last_t = m, t
            i += 1
        out.records.append(records[first - size :])
        if pending.intent is not None:
            out.intents.append((max(i - 1, 0), _key(pending.intent)))
        if pending.seat is not None:
            if seated < 0:
                raise ValueError("a seat is bound to a record that names a participant")
            out.seats.append((seated, _key(pending.seat)))
    out.lines = record_lines(records)
    out.openings = [openings.get(n, b"") for n in range(size, i)] if openings else [b""] * (i - size)
    return out, Clocks(now, at.t, last_m, last_t)


def declared(batch: Sequence[Pending]) -> None:
    """Raise ValueError for a personal field that `fieldkit.core.personal` does not name: what no report tells of is not
    recorded."""
    for draft in (draft for pending in batch for draft in pending.drafts if draft.private):
        if extra := undeclared(draft.fact.kind, draft.private or {}):
            raise ValueError(f"fieldkit/core/personal.py does not name {', '.join(extra)} of {draft.fact.kind}")


def _openings(
    drafts: Sequence[Draft], size: int, entropy: Callable[[int], bytes]
) -> tuple[dict[int, bytes], dict[int, str]]:
    """The opening line and its `x` for each index that has one."""
    private = {i: draft.private for i, draft in enumerate(drafts, size) if draft.private}
    if not private:
        return {}, {}
    salts = entropy(SALT * len(private))
    pieces = [salts[at : at + SALT] for at in range(0, len(salts), SALT)]
    lines = opening_lines(list(private), pieces, list(private.values()))
    return dict(zip(private, lines, strict=True)), dict(zip(private, opening_xs(lines), strict=True))


def _key(key: bytes) -> bytes:
    if len(key) != KEY:
        raise ValueError("an intent or a seat is kept as its SHA-256")
    return key
