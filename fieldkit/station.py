"""This laptop: its folder, its key, its sessions, its trust list. Opens and resumes sessions; numbers and links them.

`Station.look` only reads and needs no key; `Station.open` makes what is missing (folders, the device key).
`Station.start` and `Station.resume` open a session's log for a desk and need the host lock: one host a data folder at a
time. What this laptop keeps beside the sessions (known heads, trust list) never stops a new session: if it cannot be
read, `start` says so, sets it aside under another name and goes on without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from fieldkit.clock import Clock, SystemClock
from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.blended import BLENDED
from fieldkit.core.personal import without
from fieldkit.core.plan import Plan
from fieldkit.core.program import Within
from fieldkit.core.records import Draft
from fieldkit.core.rulings.people import expected
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log import heads
from fieldkit.log.beside import Warn, faults, heads_path, held_trust, mended_heads, mended_trust, ruled
from fieldkit.log.keys import Signer
from fieldkit.log.line import parse_record
from fieldkit.log.listing import UNREADABLE, SessionRef, listed
from fieldkit.log.lock import Lock
from fieldkit.log.names import b64, device_name, make_origin, split_origin
from fieldkit.log.note import open_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import TrustList
from fieldkit.log.windows import lasting
from fieldkit.packs.compile import Compiled
from fieldkit.seats import is_room_code, room_code

LEAST_FREE, WARN_FREE = 200 << 20, 500 << 20
"""Bytes: below the first no session starts."""
SECRET_BYTES = 32
_NEW = "Its records stay readable: export them, and begin a new session with --new."
FOLDERS = ("keys", "packs", "sessions", "ballots", "outbox", "receipts", "held")
__all__ = ["Begun", "SessionRef", "Setup", "Station", "opened", "opening"]


class Setup(msgspec.Struct, frozen=True):
    """What a new session is begun with."""

    pack: Compiled
    title: str = ""
    site: str = ""
    facilitator: str = ""
    kind: str = ""
    """class, toolbox, makeup, evaluation, blended; empty: by the pack."""
    tz: str = "UTC"
    policy: r.Policy = r.Policy()
    roster: Sequence[w.Expect] = ()
    place: str = ""
    within: Within = Within()


class Begun(msgspec.Struct, frozen=True):
    """A session's log, open and locked, and what a desk needs beside it. Whoever gets it closes the store."""

    store: Store
    plan: Plan
    secret: bytes
    code: str
    resumed: bool


class Station:
    """A data folder and the device key in it."""

    def __init__(self, home: Path, signer: Signer | FieldkitError, clock: Clock) -> None:
        """`signer`: the device key, or why there is none; then everything can be read and nothing signed."""
        self.home = home
        self._signer = signer
        self.clock = clock
        self.warn: Warn = _warn
        """Told (sentence, hint) when something was set aside to go on."""
        self.entropy: Callable[[int], bytes] = secrets.token_bytes
        """n random bytes, for what a new session needs."""

    # ---- opening ---------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, home: Path, *, org: str | None = None, clock: Clock | None = None) -> Station:
        """The station in `home` (made with mode 0700 if new). At first start it makes its key, under `org` if known."""
        require_folder(home)
        old = os.umask(0o077)
        try:
            for folder in (home, *(home / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = home / "keys" / "device.key"
            if not key.exists():
                if any((home / "sessions").glob("*.db")) or heads_path(home).exists():
                    raise _no_key()
                Signer.generate(device_name(secrets.token_bytes(12), org)).save(key)
            return cls(home, Signer.load(key), clock or SystemClock())
        except OSError as error:
            raise FieldkitError(
                f"The data folder {home} cannot be used ({error.strerror or type(error).__name__}).",
                "Choose another one with --data, or check that you may write there.",
            ) from error
        finally:
            os.umask(old)

    @classmethod
    def look(cls, home: Path, *, clock: Clock | None = None) -> Station | None:
        """The station in `home` for reading: nothing is made, no key is needed. None where there never was one."""
        require_folder(home)
        if not (home / "keys").is_dir() and not (home / "sessions").is_dir():
            return None
        key = home / "keys" / "device.key"
        signer: Signer | FieldkitError = _no_key()
        if key.exists():
            try:
                signer = Signer.load(key)
            except FieldkitError as wrong:
                signer = wrong
        return cls(home, signer, clock or SystemClock())

    @property
    def signer(self) -> Signer:
        """The device key. Raises FieldkitError when it is gone or cannot be read."""
        if isinstance(self._signer, FieldkitError):
            raise self._signer
        return self._signer

    @signer.setter
    def signer(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def keyless(self) -> FieldkitError | None:
        """Why nothing can be signed here; None with a key."""
        return self._signer if isinstance(self._signer, FieldkitError) else None

    @property
    def device(self) -> str:
        """The name of the device key, empty without one."""
        return "" if isinstance(self._signer, FieldkitError) else self._signer.name

    @property
    def trust(self) -> TrustList | None:
        """The accepted trust list, or None before enrolment. Raises DamagedData, also after `start` set one aside."""
        return held_trust(self.home)

    def publishers(self) -> list[str]:
        """Keys whose word for a pack is good; none while the trust list cannot be read, which `start` then says."""
        try:
            return [str(key) for key in lasting(self.trust, self.clock.wall_ms() // 1000, "publisher")]
        except DamagedData:
            return []

    def faults(self) -> list[DamagedData]:
        """What is wrong with what this laptop keeps beside its sessions: known heads and trust list."""
        return faults(self.home)

    @property
    def receipts_dir(self) -> Path:
        return self.home / "receipts"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def packs_dir(self) -> Path:
        return self.home / "packs"

    @property
    def heads(self) -> Path:
        return heads_path(self.home)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.home).free

    def lock(self) -> Lock:
        """One host at a time: hold this while a session runs."""
        return Lock(self.home / "host.lock")

    # ---- sessions --------------------------------------------------------------------------------------------

    def sessions(self) -> list[SessionRef]:
        """Every session that was really begun, oldest first; also those whose file is damaged or gone. While `heads`
        cannot be read (`faults`), neither older copies nor missing files are told."""
        try:
            known = heads.read(self.heads)
        except DamagedData:
            known = []
        return listed(self.home / "sessions", known, self.device)

    def find(self, which: str) -> SessionRef:
        """SESSION as people write it: an origin, its last part or suffix, a sequence number, or `last`."""
        every = self.sessions()
        if not every:
            raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
        if which == "last":
            return every[-1]
        number = int(which) if which.isascii() and which.isdigit() and len(which) <= 15 else None
        found = [x for x in every if which in (x.origin, x.suffix, x.path.stem) or x.seq == number]
        if not found:
            raise NotPossible(f"There is no session {which[:80]!r} here.", "`fieldkit sessions` lists those there are.")
        if len(found) > 1:
            raise NotPossible(f"{which!r} means more than one session.", "Write the last part of its origin.")
        return found[0]

    def waiting(self) -> list[SessionRef]:
        """Sessions that this laptop began and has not ended, oldest first."""
        return [x for x in self.sessions() if self.is_mine(x) and x.state in ("running", "paused")]

    def is_mine(self, ref: SessionRef) -> bool:
        """Whether this laptop signs it; another laptop's file is only readable. Raises FieldkitError without a key."""
        return ref.origin.startswith(f"{self.signer.name}/")

    def interrupted(self, pack_id: str, version: str, part: str = "") -> SessionRef | None:
        """The newest session of this pack, or of one set of it, that has not ended."""
        wanted = (pack_id, version, part)
        return next((x for x in self.waiting()[::-1] if (x.pack_id, x.pack_version, x.set) == wanted), None)

    def next_seq(self) -> int:
        """A number is used only with its signed `session.open`: files without a record do not count."""
        every = self.sessions()
        known = [x.seq for x in every if x.state != "missing" or x.origin.startswith(f"{self.device}/")]
        return max(known, default=0) + 1

    def _check_disk(self) -> None:
        free = self.free_bytes()
        if free < LEAST_FREE:
            raise FieldkitError(
                f"Only {free // 1_000_000} MB are free on this disk; a session needs 200 MB to be safe.",
                "Free some space, then start again.",
            )

    def _sweep_ballots(self) -> None:
        """Ballots of sessions that have ended, or that nobody knows, are deleted; one that waits takes up its own."""
        from fieldkit.log import ballots  # late: whoever only looks at sessions needs no rules

        folder = self.home / ballots.FOLDER
        if not folder.is_dir() or not any(folder.iterdir()):
            return
        states = {x.origin: x.state for x in self.sessions()}
        ballots.sweep(folder, lambda origin: states.get(origin, "ended") == "ended")

    async def start(self, setup: Setup) -> Begun:
        """Begin a new session: its file, its plan, `session.open`, the trainer and the roster, in one commit."""
        self._check_disk()
        self._sweep_ballots()
        mended_heads(self.home, self.warn)
        trust = mended_trust(self.home, self.warn)
        setup = msgspec.structs.replace(setup, policy=ruled(self.home, self.warn, setup.policy, setup.pack.plan.id))
        seq = self.next_seq()
        origin = make_origin(self.signer.name, seq, self.entropy(8))
        code, secret = room_code(self.entropy(4)), self.entropy(SECRET_BYTES)
        prev, seen = self._before(trust)
        meta = {"code": code.encode(), "secret": secret, **{f"blob/{k}": v for k, v in setup.pack.blobs.items()}}
        path = self.home / "sessions" / f"{origin.rsplit('/', 1)[1]}.db"
        store = await Store.create(path, origin, self.signer, setup.pack.plan_bytes, meta)
        try:
            drafts = [Draft(opened(setup, self.signer.name, seq, prev, trust, seen), None, opening(setup))]
            if setup.facilitator:
                drafts.append(Draft(r.StaffSet(role="trainer"), None, {"name": setup.facilitator}))
            drafts = without([*drafts, *(x for row in setup.roster for x in expected(row))], setup.policy.off or ())
            at = Moment(0, self.clock.wall_ms(), self.clock.boot(), self.clock.reading_ns())
            await store.append([Pending(tuple(drafts))], at, self.entropy)
            return Begun(store, setup.pack.plan, secret, code, False)
        except BaseException:
            await store.close()
            raise

    async def resume(self, ref: SessionRef) -> Begun:
        """Go on with an interrupted session, exactly where it was; an older copy of it is refused."""
        self._check_disk()
        self._sweep_ballots()
        store = await Store.open(ref.path, self.signer)
        try:
            leaves = await store.leaves()
            heads.check(self.heads, store.origin, leaves)
            secret, code = await store.meta("secret"), (await store.meta("code") or b"").decode("ascii", "replace")
            if secret is None or len(secret) != SECRET_BYTES or not is_room_code(code):
                raise DamagedData(f"{ref.path.name} has lost its room code.", _NEW)
            return Begun(store, await _plan_of(store), secret, code, True)
        except BaseException:
            await store.close()
            raise

    def kept_port(self, ref: SessionRef) -> int | None:
        """The port on which this session was last reached."""
        with SessionFile.open(ref.path) as file:
            kept = file.meta("port")
        return int(kept) if kept and kept.isdigit() and len(kept) <= 5 and int(kept) < 65536 else None

    def remember(self, store: Store) -> None:
        """Keep the head of a session in `keys/heads`, so that an older copy of its file is known as one. A list that
        was damaged meanwhile is set aside: the end of a session must not fail on it."""
        mended_heads(self.home, self.warn)
        heads.remember(self.heads, store.origin, store.head.size, store.head.root)

    def _before(self, trust: TrustList | None = None) -> tuple[r.Prev | None, int]:
        """What came before a new session: the newest known state of the session before it, and the newest time (Unix
        s) at which head office cosigned anything here (0 if never), which brackets this laptop's clock from below.
        """
        ours = f"{self.signer.name}/"
        known = {x.origin: (x.n, x.root) for x in heads.read(self.heads) if x.origin.startswith(ours)}
        keys = trust.vkeys("central") if trust is not None else []
        seen = 0
        for ref in self.sessions():
            if ref.state in UNREADABLE or not ref.origin.startswith(ours):
                continue
            try:
                with SessionFile.open(ref.path) as file:
                    head, note = file.head, file.checkpoint()
                split_origin(head.origin)
            except (DamagedData, BadBytes):
                continue  # `fsck` says it; the new session is linked to what can be read
            if known.get(head.origin, (0, b""))[0] < head.size:  # else the file is an older copy of what was signed
                known[head.origin] = (head.size, head.root)
            if keys:
                with contextlib.suppress(BadBytes):  # no cosignature yet
                    seen = max(seen, open_note(note, keys).time_of("central") or 0)
        if not known:
            return None, seen
        last = max(known, key=lambda origin: split_origin(origin).seq)
        return r.Prev(n=known[last][0], o=last, root=b64(known[last][1])), seen


async def _plan_of(store: Store) -> Plan:
    """The plan that the first record of this log names. Raises DamagedData."""
    first = parse_record((await store.line(0))[0]).fact if store.head.size else None
    named = first.pack.plan if isinstance(first, r.SessionOpened) else ""
    try:
        if hashlib.sha256(store.plan).hexdigest() == named:
            return msgspec.json.decode(store.plan, type=Plan)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass  # signed by an earlier release, or by none
    raise DamagedData(f"The plan in {store.path.name} is not the one that the session began with.", _NEW)


def require_folder(home: Path) -> None:
    """Raise FieldkitError when the data folder, or a folder in it, is something else."""
    for path in (home, home / "keys", home / "sessions"):
        if path.exists() and not path.is_dir():
            raise FieldkitError(f"{path} is a file, and should be a folder.", "Name the data folder with --data DIR.")


def _no_key() -> DamagedData:
    return DamagedData(
        "The device key is gone but its sessions are here.",
        "Put keys/device.key back from a backup; a new key could not go on with these sessions.",
    )


def _warn(sentence: str, hint: str) -> None:
    sys.stderr.write(f"warning: {sentence}\nhint: {hint}\n")


def opened(
    setup: Setup, device: str, seq: int, prev: r.Prev | None, trust: TrustList | None, seen: int
) -> r.SessionOpened:
    """The `session.open` of a new session."""
    pack, plan = setup.pack, setup.pack.plan
    kind = setup.kind or (BLENDED if plan.set else "toolbox" if plan.id.startswith("toolbox") else "class")
    return r.SessionOpened(
        v=1,
        session_kind=kind,
        dev=device,
        fac=None,
        pack=r.PackRef(
            id=plan.id, version=plan.version, files=pack.files_hash, plan=pack.plan_hash, signed=pack.signed
        ),
        program=setup.within.program or None,
        part=setup.within.part or None,
        cohort=setup.within.cohort or None,
        makes_up=setup.within.makes_up or None,
        title=setup.title or plan.say(plan.title, plan.language),
        site=setup.site,
        tz=setup.tz,
        langs=list(plan.langs),
        seq=seq,
        prev=prev,
        trust=trust.version if trust is not None else 0,
        seen=seen,
        policy=setup.policy,
        set=plan.set or msgspec.UNSET,
    )


def opening(setup: Setup) -> dict[str, str]:
    return {k: v for k, v in (("name", setup.facilitator), ("place", setup.place)) if v}
