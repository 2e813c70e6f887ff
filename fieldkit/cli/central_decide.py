"""`fieldkit central resolve` and `discard`: what only a person can decide, and what head office remembers of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt

if TYPE_CHECKING:
    from fieldkit.sync.central.resolve import Discarded, Resolved

WhyOpt = Annotated[str, typer.Option("--why", metavar="WORDS", help="The reason, kept for ever; without names.")]


def resolve(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="An origin, its suffix, or a number.")],
    home: HomeOpt,
    keep: Annotated[str, typer.Option("--keep", metavar="ROOT", help="The root of the history that is right.")],
    why: WhyOpt,
    words: Annotated[
        str, typer.Option("--words", metavar="WORDS", help="Six words, if that history came sealed to words.")
    ] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Choose between two signed histories of one session; the other one stays as evidence.

    `fieldkit central findings` shows both roots; the beginning of one is enough. The kept history grows again.

    Example: fieldkit central resolve 000017-k3m9w2p4 --keep FzTvJEBe --why "restored from a backup" --home DIR
    """
    done = asyncio.run(_resolve(home, session, keep, why, words))
    if json:
        from fieldkit.log.names import b64

        kept = {"size": done.kept.size, "root": b64(done.kept.root)}
        talk.emit({"origin": done.origin, "kept": kept, "others": done.others, "changed": done.changed})
        return
    if not done.changed:
        talk.say("It was decided like this before; nothing was changed.")
    talk.data(f"kept  {done.origin}  {done.kept.size} records")
    for root in done.others:
        talk.data(f"evidence  {root}")
    for one in done.outcomes:
        if one.taken:
            talk.data(f"{one.result}  {one.origin}  {one.size} records")
    talk.say("Receipts for it are given again: `fieldkit central ingest … --receipts`.")


def discard(
    file: Annotated[str, typer.Argument(metavar="SHA256", help="The file, by the beginning of its SHA-256.")],
    home: HomeOpt,
    why: WhyOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Delete one held or refused file that nobody needs; its hash, the day and the reason stay.

    Nothing that was not taken is ever deleted otherwise. A file with one of two histories cannot be deleted.

    Example: fieldkit central discard 6f1a24325bd3 --why "a holiday photo, no bundle" --home /srv/fieldkit
    """
    done = asyncio.run(_discard(home, file, why))
    if json:
        talk.emit({"sha256": done.sha256, "size": done.size, "sessions": done.sessions})
    else:
        talk.data(f"discarded  {done.sha256}  {done.size} bytes")


# ---- helpers -------------------------------------------------------------------------------------------------


async def _resolve(home: Path, session: str, keep: str, why: str, words: str) -> Resolved:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.resolve import resolve as decide

    async with await Intake.open(Home.open(home.expanduser()), words) as intake:
        return await decide(intake, session, keep, why, answers.now())


async def _discard(home: Path, file: str, why: str) -> Discarded:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.ingest import Intake
    from fieldkit.sync.central.resolve import discard as decide

    async with await Intake.open(Home.open(home.expanduser())) as intake:
        return await decide(intake, file, why, answers.now())
