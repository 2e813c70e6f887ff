"""Planned sessions on their way down: signed, sealed to their laptop, replaced and never doubled, by either way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.keys import Signer, seal_to
from fieldkit.log.planned_note import PlannedNote, Sent, parse_planned, planned_note
from fieldkit.planned import Changes, Planned, PlannedFolder, Told
from fieldkit.station import Station
from fieldkit.sync.carry import pack_waiting, sync_folder_to
from fieldkit.sync.central import outgoing, planned
from fieldkit.sync.central.erase import erase
from fieldkit.sync.expected import not_expected
from fieldkit.sync.planned import file_name, take_planned
from tests.kit.central import NOON, ORG, Laptop, Office
from tests.sync.laptop import session
from tests.sync.sent import ROWS, change, files, held, plan, stick
from tests.sync.served import STRANGER, Served, get, serving
from tests.sync.trips import enrol, laptop, sync

MADRID = "2026-11-30 06:00 Europe/Madrid"


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


def known(office: Office, folder: Path, name: str = "laptop") -> Station:
    station = laptop(folder, name)
    enrol(office, station)
    return station


def note(office: Office, station: Station) -> bytes:
    raw = planned.note_for(office.home, station.signer.name, office.now)
    assert raw is not None
    return raw


def sealed(station: Station, raw: bytes) -> bytes:
    return seal_to(station.signer.vkey, raw)


def said(told: Sequence[Told]) -> list[str]:
    return [one.what for one in told]


async def test_a_plan_comes_down_with_its_roster_and_what_it_belongs_to(served: Served, tmp_path: Path) -> None:
    station = known(served.office, tmp_path)
    assert (await sync(station, served)).sent.planned == []
    kept = plan(served.office, station, place="plant-2", room="Hall 3", trainer="Sam Ortiz", lang="es")
    trip = await sync(station, served)
    (told,) = trip.sent.planned
    assert (told.what, told.title, told.at, trip.not_taken) == ("new", "Press 4", MADRID, [])
    found = held(station)[kept.id]
    assert found is not None and found.expected == ROWS and found.office == "sent"
    assert (found.room, found.trainer, found.lang, found.tz) == ("Hall 3", "Sam Ortiz", "es", "Europe/Madrid")
    assert all(path.stat().st_mode & 0o77 == 0 for path in (station.home / "planned").iterdir())
    again = await sync(station, served)
    assert again.sent.planned == [] and len(held(station)) == 1


async def test_both_ways_bring_the_same_files_and_a_stick_names_nobody(served: Served, tmp_path: Path) -> None:
    station = known(served.office, tmp_path)
    plan(served.office, station)
    await sync(station, served)
    online = files(station)
    for path in (station.home / "planned").iterdir():
        path.unlink()
    there = stick(tmp_path)
    outgoing.write(served.office.home, there, NOON)
    raw = (there / file_name(station.signer.name)).read_bytes()
    assert b"Ann" not in raw and b"E1" not in raw and b"Madrid" not in raw
    assert said((await sync_folder_to(station, there, plain=True)).sent.planned) == ["new"]
    assert files(station) == online


async def test_nobody_gets_what_is_for_another_laptop(served: Served, tmp_path: Path) -> None:
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    plan(served.office, ann)
    await sync(ann, served)
    assert (await sync(bo, served)).sent.planned == [] and held(bo) == {}
    nothing = "0" * 64
    status, answer = await get(served, STRANGER.signer, "planned", nothing)
    assert (status, answer["reason"]) == (403, "unknown-device")
    there = stick(tmp_path)
    (there / file_name(bo.signer.name)).write_bytes(sealed(ann, note(served.office, ann)))
    trip = await sync_folder_to(bo, there, plain=True)
    assert trip.not_taken == [(file_name(bo.signer.name), "sealed")] and held(bo) == {}
    (there / file_name(bo.signer.name)).write_bytes(sealed(bo, note(served.office, ann)))
    trip = await sync_folder_to(bo, there, plain=True)
    assert trip.not_taken == [(file_name(bo.signer.name), "other-device")] and held(bo) == {}


async def test_what_head_office_changes_is_told_and_what_the_trainer_did_stays(served: Served, tmp_path: Path) -> None:
    station, office = known(served.office, tmp_path), served.office
    kept, folder = plan(office, station), PlannedFolder(station.home)
    await sync(station, served)
    mine = held(station)[kept.id]
    assert mine is not None
    folder.put(kept.id, Planned(v=1, **{k: getattr(mine, k) for k in PLAIN}, changes=Changes(skip=("close",))))
    kept = change(office, kept, at="2026-11-30 14:00")
    (told,) = (await sync(station, served)).sent.planned
    assert (told.what, told.at, told.was) == ("moved", "2026-11-30 14:00 Europe/Madrid", MADRID)
    found = held(station)[kept.id]
    assert found is not None and found.changes == Changes(skip=("close",)) and found.was == MADRID
    kept = change(office, kept, expected=ROWS[:1])
    assert said((await sync(station, served)).sent.planned) == ["changed"]
    found = held(station)[kept.id]
    assert found is not None and found.expected == ROWS[:1] and found.was == MADRID
    planned.cancel(office.home, kept, office.now)
    (told,) = (await sync(station, served)).sent.planned
    found = held(station)[kept.id]
    assert told.what == "called-off" and found is not None and (found.office, found.expected) == ("cancelled", ())
    assert folder.waiting()[0].id == kept.id, "the trainer sees it"
    folder.remove(kept.id)
    assert folder.waiting() == [] and (await sync(station, served)).sent.planned == []
    with pytest.raises(NotPossible, match="called off"):
        change(office, planned.find(office.home, kept.id), at="2026-12-01 06:00")


PLAIN = ("pack", "at", "title", "tz", "expected", "office")


async def test_a_session_that_was_begun_is_not_planned_again(served: Served, tmp_path: Path) -> None:
    station, office = known(served.office, tmp_path), served.office
    kept = plan(office, station)
    await sync(station, served)
    origin = f"{station.signer.name}/000001-k3m9w2p4"
    PlannedFolder(station.home).finish(kept.id, origin)
    kept = change(office, kept, title="Another")
    await sync(station, served)
    found = held(station)[kept.id]
    assert found is not None and (found.done, found.expected, found.title) == (origin, (), "Press 4")
    assert PlannedFolder(station.home).waiting() == []


async def test_what_the_trainer_took_out_stays_out_until_it_is_moved(served: Served, tmp_path: Path) -> None:
    station, office = known(served.office, tmp_path), served.office
    kept, folder = plan(office, station), PlannedFolder(station.home)
    await sync(station, served)
    folder.remove(kept.id)
    kept = change(office, kept, title="The same hour")
    assert (await sync(station, served)).sent.planned == [] and folder.waiting() == []
    assert b"Ann" not in b"".join(files(station).values())
    change(office, kept, at="2026-12-01 06:00")
    assert said((await sync(station, served)).sent.planned) == ["new"] and len(folder.waiting()) == 1


async def test_a_session_goes_over_to_another_laptop(served: Served, tmp_path: Path) -> None:
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    own = PlannedFolder(ann.home).add(Planned(v=1, pack="toolbox-blank", at="2026-11-24 06:00"))
    kept = plan(served.office, ann)
    await sync(ann, served)
    change(served.office, kept, device=bo.signer.name)
    assert said((await sync(ann, served)).sent.planned) == ["gone"] and list(held(ann)) == [own]
    assert said((await sync(bo, served)).sent.planned) == ["new"] and list(held(bo)) == [kept.id]
    assert planned.find(served.office.home, kept.id).device == bo.signer.name


async def test_old_and_forged_notes_change_nothing(served: Served, tmp_path: Path) -> None:
    station, office = known(served.office, tmp_path), served.office
    kept = plan(office, station)
    old = sealed(station, note(office, station))
    change(office, kept, at="2026-12-24 06:00")
    await sync(station, served)
    before = files(station)
    there = stick(tmp_path)
    path = there / file_name(station.signer.name)
    path.write_bytes(old)
    trip = await sync_folder_to(station, there, plain=True)
    assert trip.sent.planned == [] and trip.not_taken == [] and files(station) == before
    trust = station.trust
    assert trust is not None
    forger = Signer.generate(f"{ORG}/office")
    mine = PlannedNote(ORG, station.signer.name, NOON + 999, (Sent(kept.id, "planned", kept.plan),))
    for raw, reason in (
        (sealed(station, planned_note(mine, forger)), "no-known-signature"),
        (sealed(station, note(office, station).replace(b"Press 4", b"Press 5")), "bad-signature"),
        (sealed(station, b"rubbish"), "not-a-note"),
        (old[:-9], "seal-damaged"),
        (b"", "seal-damaged"),
        (b"\0" * 2000, "seal-damaged"),
    ):
        path.write_bytes(raw)
        trip = await sync_folder_to(station, there, plain=True)
        assert trip.not_taken == [(path.name, reason)] and files(station) == before


async def test_halfway_through_it_goes_on_the_next_time(served: Served, tmp_path: Path) -> None:
    """Something keeps the second file from being written; what was written is not doubled when it comes again."""
    station, office = known(served.office, tmp_path), served.office
    first, second = plan(office, station), plan(office, station, at="2026-12-01 06:00")
    blocked = station.home / "planned" / f"{second.id}.json"
    blocked.mkdir(parents=True)
    with pytest.raises(FieldkitError):
        await sync(station, served)
    assert not (station.home / "planned" / ".office").exists()
    blocked.rmdir()
    assert said((await sync(station, served)).sent.planned) == ["new"]
    assert list(held(station)) == [first.id, second.id]
    (station.home / "planned" / f"{second.id}.json").write_bytes(b"{damaged")
    PlannedFolder(station.home).remove(second.id)
    assert said((await sync(station, served)).sent.planned) == ["new"], "what was lost here comes again"


async def test_whom_head_office_erases_is_on_no_roster_any_more(served: Served, tmp_path: Path) -> None:
    """Also somebody whom no session names yet; the next sync brings the roster without them."""
    station, office = known(served.office, tmp_path), served.office
    kept = plan(office, station)
    await sync(station, served)
    done = await erase(office.home, "all", "e1", [], "request", NOON)
    assert (done.planned, done.sessions) == ([kept.id], [])
    assert not any(b"Ann" in p.read_bytes() for p in (office.home.path / "planned").rglob("*") if p.is_file())
    await sync(station, served)
    found = held(station)[kept.id]
    assert found is not None and found.expected == ROWS[1:]
    with pytest.raises(NotPossible):
        await erase(office.home, "all", "e1", [], "request", NOON)


async def test_whom_a_laptop_erased_no_later_note_brings_back(served: Served, tmp_path: Path) -> None:
    station, office = known(served.office, tmp_path), served.office
    kept = plan(office, station)
    await sync(station, served)
    assert not_expected(station, {"E1"}) == [kept.id]
    change(office, kept, title="Later")
    await sync(station, served)
    found = held(station)[kept.id]
    assert found is not None and found.title == "Later" and found.expected == ROWS[1:]
    assert b"E1" not in (station.home / "planned" / ".office").read_bytes()


async def test_a_mule_brings_what_it_cannot_read(served: Served, tmp_path: Path) -> None:
    """Plans, and the lists: Ann's laptop has seen no network."""
    ann, bo = known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    await sync(bo, served)
    old = ann.trust
    kept = plan(served.office, ann)
    served.office.enrol(Laptop.named("third"))
    await session(ann, ("Ann Lee", "E1"))
    there = stick(tmp_path)
    pack_waiting(ann, there, plain=False)
    trip = await sync(bo, served, folder=there)
    assert sorted(Path(one).name for one in trip.laid) == sorted([file_name(ann.signer.name), "trust.note"])
    assert held(bo) == {} and b"Ann" not in (there / file_name(ann.signer.name)).read_bytes()
    back = await sync_folder_to(ann, there, plain=False)
    assert said(back.sent.planned) == ["new"] and list(held(ann)) == [kept.id] and len(back.receipts) == 1
    assert old is not None and back.trust == old.version + 2


async def test_a_new_office_key_signs_the_note_anew(office: Office, tmp_path: Path) -> None:
    from fieldkit.sync.central.rotate import rotate

    station = known(office, tmp_path)
    plan(office, station)
    first = note(office, station)
    assert note(office, station) == first
    await asyncio.to_thread(lambda: rotate(office.home, "office", NOON, office.root()))
    second = note(office, station)
    assert second != first and parse_planned(second.decode().split("\n\n")[0] + "\n").as_of > NOON


async def test_plans_go_some_weeks_after_their_day(office: Office, tmp_path: Path) -> None:
    station = known(office, tmp_path)
    kept = plan(office, station, at="2026-11-23 06:00")
    trust = station.trust
    assert trust is not None
    take_planned(station, trust, sealed(station, note(office, station)))
    office.now += 40 * 86_400
    told = take_planned(station, trust, sealed(station, note(office, station))).told
    assert [(one.what, one.id) for one in told] == [("gone", kept.id)] and held(station) == {}
    assert b"Ann" not in b"".join(p.read_bytes() for p in (office.home.path / "planned").rglob("*") if p.is_file())


HEAD = f"fieldkit-planned/1\norg {ORG}\ndevice {ORG}/dev/7q2k\nas_of 2026-11-23T09:00:00Z\n"
GOOD = 'session h-k3m9w2p4 planned {"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC"}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD + "session ../../x planned {}\n", "bad-planned"),
        (HEAD + GOOD + GOOD, "bad-planned"),
        (HEAD + "SESSION\n", "bad-planned"),
        (HEAD.replace("/dev/7q2k", "/office"), "bad-name"),
        (HEAD.replace("2026-11-23T", "2026-13-23T"), "bad-time"),
        ("".join(f"session h-{n:08d} planned x\n" for n in range(501)).join([HEAD, ""]), "too-long"),
        ("fieldkit-planned/2\n", "wrong-note-type"),
    ],
)
def test_a_note_is_read_strictly(text: str, reason: str) -> None:
    with pytest.raises(BadBytes) as found:
        parse_planned(text)
    assert found.value.reason == reason


@pytest.mark.parametrize(
    "raw",
    [
        "{}",
        "[" * 5000,
        '{"v":2,"pack":"x","at":"2026-11-30 06:00","tz":"UTC"}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00"}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","done":"a"}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","office":"sent"}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","changes":{"skip":["a"]}}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","title":"\\u001b]0;x"}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","within":{"program":"../x","part":"y"}}',
        '{"v":1,"pack":"x","at":"2026-11-30 06:00","tz":"UTC","later":"than this release"}',
    ],
)
def test_a_session_that_this_release_cannot_read_is_named_and_the_others_stand(raw: str) -> None:
    found = parse_planned(HEAD + GOOD + f"session h-7v0c2d4e planned {raw}\nlater line\n")
    assert [one.id for one in found.sessions] == ["h-k3m9w2p4"] and found.unread == ("h-7v0c2d4e",)


async def test_an_unread_session_keeps_the_file_it_had(office: Office, tmp_path: Path) -> None:
    station = known(office, tmp_path)
    kept = plan(office, station)
    trust = station.trust
    assert trust is not None
    take_planned(station, trust, sealed(station, note(office, station)))
    before = held(station)
    text = note(office, station).decode().split("\n\n")[0] + "\n"
    newer = text.replace('{"v":1', '{"v":2').replace("2026-11-22T12:00:00Z", "2026-11-22T12:00:09Z")
    from fieldkit.log.note import sign_note

    taken = take_planned(station, trust, sealed(station, sign_note(newer, office.home.office())))
    assert taken.unread == [kept.id] and held(station) == before


def test_hostile_plans_are_refused_at_head_office_too() -> None:
    from fieldkit.planned import check

    for wrong in ({"tz": "x" * 80}, {"room": "\x1b[2J"}, {"office": "mine"}, {"title": "a\u202eb"}):
        with pytest.raises(WrongUsage):
            check(Planned(v=1, pack="x", at="2026-11-30 06:00", **wrong))  # type: ignore[arg-type]
