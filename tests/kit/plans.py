"""A small plan with one activity of every type that runs, and the facts to open a session with it."""

from __future__ import annotations

import msgspec

from fieldkit.core import records as r
from fieldkit.core.plan import (
    Activity,
    Completion,
    Fallback,
    Feedback,
    Item,
    Option,
    Plan,
    Question,
    Range,
    Segment,
    Step,
    Target,
)


def options(*ids: str) -> list[Option]:
    return [Option(id=id, text=[f"option {id}", f"opción {id}"]) for id in ids]


def activity(id: str, type: str, **more: object) -> Activity:
    return Activity(id=id, type=type, text=[f"{id}?", f"¿{id}?"], **more)  # type: ignore[arg-type]


PLAN = Plan(
    v=1,
    id="kit-pack",
    version="1.0.0",
    title=["A kit for tests", "Un juego de pruebas"],
    language="en",
    langs=["en", "es"],
    minutes=30,
    segments=[
        Segment(
            id="open",
            phase="activation",
            minutes=10,
            title=["Opening", "Inicio"],
            worker=["Think of your last shift.", None],
            steps=[
                Step(at=0, do="say", text=["Welcome.", None]),
                Step(at=60, do="attendance"),
                Step(at=120, do="open", activity="p1"),
                Step(at=300, do="open", activity="s1"),
            ],
        ),
        Segment(
            id="learn",
            phase="content",
            minutes=15,
            title=["Content", "Contenido"],
            steps=[
                Step(at=0, do="open", activity="c1", seconds=60),
                Step(at=120, do="reveal", activity="c1"),
                Step(at=200, do="open", activity="t1"),
                Step(at=300, do="open", activity="d1"),
            ],
        ),
        Segment(
            id="close",
            phase="synthesis",
            minutes=5,
            title=["Closing", "Cierre"],
            steps=[Step(at=0, do="open", activity="x1"), Step(at=120, do="open", activity="a1")],
        ),
    ],
    activities=[
        activity("p1", "poll", options=options("a", "b", "c"), multiple=True),
        activity("s1", "scale", options=options("l1", "l2", "l3"), mode="confidential"),
        activity("c1", "choice", options=options("a", "b", "c"), answer=["b"], graded=True, explain=["Because.", None]),
        activity("t1", "truefalse", answer=["false"], graded=True, reveal="never"),
        activity("d1", "prompt", upvote=True, max_chars=280),
        activity("x1", "text", max_chars=100),
        activity("a1", "acknowledge", meaning="participation"),
    ],
    completion=Completion(attendance_min=50, score_min=50, require=["a1"]),
)


def session_opened(**more: object) -> r.SessionOpened:
    fields: dict[str, object] = {
        "v": 1,
        "session_kind": "class",
        "dev": "ld.acme.example/dev/7q2k",
        "fac": None,
        "pack": r.PackRef(id=PLAN.id, version=PLAN.version, files="0" * 64, plan="0" * 64),
        "program": None,
        "part": None,
        "cohort": None,
        "makes_up": None,
        "title": "A kit for tests",
        "site": "Plant 4",
        "tz": "Europe/Madrid",
        "langs": ["en", "es"],
        "seq": 1,
        "prev": None,
        "trust": 0,
        "seen": 0,
        "policy": r.Policy(),
    }
    return r.SessionOpened(**{**fields, **more})  # type: ignore[arg-type]


def targets() -> list[Target]:
    return [
        Target(id="valve", shape="circle", at=["0.3", "0.4", "0.05"]),
        Target(id="panel", shape="rect", at=["0.6", "0.1", "0.2", "0.2"]),
        Target(id="stop", shape="circle", at=["0.8", "0.8", "0.1"]),
    ]


def questions() -> list[Question]:
    return [
        Question(
            id="q1",
            type="choice",
            text=["First?", "¿Primera?"],
            options=options("a", "b", "c"),
            answer=["b"],
            feedback=Feedback(["Right one.", "Bien uno."], ["Not one.", "Mal uno."]),
        ),
        Question(
            id="q2",
            type="choice",
            text=["Second?", "¿Segunda?"],
            options=options("a", "b", "c"),
            multiple=True,
            answer=["a", "c"],
        ),
        Question(id="q3", type="truefalse", text=["Third.", "Tercera."], answer=["false"]),
    ]


PICTURE = "ab" * 32
STEPS = ("notify", "shut", "lock", "verify")
MORE = [
    activity("n1", "number", number=Range(min="3.5", max="4.5"), graded=True, sure=True),
    activity("n2", "number"),
    activity("w1", "short", spellings=["Válvula", "ball valve"], graded=True, max_chars=40),
    activity("o1", "order", options=options(*STEPS), answer=["shut", "lock", "verify", "notify"], graded=True),
    activity(
        "m1",
        "match",
        left=options("hasp", "cover", "tag"),
        right=options("e", "p", "h"),
        answer=["hasp=p", "cover=e", "tag=h"],
        graded=True,
    ),
    activity(
        "h1",
        "hotspot",
        image=PICTURE,
        alt=["A press", "Una prensa"],
        targets=targets(),
        fallback=Fallback(options=options("left", "middle", "top"), answer=["middle"]),
        answer=["valve", "stop"],
        graded=True,
    ),
    activity(
        "h2",
        "hotspot",
        image=PICTURE,
        alt=["A press", "Una prensa"],
        targets=targets(),
        fallback=Fallback(options=options("valve", "panel", "stop")),
    ),
    activity("z1", "quiz", questions=questions(), graded=True),
    activity("k1", "wordcloud", max_words=3),
    activity("b1", "breakout", group_size=2, assign="auto", minutes=5),
    activity("l1", "checklist", items=[Item(id="try", text=["Tries", "Prueba"], critical=True)], by="facilitator"),
]
ALL = msgspec.structs.replace(PLAN, id="kit-all", activities=[*PLAN.activities, *MORE])
"""PLAN and an activity of every other type; its run sheet opens none of them."""
