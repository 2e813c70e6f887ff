"""Names and texts that attack a terminal, and a live app full of them: `python -m tests.tui.hostile FOLDER`.

The desk is given them as they are, uncleaned: the terminal must not depend on somebody else having cleaned.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from fieldkit.core import intents as w
from fieldkit.core.plan import (
    Activity,
    Fallback,
    Item,
    Option,
    Plan,
    Question,
    Segment,
    Slide,
    Step,
)
from fieldkit.tui.answerline import AnswerLine
from fieldkit.tui.app import run_live
from fieldkit.tui.tools import (
    Carried,
    Invite,
    KeyLine,
    Preview,
    SaidLine,
    Sent,
    SheetLink,
    StickLine,
    Stop,
    Told,
    WayLine,
    Words,
)
from tests.tui.room import FakeTools, Room, open_room

PAYLOADS = (
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]52;c;ZXZpbA==\x1b\\",
    "\x1b]0;evil title\x07",
    "\x1b]2;evil title\x1b\\",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[H",
    "\x1b[31mred",
    "\x1b[?1049l",
    "\x1b[6n",
    "\x1bc",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gf=24,s=1;AAAA\x1b\\",
    "\x9b2J",
    "\x9d0;evil\x9c",
    "\x90q\x9c",
    "\x85next line",
    "\u202eevil\u202c",
    "\u2066isolate\u2069",
    "\u200f\u200eevil",
    "Ann [/] Lee",
    "[@click=app.boom]Ann[/]",
    "[link=http://evil.example]Ann[/link]",
    "[red on blue",
    "$accent [$accent]x[/]",
    "A" * 5000,
    "مريم العلي",
    "שלום " * 30,
    "zero\u200bwidth\ufeff\u2060name",
    "👩\u200d👩\u200d👧 👍🏽 🇪🇸 ❤\ufe0f",
    "Z\u0301\u0300\u0302\u0303\u0304\u0305algo" + "\u0336" * 400,
    "tab\there",
    "line\nfeed\rreturn",
    "\x07\x08\x7f\x0e",
    "\U000e0001\U000e0041tags",
)
MARK = "HOSTILE"
"""Stands beside every payload, so that the test knows that it was shown."""


def two_of(what: str) -> list[Option]:
    return [Option(id=f"o{k}", text=[f"{MARK} {what} {p}"]) for k, p in enumerate(PAYLOADS[2:4])]


def hostile_plan() -> Plan:
    """Every text of the pack is hostile too."""
    two = " ".join(PAYLOADS[:24])
    return Plan(
        v=1,
        id="hostile",
        version="1.0.0",
        title=[two],
        language="en",
        langs=["en"],
        minutes=10,
        segments=[
            Segment(
                id="one",
                phase="content",
                minutes=10,
                title=[f"{MARK} segment {two}"],
                notes=[f"{MARK} notes {two}"],
                slides=[Slide(text=[f"# {MARK} slide {two}\n\n{two}"])],
                steps=[
                    Step(at=0, do="say", text=[f"{MARK} step {two}"]),
                    Step(at=60, do="open", activity="vote"),
                    Step(at=120, do="open", activity="talk"),
                ],
            )
        ],
        activities=[
            Activity(
                id="vote",
                type="poll",
                text=[f"{MARK} question {two}"],
                options=[Option(id=f"o{k}", text=[f"{MARK} choice {p}"]) for k, p in enumerate(PAYLOADS[:4])],
            ),
            Activity(id="talk", type="prompt", text=[f"{MARK} talk {two}"]),
            Activity(id="said", type="short", text=[f"{MARK} said {two}"], spellings=[two], max_chars=400),
            Activity(id="cloud", type="wordcloud", text=[f"{MARK} cloud {two}"], max_words=9),
            Activity(id="order", type="order", text=[f"{MARK} order"], options=two_of("order"), answer=["o0", "o1"]),
            Activity(
                id="pairs",
                type="match",
                text=[f"{MARK} pairs"],
                left=two_of("left"),
                right=two_of("right"),
                answer=["o0=o1", "o1=o0"],
            ),
            Activity(
                id="where",
                type="hotspot",
                text=[f"{MARK} where"],
                alt=[two],
                fallback=Fallback(options=two_of("place"), answer=["o0"]),
            ),
            Activity(
                id="quiz",
                type="quiz",
                text=[f"{MARK} quiz"],
                questions=[Question(id="q", type="choice", text=[f"{MARK} part {two}"], options=two_of("part"))],
            ),
            Activity(id="teams", type="breakout", text=[f"{MARK} teams {two}"], groups=2, assign="auto"),
            Activity(
                id="skills",
                type="checklist",
                text=[f"{MARK} skills {two}"],
                items=[Item(id=f"i{k}", text=[f"{MARK} item {p}"], critical=not k) for k, p in enumerate(PAYLOADS[:3])],
                by="facilitator",
            ),
        ],
    )


class HostileTools(FakeTools):
    """Even the tools' words are hostile: an interface's name is foreign text."""

    def invite(self) -> Invite:
        evil = "".join(PAYLOADS[:6])
        return Invite(
            url=f"http://{evil}", code="K7M4", fresh="417", urls=(evil,), wall_url=evil, qr_text="HTTP://10.42.0.1/K7M4"
        )

    async def preview(self, what: str, as_: str, told: Told | None = None, stop: Stop | None = None) -> Preview:
        lines = tuple(f"{MARK} {payload}" for payload in PAYLOADS)
        path = Path(f"{MARK} folder \x1b[2J/{MARK} file \x1b]0;evil title\x07")
        people = tuple(PAYLOADS)
        return Preview(what=what, as_=as_, lines=lines, rows=9, columns=9, people=people, path=path, taken=True)

    async def export(self, what: str, as_: str, path: Path, told: Told | None = None, stop: Stop | None = None) -> Path:
        return Path(f"{MARK} file \x1b]0;evil title\x07")

    def sheet(self) -> SheetLink:
        return SheetLink(state="offered", url="http://10.42.0.1/sheet?t=x", phone=f"{MARK}\x1b[2J", left=600)

    async def sticks(self) -> list[StickLine]:
        return [StickLine(path=f"/media/{MARK}{p}", name=f"{MARK}{p}", free=k) for k, p in enumerate(PAYLOADS)]

    async def way(self) -> list[WayLine]:
        return [
            WayLine(seq=k, title=f"{MARK}{p}", at="", stage=p, records=k, carried=(f"{MARK}{p}",))
            for k, p in enumerate(PAYLOADS)
        ]

    async def keys(self) -> list[KeyLine]:
        return [KeyLine(id=f"k{k}{p}", name=f"{MARK}{p}", words=p) for k, p in enumerate(PAYLOADS[:5])]

    async def stage(self) -> str:
        return PAYLOADS[0]

    async def answers(self) -> list[AnswerLine]:
        return [AnswerLine(question=f"{MARK}{p}", text=p, by=p, at=p, office=p) for p in PAYLOADS]

    async def office(self) -> str:
        return f"https://{MARK}{PAYLOADS[1]}"

    async def send(
        self,
        address: str,
        told: Told | None = None,
        stop: Stop | None = None,
        now: Stop | None = None,
        words: Words | None = None,
    ) -> Sent:
        said = [SaidLine(seq=k, title=f"{MARK}{p}", result="held", reason=p) for k, p in enumerate(PAYLOADS)]
        return Sent(to=PAYLOADS[2], said=tuple(said), not_taken=((PAYLOADS[3], PAYLOADS[4]),))

    async def carry(self, folder: Path, told: Told | None = None, stop: Stop | None = None) -> Carried:
        return Carried(folder=Path(f"{MARK} carried \x1b[2J"), sessions=1)


async def fill(room: Room) -> None:
    """People, messages, hands and notices, one for each payload."""
    for k, payload in enumerate(PAYLOADS):
        p = await room.join(f"{MARK}{k} {payload}"[:900], f"B{k}{payload}"[:40])
        await room.do(w.RaiseHand(up=True), p)
        await room.do(w.PutSay(text=f"{MARK}{k} {payload}"[:400]), p)
    await room.do(w.SetStaff(role="trainer", name=PAYLOADS[0], qualification=PAYLOADS[4]))
    await room.do(w.OpenActivity(activity="teams"))
    await room.do(w.MakeGroups(activity="teams", number=2, labels=PAYLOADS[:2], places=PAYLOADS[5:7]))
    await room.do(w.OpenActivity(activity="skills"))
    await room.do(w.OpenActivity(activity="said"))
    await room.do(w.OpenActivity(activity="talk"))
    for k, p in enumerate([x.p for x in room.desk.room_view().people if x.status == "in"][:8]):
        await room.answer(p, "said", text=f"{MARK}{k} {PAYLOADS[k]}"[:80])
        await room.do(w.PutSay(text=f"{MARK}{k} {PAYLOADS[k + 8]}"[:400], activity="talk"), p)
    await room.do(w.Announce(text=f"{MARK} notice {PAYLOADS[5]}"))


async def main(folder: Path) -> None:
    roster = [(f"R{k}{p}"[:60], f"{MARK}{k} {p}"[:900]) for k, p in enumerate(PAYLOADS)]
    async with open_room(folder, roster, title="".join(PAYLOADS)[:900], made=hostile_plan()) as room:
        await fill(room)
        await run_live(room.desk, HostileTools(folder))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
