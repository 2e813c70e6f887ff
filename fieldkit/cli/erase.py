"""`erase`: take a person's name, badge and words out of a session on this laptop, and of the copies it made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, SessionArg, found, home, open_station
from fieldkit.core.erasing import WHYS
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.station import SessionRef, Station
    from fieldkit.sync.erasing import Done

PersonOpt = Annotated[
    str, typer.Option("--person", metavar="BADGE", help="Badge, a walk-in's code, or the `p` of the log.")
]
WhyOpt = Annotated[str, typer.Option("--why", metavar="CODE", help=f"One of: {', '.join(WHYS)}.")]
RecordOpt = Annotated[
    list[int] | None,
    typer.Option("--record", metavar="INDEX", help="Also this record, in which somebody else named the person."),
]


def erase(
    session: SessionArg,
    person: PersonOpt,
    why: WhyOpt,
    record: RecordOpt = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Erase a person from a session: names, badge and words go, the signed records with their counts stay whole.

    Also deleted are backups, bundles in the outbox and tables in the data folder that hold them, and rows with the
    badge in rosters of planned sessions. What was handed out is listed: that is a list, not a recall. Exit code 1
    while something is left to do (erasure pending).

    Example: fieldkit erase last --person E745738 --why request
    """
    if why not in WHYS:
        raise WrongUsage(f"There is no reason {why[:40]!r}.", f"--why is one of: {', '.join(WHYS)}.")
    _, ref = found(home(data), session)
    station = open_station(data)
    done = erased(station, ref, person.strip(), why, record or [])
    if json:
        talk.emit(as_dict(done))
    else:
        tell(done)
    return 1 if done.left else None


def erased(
    station: Station,
    ref: SessionRef,
    person: str,
    why: str,
    also: list[int],
    at: Callable[[str], None] = lambda step: None,
) -> Done:
    """Erase in a session, whether a host has it open or not; `at` as in `fieldkit.sync.erasing.erase`."""
    from fieldkit.log.lock import AnotherHost
    from fieldkit.sync.erasing import erase as take

    try:
        return asyncio.run(take(station, ref, person, why, also, at))
    except AnotherHost:
        if also:
            raise NotPossible(
                "Single records are erased once the session has ended.", "Leave out --record, or end the session."
            ) from None
    return by_order(station, ref, person, why)


def by_order(station: Station, ref: SessionRef, person: str, why: str) -> Done:
    """Erase in the session that a host has open: it takes the openings out, the copies are ours."""
    import msgspec

    from fieldkit.cli.ctl import Answer
    from fieldkit.cli.wire import call
    from fieldkit.log.read import SessionFile
    from fieldkit.sync import erasing, expected

    also, badges = erasing.named_elsewhere(ref, person), expected.badges_in(ref, person)
    task = erasing.begin(station, ref.origin, [], why)
    order = msgspec.json.encode({"verb": "erase", "words": [person, why]})
    _, answer = call(station.home, "POST", "/v1/orders", Answer, order)
    if answer.code:
        erasing.cross_out(station, task)
        if answer.detail == person:
            with SessionFile.open(ref.path) as file:
                raise erasing.not_found(answer.words or answer.result, file.session())
        raise NotPossible(answer.words or answer.result, answer.hint or answer.detail)
    planned = expected.not_expected(station, badges)
    gone, left = asyncio.run(erasing.finish(station, task))
    after = station.find(ref.origin)
    refs, last = erasing.erased_since(after, ref.size)
    out, waiting = erasing.handed_out(station, ref.origin), expected.sealed(station)
    return erasing.Done(ref.origin, refs, last, also, gone, out, left, planned, waiting)


def order(folder: Path, person: str, why: str, json: bool) -> int | None:
    """`fieldkit ctl erase`: in the session that runs here."""
    from fieldkit.cli.ctl import Answer, Status
    from fieldkit.cli.wire import call

    _, status = call(folder, "GET", "/v1/status", Status | Answer)
    if isinstance(status, Answer):
        raise NotPossible(status.words or status.result, status.hint)
    station = open_station(folder)
    done = by_order(station, station.find(str(status.session)), person, why)
    if json:
        talk.emit(as_dict(done))
    else:
        tell(done)
    return 1 if done.left else None


def goes_on(station: Station, warn: Callable[[str, str], None]) -> None:
    """Do what an earlier erasure left; say what is still pending. Costs a look at one name when there is none."""
    from fieldkit.errors import FieldkitError
    from fieldkit.sync import erasing

    try:
        _, left = asyncio.run(erasing.go_on(station))
    except FieldkitError as wrong:
        warn(wrong.sentence, wrong.hint)
        return
    erasing.tell_pending(left, warn)


def as_dict(done: Done) -> dict[str, Any]:
    return {
        "session": done.origin,
        "erased": done.refs,
        "record": done.record,
        "also": done.also,
        "deleted": done.deleted,
        "planned": done.planned,
        "sealed": done.sealed,
        "handed_out": [{"kind": one.kind, "path": one.path, "what": one.what} for one in done.out],
        "pending": [one.sentence for one in done.left],
    }


def tell(done: Done) -> None:
    if not done.refs:
        talk.say("There was nothing left to erase.")
    else:
        where = "" if done.record is None else f", written as record {done.record}"
        talk.data(f"erased  {done.origin}  the private halves of {len(done.refs)} records{where}")
    for path in done.deleted:
        talk.data(f"deleted  {path}")
    for plan in done.planned:
        talk.data(f"taken off the roster  plan {plan}")
    if done.sealed:
        talk.say(
            f"{len(done.sealed)} sealed bundles of other laptops lie here; who is in them only head office can tell."
        )
    if done.also:
        numbers, records = ", ".join(map(str, done.also)), "records" if len(done.also) > 1 else "record"
        talk.warn(
            f"The name or badge also stands in what belongs to others: {records} {numbers}.",
            "Erase them too with --record INDEX, one for each.",
        )
    for one in done.out:
        talk.data(f"handed out  {one.kind}  {one.path}" + (f"  {one.what}" if one.what else ""))
    if done.out:
        talk.say("What was handed out cannot be called back: ask for it, or have it deleted.")
    if done.left:
        from fieldkit.sync.erasing import tell_pending

        tell_pending(done.left, talk.refuse)


commands: dict[str, Callable[..., int | None]] = {"erase": erase}
