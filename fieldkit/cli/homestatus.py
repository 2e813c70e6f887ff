"""What the home screen says at a glance: what head office still lacks, disk, clock, key; and which packs are certified.

"Safe to go home" means one thing only: head office has signed for every record on this laptop. A copy on a stick is
on its way and not there yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fieldkit.cli.checks import Check
from fieldkit.cli.checks import clock as clock_check
from fieldkit.clock import local_zone
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.trust import TrustList
from fieldkit.packs.compile import pack_signed
from fieldkit.packs.find import Found
from fieldkit.station import WARN_FREE, SessionRef, Station
from fieldkit.sync.outbox import Outbox
from fieldkit.tui.hometools import CheckLine, SaidPart, Status

OPEN = ("running", "paused")


def status(station: Station, sessions: Sequence[SessionRef], tz: str = "") -> Status:
    """Looks at every session's way to head office, the disk, the clock and the key; changes nothing."""
    now_ms = station.clock.wall_ms()
    now = now_ms // 1000
    outbox = Outbox(station.outbox)
    waiting: list[int] = []
    carried, newest = 0, 0
    for ref in sessions:
        facts = outbox.facts(ref.origin)
        stage = facts.stage(ref.size)
        newest = max(newest, facts.receipted.time if facts.receipted is not None else 0)
        if stage != "receipted":
            waiting.append(ref.opened_t // 1000)
            carried += stage in ("carried", "ingested")
    held = trust_of(station)
    line = held.find(station.signer.vkey) if held is not None and station.keyless is None else None
    ticks = clock_check(station, now_ms, local_zone(), tz)
    try:
        free = station.free_bytes()
    except OSError:
        free = 0
    return Status(
        now=now,
        office=held.org if held is not None else "",
        enrolled=held is not None and line is not None and line.state(now) == "ok" and not held.expired(now),
        key_ends=min(line.until, held.expires) if held is not None and line is not None else None,
        key=station.device,
        sessions=len(sessions),
        unsynced=len(waiting),
        carried=carried,
        oldest=min((t for t in waiting if t > 0), default=None),
        receipt=newest or None,
        open=sum(1 for ref in sessions if ref.state in OPEN),
        damaged=sum(1 for ref in sessions if ref.state in UNREADABLE),
        free=free,
        disk=free >= WARN_FREE,
        clock=ticks.ok,
        clock_check=check_line(ticks),
    )


def check_line(one: Check) -> CheckLine:
    """A line of `fieldkit doctor` as the terminal takes it."""
    parts = tuple(SaidPart(x.template, x.params) for x in one.parts)
    todo = SaidPart(one.todo.template, one.todo.params) if one.todo is not None else None
    return CheckLine(check=one.check, ok=one.ok, words=one.words, hint=one.hint, parts=parts, todo=todo)


def trust_of(station: Station) -> TrustList | None:
    """The accepted trust list; None without one, and while it cannot be read, which the room check says."""
    try:
        return station.trust
    except DamagedData:
        return None


class Certified:
    """Which packs a publisher of the trust list has signed, and which ones this laptop's trainers may run.

    A pack is read whole to know it, so what is known is kept as long as nothing of it changed.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Path, tuple[str, ...]], tuple[int, bool]] = {}

    def pack(self, found: Found, trust: TrustList | None, now: int) -> bool | None:
        """None without a trust list; False also for a pack that cannot be read."""
        if trust is None or found.problem:
            return None
        keys = tuple(str(key.vkey) for key in trust.of("publisher") if key.state(now) == "ok")
        stamp = _stamp(found.path)
        kept = self._known.get((found.path, keys))
        if kept is not None and kept[0] == stamp:
            return kept[1]
        try:
            signed = bool(keys) and pack_signed(found.path, found.id, found.version, keys)
        except (BadBytes, FieldkitError):
            signed = False
        self._known[(found.path, keys)] = (stamp, signed)
        return signed

    def trainer(self, found: Found, trust: TrustList | None, keys: Sequence[str], now: int) -> bool | None:
        """Whether a trainer's key of this laptop (`keys`, as written) is certified for the pack; None: nothing said."""
        lines = [x for x in trust.of("facilitator") if str(x.vkey) in keys] if trust is not None else []
        said = [x for x in lines if x.packs is not None]
        if not said:
            return None
        return any(x.packs is not None and found.id in x.packs and x.state(now) == "ok" for x in said)


def _stamp(path: Path) -> int:
    """Changes when a file of the pack does: sizes and times of all of them."""
    try:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        return hash(tuple((str(f), s.st_size, s.st_mtime_ns) for f in files[:2_000] if (s := f.stat())))
    except OSError:
        return 0
