"""Laptops, clones, restored backups, sticks, erasures and head office, in any order that chance thinks of.

Every part is the real one: data folders, session files, bundles, ingest. A model keeps the leaves of every log that was
ever signed, so it knows which histories agree. After every step: head office has stored nothing but a log that one
laptop signed, has cosigned nothing beside it, has answered *fork* whenever two histories met and never else, and has
nothing back that was erased, by a laptop or by itself, also out of a backup of its own. At the end everything is
delivered, and either all of it is there or somebody is told.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.log.bundle import write_bundle
from fieldkit.log.heads import OlderCopy
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import leaf_hash, root_of
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending
from fieldkit.log.trust import enrol_note
from fieldkit.packs.compile import Compiled
from fieldkit.station import SessionRef, Setup, Station
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipts_file
from fieldkit.sync.central.replay import records_of
from fieldkit.sync.receipts import take_receipts
from tests.kit.central import NOON, Laptop, Office
from tests.kit.clock import ManualClock
from tests.kit.plans import PLAN

T = TypeVar("T")
RAW = canonical_plan(msgspec.to_builtins(PLAN))
PACK = Compiled(PLAN, RAW, hashlib.sha256(RAW).hexdigest(), "0" * 64, {}, False)
Leaves = tuple[bytes, ...]
NAMES = ("7q2k", "9m4x")
"""Two laptops with keys of their own; clones have the key of one of them."""


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def begins(a: Leaves, b: Leaves) -> bool:
    """Whether the shorter is the beginning of the longer."""
    n = min(len(a), len(b))
    return a[:n] == b[:n]


class Sticks(RuleBasedStateMachine):
    laptops = Bundle("laptops")
    """Data folders."""
    backups = Bundle("backups")
    sticks = Bundle("sticks")
    """Bundles: bytes, and the leaves of each session in them by origin."""
    office_backups = Bundle("office_backups")
    """Copies of head office's database, with what the model knew then."""

    @initialize(target=laptops, name=st.sampled_from(NAMES))
    def a_laptop(self, name: str) -> Path:
        self.folder = Path(tempfile.mkdtemp())
        self.office = now(Office.make(self.folder))
        self.turn = 0
        self.stored: dict[str, Leaves] = {}
        self.forked: set[str] = set()
        self.erased: set[tuple[Any, ...]] = set()
        self.homes: list[Path] = []
        self.twins = False
        """Whether there was ever a second folder with one key, or an older one in its place."""
        self.behind = 0
        """How often an older copy was known as one."""
        home = self._laptop(name)
        now(self._begin(home, close=False))
        return home

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            self._deliver_everything()
        finally:
            shutil.rmtree(self.folder)

    # ---- what people do --------------------------------------------------------------------------------------

    @rule(target=laptops, name=st.sampled_from(NAMES))
    def another_laptop(self, name: str) -> Path:
        return self._laptop(name)

    @rule(home=laptops, close=st.booleans())
    def begin(self, home: Path, close: bool) -> None:
        """A session with two people."""
        now(self._begin(home, close))

    @rule(home=laptops, which=st.sampled_from([0, 0, 1]), erase=st.sampled_from([False, False, True]))
    def go_on(self, home: Path, which: int, erase: bool) -> None:
        """Take a session up again: somebody joins, or has their name taken out."""
        station = self._station(home)
        refs = [ref for ref in station.sessions() if ref.state in ("running", "older")]
        if refs:
            now(self._go_on(station, refs[which % len(refs)], erase))

    @rule(target=laptops, home=laptops)
    def clone(self, home: Path) -> Path:
        """The disk is copied, key and all."""
        self.twins = True
        return self._copy(home, "clone")

    @rule(target=backups, home=laptops)
    def back_up(self, home: Path) -> Path:
        return self._copy(home, "backup")

    @rule(home=laptops, backup=backups, heads=st.booleans())
    def restore(self, home: Path, backup: Path, heads: bool) -> None:
        """Yesterday's folder comes back. With `heads` what the laptop remembers of its sessions is left as it is, and
        tells an older copy; without, nothing on the laptop can."""
        self.twins = True
        kept = (home / "keys" / "heads").read_bytes() if (home / "keys" / "heads").exists() else None
        shutil.rmtree(home)
        shutil.copytree(backup, home)
        if heads and kept is not None:
            (home / "keys" / "heads").write_bytes(kept)

    @rule(target=sticks, home=laptops)
    def carry(self, home: Path) -> tuple[bytes, dict[str, Leaves]]:
        return self._bundled(home)

    @rule(home=laptops)
    def send(self, home: Path) -> None:
        """Over the network: what the laptop has goes straight to head office."""
        self._deliver(*self._bundled(home))

    @rule(home=laptops, heads=st.booleans(), told=st.booleans())
    def yesterday(self, home: Path, heads: bool, told: bool) -> None:
        """Backed up, gone on with, `told` to head office or not, restored, gone on with again."""
        backup = self._copy(home, "backup")
        self.go_on(home, 0, erase=False)
        if told:
            self.send(home)
        self.restore(home, backup, heads)
        self.go_on(home, 0, erase=False)
        self.send(home)

    @rule(stick=sticks)
    def deliver(self, stick: tuple[bytes, dict[str, Leaves]]) -> None:
        """Any stick, any number of times, in any order."""
        self._deliver(*stick)

    # ---- at head office --------------------------------------------------------------------------------------

    @rule(which=st.integers(0, 3), person=st.integers(0, 1))
    def office_erases(self, which: int, person: int) -> None:
        """Somebody asks head office to be forgotten."""
        now(self._erase(which, person))

    @rule(target=office_backups)
    def back_up_office(self) -> tuple[Path, dict[str, Leaves], set[str]]:
        self.turn += 1
        copy = self.folder / f"office-{self.turn}.db"
        with closing(sqlite3.connect(self.office.home.path / "central.db")) as db, closing(sqlite3.connect(copy)) as to:
            db.backup(to)
        return copy, dict(self.stored), set(self.forked)

    @rule(backup=office_backups)
    def restore_office(self, backup: tuple[Path, dict[str, Leaves], set[str]]) -> None:
        """Yesterday's database comes back; what was erased since is not in it, and must not be seen again."""
        copy, stored, forked = backup
        for path in self.office.home.path.glob("central.db*"):
            path.unlink()
        shutil.copy(copy, self.office.home.path / "central.db")
        self.stored, self.forked = dict(stored), set(forked)
        now(self._check())

    @rule(home=laptops)
    def answer(self, home: Path) -> None:
        """Receipts, and what was erased, come down to a laptop."""
        now(self._answer_down(home))

    # ---- what must always be so ------------------------------------------------------------------------------

    async def _check(self) -> None:
        """Head office holds what the model says, and nothing beside it."""
        async with await Intake.open(self.office.home) as intake, intake.db.transaction() as tx:
            sessions = {one.origin: (one.size, one.root) for one in await tx.sessions()}
            assert sessions == {origin: (len(x), root_of(x)) for origin, x in self.stored.items()}
            findings = await tx.findings()
            assert {f.origin for f in findings if f.code == "fork"} == self.forked
            for origin, leaves in self.stored.items():
                for size, root in await tx.cosigned(origin):
                    assert root == root_of(leaves[:size]), "two histories of one session were cosigned"
            lines = await tx._all("SELECT origin, line FROM record ORDER BY origin, i")
            openings = {tuple(row) for row in await tx._all("SELECT origin, i FROM opening")}
            erased = {tuple(row) for row in await tx._all("SELECT origin, i FROM erased")}
        there: dict[str, list[bytes]] = {}
        for origin, line in lines:
            there.setdefault(origin, []).append(leaf_hash(line))
        assert {origin: tuple(x) for origin, x in there.items()} == self.stored
        assert self.erased <= erased and not openings & erased, "what was erased came back"
        self.erased = erased

    # ---- how ---------------------------------------------------------------------------------------------------

    def _laptop(self, name: str) -> Path:
        home = self.folder / f"laptop-{len(self.homes)}-{name}"
        (home / "keys").mkdir(parents=True)
        laptop = Laptop.named(name, "ld.acme.example")
        laptop.signer.save(home / "keys" / "device.key")
        if any(name in other.name for other in self.homes):
            self.twins = True
        else:
            self.office.enrol(laptop)
        self.homes.append(home)
        return home

    def _copy(self, home: Path, what: str) -> Path:
        self.turn += 1
        to = self.folder / f"{what}-{self.turn}-{home.name[-4:]}"
        shutil.copytree(home, to)
        if what == "clone":
            self.homes.append(to)
        return to

    def _station(self, home: Path) -> Station:
        self.turn += 1
        station = Station.open(home, clock=ManualClock(NOON * 1000 + 60_000 * self.turn))
        turn = self.turn
        count = iter(range(10**6))

        def entropy(n: int) -> bytes:
            return hashlib.shake_256(f"{turn} {next(count)}".encode()).digest(n)

        station.entropy = entropy
        return station

    def _person(self) -> Draft:
        p = hashlib.sha256(f"p {self.turn}".encode()).hexdigest()[:8]
        fact = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True)
        return Draft(fact, p, {"name": f"Worker {self.turn}"})

    async def _begin(self, home: Path, close: bool) -> None:
        station = self._station(home)
        begun = await station.start(Setup(pack=PACK, facilitator="Sam Ortiz"))
        await self._put(station, begun.store, [self._person(), *([Draft(r.SessionClosed(why="request"))] * close)])

    async def _go_on(self, station: Station, ref: SessionRef, erase: bool) -> None:
        try:
            begun = await station.resume(ref)
        except OlderCopy:
            self.behind += 1
            return
        drafts = [self._person()]
        if erase:
            gone = [x.i for x in await begun.store.records() if isinstance(x.fact, r.PersonJoined)][:1]
            drafts = [Draft(r.Erased(refs=gone, why="request"))]
        await self._put(station, begun.store, drafts)

    async def _put(self, station: Station, store: Any, drafts: list[Draft]) -> None:
        try:
            m = (await store.last_moment()).m
            await store.append([Pending(tuple(drafts))], Moment(m + 60_000, station.clock.wall_ms()), station.entropy)
            station.remember(store)
        finally:
            await store.close()

    def _bundled(self, home: Path) -> tuple[bytes, dict[str, Leaves]]:
        """A bundle of everything on this laptop; nothing when there is no session."""
        paths = sorted((home / "sessions").glob("*.db")) if (home / "sessions").is_dir() else []
        files = [SessionFile.open(path) for path in paths]
        try:
            if not files:
                return b"", {}
            out = self.folder / "stick.fkb"
            signer = Signer.load(home / "keys" / "device.key")
            write_bundle(files, ("enrol.note", enrol_note(signer, NOON - 86_400)), out, lock=None)
            return out.read_bytes(), {file.origin: tuple(map(leaf_hash, file.lines())) for file in files}
        finally:
            for file in files:
                file.close()

    async def _erase(self, which: int, person: int) -> None:
        if not self.stored:
            return
        origin = sorted(self.stored)[which % len(self.stored)]
        async with await Intake.open(self.office.home) as intake, intake.db.transaction() as tx:
            joins = [x.i for x in await records_of(tx, origin) if isinstance(x.fact, r.PersonJoined)]
        i = joins[person % len(joins)]
        if (origin, i) not in self.erased:
            await erase(self.office.home, origin, "", [i], "order", self.office.now)
            self.erased.add((origin, i))
        await self._check()

    async def _answer_down(self, home: Path) -> None:
        station = self._station(home)
        (home / "trust.note").write_bytes(self.office.home.trust_path.read_bytes())
        async with await Intake.open(self.office.home) as intake:
            notes = await receipts_file(intake.db, sorted(self.stored), intake.office)
        if not notes:
            return
        taken = await take_receipts(station, notes)
        for ref in station.sessions():
            if ref.origin not in taken.origins:
                continue
            with SessionFile.open(ref.path) as file:
                leaves = tuple(map(leaf_hash, file.lines()))
                here = {i for i, _ in file.numbered_openings()}
            assert begins(leaves, self.stored[ref.origin]), "a receipt of another history was taken"
            gone = {i for origin, i in self.erased if origin == ref.origin}
            assert not here & gone, "a laptop was told and still has it"

    def _deliver(self, raw: bytes, logs: dict[str, Leaves]) -> None:
        if not raw:
            return
        answers = {one.origin: one.result for one in now(self.office.take(raw))}
        assert answers == {origin: self._answer(origin, leaves) for origin, leaves in logs.items()}
        now(self._check())

    def _answer(self, origin: str, leaves: Leaves) -> str:
        """What head office must say to this log, and what it then has."""
        here = self.stored.get(origin)
        if here is None:
            self.stored[origin] = leaves
            return "stored"
        if not begins(here, leaves) or (origin in self.forked and len(leaves) > len(here)):
            self.forked.add(origin)
            return "fork"
        if len(leaves) > len(here):
            self.stored[origin] = leaves
            return "stored"
        return "already" if len(leaves) == len(here) else "older"

    def _deliver_everything(self) -> None:
        """All that any laptop has, twice, the second time backwards: nothing is missing, or it is said."""
        sticks = [self._bundled(home) for home in self.homes]
        for stick in [*sticks, *sticks[::-1]]:
            self._deliver(*stick)
        for origin, leaves in ((origin, leaves) for _, logs in sticks for origin, leaves in logs.items()):
            assert self.stored[origin][: len(leaves)] == leaves or origin in self.forked
        if not self.twins:  # one folder a key, and never an older one: nobody is to be troubled
            assert set(now(self.office.findings())) <= {"overlap", "gap", "tail-cut"}


TestSticks = Sticks.TestCase
TestSticks.settings = settings(
    max_examples=7,
    stateful_step_count=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
