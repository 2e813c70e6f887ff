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
    from fieldkit.clock import Clock
    from fieldkit.station import Setup, Station

KEYS = "Simulated workers come in by themselves. [n] takes the next step, [space] closes a question, [E] ends."
ORG = "demo.fieldkit"
PACK = "loto-basics"
MOST = 300


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
    from fieldkit.cli.compiled import compile_for
    from fieldkit.cli.host import setup
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
    from fieldkit.cli.net import Net
    from fieldkit.cli.room import Room
    from fieldkit.cli.workers import Worker, badge_of
    from fieldkit.station import Station

    station = Station.open(folder / "laptop", org=ORG, clock=clock)
    room = await Room.open(station, crew(station, pack, phones), Net(port=0, bind="127.0.0.1", announce=False))
    learned = {a.id: a for a in room.desk.plan.activities}
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
    from fieldkit.cli.demo_lead import lead
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
    made = command("bundle", "last", "-o", str(stick / "evening.fkb"), *here)
    identity = str(office / "keys" / "age.key")
    verdict = command("verify", made["file"], "--identity", identity, *here)
    taken = command("central", "ingest", *there, made["file"], "--receipts", str(stick / "receipts.note"))
    command("receipts", str(stick / "receipts.note"), *here)
    command("export", origin, "--what", "attendance", "--as", "csv", "-o", str(stick / "attendance.csv"), *here)
    result = taken["sessions"][0]["result"]
    say(f"Bundle sealed, {verdict['verdict']}, {result} at head office, receipt accepted. The attendance sheet:")
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
