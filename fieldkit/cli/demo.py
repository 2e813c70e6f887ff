"""`fieldkit demo`: a whole session on the loopback with simulated workers, to look around in ten seconds.

With a terminal you are the trainer. Without one it leads itself, tells what happens, and goes on to head office with
the very commands a trainer would type. Everything is in a temporary folder and gone afterwards.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json as jsonlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import is_terminal, plain, say
from fieldkit.errors import FieldkitError

if TYPE_CHECKING:
    from fieldkit.cli.room import Room
    from fieldkit.cli.workers import Worker
    from fieldkit.clock import Clock, ShiftedClock
    from fieldkit.core.views import RoundLine
    from fieldkit.station import Setup, Station

KEYS = "Simulated workers come in by themselves. [n] takes the next step, [space] closes a question, [E] ends."
ORG = "demo.fieldkit"
PACK = "loto-basics"
MOST = 300
LATE_MS, EARLY_MS = 15 * 60_000, 28 * 60_000


def demo(
    phones: Annotated[int, typer.Option("--phones", min=2, max=MOST, help="How many simulated workers.")] = 12,
    pack: Annotated[str, typer.Option("--pack", help="Another pack.")] = PACK,
    headless: Annotated[bool, typer.Option("--headless", help="Let it run by itself, also in a terminal.")] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Show a whole session with simulated workers, in a temporary folder.

    Example: fieldkit demo --phones 20
    """
    with tempfile.TemporaryDirectory(prefix="fieldkit-demo-", ignore_cleanup_errors=True) as folder:
        if is_terminal() and not headless:
            return asyncio.run(lead_it_yourself(Path(folder), pack, phones))
        return asyncio.run(by_itself(Path(folder), pack, phones))


def crew(station: Station, pack: str, phones: int) -> Setup:
    """A session whose roster expects everybody but the last, and one more who never comes."""
    from fieldkit.cli.host import setup
    from fieldkit.cli.room import compile_for
    from fieldkit.cli.workers import badge_of, name_of
    from fieldkit.config import Settings
    from fieldkit.core.intents import Expect
    from fieldkit.packs.compile import require_runnable
    from fieldkit.seats import new_participant

    compiled = compile_for(station, pack, "")
    require_runnable(compiled.plan)
    settings = Settings(home=station.home, facilitator="Sam Ortiz", site="Plant 4, line 2")
    begun = setup(settings, compiled, "", None)
    rows = [(badge_of(k), name_of(k)) for k in range(phones - 1)] + [("D099", "Never Came")]
    expected = [
        Expect(new_p=new_participant(), fields={"badge": badge, "name": name, "crew": "B"}) for badge, name in rows
    ]
    import msgspec

    return msgspec.structs.replace(begun, roster=expected)


async def begin(
    folder: Path, pack: str, phones: int, unhurried: float, clock: Clock | None = None
) -> tuple[Room, list[Worker]]:
    from fieldkit.cli.room import Net, Room
    from fieldkit.cli.workers import Worker, badge_of
    from fieldkit.station import Station

    station = Station.open(folder / "laptop", org=ORG, clock=clock)
    room = await Room.open(station, crew(station, pack, phones), Net(port=0, bind="127.0.0.1", announce=False))
    learned = {a.id: a.answer for a in room.desk.plan.activities if a.answer}
    # The last one is a walk-in; number 0 has no phone and is scanned in by the trainer.
    workers = [
        Worker(room.lan.url, k, badge=badge_of(k) if k < phones - 1 else None, unhurried=unhurried, learned=learned)
        for k in range(1, phones)
    ]
    return room, workers


async def lead_it_yourself(folder: Path, pack: str, phones: int) -> int:
    """The terminal app; the workers answer whatever you open."""
    from fieldkit.cli.leave import on_leave
    from fieldkit.cli.tools import RoomTools
    from fieldkit.tui.app import run_live

    leave = on_leave()
    room, workers = await begin(folder, pack, phones, unhurried=3.0)

    async def arrive() -> None:
        for worker in workers:
            await worker.come_in(room.desk.code)
            await asyncio.sleep(0.4)

    arriving = asyncio.create_task(arrive())
    try:
        await run_live(
            room.desk, RoomTools(room, documents=False), room.desk.plan.language, leave=leave, label="DEMO", hint=KEYS
        )
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)
        await asyncio.gather(*(x.stop() for x in workers))
        saved, ended = room.desk.session.saved + 1, room.desk.session.state == "ended"
        origin = room.desk.store.origin
        await room.close(None)
    if ended and not leave.is_set():
        code = await asyncio.to_thread(evening, folder, origin)
        say(f"That was the demo: {saved} signed records, now gone. Your first real session: fieldkit host {pack}")
        return code
    say(f"That was the demo: {saved} signed records, now gone. Your first real session: fieldkit host {pack}")
    return 0


async def by_itself(folder: Path, pack: str, phones: int) -> int:
    """The whole journey, told line by line on standard error; the attendance table goes to standard output."""
    from fieldkit.clock import ShiftedClock

    clock = ShiftedClock(behind_ms=60 * 60_000)
    room, workers = await begin(folder, pack, phones, 0.15, clock)
    say(f"A session of {pack} for {phones} workers at {room.lan.url}, room code {room.desk.code}.")
    try:
        await asyncio.gather(*(x.come_in(room.desk.code) for x in workers[1:]))
        await lead(room, workers, clock)
    finally:
        await asyncio.gather(*(x.stop() for x in workers))
        origin = room.desk.store.origin
        await room.close(None)
    return await asyncio.to_thread(evening, folder, origin)


async def lead(room: Room, workers: list[Worker], clock: ShiftedClock) -> None:
    """Walk the run sheet to its end as a trainer would: next, wait for the room, close, reveal, sometimes re-vote.

    The session's clock is moved on to where the plan has each step. One worker comes late, one leaves early.
    """
    from fieldkit.cli.workers import badge_of
    from fieldkit.core import intents as w
    from fieldkit.core.intents import FACILITATOR
    from fieldkit.core.pace import next_due_s
    from fieldkit.desk import Refused

    desk = room.desk
    await desk.submit(w.CheckIn(new_p=desk.new_p(), badge=badge_of(0)), FACILITATOR)
    people = desk.room_view()
    walkins = sum(1 for x in people.people if x.walkin and x.status == "in")
    say(
        f"{people.present} are in, 1 of them by badge at the laptop: {people.present - walkins} of {people.expected}"
        f" expected and {walkins} walk-in. {people.expected - people.present + walkins} are missing."
    )
    inside = workers[1:]
    while (due := next_due_s(desk.session)) is not None:
        clock.advance(max(0, due * 1000 - desk.room_view().elapsed_ms))
        await desk.submit(w.NextStep(), FACILITATOR)
        view = desk.room_view()
        if workers[0] not in inside and view.elapsed_ms > LATE_MS:
            await workers[0].come_in(desk.code)
            inside = workers
            say(f"{stamp(view.elapsed_ms)}  {workers[0].name} comes late")
        if view.elapsed_ms > EARLY_MS and workers[1] in inside and len(workers) > 3:
            await workers[1].go()
            inside = [x for x in inside if x is not workers[1]]
            say(f"{stamp(view.elapsed_ms)}  {workers[1].name} has to leave early")
        if not view.open:
            say(f"{stamp(view.elapsed_ms)}  {clip(view.label)}")
        for one in list(view.open):
            seen = await run_out(room, one.activity, len(inside), clock)
            say(f"{stamp(view.elapsed_ms)}  {one.type}: {clip(one.text)}")
            say(
                f"         {seen.answered} of {seen.of} answered"
                + (": " + " · ".join(f"{clip(x.text, 24)} {x.count}" for x in seen.bars) if seen.bars else "")
            )
            if seen.right is not None and 3 * seen.answered < 10 * seen.right < 7 * seen.answered:
                await desk.submit(w.Revote(activity=one.activity), FACILITATOR)
                seen = await run_out(room, one.activity, len(inside), clock)
                say(f"         split: talk to a neighbour, vote again: {seen.right} of {seen.answered} are right now")
            shown = await desk.submit(w.Reveal(activity=one.activity), FACILITATOR)
            if not isinstance(shown, Refused) and seen.right is not None:
                say(f"         revealed: {seen.right} of {seen.answered} were right")
    await desk.submit(w.End(), FACILITATOR)
    receipt = await workers[0].client.receipt()
    records = desk.session.saved + 1
    say(f"Ended: {records} records in the signed log; {workers[0].name} keeps a receipt of {len(receipt)} bytes.")


async def run_out(room: Room, activity: str, phones: int, clock: ShiftedClock) -> RoundLine:
    """Wait for the room, close, and say how it came out."""
    from fieldkit.core import intents as w
    from fieldkit.core.intents import FACILITATOR

    await settled(room, activity, phones)
    clock.advance(20_000)
    await room.desk.submit(w.CloseActivity(activity=activity), FACILITATOR)
    return [x for x in room.desk.room_view().rounds if x.activity == activity][-1]


def stamp(ms: int) -> str:
    return f"  {ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def clip(text: str, most: int = 88) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


async def settled(room: Room, activity: str, phones: int) -> None:
    """Until every phone has answered (the badge at the laptop cannot), or three seconds have passed."""
    for _ in range(60):
        one = next((x for x in room.desk.room_view().open if x.activity == activity), None)
        if one is None or (one.answered >= phones and one.type != "prompt"):
            return
        await asyncio.sleep(0.05)


def evening(folder: Path, origin: str) -> int:
    """Laptop → head office → receipt, with the commands a trainer types."""
    laptop, office, stick = folder / "laptop", folder / "office", folder / "stick"
    stick.mkdir()
    here, there = ("--data", str(laptop)), ("--home", str(office))
    say("The same evening:")
    keys = command("central", "init", *there, "--org", ORG, "--no-passphrase")
    asked = command("enrol", "-o", str(stick / "enrol.note"), *here)
    command("central", "enrol", *there, str(stick / "enrol.note"), "--words", asked["words"])
    command("trust", "accept", str(office / "trust.note"), "--root", keys["root"], *here)
    made = command("bundle", "last", "-o", str(stick / "evening.fkb"), "--plain", *here)
    verdict = command("verify", made["file"], *here)
    taken = command("central", "ingest", *there, made["file"], "--receipts", str(stick / "receipts.note"))
    command("receipts", str(stick / "receipts.note"), *here)
    command("export", origin, "--what", "attendance", "--as", "csv", "-o", str(stick / "attendance.csv"), *here)
    result = taken["sessions"][0]["result"]
    say(f"Bundle {verdict['verdict']}, {result} at head office, receipt accepted. The attendance sheet:")
    put(sheet((stick / "attendance.csv").read_text("utf-8-sig")))
    return 0 if (verdict["verdict"], result) == ("verified", "stored") else 1


def command(*args: str) -> dict[str, Any]:
    """Run `fieldkit …` as its own process, shown as it would be typed. Raises FieldkitError when it says no."""
    shown = " ".join(x if " " not in x else f'"{x}"' for x in args)
    say(f"  $ fieldkit {short(shown)}")
    run = [sys.executable, "-m", "fieldkit", *args, "--json"]
    done = subprocess.run(run, capture_output=True, env={**os.environ, "PYTHONUTF8": "1"}, check=False)
    if done.returncode != 0:
        raise FieldkitError(f"`fieldkit {args[0]}` answered {done.returncode}: {done.stderr.decode().strip()}.")
    found: dict[str, Any] = jsonlib.loads(done.stdout) if done.stdout.strip() else {}
    return found


def short(line: str) -> str:
    """Without the temporary folder's name, which says nothing."""
    temporary = next((part for part in line.split() if "fieldkit-demo-" in part), "")
    root = temporary[: temporary.index("fieldkit-demo-") + len("fieldkit-demo-") + 8] if temporary else ""
    return plain(line.replace(root, "…") if root else line)


def sheet(text: str) -> str:
    """A few columns of the attendance table, for a terminal."""
    columns = ("name", "person_id", "check_in_method", "minutes_present", "attendance_status", "score_pct", "completed")
    rows = [columns, *([row[c] for c in columns] for row in csv.DictReader(io.StringIO(text)))]
    widths = [max(len(row[k]) for row in rows) for k in range(len(columns))]
    return "\n".join("  ".join(f"{cell:<{widths[k]}}" for k, cell in enumerate(row)).rstrip() for row in rows)


commands = {"demo": demo}
