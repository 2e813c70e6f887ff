"""Operator and supervisor at head office's pages in Chromium, without a script on any page: log-in, first password, a
finding, a session, a record's proof, an export; axe in both themes, at a desk and on a phone."""

from __future__ import annotations

import contextlib
import os
import socket
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fieldkit.sync.central import programs
from fieldkit.sync.central.front.people_pages import person_at
from fieldkit.sync.central.server import CentralServer, certificate
from tests.core.figured import CLASS
from tests.kit.browser import AXE, CHROMIUM, TAGS
from tests.kit.central import Laptop, Office, bundle
from tests.sync.courses import PROGRAM, course
from tests.sync.digested import caught_up
from tests.sync.fronted import WORD, account
from tests.sync.relearnt import answered_alone
from tests.sync.served import STRANGER, new_certificate, serving
from tests.sync.test_desk_log import with_desk
from tests.sync.test_governance import fac, filled

SHOTS = os.environ.get("FIELDKIT_TEST_SHOTS", "")
NEW = "quiet words that nobody guesses"
HOSTILE = "Ann [/] Lee <b>\u202e"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the pages were not tried in a browser"),
    pytest.mark.asyncio(loop_scope="session"),
]


@contextlib.asynccontextmanager
async def office_at(folder: Path) -> AsyncIterator[str]:
    """Head office on TLS with one good session, one held, one gap, and three accounts; its address."""
    office = await Office.make(folder)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session(2, site="Hall 3", title="Lockout, tagout").add("segment.enter", {"segment": "a"})
    log = log.join("person01", "Zoë Álvarez", "E745738").join("person02", HOSTILE, "E2")
    log = log.add("say.put", {}, p="person02", private={"text": HOSTILE}).add("say.park", {"ref": 4}).close()
    elsewhere = Laptop.named("8q2k")
    office.enrol(elsewhere)
    await office.take(bundle(log), bundle(elsewhere.whole(site="Yard")), bundle(STRANGER.whole()))
    with_desk(office)
    await caught_up(office)
    account(office, "op", first=True)
    account(office, "zoe", "supervisor", "Hall 3")
    server = CentralServer(office.home, lambda: office.now)
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    await server.start(sock, certificate(*new_certificate(folder)))
    try:
        yield f"https://127.0.0.1:{server.port}"
    finally:
        await server.stop()


class Sight:
    """A page, what is wrong with it so far, and pictures of it where somebody asked for them."""

    def __init__(self, page: Any, name: str) -> None:
        self.page, self.name, self.wrong = page, name, []
        page.set_default_timeout(20_000)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _said(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.wrong.append(said.text)

    async def look(self, state: str) -> None:
        page = self.page
        assert await page.locator("script").count() == 0 and await page.locator("[style]").count() == 0
        if SHOTS:
            await page.screenshot(path=str(Path(SHOTS) / f"office-{self.name}-{state}.png"), full_page=True)
        await page.evaluate(AXE)
        run = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(
          r => r.violations.map(v => v.id + ' ' + v.nodes.map(n => n.html.slice(0, 100)).join(' | ')))"""
        assert await page.evaluate(run, TAGS) == [], (self.name, state)
        wide = "document.documentElement.scrollWidth <= innerWidth"
        assert await page.evaluate(wide), f"{self.name} {state} scrolls sideways"
        small = """() => [...document.querySelectorAll('main a, main button, nav a, header button')].map(
          e => [e.getBoundingClientRect(), e.outerHTML]).filter(([r]) => r.width && (r.height < 24 || r.width < 6))"""
        assert await page.evaluate(small) == [], (self.name, state)


async def tab(browser: Any, name: str, wide: int, high: int, theme: str, lang: str) -> Sight:
    context = await browser.new_context(
        viewport={"width": wide, "height": high}, ignore_https_errors=True, color_scheme=theme, locale=lang
    )
    return Sight(await context.new_page(), name)


async def log_in(at: Sight, url: str, name: str, word: str) -> None:
    await at.page.goto(url)
    await at.page.fill("input[name=name]", name)
    await at.page.fill("input[name=password]", word)
    await at.page.click("main button")


async def test_an_operator_chooses_a_password_and_finds_what_needs_them_and_its_proof(
    one_chromium: Any, tmp_path: Path
) -> None:
    async with office_at(tmp_path) as url:
        at = await tab(one_chromium, "desk", 1280, 800, "light", "en-US")
        await at.page.goto(url + "/access")
        await at.look("login")
        await log_in(at, url + "/login?to=/laptops", "op", WORD)
        await at.page.wait_for_url("**/account")
        await at.look("account")
        for field, word in (("old", WORD), ("new", NEW), ("again", NEW)):
            await at.page.fill(f"input[name={field}]", word)
        await at.page.click("text=Change the password")
        await at.page.wait_for_url("**/login?said=changed")
        await log_in(at, url + "/login", "op", NEW)
        await at.page.wait_for_url(url + "/")
        text = await at.page.inner_text("main")
        assert "Sessions of this laptop have not arrived." in text and "A session was held" in text
        await at.look("needs")
        await at.page.click("nav >> text=Laptops")
        assert "gap 1" in await at.page.inner_text("main")
        await at.look("laptops")
        await at.page.click("main a.chip")
        await at.look("session")
        await at.page.click("text=Zoë Álvarez")
        assert "person.join" in await at.page.inner_text("table")
        await at.look("records")
        await at.page.click("tbody th a")
        assert "Checked just now: this line is record" in await at.page.inner_text("main")
        await at.look("record")
        await at.page.click("nav >> text=Planned")
        await at.page.click("text=Plan a session")
        await at.page.fill("input[name=at]", "2026-11-30T06:00")
        await at.page.fill("input[name=tz]", "Mars/Base")
        await at.page.fill("input[name=site]", "Hall 3")
        await at.page.click("text=Plan it")
        assert "There is no time zone" in await at.page.inner_text("[role=alert]")
        await at.look("plan-form")
        await at.page.fill("input[name=tz]", "Europe/Madrid")
        await at.page.click("text=Plan it")
        await at.page.wait_for_url("**/planned/h-*")
        assert "2026-11-30 06:00 Europe/Madrid" in await at.page.inner_text("main")
        await at.look("plan")
        await at.page.click("nav >> text=Planned")
        await at.look("planned")
        await at.page.goto(url + "/certificates")
        await at.look("certificates")
        await at.page.click("nav >> text=Questions")
        await at.look("questions")
        await at.page.click("main li a.go >> nth=0")
        await at.page.click("summary")
        await at.look("question")
        await at.page.fill("textarea >> nth=0", "Two locks, one for each circuit.")
        await at.page.click("main button >> nth=0")
        await at.page.wait_for_url("**/questions?said=answered")
        assert "Two locks, one for each circuit." in await at.page.inner_text("main")
        await at.look("answered")
        await at.page.click("nav >> text=Access log")
        said = await at.page.inner_text("main")
        assert "chose a new password" in said and "looked at a record" in said and "Zoë" not in said
        await at.look("access")
        await at.page.click("text=Log out")
        await at.page.wait_for_url(url + "/login")
        # Not `go_back`: Chromium answers it with an error while it changes the process behind a page.
        await at.page.evaluate("setTimeout(() => history.back())")
        await at.page.wait_for_url("**/login?to=*access*")
        assert at.wrong == []
        await at.page.context.close()


async def test_a_supervisor_files_the_evenings_attendance_in_three_clicks_on_a_phone(
    one_chromium: Any, tmp_path: Path
) -> None:
    async with office_at(tmp_path) as url:
        at = await tab(one_chromium, "phone", 360, 640, "dark", "es-MX")
        await log_in(at, url, "zoe", WORD)  # one
        await at.page.wait_for_url(url + "/")
        await at.look("to-file")
        assert "Yard" not in await at.page.content() and "A session was held" not in await at.page.content()
        await at.page.click(".filing button")  # two
        await at.page.wait_for_url("**/filed")
        await at.look("filed")
        async with at.page.expect_download() as coming:
            await at.page.click("text=Llevarse las hojas")  # three
        file = await coming.value
        assert zipfile.is_zipfile(await file.path())
        await at.page.goto(url + "/sessions")
        await at.look("sessions")
        assert "Yard" not in await at.page.content()
        await at.page.click("tbody th a")
        await at.page.wait_for_url("**/s/**")
        await at.look("session")
        text = await at.page.inner_text("main")
        assert "Zoë Álvarez" in text and "Ann [/] Lee <b>" in text and "Asistencia" in text
        for what, name in (("CSV", "-attendance.csv"), ("nota", "-attendance.csv.note")):
            async with at.page.expect_download() as coming:
                await at.page.click(f"main .file >> text={what}")
            file = await coming.value
            assert file.suggested_filename.endswith(name)
            assert Path(await file.path()).stat().st_size > 100
        await at.page.goto(url + "/")
        await at.look("nothing-to-file")
        await at.page.goto(url + "/access")
        assert await at.page.inner_text("h1") == "Aquí no hay nada"
        await at.look("nothing")
        assert [x for x in at.wrong if "404" not in x] == []
        await at.page.context.close()


@pytest.mark.parametrize(
    ("name", "wide", "high", "theme", "lang"),
    [("desk", 1280, 800, "light", "en-US"), ("phone", 360, 640, "dark", "es-MX")],
)
async def test_who_may_run_it_who_somebody_is_and_who_misses_what(
    one_chromium: Any, tmp_path: Path, name: str, wide: int, high: int, theme: str, lang: str
) -> None:
    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    laptops = {site: Laptop.named(one) for site, one in (("Hall 3", "7q2k"), ("Yard", "9k3m"))}
    office.enrol(*laptops.values())
    for site, one in laptops.items():
        crew = {f"E{n}{site[0]}": "warm learn drill" if n % 3 else "warm" for n in range(9)}
        log = course(one, crew | {HOSTILE: "warm learn"}, site=site)
        await office.take(bundle(log))
    with_desk(office)
    await office.take(await answered_alone(office, log, ["E1Y", "E2Y"]))
    await caught_up(office)
    account(office, "op")
    async with serving(office) as served:
        at = await tab(one_chromium, name, wide, high, theme, lang)
        await log_in(at, served.url + "/login?to=/people", "op", WORD)
        await at.page.wait_for_url("**/people")
        await at.look("people")
        await at.page.click("main .cards tbody th a")
        await at.page.wait_for_url("**/p/**")
        await at.look("person")
        await at.page.goto(served.url + person_at("E1Y", ""))
        await at.look("before-and-after")
        assert await at.page.locator("section[aria-labelledby=h-sets] tbody tr").count() == 3
        await at.page.goto(served.url + "/sessions")
        await at.look("sets")
        await at.page.goto(served.url + "/makeups")
        await at.look("makeups")
        text = await at.page.inner_text("main")
        assert "Ann [/] Lee <b>" in text and "Press 4" in text
        assert at.wrong == []
        await at.page.context.close()


async def test_how_packs_are_delivered_is_read_at_a_desk_and_on_a_phone(one_chromium: Any, tmp_path: Path) -> None:
    office = await filled(tmp_path, [(CLASS, fac(k), "Plant-2", -k) for k in range(5)])
    programs.put(office.home, PROGRAM.encode())
    account(office, "op")
    await caught_up(office)
    async with serving(office) as served:
        for name, wide, high, theme in (("delivery", 1280, 800, "light"), ("delivery-phone", 360, 640, "dark")):
            at = await tab(one_chromium, name, wide, high, theme, "en-US")
            await log_in(at, served.url + "/login?to=/programs", "op", WORD)
            await at.page.wait_for_url("**/programs")
            await at.look("programs")
            await at.page.click("main table a")
            await at.look("program")
            await at.page.goto(served.url + "/delivery?pack=measured@1.0.0")
            assert "Cohen 1960" in await at.page.inner_text("main")
            await at.look("delivery")
            assert at.wrong == []
            await at.page.context.close()
