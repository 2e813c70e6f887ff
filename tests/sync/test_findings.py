"""What needs a person: chains of sessions by public key, people in two rooms, trainers without a certificate."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.keys import Signer
from fieldkit.log.trust import TrustKey
from fieldkit.sync.central.findings import needs
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.rows import Finding
from tests.kit.central import NOON, Laptop, Office, bundle, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def found(office: Office) -> list[Finding]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return await tx.findings()


async def test_a_missing_number_is_a_gap_until_it_arrives(office: Office, laptop: Laptop) -> None:
    logs = [laptop.whole() for _ in range(4)]
    await office.take(bundle(logs[0]), bundle(logs[3]))
    (gap,) = await found(office)
    assert (gap.origin, gap.code, gap.detail) == (logs[3].origin, "gap", {"first": 2, "last": 3})
    await office.take(bundle(logs[2]))
    (gap,) = await found(office)
    assert (gap.origin, gap.detail) == (logs[2].origin, {"first": 2, "last": 2})
    await office.take(bundle(logs[1]))
    assert await found(office) == []


async def test_a_cut_tail_is_seen_whichever_log_comes_first(office: Office, laptop: Laptop) -> None:
    first = laptop.whole()
    second = laptop.whole()
    for order in ((first.upto(3), second), (second, first.upto(3))):
        await office.take(*(bundle(log) for log in order))
        assert await office.findings() == ["tail-cut"]
    (cut,) = await found(office)
    assert cut.origin == first.origin and cut.detail == {"next": second.origin, "size": first.size, "stored": 3}
    await office.take(bundle(first))
    assert await found(office) == []


async def test_a_next_session_that_names_another_history_is_told(office: Office, laptop: Laptop) -> None:
    first = laptop.whole()
    other = replace(first, lines=[*first.upto(4).join("otherone", "X").lines])
    second = laptop.session(prev=other)
    await office.take(bundle(second), bundle(first))
    assert await office.findings() == ["prev-differs"]


async def test_one_number_twice_is_told(office: Office, laptop: Laptop) -> None:
    first = laptop.whole()
    await office.take(bundle(first))
    twin = Laptop(laptop.signer).whole(tail="twin")
    assert results(await office.take(bundle(twin))) == ["stored"]
    assert await office.findings() == ["duplicate-seq"]


async def test_the_chain_goes_by_key_and_not_by_name(office: Office, laptop: Laptop) -> None:
    other = Laptop.named("8r3m")
    office.enrol(other)
    await office.take(bundle(laptop.whole()), bundle(other.whole()))
    assert await found(office) == []


async def test_a_badge_in_two_rooms_at_once_is_told(office: Office, laptop: Laptop) -> None:
    other = Laptop.named("8r3m")
    office.enrol(other)
    here = laptop.session().join("aaaaaaaa", "Ann Lee", "E7").close()
    there = other.session().join("bbbbbbbb", "Anna Lee", "E7").close()
    later = laptop.session().add("segment.enter", {"segment": "a"})
    later = later.add("note.add", {}).join("cccccccc", "Ann", "E7").close()
    await office.take(bundle(here), bundle(there))
    (one,) = await found(office)
    assert one.code == "overlap" and {one.detail["p"], one.detail["other_p"]} == {"aaaaaaaa", "bbbbbbbb"}
    assert one.detail["until_ms"] - one.detail["from_ms"] == 60_000
    assert "E7" not in str(one) and "Ann" not in str(one)
    await office.take(bundle(later))
    assert [f.code for f in await found(office)] == ["overlap"]
    erased = here.add("erase", {"refs": [1], "why": "request"})
    await office.take(bundle(erased))
    assert await found(office) == []


async def test_other_issuers_are_other_people(office: Office, laptop: Laptop) -> None:
    other = Laptop.named("8r3m")
    office.enrol(other)

    def joined(laptop: Laptop, issuer: str) -> bytes:
        d = {"device": "phone", "ev": ["lan"], "via": "phone", "walkin": True}
        private = {"name": "A", "badge": "E7", "issuer": issuer}
        return bundle(laptop.session().add("person.join", d, p="aaaaaaaa", private=private).close())

    await office.take(joined(laptop, "steel"), joined(other, "rail"))
    assert await found(office) == []


async def test_a_trainer_without_certificate_makes_a_flagged_session(office: Office, laptop: Laptop) -> None:
    from msgspec.structs import replace as with_

    trainer = Signer("ld.acme.example/fac/9k3m", hashlib.sha256(b"fac").digest())
    day = NOON - NOON % 86_400

    def listed(*packs: str) -> None:
        trust = office.home.trust()
        line = TrustKey("facilitator", trainer.vkey, day, day + 86_400 * 99, packs=packs)
        keys = (*(key for key in trust.keys if key.kind != "facilitator"), line)
        office.home.put_trust(with_(trust, keys=keys), NOON, office.root())

    assert results(await office.take(bundle(laptop.whole(fac=trainer.name)))) == ["stored"]
    listed("other-pack")
    assert results(await office.take(bundle(laptop.whole(fac=trainer.name)))) == ["stored"]
    listed("tiny", "other-pack")
    assert results(await office.take(bundle(laptop.whole(fac=trainer.name)))) == ["stored"]
    assert await office.findings() == ["not-certified", "unknown-facilitator"]


async def test_what_cannot_be_folded_is_stored_all_the_same(office: Office, laptop: Laptop) -> None:
    plan = b'{"of":"another release"}'
    sha = hashlib.sha256(plan).hexdigest()
    pack: dict[str, Any] = {"files": "0" * 64, "id": "tiny", "plan": sha, "signed": False, "version": "1.0.0"}
    log = replace(laptop.whole(pack=pack), blobs={sha: plan})
    assert results(await office.take(bundle(log))) == ["stored"]
    assert await office.findings() == ["not-folded"]


async def test_everything_that_needs_a_person_is_listed(office: Office, laptop: Laptop) -> None:
    stranger = Laptop.named("zzzz")
    log = laptop.whole()
    await office.take(bundle(stranger.whole()), bundle(log), b"hello")
    await office.take(bundle(log.upto(3).join("forkfork", "F").close()))
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        told = [(one.code, one.reason, one.origin) for one in await needs(tx)]
    assert sorted(told, key=str) == sorted(
        [
            ("held", "unknown-device", stranger.whole(seq=1).origin),
            ("refused", "not-gzip", None),
            ("fork", "fork", log.origin),
        ],
        key=str,
    )
    office.enrol(stranger)
    await office.again()
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        assert sorted(one.code for one in await needs(tx)) == ["fork", "refused"]
