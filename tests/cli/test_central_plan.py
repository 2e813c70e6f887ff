"""`fieldkit central plan` and `pack` as an operator types them, and what a laptop's own `sync` and `plan` say then."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fieldkit.clock import SystemClock
from fieldkit.planned import PlannedFolder
from fieldkit.station import Station
from fieldkit.sync.central import forgotten, programs
from tests.cli.kit import Done, fieldkit
from tests.core.classes import ALL
from tests.kit.central import Laptop, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.sent import archive, list_publisher, stick
from tests.sync.trips import enrol

WHEN = ("--at", "2099-11-30 06:00", "--tz", "Europe/Madrid")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = asyncio.run(Office.make(tmp_path))
    made.now = SystemClock().wall_ms() // 1000
    return made


@pytest.fixture
def station(office: Office, tmp_path: Path) -> Station:
    one = Station.open(tmp_path / "laptop")
    enrol(office, one)
    return one


def plan(office: Office, *args: str) -> Done:
    return fieldkit("central", "plan", *args, "--home", str(office.home.path))


def test_a_day_in_the_life_of_a_plan(office: Office, station: Station, tmp_path: Path) -> None:
    """Planned, carried down, moved, called off; the laptop says each in a sentence, and a calendar has it."""
    crew, there = tmp_path / "crew.csv", stick(tmp_path)
    crew.write_text("badge,name\nE1,Ann [/] Lee\nE2,Bo\n")
    id, words = station.signer.name.rsplit("/", 1)[-1], ("--title", "Früh, 6; \\ Uhr", "--site", "plant-2")
    more = ("--part", "press4/basics", "--cohort", "autumn", "--room", "Hall 3", "--trainer", "Sam Ortiz")
    done = plan(office, "add", "loto-basics", *WHEN, "--laptop", id, "--roster", str(crew), *words, *more, "--json")
    found = done.document
    assert done.code == 0 and (found["utc"], found["expected"]) == ("2099-11-30T05:00:00Z", 2)
    assert (found["part"], found["cohort"], found["laptop"]) == ("press4/basics", "autumn", station.signer.name)

    def down() -> None:
        assert fieldkit("central", "outbound", str(there), "--home", str(office.home.path)).code == 0

    down()
    came = fieldkit("sync", "--to", str(there), home=station.home)
    assert "Head office planned “Früh, 6; \\ Uhr” at 2099-11-30 06:00 Europe/Madrid." in came.talk
    (mine,) = fieldkit("plan", "list", "--json", home=station.home).document
    assert (mine["id"], mine["expected"], mine["part"], mine["office"]) == (found["id"], 2, "press4/basics", "sent")
    assert plan(office, "change", found["id"], "--at", "2099-11-30 14:00").code == 0
    down()
    assert "no longer at 2099-11-30 06:00" in fieldkit("sync", "--to", str(there), home=station.home).talk
    assert "moved, was 2099-11-30 06:00" in fieldkit("plan", "list", home=station.home).text
    calendar = plan(office, "list", "--as", "ics").text
    assert "DTSTART:20991130T130000Z\r\nDURATION:PT45M\r\nSUMMARY:Früh\\, 6\\; \\\\ Uhr\r\n" in calendar
    assert "SEQUENCE:1\r\nSTATUS:CONFIRMED" in calendar and "Ann" not in calendar and "2 expected" in calendar
    assert plan(office, "remove", found["id"]).code == 0
    assert "STATUS:CANCELLED" in plan(office, "list", "--as", "ics").text
    down()
    told = fieldkit("sync", "--to", str(there), home=station.home).talk
    assert "warning: Head office called “Früh, 6; \\ Uhr” at 2099-11-30 14:00 Europe/Madrid off." in told
    assert "called off by head office" in fieldkit("plan", "list", home=station.home).text
    assert fieldkit("plan", "remove", found["id"], home=station.home).code == 0
    assert PlannedFolder(station.home).waiting() == []
    assert "called off" in plan(office, "list").text


def test_gaps_become_the_roster(office: Office, station: Station) -> None:
    """Who lacks the part, of that crew and site; who is ready is not on it."""
    programs.put(office.home, PROGRAM.encode())
    one = Laptop.named("9k3m")
    office.enrol(one)
    asyncio.run(office.take(bundle(course(one, {"E1": ALL, "E2": "warm", "E3": ""}, site="plant-2"))))
    id, asked = station.signer.name, ("--gaps", "press4/basics", "--crew", "b")
    done = plan(office, "add", "loto-basics", *WHEN, "--laptop", id, *asked, "--site", "Plant-2", "--json")
    assert done.code == 0, done.talk
    assert (done.document["expected"], done.document["part"]) == (2, "press4/basics")
    from fieldkit.sync.central.planned import find

    rows = find(office.home, done.document["id"]).plan.expected
    assert [row.fields["badge"] for row in rows] == ["E2", "E3"] and rows[0].fields["crew"] == "B"
    nobody = plan(office, "add", "loto-basics", *WHEN, "--laptop", id, *asked, "--site", "plant-9")
    assert nobody.code == 1 and "Nobody there is due or has a gap." in nobody.talk
    assert "has no part" in plan(office, "add", "x1", *WHEN, "--laptop", id, "--gaps", "press4/none").talk
    assert "no program" in plan(office, "add", "x1", *WHEN, "--laptop", id, "--gaps", "none").talk


def test_a_part_that_no_program_has_is_refused_with_the_nearest(office: Office, station: Station) -> None:
    laptop = ("--laptop", station.signer.name.rsplit("/", 1)[-1])
    early = plan(office, "add", "loto-basics", *WHEN, *laptop, "--part", "press4/basic", "--cohort", "any")
    assert early.code == 0 and "There are no programs here" in early.talk, "it may come tomorrow"
    programs.put(office.home, PROGRAM.encode())
    for typed, said, near in (
        ("pres4/basics", "There is no program 'pres4' here.", "Did you mean press4?"),
        ("press4/nope", "press4 has no part 'nope'.", "press4/basics"),
        ("press4/basic", "press4 has no part 'basic'.", "Did you mean press4/basics?"),
    ):
        done = plan(office, "add", "loto-basics", *WHEN, *laptop, "--part", typed)
        assert done.code == 2 and said in done.talk and near in done.talk
        changed = plan(office, "change", early_id(office), "--part", typed)
        assert changed.code == 2 and said in changed.talk
    (only,) = (office.home.path / "planned").rglob("*.json")
    slip = plan(office, "add", "loto-basics", *WHEN, *laptop, "--part", "press4/basics", "--cohort", "autum")
    assert slip.code == 0 and "No program lists the cohort 'autum'." in slip.talk
    assert "Did you mean autumn?" in slip.talk and only.exists()
    (office.home.path / "programs" / "press4@1.0.0.yaml").unlink()
    programs.put(office.home, PROGRAM.partition("cohorts:")[0].encode())
    free = plan(office, "add", "loto-basics", *WHEN, *laptop, "--part", "press4/basics", "--cohort", "2026-autum")
    assert free.code == 0 and "cohort" not in free.talk, "a program without cohorts has any"
    assert plan(office, "change", early_id(office), "--room", "2").code == 0, "what was said before is left"


def early_id(office: Office) -> str:
    rows = fieldkit("central", "plan", "list", "--home", str(office.home.path), "--json").document["planned"]
    return str(min(rows, key=lambda one: one["part"])["id"])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("loto-basics", "--at", "2099-03-29 02:30", "--tz", "Europe/Madrid"), "there is no 02:30"),
        (("loto-basics", "--at", "2020-01-01 06:00", "--tz", "UTC"), "2020-01-01 has passed."),
        (("loto-basics", "--at", "=1+1", "--tz", "UTC"), "is no date and time"),
        (("loto-basics", "--at", "2099-01-01 06:00", "--tz", "../x"), "There is no time zone"),
        (("../x", *WHEN), "is no id of a pack"),
        (("loto-basics", *WHEN, "--part", "x"), "is no part of a program"),
        (("loto-basics", *WHEN, "--makes-up", "a/b"), "is no session"),
        (("loto-basics", *WHEN, "--crew", "B"), "--crew says whose gaps."),
        (("loto-basics", *WHEN, "--gaps", "a", "--roster", "b.csv"), "A roster comes from a file"),
        (("loto-basics", *WHEN, "--laptop", "\x1b]0;x"), "There is no laptop"),
    ],
)
def test_what_cannot_be_planned_is_said_and_nothing_is_written(
    office: Office, station: Station, args: tuple[str, ...], words: str
) -> None:
    named = () if "--laptop" in args else ("--laptop", station.signer.name)
    done = plan(office, "add", *args, *named)
    assert done.code != 0 and words in done.talk and "\x1b" not in done.talk
    assert not list((office.home.path / "planned").rglob("*.json"))


def test_a_laptop_that_was_revoked_gets_nothing_more(office: Office, station: Station, tmp_path: Path) -> None:
    id, there = station.signer.name.rsplit("/", 1)[-1], stick(tmp_path)
    assert plan(office, "add", "toolbox-blank", *WHEN, "--laptop", id).code == 0
    gone = ("central", "revoke", id, "--from", "2020-01-01", "--why", "lost", "--home", str(office.home.path))
    assert fieldkit(*gone).code == 0
    fieldkit("central", "outbound", str(there), "--home", str(office.home.path))
    assert not list(there.glob("*.age"))
    assert "counts no more (revoked)" in plan(office, "add", "toolbox-blank", *WHEN, "--laptop", id).talk


def test_packs_are_given_out_listed_and_taken_back(office: Office, station: Station, tmp_path: Path) -> None:
    home, there = ("--home", str(office.home.path)), stick(tmp_path)
    list_publisher(office)
    (tmp_path / "small.fkpack").write_bytes(archive())
    done = fieldkit("central", "pack", "add", str(tmp_path / "small.fkpack"), *home, "--json")
    assert (done.code, done.document["result"]) == (0, "added")
    (listed,) = fieldkit("central", "pack", "list", *home, "--json").document["packs"]
    assert (listed["id"], listed["counts"]) == ("small", True)
    fieldkit("central", "outbound", str(there), *home)
    came = fieldkit("sync", "--to", str(there), "--json", home=station.home)
    assert came.document["packs"] == ["small 1.0.0"]
    assert "small" in fieldkit("pack", "list", home=station.home).text
    assert fieldkit("central", "pack", "remove", "small", "--version", "9.9.9", *home).code == 1
    assert fieldkit("central", "pack", "remove", "small", *home).text.split() == ["small", "1.0.0"]
    (tmp_path / "bad.fkpack").write_bytes(b"PK\x03\x04")
    refused = fieldkit("central", "pack", "add", str(tmp_path / "bad.fkpack"), *home)
    assert refused.code != 0 and "The archive is refused (not-an-archive)" in refused.talk


def test_receipts_into_a_folder_take_everything_else_along(office: Office, station: Station, tmp_path: Path) -> None:
    """The stick that brought the bundle goes back with the plan for its laptop."""
    one, there = Laptop.named("9k3m"), stick(tmp_path)
    office.enrol(one)
    (there / "a.fkb").write_bytes(bundle(one.whole()))
    assert plan(office, "add", "toolbox-blank", *WHEN, "--laptop", "9k3m").code == 0
    assert plan(office, "add", "toolbox-blank", *WHEN, "--laptop", station.signer.name).code == 0
    done = fieldkit("central", "ingest", "--home", str(office.home.path), str(there), "--receipts", str(there))
    assert done.code == 0
    assert {path.name for path in there.iterdir()} >= {"planned-9k3m.age", "trust.note"}
    assert len(list(there.glob("planned-*.age"))) == 1, "only of the laptops whose sessions came"


def test_who_was_erased_is_left_out_of_a_roster_and_that_is_said(
    office: Office, station: Station, tmp_path: Path
) -> None:
    forgotten.remember(office.home, ["E745738"], "request", office.now)
    roster = tmp_path / "crew.csv"
    roster.write_text("badge,name\ne745738,Zoë Álvarez\nE2,Ann [/] Lee\n")
    base = ("--at", "2099-11-30 06:00", "--tz", "UTC", "--laptop", station.signer.name, "--roster", str(roster))
    done = plan(office, "add", "toolbox-blank", *base, "--json")
    assert done.code == 0 and "1 on that roster was erased here and is left out." in done.talk, done.talk
    assert "Zo" not in done.talk and done.document["expected"] == 1
    again = plan(office, "change", done.document["id"], "--roster", str(roster), "--title", "New")
    assert again.code == 0 and "is left out" in again.talk
    held = [path for path in office.home.path.rglob("*") if path.is_file() and b"lvarez" in path.read_bytes()]
    assert held == []
