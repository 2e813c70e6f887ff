"""What head office keeps in memory of the logs of `/learn`: never anything else than what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.core.intents import PutAnswer
from fieldkit.core.session import Session
from fieldkit.sync.central import learn, learn_folds, learn_log
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.learn_folds import IDLE_S, MOST, Fold, Folds, Kept
from fieldkit.sync.central.learn_log import Put, Who
from fieldkit.sync.central.rows import Presence
from tests.kit.central import Office
from tests.sync.learning import LATER, trained
from tests.sync.test_desk_log import with_desk
from tests.sync.test_learn_codes import opened


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
async def db(office: Office) -> AsyncIterator[Database]:
    db = await office.home.database()
    yield db
    await db.close()


async def put(office: Office, db: Database, kept: Kept, key: str, badge: str, v: str = "good", n: int = 1) -> Put:
    folds = Folds(kept)
    wish = PutAnswer("mood", 1, (v,), n=n)
    try:
        return await learn_log.put(
            office.home, db, key, None, Who(badge, "", f"Name {badge}"), wish, office.now, folds=folds
        )
    finally:
        folds.close()


async def look(office: Office, db: Database, kept: Kept, key: str) -> tuple[Session, Session, int]:
    """As kept, as stored, and how many records were parsed for it."""
    folds = Folds(kept)
    async with db.reading() as tx:
        (log,) = await learn_folds.logs_of(tx, key, learn_folds.office_of(office.home, office.now).all)
        mine, fresh = await folds.of(tx, log), await learn_folds.folded(tx, log)
        assert mine is await folds.of(tx, log), "once a request"
    folds.close()
    return mine, fresh, folds.read


async def test_only_what_is_new_is_folded_and_it_is_the_same_as_folding_all(office: Office, db: Database) -> None:
    key, kept = await opened(office, "E1", "E2"), Kept()
    assert (await put(office, db, kept, key, "E1")).result == "saved"
    for k in range(2, 12):
        office.now += 60
        assert (await put(office, db, kept, key, f"E{k}")).result == "saved"
        mine, fresh, parsed = await look(office, db, kept, key)
        assert mine == fresh and parsed == 0, "its own writing is known"
    assert (await put(office, db, kept, key, "E4", "so", n=2)).result == "saved"
    assert (await put(office, db, Kept(), key, "E99")).result == "saved", "another server"
    mine, fresh, parsed = await look(office, db, kept, key)
    assert mine == fresh and parsed == 2, "somebody who came, and their answer"
    for wrong in ("", "x' OR 1=1"):
        assert (await put(office, db, kept, key, "E100", wrong)).result == "refused"
        mine, fresh, _ = await look(office, db, kept, key)
        assert mine == fresh and mine.shown("E100") is None, "who was not written is not remembered either"


async def test_who_was_erased_is_not_remembered(office: Office, db: Database) -> None:
    key, kept = await opened(office), Kept()
    for badge in ("E1", "E2"):
        assert (await put(office, db, kept, key, badge)).result == "saved"
    assert (await look(office, db, kept, key))[0].shown("E1") is not None
    await erase(office.home, "all", "E1", [], "request", office.now)
    mine, fresh, parsed = await look(office, db, kept, key)
    assert mine == fresh and mine.shown("E1") is None and parsed == mine.saved + 1
    assert [one.name for one in mine.people.values() if one.name] == ["Name E2"]


async def test_another_history_under_the_same_name_is_folded_anew(office: Office, db: Database) -> None:
    key, kept = await opened(office), Kept()
    for badge in ("E1", "E2"):
        assert (await put(office, db, kept, key, badge)).result == "saved"
    fold = kept.take((await look(office, db, kept, key))[0].origin)
    assert fold is not None and len(kept) == 0
    other = Folds(Kept())
    async with db.reading() as tx:
        log = await tx.stored(fold.session.origin)
        assert log is not None
        for size, root in ((log.size, b"r" * 32), (log.size + 3, log.root), (log.size - 1, b"r" * 32)):
            wrong = Fold(fold.session, size, root, fold.frontier, fold.halves, fold.tombs)
            kept.give(wrong, 0.0)
            folds = Folds(kept)
            assert await folds.of(tx, log) == await other.of(tx, log) and folds.read == log.size


def test_what_nobody_asks_for_goes_and_no_more_is_kept_than_fits() -> None:
    def fold(origin: str, size: int) -> Fold:
        return Fold(Session(origin=origin, plan=LATER), size, b"", b"", 0, 0)

    kept = Kept()
    kept.give(fold("a", MOST - 1), 0.0)
    kept.give(fold("b", 1), 1.0)
    assert len(kept) == 2
    kept.give(fold("c", 1), 2.0)
    assert kept.take("a") is None and len(kept) == 2
    kept.sweep(1.0 + IDLE_S)
    assert kept.take("b") is None and kept.take("c") is not None and kept.take("c") is None
    kept.give(fold("d", MOST + 1), 3.0)
    assert len(kept) == 0


async def test_a_first_answer_that_is_refused_begins_no_log(office: Office, db: Database) -> None:
    log = await trained(office)
    office.now += 4 * 86_400
    async with db.reading() as tx:
        at = learn_folds.office_of(office.home, office.now)
        one = learn.Learner(log.origin, 1, Who("E745738", "", "Zoë"))
        (offer,) = (await learn.open_for(tx, one, at, office.now * 1000)).offers
    for wish in (PutAnswer("lift", 1, ("x",), n=1), PutAnswer("none", 1, ("x",), n=1)):
        said = await learn_log.put(office.home, db, offer.key, offer.begin, one.who, wish, office.now)
        assert said.result == "refused"
    async with db.reading() as tx:
        assert [x.origin for x in await tx.sessions()] == [log.origin]
        assert await learn_folds.logs_of(tx, offer.key, at.all) == []


async def test_the_rooms_of_somebody_come_by_the_time_at_which_they_left(db: Database) -> None:
    """The laptop with the last name of the alphabet was there first."""
    stays = {"zz2k/000001": 1_000, "2q2k/000009": 3_000, "mm2k/000005": 2_000}
    async with db.transaction() as tx:
        for origin, until in stays.items():
            rows = [Presence(origin, f"p{k}", "S1", "", k, until - k) for k in range(2)]
            await tx.set_presence(origin, rows)
    async with db.reading() as tx:
        assert await tx.stays_of("S1", 500) == [(o, "") for o in ("zz2k/000001", "mm2k/000005", "2q2k/000009")]
        assert await tx.stays_of("S1", 2_500) == [("2q2k/000009", "")]
