"""P6: how long until a phone is ready on a bad line: Chromium at 400 kbit/s, 400 ms a request, a quarter of the CPU.

Ready is the later of the first paint and the page's load event: everything a worker needs came with the page, its
script included. The host name is mapped, so that the origin is as insecure as an address in a room. `floor` is a page
of a few words from the same server under the same brakes: what is below it is Chromium's and the line's.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
from typing import Any

from bench.firstview import Wire
from bench.processes import Server, join
from bench.report import Row

KBIT_S, LATENCY_MS, SLOWER = 400, 400, 4
NAME = "room.fieldkit.test"
PHONE = {"width": 360, "height": 640}
READY = """() => {
    const nav = performance.getEntriesByType('navigation')[0];
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    return nav.loadEventEnd > 0 && paint ? Math.max(nav.loadEventEnd, paint.startTime) : 0;
}"""
TARGET_S = 1.2


def run(short: bool = False) -> list[Row]:
    from playwright.sync_api import sync_playwright

    times = 3 if short else 9
    with tempfile.TemporaryDirectory() as folder, Server("room", folder=folder) as room, sync_playwright() as play:
        with Wire(room) as wire:
            came = re.search(rb'"seat":"([^"]+)"', wire.send(join(1, wire.host)))
        assert came is not None
        seat = came[1].decode()
        room.tell("open q1")
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium")
            or shutil.which("chromium-headless-shell")
            or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-background-networking", f"--host-resolver-rules=MAP {NAME} 127.0.0.1"],
        )
        site = f"http://{NAME}:{room.addr[1]}"
        floor = median(browser, f"{site}/robots.txt", "en", "", times)
        rows = []
        for what, path, lang, who in (
            ("the door, English", "/K7M4", "en", ""),
            ("the door, Arabic", "/K7M4", "ar", ""),
            ("a question, English", "/", "en", seat),
            ("a question, Arabic", "/", "ar", seat),
            ("a question, Hindi", "/", "hi", seat),
        ):
            seconds = median(browser, site + path, lang, who, times)
            rows.append(
                Row(
                    f"ready: {what}",
                    f"{seconds:.2f} s",
                    f"a page of a few words: {floor:.2f} s",
                    seconds,
                    " s",
                    None,
                    TARGET_S,
                )
            )
        browser.close()
    return rows


def median(browser: Any, url: str, lang: str, seat: str, times: int) -> float:
    """Seconds, each on a fresh context: nothing is in a cache."""
    return statistics.median(once(browser, url, lang, seat) for _ in range(times))


def once(browser: Any, url: str, lang: str, seat: str) -> float:
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale=lang)
    if seat:
        context.add_cookies([{"name": "fk_000001-k3m9w2p4", "value": seat, "domain": NAME, "path": "/"}])
    page = context.new_page()
    brake = context.new_cdp_session(page)
    brake.send("Network.enable")
    line = {"downloadThroughput": KBIT_S * 125, "uploadThroughput": KBIT_S * 125}
    brake.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY_MS, **line})
    brake.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url, wait_until="load", timeout=30_000)
    page.wait_for_function(f"({READY})() > 0", timeout=30_000)
    seconds = float(page.evaluate(READY)) / 1000
    context.close()
    return seconds
