"""Answers on their way down: signed, sealed to their laptop, whole each time; by the line, by stick and by a mule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.cli.aftertools import AfterTools
from fieldkit.errors import BadBytes
from fieldkit.log.answers_note import AnswersNote, answers_note, answers_path, read_answers
from fieldkit.log.keys import Signer, seal_to
from fieldkit.station import SessionRef, Station
from fieldkit.sync.answered import answered, file_name, held_sha, take_answers, tidy
from fieldkit.sync.carry import pack_waiting, sync_folder_to
from fieldkit.sync.central import outgoing
from fieldkit.sync.central.answers_down import FILE, note_now
from fieldkit.sync.central.erase import erase
from fieldkit.sync.erasing import erase as erase_here
from tests.cli.kit import Done, fieldkit
from tests.kit.central import NOON, ORG, Office
from tests.sync.asked import ANSWER, BADGE, WHAT, answer, asked_here
from tests.sync.sent import stick
from tests.sync.served import STRANGER, Served, get, serving
from tests.sync.test_desk_log import with_desk
from tests.sync.trips import enrol, laptop, sync

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    with_desk(office)
    async with serving(office) as one:
        yield one


def known(office: Office, folder: Path, name: str = "laptop") -> Station:
    station = laptop(folder, name)
    enrol(office, station)
    return station


async def note(office: Office, station: Station) -> bytes:
    raw = await asyncio.to_thread(note_now, office.home, station.signer.vkey, office.now)
    assert raw is not None
    return raw


def lay(folder: Path, station: Station, raw: bytes) -> Path:
    path = folder / file_name(station.signer.name)
    path.write_bytes(raw)
    return path


def texts(station: Station, ref: SessionRef) -> list[tuple[str, str]]:
    return [(one.question, one.text) for one in answered(station, station.find(ref.origin))]


async def test_from_the_room_to_the_expert_and_back_on_the_next_sync(served: Served, tmp_path: Path) -> None:
    """A question is kept, carried, answered and read out: `sync`, `show` and the terminal say it, `show` who signed."""
    office, station = served.office, known(served.office, tmp_path)
    ref = await asked_here(station)
    first = await sync(station, served)
    assert first.sent.answered == [] and first.receipts == [ref.origin] and not answers_path(station.home).exists()
    office.now += 3600
    assert (await answer(office, ref.origin, name="Dr. Ö [/] \x1b[31m")).new
    (new,) = (await sync(station, served)).sent.answered
    assert (new.origin, new.i, new.question, new.text, new.by) == (ref.origin, 3, WHAT, ANSWER, "Dr. Ö [/] [31m")
    assert (new.at, new.office, new.closed) == (office.now, ORG, False)
    assert answers_path(station.home).stat().st_mode & 0o77 == 0
    before = answers_path(station.home).read_bytes()
    assert (await sync(station, served)).sent.answered == [] and answers_path(station.home).read_bytes() == before

    def run(*args: str) -> Done:
        return fieldkit(*args, home=station.home)

    shown = await asyncio.to_thread(run, "show", "last")
    assert WHAT in shown.text and f"→ {ANSWER}" in shown.text and "\x1b" not in shown.text
    assert f"Dr. Ö [/] [31m, head office {ORG}, signed 2026-11-22" in shown.text
    (row,) = (await asyncio.to_thread(run, "show", "last", "--json")).document["answers"]
    assert (row["question"], row["answer"], row["closed"], row["record"]) == (WHAT, ANSWER, "", 3)
    (line,) = AfterTools(station, ref.origin).answers()
    assert (line.question, line.text, line.office) == (WHAT, ANSWER, ORG)
    await answer(office, ref.origin, text="Asked twice.", closed=True)
    there = str(stick(tmp_path))
    assert (await asyncio.to_thread(fieldkit, "central", "outbound", there, "--home", str(office.home.path))).code == 0
    said = await asyncio.to_thread(run, "sync", "--to", there)
    assert "1 question of your sessions was answered." in said.talk
    assert "→ no answer: Asked twice." in (await asyncio.to_thread(run, "show", "last")).text


async def test_both_ways_bring_the_same_and_a_stick_says_nothing_to_anybody(served: Served, tmp_path: Path) -> None:
    office, ann, bo = served.office, known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    ref = await asked_here(ann)
    await sync(ann, served)
    await sync(bo, served)
    await answer(office, ref.origin)
    assert (await sync(bo, served)).sent.answered == [] and not answers_path(bo.home).exists()
    await sync(ann, served)
    online = answers_path(ann.home).read_bytes()
    answers_path(ann.home).unlink()
    there = stick(tmp_path)
    names = {path.name for path in outgoing.write(office.home, there, office.now)}
    raw = (there / file_name(ann.signer.name)).read_bytes()
    assert file_name(bo.signer.name) not in names
    assert WHAT.encode() not in raw and ANSWER.encode() not in raw and ref.origin.encode() not in raw
    assert len((await sync_folder_to(ann, there, plain=True)).sent.answered) == 1
    assert answers_path(ann.home).read_bytes() == online and texts(ann, ref) == [(WHAT, ANSWER)]
    assert (await get(served, STRANGER.signer, "answers", "0" * 64))[0] == 403
    path = lay(there, bo, raw)
    assert (await sync_folder_to(bo, there, plain=True)).not_taken == [(path.name, "sealed")]
    lay(there, bo, seal_to(bo.signer.vkey, await note(office, ann)))
    assert (await sync_folder_to(bo, there, plain=True)).not_taken == [(path.name, "other-device")]
    assert ANSWER.encode() not in (office.home.path / FILE).read_bytes()


async def test_forged_old_oversized_and_damaged_ones_change_nothing(served: Served, tmp_path: Path) -> None:
    office, station = served.office, known(served.office, tmp_path)
    ref = await asked_here(station)
    await sync(station, served)
    await answer(office, ref.origin, text="The first answer.")
    old = await note(office, station)
    office.now += 60
    await answer(office, ref.origin)
    await sync(station, served)
    before = answers_path(station.home).read_bytes()
    there, me = stick(tmp_path), station.signer.vkey
    forger = Signer.generate(f"{ORG}/office")
    mine = AnswersNote(ORG, station.signer.name, NOON + 99_999, read_answers(old).answers, read_answers(old).halves)
    for raw, reason in (
        (seal_to(me, old), ""),
        (seal_to(me, answers_note(mine, forger)), "no-known-signature"),
        (seal_to(me, before.replace(b" 3 ", b" 4 ", 1)), "bad-signature"),
        (seal_to(me, before.replace(b"Two locks", b"No  locks")), "opening-mismatch"),
        (seal_to(me, b"rubbish"), "not-a-note"),
        (seal_to(me, before)[:-9], "seal-damaged"),
        (b"", "seal-damaged"),
        (b"age-encryption.org/v1\n" + b"\0" * (9 << 20), None),
    ):
        path = lay(there, station, raw)
        trip = await sync_folder_to(station, there, plain=True)
        assert trip.not_taken == ([(path.name, reason)] if reason else []), reason
        assert trip.sent.answered == [] and answers_path(station.home).read_bytes() == before
    trust = station.trust
    assert trust is not None
    with pytest.raises(BadBytes, match="longer than"):
        take_answers(station, trust, b"\0" * (9 << 20))
    assert texts(station, ref) == [(WHAT, ANSWER)]


async def test_a_key_that_was_revoked_answers_nothing_any_more(served: Served, tmp_path: Path) -> None:
    """What it signed is shown no more, and the next sync brings the same under the new key."""
    from fieldkit.sync.central.rotate import rotate

    office, station = served.office, known(served.office, tmp_path)
    ref = await asked_here(station)
    await sync(station, served)
    await answer(office, ref.origin)
    await sync(station, served)
    first = answers_path(station.home).read_bytes()
    await asyncio.to_thread(lambda: rotate(office.home, "office", office.now, office.root()))
    gone = read_answers(first)
    trust = office.home.next_trust()
    old = next(key for key in trust.of("office") if key.vkey.keyid in _keyids(first))
    from msgspec.structs import replace

    keys = tuple(replace(key, revoked=NOON - 43_200) if key is old else key for key in trust.keys)
    listed = office.home.put_trust(replace(trust, keys=keys), office.now, office.root())
    (station.home / "trust.note").write_bytes(office.home.trust_path.read_bytes())
    station = laptop(tmp_path)
    assert station.trust is not None and station.trust.version == listed.version
    assert (
        texts(station, ref) == [] and (await asyncio.to_thread(fieldkit, "show", "last", home=station.home)).code == 0
    )
    await sync(station, served)
    assert texts(station, ref) == [(WHAT, ANSWER)]
    assert read_answers(answers_path(station.home).read_bytes()).as_of > gone.as_of


def _keyids(raw: bytes) -> list[bytes]:
    from fieldkit.log.answers_note import NOTE_MOST, parted
    from fieldkit.log.note import split_note

    return [line.keyid for line in split_note(parted(raw)[0], NOTE_MOST)[1]]


async def test_what_head_office_erases_the_laptop_forgets(served: Served, tmp_path: Path) -> None:
    office, station = served.office, known(served.office, tmp_path)
    ref, other = await asked_here(station), await asked_here(station, "And the key?")
    await sync(station, served)
    await answer(office, ref.origin)
    own, _, i = (await answer(office, other.origin, text="In the box.")).log.rpartition("#")
    await sync(station, served)
    assert [len(texts(station, one)) for one in (ref, other)] == [1, 1]
    old = seal_to(station.signer.vkey, await note(office, station))
    await erase(office.home, own, "", [int(i)], "mistake", NOON)
    await sync(station, served)
    assert texts(station, other) == [] and b"In the box" not in answers_path(station.home).read_bytes()
    await erase(office.home, ref.origin, "", [3], "request", NOON)
    await sync(station, served)
    raw = answers_path(station.home).read_bytes()
    assert texts(station, ref) == [] and ANSWER.encode() not in raw and read_answers(raw).answers == ()
    there = stick(tmp_path)
    lay(there, station, old)
    await sync_folder_to(station, there, plain=True)
    assert answers_path(station.home).read_bytes() == raw, "an older note brings nothing back"


async def test_what_is_erased_here_takes_its_answer_along_and_no_note_brings_it_back(
    served: Served, tmp_path: Path
) -> None:
    office, station = served.office, known(served.office, tmp_path)
    ref, other = await asked_here(station), await asked_here(station, "And the key?")
    await sync(station, served)
    await answer(office, ref.origin)
    await answer(office, other.origin, text="In the box.")
    await sync(station, served)
    await erase_here(station, station.find(ref.origin), BADGE, "request", also=[3])
    raw = answers_path(station.home).read_bytes()
    assert (
        ANSWER.encode() not in raw
        and b"In the box." in raw
        and texts(station, other) == [("And the key?", "In the box.")]
    )
    there = stick(tmp_path)
    lay(there, station, seal_to(station.signer.vkey, await note(office, station)))
    assert (await sync_folder_to(station, there, plain=True)).sent.answered == []
    assert ANSWER.encode() not in answers_path(station.home).read_bytes()
    await sync(station, served)
    await sync(station, served)
    assert len(read_answers(answers_path(station.home).read_bytes()).answers) == 1, "head office knows it now"


async def test_a_mule_brings_what_it_cannot_read(served: Served, tmp_path: Path) -> None:
    office, ann, bo = served.office, known(served.office, tmp_path, "ann"), known(served.office, tmp_path, "bo")
    ref = await asked_here(ann)
    await sync(ann, served)
    await answer(office, ref.origin)
    await asked_here(ann, "Another one?")
    there = stick(tmp_path)
    pack_waiting(ann, there, plain=False)
    trip = await sync(bo, served, folder=there)
    assert file_name(ann.signer.name) in {Path(one).name for one in trip.laid}
    assert not answers_path(bo.home).exists()
    assert len((await sync_folder_to(ann, there, plain=False)).sent.answered) == 1
    assert texts(ann, ref) == [(WHAT, ANSWER)]


async def test_damage_here_is_mended_by_the_next_sync_and_stops_nothing(served: Served, tmp_path: Path) -> None:
    office, station = served.office, known(served.office, tmp_path)
    ref = await asked_here(station)
    await sync(station, served)
    await answer(office, ref.origin)
    for damage in (b"", b"rubbish\n=====\n", b"\0" * 4096, b"x" * (9 << 20)):
        await sync(station, served)
        assert texts(station, ref) == [(WHAT, ANSWER)]
        answers_path(station.home).write_bytes(damage)
        assert texts(station, ref) == [] and len(held_sha(station)) == 64
        assert (await asyncio.to_thread(fieldkit, "show", "last", home=station.home)).code == 0
    tidy(station)
    assert not answers_path(station.home).exists()
    tidy(station)
    await sync(station, served)
    assert texts(station, ref) == [(WHAT, ANSWER)]
    (office.home.path / FILE).write_bytes(b"{damaged")
    trip_status, _ = await get(served, station.signer, "answers", "0" * 64)
    assert trip_status == 503, "said at head office, and the next request tries again"
