"""What head office writes on a stick beyond the signed lists: plans and answers, sealed to their laptop, and packs."""

from __future__ import annotations

import shutil
from pathlib import Path

from fieldkit.errors import FieldkitError
from fieldkit.log.files import durable, said, write_durable
from fieldkit.log.keys import VKey, seal_to
from fieldkit.log.packs_note import FILE
from fieldkit.sync.central import packs, planned
from fieldkit.sync.central.answers_down import sealed_now
from fieldkit.sync.central.home import Home

PACKS = "packs"
"""The folder of archives."""


def laptop_of(home: Home, device: str, now: int) -> VKey | None:
    """The key of a laptop that may have something sent to it; None when it is not listed, revoked or out of time."""
    return next(
        (key.vkey for key in home.trust().of("device") if key.vkey.name == device and key.state(now) == "ok"), None
    )


def sealed_plans(home: Home, now: int, only: set[str] | None = None) -> dict[str, bytes]:
    """Name of the file → the sealed note, for every laptop for which something is or was planned (of `only`, names of
    devices). Raises FieldkitError."""
    out = {}
    for device in planned.devices(home):
        key = laptop_of(home, device, now) if only is None or device in only else None
        raw = planned.note_for(home, device, now) if key is not None else None
        if key is not None and raw is not None:
            out[f"planned-{device.rsplit('/', 1)[-1]}.age"] = seal_to(key, raw)
    return out


def beside(home: Home, folder: Path, now: int, devices: set[str]) -> list[Path]:
    """Lay the lists, the packs, and the plans of these laptops beside their receipts. Raises FieldkitError."""
    written = []
    for name in ("trust.note", "policy.note", "valid.note", "revoked.note"):
        if (path := home.path / name).is_file():
            with said(path):
                raw = path.read_bytes()
            write_durable(folder / name, raw, 0o644)
            written.append(folder / name)
    return [*written, *write(home, folder, now, devices)]


def write(home: Home, folder: Path, now: int, only: set[str] | None = None) -> list[Path]:
    """Lay plans, answers and packs into `folder`; an archive that lies there whole is not written again. `only` as in
    `sealed_plans`. Raises FieldkitError."""
    written = []
    for name, raw in (sealed_plans(home, now, only) | sealed_now(home, now, only)).items():
        write_durable(folder / name, raw, 0o644)
        written.append(folder / name)
    note = packs.note_for(home, now)
    if note is None:
        return written
    given = [one.item for one in packs.given(home) if packs.counts(home, one, now)]
    for item in given:
        path = folder / PACKS / item.file
        if not (path.is_file() and path.stat().st_size == item.size):
            _copy(packs.archive(home, item), path)
            written.append(path)
    write_durable(folder / FILE, note, 0o644)  # last: what it names lies there
    return [*written, folder / FILE]


def _copy(source: Path, to: Path) -> None:
    with said(to):
        to.parent.mkdir(exist_ok=True)
    try:
        ours = source.open("rb")
    except OSError as wrong:
        raise FieldkitError(
            f"The pack {source.name} cannot be read: {wrong.strerror}.", "Add it again: fieldkit central pack add FILE"
        ) from wrong
    with ours, durable(to, 0o644) as theirs:
        shutil.copyfileobj(ours, theirs)
