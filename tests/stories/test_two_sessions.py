"""Two hosts on one machine: a browser keeps cookies by address, not by port, and must not mix up the sessions."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from fieldkit.lan.client import new_id
from tests.stories.processes import Host


async def come_in(phone: aiohttp.ClientSession, host: Host, code: str) -> str:
    """Join with the form, as a browser does; the words of a refusal, empty when it came in."""
    form = {"kind": "join", "form": new_id(), "code": code, "name": "Ana Ruiz"}
    async with phone.post(f"{host.url}/v1/intents", data=form) as page:
        text = await page.text()
        return text if 'name="code"' in text else ""


async def seated(phone: aiohttp.ClientSession, host: Host) -> bool:
    async with phone.get(f"{host.url}/v1/view") as view:
        return view.status == 200


async def test_one_browser_may_sit_in_both_sessions_and_a_wrong_code_is_said(tmp_path: Path) -> None:
    with Host(tmp_path / "a", "toolbox-blank") as one, Host(tmp_path / "b", "toolbox-blank") as two:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Accept-Language": "en"}) as phone:
            assert await come_in(phone, one, one.code) == ""
            assert await seated(phone, one) and not await seated(phone, two), "its cookie is no seat next door"
            said = await come_in(phone, two, one.code)
            assert "That room code is not the one on the trainer" in said and "Ana Ruiz" in said
            assert await come_in(phone, two, two.code) == ""
            assert await seated(phone, one) and await seated(phone, two)
            assert len({cookie.key for cookie in jar}) == 2
        assert [host.ctl("status")["people"]["joined"] for host in (one, two)] == [1, 1]
