"""`fieldkit central heads` and `witness`: what a witness is shown, and its signatures taken back in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, OutOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.witnesses import Witnessed

WHY = {
    "differs": "it is another history than the one that is stored; `fieldkit central findings` keeps it",
    "ahead": "it has more records than are stored here; was an older backup restored?",
    "unknown-session": "no such session is stored here",
    "unknown-witness": "no witness of the trust list has signed it",
}


def heads(
    home: HomeOpt,
    out: OutOpt,
    all_: Annotated[bool, typer.Option("--all", help="Every session, not only what a witness has not signed.")] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Write what witnesses are shown: session numbers, sizes and hashes, nothing about anybody.

    Example: fieldkit central heads --home /srv/fieldkit -o heads.note
    """
    if json and str(out) == "-":
        raise WrongUsage("The heads and the JSON cannot both go to standard output.", "Name a file with -o.")
    raw, count = asyncio.run(_heads(home, all_))
    if not count:
        raise NotPossible("There is nothing that a witness has not signed.", "Say --all to show every session.")
    talk.out(out, raw)
    if json:
        talk.emit({"file": str(out), "sessions": count})
    elif str(out) != "-":
        talk.data(f"{count} {'session' if count == 1 else 'sessions'}: {out}")
    talk.say("Give it to the witness: fieldkit witness sign FILE --home DIR -o witnessed.note")


def witness(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the witness gave back; `-` reads it here.")],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Take a witness's signatures in and keep them with the sessions. Exit code 1 if any does not fit.

    Example: fieldkit central witness witnessed.note --home /srv/fieldkit
    """
    found = asyncio.run(_witness(home, file))
    if json:
        rows = [{"origin": x.origin, "size": x.size, "result": x.result, "witnesses": x.witnesses} for x in found]
        talk.emit({"sessions": rows})
    else:
        for one in found:
            talk.data(f"{one.result}  {one.origin}  {one.size} records  {', '.join(one.witnesses)}".rstrip())
    for result in dict.fromkeys(one.result for one in found if one.result in WHY):
        which = [one.origin for one in found if one.result == result]
        more = f" and {len(which) - 1} more" if len(which) > 1 else ""
        talk.warn(f"Not kept: {which[0]}{more}, {WHY[result]}.")
    return 0 if all(one.result == "kept" for one in found) else 1


# ---- helpers -------------------------------------------------------------------------------------------------


async def _heads(home: Path, every: bool) -> tuple[bytes, int]:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.witnesses import heads as write

    office = Home.open(home.expanduser())
    db = await office.database()
    try:
        return await write(db, office.trust(), answers.now(), every)
    finally:
        await db.close()


async def _witness(home: Path, file: Path) -> list[Witnessed]:
    from fieldkit.log.receipt import RECEIPTS_LIMIT
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.witnesses import take

    office = Home.open(home.expanduser())
    raw = talk.read(file, RECEIPTS_LIMIT, "signatures")
    db = await office.database()
    try:
        return await take(db, office.trust(), raw, answers.now())
    finally:
        await db.close()
