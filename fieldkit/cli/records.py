"""`sessions`, `show`, `fsck`, `backup`, `restore`: what lies on this laptop, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, SessionArg, home

if TYPE_CHECKING:
    from fieldkit.core.session import Session
    from fieldkit.core.state import Round
    from fieldkit.station import SessionRef, Station


def sessions(
    data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> int | None:
    """List the sessions on this laptop, oldest first, and how far each is on its way to head office.

    Example: fieldkit sessions --json
    """
    station = _station(home(data))
    found = [_listed(station, ref) for ref in station.sessions()] if station else []
    if json:
        talk.emit({"sessions": found})
        return None
    if not found:
        talk.say("There is no session on this laptop yet. Start one: fieldkit host")
        return None
    heads = ["SESSION", "BEGAN", "TITLE", "STATE", "RECORDS", "HEAD OFFICE"]
    talk.table(heads, [[s["suffix"], _clock(s["opened"]), s["title"], s["state"], s["size"], s["sync"]] for s in found])
    return None


def show(
    session: SessionArg,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Sum up one session: who was there, what was asked, what was said, and whether head office has it.

    Example: fieldkit show last
    """
    import msgspec

    from fieldkit.core.plan import Plan
    from fieldkit.core.session import Session
    from fieldkit.log.read import SessionFile

    station, ref = _found(home(data), session)
    with SessionFile.open(ref.path) as file:
        plan = msgspec.json.decode(file.plan, type=Plan)
        folded = Session(origin=file.origin, plan=plan).fold(file.records())
    summary = {**_listed(station, ref), **_summed(folded)}
    if json:
        talk.emit(summary)
    else:
        _print(summary)
    return None


def fsck(
    session: Annotated[
        str | None, typer.Argument(metavar="[SESSION]", help="One session; without it every one on this laptop.")
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Walk the records of one session, or of all, and say in words what is wrong. Nothing is repaired.

    Exit code 0 when everything is whole, 4 when something is damaged.

    Example: fieldkit fsck last
    """
    from fieldkit.errors import FieldkitError
    from fieldkit.log import heads
    from fieldkit.log.fsck import walk
    from fieldkit.log.read import SessionFile

    if session is None:
        station = _station(home(data))
        refs = station.sessions() if station else []
    else:
        station, ref = _found(home(data), session)
        refs = [ref]
    report = []
    for ref in refs:
        assert station is not None  # without a station there are no sessions
        try:
            with SessionFile.open(ref.path) as file:
                found = [
                    (f.code, f.sentence, f.index) for f in walk(file, [station.signer.vkey], heads.read(station.heads))
                ]
        except FieldkitError as error:
            found = [("unreadable", error.sentence, None)]
        lines = [{"code": code, "sentence": sentence, "index": index} for code, sentence, index in found]
        report.append({"origin": ref.origin, "records": ref.size, "whole": not lines, "findings": lines})
    if json:
        talk.emit({"sessions": report})
    for one in () if json else report:
        findings: Any = one["findings"]
        talk.data(f"{one['origin']}: " + ("whole, " + str(one["records"]) + " records" if one["whole"] else "DAMAGED"))
        for finding in findings:
            where = "" if finding["index"] is None else f"record {finding['index']}: "
            talk.data(f"  {where}{finding['sentence']} ({finding['code']})")
    if not report:
        talk.say("There is no session on this laptop yet, so there is nothing to check.")
    return 4 if any(not one["whole"] for one in report) else None


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Put the whole data folder into one file, also while a session runs. It holds the key of this laptop and names.

    Example: fieldkit backup /media/stick/laptop-7.backup
    """
    from fieldkit.cli.backup import back_up

    made = back_up(home(data), file)
    if json:
        talk.emit(made)
    talk.say(f"{made['files']} files are in {file}. It holds this laptop's key and people's names: keep it safe.")
    return None


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `fieldkit backup` made.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Make a data folder from a backup; a folder that holds anything is never touched.

    Example: fieldkit restore /media/stick/laptop-7.backup --data new-folder
    """
    from fieldkit.cli.backup import restore as put_back

    made = put_back(home(data), file)
    if json:
        talk.emit(made)
    talk.say(f"{made['files']} files are back in {made['data']}.")
    talk.say("This folder is now that laptop. Do not run the old one beside it; `fieldkit fsck` checks its records.")
    return None


commands: dict[str, Callable[..., int | None]] = {
    "sessions": sessions,
    "show": show,
    "fsck": fsck,
    "backup": backup,
    "restore": restore,
}


# ---- what they say -------------------------------------------------------------------------------------------


def _station(folder: Path) -> Station | None:
    """The station in a folder that is one; looking never makes a key or a folder."""
    from fieldkit.station import Station

    return Station.open(folder) if (folder / "keys").is_dir() else None


def _found(folder: Path, which: str) -> tuple[Station, SessionRef]:
    from fieldkit.errors import NotPossible

    station = _station(folder)
    if station is None:
        raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
    return station, station.find(which)


def _listed(station: Station, ref: SessionRef) -> dict[str, Any]:
    from fieldkit.sync.outbox import Outbox

    return {
        "seq": ref.seq,
        "suffix": ref.suffix,
        "origin": ref.origin,
        "title": ref.title,
        "pack": ref.pack_id,
        "version": ref.pack_version,
        "site": ref.site,
        "state": ref.state,
        "opened": _iso(ref.opened_t),
        "size": ref.size,
        "sync": Outbox(station.outbox).facts(ref.origin).stage(ref.size),
    }


def _summed(s: Session) -> dict[str, Any]:
    from fieldkit.core.attendance import attendance

    rows = attendance(s)
    rounds = [one for activity in s.runs for one in s.runs[activity]]
    return {
        "trainer": s.trainer,
        "closed": _iso(s.closed_t),
        "people": {
            "expected": s.expected,
            "joined": s.joined,
            "present": s.present,
            "attendance": dict(sorted(Counter(row.status for row in rows).items())),
        },
        "activities": [_round(s, one) for one in sorted(rounds, key=lambda one: one.opened_i)],
        "messages": len(s.says),
        "corrections": len(s.amendments) + len(s.changes),
        "unknown": s.unknown,
    }


def _round(s: Session, one: Round) -> dict[str, Any]:
    return {
        "activity": one.activity.id,
        "type": one.activity.type,
        "round": one.no,
        "mode": one.mode,
        "answered": one.answered(),
        "state": "void" if one.void else "open" if one.is_open else "closed",
        "text": s.plan.say(one.activity.text, s.plan.language),
    }


def _print(summary: dict[str, Any]) -> None:
    people = summary["people"]
    statuses = ", ".join(f"{n} {status}" for status, n in people["attendance"].items())
    for line in (
        f"{summary['title']}   {summary['pack']} {summary['version']}",
        f"  {summary['origin']}",
        f"  began {_clock(summary['opened'])}"
        + (f", ended {_clock(summary['closed'])}" if summary["closed"] else f", {summary['state']}"),
        f"  trainer {summary['trainer'] or '—'}   site {summary['site'] or '—'}",
        f"  people: {people['joined']} joined of {people['expected']} expected; {statuses or 'nobody yet'}",
        f"  {summary['size']} records; head office: {summary['sync']}; {summary['messages']} messages,"
        f" {summary['corrections']} corrections",
    ):
        talk.data(line)
    if summary["unknown"]:
        talk.data(f"  {summary['unknown']} records of a kind that this release does not know are kept as they are")
    if summary["activities"]:
        talk.data("")
        talk.table(
            ["ACTIVITY", "TYPE", "ROUND", "ANSWERED", "STATE", "TEXT"],
            [
                [a["activity"], a["type"], a["round"], a["answered"], a["state"], a["text"][:60]]
                for a in summary["activities"]
            ],
        )


def _iso(t: int | None) -> str | None:
    """Unix ms → UTC with `Z`; None when there is none or no calendar holds it."""
    if not t:
        return None
    try:
        return datetime.fromtimestamp(t / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return None


def _clock(iso: str | None) -> str:
    """The same moment on this laptop's wall clock, as people read it."""
    return "—" if iso is None else datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")
