"""`fieldkit central admit`: take what was held because a laptop's key had ended."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.admit import Admitted


def admit(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="An origin, its last part, or its suffix.")],
    home: HomeOpt,
    why: Annotated[str, typer.Option("--why", metavar="WORDS", help="The reason, kept for ever; without names.")],
    root: Annotated[
        str, typer.Option("--root", metavar="ROOT", help="The beginning of its root, where several are held.")
    ] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Decide that a session held as `revoked` or `expired` may be taken: it was made before the key ended.

    One checkpoint is decided for, nothing that the laptop signed beyond it. `central ingest --held` then takes it.

    Example: fieldkit central admit 000017-k3m9w2p4 --why "on the stick of 18 November" --home /srv/fieldkit
    """
    from fieldkit.core.clean import clean_text

    reason = clean_text(why, 500)
    if not reason:
        raise WrongUsage("Say why, for whoever asks next year.", '--why "on the stick of 18 November"')
    done = asyncio.run(_admit(home, session, root, reason))
    if json:
        talk.emit({"origin": done.origin, "size": done.size, "root": done.root})
    else:
        talk.data(f"admitted  {done.origin}  {done.size} records")
    talk.say("Now take it in: `fieldkit central ingest --held --home DIR`.")


async def _admit(home: Path, session: str, root: str, why: str) -> Admitted:
    from fieldkit.sync.central.admit import admit as decide

    db = await open_home(home).database()
    try:
        return await decide(db, session, root, why, now())
    finally:
        await db.close()
