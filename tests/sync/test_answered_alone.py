"""What is answered on head office's page, wherever else people look for it: one person's page, the list of sessions, a
store, exports. Nobody attends it."""

from __future__ import annotations

import asyncio
import csv
import datetime
import html
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from fieldkit.core.alone import alone
from fieldkit.core.blended import only
from fieldkit.core.sets import of_set
from fieldkit.errors import NotPossible
from fieldkit.log.line import canonical, canonical_plan
from fieldkit.sync.central.erase import ALL, erase
from fieldkit.sync.central.export import export
from fieldkit.sync.central.front.people_pages import person_at
from fieldkit.sync.central.lrs.session import left_out
from fieldkit.sync.central.schema import LEARNT, STEPS
from fieldkit.sync.central.sheets import Sheets
from tests.cli.kit import fieldkit
from tests.kit.central import Laptop, Log, Office, bundle
from tests.sync.digested import as_folded, caught_up, opened
from tests.sync.forwarded import Head, head
from tests.sync.fronted import Browser, Got, account
from tests.sync.learning import LATER, later, session, trained
from tests.sync.served import Served, serving
from tests.sync.test_desk_log import with_desk
from tests.sync.test_learn_devices import another_device
from tests.sync.test_learn_log import logs, put, seen, who

HERE = "Hall 3"
BADGE = "E745738"
WEEK = canonical_plan(msgspec.to_builtins(only(LATER, "week")))
"""As a laptop hosts it with `--set week`."""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    office = await Office.make(tmp_path)
    another_device(office)
    for name, role, *sites in (("op", "operator"), ("zoe", "supervisor", HERE), ("yan", "supervisor", "Yard")):
        account(office, name, role, *sites)
    async with serving(office) as one:
        yield one


async def answer(office: Office, log: Log, *said: tuple[str, ...], badge: str = BADGE, i: int = 1) -> None:
    """Each an activity (or quiz/question), and a value; `~sure` beside it: how sure; `"words`: text."""
    one = await who(office, log, badge, i)
    assert one is not None
    for activity, *v in said:
        more = {"sure": v.pop()[1:]} if v[-1].startswith("~") else {"text": v.pop()[1:]} if v[-1][0] == '"' else {}
        id, _, q = activity.partition("/")
        more |= {"q": q} if q else {}
        offers = (await seen(office, one)).offers
        (at,) = [k for k, x in enumerate(offers) if (x.begin.of if x.begin else x.session.info.of) == log.origin]  # type: ignore[union-attr]
        found = await put(office, one, id, *v, n=int(office.now), set_=at, **more)
        assert found.result == "saved", (activity, v)


async def page(served: Served, name: str, path: str = "", badge: str = BADGE) -> Got:
    assert await caught_up(served.office) == 0
    return await Browser(served).as_(name).get(path or person_at(badge, ""))


def sets(got: Got) -> list[str]:
    """The rows of the section, as they are read."""
    if 'id="h-sets"' not in got.html:
        return []
    body = got.html.split('id="h-sets"')[1].split("<tbody")[1].partition(">")[2].split("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>")[:-1]]


def room(laptop: Laptop, kind: str, *, close: bool = True, **opened: object) -> Log:
    """A set in a room: who came answers one question, twice."""
    log = session(laptop, WEEK, close=False, kind=kind, set="week", site=HERE, **opened)
    for no, v in ((1, "gravity"), (2, "nothing")):
        log = log.add("activity.open", {"activity": "lift", "mode": "named", "round": no})
        log = log.add(
            "answer.put", {"activity": "lift", "round": no, "sure": "sure", "v": [v], "via": "kiosk"}, p="person01"
        )
        log = log.add("activity.close", {"activity": "lift", "round": no})
    return log.close() if close else log


# ---- one person's page -----------------------------------------------------------------------------------------------


async def test_a_persons_page_has_what_they_answered_before_and_after(served: Served) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    assert sets(await page(served, "op")) == []
    office.now = later(3.2)
    await answer(office, log, ("lift", "nothing", "~sure"))
    (one,) = await logs(office)
    got = await page(served, "op")
    (row,) = sets(got)
    when = datetime.datetime.fromtimestamp(office.now, datetime.UTC)
    assert row == f"{when:%Y-%m-%d %H:%M} Press, later after the training press-later 1.0.0 1 of 2 0 of 1 1"
    found = [html.unescape(x) for x in re.findall(r'href="([^"]+kind=answer[^"]+)"', got.html)]
    assert found == [f"/s/{one[0].origin}/records?p={next(iter(one[1].people))}&kind=answer.put"] * 3
    records = await Browser(served).as_("op").get(found[0])
    assert records.status == 200 and "answer.put" in records.html.partition("<tbody")[2]
    await answer(office, log, ("tf", "true"))
    office.now = later(15)
    await answer(office, log, ("mood", "good"), ("own", '"secret [/] words'), ("exam/one", "yes"))
    assert [row.split("1.0.0 ")[1] for row in sets(await page(served, "op"))] == ["2 of 11 1 of 1 —", "2 of 2 1 of 2 1"]
    await as_folded(office)


async def test_who_may_see_the_person_sees_it_and_the_records_only_of_their_sites(served: Served) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    zoe = await page(served, "zoe")
    assert sets(zoe) and "kind=answer.put" in zoe.html
    assert (await page(served, "yan")).status == 404
    two = Laptop.named("9k3m")
    office.enrol(two)
    moved = session(two, site="Yard")
    await office.take(bundle(moved))
    there = {name: await page(served, name) for name in ("zoe", "yan")}
    assert sorted(got.status for got in there.values()) == [200, 404], "who was trained last at another site"
    mine = next(name for name, got in there.items() if got.status == 200)
    assert len(sets(there[mine])) == 1 and ("kind=answer.put" in there[mine].html) == (mine == "zoe")


async def test_hostile_names_stand_as_they_are_and_who_is_erased_is_gone(served: Served) -> None:
    office = served.office
    title = "<i>{{7*7}}</i> =1+1 Ann [/] Lee'); DROP TABLE learnt;--"
    one = Laptop.named("7q2k")
    office.enrol(one)
    evil = room(one, "blended")
    await office.take(bundle(evil))
    log = await trained(office, "9k3m", site=HERE)
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    await answer(office, log, ("tf", "false"), badge="E2", i=2)
    got = await page(served, "op", badge="E2")
    assert got.status == 200 and "<b>" not in got.html.partition("<main")[2] and len(sets(got)) == 2
    three = Laptop.named("8q2k")
    office.enrol(three)
    other = session(three, close=False, site=HERE)
    head = json.loads(other.lines[0])
    head["d"]["title"] = title
    other = replace(other, lines=[canonical(head), *other.lines[1:]]).close()
    await office.take(bundle(other))
    office.now = later(3.5)
    await answer(office, other, ("tf", "false"), badge="E2", i=2)
    got = await page(served, "op", badge="E2")
    assert "<i>" not in got.html.partition("<main")[2] and "{{7*7}}" in got.html and len(sets(got)) == 3
    await erase(office.home, ALL, "E2", [], "request", office.now)
    async with opened(office) as db, db.reading() as tx:
        assert await tx.rows("SELECT 1 FROM learnt WHERE badge = 'E2'") == [], "at once"
    assert (await page(served, "op", badge="E2")).status == 404
    assert len(sets(await page(served, "op"))) == 2, "the others are still there"
    await as_folded(office)


async def test_a_set_in_a_room_counts_the_newest_round_and_a_laptop_joins_no_log_of_head_offices(
    served: Served,
) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    thief = Laptop.named("zz2k")
    office.enrol(thief)
    await office.take(bundle(room(thief, "blended", of=log.origin)))
    office.now = later(3)
    await answer(office, log, ("lift", "gravity", "~sure"))
    rows = [row.split("1.0.0 ")[1] for row in sets(await page(served, "op"))]
    assert sorted(rows) == ["1 of 1 0 of 1 1", "1 of 2 1 of 1 0"]
    assert sets(await page(served, "op", badge="E2"))[0].split("1.0.0 ")[1] == "0 of 1 — —"


async def test_what_another_device_went_on_with_is_one_set(served: Served) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    office.now = later(3)
    await answer(office, log, ("lift", "nothing", "~sure"))
    another_device(office)
    office.now += 60
    await answer(office, log, ("tf", "true"))
    assert len(await logs(office)) == 2
    got = await page(served, "op")
    (row,) = sets(got)
    assert row.endswith("2 of 2 , also here 1 of 2 1"), row
    assert len(set(re.findall(r'href="([^"]+kind=answer\.put)"', got.html))) == 2


@pytest.mark.parametrize("policy", [{"profile": "roster"}, {"locked": ["answers"]}])
async def test_a_policy_that_judges_nobody_judges_nobody_here(served: Served, policy: dict[str, object]) -> None:
    log = await trained(served.office, site=HERE, policy={"grace_min": 10, "share_min": 75, "t2": 0, **policy})
    served.office.now = later(3)
    await answer(served.office, log, ("lift", "nothing", "~sure"))
    assert sets(await page(served, "op"))[0].split("1.0.0 ")[1] == "1 of 2 — —"


async def test_who_objected_to_being_recorded_stands_in_no_set(served: Served) -> None:
    log = await trained(served.office)
    served.office.now = later(3)
    await answer(served.office, log, ("tf", "true"))
    ((_, folded),) = await logs(served.office)
    assert len(of_set(folded)) == 1
    next(iter(folded.people.values())).objected = True
    assert of_set(folded) == ()


async def test_an_older_database_gets_it_from_its_logs(served: Served) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    rows = sets(await page(served, "op"))
    before = [script for script, _ in STEPS].index(LEARNT)
    async with opened(office) as db, db.transaction() as tx:
        await tx.change("DROP TABLE learnt")
        on_file = not isinstance(office.home.place, str)
        await tx.change(f"{'PRAGMA user_version =' if on_file else 'UPDATE central SET version ='} {before}")
    async with opened(office) as db, db.reading() as tx:
        assert [origin for (origin,) in await tx.rows("SELECT origin FROM stale")] == [
            (await logs(office))[0][0].origin
        ]
    assert sets(await page(served, "op")) == rows != []


# ---- nobody attends it -----------------------------------------------------------------------------------------------


async def test_nobody_attends_what_is_answered_alone_and_the_list_of_sessions_says_what_it_is(served: Served) -> None:
    office = served.office
    log = await trained(office, site=HERE)
    two = Laptop.named("9k3m")
    office.enrol(two)
    await office.take(bundle(room(two, "blended")))
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    (alone,) = [stored for stored, folded in await logs(office) if folded.closed_m is None]
    async with opened(office) as db:
        for as_ in ("csv", "json", "xapi"):
            with pytest.raises(NotPossible, match="Nobody attends what is answered alone"):
                await export(db, office.home, alone.origin, "attendance", as_)
        every, _ = await export(db, office.home, alone.origin, "all", "json")
        assert {row["table"] for row in json.loads(every)} >= {"answers", "results"}
        assert not any(row["table"] in ("attendance", "due") for row in json.loads(every))
        (in_room,) = [stored for stored, folded in await logs(office) if folded.closed_m is not None]
        table, _ = await export(db, office.home, in_room.origin, "attendance", "json")
        assert {row["completed"] for row in json.loads(table)} == {""} and len(json.loads(table)) == 3, "who came"
        for origin in (alone.origin, in_room.origin):
            said, _ = await export(db, office.home, origin, "all", "xapi")
            assert {one["verb"]["display"]["en"] for one in json.loads(said)} == {"answered"}
    listed = await page(served, "op", "/sessions")
    marks = re.findall(r'<span class="chip">([^<]+)</span>', listed.html)
    assert marks == ["after the training"] * 2 and listed.html.count('scope="row"') == 3
    one = await page(served, "op", f"/s/{alone.origin}")
    assert "there is no attendance" in one.text and "Minutes" not in one.text and 'id="h-att"' not in one.html
    assert (await Browser(served).as_("op").get(f"/s/{alone.origin}/take/attendance.csv")).status == 404
    front = await page(served, "zoe", "/")
    assert alone.origin not in front.html, "nothing of it is to be filed"


async def test_a_transcript_has_the_training_and_not_what_was_answered_alone(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    with_desk(office)
    log = await trained(office)
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    run = ("central", "audit-pack", "--people", BADGE, "-o", str(tmp_path / "pack"), "--home", str(office.home.path))
    assert (done := await asyncio.to_thread(fieldkit, *run)).code == 0, done.talk
    (sheet,) = (tmp_path / "pack").rglob("transcript.csv")
    found = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"))))
    assert [row["session_id"] for row in found] == [log.origin]
    ((stored, _),) = await logs(office)
    named = ("central", "audit-pack", "--session", stored.origin, "-o", str(tmp_path / "other"), *run[-2:])
    refused = await asyncio.to_thread(fieldkit, *named)
    assert refused.code != 0 and "Nobody attends what is answered alone" in refused.talk


# ---- a store ---------------------------------------------------------------------------------------------------------


def answered(it: Head) -> list[str]:
    return sorted(
        f"{one['actor']['account']['name']} {one['object']['id'].rpartition('/')[2]} {one['result']['response']}"
        for one in it.lrs.there
        if one["verb"]["display"]["en"] == "answered"
    )


async def test_answers_reach_a_store_once_also_those_that_come_later(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        office = it.office
        with_desk(office)
        log = await trained(office)
        assert (await it.forward(profile="full")).refused == [] and answered(it) == []
        attended = it.people()
        office.now = later(3)
        await answer(office, log, ("lift", "nothing", "~sure"))
        trip = await it.forward(profile="full")
        assert (trip.sent, trip.voided, trip.left_out) == (1, 0, {}) and answered(it) == [f"{BADGE} lift nothing"]
        assert ((await it.forward(profile="full")).sent, len(it.lrs.posts)) == (0, 2)
        await answer(office, log, ("tf", "true"))
        await answer(office, log, ("tf", "false"), badge="E2", i=2)
        assert ((trip := await it.forward(profile="full")).sent, trip.voided) == (2, 0)
        office.now += 60
        await answer(office, log, ("tf", "true"), badge="E2", i=2)
        assert ((trip := await it.forward(profile="full")).sent, trip.voided) == (1, 1), "what they changed"
        assert answered(it) == ["E2 tf true", f"{BADGE} lift nothing", f"{BADGE} tf true"]
        assert it.people() == attended, "of the training alone"
        await erase(office.home, ALL, BADGE, [], "request", office.now)
        trip = await it.forward(profile="full")
        assert trip.voided == 2 + 2 and answered(it) == ["E2 tf true"]
        assert (await it.forward(profile="full")).sent == 0


async def test_what_is_confidential_or_of_a_laptop_that_never_ended_it_stays_here(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        office = it.office
        with_desk(office)
        log, thief = await trained(office), Laptop.named("zz2k")
        office.enrol(thief)
        await office.take(bundle(room(thief, "blended", close=False, of=log.origin)))
        office.now = later(15)
        await answer(office, log, ("own", '"secret words'))
        trip = await it.forward(profile="full")
        assert trip.left_out == {"open": 1} and answered(it) == []
        assert (await it.forward()).sent == 0, "compliance tells no answers"


async def test_a_log_that_looks_like_head_offices_is_told_only_if_a_device_of_theirs_wrote_it(tmp_path: Path) -> None:
    async with head(tmp_path, sessions=0) as it:
        with_desk(it.office)
        log = await trained(it.office)
        it.office.now = later(3)
        await answer(it.office, log, ("tf", "true"))
        ((stored, _),) = await logs(it.office)
        async with opened(it.office) as db, db.reading() as tx:
            laid = await Sheets(it.office.home).read(tx, stored)
        assert [left_out(laid, "", ours) for ours in (True, False)] == ["", "open"]
        strange = msgspec.structs.replace(stored, device="0" * 64)
        assert [Sheets(it.office.home).ours(one) for one in (stored, strange)] == [True, False]


@pytest.mark.parametrize("change", ["closed", "no end", "one later", "not opened", "no question", "no set"])
async def test_what_was_run_in_a_room_is_never_taken_for_answered_alone(tmp_path: Path, change: str) -> None:
    office = await Office.make(tmp_path)
    with_desk(office)
    log = await trained(office)
    office.now = later(3)
    await answer(office, log, ("tf", "true"))
    ((_, s),) = await logs(office)
    assert alone(s)
    first = s.runs["lift"][0]
    if change == "closed":
        s.closed_m = s.m
    elif change == "no end":
        first.until = None
    elif change == "one later":
        first.opened_m = 1
    elif change == "not opened":
        del s.runs["lift"]
    elif change == "no question":
        s.plan = msgspec.structs.replace(s.plan, activities=[])
    else:
        s.plan = msgspec.structs.replace(s.plan, set=None)
    assert not alone(s)
