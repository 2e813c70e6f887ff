"""`fieldkit central pack …`: which packs go down to the laptops."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.packs import Given

pack_group = new_group("Packs that go down to the laptops: signed by a publisher, installed with their next sync.")


@pack_group.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .fkpack whose publisher is on the trust list.")],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Check a pack and give it out. It has to be signed by a publisher of the trust list; an id and version mean the
    same files for ever.

    Example: fieldkit central pack add dock-safety-1.2.0.fkpack --home /srv/fieldkit
    """
    from fieldkit.sync.central import packs

    office = open_home(home)
    try:
        one, new = packs.add(office, file.expanduser(), now())
    except BadBytes as wrong:
        raise WrongUsage(
            f"The archive is refused ({wrong.reason}): {wrong.detail or 'it cannot be read'}",
            "Build it anew: fieldkit pack build FOLDER",
        ) from wrong
    if json:
        talk.emit(_document(one, True) | {"result": "added" if new else "already"})
    else:
        talk.data(f"{one.item.id} {one.item.version}  {one.item.size} bytes  {one.item.sha256}")
    talk.say("It goes down with the next sync of each laptop, or with central outbound.")


@pack_group.command("list")
def list_(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """List the packs that go down, and whether their publisher's key still counts.

    Example: fieldkit central pack list --home /srv/fieldkit
    """
    from fieldkit.sync.central import packs

    office, moment = open_home(home), now()
    found = [(one, packs.counts(office, one, moment)) for one in packs.given(office)]
    if json:
        talk.emit({"packs": [_document(one, good) for one, good in found]})
    elif not found:
        talk.say("No pack goes down. Give one out: fieldkit central pack add FILE.fkpack")
    else:
        rows = [[x.item.id, x.item.version, x.item.size, _publisher(x, good), x.title] for x, good in found]
        talk.table(["PACK", "VERSION", "BYTES", "SIGNED BY", "TITLE"], rows, give=4)


@pack_group.command("remove")
def remove(
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the pack.")],
    home: HomeOpt,
    version: Annotated[str, typer.Option("--version", help="This version only; else every one.")] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Give a pack out no more. Laptops keep what they have installed.

    Example: fieldkit central pack remove dock-safety --version 1.1.0 --home /srv/fieldkit
    """
    from fieldkit.sync.central import packs

    gone = packs.remove(open_home(home), id, version)
    if json:
        talk.emit({"removed": [{"id": one.item.id, "version": one.item.version} for one in gone]})
    for one in gone if not json else ():
        talk.data(f"{one.item.id} {one.item.version}")
    talk.say("It does not go down any more; laptops keep what they have.")


def _publisher(one: Given, good: bool) -> str:
    name = one.by.partition("+")[0].rsplit("/", 1)[-1]
    return name if good else f"{name}: counts no more, it stays here"


def _document(one: Given, good: bool) -> dict[str, Any]:
    return {
        "id": one.item.id,
        "version": one.item.version,
        "size": one.item.size,
        "sha256": one.item.sha256,
        "files": one.files,
        "title": one.title,
        "by": one.by,
        "counts": good,
    }
