"""Ingest by the letter: what is stored, what is held, what is evidence, and that nothing else changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError
from fieldkit.log.note import open_checkpoint
from fieldkit.log.receipt import held_hash, parse_central_receipt
from fieldkit.log.trust import TrustList, trust_note
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipt
from tests.kit.central import NOON, Laptop, Log, Office, archive, bundle, members, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def notes(office: Office, origin: str) -> list[bytes]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return await receipt(tx, origin, intake.office)


async def test_a_new_log_is_stored_and_cosigned(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    (one,) = await office.take(bundle(log))
    assert (one.origin, one.size, one.result, one.reason) == (log.origin, log.size, "stored", "")
    checkpoint, paper = await notes(office, log.origin)
    at, opened = open_checkpoint(checkpoint, [laptop.signer.vkey, office.home.central().vkey])
    assert (at.size, at.root) == (log.size, log.root)
    assert [time for key, time in opened.signers if key.role == "central"] == [NOON]
    said = parse_central_receipt(paper, [office.home.office().vkey])
    assert (said.origin, said.size, said.root) == (log.origin, log.size, log.root)
    from fieldkit.log.line import opening_x

    assert said.held == held_hash(opening_x(log.openings[i]) for i in sorted(log.openings))


async def test_the_same_again_is_already_and_gives_the_same_receipt(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    before = await office.picture(), await notes(office, log.origin)
    office.now += 3600
    assert results(await office.take(bundle(log))) == ["already"]
    assert (await office.picture(), await notes(office, log.origin)) == before


async def test_a_longer_log_grows_and_a_shorter_one_is_older(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    assert results(await office.take(bundle(log.upto(3)))) == ["stored"]
    assert results(await office.take(bundle(log))) == ["stored"]
    assert results(await office.take(bundle(log.upto(2)))) == ["older"]
    assert await office.stored() == {log.origin: (log.size, log.root)}


async def test_openings_merge_from_older_and_equal_copies(office: Office, laptop: Laptop) -> None:
    from dataclasses import replace

    log = laptop.whole()
    first, *_ = sorted(log.openings)
    await office.take(bundle(replace(log, openings={})))
    assert (await office.picture())[3] == []
    await office.take(bundle(replace(log.upto(3), openings={first: log.openings[first]})))
    assert [row[1] for row in (await office.picture())[3]] == [first]
    await office.take(bundle(log))
    assert [row[1] for row in (await office.picture())[3]] == sorted(log.openings)


async def test_an_erased_opening_never_comes_back(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    gone = sorted(log.openings)[1]
    longer = log.add("erase", {"refs": [gone], "why": "request"})
    assert results(await office.take(bundle(longer))) == ["stored"]
    assert results(await office.take(bundle(log), bundle(longer))) == ["older", "already"]
    assert gone not in [row[1] for row in (await office.picture())[3]]
    paper = (await notes(office, log.origin))[1]
    from fieldkit.log.line import opening_x

    said = parse_central_receipt(paper, [office.home.office().vkey])
    assert said.held == held_hash(opening_x(log.openings[i]) for i in sorted(log.openings))
    secret = log.openings[gone]
    assert secret not in office.raw()


# ---- held ----------------------------------------------------------------------------------------------------


async def test_an_unknown_laptop_is_held_and_taken_after_enrolment(office: Office) -> None:
    stranger = Laptop.named("zzzz")
    log = stranger.whole()
    raw = bundle(log)
    assert results(await office.take(raw)) == ["held unknown-device"]
    kept = office.home.held / f"{hashlib.sha256(raw).hexdigest()}.fkb"
    assert kept.read_bytes() == raw and await office.stored() == {}
    assert results(await office.again()) == ["held unknown-device"]
    office.enrol(stranger)
    assert await office.stored() == {}
    assert results(await office.again()) == ["stored"]
    assert not kept.exists() and list(office.home.spool.iterdir()) == []


async def test_a_file_that_waits_keeps_its_name_and_since_when(office: Office, tmp_path: Path) -> None:
    """Whoever decides about it looks for it on a stick, and for what waits longest, however often it was judged again
    or came again meanwhile."""
    path, stranger = tmp_path / "thursday.fkb", Laptop.named("zzzz")
    path.write_bytes(bundle(stranger.whole()))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    async with await Intake.open(office.home) as intake:
        for later in (0, 3600):
            await intake.file(path, NOON + later)
            await intake.again(NOON + later + 60)
            async with intake.db.reading() as tx:
                assert [(one.name, one.ms) for one in await tx.arrivals()] == [("thursday.fkb", NOON * 1000)]
    office.enrol(stranger)
    office.now += 7200
    assert results(await office.again()) == ["stored"]
    async with await Intake.open(office.home) as intake, intake.db.reading() as tx:
        assert [(one.result, one.ms) for one in await tx.arrivals(sha256)] == [("stored", office.now * 1000)]


async def test_windows_are_judged_by_centrals_clock(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    office.now = NOON - 5 * 86_400
    assert results(await office.take(bundle(log))) == ["held not-yet-valid"]
    office.now = NOON
    await office.take(bundle(log.upto(3)))
    trust = office.home.trust()
    cut = trust.of("device")[0]
    from msgspec.structs import replace

    later = replace(trust, expires=NOON + 900 * 86_400)
    office.home.trust_path.write_bytes(trust_note(later, office.root()))
    office.now = cut.until
    assert results(await office.take(bundle(log), bundle(log.upto(3)))) == ["held expired", "already"]


async def test_a_revoked_laptop_keeps_what_was_cosigned_before(office: Office, laptop: Laptop) -> None:
    from msgspec.structs import replace

    log = laptop.whole()
    await office.take(bundle(log.upto(4)))
    trust = office.home.trust()
    day = NOON - NOON % 86_400 + 86_400
    keys = tuple(replace(key, revoked=day) if key.kind == "device" else key for key in trust.keys)
    office.home.put_trust(replace(trust, keys=keys), NOON, office.root())
    office.now = day + 60
    outcomes = await office.take(bundle(log), bundle(log.upto(4)), bundle(log.upto(2)), bundle(laptop.whole()))
    assert results(outcomes) == ["held revoked", "already", "older", "held revoked"]


async def test_a_log_without_its_plan_is_held(office: Office, laptop: Laptop) -> None:
    from dataclasses import replace

    log = laptop.whole()
    assert results(await office.take(bundle(replace(log, blobs={})))) == ["held no-plan"]
    other = b"another blob"
    wrong = replace(log, blobs={hashlib.sha256(other).hexdigest(): other})
    assert results(await office.take(bundle(wrong))) == ["held no-plan"]
    assert await office.stored() == {} and all(not table for table in await office.picture())


async def test_an_expired_trust_list_is_an_error_here(office: Office, laptop: Laptop) -> None:
    office.now = NOON + 200 * 86_400
    with pytest.raises(FieldkitError, match="trust list has expired"):
        await office.take(bundle(laptop.whole()))


# ---- forks ---------------------------------------------------------------------------------------------------


def fork_of(log: Log, at: int) -> Log:
    """Another history from record `at` on, of the same laptop."""
    return log.upto(at).join("forkfork", "Somebody Else", "F1").join("forkfor2", "And Another", "F2").close()


@pytest.mark.parametrize("at", [1, 3, 4])
@pytest.mark.parametrize("swap", [False, True])
async def test_a_fork_is_found_whichever_comes_first(office: Office, laptop: Laptop, at: int, swap: bool) -> None:
    log = laptop.whole()
    first, second = (fork_of(log, at), log) if swap else (log, fork_of(log, at))
    raw = bundle(second)
    assert results(await office.take(bundle(first))) == ["stored"]
    before = await office.picture()
    assert results(await office.take(raw)) == ["fork fork"]
    assert await office.picture() == before
    assert await office.findings() == ["fork"]
    assert (office.home.held / f"{hashlib.sha256(raw).hexdigest()}.fkb").exists()
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (found,) = await tx.findings(first.origin)
        assert first.checkpoint().decode().strip() in found.detail["kept"]["checkpoint"]
        assert found.detail["other"]["checkpoint"].encode() == second.checkpoint()
    assert await notes(office, log.origin) == []
    grown = first.add("note.add", {}, private={"text": "later"})
    assert results(await office.take(bundle(grown), bundle(first))) == ["fork fork", "already"]
    assert await office.picture() == before


async def test_damage_is_never_called_a_fork(office: Office, laptop: Laptop) -> None:
    from dataclasses import replace

    log = laptop.whole()
    await office.take(bundle(log.upto(4)))
    before = await office.picture()
    bad = replace(log, lines=[*log.lines[:3], log.lines[3].replace(b"phone", b"kiosk"), *log.lines[4:]])
    parts = dict(members(bad, head=("enrol.note", laptop.enrol_note())))
    parts["1/checkpoint"] = log.checkpoint()
    assert results(await office.take(archive(parts.items()))) == ["refused root-mismatch"]
    assert await office.picture() == before and await office.findings() == []


# ---- several in one file -------------------------------------------------------------------------------------


async def test_one_bad_session_never_stops_the_rest(office: Office, laptop: Laptop) -> None:
    from dataclasses import replace

    stranger = Laptop.named("zzzz")
    a, b, c, d = laptop.whole(), stranger.whole(), laptop.whole(), laptop.whole()
    bad = replace(c, openings={**c.openings, 3: c.openings[3].replace(b"Person", b"Nosrep")})
    raw = bundle(a, b, bad, d)
    assert results(await office.take(raw)) == ["stored", "held unknown-device", "refused opening-mismatch", "stored"]
    assert set(await office.stored()) == {a.origin, d.origin}
    office.enrol(stranger)
    assert results(await office.again()) == ["already", "stored", "refused opening-mismatch", "already"]
    assert results(await office.take(bundle(c))) == ["stored"]


async def test_the_operators_file_is_left_alone(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    stick = tmp_path / "stick.fkb"
    stick.write_bytes(bundle(laptop.whole()))
    async with await Intake.open(office.home) as intake:
        await intake.file(stick, NOON)
    assert stick.exists() and list(office.home.spool.iterdir()) == [] and list(office.home.held.iterdir()) == []


async def test_a_trainers_signature_that_comes_later_is_added(office: Office, laptop: Laptop) -> None:
    from dataclasses import replace

    from msgspec.structs import replace as with_

    from fieldkit.log.keys import Signer
    from fieldkit.log.trust import TrustKey

    trainer = Signer("ld.acme.example/fac/9k3m", hashlib.sha256(b"fac").digest())
    trust = office.home.trust()
    day = NOON - NOON % 86_400
    line = TrustKey("facilitator", trainer.vkey, day, day + 86_400 * 99)
    trust = office.home.put_trust(with_(trust, keys=(*trust.keys, line)), NOON, office.root())
    assert isinstance(trust, TrustList)
    log = laptop.whole()
    await office.take(bundle(log))
    assert results(await office.take(bundle(replace(log, more=(trainer,))))) == ["already"]
    note = (await notes(office, log.origin))[0]
    at, opened = open_checkpoint(note, [laptop.signer.vkey, trainer.vkey, office.home.central().vkey])
    assert [key.role for key, _ in opened.signers] == ["dev", "central", "fac"] and at.root == log.root
