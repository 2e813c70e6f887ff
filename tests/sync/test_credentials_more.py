"""Certificates at head office: who gets none, what is no number, what the policy and a laptop have to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.core.intents import Correct
from fieldkit.errors import NotPossible
from fieldkit.log.credential import credential, to_bytes
from fieldkit.log.revoked import revoked_path
from fieldkit.sync.central import desk, policy
from fieldkit.sync.central.database import Database
from tests.core.classes import ALL
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.certified import DAY, NAME, excuse, give, held, issuing, listed, states, take_back, using
from tests.sync.courses import course


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await issuing(tmp_path)


@pytest.fixture
async def log(office: Office) -> Log:
    return await held(office)


async def test_who_has_not_completed_it_gets_none(office: Office, log: Log) -> None:
    for who in ("E3", "E9", "/", "  ", "'; DROP TABLE record; --", "Ann [/] Lee", "\x1b[2J", "E" * 9999):
        with pytest.raises(NotPossible, match="has not completed press4"):
            await give(office, who)
    assert await listed(office) == []


async def test_what_is_given_counts_until_its_last_day(office: Office, log: Log) -> None:
    await give(office)
    assert await states(office) == {"E1": "valid", "E2": "valid"}
    office.now = NOON + 365 * DAY
    assert await states(office) == {"E1": "valid", "E2": "valid"}
    office.now += DAY
    assert await states(office) == {"E1": "expired", "E2": "expired"}


async def test_what_stands_again_needs_nobody(office: Office, log: Log) -> None:
    await give(office)
    await excuse(office, log, "E1")
    assert (await states(office))["E1"] == "unfounded"
    said = Correct(do="correct", by="office", why="mistake", who="E1", status="present")
    await using(office, lambda db: desk.correct(office.home, db, log.origin, lambda session: said, office.now))
    assert (await states(office))["E1"] == "valid" and await office.findings() == []


async def test_what_is_no_number_revokes_nothing(office: Office, log: Log) -> None:
    await give(office)
    for id in ("", "0b5e1c2d", "%", "../x", "\x1b", "é" * 9999, "urn:uuid:"):
        with pytest.raises(NotPossible, match="There is no certificate"):
            await take_back(office, id)
    assert not revoked_path(office.home.path).exists()


async def test_what_a_laptop_writes_of_credentials_counts_for_nothing(office: Office) -> None:
    """A laptop can write any record; certificates are head office's."""
    laptop = Laptop.named("9k3m")
    office.enrol(laptop)
    fact = {"id": "0b5e1c2d-8a7e-5c11-9d0e-1a2b3c4d5e6f", "program": "press4", "version": "1.0.0", "on": "2026-11-22"}
    log = course(laptop, {"E1": ALL}, close=False).add("credential.issued", fact, p="person01").close()
    assert [one.result for one in await office.take(bundle(log))] == ["stored"]
    assert await listed(office) == []


async def test_a_name_stands_there_only_if_the_policy_allows(office: Office, log: Log) -> None:
    sign_policy(office, "field name no")
    (one,) = (await give(office, "E1")).given
    text = to_bytes(credential(one, office.home.office())).decode()
    assert one.name == "" and NAME not in text and '"E1"' not in text
    sign_policy(office, "field badge no")
    with pytest.raises(NotPossible, match="no badges"):
        await give(office)


def sign_policy(office: Office, line: str) -> None:
    from fieldkit.log.note import sign_note, utc_text

    head = f"fieldkit-policy/1\norg ld.acme.example\nversion 1\nissued {utc_text(office.now)}\n{line}\n"
    policy.path_of(office.home).write_bytes(sign_note(head, office.home.office()))


async def test_nothing_is_said_about_the_session_that_carries_it(office: Office, log: Log) -> None:
    """Its sheets stay as they were, and its laptop hears of no correction: the records are about a certificate."""
    from fieldkit.sync.central.export import made
    from fieldkit.sync.central.telling import amended_notes

    async def look(db: Database) -> tuple[bytes, bytes, dict[str, list[bytes]]]:
        sheets = [(await made(db, office.home, log.origin, what, "csv")).data for what in ("attendance", "corrections")]
        async with db.reading() as tx:
            return sheets[0], sheets[1], await amended_notes(tx, office.home)

    before = await using(office, look)
    (one,) = (await give(office, "E1")).given
    await take_back(office, one.id)
    assert await using(office, look) == before and before[2] == {}
