"""People: the list and what can be done about somebody, hands, questions, joining, the kiosk, answers for others."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from tests.screens.book import Camera, Chapter, page
from tests.screens.evening import Evening, live
from tests.tui.room import until_text


async def mixed(x: Evening) -> list[str]:
    """Ten of twelve with a silent phone and two cards; a walk-in without a badge; somebody who came late and one who
    left."""
    people = await x.crew(10, silent=1, cards=2)
    people.append(await x.join("Ines Duarte"))
    await x.do(w.NextStep())
    x.pass_(9)
    people.append(await x.join("Sven Aalto", "E1011", ev=()))
    x.pass_(4)
    await x.do(w.CheckIn(new_p="", badge="E1002", out=True))
    return people


async def people(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        came = await mixed(x)
        await x.join("Bo Tran", "B1002")
        await pilot.press("w")
        await shot.take(pilot, "people", "Who is here")
        await pilot.press("slash", *"smith")
        await shot.take(pilot, "people-search", "SEARCH")
        await pilot.press("escape")
        await until_text(pilot, "Ana Ruiz")
        await pilot.press("home", "e")
        await shot.take(pilot, "person-marked", "Ana Ruiz")
        await pilot.press("j")
        await shot.take(pilot, "excused", "Ana Ruiz")
        await pilot.press("escape", "end")
        await until_text(pilot, "Who is here")
        await shot.take(pilot, "people-end")
        await pilot.press("m")
        await shot.take(pilot, "merge", "is the same person as whom?")
        await pilot.press("home", "down", "enter")
        await shot.take(pilot, "merge-ask", "Is this one person?")
        await pilot.press("n")
        await until_text(pilot, "Who is here")
        await pilot.press("home", "D")
        await shot.take(pilot, "take-out", "out of the session?")
        await pilot.press("n")
        await until_text(pilot, "Who is here")
        await pilot.press("S")
        await shot.take(pilot, "staff", "Sam Ortiz")
        await pilot.press("escape", "escape")
        await until_text(pilot, "JOIN")
        await x.do(w.RaiseHand(up=True), came[0])
        x.pass_(0.5)
        await x.do(w.RaiseHand(up=True), came[4])
        x.pass_(2)
        await x.do(w.PutSay(text="Who keeps the key of a removed lock?"), came[2])
        await x.do(w.PutSay(text="Does a tag do on the old isolator in hall 2?"), came[5])
        ref = x.desk.room_view().asks[0].ref
        await x.do(w.UpVote(ref=ref), came[6])
        for p, v in zip(came[:7], ("lost", "ok", "ok", "faster", "ok", "lost", "ok"), strict=True):
            x.desk.pulse.tap(p, v)
        x.desk.pulse_changed()
        await shot.take(pilot, "asking", "TEMPO 2 lost")
        await pilot.press("H")
        await shot.take(pilot, "hands", "Raised hands")
        await pilot.press("escape", "Q")
        await shot.take(pilot, "questions", "for the expert")


PEOPLE = Chapter(
    "People",
    (
        page("people", "Everybody (`w`): in, out, expected; those without a badge show six characters.", "dark"),
        page("people-search", "Looked for by name: two people are called Jo Smith."),
        page("person-marked", "Marked by hand as gone early: that wins over the clock; the record keeps both."),
        page("excused", "Excused: for what reason?"),
        page("people-end", "The end of the list: who is expected and has not come, and walk-ins."),
        page("merge", "Two entries of one person (`m`): which is the other?"),
        page("merge-ask", "Both are named before anything happens."),
        page("take-out", "Taking somebody out asks first."),
        page("staff", "Trainers and other staff (`S`)."),
        page("asking", "Hands, questions and tempo; a muted line says that a hand has been up for two minutes."),
        page("hands", "Raised hands in their order (`H`)."),
        page("questions", "Questions to the trainer (`Q`): the most wanted first."),
    ),
    people,
)


async def doors(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        await pilot.press("q")
        await shot.take(pilot, "join", "How to join")
        await pilot.press("w")
        await shot.take(pilot, "join-wifi", "FIELDKIT-L4")
        await pilot.press("k")
        await shot.take(pilot, "kiosk-off", "Kiosk")
        await pilot.press("n")
        await shot.take(pilot, "kiosk", "waits for a tablet")
        await pilot.press("escape", "escape")
        await until_text(pilot, "JOIN")
        await pilot.press("J")
        await shot.take(pilot, "joining", "192.168.43.17")
        await pilot.press("escape")
        await x.crew(9, cards=3)
        await x.steps_to("poll-why")
        await until_text(pilot, "answered 0 of 9")
        await pilot.press("p")
        await shot.take(pilot, "proxy-who", "Answer for somebody")
        await pilot.press("enter")
        await shot.take(pilot, "proxy-answer", "Answer for")
        await pilot.press("b", "c", "ctrl+s")
        await shot.take(pilot, "proxy-saved", "Saved for")
        await pilot.press("escape")
        await until_text(pilot, "JOIN")
        await pilot.press("c")
        await shot.take(pilot, "count-hands", "Show of hands")
        await pilot.press("escape", "a")
        await until_text(pilot, "Ask the room")
        await pilot.press(*"Is the press off?", "enter", *"Yes", "enter", *"No", "enter")
        await shot.take(pilot, "ask", "Is the press off?")


DOORS = Chapter(
    "Joining, and answers without a phone",
    (
        page("join", "How to join (`q`): the code, the address, the digits.", "light"),
        page("join-wifi", "The code of the Wi-Fi (`w`), one at a time."),
        page("kiosk-off", "A tablet for everybody without a phone (`k`)."),
        page("kiosk", "Its address waits for the tablet; it works once."),
        page("joining", "Who gets how far, and what keeps the others out (`J`)."),
        page("proxy-who", "Answering for somebody (`p`): who?"),
        page("proxy-answer", "And what?"),
        page("proxy-saved", "Saved; the list is back for the next one."),
        page("count-hands", "Hands counted (`c`)."),
        page("ask", "A question on the spot (`a`)."),
    ),
    doors,
)
