"""`fieldkit central policy …` and `central retention`: rules about people's data, and names that go by their date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import BadBytes, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.policy import Due
    from fieldkit.sync.central.resolve import Discarded

policy_group = new_group("Head office's rules about what is recorded of people, and for how long.")


@policy_group.command("set")
def policy_set(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Its lines, as in docs/policy.md; `-` reads them.")],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Put a policy in force: one version more, signed by the office key, in DIR/policy.note for the laptops.

    Example: fieldkit central policy set --home /srv/fieldkit rules.txt
    """
    from fieldkit.cli.privacy import tell
    from fieldkit.log.policy import POLICY_LIMIT
    from fieldkit.sync.central import policy

    raw = talk.read(file, POLICY_LIMIT, "a policy")
    office = open_home(home)
    try:
        made = policy.put(office, raw.decode("utf-8-sig"), now())
    except (BadBytes, UnicodeDecodeError) as wrong:
        said = wrong.detail or wrong.reason if isinstance(wrong, BadBytes) else "it is not UTF-8"
        raise WrongUsage(f"No policy was made: {said}.", "docs/policy.md has every line and an example.") from wrong
    tell(made, json)
    talk.say(f"Lay {policy.path_of(office)} beside the receipts, or send it by any way: it is signed.")


@policy_group.command("show")
def policy_show(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show the policy in force. Exit code 1 when there is none.

    Example: fieldkit central policy show --home /srv/fieldkit
    """
    from fieldkit.cli.privacy import tell
    from fieldkit.sync.central import policy

    found = policy.held(open_home(home))
    if found is None:
        raise NotPossible("There is no policy here.", "Write one: fieldkit central policy set FILE")
    tell(found, json)


def retention(
    home: HomeOpt,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say whose days are over.")] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Erase the names of sessions whose days are over by the policy. Counts, proofs and signatures stay.

    It does what an erasure does: no old stick and no backup brings the names back. Lines of the access log go that are
    older than the policy's access_days, and files that nobody decided about for its held_days. Run it every day.

    Example: fieldkit central retention --home /srv/fieldkit --dry-run
    """
    from fieldkit.sync.central import policy

    office, moment = open_home(home), now()
    over, files = asyncio.run(_retire(office, moment, dry))
    lines = policy.let_go(office, moment, dry=dry)
    if json:
        rows: list[dict[str, Any]] = [{"origin": x.origin, "pack": x.pack, "n": x.n, "until": x.until} for x in over]
        gone = [{"sha256": x.sha256, "size": x.size, "sessions": x.sessions} for x in files]
        talk.emit({"dry": dry, "sessions": rows, "access_lines": lines, "files": gone})
        return
    for one in over:
        talk.data(f"{'over ' if dry else 'gone '} {one.origin}  {one.pack}  {one.n} private halves")
    for file in files:
        talk.data(f"{'over ' if dry else 'gone '} {file.sha256}  a file that waited, {file.size} bytes")
    if lines:
        talk.data(f"{'over ' if dry else 'gone '} {lines} lines of the access log")
    if not over:
        talk.say("No names are over their days.")


async def _retire(office: Home, at: int, dry: bool) -> tuple[list[Due], list[Discarded]]:
    from fieldkit.sync.central.policy import held, retire
    from fieldkit.sync.central.resolve import expire

    db = await office.database()
    try:
        over, rules = await retire(office, db, at, dry=dry), held(office)
        days = rules.held_days if rules is not None else None
        return over, [] if days is None else await expire(office, db, days, at, dry=dry)
    finally:
        await db.close()
