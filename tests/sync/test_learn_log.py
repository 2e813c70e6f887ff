"""Pre-work and reinforcement at head office, in its logs: begun once, added to by whoever comes, read by all."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core import blended
from fieldkit.core.intents import PutAnswer
from fieldkit.core.session import Session
from fieldkit.core.taught import facts
from fieldkit.errors import NotPossible
from fieldkit.log.trust import enrol_note, parse_enrol
from fieldkit.sync.central import desk, histories, learn, learn_folds, learn_log
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.export import made
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.learn import Learner, Open
from fieldkit.sync.central.learn_log import Put
from fieldkit.sync.central.rows import Stored
from fieldkit.sync.central.tx import Tx
from tests.cli.kit import fieldkit
from tests.kit.central import Laptop, Log, Office, bundle, results
from tests.sync.learning import LATER, PICTURE_SHA, code, later, session, trained, within
from tests.sync.test_desk_log import with_desk


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


def pub(office: Office) -> learn_folds.Office:
    return learn_folds.office_of(office.home, office.now)


async def who(office: Office, log: Log, badge: str = "E745738", i: int = 1) -> Learner | None:
    found: Learner | None = await within(office, lambda tx: learn.identify(tx, pub(office), code(log, i), badge))
    return found


async def seen(office: Office, one: Learner) -> Open:
    found: Open = await within(office, lambda tx: learn.open_for(tx, one, pub(office), office.now * 1000))
    return found


async def put(office: Office, one: Learner, activity: str, *v: str, n: int = 1, set_: int = 0, **more: Any) -> Put:
    offer = (await seen(office, one)).offers[set_]
    db = await Home.open(office.home.path).database()
    wish = PutAnswer(activity=activity, round=1, v=v, n=n, **more)
    try:
        return await learn_log.put(office.home, db, offer.key, offer.begin, one.who, wish, office.now)
    finally:
        await db.close()


async def logs(office: Office) -> list[tuple[Stored, Session]]:
    async def work(tx: Tx) -> list[tuple[Stored, Session]]:
        every = [(one, await learn_folds.folded(tx, one)) for one in await tx.sessions()]
        return [x for x in every if x[1].info is not None and x[1].info.session_kind == blended.BLENDED]

    found: list[tuple[Stored, Session]] = await within(office, work)
    return found


async def rows(office: Office, origin: str, what: str) -> list[dict[str, str]]:
    db = await office.home.database()
    try:
        raw = (await made(db, office.home, origin, what, "csv")).data
    finally:
        await db.close()
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


async def test_from_the_laptops_session_to_a_table_that_anybody_can_check(office: Office, tmp_path: Path) -> None:
    log = await trained(office)
    one = await who(office, log)
    assert one is not None and one.who.name == "Zoë Álvarez"
    assert (await seen(office, one)).offers == [], "two days are not three"
    office.now = later(3)
    (offer,) = (await seen(office, one)).offers
    assert (offer.plan.set, [a.id for a in offer.plan.activities], offer.session) == ("week", ["lift", "tf"], None)
    assert (await put(office, one, "lift", "nothing", sure="sure")).result == "saved"
    office.now += 60
    assert (await put(office, one, "tf", "true")).result == "saved"
    ((stored, folded),) = await logs(office)
    info = folded.info
    assert info is not None and (info.set, info.of, info.pack.id) == ("week", log.origin, LATER.id)
    assert folded.unknown == 0 and facts(folded) is None, "nobody attended anything"

    async def lines(tx: Tx) -> tuple[list[Any], str]:
        found = [json.loads(line) async for batch in tx.lines(stored.origin) for line in batch]
        return found, await histories.keep_stored(tx, stored, office.home.trust_path.read_bytes(), tmp_path)

    found, sha256 = await within(office, lines)
    kinds = ["session.open", "segment.enter", *["activity.open"] * 2, "person.join", *["answer.put"] * 2]
    assert [line["k"] for line in found] == kinds
    assert not any(x in json.dumps(found, ensure_ascii=False) for x in ("E745738", "Zoë", "Álvarez")), (
        "names are in the openings alone"
    )
    file = tmp_path / f"{sha256}.fkb"
    root = str(office.root().vkey)
    checked = await asyncio.to_thread(
        fieldkit, "verify", str(office.home.trust_path), str(file), "--root", root, home=tmp_path / "laptop"
    )
    assert checked.code == 0, checked.talk + checked.text
    answers = [(row["person_id"], row["activity"], row["value"], row["right"], row["sure"], row["via"])
               for row in await rows(office, stored.origin, "answers")]  # fmt: skip
    assert answers == [("E745738", "lift", "nothing", "no", "sure", "net"), ("E745738", "tf", "true", "yes", "", "net")]
    counted = {row["option"]: row["count"] for row in await rows(office, stored.origin, "results")
               if row["activity"] == "lift"}  # fmt: skip
    assert counted["nothing"] == "1" and counted["gravity"] == "0"
    with pytest.raises(NotPossible, match="Nobody attends what is answered alone"):
        await rows(office, stored.origin, "attendance")
    await desk.correct(office.home, db := await office.home.database(), log.origin, _late, office.now)
    await db.close()
    stick = _folder(tmp_path / "stick")
    down = await asyncio.to_thread(fieldkit, "central", "outbound", str(stick), "--home", str(office.home.path))
    assert down.code == 0 and [one.name for one in stick.glob("receipts-*")] == [f"receipts-{_laptop(log)}.note"]
    other = await Office.make(_folder(tmp_path / "other"))
    other.now = office.now
    signer = desk.make_device(office.home)
    enrolment.enrol(other.home, parse_enrol(enrol_note(signer, office.now)), office.now, other.root())
    assert results(await other.take(file.read_bytes())) == ["stored"]
    assert await other.findings() == []


async def test_what_is_answered_at_home_is_no_attendance_of_any_course(office: Office, tmp_path: Path) -> None:
    """Its log stays open for days, which are nobody's hours; a receiver of completions hears of the session alone."""
    log = await trained(office)
    one = await who(office, log)
    assert one is not None
    for day, asked, said in ((3, "lift", "nothing"), (5, "tf", "true")):
        office.now = later(day)
        assert (await put(office, one, asked, said)).result == "saved"
    out = tmp_path / "lms.csv"
    run = ("central", "export", "--home", str(office.home.path), "--all-sessions", "-o", str(out))
    assert (await asyncio.to_thread(fieldkit, *run)).code == 0
    found = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert {row["session_id"] for row in found} == {log.origin}


def _late(of: Session) -> Any:
    from fieldkit.core.intents import Correct

    return Correct("correct", "office", "mistake", "E2", None, "", "excused", None, None)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


async def test_what_comes_twice_or_late_changes_nothing(office: Office) -> None:
    log = await trained(office)
    office.now = later(15)
    one = await who(office, log)
    assert one is not None
    (offer,) = (await seen(office, one)).offers
    assert offer.plan.set == "month", "the next set ends the one before"
    said = [(await put(office, one, *answer)).result for answer in (
        ("lift", "nothing"), ("lift", "nothing"), ("lift", "gravity"), ("mood", "good"), ("mood", "good"))]  # fmt: skip
    assert said == ["saved", "already", "kept", "saved", "already"]
    assert (await put(office, one, "mood", "so", n=1)).result == "kept", "a page that is older than the answer"
    assert (await put(office, one, "mood", "so", n=2)).result == "saved"
    assert (await put(office, one, "mood", "good", n=2)).result == "kept"
    ((stored, folded),) = await logs(office)
    assert {a: x.v for a in ("lift", "mood") for x in folded.runs[a][0].answers.values()} == {
        "lift": ["nothing"],
        "mood": ["so"],
    }
    size = stored.size
    refused = [
        (await put(office, one, *answer, n=3)).refusal
        for answer in (("mood",), ("mood", "good", "so"), ("mood", "x' OR 1=1"), ("bar", "many"), ("card", "x"))
    ]
    reasons = [no.reason for no in refused if no is not None]
    assert reasons == ["wrong-value", "one-choice", "unknown-option", "wrong-value", "unknown-activity"]
    assert (await logs(office))[0][0].size == size, "nothing of it is in the log"
    office.now = later(15 + blended.OPEN_DAYS)
    assert (await seen(office, one)).offers == []


async def test_many_at_once_on_several_servers_make_one_log(office: Office) -> None:
    log = await trained(office)
    office.now = later(3.2)
    people = [await who(office, log), await who(office, log, "e2 ", 2)]
    assert all(people)
    jobs = [put(office, one, activity, v) for _ in range(3) for one in people if one
            for activity, v in (("lift", "gravity"), ("tf", "true"))]  # fmt: skip
    found = [one.result for one in await asyncio.gather(*jobs)]
    assert sorted(set(found)) == ["already", "saved"] and found.count("saved") == 4
    ((stored, folded),) = await logs(office)
    assert folded.joined == 2 and sum(len(one.answers) for runs in folded.runs.values() for one in runs) == 4
    assert stored.size == 4 + 2 + 4, "opened, entered, two questions, two people, four answers"
    another = await trained(office, "8q2k")
    third = await who(office, another)
    assert third is not None and len((await seen(office, third)).offers) == 2, "one badge, two trainings"
    assert (await put(office, third, "tf", "false", set_=1)).result in ("saved", "kept")


async def test_code_and_badge_belong_together_or_say_nothing(office: Office) -> None:
    log = await trained(office)
    assert await who(office, log, " e745738 ") is not None, "as badges are read everywhere"
    for badge, i in (("E2", 1), ("E745738", 2), ("", 1), ("", 3), ("person01", 1), ("%", 1), ("E745738", 0)):
        assert await who(office, log, badge, i) is None, (badge, i)
    office.now = later(3)
    one = await who(office, log)
    assert one is not None and (await put(office, one, "tf", "true")).result == "saved"
    await erase(office.home, "all", "E745738", [], "request", office.now)
    assert await who(office, log) is None
    assert not await within(office, lambda tx: learn.still(office.home, tx, one)), "and who is in is out"
    ((_, folded),) = await logs(office)
    assert [x.badge for x in folded.people.values()] == [""], "also here: it is a log like any other"


async def test_a_walk_in_without_a_badge_has_the_code_that_the_phone_showed(office: Office) -> None:
    from fieldkit.core.walkin import walkin_code

    log = await trained(office)
    office.now = later(3)
    one = await who(office, log, walkin_code("person03"), 3)
    assert one is not None and one.who.name == "Walk In"
    assert (await put(office, one, "tf", "true")).result == "saved"


async def test_a_laptop_cannot_pass_its_log_off_as_head_offices(office: Office) -> None:
    log = await trained(office)
    thief = Laptop.named("zz2k")
    office.enrol(thief)
    more = {"kind": "blended", "of": log.origin, "set": "week"}
    assert results(await office.take(bundle(session(thief, **more)))) == ["stored"]
    office.now = later(3)
    one = await who(office, log)
    assert one is not None and (await put(office, one, "tf", "true")).result == "saved"
    by = {folded.info.dev for _, folded in await logs(office) if folded.info}
    assert by == {thief.signer.name, desk.make_device(office.home).name}
    assert [o.plan.set for o in (await seen(office, one)).offers] == ["week"]


async def test_a_session_that_goes_on_or_has_no_device_asks_nothing(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    with pytest.raises(NotPossible):
        pub(office)
    with_desk(office)
    log = await trained(office, close=False)
    office.now = later(5)
    one = await who(office, log)
    assert one is not None and (await seen(office, one)).offers == []


async def test_the_pictures_of_a_set_travel_with_its_log(office: Office) -> None:
    log = await trained(office)
    office.now = later(14)
    one = await who(office, log)
    assert one is not None and (await put(office, one, "spot", "below")).result == "saved"
    ((stored, _),) = await logs(office)
    blob = await within(office, lambda tx: tx.blob(stored.origin, PICTURE_SHA))
    assert hashlib.sha256(blob).hexdigest() == PICTURE_SHA


def _laptop(log: Log) -> str:
    return log.origin.split("/")[2]
