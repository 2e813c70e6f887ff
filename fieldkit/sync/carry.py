"""Carrying: pack what head office has not receipted, copy it to a folder (a stick), take what it sent back.

A folder is the first way and every other way carries the same bytes. Whole logs are packed each time; a copy counts as
carried only after it was read back from the folder. What comes back is believed for its signatures alone: a trust list
under the roots of the one held, receipts under the central and office keys on it, and for logs that this laptop has.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, Stopped
from fieldkit.log import accepted, handed, heads
from fieldkit.log.amended_note import Amended
from fieldkit.log.bundle import BundleInfo, bundle_name, write_bundle
from fieldkit.log.listing import OPEN, UNREADABLE, nobody_came
from fieldkit.log.names import unb64
from fieldkit.log.note import utc_text
from fieldkit.log.policy import POLICY_LIMIT
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import kind_of
from fieldkit.log.revoked import REVOKED_LIMIT
from fieldkit.log.seal import Lock, new_words
from fieldkit.log.trust import TRUST_LIMIT, TrustList, accept, enrol_note
from fieldkit.log.valid import VALID_LIMIT
from fieldkit.station import SessionRef, Station
from fieldkit.sync.copying import Watch, copy_verified
from fieldkit.sync.lying import Lying
from fieldkit.sync.outbox import WORDS, Carried, Outbox, Sealed
from fieldkit.sync.policy import take_policy
from fieldkit.sync.receipts import OLDER, RECEIPTS_LIMIT, WORSE, Taken, take_receipts
from fieldkit.sync.sent import NOTHING, Sent, from_folder
from fieldkit.sync.valid import take_revoked, take_valid

NOTES_LIMIT = 1000
LISTS = {"trust": TRUST_LIMIT, "policy": POLICY_LIMIT, "valid": VALID_LIMIT, "revoked": REVOKED_LIMIT}
"""Most notes looked at in one folder."""


class Trip(msgspec.Struct, frozen=True):
    """What one `sync` to a folder did. `file` is empty when there was nothing to carry."""

    to: str
    file: str
    sha256: str
    sessions: list[dict[str, str | int]]
    left_out: list[str]
    """Origins of sessions that are damaged or missing and were not packed."""
    receipts: list[str]
    trust: int | None
    not_taken: list[tuple[str, str]] = []
    """Notes in the folder that were no use: (name, reason)."""
    sealed_to: list[str] = []
    words: str = ""
    """What the bundle is sealed to: recipients, or six words that are shown once; neither when anybody can read it."""
    open: int = 0
    """How many of the sessions are not ended yet: they went along as they are."""
    policy: int | None = None
    """Version of a newer policy of head office that was taken in."""
    valid: int | None = None
    """The moment (Unix s) of a newer list of who may do what that was taken in."""
    kept: list[str] = []
    """Origins of sessions in which nobody took part and that are not ended: they stay here until they are."""
    amended: list[Amended] = []
    """What head office has said about sessions of this laptop since the last time."""
    sent: Sent = NOTHING
    """Planned sessions and packs that came."""


# ---- packing -------------------------------------------------------------------------------------------------


def waiting(station: Station, outbox: Outbox) -> list[SessionRef]:
    """Sessions of this laptop whose newest record has no receipt yet; damaged and missing ones too, so that somebody is
    told. Those of another laptop are left alone: it carries them, and may have more of them."""

    def receipted(ref: SessionRef) -> bool:
        return outbox.facts(ref.origin).stage(ref.size) == "receipted" and ref.size > 0

    return [ref for ref in station.sessions() if station.is_mine(ref) and not receipted(ref)]


def begun_by_mistake(ref: SessionRef) -> bool:
    """Not ended, and nobody took part: it is not carried before it is ended. Then it is, so that head office finds no
    number missing."""
    return ref.state in OPEN and nobody_came(ref)


def head_note(station: Station) -> tuple[str, bytes]:
    """What stands first in a bundle: the trust list, or before enrolment the note that asks for it.

    Raises DamagedData for a trust list that cannot be read: every reader would refuse the bundle for it.
    """
    if station.trust is not None:
        return "trust.note", (station.home / "trust.note").read_bytes()
    made = int((station.home / "keys" / "device.key").stat().st_mtime)
    return "enrol.note", enrol_note(station.signer, made)


def lock_of(station: Station, plain: bool) -> Lock | None:
    """What a bundle of this laptop is sealed to: head office's recipients, six fresh words before there are any, and
    nothing (None) only where somebody asked for it. Raises DamagedData (trust list)."""
    if plain:
        return None
    trust = station.trust
    return Lock(trust.recipients) if trust is not None and trust.recipients else Lock(words=new_words())


def pack(
    station: Station, refs: Sequence[SessionRef], out: Path, *, plain: bool, watch: Watch | None = None
) -> BundleInfo:
    """Write these sessions into one bundle, `out` a file or an existing folder, and remember how long each log was.

    Raises NotPossible, DamagedData (a session is damaged: nothing is written), FieldkitError (disk).
    """
    if not refs:
        raise NotPossible("There is nothing to carry.", "What is here has its receipt, or nobody has taken part yet.")
    for ref in refs:
        if ref.state == "missing":
            raise DamagedData(
                f"The file of session {ref.path.stem} is missing.", f"Put sessions/{ref.path.name} back from a backup."
            )
    head, known = head_note(station), _known(station)
    if out.is_dir():
        out = out / name_for(station, refs)
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(SessionFile.open(ref.path)) for ref in refs]
        for file in files:
            _not_an_older_copy(station, known, file)
        info = write_bundle(files, head, out, lock=lock_of(station, plain), each=(watch or Watch()).packing)
    outbox = Outbox(station.outbox)
    for one in info.sessions:
        origin, size, root = str(one["origin"]), int(one["size"]), str(one["root"])
        heads.remember(station.heads, origin, size, unb64(root))
        where = out.name if out.parent == station.outbox else str(out.resolve())
        if out.parent != station.outbox:
            left = handed.Handed(
                station.clock.wall_ms(), handed.BUNDLE, where, _sealed_words(info), info.sha256, [origin]
            )
            try:
                handed.note(station.home, left)
            except BaseException:
                out.unlink(missing_ok=True)  # nobody would be told that it left
                raise
        outbox.sealed(origin, Sealed(size, root, where, info.sha256, info.sealed_to or [WORDS] * bool(info.words)))
    return info


def _sealed_words(info: BundleInfo) -> str:
    return "sealed to head office" if info.sealed_to else "sealed to words" if info.words else "not sealed"


def _known(station: Station) -> dict[str, int]:
    """How many records of each session this laptop has signed, as `keys/heads` says. Raises DamagedData."""
    return {head.origin: head.n for head in heads.read(station.heads)}


def _not_an_older_copy(station: Station, known: dict[str, int], file: SessionFile) -> None:
    """A session file that was restored from an earlier day is readable, but it does not speak for the session; where
    head office said so, it has the longer one, and judges whether this is its beginning or another history."""
    more = known.get(file.origin, 0)
    if more > file.head.size and Outbox(station.outbox).facts(file.origin).ahead < more:
        raise DamagedData(
            f"{file.path.name} is an older copy: this laptop has signed more records than it holds.",
            "Put the newer file back, or bundle the other sessions without it.",
        )


def name_for(station: Station, refs: Iterable[SessionRef]) -> str:
    """The name of a bundle of these sessions, made now."""
    id = station.signer.name.rsplit("/", 1)[-1]
    return bundle_name(id, [ref.seq for ref in refs], utc_text(station.clock.wall_ms() // 1000))


def pack_waiting(
    station: Station, out: Path, *, plain: bool, watch: Watch | None = None
) -> tuple[BundleInfo | None, list[str]]:
    """Pack everything without a receipt; (what was written, origins of damaged and missing sessions left out).
    A session that was begun by mistake is not packed before it is ended.

    Raises DamagedData when it is not the sessions that are damaged but what every bundle needs: heads or trust list.
    """
    outbox = Outbox(station.outbox)
    head_note(station)  # both here already: below, DamagedData means a session
    _known(station)
    refs = waiting(station, outbox)
    good = [ref for ref in refs if ref.state not in UNREADABLE and not begun_by_mistake(ref)]
    left = [ref.origin for ref in refs if ref.state in UNREADABLE]
    while good:
        try:
            return pack(station, good, out, plain=plain, watch=watch), left
        except DamagedData:
            bad = [ref for ref in good if not _packs(station, ref)]
            if not bad:
                raise
            left += [ref.origin for ref in bad]
            good = [ref for ref in good if ref not in bad]
    return None, left


def _packs(station: Station, ref: SessionRef) -> bool:
    """Whether this session alone could be packed: one damaged log must not keep the others at home."""
    trial = station.outbox / f".{secrets.token_hex(6)}.tmp"
    try:
        with SessionFile.open(ref.path) as file:
            _not_an_older_copy(station, _known(station), file)
            write_bundle([file], head_note(station), trial, lock=None)
        return True
    except DamagedData:
        return False
    finally:
        trial.unlink(missing_ok=True)


# ---- to a folder ---------------------------------------------------------------------------------------------


async def sync_folder_to(station: Station, folder: Path, *, plain: bool, watch: Watch | None = None) -> Trip:
    """Take in what lies in `folder`, then carry there what has no receipt. Raises FieldkitError, NotPossible.

    A session that lies there already at its present length is not copied again. Reads and writes for as long as it
    takes: a program that has something else to do runs it in a thread, with a loop of its own.
    """
    watch = watch or Watch()
    if not folder.is_dir():
        raise FieldkitError(f"There is no folder {folder}.", "Check the path; is the stick plugged in?")
    got = await take_in(station, folder, watch)
    sent = await from_folder(station, folder, watch)
    got.not_taken.extend(sent.not_taken)
    outbox = Outbox(station.outbox)
    to = str(folder.resolve())
    refs = waiting(station, outbox)
    kept = [ref.origin for ref in refs if begun_by_mistake(ref)]
    refs = [ref for ref in refs if ref.origin not in kept]
    damaged = [ref.origin for ref in refs if ref.state in UNREADABLE]
    lies_there = Lying(folder, to, watch)

    def nothing(left: list[str]) -> Trip:
        back = (got.origins, got.trust, got.not_taken)
        more = {"policy": got.policy, "valid": got.valid, "amended": got.amended, "sent": sent}
        return msgspec.structs.replace(Trip(to, "", "", [], left, *back, kept=kept), **more)

    if all(ref.origin in damaged or lies_there.whole(outbox.facts(ref.origin), ref.size) for ref in refs):
        return nothing(damaged)
    info, left = pack_waiting(station, station.outbox, plain=plain, watch=watch)
    if info is None:
        return nothing(left)
    made = Path(info.file)
    copy_verified(made, folder / made.name, info.sha256, watch)
    for one in info.sessions:
        outbox.carried(str(one["origin"]), Carried(int(one["size"]), to, made.name, info.sha256))
    outbox.tidy()
    going = {ref.origin for ref in refs if ref.state in OPEN}
    return Trip(
        to,
        str(folder / made.name),
        info.sha256,
        info.sessions,
        left,
        got.origins,
        got.trust,
        got.not_taken,
        info.sealed_to,
        info.words,
        open=sum(one["origin"] in going for one in info.sessions),
        kept=kept,
        policy=got.policy,
        valid=got.valid,
        amended=got.amended,
        sent=sent,
    )


# ---- taking in -----------------------------------------------------------------------------------------------


class Got(msgspec.Struct, frozen=True):
    """What came back: origins that are receipted now, the version of a newer trust list, files that were no use."""

    origins: list[str]
    trust: int | None
    not_taken: list[tuple[str, str]]
    """(name, reason code)."""
    policy: int | None = None
    """Version of a newer policy of head office."""
    valid: int | None = None
    """As in Trip."""
    amended: list[Amended] = []
    """As in Trip."""


async def take_in(station: Station, folder: Path, watch: Watch | None = None) -> Got:
    """Look at every `*.note` in a folder: a newer trust list first, then policy, then receipts. A bad file stops none.

    Raises Stopped between two notes or receipts: those that were taken in stay so.
    """
    watch = watch or Watch()
    origins: list[str] = []
    trust: int | None = None
    wrong: list[tuple[str, str]] = []
    found: list[tuple[Path, bytes, str]] = []
    notes = sorted(folder.glob("*.note"))[:NOTES_LIMIT]
    for k, path in enumerate(notes):
        watch.taking(k, len(notes))
        raw = _small(path)
        kind = _kind(raw) if raw is not None else ""
        if raw is not None and kind in (*LISTS, "receipts"):
            found.append((path, raw, kind))
    held = station.trust
    # Oldest first: where root changed, the list that changed it comes before those that the new root signed.
    found.sort(key=lambda one: accepted.version_of(one[1]) if one[2] == "trust" else -1)
    for path, raw, kind in found:
        if kind == "trust" and held is not None:
            try:
                held = take_trust(station, held, raw)
                trust = held.version
            except BadBytes as error:
                if error.reason != "not-newer":
                    wrong.append((path.name, error.reason))
    rules: int | None = None
    valid: int | None = None
    amended: list[Amended] = []
    for path, raw, kind in found:
        if kind in ("policy", "valid", "revoked") and held is not None:
            try:
                if kind == "policy":
                    rules = take_policy(station, raw).version
                elif kind == "revoked":
                    take_revoked(station, held, raw)
                else:
                    valid = take_valid(station, held, raw).as_of
            except BadBytes as error:
                if error.reason != "not-newer":
                    wrong.append((path.name, error.reason))
    for path, raw, kind in found:
        if kind == "receipts":
            try:
                taken: Taken = await take_receipts(station, raw, watch.taking)
                origins += taken.origins
                amended += taken.amended
                wrong += [(path.name, f"{origin}: its file cannot be read") for origin in taken.unread]
                wrong += [(path.name, f"{origin}: head office holds another history") for origin in taken.differs]
                wrong += [(path.name, f"{origin}: {OLDER}") for origin in taken.older]
                wrong += [(path.name, f"{origin}: {WORSE}") for origin in taken.worse]
            except Stopped:
                raise
            except (BadBytes, NotPossible) as error:
                wrong.append((path.name, error.reason if isinstance(error, BadBytes) else error.sentence))
    return Got(sorted(set(origins)), trust, wrong, policy=rules, valid=valid, amended=amended)


def take_trust(station: Station, held: TrustList, raw: bytes) -> TrustList:
    """Accept a newer trust list under the roots of the one held. Raises BadBytes."""
    new = accept(held, raw)
    accepted.put(station.home, raw)
    return new


def _small(path: Path) -> bytes | None:
    try:
        if not path.is_file():
            return None  # a pipe that somebody left on a stick would be waited for without end
        with path.open("rb") as file:
            raw = file.read(RECEIPTS_LIMIT + 1)
    except OSError:
        return None
    return raw if len(raw) <= RECEIPTS_LIMIT else None


def _kind(raw: bytes) -> str:
    for kind, limit in LISTS.items():
        if raw.startswith(f"fieldkit-{kind}/1\n".encode()):
            return kind if len(raw) <= limit else ""
    first = raw.split(b"\n=====\n", 1)[0]
    try:
        return (
            "receipts"
            if kind_of(first if first.endswith(b"\n") else first + b"\n")
            in ("checkpoint", "receipt", "erase", "amended")
            else ""
        )
    except BadBytes:
        return ""
