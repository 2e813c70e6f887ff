"""Fit for task: from programs and everybody's training to the note that goes down to the laptops.

A task needs every program that names it: who lacks one of them has a gap. The note lies in head office's folder until
the next one is made, or until head office erases somebody (`tombs`): then it is deleted, and made anew without them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from fieldkit.core.program import Program
from fieldkit.core.standing import DUE, GAP, READY, Standing
from fieldkit.core.taught import Who
from fieldkit.log.files import write_durable
from fieldkit.log.valid import SALT_BYTES, Row, Task, Valid, id_of, valid_note, valid_path

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.training import Trained

DAY = 86_400
STALE_DAYS = 7
_ORDER = (READY, DUE, GAP)


def make(
    org: str,
    programs: Sequence[Program],
    trained: Trained,
    now: int,
    stale_days: int = STALE_DAYS,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Valid:
    """Who may do what on the day of `now` (Unix s). The rows are in the order of their hashes, which says nothing."""
    salt = entropy(SALT_BYTES)
    day = datetime.fromtimestamp(now, UTC).date()
    tasks: list[Task] = []
    rows: list[Row] = []
    for task in sorted({one.task for one in programs if one.task}):
        mine = [one for one in programs if one.task == task]
        days = max(one.due_days for one in mine)
        tasks.append(Task(task, days, tuple(f"{one.id}@{one.version}" for one in mine)))
        rows += _rows(task, mine, trained, day, days, salt)
    rows.sort(key=lambda row: (row.task, row.id))
    return Valid(org, now, now + stale_days * DAY, salt, tuple(tasks), tuple(rows))


def _rows(task: str, mine: Sequence[Program], trained: Trained, day: date, days: int, salt: bytes) -> Iterable[Row]:
    everybody: dict[Who, list[Standing]] = {}
    for program in mine:
        for one in trained.register.standings(program, day, days):
            everybody.setdefault(one.who, []).append(one)
    for who, found in everybody.items():
        lacking = len(found) < len(mine)
        state = GAP if lacking else max((one.state for one in found), key=_ORDER.index)
        # Of a gap the day on which something ran out, if anything did; else the first day on which something will.
        ends = [one.expires_on for one in found if one.expires_on is not None and (state != GAP or one.state == GAP)]
        yield Row(id_of(salt, *who), task, state, min(ends, default=None), found[0].site, found[0].crew)


def put(home: Home, found: Valid) -> bytes:
    """Sign the note with the office key and lay it where laptops get it. Raises BadBytes, FieldkitError."""
    raw = valid_note(found, home.office())
    write_durable(valid_path(home.path), raw)
    return raw
