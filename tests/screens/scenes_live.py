"""The session as it should go: people come in, questions open and close, it ends."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core import intents as w
from tests.screens.book import Camera, Chapter, Look, page
from tests.screens.evening import CREW, Evening, live
from tests.tui.room import until_text

WIDE = (120, 36)


async def begin(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        await shot.take(pilot, "not-begun", "not begun")
        for k, (badge, name) in enumerate(CREW[:7]):
            await x.join(name, badge, live=k != 3)
        await x.do(w.CheckIn(new_p="", badge="E1012"))
        x.pass_(3)
        await shot.take(pilot, "waiting", "phones 6")
        await pilot.press("b", *"E1010")
        await shot.take(pilot, "badge", "E1010")
        await pilot.press("enter")
        await until_text(pilot, "Jo Smith")
        await pilot.press(*"E4711", "enter")
        await shot.take(pilot, "badge-unknown", "E4711")
        await pilot.press("escape", "escape", "n")
        await shot.take(pilot, "say", "STEP 1/")
        await pilot.press("n")
        x.pass_(0.4)
        for name in ("Ana Ruiz", "Bo Tran", "Li Wei"):
            p = next(one.p for one in x.desk.room_view().people if one.name == name)
            await x.do(w.Here(), p)
        await shot.take(pilot, "roll-call", "3 of 9")


BEGIN = Chapter(
    "People come in",
    (
        page("not-begun", "The room is open, nobody has come, nothing has begun."),
        page("waiting", "Eight are in: six phones, one that is silent, one person without a phone."),
        page("badge", "The check-in field (`b`) takes one badge after the other."),
        page("badge-unknown", "A badge that is on no list: whose is it?"),
        page("say", "The first step (`n`): what to say, and the notes."),
        page("roll-call", "A roll call: who is missing stands beside it."),
    ),
    begin,
)


async def to_poll(x: Evening) -> list[str]:
    people = await x.crew(silent=1, cards=2)
    await x.steps_to("poll-why")
    return people


async def question(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        people = await to_poll(x)
        await x.answers(people[:9], "poll-why", "bbca.bbcd")
        await shot.take(pilot, "poll-open", "answered 8 of 12")
        await pilot.press("space")
        await shot.take(pilot, "poll-closed", "✓ Closed.")
        await pilot.press("r")
        await shot.take(pilot, "poll-revealed", "shown to the room")
        await pilot.press("v")
        await until_text(pilot, "round 2")
        await x.answers(people[:9], "poll-why", "bccb.bcbc", round=2)
        await shot.take(pilot, "poll-again", "answered 8 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await pilot.press("t")
        await until_text(pilot, "Results")
        await shot.take(pilot, "results")
        await pilot.press("enter")
        await shot.take(pilot, "rounds", "round 2")
        await pilot.press("escape", "escape")
        await until_text(pilot, "JOIN")
        await x.steps_to("tf-tagout")
        for p, v, sure in zip(people, ["true", "false"] * 6, "sssuussuus", strict=False):
            said = {"s": "sure", "u": "unsure"}[sure]
            await x.do(w.PutAnswer(activity="tf-tagout", round=1, v=(v,), sure=said), p)
        await until_text(pilot, "answered 10 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await shot.take(pilot, "sure", "closed")
        await pilot.press("t")
        await until_text(pilot, "Results")
        await pilot.press("w")
        await shot.take(pilot, "sure-and-wrong", "Sure and wrong")


QUESTION = Chapter(
    "A question",
    (
        page(
            "poll-open",
            "A poll is open: the counts, who has not answered and why. The room sees nothing of it yet.",
            "dark",
            "light",
            "high-dark",
            Look("dark", WIDE),
        ),
        page("poll-closed", "Closed with the space bar; the next key that makes sense stands first."),
        page("poll-revealed", "Revealed: the room sees the same bars.", "dark", "colour-blind", Look("light", WIDE)),
        page("poll-again", "After a minute in pairs it is asked again (`v`)."),
        page("results", "All results (`t`)."),
        page("rounds", "Both rounds side by side.", "dark"),
        page("sure", "A question that asks how sure one is as well."),
        page("sure-and-wrong", "Who was sure and wrong: here a word is needed (`w` in the results)."),
    ),
    question,
)
