"""Head office over real TLS: the note that opens its door, what goes in, what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.names import b64
from fieldkit.log.note import fields_text, open_checkpoint, sign_note, utc_text
from fieldkit.log.put import parse_header, parse_put, put_header, put_note
from fieldkit.log.receipt import split_notes
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.resolve import resolve
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.sync.served import (
    STRANGER,
    Line,
    Served,
    at_rest,
    get,
    opening,
    put,
    serving,
    sha,
)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


# ---- the note ------------------------------------------------------------------------------------------------


def test_a_note_says_who_asks_about_which_file_and_when() -> None:
    put_ = parse_header(put_header(STRANGER.signer, "ab" * 32, NOON))
    assert (put_.vkey, put_.sha256, put_.time) == (STRANGER.signer.vkey, "ab" * 32, NOON)


def hostile_notes() -> dict[str, bytes]:
    signer, other = STRANGER.signer, Laptop.named("7q2k").signer
    good = put_note(signer, "ab" * 32, NOON)
    fields = [("device", str(signer.vkey)), ("sha256", "ab" * 32), ("time", utc_text(NOON))]
    return {
        "wrong-note-type": enrol_note(signer, NOON),
        "bad-hash": sign_note(fields_text("put", [fields[0], ("sha256", "../../etc/passwd"), fields[2]]), signer),
        "bad-time": sign_note(fields_text("put", [*fields[:2], ("time", "yesterday")]), signer),
        "no-known-signature": sign_note(fields_text("put", fields), other),
        "bad-signature": good.replace(b"abab", b"abac", 1),
        "bad-note": sign_note(fields_text("put", fields), signer, other),
        "too-long": good + b"\n" * 5000,
        "not-a-note": b"",
        "not-utf8": b"\xff" + good,
    }


@pytest.mark.parametrize("why", sorted(hostile_notes()))
def test_a_note_that_is_none_is_refused_with_its_reason(why: str) -> None:
    with pytest.raises(BadBytes) as no:
        parse_put(hostile_notes()[why])
    assert no.value.reason == why


# ---- what goes in --------------------------------------------------------------------------------------------


async def test_a_file_is_stored_and_its_receipts_come_at_once(served: Served, laptop: Laptop) -> None:
    log = laptop.whole()
    raw = bundle(log)
    status, said = await put(served, laptop.signer, raw)
    assert status == 200
    assert said["sessions"] == [{"origin": log.origin, "size": log.size, "result": "stored", "reason": ""}]
    checkpoint, _ = split_notes(said["receipts"].encode())
    at, _ = open_checkpoint(checkpoint, [served.office.home.central().vkey])
    assert (at.origin, at.root) == (log.origin, log.root) and at_rest(served.office)
    assert served.lines[0].startswith(laptop.signer.name) and served.lines[0].endswith("stored")
    served.office.now += 300
    assert await put(served, laptop.signer, raw) == (200, said), "the same again gives the same"
    assert await get(served, laptop.signer, "bundles", sha(raw)) == (200, said)


async def test_the_root_key_is_not_needed(served: Served, laptop: Laptop) -> None:
    served.office.home.root_path.unlink()
    assert (await put(served, laptop.signer, bundle(laptop.whole())))[0] == 200


async def test_an_unknown_laptops_file_is_held_and_taken_once_it_is_enrolled(served: Served) -> None:
    log = STRANGER.whole()
    raw = bundle(log)
    status, said = await put(served, STRANGER.signer, raw)
    assert (status, said["sessions"][0]["result"], said["sessions"][0]["reason"]) == (200, "held", "unknown-device")
    assert said["receipts"] == "" and (served.office.home.held / f"{sha(raw)}.fkb").read_bytes() == raw
    assert (await get(served, STRANGER.signer, "trust", "0" * 64))[1]["reason"] == "unknown-device"
    served.office.enrol(STRANGER)
    status, said = await put(served, STRANGER.signer, raw)
    assert (status, said["sessions"][0]["result"]) == (200, "stored") and said["receipts"]
    assert list(served.office.home.held.iterdir()) == []


async def test_a_mule_may_bring_what_it_cannot_read(served: Served, laptop: Laptop) -> None:
    """The note is of the one who carries; whose sessions they are, the file says."""
    status, said = await put(served, STRANGER.signer, bundle(laptop.whole()))
    assert (status, said["sessions"][0]["result"]) == (200, "stored")


async def test_one_bad_session_leaves_the_answer_of_the_others(served: Served, laptop: Laptop) -> None:
    good, held = laptop.whole(), STRANGER.whole()
    status, said = await put(served, laptop.signer, bundle(good, held))
    assert status == 200 and [one["result"] for one in said["sessions"]] == ["stored", "held"]
    assert good.origin in said["receipts"] and held.origin not in said["receipts"]


async def test_a_file_of_which_nothing_can_be_read_is_a_4xx_and_kept(served: Served, laptop: Laptop) -> None:
    raw = b"age-encryption.org/v1\nthis is none\n"
    status, said = await put(served, laptop.signer, raw)
    assert status == 422 and said["sessions"][0]["origin"] is None and said["sessions"][0]["result"] == "refused"
    assert (served.office.home.held / f"{sha(raw)}.fkb").read_bytes() == raw and at_rest(served.office)


async def test_two_at_once_and_one_who_goes_away(served: Served, laptop: Laptop) -> None:
    log = laptop.whole(people=20)
    raw = bundle(log)
    gone = await Line.to(served)
    await gone.send(opening(laptop, raw) + raw)
    first, second, _ = await asyncio.gather(
        put(served, laptop.signer, raw), put(served, laptop.signer, raw), gone.close()
    )
    assert first == second and first[0] == 200
    assert await served.office.stored() == {log.origin: (log.size, log.root)} and at_rest(served.office)


async def test_the_trust_list_comes_down_unless_it_is_the_one_held(served: Served, laptop: Laptop) -> None:
    raw = served.office.home.trust_path.read_bytes()
    assert await get(served, laptop.signer, "trust", "0" * 64) == (200, raw.decode())
    assert await get(served, laptop.signer, "trust", sha(raw)) == (204, "")
    served.office.enrol(Laptop.named("new1"))
    assert (await get(served, laptop.signer, "trust", sha(raw)))[0] == 200


async def test_what_never_came_is_not_there(served: Served, laptop: Laptop) -> None:
    status, said = await get(served, laptop.signer, "bundles", "0" * 64)
    assert (status, said["reason"]) == (404, "not-arrived")


async def test_what_was_written_down_is_not_said_once_it_holds_no_more(served: Served, laptop: Laptop) -> None:
    """Somebody chose the other history, or let a file go: the answer is what is true then."""
    log = laptop.whole()
    other = log.upto(3).join("forkfork", "Somebody Else", "F1").close()
    first, second = bundle(log), bundle(other)
    assert (await put(served, laptop.signer, first))[1]["sessions"][0]["result"] == "stored"
    assert (await put(served, laptop.signer, second))[1]["sessions"][0]["result"] == "fork"
    async with await Intake.open(served.office.home) as intake:
        await resolve(intake, log.origin, b64(other.root), "asked the trainer", NOON)
    assert (await get(served, laptop.signer, "bundles", sha(first)))[1]["reason"] == "not-arrived"
    assert (await put(served, laptop.signer, first))[1]["sessions"][0]["result"] == "fork"
    assert (await put(served, laptop.signer, second))[1]["sessions"][0]["result"] in ("stored", "already")
    junk = b"\x1f\x8b\x08 a holiday photo"
    await put(served, laptop.signer, junk)
    async with await Intake.open(served.office.home) as intake, intake.db.transaction() as tx:
        await tx.discard(sha(junk))
    assert (await get(served, laptop.signer, "bundles", sha(junk)))[0] == 404
