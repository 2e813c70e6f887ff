"""`fieldkit central valid`: who may do what, signed, for the laptops."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_programs import days_of, said, telling
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.program import Program
    from fieldkit.sync.central.digest.lists import Listed
    from fieldkit.sync.central.home import Home


def valid(
    home: HomeOpt,
    stale: Annotated[
        str, typer.Option("--stale", metavar="DAYS", help="Laptops call the list old after so many days.")
    ] = "7d",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Sign who may do which task until when: DIR/valid.note, which goes down to the laptops.

    It names nobody: people stand in it as hashes, with their crew and site. Run it every night, after the ingest.

    Example: fieldkit central valid --home /srv/fieldkit
    """
    from fieldkit.log.note import utc_text
    from fieldkit.log.valid import FILE, STATES
    from fieldkit.sync.central import programs
    from fieldkit.sync.central import valid as notes

    days = days_of(stale)
    if not days:
        raise WrongUsage("A list is good for a day at least.", "Write --stale 7d.")
    office, at = open_home(home), now()
    some = [one for one in programs.in_force(office) if one.task]
    if not some:
        raise NotPossible("No program names a task.", "Add one with `task:`; see docs/programs.md.")
    found, trained = asyncio.run(_tasks(office, some, at))
    made = notes.made_of(office.org, some, found, at, days)
    notes.put(office, made)
    counts = {task.id: Counter(row.state for row in made.rows if row.task == task.id) for task in made.tasks}
    if json:
        tasks = [{"task": id, **{state: n[state] for state in STATES}} for id, n in counts.items()]
        file = str(office.path / FILE)
        talk.emit({"as_of": utc_text(made.as_of), "stale": utc_text(made.stale), "file": file, "tasks": tasks})
    else:
        for id, n in counts.items():
            talk.data(f"{id}  {n['ready']} ready, {n['due']} due, {n['gap']} gaps")
    said(trained)
    talk.say("It goes down with the next sync of each laptop, or with central outbound.")


async def _tasks(office: Home, some: list[Program], at: int) -> Listed:
    from fieldkit.sync.central.digest import lists

    db = await office.database()
    try:
        return await lists.of_tasks(office, db, some, at, datetime.fromtimestamp(at, UTC).date(), telling())
    finally:
        await db.close()
