"""Any order, repetition or loss of bundles ends in the same place, or is flagged; nothing ever merges in silence."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.sync.central.database import Database
from fieldkit.sync.central.ingest import Intake
from tests.kit.central import Laptop, Log, Office, bundle, results

SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Copy:
    """One copy of a log on its way: `n` records of the branch that leaves the first at `at` (0: the first itself)."""

    n: int
    at: int
    openings: bool


def grown(laptop: Laptop, n: int, at: int) -> Log:
    log = laptop.session(1, tail="one")
    while log.size < n:
        branch = at and log.size >= at
        log = log.join(f"{'other' if branch else 'first'}{log.size:03d}", f"{'Fork' if branch else 'Person'}", "B1")
    return log.upto(n)


copies = st.builds(Copy, st.integers(1, 9), st.sampled_from([0, 0, 0, 2, 5]), st.booleans())


def raw(laptop: Laptop, copy: Copy) -> bytes:
    log = grown(laptop, copy.n, copy.at)
    return bundle(log if copy.openings else replace(log, openings={}))


def same_history(a: Copy, b: Copy) -> bool:
    """Whether one is the beginning of the other."""
    return a.at == b.at or min(a.n, b.n) <= min(at for at in (a.at, b.at) if at)


async def deliver(folder: Path, laptop: Laptop, order: list[Copy]) -> tuple[list[str], Office]:
    office = await Office.make(folder)
    office.enrol(laptop)
    return results([one for copy in order for one in await office.take(raw(laptop, copy))]), office


def expected(order: list[Copy]) -> tuple[list[str], Copy]:
    """What central must answer, by a model that knows which branch each copy is of."""
    out: list[str] = []
    here: Copy | None = None
    forked = False
    for copy in order:
        if here is None:
            here, answer = copy, "stored"
        elif not same_history(here, copy):
            forked, answer = True, "fork fork"
        elif copy.n <= here.n:
            answer = "already" if copy.n == here.n else "older"
        elif forked:
            answer = "fork fork"
        else:
            here, answer = copy, "stored"
        out.append(answer)
    assert here is not None
    return out, here


@SETTINGS
@given(st.lists(copies, min_size=1, max_size=7))
def test_every_answer_is_the_models_and_forks_are_always_found(order: list[Copy]) -> None:
    laptop = Laptop.named("7q2k")

    async def story(folder: Path) -> None:
        answers, office = await deliver(folder, laptop, order)
        wanted, here = expected(order)
        assert answers == wanted
        assert (await office.findings()).count("fork") == ("fork fork" in wanted)
        stored = await office.stored()
        delivered = {(grown(laptop, c.n, c.at).size, grown(laptop, c.n, c.at).root) for c in order}
        (head,) = stored.values()
        assert head in delivered  # one of the copies as it was signed, never a mixture
        assert head == (here.n, grown(laptop, here.n, here.at).root)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


@SETTINGS
@given(st.lists(copies.map(lambda c: Copy(c.n, 0, c.openings)), min_size=1, max_size=5), st.randoms())
def test_any_order_and_repetition_of_one_history_ends_the_same(order: list[Copy], shuffle: Any) -> None:
    laptop = Laptop.named("7q2k")
    other = order + order[: len(order) // 2]
    shuffle.shuffle(other)

    async def story(a: Path, b: Path) -> None:
        one = (await deliver(a, laptop, order))[1]
        two = (await deliver(b, laptop, other))[1]
        assert await one.stored() == await two.stored()
        left, right = await one.picture(), await two.picture()
        assert left[2:4] == right[2:4]  # records and openings
        assert left[7] == right[7]  # who was where

    with tempfile.TemporaryDirectory() as folder:
        for name in ("a", "b"):
            (Path(folder) / name).mkdir()
        asyncio.run(story(Path(folder) / "a", Path(folder) / "b"))


@SETTINGS
@given(st.permutations(range(4)), st.sets(st.integers(0, 3)))
def test_lost_bundles_show_as_gaps_and_gaps_close(order: list[int], lost: set[int]) -> None:
    laptop = Laptop.named("7q2k")
    logs = [laptop.whole(people=1) for _ in range(4)]

    async def story(folder: Path) -> None:
        office = await Office.make(folder)
        office.enrol(laptop)
        for k in order:
            if k not in lost:
                await office.take(bundle(logs[k]))
        found = await office.findings()
        here = [k for k in range(4) if k not in lost]
        gaps = sum(1 for k in here if k and k - 1 in lost)
        assert found == ["gap"] * gaps
        await office.take(*(bundle(logs[k]) for k in lost))
        assert await office.findings() == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))


async def test_many_at_once_end_as_one_after_another(tmp_path: Path) -> None:
    """Several ingests with connections of their own, the same laptop, at the same time."""
    laptop = Laptop.named("7q2k")
    office = await Office.make(tmp_path)
    office.enrol(laptop)
    log = grown(laptop, 9, 0)
    files = []
    for n in (3, 9, 5, 9, 1, 7):
        files.append(tmp_path / f"{n}-{len(files)}.fkb")
        files[-1].write_bytes(bundle(log.upto(n)))

    async def one(path: Path) -> list[str]:
        async with await Intake.open(office.home) as intake:
            return results(await intake.file(path, office.now))

    answers = [answer for (answer,) in await asyncio.gather(*map(one, files))]
    assert set(answers) <= {"stored", "already", "older"} and "stored" in answers
    assert await office.stored() == {log.origin: (9, log.root)}
    assert await office.findings() == [] and list(office.home.spool.iterdir()) == []


class Cut(Exception):
    """The power went."""


@pytest.mark.parametrize("persisted", [False, True])
async def test_a_power_cut_at_the_commit_is_harmless(tmp_path: Path, persisted: bool) -> None:
    """Both ways in which a commit can fail: it did not happen, or it happened and nobody was told."""
    laptop = Laptop.named("7q2k")
    office = await Office.make(tmp_path)
    office.enrol(laptop)
    log = laptop.whole()
    file = tmp_path / "a.fkb"
    file.write_bytes(bundle(log))
    async with await Intake.open(office.home) as intake:
        intake.db = FaultyDatabase(intake.db, persisted)
        with pytest.raises(Cut):
            await intake.file(file, office.now)
    assert bool(await office.stored()) == persisted
    assert results(await office.take(bundle(log))) == ["already" if persisted else "stored"]
    assert results(await office.take(bundle(log))) == ["already"]


class FaultyDatabase(Database):
    """The first transaction ends in a power cut, before or after its commit."""

    def __init__(self, real: Database, persisted: bool) -> None:
        super().__init__(real.engine)
        self.persisted = persisted

    def transaction(self) -> Any:
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def cut() -> Any:
            async with Database.transaction(self) as tx:
                yield tx
                if not self.persisted:
                    raise Cut
            raise Cut

        return cut()
