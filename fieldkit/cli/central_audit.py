"""`fieldkit central audit-pack`: transcripts and what proves them, for somebody who checks them elsewhere."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.audit.folder import Pack
    from fieldkit.sync.central.audit.pack import Packed
    from fieldkit.sync.central.home import Home

OutOpt = Annotated[Path, typer.Option("--out", "-o", metavar="DIR|FILE.zip", help="Something that is not there yet.")]


def audit_pack(
    home: HomeOpt,
    out: OutOpt,
    people: Annotated[
        list[str] | None,
        typer.Option("--people", metavar="BADGE,…", help="Whose transcripts; BADGE@ISSUER where two have one badge."),
    ] = None,
    program: Annotated[
        str, typer.Option("--program", metavar="ID", help="Everybody for whom this program is a matter.")
    ] = "",
    session: Annotated[
        list[str] | None,
        typer.Option("--session", metavar="SESSION", help="These sessions only; without people: everybody in them."),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the printed transcript: en, es, fr, de, pt.")] = "en",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make a folder or zip for an auditor: transcripts, plans, trust lists, proofs, and the scripts that check them.

    It is checked without head office and without this program: python3 check.py ROOT. Of other people there is nothing
    in it. What was made is noted in handed.jsonl, so that a correction or an erasure tells of it.

    Example: fieldkit central audit-pack --people E745738 -o audit.zip --home /srv/fieldkit
    """
    from fieldkit.log import handed
    from fieldkit.sync.central.audit.folder import into
    from fieldkit.sync.central.audit.transcript import LANGUAGES

    badges = [one for text in people or [] for one in text.split(",") if one.strip()]
    if (badges and program) or not (badges or program or session):
        raise WrongUsage("Whose transcripts?", "Say one of --people BADGE,BADGE, --program ID, or --session SESSION.")
    if lang not in LANGUAGES:
        raise WrongUsage(f"There is no transcript in {lang[:20]!r}.", f"--lang is one of: {', '.join(LANGUAGES)}.")
    office, at = open_home(home), now()
    with into(out) as pack:
        made = asyncio.run(_made(office, pack, badges, program, session or [], lang, at))
        what = f"audit-pack of {made.people} people" if made.people else "audit-pack"
        line = handed.Handed(at * 1000, handed.EXPORT, os.path.realpath(out), what, made.sha256, made.sessions)
        handed.note(office.path, line)
    if json:
        told = {"people": made.people, "sessions": made.sessions, "left_out": made.left_out, "files": made.files}
        talk.emit({"out": str(out), **told, "sha256": made.sha256})
    for origin, why in sorted(made.left_out.items()):
        talk.warn(f"{origin} is left out ({why}).", "README.txt in the pack says so too.")
    n, m = made.people, len(made.sessions)
    who = f"{n} {'person' if n == 1 else 'people'}, " if n else ""
    talk.say(f"{out} is written: {who}{m} {'log' if m == 1 else 'logs'}, {made.files} files.")
    talk.say("Give the root key to whoever checks it by another way: `fieldkit central trust show` says it.")


async def _made(
    office: Home, pack: Pack, badges: list[str], program: str, sessions: list[str], lang: str, at: int
) -> Packed:
    from fieldkit.sync.central.audit.pack import Builder
    from fieldkit.sync.central.audit.whom import find
    from fieldkit.sync.central.export import find as session_of
    from fieldkit.words import words_for

    db = await office.database()
    try:
        builder = Builder(office, db, pack, at, words_for(lang))
        if not badges and not program:
            return await builder.sessions(sessions)
        async with db.reading() as tx:
            only = [(await session_of(tx, one)).origin for one in sessions]
        day = datetime.fromtimestamp(at, UTC).date()
        return await builder.people(await find(office, db, badges, program, day, at, only))
    finally:
        await db.close()
