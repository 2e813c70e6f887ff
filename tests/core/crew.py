"""A dry room with groups, a checklist and questions: the plan and the people for tests of how people work together."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core.intents import Actor
from fieldkit.core.plan import Completion, Item, Plan, Segment, Step
from tests.kit.dry import DryRoom
from tests.kit.plans import activity, options

DOOR = Actor(by="self", via="phone")
CREW = Plan(
    v=1,
    id="crew-pack",
    version="1.0.0",
    title=["Crew"],
    language="en",
    langs=["en", "es"],
    minutes=30,
    segments=[
        Segment(
            id="talk",
            phase="content",
            minutes=15,
            title=["Talk"],
            steps=[Step(at=0, do="breakout", activity="pairs")],
        ),
        Segment(id="show", phase="application", minutes=15, title=["Show"]),
    ],
    activities=[
        activity("pairs", "breakout", assign="auto", group_size=2, minutes=5),
        activity("three", "breakout", assign="auto", groups=3),
        activity("own", "breakout", assign="self", groups=3, group_size=2),
        activity("crews", "breakout", assign="list"),
        activity("quiet", "breakout", assign="auto", group_size=3, mode="confidential"),
        activity(
            "skill",
            "checklist",
            per="person",
            by="facilitator",
            items_min=2,
            items=[
                Item(id="lock", text=["Lock it", "Bloquea"], critical=True),
                Item(id="tag", text=["Tag it", None]),
                Item(id="try", text=["Try it", None]),
            ],
        ),
        activity("both", "checklist", per="group", by="evaluator", items=[Item(k, [k]) for k in ("lift", "set")]),
        activity("vote", "poll", options=options("a", "b")),
        activity("quest", "choice", options=options("a", "b"), answer=["b"], graded=True),
        activity("ack", "acknowledge", meaning="participation"),
        activity("talk", "prompt", upvote=True),
    ],
    completion=Completion(require=["skill"]),
)  # fmt: skip


class Crew(DryRoom):
    def __init__(self, people: int = 0) -> None:
        super().__init__(CREW)
        self.ps = [self.come(f"W{k}") for k in range(people)]

    def come(self, name: str = "Ann", badge: str | None = None) -> str:
        made = self.must(w.Join(name=name, new_p=self.new_p(), badge=badge), DOOR)[0].p
        assert made is not None
        return made

    def expect(self, badge: str, name: str, **fields: str) -> str:
        made = self.must(w.Expect(new_p=self.new_p(), fields={"badge": badge, "name": name, **fields}))[0].p
        assert made is not None
        return made

    def open(self, id: str) -> None:
        self.must(w.OpenActivity(activity=id))

    def groups(self, id: str = "pairs") -> list[list[str]]:
        return [list(g.members) for g in self.session.runs[id][-1].groups]

    def sizes(self, id: str = "pairs") -> list[int]:
        return sorted(len(x) for x in self.groups(id))
