"""The other kinds of questions: numbers, order, pairs, a picture, words, groups, a checklist, a quiz, the last ones."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from fieldkit.core import intents as w
from fieldkit.core.plan import Activity
from tests.kit.clock import ManualClock
from tests.screens.book import Camera, Chapter, page
from tests.screens.evening import live, pack_of
from tests.screens.laptop import EVENING, station_at
from tests.tui.room import until_text


async def kinds(shot: Camera, folder: Path) -> None:
    plan = pack_of(station_at(folder / "packs", ManualClock(EVENING))).plan
    cloud = Activity(
        id="cloud", type="wordcloud", text=["What do you think of when you hear: stored energy?"], max_words=3
    )
    plan = replace(plan, activities=[*plan.activities, cloud])
    async with live(folder, plan) as (x, pilot):
        people = await x.crew(cards=2)
        phones = people[:10]

        async def put(activity: str, *values: tuple[str, ...]) -> None:
            for p, v in zip(phones, values, strict=False):
                await x.do(w.PutAnswer(activity=activity, round=1, v=v), p)

        await x.steps_to("confidence-pre")
        await put("confidence-pre", *[(f"l{k}",) for k in (1, 2, 2, 3, 2, 1, 2, 4, 3, 2)])
        await shot.take(pilot, "scale", "answered 10 of 12")
        await x.steps_to("count-sources")
        await put("count-sources", *[(v,) for v in ("4", "2", "3", "3", "4", "1", "3", "2", "4", "12")])
        await until_text(pilot, "answered 10 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await shot.take(pilot, "number", "closed")
        await x.steps_to("hotspot-press")
        taps = ("0.78,0.6", "0.77,0.61", "0.2,0.4", "0.86,0.83", "0.79,0.58", "0.19,0.42")
        await put("hotspot-press", *((tap,) for tap in taps))
        await until_text(pilot, "answered 6 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await shot.take(pilot, "hotspot", "closed")
        await x.steps_to("match-device")
        right, wrong = ("hasp=e", "cover=p", "block=g"), ("hasp=e", "cover=g", "block=p")
        await put("match-device", right, right, wrong, right, right, wrong, right, right)
        await until_text(pilot, "answered 8 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await shot.take(pilot, "match", "closed")
        await x.steps_to("order-steps")
        good = ("notify", "shut", "isolate", "lock", "bleed", "try")
        swapped = ("notify", "shut", "isolate", "lock", "try", "bleed")
        await put("order-steps", good, good, swapped, swapped, good, swapped, swapped, good)
        await until_text(pilot, "answered 8 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await shot.take(pilot, "order", "closed")
        await x.do(w.OpenActivity(activity="cloud"))
        said = (
            "pressure",
            "springs",
            "gravity",
            "heat",
            "pressure",
            "gravity",
            "air",
            "pressure",
            "springs",
            "gravity",
        )
        for p, word in zip(phones, said, strict=True):
            await x.do(w.PutAnswer(activity="cloud", round=1, text=word), p)
        await shot.take(pilot, "wordcloud", "answered 10 of 12")


KINDS = Chapter(
    "Other questions",
    (
        page("scale", "A scale before the teaching; its result is never shown to the room."),
        page("number", "A number: every value, the right one marked."),
        page("hotspot", "A tap on a picture: a small map, and how many hit which place.", "dark"),
        page("match", "Pairs: the right partner, and the mistake that was made most."),
        page("order", "An order: who put each step at its place.", "colour-blind"),
        page("wordcloud", "Words: the commonest first."),
    ),
    kinds,
)


async def practice(shot: Camera, folder: Path) -> None:
    async with live(folder) as (x, pilot):
        people = await x.crew(cards=2)
        await x.steps_to("confidence-pre")
        for p, k in zip(people, (1, 2, 2, 3, 2, 1, 2, 4, 3, 2), strict=False):
            await x.do(w.PutAnswer(activity="confidence-pre", round=1, v=(f"l{k}",)), p)
        await x.steps_to("pairs")
        await shot.take(pilot, "breakout", "Find your partner")
        await pilot.press("G")
        await shot.take(pilot, "groups", "writes")
        await pilot.press("escape")
        await x.steps_to("skill-lockout")
        for p, items in zip(people, ("card lock bleed try", "card lock bleed", "lock"), strict=False):
            for item in items.split():
                await x.do(w.MarkItem(activity="skill-lockout", item=item, who=p))
        await x.do(w.MarkItem(activity="skill-lockout", item="try", who=people[1], ok=False, note="control left on"))
        await until_text(pilot, "Observed lockout")
        await shot.take(pilot, "checklist")
        await pilot.press("l")
        await pilot.press("down", "right", "right", "right")
        await shot.take(pilot, "matrix", "Ana Ruiz")
        await pilot.press("escape")
        await x.steps_to("prompt-line")
        words = (
            "The feeder has a spring that nobody locks",
            "Night shift has no hasps left",
            "The spare key hangs there",
        )
        for p, text in zip(people, words, strict=False):
            await x.do(w.PutSay(text=text, activity="prompt-line"), p)
        ref = x.desk.room_view().says[0].ref
        for p in people[3:7]:
            await x.do(w.UpVote(ref=ref), p)
        await shot.take(pilot, "prompt", "Night shift has no hasps")
        await pilot.press("d")
        await shot.take(pilot, "discussion", "3 messages")
        await pilot.press("escape")
        await x.steps_to("quiz-exit")
        for k, p in enumerate(people[:9]):
            await x.do(w.PutAnswer(activity="quiz-exit", round=1, q="q1", v=("b" if k % 4 else "a",)), p)
            if k < 8:
                await x.do(w.PutAnswer(activity="quiz-exit", round=1, q="q2", v=("a", "b") if k % 3 else ("a",)), p)
            if k < 6:
                await x.do(w.PutAnswer(activity="quiz-exit", round=1, q="q3", v=("true",)), p)
        await shot.take(pilot, "quiz-open", "Three questions")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        for also_open in ("prompt-line", "skill-lockout", "pairs"):
            await x.do(w.CloseActivity(activity=also_open))
        await shot.take(pilot, "quiz", "closed")
        await x.steps_to("confidence-post")
        for p, k in zip(people, (3, 3, 4, 3, 4, 2, 3, 4, 4, 3), strict=False):
            await x.do(w.PutAnswer(activity="confidence-post", round=1, v=(f"l{k}",)), p)
        await until_text(pilot, "answered 10 of 12")
        await pilot.press("f")
        await until_text(pilot, "✓ Closed.")
        await pilot.press("t", "enter")
        await shot.take(pilot, "pre-post", "before")
        await pilot.press("escape", "escape")
        await x.steps_to("exit-ticket")
        said = ("Bleed before I try", "Bring my own lock", "Ask who else works on it")
        for p, text in zip(people, said, strict=False):
            await x.do(w.PutAnswer(activity="exit-ticket", round=1, text=text), p)
        await shot.take(pilot, "exit-ticket", "answered 3 of 12")
        await pilot.press("p")
        await shot.take(pilot, "proxy-text-who", "Answer for somebody")


PRACTICE = Chapter(
    "Practice and the end of the plan",
    (
        page("breakout", "Pairs are made when the breakout opens; who writes for them is marked."),
        page("groups", "The groups can be changed (`G`)."),
        page("checklist", "A checklist: who has shown what."),
        page("matrix", "Signing off (`l`): people down, items across; the item under the cursor in words.", "dark"),
        page("prompt", "A discussion in writing, with votes. It is confidential, so nobody is named."),
        page("discussion", "The same as a list (`d`): hide, pin."),
        page("quiz-open", "A quiz while it is open."),
        page("quiz", "The same quiz, closed: a row or bars for each question."),
        page("pre-post", "The scale from before beside the one from after."),
        page("exit-ticket", "The exit ticket: sentences."),
        page("proxy-text-who", "Who has no phone is answered for (`p`)."),
    ),
    practice,
)
