"""`fieldkit central move`: everything out of one database into an empty PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt


def move(
    home: HomeOpt,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="An empty PostgreSQL database.")],
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Move everything into an empty PostgreSQL database, and use that from then on. Stop `central serve` first.

    The old database stays as it was, with the names that are in it; delete it when the new one is backed up.

    Example: fieldkit central move --to postgresql://office@db.acme.example/office --home /srv/fieldkit
    """
    from fieldkit.sync.central.move import move as moved
    from fieldkit.sync.central.postgres import shown

    office = open_home(home)
    old = office.place
    rows = asyncio.run(moved(office, to, now()))
    if json:
        talk.emit({"to": shown(to), "sessions": rows["session"], "rows": sum(rows.values()), "tables": rows})
    talk.say(f"{rows['session']} sessions are in {shown(to)}, which is used from now on.")
    left = shown(old) if isinstance(old, str) else str(old)
    talk.warn(
        f"{left} stays as it was, and no erasure reaches it any more.", "Delete it once the new one is backed up."
    )
