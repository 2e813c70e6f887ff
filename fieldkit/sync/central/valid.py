"""Fit for task: from programs and everybody's training to the note that goes down to the laptops.

A task needs every program that names it: who lacks one of them has a gap. The note lies in head office's folder until
the next one is made, or until head office erases somebody (`tombs`): then it is deleted, and made anew without them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fieldkit.core.program import Program
from fieldkit.core.standing import Standing
from fieldkit.log.files import write_durable
from fieldkit.log.valid import SALT_BYTES, Row, Task, Valid, id_of, valid_note, valid_path
from fieldkit.sync.central.digest.lists import by_task, of_task

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.training import Trained

DAY = 86_400
STALE_DAYS = 7


def make(
    org: str,
    programs: Sequence[Program],
    trained: Trained,
    now: int,
    stale_days: int = STALE_DAYS,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Valid:
    """Who may do what on the day of `now` (Unix s), out of everybody's training."""
    register, day = trained.register, datetime.fromtimestamp(now, UTC).date()
    found = {}
    for task, mine in by_task(programs).items():
        whole = (of_task(register, mine, who, day) for who in sorted(register.people))
        found[task] = [one for one in whole if one is not None]
    return made_of(org, programs, found, now, stale_days, entropy)


def made_of(
    org: str,
    programs: Sequence[Program],
    found: Mapping[str, Sequence[Standing]],
    now: int,
    stale_days: int = STALE_DAYS,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Valid:
    """The same out of where everybody stands for each task (`digest.lists.of_tasks`). The rows are in the order of
    their hashes, which says nothing."""
    salt = entropy(SALT_BYTES)
    tasks: list[Task] = []
    rows: list[Row] = []
    for task, mine in by_task(programs).items():
        tasks.append(Task(task, max(one.due_days for one in mine), tuple(f"{one.id}@{one.version}" for one in mine)))
        some = found.get(task, ())
        rows += [Row(id_of(salt, *one.who), task, one.state, one.expires_on, one.site, one.crew) for one in some]
    rows.sort(key=lambda row: (row.task, row.id))
    return Valid(org, now, now + stale_days * DAY, salt, tuple(tasks), tuple(rows))


def put(home: Home, found: Valid) -> bytes:
    """Sign the note with the office key and lay it where laptops get it. Raises BadBytes, FieldkitError."""
    raw = valid_note(found, home.office())
    write_durable(valid_path(home.path), raw)
    return raw
