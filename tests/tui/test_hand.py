"""A table for somebody's phone: the code is shown, watched and taken back from the terminal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import aiohttp

from fieldkit.cli.export import made
from fieldkit.errors import FieldkitError
from fieldkit.log.handed import read
from fieldkit.tui.tools import SheetLink
from tests.tui.afterkit import after, held, training
from tests.tui.room import ROSTER, FakeTools, live, text_of, until, until_text


async def test_a_table_is_handed_to_a_phone_and_the_link_taken_back(tmp_path: Path) -> None:
    """x, p: the table under the cursor, in the format that is shown; the screen follows what the link does."""
    async with live(tmp_path) as (_room, app, pilot):
        tools = app.tools
        assert isinstance(tools, FakeTools)
        await pilot.press("x")
        await until_text(pilot, "attendance,name")
        await pilot.press("down", "f")
        await until_text(pilot, "JSON")
        tools.trouble = FieldkitError("The disk is full.", "Free 200 MB.")
        await pilot.press("p")
        await until_text(pilot, "✕ The disk is full.")
        assert "No link waits." in text_of(app) and "sheet?t=" not in text_of(app)
        tools.trouble = None
        await pilot.press("n")
        screen = await until_text(pilot, "Whoever opens this gets the file.")
        assert tools.asked[-2:] == ["hand answers json"] * 2
        assert "http://10.42.0.1/sheet?t=once-and-" in screen and "▀▀▀▀▀▀▀" in screen and "10 more minutes" in screen
        tools.link = SheetLink(state="taken", phone="192.168.43.20")
        screen = await until_text(pilot, "The file was taken: 192.168.43.20")
        assert "sheet?t=" not in screen, "a link that was used is no link"
        tools.link = SheetLink(state="over")
        await until_text(pilot, "The ten minutes are over.")
        await pilot.press("n")
        await until_text(pilot, "Whoever opens this gets the file.")
        await pilot.press("D")
        await until_text(pilot, "✓ The link is taken back.")
        assert tools.link.state == "off"
        await pilot.press("n")
        await until_text(pilot, "Whoever opens this gets the file.")
        await pilot.press("escape")
        await until(pilot, lambda: "Export a table" in text_of(app))
        assert tools.link.state == "offered", "going on with the room leaves the phone its ten minutes"


async def test_the_supervisor_takes_the_evenings_sheet_from_the_laptop_after_the_end(tmp_path: Path) -> None:
    """A real room, real files, plain http: the bytes are those of the export, and where it went is listed."""
    async with after(tmp_path, training(), title="Lockout", expected=ROSTER) as x, aiohttp.ClientSession() as phone:
        await held(x)
        assert x.room.desk.session.state == "ended" and x.tools.sheet() == SheetLink()
        for as_, begins in (("csv", b"\xef\xbb\xbfrecord_id,"), ("xlsx", b"PK")):
            await x.tools.hand("attendance", as_)
            link = x.tools.sheet()
            assert link.state == "offered" and 595 < link.left <= 600 and len(link.url.partition("?t=")[2]) >= 22
            url = f"http://127.0.0.1:{x.room.lan.port}/sheet?{link.url.partition('?')[2]}"
            assert [one for one in read(x.room.station.home) if one.what == f"attendance {as_}"] == []
            got = await phone.post(url)
            raw = await got.read()
            assert got.status == 200 and raw.startswith(begins)
            assert f"Lockout attendance.{as_}" in got.headers["Content-Disposition"]
            ref = x.room.station.find(x.room.desk.store.origin)
            assert raw == made(x.room.station, ref, "attendance", as_)[0]
            (line,) = [one for one in read(x.room.station.home) if one.what == f"attendance {as_}"]
            assert line.path.startswith("phone 127.0.0.1: ") and line.sessions == [ref.origin]
            assert line.sha256 == hashlib.sha256(raw).hexdigest()
            assert x.tools.sheet() == SheetLink(state="taken", phone="127.0.0.1")
            assert (await phone.post(url)).status == 403
        await x.tools.hand("attendance", "csv")
        assert x.tools.hand_off() and not x.tools.hand_off() and x.tools.sheet() == SheetLink()
