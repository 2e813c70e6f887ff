"""`trust`: head office's list on this laptop, what it says, and what the newest one changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, open_station
from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.changes import Change
    from fieldkit.log.keys import VKey
    from fieldkit.log.trust import TrustList
    from fieldkit.station import Station

MAX_NOTE = 1 << 20

group = new_group("Head office's trust list: who may sign what, until when.")

HINTS = {
    "not-newer": "Nothing was changed: the list that is held is as new or newer.",
    "wrong-org": "Nothing was changed: ask your own head office for its list.",
    "no-known-signature": "If head office has a new root, take in the list that made it first; else do not trust this.",
    "bad-signature": "Somebody changed it on its way: ask for it again.",
    "no-root": "Ask head office for the root line of `fieldkit central trust show`.",
    "revoked-root": "Ask head office for the root line of `fieldkit central trust show`.",
}
"""Reason → what to do, where a list is refused."""


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
        typer.Option("--root", metavar="VKEY", help="For the first list: the root line of `central trust show`."),
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Take head office's trust list in: the first one under the root key it gave you, later ones under the list held.

    Says who joined, who was revoked, whether roots changed. An older list, one of another organisation, or one that no
    known root has signed changes nothing. Several files are taken oldest first.

    Example: fieldkit trust accept trust.note --root ld.acme.example/root+c25c7880+Ae23ygUV…
    """
    from fieldkit.log import accepted
    from fieldkit.log.files import set_aside

    given = sorted(((raw, accepted.version_of(raw)) for raw in map(_read, files)), key=lambda one: one[1])
    station = open_station(data)
    first = held = _held(station, renewed=root is not None)
    path = station.home / "trust.note"
    taken = False
    for raw, version in given:
        if held is not None and raw == path.read_bytes():
            talk.say(f"This list is held already: version {held.version} of {held.org}.")
            continue
        if len(given) > 1 and held is not None and version <= held.version:
            continue  # the way to the newest begins behind it
        held = _accepted(station, held, raw, root)
        if first is None and not taken and path.exists():
            set_aside(path)  # one that could not be read
        accepted.put(station.home, raw)
        taken = True
        talk.say(f"Accepted: version {held.version} of {held.org}.")
    if held is None:
        raise NotPossible("No list was taken in.", "Name the file that head office sent.")
    _tell(held, first if taken else None, station, json)


groups: dict[str, typer.Typer] = {"trust": group}


# ---- accepting -----------------------------------------------------------------------------------------------


def _accepted(station: Station, held: TrustList | None, raw: bytes, root: str | None) -> TrustList:
    """The list, if it may follow the one held. Raises NotPossible in words, WrongUsage without a root for the first."""
    from fieldkit.log.trust import accept, accept_first

    try:
        if held is not None:
            return accept(held, raw)
        if root is None:
            raise WrongUsage(
                "The first trust list needs head office's root key.",
                "Add --root VKEY: the root line head office tells you.",
            )
        trust = accept_first(raw, _root(root))
        _is_ours(station, trust.org)
        return trust
    except BadBytes as wrong:
        reason = "no-root" if held is None and wrong.reason == "no-known-signature" else wrong.reason
        hint = HINTS.get(reason, "Nothing was changed: ask head office for the list again.")
        said = wrong.detail or "these bytes are no trust list"
        raise NotPossible(f"This trust list is refused: {said} ({wrong.reason}).", hint) from wrong


def _is_ours(station: Station, org: str) -> None:
    """The first list is of the organisation that the settings name; of none that only looks like one known here."""
    from fieldkit.config import load
    from fieldkit.log.names import HOME_ORG, alike

    said = load(station.home, os.environ).org
    if said and org != said:
        raise BadBytes("wrong-org", f"the list is of {org}, and the settings of this laptop say {said}")
    own = station.signer.vkey.org
    if own != HOME_ORG and alike(org, own):
        raise BadBytes("wrong-org", f"the list is of {org}, which can be taken for {own} and is not it")


def _held(station: Station, *, renewed: bool) -> TrustList | None:
    """The list held. One that cannot be read counts as none when a root is given: a first list may then be taken in."""
    try:
        return station.trust
    except DamagedData as wrong:
        if not renewed:
            raise
        talk.warn(wrong.sentence, "The list given now is taken in as the first one, under --root.")
        return None


def _root(text: str) -> VKey:
    from fieldkit.log.keys import VKey

    try:
        return VKey.parse(text.strip())
    except BadBytes as error:
        raise WrongUsage(
            f"That is not a root key ({error.reason}).", "It looks like name/root+c25c7880+Ae23…."
        ) from error


def _read(file: Path) -> bytes:
    return talk.read(file, MAX_NOTE, "a trust list")


# ---- telling -------------------------------------------------------------------------------------------------


def _tell(trust: TrustList, old: TrustList | None, station: Station, json: bool) -> None:
    from fieldkit.log.changes import changes

    now = station.clock.wall_ms() // 1000
    keys: list[dict[str, Any]] = [
        {"kind": one.kind, "vkey": str(one.vkey), "state": one.state(now), "line": one.line()} for one in trust.keys
    ]
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
    talk.data(f"this laptop: {mine.state(now) if mine else 'not listed'}")
    talk.table(["KIND", "NAME", "STATE"], [[k["kind"], str(k["vkey"]).split("+")[0], k["state"]] for k in keys])
    for line, reason in trust.void:
        talk.warn(f"a line counts for nobody ({reason}): {line[:80]}")
    if old is not None:
        _say_changes(old, told)
    if trust.expired(now):
        talk.warn("This trust list has run out. Training goes on; head office takes nothing until it signs a new one.")


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
