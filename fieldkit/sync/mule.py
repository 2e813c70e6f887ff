"""A laptop as a mule: bundles of other laptops go along to head office, and their receipts come back.

It reads nothing of them, sealed or not; what they are, their first bytes say. They lie in the data folder's `held`, or
on a stick. Receipts are laid beside the file, for whoever brings them back, and so is what head office planned for its
laptop and answered, sealed to it; on a stick also the lists and packs that this laptop has. The laptop they are for
judges them all.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Awaitable, Callable, Collection, Iterator
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, Stopped
from fieldkit.log.files import write_durable
from fieldkit.log.names import unb64
from fieldkit.log.receipt import RECEIPTS_LIMIT
from fieldkit.station import Station
from fieldkit.sync.beside import lay_lists
from fieldkit.sync.copying import Watch, hash_of
from fieldkit.sync.link import RESULTS, Answer, Link, Said, plain
from fieldkit.sync.receipts import read_receipts, receipt_keys

MAGIC = (b"age-encryption.org/v1\n", b"\x1f\x8b\x08")
"""How a bundle begins, sealed or not."""
FILES_LIMIT = 1000
FILE_LIMIT = 1 << 30
_PLAN = re.compile(r"(?:planned|answers)-[a-z0-9]{4,12}\.age\Z").match


class Carry(msgspec.Struct, frozen=True):
    """A file of another laptop that was carried: what head office says of it, and where its receipts lie."""

    file: str
    sha256: str
    sessions: list[Said]
    note: str = ""


class Mule:
    """What one trip carries for others. `not_taken`: (name, reason) of what was no use."""

    def __init__(self, station: Station, line: Link, watch: Watch) -> None:
        self.station, self.line, self.watch = station, line, watch
        self.others: list[Carry] = []
        self.not_taken: list[tuple[str, str]] = []
        self.laid: list[str] = []
        """Files for other laptops that lie beside theirs."""

    async def bring(
        self, folder: Path, own: Collection[str], receipts_of: Callable[[Answer, str], Awaitable[None]]
    ) -> None:
        """Bring every bundle in `folder` and lay its receipts beside it, or in `held` where nothing can be written.

        `own`: SHA-256 of what was brought already. `receipts_of(answer, file)`: some may be for this laptop. Raises
        FieldkitError when head office cannot be reached, Stopped.
        """
        came = False
        for path, size in bundles(folder):
            try:
                sha256 = hash_of(path, self.watch, "look")
            except OSError as wrong:
                self.not_taken.append((path.name, wrong.strerror or "it cannot be read"))
                continue
            if sha256 in own:
                continue
            try:
                answer = await self.line.carry(path, sha256, size)
            except Stopped:
                raise
            except NotPossible as no:  # one file that is not wanted never keeps the next from arriving
                self.not_taken.append((path.name, no.sentence))
                continue
            await receipts_of(answer, path.name)
            note = self._lay(answer, path)
            self._lay_plans(answer, path.parent)
            said = [msgspec.structs.replace(one, reason=plain(one.reason)) for one in answer.sessions]
            self.others.append(Carry(path.name, sha256, [one for one in said if one.result in RESULTS], note))
            came = came or bool(note)  # else it is not of this laptop's head office, and its lists would be no use
        if came and folder != self.station.home / "held":
            try:
                self.laid += lay_lists(self.station, folder)
            except FieldkitError as wrong:  # the receipts lie somewhere; the rest comes another time
                self.not_taken.append((folder.name, wrong.sentence))

    def _lay_plans(self, answer: Answer, folder: Path) -> None:
        for name, text in answer.plans.items():
            if not _PLAN(name):
                continue
            try:
                write_durable(folder / name, unb64(text), 0o644)
                self.laid.append(str(folder / name))
            except BadBytes as wrong:
                self.not_taken.append((name, wrong.reason))
            except FieldkitError as wrong:
                self.not_taken.append((name, wrong.sentence))

    def _lay(self, answer: Answer, path: Path) -> str:
        """The receipts of a carried file, once they are found good under the list of this laptop."""
        raw = answer.receipts.encode()
        if not raw:
            return ""
        trust = self.station.trust
        if trust is not None:
            try:
                read_receipts(raw[: RECEIPTS_LIMIT + 1], receipt_keys(trust, self.station.clock.wall_ms() // 1000), [])
            except BadBytes as wrong:
                self.not_taken.append((f"{path.name}: receipts", wrong.reason))
                return ""
        name = f"{path.stem[:80]}.receipts.note"
        for folder in (path.parent, self.station.home / "held"):
            try:
                if _same(folder / name, raw):
                    return str(folder / name)
                write_durable(folder / name, raw)
                return str(folder / name)
            except FieldkitError as wrong:
                failed = wrong
        self.not_taken.append((name, failed.sentence))
        return ""


def _same(path: Path, raw: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(raw) and path.read_bytes() == raw
    except OSError:
        return False


def bundles(folder: Path) -> Iterator[tuple[Path, int]]:
    """Bundles in a folder and their sizes: ordinary files that begin like one, no links, none that is too large."""
    try:
        found = sorted(folder.glob("*.fkb"))[:FILES_LIMIT]
    except OSError:
        return
    for path in found:
        if path.is_symlink():  # on a stick it could stand for any file of this laptop
            continue
        try:
            handle = os.open(
                path,
                os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0),
            )
        except OSError:
            continue
        try:
            state = os.fstat(handle)
            ordinary = stat.S_ISREG(state.st_mode) and state.st_size <= FILE_LIMIT and not path.name.startswith(".")
            begins = os.read(handle, len(MAGIC[0])) if ordinary else b""
        except OSError:
            continue
        finally:
            os.close(handle)
        if begins.startswith(MAGIC):
            yield path, state.st_size
