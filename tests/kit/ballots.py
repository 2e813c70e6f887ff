"""An anonymous session in memory: its ballots are kept as the desk keeps them, without a disk."""

from __future__ import annotations

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR, Actor, Intent
from fieldkit.core.refusals import Refusal
from fieldkit.core.rules import decide
from fieldkit.core.rulings.ballots import Box, Key, Vote, Voted, vote, with_tallies
from tests.kit.anonymous import ANONYMOUS
from tests.kit.dry import DryRoom


class Anonymous(DryRoom):
    """A session in memory that keeps its ballots in memory too, as the desk keeps them on the disk."""

    def __init__(self, people: int = 5, plan: object = ANONYMOUS, **more: object) -> None:
        super().__init__(plan, **more)  # type: ignore[arg-type]
        self.boxes: dict[Key, Box] = {}
        self.phones = [self.come() for _ in range(people)]

    def come(self) -> Actor:
        p = self.new_p()
        self.must(w.Join(name=f"Worker {p}", new_p=p), Actor(by="self", via="phone"))
        return self.phone(p)

    def cast(self, who: Actor, intent: Intent) -> Vote | Voted | Refusal | None:
        found = vote(self.session, intent, who, self.at, lambda key: self.boxes.get(key, Box()).voted)
        if isinstance(found, Vote):
            self.boxes[found.key] = self.boxes.get(found.key, Box()).with_votes([found])
        return found

    def say(self, id: str, who: int = 0, *v: str, text: str | None = None, **more: object) -> object:
        """The vote, or the reason why not."""
        intent: Intent = w.PutAnswer(activity=id, round=1, v=v, text=text, **more)  # type: ignore[arg-type]
        if id == "d1":
            intent = w.PutSay(activity=id, text=text or "", **more)  # type: ignore[arg-type]
        found = self.cast(self.phones[who], intent)
        return found.reason if isinstance(found, Refusal) else found

    def open(self, id: str, **more: object) -> None:
        self.must(w.OpenActivity(activity=id, **more))  # type: ignore[arg-type]

    def close(self, intent: Intent | None = None) -> list[r.Record]:
        made = decide(self.session, intent or w.CloseActivity(), FACILITATOR, self.at)
        assert not isinstance(made, Refusal), made
        return self.write(with_tallies(self.session, made, lambda key: self.boxes.get(key, Box())))


GOOD = {
    "p1": (("a", "c"), None),
    "s1": (("l2",), None),
    "c1": (("b",), None),
    "t1": (("true",), None),
    "n1": (("4,5",), None),
    "o1": (("c", "a", "b"), None),
    "m1": (("a=x", "b=x"), None),
    "k1": ((), "Álvarez"),
    "w1": ((), "chain, dark chain"),
    "d1": ((), "We need a second key."),
    "x1": ((), "Ann [/] Lee <b>=1+1"),
    "q1": (("a",), None),
}
"""A fitting answer for each anonymous activity of the kit."""
