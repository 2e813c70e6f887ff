"""This laptop: its folder, its key, its sessions, its trust list. Opens and resumes sessions; numbers and links them.

`Station.open` only reads and makes what is missing (folders, the device key). `Station.start` and `Station.resume`
open a session's log for a desk and need the host lock: one host a data folder at a time.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fieldkit.clock import Clock, SystemClock
from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft
from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log import heads
from fieldkit.log.keys import Signer
from fieldkit.log.lock import Lock
from fieldkit.log.names import b64, device_name, make_origin, split_origin
from fieldkit.log.note import open_note, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import TrustList, parse_trust
from fieldkit.packs.compile import Compiled
from fieldkit.seats import room_code

LEAST_FREE = 200 * 1024 * 1024
"""Bytes: below this no session starts."""
WARN_FREE = 500 * 1024 * 1024
FOLDERS = ("keys", "packs", "sessions", "ballots", "outbox", "receipts", "held")
_FILE = re.compile(r"(?P<seq>[0-9]{6,9})-(?P<tail>[0-9a-hjkmnp-tv-z]{8})\.db\Z")


class SessionRef(msgspec.Struct, frozen=True):
    """One session on this laptop, as its file says. `state`: running (or interrupted), paused, ended, damaged, or
    older: a copy from before what this laptop has signed, readable and never resumed."""

    seq: int
    suffix: str
    origin: str
    path: Path
    title: str = ""
    pack_id: str = ""
    pack_version: str = ""
    state: str = ""
    size: int = 0
    opened_t: int = 0
    site: str = ""


class Setup(msgspec.Struct, frozen=True):
    """What a new session is begun with."""

    pack: Compiled
    title: str = ""
    site: str = ""
    facilitator: str = ""
    kind: str = ""
    """class, toolbox, makeup, evaluation; empty: by the pack."""
    tz: str = "UTC"
    policy: r.Policy = r.Policy()
    roster: Sequence[w.Expect] = ()
    place: str = ""


class Begun(msgspec.Struct, frozen=True):
    """A session's log, open and locked, and what a desk needs beside it. Whoever gets it closes the store."""

    store: Store
    plan: Plan
    secret: bytes
    code: str
    resumed: bool


class Station:
    """A data folder and the device key in it."""

    def __init__(self, home: Path, signer: Signer, clock: Clock) -> None:
        self.home = home
        self.signer = signer
        self.clock = clock
        self._known: dict[str, int] = {}

    # ---- opening ---------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, home: Path, *, org: str | None = None, clock: Clock | None = None) -> Station:
        """The station in `home` (made with mode 0700 if new). At first start it makes its key, under `org` if known."""
        old = os.umask(0o077)
        try:
            for folder in (home, *(home / name for name in FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = home / "keys" / "device.key"
            if not key.exists():
                if any((home / "sessions").glob("*.db")):
                    raise DamagedData(
                        "The device key is gone but its sessions are here.",
                        "Put keys/device.key back from a backup; a new key could not go on with these sessions.",
                    )
                Signer.generate(device_name(secrets.token_bytes(12), org)).save(key)
            return cls(home, Signer.load(key), clock or SystemClock())
        except OSError as error:
            raise FieldkitError(
                f"The data folder {home} cannot be used ({error.strerror or type(error).__name__}).",
                "Choose another one with --data, or check that you may write there.",
            ) from error
        finally:
            os.umask(old)

    @property
    def trust(self) -> TrustList | None:
        """The accepted trust list, or None before enrolment."""
        path = self.home / "trust.note"
        if not path.exists():
            return None
        try:  # it was verified when it was accepted, against the list before it
            return parse_trust(split_note(path.read_bytes())[0])
        except BadBytes as wrong:
            raise DamagedData(
                f"The trust list of this laptop cannot be read ({wrong.reason}).",
                "Take it in again: fieldkit trust accept FILE --root VKEY.",
            ) from wrong

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
        return self.home / "keys" / "heads"

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.home).free

    def lock(self) -> Lock:
        """One host at a time: hold this while a session runs."""
        return Lock(self.home / "host.lock")

    # ---- sessions --------------------------------------------------------------------------------------------

    def paths(self) -> list[Path]:
        """Session files, oldest number first."""
        found = [x for x in (self.home / "sessions").iterdir() if _FILE.match(x.name)]
        return sorted(found, key=lambda x: (len(x.name), x.name))

    def sessions(self) -> list[SessionRef]:
        """Every session that was really begun, oldest first; a file that cannot be read is listed as damaged."""
        self._known = {x.origin: x.n for x in heads.read(self.heads)}
        found = [self._ref(path) for path in self.paths()]
        return [x for x in found if x.size or x.state == "damaged"]

    def _ref(self, path: Path) -> SessionRef:
        match = _FILE.match(path.name)
        assert match is not None  # paths() lists only these
        seq, tail = int(match["seq"]), match["tail"]
        try:
            with SessionFile.open(path) as file:
                return self._described(path, seq, tail, file)
        except (FieldkitError, OSError):
            return SessionRef(seq, tail, f"{self.signer.name}/{path.stem}", path, state="damaged")

    def _described(self, path: Path, seq: int, tail: str, file: SessionFile) -> SessionRef:
        size = file.head.size
        ref = SessionRef(seq, tail, file.origin, path, size=size)
        if not size:
            return ref
        first = file.record(0)
        state = "running"
        for i in range(size - 1, -1, -1):
            kind = file.record(i).k
            if kind in ("session.close", "session.reopen", "session.pause", "session.resume", "session.open"):
                state = {"session.close": "ended", "session.pause": "paused"}.get(kind, "running")
                break
        if self._known.get(file.origin, 0) > size:
            state = "older"
        opened = first.fact
        if not isinstance(opened, r.SessionOpened):
            return msgspec.structs.replace(ref, state="damaged")
        return msgspec.structs.replace(
            ref,
            title=opened.title,
            pack_id=opened.pack.id,
            pack_version=opened.pack.version,
            state=state,
            opened_t=first.t,
            site=opened.site,
        )

    def find(self, which: str) -> SessionRef:
        """SESSION as people write it: an origin, its last part or suffix, a sequence number, or `last`."""
        every = self.sessions()
        if not every:
            raise NotPossible("There is no session on this laptop yet.", "Start one: `fieldkit host`.")
        if which == "last":
            return every[-1]
        found = [
            x for x in every if which in (x.origin, x.suffix, x.path.stem) or (which.isdigit() and int(which) == x.seq)
        ]
        if not found:
            raise NotPossible(f"There is no session {which!r} here.", "`fieldkit sessions` lists those there are.")
        if len(found) > 1:
            raise NotPossible(f"{which!r} means more than one session.", "Write the last part of its origin.")
        return found[0]

    def interrupted(self, pack_id: str, version: str) -> SessionRef | None:
        """The newest session of this pack that has not ended."""
        for ref in reversed(self.sessions()):
            if (ref.pack_id, ref.pack_version) == (pack_id, version) and ref.state in ("running", "paused"):
                return ref
        return None

    def next_seq(self) -> int:
        """A number is used only with its signed `session.open`: files without a record do not count."""
        known = [x.seq for x in self.sessions()]
        known += [split_origin(x.origin).seq for x in heads.read(self.heads) if x.origin.startswith(self.signer.name)]
        return max(known, default=0) + 1

    def _check_disk(self) -> None:
        free = self.free_bytes()
        if free < LEAST_FREE:
            raise FieldkitError(
                f"Only {free // 1_000_000} MB are free on this disk; a session needs 200 MB to be safe.",
                "Free some space, then start again.",
            )

    async def start(self, setup: Setup) -> Begun:
        """Begin a new session: its file, its plan, `session.open`, the trainer and the roster, in one commit."""
        self._check_disk()
        seq = self.next_seq()
        origin = make_origin(self.signer.name, seq, secrets.token_bytes(8))
        path = self.home / "sessions" / f"{origin.rsplit('/', 1)[1]}.db"
        code, secret = room_code(secrets.token_bytes(4)), secrets.token_bytes(32)
        meta = {"code": code.encode(), "secret": secret}
        meta.update({f"blob/{key}": value for key, value in setup.pack.blobs.items()})
        prev, seen = self._before()
        store = await Store.create(path, origin, self.signer, setup.pack.plan_bytes, meta)
        try:
            drafts = [Draft(opened(setup, self.signer.name, seq, prev, self.trust, seen), None, opening(setup))]
            if setup.facilitator:
                drafts.append(Draft(r.StaffSet(role="trainer"), None, {"name": setup.facilitator}))
            for row in setup.roster:
                private = {**row.fields, **({"notes": [list(x) for x in row.notes]} if row.notes else {})}
                drafts.append(Draft(r.PersonExpected(), row.new_p, private))
            now = Moment(0, self.clock.wall_ms(), self.clock.boot(), self.clock.reading_ns())
            await store.append([Pending(tuple(drafts))], now, secrets.token_bytes)
            return Begun(store, setup.pack.plan, secret, code, False)
        except BaseException:
            await store.close()
            raise

    async def resume(self, ref: SessionRef) -> Begun:
        """Go on with an interrupted session, exactly where it was; an older copy of it is refused."""
        self._check_disk()
        store = await Store.open(ref.path, self.signer)
        try:
            leaves = await store.leaves()
            heads.check(self.heads, store.origin, leaves)
            secret, code = await store.meta("secret"), await store.meta("code")
            if secret is None or code is None:
                raise DamagedData(f"{ref.path.name} has lost its room code.", "Start a new session.")
            plan = msgspec.json.decode(store.plan, type=Plan)
            return Begun(store, plan, secret, code.decode(), True)
        except BaseException:
            await store.close()
            raise

    def kept_port(self, ref: SessionRef) -> int | None:
        """The port on which this session was last reached."""
        with SessionFile.open(ref.path) as file:
            kept = file.meta("port")
        return int(kept) if kept and kept.isdigit() else None

    def remember(self, store: Store) -> None:
        """Keep the head of a session in `keys/heads`, so that an older copy of its file is known as one."""
        heads.remember(self.heads, store.origin, store.head.size, store.head.root)

    def _before(self) -> tuple[r.Prev | None, int]:
        """What came before a new session: the newest known state of the session before it, and the newest time (Unix
        s) at which head office cosigned anything here (0 if never), which brackets this laptop's clock from below.
        """
        known = {x.origin: (x.n, x.root) for x in heads.read(self.heads) if x.origin.startswith(f"{self.signer.name}/")}
        keys = self.trust.vkeys("central") if self.trust is not None else []
        seen = 0
        for ref in self.sessions():
            if ref.state == "damaged":
                continue
            with SessionFile.open(ref.path) as file:
                head, note = file.head, file.checkpoint()
            if known.get(head.origin, (0, b""))[0] < head.size:  # else the file is an older copy of what was signed
                known[head.origin] = (head.size, head.root)
            if keys:
                with contextlib.suppress(BadBytes):  # no cosignature yet
                    seen = max(seen, open_note(note, keys).time_of("central") or 0)
        if not known:
            return None, seen
        last = max(known, key=lambda origin: split_origin(origin).seq)
        return r.Prev(n=known[last][0], o=last, root=b64(known[last][1])), seen


def opened(
    setup: Setup, device: str, seq: int, prev: r.Prev | None, trust: TrustList | None, seen: int
) -> r.SessionOpened:
    """The `session.open` of a new session."""
    plan = setup.pack.plan
    kind = setup.kind or ("toolbox" if plan.id.startswith("toolbox") else "class")
    return r.SessionOpened(
        v=1,
        session_kind=kind,
        dev=device,
        fac=None,
        pack=r.PackRef(
            id=plan.id,
            version=plan.version,
            files=setup.pack.files_hash,
            plan=setup.pack.plan_hash,
            signed=setup.pack.signed,
        ),
        program=None,
        part=None,
        cohort=None,
        makes_up=None,
        title=setup.title or plan.say(plan.title, plan.language),
        site=setup.site,
        tz=setup.tz,
        langs=list(plan.langs),
        seq=seq,
        prev=prev,
        trust=trust.version if trust is not None else 0,
        seen=seen,
        policy=setup.policy,
    )


def opening(setup: Setup) -> dict[str, str]:
    said = {"name": setup.facilitator, "place": setup.place}
    return {k: v for k, v in said.items() if v}
