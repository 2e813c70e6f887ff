"""Planned sessions at head office: a folder for each laptop, a file for each plan, and one signed note of them all.

A plan is for one laptop of the trust list. The note is written anew when what it says has changed, or the office key,
always with a later moment, so that a laptop can tell the newer of two. Some weeks after its day a plan goes, roster
and all, and the next note is without it.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.models import learn
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log.files import write_durable
from fieldkit.log.lock import turn
from fieldkit.log.names import new_id
from fieldkit.log.note import open_note, split_note
from fieldkit.log.planned_note import (
    CANCELLED,
    HELD,
    MOST,
    PLANNED_LIMIT,
    PlannedNote,
    Sent,
    is_id,
    parse_planned,
    planned_note,
)
from fieldkit.planned import Planned, check
from fieldkit.roster import Row
from fieldkit.sync.central import forgotten
from fieldkit.zones import instant

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home

FOLDER = "planned"
NOTE = "planned.note"
KEPT_DAYS = 30
"""So long after its hour a plan stays: whoever comes home late still finds who was expected."""
DAY = 86_400
_FILE = re.compile(r"(h-[0-9a-hjkmnp-tv-z]{8})\.json\Z").match


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One plan. `device`: name of the laptop's key; `changed`: Unix s; `turn`: how often it was changed."""

    id: str
    device: str
    state: str
    changed: int
    plan: Planned
    turn: int = 0


learn(Kept)


def begins(plan: Planned) -> int:
    """Unix s. Raises WrongUsage for a zone that this machine does not know."""
    return int(instant(plan.when, plan.tz).timestamp())


# ---- the files -----------------------------------------------------------------------------------------------


def folder_of(home: Home) -> Path:
    return home.path / FOLDER


def _of(home: Home, device: str) -> Path:
    return folder_of(home) / device.replace("/", "+")


def every(home: Home, device: str = "") -> list[Kept]:
    """Every plan, or those of one laptop, in the order of their hours. Raises DamagedData, FieldkitError."""
    paths = [path for path in _newest(home) if not device or path.parent == _of(home, device)]
    found = [one for path in paths if (one := _read(path)) is not None]
    return sorted(found, key=lambda one: (begins(one.plan), one.id))


def _copies(home: Home) -> list[list[Path]]:
    """The files of each plan. Of two of them, who moved it to another laptop was killed before the old one was gone."""
    found: dict[str, list[Path]] = {}
    try:
        for folder in folder_of(home).iterdir():
            for path in folder.iterdir() if folder.is_dir() else ():
                if _FILE(path.name):
                    found.setdefault(path.name, []).append(path)
    except FileNotFoundError:
        return []
    except OSError as wrong:
        raise FieldkitError(f"The folder of the plans cannot be read: {wrong.strerror}.", "Check the disk.") from wrong
    return [sorted(paths) for paths in found.values()]


def _turn(path: Path) -> int:
    found = _read(path)
    return -1 if found is None else found.turn


def _newest(home: Home) -> list[Path]:
    """The file of each plan that counts: the one that was changed most often. Raises DamagedData, FieldkitError."""
    return [paths[0] if len(paths) == 1 else max(paths, key=_turn) for paths in _copies(home)]


def _drop_older(home: Home) -> None:
    """What a change that was killed left behind; under `_alone`, for else it may be one that goes on."""
    for paths in _copies(home):
        if len(paths) > 1:
            newest = max(paths, key=_turn)
            for path in paths:
                if path != newest:
                    path.unlink(missing_ok=True)


def find(home: Home, id: str) -> Kept:
    """Raises NotPossible, DamagedData."""
    paths = sorted(folder_of(home).glob(f"*/{id}.json")) if is_id(id) else []
    found = max(filter(None, map(_read, paths)), key=lambda one: one.turn, default=None)
    if found is None:
        raise NotPossible(f"There is no plan {clean_text(id, 40)!r} here.", "fieldkit central plan list --home DIR")
    return found


def _read(path: Path) -> Kept | None:
    """None for one that has gone meanwhile."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Kept)
        check(found.plan)
        begins(found.plan)
        whole = path.name == f"{found.id}.json" and found.state in (HELD, CANCELLED)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError, FieldkitError) as wrong:
        raise _damaged(path) from wrong
    if not whole:
        raise _damaged(path)
    return found


def _damaged(path: Path) -> DamagedData:
    where = f"{FOLDER}/{path.parent.name}/{path.name}"
    return DamagedData(
        f"The plan {path.stem} cannot be read any more.", f"Put {where} back, or remove that file and plan anew."
    )


def _put(home: Home, one: Kept) -> None:
    folder = _of(home, one.device)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as wrong:
        raise FieldkitError(f"No folder for plans: {wrong.strerror}.", "Check the disk.") from wrong
    write_durable(folder / f"{one.id}.json", msgspec.json.encode(one) + b"\n")


@contextlib.contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One process at a time changes plans or writes notes: of two notes of one moment a laptop would believe either."""
    folder_of(home).mkdir(mode=0o700, exist_ok=True)
    with turn(folder_of(home) / "plans"):
        yield


# ---- what a person does --------------------------------------------------------------------------------------


def add(
    home: Home, device: str, plan: Planned, now: int, entropy: Callable[[int], bytes] = secrets.token_bytes
) -> Kept:
    """Plan a session for a laptop, without those on its roster who were erased at somebody's wish. Raises WrongUsage
    for what no session could begin with, NotPossible when that laptop has too many, or its rosters are too long for
    one note."""
    check(plan)
    with _alone(home):
        return _add(home, device, plan, now, entropy)


def add_once(
    home: Home, device: str, plan: Planned, now: int, entropy: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[Kept, bool]:
    """As `add`, and whether it is new: where the same is planned for that laptop already, whoever is expected, that one
    stays. A button that is pressed twice plans once, also when two threads work the forms off."""
    check(plan)
    with _alone(home):
        bare = msgspec.structs.replace(plan, expected=())
        for one in every(home, device):
            if one.state != CANCELLED and msgspec.structs.replace(one.plan, expected=()) == bare:
                return one, False
        return _add(home, device, plan, now, entropy), True


def _add(home: Home, device: str, plan: Planned, now: int, entropy: Callable[[int], bytes]) -> Kept:
    one = Kept(f"h-{new_id(entropy(8), 8)}", device, HELD, now, _without_erased(home, plan))
    mine = every(home, device)
    if len(mine) >= MOST:
        raise NotPossible(f"{MOST} sessions are planned for this laptop.", "Remove some of them.")
    _fits(home, device, [*mine, one], now)
    _put(home, one)
    return one


def change(home: Home, one: Kept, device: str, plan: Planned, now: int) -> Kept:
    """The plan says something else, or is another laptop's. A cancelled one stays so. `one`: as it was when somebody
    decided that; raises NotPossible where it was changed meanwhile (somebody on it may have been erased, or it was
    called off), else as `add`."""
    check(plan)
    with _alone(home):
        found = find(home, one.id)
        if found.state == CANCELLED:
            raise NotPossible("This session is called off.", "Plan a new one.")
        if found.turn != one.turn:
            raise NotPossible("This plan was changed a moment ago.", "Look at it, and say once more what changes.")
        new = Kept(one.id, device, one.state, now, _without_erased(home, plan), one.turn + 1)
        _fits(home, device, [*(x for x in every(home, device) if x.id != one.id), new], now)
        _put(home, new)
        _drop_older(home)
    return new


def _without_erased(home: Home, plan: Planned) -> Planned:
    """Read under `_alone`: who erases somebody remembers them before the rosters are looked through."""
    gone = forgotten.expected_no_more(home, [row.fields.get("badge", "") for row in plan.expected])
    kept = tuple(row for row in plan.expected if row.fields.get("badge", "") not in gone)
    return plan if len(kept) == len(plan.expected) else msgspec.structs.replace(plan, expected=kept)


def cancel(home: Home, one: Kept, now: int) -> Kept:
    """Call a session off: its laptop is told, and nobody stands in it any more. Raises FieldkitError."""
    with _alone(home):
        one = find(home, one.id)  # as it is now, whoever changed it meanwhile
        plan = msgspec.structs.replace(one.plan, expected=())
        new = Kept(one.id, one.device, CANCELLED, now, plan, one.turn + 1)
        if one.state != CANCELLED:
            _put(home, new)
    return new


def _fits(home: Home, device: str, mine: list[Kept], now: int) -> None:
    sessions = tuple(Sent(one.id, one.state, one.plan) for one in mine)
    try:
        planned_note(PlannedNote(home.org, device, now, sessions), home.office())
    except BadBytes as wrong:
        if wrong.reason == "too-long":
            raise NotPossible(
                "With this roster the plans of that laptop are larger than 16 MB.", "Plan it nearer to its day."
            ) from wrong
        raise


def forget(home: Home, badges: Collection[str], now: int) -> list[str]:
    """Take everybody with one of these badges off every roster, and write the notes anew, also those that somebody who
    was killed did not come to; ids of the plans that had one. Raises FieldkitError."""
    gone = _spelt(badges)
    if not gone or not folder_of(home).is_dir():
        return []
    out: list[str] = []
    with _alone(home):
        _drop_older(home)
        for one in every(home):
            kept = tuple(row for row in one.plan.expected if not _is_one(row, gone))
            if len(kept) < len(one.plan.expected):
                plan = msgspec.structs.replace(one.plan, expected=kept)
                _put(home, Kept(one.id, one.device, one.state, now, plan, one.turn + 1))
                out.append(one.id)
        for device in devices(home):
            _written(home, device, now)
    return out


def expects(home: Home, badges: Collection[str]) -> bool:
    """Whether somebody with one of these badges stands on a roster. Raises DamagedData, FieldkitError."""
    gone = _spelt(badges)
    return bool(gone) and any(_is_one(row, gone) for one in every(home) for row in one.plan.expected)


def _spelt(badges: Iterable[str]) -> set[str]:
    return {badge.strip().upper() for badge in badges} - {""}


def _is_one(row: Row, badges: Collection[str]) -> bool:
    return row.fields.get("badge", "").strip().upper() in badges


def tidy(home: Home, now: int) -> None:
    """Delete what is over for more than `KEPT_DAYS`, of laptops too that never ask again. Raises FieldkitError, for a
    file that cannot be read once the rosters of all other laptops are gone."""
    wrong: DamagedData | None = None
    try:
        over = any(begins(one.plan) < now - KEPT_DAYS * DAY for one in every(home))
    except DamagedData as damaged:
        over, wrong = True, damaged
    if over:
        with _alone(home):
            for device in devices(home):
                try:
                    _tidy(home, device, now)
                    _written(home, device, now)
                except DamagedData as damaged:
                    wrong = wrong or damaged
    if wrong is not None:
        raise wrong


def _tidy(home: Home, device: str, now: int) -> None:
    _drop_older(home)
    for one in every(home, device):
        if begins(one.plan) < now - KEPT_DAYS * DAY:
            (_of(home, device) / f"{one.id}.json").unlink(missing_ok=True)


# ---- the notes -----------------------------------------------------------------------------------------------


def note_for(home: Home, device: str, now: int) -> bytes | None:
    """The note of this laptop as it is now; None where nothing was ever planned for it. Raises FieldkitError."""
    if not _of(home, device).is_dir():
        return None
    with _alone(home):
        _tidy(home, device, now)
        return _written(home, device, now)


def devices(home: Home) -> list[str]:
    """The laptops for which there is, or was, something planned."""
    return sorted(path.name.replace("+", "/") for path in folder_of(home).glob("*") if path.is_dir())


def _text(path: Path) -> str:
    """Raises FileNotFoundError, DamagedData."""
    try:
        return split_note(path.read_bytes(), PLANNED_LIMIT)[0]
    except FileNotFoundError:
        raise
    except (OSError, BadBytes) as wrong:
        raise DamagedData(
            f"The note {path.name} of the plans cannot be read.", "Delete it: it is made anew."
        ) from wrong


def _written(home: Home, device: str, now: int) -> bytes | None:
    """The note that says what the files say: the one that lies here, or a newer one."""
    mine = tuple(Sent(one.id, one.state, one.plan) for one in every(home, device))
    path = _of(home, device) / NOTE
    before: PlannedNote | None = None
    with contextlib.suppress(FileNotFoundError):
        before = parse_planned(_text(path))
    if before is None and not mine:
        return None
    if before is not None and before.sessions == mine and not before.unread and _holds(home, path):
        return path.read_bytes()
    as_of = now if before is None else max(now, before.as_of + 1)
    raw = planned_note(PlannedNote(home.org, device, as_of, mine), home.office())
    write_durable(path, raw)
    return raw


def _holds(home: Home, path: Path) -> bool:
    """Whether the key that signs now has signed it."""
    try:
        open_note(path.read_bytes(), [home.office().vkey], PLANNED_LIMIT)
    except BadBytes:
        return False
    return True
