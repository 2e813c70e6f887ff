"""`fieldkit central forward`: what stored sessions say, as xAPI statements, to a learning record store."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.export import ProfileOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt, first_line
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.lrs.address import Store
    from fieldkit.sync.central.lrs.trip import Trip, Wish

SECRET = "FIELDKIT_LRS_AUTH"
EVERY_LEAST = 10
SHOWN = 20
"""Refused statements that are listed; `--json` has all."""
WHY = {
    "lrs-conflict": "The store has another statement under the same id",
    "lrs-refused": "The store does not take it",
    "lrs-too-large": "It alone is too large for the store",
    "lrs-not-voided": "The store does not let it be taken back",
}
LEFT = {
    "open": "have not ended",
    "forked": "wait until somebody has chosen between two histories",
    "locked": "may not be told with this profile: their policy says so",
    "unreadable": "cannot be read by this release",
}


def forward(
    home: HomeOpt,
    lrs: Annotated[
        str, typer.Option("--lrs", metavar="URL", help="The store's endpoint: https://lrs.acme.example/xAPI")
    ],
    auth_file: Annotated[
        Path | None,
        typer.Option(
            "--auth-file", metavar="FILE", help=f"user:password on the first line of FILE; else the variable {SECRET}."
        ),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option("--ca", metavar="FILE", help="Trust only what this certificate (PEM) vouches for.")
    ] = None,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Over http beyond this machine: others can read it.")
    ] = False,
    profile: ProfileOpt = "",
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", help="Statements in one request, 100 to 500.", min=100, max=500)
    ] = 200,
    again: Annotated[bool, typer.Option("--again", help="Send once more what the store did not take.")] = False,
    every: Annotated[
        int,
        typer.Option(
            "--every", metavar="SECONDS", help="Go on, and look so often for what is new.", min=0, show_default=False
        ),
    ] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would be sent.")] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Send what a learning record store has not taken yet, as xAPI statements; exit code 1 if it refuses any.

    Of every session that has ended, with the profile that its policy locks, else --profile, else compliance. What was
    corrected, or erased, since is voided there. What the store has taken is remembered: nothing is sent twice.

    Example: fieldkit central forward --home /srv/fieldkit --lrs https://lrs.acme.example/xAPI --auth-file lrs.secret
    """
    from fieldkit.core.records import PROFILES
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.lrs.address import basic, store
    from fieldkit.sync.central.lrs.trip import Wish

    if profile and profile not in PROFILES:
        raise WrongUsage(f"There is no profile {profile[:40]!r}.", f"--profile is one of: {', '.join(PROFILES)}.")
    if 0 < every < EVERY_LEAST:
        raise WrongUsage(f"--every takes at least {EVERY_LEAST} seconds.", "Leave it out to send once.")
    if every and (dry_run or again):
        raise WrongUsage("--every goes with neither --dry-run nor --again.", "Run those once.")
    to = store(lrs, plain_http=plain_http)
    secret = "" if dry_run else basic(_secret(auth_file))
    if not (to.tls or to.here or dry_run):
        talk.warn("This is plain http.", "Who is between can read what is forwarded, and the password.")
    office = Home.open(home.expanduser())
    return asyncio.run(_go(office, to, secret, Wish(profile, again, batch, dry_run), ca, every, json))


def _secret(file: Path | None) -> str:
    if file is None:
        if not (found := os.environ.get(SECRET, "")):
            raise WrongUsage(
                "The store's user and password are needed.", f"Say --auth-file FILE, or set {SECRET} to user:password."
            )
        return found
    file = file.expanduser()
    secret = first_line(file, "secret")
    with contextlib.suppress(OSError):
        if os.name == "posix" and file.stat().st_mode & 0o077:
            talk.warn(f"Others on this machine can read {file}.", f"chmod 600 {file}")
    return secret


async def _go(home: Home, to: Store, secret: str, wish: Wish, ca: Path | None, every: int, json: bool) -> int:
    """Once, or until somebody asks it to go."""
    from fieldkit.cli.leave import on_leave

    if not every:
        return await _once(home, to, secret, wish, ca, json)
    leave = on_leave()
    code = 0
    while not leave.is_set():
        trip = asyncio.ensure_future(_once(home, to, secret, wish, ca, json))
        leaving = asyncio.ensure_future(leave.wait())
        await asyncio.wait({trip, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not trip.done():  # between two batches or within one: the next trip knows
            trip.cancel()
        try:
            code = await trip
        except asyncio.CancelledError:
            break
        except FieldkitError as wrong:  # the next look may go better, and says again what is wrong
            code = wrong.exit_code
            talk.warn(wrong.sentence, wrong.hint)
        finally:
            leaving.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(leave.wait(), every)
    return code


async def _once(home: Home, to: Store, secret: str, wish: Wish, ca: Path | None, json: bool) -> int:
    from fieldkit.sync.central.lrs.trip import Forward

    db = await home.database()
    try:
        one = Forward(home, db, to, secret, answers.now, wish, ca=ca, told=talk.say)
        try:
            await one.run()
        except FieldkitError as wrong:
            _tell(one.trip, to, wish, json, wrong)
            raise
        _tell(one.trip, to, wish, json, None)
        return 1 if one.trip.refused else 0
    finally:
        await db.close()


def _tell(trip: Trip, to: Store, wish: Wish, json: bool, stopped: FieldkitError | None) -> None:
    if json:
        import msgspec

        talk.emit(
            {"lrs": to.url, "dry_run": wish.dry, "stopped": stopped.sentence if stopped is not None else None}
            | msgspec.to_builtins(trip)
        )
        return
    if stopped is None or trip.sent or trip.voided:
        sent, voided = ("to send", "to void") if wish.dry else ("sent", "voided")
        talk.data(f"{sent:<9}  {_count(trip.sent, 'statement')} of {_count(trip.sessions, 'session')} looked at")
        talk.data(f"{voided:<9}  {_count(trip.voided, 'statement')}")
    for one in trip.refused[:SHOWN]:
        talk.data(f"not taken  {one.reason}  {one.id}  {one.origin}")
    if len(trip.refused) > SHOWN:
        talk.data(f"not taken  … and {len(trip.refused) - SHOWN} more")
    for reason in dict.fromkeys(one.reason for one in trip.refused):
        talk.warn(f"{WHY[reason]} ({reason}).", "It is kept; --again sends it once more.")
    for why, n in trip.left_out.items():
        talk.say(f"{_count(n, 'session')} left out: they {LEFT[why]}.")


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
