"""`key`, `enrol`: who this laptop is, who signs on it, and how it asks head office to be trusted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.keys_passphrase import key_passphrase
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
from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.station import Station

key_group = new_group("This laptop's keys.")
facilitator_group = new_group("Keys of facilitators, each behind a passphrase.")
key_group.add_typer(facilitator_group, name="facilitator")


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
    for text in found:
        talk.data(f"facilitator  {text}")
        if words := _words(text):
            talk.data(f"six words    {words}")
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
        talk.data(six_words(vkey))
    talk.say("Send this line to head office by any way, and read it these six words: then your signature counts there.")
    talk.say("Without the passphrase the key cannot be used again.")


@facilitator_group.command("note")
def facilitator_note(
    id: Annotated[str, typer.Argument(metavar="ID", help="Which key of this laptop.")],
    out: OutOpt,
    passphrase_file: PassphraseFileOpt = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Write the note by which a facilitator asks head office to be listed, and show the six words to read out.

    Example: fieldkit key facilitator note 9k3m -o 9k3m.note
    """
    from fieldkit.log import facilitators
    from fieldkit.log.keys import six_words
    from fieldkit.log.trust import enrol_note

    if json and str(out) == "-":
        raise WrongUsage("The note and the JSON cannot both go to standard output.", "Name a file with -o.")
    station = open_station(data)
    mine = next((one for one in facilitators.listed(station.home) if one.id == id), None)
    if mine is None:
        raise NotPossible(
            f"There is no key of {id[:40]!r} on this laptop.", "Make one: fieldkit key facilitator new ID"
        )
    secret = passphrase(passphrase_file, False, f"Passphrase of {mine.id}") if mine.sealed else None
    signer = facilitators.unlock(station.home, mine.id, secret)
    talk.out(out, enrol_note(signer, _made(station, f"fac-{mine.id}.key")))
    words = six_words(mine.vkey)
    if json:
        talk.emit({"words": words, "vkey": str(mine.vkey)})
    elif str(out) != "-":
        talk.data(words)
    talk.say("Send the note by any way you like, and read these six words to head office on the telephone.")
    if str(out) == "-":
        talk.say(words)


key_group.command("passphrase")(key_passphrase)


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


commands: dict[str, Callable[..., None]] = {"enrol": enrol}
groups: dict[str, typer.Typer] = {"key": key_group}


# ---- helpers -------------------------------------------------------------------------------------------------


def _made(station: Station, name: str = "device.key") -> int:
    """Unix seconds at which a key was made: its file is written once."""
    try:
        return int((station.home / "keys" / name).stat().st_mtime)
    except OSError:
        return station.clock.wall_ms() // 1000


def _words(text: str) -> str:
    """The six words of a public key that lies here as text; empty when it cannot be read."""
    from fieldkit.log.keys import VKey, six_words

    try:
        return six_words(VKey.parse(text))
    except BadBytes:
        return ""


def _facilitators(folder: Path) -> list[str]:
    found = []
    for path in sorted((folder / "keys").glob("fac-*.vkey")):
        text = path.read_text("ascii", "replace").strip()
        if len(text) <= 1024:
            found.append(text)
    return found
