"""`fieldkit central erase` and `outbound`: names go at head office, and the laptops are told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.core.erasing import WHYS
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home


def erase(
    session: Annotated[
        str, typer.Argument(metavar="SESSION|all", help="An origin, its suffix, a number, `last`, or `all`.")
    ],
    home: HomeOpt,
    why: Annotated[str, typer.Option("--why", metavar="CODE", help=f"One of: {', '.join(WHYS)}.")],
    person: Annotated[
        str, typer.Option("--person", metavar="BADGE", help="Badge, a walk-in's code, or the `p` of the log.")
    ] = "",
    record: Annotated[
        list[int] | None, typer.Option("--record", metavar="INDEX", help="This record; also before it comes.")
    ] = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Erase a person for ever: no stick, held file or restored backup brings the name back.

    Names, badge and words go; the signed records with their counts and proofs stay. The laptops are told with the next
    receipts, or by `fieldkit central outbound`. Exit code 1 while something is left to do or a session is damaged.

    Example: fieldkit central erase all --home /srv/fieldkit --person E745738 --why request
    """
    from fieldkit.clock import SystemClock
    from fieldkit.log import handed
    from fieldkit.sync.central.erase import erase as take
    from fieldkit.sync.central.home import Home

    if why not in WHYS:
        raise WrongUsage(f"There is no reason {why[:40]!r}.", f"--why is one of: {', '.join(WHYS)}.")
    office = Home.open(home.expanduser())
    now = SystemClock().wall_ms() // 1000
    done = asyncio.run(take(office, session, person.strip(), record or [], why, now))
    origins = {one.origin for one in done.sessions if one.refs}
    out = [one for one in handed.read(office.path) if origins.intersection(one.sessions)]
    if json:
        sessions = [{"origin": x.origin, "erased": x.refs, "also": x.also, "law": x.law} for x in done.sessions]
        told = {"gone": done.gone, "pending": done.pending, "unreadable": done.unreadable}
        told |= {"remembered": done.remembered, "swept": done.swept, "damaged": done.damaged, "planned": done.planned}
        talk.emit({"sessions": sessions, **told, "handed_out": [{"path": x.path, "what": x.what} for x in out]})
    else:
        for one in (one for one in done.sessions if one.refs or not one.also):
            talk.data(f"erased  {one.origin}  {len(one.refs)} records")
        for file in out:
            talk.data(f"handed out  {file.what}  {file.path}")
    for one in done.sessions:
        if one.law:
            talk.warn(f"The rules of {one.origin} name a duty to keep it: {one.law}.", "You have decided otherwise.")
        if one.also:
            numbers, records = ", ".join(map(str, one.also)), "records" if len(one.also) > 1 else "record"
            talk.warn(
                f"In {one.origin} the name or badge also stands in what belongs to others: {records} {numbers}.",
                "Erase them too with --record INDEX, one for each.",
            )
    if done.unreadable:
        talk.warn(
            f"{len(done.unreadable)} files in held/ cannot be read to their end, so they may hold names too.",
            "Delete those that nobody needs: " + ", ".join(done.unreadable[:5]),
        )
    for origin, reason in done.damaged.items():
        talk.refuse(
            f"{origin} is damaged here ({reason}), so this person may still be named in it.",
            "All others were looked through. Look at this one: fieldkit central findings --home DIR",
        )
    for sentence in done.pending:
        talk.refuse(f"Erasure pending. {sentence}", "It goes on with the next command of central.")
    if done.planned:
        many = "a planned session" if len(done.planned) == 1 else f"{len(done.planned)} planned sessions"
        talk.say(f"Taken off the roster of {many} too; the laptops hear it with their next sync.")
    if done.swept:
        talk.say(f"Taken out of {len(done.swept)} files in held/ too, which were written again without that person.")
    if done.remembered:
        talk.say(
            "The badge is remembered as a keyed hash: what began before now and comes later is erased when it comes."
        )
    elif person:
        talk.say("Sessions that come later are not erased by themselves: erase the badge in `all`, or erase again.")
    if any(file.kind == handed.FORWARD for file in out):
        talk.say(
            "What was forwarded is voided by the next `fieldkit central forward`; a store keeps what was voided: "
            "ask its administrator to delete it."
        )
    talk.say("Exports and backups that were handed out are not reached; `central outbound` tells the laptops.")
    return 1 if done.pending or done.damaged else None


def outbound(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder, on a stick say.")],
    home: HomeOpt,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Write what goes down to the laptops: trust list, policy, who may do what, which certificates count no more,
    packs, and for each its receipts, what was erased, which of its sessions head office has corrected, and, sealed
    to its own key, what is planned for it and what was answered.

    The next `fieldkit sync --to DIR` of a laptop takes it in.

    Example: fieldkit central outbound /media/stick --home /srv/fieldkit
    """
    from fieldkit.sync.central.home import Home

    if not folder.is_dir():
        raise FieldkitError(f"There is no folder {folder}.", "Check the path; is the stick plugged in?")
    written = asyncio.run(_outbound(Home.open(home.expanduser()), folder))
    if json:
        talk.emit({"files": [str(path) for path in written]})
    else:
        for path in written:
            talk.data(str(path))


async def _outbound(office: Home, folder: Path) -> list[Path]:
    from fieldkit.clock import SystemClock
    from fieldkit.log.files import write_durable
    from fieldkit.log.names import split_origin
    from fieldkit.log.receipt import join_notes
    from fieldkit.sync.central import outgoing
    from fieldkit.sync.central.desk_said import devices
    from fieldkit.sync.central.erase import outbound as made
    from fieldkit.sync.central.revoked import fresh
    from fieldkit.sync.central.telling import amended_notes

    db = await office.database()
    try:
        notes = await made(db, office.office(), devices(office, office.trust()))
        async with db.transaction() as tx:
            said = await amended_notes(tx, office)
        revoked = await fresh(office, db, SystemClock().wall_ms() // 1000)
    finally:
        await db.close()
    files = {folder / "trust.note": office.trust_path.read_bytes()}
    for name in ("policy.note", "valid.note"):
        if (rules := office.path / name).is_file():
            files[folder / name] = rules.read_bytes()
    if revoked is not None:
        files[folder / "revoked.note"] = revoked
    files |= {folder / f"receipts-{id}.note": raw for id, raw in sorted(notes.items())}
    by_laptop: dict[str, list[bytes]] = {}
    for origin, found in said.items():
        by_laptop.setdefault(split_origin(origin).device.rsplit("/", 1)[-1], []).extend(found)
    files |= {folder / f"amended-{id}.note": join_notes(found) for id, found in sorted(by_laptop.items())}
    for path, raw in files.items():
        write_durable(path, raw, 0o644)
    return [*files, *outgoing.write(office, folder, now())]
