"""The other screens: run sheet, discussion, results, notes, invite, help, palette, home, new."""

from __future__ import annotations

import asyncio
from pathlib import Path

import segno
from textual.containers import VerticalScroll

from fieldkit.core import intents as w
from fieldkit.tui.app import LiveApp
from fieldkit.tui.screens.qr import QUIET
from tests.tui.room import ROSTER, FakeTools, live, open_room, text_of, until, until_text


async def test_the_run_sheet_opens_skips_and_stretches(tmp_path: Path) -> None:
    """Enter goes there and l opens with counts, and both lead to the live screen; k skips and keeps, + and - change the
    minutes."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("s")
        await until_text(pilot, "Take it to the floor")
        await pilot.press("end", "l")
        await until_text(pilot, "✓ Open.")
        assert room.desk.room_view().open[0].activity == "ticket" and room.desk.room_view().open[0].live
        await pilot.press("s")
        await until_text(pilot, "▸")
        await pilot.press("end", "plus")
        await until_text(pilot, "Take it to the floor: 36 minutes")
        await pilot.press("minus")
        await until_text(pilot, "Take it to the floor: 35 minutes")
        await pilot.press("home", "enter")
        await until_text(pilot, "✓ Now: What can hurt you")
        await pilot.press("s")
        await until_text(pilot, "Take it to the floor")
        await pilot.press("end", "k")
        await until_text(pilot, "✓ Skipped: Take it to the floor")
        assert "close" in room.desk.session.skipped
        await pilot.press("k")
        await until_text(pilot, "✓ Kept: Take it to the floor")
        assert "close" not in room.desk.session.skipped


async def test_the_discussion_hides_and_pins(tmp_path: Path) -> None:
    """h and p turn what the row says into its opposite; new messages are counted until they were looked at."""
    async with live(tmp_path) as (room, app, pilot):
        p = await room.join("Ana Ruiz", "E1001")
        await room.do(w.OpenActivity(activity="talk"))
        await room.do(w.PutSay(text="Check the air", activity="talk"), p)
        await room.do(w.PutSay(text="Check gravity", activity="talk"), p)
        await until_text(pilot, "MESSAGES 2 new")
        await pilot.press("d")
        screen = await until_text(pilot, "2 messages, 0 pinned, 0 hidden")
        assert "▸ Ana Ruiz: Check gravity" in screen
        await pilot.press("h")
        await until_text(pilot, "hidden Ana Ruiz: Check gravity")
        await pilot.press("p")
        await until_text(pilot, "pinned hidden Ana Ruiz: Check gravity")
        await pilot.press("h")
        await until_text(pilot, "pinned Ana Ruiz: Check gravity")
        await pilot.press("p")
        await until_text(pilot, "✓ Unpinned.")
        await pilot.press("escape")
        await until(pilot, lambda: "MESSAGES" not in text_of(app))


async def test_results_act_on_the_chosen_round(tmp_path: Path) -> None:
    """The list of rounds; r reveals the one under the cursor."""
    async with live(tmp_path) as (room, _app, pilot):
        phones = [await room.join(name, badge) for badge, name in ROSTER[:3]]
        for activity in ("warm", "hurt"):
            await room.do(w.OpenActivity(activity=activity))
            for p in phones:
                await room.answer(p, activity, "a")
            await room.do(w.CloseActivity(activity=activity))
        await pilot.press("t")
        screen = await until_text(pilot, "2 rounds")
        assert "▸ The breaker is open" in screen
        await pilot.press("down", "r")
        await until_text(pilot, "✓ Shown to the room.")
        assert room.desk.session.round("warm").revealed and not room.desk.session.round("hurt").revealed
        await pilot.press("h")
        await until_text(pilot, "✓ Hidden from the room.")
        await pilot.press("v")
        await until_text(pilot, "✓ The next round is open.")
        assert room.desk.session.round("warm").no == 2


async def test_notes_show_the_segment_and_take_a_note(tmp_path: Path) -> None:
    """k, a: notes, slides, and a line for the record."""
    async with live(tmp_path) as (room, _app, pilot):
        await pilot.press("n")
        await until_text(pilot, "STEP 1/5")
        await pilot.press("k")
        screen = await until_text(pilot, "SLIDE 1")
        assert "What is left in the machine?" in screen
        await pilot.press("a")
        await until_text(pilot, "A note for the record")
        await pilot.press(*"Two had no gloves", "enter")
        await until_text(pilot, "✓ The note is saved.")
        assert any(n.text == "Two had no gloves" for n in room.desk.session.notices)
        await pilot.press("y")
        await until_text(pilot, "Tell the room")
        await pilot.press(*"Gloves on", "enter")
        await until_text(pilot, "TOLD THE ROOM")


def dark_modules(screen: str) -> set[tuple[int, int]]:
    """The QR code read back from the half blocks, light ones drawn, without its quiet zone."""
    lines = screen.split("\n")
    top = next(k for k, line in enumerate(lines) if "█████████████" in line)
    left = lines[top].index("█")
    width = lines[top].index(" ", left) - left
    found = set()
    for k, line in enumerate(lines[top : top + (width + 1) // 2]):
        for x, block in enumerate(line[left : left + width].ljust(width)):
            for half, light in enumerate({"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}[block]):
                if not light and 2 * k + half < width:
                    found.add((x - QUIET, 2 * k + half - QUIET))
    return found


async def test_the_invite_shows_the_code_and_every_address(tmp_path: Path) -> None:
    """q: QR code, address, codes, the projector's page."""
    async with live(tmp_path) as (_room, _app, pilot):
        await pilot.press("q")
        screen = await until_text(pilot, "How to join")
        for words in ("http://10.42.0.1", "K  7  M  4", "4  1  7", "http://fk-3fa9c1d2.local", "/wall?t=abcdefghijkl"):
            assert words in screen
        assert dark_modules(screen) == {
            (x, y)
            for y, row in enumerate(segno.make("HTTP://10.42.0.1/K7M4", error="l", micro=False).matrix)
            for x, dark in enumerate(row)
            if dark
        }


async def test_help_and_palette_hold_every_key(tmp_path: Path) -> None:
    """Both are made from the bindings; the palette runs what it finds."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.press("question_mark")
        screen = await until_text(pilot, "All keys here")
        assert "↓ there are more below" in screen
        body = app.screen.query_one(VerticalScroll)
        for page in range(1, 9):
            if body.is_vertical_scroll_end:
                break
            await pilot.press("pagedown")
            await until(pilot, lambda page=page: body.scroll_y in (page * body.size.height, body.max_scroll_y))
            screen += text_of(app)
        assert body.is_vertical_scroll_end
        for words in (
            "search all commands",
            "badge out: people leave",
            "end the session",
            "put the badge field away",
            "void this round",
        ):
            assert words in screen
        await pilot.press("escape")
        await until_text(pilot, "JOIN")
        await pilot.press("ctrl+p")
        await until_text(pilot, "Search for commands")
        await pilot.press(*"roll call")
        await until_text(pilot, "roll call: say here  [u]")
        await asyncio.sleep(0.2)
        screen = text_of(app)
        assert screen.index("roll call: say here") < screen.index("alarm  [!]"), "what is called so comes first"
        await pilot.press("enter")
        await until(pilot, lambda: any(r.type == "attendance" for r in room.desk.room_view().open))


async def test_light_and_dark(tmp_path: Path) -> None:
    """^t changes the colours and says which they are, nothing else."""
    async with live(tmp_path) as (_room, app, pilot):
        before = text_of(app).split("\n")
        await pilot.press("ctrl+t")
        assert app.theme == "fieldkit-light"
        now = text_of(app).split("\n")
        assert [line for line in now if line not in before] == [" colours: light, for the sun"]


async def test_warnings_of_a_live_session_come_up_once(tmp_path: Path) -> None:
    """Also what the station says while the session runs; a screen that was started again does not repeat them."""
    warnings = ["Only 300 MB are free."]
    async with open_room(tmp_path) as room:
        app = LiveApp(room.desk, FakeTools(tmp_path), "", warnings=warnings)
        async with app.run_test(size=(80, 24)) as pilot:
            assert "Before you begin" in await until_text(pilot, "! Only 300 MB are free.")
            await pilot.press("enter")
            await until(pilot, lambda: "300 MB" not in text_of(app))
            warnings.append("keys/heads is damaged.")
            assert "Noticed just now" in await until_text(pilot, "! keys/heads is damaged.")
        again = LiveApp(room.desk, FakeTools(tmp_path), "", warnings=warnings, warned=app.warned)
        async with again.run_test(size=(80, 24)) as pilot:
            await until_text(pilot, "JOIN")
            await pilot.pause(0.2)
            assert "damaged" not in text_of(again)
