"""`fieldkit central valid`: who may do what, signed, for the laptops."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_programs import days_of, said, trained_at
from fieldkit.cli.central_trust import HomeOpt, now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage


def valid(
    home: HomeOpt,
    stale: Annotated[
        str, typer.Option("--stale", metavar="DAYS", help="Laptops call the list old after so many days.")
    ] = "7d",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Fold every session and sign who may do which task until when: DIR/valid.note, which goes down to the laptops.

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
    trained = asyncio.run(trained_at(office, some, at))
    made = notes.make(office.org, some, trained, at, days)
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
