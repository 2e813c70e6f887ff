"""`privacy report`, `policy`, `purge`: what is recorded of people, by which rules, and letting go of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, MaybeSessionArg, QuietOpt, home, open_station
from fieldkit.cli.when import iso
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.policy import OfficePolicy

privacy_group = new_group("What is recorded of people.")
policy_group = new_group("Head office's rules about what is recorded of people.")
FORMATS = ("md", "json")


@privacy_group.callback()
def privacy() -> None:
    """What is recorded of people."""


@privacy_group.command("report")
def report(
    as_: Annotated[str, typer.Option("--as", metavar="FORMAT", help="md or json.")] = "md",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")] = Path("-"),
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Say which personal fields there are, who can see each, for how long and why: made from the program's own table.

    Example: fieldkit privacy report -o privacy.md
    """
    import os

    from fieldkit.config import load
    from fieldkit.formats.privacy import document, markdown
    from fieldkit.log.beside import held_policy

    if as_ not in FORMATS:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(FORMATS)}.")
    folder = home(data)
    found = document(held_policy(folder), load(folder, os.environ).policy)
    if (as_ == "json" or json) and str(out) == "-":
        talk.emit(found)
        return
    import msgspec

    raw = msgspec.json.format(msgspec.json.encode(found)) + b"\n" if as_ == "json" else markdown(found).encode()
    talk.out(out, raw)
    if json:
        talk.emit({"file": str(out), "fields": len(found["fields"])})


@policy_group.command("accept")
def accept(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="policy.note as head office sent it; `-` reads it.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Take head office's policy in. It holds for sessions that begin from now on.

    Example: fieldkit policy accept policy.note
    """
    from fieldkit.log.beside import policy_path
    from fieldkit.log.policy import POLICY_LIMIT, read_held
    from fieldkit.sync.policy import take_policy

    raw = talk.read(file, POLICY_LIMIT, "a policy")
    station = open_station(data)
    path = policy_path(station.home)
    if path.is_file() and path.read_bytes() == raw:
        policy = read_held(raw)
        talk.say(f"This policy is held already: version {policy.version} of {policy.org}.")
    else:
        policy = take_policy(station, raw)
        talk.say(f"Accepted: version {policy.version} of {policy.org}. It holds for sessions that begin from now on.")
    tell(policy, json)


@policy_group.command("show")
def show(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show head office's policy on this laptop. Exit code 1 when there is none.

    Example: fieldkit policy show
    """
    from fieldkit.log.beside import held_policy

    policy = held_policy(home(data))
    if policy is None:
        raise NotPossible("This laptop has no policy of head office.", "Take one in: fieldkit policy accept FILE")
    tell(policy, json)


def purge(
    session: MaybeSessionArg = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Let go of names that head office holds for certain and whose days here are over; say why the others stay.

    It is also done by itself when a session begins and when something is carried. Counts, proofs and records stay.

    Example: fieldkit purge
    """
    from fieldkit.station import Station
    from fieldkit.sync.purge import WHY
    from fieldkit.sync.purge import purge as let_go

    if Station.look(home(data)) is None:  # looking makes no folder and no key
        raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
    station = open_station(data)
    gone, kept = asyncio.run(let_go(station, station.find(session) if session is not None else None))
    if json:
        stays = [{"origin": x.origin, "why": x.code, "from": iso((x.due or 0) * 1000 or None, "UTC")} for x in kept]
        talk.emit({"gone": [{"origin": x.origin, "n": x.n, "whole": x.whole} for x in gone], "kept": stays})
    else:
        for one in gone:
            talk.data(f"gone  {one.origin}  {one.n} private halves; head office has them")
        for stay in kept:
            until = f" until {(iso(stay.due * 1000, 'UTC') or '')[:10]}" if stay.due is not None else ""
            talk.data(f"kept  {stay.origin}  {WHY[stay.code]}{until}")
    for one in gone:
        if not one.whole:
            talk.warn("A program is reading the file, so parts of the names may still be in it.", "Purge again.")
    if not gone and not kept:
        talk.say("There are no names here to let go of.")
    return 1 if session is not None and kept else 4 if any(x.code == "unreadable" for x in kept) else None


commands: dict[str, Callable[..., int | None]] = {"purge": purge}
groups: dict[str, typer.Typer] = {"privacy": privacy_group, "policy": policy_group}


def tell(policy: OfficePolicy, json: bool) -> None:
    """The policy on standard output: its lines, or one JSON document."""
    document: dict[str, Any] = {
        "org": policy.org,
        "version": policy.version,
        "issued": policy.issued,
        "sha256": policy.sha256,
        **policy.numbers,
        "seal": policy.seal,
        "agreement": policy.agreement,
        "named_figures": policy.named,
        "retention": [
            {"pack": x.pack, "days": x.days, "ground": x.ground, "reference": x.reference} for x in policy.retention
        ],
        "fields": policy.fields,
        "exports": policy.exports,
        "profile": policy.profile,
        "access_days": policy.access_days,
        "held_days": policy.held_days,
        "unknown": list(policy.others),
    }
    if json:
        talk.emit(document)
        return
    talk.data(f"{policy.org}, version {policy.version}")
    for name in (
        "keep_days",
        "grace_min",
        "share_min",
        "k",
        "seal",
        "agreement",
        "named_figures",
        "profile",
        "access_days",
        "held_days",
    ):
        if document.get(name) is not None:
            talk.data(f"  {name} {document[name]}")
    for one in policy.retention:
        talk.data(f"  retention {one.pack} {one.days} {one.ground} {one.reference}".rstrip())
    for word, said in (("field", policy.fields), ("export", policy.exports)):
        for name, yes in said.items():
            talk.data(f"  {word} {name} {'yes' if yes else 'no'}")
    for line in policy.others:
        talk.warn(f"This release does not know the line: {talk.plain(line[:80])}")
