"""Head office's own log: corrections beside what a session says, both shown, nothing taken back."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from fieldkit.core.intents import Correct
from fieldkit.errors import NotPossible
from fieldkit.log.note import open_checkpoint
from fieldkit.log.trust import enrol_note, parse_enrol
from fieldkit.sync.central import desk, histories
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.export import find, made
from fieldkit.sync.central.ingest import Intake
from tests.cli.kit import Done, fieldkit
from tests.kit.central import NOON, Laptop, Log, Office, bundle, results
from tests.kit.plans import PLAN, activity
from tests.sync.laptop import RAW


def with_desk(office: Office) -> None:
    signer = desk.make_device(office.home)
    enrolment.enrol(office.home, parse_enrol(enrol_note(signer, office.now)), office.now, office.root())


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def correct(office: Office, log: Log, **wish: object) -> desk.Corrected:
    said = Correct(**{"do": "correct", "by": "office", "why": "mistake", **wish})  # type: ignore[arg-type]
    db = await office.home.database()
    try:
        return await desk.correct(office.home, db, log.origin, lambda session: said, office.now)
    finally:
        await db.close()


async def sheet(office: Office, log: Log, what: str = "attendance") -> list[dict[str, str]]:
    db = await office.home.database()
    try:
        raw = (await made(db, office.home, log.origin, what, "csv")).data
    finally:
        await db.close()
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


async def test_both_values_are_shown_and_the_session_stays_as_it_is(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    before = await sheet(office, log)
    badge = before[0]["person_id"]
    was = before[0]["attendance_status"]
    assert was != "excused" and "amended" not in before[0]["flags"]
    done = await correct(office, log, who=badge, status="excused", reason="was at the doctor's")
    again = await correct(office, log, who="person01", status="late")
    assert (done.index, again.index, done.log) == (1, 2, again.log) and done.session == log.origin
    rows = await sheet(office, log)
    assert [row["attendance_status"] for row in rows] == ["excused", "late"]
    assert all("amended" in row["flags"].split() for row in rows)
    assert f"excused corrected by office (mistake), was {was}" in rows[0]["note"]
    first, second = await sheet(office, log, "corrections")
    assert first["record"] == f"{done.log}#1" and (first["old"], first["new"], first["who"]) == (
        was,
        "excused",
        "office",
    )
    assert first["reason"] == "was at the doctor's" and second["record"] == f"{done.log}#2" and second["reason"] == ""
    assert (await office.stored())[log.origin] == (log.size, log.root)
    assert results(await office.take(bundle(log))) == ["already"]
    await correct(office, log, who=badge, status="present")
    assert [row["new"] for row in await sheet(office, log, "corrections")] == ["excused", "late", "present"]
    grown = log.add(
        "amend", {"by": "fac", "do": "correct", "set": {"status": "absent"}, "why": "mistake"}, p="person01"
    )
    await office.take(bundle(grown))
    found = [(row["who"], row["new"]) for row in await sheet(office, log, "corrections")]
    assert found == [("fac", "absent"), ("office", "excused"), ("office", "late"), ("office", "present")]
    assert (await sheet(office, log))[1]["attendance_status"] == "late"


async def test_the_offices_log_is_a_log_like_any_other(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    """Another head office that trusts its device takes it in as a bundle; lines, tree and signatures hold."""
    log = laptop.whole()
    await office.take(bundle(log))
    done = await correct(office, log, who="person00", status="excused", reason="why")
    office.now += 90
    await correct(office, log, who="person01", status="late", reason="because")
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        stored = await tx.stored(done.log)
        assert stored is not None
        keys = [intake.central.vkey, desk.make_device(office.home).vkey]
        at, opened = open_checkpoint(stored.checkpoint, keys)
        assert [key.role for key, _ in opened.signers] == ["dev", "central"] and opened.time_of("central") == office.now
        assert [size for size, _ in await tx.cosigned(done.log)] == [2, 3] and at.size == 3
        lines = [json.loads(line) async for batch in tx.lines(done.log) for line in batch]
        sha256 = await histories.keep_stored(tx, stored, office.home.trust_path.read_bytes(), tmp_path)
    assert [line["k"] for line in lines] == ["session.open", "amend", "amend"] and lines[0]["d"]["kind"] == "desk"
    ref = lines[1]["d"]["ref"]
    from fieldkit.log.merkle import leaf_hash

    assert ref == {"i": 2, "leaf": leaf_hash(log.lines[2]).hex(), "o": log.origin}
    assert lines[2]["m"] - lines[1]["m"] == 90_000
    (tmp_path / "other").mkdir()
    other = await Office.make(tmp_path / "other")
    signer = desk.make_device(office.home)
    enrolment.enrol(other.home, parse_enrol(enrol_note(signer, NOON)), NOON, other.root())
    assert results(await other.take((tmp_path / f"{sha256}.fkb").read_bytes())) == ["stored"]


async def test_answers_are_added_and_struck_and_both_stay_visible(office: Office, laptop: Laptop) -> None:
    """By the rules of the live desk: what is typed for a proxy, in a round that was run."""
    sha = hashlib.sha256(RAW).hexdigest()
    pack = {"files": "0" * 64, "id": PLAN.id, "plan": sha, "signed": False, "version": PLAN.version}
    log = (
        replace(laptop.session(pack=pack), blobs={sha: RAW}).join("person00", "Ann", "A1").join("person01", "Bo", "B1")
    )
    log = log.add("activity.open", {"activity": "p1", "mode": "named", "round": 1})
    log = log.add("answer.put", {"activity": "p1", "round": 1, "v": ["a"], "via": "phone"}, p="person00")
    log = log.add("activity.close", {"activity": "p1", "round": 1, "why": "fac"}).close()
    assert results(await office.take(bundle(log))) == ["stored"]

    async def answers() -> dict[str, tuple[str, str]]:
        rows = await sheet(office, log, "answers")
        return {row["person_id"]: (row["value"], row["amended"]) for row in rows if row["activity"] == "p1"}

    assert await answers() == {"A1": ("a", "")}
    await correct(office, log, do="add", who="B1", activity="p1", answer=("b",))
    await correct(office, log, do="add", who="A1", activity="p1", answer=("b",), reason="misread")
    assert await answers() == {"A1": ("b", "yes"), "B1": ("b", "yes")}
    twice = await correct(office, log, do="add", who="A1", activity="p1", answer=("b",), reason="misread")
    assert (twice.records, twice.index) == (0, 2)
    rows = [(row["what"], row["old"], row["new"]) for row in await sheet(office, log, "corrections")]
    assert rows == [("add", "", "b"), ("add", "a", "b")]
    with pytest.raises(NotPossible):  # it was replaced, and counts no more anyway
        await correct(office, log, do="void", ref=4, leaf="0")
    with pytest.raises(NotPossible):  # a correction is put right by another one
        await correct(office, log, do="void", ref=log.size, leaf="0")


async def test_a_struck_answer_counts_no_more_and_stays_visible(office: Office, laptop: Laptop) -> None:
    sha = hashlib.sha256(RAW).hexdigest()
    pack = {"files": "0" * 64, "id": PLAN.id, "plan": sha, "signed": False, "version": PLAN.version}
    log = replace(laptop.session(pack=pack), blobs={sha: RAW}).join("person00", "Ann", "A1")
    log = log.add("activity.open", {"activity": "p1", "mode": "named", "round": 1})
    log = log.add("answer.put", {"activity": "p1", "round": 1, "v": ["a"], "via": "phone"}, p="person00").close()
    await office.take(bundle(log))
    done = await correct(office, log, do="void", ref=3, leaf="0")
    twice = await correct(office, log, do="void", ref=3, leaf="0")
    assert (twice.log, twice.index, twice.records) == (done.log, 1, 0) and done.records == 1
    with pytest.raises(NotPossible):  # for another reason: it counts no more anyway
        await correct(office, log, do="void", ref=3, leaf="0", reason="another")
    assert await sheet(office, log, "answers") == []
    (row,) = await sheet(office, log, "corrections")
    assert (row["what"], row["person_id"], row["new"], row["record"]) == ("void", "A1", "void", f"{done.log}#1")


async def test_a_skill_is_judged_later_and_again(office: Office, laptop: Laptop) -> None:
    """Who saw it stands on the sheet; what was said before stands in the corrections."""
    import msgspec

    from fieldkit.core.plan import Item
    from fieldkit.log.line import canonical_plan

    items = [Item(id="lock", text=["Locks", None], critical=True), Item(id="tag", text=["Tags", None])]
    plan = msgspec.structs.replace(PLAN, activities=[*PLAN.activities, activity("l1", "checklist", items=items)])
    raw = canonical_plan(msgspec.to_builtins(plan))
    sha = hashlib.sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": plan.id, "plan": sha, "signed": False, "version": plan.version}
    log = replace(laptop.session(pack=pack), blobs={sha: raw}).join("person00", "Ann", "A1")
    log = log.add("activity.open", {"activity": "l1", "mode": "named", "round": 1})
    log = log.add("check.mark", {"activity": "l1", "by": "fac", "item": "lock", "ok": False}, p="person00").close()
    assert results(await office.take(bundle(log))) == ["stored"] and await office.findings() == []

    async def marks() -> dict[str, tuple[str, str]]:
        return {row["item"]: (row["ok"], row["evaluator_name"]) for row in await sheet(office, log, "checklists")}

    assert await marks() == {"lock": ("no", "Sam Ortiz"), "tag": ("", "")}
    base = {"do": "add", "who": "A1", "activity": "l1", "judged": "Zoë Álvarez"}
    await correct(office, log, **base, item="lock", ok=True, reason="shown on Tuesday")
    assert (await sheet(office, log))[0]["skills_signed_off"] == ""
    await correct(office, log, **base, item="tag", ok=True)
    assert await marks() == {"lock": ("yes", "Zoë Álvarez"), "tag": ("yes", "Zoë Álvarez")}
    row = (await sheet(office, log))[0]
    assert (row["skills_signed_off"], row["evaluator_name"]) == ("l1", "Zoë Álvarez")
    found = [(row["field"], row["old"], row["new"], row["who"]) for row in await sheet(office, log, "corrections")]
    assert found == [("l1/lock round 1", "no", "yes", "office"), ("l1/tag round 1", "", "yes", "office")]
    for wrong in ({"item": "nothing", "ok": True}, {"item": "lock"}, {"item": "lock", "ok": True, "activity": "p1"}):
        with pytest.raises(NotPossible):
            await correct(office, log, **(base | wrong))


async def test_the_rules_say_no_and_nothing_is_written(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    before = await office.picture()
    wrong: list[dict[str, object]] = [
        {"who": "nobody", "status": "excused"},
        {"who": "person00", "status": "asleep"},
        {"who": "person00"},
        {"who": "person00", "in_m": 5, "out_m": 1},
        {"who": "person00", "status": "late", "why": ""},
        {"do": "add", "who": "person00", "activity": "q9", "answer": ("a",)},
        {"do": "void", "ref": 2, "leaf": "0"},
        {"do": "void", "ref": 10**9, "leaf": "0"},
        {"do": "\x1b[2J", "who": "person00", "status": "late"},
    ]
    for wish in wrong:
        with pytest.raises(NotPossible):
            await correct(office, log, **wish)
    assert await office.picture() == before
    fork = log.upto(3).join("forkfork", "F").close()
    await office.take(bundle(fork))
    with pytest.raises(NotPossible, match="two histories"):
        await correct(office, log, who="person00", status="late")


async def test_without_a_device_on_the_list_nothing_is_corrected(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    await office.take(bundle(log))
    with pytest.raises(NotPossible, match="no device"):
        await correct(office, log, who="person00", status="late")
    desk.make_device(office.home)
    with pytest.raises(NotPossible, match="not on the trust list"):
        await correct(office, log, who="person00", status="late")
    with_desk(office)
    assert (await correct(office, log, who="person00", status="late")).index == 1
    office.now += 400 * 86_400
    with pytest.raises(NotPossible, match="its time is over"):
        await correct(office, log, who="person00", status="late")


async def test_who_is_erased_is_erased_in_the_offices_words_too(office: Office, laptop: Laptop) -> None:
    from fieldkit.sync.central.erase import erase, outbound

    log = laptop.whole()
    await office.take(bundle(log))
    badge = (await sheet(office, log))[0]["person_id"]
    done = await correct(office, log, who=badge, status="excused", reason="Person 0 was at the dentist's")
    await correct(office, log, who="person01", status="late", reason="Person 1 missed the bus")
    await erase(office.home, log.origin, badge, [], "request", office.now)
    rows = await sheet(office, log, "corrections")
    assert [(row["new"], row["reason"]) for row in rows] == [("excused", ""), ("late", "Person 1 missed the bus")]
    assert b"dentist" not in office.raw()
    async with await Intake.open(office.home) as intake:
        assert list(await outbound(intake.db, intake.office)) == ["7q2k"]
    assert (await correct(office, log, who="person01", status="present")).index == 3 and done.index == 1


async def test_the_offices_words_go_with_the_names_of_the_session(office: Office, laptop: Laptop) -> None:
    """On the same day, also what was written after the session's own names had gone."""
    from fieldkit.sync.central import policy

    log = laptop.whole()
    await office.take(bundle(log))
    await correct(office, log, who="person00", status="excused", reason="first words")
    policy.put(office.home, "keep_days 2\nretention tiny 10 duty 29 CFR 1910.147\n", office.now)
    db = await office.home.database()
    try:
        over = NOON + 11 * 86_400
        (due,) = await policy.retire(office.home, db, over)
        assert due.origin == log.origin and len(due.office) == 1
        assert await policy.retire(office.home, db, over) == []
        office.now = over
        await correct(office, log, who="person01", status="late", reason="second words")
        assert [one.n for one in await policy.retire(office.home, db, over)] == [1]
        assert await policy.retire(office.home, db, over) == []
    finally:
        await db.close()
    raw = office.raw()
    assert b"first words" not in raw and b"second words" not in raw
    assert [row["new"] for row in await sheet(office, log, "corrections")] == ["excused", "late"]


async def test_many_at_once_stand_one_behind_the_other(office: Office, laptop: Laptop) -> None:
    log = laptop.whole(people=6)
    await office.take(bundle(log))
    done = await asyncio.gather(*(correct(office, log, who=f"person0{n}", status="excused") for n in range(6)))
    assert sorted(one.index for one in done) == [1, 2, 3, 4, 5, 6] and len({one.log for one in done}) == 1
    assert {row["attendance_status"] for row in await sheet(office, log)} == {"excused"}


async def test_the_offices_log_is_no_training(office: Office, laptop: Laptop) -> None:
    """`last` and numbers mean sessions; the log itself is found by its origin, and cannot be corrected."""
    log = laptop.whole()
    await office.take(bundle(log))
    office.now += 60
    done = await correct(office, log, who="person00", status="late")
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        assert (await find(tx, "last")).origin == (await find(tx, "1")).origin == log.origin
        assert (await find(tx, done.log)).origin == done.log
    with pytest.raises(NotPossible, match="Only a session"):
        await correct(office, replace(log, origin=done.log), who="person00", status="late")
    assert await office.findings() == []


async def test_the_commands_correct_and_sign_for_both_logs(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    import time

    log = laptop.whole()
    office.now = int(time.time())
    office.home.put_trust(office.home.trust(), office.now, office.root())
    await office.take(bundle(log))
    home = str(office.home.path)

    async def run(*args: str) -> Done:
        return await asyncio.to_thread(fieldkit, "central", *args, "--home", home)

    again = await run("desk", "--json")
    assert again.code == 0, again.talk
    base = ("correct", log.origin, "--who", "person00", "--why", "mistake")
    for args in (
        (*base[:-1], "Ann [/] Lee", "--status", "late"),
        base,
        (*base, "--status", "late", "--void", "3"),
        (*base, "--in", "25:00"),
        (*base, "--activity", "q1"),
        ("correct", log.origin, "--why", "mistake", "--status", "late"),
    ):
        assert (await run(*args)).code == 2, args
    assert (await run(*base, "--status", "\x1b[2J")).code == 1
    assert (await run("correct", "\x1b[2J", "--who", "x", "--why", "mistake", "--status", "late")).code == 1
    done = await run(*base, "--status", "excused", "--in", "12:03", "--reason", "Ann [/] Lee\x1b[2J", "--json")
    assert done.code == 0, done.talk
    file = tmp_path / "a.csv"
    assert (await run("export", log.origin, "--what", "corrections", "-o", str(file))).code == 0
    assert done.document["in"].endswith(" 12:03 UTC"), done.document
    for given, said in (
        (("--out", "11:00"), "11:00 is not in the time of this session"),
        (("--in", "11:00", "--out", "12:04"), "11:00 is not in the time of this session"),
        (("--in", "12:04", "--out", "12:02"), "before they came"),
        (("--activity", "nope", "--answer", "x"), "There is no 'nope' here."),
    ):
        wrong = await run(*base, *given)
        assert wrong.code == 1 and said in wrong.talk, wrong
    text = file.read_text("utf-8-sig")
    assert "excused" in text and "Ann [/] Lee[2J" in text and "\x1b" not in text
    assert (await run("export", log.origin, "-o", str(file))).code == 0
    note = (tmp_path / "a.csv.note").read_text()
    assert f"from {log.origin} " in note and f"from {done.document['log']} 2 " in note
    assert "12:03+00:00" in file.read_text("utf-8-sig")
