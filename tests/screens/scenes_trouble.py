"""What may come between: a slow disk, a pause, what was opened by mistake, an alarm, curious eyes, other laptops."""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import FieldkitError
from fieldkit.log.keys import Signer, six_words
from fieldkit.tui.tools import AskingLine, ConsoleLine, ConsoleState, RemoteState
from tests.screens.book import Camera, Chapter, a_while, page
from tests.screens.evening import live
from tests.tui.room import until_text

KIM = Signer("acme.example/dev/k1m7", bytes([7] * 32))


async def trouble(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        people = await x.crew(11, cards=2)
        await x.steps_to("poll-why")
        await x.answers(people[:6], "poll-why", "bbcabd")
        await until_text(pilot, "answered 6 of 11")
        x.desk._writing_ns = x.clock.reading_ns() - 4_000_000_000
        x.desk.pulse_changed()
        await shot.take(pilot, "disk-slow", "disk slow")
        x.desk._writing_ns = None
        x.desk.failing = FieldkitError("The disk is full.", "Free 200 MB and it goes on by itself.")
        await shot.take(pilot, "not-saved", "NOT SAVED")
        x.desk.failing = None
        await until_text(pilot, "SAVED 37")
        a_while(pilot)
        await pilot.press("V")
        await shot.take(pilot, "undo", "Void this round?")
        await pilot.press("y")
        await shot.take(pilot, "void", "void: it does not count")
        await pilot.press("z")
        await shot.take(pilot, "paused", "‖ paused")
        await pilot.press("n")
        await shot.take(pilot, "refused", "✕")
        await pilot.press("g")
        await until_text(pilot, "Going on.")
        await pilot.press("y")
        await until_text(pilot, "Tell the room")
        await pilot.press(*"Back at half past seven")
        await shot.take(pilot, "tell", "half past seven")
        await pilot.press("enter")
        await shot.take(pilot, "told", "TOLD THE ROOM")
        await pilot.press("Y")
        await until_text(pilot, "taken down")
        x.pass_(1)
        await pilot.press("n")
        await until_text(pilot, "STEP 4/")
        x.pass_(13)
        await until_text(pilot, "behind")
        a_while(pilot)
        await shot.take(pilot, "nudge", "minutes over")
        await pilot.press("s")
        await shot.take(pilot, "sheet", "Run sheet")
        await pilot.press("escape", "T")
        await shot.take(pilot, "timeline", "Timeline")
        await pilot.press("escape", "L")
        await shot.take(pilot, "records", "Newest records")
        await pilot.press("escape", "k")
        await shot.take(pilot, "notes", "NOTES")
        await pilot.press("escape", "K")
        await shot.take(pilot, "cards", "card")
        await pilot.press("escape", "question_mark")
        await shot.take(pilot, "help", "All keys here")
        await pilot.press("escape", "ctrl+p")
        await pilot.press(*"roll")
        await until_text(pilot, "  roll\n")
        await pilot.pause(0.5)  # it searches while one types
        await shot.take(pilot, "palette", "roll call")


TROUBLE = Chapter(
    "What may come between",
    (
        page("disk-slow", "The disk takes its time: the header says so."),
        page("not-saved", "The disk is full: nothing is lost, and the sentence says what to do."),
        page("undo", "A question opened by mistake (`V`): what would be undone.", "dark"),
        page("void", "It is void and does not count; the record keeps it."),
        page("paused", "A pause (`z`): the clock stands, going on comes first among the keys."),
        page("refused", "Next, in a pause: why not, in one sentence."),
        page("tell", "A notice for everybody (`y`)."),
        page("told", "It stands on the phones and on the wall, and here until it is taken down."),
        page("nudge", "Fourteen minutes later: behind the plan, and a muted line says what may matter."),
        page("sheet", "The run sheet (`s`)."),
        page("timeline", "What was run when (`T`)."),
        page("records", "The newest records in plain words (`L`)."),
        page("notes", "Notes and slides (`k`)."),
        page("cards", "Cue cards (`K`), to be read from two metres."),
        page("help", "All keys of the live screen (`?`)."),
        page("palette", "A command found by its words (`^p`)."),
    ),
    trouble,
)


async def alarm(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        await x.crew(11, cards=2)
        await x.steps_to("poll-why")
        await until_text(pilot, "answered 0 of 11")
        await pilot.press("exclamation_mark")
        await shot.take(pilot, "alarm", "0 of 12 ticked off")
        for k in range(1, 11):
            await pilot.press("space")
            await until_text(pilot, f"{k} of 12 ticked off")
        await shot.take(pilot, "alarm-missing", "10 of 12 ticked off")
        await pilot.press("escape")
        await shot.take(pilot, "alarm-bar", "[space] muster list")
        await pilot.press("space")
        await until_text(pilot, "10 of 12 ticked off")
        await pilot.press("g")
        await shot.take(pilot, "alarm-safe", "[y] yes")
        await pilot.press("escape")
        await until_text(pilot, "The alarm goes on.")
        await pilot.press("space")
        await until_text(pilot, "11 of 12 ticked off")
        await pilot.press("space")
        await shot.take(pilot, "alarm-all", "Everybody is accounted for.")
        await pilot.press("g")
        await until_text(pilot, "[y] yes")
        await pilot.press("y")
        await until_text(pilot, "✓ Going on.")
        await pilot.press("ctrl+n")
        await until_text(pilot, "person ")
        await shot.take(pilot, "private")
        await pilot.press("w")
        await shot.take(pilot, "private-people", "Who is here")
        await pilot.press("escape", "ctrl+n")
        await until_text(pilot, "Ana Ruiz")
        await pilot.press("ctrl+l")
        await shot.take(pilot, "lock-ask", "Lock this screen with a code")
        await pilot.press(*"ab12", "enter", *"ab12", "enter")
        await shot.take(pilot, "locked", "LOCKED")


ALARM = Chapter(
    "Alarm, and curious eyes",
    (
        page("alarm", "Alarm (`!`): the clock stands, and everybody who is in is on the list.", "high-dark"),
        page("alarm-missing", "Two are not accounted for yet."),
        page("alarm-bar", "Whatever screen is looked at: the alarm stands above it; `space` is its list."),
        page("alarm-safe", "`g` ends it only on a `y`, with everybody named who is missing."),
        page("alarm-all", "Everybody is: `g`, then `y`, goes on and takes the notice down."),
        page("private", "Names away (`^n`): somebody looks over the shoulder."),
        page("private-people", "The same in the list of people."),
        page("lock-ask", "Locking the keys (`^l`) asks for a code."),
        page("locked", "Locked: everything goes on and is seen, badges are taken, the alarm works."),
    ),
    alarm,
)


async def beside(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        await x.crew(6)
        await pilot.press("C")
        await shot.take(pilot, "consoles-off", "Only this laptop")
        words = six_words(Signer("acme.example/dev/l4p7q2", bytes(32)).vkey)
        on = ConsoleState(on=True, address="10.42.0.1:7443", words=words)
        x.tools.consoles.now = on  # type: ignore[union-attr]
        await shot.take(pilot, "consoles-on", "Nobody asks.")
        asks = (AskingLine(no=1, name="Kim Lee", words=six_words(KIM.vkey)),)
        attached = (ConsoleLine(no=2, role="helper", name="Raj Patel", live=True),)
        x.tools.consoles.now = ConsoleState(  # type: ignore[union-attr]
            on=True, address=on.address, words=words, asking=asks, attached=attached
        )
        await shot.take(pilot, "consoles-asks", "Kim Lee asks.")
        await pilot.press("h")
        await shot.take(pilot, "consoles-let-in", "Kim Lee as helper?")
        await pilot.press("n", "r")
        await until_text(pilot, "Your phone as a remote")
        x.tools.consoles.phone = RemoteState(  # type: ignore[union-attr]
            state="offered", url="http://10.42.0.1:8090/#kV4mW0h2p7Qe9sT1uX3yZ5aB6cD8fG0jK2lM4nP6rS8"
        )
        await shot.take(pilot, "remote", "Scan this with your phone")
        x.tools.consoles.phone = RemoteState(  # type: ignore[union-attr]
            state="on", phone="10.42.0.23", refused={"mac": 2}
        )
        await shot.take(pilot, "remote-on", "Your phone is the remote")
        await pilot.press("escape", "escape")
        await until_text(pilot, "JOIN")
        await pilot.press("ctrl+q")
        await shot.take(pilot, "leave")
        await pilot.press("n", "E")
        await shot.take(pilot, "end", "End the session for everybody?")
        await pilot.press("n")
        await pilot.resize_terminal(38, 10)
        await shot.take(pilot, "too-small", "too small")


BESIDE = Chapter(
    "Other laptops, a phone as remote, leaving",
    (
        page("consoles-off", "Second consoles (`C`): off, as at the beginning."),
        page("consoles-on", "On: what is typed on the other laptop, and the six words."),
        page("consoles-asks", "Somebody asks: compare the words."),
        page("consoles-let-in", "Before anybody is let in, the words once more."),
        page("remote", "The trainer's phone as a remote (`r`)."),
        page("remote-on", "The phone has it."),
        page("leave", "Leaving a live session asks first."),
        page("end", "Ending it too."),
        page("too-small", "A window of 38×10: one sentence; keys go on working."),
    ),
    beside,
)
