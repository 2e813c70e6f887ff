"""`fieldkit central check`: which session and record a receipt's short code is of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.codes import Found
    from fieldkit.sync.central.home import Home


def check(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Ten signs, as the goodbye page and the receipt show.")],
    home: HomeOpt,
    name: Annotated[bool, typer.Option("--name", help="Say who it was, too.")] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Say which session and which record a receipt's short code is of. Exit code 1: no stored session has it.

    Without --name it says no name, so that whoever answers the telephone can compare without telling anybody's.

    Example: fieldkit central check --home /srv/fieldkit "OU64P EY54Z"
    """
    from fieldkit.cli.central_trust import open_home
    from fieldkit.log.note import utc_text
    from fieldkit.log.receipt import read_code, show_code

    try:
        wanted = read_code(code)
    except BadBytes as wrong:
        raise WrongUsage(
            "That is no receipt code.", "It has ten signs, letters and the digits 2 to 7, like OU64P EY54Z."
        ) from wrong
    found = asyncio.run(_find(open_home(home), wanted, name))
    if json:
        import msgspec

        keep = {"name", "badge"} if name else set()
        rows = [
            {k: v for k, v in msgspec.to_builtins(x).items() if k in keep or k not in ("name", "badge")} for x in found
        ]
        talk.emit({"code": show_code(wanted), "found": rows})
        return 0 if found else 1
    for one in found:
        talk.data(f"{show_code(wanted)}  {one.origin}  record {one.record} of {one.size}, {one.kind}")
        when = utc_text(one.t // 1000) if 0 <= one.t < 1 << 47 else "an impossible time"
        talk.data(f"    {one.title}{', ' + one.site if one.site else ''}, at {when} by the laptop's clock")
        if name:
            who = " ".join(x for x in (one.name, one.badge) if x)
            talk.data(f"    {who or ('erased' if one.erased else 'no name was given')}")
    if not found:
        talk.refuse(
            f"No stored session has an arrival with the code {show_code(wanted)}.",
            "Is the bundle here yet? `fieldkit central findings` tells what is held.",
        )
    return 0 if found else 1


async def _find(office: Home, code: str, named: bool) -> list[Found]:
    from fieldkit.sync.central.codes import find_code

    db = await office.database()
    try:
        return await find_code(db, code, named=named)
    finally:
        await db.close()
