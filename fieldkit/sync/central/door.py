"""Head office's door on the network: who may ask, how much, how often. What is in a file, ingest judges.

Anybody who can sign as *some* laptop may leave a file, because a laptop that is not on the trust list yet must be able
to: its sessions are held. Such a stranger gets less of everything. Times are Unix seconds by central's clock where a
note is judged, and seconds of a steady clock where requests are counted; both are arguments. What is counted lives in
memory.
"""

from __future__ import annotations

import tomllib

import msgspec

from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.keys import VKey
from fieldkit.log.put import parse_header
from fieldkit.log.trust import TrustList
from fieldkit.sync.central.held import COPY_LIMIT
from fieldkit.sync.central.home import Home

HELD_MB = 10 * 1024


class Limits(msgspec.Struct, frozen=True):
    """What one listener bears. Sizes in bytes, times in seconds."""

    note_s: int = 600
    """A note's time may differ so much from central's clock."""
    file: int = COPY_LIMIT
    stranger_file: int = 64 << 20
    """A bundle sealed to words cannot be larger."""
    uploads: int = 32
    uploads_a_peer: int = 4
    sockets: int = 1024
    sockets_a_peer: int = 64
    handshake_s: float = 10.0
    header_s: float = 10.0
    idle_s: float = 30.0
    quiet_s: float = 30.0
    """So long a body may be silent."""
    slow_s: float = 60.0
    slow_bytes: int = 16 * 1024
    """In each `slow_s` at least so much of a body comes."""
    asks_a_minute: int = 240
    """Of one laptop on the list, and of one address for all others."""
    strangers_a_minute: int = 20
    """Files of laptops that are not on the list, all together."""
    free: int = 256 << 20
    """So much of the disk stays free."""


class No(Exception):
    """A request that is not answered with what it asked for: status, reason code, one sentence."""

    def __init__(self, status: int, reason: str, sentence: str, after: int = 0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.sentence, self.after = status, reason, sentence, after


class Caller(msgspec.Struct, frozen=True):
    """Whose note it was. `known`: on the trust list in force, and its key counts today."""

    vkey: VKey
    known: bool


class Pace:
    """At most so many in any minute, for each key."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._times: dict[str, list[float]] = {}

    def take(self, key: str, now: float) -> bool:
        """True if this one is within the limit (and counts)."""
        times = self._times.setdefault(key, [])
        times[:] = [t for t in times if t > now - 60.0]
        if len(times) >= self._limit:
            return False
        times.append(now)
        return True

    def sweep(self, now: float) -> None:
        """Forget keys that have been quiet for a minute."""
        for key in [k for k, times in self._times.items() if not times or times[-1] <= now - 60.0]:
            del self._times[key]

    def __len__(self) -> int:
        return len(self._times)


class Door:
    """Looks at the note of every request."""

    def __init__(self, home: Home, limits: Limits) -> None:
        self._home = home
        self._limits = limits
        self._asks = Pace(limits.asks_a_minute)
        self._strangers = Pace(limits.strangers_a_minute)
        self._read: tuple[tuple[int, int, int], TrustList] | None = None

    def admit(self, header: str | None, sha256: str, peer: str, now: int, tick: float) -> Caller:
        """Who asks about the file `sha256`. `now` Unix seconds, `tick` the steady clock's. Raises No."""
        if header is None:
            raise self._bad(peer, tick, "no-note", "This door opens to a laptop's signed note only.")
        try:
            put = parse_header(header)
        except BadBytes as wrong:
            raise self._bad(peer, tick, wrong.reason, "The note that came with this is no good.") from None
        if abs(put.time - now) > self._limits.note_s:
            raise self._bad(peer, tick, "stale-note", "The note is not of this moment: one of the clocks is wrong.")
        if put.sha256 != sha256:
            raise self._bad(peer, tick, "other-file", "The note speaks of another file.")
        line = self.trust().find(put.vkey)
        known = line is not None and line.kind == "device" and line.state(now) == "ok"
        # Anybody can make keys, so those that are not on the list count together.
        if not self._asks.take(str(put.vkey) if known else f"address {peer}", tick):
            raise too_many()
        return Caller(put.vkey, known)

    def stranger(self, tick: float) -> None:
        """A laptop that is not on the list leaves a file. Raises No when too many do."""
        if not self._strangers.take("", tick):
            raise too_many()

    def sweep(self, tick: float) -> None:
        self._asks.sweep(tick)
        self._strangers.sweep(tick)

    def trust(self) -> TrustList:
        """The list in force; read again when its file changed. Raises DamagedData."""
        try:
            found = self._home.trust_path.stat()
        except OSError:
            return self._home.trust()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if self._read is None or self._read[0] != stamp:
            home = Home.open(self._home.path)  # a new list may have brought a new root
            self._home, self._read = home, (stamp, home.trust())
        return self._read[1]

    def _bad(self, peer: str, tick: float, reason: str, sentence: str) -> No:
        if not self._asks.take(f"address {peer}", tick):
            return too_many()
        return No(403 if reason == "other-file" else 401, reason, sentence)


def too_many() -> No:
    return No(429, "too-many", "This is asked too often.", after=30)


def held_limit(home: Home) -> int:
    """Bytes that files which wait for a person may take: `held_mb` in central.toml, else 10 GiB. Raises DamagedData."""
    try:
        mb = tomllib.loads((home.path / "central.toml").read_text("utf-8")).get("held_mb", HELD_MB)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise DamagedData(f"The files of central in {home.path} are damaged.", "Restore them from a backup.") from wrong
    if type(mb) is not int or not 0 <= mb <= 1 << 30:
        raise DamagedData("held_mb in central.toml is no number of megabytes.", "Write it like held_mb = 10240.")
    return mb << 20
