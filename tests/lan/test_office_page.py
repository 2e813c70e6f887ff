"""Head office's page for receipts in a real browser, with and without script: a code, a file, axe in the dark theme."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.receipt import make_receipt, short_code
from fieldkit.sync.central.server import CentralServer
from tests.kit.browser import AXE, CHROMIUM
from tests.kit.central import Laptop, Office, bundle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the page was not tried in a browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


@contextlib.asynccontextmanager
async def plain(office: Office) -> AsyncIterator[str]:
    """Head office behind a proxy, so that the browser needs no certificate; its address."""
    server = CentralServer(office.home, lambda: office.now, behind_proxy=True)
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    await server.start(sock, None)
    try:
        yield f"http://fieldkit.test:{server.port}"
    finally:
        await server.stop()


async def clean(page: Any) -> None:
    """Scripts are off for the page itself; axe runs in what it shows."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document).then(r => r.violations)")
    assert [(x["id"], [n["html"][:120] for n in x["nodes"]]) for x in found] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_somebody_checks_a_code_and_a_file_without_script(one_chromium: Any, tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().join("person01", "Zoë Álvarez", "E745738").close()
    await office.take(bundle(log))
    tree = Tree()
    for line in log.lines:
        tree.append(leaf_hash(line))
    paper = tmp_path / "receipt.txt"
    paper.write_bytes(make_receipt(log.lines[1], log.openings[1], 1, tree.inclusion(1, log.size), log.checkpoint()))
    async with plain(office) as url:
        for theme, script, locale in (("light", False, "es-MX"), ("dark", True, "en-US")):
            context = await one_chromium.new_context(
                viewport={"width": 320, "height": 640},
                java_script_enabled=script,
                locale=locale,
                color_scheme=theme,
            )
            page = await context.new_page()
            wrong: list[str] = []
            page.on("console", lambda said, wrong=wrong: wrong.append(said.text) if said.type == "error" else None)
            await page.goto(f"{url}/receipt")
            assert await page.evaluate("getComputedStyle(document.querySelector('button')).minHeight") == "56px"
            if script:
                await clean(page)
            await page.fill("input[name=code]", short_code(leaf_hash(log.lines[1])).lower())
            await page.click("button")
            told = await page.inner_text("section")
            assert ("Yes." if script else "Sí.") in told and "Zoë" not in await page.content()
            if script:
                await clean(page)
            await page.fill("input[name=code]", "")
            await page.click("summary")
            await page.set_input_files("input[type=file]", str(paper))
            await page.click("button")
            assert ("has signed it" if script else "lo firmó el portátil") in await page.inner_text("section")
            await page.fill("input[name=code]", "nonsense")
            await page.click("button")
            assert await page.locator("section[role=alert]").count() == 1
            if script:
                await clean(page)
            assert wrong == []
            await context.close()
