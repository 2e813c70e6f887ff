"""Head office's pages about programs and delivery: the numbers of the command line, and to each role what is theirs."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.core.figures import Delivery, Figures
from fieldkit.core.figures.shared import Wanted
from fieldkit.core.tables.governance import ALL, Part, made
from fieldkit.core.tables.programs import cohort_table
from fieldkit.errors import DamagedData
from fieldkit.log import handed
from fieldkit.sync.central import governance, programs
from fieldkit.sync.central.front.book import Book
from fieldkit.sync.central.training import train
from tests.cli.kit import fieldkit
from tests.core.figured import AGREED, CLASS
from tests.kit.central import Laptop, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up, opened
from tests.sync.figured import meeting
from tests.sync.fronted import Browser, account
from tests.sync.served import Served, serving
from tests.sync.test_governance import SIX, fac, filled

FIVE = [(CLASS, fac(k), "Plant-2", -k) for k in range(5)]
PACK = "/delivery?pack=measured%401.0.0"
FEWER = "fewer than five trainers led them"
HOSTILE = "%27%3B%20DROP%20TABLE%20sums%3B--%3Cb%3E%5B%2F%5D%E2%80%AE"
LONG = "x" * 100


def accounts(office: Office) -> None:
    account(office, "op")
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "plant-2")
    account(office, "yara", "supervisor", "Yard")
    account(office, "sam", "facilitator", key=fac(0))
    account(office, "new", "facilitator", key="ld.acme.example/fac/none")


async def seen(served: Served, name: str, path: str) -> str:
    got = await Browser(served).as_(name).get(path)
    assert got.status == 200, (name, path, got.status)
    return got.text


async def links(served: Served, name: str, path: str) -> list[str]:
    """Every address of ours that the main part of a page leads to."""
    got = await Browser(served).as_(name).get(path)
    main = got.html.partition("<main")[2].partition("</main>")[0]
    return list(dict.fromkeys(html.unescape(at) for at in re.findall(r'href="(/[^"]*)"', main)))


async def parts(office: Office, wanted: Wanted) -> list[Part]:
    async with opened(office) as db, db.reading() as tx:
        return await governance.groups(tx, wanted)


# ---- delivery --------------------------------------------------------------------------------------------------------


async def test_the_page_and_its_files_have_the_numbers_of_the_command_line(tmp_path: Path) -> None:
    office = await filled(tmp_path, [*FIVE, (CLASS, fac(5), "Plant-2", -120)])
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        text = await seen(served, "op", PACK)
        (whole, place) = await parts(office, Wanted("measured", "1.0.0"))
        async with opened(office) as db, db.reading() as tx:
            plans = await governance.plans(tx, [whole])
        for what, column in (
            *(("delivery", "participation_pct"), ("delivery", "skipped_pct"), ("segments", "within_pct")),
            *(("items", "right_pct"), ("items", "discrimination"), ("items", "sure_wrong_pct"), ("gain", "gain_norm")),
            *(("agreement", "kappa"), ("spread", "share_pct"), ("activities", "participation_pct")),
        ):
            table = made(what, [whole], plans)
            found = {row[table.columns.index(column)] for row in table.rows} - {""}
            assert found and all(re.search(rf"(?<![\d.]){re.escape(one)}(?![\d.])", text) for one in found), column
        assert "Cohen 1960" in text and "Hake 1998" in text and "Henrysson" in text and FEWER not in text
        at = Browser(served).as_("aud")
        for what, as_, query, options in (
            ("items", "csv", "?pack=measured%401.0.0", ("--pack", "measured@1.0.0")),
            ("delivery", "json", "?site=plant-2&since=2026-Q3", ("--site", "plant-2", "--since", "2026-Q3")),
            ("agreement", "csv", "", ()),
        ):
            got = await at.get(f"/delivery/take/{what}.{as_}{query}")
            file = tmp_path / f"{what}.{as_}"
            run = ("central", "figures", "--home", str(office.home.path), "--what", what, "--as", as_, "-o", str(file))
            done = await asyncio.to_thread(fieldkit, *run, *options)
            assert done.code == 0 and got.status == 200 and got.raw == file.read_bytes() and len(got.raw) > 300
            assert f'filename="figures-{what}.{as_}"' in got.headers["content-disposition"]
        noted = [one for one in handed.read(office.home.path) if one.path.startswith("aud: ")]
        assert next((one.what, one.sessions) for one in noted) == ("figures items csv", [])
        assert (place.site, place.trainers) == ("Plant-2", 6)


async def test_a_plan_of_a_newer_release_takes_the_words_of_its_pack_and_nothing_else(tmp_path: Path) -> None:
    office = await filled(tmp_path, FIVE)
    accounts(office)
    await caught_up(office)
    async with opened(office) as db, db.transaction() as tx:
        (whole, *_) = await governance.groups(tx, Wanted("measured", "1.0.0"))
        await tx.put_rows("UPDATE blob SET bytes = ?1", [(b'{"v":99,"segments":"of another kind"}',)])
        with pytest.raises(DamagedData, match="cannot be read by this release"):
            await governance.plans(tx, [whole])
    async with serving(office) as served:
        text = await seen(served, "op", PACK)
        assert "made by a newer release of fieldkit" in text and "Taking part" in text and "Cohen 1960" not in text
        for path in ("/delivery", "/delivery?pack=other%401.0.0"):
            assert "newer release" not in await seen(served, "op", path)
        got = await Browser(served).as_("aud").get("/delivery/take/items.csv?pack=measured%401.0.0")
        file = tmp_path / "items.csv"
        run = ("central", "figures", "--home", str(office.home.path), "--what", "items", "--as", "csv", "-o", str(file))
        done = await asyncio.to_thread(fieldkit, *run, "--pack", "measured@1.0.0")
        assert got.status == 200 and done.code == 0 and got.raw == file.read_bytes() and b"measured" in got.raw
        assert done.talk.count("measured 1.0.0 was made by a newer release") == 1


async def test_whoever_trains_too_sees_groups_of_five_others(tmp_path: Path) -> None:
    """An account that names its key; one of somebody else, and one that says nothing of it, see the five."""
    office = await filled(tmp_path, FIVE)
    for name, role, *sites in (("op", "operator"), ("aud", "auditor"), ("zoe", "supervisor", "plant-2")):
        account(office, name, role, *sites)
        account(office, f"{name}.trains", role, *sites, key=fac(0))
        account(office, f"{name}.other", role, *sites, key="ld.acme.example/fac/zzzz")
    await caught_up(office)
    async with serving(office) as served:
        for name in ("op", "aud", "zoe"):
            for who, rows in ((name, True), (f"{name}.other", True), (f"{name}.trains", False)):
                for path in ("delivery.csv", "delivery.json", "items.csv?pack=measured%401.0.0"):
                    got = await Browser(served).as_(who).get(f"/delivery/take/{path}")
                    assert (b"measured" in got.raw) == rows, (who, path)
                assert ("Taking part" in await seen(served, who, "/delivery")) == rows
        office.enrol(nine := Laptop.named("9q2k"))
        await office.take(bundle(meeting(nine, CLASS, fac(7), "Plant-2", -9)))
        await caught_up(office)
        got = await Browser(served).as_("zoe.trains").get("/delivery/take/delivery.csv")
        assert b"measured" in got.raw, "five others, and themself"


async def test_what_fewer_than_five_trainers_led_is_shown_to_nobody_but_them(tmp_path: Path) -> None:
    office = await filled(tmp_path, SIX)  # five at one site, one at another: neither site, only all six
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        assert "6 trainers" in await seen(served, "op", PACK)
        for name, query in (("op", "?site=yard"), ("op", "?site=plant-2"), ("zoe", ""), ("yara", "?site=plant-2")):
            text = await seen(served, name, f"/delivery{query}")
            assert "measured 1.0.0 %" not in text and "Taking part" not in text, (name, query)
            assert FEWER in text or "No session fits." in text, (name, query)
        assert "5 of 5 sessions are in no figure" in await seen(served, "zoe", "/delivery")
        assert "1 of 1 sessions are in no figure" in await seen(served, "yara", "/delivery")
        assert "No session fits." in await seen(served, "yara", "/delivery?site=*")
        own = await seen(served, "sam", PACK)
        assert "1 session" in own and "Only you see these figures" in own and "6 trainers" not in own
        assert await seen(served, "sam", f"{PACK}&by=trainer&site=yard") == own
        assert "No session fits." in await seen(served, "new", PACK)
        for name, n in (("sam", 1), ("new", 0)):  # the list is that of their figures
            rows = (await Browser(served).as_(name).get("/sessions")).html
            assert len(set(re.findall(r'href="/s/([^"/?]+/dev/[^"/?]+/[^"/?]+)"', rows))) == n, name
        got = await Browser(served).as_("zoe").get("/delivery/take/items.csv")
        assert got.status == 200 and len(got.raw.splitlines()) == 1
        got = await Browser(served).as_("sam").get("/delivery/take/delivery.json")
        assert got.html.count(fac(0)) == 1 and fac(1) not in got.html


async def test_a_supervisor_sees_groups_of_five_at_their_sites_alone(tmp_path: Path) -> None:
    yard = [(CLASS, fac(k), "Yard", -k) for k in range(5, 10)]
    office = await filled(tmp_path, [*FIVE, *yard])
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        zoe, op = await seen(served, "zoe", PACK), await seen(served, "op", PACK)
        assert "5 trainers" in zoe and "Plant-2" in zoe and "Yard" not in zoe and FEWER not in zoe
        assert "10 trainers" in op and "Plant-2" in op and "Yard" in op
        found = await Browser(served).as_("yara").get("/delivery/take/delivery.csv")
        assert "Yard" in found.html and "Plant-2" not in found.html


async def test_names_are_shown_under_an_agreement_and_to_head_office_alone(tmp_path: Path) -> None:
    office = await filled(tmp_path, [(AGREED, fac(1), "Plant-2", 0), (AGREED, fac(0), "Plant-2", -1), FIVE[2]])
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        text = await seen(served, "op", "/delivery?by=trainer")
        assert text.index(fac(0)) < text.index(fac(1)) and fac(2) not in text
        assert "1 of 3 sessions are in no figure: they were not recorded under an agreement" in text
        for name in ("zoe", "sam"):
            assert fac(1) not in await seen(served, name, "/delivery?by=trainer")


@pytest.mark.parametrize(("sites", "left_out"), [(12, 0), (13, 26)])
async def test_of_many_lines_those_of_one_pack_at_one_site_wait_for_a_choice(
    tmp_path: Path, sites: int, left_out: int
) -> None:
    """Two packs and both together, everywhere and at each site: 39 lines are shown, 42 are too many."""
    office = await filled(tmp_path, FIVE)
    accounts(office)
    await caught_up(office)
    places = [ALL, *(f"Plant {k:02d}" for k in range(sites))]
    packs = [("press", "1.0.0"), ("forklift", "2.0.0"), (ALL, "")]
    figures = Figures(delivery=Delivery(sessions=5, asked=8, answered=4))
    some = [Part(at, "", *pack, "2026-Q4", "2026-Q4", 5, 5, figures) for at in places for pack in packs]
    async with opened(office) as db, db.transaction() as tx:
        await tx.put_rows("UPDATE shown SET said = ?1 WHERE pack = ''", [(msgspec.json.encode(some),)])
    async with serving(office) as served:
        for name, at in (("op", ""), ("op", "?site=plant+05")):
            page = (await Browser(served).as_(name).get(f"/delivery{at}")).html
            of_one = len(re.findall(r"press 1\.0\.0 · (?:<[^>]*>)*Plant", page))
            assert of_one == 3 * (sites if not left_out and not at else 1 if at else 0)
            assert (f"{left_out} lines of one pack at one site each are not shown" in page) == bool(left_out and not at)
        assert "/delivery?site=Plant+05" in (await Browser(served).as_("op").get("/delivery")).html


async def test_every_link_leads_somewhere_and_numbers_lead_to_their_sessions(tmp_path: Path) -> None:
    office = await filled(tmp_path, [*FIVE, (CLASS, fac(6), "Yard", 45)])
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        found = await links(served, "op", PACK)
        lists = [at for at in found if at.startswith("/sessions?")]
        assert lists and all("pack=measured%401.0.0" in at for at in lists)
        for at in found:
            assert (await Browser(served).as_("op").get(at)).status == 200, at
        page = (await Browser(served).as_("op").get(lists[0])).html
        assert (
            len(set(re.findall(r'href="/s/([^"/?]+/dev/[^"/?]+/[^"/?]+)"', page))) == 5
        )  # not the one of the next quarter
        for query, n in (("measured", 6), ("measured@1.0.0", 6), ("measured@9", 0), (HOSTILE, 0), (LONG, 0)):
            page = (await Browser(served).as_("op").get(f"/sessions?pack={query}")).html
            assert len(set(re.findall(r'href="/s/([^"/?]+/dev/[^"/?]+/[^"/?]+)"', page))) == n, query


@pytest.mark.parametrize("path", ["/delivery", "/delivery/take/items.csv", "/programs", "/programs/press4"])
async def test_whatever_a_query_says_is_an_answer_and_no_markup(tmp_path: Path, path: str) -> None:
    office = await filled(tmp_path, FIVE[:1])
    programs.put(office.home, PROGRAM.encode())
    accounts(office)
    async with serving(office) as served:
        for name in ("op", "zoe"):
            for word in (HOSTILE, LONG, "", "%00", "*", "2026-Q5", "../../x", "=1%2B1"):
                query = "&".join(f"{key}={word}" for key in ("pack", "site", "since", "until", "by", "cohort"))
                got = await Browser(served).as_(name).get(f"{path}?{query}")
                assert got.status == 200 and "<b>" not in got.html.partition("<main")[2], (name, word)


async def test_what_is_not_there_or_not_theirs_is_not_found_and_noted(tmp_path: Path) -> None:
    office = await filled(tmp_path, FIVE[:1])
    accounts(office)
    async with serving(office) as served:
        for name, path in (
            *(("sam", "/programs"), ("sam", "/programs/press4"), ("op", "/programs/none"), ("op", "/programs/..")),
            *(("op", "/delivery/take/ranking.csv"), ("op", "/delivery/take/items.pdf"), ("op", "/delivery/x")),
        ):
            assert (await Browser(served).as_(name).get(path)).status in (303, 404), (name, path)
        assert (await Browser(served).as_("op").get("/delivery")).status == 200
        book = Book(office.home.path)
        assert {"delivery", "denied"} <= {one.what for one in book.accesses(1 << 62, "", "", 100)}
        book.close()


# ---- programs --------------------------------------------------------------------------------------------------------


async def test_programs_have_the_counts_and_weeks_of_the_command_line(tmp_path: Path) -> None:
    office, laptop = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(laptop)
    programs.put(office.home, PROGRAM.encode())
    within: dict[str, Any] = {"program": "press4", "part": "basics", "cohort": "autumn"}
    here = course(laptop, {"E1": "warm learn drill", "E2": "warm learn"}, site="plant-2", **within)
    there = course(laptop, {"E3": "warm learn drill"}, site="Yard")
    await office.take(bundle(here, there))
    accounts(office)
    await caught_up(office)
    async with serving(office) as served:
        text = await seen(served, "op", "/programs")
        assert "Press 4, =both parts" in text and re.search(r"press4 1\.0\.0 3 2 0 1", text), text
        assert re.search(r"press4 1\.0\.0 2 1 0 1", await seen(served, "zoe", "/programs"))
        assert re.search(r"press4 1\.0\.0 1 1 0 0", await seen(served, "yara", "/programs"))
        for name in ("op", "zoe", "yara"):
            for at in await links(served, name, "/programs"):
                assert (await Browser(served).as_(name).get(at)).status == 200, at
        page = await seen(served, "op", "/programs/press4")
        async with opened(office) as db:
            trained = await train(office.home, db, programs.in_force(office.home), office.now)
        (one,) = programs.in_force(office.home)
        some = list(trained.register.standings(one, date(2026, 11, 22)))
        rows = cohort_table(one, some, trained.register, date(2026, 11, 22)).rows
        assert rows and all(f"{row[7]} of {row[6]}" in page for row in rows if row[4] == "*")
        assert "Drill" in page and "1 of 2" in page  # of the two who were there one misses it
        assert "Name E" not in page and "E2" not in page
        everybody = await seen(served, "op", "/programs/press4?cohort=*")
        assert "Week by week" not in everybody and "2 of 3" in everybody
        assert "autumn" not in await seen(served, "yara", "/programs/press4")
