"""A form of the shared tablet never acts for anybody but whom it was given to, whatever crash lies between."""

from __future__ import annotations

from pathlib import Path

from fieldkit.lan.kiosk import Kiosk
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
