"""Certificates on head office's pages: the list of the command line, who sees it, filters, whoever was erased."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fieldkit.sync.central.erase import erase
from tests.kit.central import Office
from tests.sync.certified import give, held, issuing, listed, take_back
from tests.sync.fronted import Browser, account
from tests.sync.served import serving


async def filled(folder: Path) -> Office:
    office = await issuing(folder)
    await held(office)
    await give(office)
    account(office, "op")
    account(office, "aud", "auditor")
    account(office, "zoe", "supervisor", "Hall 3")
    account(office, "sam", "facilitator", key="9k3m")
    return office


async def test_what_was_given_and_revoked_stands_there_with_its_proof(tmp_path: Path) -> None:
    office = await filled(tmp_path)
    first, second = [one.issued for one in await listed(office)]
    assert await take_back(office, first.id, date(2026, 11, 22))
    async with serving(office) as served:
        at = Browser(served).as_("aud")
        page = await at.get("/certificates")
        assert page.status == 200 and "2 of 2" in page.text and "a mistake" in page.text
        for one in (first, second):
            assert one.name in page.text and one.id[:8] in page.text
            assert f'href="/s/{one.ref.o}/record/{one.ref.i}"' in page.html
        assert (await at.get(f"/s/{first.ref.o}/record/{first.ref.i}")).status == 200
        for query, n in (("state=revoked", 1), ("state=valid", 1), ("text=name+e", 2), ("text=%27+OR+1%3D1", 0),
                         ("state=<b>", 2), (f"after={first.id}", 2), ("after=nothing", 2)):  # fmt: skip
            found = await at.get(f"/certificates?{query}")
            assert found.status == 200 and f"{n} of 2" in found.text and "<b>" not in found.html, query
        for name, status in (("op", 200), ("zoe", 404), ("sam", 404)):
            assert (await Browser(served).as_(name).get("/certificates")).status == status, name


async def test_asvs_14_2_4_whoever_is_erased_is_named_no_more(tmp_path: Path) -> None:
    office = await filled(tmp_path)
    who = (await listed(office))[0].issued
    await erase(office.home, "all", who.badge, [], "request", office.now)
    async with serving(office) as served:
        page = await Browser(served).as_("op").get("/certificates")
        assert page.status == 200 and who.name not in page.text and "person erased" in page.text
