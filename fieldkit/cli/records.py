"""`sessions`, `show`, `fsck`, `backup`, `restore`: what lies on this laptop, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.answered import as_rows, print_answers
from fieldkit.cli.attest import attested_words
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, MaybeSessionArg, QuietOpt, SessionArg, found, home
from fieldkit.cli.when import clock, iso
from fieldkit.errors import DamagedData, FieldkitError

if TYPE_CHECKING:
    from fieldkit.core.session import Session
    from fieldkit.core.state import Round
    from fieldkit.log.keys import VKey
    from fieldkit.log.windows import Windows
    from fieldkit.station import SessionRef, Station


def sessions(
    data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> int | None:
    """List the sessions on this laptop, oldest first, and how far each is on its way to head office.

    Example: fieldkit sessions --json
    """
    from fieldkit.station import Station

    station = Station.look(home(data))
    every = [_listed(station, ref) for ref in station.sessions()] if station else []
    faults = station.faults() if station else []
    if json:
        talk.emit({"sessions": every})
    elif every:
        heads = ["SESSION", "BEGAN", "TITLE", "STATE", "RECORDS", "HEAD OFFICE"]
        rows = [[s["suffix"], clock(s["opened"]), s["title"], s["state"], s["size"], _way(s)] for s in every]
        talk.table(heads, rows, give=heads.index("TITLE"))
    else:
        talk.say("There is no session on this laptop yet. Start one: fieldkit host")
    for wrong in faults:
        talk.warn(wrong.sentence, wrong.hint)
    return 4 if faults else None


def show(
    session: SessionArg,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Sum up one session: who was there, what was asked, what was said, whether head office has it, and what it
    answered to questions that were kept for the expert.

    Example: fieldkit show last
    """
    from fieldkit.cli.export import known_keys
    from fieldkit.log.attest import as_dicts
    from fieldkit.log.read import SessionFile
    from fieldkit.sync.amended import amended

    station, ref = found(home(data), session)
    with SessionFile.open(ref.path) as file:
        folded, attested = file.session(), as_dicts(file.attested(known_keys(station), _windows(station)))
    said = amended(station, ref)
    summary = {**_listed(station, ref), **_summed(folded), "attested": attested}
    summary["amended"] = iso(said.at * 1000, ref.tz) if said is not None else ""
    summary["answers"] = as_rows(station, ref)
    if json:
        talk.emit(summary)
    else:
        _print(summary)
        print_answers(summary["answers"])
    return None


def fsck(
    session: MaybeSessionArg = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Walk the records of one session, or of all, and say in words what is wrong. Nothing is repaired.

    Also looked at: whether every session that this laptop has signed is still there, its list of them (keys/heads) and
    its trust list. Exit code 0 when everything is whole, 4 when something is damaged or missing.

    Example: fieldkit fsck last
    """
    from fieldkit.station import Station

    station: Station | None
    if session is None:
        station = Station.look(home(data))
        refs = station.sessions() if station else []
    else:
        station, ref = found(home(data), session, gone=True)
        refs = [ref]
    report = [_walked(station, ref) for ref in refs] if station else []
    faults = station.faults() if station else []
    if json:
        own = [{"sentence": wrong.sentence, "hint": wrong.hint} for wrong in faults]
        talk.emit({"sessions": report, "laptop": own})
    else:
        _print_fsck(report, faults)
    if station is not None and station.keyless is not None:
        talk.warn(station.keyless.sentence, station.keyless.hint)
    if not report:
        talk.say("There is no session on this laptop yet, so there is nothing to check.")
    return 4 if faults or any(not one["whole"] for one in report) else None


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Put the whole data folder into one file, also while a session runs. It holds the key of this laptop and names.

    A session file that is damaged goes in as it lies on the disk; the backup is written all the same, exit code 4.

    Example: fieldkit backup /media/stick/laptop-7.backup
    """
    from fieldkit.cli.backup import back_up

    made = back_up(home(data), file)
    if json:
        talk.emit(made)
    talk.say(f"{made['files']} files are in {file}. It holds this laptop's key and people's names: keep it safe.")
    for name in made["raw"]:
        talk.warn(f"{name} is damaged; it is in the backup as it lies on the disk.", "`fieldkit fsck` says more.")
    return 4 if made["raw"] else None


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


def _walked(station: Station, ref: SessionRef) -> dict[str, Any]:
    """What is wrong with one session, and whether its signatures could be looked at."""
    from fieldkit.log import heads
    from fieldkit.log.fsck import checkable, walk
    from fieldkit.log.read import SessionFile

    keys = _keys(station)
    lines: list[dict[str, Any]] = []
    if ref.state == "missing":
        sentence = f"Its file is missing: this laptop has signed {ref.size} records of it."
        lines = [{"code": "missing", "sentence": sentence, "index": None}]
    else:
        try:
            known = heads.read(station.heads)
        except DamagedData:  # said for the laptop as a whole
            known = []
        try:
            with SessionFile.open(ref.path) as file:
                lines = [{"code": f.code, "sentence": f.sentence, "index": f.index} for f in walk(file, keys, known)]
        except FieldkitError as error:
            lines = [{"code": "unreadable", "sentence": error.sentence, "index": None}]
    return {
        "origin": ref.origin,
        "own": station.keyless is not None or station.is_mine(ref),
        "records": ref.size,
        "whole": not lines,
        "signatures": "checked" if checkable(ref.origin, keys) else "unchecked",
        "findings": lines,
    }


def _keys(station: Station) -> list[VKey]:
    """This laptop's own key, if it is here, and the laptops of the trust list, if that can be read."""
    keys = [] if station.keyless else [station.signer.vkey]
    try:
        return keys + (station.trust.vkeys("device") if station.trust else [])
    except DamagedData:  # said by whoever asks for `faults`
        return keys


def _print_fsck(report: list[dict[str, Any]], faults: list[DamagedData]) -> None:
    for one in report:
        talk.data(f"{one['origin']}: " + ("whole, " + str(one["records"]) + " records" if one["whole"] else "DAMAGED"))
        if not one["own"]:
            talk.data("  It belongs to another laptop: it is not carried from here, and no receipt is added to it.")
        for finding in one["findings"]:
            where = "" if finding["index"] is None else f"record {finding['index']}: "
            talk.data(f"  {where}{finding['sentence']} ({finding['code']})")
        if one["signatures"] == "unchecked" and [x["code"] for x in one["findings"]] != ["missing"]:
            talk.data("  No signature could be checked: the key of the laptop that signed it is not known here.")
    for wrong in faults:
        talk.data(f"this laptop: DAMAGED\n  {wrong.sentence} {wrong.hint}")


def _windows(station: Station) -> Windows:
    """From when until when the keys of head office's list count; this laptop's own always does."""
    from fieldkit.log.windows import Windows

    try:
        trust = station.trust
    except DamagedData:  # said by whoever asked for the keys
        trust = None
    own = None if station.keyless else station.signer.vkey
    lines = {key.vkey: key for key in trust.keys if key.vkey != own} if trust is not None else {}
    return Windows(lines, station.clock.wall_ms() // 1000)


def _listed(station: Station, ref: SessionRef) -> dict[str, Any]:
    from fieldkit.sync.outbox import Outbox
    from fieldkit.sync.purge import purged_ms

    facts = Outbox(station.outbox).facts(ref.origin)
    return {
        "seq": ref.seq,
        "suffix": ref.suffix,
        "origin": ref.origin,
        "title": ref.title,
        "pack": ref.pack_id,
        "version": ref.pack_version,
        "site": ref.site,
        "state": ref.state,
        "opened": iso(ref.opened_t, ref.tz),
        "tz": ref.tz,
        "size": ref.size,
        "sync": facts.stage(ref.size),
        "ahead": facts.ahead > ref.size,
        "purged": iso(purged_ms(ref), ref.tz),
    }


def _way(one: dict[str, Any]) -> str:
    way = "holds more" if one["ahead"] else str(one["sync"])
    return f"{way}, names gone" if one["purged"] else way


def _summed(s: Session) -> dict[str, Any]:
    from fieldkit.core.after_view import Sheet, outcome
    from fieldkit.core.attendance import attendance, groups

    rows = attendance(s)
    counted = outcome(Sheet(rows, groups(s)))
    rounds = [one for activity in s.runs for one in s.runs[activity]]
    return {
        "trainer": s.trainer,
        "leader": s.leader,
        "closed": iso(s.closed_t, s.info.tz if s.info is not None else "UTC"),
        "people": {
            "expected": s.expected,
            "joined": s.joined,
            "present": s.present,
            "came": counted.came,
            "walkins": counted.walkins,
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
    more = f", and {people['walkins']} more" if people["walkins"] else ""
    led = ", then ".join(dict.fromkeys(x for x in (summary["trainer"], summary["leader"]) if x))
    statuses = ", ".join(f"{n} {status}" for status, n in people["attendance"].items())
    for line in (
        f"{summary['title']}   {summary['pack']} {summary['version']}",
        f"  {summary['origin']}",
        f"  began {clock(summary['opened'])}"
        + (f", ended {clock(summary['closed'])}" if summary["closed"] else f", {summary['state']}"),
        f"  trainer {led or '—'}   site {summary['site'] or '—'}",
        f"  people: {people['came']} of {people['expected']} expected{more}; {statuses or 'nobody yet'}",
        f"  {summary['size']} records; head office: {summary['sync']}; {summary['messages']} messages,"
        f" {summary['corrections']} corrections",
    ):
        talk.data(line)
    if summary["purged"]:
        talk.data(f"  names are gone, head office has them (let go on {summary['purged'][:10]})")
    if summary["amended"]:
        talk.data(f"  head office has corrected it, last {clock(summary['amended'])}; ask there for the sheet in force")
    for mark in summary["attested"]:
        talk.data(f"  {attested_words(mark)}")
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
            give=5,
        )
