"""Between room and screen: bursts cost one redraw, clocks tick, keys keep their order, mistakes stay in the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.tui.app import LiveApp, run_live
from fieldkit.tui.bridge import Bridge, RoomChanged
from fieldkit.tui.tools import Invite
from tests.tui.room import FakeTools, live, open_room, until_text


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def test_forty_votes_at_once_cost_one_redraw(tmp_path: Path) -> None:
    """The leading edge and the end of the gap; the last view holds all forty votes."""
    roster = [(f"B{k}", f"Worker {k}") for k in range(40)]
    async with open_room(tmp_path, roster) as room:
        phones = [await room.join(name, badge) for badge, name in roster]
        await room.do(w.OpenActivity(activity="hurt"))
        posted: list[RoomChanged] = []
        bridge = Bridge(room.desk, "", posted.append)
        bridge.start()
        await asyncio.sleep(0.15)
        posted.clear()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(room.answer(p, "hurt", "c") for p in phones))
        took = loop.time() - began
        await until(lambda: bool(posted) and posted[-1].view.open[0].answered == 40)
        await asyncio.sleep(0.25)
        bridge.stop()
        assert len(posted) <= 3 + took * 10, "of a slow disk's burst ten a second"
        assert posted[-1].view.open[0].answered == 40
        assert posted[-1].can_replace(posted[0])


async def test_redraws_are_bounded_and_the_last_state_is_drawn(tmp_path: Path) -> None:
    """However long it goes on: about ten a second, and never the end missing."""
    async with open_room(tmp_path) as room:
        posted: list[RoomChanged] = []
        bridge = Bridge(room.desk, "", posted.append)
        bridge.start()
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() - began < 0.6:
            room.desk.pulse_changed()
            await asyncio.sleep(0.002)
        await room.do(w.Announce(text="the last one"))
        await until(lambda: bool(posted) and posted[-1].view.notices == ["the last one"])
        bridge.stop()
        assert 4 <= len(posted) <= 3 + (loop.time() - began) * 12
        assert posted[-1].view.notices == ["the last one"]


async def test_clocks_tick_in_a_quiet_room_and_stop_with_the_bridge(tmp_path: Path) -> None:
    """A view a second without any change; none after stop, which may be called twice."""
    async with open_room(tmp_path) as room:
        posted: list[RoomChanged] = []
        bridge = Bridge(room.desk, "", posted.append)
        loop = asyncio.get_running_loop()
        began = loop.time()
        bridge.start()
        await until(lambda: len(posted) == 2)
        assert loop.time() - began >= 0.9
        bridge.stop()
        bridge.stop()
        room.desk.pulse_changed()
        await asyncio.sleep(0.2)
        assert len(posted) == 2


async def test_wishes_reach_the_desk_in_the_order_of_the_keys(tmp_path: Path) -> None:
    """Ten notes submitted without waiting are in the log in that order."""
    async with open_room(tmp_path) as room:
        bridge = Bridge(room.desk, "", lambda message: None)
        outcomes = await asyncio.gather(*(bridge.submit(w.AddNote(text=f"note {k}")) for k in range(10)))
        assert all(outcome.ok for outcome in outcomes)
        assert [n.text for n in room.desk.session.notices] == [f"note {k}" for k in range(10)]


async def test_an_outcome_says_what_the_desk_said(tmp_path: Path) -> None:
    """Refused: the rules' sentence and its detail beside it; a closed desk: sentence and hint; nothing is raised."""
    async with open_room(tmp_path) as room:
        bridge = Bridge(room.desk, "", lambda message: None)
        refused = await bridge.submit(w.OpenActivity(activity="no-such"))
        assert (refused.ok, refused.reason, refused.detail) == (False, "unknown-activity", "no-such")
        assert refused.words == "There is no such activity in this session."
    late = await bridge.submit(w.NextStep())
    assert not late.ok and late.words == "The session is closed. Start it again to go on."


class Stumbling(FakeTools):
    """Tools with a mistake in them, once."""

    stumbles = 1

    def invite(self) -> Invite:
        if self.stumbles:
            self.stumbles -= 1
            raise ZeroDivisionError("a mistake")
        return super().invite()


async def test_a_mistake_in_the_screen_starts_it_again_and_spares_the_session(tmp_path: Path) -> None:
    """run_live goes on with a new screen; phones were never asked."""
    async with open_room(tmp_path) as room:

        async def drive(pilot: object) -> None:
            from textual.pilot import Pilot

            assert isinstance(pilot, Pilot)
            await until_text(pilot, "A mistake in fieldkit ended this screen")
            await room.do(w.End())
            await until_text(pilot, "The session has ended")
            await pilot.press("escape")

        first = []

        async def skip_first(pilot: object) -> None:
            first.append(pilot)
            if len(first) > 1:
                await drive(pilot)

        async with asyncio.timeout(60):  # a pilot that fails leaves a screen nobody closes
            result = await run_live(room.desk, Stumbling(tmp_path), headless=True, size=(80, 24), auto_pilot=skip_first)
        assert result == "ended"
        assert isinstance(first[0].app, LiveApp)  # type: ignore[attr-defined]


async def test_a_change_while_the_terminal_leaves_is_not_drawn(tmp_path: Path) -> None:
    """Its widgets go one by one: drawing into what is left of them would end it with a mistake."""
    async with live(tmp_path) as (room, app, pilot):
        await until_text(pilot, "JOIN")
        phones = [await room.join(f"Worker {k}") for k in range(5)]
        app.exit("left")
        for phone in phones:
            await room.do(w.RaiseHand(up=True), phone)
            app.on_room_changed(RoomChanged(app.bridge.view()))
            app.screen_stack[0].redraw()  # type: ignore[attr-defined]
            await asyncio.sleep(0)
    assert app.mistake is None and app.return_value == "left"
