"""A month of forty laptops reaches head office by HTTPS, stick and watched folder; nothing is lost, doubled or made up.

What is sent and what goes wrong on the way is that of `python -m bench month --short`: the commands of docs/central.md
as processes, uploads cut in the middle, the server killed, files cut short, changed and forged, two histories of one
session, a laptop that nobody knows.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from bench import parcels
from bench.headoffice import HeadOffice
from bench.judged import filed, said
from bench.month import SHORT, Month, counted_again, differences, founded, organisation, tried
from tests.kit import postgres

FEW = {"record": 3000, "records": 60, "session": 12, "person": 16}
"""One page of so many is counted again: the whole of it is `python -m bench month`."""


async def filed_and_counted_again(month: Month) -> None:
    """What is left of the evening: a supervisor's sheet, the files that nobody needs; then every number."""
    office, site = month.office, month.of.sites[0]
    zoe = await office.account("zoe", "supervisor", site)
    assert await filed(office, zoe, site, month.post) == []
    await month.brought.let_go()
    told = await counted_again(month, FEW, 12)
    assert told.wrong == []
    assert told.numbers > 5_000 and {"people", "sessions", "session", "program", "delivery"} <= told.pages.keys()


@pytest.mark.slow
async def test_a_month_in_any_order_is_there_once_and_every_page_can_be_counted_again(tmp_path: Path) -> None:
    now = int(time.time())
    of, told = organisation(SHORT, now)
    office = await founded(tmp_path, of, SHORT, now)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy"))
    post = parcels.post(of, told, office.home.trust().recipients, "story", SHORT.waves)
    ways = Counter(one.way for wave in post.waves for one in wave)
    assert len(post.good) == 120 and min(ways.values()) > 10 and len(ways) == 4
    assert parcels.out_of_order(post.waves) > 30
    async with office:
        month = await tried(office, of, post, now)
        assert month.faults == []
        assert month.brought.gaps > 5 and month.brought.cut > 5
        before = await said(office, month.visitor, post, 20)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(filed_and_counted_again(month))
            other = tasks.create_task(differences(month, before, HeadOffice(copy), now, by_stick=True, every=20))
        assert other.result() == []


@pytest.mark.slow
async def test_a_month_in_postgresql(tmp_path: Path) -> None:
    now = int(time.time())
    of, told = organisation(SHORT, now)
    office = await founded(tmp_path, of, SHORT, now, postgres.address())
    post = parcels.post(of, told, office.home.trust().recipients, "postgresql", SHORT.waves)
    async with office:
        month = await tried(office, of, post, now)
        assert month.faults == []
        await filed_and_counted_again(month)
