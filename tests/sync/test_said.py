"""Which records of head office's logs are about which session: an index that says what reading every log would say,
whatever happened before, and beside which nobody reads what was said about the others."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.core import records as r
from fieldkit.core.office import DESK, filed_under
from fieldkit.core.records import Draft, Record
from fieldkit.log.merkle import Frontier, leaf_hash
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.sync.central import desk, questions
from fieldkit.sync.central.credentials_said import issued
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.desk_said import PLAN, PLAN_SHA256, believed, devices, every_record, records_about
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.schema import SAID
from fieldkit.sync.central.sheets import Sheets
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_base import Engine, Question, Step, Values
from fieldkit.sync.central.tx_said import KINDS
from tests.kit import older
from tests.kit.central import Laptop, Log, Office, bundle, results
from tests.sync.asked import ANSWER, answer, asked, at
from tests.sync.test_desk_log import correct, sheet, with_desk

LEAF = "0" * 64
ODD = ("", "nobody's", "x' OR 1=1 --", "\u202eAnn [/] Lee", "y" * 3000, "laptop.fieldkit/dev/7q2k/000001-00000000/x")
"""What is no origin of anything."""


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


def about(origin: str | None, n: int = 0) -> list[Draft]:
    """One of each kind that is about a session."""
    ref = r.Ref(i=1, leaf=LEAF, o=origin)
    given = r.CredentialIssued(f"{origin}{n}"[-60:], "loto", "1", "2026-11-22", ref=ref)
    return [
        Draft(r.Amended("correct", "mistake", "office", ref, {"status": "late"}), "person00", {"reason": "x"}),
        Draft(r.CreditGranted("tiny", ref), "person00"),
        Draft(r.SignedBy("evaluator", "x", "held", ref, "x"), None),
        Draft(given, "person00", {"badge": "B1", "name": "Ann"}),
        Draft(r.CredentialRevoked(given.id, "mistake", "2026-11-23", ref), "person00"),
        Draft(r.QuestionAnswered(ref=ref), "person00", {"text": ANSWER}),
    ]


async def said(office: Office, db: Database, drafts: list[Draft]) -> Stored:
    trust = office.home.trust()
    signer = desk.device(office.home, trust, office.now)
    async with db.transaction() as tx:
        log = await desk.open_log(tx, signer, trust, office.now, secrets.token_bytes)
        return await desk.append(tx, log, drafts, [signer], office.home.central(), office.now, secrets.token_bytes)


def forged(laptop: Laptop) -> Log:
    """A log of the office's kind that a laptop began."""
    pack = {"files": "0" * 64, "id": DESK, "plan": PLAN_SHA256, "signed": False, "version": "1.0.0"}
    log = laptop.session(kind=DESK, pack=pack)
    log.blobs[PLAN_SHA256] = PLAN
    return log


def voids(log: Log, *origins: Any) -> Log:
    for origin in origins:
        ref = {"i": 1, "leaf": LEAF, "o": origin}
        d = {"by": "office", "do": "void", "ref": ref, "why": "mistake"}
        log = log.add("amend", d, p="person00", private={"note": "x"})
    return log


async def the_same(office: Office, tx: Tx, origins: Sequence[str]) -> int:
    """What is read of each of these is what reading everything says of it, in the same order; how much that is."""
    pubs, by = devices(office.home, office.home.trust()), {one.origin: one.device for one in await tx.sessions()}
    every, n = await every_record(tx), 0
    for origin in origins:
        all_ = [x for x in every if x[0] != origin and (ref := filed_under(x[1])) is not None and ref.o == origin]
        assert await records_about(tx, origin) == all_
        assert await records_about(tx, origin, pubs) == [x for x in all_ if by[x[0]] in pubs]
        assert await records_about(tx, origin, ()) == []
        n += len(all_)
    return n


async def rows(tx: Tx) -> list[tuple[str, str, int]]:
    return sorted((str(o), str(log), int(i)) for o, log, i in await tx.rows("SELECT origin, log, i FROM said"))


async def complete(tx: Tx) -> list[tuple[str, str, int]]:
    """Every log is in the index as far as it goes, and making that again changes nothing."""
    known = await rows(tx)
    upto = [(log, i) for origin, log, i in known if not origin]
    assert upto == sorted((one.origin, one.size) for one in await tx.of_plan(PLAN_SHA256))
    await tx.fill_said()
    assert await rows(tx) == known
    return known


def test_every_kind_that_is_filed_under_a_session_is_in_the_index() -> None:
    """One that `core.office` knows and the index does not would be lost to every page."""
    ref, found = r.Ref(i=1, leaf=LEAF, o="x"), set()
    for kind, cls in r.KINDS.items():
        fields = msgspec.structs.fields(cls)
        if any(one.name == "ref" and "Ref" in str(one.type) for one in fields):
            put = {one.name: ref if one.name == "ref" else "x" for one in fields if one.required or one.name == "ref"}
            if filed_under(Record(0, 0, 0, cls(**put))) is not None:
                found.add(kind)
    assert found == KINDS


async def test_what_is_read_of_a_session_is_what_reading_everything_says(office: Office, laptop: Laptop) -> None:
    """However it came: written here, brought by a laptop in two parts, and with names in it that are no origins."""
    liar = Laptop.named("9zzz")
    office.enrol(liar)
    logs = [laptop.whole() for _ in range(3)]
    gone = "laptop.fieldkit/dev/7q2k/000099-00000000"  # a session that nobody has
    origins = [*(log.origin for log in logs), gone]
    false = voids(forged(liar), logs[0].origin, *ODD, None, 7, gone, {"o": gone})
    false = voids(false, false.origin)
    longer = voids(false, logs[1].origin, gone).add("amend", {"ref": [1]}).add("note.add", {"ref": 1}).close()
    await office.take(*map(bundle, logs))
    async with at(office) as db:
        for n, origin in enumerate([*origins, *ODD, None, logs[0].origin, gone]):
            mine = await said(office, db, about(origin, n)[n % 3 :])
            async with db.reading() as tx:
                await the_same(office, tx, [*origins, mine.origin])
        assert results(await office.take(bundle(false))) == ["stored"]
        async with db.reading() as tx:
            before = await the_same(office, tx, [*origins, mine.origin, false.origin])
        assert results(await office.take(bundle(longer))) == ["stored"]
        await said(office, db, about(longer.origin))  # what is said about an office's log is about that, too
        async with db.transaction() as tx:
            assert await the_same(office, tx, [*origins, mine.origin, false.origin]) == before + 2 + 6
            assert [await records_about(tx, one) for one in ODD] == [[]] * len(ODD), "no session is called that"
            known = await complete(tx)
            assert {o for o, _, _ in known} == {"", gone, longer.origin, *(log.origin for log in logs)}
            for table in ("said", "in_force"):  # it may be thrown away with the digest, and pages are right meanwhile
                await tx.change(f"DELETE FROM {table}")
            await the_same(office, tx, [*origins, mine.origin, false.origin])
        await said(office, db, about(logs[2].origin, 99))
        async with db.reading() as tx:
            await the_same(office, tx, origins)
            assert not [one for one in await rows(tx) if not one[0]], "half of a log is not taken for all of it"
        await catch_up(office.home, db, office.now)
        async with db.transaction() as tx:
            assert len(await complete(tx)) == len(known) + 6
            await the_same(office, tx, origins)


async def test_a_history_that_goes_takes_its_rows_with_it(office: Office, laptop: Laptop) -> None:
    log, liar = laptop.whole(), Laptop.named("9zzz")
    office.enrol(liar)
    false = voids(forged(liar), log.origin, log.origin, log.origin)
    await office.take(bundle(log), bundle(false))
    async with at(office) as db:
        for n in (3, 0):
            tree = Frontier()
            tree.extend([leaf_hash(line) for line in false.lines[:n]])
            async with db.transaction() as tx:
                await tx.cut_back(false.origin, n, tree.root(), tree.to_bytes(), f"{false.origin}#x")
            async with db.transaction() as tx:
                assert await the_same(office, tx, [log.origin]) == max(0, n - 1)
                assert len(await complete(tx)) == n
        assert results(await office.take(bundle(false))) == ["stored"]
        async with db.transaction() as tx:
            assert await the_same(office, tx, [log.origin]) == 3 and len(await complete(tx)) == 4


@pytest.mark.of_the_file
async def test_an_older_database_gets_its_index_and_says_the_same(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    await correct(office, log, who="person00", status="excused")
    before = await sheet(office, log, "corrections")
    async with at(office) as db, db.transaction() as tx:
        known = await complete(tx)
    file = sqlite3.connect(office.home.path / "central.db", isolation_level=None)
    for table in ("said", *older.made_after(SAID)):
        file.execute(f"DROP TABLE {table}")
    file.execute("DROP INDEX session_plan")
    file.execute(f"PRAGMA user_version = {older.before(SAID)}")
    assert await sheet(office, log, "corrections") == before and len(before) == 1
    async with at(office) as db, db.transaction() as tx:
        assert await complete(tx) == known and len(known) == 2
    file.close()


class Counted:
    """An engine that counts the rows that come out of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.rows = engine, 0

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        found = await self.engine.work(begin, steps, questions, commit)
        self.rows += sum(map(len, found))
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


async def read(office: Office, log: Log, db: Database) -> list[int]:
    """Rows that were read for a session's sheet, for what is believed of it, for an answer to its question once more,
    for its page of the digest, and for the credentials."""
    counted, out = Counted(db.engine), []
    beside = Database(counted)

    async def count(then: int) -> int:
        return counted.rows - then

    async with beside.reading() as tx:
        stored = await tx.stored(log.origin)
        assert stored is not None
        start = counted.rows
        laid = await Sheets(office.home).read(tx, stored)
        out.append(await count(start))
        start = counted.rows
        assert tuple(await believed(tx, office.home, stored)) == laid.office and len(laid.office) == 1
        out.append(await count(start))
        start = counted.rows
        assert len(await issued(tx, office.home)) == 1
        out.append(await count(start))
    await catch_up(office.home, db, office.now)
    start = counted.rows
    assert not (await questions.answer(office.home, beside, log.origin, 3, ANSWER, "Dr. Ö", office.now)).new
    out.append(await count(start))
    start = counted.rows
    office.now += 1
    assert (await questions.answer(office.home, beside, log.origin, 3, f"{ANSWER} {office.now}", "", office.now)).new
    assert (await questions.answer(office.home, beside, log.origin, 3, ANSWER, "Dr. Ö", office.now + 1)).new
    office.now += 1
    out.append(await count(start))
    return out


async def test_what_was_said_about_other_sessions_is_not_read(office: Office, laptop: Laptop) -> None:
    """Rows are counted, and the clock is not looked at. Under 3,000 records about others each reads as many as before,
    and as many signatures of others too."""
    log, other = asked(laptop), laptop.whole()
    await office.take(bundle(log), bundle(other))
    await correct(office, log, who="person01", status="late")
    await answer(office, log.origin)
    async with at(office) as db:
        await said(office, db, about(log.origin)[3:4])
        few = await read(office, log, db)
        drafts = [about(other.origin, n)[n % 3] for n in range(3000)]
        mine = await said(office, db, drafts)
        async with db.transaction() as tx:
            for n in range(1, 300):
                text = Checkpoint(mine.origin, n, LEAF.encode()[:32]).text()
                await tx.add_signed(mine.origin, n, sign_note(text, laptop.signer))
        many = await read(office, log, db)
    # Twenty: the two answers that `read` gave itself, each time that somebody reads what was said about this session.
    assert all(one <= before + 20 for one, before in zip(many, few, strict=True)), (few, many)
