"""`key passphrase`: a key file behind another passphrase, the key in it unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import talk
from fieldkit.cli.options import (
    DataOpt,
    DebugOpt,
    JsonOpt,
    PassphraseFileOpt,
    QuietOpt,
    first_line,
    home,
    passphrase,
)
from fieldkit.errors import DamagedData, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.log.keys import Signer, VKey


def key_passphrase(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A facilitator's id on this laptop, or a key file: root.key, say.")
    ],
    passphrase_file: PassphraseFileOpt = None,
    new_passphrase_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", metavar="FILE", help="The new one, on its first line.")
    ] = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Guard the key with no passphrase from now on.")
    ] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Guard a key with another passphrase: of a facilitator, of head office's root, of a publisher, of a witness.

    The old one is asked first, the new one twice. The key itself stays what it is, and so does everything it signed.

    Example: fieldkit key passphrase 9k3m
    """
    from fieldkit.log.keys import is_sealed, reseal

    path, vkey = _key_file(key, data)
    if no_passphrase and new_passphrase_file is not None:
        raise WrongUsage("--no-passphrase and --new-passphrase-file exclude each other.", "Give one of the two.")
    sealed = is_sealed(talk.read(path, 65536, "a key"))
    old = passphrase(passphrase_file, False, f"Passphrase of {path.name}") if sealed else None
    signer = _opened(path, vkey, old)
    reseal(path, signer, None if no_passphrase else _new_passphrase(new_passphrase_file))
    if json:
        talk.emit({"vkey": str(signer.vkey), "file": str(path), "sealed": not no_passphrase})
    else:
        talk.data(str(signer.vkey))
    talk.say(f"{path.name} has another passphrase." if not no_passphrase else f"{path.name} has no passphrase.")
    talk.say(
        "Copies of the file that lie elsewhere still open with the old one. Is it known to somebody? Make a new key."
    )


# ---- helpers -------------------------------------------------------------------------------------------------


def _key_file(key: str, data: Path | None) -> tuple[Path, VKey | None]:
    """The file of a key by its facilitator's id, with the public half that lies beside it, or by its path."""
    from fieldkit.log import facilitators

    folder = home(data)
    mine = next((one for one in facilitators.listed(folder) if one.id == key), None)
    if mine is not None:
        return folder / "keys" / f"fac-{mine.id}.key", mine.vkey
    try:
        there = Path(key).is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise NotPossible(
            f"There is no key {key[:80]!r} here.",
            "Name an id that `fieldkit key show` lists, or the path of a key file.",
        )
    return Path(key), None


def _opened(path: Path, vkey: VKey | None, old: str | None) -> Signer:
    """The key in this file, once it is one that a person keeps. Raises NotPossible, DamagedData, FieldkitError."""
    from fieldkit.log.keys import Signer

    signer = Signer.load(path, old)
    if vkey is not None and signer.vkey != vkey:
        raise DamagedData(f"{path.name} and {path.stem}.vkey are not one key.", "Put both back from a backup.")
    if signer.vkey.role in ("dev", "central", "office"):
        raise NotPossible(f"{signer.name} signs while nobody is there to type a passphrase.", "Nothing was changed.")
    return signer


def _new_passphrase(file: Path | None) -> str:
    """The new passphrase; never out of FIELDKIT_PASSPHRASE, which is the old one."""
    if file is not None:
        return first_line(file)
    if not talk.is_terminal():
        raise WrongUsage(
            "A new passphrase is needed, and there is no terminal to ask on.",
            "Use --new-passphrase-file FILE, or say --no-passphrase.",
        )
    return str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))
