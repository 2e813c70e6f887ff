"""A form of the shared tablet never acts for anybody but whom it was given to, whatever crash lies between, and what
somebody would have answered in confidence is not shown to whoever types their badge next."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.lan.kiosk import Kiosk
from fieldkit.lan.server import LanServer
from tests.kit.kiosk import Tablet
from tests.lan.conftest import open_desk


async def test_a_form_from_before_a_crash_is_not_somebody_elses_turn(tmp_path: Path) -> None:
    """Ann's page stands on the tablet, the laptop's power goes, Bob scans his badge: Ann's form is not Bob's answer.

    The first turn after a crash has the number of the one that was running, which the file does not know.
    """
    desk = await open_desk(tmp_path / "room")
    try:
        before = Kiosk(desk)
        await before.start()
        await before.take(before.token)
        anns = before.sign(await before.begin("p-ann", "en"))
        after = Kiosk(desk)
        await after.start()
        bobs = await after.begin("p-bob", "en")
        assert after.read(anns) == (None, "p-ann")
        turn, p = after.read(after.sign(bobs))
        assert turn is bobs and p == "p-bob"
    finally:
        await desk.close()


async def test_a_confidential_answer_that_came_too_late_is_not_kept(tmp_path: Path) -> None:
    """Ann's turn is over, her answer comes late and is refused; Bob types Ann's badge and sees nothing of it."""
    desk = await open_desk(tmp_path / "room", roster=[{"badge": "B-1", "name": "Ann"}])
    lan = LanServer(desk)
    await lan.start(bind="127.0.0.1", port=0)
    try:
        await desk.submit(w.OpenActivity(activity="s1"), FACILITATOR)
        async with Tablet(f"http://127.0.0.1:{lan.port}") as tablet:
            await tablet.open(lan.kiosk_url)
            form = (await tablet.come("B-1")).form(kind="answer", activity="s1")
            await tablet.next()
            late = await tablet.post({**{k: form[k] for k in ("kind", "form", "activity", "round")}, "v": "l2"})
            assert "This turn was over" in late.words
            assert 'aria-pressed="true"' not in (await tablet.come("B-1")).text
    finally:
        await lan.stop()
        await desk.close()
