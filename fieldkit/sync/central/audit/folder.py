"""Where the files of an audit pack go: a new folder, or a zip that has the same bytes whenever it is made of the same
files. What was written is listed with its SHA-256, in the order of the names.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from fieldkit.errors import WrongUsage
from fieldkit.log.files import said, sync_folder
from fieldkit.log.scratch import clear, prefix, scratch

KIND = "audit"
LISTED, NOTE = "contents", "contents.note"
_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


class Pack:
    """Files on their way into the pack; `add` each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sums: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """`name` with / between folders, made of plain signs."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.sums[name] = hashlib.sha256(data).hexdigest()

    def listing(self) -> bytes:
        """As `sha256sum` writes it and `sha256sum -c` reads it."""
        return "".join(f"{self.sums[name]}  {name}\n" for name in sorted(self.sums)).encode("ascii")


def plain(text: str, most: int = 40) -> str:
    """`text` as a part of a file's name; what cannot be in one becomes an underscore."""
    return _PLAIN.sub("_", text)[:most].strip("._") or "_"


@contextlib.contextmanager
def into(out: Path) -> Iterator[Pack]:
    """A pack that becomes `out` when the block ends well: a folder, or a zip if its name ends so. Nothing is there
    after any exception, and nothing of those that were killed here. Raises WrongUsage when something has the name
    already, FieldkitError for the disk."""
    clear(out.parent, prefix(KIND))
    if os.path.lexists(out):
        raise WrongUsage(f"{out} exists already and is not overwritten.", "Name a new file or folder.")
    if not out.parent.is_dir():
        raise WrongUsage(f"There is no folder {out.parent}.", "Make it first, or name another.")
    with said(out), scratch(out.parent, KIND) as here:
        work = here / "pack"
        work.mkdir(mode=0o700)
        yield Pack(work)
        made = _zipped(work, here / "pack.zip") if out.suffix.lower() == ".zip" else work
        for folder, _, _ in os.walk(made if made.is_dir() else here):
            sync_folder(Path(folder))
        if os.path.lexists(out):
            raise WrongUsage(f"{out} exists already and is not overwritten.", "Name a new file or folder.")
        made.rename(out)
        sync_folder(out.parent)


def _zipped(work: Path, to: Path) -> Path:
    with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one for one in work.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(work).as_posix(), _TIME)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = (stat.S_IFREG | 0o600) << 16
            with path.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    to.chmod(0o600)
    with to.open("rb+") as file:
        os.fsync(file.fileno())
    return to
