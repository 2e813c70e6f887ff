"""Fit for task: signed at head office, brought by stick and network, asked on the laptop without either."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from fieldkit.clock import SystemClock
from fieldkit.core.program import Need, PackAtLeast, Part
from fieldkit.core.register import Register
from fieldkit.log.note import split_note
from fieldkit.log.valid import Valid, held_valid, parse_valid, valid_note, valid_path
from fieldkit.station import Station
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.central import programs, valid
from fieldkit.sync.central.digest.lists import of_task
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.training import Trained, train
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.cli.kit import Done, fieldkit
from tests.core.classes import ALL, Class, program
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.served import Served, serving
from tests.sync.trips import enrol, laptop, sync

DAY = 86_400
MISSED = "warm learn"


async def signed(office: Office, now: int = NOON) -> bytes:
    db = await office.home.database()
    try:
        some = programs.in_force(office.home)
        trained = await train(office.home, db, some, now)
    finally:
        await db.close()
    return valid.put(office.home, valid.make(office.home.org, some, trained, now))


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    one = Laptop.named("9k3m")
    office.enrol(one)
    await office.take(bundle(course(one, {"E1": ALL, "E2": MISSED, "E3": ""})))
    return office


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


def made(*classes: Class, more: str = "", on: int = NOON) -> Valid:
    """The note of these sessions; `more`: a second program of another pack for the same task."""
    some = [program(), *([program(id=more, validity=None)] if more else [])]
    register = Register(some)
    for one in classes:
        register.add(one.facts)
    return valid.make("ld.acme.example", some, Trained(register, len(classes), (), {}), on, entropy=lambda n: bytes(n))


def states(found: Valid, *badges: str) -> list[tuple[str, date | None]]:
    rows = {row.id: row for row in found.rows}
    return [(row.state, row.until) for badge in badges if (row := rows.get(found.id_of(badge)))]


def test_a_task_needs_every_program_that_names_it() -> None:
    done = Class(1, 300, {"E1": ALL, "E2": MISSED})
    assert states(made(done), "E1", "E2", "E9") == [("ready", date(2027, 11, 1)), ("gap", None)]
    two = made(done, more="other")
    assert [one.programs for one in two.tasks] == [("press4@1.0.0", "other@1.0.0")]
    assert states(two, "E1", "E2") == [("ready", date(2027, 11, 1)), ("gap", None)]
    old = made(Class(1, -60, {"E1": ALL}))
    assert states(old, "E1") == [("gap", date(2026, 11, 6))]


def test_who_is_not_in_one_of_the_programs_of_a_task_owes_all_of_it() -> None:
    """E1 has done the first, and of the second, for crew C, nothing: the gap says what is lacking."""
    lift = Part(id="lift", title={"en": "Forklift"}, packs=(PackAtLeast(id="forklift", version="1.0.0"),))
    first, second = program(), program(lift, id="other", needs=(Need(crew=("C",)),))
    register = Register([first, second])
    register.add(Class(1, 300, {"E1": ALL}).facts)
    day = date(2026, 11, 22)
    alone, both = (of_task(register, some, ("E1", ""), day) for some in ([first], [first, second]))
    assert alone is not None and (alone.state, alone.owes) == ("ready", ())
    assert both is not None and (both.state, [one.part for one in both.owes]) == ("gap", ["lift"])


def test_the_note_names_nobody() -> None:
    text = json.dumps(repr(made(Class(1, 300, {"E1": ALL}))))
    assert "E1" not in text and "Name" not in text and "plant-2" in text


async def test_it_comes_down_over_the_network_and_only_once(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    assert (await sync(station, served)).valid is None
    raw = await signed(served.office)
    trip = await sync(station, served)
    assert (trip.valid, trip.not_taken) == (NOON, [])
    assert valid_path(station.home).read_bytes() == raw
    assert (await sync(station, served)).valid is None
    newer = await signed(served.office, NOON + 60)
    valid_path(served.office.home.path).write_bytes(newer.replace(b" ready ", b" due "))
    bad = await sync(station, served)
    assert (bad.valid, bad.not_taken) == (None, [("valid.note", "bad-signature")])
    assert valid_path(station.home).read_bytes() == raw


async def test_it_comes_down_by_stick_and_an_older_one_does_not(office: Office, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(office, station)
    stick = tmp_path / "stick"
    stick.mkdir()
    old = await signed(office, NOON - DAY)
    await signed(office)
    done = await asyncio.to_thread(fieldkit, "central", "outbound", str(stick), "--home", str(office.home.path))
    assert done.code == 0 and (stick / "valid.note").is_file()
    assert (await sync_folder_to(station, stick, plain=True)).valid == NOON
    (stick / "valid.note").write_bytes(old)
    trip = await sync_folder_to(station, stick, plain=True)
    assert (trip.valid, trip.not_taken) == (None, [])
    held = held_valid(station.home)
    assert held is not None and held.as_of == NOON
    (stick / "valid.note").write_bytes(b"fieldkit-valid/1\nrubbish\n")
    assert (await sync_folder_to(station, stick, plain=True)).not_taken == [("valid.note", "not-a-note")]


async def test_who_is_erased_is_in_no_note_any_more(office: Office) -> None:
    raw = await signed(office)
    found = parse_valid(raw.decode().rpartition("\n\n")[0] + "\n")
    assert len(found.rows) == 3
    (origin,) = await office.stored()
    await erase(office.home, origin, "E1", [], "request", office.now)
    assert not valid_path(office.home.path).exists()
    again = parse_valid((await signed(office)).decode().rpartition("\n\n")[0] + "\n")
    assert (states(again, "E1"), len(again.rows)) == ([], 2)


# ---- asking ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def station(office: Office, tmp_path: Path) -> Station:
    """A laptop that has the note."""
    from fieldkit.sync.valid import take_valid

    station = Station.open(tmp_path / "mine")
    enrol(office, station)
    trust = station.trust
    assert trust is not None
    take_valid(station, trust, await signed(office))
    return station


ROSTER = "badge,name,crew\nE1,Zoë Álvarez,B\nE2,Ann [/] Lee,B\nE9,=Nobody,B\n"


def ask(station: Station, *args: str) -> Done:
    """On the day of the note: what the clock of this machine says changes no verdict."""
    return fieldkit("who", "--on", "2026-11-22", *args, home=station.home)


async def test_the_laptop_says_it_in_sentences(station: Station, tmp_path: Path) -> None:
    roster = tmp_path / "crew.csv"
    roster.write_text(ROSTER, "utf-8")
    done = await asyncio.to_thread(ask, station, "--task", "press4", "--roster", str(roster))
    lines = done.text.splitlines()
    assert done.code == 1
    assert lines[0] == "GAP      Ann [/] Lee (E2) is not ready for press4: something of the program is not done."
    assert lines[1] == "UNKNOWN  =Nobody (E9): head office's list says nothing of them and press4."
    assert lines[2].startswith("READY    Zoë Álvarez (E1) is ready for press4 until 2027-11-22")
    assert "As head office knew it on 2026-11-22 12:00 UTC." in done.talk
    alone = await asyncio.to_thread(ask, station, "--who", " e1 ")
    assert (alone.code, alone.text) == (0, "READY    E1 is ready for press4 until 2027-11-22.\n")


@pytest.mark.parametrize(
    ("day", "code", "said"),
    [
        ("2027-10-22", 0, "READY    E1 is ready for press4 until 2027-11-22.\n"),
        ("2027-10-23", 0, "DUE      E1 is ready for press4 until 2027-11-22, and due for it again.\n"),
        ("2027-11-23", 1, "GAP      E1 is not ready for press4: it ran out on 2027-11-22.\n"),
    ],
)
async def test_an_old_list_still_knows_what_has_run_out(station: Station, day: str, code: int, said: str) -> None:
    done = await asyncio.to_thread(ask, station, "--who", "E1", "--on", day)
    assert (done.code, done.text) == (code, said)


async def test_of_whom_the_laptop_knows_no_badge_there_is_a_number(station: Station) -> None:
    done = await asyncio.to_thread(ask, station, "--task", "press4", "--crew", "b")
    assert done.code == 1
    assert done.text == "3 more, of whom this laptop knows no badge: 1 ready, 0 due, 2 gaps.\n"
    none = await asyncio.to_thread(ask, station, "--task", "press4", "--crew", "C")
    assert (none.code, none.text) == (0, "")


async def test_names_come_from_the_laptops_own_sessions(station: Station) -> None:
    from tests.sync.laptop import session

    await session(station, ("Zoë Álvarez", "E1"))
    done = await asyncio.to_thread(ask, station, "--site", "yard", "--json")
    found = done.document
    assert (found["task"], found["programs"], found["as_of"]) == ("press4", ["press4@1.0.0"], "2026-11-22T12:00:00Z")
    people = [(x["state"], x["person_id"], x["name"], x["crew"], x["site"]) for x in found["people"]]
    assert people == [("gap", None, None, "B", "yard")] * 2 + [("ready", "E1", "Zoë Álvarez", "B", "yard")]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--task", "press5"), 2, "knows no task"),
        (("--task", "\x1b[2J" * 200), 2, "knows no task"),
        (("--who", " \x1b "), 2, "is no badge"),
        (("--roster", "nowhere.csv"), 2, "nowhere.csv"),
        (("--on", "tomorrow"), 2, "is no day"),
    ],
)
async def test_what_cannot_be_asked(station: Station, args: tuple[str, ...], code: int, said: str) -> None:
    done = await asyncio.to_thread(ask, station, *args)
    assert (done.code, said in done.talk) == (code, True), done.talk
    assert "\x1b" not in done.talk + done.text


async def test_an_old_list_warns_and_none_or_a_damaged_one_is_said(
    office: Office, station: Station, tmp_path: Path
) -> None:
    valid_path(station.home).write_bytes(await signed(office, SystemClock().wall_ms() // 1000))
    assert "warning" not in (await asyncio.to_thread(ask, station, "--who", "E1")).talk
    valid_path(station.home).write_bytes(await signed(office, 1_000_000_000))
    old = await asyncio.to_thread(ask, station, "--who", "E1")
    assert "days old" in old.talk and "What was taught since is not in it." in old.talk
    valid_path(station.home).write_text("rubbish")
    assert (await asyncio.to_thread(ask, station, "--who", "E1")).code == 4
    valid_path(station.home).unlink()
    gone = await asyncio.to_thread(ask, station, "--who", "E1")
    assert gone.code == 1 and "is not here yet" in gone.talk


async def test_the_command_at_head_office_counts_and_names_nobody(office: Office) -> None:
    home = ("--home", str(office.home.path))
    done = await asyncio.to_thread(fieldkit, "central", "valid", *home, "--json")
    (task,) = done.document["tasks"]
    assert (task["task"], task["ready"] + task["due"] + task["gap"]) == ("press4", 3)
    assert valid_path(office.home.path).is_file()
    assert (await asyncio.to_thread(fieldkit, "central", "valid", *home)).text.startswith("press4  ")
    assert (await asyncio.to_thread(fieldkit, "central", "valid", *home, "--stale", "0d")).code == 2
    programs.remove(office.home, "press4")
    assert (await asyncio.to_thread(fieldkit, "central", "valid", *home)).code == 1


async def test_verify_says_whose_list_it_is_and_of_which_moment(office: Office, tmp_path: Path) -> None:
    raw, note = await signed(office), tmp_path / "of whatever name"
    root = office.root()

    def judged(raw: bytes, known: Known) -> tuple[str, str, str]:
        note.write_bytes(raw)
        found = judge_all([office.home.trust_path, note], known)[1]
        assert found.kind == "valid"
        return found.verdict, found.reason, found.detail

    def head(now: int = NOON) -> Known:
        return Known(roots=[root.vkey], now=now)

    said = "3 entries of ld.acme.example, 3 people and 1 task, as of 2026-11-22T12:00:00Z"
    by = f"signed by {office.home.office().vkey.name}"
    assert judged(raw, head()) == ("verified", "", f"{said}, {by}")
    assert judged(raw, head(NOON + 30 * DAY))[2] == f"{said}, old since 2026-11-29T12:00:00Z, {by}"
    by_root = valid_note(parse_valid(split_note(raw)[0]), root)
    assert judged(by_root, head()) == ("verified", "", f"{said}, signed by {root.name}")
    unknown = ("signer-unknown", "signer-unknown", f"{said}; signed by nobody known")
    assert judged(raw, Known(now=NOON)) == judged(by_root, Known(now=NOON)) == unknown
    for bent, why in (
        (raw.replace(b" ready ", b" due "), "bad-signature"),
        (raw.replace(b"who ", b"WHO "), "bad-valid"),
        (raw[:40], "not-a-note"),
        (b"fieldkit-valid/1\n", "not-a-note"),
        (raw.replace(b"ld.acme.example\n", b"\x1b[31m\n", 1), "not-a-note"),
    ):
        assert judged(bent, head())[:2] == ("refused", why), bent[:80]
    note.write_bytes(raw)
    done = await asyncio.to_thread(fieldkit, "verify", str(note), home=tmp_path / "nobody")
    assert done.code == 1 and "Nobody who is known here signed this list of who may do which task" in done.text
    assert f"fieldkit verify {note} trust.note --root ROOT" in done.talk
