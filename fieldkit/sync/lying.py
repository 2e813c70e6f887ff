"""Copies that lie in a folder already: which of them are whole, so that nothing is carried twice."""

from __future__ import annotations

from pathlib import Path

from fieldkit.sync.copying import Watch, hash_of
from fieldkit.sync.outbox import Facts


class Lying:
    """What lies in the folder and is whole: each file is read once, however many sessions are in it."""

    def __init__(self, folder: Path, to: str, watch: Watch) -> None:
        self._folder, self._to, self._watch = folder, to, watch
        self._read: dict[str, str] = {}

    def whole(self, facts: Facts, size: int) -> bool:
        """Whether a copy of a session of `size` records does. Raises Stopped."""
        copy = facts.carried_to(self._to)
        if copy is None or copy.size != size:
            return False
        if copy.file not in self._read:
            try:
                self._read[copy.file] = hash_of(self._folder / copy.file, self._watch, "look")
            except OSError:
                self._read[copy.file] = ""
        return self._read[copy.file] == copy.sha256
