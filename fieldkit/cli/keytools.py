"""What the screen of keys and trust may ask: this laptop's key, its trainers' keys, and head office's list.

The roof's answer to `fieldkit.tui.keytools`, on one data folder. Whatever reads or writes works in a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from fieldkit.cli import trusttools
from fieldkit.cli.aftertools import free_name
from fieldkit.cli.progress import each_of
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.log import accepted, facilitators
from fieldkit.log.changes import changes
from fieldkit.log.facilitators import Facilitator
from fieldkit.log.files import write_together
from fieldkit.log.keys import VKey, six_words
from fieldkit.log.note import split_note
from fieldkit.log.trust import TRUST_LIMIT, TrustKey, TrustList, enrol_note, parse_trust
from fieldkit.station import Station
from fieldkit.tui.keytools import ChangeLine, FoundList, HeldList, KeysState, OwnKey, Standing, Taken
from fieldkit.tui.tools import StickLine, Stop

HEAD = b"fieldkit-trust/1\n"
LONGEST = 60
"""Signs of a path in a sentence."""
MOST_FILES = 2_000
"""Of a folder; more are none that head office fills."""


Sticks = Callable[[], Awaitable[list[StickLine]]]


class KeyTools:
    """For one laptop."""

    def __init__(self, station: Station, sticks: Sticks) -> None:
        """`sticks`: what is plugged in."""
        self._station, self.sticks = station, sticks

    # ---- what lies here --------------------------------------------------------------------------------------

    async def state(self) -> KeysState:
        return await asyncio.to_thread(self._state)

    def _state(self) -> KeysState:
        station = self._station
        trust, list_wrong, list_hint = None, "", ""
        try:
            trust = station.trust
        except FieldkitError as wrong:
            list_wrong, list_hint = wrong.sentence, wrong.hint
        laptop = self._own("", station.signer.vkey, trust) if station.keyless is None else None
        return KeysState(
            now=self._now(),
            laptop=laptop,
            wrong=station.keyless.sentence if station.keyless is not None else "",
            hint=station.keyless.hint if station.keyless is not None else "",
            held=self._held(trust) if trust is not None else None,
            list_wrong=list_wrong,
            list_hint=list_hint,
            trainers=tuple(self._own(x.id, x.vkey, trust, x.sealed) for x in facilitators.listed(station.home)),
            changes=changed(accepted.before(station.home), trust),
        )

    def _now(self) -> int:
        return self._station.clock.wall_ms() // 1000

    def _own(self, id: str, vkey: VKey, trust: TrustList | None, sealed: bool = False) -> OwnKey:
        line = trust.find(vkey) if trust is not None else None
        listed = standing(line, self._now()) if line is not None else None
        return OwnKey(id=id, name=vkey.name, words=six_words(vkey), sealed=sealed, listed=listed)

    def _held(self, trust: TrustList) -> HeldList:
        now = self._now()
        return HeldList(
            org=trust.org,
            version=trust.version,
            issued=trust.issued,
            expires=trust.expires,
            expired=trust.expired(now),
            people=len(trust.keys),
            roots=tuple(six_words(x.vkey) for x in trust.of("root") if x.revoked is None),
        )

    # ---- taking a list in ------------------------------------------------------------------------------------

    async def on_sticks(self) -> list[FoundList]:
        folders = [Path(x.path) for x in await self.sticks()]

        def look() -> list[FoundList]:
            found = [one for folder in folders for one in _in_folder(folder)]
            return sorted(found, key=lambda one: -one.version)

        return await asyncio.to_thread(look)

    async def lists_at(self, path: Path) -> list[FoundList]:
        return await asyncio.to_thread(_lists_at, path)

    async def take(self, paths: Sequence[Path], root: str = "") -> Taken:
        return await asyncio.to_thread(self._take, paths, root)

    def _take(self, paths: Sequence[Path], root: str) -> Taken:
        station = self._station
        try:
            old = station.trust
        except FieldkitError:
            old = None
        new: list[int] = []

        def told(taken: bool, trust: TrustList) -> None:
            if taken:
                new.append(trust.version)

        try:
            trust = trusttools.take(station, [_read(path) for path in paths], root, told)
        except BadBytes as wrong:
            raise trusttools.refusal(wrong, first=old is None) from wrong
        return Taken(accepted=tuple(new), held=self._held(trust), changes=changed(old, trust) if new else ())

    # ---- keys ------------------------------------------------------------------------------------------------

    async def write_note(self, id: str, folder: Path, passphrase: str = "", stop: Stop | None = None) -> Path:
        each = each_of("key", None, stop)
        return await asyncio.to_thread(self._write_note, id, folder, passphrase, lambda: each(0, 0))

    def _write_note(self, id: str, folder: Path, passphrase: str, go_on: Callable[[], None]) -> Path:
        station = self._station
        signer = facilitators.unlock(station.home, id, passphrase or None) if id else station.signer
        file = station.home / "keys" / (f"fac-{id}.key" if id else "device.key")
        try:
            made = int(file.stat().st_mtime)  # a key is written once
        except OSError:
            made = self._now()
        go_on()
        return put_beside(folder, f"enrol-{signer.name.rpartition('/')[2]}.note", enrol_note(signer, made))

    async def make(self, id: str, passphrase: str, stop: Stop | None = None) -> OwnKey:
        each = each_of("key", None, stop)
        return await asyncio.to_thread(self._make, id, passphrase, lambda: each(0, 0))

    def _make(self, id: str, passphrase: str, go_on: Callable[[], None]) -> OwnKey:
        station = self._station
        trust = station.trust
        org = trust.org if trust is not None else station.signer.vkey.org
        made: Facilitator = facilitators.make(station.home, org, id, passphrase, go_on)
        return self._own(made.id, made.vkey, trust, made.sealed)


def put_beside(folder: Path, name: str, raw: bytes) -> Path:
    """Write a new file into a folder, durable; under a number where something else has the name. The same bytes again
    are that file. Raises FieldkitError."""
    from fieldkit.sync.copying import refused

    path = folder / name
    try:
        if path.is_file() and path.stat().st_size == len(raw) and path.read_bytes() == raw:
            return path
        path = free_name(path)
    except OSError as error:
        raise refused(folder, error) from error
    try:
        write_together([(path, raw)], 0o644, over=False)
    except FieldkitError as wrong:
        cause = wrong.__cause__
        if isinstance(cause, OSError):
            raise refused(folder, cause) from wrong
        raise
    return path


def standing(line: TrustKey, now: int) -> Standing:
    return Standing(state=line.state(now), from_=line.from_, until=line.until, revoked=line.revoked, packs=line.packs)


def changed(old: TrustList | None, new: TrustList | None) -> tuple[ChangeLine, ...]:
    """What is different; nothing where they are not two versions of one list."""
    if old is None or new is None or old.org != new.org or old.version >= new.version:
        return ()
    return tuple(ChangeLine(code=x.code, name=x.name) for x in changes(old, new))


# ---- files -----------------------------------------------------------------------------------------------------


def _named(path: Path) -> str:
    """A path in a sentence: of a long one its end, so that what is wrong with it can be read."""
    text = str(path)
    return text if len(text) <= LONGEST else f"…{text[-LONGEST:]}"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(TRUST_LIMIT + 1)
    except OSError as error:
        raise _unread(path, error) from error
    if len(raw) > TRUST_LIMIT:
        raise NotPossible(f"{_named(path)} is too large for a trust list.", "Is it the right file?")
    return raw


def _unread(path: Path, error: OSError) -> FieldkitError:
    return FieldkitError(f"{_named(path)} cannot be read: {error.strerror or 'the disk refused'}.", "Check the path.")


def _lists_at(path: Path) -> list[FoundList]:
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # a folder that may not be looked into is not an empty one
            found = _in_folder(path)
            if not found:
                raise NotPossible(
                    f"There is no trust list in {_named(path)}.", "Head office's file is called trust.note."
                )
            return found
        if not path.exists():
            raise NotPossible(f"There is no file {_named(path)}.", "Check the path; is the stick plugged in?")
        if not path.is_file():
            raise NotPossible(f"{_named(path)} is no file.", "Head office's file is called trust.note.")
    except OSError as error:
        raise _unread(path, error) from error
    one = _found(path, _read(path))
    if one is None:
        raise trusttools.refusal(BadBytes("not-a-note"))
    return [one]


def _in_folder(folder: Path) -> list[FoundList]:
    """Trust lists that lie in a folder, the newest first; what cannot be read is passed over."""
    found = []
    try:
        files = [x for x in sorted(os.scandir(folder), key=lambda x: x.name)[:MOST_FILES] if x.name.endswith(".note")]
    except OSError:
        return []
    for entry in files:
        try:
            if not entry.is_file():
                continue
            with Path(entry.path).open("rb") as file:
                raw = file.read(TRUST_LIMIT) if file.read(len(HEAD)) == HEAD else b""
        except OSError:
            continue
        if raw and (one := _found(Path(entry.path), HEAD + raw)) is not None:
            found.append(one)
    return sorted(found, key=lambda one: -one.version)


def _found(path: Path, raw: bytes) -> FoundList | None:
    """What a file says it is; None for one that is no trust list."""
    try:
        trust = parse_trust(split_note(raw, TRUST_LIMIT)[0])
    except BadBytes:
        return None
    return FoundList(path=path, org=trust.org, version=trust.version, issued=trust.issued)
