"""A log that goes on after somebody in it was erased brings nothing of them back, and the laptop hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.log.erase_note import parse_erase_note
from fieldkit.log.receipt import kind_of, split_notes
from fieldkit.sync.central import down
from fieldkit.sync.central.erase import erase as at_head_office
from tests.kit.central import NOON, Laptop, Log, Office, bundle, results
from tests.sync.erased import BADGE, OTHERS, WHO, at_office, everybody_elses

P, Q = "person01", "person02"


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    made = await Office.make(tmp_path)
    made.now = NOON + 3600
    return made


async def begun(office: Office) -> tuple[Laptop, Log]:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join(P, *WHO).join(Q, *OTHERS[0])
    await office.take(bundle(log))
    return laptop, log


def renamed(log: Log, p: str, name: str) -> Log:
    return log.add("person.rename", {"why": "mistake"}, p=p, private={"name": name})


async def tombs(office: Office, log: Log) -> list[int]:
    return [i for origin, i, *_ in (await office.picture())[4] if origin == log.origin]


@pytest.mark.parametrize("which", ["all", ""])
async def test_a_name_that_was_given_before_the_laptop_knew_is_not_taken_in(office: Office, which: str) -> None:
    laptop, log = await begun(office)
    await at_head_office(office.home, which or log.origin, BADGE, [], "request", office.now)
    longer = renamed(renamed(log, P, WHO[0]), Q, OTHERS[0][0])
    longer = longer.add("answer.put", {"activity": "q", "round": 1, "via": "phone"}, p=P, private={"v": WHO[0]}).close()
    assert results(await office.take(bundle(longer))) == ["stored"]
    assert await tombs(office, log) == [1, 3, 5] and at_office(office) == [] and everybody_elses(office)
    assert results(await office.take(bundle(longer))) == ["already"] and at_office(office) == []
    told = await down.notes(office.home, laptop.signer.name, "")
    keys = [office.home.office().vkey]
    erased = [parse_erase_note(note, keys) for note in split_notes(told or b"") if kind_of(note) == "erase"]
    assert sorted(i for one in erased for i in one.refs) == [1, 3, 5]


async def test_what_somebody_types_after_their_laptop_erased_them_is_theirs_anew(office: Office) -> None:
    """The record of the erasure stands between: who is asked afterwards is asked again."""
    _, log = await begun(office)
    await at_head_office(office.home, log.origin, BADGE, [], "request", office.now)
    longer = renamed(log, P, WHO[0]).add("erase", {"refs": [1], "why": "request"})
    longer = renamed(longer, P, "Somebody Else").close()
    assert results(await office.take(bundle(longer))) == ["stored"]
    assert await tombs(office, log) == [1, 3] and at_office(office) == []


async def test_one_record_alone_erases_nobody_who_has_others(office: Office) -> None:
    _, log = await begun(office)
    log = renamed(log, P, WHO[0])
    await office.take(bundle(log))
    await at_head_office(office.home, log.origin, "", [1], "mistake", office.now)
    longer = renamed(log, P, "Right Name").close()
    assert results(await office.take(bundle(longer))) == ["stored"] and await tombs(office, log) == [1]
