"""A pack with every type that somebody answers alone, and sessions under it, for head office's page `/learn`."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec

from fieldkit.core.plan import (
    Activity,
    Fallback,
    Feedback,
    Option,
    Plan,
    Prework,
    Question,
    Range,
    Reinforcement,
    Segment,
    Target,
)
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.receipt import short_code
from fieldkit.sync.central.tx import Tx
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.fronted import Browser, Got
from tests.sync.served import Served

DAY = 86_400
PICTURE = b"\x89PNG no picture, only bytes"
PICTURE_SHA = hashlib.sha256(PICTURE).hexdigest()


def options(*texts: str) -> list[Option]:
    return [Option(id=text.split()[0].lower(), text=[text, f"{text} (es)"]) for text in texts]


ACTIVITIES = [
    Activity(
        "lift", "choice", ["What can still hurt you?", "¿Qué puede herir todavía?"], graded=True, sure=True,
        options=options("Nothing", "Gravity and air", "Power <b>"), answer=["gravity"],
        feedback=Feedback(["Right: it wants to fall.", None], ["Think of what is raised.", None]),
        explain=["Lower or block what is raised.", None],
    ),
    Activity("tf", "truefalse", ["A tag alone keeps nobody out.", None], options=options("True", "False"),
             answer=["true"], reveal="never"),
    Activity("mood", "poll", ["How was it?", None], options=options("Good", "So so")),
    Activity("many", "choice", ["Which energies?", None], multiple=True, options=options("Air", "Weight", "Paint"),
             answer=["air", "weight"]),
    Activity("bar", "number", ["How many bar?", None], number=Range(min="6", max="8")),
    Activity("word", "short", ["What do you press?", None], spellings=["start"]),
    Activity("steps", "order", ["In which order?", None], options=options("Stop", "Lock", "Try"),
             answer=["stop", "lock", "try"]),
    Activity("pairs", "match", ["What belongs together?", None], left=options("Air", "Weight"),
             right=options("Bleed", "Lower"), answer=["air=bleed", "weight=lower"]),
    Activity("spot", "hotspot", ["Where is it?", None], image=PICTURE_SHA, alt=["A press", None],
             targets=[Target("t", "circle", ["0.5", "0.5", "0.1"])], answer=["t"],
             fallback=Fallback(options("Below", "Above"), ["below"])),
    Activity("exam", "quiz", ["Two questions", None], questions=[
        Question("one", "choice", ["First?", None], options("Yes", "No"), answer=["yes"]),
        Question("two", "truefalse", ["Second?", None], options("True", "False"), answer=["false"]),
    ]),
    Activity("own", "text", ["What will you do?", None], mode="confidential", max_chars=60),
]  # fmt: skip
LATER = Plan(
    1, "press-later", "1.0.0", ["Press, later", "Prensa, luego"], "en", ["en", "es"], 5,
    [Segment("a", "content", 5, ["A", None])], ACTIVITIES,
    prework=[Prework("card", ["Read the card of your machine.", None], 5, ["mood"])],
    reinforcement=[
        Reinforcement("week", 3, ["lift", "tf"]), Reinforcement("month", 14, [a.id for a in ACTIVITIES]),
    ],
)  # fmt: skip
RAW = canonical_plan(msgspec.to_builtins(LATER))
SHA = hashlib.sha256(RAW).hexdigest()


async def within(office: Office, work: Callable[[Tx], Awaitable[Any]]) -> Any:
    """What `work` reads in a transaction of its own."""
    db = await office.home.database()
    try:
        async with db.reading() as tx:
            return await work(tx)
    finally:
        await db.close()


def session(laptop: Laptop, plan: bytes = RAW, close: bool = True, **opened: Any) -> Log:
    """Two people with badges and one without, in a session under LATER; it ended some minutes after NOON."""
    sha = hashlib.sha256(plan).hexdigest()
    found = msgspec.json.decode(plan, type=Plan)
    pack = {"files": "0" * 64, "id": found.id, "plan": sha, "signed": False, "version": found.version}
    log = replace(laptop.session(pack=pack, title="Press, later", **opened), blobs={sha: plan, PICTURE_SHA: PICTURE})
    log = log.join("person01", "Zoë Álvarez", "E745738").join("person02", "Ann [/] Lee <b>", "E2")
    log = log.join("person03", "Walk In").add("segment.enter", {"segment": "a"})
    laptop.last = log.close() if close else log
    return laptop.last


async def trained(office: Office, laptop: str = "7q2k", **more: Any) -> Log:
    """Taken in by an office that has its own device."""
    one = Laptop.named(laptop)
    office.enrol(one)
    log = session(one, **more)
    await office.take(bundle(log))
    return log


def code(log: Log, i: int = 1) -> str:
    return short_code(leaf_hash(log.lines[i]))


async def enter(served: Served, log: Log, badge: str = "E745738", i: int = 1) -> tuple[Browser, Got]:
    """A browser that is in, and the page it sees first."""
    at = Browser(served)
    got = await at.post("/learn", {"do": "in", "badge": badge, "code": code(log, i)})
    return at, await at.get(got.to) if got.status == 303 else got


def later(days: float) -> int:
    return int(NOON + days * DAY)
