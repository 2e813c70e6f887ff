"""Programs at head office: kept by version, folded from everything that is stored, listed for people."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from fieldkit.core.standing import Standing
from fieldkit.errors import DamagedData, NotPossible, WrongUsage
from fieldkit.roster import parse_roster
from fieldkit.sync.central import programs
from fieldkit.sync.central.training import Trained, train
from tests.cli.kit import fieldkit
from tests.core.classes import ALL, plan
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.test_desk_afterwards import grant
from tests.sync.test_desk_log import correct, with_desk

MISSED = "warm learn"
DAY = date(2026, 11, 22)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def trained(office: Office) -> Trained:
    db = await office.home.database()
    try:
        return await train(office.home, db, programs.in_force(office.home), office.now)
    finally:
        await db.close()


async def standings(office: Office) -> dict[str, Standing]:
    found = await trained(office)
    (program,) = programs.in_force(office.home)
    return {one.who[0]: one for one in found.register.standings(program, DAY)}


def owed(one: Standing) -> list[tuple[str, ...]]:
    return [x.segments for x in one.owes]


async def test_what_is_stored_says_who_is_ready_and_who_owes_which_segment(office: Office, laptop: Laptop) -> None:
    first = course(laptop, {"E1": ALL, "E2": MISSED, "E3": ""})
    await office.take(bundle(first))
    found = await standings(office)
    assert [(x.state, owed(x)) for x in found.values()] == [
        ("ready", []),
        ("gap", [("drill",)]),
        ("gap", [("warm", "learn", "drill")]),
    ]
    (ref,) = found["E1"].done[0].by
    assert ref.o == first.origin and b'"person.join"' in first.lines[ref.i] and b"p-0000E1" in first.lines[ref.i]
    second = course(laptop, {"E2": "drill"}, kind="makeup", makes_up=first.origin)
    await office.take(bundle(second))
    done = (await standings(office))["E2"].done[0]
    assert (done.how, [ref.o for ref in done.by]) == ("make-up", [first.origin, second.origin])


async def test_in_whatever_order_laptops_bring_it_the_end_is_the_same(tmp_path: Path) -> None:
    pictures = []
    for n, order in enumerate([(0, 1, 2), (1, 2, 0), (2, 1, 0)]):
        (tmp_path / str(n)).mkdir()
        office = await Office.make(tmp_path / str(n))
        programs.put(office.home, PROGRAM.encode())
        one, two = Laptop.named("7q2k"), Laptop.named("9k3m")
        office.enrol(one, two)
        first = course(one, {"E1": MISSED, "E2": ALL})
        logs = [first, course(two, {"E1": "drill"}, kind="makeup", makes_up=first.origin), course(two, {"E2": ""})]
        for k in order:
            await office.take(bundle(logs[k]))
        pictures.append(await standings(office))
    assert all(one == pictures[0] for one in pictures)
    assert [x.state for x in pictures[0].values()] == ["ready", "ready"]


async def test_what_head_office_says_afterwards_counts(office: Office, laptop: Laptop) -> None:
    log = course(laptop, {"E1": MISSED, "E2": ""})
    await office.take(bundle(log))
    done = await grant(office, log, "E1", "drill", "a card")
    assert ((await standings(office))["E1"].state, (await standings(office))["E2"].state) == ("ready", "gap")
    by = (await standings(office))["E1"].done[0].by
    assert (done.log, done.index) in [(ref.o, ref.i) for ref in by]
    await grant(office, log, "E2", "press-basics", "a card")
    assert (await standings(office))["E2"].done[0].how == "credit"
    await correct(office, log, status="absent", who="E1")
    assert (await standings(office))["E1"].state == "gap"


async def test_who_was_erased_is_in_no_list(office: Office, laptop: Laptop) -> None:
    from fieldkit.sync.central.erase import erase

    log = course(laptop, {"E1": ALL, "E2": ALL})
    await office.take(bundle(log))
    await erase(office.home, log.origin, "E1", [], "request", office.now)
    found = await trained(office)
    assert list(found.register.people) == [("E2", "")]
    assert found.register.unknown == 1


async def test_a_session_with_two_histories_does_not_count_until_somebody_has_chosen(
    office: Office, laptop: Laptop
) -> None:
    log = course(laptop, {"E1": ALL}, close=False)
    await office.take(bundle(log.add("note.add", {"segment": "warm"}).close()))
    assert (await standings(office))["E1"].state == "ready"
    await office.take(bundle(log.close()))
    found = await trained(office)
    assert (found.forked, found.sessions, found.register.people) == ((log.origin,), 0, {})


async def test_a_session_that_cannot_be_read_is_named_and_stops_no_other(office: Office, laptop: Laptop) -> None:
    other = plan(title=["Another"])
    logs: list[Log] = [course(laptop, {"E1": ALL}), course(laptop, {"E2": ALL}, other), course(laptop, {"E3": ALL})]
    await office.take(*(bundle(log) for log in logs))
    with sqlite3.connect(office.home.path / "central.db") as db:
        db.execute("UPDATE blob SET bytes = ? WHERE origin = ?", (b"{}", logs[1].origin))
    found = await trained(office)
    assert sorted(found.register.people) == [("E1", ""), ("E3", "")]
    assert found.unread == {logs[1].origin: "plan"}


# ---- files -------------------------------------------------------------------------------------------------------


async def test_a_version_is_for_ever_and_the_newest_is_in_force(office: Office) -> None:
    assert programs.put(office.home, PROGRAM.encode()).version == "1.0.0"
    with pytest.raises(NotPossible, match="another text"):
        programs.put(office.home, PROGRAM.replace("both", "all").encode())
    programs.put(office.home, PROGRAM.replace("version: 1.0.0\ntitle", "version: 1.10.0\ntitle").encode())
    programs.put(office.home, PROGRAM.replace("version: 1.0.0\ntitle", "version: 1.9.0\ntitle").encode())
    assert [one.version for one in programs.in_force(office.home)] == ["1.10.0"]
    assert programs.one(office.home, "press4").version == "1.10.0"
    (programs.folder_of(office.home) / "note.txt").write_text("not ours")
    assert programs.remove(office.home, "press4") == 3
    assert programs.in_force(office.home) == []


async def test_a_bad_file_is_refused_and_a_damaged_one_is_said(office: Office) -> None:
    with pytest.raises(WrongUsage, match="`taks` is not a field"):
        programs.put(office.home, PROGRAM.replace("task:", "taks:").encode())
    with pytest.raises(NotPossible, match="There is no program"):
        programs.one(office.home, "../../etc/passwd")
    (path,) = programs.folder_of(office.home).iterdir()
    path.write_text("{")
    with pytest.raises(DamagedData, match=r"press4@1\.0\.0\.yaml"):
        programs.in_force(office.home)


# ---- commands ----------------------------------------------------------------------------------------------------


def test_the_lists_on_the_command_line(tmp_path: Path) -> None:
    async def made() -> Office:
        office = await Office.make(tmp_path)
        laptop = Laptop.named("7q2k")
        office.enrol(laptop)
        log = course(laptop, {"E1": ALL, "E2": MISSED, "=E3": ""}, cohort="autumn")
        await office.take(bundle(log))
        return office

    office = asyncio.run(made())
    home = ("--home", str(office.home.path))
    assert fieldkit("central", "due", *home).code == 1  # no program yet
    (tmp_path / "p.yaml").write_text(PROGRAM)
    added = fieldkit("central", "program", "add", str(tmp_path / "p.yaml"), *home)
    assert added.code == 0 and "press4 1.0.0 is in force: 1 part." in added.talk
    bad = tmp_path / "bad.yaml"
    bad.write_text(PROGRAM + "color: red\n")
    refused = fieldkit("central", "program", "add", str(bad), *home)
    assert refused.code == 1 and "`color` is not a field of a program." in refused.text
    assert fieldkit("central", "program", "add", "press-operator", *home).code == 0
    listed = fieldkit("central", "program", "list", *home, "--json").document["programs"]
    assert [one["id"] for one in listed] == ["press-operator", "press4"]
    shown = fieldkit("central", "program", "show", "press4", *home).text
    assert "basics" in shown and "press-basics 1.0.0 or newer" in shown and "needed by crew B" in shown

    on = ("--on", "2026-11-22", "--program", "press4")
    rows = list(
        csv.DictReader(io.StringIO(fieldkit("central", "due", *home, *on, "--as", "csv").text.lstrip("\ufeff")))
    )
    assert [(row["person_id"], row["state"], row["owes"]) for row in rows] == [
        ("'=E3", "gap", "basics: warm, learn, drill"),
        ("E2", "gap", "basics: drill"),
    ]
    whole = fieldkit("central", "due", *home, *on, "--all", "--json").document
    assert [(row["person_id"], row["state"], row["expires_on"]) for row in whole][-1] == ("E1", "ready", "2027-11-22")
    assert whole[-1]["evidence"].startswith("basics=") and "#" in whole[-1]["evidence"]
    soon = fieldkit("central", "due", *home, "--program", "press4", "--on", "2027-11-20", "--within", "1w", "--json")
    assert [row["state"] for row in soon.document] == ["gap", "gap", "due"]
    none = fieldkit("central", "due", *home, *on, "--crew", "C", "--json")
    assert none.document == []
    assert len(fieldkit("central", "due", *home, *on, "--crew", " b ", "--site", "YARD", "--json").document) == 2
    missed = fieldkit("central", "makeups", *home, *on, "--json").document
    assert [(row["segment"], row["segment_title"], row["person_id"]) for row in missed] == [
        ("drill", "Drill", "=E3"),
        ("drill", "Drill", "E2"),
        ("learn", "Learn", "=E3"),
        ("warm", "Warm up", "=E3"),
    ]
    assert {row["make_up_until"] for row in missed} == {"2027-02-20"}
    weeks = fieldkit("central", "program", "cohorts", "press4", *home, "--on", "2026-11-24", "--json").document
    assert [(row["week"], row["from"], row["part"], row["people"], row["done"]) for row in weeks] == [
        ("1", "2026-11-16", "basics", "3", "1"),
        ("1", "2026-11-16", "*", "3", "1"),
        ("2", "2026-11-23", "basics", "3", "1"),
        ("2", "2026-11-23", "*", "3", "1"),
    ]
    text = fieldkit("central", "due", *home, *on).text
    assert "Name E2" in text and "basics: Drill (was away)" in text
    for args in (("--as", "exe"), ("--on", "soon"), ("--within", "x"), ("-o", str(tmp_path / "due.csv"))):
        assert fieldkit("central", "due", *home, *args).code == 2
    out = tmp_path / "due.csv"
    assert fieldkit("central", "due", *home, *on, "--as", "csv", "-o", str(out)).code == 0
    assert out.read_bytes().count(b"\r\n") == 3
    assert str(out) in (office.home.path / "handed.jsonl").read_text()
    roster = fieldkit("central", "makeups", *home, *on, "--as", "roster")
    assert [(row.fields["badge"], row.fields["crew"], row.notes) for row in parse_roster(roster.out).rows] == [
        ("'=E3", "B", ()),
        ("E2", "B", ()),
    ]
    assert fieldkit("central", "program", "cohorts", "press4", *home, "--as", "roster").code == 2
    assert fieldkit("central", "program", "remove", "press4", *home).code == 0
