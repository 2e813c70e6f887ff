"""PACK, as every command takes it, made into a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.packs.compile import Compiled, compile_pack
from fieldkit.packs.find import find_pack

if TYPE_CHECKING:
    from fieldkit.station import Station


def compile_for(station: Station, word: str, site: str) -> Compiled:
    """PACK as people write it (a folder, a .fkpack, an installed or shipped id), compiled; plans are kept by hash."""
    path = find_pack(word, station.packs_dir)
    return compile_pack(path, site=site, cache=station.packs_dir / ".plans", publishers=station.publishers())
