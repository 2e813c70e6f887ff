"""Head office's pages for a facilitator: the sessions that they led, however that came to be, and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.digested import caught_up
from tests.sync.fronted import Browser, account
from tests.sync.served import Served, serving
from tests.sync.test_front import FAC, origins, seen

OTHER = "ld.acme.example/fac/4b4b"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "Hall 3")
    account(office, "sam", "facilitator", key=FAC)
    async with serving(office) as one:
        yield one


def named(log: Log, key: str, role: str = "trainer", **more: object) -> Log:
    return log.add("staff.set", {"key": key, "role": role, **more}, private={"name": "Somebody"})


def handed_to(log: Log, key: str, by: str) -> Log:
    """`by` gives it to `key`, as a laptop writes it."""
    signed = log.add("sign.by", {"key": by, "meaning": "handover", "role": "trainer"}, private={"name": "Giver"})
    return named(signed, key).add("session.handover", {"to": key})


def signed(log: Log, key: str) -> Log:
    return log.close().add("sign.by", {"key": key, "meaning": "held", "role": "trainer"}, private={"name": "S"})


async def test_asvs_8_2_2_a_facilitator_sees_what_they_led_or_took_over_and_of_others_nothing(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    made: dict[str, Log] = {}

    def put(what: str, log: Log) -> None:
        made[what] = laptop.last = log

    put("named", named(laptop.session(), FAC).close())  # as laptops write it: opened for nobody's key
    put("opened", laptop.session(fac=FAC).close())
    put("took it over", handed_to(named(laptop.session(), OTHER), FAC, OTHER).close())
    put("gave it away", handed_to(laptop.session(fac=FAC), OTHER, FAC).close())
    put("signed for it", signed(laptop.session(), FAC))
    put("not over", named(laptop.session(), FAC))
    mine = set(made)
    put("nobody", laptop.session().close())
    put("another", signed(named(laptop.session(fac=OTHER), OTHER), OTHER))
    put("helped", named(named(laptop.session(), OTHER), FAC, "cotrainer").close())
    put("checked", laptop.session().close().add("sign.by", {"key": FAC, "meaning": "checked", "role": "supervisor"}))
    put("named by mistake", named(named(laptop.session(), FAC), FAC, off=True).close())
    put("alike", named(laptop.session(), FAC + "x").close())
    put("case", named(laptop.session(), FAC.upper()).close())
    put("all", named(laptop.session(), "%").close())
    await served.office.take(bundle(*made.values()))
    await caught_up(served.office)
    listed = set(origins(await seen(served, "sam", "/sessions")))
    assert {what for what, log in made.items() if log.origin in listed} == mine
    for query, n in (("site=yard", len(mine)), ("laptop=7q2k", len(mine)), ("site=Hall", 0), ("since=2026-11-23", 0)):
        assert len(origins(await seen(served, "sam", f"/sessions?{query}"))) == n, query
    browser = Browser(served).as_("sam")
    for what, log in made.items():
        for path in ("", "/records", "/record/1", "/take/attendance.csv", "/take/attendance.csv.note"):
            got = await browser.get(f"/s/{log.origin}{path}")
            assert got.status == (200 if what in mine else 404), (what, path)
    account(served.office, "odd", "facilitator", key="' OR 1=1 --")
    assert origins(await seen(served, "odd", "/sessions")) == []
    assert origins(await seen(served, "aud", "/sessions")) and not origins(await seen(served, "zoe", "/sessions"))


async def test_asvs_8_2_2_and_8_3_2_a_session_that_is_handed_over_is_seen_from_then_on(served: Served) -> None:
    laptop = Laptop.named("7q2k")
    served.office.enrol(laptop)
    begun = named(laptop.session(), OTHER)
    await served.office.take(bundle(begun))
    await caught_up(served.office)
    assert origins(await seen(served, "sam", "/sessions")) == []
    await served.office.take(bundle(handed_to(begun, FAC, OTHER).close()))
    await caught_up(served.office)
    assert origins(await seen(served, "sam", "/sessions")) == [begun.origin]
    await served.office.take(bundle(named(begun, "ld.acme.example/fac/else")))  # the laptop signed another history
    await caught_up(served.office)
    assert origins(await seen(served, "sam", "/sessions")) == [begun.origin]
    assert "fork" in await seen(served, "sam", "/") and "fork" not in await seen(served, "zoe", "/")
