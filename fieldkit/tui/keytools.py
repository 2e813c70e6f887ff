"""What the screen of keys and trust needs: this laptop's key, its trainers' keys, head office's list.

As in `fieldkit.tui.tools`, whoever starts the terminal brings the disk; every call may raise FieldkitError, whose
sentence and hint are shown as they are. Times are Unix seconds at which a UTC day begins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from fieldkit.tui.tools import StickLine, Stop


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a key stands on the list that is held. `state`: ok, not-yet, expired or revoked. `until` and `revoked` are
    the first day out."""

    state: str
    from_: int
    until: int
    revoked: int | None = None
    packs: tuple[str, ...] | None = None
    """What a trainer is certified for; None: nothing was said."""


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of this laptop; `id` is empty for the laptop's own. `listed` None: the list does not name it, or there is
    none."""

    id: str
    name: str
    words: str
    sealed: bool = False
    listed: Standing | None = None


class HeldList(msgspec.Struct, frozen=True, kw_only=True):
    """Head office's list in force. `roots`: the six words of each root that may sign the next one."""

    org: str
    version: int
    issued: int
    expires: int
    expired: bool = False
    people: int = 0
    """How many keys it names."""
    roots: tuple[str, ...] = ()


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a list changed. `code` as in `fieldkit.log.changes`."""

    code: str
    name: str


class KeysState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the screen shows, read in one go. `wrong`, `hint`: why the laptop's key cannot be used; `list_wrong`,
    `list_hint`: why the list cannot be read."""

    now: int
    laptop: OwnKey | None = None
    wrong: str = ""
    hint: str = ""
    held: HeldList | None = None
    list_wrong: str = ""
    list_hint: str = ""
    trainers: tuple[OwnKey, ...] = ()
    changes: tuple[ChangeLine, ...] = ()
    """What the list in force changed against the one before it."""


class FoundList(msgspec.Struct, frozen=True, kw_only=True):
    """A file that calls itself a trust list; nothing of it is verified yet."""

    path: Path
    org: str
    version: int
    issued: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of taking lists in: the versions accepted, and those that were held already."""

    accepted: tuple[int, ...] = ()
    held: HeldList
    changes: tuple[ChangeLine, ...] = ()


class KeyTools(Protocol):
    """For the screen of keys and trust."""

    async def state(self) -> KeysState: ...

    sticks: Callable[[], Awaitable[list[StickLine]]]
    """What is plugged in now."""

    async def on_sticks(self) -> list[FoundList]:
        """Trust lists that lie on what is plugged in, the newest first."""

    async def lists_at(self, path: Path) -> list[FoundList]:
        """Those at a path that was typed: a file, or a folder with some. FieldkitError when there is none."""

    async def take(self, paths: Sequence[Path], root: str = "") -> Taken:
        """Take lists in, the oldest first. `root`: for the first one, head office's root key or its six words. What
        may not follow changes nothing and is a FieldkitError."""

    async def write_note(self, id: str, folder: Path, passphrase: str = "", stop: Stop | None = None) -> Path:
        """The note by which the laptop (`id` empty) or a trainer asks to be listed, into a folder; the file. Nothing
        that is there is overwritten. `stop` is asked before it is written."""

    async def make(self, id: str, passphrase: str, stop: Stop | None = None) -> OwnKey:
        """A trainer's key behind a passphrase. `stop` is asked before it is kept."""
