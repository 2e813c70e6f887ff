"""Planned sessions on head office's pages: who sees them, gaps that become a roster, hostile forms, twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.sync.central import planned, programs
from fieldkit.sync.central.front.book import Book
from tests.core.classes import ALL
from tests.kit.central import Laptop, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up
from tests.sync.fronted import Browser, account
from tests.sync.sent import plan
from tests.sync.served import Served, serving
from tests.sync.trips import enrol, laptop

ASKED = {"at": "2026-11-30T06:00", "tz": "Europe/Madrid", "pack": "loto-basics", "laptop": "7q2k"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    one = Laptop.named("7q2k")
    office.enrol(one)
    await office.take(bundle(course(one, {"E1": ALL, "E2": "warm learn", "E3": ""}, site="Hall 3")))
    account(office, "op")
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "hall 3 ")
    account(office, "yan", "supervisor", "Yard")
    account(office, "sam", "facilitator", key="9k3m")
    await caught_up(office)
    async with serving(office) as one_served:
        yield one_served


async def post(browser: Browser, **fields: str) -> str:
    """Where the form leads."""
    shown = await browser.get("/planned/new")
    got = await browser.post("/planned/new", {**ASKED, **fields, "form": shown.form})
    assert got.status == 303, got.text
    return got.to


async def test_gaps_become_the_next_roster_and_a_second_press_changes_nothing(served: Served) -> None:
    office, at = served.office, Browser(served).as_("op")
    (program,) = programs.in_force(office.home)
    shown = await at.get(f"/planned/new?program={program.id}&site=Hall+3")
    assert "As the lists stand, 2 people." in shown.text and "Of the site Hall 3 ." in shown.text
    to = await post(at, program=program.id, site="Hall 3", trainer="Ann [/] Lee", room="=1+1")
    assert "tried" not in to, (await at.get(to)).text
    (kept,) = planned.every(office.home)
    assert to == f"/planned/{kept.id}" and kept.device.endswith("/7q2k")
    assert {row.fields["badge"] for row in kept.plan.expected} == {"E2", "E3"}
    assert (kept.plan.trainer, kept.plan.room, kept.plan.place) == ("Ann [/] Lee", "=1+1", "Hall 3")
    assert await post(at, program=program.id, site="Hall 3", trainer="Ann [/] Lee", room="=1+1") == to
    assert planned.every(office.home) == [kept], "the button was pressed twice"
    page = await at.get(to)
    assert "2026-11-30 06:00 Europe/Madrid" in page.text and "05:00 UTC" in page.text and "Expected: 2" in page.text
    assert page.html.count('href="/p/') == 2
    assert "2026-11-30 06:00" in (await at.get("/planned")).text
    off = await at.post(f"{to}/off", {"form": page.form})
    assert off.to == to and "its roster is gone" in (await at.get(to)).text
    assert planned.find(office.home, kept.id).plan.expected == ()
    book = Book(office.home.path)
    whats = [one.what for one in book.accesses(1 << 62, "op", "", 50)]
    book.close()
    assert whats.count("plan-add") == 1 and whats.count("plan-off") == 1


async def test_asvs_8_2_2_a_plan_is_seen_where_it_takes_place_and_made_by_operators_alone(
    served: Served, tmp_path: Path
) -> None:
    station = laptop(tmp_path, "other")
    enrol(served.office, station)
    kept = plan(served.office, station, place="Hall 3")
    seen = {"op": 200, "aud": 200, "zoe": 200, "yan": 404, "sam": 404}
    for name, status in seen.items():
        got = await Browser(served).as_(name).get(f"/planned/{kept.id}")
        assert got.status == status, name
        assert ("Ann [/] Lee" in got.text) == (status == 200)
    listed = await Browser(served).as_("yan").get("/planned")
    assert listed.status == 200 and kept.id not in listed.html and "Press 4" not in listed.text
    for name in ("aud", "zoe", "yan", "sam"):
        at = Browser(served).as_(name)
        form = (await at.get("/sessions")).form
        assert (await at.get("/planned/new")).status == 404
        assert (await at.post("/planned/new", {**ASKED, "form": form})).status == 404
        assert (await at.post(f"/planned/{kept.id}/off", {"form": form})).status == 404
    at = Browser(served).as_("op")
    assert (await at.post("/planned/new", ASKED)).status == 403, "a form that was not made here"
    assert (await at.post(f"/planned/{kept.id}/off", {})).status == 403
    assert planned.every(served.office.home) == [kept]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": ""}, "is no date and time"),
        ({"at": "2026-02-31T06:00"}, "is no date and time"),
        ({"at": "2020-01-01T06:00"}, "This hour has passed."),
        ({"at": "2027-03-28T02:30"}, "put forward: there is no 02:30"),
        ({"tz": "Mars/Base"}, "There is no time zone"),
        ({"tz": "../../etc/passwd"}, "There is no time zone"),
        ({"laptop": "' OR 1=1 --"}, "There is no laptop"),
        ({"pack": "<b>"}, "is no id of a pack"),
        ({"program": "press-operator", "site": "Nowhere"}, "Nobody there is due or has a gap."),
    ],
)
async def test_what_cannot_be_planned_is_said_and_what_was_typed_stays(
    served: Served, wrong: dict[str, str], said: str
) -> None:
    at = Browser(served).as_("op")
    (program,) = programs.in_force(served.office.home)
    wrong = {k: program.id if k == "program" else v for k, v in wrong.items()}
    to = await post(at, trainer="Ann [/] <b>Lee", **wrong)
    assert to.startswith("/planned/new?")
    page = await at.get(to)
    assert said in page.text and 'value="Ann [/] &lt;b&gt;Lee"' in page.html and "<b>Lee" not in page.html
    assert planned.every(served.office.home) == []


async def test_hostile_words_of_a_plan_stay_words(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path, "other")
    enrol(served.office, station)
    kept = plan(served.office, station, title="<script>x</script>", place='"><b>', room="=cmd", trainer="{{7*7}}")
    at = Browser(served).as_("op")
    for path in ("/planned", f"/planned/{kept.id}"):
        page = await at.get(path)
        assert page.status == 200 and "<script" not in page.html and "<b>" not in page.html and "{{7*7}}" in page.text
    for path in ("/planned/h-00000000", "/planned/h-../../..", "/planned/h-K3M9W2P4", "/planned/new/off"):
        assert (await at.get(path)).status == 404
    assert (await at.get("/planned/new?" + "x=1&" * 2000)).status in (200, 400, 404)
