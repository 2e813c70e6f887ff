"""How `fieldkit demo` leads itself: through the run sheet as a trainer would, told line by line on standard error."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fieldkit.cli.talk import say
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR

if TYPE_CHECKING:
    from fieldkit.cli.room import Room
    from fieldkit.cli.workers import Worker
    from fieldkit.clock import ShiftedClock
    from fieldkit.core.views import RoundLine

LATE_PART, EARLY_PART = 1 / 3, 5 / 8
"""When of the planned minutes one worker comes late and another one leaves."""


async def lead(room: Room, workers: list[Worker], clock: ShiftedClock) -> None:
    """Walk the run sheet to its end: next, wait for the room, close, reveal, sometimes re-vote.

    The session's clock is moved on to where the plan has each step. One worker comes late, one leaves early.
    """
    from fieldkit.cli.workers import badge_of
    from fieldkit.core.pace import next_due_s

    desk = room.desk
    await desk.submit(w.CheckIn(new_p=desk.new_p(), badge=badge_of(0)), FACILITATOR)
    people = desk.room_view()
    walkins = sum(1 for x in people.people if x.walkin and x.status == "in")
    say(
        f"{people.present} are in, 1 of them by badge at the laptop: {people.present - walkins} of {people.expected}"
        f" expected and {walkins} walk-in. {people.expected - people.present + walkins} are missing."
    )
    inside = workers[1:]
    planned = people.planned_ms
    while (due := next_due_s(desk.session)) is not None:
        clock.advance(max(0, due * 1000 - desk.room_view().elapsed_ms))
        if not await step(room):
            break
        view = desk.room_view()
        if workers[0] not in inside and view.elapsed_ms > planned * LATE_PART:
            await workers[0].come_in(desk.code)
            inside = workers
            say(f"{stamp(view.elapsed_ms)}  {workers[0].name} comes late")
        if view.elapsed_ms > planned * EARLY_PART and workers[1] in inside and len(workers) > 3:
            await workers[1].go()
            inside = [x for x in inside if x is not workers[1]]
            say(f"{stamp(view.elapsed_ms)}  {workers[1].name} has to leave early")
        if not view.open:
            say(f"{stamp(view.elapsed_ms)}  {clip(view.label)}")
        for one in list(view.open):
            say(f"{stamp(view.elapsed_ms)}  {one.type}: {clip(one.text)}")
            await play(room, one, len(inside), clock)
    await desk.submit(w.End(), FACILITATOR)
    receipt = await workers[0].client.receipt()
    records = desk.session.saved + 1
    say(f"Ended: {records} records in the signed log; {workers[0].name} keeps a receipt of {len(receipt)} bytes.")


async def step(room: Room) -> bool:
    """The next step; an anonymous question also for a small crew, which is said. False when it cannot be taken."""
    from fieldkit.desk import Refused

    taken = await room.desk.submit(w.NextStep(), FACILITATOR)
    if isinstance(taken, Refused) and taken.refusal.reason == "small-crew":
        say("         too few are here for an anonymous question: of its answers nothing is kept")
        taken = await room.desk.submit(w.NextStep(small=True), FACILITATOR)
    return not isinstance(taken, Refused)


async def play(room: Room, one: RoundLine, phones: int, clock: ShiftedClock) -> None:
    """One activity from its opening to what the room gets to see."""
    from fieldkit.desk import Refused

    desk = room.desk
    if one.type == "checklist":
        await sign_off(room, one)
    seen = await run_out(room, one.activity, phones, clock)
    say("         " + outcome(seen))
    if seen.right is not None and seen.band == "discuss":
        await desk.submit(w.Revote(activity=one.activity), FACILITATOR)
        seen = await run_out(room, one.activity, phones, clock)
        say(f"         split: talk to a neighbour, vote again: {seen.right} of {seen.answered} are right now")
    shown = await desk.submit(w.Reveal(activity=one.activity), FACILITATOR)
    if not isinstance(shown, Refused) and seen.right is not None:
        unsafe = f"; {seen.sure_wrong_n} were sure and wrong" if seen.sure_wrong_n else ""
        gain = f"; {seen.gain_pts} points gained" if seen.gain_pts else ""
        say(f"         revealed: {seen.right} of {seen.answered} were right{unsafe}{gain}")


def outcome(seen: RoundLine) -> str:
    """One line: who took part, and what came of it."""
    if seen.type == "checklist":
        passed = sum(1 for x in seen.checks if x.passed)
        return f"{passed} of {len(seen.checks)} signed off"
    if seen.groups:
        sizes = " · ".join(f"{g.label or g.no}: {g.size}" for g in seen.groups)
        return f"{len(seen.groups)} groups ({clip(sizes, 50)}), {len(seen.texts)} reported"
    if seen.suppressed:
        return "fewer answers than are kept: nothing is known of them"
    rows = sorted(seen.bars, key=lambda x: -x.count)[:4] if len(seen.bars) > 6 else seen.bars
    bars = " · ".join(f"{clip(x.text, 24)} {x.count}" for x in rows)
    return f"{seen.answered} of {seen.of} answered" + (f": {bars}" if bars else "")


async def sign_off(room: Room, one: RoundLine) -> None:
    """The trainer watches each person, or one of each group; every seventh leaves out what is not critical."""
    done: set[int] = set()
    for k, line in enumerate(one.checks):
        if line.group and line.group in done and _by_group(room, one.activity):
            continue
        done.add(line.group)
        for item in one.items:
            ok = item.critical or k % 7 != 6
            await room.desk.submit(w.MarkItem(who=line.p, activity=one.activity, item=item.id, ok=ok), FACILITATOR)


def _by_group(room: Room, activity: str) -> bool:
    a = room.desk.session.activity(activity)
    return a is not None and a.per == "group"


async def run_out(room: Room, activity: str, phones: int, clock: ShiftedClock) -> RoundLine:
    """Wait for the room, close, and say how it came out."""
    opened = next((x for x in room.desk.room_view().open if x.activity == activity), None)
    if opened is not None and opened.reading_ms:
        clock.advance(opened.reading_ms)
    await settled(room, activity, phones)
    clock.advance(20_000)
    await room.desk.submit(w.CloseActivity(activity=activity), FACILITATOR)
    return [x for x in room.desk.room_view().rounds if x.activity == activity][-1]


async def settled(room: Room, activity: str, phones: int) -> None:
    """Until every phone has answered (the badge at the laptop cannot), or three seconds have passed."""
    for _ in range(60):
        one = next((x for x in room.desk.room_view().open if x.activity == activity), None)
        if (
            one is None
            or one.type == "checklist"
            or (one.answered >= phones and one.type not in ("prompt", "breakout"))
        ):
            return
        placed = sum(g.size for g in one.groups)
        if one.type == "breakout" and placed >= phones and len(one.texts) >= sum(1 for g in one.groups if g.size > 1):
            return
        await asyncio.sleep(0.05)


def stamp(ms: int) -> str:
    return f"  {ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def clip(text: str, most: int = 88) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
