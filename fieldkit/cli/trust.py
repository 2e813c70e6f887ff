"""`trust`: head office's list on this laptop, what it says, and what the newest one changed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, open_station
from fieldkit.errors import BadBytes, DamagedData, NotPossible

if TYPE_CHECKING:
    from fieldkit.log.changes import Change
    from fieldkit.log.trust import TrustKey, TrustList
    from fieldkit.station import Station

MAX_NOTE = 1 << 20

group = new_group("Head office's trust list: who may sign what, until when.")


@group.command("show")
def trust_show(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show the trust list that this laptop has accepted, and what it changed. Exit code 1 when there is none yet.

    Example: fieldkit trust show
    """
    from fieldkit.log.accepted import before

    station = open_station(data)
    trust = station.trust
    if trust is None:
        raise NotPossible("This laptop has no trust list yet.", "Ask head office: fieldkit enrol -o enrol.note")
    old = before(station.home)
    if old is not None and (old.org != trust.org or old.version >= trust.version):
        old = None
    _tell(trust, old, station, json)


@group.command("accept")
def trust_accept(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="trust.note as head office sent it; `-` reads it here.")
    ],
    root: Annotated[
        str | None,
        typer.Option(
            "--root",
            metavar="VKEY|WORDS",
            help="For the first list: the root of `central trust show`, or its six words.",
        ),
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Take head office's trust list in: the first one under the root key it gave you (its line, or its six words in
    quotes), later ones under the list held.

    Says who joined, who was revoked, whether roots changed. An older list, one of another organisation, or one that no
    known root has signed changes nothing. Several files are taken oldest first.

    Example: fieldkit trust accept trust.note --root ld.acme.example/root+c25c7880+Ae23ygUV…
    """
    from fieldkit.cli import trusttools

    given = [_read(file) for file in files]
    station = open_station(data)
    first = _held(station, renewed=root is not None)
    taken: list[TrustList] = []

    def told(new: bool, trust: TrustList) -> None:
        if new:
            taken.append(trust)
        words = "Accepted" if new else "This list is held already"
        talk.say(f"{words}: version {trust.version} of {trust.org}.")

    try:
        held = trusttools.take(station, given, root or "", told)
    except BadBytes as wrong:
        said = wrong.detail or "these bytes are no trust list"
        sentence = f"This trust list is refused: {said} ({wrong.reason})."
        raise NotPossible(sentence, trusttools.what_then(wrong.reason)) from wrong
    _tell(held, first if taken else None, station, json)


groups: dict[str, typer.Typer] = {"trust": group}


# ---- reading -------------------------------------------------------------------------------------------------


def _held(station: Station, *, renewed: bool) -> TrustList | None:
    """The list held; where it cannot be read and a root is given, that is said, and it counts as none."""
    try:
        return station.trust
    except DamagedData as wrong:
        if not renewed:
            raise
        talk.warn(wrong.sentence, "The list given now is taken in as the first one, under --root.")
        return None


def _read(file: Path) -> bytes:
    return talk.read(file, MAX_NOTE, "a trust list")


# ---- telling -------------------------------------------------------------------------------------------------


def _tell(trust: TrustList, old: TrustList | None, station: Station, json: bool) -> None:
    from fieldkit.log.changes import changes

    now = station.clock.wall_ms() // 1000
    keys: list[dict[str, Any]] = [
        {"kind": one.kind, "vkey": str(one.vkey), "state": one.state(now), "line": one.line()} for one in trust.keys
    ]
    rows = [[one.kind, one.vkey.name, standing(one, now)] for one in trust.keys]
    mine = trust.find(station.signer.vkey)
    told = changes(old, trust) if old is not None else []
    if json:
        import msgspec

        talk.emit(
            {
                "org": trust.org,
                "version": trust.version,
                "expired": trust.expired(now),
                "listed": mine.state(now) if mine else None,
                "keys": keys,
                "recipients": list(trust.recipients),
                "void": [{"line": line, "reason": reason} for line, reason in trust.void],
                "changes": msgspec.to_builtins(told),
            }
        )
        return
    talk.data(f"{trust.org}, version {trust.version}" + (" — EXPIRED, ask for a new one" if trust.expired(now) else ""))
    talk.data(f"this laptop: {standing(mine, now) if mine else 'not listed'}")
    talk.table(["KIND", "NAME", "STATE"], rows)
    for line, reason in trust.void:
        talk.warn(f"a line counts for nobody ({reason}): {line[:80]}")
    if old is not None:
        _say_changes(old, told)
    warn_expired(trust, now)


def warn_expired(trust: TrustList, now: int) -> None:
    """Say so where a list has run out by `now`, Unix seconds."""
    if trust.expired(now):
        talk.warn("This trust list has run out. Training goes on; head office takes nothing until it signs a new one.")


def said_expired(station: Station) -> Station:
    """The station, once it is said that its list has run out; a damaged one is told of by whoever needs it."""
    with contextlib.suppress(DamagedData):
        if station.trust is not None:
            warn_expired(station.trust, station.clock.wall_ms() // 1000)
    return station


def standing(key: TrustKey, at: int) -> str:
    """How a key stands at Unix second `at`, and from when one is revoked, that day to come or not."""
    if key.revoked is None:
        return key.state(at)
    from fieldkit.log.note import day_text

    state = key.state(at)
    said = f"revoked from {day_text(key.revoked)}"
    return said if state == "revoked" else f"{state}, {said}"


def say_taken(station: Station) -> None:
    """What the list that has just been taken in changed, on standard error."""
    from fieldkit.log.accepted import before
    from fieldkit.log.changes import changes

    old, trust = before(station.home), station.trust
    if old is not None and trust is not None:
        _say_changes(old, changes(old, trust))


def _say_changes(old: TrustList, told: list[Change]) -> None:
    if not told:
        talk.say(f"Against version {old.version} only the dates of the list changed.")
        return
    talk.say(f"What changed since version {old.version}:")
    for change in told:
        if change.code in ("root", "restored", "alike"):
            talk.warn(change.sentence)
        else:
            talk.say(change.sentence)
