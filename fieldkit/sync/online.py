"""`sync` over HTTPS: what head office has not receipted goes there, what it has for this laptop comes down.

In this order: the newest trust list, so that a bundle is sealed to those who can read it now, and the policy; what was
erased, so that the record of it goes along; the sessions; files of other laptops that lie here, sealed or not, read by
nobody on the way. Each fact is written down when it is true, so whatever ends the trip, the next one goes on from
there. What comes back counts for its signatures alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, Stopped, WrongUsage
from fieldkit.log.amended_note import Amended
from fieldkit.log.beside import policy_path
from fieldkit.log.files import write_durable
from fieldkit.log.listing import OPEN, UNREADABLE
from fieldkit.log.revoked import revoked_path
from fieldkit.log.trust import TrustList
from fieldkit.log.valid import valid_path
from fieldkit.station import SessionRef, Station
from fieldkit.sync import link
from fieldkit.sync.carry import begun_by_mistake, pack_waiting, take_trust, waiting
from fieldkit.sync.copying import Watch, hash_of
from fieldkit.sync.link import Answer, Link
from fieldkit.sync.mule import Carry, Mule
from fieldkit.sync.outbox import WORDS, Carried, Ingested, Outbox
from fieldkit.sync.policy import take_policy
from fieldkit.sync.reach import Address, Rest
from fieldkit.sync.receipts import OLDER, WORSE, heeded, take_receipts
from fieldkit.sync.sent import NOTHING, Sent, from_office
from fieldkit.sync.valid import take_revoked, take_valid

LISTS = 20
"""Most trust lists taken in one after another: one each time root has changed."""


class OnlineTrip(msgspec.Struct, frozen=True):
    """What one `sync` over the network did."""

    to: str
    files: list[tuple[str, str]]
    """(name, SHA-256) of this laptop's files that head office has now."""
    sessions: list[link.Said]
    """What it says of this laptop's sessions that were on their way."""
    left_out: list[str]
    """Origins of sessions that are damaged or missing and were not packed."""
    receipts: list[str]
    trust: int | None
    """Version of a newer trust list that was taken in; `policy` likewise."""
    policy: int | None
    not_taken: list[tuple[str, str]]
    """(what, reason): came back and was no use."""
    sealed_to: list[str]
    words: str
    """Six words that a bundle made now is sealed to."""
    open: int
    kept: list[str]
    others: list[Carry]
    skew: int
    """Seconds by which head office's clock is ahead of this laptop's, if that kept its door shut at first."""
    amended: list[Amended] = []
    """What head office has said about sessions of this laptop since the last time."""
    erased: bool = False
    """What head office has erased lately was taken in, and is erased here too."""
    valid: int | None = None
    """The moment (Unix s) of a newer list of who may do what that was taken in."""
    sent: Sent = NOTHING
    """Planned sessions and packs that came."""
    laid: list[str] = []
    """Files for other laptops that lie beside theirs: plans, lists, packs."""


async def sync_online(
    station: Station,
    to: Address,
    *,
    plain: bool = False,
    ca: Path | None = None,
    folder: Path | None = None,
    watch: Watch | None = None,
    rest: Rest | None = None,
    words: Callable[[str], None] = lambda kept: None,
) -> OnlineTrip:
    """Bring to head office at `to` what has no receipt, and files of other laptops in `held` and `folder`.

    `words` is told the six words a bundle is sealed to before anything is sent: nothing keeps them.
    Raises WrongUsage (`plain` over plain http), FieldkitError (network, certificate, disk), NotPossible (head office
    says no), Stopped.
    """
    if plain and not (to.tls or to.here):
        raise WrongUsage("Names would cross the network in the clear.", "Use https, or seal the bundle.")
    watch = watch or Watch()

    def now() -> int:
        return station.clock.wall_ms() // 1000

    if folder is not None and not folder.is_dir():
        raise FieldkitError(f"There is no folder {folder}.", "Check the path; is the stick plugged in?")
    try:
        async with Link(to, station.signer, now, ca=ca, watch=watch, rest=rest) as line:
            trip = _Trip(station, to, line, watch)
            await trip.newer()
            await trip.own(plain, words)
            mule = Mule(station, line, watch)
            own = {sha256 for _, sha256 in trip.files}
            for place in dict.fromkeys([station.home / "held", *([folder] if folder is not None else [])]):
                await mule.bring(place, own, trip.receipts_of)
            return trip.told(mule)
    except Stopped as stopped:
        raise Stopped("Stopped.", "Sync again when you like: nothing is sent twice.") from stopped


class _Trip:
    def __init__(self, station: Station, to: Address, line: Link, watch: Watch) -> None:
        self.station, self.to, self.line, self.watch = station, to, line, watch
        self.outbox = Outbox(station.outbox)
        self.files: list[tuple[str, str]] = []
        self.sessions: list[link.Said] = []
        self.receipts: list[str] = []
        self.trust: int | None = None
        self.policy: int | None = None
        self.amended: list[Amended] = []
        self.erased = False
        self.valid: int | None = None
        self.sent = NOTHING
        self.not_taken: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.kept: list[str] = []
        self.sealed_to: list[str] = []
        self.words = ""
        self.open = 0

    def told(self, mule: Mule) -> OnlineTrip:
        return OnlineTrip(
            to=self.to.url,
            files=self.files,
            sessions=self.sessions,
            left_out=self.left,
            receipts=sorted(set(self.receipts)),
            trust=self.trust,
            policy=self.policy,
            not_taken=[*self.not_taken, *mule.not_taken],
            sealed_to=self.sealed_to,
            words=self.words,
            open=self.open,
            kept=self.kept,
            others=mule.others,
            skew=self.line.skew,
            amended=self.amended,
            erased=self.erased,
            valid=self.valid,
            sent=self.sent,
            laid=mule.laid,
        )

    # -- down ------------------------------------------------------------------------------------------------

    async def newer(self) -> None:
        """The newest trust list, policy and erasures. Before enrolment nothing is asked for: the first list is accepted
        under a root that somebody typed."""
        home = self.station.home
        for _ in range(LISTS):
            held = self.station.trust
            raw = await self.line.down("trust", _sha(home / "trust.note")) if held is not None else None
            if held is None or raw is None:
                break
            try:
                self.trust = take_trust(self.station, held, raw).version
            except BadBytes as wrong:
                if wrong.reason != "not-newer":
                    self.not_taken.append(("trust.note", wrong.reason))
                break
        if self.station.trust is None:
            return
        if (raw := await self.line.down("policy", _sha(policy_path(home)))) is not None:
            try:
                self.policy = take_policy(self.station, raw).version
            except BadBytes as wrong:
                if wrong.reason != "not-newer":
                    self.not_taken.append(("policy.note", wrong.reason))
        await self._valid(self.station.trust)
        await self._revoked(self.station.trust)
        self.sent = await from_office(self.station, self.line, self.watch)
        self.not_taken += self.sent.not_taken
        kept = self.station.receipts_dir / "erased.notes"
        # A session file that was put back from a backup has names again that these notes took away.
        have = _sha(kept) if heeded(self.station, kept) else _sha(home / "none")
        if (raw := await self.line.down("notes", have)) is not None and await self.taken(raw, "erased.notes"):
            write_durable(kept, raw)
            self.erased = b"fieldkit-erase/1\n" in raw

    async def _valid(self, trust: TrustList) -> None:
        """Who may do what."""
        if (raw := await self.line.down("valid", _sha(valid_path(self.station.home)))) is not None:
            try:
                self.valid = take_valid(self.station, trust, raw).as_of
            except BadBytes as wrong:
                if wrong.reason != "not-newer":
                    self.not_taken.append(("valid.note", wrong.reason))

    async def _revoked(self, trust: TrustList) -> None:
        """Which certificates count no more."""
        if (raw := await self.line.down("revoked", _sha(revoked_path(self.station.home)))) is not None:
            try:
                take_revoked(self.station, trust, raw)
            except BadBytes as wrong:
                if wrong.reason != "not-newer":
                    self.not_taken.append(("revoked.note", wrong.reason))

    async def receipts_of(self, answer: Answer, file: str) -> None:
        """Take in what speaks of this laptop's sessions."""
        # Without a list nobody can tell who signed them; they come again with the next trip.
        if answer.receipts and self.station.trust is not None:
            await self.taken(answer.receipts.encode(), f"{file}: receipts")

    async def taken(self, raw: bytes, what: str) -> bool:
        """Take in a receipts file, if it is one and good."""
        try:
            taken = await take_receipts(self.station, raw, self.watch.taking)
        except Stopped:
            raise
        except (BadBytes, NotPossible) as wrong:
            self.not_taken.append((what, wrong.reason if isinstance(wrong, BadBytes) else wrong.sentence))
            return False
        self.receipts += taken.origins
        self.amended += taken.amended
        self.not_taken += [(origin, "head office holds another history") for origin in taken.differs]
        self.not_taken += [(origin, "its file cannot be read") for origin in taken.unread]
        self.not_taken += [(origin, OLDER) for origin in taken.older]
        self.not_taken += [(origin, WORSE) for origin in taken.worse]
        return True

    # -- up --------------------------------------------------------------------------------------------------

    async def own(self, plain: bool, words: Callable[[str], None]) -> None:
        """This laptop's sessions, in files that lie ready or in one that is packed now."""
        refs = waiting(self.station, self.outbox)
        self.kept = [ref.origin for ref in refs if begun_by_mistake(ref)]
        self.left = [ref.origin for ref in refs if ref.state in UNREADABLE]
        good = [ref for ref in refs if ref.state not in UNREADABLE and ref.origin not in self.kept]
        self.open = sum(ref.state in OPEN for ref in good)
        files = self._ready(good, plain)
        if good and not files:
            info, self.left = pack_waiting(self.station, self.station.outbox, plain=plain, watch=self.watch)
            if info is not None:
                files = {Path(info.file).name: info.sha256}
                self.sealed_to, self.words = info.sealed_to, info.words
                if info.words:
                    words(info.words)
        sizes = {ref.origin: ref.size for ref in good}
        for name, sha256 in files.items():
            path = self.station.outbox / name
            answer = await self.line.carry(path, sha256, path.stat().st_size)
            self.files.append((name, sha256))
            self._write_down(answer, name, sha256, sizes)
            await self.receipts_of(answer, name)
        self.outbox.tidy()

    def _ready(self, refs: Sequence[SessionRef], plain: bool) -> dict[str, str]:
        """Files in the outbox that hold every one of these sessions as it is now, sealed as it would be now; name →
        SHA-256. Empty if one has to be packed. What is sealed to words counts only once head office has it: were the
        words not read the first time, nobody has them."""
        trust = self.station.trust
        recipients = sorted(trust.recipients) if trust is not None else []
        wanted = [] if plain else recipients or [WORDS]
        files: dict[str, str] = {}
        for ref in refs:
            facts = self.outbox.facts(ref.origin)
            fact, there = facts.sealed, facts.carried_to(self.to.url)
            if wanted == [WORDS] and (fact is None or there is None or there.sha256 != fact.sha256):
                return {}
            if fact is None or fact.size != ref.size or sorted(fact.to) != wanted or Path(fact.file).name != fact.file:
                return {}
            files[fact.file] = fact.sha256
        for name, sha256 in files.items():
            try:
                if hash_of(self.station.outbox / name, self.watch, "look") != sha256:
                    return {}
            except OSError:
                return {}
        return files

    def _write_down(self, answer: Answer, name: str, sha256: str, sizes: dict[str, int]) -> None:
        """Every session in the file is there now; what became of it is what head office says, else what it says of the
        file as a whole."""
        named = {one.origin for one in answer.sessions}
        said = {one.origin: one for one in answer.sessions if one.result in link.RESULTS}
        whole, unnamed = said.get(None), False
        for origin, size in sizes.items():
            fact = self.outbox.facts(origin).sealed
            if fact is None or fact.file != name:
                continue
            if None not in named and origin not in named:
                unnamed = True  # whoever answered speaks of something else: it stays sealed
                continue
            self.outbox.carried(origin, Carried(size, self.to.url, name, sha256))
            one = said.get(origin) or (link.Said(origin, size, whole.result, whole.reason) if whole else None)
            if one is not None:
                one = link.Said(origin, size, one.result, link.plain(one.reason))
                self.sessions.append(one)
                self.outbox.ingested(origin, Ingested(size, one.result, one.reason))
        if unnamed:
            raise FieldkitError(
                "The answer does not name every session that was sent.",
                "Check the address; if it is right, tell head office.",
            )


def _sha(path: Path) -> str:
    """SHA-256 of a small file of ours; of nothing where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return hashlib.sha256(b"").hexdigest()
