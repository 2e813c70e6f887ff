"""Ballots: the votes of an open anonymous round, kept outside the log until the tally.

One file a round, `ballots/<random>`: canonical JSON of {activity, counts, origin, round, texts sorted, voted: sorted
`p`}, rewritten whole at each group commit (temporary file, fsync, rename, fsync of the folder) and unlinked once the
round's tally is in the log. It has this room to itself because SQLite's journal would keep the order of arrival, and
with it who voted for what. No time, order or intent id stands in it, and the times that the file system keeps of file
and folder are set to a fixed one.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path

import msgspec

from fieldkit.core.rulings.ballots import Box, Key, Vote
from fieldkit.core.session import Session
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.files import set_aside
from fieldkit.log.schema import disk_full

FOLDER = "ballots"
NAME_BYTES = 16
LONG_AGO_NS = 315_532_800 * 10**9
"""1980-01-01, the oldest time that every file system can hold: what file and folder show instead of the last vote's."""

log = logging.getLogger("fieldkit.ballots")
_encode = msgspec.json.Encoder(order="sorted").encode


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the file. `origin` tells at start which session it belongs to."""

    activity: str
    counts: dict[str, int]
    origin: str
    round: int
    texts: list[str]
    voted: list[str]

    @property
    def key(self) -> Key:
        return self.activity, self.round


_decode = msgspec.json.Decoder(_File, strict=True).decode


def folder_of(session: Path) -> Path:
    """Where the ballots of a session file lie: beside the folder `sessions`, or beside the file itself."""
    return (session.parent.parent if session.parent.name == "sessions" else session.parent) / FOLDER


class Ballots:
    """The boxes of one session's open anonymous rounds. Memory follows the disk, never the other way round."""

    def __init__(self, folder: Path, origin: str, entropy: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._origin = origin
        self._entropy = entropy
        self._boxes: dict[Key, Box] = {}
        self._paths: dict[Key, Path] = {}
        self._past: dict[Key, frozenset[str]] = {}
        self._doubtful = False  # a write failed: what is on the disk has to be read before anything is built on it

    # ---- reading ---------------------------------------------------------------------------------------------

    def box(self, key: Key) -> Box:
        """The votes of a round; empty when there are none."""
        return self._boxes.get(key) or Box()

    def n(self, key: Key) -> int:
        """How many have voted in a round that is open."""
        return len(self.box(key).voted)

    def voted(self, key: Key) -> Set[str]:
        """Who has voted; of a round that closed while the program ran too, so that a retry hears that it counts."""
        box = self._boxes.get(key)
        return box.voted if box is not None else self._past.get(key, frozenset())

    @property
    def idle(self) -> bool:
        """Nothing is kept, nothing is in doubt, and no file waits to be deleted."""
        return not self._boxes and not self._paths and not self._doubtful

    # ---- starting and closing --------------------------------------------------------------------------------

    def load(self, session: Session) -> None:
        """At start: open rounds are taken up again; temporaries and files of rounds that are not open go.

        Files of other sessions stay. What cannot be read is set aside under another name. Raises FieldkitError.
        """
        running = _open(session)
        with _said():
            for path in _listed(self._folder):
                found = _read(path)
                if found is None or found.origin != self._origin:
                    continue
                box = Box(found.counts, found.texts, set(found.voted))
                if found.key not in running:
                    path.unlink(missing_ok=True)
                elif len(self.box(found.key).voted) <= len(box.voted):
                    self._boxes[found.key], self._paths[found.key] = box, path
            self._sync_folder()

    def settle(self, session: Session) -> None:
        """After a commit or a new fold: boxes whose round is not open any more are forgotten, their files unlinked.

        Who voted stays in memory alone. A file that cannot be unlinked now is tried again, at the latest at start.
        """
        running = _open(session)
        for key in [key for key in self._boxes if key not in running]:
            self._past[key] = frozenset(self._boxes.pop(key).voted)
        left = [key for key in self._paths if key not in running]
        for key in left:
            try:
                self._paths[key].unlink(missing_ok=True)
                self._sync_folder()
            except OSError as wrong:
                log.warning("the ballots of a closed round could not be deleted yet: %s", wrong.strerror)
            else:
                del self._paths[key]

    # ---- voting ----------------------------------------------------------------------------------------------

    def cast(self, key: Key, votes: Iterable[Vote]) -> set[str]:
        """Put votes into a box, durably, all or none; whose they are, but for who was in already.

        Raises FieldkitError (DiskFull); then none is to be acknowledged.
        """
        self.mend()
        old = self.box(key)
        new = old.with_votes(votes)
        path = self._paths.get(key) or self._folder / self._entropy(NAME_BYTES).hex()
        with _said():
            self._doubtful = True
            self._paths[key] = path
            self._write(path, self._bytes(key, new))
            self._doubtful = False
        self._boxes[key] = new
        return new.voted - old.voted

    def mend(self) -> None:
        """After a failed write: take what is on the disk, and see whether it takes anything. Raises FieldkitError."""
        if not self._doubtful:
            return
        with _said():
            for key, path in self._paths.items():
                if path.exists():
                    found = _read(path)
                    if found is not None and found.key == key and found.origin == self._origin:
                        self._boxes[key] = Box(found.counts, found.texts, set(found.voted))
                if key in self._boxes:
                    self._write(path, self._bytes(key, self._boxes[key]))
        self._doubtful = False

    def _bytes(self, key: Key, box: Box) -> bytes:
        return _encode(_File(key[0], box.counts, self._origin, key[1], box.texts, sorted(box.voted)))

    # ---- the disk: each its own method, so that a test can make it fail -----------------------------------------

    def _write(self, path: Path, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        tmp = path.with_name(f".{path.name}.tmp")
        tmp.unlink(missing_ok=True)
        handle = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.utime(tmp, ns=(LONG_AGO_NS, LONG_AGO_NS))
                self._sync(file.fileno())
            self._rename(tmp, path)
        except BaseException:
            with contextlib.suppress(OSError):
                tmp.unlink(missing_ok=True)
            raise
        self._sync_folder()

    def _sync(self, handle: int) -> None:
        os.fsync(handle)

    def _rename(self, tmp: Path, path: Path) -> None:
        tmp.replace(path)

    def _sync_folder(self) -> None:
        """The names are durable after this; their times tell nothing."""
        try:
            handle = os.open(self._folder, os.O_RDONLY)
        except FileNotFoundError:
            return
        except PermissionError:
            if os.name == "nt":  # folders cannot be opened there
                return
            raise
        try:
            os.utime(self._folder, ns=(LONG_AGO_NS, LONG_AGO_NS))
            self._sync(handle)
        except OSError as wrong:
            if wrong.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems sync no folder
                raise
        finally:
            os.close(handle)


def sweep(folder: Path, gone: Callable[[str], bool]) -> None:
    """Unlink temporaries, and the ballots of sessions (origin) that are gone. Best effort: each start tries again."""
    with contextlib.suppress(OSError):
        for path in _listed(folder):
            found = _read(path)
            if found is not None and gone(found.origin):
                path.unlink(missing_ok=True)


def _open(session: Session) -> set[Key]:
    return {(x.activity.id, x.no) for x in session.open_rounds.values()}


def _listed(folder: Path) -> list[Path]:
    """The files of rounds; temporaries are deleted on the way."""
    found = []
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") and path.name.endswith(".tmp"):
                path.unlink(missing_ok=True)
            elif path.is_file() and "." not in path.name:
                found.append(path)
    return found


def _read(path: Path) -> _File | None:
    """What a file holds; None (and the file set aside) when that is damaged. Raises OSError, FieldkitError."""
    raw = path.read_bytes()
    try:
        found = _decode(raw)
        if _encode(found) != raw or min(found.counts.values(), default=0) < 0:
            raise BadBytes("not-canonical", "the ballots have another spelling than the canonical one")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, BadBytes):
        log.warning("ballots that cannot be read were set aside: %s", set_aside(path).name)
        return None
    return found


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """An OSError as one sentence that does not name what was voted on."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full() from wrong
        raise FieldkitError(
            f"The ballots could not be saved: {wrong.strerror or 'the disk refused'}.",
            "Free some space or check the permissions of the data folder; phones repeat what was not confirmed.",
        ) from wrong
