"""`key`, `enrol`, `trust`: who this laptop is, and whom head office trusts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.options import (
    DataOpt,
    DebugOpt,
    JsonOpt,
    NoPassphraseOpt,
    OutOpt,
    PassphraseFileOpt,
    QuietOpt,
    open_station,
    passphrase,
)
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.keys import VKey
    from fieldkit.log.trust import TrustList
    from fieldkit.station import Station

MAX_NOTE = 1 << 20

key_group = new_group("This laptop's keys.")
facilitator_group = new_group("Keys of facilitators, each behind a passphrase.")
key_group.add_typer(facilitator_group, name="facilitator")
trust_group = new_group("Head office's trust list: who may sign what, until when.")


@key_group.command("show")
def key_show(
    data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False
) -> int | None:
    """Show the public keys of this laptop and the six words by which head office knows it.

    Example: fieldkit key show
    """
    from fieldkit.log.keys import six_words

    station = open_station(data)
    device = station.signer.vkey
    trust, code = None, None
    try:
        trust = station.trust
    except DamagedData as wrong:  # the key itself is still worth showing
        talk.warn(wrong.sentence, wrong.hint)
        code = wrong.exit_code
    org = trust.org if trust else device.org
    found = _facilitators(station.home)
    shown = {"device": {"vkey": str(device), "words": six_words(device)}, "facilitators": found, "org": org}
    if json:
        talk.emit(shown)
        return code
    talk.data(f"laptop       {device}")
    talk.data(f"six words    {six_words(device)}")
    talk.data(f"organisation {org}" + ("" if trust or code else " (not enrolled yet)"))
    for vkey in found:
        talk.data(f"facilitator  {vkey}")
    return code


@facilitator_group.command("new")
def facilitator_new(
    id: Annotated[str, typer.Argument(metavar="ID", help="4 to 12 of a-z and 0-9; it is for ever.")],
    passphrase_file: PassphraseFileOpt = None,
    no_passphrase: NoPassphraseOpt = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make a facilitator's key on this laptop, behind a passphrase, and show its public half for head office.

    Example: fieldkit key facilitator new 9k3m
    """
    from fieldkit.log import facilitators
    from fieldkit.log.keys import six_words

    if not re.fullmatch(r"[a-z0-9]{4,12}", id):
        raise WrongUsage("An id is 4 to 12 of a-z and 0-9.", "For example: fieldkit key facilitator new 9k3m")
    station = open_station(data)
    org = trust.org if (trust := station.trust) else station.signer.vkey.org
    if (station.home / "keys" / f"fac-{id}.key").exists():
        raise NotPossible(f"There is a key of {id} on this laptop already.", "Choose another id.")
    secret = passphrase(passphrase_file, no_passphrase, "Passphrase for the new key", again=True)
    vkey = facilitators.make(station.home, org, id, secret).vkey
    if json:
        talk.emit({"vkey": str(vkey), "words": six_words(vkey)})
    else:
        talk.data(str(vkey))
    talk.say("Keep this line: head office has no command yet that puts a facilitator's key on its trust list.")
    talk.say("Without the passphrase the key cannot be used again.")


def enrol(
    out: OutOpt,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Write the note by which this laptop asks head office to be trusted, and show the six words to read out.

    Example: fieldkit enrol -o enrol.note
    """
    from fieldkit.log.keys import six_words
    from fieldkit.log.trust import enrol_note

    station = open_station(data)
    device = station.signer.vkey
    words = six_words(device)
    if json and str(out) == "-":
        raise WrongUsage("The note and the JSON cannot both go to standard output.", "Name a file with -o.")
    talk.out(out, enrol_note(station.signer, _made(station)))
    if json:
        talk.emit({"words": words, "vkey": str(device)})
    elif str(out) != "-":
        talk.data(words)
    talk.say("Send the note by any way you like, and read these six words to head office on the telephone.")
    if str(out) == "-":
        talk.say(words)


@trust_group.command("show")
def trust_show(data: DataOpt = None, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """Show the trust list that this laptop has accepted. Exit code 1 when there is none yet.

    Example: fieldkit trust show
    """
    station = open_station(data)
    trust = station.trust
    if trust is None:
        raise NotPossible("This laptop has no trust list yet.", "Ask head office: fieldkit enrol -o enrol.note")
    _tell(trust, station, json)


@trust_group.command("accept")
def trust_accept(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="trust.note as head office sent it; `-` reads it here.")],
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

    Example: fieldkit trust accept trust.note --root ld.acme.example/root+c25c7880+Ae23ygUV…
    """
    from fieldkit.log.trust import accept, accept_first

    raw = _read(file)
    station = open_station(data)
    held = _held(station, renewed=root is not None)
    if held is not None and raw == (station.home / "trust.note").read_bytes():
        talk.say(f"This list is held already: version {held.version} of {held.org}.")
        return _tell(held, station, json)
    if held is not None:
        trust = accept(held, raw)
    elif root is None:
        raise WrongUsage(
            "The first trust list needs head office's root key.",
            "Add --root VKEY: the root line head office tells you.",
        )
    else:
        trust = accept_first(raw, _root(root))
    _put(station.home / "trust.note", raw, over=held is not None)
    talk.say(f"Accepted: version {trust.version} of {trust.org}.")
    _tell(trust, station, json)


commands: dict[str, Callable[..., None]] = {"enrol": enrol}
groups: dict[str, typer.Typer] = {"key": key_group, "trust": trust_group}


# ---- helpers -------------------------------------------------------------------------------------------------


def _held(station: Station, *, renewed: bool) -> TrustList | None:
    """The list held. One that cannot be read counts as none when a root is given: a first list may then be taken in."""
    try:
        return station.trust
    except DamagedData as wrong:
        if not renewed:
            raise
        talk.warn(wrong.sentence, "The list given now is taken in as the first one, under --root.")
        return None


def _put(path: Path, raw: bytes, *, over: bool) -> None:
    """The new list in its place; a damaged one that lies there is kept beside it."""
    from fieldkit.log.files import set_aside

    if not over and path.exists():
        set_aside(path)
    _write(path, raw)


def _root(text: str) -> VKey:
    from fieldkit.log.keys import VKey

    try:
        return VKey.parse(text.strip())
    except BadBytes as error:
        raise WrongUsage(
            f"That is not a root key ({error.reason}).", "It looks like name/root+c25c7880+Ae23…."
        ) from error


def _made(station: Station) -> int:
    """Unix seconds at which the device key was made: its file is written once."""
    try:
        return int((station.home / "keys" / "device.key").stat().st_mtime)
    except OSError:
        return station.clock.wall_ms() // 1000


def _facilitators(folder: Path) -> list[str]:
    found = []
    for path in sorted((folder / "keys").glob("fac-*.vkey")):
        text = path.read_text("ascii", "replace").strip()
        if len(text) <= 1024:
            found.append(text)
    return found


def _tell(trust: TrustList, station: Station, json: bool) -> None:
    now = station.clock.wall_ms() // 1000
    keys: list[dict[str, Any]] = [
        {"kind": one.kind, "vkey": str(one.vkey), "state": one.state(now), "line": one.line()} for one in trust.keys
    ]
    mine = trust.find(station.signer.vkey)
    if json:
        talk.emit(
            {
                "org": trust.org,
                "version": trust.version,
                "expired": trust.expired(now),
                "listed": mine.state(now) if mine else None,
                "keys": keys,
                "recipients": list(trust.recipients),
                "void": [{"line": line, "reason": reason} for line, reason in trust.void],
            }
        )
        return
    talk.data(f"{trust.org}, version {trust.version}" + (" — EXPIRED, ask for a new one" if trust.expired(now) else ""))
    talk.data(f"this laptop: {mine.state(now) if mine else 'not listed'}")
    talk.table(["KIND", "NAME", "STATE"], [[k["kind"], str(k["vkey"]).split("+")[0], k["state"]] for k in keys])
    for line, reason in trust.void:
        talk.warn(f"a line counts for nobody ({reason}): {line[:80]}")


def _read(file: Path) -> bytes:
    if str(file) == "-":
        import sys

        raw = sys.stdin.buffer.read(MAX_NOTE + 1)
    else:
        try:
            with file.open("rb") as source:
                raw = source.read(MAX_NOTE + 1)
        except OSError as error:
            raise FieldkitError(f"Cannot read {file}: {talk.reason(error)}.", "Check the path.") from error
    if len(raw) > MAX_NOTE:
        raise NotPossible(f"{file} is too large for a trust list.", "Is it the right file?")
    return raw


def _write(path: Path, content: bytes) -> None:
    from fieldkit.log.files import write_durable

    write_durable(path, content)
