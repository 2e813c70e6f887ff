"""An alarm and a real session file: its end is one commit with its notes, and a crash ends nothing."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.desk import Accepted, Refused
from tests.kit.room import DeskRoom


async def test_after_a_crash_it_is_on_with_its_list_and_says_that_the_ticks_are_gone(tmp_path: Path) -> None:
    room = DeskRoom(tmp_path)
    desk = await room.begin()
    ann = await room.join("Ann", "B1")
    assert not desk.tick(ann.p), "there is no alarm"
    await room.lead(w.Pause(why="alarm"))
    assert desk.tick(ann.p)
    seen = desk.room_view().alarm
    assert seen is not None and (seen.ticked, seen.present, seen.lost) == (1, 2, False)
    await room.store.close()  # nothing of the desk is said or closed
    await desk.close()
    desk = await room.again()
    seen = desk.room_view().alarm
    assert desk.session.state == "paused" and seen is not None
    assert (seen.ticked, seen.present, seen.lost) == (0, 2, True)
    assert desk.tick(ann.p)
    refused = await room.lead(w.Resume())
    assert isinstance(refused, Refused) and refused.refusal.detail == "Sam Ortiz"
    done = await room.lead(w.Resume(safe=True, ticked=("trainer",), words=("forged", "forged")))
    assert isinstance(done, Accepted)
    assert desk.session.notices[-1].text == "Muster: 1 of 2 ticked off. Not ticked off: Sam Ortiz"
    assert desk.room_view().alarm is None and not desk.pulse.mustered and not desk.pulse.ticks_lost
    await room.lead(w.Pause(why="alarm"))
    again = desk.room_view().alarm
    assert again is not None and again.ticked == 0
    await desk.close()
