"""Packs that come down: head office's list of them, and each archive that is not installed here yet.

A pack is taken when its bytes are those of the list, a publisher of this laptop's trust list signed it, and it can be
run. Nothing that is installed is ever replaced: where another pack has the same id and version it stays, and that is
said.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, FieldkitError, WrongUsage
from fieldkit.log.files import write_durable
from fieldkit.log.from_office import newer
from fieldkit.log.packs_note import FILE, Item, PacksNote, held_packs, open_packs
from fieldkit.log.trust import TrustList
from fieldkit.station import Station
from fieldkit.sync.copying import Watch

FREE = 64 << 20
"""Bytes that stay free on the disk: a session has to be able to grow."""
OTHER = "another pack of this id and version is installed"


class Came(msgspec.Struct, frozen=True):
    """What one trip brought. `installed`: `id version`; `not_taken`: (name, reason)."""

    installed: list[str] = []
    not_taken: list[tuple[str, str]] = []


def packs_path(home: Path) -> Path:
    return home / FILE


def take_list(station: Station, trust: TrustList, raw: bytes) -> PacksNote:
    """Accept a list. Raises BadBytes for one that is not head office's, damaged, or not newer (`not-newer`),
    FieldkitError (disk)."""
    found = newer(open_packs(raw, trust, station.clock.wall_ms() // 1000), held_packs(station.home))
    write_durable(packs_path(station.home), raw)
    return found


def missing(station: Station) -> list[Item]:
    """What the list names and is not installed here, whatever the installed file is called."""
    found = held_packs(station.home)
    if found is None:
        return []
    wanted = [x for x in found.items if not _is_there(station, x)]
    if not wanted:
        return []
    from fieldkit.packs.find import list_packs

    have = {(p.id, p.version): p.path for p in list_packs(station.packs_dir) if p.origin == "installed"}
    return [x for x in wanted if (x.id, x.version) not in have]


def others(station: Station) -> list[Item]:
    """What is installed here with other contents than head office gives out."""
    found = held_packs(station.home)
    return [x for x in found.items if not _is_there(station, x) and _differs(station, x)] if found is not None else []


def _is_there(station: Station, item: Item) -> bool:
    """As it was installed from the list, or by hand from the same archive."""
    path = station.packs_dir / item.file
    try:
        return path.is_file() and path.stat().st_size == item.size
    except OSError:
        return False


def _differs(station: Station, item: Item) -> bool:
    """Whether the pack that is installed under this id and version was not signed by a publisher here: what was, is
    the same pack, in another archive or as a folder."""
    from fieldkit.packs.compile import pack_signed
    from fieldkit.packs.find import list_packs

    for p in list_packs(station.packs_dir):
        if p.origin == "installed" and (p.id, p.version) == (item.id, item.version):
            try:
                return not pack_signed(p.path, p.id, p.version, station.publishers())
            except (BadBytes, FieldkitError):
                return True
    return False


async def fetch(station: Station, get: Callable[[Item], Awaitable[bytes | None]], watch: Watch | None = None) -> Came:
    """Install what is missing; `get` brings the bytes of one, None where they are not to be had. One that is no use
    never keeps the next from coming. Raises FieldkitError (disk, network), Stopped."""
    watch = watch or Watch()
    installed: list[str] = []
    wrong: list[tuple[str, str]] = [(f"{x.id} {x.version}", OTHER) for x in others(station)]
    for item in missing(station):
        watch.at("fetch", 0, item.size)
        _has_room(station, item)
        raw = await get(item)
        if raw is None:
            continue
        try:
            install(station, item, raw)
            installed.append(f"{item.id} {item.version}")
        except BadBytes as bad:
            wrong.append((f"{item.id} {item.version}", bad.reason))
        except WrongUsage as unfit:
            wrong.append((f"{item.id} {item.version}", unfit.sentence))
    return Came(installed, wrong)


def _has_room(station: Station, item: Item) -> None:
    if station.free_bytes() < item.size + FREE:
        raise FieldkitError(
            f"The disk is nearly full, so the pack {item.id} was not fetched.",
            "Free some space, then sync again; your sessions are as they were.",
        )


def install(station: Station, item: Item, raw: bytes) -> None:
    """Put one archive in its place. Raises BadBytes (`other-file`, `not-signed`, what the archive's reader says),
    WrongUsage for a pack that this release cannot run, FieldkitError (disk)."""
    from fieldkit.packs.compile import compile_files, read_note
    from fieldkit.packs.read import packed

    if len(raw) != item.size or hashlib.sha256(raw).hexdigest() != item.sha256:
        raise BadBytes("other-file", "these are not the bytes that head office's list names")
    files = packed(Path(item.file), io.BytesIO(raw))
    made = compile_files(files, note=read_note(files, station.publishers()))
    if (made.plan.id, made.plan.version) != (item.id, item.version):
        raise BadBytes("other-file", "the pack has another name than the list says")
    if not made.signed:
        raise BadBytes("not-signed", "no publisher of the trust list has signed it")
    station.packs_dir.mkdir(mode=0o700, exist_ok=True)
    write_durable(station.packs_dir / item.file, raw, mode=0o644)
