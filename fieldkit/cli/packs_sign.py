"""`fieldkit pack key|sign`: a publisher's key, and the note by which a publisher vouches for a pack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import (
    DataOpt,
    DebugOpt,
    JsonOpt,
    NoPassphraseOpt,
    PassphraseFileOpt,
    QuietOpt,
    home,
    passphrase,
)
from fieldkit.errors import BadBytes, WrongUsage


def key(
    id: Annotated[str, typer.Argument(metavar="ID", help="4 to 12 of a-z and 0-9; it is for ever.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where the key file is written.")],
    org: Annotated[
        str, typer.Option("--org", metavar="ORG", help="Like a domain; else that of this laptop's trust list.")
    ] = "",
    passphrase_file: PassphraseFileOpt = None,
    no_passphrase: NoPassphraseOpt = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make a publisher's key, behind a passphrase, and show its public half for head office.

    Example: fieldkit pack key 4h7m --org ld.acme.example -o publisher.key
    """
    from fieldkit.log.keys import Signer, six_words

    if not re.fullmatch(r"[a-z0-9]{4,12}", id):
        raise WrongUsage("An id is 4 to 12 of a-z and 0-9.", "For example: fieldkit pack key 4h7m -o publisher.key")
    named = f"{org or _org(data)}/pub/{id}"
    try:
        signer = Signer.generate(named)
    except BadBytes as wrong:
        raise WrongUsage("The organisation is written like a domain.", "For example: --org ld.acme.example") from wrong
    signer.save(out, passphrase(passphrase_file, no_passphrase, "Passphrase for the new key", again=True))
    words = six_words(signer.vkey)
    if json:
        talk.emit({"vkey": str(signer.vkey), "words": words, "file": str(out)})
    else:
        talk.data(str(signer.vkey))
        talk.data(words)
    talk.say("Send this line to head office by any way, and read it these six words: then packs you sign are believed.")
    talk.say("Keep the file to yourself; without its passphrase it cannot be used.")


def sign(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The pack's folder.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The publisher's key, as `pack key` wrote it.")],
    passphrase_file: PassphraseFileOpt = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Vouch for a pack as it is now: FOLDER/pack.note says which files, signed. Any later change ends that.

    Example: fieldkit pack sign dock-safety --key publisher.key
    """
    from fieldkit.log.files import write_durable
    from fieldkit.log.keys import Signer, is_sealed
    from fieldkit.log.note import fields_text, sign_note
    from fieldkit.packs.compile import compile_files
    from fieldkit.packs.read import NOTE, read_pack
    from fieldkit.station import Station

    if not folder.is_dir():
        raise WrongUsage(
            f"{str(folder)[:120]} is no folder.",
            "Sign the pack's folder, then make one file of it: fieldkit pack build",
        )
    try:
        files = read_pack(folder)
        plan = compile_files(files).plan
    except BadBytes as wrong:
        raise WrongUsage(f"This pack cannot be run ({wrong.reason}).", "Run: fieldkit pack check FOLDER") from wrong
    sealed = is_sealed(talk.read(key, 65536, "a key"))
    signer = Signer.load(key, passphrase(passphrase_file, False, f"Passphrase of {key.name}") if sealed else None)
    if signer.vkey.role != "pub":
        raise WrongUsage(f"{signer.name} is no publisher's key.", "Make one: fieldkit pack key ID -o FILE")
    text = fields_text("pack", [("id", plan.id), ("version", plan.version), ("files", files.hash)])
    write_durable(folder / NOTE, sign_note(text, signer), mode=0o644)
    if json:
        talk.emit({"id": plan.id, "version": plan.version, "files": files.hash, "signed": signer.name})
    else:
        talk.data(f"{plan.id} {plan.version}, signed by {signer.name}")
    talk.say(f"{folder / NOTE} is written. Next: fieldkit pack build {folder}")
    station = Station.look(home(data))
    if station is not None and str(signer.vkey) not in station.publishers():
        talk.say("The trust list of this laptop does not name this key, so here the pack counts as unsigned.")


# ---- helpers -------------------------------------------------------------------------------------------------


def _org(data: Path | None) -> str:
    """The organisation of the trust list that lies here."""
    from fieldkit.station import Station

    station = Station.look(home(data))
    trust = station.trust if station is not None else None
    if trust is None:
        raise WrongUsage("Which organisation is the key of?", "For example: --org ld.acme.example")
    return trust.org
