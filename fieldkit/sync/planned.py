"""Taking in what head office planned for this laptop: opened with its key, verified, newer than what is held, kept.

Each session becomes a file of the folder `planned` under head office's own id, so a plan that came before is replaced
and never doubled. What the trainer did stays: a session that was begun, minutes that were changed, one that was taken
out of the list. `planned/.office` remembers which note was taken in, and is written last: whatever ends this halfway,
the note comes again and the end is the same.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from pathlib import Path

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.files import write_durable
from fieldkit.log.planned_note import CANCELLED as OFF
from fieldkit.log.planned_note import SEALED_LIMIT, PlannedNote, Sent, is_id, open_planned
from fieldkit.log.trust import TrustList
from fieldkit.planned import CANCELLED, FOLDER, REMOVED, SENT, Planned, PlannedFolder, Told
from fieldkit.station import Station

STATE = ".office"
NEW, MOVED, CHANGED, CALLED_OFF, GONE = "new", "moved", "changed", "called-off", "gone"


class Taken(msgspec.Struct, frozen=True):
    """`as_of`: Unix s of the note; `unread`: ids of sessions that this release cannot read."""

    as_of: int
    told: list[Told]
    unread: list[str]


class State(msgspec.Struct, frozen=True):
    """Which note was taken in. `gone`: id of a plan → keyed hashes of the badges that were erased here out of its
    roster, so that a note which head office signed before it knew brings none of them back."""

    as_of: int = -1
    sha256: str = ""
    ids: tuple[str, ...] = ()
    salt: str = ""
    gone: dict[str, tuple[str, ...]] = {}


learn(State)


def file_name(device: str) -> str:
    """How the sealed note for a laptop is called on a stick."""
    return f"planned-{device.rsplit('/', 1)[-1]}.age"


def held_sha(station: Station) -> str:
    """SHA-256 (hex) of the note that was taken in; of nothing where one of its plans is missing, so that it comes
    again."""
    state = _state(station.home)
    whole = all((station.home / FOLDER / f"{id}.json").is_file() for id in state.ids)
    return state.sha256 if state.sha256 and whole else hashlib.sha256(b"").hexdigest()


def take_planned(station: Station, trust: TrustList, sealed: bytes) -> Taken:
    """Accept a note. Raises BadBytes for one that is not for this laptop (`sealed`, `other-device`), not of head
    office, damaged, or older than the one that was taken in (`not-newer`); FieldkitError (disk)."""
    if len(sealed) > SEALED_LIMIT:
        raise BadBytes("too-long", "this is longer than such a note")
    raw = station.signer.unsealed(sealed)
    found = open_planned(raw, trust, station.signer.name, station.clock.wall_ms() // 1000)
    state, sha256 = _state(station.home), hashlib.sha256(raw).hexdigest()
    if found.as_of < state.as_of or (found.as_of == state.as_of and sha256 != state.sha256):
        raise BadBytes("not-newer", "what is held was made at the same time or later")
    folder = PlannedFolder(station.home)
    told, ids = _applied(folder, found, state)
    gone = {id: hashes for id, hashes in state.gone.items() if id in ids}
    _keep(station.home, msgspec.structs.replace(state, as_of=found.as_of, sha256=sha256, ids=ids, gone=gone))
    return Taken(found.as_of, told, list(found.unread))


def _applied(folder: PlannedFolder, found: PlannedNote, state: State) -> tuple[list[Told], tuple[str, ...]]:
    """What is different, and the ids that have a file now. Raises FieldkitError."""
    there = {entry.id: entry.plan for entry in folder.every()}
    told: list[Told] = []
    ids: list[str] = []
    for one in found.sessions:
        before = there.get(one.id)
        if before is None and one.state == OFF:
            continue  # planned and called off between two syncs: nobody here has heard of it
        ids.append(one.id)
        plan = _merged(one, before, state)
        if plan == before:
            continue
        folder.put(one.id, plan)
        said = _told(one, before, plan)
        told += [said] if said is not None else []
    kept = {one.id for one in found.sessions} | set(found.unread)
    for id, before in there.items():
        if is_id(id) and id not in kept and not (before is not None and before.done):
            folder.drop(id)
            if before is not None and before.office != REMOVED:
                told.append(Told(GONE, id, before.title or before.pack, moment(before)))
    return told, tuple(ids)


def _merged(one: Sent, before: Planned | None, state: State) -> Planned:
    """What head office says, with what was done here."""
    if before is None:
        before = one.plan
    if before.done:
        return before
    was = before.was if (before.at, before.tz) == (one.plan.at, one.plan.tz) else moment(before)
    same = (before.at, before.tz) == (one.plan.at, one.plan.tz)
    if before.office == REMOVED and (same or one.state == OFF):
        return before
    if one.state == OFF:
        return msgspec.structs.replace(one.plan, office=CANCELLED, was=was, changes=before.changes)
    away = set(state.gone.get(one.id, ()))
    rows = tuple(row for row in one.plan.expected if not away or _hash(state, row.fields.get("badge", "")) not in away)
    return msgspec.structs.replace(one.plan, office=SENT, was=was, changes=before.changes, expected=rows)


def _told(one: Sent, before: Planned | None, plan: Planned) -> Told | None:
    title, at = plan.title or plan.pack, moment(plan)
    if plan.office == CANCELLED:
        return Told(CALLED_OFF, one.id, title, at) if before is None or before.office != CANCELLED else None
    if before is None or before.office != SENT:
        return Told(NEW, one.id, title, at)
    return Told(MOVED, one.id, title, at, plan.was) if moment(before) != at else Told(CHANGED, one.id, title, at)


def moment(plan: Planned) -> str:
    """`2026-11-30 06:00 Europe/Madrid`."""
    return f"{plan.at} {plan.tz}".rstrip()


# ---- who was erased here -----------------------------------------------------------------------------------------


def remember_gone(home: Path, id: str, badges: Collection[str]) -> None:
    """These were erased here out of a roster of head office. Raises FieldkitError."""
    if not is_id(id):
        return
    state = _state(home)
    if not state.salt:
        state = msgspec.structs.replace(state, salt=secrets.token_hex(16))
    more = {_hash(state, badge) for badge in badges} | set(state.gone.get(id, ()))
    _keep(home, msgspec.structs.replace(state, gone={**state.gone, id: tuple(sorted(more))}))


def _hash(state: State, badge: str) -> str:
    return hmac.new(state.salt.encode(), badge.strip().upper().encode(), hashlib.sha256).hexdigest()[:32]


def _state(home: Path) -> State:
    """What was taken in; nothing where that cannot be read: then the newest note comes again, and is taken."""
    try:
        return msgspec.json.decode((home / FOLDER / STATE).read_bytes(), type=State)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return State()


def _keep(home: Path, state: State) -> None:
    folder = home / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as wrong:
        raise FieldkitError(f"No folder for plans: {wrong.strerror}.", "Check the disk.") from wrong
    write_durable(folder / STATE, msgspec.json.encode(state) + b"\n")
