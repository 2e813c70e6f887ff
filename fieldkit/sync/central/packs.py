"""Packs at head office: archives that it gives out, with a list of them that it signs.

Only a pack that can be run and that a publisher of the trust list has signed is taken. What is on the list goes down as
long as that publisher's key counts. An id and version mean the same bytes for ever.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.models import learn
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.log.lock import turn
from fieldkit.log.note import open_note, split_note
from fieldkit.log.packs_note import (
    ARCHIVE_MOST,
    FILE,
    MOST,
    PACKS_LIMIT,
    Item,
    PacksNote,
    is_version,
    packs_note,
    parse_packs,
)
from fieldkit.log.windows import lasting

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home

FOLDER = "packs"
INDEX = "index.json"


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pack that is given out. `files`: hash of its files; `by`: vkey of the publisher; `added`: Unix s."""

    item: Item
    title: str
    files: str
    by: str
    added: int


learn(list[Given])


def folder_of(home: Home) -> Path:
    return home.path / FOLDER


def given(home: Home) -> list[Given]:
    """Every pack, by id and version. Raises DamagedData."""
    try:
        found = msgspec.json.decode((folder_of(home) / INDEX).read_bytes(), type=list[Given])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise DamagedData(
            "The list of packs (packs/index.json) cannot be read.", "Delete it, and add the packs again."
        ) from wrong
    return sorted(found, key=lambda one: (one.item.id, one.item.version))


def counts(home: Home, one: Given, now: int) -> bool:
    """Whether the publisher's key still counts, so that the pack goes down."""
    return one.by in {str(key) for key in lasting(home.trust(), now, "publisher")}


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    folder_of(home).mkdir(mode=0o700, exist_ok=True)
    with turn(folder_of(home) / INDEX):
        yield


def add(home: Home, path: Path, now: int) -> tuple[Given, bool]:
    """Give a pack out; whether it is new. Raises WrongUsage (no archive, errors in it, no publisher's signature),
    BadBytes (the archive is refused), NotPossible (other bytes of a version that is here), FieldkitError."""
    raw = _read(path)
    one = _judged(home, path, raw, now)
    with _alone(home):
        every = given(home)
        same = next((x for x in every if (x.item.id, x.item.version) == (one.item.id, one.item.version)), None)
        if same is not None and same.files != one.files:
            raise NotPossible(
                f"Another {one.item.id} {one.item.version} is given out already.", "Raise the version in pack.yaml."
            )
        if same is not None and same.item == one.item and archive(home, one.item).is_file():
            return same, False
        if len(every) >= MOST and same is None:
            raise NotPossible(f"{MOST} packs are given out already.", "Remove those that nobody runs any more.")
        write_durable(archive(home, one.item), raw)
        _keep(home, [*(x for x in every if x is not same), one])
    return one, same is None


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise WrongUsage(f"{clean_text(str(path), 120)} is no file.", "Name a .fkpack file: fieldkit pack build FOLDER")
    try:
        with path.open("rb") as file:
            raw = file.read(ARCHIVE_MOST + 1)
    except OSError as wrong:
        raise FieldkitError(f"The pack cannot be read: {wrong.strerror}.", "Check the path.") from wrong
    if len(raw) > ARCHIVE_MOST:
        raise BadBytes("too-large", f"The archive is larger than {ARCHIVE_MOST >> 20} MB.")
    return raw


def _judged(home: Home, path: Path, raw: bytes, now: int) -> Given:
    from fieldkit.packs.compile import compile_files, read_note
    from fieldkit.packs.read import NOTE, packed

    files = packed(path, io.BytesIO(raw))
    keys = lasting(home.trust(), now, "publisher")
    note = read_note(files, map(str, keys))
    made = compile_files(files, note=note)
    plan = made.plan
    if not made.signed:
        missing = NOTE not in files.files
        raise WrongUsage(
            f"{plan.id} {plan.version} is not signed by a publisher of the trust list, so it does not go down.",
            "Sign it: fieldkit pack sign FOLDER --key FILE, then build it."
            if missing
            else "List its publisher: fieldkit central trust add KEY, or sign and build it again.",
        )
    if not is_version(plan.version):
        raise WrongUsage(f"The version {clean_text(plan.version, 40)} is too long.", "Write it like 1.2.0.")
    by = next(str(key) for key in keys if read_note(files, [str(key)]))
    sha256 = hashlib.sha256(raw).hexdigest()
    title = plan.say(plan.title, plan.language)
    return Given(Item(plan.id, plan.version, len(raw), sha256), title, made.files_hash, by, now)


def remove(home: Home, id: str, version: str = "") -> list[Given]:
    """Give a pack, or one version of it, out no more; what it was. Laptops keep what they have. Raises NotPossible."""
    with _alone(home):
        every = given(home)
        gone = [one for one in every if one.item.id == id and version in ("", one.item.version)]
        if not gone:
            raise NotPossible(f"There is no pack {clean_text(id, 64)!r} here.", "fieldkit central pack list --home DIR")
        _keep(home, [one for one in every if one not in gone])
        for one in gone:
            archive(home, one.item).unlink(missing_ok=True)
    return gone


def archive(home: Home, item: Item) -> Path:
    """Where its bytes lie."""
    return folder_of(home) / item.file


def _keep(home: Home, every: list[Given]) -> None:
    write_durable(folder_of(home) / INDEX, msgspec.json.encode(every) + b"\n")


# ---- the note ------------------------------------------------------------------------------------------------


def note_for(home: Home, now: int) -> bytes | None:
    """The list as it is now, signed; None where there never was a pack. Raises FieldkitError."""
    if not (folder_of(home) / INDEX).is_file():
        return None
    with _alone(home):
        items = tuple(one.item for one in given(home) if counts(home, one, now))
        path = home.path / FILE
        before, held = _before(home, path)
        if before is not None and before.items == items and held is not None:
            return held
        as_of = now if before is None else max(now, before.as_of + 1)
        raw = packs_note(PacksNote(home.org, as_of, items), home.office())
        write_durable(path, raw)
        return raw


def _before(home: Home, path: Path) -> tuple[PacksNote | None, bytes | None]:
    """The note that lies here, and its bytes where the key in use has signed them."""
    try:
        raw = path.read_bytes()
        found = parse_packs(split_note(raw, PACKS_LIMIT)[0])
    except FileNotFoundError:
        return None, None
    except (OSError, BadBytes) as wrong:
        raise DamagedData("packs.note cannot be read.", "Delete it: it is made anew.") from wrong
    try:
        open_note(raw, [home.office().vkey], PACKS_LIMIT)
    except BadBytes:
        return found, None
    return found, raw


def bytes_of(home: Home, sha256: str, now: int) -> Path | None:
    """The archive with this hash, if it is given out. Raises DamagedData."""
    one = next((one for one in given(home) if one.item.sha256 == sha256), None)
    if one is None or not counts(home, one, now):
        return None
    path = archive(home, one.item)
    return path if path.is_file() else None
