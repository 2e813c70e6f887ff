"""The keys of people on this laptop: `keys/fac-<id>.key` behind a passphrase, its public half beside it.

Showing keys asks for no passphrase. A key that is made cannot be made again: the file is never written over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData, NotPossible, WrongUsage
from fieldkit.log import apart
from fieldkit.log.files import write_durable
from fieldkit.log.keys import Signer, VKey, is_sealed

_ID = re.compile(r"[a-z0-9]{4,12}\Z").match
VKEY_LIMIT = 1024


class Facilitator(msgspec.Struct, frozen=True):
    """One key of this laptop. `sealed`: it asks for a passphrase."""

    id: str
    vkey: VKey
    sealed: bool


def listed(home: Path) -> list[Facilitator]:
    """The keys whose two halves are both here, by id; what cannot be read is passed over."""
    found = []
    for path in sorted((home / "keys").glob("fac-*.vkey")):
        id, key = path.stem.removeprefix("fac-"), path.with_suffix(".key")
        try:
            vkey = VKey.parse(path.read_text("ascii")[:VKEY_LIMIT].strip())
            with key.open("rb") as file:
                sealed = is_sealed(file.read(64))
        except (OSError, UnicodeDecodeError, BadBytes):
            continue
        if _ID(id) and vkey.role == "fac":
            found.append(Facilitator(id, vkey, sealed))
    return found


def make(
    home: Path, org: str, id: str, passphrase: str | None, sealed: Callable[[], None] = lambda: None
) -> Facilitator:
    """A new key, sealed unless `passphrase` is None; the sealing is done in a process of its own, and `sealed` is
    called after it: what it raises leaves no key. Raises WrongUsage, NotPossible, FieldkitError."""
    if not _ID(id):
        raise WrongUsage("An id is 4 to 12 of a-z and 0-9.", "For example: 9k3m")
    path = home / "keys" / f"fac-{id}.key"
    if path.exists():
        raise NotPossible(f"There is a key of {id} on this laptop already.", "Choose another id.")
    signer = Signer.generate(f"{org}/fac/{id}")

    def seal(raw: bytes, passphrase: str) -> bytes:
        made = apart.seal(raw, passphrase)
        sealed()
        return made

    signer.save(path, passphrase, seal)
    # The public half lies beside it, so that showing keys asks for no passphrase.
    write_durable(path.with_suffix(".vkey"), f"{signer.vkey}\n".encode())
    return Facilitator(id, signer.vkey, passphrase is not None)


def unlock(home: Path, id: str, passphrase: str | None) -> Signer:
    """The key itself. Raises NotPossible for an unknown id and for a passphrase that is missing or wrong, DamagedData
    when the two halves are not of one key, FieldkitError."""
    found = next((one for one in listed(home) if one.id == id), None)
    if found is None:
        raise NotPossible(
            f"There is no key of {id[:40]!r} on this laptop.", "Make one: fieldkit key facilitator new ID"
        )
    signer = Signer.load(home / "keys" / f"fac-{id}.key", passphrase if found.sealed else None, apart.unseal)
    if signer.vkey != found.vkey:
        raise DamagedData(f"fac-{id}.key and fac-{id}.vkey are not one key.", "Put both back from a backup.")
    return signer
