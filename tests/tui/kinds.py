"""A plan with every type of activity in words that a trainer would use, for the panels and for typing answers in."""

from __future__ import annotations

from msgspec.structs import replace

from fieldkit.core.plan import (
    Activity,
    Fallback,
    Item,
    Option,
    Plan,
    Question,
    Range,
    Target,
)
from tests.tui.room import plan


def options(**texts: str) -> list[Option]:
    return [Option(id=id, text=[text]) for id, text in texts.items()]


ACTIVITIES = [
    Activity(
        id="locks", type="number", text=["How many locks go on this hasp?"], number=Range(min="3", max="5"), graded=True
    ),
    Activity(
        id="name", type="short", text=["What is the last test called?"], spellings=["try-out", "tryout"], graded=True
    ),
    Activity(id="words", type="wordcloud", text=["What comes to mind?"], max_words=3),
    Activity(
        id="steps",
        type="order",
        text=["Put the steps in order"],
        options=options(
            notify="Tell people", shut="Shut down", isolate="Isolate", lock="Lock and tag", prove="Try it out"
        ),
        answer=["notify", "shut", "isolate", "lock", "prove"],
        graded=True,
    ),
    Activity(
        id="pairs",
        type="match",
        text=["What locks what?"],
        left=options(hasp="Hasp", cover="Valve cover", plug="Plug box"),
        right=options(e="Breaker", p="Air valve", c="Cord"),
        answer=["hasp=e", "cover=p", "plug=c"],
        graded=True,
    ),
    Activity(
        id="where",
        type="hotspot",
        text=["Where is the energy?"],
        image="a" * 64,
        alt=["A press"],
        targets=[
            Target(id="ram", shape="circle", at=["0.5", "0.25", "0.2"]),
            Target(id="tank", shape="rect", at=["0.1", "0.6", "0.2", "0.3"]),
        ],
        answer=["ram", "tank"],
        fallback=Fallback(options=options(l="Left", m="The ram and the tank"), answer=["m"]),
        graded=True,
    ),
    Activity(
        id="quick",
        type="quiz",
        text=["Three quick ones"],
        questions=[
            Question(
                id="q1",
                type="choice",
                text=["Who takes the lock off?"],
                options=options(a="Who put it on", b="The shift lead"),
                answer=["a"],
            ),
            Question(id="q2", type="truefalse", text=["A tag alone is enough."], answer=["false"]),
            Question(
                id="q3",
                type="choice",
                text=["Which are energy?"],
                options=options(a="Air", b="Gravity", c="Paint"),
                multiple=True,
                answer=["a", "b"],
            ),
        ],
        graded=True,
    ),
    Activity(id="teams", type="breakout", text=["Find three hazards"], group_size=2, assign="auto", minutes=5),
    Activity(
        id="skills",
        type="checklist",
        text=["Lock out the press"],
        items=[
            Item(id="tell", text=["Tells the operators"]),
            Item(id="try", text=["Tries the start button"], critical=True),
            Item(id="sign", text=["Signs the tag"]),
        ],
        per="person",
        by="facilitator",
    ),
    Activity(
        id="several",
        type="poll",
        text=["What do you use?"],
        options=options(a="Hasp", b="Chain", c="Tag"),
        multiple=True,
    ),
    Activity(
        id="bold",
        type="choice",
        text=["Is it dead?"],
        options=options(y="Yes", n="No"),
        answer=["n"],
        graded=True,
        sure=True,
    ),
    Activity(
        id="quiet",
        type="poll",
        text=["Have you ever skipped a step?"],
        options=options(y="Yes", n="No"),
        mode="anonymous",
    ),
]


def every_plan() -> Plan:
    """The plan of the other tests with these activities behind its own; the run sheet opens none of them."""
    made = plan()
    return replace(made, activities=[*made.activities, *ACTIVITIES])
